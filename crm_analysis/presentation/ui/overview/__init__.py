"""The pieces of the overview: a welcome, or what each loaded table says and where to go on."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import streamlit as st

from crm_analysis.errors import AnalysisError
from crm_analysis.presentation.ui import loaded, loaded_kinds, say, tell
from crm_analysis.presentation.ui.groups import GroupsLine
from crm_analysis.presentation.ui.loading import uploader
from crm_analysis.presentation.ui.overview import (
    answers,
    business,
    lines,
    people,
    week,
)
from crm_analysis.presentation.ui.overview.onward import draw_onward

__all__ = ["draw", "load_more", "welcome"]

_STEP_ICONS = {"load": "upload_file", "check": "fact_check", "look": "groups"}
_DRAWN = {
    "series": lines.draw_series,
    "customers": people.draw,
    "contacts": answers.draw_contacts,
    "feedback": answers.draw_comments,
}


def welcome() -> None:
    """What the empty app says."""
    st.markdown(f"#### {say('overview.welcome')}")
    columns = st.columns(len(_STEP_ICONS), gap="medium")
    for column, (step, icon) in zip(columns, _STEP_ICONS.items(), strict=True):
        with column.container(border=True, height="stretch"):
            st.markdown(f":material/{icon}: {say(f'overview.step_{step}')}")
    st.caption(say("overview.private"))


def load_more() -> None:
    """The way to further files, at the end of the line of the heading."""
    st.space("stretch")
    with st.popover(say("overview.load_more"), icon=":material/upload_file:"):
        uploader()


def draw() -> None:
    """What each loaded table says first, and where to go on.

    Orders come before all others, which then stand side by side.
    """
    kinds = loaded_kinds()
    actions = st.container()
    others = [kind for kind in _DRAWN if kind in kinds]
    names_customers = False
    if "transactions" in kinds:
        names_customers = loaded("transactions", "customer", "date")
        if names_customers:
            _safely(business.draw_state)
            groups = GroupsLine()
            _safely(business.draw_changes)
        else:
            _safely(lines.draw_orders)
        lost = st.container()
    elif others:
        _safely(_DRAWN[others.pop(0)], False)
    if others:
        st.markdown(f"##### {say('overview.besides')}")
        for column, kind in zip(
            st.columns(max(len(others), 2), gap="medium"), others, strict=False
        ):
            with column.container(border=True, height="stretch"):
                _safely(_DRAWN[kind], True)
    draw_onward(kinds)
    # Last, for what waits for a fit ends the page; nothing waits for the proposals.
    if names_customers:
        groups.say_all()
        with lost, contextlib.suppress(AnalysisError):
            business.draw_lost()
    with actions:
        week.draw()


def _safely(draw_table: Callable[..., None], *arguments: bool) -> None:
    """What is wrong with one table hides none of the others, nor the way on."""
    try:
        draw_table(*arguments)
    except AnalysisError as problem:
        tell(problem)
