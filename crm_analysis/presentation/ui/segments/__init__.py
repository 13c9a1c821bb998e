"""The pieces of the segments page: who is compared, how, and the result at a glance."""

from __future__ import annotations

from typing import Any, cast

import pandas as pd
import streamlit as st

from crm_analysis.analyses.customers import describe_customers
from crm_analysis.analyses.segments import (
    OPTIONS,
    Prepared,
    RFMOptions,
    SegmentOptions,
    Segments,
    code,
    feature_choices,
    prepare,
    rfm_columns,
    saved_changes,
    segment,
)
from crm_analysis.presentation.pictures import segments as pictures
from crm_analysis.presentation.ui.blocks import (
    answer,
    chart,
    choose_kind,
    figures,
    how,
    show_table,
    switch,
)
from crm_analysis.presentation.ui.controls import controls
from crm_analysis.presentation.ui.run import Answer, current_filter, in_python, run, table
from crm_analysis.presentation.ui.segments.changes import (
    changed,
    open_saved,
    reopened_one,
    reopening,
)
from crm_analysis.presentation.ui.session import choice_text, language, plain, say

_LEAST_COVERAGE = 0.04  # of a segment, for a rule worth reading


def source() -> str:
    """The kind of table the customers come from: orders, or a table of customers where that is what there is, or what was asked for."""
    return choose_kind("segments", "segments.source")


def customers_of(kind: str) -> Answer[pd.DataFrame]:
    """One row per customer."""
    return run(describe_customers, table(kind, lazy=True, every_segment=True))


def choose(customers: Answer[pd.DataFrame]) -> SegmentOptions:
    """The method and its settings, as widgets."""
    methods = [method for method in OPTIONS if method != "rfm" or rfm_columns(customers.value)]
    left, middle, right = st.columns([3, 3, 4], gap="medium")
    with left:
        method = st.selectbox(
            say("segments.knob.method.label"),
            methods,
            index=methods.index("kmeans"),
            format_func=choice_text("segments.method.{}"),
            key="segments-method",
            help=say("segments.knob.method.help"),
            persist_state="session",
        )
    offered = run(feature_choices, customers).value
    columns = [str(name) for name in offered.loc[offered["kind"] != "text", "column"]]
    tongue = language()
    options = controls(
        "segments",
        OPTIONS[method],
        choices={"features": columns},
        names={"features": lambda name: pictures.feature_name(name, customers.value, tongue)},
        high={"clusters": max(2, len(customers.value) - 1)},
        places={
            "clusters": middle,
            "radius": middle,
            "min_cluster_size": middle,
            "features": right,
        },
    )
    if isinstance(options, RFMOptions):
        options = _bounds(options)
    return cast(SegmentOptions, options)


def _bounds(options: RFMOptions) -> RFMOptions:
    """RFM's boundaries, four numbers each, where a person sets their own."""
    with st.expander(say("segments.bounds")):
        given: dict[str, tuple[float, ...] | None] = {}
        for name in ("recency_bounds", "frequency_bounds", "monetary_bounds"):
            text = st.text_input(
                say(f"segments.knob.{name}.label"),
                key=f"segments.{name}",
                placeholder=plain("segments.bounds_example"),
                help=say(f"segments.knob.{name}.help"),
                persist_state="session",
            )
            try:
                given[name] = (
                    tuple(float(part) for part in text.replace("，", ",").split(","))
                    if text.strip()
                    else None
                )
                options.replace(**{name: given[name]})
            except ValueError:
                st.warning(say("segments.bounds_wrong"))
                given[name] = None
    return options.replace(**given)


def result(customers: Answer[pd.DataFrame], options: SegmentOptions) -> Answer[Segments]:
    """The segments with the changes made by hand; what does not depend on the slider's place is computed once for all places."""
    still = {name: None for name in ("clusters", "radius") if hasattr(options, name)}
    ready = run(prepare, customers, options.replace(**still))
    return changed(run(_segment, customers, options, ready))


def _segment(customers: pd.DataFrame, options: SegmentOptions, prepared: Prepared) -> Segments:
    return segment(customers, options, prepared=prepared)


def other(
    customers: Answer[pd.DataFrame], options: SegmentOptions, which: int | str
) -> Answer[Segments]:
    """The run to compare with: another number of segments, or a saved segmentation."""
    if isinstance(which, str):
        return open_saved(customers, which)
    return result(customers, options.replace(clusters=which))


def headline(found: Segments) -> None:
    """The sentence at the top and the figures under it."""
    names, profile = pictures.names_of(found, language()), found.profile
    if "share_revenue" in profile.columns and profile["share_revenue"].notna().any():
        best = profile.loc[profile["share_revenue"].idxmax()]
        answer(
            "segments.headline_money",
            segments=len(names),
            name=names[int(best["segment"])],
            customers=float(best["share_customers"]),
            revenue=float(best["share_revenue"]),
        )
    else:
        best = profile.loc[profile["size"].idxmax()]
        answer(
            "segments.headline_size",
            segments=len(names),
            name=names[int(best["segment"])],
            customers=float(best["share_customers"]),
        )
    summary = found.summary()
    figures(
        [
            {"label": "segments.summary.customers", "value": summary["customers"]},
            {"label": "segments.summary.segments", "value": summary["segments"]},
            {
                "label": "segments.summary.silhouette",
                "value": summary["silhouette"],
                "style": "number2",
                "help": "segments.how.silhouette",
            },
            {
                "label": "segments.summary.stability",
                "value": summary["stability"],
                "style": "percent",
                "help": "segments.how.stability",
            },
        ]
    )
    if (handed := current_filter().segment) is not None:
        st.caption(say("segments.handed_over", name=handed))


def glance(found: Segments) -> None:
    """The map beside the shares, then a card a segment."""
    left, right = st.columns([3, 2], gap="medium")
    with left:
        st.markdown(f"##### {say('segments.map_title', share=found.summary()['shown_variance'])}")
        deep = st.toggle(say("segments.deep"), key="segments-deep", persist_state="session")
        chart(
            pictures.map_figure(found, language(), deep=deep),
            key=f"segments_map_{deep}",
            alt=plain("segments.map_alt", segments=len(found.names)),
            height=470,
        )
    with right:
        shown = "shares" if "share_revenue" in found.profile.columns else "sizes"
        st.markdown(f"##### {say(f'segments.{shown}_title')}")
        figure = pictures.shares(found, language())
        chart(
            figure,
            key="segments_shares",
            alt=plain(f"segments.{shown}_alt"),
            height=int(figure.layout.height),
        )
    if len(found.map) < len(found.customers):
        st.caption(say("segments.note.shown", shown=len(found.map), count=len(found.customers)))
    cards(found)


def cards(found: Segments) -> None:
    """A card a segment: its name, who they are, what to do."""
    grid = st.grid(min_column_width=300)
    for row in found.profile.to_dict("records"):
        label = int(row["segment"])
        what, todo = found.sentences[label]
        with grid.container(border=True):
            st.markdown(f"##### {say(found.names[label][0], **found.names[label][1])}")
            st.markdown(say(what[0], **what[1]))
            st.markdown(f":material/arrow_forward: {say(todo[0], **todo[1])}")


def profile(found: Segments) -> None:
    """In what the segments differ, as a heat map or as lines, and the numbers."""
    st.markdown(f"##### {say('segments.profile_title')}")
    shape = switch(
        "segments.view", ["heat", "lines"], "segments.view_{}", key="segments-view", quiet=True
    )
    draw = pictures.profile_heat if shape == "heat" else pictures.profile_lines
    chart(
        draw(found, language()),
        key=f"segments_profile_{shape}",
        alt=plain("segments.profile_alt"),
        height=120 + 56 * max(4, len(found.profile)),
    )
    styles = {
        plain(f"segments.column.{name}"): "percent" for name in ("share_customers", "share_revenue")
    }
    table_of = pictures.titled(
        found,
        found.profile,
        language(),
        own=("size", "share_customers", "revenue", "share_revenue"),
    )
    show_table("", table_of, key="segments_profile", styles=styles)


def rules(found: Segments) -> None:
    """What sets each segment apart, as the rules of a shallow tree."""
    told = found.rules
    if not told.rules:
        st.caption(say("explain.no_rules"))
        return
    st.markdown(f"##### {say('segments.rules_title')}")
    names = pictures.names_of(found, language())
    for rule in [rule for rule in told.rules if rule.coverage >= _LEAST_COVERAGE]:
        said = plain(
            "explain.rule",
            conditions=pictures.rule_text(found, rule.conditions, language()),
            label=names[int(rule.label)],
            count=rule.count,
            purity=rule.purity,
            coverage=rule.coverage,
        )
        st.text(f"• {said}")
    if told.rows < len(found.customers):
        st.caption(say("segments.rules_sample", sample=told.rows, count=len(found.customers)))
    if told.accuracy is not None:
        st.caption(say("explain.accuracy", accuracy=told.accuracy, baseline=told.baseline))


def quality(found: Segments) -> None:
    """How the number of segments was chosen: each measure over the candidates; DBSCAN's k-distance curve."""
    if len(found.distances):
        st.markdown(f"##### {say('segments.k_distance_title')}")
        chart(
            pictures.k_distances(found, language()),
            key="segments_k_distance",
            alt=plain("segments.k_distance_title"),
            height=380,
        )
    if len(found.quality) > 1:
        st.markdown(say("segments.how.choice"))
        measures = [
            measure
            for measure in ("silhouette", "inertia", "calinski_harabasz", "stability")
            if found.quality[measure].notna().any()
        ]
        for pair in (measures[:2], measures[2:]):
            for place, measure in zip(st.columns(2, gap="medium"), pair, strict=False):
                with place:
                    st.markdown(say(f"segments.how.{'elbow' if measure == 'inertia' else measure}"))
                    chart(
                        pictures.quality_lines(found, measure, language()),
                        key=f"segments_quality_{measure}",
                        alt=plain(f"segments.column.{measure}"),
                        height=300,
                    )
    show_table(
        "segments",
        found.quality.dropna(axis=1, how="all"),
        key="segments_quality",
        styles={"smallest_share": "percent", "stability": "percent"},
    )


def computed(found: Segments, kind: str) -> None:
    """How it was computed, and the same as Python: the file as it was read and cleaned here, and what is left of it by the filter."""
    opened = reopened_one()
    saved: dict[str, Any] = (
        {}
        if opened is None
        else {"found": reopening(opened), "before": saved_changes(opened.payload)}
    )
    how(
        f"segments.how.{found.method}",
        code(found, loading=in_python(kind, every_segment=True), **saved),
        found.notes,
    )
