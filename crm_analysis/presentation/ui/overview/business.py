"""The state of the business, from orders that say who bought and when."""

from __future__ import annotations

from datetime import date
from typing import Any

import streamlit as st

from crm_analysis.analyses.value import BusinessState, business_state
from crm_analysis.presentation.pages import find_page, page_path
from crm_analysis.presentation.ui.blocks import figures
from crm_analysis.presentation.ui.overview.amounts import comparable, written
from crm_analysis.presentation.ui.overview.over_time import draw_over_time
from crm_analysis.presentation.ui.run import run, table
from crm_analysis.presentation.ui.session import plain, say

_SHARES = ("repeat_rate",)
_MONEY = ("value", "top_value")  # details of a remark


def draw() -> None:
    """Figures with their change, what matters most, the months."""
    state = run(business_state, table("transactions")).value
    months = comparable(state.months, "month", "active", state.as_of)[0]
    span = {
        "first": months["month"].iloc[0].date().isoformat(),
        "last": months["month"].iloc[-1].date().isoformat(),
    }
    st.caption(
        say(
            "overview.period_months" if len(months) > 1 else "overview.period",
            start=state.period[0],
            end=state.period[1],
            **span,
        )
    )
    _draw_figures(state, len(months))
    _tell_unnamed(state)
    st.markdown(f"##### {say('overview.matters')}")
    for remark in state.remarks:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            key, details = remark
            money = {name: written(details[name]) for name in _MONEY if name in details}
            st.markdown(say(key, **details | money), width="stretch")
            shown_on = (
                remark.page if find_page(remark.page) else "value"
            )  # pages that are still to come
            st.page_link(
                page_path(shown_on),
                label=say("overview.show", page=plain(f"{shown_on}.title")),
                icon=":material/arrow_forward:",
            )
    measure = "revenue" if state["revenue"].value is not None else "active"
    draw_over_time(
        state.months,
        x="month",
        value=measure,
        name=plain(f"value.measure.{measure}"),
        end=state.as_of,
        key="overview_months",
    )


def _draw_figures(state: BusinessState, months: int) -> None:
    """The figures in rows that are full: seven are four and three."""
    days = (date.fromisoformat(state.period[1]) - date.fromisoformat(state.period[0])).days + 1
    items: list[dict[str, Any]] = [
        {
            "label": f"value.measure.{one.name}",
            "help": f"value.measure_help.{one.name}",
            "help_details": {"lost_after": state.lost_after, "days": days},
            **(
                {"value": one.value, "style": "percent"}
                if one.name in _SHARES
                else {"value": written(one.value)}
            ),
            "delta": one.change,
            "delta_style": "percent",
            "delta_color": "normal" if one.good == "up" else "inverse",
            "trend": [value for value in one.months[:months] if value == value],
        }
        for one in state.measures
        if one.value is not None
    ]
    for row in (items[:4], items[4:]) if len(items) == 7 else (items,):
        figures(row)


def _tell_unnamed(state: BusinessState) -> None:
    unnamed = state.unnamed
    if unnamed.lines and unnamed.money is not None:
        st.caption(
            say(
                "overview.unnamed_money",
                lines=unnamed.lines,
                money=unnamed.money,
                share=unnamed.share or 0.0,
            )
        )
    elif unnamed.lines:
        st.caption(say("overview.unnamed", lines=unnamed.lines))
    if unnamed.undated:
        st.caption(say("overview.undated", lines=unnamed.undated))
