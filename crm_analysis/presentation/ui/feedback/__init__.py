"""The pieces of the page of comments: what it reads, by which rung, pictures, tables, files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from crm_analysis.analyses.feedback import (
    ASKED_OVER,
    PER_SECOND,
    Feedback,
    FeedbackOptions,
    meaning_installed,
    read_feedback,
)
from crm_analysis.analyses.feedback.card import with_labels
from crm_analysis.analyses.feedback.script import code
from crm_analysis.messages import Message
from crm_analysis.presentation.pictures import feedback as pictures
from crm_analysis.presentation.ui import (
    Answer,
    blocks,
    choose_kind,
    column_name,
    controls,
    downloads,
    in_python,
    language,
    loaded,
    name_column,
    notes,
    plain,
    rounded,
    run,
    saved_in_python,
    say,
    show_table,
    table,
    widget_key,
)
from crm_analysis.presentation.ui.feedback import aspect_words, card
from crm_analysis.presentation.ui.remembered import remembered

FEW = 30  # comments read: under that a table to read
_MOST_VALUES = 12
_SHARES = ("share", "negative", "lo", "hi", "share_negative", "share_reweighted")
_WHOLE_FROM = (
    1_000  # values of a column that reaches so far are shown without decimals
)
_MEANING = widget_key("feedback", "meaning")


@dataclass(frozen=True)
class Source:
    """What the page works with."""

    comments: Answer[pd.DataFrame]
    customers: Answer[pd.DataFrame] | None
    orders: Answer[pd.DataFrame] | None

    @property
    def has_text(self) -> bool:
        """Whether there is anything to read, or only scores."""
        return "text" in self.comments.value.columns


def source() -> Source:
    """The loaded tables; AnalysisError where there are no comments."""
    choose_kind("feedback", "roles.kind.feedback")
    people = table("customers") if loaded("customers", "customer") else None
    has_orders = loaded("transactions", "customer", "date")
    return Source(
        table("feedback"), people, table("transactions") if has_orders else None
    )


@dataclass(frozen=True)
class Reading:
    """What was read, and the Python that reads it again."""

    source: Source
    answer: Answer[Feedback]
    options: FeedbackOptions
    before: list[str]
    table: str
    named: dict[str, str]

    @property
    def value(self) -> Feedback:
        """What customers say."""
        return self.answer.value

    @property
    def is_few(self) -> bool:
        """Whether so few comments were read that they are rather read one by one."""
        return (self.value.summary()["read"] or 0) < FEW

    @property
    def says_shares(self) -> bool:
        """Whether a share may be said by the rung that was reached."""
        return self.value.summary()["negative"] is not None

    def code(self, *after: str) -> str:
        """The same in Python."""
        return code(
            "read_feedback",
            self.options,
            [self.table],
            before=self.before,
            named=self.named,
            after=after,
        )


def read(source: Source) -> Reading:
    """The comments as read by the options of the page, with what was said of the card."""
    options = _options(source.comments.value)
    lines, name = in_python("feedback")
    before = list(lines)
    comments = source.comments
    kept = card.kept()
    if kept is not None and kept.payload["used"]:
        comments = run(with_labels, comments, kept.payload["used"])
        before += [
            "from crm_analysis.analyses.feedback.card import with_labels",
            *saved_in_python(kept),
            f"table = with_labels({name}, saved.payload['used'])",
        ]
        name = "table"
    beside: dict[str, Any] = {}
    named: dict[str, str] = {}
    for role, kind, given in (
        ("orders", "transactions", source.orders),
        ("customers", "customers", source.customers),
    ):
        if given is not None:
            beside[role] = given
            loading, named[role] = in_python(kind, f"{role}_")
            before += loading
    answer = run(read_feedback, comments, options, **beside)
    return Reading(source, answer, options, before, name, named)


def _options(comments: pd.DataFrame) -> FeedbackOptions:
    few = [
        str(name)
        for name in comments.columns
        if 2 <= comments[name].nunique() <= _MOST_VALUES
    ]
    chosen = controls(
        "feedback",
        FeedbackOptions,
        only=("topics", "label", "mix", "coverage", "seed"),
        choices={
            "label": few,
            "mix": [name for name in few if name not in ("rating", "nps")],
        },
        names={"label": column_name, "mix": column_name},
        places={},
    )
    meaning = True if _by_meaning(len(comments)) else None
    return chosen.replace(meaning=meaning, aspects=aspect_words.kept())


def _by_meaning(comments: int) -> bool:
    """Whether the reader has asked for the model over more comments than it takes unasked."""
    if comments <= ASKED_OVER or not meaning_installed():
        return False
    return bool(
        remembered(
            st.toggle,
            say(
                "feedback.page.by_meaning",
                count=comments,
                minutes=max(1, round(comments / PER_SECOND / 60)),
            ),
            key=_MEANING,
            help=say("feedback.page.by_meaning_help"),
        )
    )


def say_no_text() -> None:
    """Why nothing is read, and what would change that."""
    st.info(say("feedback.page.no_text"), icon=":material/info:")


def rung(reading: Reading) -> None:
    """By what was read, which stands beside every figure that rests on it."""
    sentence = reading.value.sentence
    st.caption(say(sentence.key, **name_column(sentence.details)))


def remarks(messages: Iterable[Message]) -> None:
    """What the reader should know, with columns called as the reader knows them."""
    notes(Message(key, name_column(details)) for key, details in messages)


titled_chart = partial(blocks.titled_chart, "feedback")


def in_words(frame: pd.DataFrame) -> pd.DataFrame:
    """A table with its codes in words: languages, statuses, sentiments, topics, aspects."""
    said = {}
    for name in ("status", "sentiment", "language"):
        if name in frame.columns:
            said[name] = [_value(name, code) for code in frame[name]]
    if "topic" in frame.columns:
        said["topic"] = [
            pictures.topic_name(name, language()) for name in frame["topic"]
        ]
    if "aspect" in frame.columns:
        said["aspect"] = [
            pictures.aspect_name(name, language()) for name in frame["aspect"]
        ]
    return frame.assign(**said)


def _value(column: str, code: object) -> str:
    return plain(f"feedback.value.{column}.{code}") if code else ""


def listing(
    frame: pd.DataFrame,
    name: str,
    *,
    shares: Sequence[str] = _SHARES,
    height: int | None = None,
    whole: pd.DataFrame | None = None,
    file: bool = True,
) -> None:
    """A table in words, with its files."""
    styles = {column: "percent" for column in shares if column in frame.columns}
    show_table(
        "feedback",
        rounded(in_words(frame), _WHOLE_FROM),
        key=widget_key("feedback", name),
        styles=styles,
        height=height,
    )
    if file:
        filed = in_words(frame if whole is None else whole)
        downloads(
            f"feedback_{name}",
            blocks.titled(filed, "feedback"),
            key=widget_key("feedback", name, "file"),
        )
