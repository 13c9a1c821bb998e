"""What if: growth, price and promotion as stated assumptions; arithmetic only."""

from __future__ import annotations

from typing import Any

import streamlit as st

from crm_analysis.analyses.forecast.planning.scenarios import (
    Scenario,
    ScenarioOptions,
    scenario,
)
from crm_analysis.analyses.forecast.series.demand import ALL
from crm_analysis.presentation.pictures import planning as pictures
from crm_analysis.presentation.ui import (
    answer,
    chart,
    downloads,
    language,
    palette,
    plain,
    say,
    widget_key,
)
from crm_analysis.presentation.ui.forecast import View
from crm_analysis.presentation.ui.forecast.words import titled

_SLIDERS = {
    "growth": (-50, 100, 1),
    "price": (-50, 100, 1),
    "promotion": (-50, 200, 5),
}


def draw_scenario(view: View) -> None:
    """The forecast under an assumption; of the total all its parts."""
    above = st.container()
    options = _choose(view)
    planned = view.of_shown(view.plan)
    if view.shown == ALL:
        planned = view.plan[view.plan["series"].isin(view.parts)]
    measure: Any = view.selection.measure
    if measure == "value":
        measure = "quantity"
    result = scenario(planned, options, measure=measure)
    with above:
        _draw_answer(view, result)
    summary = result.summary()
    chart(
        pictures.scenario(
            result.periods,
            language(),
            measure=view.selection.measure,
            palette=palette(),
        ),
        key=widget_key("forecast", "scenario"),
        alt=plain(
            "forecast.scenario.alt",
            before=summary["before"],
            after=summary["after"],
        ),
        height=320,
    )
    for key, details in result.assumption:
        st.markdown(f"- {say(key, **details)}")
    if result.assumption:
        st.caption(say("forecast.scenario.help"))
        downloads(
            "scenario",
            titled(result.ahead, view.names),
            key=widget_key("forecast", "scenario_file"),
        )


def _draw_answer(view: View, result: Scenario) -> None:
    if not result.assumption:
        answer("forecast.scenario.nothing", name=view.shown_name)
        return
    summary = result.summary()
    answer(
        f"forecast.scenario.{'up' if (summary['change'] or 0.0) >= 0 else 'down'}",
        name=view.shown_name,
        before=summary["before"],
        after=summary["after"],
        share=abs(summary["share"] or 0.0),
    )


def _choose(view: View) -> ScenarioOptions:
    first, second, third, fourth = st.columns(4, gap="medium")
    values: dict[str, Any] = {}
    for column, (name, (low, high, step)) in zip(
        (first, second, fourth), _SLIDERS.items(), strict=True
    ):
        percent = column.slider(
            say(f"forecast.scenario.{name}"),
            low,
            high,
            0,
            step,
            format="%d%%",
            key=widget_key("forecast", name),
            help=say(f"forecast.scenario_help.{name}"),
            persist_state="session",
        )
        values[name] = percent / 100
    values["elasticity"] = third.slider(
        say("forecast.scenario.elasticity"),
        -5.0,
        0.0,
        -1.0,
        0.1,
        key=widget_key("forecast", "elasticity"),
        help=say("forecast.scenario_help.elasticity"),
        persist_state="session",
    )
    left, right = st.columns([3, 1], gap="medium", vertical_alignment="bottom")
    gradual = right.toggle(
        say("forecast.scenario.gradual"),
        key=widget_key("forecast", "gradual"),
        help=say("forecast.scenario_help.gradual"),
        persist_state="session",
    )
    dates = [
        date.date().isoformat() for date in sorted(view.forecast.ahead["date"].unique())
    ]
    promotion = left.multiselect(
        say("forecast.scenario.dates"),
        dates,
        key=widget_key("forecast", "promotion_dates", view.forecast.every, dates[0]),
        placeholder=plain("forecast.scenario.dates_hint"),
        persist_state="session",
    )
    return ScenarioOptions(
        **values,
        growth_form="gradual" if gradual else "at_once",
        promotion_dates=tuple(date for date in promotion if date in dates),
    )
