"""Contacts and comments: how many, how they ended or rate, and when they came."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from crm_analysis.analyses.overview import Comments, Contacts, comments, contacts
from crm_analysis.messages import Message
from crm_analysis.presentation.pictures import overview as pictures
from crm_analysis.presentation.ui.blocks import answer, chart
from crm_analysis.presentation.ui.overview.over_time import draw_over_time
from crm_analysis.presentation.ui.run import run, table
from crm_analysis.presentation.ui.session import language, plain, say

_LEAST_PERIODS = 2


def draw_contacts(small: bool = False) -> None:
    """How contacts ended; by month where there is room."""
    found = run(contacts, table("contacts")).value
    key, details = _told_of_contacts(found)
    _say(key, small, details)
    if found.outcome:
        _shares(found.shares, "level", "contacts", plain(key, **details), small)
    _months(found, "overview.measure.contacts", "contacts", small)


def _told_of_contacts(found: Contacts) -> Message:
    details: dict[str, Any] = {"count": found.contacts, "customers": found.customers or 0}
    who = "_customers" if found.customers else ""
    if found.responded is not None:
        return Message(f"overview.contacts.responded{who}", details | {"share": found.responded})
    if found.outcome is None:
        return Message(f"overview.contacts.count{who}", details)
    most = found.shares.iloc[0]
    name = pictures.called(found.outcome, language())
    return Message(
        f"overview.contacts.outcome{who}",
        details
        | {
            "name": name,
            "level": pictures.level_name(most["level"], language()),
            "share": float(most["share"]),
        },
    )


def draw_comments(small: bool = False) -> None:
    """How comments rate; by month where there is room."""
    found = run(comments, table("feedback")).value
    ratings = found.ratings
    details: dict[str, Any] = {"count": found.comments}
    if found.mean is None:
        key = "overview.comments.count"
    elif ratings.empty:
        key, details = Message("overview.comments.mean", details | {"mean": found.mean})
    else:
        low, high = ratings.iloc[0], ratings.iloc[-1]
        key = "overview.comments.rated"
        details |= {
            "best": float(high["rating"]),
            "worst": float(low["rating"]),
            "best_share": float(high["share"]),
            "worst_share": float(low["share"]),
        }
        details |= {"mean": found.mean}
    _say(key, small, details)
    if len(ratings):
        _shares(ratings.iloc[::-1], "rating", "comments", plain(key, **details), small)
    _months(found, "overview.measure.comments", "comments", small)


def _shares(frame: pd.DataFrame, column: str, word: str, alt: str, small: bool) -> None:
    chart(
        pictures.shares(frame, column, language()),
        key=f"overview_{word}_shares",
        alt=alt,
        height=60 + (30 if small else 36) * len(frame),
    )


def _months(found: Contacts | Comments, measure: str, word: str, small: bool) -> None:
    record = found.record
    if record is None or len(record.periods) < _LEAST_PERIODS or small:
        return
    draw_over_time(
        record.periods,
        x="period",
        value="value",
        name=plain(measure),
        end=record.end,
        key=f"overview_{word}_months",
        every=record.every,
    )


def _say(key: str, small: bool, details: dict[str, Any]) -> None:
    if small:
        st.markdown(f"**{say(key, **details)}**")
    else:
        answer(key, **details)
