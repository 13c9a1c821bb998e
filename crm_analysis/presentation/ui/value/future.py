"""The future: when value will come, and from whom."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from crm_analysis.analyses.value import Value
from crm_analysis.presentation import sentences
from crm_analysis.presentation.pictures import value as pictures
from crm_analysis.presentation.ui import (
    Answer,
    answer,
    chart,
    downloads,
    language,
    plain,
    say,
    show_table,
    starred,
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


def future(asked: Answer[Value]) -> None:
    """When it will come, and from whom."""
    value = asked.value
    said = sentences.strongest_month(value)
    if said is not None:
        with starred(asked, "Value.ahead"):
            answer(said.key, **said.details)
        chart(
            pictures.ahead(value, language()),
            key=widget_key("value", "ahead"),
            alt=plain(said.key, **said.details),
            height=340,
        )
        st.caption(
            say(
                "value.ahead.seasonal"
                if value.seasonal
                else "value.ahead.not_seasonal"
            )
        )
    _draw_customers(asked)


def _draw_customers(asked: Answer[Value]) -> None:
    value = asked.value
    people = value.customers.sort_values(
        value.worth, ascending=False, kind="stable", ignore_index=True
    )
    people = people.assign(
        orders=people["frequency"] + 1,
        silent_days=(pd.Timestamp(value.until) - people["last"]).dt.days,
    )
    said = sentences.top_customers(value)
    with starred(asked, "Value.people"):
        answer(said.key, **said.details)
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
