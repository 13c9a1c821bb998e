"""How well the persons of a table are hidden: k, l, t, the risk of each row, what is lost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

_CELLS = 2_000_000
SUPPRESSED = "*"  # in every quasi-identifier of a row of which nothing is told


@dataclass(frozen=True, eq=False)
class Disclosure:
    """What somebody can find out who knows the quasi-identifiers of a person.

    Attributes
    ----------
    rows, suppressed
        How many rows are told of, and of how many nothing is.
    classes
        How many groups of rows that look alike.
    k
        The rows of the smallest class (Sweeney 2002); 0 without a class.
    l
        The fewest different sensitive values in a class (Machanavajjhala et al. 2007); None where
        nothing is sensitive.
    t
        The largest distance between the sensitive values of a class and of all rows (Li, Li &
        Venkatasubramanian 2007): earth mover's, 0 to 1; None where nothing is sensitive.
    average_risk, highest_risk
        The chance to pick the right row of a class: its mean over the rows, and 1 / k; NaN
        without a class.
    """

    rows: int
    suppressed: int
    classes: int
    k: int
    l: int | None  # noqa: E741  # the letter of the literature
    t: float | None
    average_risk: float
    highest_risk: float


def disclosure(
    table: pd.DataFrame, quasi: list[str], sensitive: str | None = None
) -> Disclosure:
    """How well the persons of a table are hidden.

    Rows that say "*" in every quasi-identifier are suppressed: they are no class.
    """
    is_told = ~(table[quasi].astype(str) == SUPPRESSED).all(axis=1)
    told = table[is_told]
    suppressed = int((~is_told).sum())
    if told.empty:
        nothing = None if sensitive is None else 0
        return Disclosure(
            0,
            suppressed,
            0,
            0,
            nothing,
            None if sensitive is None else 0.0,
            float("nan"),
            float("nan"),
        )
    groups = told.groupby(quasi, observed=True, sort=False, dropna=False)
    numbers = groups.ngroup().to_numpy()
    sizes = np.bincount(numbers)
    return Disclosure(
        len(told),
        suppressed,
        len(sizes),
        int(sizes.min()),
        None if sensitive is None else _fewest(numbers, told[sensitive]),
        None if sensitive is None else _farthest(numbers, told[sensitive]),
        len(sizes) / len(told),
        1 / int(sizes.min()),
    )


def _fewest(numbers: NDArray[np.intp], sensitive: pd.Series) -> int:
    pairs = pd.DataFrame({"class": numbers, "value": pd.factorize(sensitive)[0]})
    return int(pairs.drop_duplicates().groupby("class").size().min())


def _farthest(numbers: NDArray[np.intp], sensitive: pd.Series) -> float:
    codes = ordered_codes(sensitive)
    away = Distance(codes, is_ordered=has_order(sensitive))
    order = np.argsort(numbers, kind="stable")
    numbers, codes = numbers[order], codes[order]
    # Some classes at a time, so that their counts are a table of a sensible size.
    together = max(1, _CELLS // away.levels)
    farthest = 0.0
    for first in range(0, int(numbers[-1]) + 1, together):
        start, end = np.searchsorted(numbers, [first, first + together])
        places = (numbers[start:end] - first) * away.levels + codes[start:end]
        counts = np.bincount(places, minlength=together * away.levels)
        counts = counts.reshape(together, away.levels)
        present = counts.sum(axis=1) > 0
        farthest = max(farthest, float(away.of_counts(counts[present]).max()))
    return farthest


def has_order(column: pd.Series) -> bool:
    """Whether some values of a column are nearer to each other than others."""
    return bool(
        pd.api.types.is_numeric_dtype(column)
        and not pd.api.types.is_bool_dtype(column)
    ) or bool(pd.api.types.is_datetime64_any_dtype(column))


def ordered_codes(column: pd.Series) -> NDArray[np.int64]:
    """The values of a column as codes from 0 on, in their order; what is missing comes first."""
    is_missing = column.isna().to_numpy()
    codes = pd.factorize(column, sort=True)[0].astype(np.int64)
    return codes + 1 if is_missing.any() else codes


class Distance:
    """How far the values of some rows are from those of all: earth mover's distance, 0 to 1.

    Between ordered values the way is their distance in rank, between others it is 1.
    """

    def __init__(self, codes: NDArray[np.int64], *, is_ordered: bool) -> None:
        self.levels = int(codes.max()) + 1
        self._of_all = np.bincount(codes, minlength=self.levels) / len(codes)
        self._is_ordered = is_ordered

    def __call__(self, codes: NDArray[np.int64]) -> float:
        """The distance of the rows with these codes."""
        counts = np.bincount(codes, minlength=self.levels)
        return float(self.of_counts(counts[None, :])[0])

    def of_counts(self, counts: NDArray[np.int64]) -> NDArray[np.float64]:
        """The distances of groups, of each a row with how many of each value it has."""
        if self.levels == 1:
            return np.zeros(len(counts))
        shares = counts / counts.sum(axis=1, keepdims=True)
        difference = shares - self._of_all
        if not self._is_ordered:
            return np.asarray(np.abs(difference).sum(axis=1) / 2)
        ways = np.abs(difference.cumsum(axis=1)).sum(axis=1)
        return np.asarray(ways / (self.levels - 1))
