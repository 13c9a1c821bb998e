"""The line of months or days, and the sentence above it: when most was, where it stands."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from crm_analysis.messages import Message
from crm_analysis.presentation.pictures import overview as pictures
from crm_analysis.presentation.ui.blocks import answer, chart
from crm_analysis.presentation.ui.overview.amounts import comparable, written
from crm_analysis.presentation.ui.session import language, plain, say


def say_over_time(
    frame: pd.DataFrame, *, x: str, value: str, name: str, every: str = "month"
) -> Message:
    """When most was, and where the last of the months or days stands."""
    best, last = frame.loc[frame[value].idxmax()], frame.iloc[-1]
    details = {
        "measure": name,
        "best": best[x].date().isoformat(),
        "most": written(float(best[value])),
        "last": last[x].date().isoformat(),
        "now": written(float(last[value])),
    }
    when = "best_now" if best[x] == last[x] else "best_before"
    return Message(f"overview.{every}s.{when}", details)


def draw_over_time(  # noqa: PLR0913
    frame: pd.DataFrame,
    *,
    x: str,
    value: str,
    name: str,
    end: str,
    key: str,
    every: str = "month",
) -> None:
    """The picture and its sentence, both of the months that may be compared."""
    shown, note = (
        comparable(frame, x, value, end) if every == "month" else (frame, None)
    )
    sentence = say_over_time(shown, x=x, value=value, name=name, every=every)
    answer(sentence.key, **sentence.details)
    figure = pictures.over_time(
        shown, x=x, value=value, name=name, language=language(), every=every
    )
    chart(figure, key=key, alt=plain(sentence.key, **sentence.details), height=320)
    if note:
        st.caption(say(note.key, **note.details))
