"""What is asked for: which demand, by what, of which series, how far ahead, with which model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from crm_analysis.analyses.forecast import MODELS, ForecastOptions
from crm_analysis.analyses.forecast.options import EVERY
from crm_analysis.analyses.forecast.planning.new_product import with_segments
from crm_analysis.analyses.forecast.series.demand import ALL, Demand
from crm_analysis.analyses.forecast.series.periods import HORIZON
from crm_analysis.analyses.forecast.series.selection import (
    DemandOptions,
    groupings_of,
    measures_of,
    series_sizes,
    usual_period,
)
from crm_analysis.errors import AnalysisError
from crm_analysis.presentation.ui import (
    Answer,
    choice_text,
    choose_kind,
    column_name,
    controls,
    plain,
    run,
    say,
    widget_key,
    workspace,
)
from crm_analysis.presentation.ui.forecast.words import series_names
from crm_analysis.presentation.ui.remembered import remembered

ORDERS = ("p", "d", "q", "P", "D", "Q")
_MAXIMUM_HORIZON = {
    "day": 180,
    "week": 104,
    "fortnight": 52,
    "four_week": 52,
    "month": 60,
    "quarter": 20,
    "half": 12,
    "year": 10,
}
_MAXIMUM_LISTED = 3_000  # series to choose from in a list
_MAXIMUM_ALONE = 1_000  # series that are not summed
_ADVANCED = (
    "transform",
    "intervals",
    "windows",
    "season",
    "leave_out_outliers",
    "leave_out_large_orders",
    "level_shifts",
    "thorough",
    "degree",
    "constant",
    "step",
)


def choose_source() -> str:
    """Orders, or a ready table of series where that is what there is, or was asked for."""
    return choose_kind("forecast", "forecast.source")


def places(kind: str) -> dict[str, Any]:
    """A container for each of the settings that are always in view."""
    widths = {"every": 2, "horizon": 3, "model": 4}
    if kind == "transactions":
        widths = {
            "measure": 5,
            "every": 4,
            "by": 5,
            "horizon": 5,
            "model": 9,
        }
    return dict(
        zip(
            widths,
            st.columns(list(widths.values()), gap="medium"),
            strict=True,
        )
    )


def choose_demand(
    kind: str,
    lines: Answer[pd.DataFrame],
    places: Mapping[str, Any],
) -> DemandOptions:
    """The demand asked for, as widgets."""
    if kind == "series":
        selection = _choose_ready_demand(lines.value, places)
    else:
        selection = _choose_demand_of_orders(lines.value, places)
    if selection.by == ALL:
        return selection
    if selection.by == "segment":
        selection = selection.replace(
            segmentation=choose_segmentation(widget_key("forecast", "segmentation"))
        )
    return _choose_series(lines, selection)


def _choose_ready_demand(
    lines: pd.DataFrame, places: Mapping[str, Any]
) -> DemandOptions:
    several = (
        "series" in lines.columns and lines["series"].nunique(dropna=False) > 1
    )
    by = "series" if several else ALL
    return controls(
        "forecast",
        DemandOptions,
        only=("every",),
        start=DemandOptions(measure="value", every="given", by=by),
        places=places,
    )


def _choose_demand_of_orders(
    lines: pd.DataFrame, places: Mapping[str, Any]
) -> DemandOptions:
    measures = measures_of(lines) or ["quantity"]
    groupings = [ALL, *groupings_of(lines)]
    if workspace().saved("segmentation") and "customer" in lines.columns:
        groupings.append("segment")
    names = {name: column_name(name) for name in groupings}
    names[ALL] = plain("forecast.knob.by.all")
    names["segment"] = plain("forecast.knob.by.segment")
    return controls(
        "forecast",
        DemandOptions,
        only=("measure", "every", "by"),
        choices={
            "measure": measures,
            "by": groupings,
            "every": EVERY,
        },
        names={"by": names.__getitem__},
        start=DemandOptions(
            measure=measures[0],  # type: ignore[arg-type]
            every=usual_period(lines),
        ),
        places=places,
    )


def choose_segmentation(key: str, **layout: Any) -> str:
    """One of the saved segmentations, the newest first."""
    return remembered(
        st.selectbox,
        say("forecast.segmentation"),
        [segmentation.name for segmentation in workspace().saved("segmentation")][
            ::-1
        ],
        key=key,
        **layout,
    )


def _choose_series(
    lines: Answer[pd.DataFrame], selection: DemandOptions
) -> DemandOptions:
    """Which of the series: some by name, or the largest, beside which the others are one."""
    members = with_members(lines, selection)
    sizes = run(series_sizes, members, selection.replace(largest=2, only=())).value
    if len(sizes) < 2:
        return selection
    left, right = st.columns([3, 1], gap="medium", vertical_alignment="bottom")
    names = series_names(sizes.index[:_MAXIMUM_LISTED], selection.segmentation)
    with right:
        maximum = min(len(sizes), _MAXIMUM_ALONE)
        largest = remembered(
            st.slider,
            say("forecast.knob.largest.label"),
            1,
            maximum,
            min(selection.largest, maximum),
            key=widget_key("forecast", "largest", selection.by),
            help=say("forecast.knob.largest.help"),
        )
    with left:
        hint = (
            "forecast.largest" if largest < len(sizes) else "forecast.all_of_them"
        )
        only = remembered(
            st.multiselect,
            say("forecast.knob.only.label"),
            list(names),
            format_func=names.__getitem__,
            key=widget_key(
                "forecast",
                "only",
                selection.by,
                selection.segmentation,
            ),
            placeholder=plain(hint, count=largest, all=len(sizes)),
        )
    return selection.replace(largest=max(2, largest), only=tuple(only))


def choose_model(every: str, places: Mapping[str, Any]) -> ForecastOptions:
    """How far ahead and with which model, as widgets; the orders of ARIMA where it is the model."""
    horizon = remembered(
        places["horizon"].slider,
        say(f"forecast.horizon_in.{every}"),
        1,
        _MAXIMUM_HORIZON[every],
        HORIZON[every],
        key=widget_key("forecast", "horizon", every),
        help=say("forecast.knob.horizon.help"),
    )
    options = controls(
        "forecast",
        ForecastOptions,
        only=("model", *_ADVANCED),
        names={"model": choice_text("forecast.model.{}")},
        choices={"model": MODELS},
        high={"season": 400, "step": 52},
        places={"model": places["model"]},
    )
    if options.model == "arima":
        options = options.replace(**choose_orders())
    return options.replace(horizon=horizon)


def choose_orders() -> dict[str, Any]:
    """The six orders of a seasonal ARIMA as sliders."""
    st.markdown(say("forecast.orders"))
    options = controls(
        "forecast",
        ForecastOptions,
        key=widget_key("forecast", "arima"),
        only=ORDERS,
        places=dict(zip(ORDERS, st.columns(6, gap="medium"), strict=True)),
    )
    return {name: getattr(options, name) for name in ORDERS}


def demand_table(demand: Answer[Demand]) -> Answer[pd.DataFrame]:
    """The series alone, for the analyses that take them."""
    return demand.part("table")


def with_members(
    lines: Answer[pd.DataFrame], selection: DemandOptions
) -> Answer[pd.DataFrame]:
    """The order lines, with their customers' segments where these are asked for."""
    if selection.by != "segment":
        return lines
    return run(with_segments, lines, members_of(selection.segmentation))


def members_of(segmentation: str) -> Answer[pd.DataFrame]:
    """Who belongs to which segment (its label) of a saved segmentation."""
    saved = workspace().saved_one("segmentation", segmentation)
    if saved is None:
        raise AnalysisError("segments.not_saved_here")
    return Answer(saved.frame("members").astype({"segment": str}), saved.owner)
