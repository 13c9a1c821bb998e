"""Which columns describe a customer: the one judge that segments, churn and value ask."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

_ID_NAME = re.compile(
    r"(^|[_\W\d])"
    r"(id|ids|no|nr|num|number|key|code|index|row|sl|serial"
    r"|uuid|guid|phone|mobile|zip|postcode|postal)"
    r"($|[_\W\d])"
    r"|编号|号码|序号|代码|电话|手机|邮编"
)
_FEW = (
    20  # so few different values group customers, even where each is another one's
)
_PROSE = 40  # mean length from which text is prose
_LEVELS = 50  # so many different texts are levels of a category in any table …
_LEVEL_SHARE = 0.1  # … and in a large one as many as a tenth of its customers
_KNOWN_SHARE = 0.2  # of the customers, below which most of a filled column would be the filling
_SAME = 0.995  # correlation from which two columns say the same
_SAMPLE = 20_000
# Of numbers that number rows: those of a customer's several rows have become their mean.
_WHOLE = 0.95


@dataclass(frozen=True)
class _Values:
    """What is known of a column: its values without gaps and blanks, and how many they are."""

    known: pd.Series
    distinct: int
    rows: int

    @property
    def distinct_share(self) -> float:
        return self.distinct / max(len(self.known), 1)


def customer_features(
    customers: pd.DataFrame,
    *,
    outcomes: Collection[str] = ("churned", "arm"),
    gaps_filled: bool = False,
    drop_repetitions: bool = False,
) -> pd.DataFrame:
    """Each column of a table of customers: of what kind it is, and whether it describes them.

    Parameters
    ----------
    customers
        A row a customer. The column `customer` and columns that begin with `_` are not judged.
    outcomes
        The columns that say what is asked about. They, and numbers that rank customers as they
        do, are no features.
    gaps_filled
        Whether missing values will be filled in, so that a gap says nothing: then a column that
        is known of less than a fifth of the customers, or has one value beside its gaps, is none.
    drop_repetitions
        Whether a number that says the same as an earlier column (correlation above .995) is left
        out: where customers are compared by distance, it would count twice.

    Returns
    -------
    pandas.DataFrame
        - column : the column's name
        - kind : number, date, flag (a number or truth of two values), category or text
        - proposed : True where the column is a feature
        - reason : why it is none: outcome, same_as_outcome, empty, constant, missing (known of
          too few), id (numbers or names the customer), distinct (most have a text of their
          own), free_text, repetition; "" where it is one

    Examples
    --------
    >>> customers = pd.DataFrame({"customer": range(90), "loyalty_id": range(7000, 7090)})
    >>> customers["income"] = [1000 + 37 * (row % 60) for row in range(90)]
    >>> customers["city"] = ["Rome", "Oslo", "Bonn"] * 30
    >>> customer_features(customers)
           column      kind  proposed reason
    0  loyalty_id    number     False     id
    1      income    number      True
    2        city  category      True
    """
    rows = []
    for name in customers.columns:
        if name == "customer" or str(name).startswith("_"):
            continue
        kind, reason = _judge(customers[name], str(name), gaps_filled)
        if name in outcomes:
            reason = "outcome"
        rows.append((str(name), kind, reason))
    judged = pd.DataFrame(rows, columns=["column", "kind", "reason"])
    candidates = judged.loc[
        judged["reason"].eq("") & judged["kind"].eq("number"), "column"
    ]
    same = _same_as(
        customers, candidates, [name for name in outcomes if name in customers]
    )
    judged.loc[judged["column"].isin(same), "reason"] = "same_as_outcome"
    if drop_repetitions:
        others = [column for column in candidates if column not in same]
        repeated = _repetitions(customers, others)
        judged.loc[judged["column"].isin(repeated), "reason"] = "repetition"
    judged["proposed"] = judged["reason"] == ""
    return judged[["column", "kind", "proposed", "reason"]]


def _judge(column: pd.Series, name: str, gaps_filled: bool) -> tuple[str, str]:
    known = column.dropna()
    is_date = pd.api.types.is_datetime64_any_dtype(column)
    is_number = pd.api.types.is_numeric_dtype(column)  # truths too
    if not is_date and not is_number:
        known = known.astype(str).str.strip()
        known = known[known != ""]
    values = _Values(known, int(known.nunique()), len(column))
    if is_date:
        return "date", _says_nothing(values, gaps_filled)
    if is_number:
        kind = "flag" if values.distinct <= 2 else "number"
        reason = _says_nothing(values, gaps_filled)
        if not reason and values.distinct > _FEW and _numbers_rows(values, name):
            reason = "id"
        return kind, reason
    reason = _says_nothing(values, gaps_filled) or _too_varied(values)
    is_text = reason in ("id", "distinct", "free_text")
    return "text" if is_text else "category", reason


def _says_nothing(values: _Values, gaps_filled: bool) -> str:
    """Why the values tell no customer from another; "" where they do."""
    if not values.distinct:
        return "empty"
    if values.distinct == 1 and (gaps_filled or len(values.known) == values.rows):
        return "constant"
    if gaps_filled and len(values.known) < _KNOWN_SHARE * values.rows:
        return "missing"
    return ""


def _too_varied(values: _Values) -> str:
    """Why texts are no levels of a category; "" where they are."""
    if values.distinct <= _FEW:
        return ""
    if values.known.iloc[:5000].str.len().mean() > _PROSE:
        return "free_text"
    if values.distinct_share > 0.9:
        return "id" if values.known.str.len().max() <= _PROSE else "free_text"
    if values.distinct_share > 0.5:
        return "distinct"
    levels = max(_LEVELS, _LEVEL_SHARE * len(values.known))
    return "distinct" if values.distinct > levels else ""


def _numbers_rows(values: _Values, name: str) -> bool:
    if values.distinct_share < 0.9:
        return False
    numbers = values.known.to_numpy(dtype=float)
    whole = float(np.mean(numbers == np.round(numbers)))
    if whole < _WHOLE:
        return False
    if _ID_NAME.search(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()):
        return True
    steps = np.diff(np.sort(numbers))
    without_holes = numbers.max() - numbers.min() < 1.05 * len(numbers)
    all_different = values.distinct_share >= (1.0 if whole == 1.0 else _WHOLE)
    return bool(np.median(steps) == 1 and without_holes and all_different)


def _same_as(
    customers: pd.DataFrame, columns: Sequence[str], outcomes: Sequence[str]
) -> list[str]:
    same: list[str] = []
    for outcome in outcomes:
        measured = pd.api.types.is_numeric_dtype(customers[outcome])
        if not measured or customers[outcome].nunique() <= _FEW:
            continue
        ranks = customers[outcome].astype(float).rank()
        for column in columns:
            if column in outcomes or customers[column].nunique() <= _FEW:
                continue
            filled = (
                customers[column].astype(float).fillna(customers[column].median())
            )
            if abs(np.corrcoef(filled.rank(), ranks)[0, 1]) > _SAME:
                same.append(column)
    return same


def _repetitions(customers: pd.DataFrame, columns: Sequence[str]) -> list[str]:
    """Numbers that say the same as an earlier one that is not itself a repetition."""
    if len(columns) < 2:
        return []
    part = customers[list(columns)]
    if len(part) > _SAMPLE:
        part = part.sample(_SAMPLE, random_state=0)
    correlation = (
        part.astype(float).clip(-1e100, 1e100).corr().abs().fillna(0.0).to_numpy()
    )
    originals: list[int] = []
    repeated: list[str] = []
    for position, column in enumerate(columns):
        if (correlation[originals, position] > _SAME).any():
            repeated.append(column)
        else:
            originals.append(position)
    return repeated
