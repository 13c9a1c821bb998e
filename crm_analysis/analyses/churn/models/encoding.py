"""Features as a matrix, learnt inside each fold: filled, clipped, scaled, rare levels together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin

MISSING, OTHER = "\x00missing", "\x00other"
_SKEWED = 2.0
_BEYOND = 6.0  # standard deviations at which a scaled number is cut off


@dataclass
class _Part:
    """How one feature becomes columns of the matrix.

    `kind`: "number", "category", "bins" or "empty". `levels`: of a category or of bins; of a
    number, MISSING where gaps have a column of their own.
    """

    name: str
    kind: str
    levels: list[str] = field(default_factory=list)
    fill: float = 0.0
    log: bool = False
    centre: float = 0.0
    spread: float = 1.0
    edges: list[float] = field(default_factory=list)

    @property
    def columns(self) -> list[str]:
        """The level each column of the matrix stands for; "" for the number itself."""
        return ["", *self.levels] if self.kind == "number" else self.levels


class Encoder(TransformerMixin, BaseEstimator):
    """A table of features (numbers as float, categories as category) → a matrix.

    Nothing is learnt but from the rows it is fitted on.

    - `style` "linear": numbers filled with the median, very skew ones on a log scale, standardised
      and cut off at six deviations, with a column that says where a value was missing; "tree":
      numbers as they are, gaps left as gaps; "bins": numbers cut at quantiles into `bins` cells,
      each yes or no.
    - Categories become a column a level in all of them: levels of fewer than `rarest` rows, those
      beyond the `levels` most frequent, and those never seen are one level together.
    - `columns_`, after fitting: a (feature, level) for each column of the matrix: level "" for a
      number itself, MISSING and OTHER for what was missing and for the rare ones, "lo – hi" for a
      bin.
    """

    def __init__(
        self,
        style: Literal["linear", "tree", "bins"] = "linear",
        rarest: int = 10,
        levels: int = 25,
        bins: int = 8,
    ) -> None:
        self.style = style
        self.rarest = rarest
        self.levels = levels
        self.bins = bins

    def fit(self, table: pd.DataFrame, y: object = None) -> Self:
        """Learn from these rows."""
        self.parts_ = [
            self._learn(table[name], str(name)) for name in table.columns
        ]
        if not any(part.columns for part in self.parts_):
            # An estimator wants one column, be it of gaps.
            self.parts_[0] = _Part(self.parts_[0].name, "number")
        self.columns_ = [
            (part.name, level) for part in self.parts_ for level in part.columns
        ]
        return self

    def transform(self, table: pd.DataFrame) -> np.ndarray:
        """The matrix, a row a row of the table; float32 for trees and bins."""
        dtype = np.float64 if self.style == "linear" else np.float32
        matrix = np.zeros((len(table), len(self.columns_)), dtype=dtype)
        first = 0
        for part in self.parts_:
            width = len(part.columns)
            if part.kind == "number":
                self._fill_number(
                    matrix[:, first : first + width], table[part.name], part
                )
            elif width:
                position_of = _level if part.kind == "category" else _bin
                position = position_of(table[part.name], part)
                rows = np.flatnonzero(position >= 0)
                matrix[rows, first + position[rows]] = 1.0
            first += width
        return matrix

    def _fill_number(
        self, columns: np.ndarray, feature: pd.Series, part: _Part
    ) -> None:
        numbers = _numbers(feature)
        missing = np.isnan(numbers)
        if self.style == "tree":
            only_column = len(self.columns_) == 1
            columns[:, 0] = np.nan_to_num(numbers) if only_column else numbers
            return
        values = _logged(np.where(missing, part.fill, numbers), part.log)
        columns[:, 0] = np.clip(
            (values - part.centre) / part.spread, -_BEYOND, _BEYOND
        )
        columns[:, 1:] = missing[:, None]

    def _learn(self, feature: pd.Series, name: str) -> _Part:
        if isinstance(feature.dtype, pd.CategoricalDtype):
            return self._learn_category(feature, name)
        numbers = _numbers(feature)
        known = numbers[~np.isnan(numbers)]
        if not len(known):
            return _Part(name, "empty")  # these rows know nothing of it: no column
        if self.style == "tree":
            return _Part(name, "number")
        missing = [MISSING] if len(known) < len(numbers) else []
        if self.style == "bins":
            shares = np.linspace(0, 1, self.bins + 1)[1:-1]
            edges = np.unique(np.quantile(known, shares)).tolist()
            ends = [f"{float(edge):.6g}" for edge in edges]
            bins = [
                f"{lo} – {hi}"
                for lo, hi in zip(["", *ends], [*ends, ""], strict=True)
            ]
            return _Part(name, "bins", bins + missing, edges=edges)
        median, log = float(np.median(known)), _wants_log(known)
        filled = _logged(np.where(np.isnan(numbers), median, numbers), log)
        centre, spread = float(filled.mean()), float(filled.std()) or 1.0
        return _Part(name, "number", missing, median, log, centre, spread)

    def _learn_category(self, feature: pd.Series, name: str) -> _Part:
        categories = feature.cat.categories
        missing, *counts = np.bincount(
            feature.cat.codes + 1, minlength=len(categories) + 1
        )
        minimum = min(self.rarest, max(1, len(feature) // 50))
        order = np.argsort(-np.array(counts, dtype=np.int64), kind="stable")[
            : self.levels
        ]
        frequent = [int(code) for code in order if counts[code] >= minimum]
        levels = [str(categories[code]) for code in frequent]
        if sum(counts) > sum(counts[code] for code in frequent):
            levels.append(OTHER)
        if missing:
            levels.append(MISSING)
        return _Part(name, "category", levels)


def _numbers(feature: pd.Series) -> np.ndarray:
    return feature.to_numpy(dtype=np.float64, na_value=np.nan)


def _logged(values: np.ndarray, log: bool) -> np.ndarray:
    return np.sign(values) * np.log1p(np.abs(values)) if log else values


def _wants_log(values: np.ndarray) -> bool:
    if values.min() == values.max() or len(np.unique(values[:5000])) < 4:
        return False
    skewness = _skewness(values)
    return bool(
        skewness > _SKEWED and abs(_skewness(_logged(values, True))) < skewness
    )


def _skewness(values: np.ndarray) -> float:
    return float((((values - values.mean()) / (values.std() or 1.0)) ** 3).mean())


def _level(feature: pd.Series, part: _Part) -> np.ndarray:
    """The position in the levels of each row's category: −1 for none of them."""
    levels = part.levels
    other = levels.index(OTHER) if OTHER in levels else -1
    missing = levels.index(MISSING) if MISSING in levels else other
    position = {
        level: index
        for index, level in enumerate(levels)
        if level not in (OTHER, MISSING)
    }
    by_code = [
        position.get(str(category), other) for category in feature.cat.categories
    ]
    return np.array([*by_code, missing])[
        feature.cat.codes.to_numpy()
    ]  # code −1 is the last


def _bin(feature: pd.Series, part: _Part) -> np.ndarray:
    """The bin of each row's number: −1 where that is missing and has no bin of its own."""
    numbers = _numbers(feature)
    missing = part.levels.index(MISSING) if MISSING in part.levels else -1
    cell = np.searchsorted(
        np.array(part.edges), np.nan_to_num(numbers), side="right"
    )
    return np.where(np.isnan(numbers), missing, cell)
