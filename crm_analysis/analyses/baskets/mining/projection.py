"""Baskets cut to their frequent items, laid out to read all that stands before an item at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crm_analysis.analyses.baskets.mining.encoding import Baskets, numbered


@dataclass(frozen=True, eq=False)
class Projection:
    """Baskets cut to the frequent items, renumbered by falling count.

    `codes` are the entries of all baskets, one basket after another; `before` says how many entries
    of the same basket stand before each. `entries` are the positions of entries sorted by item,
    an item's own from `begins[item]` on; `tails` sums `before` over an item's entries.
    """

    size: int
    codes: np.ndarray
    before: np.ndarray
    entries: np.ndarray
    begins: np.ndarray
    tails: np.ndarray

    @classmethod
    def of(cls, baskets: Baskets, frequent: np.ndarray) -> Projection:
        """The baskets with only the items `frequent`, numbered in that order."""
        size = len(frequent)
        codes = numbered(frequent, len(baskets.names))[baskets.codes]
        starts = baskets.starts
        if size < len(baskets.names):
            is_frequent = codes >= 0
            total = np.zeros(len(codes) + 1, dtype=np.int64)
            np.cumsum(is_frequent, out=total[1:])
            codes, starts = codes.compress(is_frequent), total[starts]
        lengths = np.diff(starts)
        if bool((np.diff(frequent) < 0).any()):
            codes = _sort_within(codes, lengths, size)
        # The narrowest numbers that will do: these arrays are read in jumps, from the cache.
        codes = codes.astype(np.min_scalar_type(max(1, size - 1)))
        before = np.arange(len(codes), dtype=np.int32)
        before -= np.repeat(starts[:-1].astype(np.int32), lengths)
        entries = np.argsort(codes, kind="stable").astype(np.int32)
        begins = np.zeros(size + 1, dtype=np.int64)
        np.cumsum(np.bincount(codes, minlength=size), out=begins[1:])
        tails = np.bincount(codes, weights=before, minlength=size).astype(np.int64)
        before = before.astype(np.min_scalar_type(int(lengths.max(initial=1))))
        return cls(size, codes, before, entries, begins, tails)

    def partners(self, entries: np.ndarray, before: np.ndarray) -> np.ndarray:
        """The items that stand before these entries in their baskets, entry after entry."""
        ends = np.cumsum(before, dtype=np.int32)
        positions = np.arange(ends[-1], dtype=np.int32)
        positions += np.repeat(entries - ends, before)
        return self.codes.take(positions)


def _sort_within(codes: np.ndarray, lengths: np.ndarray, size: int) -> np.ndarray:
    """The codes of each basket in ascending order."""
    bits = int(size).bit_length()
    baskets = np.repeat(np.arange(len(lengths), dtype=np.int64), lengths)
    keys = (baskets << bits) | codes
    keys.sort(kind="stable")
    return (keys & ((1 << bits) - 1)).astype(np.int32)
