"""Contacts and comments at a glance: how many, when, how contacts ended, how comments rate."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.analyses.overview.periods import Record, record_of
from crm_analysis.errors import AnalysisError

__all__ = ["Comments", "Contacts", "comments", "contacts"]

_OUTCOME = re.compile(
    r"outcome|result|disposition|status|response|reply|answer|ergebnis|结果|状态|反馈|响应",
    re.IGNORECASE,
)
_MOST_OUTCOMES = 12
_MOST_RATINGS = 11


@dataclass(frozen=True, eq=False)
class Contacts:
    """`outcome`: the column that says how contacts ended, or else how they were made.

    None where none does; `shares`: level, count, share of the contacts whose outcome is known,
    most first. `customers`: None where the contacts name nobody.
    """

    contacts: int
    customers: int | None
    responded: float | None
    outcome: str | None
    shares: pd.DataFrame
    record: Record | None


@dataclass(frozen=True, eq=False)
class Comments:
    """`ratings`: rating, count, share of the rated, lowest first.

    Empty where the ratings are not steps of a scale; `mean` rating (None without ratings).
    """

    comments: int
    rated: int
    mean: float | None
    ratings: pd.DataFrame
    record: Record | None


def contacts(table: pd.DataFrame) -> Contacts:
    """How many contacts, with how many customers, and how they ended.

    Table in: contacts with any of `customer`, `date`, `responded`, `channel`, `campaign`, and
    columns of the file's own, of which one named like an outcome is taken where nothing says who
    responded. AnalysisError where there is no row.

    >>> calls = pd.DataFrame({"customer": ["a", "a", "b", "c"], "Outcome": ["sold", "no answer", "no answer", "no answer"]})
    >>> contacts(calls).shares
           level  count  share
    0  no answer      3   0.75
    1       sold      1   0.25
    """
    if table.empty:
        raise AnalysisError("overview.no_rows")
    responded = table["responded"].dropna() if "responded" in table.columns else None
    own = [
        str(name) for name in table.columns if _OUTCOME.search(str(name)) and name != "responded"
    ]
    tried = [
        name
        for name in ("responded", *own, "channel", "campaign")
        if name in table.columns and 2 <= table[name].nunique() <= _MOST_OUTCOMES
    ]
    outcome = tried[0] if tried else None
    return Contacts(
        len(table),
        int(table["customer"].nunique()) if "customer" in table.columns else None,
        float(responded.astype(bool).mean()) if responded is not None and len(responded) else None,
        outcome,
        _shares(table[outcome]).sort_values(
            "count", ascending=False, kind="stable", ignore_index=True
        )
        if outcome
        else pd.DataFrame(),
        _counted(table),
    )


def comments(table: pd.DataFrame) -> Comments:
    """How many comments, and how they rate.

    Table in: comments with `text`, and `rating`, `date` where known. AnalysisError where there is
    no row.
    """
    if table.empty:
        raise AnalysisError("overview.no_rows")
    given = table["rating"].dropna() if "rating" in table.columns else pd.Series(dtype=float)
    steps = 2 <= given.nunique() <= _MOST_RATINGS
    return Comments(
        len(table),
        len(given),
        float(given.mean()) if len(given) else None,
        _shares(given).rename(columns={"level": "rating"}) if steps else pd.DataFrame(),
        _counted(table),
    )


def _counted(table: pd.DataFrame) -> Record | None:
    return record_of(table["date"], np.ones(len(table))) if "date" in table.columns else None


def _shares(column: pd.Series) -> pd.DataFrame:
    counts = column.value_counts().sort_index()
    return pd.DataFrame(
        {
            "level": counts.index.to_numpy(),
            "count": counts.to_numpy(),
            "share": counts.to_numpy() / counts.sum(),
        }
    )
