"""Contacts and comments: how many, how they ended or rate, and when they came."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from crm_analysis.analyses.overview import (
    Comments,
    Contacts,
    Record,
    comments,
    contacts,
)
from crm_analysis.messages import Message
from crm_analysis.presentation.pages import page_of, page_path
from crm_analysis.presentation.pictures import overview as pictures
from crm_analysis.presentation.ui import (
    answer,
    chart,
    fitting,
    language,
    plain,
    run,
    say,
    table,
    widget_key,
)
from crm_analysis.presentation.ui.overview.over_time import draw_over_time

_FEWEST_PERIODS = 2


def draw_contacts(small: bool = False) -> None:
    """How contacts ended; by month where there is room."""
    result = run(contacts, table("contacts")).value
    sentence = _say_contacts(result)
    say_answer(sentence, small)
    if result.held_out:
        st.caption(say("overview.contacts.held_out", count=result.held_out))
    if result.outcome:
        _draw_shares(result.shares, "level", "contacts", sentence, small)
    if result.record and not small:
        _draw_months(result.record, "contacts")
    if "engagement" in fitting():
        link_to("engagement")


def _say_contacts(result: Contacts) -> Message:
    details: dict[str, Any] = {
        "count": result.contacts,
        "customers": result.customers or 0,
    }
    ending = "_customers" if result.customers else ""
    if result.responded is not None:
        details |= {"share": result.responded}
        return Message(f"overview.contacts.responded{ending}", details)
    if result.outcome is None:
        return Message(f"overview.contacts.count{ending}", details)
    commonest = result.shares.iloc[0]
    details |= {
        "name": pictures.column_title(result.outcome, language()),
        "level": pictures.level_name(commonest["level"], language()),
        "share": float(commonest["share"]),
    }
    return Message(f"overview.contacts.outcome{ending}", details)


def draw_comments(small: bool = False) -> None:
    """How comments rate; by month where there is room."""
    result = run(comments, table("feedback")).value
    sentence = _say_comments(result)
    say_answer(sentence, small)
    if len(result.ratings):
        _draw_shares(
            result.ratings.iloc[::-1], "rating", "comments", sentence, small
        )
    if result.record and not small:
        _draw_months(result.record, "comments")
    if "feedback" in fitting():
        link_to("feedback")


def _say_comments(result: Comments) -> Message:
    details: dict[str, Any] = {"count": result.comments}
    if result.mean is None and not result.ratings.empty:
        commonest = result.ratings.sort_values("count").iloc[-1]
        details |= {
            "level": commonest["rating"],
            "share": float(commonest["share"]),
        }
        return Message("overview.comments.in_words", details)
    if result.mean is None:
        return Message("overview.comments.count", details)
    details |= {"mean": result.mean}
    if result.ratings.empty:
        return Message("overview.comments.mean", details)
    low, high = result.ratings.iloc[0], result.ratings.iloc[-1]
    details |= {
        "best": float(high["rating"]),
        "worst": float(low["rating"]),
        "best_share": float(high["share"]),
        "worst_share": float(low["share"]),
    }
    return Message("overview.comments.rated", details)


def _draw_shares(
    frame: pd.DataFrame, column: str, word: str, sentence: Message, small: bool
) -> None:
    chart(
        pictures.shares(frame, column, language()),
        key=widget_key("overview", word, "shares"),
        alt=plain(sentence.key, **sentence.details),
        height=60 + (30 if small else 36) * len(frame),
    )


def _draw_months(record: Record, word: str) -> None:
    if len(record.periods) < _FEWEST_PERIODS:
        return
    draw_over_time(
        record.periods,
        x="period",
        value="value",
        measure=f"overview.measure.{word}",
        end=record.end,
        key=widget_key("overview", word, "months"),
        every=record.every,
    )


def say_answer(sentence: Message, small: bool) -> None:
    """The answer of a table, in small where others stand beside it."""
    if small:
        st.markdown(f"**{say(sentence.key, **sentence.details)}**")
    else:
        answer(sentence.key, **sentence.details)


def link_to(word: str) -> None:
    """A link to a page, in its own words."""
    st.page_link(
        page_path(word),
        label=say("overview.show", page=plain(page_of(word).title)),
        icon=":material/arrow_forward:",
    )
