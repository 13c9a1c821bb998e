"""Changes made by hand, and the life of a segmentation: rename, merge, pin, save, reopen, hand over to the filter."""

from __future__ import annotations

import dataclasses
from typing import Any

import pandas as pd
import streamlit as st

from crm_analysis.analyses import segments as analysis
from crm_analysis.analyses.segments import Segments
from crm_analysis.errors import AnalysisError
from crm_analysis.presentation.pictures import segments as pictures
from crm_analysis.presentation.ui.filtering import set_filter
from crm_analysis.presentation.ui.run import Answer, current_filter, run, saved_in_python
from crm_analysis.presentation.ui.session import language, plain, say, workspace
from crm_analysis.tables.filters import Filter
from crm_analysis.workspace import Saved

_SETTING = "segments-changes"
_KEPT = 30


def changed(found: Answer[Segments], original: str = "") -> Answer[Segments]:
    """The segmentation with the changes made to it by hand, which are kept under `original` (by default what it was made from)."""
    original = original or found.fingerprint
    changes = (workspace().settings.get(_SETTING) or {}).get(original)
    return dataclasses.replace(run(_apply, found, changes) if changes else found, origin=original)


def _apply(found: Segments, changes: dict[str, Any]) -> Segments:
    """Changes made by hand, those left out that are about segments or customers who are not there under the filter of now."""
    here = set(found.customers["customer"].astype(str))
    for group in changes.get("merged", ()):
        known = [label for label in group if label in found.names]
        found = analysis.merge(found, known) if len(known) > 1 else found
    for customers, label in changes.get("pinned", ()):
        if label in found.names:
            found = analysis.pin(
                found, [customer for customer in customers if customer in here], label
            )
    return analysis.rename(
        found,
        {
            int(label): name
            for label, name in changes.get("named", {}).items()
            if int(label) in found.names
        },
    )


def _note(original: str, **more: Any) -> None:
    """Remember a change to the segmentation with the fingerprint `original`; only the newest segmentations keep theirs."""
    all_changes = dict(workspace().settings.get(_SETTING) or {})
    mine = all_changes.pop(original, {"merged": [], "pinned": [], "named": {}})
    for name, value in more.items():
        mine[name] = {**mine[name], **value} if isinstance(value, dict) else [*mine[name], value]
    workspace().settings[_SETTING] = dict([*all_changes.items(), (original, mine)][-_KEPT:])
    st.rerun()


def keep(found: Answer[Segments]) -> None:
    """All that can be done with a segmentation besides looking at it."""
    hand_over(found.value)
    draw_changes(found.value, found.origin)
    draw_saving(found.value)


def draw_changes(found: Segments, original: str) -> None:
    """Rename and merge segments; take all changes back."""
    names = pictures.names_of(found, language())
    st.markdown(f"##### {say('segments.change_title')}")
    left, right = st.columns(2, gap="large")
    with left, st.form("segments_rename", border=False):
        label = st.selectbox(
            say("segments.column.segment"),
            list(names),
            format_func=names.__getitem__,
            key="rename_which",
        )
        name = st.text_input(say("segments.new_name"), key="rename_to", max_chars=60)
        if st.form_submit_button(say("segments.rename")):
            if name.strip().casefold() in {
                other.casefold() for one, other in names.items() if one != label
            }:
                st.warning(say("segments.name_taken", name=name.strip()))
            else:
                _note(original, named={str(label): name})
    with right, st.form("segments_merge", border=False):
        group = st.multiselect(
            say("segments.merge_which"),
            list(names),
            format_func=names.__getitem__,
            key="merge_which",
            placeholder="",
        )
        if st.form_submit_button(say("segments.merge")) and len(group) > 1:
            _note(original, merged=[int(one) for one in group])
    if found.adjustments != analysis.Adjustments() and st.button(
        say("segments.take_back"), key="segments_take_back"
    ):
        kept = dict(workspace().settings.get(_SETTING) or {})
        kept.pop(original, None)
        workspace().settings[_SETTING] = kept
        st.rerun()


def pin_button(found: Segments, original: str, customer: str) -> None:
    """Put one customer into a segment by hand."""
    names = pictures.names_of(found, language())
    with st.popover(say("segments.pin"), icon=":material/keep:"):
        label = st.selectbox(
            say("segments.column.segment"), list(names), format_func=names.__getitem__, key="pin_to"
        )
        if st.button(say("segments.pin_here"), key="pin_now"):
            _note(original, pinned=[[customer], int(label)])


def hand_over(found: Segments) -> None:
    """A segment becomes the filter of every other page, in one click."""
    names = pictures.names_of(found, language())
    now = current_filter()
    st.caption(say("segments.hand_over_help"))
    with st.container(horizontal=True):
        for label, name in names.items():
            if st.button(
                say("segments.hand_over", name=name),
                key=f"hand_over_{label}",
                icon=":material/filter_alt:",
            ):
                members = found.customers.loc[
                    found.customers["segment"] == label, "customer"
                ].astype(str)
                set_filter(
                    Filter.from_dict(now.to_dict() | {"segment": name, "members": list(members)})
                )
                st.rerun()


def draw_saving(found: Segments) -> None:
    """Save the segmentation under a name; reopen, compare with or delete saved ones."""
    st.markdown(f"##### {say('segments.saved_title')}")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input(
            say("segments.save_as"), key="segments_save_as", max_chars=60, width=320
        )
        if st.button(say("segments.save"), disabled=not name.strip(), key="segments_save"):
            workspace().save(
                "segmentation",
                name.strip(),
                analysis.to_dict(found),
                {"members": found.customers[["customer", "segment"]]},
            )
            st.toast(say("segments.saved", name=name.strip()))
    for saved in workspace().saved("segmentation"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                say(
                    "segments.saved_one",
                    name=saved.name,
                    created=saved.changed.date().isoformat(),
                    method=plain(f"segments.method.{saved.payload['method']}"),
                ),
                width="stretch",
            )
            if st.button(say("segments.reopen"), key=f"reopen_{saved.name}"):
                st.session_state["segments-reopened"] = saved.name
                st.rerun()
            if st.button(say("segments.forget"), key=f"forget_{saved.name}"):
                workspace().forget("segmentation", saved.name)
                st.rerun()


def reopened(customers: Answer[pd.DataFrame]) -> Answer[Segments] | None:
    """The saved segmentation that was asked for, on the customers of now."""
    saved = reopened_one()
    if saved is None:
        return None
    with st.container(horizontal=True, vertical_alignment="center"):
        st.info(say("segments.reopened", name=saved.name), icon=":material/folder_open:")
        if st.button(say("segments.close"), key="segments_close"):
            del st.session_state["segments-reopened"]
            st.rerun()
    return changed(open_saved(customers, saved.name), _version(saved))


def reopened_one() -> Saved | None:
    """The saved segmentation that was asked for."""
    name = st.session_state.get("segments-reopened")
    return workspace().saved_one("segmentation", name) if name else None


def reopening(saved: Saved, called: str = "found") -> list[str]:
    """Python that opens a saved segmentation on `customers`."""
    return [
        *saved_in_python(saved),
        "from crm_analysis.analyses import segments",
        f"{called} = segments.from_dict(saved.payload, customers)",
    ]


def open_saved(customers: Answer[pd.DataFrame], name: str) -> Answer[Segments]:
    """A saved segmentation on the customers of now."""
    saved = workspace().saved_one("segmentation", name)
    if saved is None:
        raise AnalysisError("segments.not_saved_here")
    return run(_reopen, customers, Answer(saved.payload, _version(saved)))


def _version(saved: Saved) -> str:
    """What is another text once the segmentation is saved anew under its name."""
    return f"{saved.name} {saved.changed.isoformat()}"


def _reopen(customers: pd.DataFrame, payload: dict[str, Any]) -> Segments:
    return analysis.from_dict(payload, customers)
