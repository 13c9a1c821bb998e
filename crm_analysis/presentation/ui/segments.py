"""The pieces of the segments page."""

from __future__ import annotations

import dataclasses
from typing import Any

import pandas as pd
import streamlit as st

from crm_analysis.analyses.customers import describe_customers
from crm_analysis.analyses.segments import OPTIONS, Prepared, SegmentOptions, Segments, feature_choices, prepare, segment
from crm_analysis.errors import AnalysisError
from crm_analysis.presentation.pictures import segments as pictures
from crm_analysis.presentation.ui.blocks import answer, chart, downloads, figures, show_table
from crm_analysis.presentation.ui.controls import controls
from crm_analysis.presentation.ui.run import Answer, run, table
from crm_analysis.presentation.ui.session import language, plain, say, workspace

_MAP_NOTE_FROM = 5_000


def people() -> Answer[pd.DataFrame]:
    """One row per customer: from the orders, or from a table of customers where that is what there is, or what was asked for."""
    kinds = [kind for kind in ("transactions", "customers") if any(saved.kind == kind for saved in workspace().tables())]
    if not kinds:
        raise AnalysisError("workspace.no_table", kind="transactions")
    kind = kinds[0]
    if len(kinds) > 1:
        kind = st.segmented_control(
            say("segments.source"), kinds, default=kind, format_func=lambda one: plain(f"roles.kind.{one}"), key="segments.source", required=True, persist_state="session"
        )
    return run(describe_customers, table(kind, lazy=True))


def choose(customers: Answer[pd.DataFrame]) -> SegmentOptions:
    """The method and its settings, as widgets."""
    orders = {"recency", "frequency"} <= set(customers.value.columns)
    methods = [method for method in OPTIONS if orders or method != "rfm"]
    method = st.selectbox(say("segments.knob.method.label"), methods, index=methods.index("kmeans"), format_func=lambda one: plain(f"segments.method.{one}"), key="segments.method", persist_state="session")
    offered = run(feature_choices, customers).value
    columns = list(offered.loc[offered["possible"], "feature"]) if "possible" in offered.columns else list(offered["feature"])
    return controls("segments", OPTIONS[method], choices={"features": columns}, high={"clusters": max(2, len(customers.value) - 1)})


def result(customers: Answer[pd.DataFrame], options: SegmentOptions) -> Answer[Segments]:
    """The segments; what does not depend on the slider's place is computed once for all places."""
    still = {name: None for name in ("clusters", "radius") if hasattr(options, name)}
    ready = run(prepare, customers, dataclasses.replace(options, **still))
    return run(_segment, customers, options, ready)


def _segment(customers: pd.DataFrame, options: SegmentOptions, prepared: Prepared) -> Segments:
    return segment(customers, options, prepared=prepared)


def headline(found: Segments) -> None:
    """The sentence at the top and the figures under it."""
    names, profile = pictures.names_of(found, language()), found.profile
    if "share_revenue" in profile.columns and profile["share_revenue"].notna().any():
        best = profile.loc[profile["share_revenue"].idxmax()]
        answer("segments.headline_money", segments=len(names), name=names[int(best["segment"])], customers=float(best["share_customers"]), revenue=float(best["share_revenue"]))
    else:
        best = profile.loc[profile["size"].idxmax()]
        answer("segments.headline_size", segments=len(names), name=names[int(best["segment"])], customers=float(best["share_customers"]))
    summary = found.summary()
    figures(
        [
            {"label": "segments.figure.customers", "value": summary["customers"]},
            {"label": "segments.figure.segments", "value": summary["segments"]},
            {"label": "segments.figure.silhouette", "value": summary["silhouette"], "style": "number2", "help": "segments.figure.silhouette_help"},
            {"label": "segments.figure.stability", "value": summary["stability"], "style": "percent", "help": "segments.figure.stability_help"},
        ]
    )


def overview(found: Segments) -> None:
    """The map beside the shares, then a card a segment."""
    left, right = st.columns([3, 2], gap="medium")
    with left:
        st.markdown(f"##### {say('segments.map_title')}")
        deep = st.toggle(say("segments.deep"), key="segments.deep", persist_state="session")
        if len(found.customers) > _MAP_NOTE_FROM:
            st.caption(say("segments.sampled", shown=len(found.map), customers=len(found.customers)))
        chart(pictures.map_figure(found, language(), deep=deep), key="segments_map", alt=plain("segments.map_alt", segments=len(found.names)), height=480)
    with right:
        st.markdown(f"##### {say('segments.shares_title')}")
        chart(pictures.shares(found, language()), key="segments_shares", alt=plain("segments.shares_alt"), height=540)
    cards(found)


def cards(found: Segments) -> None:
    """A card a segment: its name, who they are, what to do."""
    names = pictures.names_of(found, language())
    with st.container():
        grid = st.grid(min_column_width=300)
        for row in found.profile.to_dict("records"):
            label = int(row["segment"])
            what, todo = found.sentences[label]
            with grid.container(border=True):
                st.markdown(f"##### {_safe(names[label])}")
                st.markdown(say(what[0], **_named(what[1])))
                st.markdown(f"**{say('segments.todo')}** {say(todo[0], **_named(todo[1]))}")


def _named(details: Any) -> dict[str, Any]:
    return {name: pictures.feature_name(value, language()) if name in ("first", "second", "feature") and isinstance(value, str) else value for name, value in details.items()}


def _safe(text: str) -> str:
    from crm_analysis.privacy import escape_markdown

    return escape_markdown(text)
