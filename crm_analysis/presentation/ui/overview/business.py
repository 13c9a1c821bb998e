"""The state of the business, from orders that say who bought and when."""

from __future__ import annotations

from datetime import date
from typing import Any

import streamlit as st

from crm_analysis.analyses.value import (
    BusinessState,
    ValueOptions,
    business_state,
    fit_value,
    lost_for_good,
)
from crm_analysis.presentation.pages import find_page
from crm_analysis.presentation.ui import (
    figures,
    headed,
    run,
    say,
    show_table,
    starred,
    table,
    widget_key,
)
from crm_analysis.presentation.ui.overview import changes
from crm_analysis.presentation.ui.overview.amounts import comparable, written
from crm_analysis.presentation.ui.overview.answers import link_to
from crm_analysis.presentation.ui.overview.over_time import draw_over_time
from crm_analysis.wording import names_money

_SHARES = ("repeat_rate",)
_MAIN = ("revenue", "orders", "active", "repeat_rate")
_FIRST = 4  # figures on the first screen
_FLOWS = ("new", "returned", "lost", "active")
_COVERAGE = 0.8
_MONEY = ("value", "top_value")  # details of a remark


def draw_state() -> None:
    """The figures, each with its change."""
    state = run(business_state, table("transactions")).value
    months = comparable(state.months, "month", "active", state.as_of)[0]
    start, end = state.period
    main, others = _figures_of(state, len(months))
    figures(main)
    st.caption(
        say(
            "overview.period_months" if len(months) > 1 else "overview.period",
            start=start,
            end=end,
            first=months["month"].iloc[0].date().isoformat(),
            last=months["month"].iloc[-1].date().isoformat(),
        )
    )
    if others:
        with st.expander(say("overview.all_figures")):
            figures(others)
    _say_unnamed(state)


def draw_changes() -> None:
    """What changed and why, what matters most, the months, who came and who went."""
    asked = run(business_state, table("transactions"))
    state = asked.value
    changes.draw()
    with starred(asked):
        headed(f"##### {say('overview.matters')}")
    for remark in state.remarks:
        with st.container(
            border=True, horizontal=True, vertical_alignment="center"
        ):
            key, details = remark
            money = {
                name: written(details[name], money=True)
                for name in _MONEY
                if name in details
            }
            st.markdown(say(key, **details | money), width="stretch")
            link_to(remark.page if find_page(remark.page) else "value")
    measure = "revenue" if state["revenue"].value is not None else "active"
    draw_over_time(
        state.months,
        x="month",
        value=measure,
        measure=f"value.measure.{measure}",
        end=state.as_of,
        key=widget_key("overview", "months"),
    )
    if state["lost"].value is not None:
        _draw_flows(state)


def _draw_flows(state: BusinessState) -> None:
    """Who came and who lapsed, month by month, so that it adds up."""
    now = {name: state[name].value or 0.0 for name in _FLOWS}
    before = now["active"] - now["new"] - now["returned"] + now["lost"]
    start, end = state.period
    st.markdown(f"##### {say('overview.flows.title')}")
    st.markdown(
        say("overview.flows.sum", start=start, end=end, before=before, **now)
    )
    show_table(
        "overview",
        state.flows,
        key=widget_key("overview", "flows"),
        styles={"month": "month"},
    )


def draw_lost() -> None:
    """Who is lost for good, as the customer model has it: a fit that may take its time."""
    orders = table("transactions")
    state = run(business_state, orders).value
    if state["lost"].value is None:
        return
    fitted = run(fit_value, orders, ValueOptions().for_fit())
    lost = run(lost_for_good, fitted, coverage=_COVERAGE).value
    if lost["lost"] is None:
        return
    st.markdown(
        say(
            "overview.flows.lost_for_good",
            customers=state["customers"].value,
            coverage=_COVERAGE,
            **lost,
        )
    )
    link_to("value")


def _figures_of(
    state: BusinessState, months: int
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The four that say most, and the others."""
    days = (
        date.fromisoformat(state.period[1]) - date.fromisoformat(state.period[0])
    ).days + 1
    help_details = {"lost_after": state.lost_after, "days": days}
    items: list[dict[str, Any]] = []
    for measure in state.measures:
        if measure.value is None:
            continue
        is_share = measure.name in _SHARES
        is_money = names_money(f"value.measure.{measure.name}")
        items.append(
            {
                "name": measure.name,
                "label": f"value.measure.{measure.name}",
                "help": f"value.measure_help.{measure.name}",
                "help_details": help_details,
                "value": measure.value
                if is_share
                else written(measure.value, money=is_money),
                "style": "percent",
                "delta": measure.change,
                "delta_style": "points" if is_share else "percent",
                "delta_color": "normal" if measure.good == "up" else "inverse",
                "trend": [
                    value for value in measure.months[:months] if value == value
                ],
            }
        )
    main = [item for item in items if item["name"] in _MAIN][:_FIRST]
    main += [item for item in items if item not in main][: _FIRST - len(main)]
    return (
        [item for item in items if item in main],
        [item for item in items if item not in main],
    )


def _say_unnamed(state: BusinessState) -> None:
    """Whose sales no figure of customers holds."""
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
