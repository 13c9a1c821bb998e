"""Features as a matrix, learnt inside each fold: filling, clipping, scaling, levels of categories with the rare ones together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin

__all__ = ["MISSING", "OTHER", "Encoder"]

MISSING, OTHER = "\x00missing", "\x00other"
_SKEWED = 2.0
_BEYOND = 6.0  # standard deviations at which a scaled number is cut off


@dataclass
class _Part:
    """How one feature becomes columns of the matrix."""

    name: str
    kind: str
    levels: list[str] = field(default_factory=list)
    fill: float = 0.0
    log: bool = False
    centre: float = 0.0
    spread: float = 1.0
    edges: list[float] = field(default_factory=list)


class Encoder(TransformerMixin, BaseEstimator):
    """A table of features (numbers as float, categories as category) → a matrix; nothing is learnt but from the rows it is fitted on.

    `style` "linear": numbers filled with the median, very skew ones on a log scale, standardised and cut off at six deviations, with a
    column that says where a value was missing; "tree": numbers as they are, gaps left as gaps; "bins": numbers cut at quantiles, every cell
    yes or no. Categories become a column a level in all of them: levels of fewer than `rarest` rows, those beyond the `levels` most frequent,
    and those never seen are one level together. After fitting `columns_` has a (feature, level) for each column of the matrix: level "" for a
    number itself, MISSING and OTHER for what was missing and for the rare ones, "lo – hi" for a bin.
    """

    def __init__(
        self,
        style: Literal["linear", "tree", "bins"] = "linear",
        rarest: int = 10,
        levels: int = 25,
    ) -> None:
        self.style = style
        self.rarest = rarest
        self.levels = levels

    def fit(self, table: pd.DataFrame, y: object = None) -> Self:
        """Learn from these rows."""
        self.parts_ = [self._learn(table[name], str(name)) for name in table.columns]
        if not any(self._levels(part) for part in self.parts_):
            self.parts_[0] = _Part(
                self.parts_[0].name, "number"
            )  # an estimator wants one column, be it of gaps
        self.columns_ = [(part.name, level) for part in self.parts_ for level in self._levels(part)]
        return self

    def transform(self, table: pd.DataFrame) -> np.ndarray:
        """The matrix, a row a row of the table; float32 for trees and bins."""
        matrix = np.zeros(
            (len(table), len(self.columns_)),
            dtype=np.float64 if self.style == "linear" else np.float32,
        )
        at = 0
        for part in self.parts_:
            width = len(self._levels(part))
            if not width:
                continue
            if part.kind == "category":
                place = _place(table[part.name], part.levels)
            elif part.kind == "bins":
                place = _bin(_numbers(table[part.name]), part)
            else:
                self._fill(matrix, at, _numbers(table[part.name]), part)
                at += width
                continue
            rows = np.flatnonzero(place >= 0)
            matrix[rows, at + place[rows]] = 1.0
            at += width
        return matrix

    def _levels(self, part: _Part) -> list[str]:
        if part.kind == "empty":
            return []
        return part.levels if part.kind in ("category", "bins") else ["", *part.levels]

    def _fill(self, matrix: np.ndarray, at: int, numbers: np.ndarray, part: _Part) -> None:
        if self.style == "tree":
            matrix[:, at] = numbers if len(self.columns_) > 1 else np.nan_to_num(numbers)
            return
        gone = np.isnan(numbers)
        values = _logged(np.where(gone, part.fill, numbers), part.log)
        matrix[:, at] = np.clip((values - part.centre) / part.spread, -_BEYOND, _BEYOND)
        if part.levels:
            matrix[:, at + 1] = gone

    def _learn(self, column: pd.Series, name: str) -> _Part:
        if isinstance(column.dtype, pd.CategoricalDtype):
            codes = column.cat.codes.to_numpy()
            counts = np.bincount(codes + 1, minlength=len(column.cat.categories) + 1)
            order = np.argsort(-counts[1:], kind="stable")
            least = min(self.rarest, max(1, len(column) // 50))
            kept = [int(at) for at in order[: self.levels] if counts[1:][at] >= least]
            levels = [str(column.cat.categories[at]) for at in kept]
            if counts[1:].sum() > counts[1:][kept].sum():
                levels.append(OTHER)
            return _Part(name, "category", [*levels, MISSING] if counts[0] else levels)
        numbers = _numbers(column)
        known = numbers[~np.isnan(numbers)]
        if not len(known):
            return _Part(name, "empty")  # these rows know nothing of it: no column
        if self.style == "tree":
            return _Part(name, "number")
        levels = [MISSING] if len(known) < len(numbers) else []
        if self.style == "bins":
            edges = np.unique(np.quantile(known, np.linspace(0, 1, 9)[1:-1])).tolist()
            bounds = [f"{float(edge):.6g}" for edge in edges]
            return _Part(
                name,
                "bins",
                [f"{lo} – {hi}" for lo, hi in zip(["", *bounds], [*bounds, ""], strict=True)]
                + levels,
                edges=edges,
            )
        log = _wants_log(known)
        filled = _logged(np.where(np.isnan(numbers), np.median(known), numbers), log)
        return _Part(
            name,
            "number",
            levels,
            float(np.median(known)),
            log,
            float(filled.mean()),
            float(filled.std()) or 1.0,
        )


def _numbers(column: pd.Series) -> np.ndarray:
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def _logged(values: np.ndarray, log: bool) -> np.ndarray:
    return np.sign(values) * np.log1p(np.abs(values)) if log else values


def _wants_log(known: np.ndarray) -> bool:
    if known.min() == known.max() or len(np.unique(known[:5000])) < 4:
        return False
    return bool(_skew(known) > _SKEWED and abs(_skew(_logged(known, True))) < _skew(known))


def _skew(values: np.ndarray) -> float:
    centred = (values - values.mean()) / (values.std() or 1.0)
    return float((centred**3).mean())


def _place(column: pd.Series, levels: list[str]) -> np.ndarray:
    """Which level each row has: −1 for none of them."""
    other = levels.index(OTHER) if OTHER in levels else -1
    gone = levels.index(MISSING) if MISSING in levels else other
    where = {level: at for at, level in enumerate(levels) if level not in (OTHER, MISSING)}
    of_code = np.array(
        [*(where.get(str(level), other) for level in column.cat.categories), gone]
    )  # code −1 is the last
    return of_code[column.cat.codes.to_numpy()]


def _bin(numbers: np.ndarray, part: _Part) -> np.ndarray:
    gone = np.isnan(numbers)
    place = np.searchsorted(np.array(part.edges), np.nan_to_num(numbers), side="right")
    return np.where(gone, part.levels.index(MISSING) if MISSING in part.levels else -1, place)
