"""A table of customers: how many, how many left, and what tells those from who stayed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.errors import AnalysisError

_FEW_VALUES = (
    12  # of an attribute: told apart; numbers with more are put into quarters
)
_FEWEST = 50  # customers who left, and who stayed, for anything to be said of the difference
_FEWEST_IN_GROUP = 20
_SMALLEST_SHARE = 0.02
# Explains more of who left than any honest attribute: it was written down because they left.
_TOO_GOOD = 0.5


@dataclass(frozen=True, eq=False)
class Attribute:
    """An attribute by which customers who left and who stayed differ.

    Attributes
    ----------
    name
        The column.
    groups
        A row a group of customers: level (text; missing for a range), low and high (bounds of a
        range of numbers: low excluded, and missing in the first, high included, and missing in
        the last), customers, churned (how many), rate (the share).
    explained
        The share of the uncertainty about who left that it takes away: McFadden's R², adjusted
        for the number of groups.
    """

    name: str
    groups: pd.DataFrame
    explained: float

    def extremes(self) -> tuple[pd.Series, pd.Series]:
        """The groups of whom most and fewest left, among those large enough to say so."""
        large = self.groups[_is_large(self.groups["customers"])]
        return large.loc[large["rate"].idxmax()], large.loc[large["rate"].idxmin()]


@dataclass(frozen=True, eq=False)
class People:
    """Customers at a glance.

    Attributes
    ----------
    customers, attributes
        How many, and how many things the table says of each.
    observed, churned
        Of how many it is known whether they left, and how many of those did; None without a
        column that says so.
    telling
        The attribute by which who left and who stayed differ most; None where nothing differs, or
        too few left.
    success
        The share with a yes in another outcome; None where there is none.
    """

    customers: int
    attributes: int
    observed: int | None
    churned: int | None
    telling: Attribute | None
    success: float | None = None

    @property
    def rate(self) -> float | None:
        """The share that left."""
        return (
            self.churned / self.observed
            if self.churned is not None and self.observed
            else None
        )


def people(table: pd.DataFrame, outcome: str | None = None) -> People:
    """Customers at a glance.

    Parameters
    ----------
    table
        Customers with `customer` and `churned` where there are such columns, and attributes of
        their own. Attributes that nearly give the answer away are passed over.
    outcome
        The column of another yes or no that a table without `churned` is about.

    Raises
    ------
    AnalysisError
        "overview.no_rows" where there is no row.
    """
    if table.empty:
        raise AnalysisError("overview.no_rows")
    customers = (
        int(table["customer"].nunique())
        if "customer" in table.columns
        else len(table)
    )
    names = [name for name in table.columns if name not in ("customer", "churned")]
    if "churned" not in table.columns:
        success = table[outcome].dropna().mean() if outcome else None
        return People(customers, len(names), None, None, None, success)
    observed = table[table["churned"].notna()]
    churned = observed["churned"].astype(bool).to_numpy()
    telling = None
    if min(churned.sum(), (~churned).sum()) >= _FEWEST:
        telling = _most_telling(observed[names], churned)
    return People(customers, len(names), len(observed), int(churned.sum()), telling)


def _most_telling(
    attributes: pd.DataFrame, churned: np.ndarray
) -> Attribute | None:
    candidates = []
    for name in attributes.columns:
        attribute = _attribute(str(name), attributes[name], churned)
        if attribute is not None and 0 < attribute.explained <= _TOO_GOOD:
            candidates.append(attribute)
    return max(candidates, key=lambda attribute: attribute.explained, default=None)


def _is_large(sizes: pd.Series) -> pd.Series:
    return sizes >= max(_FEWEST_IN_GROUP, _SMALLEST_SHARE * sizes.sum())


def _attribute(
    name: str, column: pd.Series, churned: np.ndarray
) -> Attribute | None:
    grouped = _grouped(column)
    if grouped is None:
        return None
    codes, groups = grouped
    groups["customers"] = np.bincount(codes, minlength=len(groups))
    groups["churned"] = np.bincount(
        codes, weights=churned, minlength=len(groups)
    ).astype(np.int64)
    groups = groups[groups["customers"] > 0].reset_index(drop=True)
    groups["rate"] = groups["churned"] / groups["customers"]
    if _is_large(groups["customers"]).sum() < 2:
        return None
    without = _surprise(float(churned.mean()), len(churned))
    within = sum(map(_surprise, groups["rate"], groups["customers"]))
    return Attribute(name, groups, (without - within - (len(groups) - 1)) / without)


def _surprise(rate: float, count: int) -> float:
    """The negative log-likelihood of `count` customers who leave at a rate."""
    return -count * sum(p * float(np.log(p)) for p in (rate, 1 - rate) if p > 0)


def _grouped(column: pd.Series) -> tuple[np.ndarray, pd.DataFrame] | None:
    """A group for each of a few values, quarters where there are many numbers; None else."""
    if pd.api.types.is_datetime64_any_dtype(column):
        return None
    if column.nunique() <= _FEW_VALUES:
        codes, levels = pd.factorize(column, sort=True, use_na_sentinel=False)
        texts = [None if pd.isna(level) else _text(level) for level in levels]
        return codes, pd.DataFrame({"level": texts, "low": np.nan, "high": np.nan})
    if not pd.api.types.is_numeric_dtype(column):
        return None
    numbers = column.to_numpy(dtype=float, na_value=np.nan)
    edges = np.unique(np.nanquantile(numbers, [0.25, 0.5, 0.75]))
    quarters = np.searchsorted(edges, numbers, side="left")
    codes = np.where(np.isnan(numbers), len(edges) + 1, quarters)
    low, high = [np.nan, *edges, np.nan], [*edges, np.nan, np.nan]
    return codes, pd.DataFrame({"level": None, "low": low, "high": high})


def _text(level: object) -> str:
    return (
        str(int(level))
        if isinstance(level, float) and level.is_integer()
        else str(level)
    )
