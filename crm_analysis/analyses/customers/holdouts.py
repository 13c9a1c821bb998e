"""Rows of a log of contacts that are none: customers held out, to compare with."""

from __future__ import annotations

import re

import pandas as pd

_CONTROL = re.compile(
    r"control|hold.?out|placebo|untreated|not contacted|^no\b|^none$|\bno e-?mail"
    r"|对照|空白|保留|未联系|不联系|未发送|不发送",
    re.IGNORECASE,
)


def is_control(name: str) -> bool:
    """Whether an arm's name says that it was left alone.

    >>> is_control("No E-Mail"), is_control("treated")
    (True, False)
    """
    return bool(_CONTROL.search(name))


def sent(contacts: pd.DataFrame) -> pd.DataFrame:
    """The contacts that were made: rows of a hold-out are none."""
    if "arm" not in contacts.columns:
        return contacts
    arms = contacts["arm"].astype(str)
    # What is missing stays missing in pandas 3, and is no name.
    held = [name for name in arms.dropna().unique() if is_control(name)]
    return contacts[~arms.isin(held)] if held else contacts
