"""Words that two groups of comments use more often than each other."""

from __future__ import annotations

import streamlit as st

from crm_analysis.analyses.feedback import Feedback
from crm_analysis.presentation.pictures import feedback as pictures
from crm_analysis.presentation.ui import language, say
from crm_analysis.presentation.ui.feedback import listing, titled_chart

_SIDES = {
    "negative": ("negative", "positive"),
    "month": ("this", "before"),
    "churned": ("left", "stayed"),
}
_SURE = 0.05  # p over all words compared
_ROWS = 12


def draw(result: Feedback, contrast: str) -> None:
    """The words of one contrast that chance hardly explains, in a sentence and a picture."""
    table = result.keywords
    own = table[(table["contrast"] == contrast) & (table["p_adjusted"] < _SURE)]
    first = own[own["side"] == _SIDES[contrast][0]]
    if own.empty:
        if (table["contrast"] == contrast).any():
            st.caption(say(f"feedback.words.none.{contrast}"))
        return
    key = f"feedback.words.{contrast}" if len(first) else "feedback.words.one_side"
    rows = max(
        1,
        sum(
            min(_ROWS, int((own["side"] == side).sum()))
            for side in _SIDES[contrast]
        ),
    )
    titled_chart(
        key,
        pictures.words(own, _SIDES[contrast], language()),
        f"words_{contrast}",
        130 + 24 * rows,
        words=(first if len(first) else own)["word"].head(3).tolist(),
    )
    with st.expander(say("feedback.words.each")):
        shown = table[table["contrast"] == contrast].drop(columns="contrast")
        sides = [pictures.side_name(side, language()) for side in shown["side"]]
        listing(
            shown.assign(side=sides), f"keywords_{contrast}", shares=(), height=280
        )
