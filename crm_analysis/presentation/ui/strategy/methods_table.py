"""Methods beside one another: the sentence on what each is worth, and their table in words."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from crm_analysis.messages import Message
from crm_analysis.presentation.pictures import fronts as pictures
from crm_analysis.presentation.ui import language, say

STYLES = {"gap": "percent", "cpu": "number2"}


def say_how_short(methods: pd.DataFrame, messages: Sequence[Message]) -> None:
    """The exact way and the search that is furthest behind in a sentence; the others below it.

    `messages` are those of the methods, the exact one first, in the order of the table.
    """
    exact, *searches = messages
    if not searches:
        st.markdown(f"#### {say(exact.key, **exact.details)}")
        return
    gaps = methods["gap"].tail(len(searches)).fillna(-1.0).tolist()
    worst = gaps.index(max(gaps))
    both = say("strategy.methods.both", exact=[exact], search=[searches[worst]])
    st.markdown(f"#### {both}")
    for number, message in enumerate(searches):
        if number != worst:
            st.caption(f"• {say(message.key, **message.details)}")


def method_table(methods: pd.DataFrame) -> pd.DataFrame:
    """The table of methods with their names in words."""
    names = [pictures.method_name(name, language()) for name in methods["method"]]
    return methods.assign(method=names)
