"""What each customer said in the window: of which topics and aspects, how content."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from crm_analysis.analyses.feedback.joined.window import Window
from crm_analysis.analyses.feedback.labels import NEGATIVE, POSITIVE
from crm_analysis.analyses.feedback.result import Feedback

_NO_TOPIC = ("", "other")


class Group(NamedTuple):
    """Those who said something: what, who (of the people), in how many comments, how negative.

    `negative` is the share of what has a sentiment that is negative; NaN where nothing has.
    """

    kind: str
    what: str
    inside: np.ndarray
    comments: int
    negative: float


class Said(NamedTuple):
    """The comments that could be read, and the clauses of them, by whose they are.

    `comments` and `clauses` have a column `of`, the customer's position among the people.
    """

    comments: pd.DataFrame
    clauses: pd.DataFrame
    size: int

    @property
    def commented(self) -> np.ndarray:
        """Who of the people wrote a comment that could be read."""
        return self.who(self.comments)

    def who(self, rows: pd.DataFrame) -> np.ndarray:
        """Who of the people wrote some of the rows."""
        inside = np.zeros(self.size, dtype=bool)
        inside[rows["of"].to_numpy(dtype=np.int64)] = True
        return inside


def said_in(feedback: Feedback, window: Window, size: int) -> Said:
    """What was said in the window by so many people."""
    comments = feedback.comments.iloc[window.rows].assign(of=window.of)
    comments = comments[comments["status"] == "read"]
    clauses = feedback.clauses
    owner = comments["of"]
    owner = owner[~owner.index.duplicated()]
    clauses = clauses.assign(of=clauses["row"].map(owner))
    return Said(comments, clauses[clauses["of"].notna()], size)


def groups_of(said: Said) -> Iterator[Group]:
    """Everybody who said something of a kind: topic, aspect, complaint, sentiment."""
    comments, clauses = said.comments, said.clauses
    for aspect, parts in clauses.groupby("aspect", sort=True):
        blamed = parts[parts["sentiment"] == NEGATIVE]
        for kind, rows in (("complaint", blamed), ("aspect", parts)):
            count = int(rows["row"].nunique())
            share = share_negative(parts["sentiment"])
            yield Group(kind, str(aspect), said.who(rows), count, share)
    for topic, rows in comments.groupby("topic", sort=True):
        if topic not in _NO_TOPIC:
            share = share_negative(rows["sentiment"])
            yield Group("topic", str(topic), said.who(rows), len(rows), share)
    for sentiment in (NEGATIVE, POSITIVE):
        rows = comments[comments["sentiment"] == sentiment]
        share = float(sentiment == NEGATIVE)
        yield Group("sentiment", sentiment, said.who(rows), len(rows), share)


def share_negative(sentiment: pd.Series) -> float:
    """Of what has a sentiment the share that is negative; NaN where nothing has one."""
    called = sentiment.isin([NEGATIVE, POSITIVE]).sum()
    return float((sentiment == NEGATIVE).sum() / called) if called else np.nan
