"""The pieces of the overview.

A welcome, or the state of the business, what else is loaded, and where to go on.
"""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from crm_analysis.errors import AnalysisError
from crm_analysis.presentation.ui.kinds import loaded, loaded_kinds
from crm_analysis.presentation.ui.overview import answers, business, lines, people
from crm_analysis.presentation.ui.overview.onward import draw_onward
from crm_analysis.presentation.ui.session import say, tell

__all__ = ["draw", "welcome"]

_STEP_ICONS = {"load": "upload_file", "check": "fact_check", "look": "groups"}
_DRAWN = {
    "series": lines.series,
    "customers": people.draw,
    "contacts": answers.draw_contacts,
    "feedback": answers.draw_comments,
}


def welcome() -> None:
    """What the empty app says."""
    st.markdown(f"#### {say('overview.welcome')}")
    for place, step in zip(st.columns(3, gap="medium"), ("load", "check", "look"), strict=True):
        with place.container(border=True, height="stretch"):
            st.markdown(f":material/{_STEP_ICONS[step]}: {say(f'overview.step_{step}')}")
    st.caption(say("overview.private"))


def draw() -> None:
    """What each loaded table says first: orders before all others, which then stand side by side.

    At the end where to go on.
    """
    kinds = loaded_kinds()
    others = [kind for kind in _DRAWN if kind in kinds]
    if "transactions" in kinds:
        _safely(business.draw if loaded("transactions", "customer", "date") else lines.orders)
    elif others:
        _safely(_DRAWN[others[0]], False)
        others = others[1:]
    if others:
        st.markdown(f"##### {say('overview.besides')}")
        for place, kind in zip(st.columns(max(len(others), 2), gap="medium"), others, strict=False):
            with place.container(border=True, height="stretch"):
                _safely(_DRAWN[kind], True)
    draw_onward(kinds)


def _safely(piece: Callable[..., None], *given: bool) -> None:
    """What is wrong with one table hides none of the others, nor the way on."""
    try:
        piece(*given)
    except AnalysisError as problem:
        tell(problem)
