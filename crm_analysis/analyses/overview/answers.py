"""Contacts and comments at a glance: how many, when, how contacts ended, how comments rate."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.analyses.customers import sent
from crm_analysis.analyses.overview.periods import Record, record_of
from crm_analysis.errors import AnalysisError

_OUTCOME = re.compile(
    r"outcome|result|disposition|status|response|reply|answer|ergebnis|结果|状态|反馈|响应",
    re.IGNORECASE,
)
_MOST_OUTCOMES = 12
_MOST_RATINGS = 11


@dataclass(frozen=True, eq=False)
class Contacts:
    """How many contacts there were, and how they ended.

    Attributes
    ----------
    contacts, held_out
        How many; further rows of customers who were left alone, to compare with.
    customers
        With how many customers; None where the contacts name nobody.
    responded
        The share that was responded to; None where that is not known.
    outcome
        The column that says how contacts ended, or else how they were made; None without one.
    shares
        A row a value of it, most first: level, count, share of the contacts whose outcome is
        known.
    record
        When; None without dates.
    """

    contacts: int
    held_out: int
    customers: int | None
    responded: float | None
    outcome: str | None
    shares: pd.DataFrame
    record: Record | None


@dataclass(frozen=True, eq=False)
class Comments:
    """How many comments there were, and how they rate.

    Attributes
    ----------
    comments, rated
        How many, and how many of them with a rating.
    mean
        The mean rating; None without ratings.
    ratings
        A row a rating, lowest first: rating, count, share of the rated. Empty where the ratings
        are not steps of a scale.
    record
        When; None without dates.
    """

    comments: int
    rated: int
    mean: float | None
    ratings: pd.DataFrame
    record: Record | None


def contacts(table: pd.DataFrame) -> Contacts:
    """How many contacts, with how many customers, and how they ended; those held out apart.

    Parameters
    ----------
    table
        Contacts with any of `customer`, `date`, `responded`, `channel`, `campaign`, `arm`, and
        columns of the file's own, of which one named like an outcome is taken where nothing says
        who responded.

    Raises
    ------
    AnalysisError
        "overview.no_rows" where there is no row.

    Examples
    --------
    >>> ends = ["sold", "no answer", "no answer", "no answer"]
    >>> contacts(pd.DataFrame({"customer": ["a", "a", "b", "c"], "Outcome": ends})).shares
           level  count  share
    0  no answer      3   0.75
    1       sold      1   0.25
    """
    if table.empty:
        raise AnalysisError("overview.no_rows")
    rows = len(table)
    table = sent(table)
    responded = None
    if "responded" in table.columns and table["responded"].notna().any():
        responded = float(table["responded"].dropna().astype(bool).mean())
    outcome = _outcome_of(table)
    shares = pd.DataFrame()
    if outcome is not None:
        shares = _shares(table[outcome])
        shares = shares.sort_values(
            "count", ascending=False, kind="stable", ignore_index=True
        )
    return Contacts(
        len(table),
        rows - len(table),
        int(table["customer"].nunique()) if "customer" in table.columns else None,
        responded,
        outcome,
        shares,
        _counted(table),
    )


def _outcome_of(table: pd.DataFrame) -> str | None:
    names = [str(name) for name in table.columns]
    own = [name for name in names if name != "responded" and _OUTCOME.search(name)]
    for name in ("responded", *own, "channel", "campaign"):
        if name in names and 2 <= table[name].nunique() <= _MOST_OUTCOMES:
            return name
    return None


def comments(table: pd.DataFrame) -> Comments:
    """How many comments, and how they rate.

    Parameters
    ----------
    table
        Comments with `text`, and `rating` and `date` where known.

    Raises
    ------
    AnalysisError
        "overview.no_rows" where there is no row.
    """
    if table.empty:
        raise AnalysisError("overview.no_rows")
    ratings = (
        table["rating"].dropna()
        if "rating" in table.columns
        else pd.Series(dtype=float)
    )
    is_scale = 2 <= ratings.nunique() <= _MOST_RATINGS
    is_number = pd.api.types.is_numeric_dtype(ratings)
    return Comments(
        len(table),
        len(ratings),
        float(ratings.mean()) if len(ratings) and is_number else None,
        _shares(ratings).rename(columns={"level": "rating"})
        if is_scale
        else pd.DataFrame(),
        _counted(table),
    )


def _counted(table: pd.DataFrame) -> Record | None:
    if "date" not in table.columns:
        return None
    return record_of(table["date"], np.ones(len(table)))


def _shares(column: pd.Series) -> pd.DataFrame:
    counts = column.value_counts().sort_index()
    return pd.DataFrame(
        {
            "level": counts.index.to_numpy(),
            "count": counts.to_numpy(),
            "share": counts.to_numpy() / counts.sum(),
        }
    )
