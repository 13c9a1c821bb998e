"""Changes made by hand: rename, merge, pin, and the segment handed over to the filter."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import streamlit as st

from crm_analysis.analyses.segments import (
    Adjustments,
    Segments,
    adjust,
    segment_names,
)
from crm_analysis.presentation.ui import (
    Answer,
    filtering,
    language,
    run,
    say,
    widget_key,
    workspace,
)

_SETTING = "segments-changes"
_REMEMBERED = 30


def adjusted(segments: Answer[Segments], original: str = "") -> Answer[Segments]:
    """The segmentation with the changes made to it by hand.

    They are remembered under `original`, by default what it was made from.
    """
    original = original or segments.fingerprint
    changes = _remembered().get(original)
    changed = run(adjust, segments, changes) if changes else segments
    return dataclasses.replace(changed, origin=original)


def _remembered() -> dict[str, Any]:
    return dict(workspace().settings.get(_SETTING) or {})


def _remember(original: str, **more: Any) -> None:
    """Remember a change; only the newest segmentations keep theirs."""
    remembered = _remembered()
    own = remembered.pop(original, {"merged": [], "pinned": [], "named": {}})
    for name, value in more.items():
        own[name] = (
            {**own[name], **value}
            if isinstance(value, dict)
            else [*own[name], value]
        )
    newest = [*remembered.items(), (original, own)][-_REMEMBERED:]
    workspace().settings[_SETTING] = dict(newest)
    st.rerun()


def draw_adjustments(segments: Segments, original: str) -> None:
    """Rename and merge segments; take all changes back."""
    names = segment_names(segments, language())
    st.markdown(f"##### {say('segments.change_title')}")
    left, right = st.columns(2, gap="large")
    with left, st.form(widget_key("segments", "rename"), border=False):
        _draw_renaming(names, original)
    with right, st.form(widget_key("segments", "merge"), border=False):
        group = st.multiselect(
            say("segments.merge_which"),
            list(names),
            format_func=names.__getitem__,
            key=widget_key("segments", "merge_which"),
            placeholder="",
        )
        if st.form_submit_button(say("segments.merge")) and len(group) > 1:
            _remember(original, merged=[int(label) for label in group])
    if segments.adjustments != Adjustments() and st.button(
        say("segments.take_back"), key=widget_key("segments", "take_back")
    ):
        remembered = _remembered()
        remembered.pop(original, None)
        workspace().settings[_SETTING] = remembered
        st.rerun()


def _draw_renaming(names: Mapping[int, str], original: str) -> None:
    label = st.selectbox(
        say("segments.column.segment"),
        list(names),
        format_func=names.__getitem__,
        key=widget_key("segments", "rename_which"),
    )
    name = st.text_input(
        say("segments.new_name"),
        key=widget_key("segments", "rename_to"),
        max_chars=60,
    )
    if not st.form_submit_button(say("segments.rename")):
        return
    others = {names[other].casefold() for other in names if other != label}
    if name.strip().casefold() in others:
        st.warning(say("segments.name_taken", name=name.strip()))
    else:
        _remember(original, named={str(label): name})


def pin_button(segments: Segments, original: str, customer: str) -> None:
    """Put one customer into a segment by hand."""
    names = segment_names(segments, language())
    with st.popover(say("segments.pin"), icon=":material/keep:"):
        label = st.selectbox(
            say("segments.column.segment"),
            list(names),
            format_func=names.__getitem__,
            key=widget_key("segments", "pin_to"),
        )
        if st.button(
            say("segments.pin_here"), key=widget_key("segments", "pin_now")
        ):
            _remember(original, pinned=[[customer], int(label)])


def hand_over(segments: Segments) -> None:
    """A segment becomes the filter of every other page, in one click."""
    st.caption(say("segments.hand_over_help"))
    with st.container(horizontal=True):
        for label, name in segment_names(segments, language()).items():
            if st.button(
                say("segments.hand_over", name=name),
                key=widget_key("segments", "hand_over", label),
                icon=":material/filter_alt:",
            ):
                inside = segments.customers["segment"] == label
                filtering.hand_over(
                    name, segments.customers.loc[inside, "customer"]
                )
                st.rerun()
