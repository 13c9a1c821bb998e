"""The star on a heading: what stands under it goes into the report, with its settings."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

import streamlit as st

from crm_analysis.presentation.report import ENTRIES
from crm_analysis.presentation.ui import handing_on
from crm_analysis.presentation.ui.keys import widget_key
from crm_analysis.presentation.ui.questions import (
    Question,
    identity,
    is_kept_whole,
)
from crm_analysis.presentation.ui.run import Answer
from crm_analysis.presentation.ui.session import say

Value = TypeVar("Value")

# Between the digits of a number and the sign that makes them ten thousands; a line may end there.
_WITHIN_NUMBER = re.compile(r"(?<=\d)(?=[万亿])")
_NO_BREAK = "\u2060"

# The name of the entry of the result whose heading comes next, and what it answers.
_NEXT: ContextVar[tuple[str, Question] | None] = ContextVar("next", default=None)


@contextmanager
def starred(result: Answer[Value], name: str = "") -> Iterator[Value]:
    """The value of an answer; the first heading drawn within has a star for it.

    `name` is that of its entry, where that is not the one of the type of the value.
    """
    name = name or type(result.value).__name__
    question, following = result.question, None
    if name in ENTRIES and question is not None and is_kept_whole(question):
        # As the workspace gives it back, so that the same is equal.
        question = json.loads(json.dumps(question))
        handing_on.note_asked(name, question)
        following = (name, question)
    before = _NEXT.set(following)
    try:
        yield result.value
    finally:
        _NEXT.reset(before)


def headed(text: str) -> None:
    """A heading in markdown, with a star beside it where a result waits for one."""
    text, following = unbroken(text), _NEXT.get()
    if following is None:
        st.markdown(text)
        return
    _NEXT.set(None)
    with st.container(horizontal=True, wrap=False, gap="small"):
        st.markdown(text, width="stretch")
        _star(*following)


def unbroken(text: str) -> str:
    """A heading whose lines do not end within a number.

    >>> [ord(sign) for sign in unbroken("2.6万")[3:]] == [0x2060, ord("万")]
    True
    """
    return _WITHIN_NUMBER.sub(_NO_BREAK, text)


def _star(result: str, question: Question) -> None:
    is_in = handing_on.is_chosen(result, question)
    st.button(
        "⭐" if is_in else ":material/star:",
        key=widget_key("star", result, identity(question)),
        help=say("frame.star.take_out" if is_in else "frame.star.help"),
        type="tertiary",
        on_click=handing_on.turn,
        args=(result, question),
    )
