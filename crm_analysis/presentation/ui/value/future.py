"""The future: when value will come, and from whom."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from crm_analysis.analyses.value import Value
from crm_analysis.presentation.pictures import value as pictures
from crm_analysis.presentation.ui import (
    answer,
    chart,
    downloads,
    language,
    plain,
    say,
    show_table,
    widget_key,
)
from crm_analysis.presentation.ui.value import legible, titled

_COLUMNS = (
    "customer",
    "value",
    "value_lo",
    "value_hi",
    "alive",
    "next_order",
    "expected_orders",
    "orders_lo",
    "orders_hi",
    "expected_spend",
    "expected_revenue",
    "orders",
    "silent_days",
    "revenue",
    "first",
    "last",
)
_STYLES = {
    "alive": "progress",
    "expected_orders": "number2",
    "orders_lo": "number",
    "orders_hi": "number",
}


def future(value: Value) -> None:
    """When it will come, and from whom."""
    peak = value.peak()
    if peak is not None:
        details = {"measure": value.worth, **peak}
        answer("value.ahead.sentence", **details)
        chart(
            pictures.ahead(value, language()),
            key=widget_key("value", "ahead"),
            alt=plain("value.ahead.sentence", **details),
            height=340,
        )
        st.caption(
            say(
                "value.ahead.seasonal"
                if value.seasonal
                else "value.ahead.not_seasonal"
            )
        )
    _draw_customers(value)


def _draw_customers(value: Value) -> None:
    people = value.customers.sort_values(
        value.worth, ascending=False, kind="stable", ignore_index=True
    )
    people = people.assign(
        orders=people["frequency"] + 1,
        silent_days=(pd.Timestamp(value.until) - people["last"]).dt.days,
    )
    worth = people[value.worth]
    top = max(1, len(people) // 10)
    share = float(worth.head(top).sum() / max(float(worth.sum()), 1e-12))
    answer("value.people.sentence", top=top, share=share, measure=value.worth)
    search = st.text_input(
        say("value.people.search"),
        key=widget_key("value", "search"),
        persist_state="session",
        width=320,
    ).strip()
    shown = people[[name for name in _COLUMNS if name in people.columns]]
    if search:
        shown = shown[
            shown["customer"]
            .astype(str)
            .str.contains(search, case=False, regex=False)
        ]
    show_table(
        "value",
        legible(shown),
        key=widget_key("value", "customer_table"),
        styles=_STYLES,
        height=420,
    )
    st.caption(say("value.people.help"))
    downloads("customer_value", titled(shown), key=widget_key("value", "customers"))
