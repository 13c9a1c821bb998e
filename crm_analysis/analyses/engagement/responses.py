"""A log of contacts as numbers: who answered, and of what kind the answer is."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crm_analysis.analyses.customers import day_numbers
from crm_analysis.analyses.engagement.outcomes import numbers
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.tables.days import local_dates

# What counts as an answer, the best first.
ANSWERS = ("responded", "clicked", "opened")
_NAMES = ("customer", "date", "channel", "campaign", "variant", "arm")


def answered(contacts: pd.DataFrame) -> tuple[np.ndarray, str]:
    """1 where a contact was answered, 0 where not or not known; and the column that says so."""
    for column in ANSWERS:
        if column in contacts.columns and contacts[column].notna().any():
            return np.nan_to_num(numbers(contacts[column], column)), column
    raise AnalysisError("engagement.no_response")


def has_times(dates: pd.Series) -> bool:
    """Whether dates have a time of day.

    >>> has_times(pd.to_datetime(pd.Series(["2024-01-01 00:00", "2024-01-02 09:30"])))
    True
    """
    known = local_dates(dates).dropna()
    return bool((known.dt.normalize() != known).any())


def once(contacts: pd.DataFrame) -> tuple[pd.DataFrame, list[Message]]:
    """Each contact once, and what is said of those that stand there again.

    The same customer, channel and campaign at the same time is one contact; on the same day, where
    no time is known, it may be two, which stay.

    >>> times = pd.to_datetime(["2024-01-01 09:00", "2024-01-01 09:00", "2024-01-01 18:00"])
    >>> contacts = pd.DataFrame({"customer": "a", "date": times, "channel": "mail"})
    >>> len(once(contacts)[0])
    2
    """
    day_numbers(contacts["date"])  # says so where dates are text
    names = [name for name in _NAMES if name in contacts.columns]
    again = contacts.duplicated(names) & contacts["customer"].notna()
    again &= contacts["date"].notna()
    if not again.any():
        return contacts, []
    details = {"count": int(again.sum())}
    if has_times(contacts["date"]):
        return contacts[~again], [Message("engagement.note.again", details)]
    return contacts, [Message("engagement.note.same_day", details)]
