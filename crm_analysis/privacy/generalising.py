"""What a class is said to be: a range of numbers, the month of its dates, the region of places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crm_analysis.privacy.disclosure import has_order

MISSING = "–"
_RANGE = "–"
_NAMES = 4  # that are listed; of more the first and the last are said


class Generalised:
    """A quasi-identifier as Mondrian wants it, and how a class of it is written.

    `codes` are ordered codes from 0 on. `parents` are steps of a hierarchy, from the finest: what
    each value belongs to (a city to its region, that to its country); values of one parent stand
    side by side, so that cuts fall between parents first where they can.
    """

    def __init__(
        self,
        column: pd.Series,
        parents: Sequence[Mapping[Any, Any]] = (),
    ) -> None:
        self.name = column.name
        is_missing = column.isna().to_numpy()
        levels = list(column.dropna().unique())
        self._chains = {level: _chain(level, parents) for level in levels}
        levels.sort(key=lambda level: _sorting(self._chains[level]))
        place = {level: position for position, level in enumerate(levels)}
        first = int(is_missing.any())
        codes = column.map(place).fillna(-1).to_numpy(dtype=np.int64)
        self.codes: NDArray[np.int64] = np.where(is_missing, 0, codes + first)
        self._levels = [None] * first + levels
        self._has_steps = bool(parents)
        self._is_scale = has_order(column) and not parents

    def written(self, classes: Sequence[NDArray[np.intp]]) -> list[str]:
        """What is said of each class in place of its values."""
        order, starts = np.concatenate(classes), _starts(classes)
        low = np.minimum.reduceat(self.codes[order], starts)
        high = np.maximum.reduceat(self.codes[order], starts)
        if not self._is_scale or self._levels[0] is None:
            return [self._said(np.unique(self.codes[rows])) for rows in classes]
        labels: dict[tuple[int, int], str] = {}
        for ends in zip(low.tolist(), high.tolist(), strict=True):
            if ends not in labels:
                labels[ends] = self._said(np.unique(np.array(ends)))
        return [
            labels[ends] for ends in zip(low.tolist(), high.tolist(), strict=True)
        ]

    def lost(self, classes: Sequence[NDArray[np.intp]]) -> float:
        """The share of the column's range that the class of a row spans, on average: 0 to 1."""
        places = self._places()
        width = places[-1] - places[0]
        if width == 0:
            return 0.0
        of_rows, starts = (
            places[self.codes[np.concatenate(classes)]],
            _starts(classes),
        )
        low = np.minimum.reduceat(of_rows, starts)
        high = np.maximum.reduceat(of_rows, starts)
        sizes = np.array([len(rows) for rows in classes])
        return float(((high - low) * sizes).sum() / (width * sizes.sum()))

    def _places(self) -> NDArray[np.float64]:
        """Where each value stands on its scale: numbers and days as they are, others by rank."""
        told = [level for level in self._levels if level is not None]
        if len(told) < len(self._levels) or not self._is_scale:
            return np.arange(len(self._levels), dtype=float)
        if isinstance(told[0], pd.Timestamp):
            return np.array([level.timestamp() for level in told])
        return np.array(told, dtype=float)

    def _said(self, present: NDArray[np.int64]) -> str:
        values = [self._levels[code] for code in present]
        told = [value for value in values if value is not None]
        if not told:
            return MISSING
        label = self._label(told)
        return f"{label} / {MISSING}" if len(told) < len(values) else label

    def _label(self, values: Sequence[Any]) -> str:
        if len(values) == 1:
            return _text(values[0])
        if all(isinstance(value, pd.Timestamp) for value in values):
            return _calendar(values[0], values[-1])
        if self._has_steps:
            for shared in zip(
                *(self._chains[value] for value in values), strict=True
            ):
                if len(set(shared)) == 1:
                    return _text(shared[0])
        is_number = isinstance(values[0], int | float | np.number)
        if is_number or len(values) > _NAMES:
            return f"{_text(values[0])}{_RANGE}{_text(values[-1])}"
        return ", ".join(map(_text, values))


def _starts(classes: Sequence[NDArray[np.intp]]) -> NDArray[np.intp]:
    """Where each class begins when they stand one after the other."""
    sizes = np.array([len(rows) for rows in classes], dtype=np.intp)
    return sizes.cumsum() - sizes


def _chain(level: Any, parents: Sequence[Mapping[Any, Any]]) -> tuple[Any, ...]:
    """A value and what it belongs to, step by step."""
    chain = [level]
    for step in parents:
        chain.append(step.get(chain[-1], chain[-1]))
    return tuple(chain)


def _sorting(chain: tuple[Any, ...]) -> tuple[Any, ...]:
    """The order of a value: by its highest parent first; of values without parents their own."""
    if len(chain) == 1:
        return chain
    return tuple(str(step) for step in reversed(chain))


def _text(value: Any) -> str:
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, float | np.floating):
        return f"{value:.10g}"
    return str(value)


def _calendar(first: pd.Timestamp, last: pd.Timestamp) -> str:
    """The smallest day, month, quarter or year that holds both, else the years from and to."""
    if first.date() == last.date():
        return f"{first:%Y-%m-%d}"
    if first.year != last.year:
        return f"{first.year}{_RANGE}{last.year}"
    if first.month == last.month:
        return f"{first:%Y-%m}"
    quarters = {(day.month + 2) // 3 for day in (first, last)}
    return (
        f"{first.year}-Q{quarters.pop()}" if len(quarters) == 1 else f"{first.year}"
    )
