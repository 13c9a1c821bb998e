"""The life of a segmentation: save it under a name, reopen it, delete it."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from crm_analysis.analyses.segments import Segments, from_dict, to_dict
from crm_analysis.errors import AnalysisError
from crm_analysis.presentation.ui import (
    Answer,
    name_to_keep,
    plain,
    run,
    saved_in_python,
    say,
    widget_key,
    workspace,
)
from crm_analysis.presentation.ui.segments.adjustments import (
    adjusted,
    draw_adjustments,
    hand_over,
)
from crm_analysis.workspace import Saved

_REOPENED = widget_key("segments", "reopened")


def keep(segments: Answer[Segments]) -> None:
    """All that can be done with a segmentation besides looking at it."""
    hand_over(segments.value)
    draw_adjustments(segments.value, segments.origin)
    draw_saving(segments.value)


def draw_saving(segments: Segments) -> None:
    """Save the segmentation under a name; reopen or delete saved ones."""
    st.markdown(f"##### {say('segments.saved_title')}")
    fields = widget_key("segments", "save_as"), widget_key("segments", "save")
    if name := name_to_keep("segments.save_as", "segments.save", fields):
        workspace().save(
            "segmentation",
            name,
            to_dict(segments),
            {"members": segments.customers[["customer", "segment"]]},
        )
        st.toast(say("segments.saved", name=name))
    for save in workspace().saved("segmentation"):
        with st.container(horizontal=True, vertical_alignment="center"):
            _draw_save(save)


def _draw_save(save: Saved) -> None:
    st.markdown(
        say(
            "segments.saved_one",
            name=save.name,
            created=save.changed.date().isoformat(),
            method=plain(f"segments.method.{save.payload['method']}"),
        ),
        width="stretch",
    )
    if st.button(
        say("segments.reopen"), key=widget_key("segments", "reopen", save.name)
    ):
        st.session_state[_REOPENED] = save.name
        st.rerun()
    if st.button(
        say("segments.forget"), key=widget_key("segments", "forget", save.name)
    ):
        workspace().forget("segmentation", save.name)
        st.rerun()


def reopened(customers: Answer[pd.DataFrame]) -> Answer[Segments] | None:
    """The saved segmentation that was asked for, on the customers of now."""
    save = reopened_save()
    if save is None:
        return None
    with st.container(horizontal=True, vertical_alignment="center"):
        st.info(
            say("segments.reopened", name=save.name),
            icon=":material/folder_open:",
        )
        if st.button(say("segments.close"), key=widget_key("segments", "close")):
            del st.session_state[_REOPENED]
            st.rerun()
    return adjusted(open_saved(customers, save.name), _version(save))


def reopened_save() -> Saved | None:
    """The save that was asked for."""
    name = st.session_state.get(_REOPENED)
    return workspace().saved_one("segmentation", name) if name else None


def reopening(save: Saved, variable: str = "found") -> list[str]:
    """Python that opens a saved segmentation on `customers`."""
    return [
        *saved_in_python(save),
        "from crm_analysis.analyses import segments",
        f"{variable} = segments.from_dict(saved.payload, customers)",
    ]


def open_saved(customers: Answer[pd.DataFrame], name: str) -> Answer[Segments]:
    """A saved segmentation on the customers of now."""
    save = workspace().saved_one("segmentation", name)
    if save is None:
        raise AnalysisError("segments.not_saved_here")
    return run(from_dict, Answer(save.payload, _version(save)), customers)


def _version(save: Saved) -> str:
    """What is another text once the segmentation is saved anew under its name."""
    return f"{save.name} {save.changed.isoformat()}"
