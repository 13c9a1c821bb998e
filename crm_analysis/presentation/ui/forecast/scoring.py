"""Save this forecast; of the last one saved, how good it was."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from crm_analysis.analyses.forecast.planning.scoring import (
    ForecastScore,
    forecast_to_keep,
    has_actuals,
    score_forecast,
)
from crm_analysis.presentation.ui import (
    answer,
    downloads,
    figures,
    notes,
    say,
    show_table,
    widget_key,
)
from crm_analysis.presentation.ui.forecast import View, decisions
from crm_analysis.presentation.ui.forecast.words import (
    legible,
    renamed,
    titled,
    with_names,
)
from crm_analysis.workspace import Saved

_COLUMNS = [
    "series",
    "date",
    "actual",
    "value",
    "model_value",
    "naive",
    "error",
    "percent_error",
    "inside_80",
    "note",
]


def draw_score(view: View) -> None:
    """The newest saved forecast of which a period has come, and a button to save this one."""
    saved = decisions.saved_forecasts(view.selection)
    demand = view.demand.value
    tables = ((forecast, forecast.frame("kept")) for forecast in reversed(saved))
    scorable = ((made, table) for made, table in tables if has_actuals(table, demand))
    newest = next(scorable, None)
    if newest is None:
        answer(
            "forecast.score.waiting" if saved else "forecast.score.none",
            count=len(saved),
        )
    else:
        forecast, table = newest
        _draw_scored(
            view,
            str(forecast.payload["made"]),
            score_forecast(table, demand),
        )
    _draw_saving(view, saved)


def _draw_saving(view: View, saved: list[Saved]) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(
            say("forecast.score.keep"),
            key=widget_key("forecast", "save_forecast"),
            icon=":material/bookmark_add:",
        ):
            _save(view)
        for forecast in saved[-1:]:
            st.caption(
                say(
                    "forecast.score.last",
                    made=str(forecast.payload["made"]),
                    horizon=int(forecast.payload["horizon"]),
                    changed=forecast.changed.date().isoformat(),
                )
            )


def _save(view: View) -> None:
    made: pd.Timestamp = view.of_shown(view.forecast.history)["date"].max()
    decisions.save_forecast(
        view.selection,
        forecast_to_keep(view.forecast, view.overridden),
        {
            "made": made.date().isoformat(),
            "horizon": view.forecast.horizon,
        },
    )
    st.toast(say("forecast.score.kept"))
    st.rerun()


def _draw_scored(view: View, made: str, score: ForecastScore) -> None:
    summary = score.summary()
    answer(
        "forecast.score.sentence",
        made=made,
        periods=int(summary["periods"] or 0),
        mape=(summary["smape"] or 0.0) / 100,
        inside=summary["inside_80"] or 0.0,
    )
    items: list[dict[str, Any]] = [
        {"label": "forecast.score.mae", "value": summary["mae"]},
        {
            "label": "forecast.score.mae_naive",
            "value": summary["mae_naive"],
        },
        {
            "label": "forecast.score.bias",
            "value": summary["bias_share"],
            "style": "percent1",
            "help": "forecast.score_help.bias",
        },
    ]
    if summary["added_by_hand"] is not None:
        items.append(
            {
                "label": "forecast.score.hand",
                "value": summary["added_by_hand"],
                "style": "percent",
                "help": "forecast.score_help.hand",
            }
        )
    figures(items)
    show_table(
        "forecast",
        legible(with_names(score.periods[_COLUMNS], view.names)),
        key=widget_key("forecast", "score"),
        styles={"percent_error": "percent"},
        height=280,
    )
    downloads(
        "forecast_score",
        titled(score.periods, view.names),
        key=widget_key("forecast", "score_file"),
    )
    notes(renamed(score.notes, view.names))
