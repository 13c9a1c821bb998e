"""What changed: the share that is negative by month, how many wrote, and what about."""

from __future__ import annotations

import datetime

import pandas as pd
import streamlit as st

from crm_analysis.presentation import sentences
from crm_analysis.presentation.pictures import feedback as pictures
from crm_analysis.presentation.ui import (
    answer,
    column_name,
    how,
    language,
    say,
    starred,
)
from crm_analysis.presentation.ui.feedback import (
    Reading,
    listing,
    rung,
    titled_chart,
    words,
)

_FEWEST = 3  # months from which on anything can be said to have changed


def draw(reading: Reading) -> None:
    """The answer in a sentence, the months with their limits, the volume, this month's words."""
    result = reading.value
    months = result.months
    if "date" not in result.comments.columns or months.empty:
        st.info(say("feedback.changed.no_date"), icon=":material/info:")
        return
    if reading.is_few or len(months) < _FEWEST:
        answer("feedback.changed.too_few", months=len(months))
        listing(months, "months")
        return
    if reading.says_shares:
        _shares(reading, months)
    else:
        answer("feedback.changed.no_share")
        rung(reading)
    busiest = months.loc[months["comments"].idxmax()]
    titled_chart(
        "feedback.changed.volume",
        pictures.volume(months, language()),
        "volume",
        240,
        month=_month(busiest),
        comments=int(busiest["comments"]),
    )
    words.draw(result, "month")
    with st.expander(say("feedback.changed.each")):
        listing(
            months.dropna(axis=1, how="all"), "months", shares=_SHARES, height=320
        )
    how("feedback.how.months", reading.code("print(result.months)"))


_SHARES = (
    "share",
    "lo",
    "hi",
    "share_reweighted",
    "centre",
    "low_limit",
    "high_limit",
)


def _shares(reading: Reading, months: pd.DataFrame) -> None:
    said = sentences.changed(months)
    with starred(reading.answer, "Feedback.changed"):
        answer(said.key, **said.details)
    rung(reading)
    mix = reading.value.mix
    titled_chart(
        "feedback.changed.months",
        pictures.months(months, column_name(mix) if mix else "", language()),
        "months_chart",
        380,
    )
    if mix:
        st.caption(say("feedback.changed.mix", column=column_name(mix)))


def _month(row: pd.Series) -> datetime.date:
    return pd.Timestamp(row["month"]).date()
