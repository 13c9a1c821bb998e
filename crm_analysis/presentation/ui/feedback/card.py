"""The card: fifty comments, each labelled by one click, kept in the workspace."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from crm_analysis.analyses.feedback import (
    NEGATIVE,
    POSITIVE,
    Feedback,
    comments_to_label,
)
from crm_analysis.analyses.feedback.card import card_key
from crm_analysis.presentation.ui.keys import widget_key
from crm_analysis.presentation.ui.session import fragment, say, workspace
from crm_analysis.workspace import Saved

_KIND, _NAME = "comment labels", "labels"
_COUNT = 50
_ENOUGH = 20  # labels from which on shares are corrected by them
_SKIPPED = "skipped"
_ICONS = {NEGATIVE: "thumb_down", POSITIVE: "thumb_up", _SKIPPED: "redo"}


def kept() -> Saved | None:
    """What was said so far: `given` by card key, and those that are `used`."""
    return workspace().saved_one(_KIND, _NAME)


def _said() -> dict[str, str]:
    saved = kept()
    return dict(saved.payload["given"]) if saved else {}


def _used() -> dict[str, str]:
    saved = kept()
    return dict(saved.payload["used"]) if saved else {}


def _keep(given: dict[str, str], used: dict[str, str]) -> None:
    workspace().save(_KIND, _NAME, {"given": given, "used": used})


def draw(feedback: Feedback) -> None:
    """The next comment of the card with a button for each answer; then shares are said by them."""
    comments = comments_to_label(feedback, _COUNT)
    if len(comments) >= _ENOUGH:
        fragment(_draw)(comments)


def _draw(comments: pd.DataFrame) -> None:
    """The card alone is drawn again at each answer."""
    said = _said()
    labels = {key: label for key, label in said.items() if label != _SKIPPED}
    keys = [card_key(text) for text in comments["text"]]
    open_ = [position for position, key in enumerate(keys) if key not in said]
    with st.container(border=True):
        st.markdown(f"##### {say('feedback.card.title', count=len(comments))}")
        st.markdown(say("feedback.card.why", enough=_ENOUGH))
        done = len(comments) - len(open_)
        st.caption(say("feedback.card.done", done=done, count=len(comments)))
        if open_:
            _ask(comments.iloc[open_[0]], keys[open_[0]])
        _finish(labels, bool(open_))


def _ask(comment: pd.Series, key: str) -> None:
    with st.container(border=True):
        st.text(str(comment["text"]))
    with st.container(horizontal=True):
        for label, icon in _ICONS.items():
            st.button(
                say(f"feedback.card.{label}"),
                key=widget_key("feedback", "card", label),
                icon=f":material/{icon}:",
                on_click=_answer,
                args=(key, label),
            )


def _answer(key: str, label: str) -> None:
    _keep({**_said(), key: label}, _used())


def _finish(labels: dict[str, str], is_open: bool) -> None:
    """Use what was said: from twenty on, and unasked once the card is done."""
    used = _used()
    with st.container(horizontal=True):
        is_new = len(labels) >= _ENOUGH and labels != used
        if is_new and st.button(
            say("feedback.card.use", count=len(labels)),
            key=widget_key("feedback", "card", "use"),
            type="primary",
        ):
            _keep(_said(), labels)
            st.rerun()
        if labels and st.button(
            say("feedback.card.forget"),
            key=widget_key("feedback", "card", "forget"),
        ):
            _keep({}, {})
            st.rerun()
    if not is_open and len(labels) < _ENOUGH:
        st.caption(say("feedback.card.too_few", count=len(labels), enough=_ENOUGH))
