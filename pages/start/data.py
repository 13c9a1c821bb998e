"""Data: what was understood of the files, and what was changed."""

import streamlit as st

from crm_analysis.intake import plan_of
from crm_analysis.presentation import ui
from crm_analysis.presentation.ui import loading
from crm_analysis.presentation.ui.data import (
    cleaning,
    ledger,
    quality,
    questions,
    reading,
    roles,
    sales,
)
from crm_analysis.presentation.ui.keys import widget_key

ui.heading("data")
left, right = st.columns([4, 1], vertical_alignment="bottom")
with left:
    loading.uploader()
with right:
    loading.templates()
loading.tell_story()
loading.draw_unread()

tables = ui.workspace().tables()
if not tables:
    loading.sample_button()
    st.stop()

name = loading.choose_table(tables)
saved, plan = ui.workspace().load(name), plan_of(ui.workspace(), name)
loading.tell_of_change(saved.version)
ui.use_units_of(saved)
ledger.draw_sums(saved)
sales.draw_sales(plan, saved)
questions.draw_questions(plan, saved)


def whole_table() -> None:
    ui.show_table("roles", saved.table, key=widget_key("data", "table"), height=480)
    file = ui.titled(saved.table)
    title = saved.name.removesuffix(".csv")
    ui.downloads(title, file, key=widget_key("data", "table", "file"))


def changes() -> None:
    ledger.draw_steps(plan, saved)
    ledger.draw_set_aside(plan, saved)
    ledger.draw_changes(plan, saved)
    ledger.draw_versions(saved)
    loading.draw_removal(name)


ui.tabs(
    "data",
    {
        "roles": lambda: roles.draw_roles(plan, saved),
        "ledger": changes,
        "quality": lambda: quality.draw(saved),
        "cleaning": lambda: cleaning.draw_cleaning(plan, saved),
        "reading": lambda: reading.draw_reading(plan),
        "table": whole_table,
    },
    key=widget_key("data", "tabs"),
)
