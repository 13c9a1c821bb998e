"""Frequent itemsets in one canonical order, with the way from each set to its subsets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True, eq=False)
class Lattice:
    """All frequent sets of a search: by length, then the most frequent first, then by name.

    `labels` are the item names in alphabetical order and `sets[k]` rows of k + 1 positions in it,
    ascending. A set's index counts through the lengths, which start at `begins`; `counts` go by
    index.
    """

    labels: np.ndarray
    sets: tuple[np.ndarray, ...]
    counts: np.ndarray
    begins: np.ndarray

    @classmethod
    def of(
        cls,
        names: np.ndarray,
        sets: Sequence[np.ndarray],
        counts: Sequence[np.ndarray],
    ) -> Lattice:
        """From arrays of codes into `names`; every subset of a set must be among the sets."""
        order = (
            np.argsort(names, kind="stable")
            if len(names)
            else np.empty(0, dtype=np.int64)
        )
        rank = np.argsort(order).astype(np.int32)
        ordered, totals = [], []
        for codes, count in zip(sets, counts, strict=True):
            rows = np.sort(rank[codes], axis=1)
            positions = np.lexsort((*_sort_keys(rows, len(names)), -count))
            ordered.append(rows[positions])
            totals.append(count[positions].astype(np.int64))
        lengths = [len(rows) for rows in ordered]
        begins = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        joined = np.concatenate(totals) if totals else np.empty(0, dtype=np.int64)
        return cls(names[order], tuple(ordered), joined, begins)

    @cached_property
    def subsets(self) -> tuple[np.ndarray, ...]:
        """`subsets[k][s, p]` is the index of set s of k + 1 items without its p-th item."""
        return _subsets(self.sets, self.begins, len(self.labels))

    def __len__(self) -> int:
        return int(self.begins[-1])

    @property
    def singles(self) -> np.ndarray:
        """The positions of the items that are frequent alone, by index."""
        return self.sets[0][:, 0] if self.sets else np.empty(0, dtype=np.int64)

    @property
    def lengths(self) -> np.ndarray:
        """How many items each set has."""
        return np.repeat(np.arange(1, len(self.sets) + 1), np.diff(self.begins))

    def tuples(self) -> np.ndarray:
        """Each set as a tuple of names, by index."""
        tuples = np.empty(len(self), dtype=object)
        for rows, begin in zip(self.sets, self.begins, strict=False):
            columns = (self.labels[column].tolist() for column in rows.T)
            tuples[begin : begin + len(rows)] = list(zip(*columns, strict=True))
        return tuples

    def closed(self) -> np.ndarray:
        """Which sets no larger set equals in count."""
        closed = np.ones(len(self), dtype=bool)
        for length, subsets in enumerate(self.subsets[1:], start=1):
            own = self.counts[self.begins[length] : self.begins[length + 1], None]
            closed[subsets[self.counts[subsets] == own]] = False
        return closed

    def maximal(self) -> np.ndarray:
        """Which sets are part of no larger frequent set."""
        maximal = np.ones(len(self), dtype=bool)
        for subsets in self.subsets[1:]:
            maximal[subsets] = False
        return maximal

    def cut(self, max_length: int | None) -> Lattice:
        """Without the sets longer than that."""
        if max_length is None or len(self.sets) <= max_length:
            return self
        end = int(self.begins[max_length])
        return Lattice(
            self.labels,
            self.sets[:max_length],
            self.counts[:end],
            self.begins[: max_length + 1],
        )


def _sort_keys(rows: np.ndarray, names: int) -> list[np.ndarray]:
    """Sort keys of rows, the last counting most: several columns in a number while they fit."""
    bits = max(1, int(names).bit_length())
    columns_a_key = max(1, 62 // bits)
    keys = []
    for low in range(0, rows.shape[1], columns_a_key):
        key = np.zeros(len(rows), dtype=np.int64)
        for column in rows[:, low : low + columns_a_key].T:
            key = (key << bits) | column
        keys.append(key)
    return keys[::-1]


def _subsets(
    sets: Sequence[np.ndarray], begins: np.ndarray, names: int
) -> tuple[np.ndarray, ...]:
    """Subsets are looked up by a sum of random numbers, one an item.

    The numbers are drawn again until no two sets of a length agree.
    """
    for seed in range(64):
        marks = np.random.default_rng(seed).integers(
            0, 1 << 63, size=names, dtype=np.uint64
        )
        sums = [marks[rows].sum(axis=1, dtype=np.uint64) for rows in sets]
        orders = [np.argsort(of_length) for of_length in sums]
        ranked = [
            of_length[order] for of_length, order in zip(sums, orders, strict=True)
        ]
        if all((values[1:] != values[:-1]).all() for values in ranked):
            break
    else:  # pragma: no cover - 64 draws of 64 bits
        raise AssertionError("no draw tells the itemsets apart")
    subsets = [np.empty((len(rows), 0), dtype=np.int64) for rows in sets[:1]]
    for length in range(1, len(sets)):
        wanted = sums[length][:, None] - marks[sets[length]]
        # A subset is always there and all sums differ, so the place found is the subset's own.
        position = np.searchsorted(ranked[length - 1], wanted)
        subsets.append(orders[length - 1][position] + begins[length - 1])
    return tuple(subsets)
