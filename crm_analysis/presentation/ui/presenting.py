"""Whether this tab presents: `?present=1` shows the slides, `?present=notes` what the speaker sees.

Kept apart from what is presented, so that a page that presents nothing does not load it.
"""

from __future__ import annotations

import importlib
from typing import Literal
from urllib.parse import urlencode

import streamlit as st

from crm_analysis.errors import AnalysisError
from crm_analysis.presentation.ui.session import language, tell, workspace

Screen = Literal["slides", "notes"]

_NAME = "present"
_SCREENS: dict[str, Screen] = {"1": "slides", "notes": "notes"}
_ROOM = "crm_analysis.presentation.ui.report"


def screen() -> Screen | None:
    """What this tab presents; None where it is an ordinary page."""
    return _SCREENS.get(st.query_params.get(_NAME, ""))


def address(shown: Screen) -> str:
    """The address of the slides or the notes of this workspace, from any page."""
    value = next(value for value, name in _SCREENS.items() if name == shown)
    return "?" + urlencode({"w": workspace().id, "lang": language(), _NAME: value})


def show() -> None:
    """Draw the slides or the notes in place of a page."""
    try:
        importlib.import_module(f"{_ROOM}.{screen()}").draw()
    except AnalysisError as problem:
        tell(problem)


def leave() -> None:
    """Go back to the ordinary page."""
    st.query_params.pop(_NAME, None)
