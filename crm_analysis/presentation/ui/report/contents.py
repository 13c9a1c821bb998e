"""What is in the report: the findings offered, page by page, each in or out by one click."""

from __future__ import annotations

import streamlit as st

from crm_analysis.presentation.pages import PAGES, page_of
from crm_analysis.presentation.report import ENTRIES
from crm_analysis.presentation.ui import say, widget_key
from crm_analysis.presentation.ui.handing_on import (
    choice_of,
    choose,
    chosen,
    name_of,
)
from crm_analysis.presentation.ui.report.recipes import offered

_OPEN = widget_key("report", "choose", "open")


def draw() -> None:
    """The findings that these tables can give, ticked where they are in."""
    ready, taken = offered(), {choice["result"] for choice in chosen()}
    # It stays open while findings are ticked, of which the first is not the last.
    is_open = st.session_state.setdefault(_OPEN, not taken)
    with st.expander(
        say("report.page.choose", count=len(taken)),
        icon=":material/checklist:",
        expanded=is_open,
    ):
        st.caption(say("report.page.choose_help"))
        for page in PAGES:
            results = [name for name in ready if ENTRIES[name][0] == page.word]
            if results:
                st.markdown(f"**{say(page.title)}**")
            for name in results:
                _draw_box(name, is_in=name in taken)


def _draw_box(result: str, *, is_in: bool) -> None:
    key = widget_key("report", "take", result)
    st.session_state[key] = is_in  # a star on a page may have changed it
    st.checkbox(
        say(f"report.recipe.{result}"), key=key, on_change=_turn, args=(result,)
    )


def _turn(result: str) -> None:
    others = [choice for choice in chosen() if choice["result"] != result]
    is_new = len(others) == len(chosen())
    choose([*others, *([choice_of(result)] if is_new else [])])


def take_all() -> None:
    """All that is offered, what changed first."""
    choose(choice_of(name) for name in offered())


def move(name: str, steps: int) -> None:
    """Move a finding up (below zero) or down."""
    choices = chosen()
    names = [name_of(choice) for choice in choices]
    if name not in names:
        return
    place = names.index(name)
    target = max(0, min(len(choices) - 1, place + steps))
    choices.insert(target, choices.pop(place))
    choose(choices)


def take_out(name: str) -> None:
    """Take a finding out."""
    choose(choice for choice in chosen() if name_of(choice) != name)


def origin(result: str) -> str:
    """The word of the page that a result is from."""
    return page_of(ENTRIES[result][0]).word
