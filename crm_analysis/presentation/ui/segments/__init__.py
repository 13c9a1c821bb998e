"""The pieces of the segments page: who is compared, how, and the sentence at the top."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from crm_analysis.analyses.customers import CustomerSummary, summarise_customers
from crm_analysis.analyses.segments import (
    METHODS,
    Segments,
    code,
    feature_choices,
    leading_segment,
    method_of,
    prepare,
    saved_adjustments,
    segment_names,
    segment_prepared,
)
from crm_analysis.options import Options
from crm_analysis.presentation.pictures import segments as pictures
from crm_analysis.presentation.ui import (
    Answer,
    answer,
    choice_text,
    choose_kind,
    controls,
    current_filter,
    figures,
    how,
    language,
    plain,
    run,
    say,
    table,
    widget_key,
)
from crm_analysis.presentation.ui.remembered import remembered
from crm_analysis.presentation.ui.segments.adjustments import adjusted
from crm_analysis.presentation.ui.segments.saving import (
    open_saved,
    reopened_save,
    reopening,
)
from crm_analysis.tables.script import Loading

_HALF = 0.5  # of the revenue, or of the customers, in no group
_IN_THE_MIDDLE = ("clusters", "radius", "min_cluster_size")


def source() -> str:
    """The kind of table the customers come from: orders, or a table of customers."""
    return choose_kind("segments", "segments.source")


def summary_of(kind: str) -> Answer[CustomerSummary]:
    """One row per customer, and what was left out."""
    return run(summarise_customers, table(kind, lazy=True, every_segment=True))


def customers_of(summary: Answer[CustomerSummary]) -> Answer[pd.DataFrame]:
    """The customers of a summary."""
    return summary.part("customers")


def choose(customers: Answer[pd.DataFrame]) -> Options:
    """The method and its settings, as widgets."""
    methods = [
        name for name, method in METHODS.items() if method.suits(customers.value)
    ]
    left, middle, right = st.columns([3, 3, 4], gap="medium")
    with left:
        method = remembered(
            st.selectbox,
            say("segments.knob.method.label"),
            methods,
            index=methods.index("kmeans"),
            format_func=choice_text("segments.method.{}"),
            key=widget_key("segments", "method"),
            help=say("segments.knob.method.help"),
        )
    choices = run(feature_choices, customers).value
    columns = [
        str(name) for name in choices.loc[choices["kind"] != "text", "column"]
    ]
    tongue = language()
    options = controls(
        "segments",
        METHODS[method].OPTIONS,
        choices={"features": columns},
        names={
            "features": lambda name: pictures.feature_name(
                name, customers.value, tongue
            )
        },
        high={"clusters": max(2, len(customers.value) - 1)},
        places={"features": right, **dict.fromkeys(_IN_THE_MIDDLE, middle)},
    )
    bounds = [
        knob.name for knob in options.knobs() if knob.name.endswith("_bounds")
    ]
    return _with_bounds(options, bounds) if bounds else options


def _with_bounds(options: Options, names: Sequence[str]) -> Options:
    """Boundaries of scores, several numbers each, where a person sets their own."""
    with st.expander(say("segments.bounds")):
        for name in names:
            text = remembered(
                st.text_input,
                say(f"segments.knob.{name}.label"),
                key=widget_key("segments", name),
                placeholder=plain("segments.bounds_example"),
                help=say(f"segments.knob.{name}.help"),
            )
            if not text.strip():
                continue
            try:
                numbers = tuple(
                    float(part) for part in text.replace("，", ",").split(",")
                )
                options = options.replace(**{name: numbers})
            except ValueError:
                st.warning(say("segments.bounds_wrong"))
    return options


def result(customers: Answer[pd.DataFrame], options: Options) -> Answer[Segments]:
    """The segments with the changes made by hand.

    What does not depend on the slider's place is computed once for all places.
    """
    prepared = run(
        prepare,
        customers,
        options.replace(**dict.fromkeys(METHODS[method_of(options)].SLIDER)),
    )
    return adjusted(run(segment_prepared, prepared, options))


def other(
    customers: Answer[pd.DataFrame], options: Options, which: int | str
) -> Answer[Segments]:
    """The run to compare with: another number of segments, or a saved segmentation."""
    if isinstance(which, str):
        return open_saved(customers, which)
    return result(customers, options.replace(clusters=which))


def leading_customers(segments: Segments) -> list[object]:
    """The customers of the segment that the headline is about."""
    of_segment = (
        segments.customers["segment"] == leading_segment(segments)["segment"]
    )
    return segments.customers.loc[of_segment, "customer"].tolist()


def headline(segments: Segments) -> None:
    """The sentence at the top."""
    leading, summary = leading_segment(segments), segments.summary()
    details: dict[str, Any] = {
        "segments": summary["segments"],
        "name": segment_names(segments, language())[int(leading["segment"])],
        "customers": float(leading["share_customers"]),
    }
    has_money = pd.notna(leading.get("share_revenue"))
    if has_money:
        details["revenue"] = float(leading["share_revenue"])
    unlike_any = float(segments.noise_share())
    if (summary["silhouette"] or 0.0) < 0:
        answer(
            "segments.headline_overlap", silhouette=summary["silhouette"], **details
        )
    elif unlike_any >= _HALF:
        answer("segments.headline_noise", noise=unlike_any, **details)
    else:
        answer(f"segments.headline_{'money' if has_money else 'size'}", **details)
    filtered = current_filter().segment
    if filtered is not None:
        st.caption(say("segments.handed_over", name=filtered))


def measures(segments: Segments) -> None:
    """How many there are and how well they part, for an analyst."""
    summary = segments.summary()
    figures(
        [
            {
                "label": "segments.summary.customers",
                "value": summary["customers"],
                "analyst": True,
            },
            {
                "label": "segments.summary.segments",
                "value": summary["segments"],
                "analyst": True,
            },
            {
                "label": "segments.summary.silhouette",
                "value": summary["silhouette"],
                "analyst": True,
                "style": "number2",
                "help": "segments.how.silhouette",
            },
            {
                "label": "segments.summary.stability",
                "value": summary["stability"],
                "analyst": True,
                "style": "percent",
                "help": "segments.how.stability",
            },
        ]
    )


def computed(
    segments: Segments, summary: CustomerSummary, loading: Loading
) -> None:
    """How it was computed, and the same as Python.

    That is the file as it was read and cleaned here, and what is left of it by the filter.
    """
    save = reopened_save()
    saved: dict[str, Any] = {}
    if save is not None:
        saved = {
            "found": reopening(save),
            "before": saved_adjustments(save.payload),
        }
    how(
        f"segments.how.{segments.method}",
        code(segments, loading=loading, **saved),
        [*summary.notes, *segments.notes],
    )
