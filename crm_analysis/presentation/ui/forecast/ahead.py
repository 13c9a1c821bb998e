"""The tab of the forecast itself: what to expect, how sure that is, and the series one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from crm_analysis.analyses.forecast.series.anomalies import find_anomalies
from crm_analysis.analyses.forecast.series.demand import ALL
from crm_analysis.analyses.forecast.verdicts import (
    against_naive,
    headline_kind,
    outlook,
    short_history,
)
from crm_analysis.messages import Message
from crm_analysis.presentation.pictures import forecast as pictures
from crm_analysis.presentation.ui import (
    answer,
    chart,
    downloads,
    figures,
    is_analyst,
    language,
    notes,
    palette,
    plain,
    run,
    say,
    show_table,
    starred,
    widget_key,
)
from crm_analysis.presentation.ui.forecast import PICKED, View
from crm_analysis.presentation.ui.forecast.words import (
    legible,
    renamed,
    titled,
    unit,
    with_names,
)
from crm_analysis.presentation.ui.remembered import remembered

_LAST_PICKED = widget_key("forecast", "last_picked")
_HORIZONS_SHOWN = 4  # of history, at least
_HISTORY_SHOWN = {
    "day": 180,
    "week": 130,
    "fortnight": 65,
    "four_week": 65,
    "month": 60,
    "quarter": 32,
    "half": 24,
    "year": 20,
}
_FIGURES_IN_TWO_ROWS = 5  # which leave no room for their names in one


def ahead(view: View) -> None:
    """The answer in a sentence, in figures and as a fan; then all series."""
    outlooks = outlook(view.forecast, view.plan)
    shown = {
        **view.row(),
        **view.of_shown(outlooks).iloc[0].to_dict(),
    }
    said = _headline(view, shown)
    with starred(view.result):
        answer(said.key, **said.details)
    short = short_history(view.forecast)
    if short is not None:
        st.warning(say(short.key, **short.details))
    _draw_test(shown)
    _draw_picture(view, said)
    _draw_figures(shown)
    if len(view.names) > 1:
        _draw_series(view, outlooks)
    reconciled = view.reconciliation
    reconciliation = reconciled.notes if reconciled is not None else ()
    own = [
        note
        for note in view.forecast.notes
        if note.details.get("series") == view.shown
    ]
    notes(
        renamed(
            [*own, *reconciliation, *view.overridden.notes],
            view.names,
        )
    )


def _headline(view: View, shown: dict[str, Any]) -> Message:
    details: dict[str, Any] = {
        "horizon": view.forecast.horizon,
        "unit": unit(view.forecast.every, view.forecast.horizon),
        "measure": view.selection.measure,
        "points": int(shown["points"]),
        "total": shown["total"],
        "low": shown["lo_80"],
        "high": shown["hi_80"],
    }
    if shown["direction"] is not None:
        details |= {"change": abs(shown["change"]), "signed": shown["change"]}
    key = headline_kind(view.forecast, shown)
    return Message(f"forecast.headline.{key}", details)


def _draw_test(shown: dict[str, Any]) -> None:
    """How it did on earlier days: who reads no further must not take more from it than it holds."""
    tested = against_naive(shown)
    if tested is not None:
        draw = {"worse": st.warning, "unseen": st.info}.get(tested.kind, st.caption)
        draw(
            say(
                f"forecast.tested.{tested.kind}",
                share=tested.share,
                again=tested.repeated,
            )
        )


def _draw_picture(view: View, headline: Message) -> None:
    forecast = view.forecast
    history = view.of_shown(forecast.history)
    periods = max(
        _HISTORY_SHOWN[forecast.every],
        _HORIZONS_SHOWN * forecast.horizon,
    )
    whole = len(history) > periods and remembered(
        st.toggle,
        say("forecast.whole"),
        key=widget_key("forecast", "whole"),
    )
    if not whole:
        history = history.tail(periods)
    plan = view.of_shown(view.plan)
    tested = _backtest(view, history["date"].min())
    if not is_analyst():
        history, tested = history.assign(fitted=np.nan), tested.head(0)
    chart(
        pictures.ahead(
            history,
            plan,
            tested,
            _marks(view, history),
            language(),
            measure=view.selection.measure,
            every=forecast.every,
            by_hand=plan[plan["overridden"]],
            palette=palette(),
        ),
        key=widget_key("forecast", "ahead"),
        alt=plain(headline.key, **headline.details),
        height=470,
    )
    if pictures.reach(history, plan) is not None:
        st.caption(say("forecast.beyond", high=float(plan["hi_95"].max())))
    by_hand = view.overridden.summary()
    if by_hand["overridden"]:
        st.caption(
            say(
                "forecast.by_hand",
                count=int(by_hand["overridden"]),
                total=by_hand["model_total"],
                now=by_hand["total"],
            )
        )


def _backtest(view: View, start: pd.Timestamp) -> pd.DataFrame:
    """The back-test of the model chosen, from the first day that is shown."""
    backtest = view.of_shown(view.forecast.backtest)
    chosen = backtest["model"] == view.row()["model"]
    return backtest[chosen & (backtest["date"] >= start)]


def _marks(view: View, history: pd.DataFrame) -> pd.DataFrame:
    """What stands out and what is left out, each with words for it."""
    columns = ["date", "value", "kind", "text"]
    anomalies = run(find_anomalies, view.shown_demand()).value.marks
    texts = [
        plain(f"planning.kind.{kind}")
        + plain("forecast.colon")
        + plain(f"planning.reason.{reason}")
        for kind, reason in zip(anomalies["kind"], anomalies["reason"], strict=True)
    ]
    marks = anomalies.assign(kind="anomaly", text=texts)
    marks = marks[anomalies["kind"] != "level_shift"][columns]
    left_out = history[history["mark"].isin(["left_out", "one_order", "outlier"])]
    if len(left_out):
        left_out = left_out.assign(
            kind="left_out", text=plain("forecast.picture.left_out")
        )[columns]
        marks = pd.concat([marks, left_out]) if len(marks) else left_out
    shifts = view.of_shown(view.forecast.level_shifts)
    if len(shifts):
        shifts = shifts.assign(
            value=0.0,
            kind="level_shift",
            text=[
                plain("forecast.picture.level_shift", share=share)
                for share in shifts["share"]
            ],
        )[columns]
        marks = pd.concat([marks, shifts]) if len(marks) else shifts
    return marks[marks["value"].notna() & (marks["date"] >= history["date"].min())]


def _draw_figures(shown: dict[str, Any]) -> None:
    items = [
        _figure("total", shown["total"]),
        _figure("low", shown["lo_80"], wide=shown["lo_95"]),
        _figure("high", shown["hi_80"], wide=shown["hi_95"]),
    ]
    if shown["direction"] is not None:
        items.append(_figure("change", shown["change"], "percent"))
    if pd.notna(shown["mase"]):
        item = _figure(
            "mase",
            shown["mase"],
            "number2",
            naive=shown["mase_naive"],
        )
        if not shown["mase_naive"] > 0:
            item["help"] = "forecast.figure_help.mase_alone"
        items.append(item | {"analyst": True})
    if pd.notna(shown["coverage_80"]):
        items.append(
            _figure(
                "coverage",
                shown["coverage_80"],
                "percent",
                wide=float(shown["coverage_95"]),
            )
            | {"analyst": True}
        )
    if len(items) == _FIGURES_IN_TWO_ROWS and is_analyst():
        figures(items[:3])
        items = items[3:]
    figures(items)


def _figure(
    name: str, value: float, style: str = "number", **details: Any
) -> dict[str, Any]:
    return {
        "label": f"forecast.figure.{name}",
        "value": value,
        "style": style,
        "help": f"forecast.figure_help.{name}",
        "help_details": details,
    }


def _draw_series(view: View, outlooks: pd.DataFrame) -> None:
    """All series, a row each; the one that is picked is shown above."""
    parts = view.forecast.series[view.forecast.series["series"] != ALL]
    tested = parts.dropna(subset=["mase", "mase_naive"])
    answer(
        "forecast.all_series",
        count=len(parts),
        better=int((tested["mase"] < tested["mase_naive"]).sum()),
        tested=len(tested),
    )
    table = _series_table(view, outlooks)
    picked = show_table(
        "forecast",
        legible(with_names(table, view.names)),
        key=widget_key("forecast", "series"),
        styles={
            "line": "trend",
            "mase": "number2",
            "mase_naive": "number2",
            "change": "percent",
        },
        height=min(560, 38 + 35 * len(table)),
        select=True,
    )
    st.caption(say("forecast.pick"))
    if picked:
        _look_at(view, str(table["series"].iloc[picked[0]]))
    downloads(
        "forecast_series",
        titled(table.drop(columns="line"), view.names),
        key=widget_key("forecast", "series_file"),
    )


def _look_at(view: View, series: str) -> None:
    """Show the series that was picked, once: the table still holds it when another is chosen."""
    if series == st.session_state.get(_LAST_PICKED):
        return
    st.session_state[_LAST_PICKED] = series
    if series != view.shown:
        st.session_state[PICKED] = series
        st.rerun()


def _series_table(view: View, outlooks: pd.DataFrame) -> pd.DataFrame:
    """Series, a line of what was and will be, total ahead with interval, change, accuracy."""
    series = view.forecast.series
    tongue = language()
    return pd.DataFrame(
        {
            "series": outlooks["series"],
            "line": _lines(view),
            "total_ahead": outlooks["total"],
            "change": outlooks["change"],
            "mase": series["mase"],
            "model": [
                pictures.combined_name(parts, tongue) for parts in series["parts"]
            ],
            "lo_80": outlooks["lo_80"],
            "hi_80": outlooks["hi_80"],
            "mase_naive": series["mase_naive"],
            "pattern": [
                plain(f"forecast.pattern.{pattern}")
                for pattern in series["pattern"]
            ],
        }
    )


def _lines(view: View) -> list[list[float]]:
    """What was and will be of each series; gaps are bridged, for a line cannot be broken there."""
    periods = _HISTORY_SHOWN[view.forecast.every] // 2
    past = view.forecast.history.groupby("series", sort=False)["value"]
    past = past.apply(lambda values: values.tail(periods).tolist())
    future = view.plan.groupby("series", sort=False)["value"].apply(list)
    return [
        pd.Series([*past.get(name, []), *future.get(name, [])], dtype=float)
        .interpolate(limit_direction="both")
        .fillna(0.0)
        .round(3)
        .tolist()
        for name in view.forecast.series["series"]
    ]
