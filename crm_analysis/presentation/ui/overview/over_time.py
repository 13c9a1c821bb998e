"""The line of months or days, and the sentence above it: when most was, where it stands."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from crm_analysis.messages import Message
from crm_analysis.presentation.pictures import overview as pictures
from crm_analysis.presentation.ui import answer, chart, language, plain, say
from crm_analysis.presentation.ui.overview.amounts import comparable, written
from crm_analysis.wording import names_money, say_title


def say_over_time(
    frame: pd.DataFrame, *, x: str, value: str, measure: str, every: str = "month"
) -> Message:
    """When most was, and where the last of the months or days stands."""
    money = names_money(measure)
    best, last = frame.loc[frame[value].idxmax()], frame.iloc[-1]
    details = {
        "measure": plain(measure),
        "best": best[x].date().isoformat(),
        "most": written(float(best[value]), money=money),
        "last": last[x].date().isoformat(),
        "now": written(float(last[value]), money=money),
    }
    when = "best_now" if best[x] == last[x] else "best_before"
    return Message(f"overview.{every}s.{when}", details)


def draw_over_time(  # noqa: PLR0913
    frame: pd.DataFrame,
    *,
    x: str,
    value: str,
    measure: str,
    end: str,
    key: str,
    every: str = "month",
) -> None:
    """The picture and its sentence, both of the months that may be compared.

    `measure` is the key of the phrase that names what is drawn.
    """
    shown, note = frame, None
    if every == "month":
        shown, note = comparable(frame, x, value, end, money=names_money(measure))
    sentence = say_over_time(shown, x=x, value=value, measure=measure, every=every)
    answer(sentence.key, **sentence.details)
    figure = pictures.over_time(
        shown,
        x=x,
        value=value,
        name=say_title(measure, language()),
        language=language(),
        every=every,
    )
    chart(figure, key=key, alt=plain(sentence.key, **sentence.details), height=320)
    if note:
        st.caption(say(note.key, **note.details))
