"""What the reader of comments should know."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crm_analysis.analyses.feedback.sentiment import (
    CARD,
    ENOUGH,
    LABELS,
    LEXICON,
    Sentiment,
    Texts,
    contradicting,
)
from crm_analysis.analyses.feedback.status import (
    EMPTY,
    NOT_READ,
    READ_STATUS,
    REPEAT,
    TEMPLATE,
    TOO_SHORT,
)
from crm_analysis.analyses.feedback.weak import weak_scores
from crm_analysis.messages import Message

FEW = 30  # comments: a table to read
_REVERSED = 0.15  # of clear comments that contradict their stars
_CLEAR = 20  # comments of which that can be said
_SAMPLE = 5_000
_MOSTLY = 0.5  # of the comments that are read, with one and the same text


def of_statuses(
    status: np.ndarray, groups: np.ndarray, cut: int, mojibake: int
) -> list[Message]:
    """What was set aside, cut or unreadable, and where little is left.

    `groups` has one number for each text, the same for texts that are the same.
    """
    counts = pd.Series(status).value_counts()
    notes = []
    for name in (TEMPLATE, REPEAT, TOO_SHORT, NOT_READ, EMPTY):
        count = int(counts.get(name, 0))
        if count:
            details = {"count": count, "comments": len(status)}
            notes.append(Message(f"feedback.note.status.{name}", details))
    if cut:
        notes.append(Message("feedback.note.cut", {"count": cut}))
    if mojibake:
        notes.append(Message("feedback.note.mojibake", {"count": mojibake}))
    read = int(counts.get(READ_STATUS, 0))
    same = int(np.bincount(groups[status == READ_STATUS]).max()) if read else 0
    if read >= FEW and same >= _MOSTLY * read:
        details = {"count": same, "comments": read}
        notes.append(Message("feedback.note.same_text", details))
    if not read:
        notes.insert(0, Message("feedback.note.nothing_read", {}))
    elif read < FEW:
        notes.insert(0, Message("feedback.note.few", {"count": read}))
    return notes


def of_labels(
    read: Texts, negative: np.ndarray, source: str, feedback: pd.DataFrame
) -> list[Message]:
    """Stars that say nothing, or contradict what is written."""
    if source and source in feedback.columns and feedback[source].nunique() == 1:
        return [Message("feedback.note.all_equal", {"column": source})]
    known = np.flatnonzero(np.isfinite(negative))[:_SAMPLE]
    if not len(known):
        return []
    weak = weak_scores(
        [read.texts[row] for row in known],
        [read.tokens[row] for row in known],
        [read.languages[row] for row in known],
    )
    against, clear = contradicting(known.tolist(), weak, negative)
    if clear < _CLEAR or against <= _REVERSED * clear:
        return []
    details = {"column": source, "share": against / clear}
    return [Message("feedback.note.contradict", details)]


def of_rung(sentiment: Sentiment, source: str) -> Message:
    """By what sentiment was read, and what may be said by it."""
    if sentiment.called is None:
        key = "lexicon" if sentiment.rung == LEXICON else "meaning"
        return Message(f"feedback.rung.{key}", {"card": CARD, "enough": ENOUGH})
    values = sentiment.quality.set_index("measure")["value"]
    details = {
        "labels": int(sentiment.quality["n"].iloc[0]),
        "column": source,
        "accuracy": float(values["accuracy"]),
        "sensitivity": float(values["sensitivity"]),
        "specificity": float(values["specificity"]),
    }
    if sentiment.rung == LABELS:
        return Message("feedback.rung.labels", details)
    return Message(f"feedback.rung.{sentiment.rung}_corrected", details)
