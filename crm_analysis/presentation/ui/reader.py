"""For whom pages are drawn: a manager wants the answer, an analyst all settings and measures.

What is only for analysts is left out for managers, and settings are folded. Chosen in the side bar,
it holds for the session, in links, and whenever this workspace is opened again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import streamlit as st

from crm_analysis.errors import AnalysisError
from crm_analysis.presentation.ui.session import preference, say
from crm_analysis.presentation.ui.waiting import waiting_in

READERS = ("manager", "analyst")

NAME = "reader"  # in the address, the session and the settings of a workspace


def reader() -> str:
    """For whom to draw: a manager, where none was chosen."""
    return preference(NAME, READERS, lambda: READERS[0], link=NAME)


def is_analyst() -> bool:
    """Whether all settings and measures are drawn."""
    return reader() == "analyst"


def doubts() -> AbstractContextManager[Any]:
    """Where a manager, who has the answer first, reads how sure it is."""
    return st.expander(say("frame.reader.doubts"), icon=":material/help:")


@contextmanager
def settings() -> Iterator[None]:
    """Where a page draws its settings: folded for a manager, in view for an analyst.

    Work that the settings wait for shows its progress beside the fold and not in it. Where a column
    is missing no setting helps, and there is no fold.
    """
    if is_analyst():
        yield
        return
    beside = st.container()
    place = st.empty()
    fold = place.expander(say("frame.settings.title"), icon=":material/tune:")
    try:
        with fold, waiting_in(beside):
            yield
    except AnalysisError as problem:
        if problem.key == "data.missing_role":
            place.empty()
        raise
