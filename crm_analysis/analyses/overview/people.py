"""A table of customers.

How many, how many of them left, and what tells those who left from those who stayed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.errors import AnalysisError

__all__ = ["Attribute", "People", "people"]

_FEW = 12  # values of an attribute that are told apart; numbers with more are put into quarters
_LEAST = 50  # customers who left, and who stayed, for anything to be said of the difference
_LEAST_GROUP = 20
_LEAST_SHARE = 0.02
# Explains more of who left than any honest attribute: it was written down because they left.
_TOO_GOOD = 0.5


@dataclass(frozen=True, eq=False)
class Attribute:
    """The attribute by which those who left and those who stayed differ most.

    `groups`: level (text; missing for a range), low and high (bounds of a range of numbers, low
    excluded and missing in the first, high included and missing in the last), customers, left,
    rate. `explained`: the share of the uncertainty about who left that it takes away (McFadden's
    R², adjusted for the number of groups).
    """

    name: str
    groups: pd.DataFrame
    explained: float

    def extremes(self) -> tuple[pd.Series, pd.Series]:
        """The groups of whom most and fewest left, among those large enough to say so."""
        large = self.groups[
            self.groups["customers"]
            >= max(_LEAST_GROUP, _LEAST_SHARE * self.groups["customers"].sum())
        ]
        return large.loc[large["rate"].idxmax()], large.loc[large["rate"].idxmin()]


@dataclass(frozen=True, eq=False)
class People:
    """`customers`; `attributes`: how many things are known of each.

    `left` of the `known` whose leaving is known (None without such a column); `differs`: what
    differs most (None where nothing does, or too few left).
    """

    customers: int
    attributes: int
    known: int | None
    left: int | None
    differs: Attribute | None

    @property
    def rate(self) -> float | None:
        """The share that left."""
        return self.left / self.known if self.left is not None and self.known else None


def people(table: pd.DataFrame) -> People:
    """Customers at a glance.

    Table in: customers with `customer` and `churned` where there are such columns, and attributes
    of their own. Attributes that nearly give the answer away are passed over. AnalysisError where
    there is no row.
    """
    if table.empty:
        raise AnalysisError("overview.no_rows")
    customers = int(table["customer"].nunique()) if "customer" in table.columns else len(table)
    names = [name for name in table.columns if name not in ("customer", "churned")]
    if "churned" not in table.columns:
        return People(customers, len(names), None, None, None)
    known = table["churned"].notna().to_numpy()
    left = table.loc[known, "churned"].astype(bool).to_numpy()
    differs = None
    if min(int(left.sum()), int((~left).sum())) >= _LEAST:
        tried = [
            one
            for name in names
            if (one := _attribute(str(name), table.loc[known, name], left)) is not None
        ]
        honest = [one for one in tried if 0 < one.explained <= _TOO_GOOD]
        differs = max(honest, key=lambda one: one.explained, default=None)
    return People(customers, len(names), int(known.sum()), int(left.sum()), differs)


def _attribute(name: str, column: pd.Series, left: np.ndarray) -> Attribute | None:
    grouped = _grouped(column)
    if grouped is None:
        return None
    codes, groups = grouped
    groups["customers"] = np.bincount(codes, minlength=len(groups))
    groups["left"] = np.bincount(codes, weights=left, minlength=len(groups)).astype(np.int64)
    groups = groups[groups["customers"] > 0].reset_index(drop=True)
    groups["rate"] = groups["left"] / groups["customers"]
    if (groups["customers"] >= max(_LEAST_GROUP, _LEAST_SHARE * len(codes))).sum() < 2:
        return None
    before, after = (
        _surprise(float(left.mean()), len(left)),
        sum(
            _surprise(rate, many)
            for rate, many in zip(groups["rate"], groups["customers"], strict=True)
        ),
    )
    return Attribute(name, groups, (before - after - (len(groups) - 1)) / before)


def _surprise(rate: float, many: int) -> float:
    """The negative log-likelihood of `many` who leave at a rate."""
    return -many * sum(p * float(np.log(p)) for p in (rate, 1 - rate) if p > 0)


def _grouped(column: pd.Series) -> tuple[np.ndarray, pd.DataFrame] | None:
    """A group for each value where there are few, quarters of numbers where there are many.

    None for names, dates and the same for everybody.
    """
    if pd.api.types.is_datetime64_any_dtype(column):
        return None
    many = column.nunique()
    if many <= _FEW:
        codes, levels = pd.factorize(column, sort=True, use_na_sentinel=False)
        texts = [None if pd.isna(level) else _written(level) for level in levels]
        return codes, pd.DataFrame({"level": texts, "low": np.nan, "high": np.nan})
    if not pd.api.types.is_numeric_dtype(column):
        return None
    numbers = column.to_numpy(dtype=float, na_value=np.nan)
    edges = np.unique(np.nanquantile(numbers, [0.25, 0.5, 0.75]))
    codes = np.where(
        np.isnan(numbers), len(edges) + 1, np.searchsorted(edges, numbers, side="left")
    )
    bounds = pd.DataFrame(
        {"level": None, "low": [np.nan, *edges, np.nan], "high": [*edges, np.nan, np.nan]}
    )
    return codes, bounds


def _written(level: object) -> str:
    return str(int(level)) if isinstance(level, float) and level.is_integer() else str(level)
