"""The line of months or days, and the sentence above it: when most was, where it stands."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from crm_analysis.messages import Message
from crm_analysis.presentation.pictures import overview as pictures
from crm_analysis.presentation.ui.blocks import answer, chart
from crm_analysis.presentation.ui.overview.amounts import comparable, written
from crm_analysis.presentation.ui.session import language, plain, say

__all__ = ["draw_over_time", "told_over_time"]


def told_over_time(
    frame: pd.DataFrame, *, x: str, value: str, name: str, every: str = "month"
) -> tuple[str, dict[str, str]]:
    """When most was, and where the last of them stands, as a phrase (key, details)."""
    best, last = frame.loc[frame[value].idxmax()], frame.iloc[-1]
    details = {
        "measure": name,
        "best": best[x].date().isoformat(),
        "most": written(float(best[value])),
        "last": last[x].date().isoformat(),
        "now": written(float(last[value])),
    }
    return Message(
        f"overview.{every}s.{'best_now' if best[x] == last[x] else 'best_before'}", details
    )


def draw_over_time(
    frame: pd.DataFrame,
    *,
    x: str,
    value: str,
    name: str,
    end: str,
    key: str,
    every: str = "month",
    small: bool = False,
) -> None:
    """The picture; of the months that may be compared, in the sentence and in the drawing alike."""
    shown, note = comparable(frame, x, value, end) if every == "month" else (frame, None)
    phrase, details = told_over_time(shown, x=x, value=value, name=name, every=every)
    if small:
        st.markdown(say(phrase, **details))
    else:
        answer(phrase, **details)
    figure = pictures.over_time(
        shown, x=x, value=value, name=name, language=language(), every=every
    )
    chart(figure, key=key, alt=plain(phrase, **details), height=220 if small else 320)
    if note:
        st.caption(say(note[0], **note[1]))
