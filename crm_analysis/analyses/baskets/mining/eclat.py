"""Eclat on bit sets: every frequent itemset, exactly, from the baskets that hold its rarest item.

Vertical mining (Zaki 2000) in the layout that numpy likes. Items are numbered from the most to the
least bought. For an item, only the baskets that hold it matter, and in them only the items bought
more often: this conditional database (the idea of FP-Growth and LCM) is written as one bit set an
item, so an itemset costs as many machine words as 64 go into the baskets of its rarest item, and a
whole class of candidates is intersected and counted by a few calls.

Classes are walked so that the subsets of a set always come before it. What is there when time or
room runs out is therefore a true answer to a smaller question: counts are exact and every subset is
there.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from crm_analysis.analyses.baskets.mining.classes import (
    Block,
    climb,
    positions_in_class,
)
from crm_analysis.analyses.baskets.mining.encoding import Baskets, numbered
from crm_analysis.analyses.baskets.mining.search import (
    Mined,
    MiningLimits,
    Search,
)
from crm_analysis.jobs import Progress, no_progress


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
    bits = int(size).bit_length()
    baskets = np.repeat(np.arange(len(lengths), dtype=np.int64), lengths)
    keys = (baskets << bits) | codes
    keys.sort(kind="stable")
    return (keys & ((1 << bits) - 1)).astype(np.int32)


_ENTRIES = 1 << 18  # basket entries looked at together
_DENSE = 1 << 25  # bytes of a not yet packed batch of bit sets
_MATRIX = (
    8192  # up to so many items, which pairs are frequent is written in a matrix
)


def mine(
    baskets: Baskets,
    minimum: int,
    limits: MiningLimits | None = None,
    progress: Progress = no_progress,
) -> Mined:
    """Every itemset that `minimum` baskets hold, singles too; a bounded answer at a limit."""
    frequent = np.flatnonzero(baskets.counts >= minimum)
    # Rarest last by the true count; the codes of `baskets` are only nearly in that order.
    frequent = frequent[np.argsort(-baskets.counts[frequent], kind="stable")]
    limits = limits or MiningLimits()
    deadline = limits.clock() + limits.seconds
    search = Search(
        minimum,
        limits.max_length or float("inf"),
        limits.itemsets,
        deadline,
        progress,
        limits.clock,
    )
    search.add(frequent[:, None].astype(np.int32), baskets.counts[frequent])
    frequent = frequent[: search.size]
    finished = 0 if search.stopped_by else len(frequent)
    if search.max_length > 1 and len(frequent) > 1 and not search.stopped_by:
        finished = _Walk(Projection.of(baskets, frequent), search).finish()
    return _mined(search, frequent.astype(np.int32), finished)


def _mined(search: Search, frequent: np.ndarray, finished: int) -> Mined:
    """The sets of a search, in the codes of the baskets; lengths that hold none are not listed."""
    sets, counts = [], []
    for length, (set_parts, count_parts) in enumerate(
        zip(search.sets, search.counts, strict=True)
    ):
        if length > 0 and not sum(map(len, count_parts)):
            break
        rows = np.concatenate(set_parts)
        sets.append(rows if length == 0 else frequent[rows])
        counts.append(np.concatenate(count_parts))
    return Mined(sets, counts, search.stopped_by, finished)


class _Walk:
    def __init__(self, base: Projection, search: Search) -> None:
        self._base = base
        self._search = search
        small = base.size <= _MATRIX
        self._frequent_pairs = (
            np.zeros((base.size, base.size), dtype=bool) if small else None
        )

    def finish(self) -> int:
        """Walk, a few items at a time; how many items were finished."""
        base, search = self._base, self._search
        support = np.diff(base.begins)
        work = np.cumsum(base.tails)
        total = max(1, int(base.tails.sum()))
        first = 1
        while first < base.size:
            last = first + 1
            while (
                last < base.size
                and work[last] - work[first - 1] <= _ENTRIES
                and support[last] * 4 > support[first]
                and (last - first) * base.size < _ENTRIES * 16
            ):
                last += 1
            if not self._pairs(first, last):
                return first
            search.share = float(work[last - 1] / total)
            if not search.goes_on():
                return first
            first = last
        return base.size

    def _pairs(self, first: int, last: int) -> bool:
        """Frequent pairs whose rarer item is among `first` … `last` - 1, and all above them.

        False where a limit ended it.
        """
        base = self._base
        entries = base.entries[base.begins[first] : base.begins[last]]
        before = base.before.take(entries)
        entries_an_item = np.diff(base.begins[first : last + 1])
        own = np.repeat(np.arange(last - first, dtype=np.int32), entries_an_item)
        has_partner = before > 0
        entries, before, own = (
            values.compress(has_partner) for values in (entries, before, own)
        )
        if not len(entries):
            return True
        if last - first == 1 and int(before.sum(dtype=np.int64)) > _ENTRIES * 64:
            return self._wide_item(first, entries, before)
        key = base.partners(entries, before)
        if last - first > 1:
            key = key + np.repeat(own * np.int32(base.size), before)
        together = np.bincount(key, minlength=(last - first) * base.size)
        pairs = np.flatnonzero(together >= self._search.minimum)
        sets = np.stack(
            [pairs // base.size + first, pairs % base.size], axis=1
        ).astype(np.int32)
        if not self._add_pairs(sets, together[pairs]):
            return not self._search.stopped_by
        pair = numbered(pairs, len(together)).take(key)
        frequent = pair >= 0
        basket = np.repeat(np.arange(len(entries), dtype=np.int32), before)
        return self._above_pairs(
            sets,
            pair.compress(frequent),
            basket.compress(frequent),
            own,
        )

    def _wide_item(
        self, item: int, entries: np.ndarray, before: np.ndarray
    ) -> bool:
        base, search = self._base, self._search
        together = np.zeros(base.size, dtype=np.int64)
        ends = np.cumsum(before, dtype=np.int64)
        cuts = np.searchsorted(ends, np.arange(0, ends[-1], _ENTRIES * 16))
        portions = list(
            itertools.pairwise(np.unique(np.append(cuts, len(entries))))
        )
        for low, high in portions:
            together += np.bincount(
                base.partners(entries[low:high], before[low:high]),
                minlength=base.size,
            )
            if not search.goes_on():
                return False
        frequent = np.flatnonzero(together >= search.minimum)
        sets = np.stack([np.full(len(frequent), item), frequent], axis=1).astype(
            np.int32
        )
        if not self._add_pairs(sets, together[frequent]):
            return not search.stopped_by
        number = numbered(frequent, base.size)
        pair_parts, basket_parts = [], []
        for low, high in portions:
            pair = number.take(base.partners(entries[low:high], before[low:high]))
            counted = pair >= 0
            basket = np.repeat(
                np.arange(low, high, dtype=np.int32), before[low:high]
            )
            pair_parts.append(pair.compress(counted))
            basket_parts.append(basket.compress(counted))
        return self._above_pairs(
            sets,
            np.concatenate(pair_parts),
            np.concatenate(basket_parts),
            np.zeros(len(entries), dtype=np.int32),
        )

    def _add_pairs(self, sets: np.ndarray, counts: np.ndarray) -> bool:
        """Take pairs in; whether there is anything to look for above them."""
        if not len(sets):
            return False
        if self._frequent_pairs is not None:
            self._frequent_pairs[sets[:, 0], sets[:, 1]] = True
        self._search.add(sets, counts)
        return not self._search.stopped_by and self._search.max_length >= 3

    def _above_pairs(
        self,
        sets: np.ndarray,
        pair: np.ndarray,
        basket: np.ndarray,
        own: np.ndarray,
    ) -> bool:
        """Write the bit sets of the pairs and go on from them.

        They run over the baskets that hold at least two partners of an item.
        """
        rich = np.bincount(basket, minlength=len(own)) >= 2
        # Baskets are counted anew for each item, so that its bit sets start at bit 0.
        number = np.cumsum(rich, dtype=np.int32)
        first_of = np.flatnonzero(np.diff(own, prepend=np.int32(-1)))
        offset = np.where(first_of > 0, number[first_of - 1], 0).astype(np.int32)
        number -= np.repeat(
            offset + np.int32(1), np.diff(first_of, append=len(own))
        )
        counted = rich.take(basket)
        if not counted.any():
            return True
        pair, bit = (
            pair.compress(counted),
            number.take(basket.compress(counted)),
        )
        words = int(bit.max()) // 64 + 1
        bits = np.empty((len(sets), words), dtype=np.uint64)
        cell = pair * np.int64(words * 64) + bit
        step = max(1, _DENSE // (words * 64))
        for low in range(0, len(sets), step):
            high = min(low + step, len(sets))
            dense = np.zeros((high - low, words * 64), dtype=np.uint8)
            here = cell
            if step < len(sets):
                here = cell[(pair >= low) & (pair < high)] - low * words * 64
            dense.reshape(-1)[here] = 1
            bits[low:high] = np.packbits(dense, axis=1).view(np.uint64)
            if not self._search.goes_on():
                return False
        return climb(
            Block(sets, bits, positions_in_class(sets[:, 0])),
            self._frequent_pairs,
            self._search,
        )
