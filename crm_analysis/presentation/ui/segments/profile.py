"""In what segments differ, what sets them apart, and how good they are."""

from __future__ import annotations

import streamlit as st

from crm_analysis.analyses.segments import (
    Segments,
    rules_worth_reading,
    segment_names,
)
from crm_analysis.presentation.pictures import segments as pictures
from crm_analysis.presentation.ui import (
    chart,
    downloads,
    language,
    plain,
    say,
    show_table,
    switch,
    widget_key,
)

_MEASURES = ("silhouette", "inertia", "calinski_harabasz", "stability")


def profile(segments: Segments) -> None:
    """In what the segments differ, as a heat map or as lines, and the numbers."""
    st.markdown(f"##### {say('segments.profile_title')}")
    shape = switch(
        "segments.view",
        ["heat", "lines"],
        "segments.view_{}",
        key=widget_key("segments", "view"),
        quiet=True,
    )
    draw = pictures.profile_heat if shape == "heat" else pictures.profile_lines
    chart(
        draw(segments, language()),
        key=widget_key("segments", "profile", shape),
        alt=plain("segments.profile_alt"),
        height=120 + 56 * max(4, len(segments.profile)),
    )
    own = ("size", "share_customers", "revenue", "share_revenue")
    shares = ("share_customers", "share_revenue")
    show_table(
        "",
        pictures.titled(segments, segments.profile, language(), own=own),
        key=widget_key("segments", "profile"),
        styles={plain(f"segments.column.{name}"): "percent" for name in shares},
    )
    tables = {
        "profile": pictures.titled(segments, segments.profile, language(), own=own),
        "centres": pictures.titled(segments, segments.centres, language(), own=()),
        "scaled": lambda: segments.scaled,
    }
    for part, table in tables.items():
        st.caption(say(f"segments.file.{part}"))
        downloads(
            f"segments_{part}", table, key=widget_key("segments", "profile", part)
        )


def rules(segments: Segments) -> None:
    """What sets each segment apart, as the rules of a shallow tree."""
    tree = segments.rules
    if not tree.rules:
        st.caption(say("explain.no_rules"))
        return
    st.markdown(f"##### {say('segments.rules_title')}")
    names = segment_names(segments, language())
    for rule in rules_worth_reading(segments):
        text = plain(
            "explain.rule",
            conditions=pictures.rule_text(segments, rule.conditions, language()),
            label=names[int(rule.label)],
            count=rule.count,
            purity=rule.purity,
            coverage=rule.coverage,
        )
        st.text(f"• {text}")
    count = len(segments.customers)
    if tree.rows < count:
        st.caption(say("segments.rules_sample", sample=tree.rows, count=count))
    if tree.accuracy is not None:
        st.caption(
            say(
                "explain.accuracy",
                accuracy=tree.accuracy,
                baseline=tree.baseline,
            )
        )


def quality(segments: Segments) -> None:
    """How the number of segments was chosen: each measure; DBSCAN's k-distance curve."""
    measured = segments.quality
    if len(segments.distances):
        st.markdown(f"##### {say('segments.k_distance_title')}")
        chart(
            pictures.k_distances(segments, language()),
            key=widget_key("segments", "k_distance"),
            alt=plain("segments.k_distance_title"),
            height=380,
        )
    if len(measured) > 1:
        st.markdown(say("segments.how.choice"))
        measures = [
            measure for measure in _MEASURES if measured[measure].notna().any()
        ]
        for pair in (measures[:2], measures[2:]):
            for column, measure in zip(
                st.columns(2, gap="medium"), pair, strict=False
            ):
                with column:
                    _measure(segments, measure)
    show_table(
        "segments",
        measured.dropna(axis=1, how="all"),
        key=widget_key("segments", "quality"),
        styles={"smallest_share": "percent", "stability": "percent"},
    )


def _measure(segments: Segments, measure: str) -> None:
    st.markdown(say(f"segments.how.{'elbow' if measure == 'inertia' else measure}"))
    chart(
        pictures.quality_lines(segments, measure, language()),
        key=widget_key("segments", "quality", measure),
        alt=plain(f"segments.column.{measure}"),
        height=300,
    )
