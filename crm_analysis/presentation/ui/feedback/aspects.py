"""About which aspect: what is praised and blamed, clause by clause."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from crm_analysis.presentation import sentences
from crm_analysis.presentation.pictures import feedback as pictures
from crm_analysis.presentation.ui import (
    answer,
    chart,
    how,
    language,
    plain,
    say,
    starred,
    widget_key,
)
from crm_analysis.presentation.ui.feedback import (
    Reading,
    aspect_words,
    listing,
    rung,
)
from crm_analysis.presentation.ui.remembered import remembered

_EXAMPLES = 3
_SIDES = ("negative", "positive")


def draw(reading: Reading) -> None:
    """Bars to both sides of which a click shows the clauses, examples, and the words to edit."""
    result = reading.value
    table = result.aspects[result.aspects["clauses"] > 0]
    if reading.is_few or table.empty:
        answer("feedback.aspects.none")
    else:
        said = sentences.aspects(table, language())
        with starred(reading.answer, "Feedback.aspects"):
            answer(said.key, **said.details)
        rung(reading)
        clicked = chart(
            pictures.aspects(table, language()),
            key=widget_key("feedback", "aspects_chart"),
            alt=plain(said.key, **said.details),
            height=120 + 42 * len(table),
            select="points",
        )
        st.caption(say("feedback.aspects.click"))
        _clauses(reading, table, [str(name) for name in clicked if name])
        with st.expander(say("feedback.aspects.each"), expanded=True):
            _cells(reading, table)
    with st.expander(say("feedback.aspects.words"), icon=":material/edit:"):
        aspect_words.edit(result.suggested)
    how("feedback.how.aspects", reading.code("print(result.aspects)"))


def _clauses(reading: Reading, table: pd.DataFrame, clicked: list[str]) -> None:
    """The clauses of a bar that was clicked, or of the aspect that was chosen."""
    clauses = reading.value.clauses
    if clicked:
        aspect, _, side = clicked[0].rpartition("|")
    else:
        called = {
            name: pictures.aspect_name(name, language()) for name in table["aspect"]
        }
        aspect = remembered(
            st.selectbox,
            say("feedback.column.aspect"),
            list(called),
            format_func=called.__getitem__,
            key=widget_key("feedback", "aspects", "chosen"),
        )
        side = ""
    own = clauses[clauses["aspect"] == aspect]
    if side in _SIDES:
        own = own[own["sentiment"] == side]
    own = own.sort_values("negative", ascending=side == "positive", kind="stable")
    columns = ["clause", "aspect", "sentiment"]
    text = reading.value.comments["text"].reindex(own["row"]).to_numpy()
    listing(own[columns].assign(text=text), "clauses", height=280, shares=())


def _cells(reading: Reading, table: pd.DataFrame) -> None:
    """Three clauses a cell, the clearest first."""
    clauses = reading.value.clauses
    examples = {}
    for side in _SIDES:
        said = clauses[clauses["sentiment"] == side].sort_values(
            "negative", ascending=side == "positive", kind="stable"
        )
        by_aspect = said.drop_duplicates(["aspect", "clause"]).groupby("aspect")[
            "clause"
        ]
        examples[f"{side}_clauses"] = by_aspect.apply(
            lambda own: "\n".join(own.head(_EXAMPLES))
        )
    shown = table.assign(
        **{name: table["aspect"].map(cells) for name, cells in examples.items()}
    )
    if shown["share_negative"].isna().all():
        shown = shown.drop(columns=["positive", "negative"])
    listing(
        shown.dropna(axis=1, how="all"),
        "aspects_table",
        shares=("share_negative", "lo", "hi"),
    )
