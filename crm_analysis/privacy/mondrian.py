"""Classes of rows that cannot be told apart: strict Mondrian (LeFevre, DeWitt & Ramakrishnan 2006).

Rows are cut in two at the middle of the column in which they lie widest apart, as long as both
halves have enough rows, and enough different values of what is sensitive.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int64]
Rows = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Rule:
    """What a class must have: rows, different sensitive values, a likeness to the whole.

    `sensitive` are codes from 0 on; None where nothing is. `distance` is how far the sensitive
    values of some rows are from those of all; it is at most `t`.
    """

    k: int
    l: int = 1  # noqa: E741  # the letter of the literature
    sensitive: Codes | None = None
    t: float = 1.0
    distance: Callable[[Codes], float] | None = None

    def holds(self, rows: Rows) -> bool:
        """Whether these rows may be a class."""
        if len(rows) < self.k:
            return False
        if self.sensitive is None:
            return True
        values = self.sensitive[rows]
        if self.l > 1 and not _has_several(values, self.l):
            return False
        return self.distance is None or self.distance(values) <= self.t


def _has_several(values: Codes, number: int) -> bool:
    # Most classes show it in their first rows, which spares sorting them all.
    if len(np.unique(values[: 4 * number])) >= number:
        return True
    return len(np.unique(values)) >= number


def partition(columns: Codes, rule: Rule) -> list[Rows]:
    """The classes of the rows of a table.

    Parameters
    ----------
    columns
        A row a row of the table, a column a quasi-identifier, as ordered codes from 0 on.
    rule
        What each class must have. All rows together must have it, else they are one class that
        does not.
    """
    width = np.maximum(columns.max(axis=0) - columns.min(axis=0), 1)
    waiting: list[Rows] = [np.arange(len(columns))]
    classes: list[Rows] = []
    while waiting:
        rows = waiting.pop()
        halves = _halves(columns, rows, rule, width)
        if halves is None:
            classes.append(rows)
        else:
            waiting.extend(halves)
    return classes


def _halves(
    columns: Codes, rows: Rows, rule: Rule, width: Codes
) -> tuple[Rows, Rows] | None:
    """The rows in two, by the first column from the widest on where that may be done."""
    if len(rows) < 2 * rule.k:
        return None
    values = columns[rows]
    spread = (values.max(axis=0) - values.min(axis=0)) / width
    for place in np.argsort(-spread, kind="stable"):
        if spread[place] == 0:
            break
        cut = _cut(values[:, place], rule.k)
        if cut is None:
            continue
        is_low = values[:, place] < cut
        low, high = rows[is_low], rows[~is_low]
        if rule.holds(low) and rule.holds(high):
            return low, high
    return None


def _cut(values: Codes, k: int) -> int | None:
    """The value at which the upper half begins, nearest to the middle; None where none may."""
    ordered = np.sort(values)
    count = len(ordered)
    middle = ordered[count // 2]
    # Equal values stay together: the upper half begins with all of the middle value, or after it.
    before = int(np.searchsorted(ordered, middle, side="left"))
    after = int(np.searchsorted(ordered, middle, side="right"))
    fitting = [
        start
        for start in sorted((before, after), key=lambda at: abs(at - count / 2))
        if k <= start <= count - k
    ]
    return int(ordered[fitting[0]]) if fitting else None
