"""For whom pages are drawn: a manager wants the answer, an analyst all settings and measures.

What is only for analysts is left out for managers, and settings are folded. Chosen in the side bar,
it holds for the session, in links, and whenever this workspace is opened again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Literal

import streamlit as st

from crm_analysis.errors import AnalysisError
from crm_analysis.presentation.ui.keys import widget_key
from crm_analysis.presentation.ui.run import waiting_in
from crm_analysis.presentation.ui.session import choice_text, say, workspace

Reader = Literal["manager", "analyst"]
READERS: tuple[Reader, ...] = ("manager", "analyst")

NAME = "reader"  # in the address, the session and the settings of a workspace


def reader() -> Reader:
    """For whom to draw.

    As chosen before, else as the link says, else as last chosen in this workspace, else a manager.
    """
    state = st.session_state
    if state.get(NAME) not in READERS:
        candidates = (st.query_params.get(NAME), _last_chosen(), READERS[0])
        state[NAME] = next(name for name in candidates if name in READERS)
    return state[NAME]


def is_analyst() -> bool:
    """Whether all settings and measures are drawn."""
    return reader() == "analyst"


def _last_chosen() -> str | None:
    try:
        return workspace().settings.get(NAME)
    except AnalysisError:
        return None


def draw_reader() -> None:
    """The choice of who reads."""
    key = widget_key("frame", NAME)

    def choose() -> None:
        st.session_state[NAME] = st.session_state[key]
        workspace().settings[NAME] = st.session_state[key]

    st.session_state[key] = reader()
    st.segmented_control(
        say("frame.reader.label"),
        READERS,
        format_func=choice_text("frame.reader.{}"),
        key=key,
        on_change=choose,
        required=True,
        label_visibility="collapsed",
        width="stretch",
        help=say("frame.reader.help"),
    )


def doubts() -> AbstractContextManager[Any]:
    """Where a manager, who has the answer first, reads how sure it is."""
    return st.expander(say("frame.reader.doubts"), icon=":material/help:")


@contextmanager
def settings() -> Iterator[None]:
    """Where a page draws its settings: folded for a manager, in view for an analyst.

    Work that the settings wait for shows its progress beside the fold and not in it.
    """
    if is_analyst():
        yield
        return
    beside = st.container()
    fold = st.expander(say("frame.settings.title"), icon=":material/tune:")
    with fold, waiting_in(beside):
        yield
