"""The words that aspects are known by, as a table to edit, kept in the workspace."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from crm_analysis.analyses.feedback import aspect_table
from crm_analysis.presentation.pictures import feedback as pictures
from crm_analysis.presentation.ui.keys import widget_key
from crm_analysis.presentation.ui.remembered import last_chosen, remember
from crm_analysis.presentation.ui.session import language, plain, say

_KEY = widget_key("feedback", "aspects")
_TURN = widget_key(
    "feedback", "aspects", "turn"
)  # how often the table was begun anew


def kept() -> tuple[tuple[str, str], ...]:
    """The aspects as they were edited; empty where they never were."""
    stored = last_chosen(_KEY) or []
    return tuple((str(aspect), str(words)) for aspect, words in stored)


def edit(suggested: pd.DataFrame) -> None:
    """The table, a button that reads the comments again by it, and one that brings ours back."""
    usual = [tuple(row) for row in aspect_table().itertuples(index=False)]
    begun = st.session_state.setdefault(_TURN, 0)
    names = {
        pictures.aspect_name(aspect, language()): aspect for aspect, _ in usual
    }
    rows = list(kept()) or usual
    st.markdown(say("feedback.aspects.edit"))
    if len(suggested):
        words = suggested["word"].head(10).tolist()
        st.caption(say("feedback.aspects.suggested", words=words))
    edited = st.data_editor(
        pd.DataFrame(
            [
                (pictures.aspect_name(aspect, language()), words)
                for aspect, words in rows
            ],
            columns=["aspect", "words"],
        ),
        key=widget_key("feedback", "aspects", "editor", str(begun), language()),
        num_rows="dynamic",
        hide_index=True,
        width="stretch",
        column_config={
            "aspect": st.column_config.TextColumn(
                plain("feedback.column.aspect"), width="small", max_chars=40
            ),
            "words": st.column_config.TextColumn(
                plain("feedback.column.aspect_words"),
                width="large",
                max_chars=2_000,
            ),
        },
        alt=plain("feedback.aspects.edit"),
    )
    with st.container(horizontal=True):
        if st.button(
            say("feedback.aspects.apply"),
            key=widget_key("feedback", "aspects", "apply"),
        ):
            _apply(_whole(edited, names), usual)
        if kept() and st.button(
            say("feedback.aspects.back"),
            key=widget_key("feedback", "aspects", "back"),
        ):
            _apply(usual, usual)


def _whole(edited: pd.DataFrame, names: dict[str, str]) -> list[tuple[str, str]]:
    """The rows that have a name and words, each name once, ours by their codes."""
    rows: dict[str, str] = {}
    for aspect, words in edited.fillna("").astype(str).itertuples(index=False):
        name = names.get(aspect.strip(), aspect.strip())
        if name and words.strip():
            rows[name] = (
                f"{rows[name]} {words.strip()}" if name in rows else words.strip()
            )
    return list(rows.items())


def _apply(rows: list[tuple[str, str]], usual: list[tuple[str, str]]) -> None:
    stored = None if not rows or rows == usual else [list(row) for row in rows]
    remember(_KEY, stored)
    st.session_state[_TURN] += 1
    st.rerun()
