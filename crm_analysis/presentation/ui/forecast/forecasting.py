"""The forecast, and while it is being made the series that are done already."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from crm_analysis.analyses import forecast as engine
from crm_analysis.analyses.forecast import Forecast, ForecastOptions
from crm_analysis.jobs import Progress, no_progress
from crm_analysis.presentation.ui.blocks import show_table
from crm_analysis.presentation.ui.run import Answer, run
from crm_analysis.presentation.ui.session import say, workspace

_FEW = 3  # series that are not worth a table on the way
_REMEMBERED = 500
_ARRIVED: dict[str, list[dict[str, Any]]] = {}  # what is done of the forecasts now at work
_DONE: dict[str, None] = {}  # forecasts that were done lately, the newest last


def forecast(
    demand: Answer[pd.DataFrame],
    options: ForecastOptions,
    names: dict[str, str],
    measure: str = "",
) -> Answer[Forecast]:
    """The forecast of these series; a question asked before is not computed again. Until it is done, its series are shown as they come."""
    key = f"{workspace().id} {demand.fingerprint} {options.fingerprint()}"
    watching = len(names) > _FEW and key not in _DONE
    if watching:
        _draw_arrived(key, names)
    found = run(_forecast, demand, options, key, measure)
    if (
        watching
    ):  # it was done at once: draw the page without a table that asks for news every second
        _done(key)
        st.rerun()
    return found


def _forecast(
    demand: pd.DataFrame,
    options: ForecastOptions,
    key: str,
    measure: str,
    progress: Progress = no_progress,
) -> Forecast:
    arrived = _ARRIVED[key] = []
    try:
        found = engine.forecast(
            demand,
            options,
            measure=measure,
            progress=progress,
            watch=lambda one: arrived.append(_row(one)),
        )
    finally:
        _ARRIVED.pop(key, None)
    _done(key)
    return found


def _done(key: str) -> None:
    _DONE[key] = None
    while len(_DONE) > _REMEMBERED:
        _DONE.pop(next(iter(_DONE)), None)


def _row(one: Any) -> dict[str, Any]:
    wanted = ("series", "total_ahead", "lo_80", "hi_80", "mase")
    return {name: one.row.get(name) for name in wanted} | {
        "line": one.ahead["value"].round(2).tolist()
    }


@st.fragment(run_every=1.0)
def _draw_arrived(key: str, names: dict[str, str]) -> None:
    rows = list(_ARRIVED.get(key, ()))
    if not rows:
        return
    st.caption(say("forecast.arrived", done=len(rows), count=len(names)))
    table = pd.DataFrame(rows[::-1])
    table["series"] = table["series"].map(lambda one: names.get(one, one))
    table["mase"] = table["mase"].astype(float)
    columns = ["series", "line", "total_ahead", "lo_80", "hi_80", "mase"]
    show_table(
        "forecast",
        table[columns].round({"total_ahead": 0, "lo_80": 0, "hi_80": 0}),
        key="forecast_arrived",
        styles={"line": "trend", "mase": "number2"},
    )
