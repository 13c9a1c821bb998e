"""What counts as a sale: the statuses that were found, and what each counts as."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from crm_analysis.intake import Plan
from crm_analysis.presentation.ui.blocks import show_table
from crm_analysis.presentation.ui.data.remaking import remake
from crm_analysis.presentation.ui.keys import widget_key
from crm_analysis.presentation.ui.session import column_name, plain, say
from crm_analysis.tables.cleaning import CleanOptions
from crm_analysis.tables.sales import MEANINGS
from crm_analysis.workspace import SavedTable


def draw_sales(plan: Plan, saved: SavedTable) -> None:
    """How many rows are no sales and why, and each status with a select for its meaning."""
    unsold, statuses = saved.unsold, saved.statuses
    if not unsold.empty:
        rows, money = int(unsold["rows"].sum()), unsold["money"].sum(min_count=1)
        key = "ledger.no_sales" if pd.isna(money) else "ledger.no_sales_money"
        st.markdown(say(key, rows=rows, money=money))
    if unsold.empty and statuses.empty:
        return
    with st.expander(say("ledger.statuses")):
        if not unsold.empty:
            reasons = unsold.assign(reason=unsold["reason"].map(_meaning))
            show_table("ledger", reasons, key=widget_key("data", "unsold"))
        if not statuses.empty:
            _draw_statuses(plan, saved, statuses)


def _meaning(meaning: str) -> str:
    return plain(f"cleaning.meaning.{meaning}")


def _draw_statuses(plan: Plan, saved: SavedTable, statuses: pd.DataFrame) -> None:
    texts = {_meaning(meaning): meaning for meaning in MEANINGS}
    decided = [plain(f"cleaning.decided_by.{by}") for by in statuses["decided_by"]]
    shown = statuses.assign(
        column=statuses["column"].map(column_name),
        meaning=statuses["meaning"].map(_meaning),
        decided_by=decided,
    )
    version = saved.version.version
    st.caption(say("ledger.statuses_help"))
    edited = st.data_editor(
        shown,
        key=widget_key("data", "statuses", version),
        hide_index=True,
        disabled=[name for name in shown.columns if name != "meaning"],
        column_config={
            name: plain(f"ledger.column.{name}")
            for name in shown.columns
            if name != "meaning"
        }
        | {
            "meaning": st.column_config.SelectboxColumn(
                plain("ledger.column.meaning"), options=list(texts), required=True
            )
        },
        alt=plain("ledger.statuses"),
    )
    changed = edited["meaning"].to_numpy() != shown["meaning"].to_numpy()
    clicked = st.button(
        say("data.apply"),
        disabled=not changed.any(),
        key=widget_key("data", "statuses_apply", version),
    )
    if clicked:
        options: CleanOptions = plan.clean
        for row, text in zip(
            statuses[changed].itertuples(), edited["meaning"][changed], strict=True
        ):
            words = [str(row.status)]
            options = options.with_statuses(
                str(row.column), words, texts[str(text)]
            )
        remake(plan, clean=options)
