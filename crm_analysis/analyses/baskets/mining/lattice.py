"""Frequent itemsets in one canonical order, with the way from each set to its subsets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

__all__ = ["Lattice"]


@dataclass(frozen=True, eq=False)
class Lattice:
    """All frequent sets of a search: by length, then the most frequent first, then by name.

    `labels` are the item names in alphabetical order and `sets[k]` rows of k + 1 places in it, ascending. A set's index counts
    through the lengths; `counts` go by index.
    """

    labels: np.ndarray
    sets: tuple[np.ndarray, ...]
    counts: np.ndarray
    begins: np.ndarray

    @classmethod
    def of(
        cls, names: np.ndarray, sets: Sequence[np.ndarray], counts: Sequence[np.ndarray]
    ) -> Lattice:
        """From arrays of codes into `names`; every subset of a set must be among the sets, whatever the order."""
        order = np.argsort(names, kind="stable") if len(names) else np.empty(0, dtype=np.int64)
        rank = np.empty(len(names), dtype=np.int32)
        rank[order] = np.arange(len(names), dtype=np.int32)
        ordered, totals = [], []
        for codes, count in zip(sets, counts, strict=True):
            rows = np.sort(rank[codes], axis=1)
            places = np.lexsort((*_packed(rows, len(names)), -count))
            ordered.append(rows[places])
            totals.append(count[places].astype(np.int64))
        begins = np.concatenate([[0], np.cumsum([len(one) for one in ordered])]).astype(np.int64)
        return cls(
            names[order],
            tuple(ordered),
            np.concatenate(totals) if totals else np.empty(0, dtype=np.int64),
            begins,
        )

    @cached_property
    def lesser(self) -> tuple[np.ndarray, ...]:
        """`lesser[k][s, p]` is the index of set s of k + 1 items without its p-th item; worked out when first asked for."""
        return _lesser(list(self.sets), self.begins, len(self.labels))

    def __len__(self) -> int:
        return int(self.begins[-1])

    @property
    def lengths(self) -> np.ndarray:
        """How many items each set has."""
        return np.repeat(np.arange(1, len(self.sets) + 1), np.diff(self.begins))

    def tuples(self) -> np.ndarray:
        """Each set as a tuple of names, by index."""
        found = np.empty(len(self), dtype=object)
        found[:] = [
            row
            for rows in self.sets
            for row in zip(*(self.labels[column].tolist() for column in rows.T), strict=True)
        ]
        return found

    def closed(self) -> np.ndarray:
        """Which sets no larger set equals in count."""
        mark = np.ones(len(self), dtype=bool)
        for length, lesser in enumerate(self.lesser[1:], start=1):
            own = self.counts[self.begins[length] : self.begins[length + 1], None]
            mark[lesser[self.counts[lesser] == own]] = False
        return mark

    def maximal(self) -> np.ndarray:
        """Which sets are part of no larger frequent set."""
        mark = np.ones(len(self), dtype=bool)
        for lesser in self.lesser[1:]:
            mark[lesser] = False
        return mark

    def cut(self, max_length: int | None) -> Lattice:
        """Without the sets longer than that."""
        if max_length is None or len(self.sets) <= max_length:
            return self
        end = int(self.begins[max_length])
        return Lattice(
            self.labels, self.sets[:max_length], self.counts[:end], self.begins[: max_length + 1]
        )


def _packed(rows: np.ndarray, names: int) -> list[np.ndarray]:
    """Sort keys of rows, the least important first: several columns in one number as long as they fit."""
    bits = max(1, int(names).bit_length())
    each = max(1, 62 // bits)
    keys = []
    for low in range(0, rows.shape[1], each):
        key = np.zeros(len(rows), dtype=np.int64)
        for column in rows[:, low : low + each].T:
            key = (key << bits) | column
        keys.append(key)
    return keys[::-1]


def _lesser(sets: list[np.ndarray], begins: np.ndarray, names: int) -> tuple[np.ndarray, ...]:
    """Subsets are looked up by a sum of random numbers, one an item; the numbers are drawn again until no two sets of a length agree."""
    for seed in range(64):
        marks = np.random.default_rng(seed).integers(0, 1 << 63, size=names, dtype=np.uint64)
        sums = [marks[rows].sum(axis=1, dtype=np.uint64) for rows in sets]
        orders = [np.argsort(one) for one in sums]
        ranked = [one[order] for one, order in zip(sums, orders, strict=True)]
        if all((one[1:] != one[:-1]).all() for one in ranked):
            break
    else:  # pragma: no cover - 64 draws of 64 bits
        raise AssertionError("no draw tells the itemsets apart")
    found = [np.empty((len(rows), 0), dtype=np.int64) for rows in sets[:1]]
    for length in range(1, len(sets)):
        wanted = sums[length][:, None] - marks[sets[length]]
        # A subset is always there and all sums differ, so the place found is the subset's own.
        found.append(
            orders[length - 1][np.searchsorted(ranked[length - 1], wanted)] + begins[length - 1]
        )
    return tuple(found)
