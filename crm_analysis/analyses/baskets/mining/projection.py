"""Baskets cut to their frequent items, laid out so that what stands before an item in its baskets is read in one go."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crm_analysis.analyses.baskets.mining.encoding import Baskets

__all__ = ["Projection"]


@dataclass(frozen=True, eq=False)
class Projection:
    """Baskets cut to the frequent items, renumbered by falling count, with the way from an item to its entries."""

    size: int
    codes: np.ndarray
    before: np.ndarray  # how many entries of the same basket stand before each
    entries: np.ndarray  # entries sorted by item
    begins: np.ndarray  # where an item's entries begin in `entries`
    tails: np.ndarray  # entries before an item's entries, summed

    @classmethod
    def of(cls, baskets: Baskets, frequent: np.ndarray) -> Projection:
        """The baskets with only the items `frequent`, numbered in that order."""
        size = len(frequent)
        code = np.full(len(baskets.names), -1, dtype=np.int32)
        code[frequent] = np.arange(size, dtype=np.int32)
        codes = code[baskets.codes]
        starts = baskets.starts
        if size < len(baskets.names):
            kept = codes >= 0
            total = np.zeros(len(codes) + 1, dtype=np.int64)
            np.cumsum(kept, out=total[1:])
            codes, starts = codes.compress(kept), total[starts]
        lengths = np.diff(starts)
        if bool((np.diff(frequent) < 0).any()):
            codes = _sort_within(codes, lengths, size)
        # The narrowest numbers that will do: these arrays are read in jumps, and should lie in the cache.
        codes = codes.astype(np.min_scalar_type(max(1, size - 1)))
        before = np.arange(len(codes), dtype=np.int32)
        before -= np.repeat(starts[:-1].astype(np.int32), lengths)
        entries = np.argsort(codes, kind="stable").astype(np.int32)
        begins = np.zeros(size + 1, dtype=np.int64)
        np.cumsum(np.bincount(codes, minlength=size), out=begins[1:])
        tails = np.bincount(codes, weights=before, minlength=size).astype(np.int64)
        before = before.astype(np.min_scalar_type(int(lengths.max(initial=1))))
        return cls(size, codes, before, entries, begins, tails)

    def partners(self, at: np.ndarray, before: np.ndarray) -> np.ndarray:
        """The items that stand before the entries `at` in their baskets, entry after entry."""
        ends = np.cumsum(before, dtype=np.int32)
        places = np.arange(ends[-1], dtype=np.int32)
        places += np.repeat(at - ends, before)
        return self.codes.take(places)


def _sort_within(codes: np.ndarray, lengths: np.ndarray, size: int) -> np.ndarray:
    bits = int(size).bit_length()
    keys = (np.repeat(np.arange(len(lengths), dtype=np.int64), lengths) << bits) | codes
    keys.sort(kind="stable")
    return (keys & ((1 << bits) - 1)).astype(np.int32)
