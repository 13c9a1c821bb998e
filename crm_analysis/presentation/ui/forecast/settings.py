"""What is asked for: which demand, by what, of which series, how far ahead and with which model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from crm_analysis.analyses.forecast import MODELS, ForecastOptions
from crm_analysis.analyses.forecast.series.demand import Demand
from crm_analysis.analyses.forecast.series.selection import ALL, REST, DemandOptions, series_sizes
from crm_analysis.errors import AnalysisError
from crm_analysis.presentation.ui.blocks import choose_kind
from crm_analysis.presentation.ui.controls import controls
from crm_analysis.presentation.ui.run import Answer, run
from crm_analysis.presentation.ui.session import choice_text, column_name, plain, say, workspace
from crm_analysis.wording import has

_FURTHEST = {"day": 180, "week": 104, "month": 60, "quarter": 20, "year": 10}
_USUAL = {"day": 28, "week": 13, "month": 12, "quarter": 4, "year": 3}
_BY = ("category", "product", "country", "channel")
_SOURCES = {
    "quantity": {"quantity"},
    "revenue": {"amount"},
    "orders": {"order"},
    "customers": {"customer"},
}
_OFFERED_NAMES = 3_000  # series to choose from in a list
_MORE = (
    "transform",
    "intervals",
    "windows",
    "season",
    "leave_out_outliers",
    "thorough",
    "degree",
    "constant",
    "step",
)
ORDERS = ("p", "d", "q", "P", "D", "Q")


def source() -> str:
    """Orders, or a ready table of series where that is what there is, or was asked for."""
    return choose_kind("forecast", "forecast.source")


def choose_what(kind: str, lines: Answer[pd.DataFrame], places: Mapping[str, Any]) -> DemandOptions:
    """The demand asked for, as widgets."""
    if kind == "series":
        by = (
            "series"
            if "series" in lines.value.columns and lines.value["series"].nunique(dropna=False) > 1
            else ALL
        )
        what = controls(
            "forecast",
            DemandOptions,
            only=("every",),
            start=DemandOptions(measure="value", every="given", by=by),
            places=places,
        )
    else:
        measures = [name for name, roles in _SOURCES.items() if roles <= set(lines.value.columns)]
        parts = [ALL, *(name for name in _BY if name in lines.value.columns)]
        if workspace().saved("segmentation") and "customer" in lines.value.columns:
            parts.append("segment")
        called = {ALL: plain("forecast.knob.by.all"), "segment": plain("forecast.knob.by.segment")}
        names = {name: called.get(name) or column_name(name) for name in parts}
        what = controls(
            "forecast",
            DemandOptions,
            only=("measure", "every", "by"),
            choices={
                "measure": measures or ["quantity"],
                "by": parts,
                "every": ("day", "week", "month", "quarter", "year"),
            },
            names={"by": names.__getitem__},
            start=DemandOptions(
                measure=(measures or ["quantity"])[0],  # type: ignore[arg-type]
                every=_usual_period(lines.value),  # type: ignore[arg-type]
            ),
            places=places,
        )
    if what.by == ALL:
        return what
    if what.by == "segment":
        saved = [one.name for one in workspace().saved("segmentation")][::-1]
        what = what.replace(
            segmentation=st.selectbox(
                say("forecast.segmentation"),
                saved,
                key="forecast-segmentation",
                persist_state="session",
            )
        )
    return _choose_series(lines, what)


def demand_table(demand: Answer[Demand]) -> Answer[pd.DataFrame]:
    """The series alone, for the analyses that take them."""
    return Answer(demand.value.table, f"{demand.fingerprint} table")


def _choose_series(lines: Answer[pd.DataFrame], what: DemandOptions) -> DemandOptions:
    """Which of the series: some by name, or the largest, beside which the others are one."""
    sizes = run(series_sizes, members_joined(lines, what), what.replace(largest=2, only=())).value
    if len(sizes) < 2:
        return what
    left, right = st.columns([3, 1], gap="medium", vertical_alignment="bottom")
    offered = [str(name) for name in sizes.index[:_OFFERED_NAMES]]
    names = series_names(offered, what.segmentation)
    with right:
        high = min(len(sizes), 1000)
        most = st.slider(
            say("forecast.knob.largest.label"),
            1,
            high,
            min(what.largest, high),
            key=f"forecast-most-{what.by}",
            help=say("forecast.knob.largest.help"),
            persist_state="session",
        )
    with left:
        only = st.multiselect(
            say("forecast.knob.only.label"),
            offered,
            format_func=names.__getitem__,
            key=f"forecast-only-{what.by}-{what.segmentation}",
            placeholder=plain(
                "forecast.largest" if most < len(sizes) else "forecast.all_of_them",
                count=most,
                all=len(sizes),
            ),
            persist_state="session",
        )
    return what.replace(largest=max(2, most), only=tuple(only))


def _usual_period(lines: pd.DataFrame) -> str:
    """Months where there are enough of them, else weeks or days."""
    dates = lines["date"].dropna() if "date" in lines.columns else pd.Series(dtype="datetime64[ns]")
    days = (
        (dates.max() - dates.min()).days
        if len(dates) and pd.api.types.is_datetime64_any_dtype(dates)
        else 0
    )
    return "month" if days >= 420 else "week" if days >= 70 else "day"


def choose_model(every: str, places: Mapping[str, Any]) -> ForecastOptions:
    """How far ahead and with which model, as widgets; the orders of ARIMA beside it where it is the model."""
    with places["horizon"]:
        horizon = st.slider(
            say(f"forecast.horizon_in.{every}"),
            1,
            _FURTHEST[every],
            _USUAL[every],
            key=f"forecast-horizon-{every}",
            help=say("forecast.knob.horizon.help"),
            persist_state="session",
        )
    chosen = controls(
        "forecast",
        ForecastOptions,
        only=("model", *_MORE),
        names={"model": choice_text("forecast.model.{}")},
        choices={"model": MODELS},
        high={"season": 400, "step": 52},
        places={"model": places["model"]},
    )
    if chosen.model == "arima":
        chosen = chosen.replace(**choose_orders())
    return chosen.replace(horizon=horizon)


def choose_orders() -> dict[str, Any]:
    """The six orders of a seasonal ARIMA as sliders."""
    st.markdown(say("forecast.orders"))
    places = dict(zip(ORDERS, st.columns(6, gap="medium"), strict=True))
    made = controls("forecast", ForecastOptions, key="forecast-arima", only=ORDERS, places=places)
    return {name: getattr(made, name) for name in ORDERS}


def series_names(series: Any, segmentation: str = "") -> dict[str, str]:
    """What each series is called: its own name, a word for sums and for lines that name nothing, a segment as it is called where it was saved."""
    words = {
        ALL: plain("forecast.series.all"),
        REST: plain("forecast.series.rest"),
        "": plain("forecast.series.none"),
    }
    if segmentation:
        words |= _segment_names(segmentation)
    return {str(name): words.get(str(name), str(name)) for name in series}


def _segment_names(segmentation: str) -> dict[str, str]:
    saved = workspace().saved_one("segmentation", segmentation)
    if saved is None:
        return {}
    called = {
        str(label): plain(key, **details)
        for label, key, details in saved.payload.get("called", ())
        if has(key)
    }
    return called | {str(label): str(name) for label, name in saved.payload.get("named", ())}


def members_joined(lines: Answer[pd.DataFrame], what: DemandOptions) -> Answer[pd.DataFrame]:
    """The order lines with their customers' segments, where these are asked for."""
    if what.by != "segment":
        return lines
    from crm_analysis.analyses.forecast.planning.segment_demand import with_segments

    return run(with_segments, lines, members_of(what.segmentation))


def members_of(name: str) -> Answer[pd.DataFrame]:
    """Who belongs to which segment (its label) of a saved segmentation."""
    saved = workspace().saved_one("segmentation", name)
    if saved is None:
        raise AnalysisError("segments.not_saved_here")
    return Answer(saved.frame("members").astype({"segment": str}), saved.owner)
