"""Which comments were written while their customer was observed, and which give the answer away."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from crm_analysis.analyses.customers import as_dates, day_numbers
from crm_analysis.analyses.feedback.joined.options import JoinOptions
from crm_analysis.analyses.feedback.joined.people import NEVER, People
from crm_analysis.analyses.feedback.survey import as_groups
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message

_ALARMS = ("row", "customer", "date", "kind", "end", "days_after")


class Window(NamedTuple):
    """The comments inside, by position in the table of comments, and whose they are.

    `of` is the customer's position among the people. `alarms` are those from after.
    """

    rows: np.ndarray
    of: np.ndarray
    alarms: pd.DataFrame
    notes: tuple[Message, ...]


def named_comments(comments: pd.DataFrame) -> np.ndarray:
    """The customer of each comment as text.

    Raises
    ------
    AnalysisError
        "feedback.joined.no_ids" where no comment names one.
    """
    if "customer" in comments.columns:
        named = as_groups(comments["customer"])
        if (named != "").any():
            return named
    raise AnalysisError("feedback.joined.no_ids", comments=len(comments))


def comments_inside(
    comments: pd.DataFrame, named: np.ndarray, people: People, options: JoinOptions
) -> Window:
    """The comments that were written before the end of what is observed of their customer.

    A comment from after that day, or from after the customer left, may be written because they
    left: joined to who left it would give the answer away.
    """
    position = pd.Series(np.arange(len(people.customer)), index=people.customer)
    of = position.reindex(named).fillna(-1).to_numpy().astype(np.int64)
    known = of >= 0
    if not known.any():
        raise AnalysisError(
            "feedback.joined.no_match",
            comments=sorted(set(named) - {""})[:3],
            customers=[*people.customer[:3]],
        )
    end, left_on = (
        np.where(known, days[of], NEVER) for days in (people.end, people.left_on)
    )
    bounded = known & ((end < NEVER) | (left_on < NEVER))
    days, dated = np.zeros(len(named), dtype=np.int64), np.zeros(len(named), bool)
    if "date" in comments.columns:
        days, dated = day_numbers(comments["date"])
    after_end = bounded & dated & (days > end)
    after_leaving = bounded & dated & (days > left_on)
    undated = bounded & ~dated
    inside = known & ~after_end & ~after_leaving & ~undated
    if options.window_days is not None:
        inside &= (days > end - options.window_days) | (end == NEVER)
    late = np.flatnonzero(after_end | after_leaving)
    last = np.minimum(end, left_on)[late]
    alarms = pd.DataFrame(
        {
            "row": comments.index[late],
            "customer": named[late],
            "date": as_dates(days[late]),
            "kind": np.where(after_leaving[late], "after_leaving", "after_end"),
            "end": as_dates(last),
            "days_after": days[late] - last,
        },
        columns=list(_ALARMS),
    )
    rows = np.flatnonzero(inside)
    return Window(
        rows, of[rows], alarms, tuple(_notes(people, known, named, undated, alarms))
    )


def _notes(
    people: People,
    known: np.ndarray,
    named: np.ndarray,
    undated: np.ndarray,
    alarms: pd.DataFrame,
) -> list[Message]:
    notes = []
    for kind, late in alarms.groupby("kind", sort=True):
        details = {"count": len(late), "customers": late["customer"].nunique()}
        notes.append(Message(f"feedback.joined.{kind}", details))
    if not people.is_bounded and not np.isnan(people.churned).all():
        notes.append(Message("feedback.joined.no_window", {}))
    strangers = int(((named != "") & ~known).sum())
    if strangers:
        notes.append(Message("feedback.joined.strangers", {"count": strangers}))
    nameless = int((named == "").sum())
    if nameless:
        notes.append(Message("feedback.joined.nameless", {"count": nameless}))
    if undated.any():
        notes.append(
            Message("feedback.joined.undated", {"count": int(undated.sum())})
        )
    return notes
