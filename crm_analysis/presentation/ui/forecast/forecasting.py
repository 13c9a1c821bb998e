"""The forecast, and while it is being made the series that are done already."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from crm_analysis.analyses import forecast as analyses
from crm_analysis.analyses.forecast import Forecast, ForecastOptions
from crm_analysis.jobs import Progress, no_progress
from crm_analysis.presentation.ui import (
    Answer,
    run,
    say,
    show_table,
    widget_key,
    workspace,
)

_FEW = 3  # series that are not worth a table on the way
_MAXIMUM_REMEMBERED = 500
_DONE: dict[
    str, list[dict[str, Any]]
] = {}  # the series that are done of forecasts now at work
_FINISHED: dict[str, None] = {}  # forecasts that were done lately, the newest last
_TOTALS = ("total_ahead", "lo_80", "hi_80")


def forecast_demand(
    demand: Answer[pd.DataFrame],
    options: ForecastOptions,
    names: dict[str, str],
    measure: str = "",
) -> Answer[Forecast]:
    """The forecast of these series; until it is done, its series are shown as they come."""
    key = f"{workspace().id} {demand.fingerprint} {options.fingerprint()}"
    watching = len(names) > _FEW and key not in _FINISHED
    if watching:
        _draw_done(key, names)
    result = run(_forecast, demand, options, key, measure)
    if watching:
        # It was done at once: the page needs no table that asks for news every second.
        _finish(key)
        st.rerun()
    return result


def _forecast(
    demand: pd.DataFrame,
    options: ForecastOptions,
    key: str,
    measure: str,
    progress: Progress = no_progress,
) -> Forecast:
    done = _DONE[key] = []
    try:
        result = analyses.forecast(
            demand,
            options,
            measure=measure,
            progress=progress,
            watch=lambda series: done.append(_row(series)),
        )
    finally:
        _DONE.pop(key, None)
    _finish(key)
    return result


def _finish(key: str) -> None:
    _FINISHED[key] = None
    while len(_FINISHED) > _MAXIMUM_REMEMBERED:
        _FINISHED.pop(next(iter(_FINISHED)), None)


def _row(series: Any) -> dict[str, Any]:
    return {name: series.row.get(name) for name in ("series", *_TOTALS, "mase")} | {
        "line": series.ahead["value"].round(2).tolist()
    }


@st.fragment(run_every=1.0)
def _draw_done(key: str, names: dict[str, str]) -> None:
    rows = list(_DONE.get(key, ()))
    if not rows:
        return
    st.caption(say("forecast.arrived", done=len(rows), count=len(names)))
    table = pd.DataFrame(rows[::-1])
    table["series"] = table["series"].map(lambda name: names.get(name, name))
    table["mase"] = table["mase"].astype(float)
    show_table(
        "forecast",
        table[["series", "line", *_TOTALS, "mase"]].round(
            dict.fromkeys(_TOTALS, 0)
        ),
        key=widget_key("forecast", "done"),
        styles={"line": "trend", "mase": "number2"},
    )
