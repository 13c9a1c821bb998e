"""The report: which findings are handed on, in which order and form."""

import streamlit as st

from crm_analysis.presentation import ui
from crm_analysis.presentation.ui import report as view
from crm_analysis.presentation.ui.report import contents, cover, preview, templates

ui.heading("report")
view.require_tables()


@ui.fragment
def body() -> None:
    templates.draw_ready()
    left, right = st.columns([2, 5], gap="large")
    with left:
        contents.draw()
        options = cover.draw()
        templates.draw_saving(options)
    with right:
        preview.draw(options)


body()
