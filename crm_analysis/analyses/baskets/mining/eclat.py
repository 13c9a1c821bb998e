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
import time
from dataclasses import dataclass

import numpy as np

from crm_analysis.analyses.baskets.mining.encoding import Baskets
from crm_analysis.analyses.baskets.mining.projection import Projection
from crm_analysis.analyses.baskets.mining.search import Mined, MiningLimits, Search
from crm_analysis.jobs import Progress, no_progress

__all__ = ["mine"]

_ENTRIES = 1 << 18  # basket entries looked at together
# Words of a batch of candidates: a quarter of a megabyte, so that it stays in the cache.
_WORDS = 1 << 15
_DENSE = 1 << 25  # bytes of a not yet packed batch of bit sets
_MATRIX = 8192  # up to so many items, which pairs are frequent is written in a matrix


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
    deadline = time.monotonic() + limits.seconds
    max_length = limits.max_length or float("inf")
    search = Search(minimum, max_length, limits.itemsets, deadline, progress)
    search.add(frequent[:, None].astype(np.int32), baskets.counts[frequent])
    frequent = frequent[: search.size]
    finished = 0 if search.stopped_by else len(frequent)
    if search.max_length > 1 and len(frequent) > 1 and not search.stopped_by:
        finished = _Walk(Projection.of(baskets, frequent), search).finish()
    return _mined(search, frequent.astype(np.int32), finished)


def _mined(search: Search, frequent: np.ndarray, finished: int) -> Mined:
    """The sets of a search, in the codes of the baskets; lengths that hold none are not listed."""
    sets, counts = [], []
    for length, (set_parts, count_parts) in enumerate(zip(search.sets, search.counts, strict=True)):
        if length > 0 and not sum(map(len, count_parts)):
            break
        rows = np.concatenate(set_parts)
        sets.append(rows if length == 0 else frequent[rows])
        counts.append(np.concatenate(count_parts))
    return Mined(sets, counts, search.stopped_by, finished)


@dataclass(frozen=True, eq=False)
class _Block:
    """Sets of one length with their bits; each is joined with the `positions` sets before it.

    Those are the sets of its class, which differ in the last item alone.
    """

    sets: np.ndarray
    bits: np.ndarray
    positions: np.ndarray


class _Walk:
    """The walk over the items, from the most to the least bought, and up from each."""

    def __init__(self, base: Projection, search: Search) -> None:
        self._base = base
        self._search = search
        small = base.size <= _MATRIX
        self._frequent_pairs = np.zeros((base.size, base.size), dtype=bool) if small else None

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
        entries, before, own = (values.compress(has_partner) for values in (entries, before, own))
        if not len(entries):
            return True
        if last - first == 1 and int(before.sum(dtype=np.int64)) > _ENTRIES * 64:
            return self._wide_item(first, entries, before)
        key = base.partners(entries, before)
        if last - first > 1:
            key = key + np.repeat(own * np.int32(base.size), before)
        together = np.bincount(key, minlength=(last - first) * base.size)
        pairs = np.flatnonzero(together >= self._search.minimum)
        rarer, partner = np.divmod(pairs, base.size)
        sets = np.stack([rarer + first, partner], axis=1).astype(np.int32)
        if not self._add_pairs(sets, together[pairs]):
            return not self._search.stopped_by
        number = _numbers(pairs, len(together))
        pair = number.take(key)
        frequent = pair >= 0
        basket = np.repeat(np.arange(len(entries), dtype=np.int32), before)
        return self._above_pairs(sets, pair.compress(frequent), basket.compress(frequent), own)

    def _wide_item(self, item: int, entries: np.ndarray, before: np.ndarray) -> bool:
        """The same for one item whose baskets hold very much: in portions, to spare memory."""
        base, search = self._base, self._search
        together = np.zeros(base.size, dtype=np.int64)
        ends = np.cumsum(before, dtype=np.int64)
        cuts = np.searchsorted(ends, np.arange(0, ends[-1], _ENTRIES * 16))
        portions = list(itertools.pairwise(np.unique(np.append(cuts, len(entries)))))
        for low, high in portions:
            partners = base.partners(entries[low:high], before[low:high])
            together += np.bincount(partners, minlength=base.size)
            if not search.goes_on():
                return False
        frequent = np.flatnonzero(together >= search.minimum)
        sets = np.stack([np.full(len(frequent), item), frequent], axis=1).astype(np.int32)
        if not self._add_pairs(sets, together[frequent]):
            return not search.stopped_by
        number = _numbers(frequent, base.size)
        pair_parts, basket_parts = [], []
        for low, high in portions:
            pair = number.take(base.partners(entries[low:high], before[low:high]))
            counted = pair >= 0
            basket = np.repeat(np.arange(low, high, dtype=np.int32), before[low:high])
            pair_parts.append(pair.compress(counted))
            basket_parts.append(basket.compress(counted))
        own = np.zeros(len(entries), dtype=np.int32)
        return self._above_pairs(
            sets, np.concatenate(pair_parts), np.concatenate(basket_parts), own
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
        self, sets: np.ndarray, pair: np.ndarray, basket: np.ndarray, own: np.ndarray
    ) -> bool:
        """Write the bit sets of the pairs and go on from them.

        They run over the baskets that hold at least two partners of an item.
        """
        rich = np.bincount(basket, minlength=len(own)) >= 2
        # Baskets are counted anew for each item, so that its bit sets start at bit 0.
        number = np.cumsum(rich, dtype=np.int32)
        first_of = np.flatnonzero(np.diff(own, prepend=np.int32(-1)))
        offset = np.where(first_of > 0, number[first_of - 1], 0).astype(np.int32)
        number -= np.repeat(offset + np.int32(1), np.diff(first_of, append=len(own)))
        counted = rich.take(basket)
        if not counted.any():
            return True
        pair, bit = pair.compress(counted), number.take(basket.compress(counted))
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
        return self._deepen(_Block(sets, bits, _positions(sets[:, 0])))

    def _deepen(self, block: _Block) -> bool:
        """Walk up from a block of sets."""
        search = self._search
        words = block.bits.shape[1]
        ones = np.ones(words, dtype=np.float32)
        stack = [(block, 0)]
        while stack:
            block, row = stack.pop()
            # As many rows as make a batch; the rest waits below what these will add.
            reach = np.cumsum(block.positions[row:])
            end = row + max(1, int(np.searchsorted(reach, _batch(words), side="right")))
            if end < len(block.sets):
                stack.append((block, end))
            joined = self._join(block, row, min(end, len(block.sets)), ones)
            if not search.goes_on():
                return False
            if joined is None:
                continue
            longer, counts = joined
            search.add(longer.sets, counts)
            if search.stopped_by:
                return False
            if longer.sets.shape[1] < search.max_length and longer.positions.any():
                stack.append((longer, 0))
        return True

    def _join(
        self, block: _Block, row: int, end: int, ones: np.ndarray
    ) -> tuple[_Block, np.ndarray] | None:
        """The rows `row` … `end` - 1 with the sets before them in their class: the frequent ones.

        With the baskets that hold each.
        """
        left, right = self._candidates(block, row, end)
        chosen, bit_parts, count_parts = [], [], []
        step = _batch(len(ones))
        for low in range(0, len(left), step):
            both = block.bits.take(left[low : low + step], axis=0)
            both &= block.bits.take(right[low : low + step], axis=0)
            counts = _row_sums(np.bitwise_count(both), ones)
            frequent = np.flatnonzero(counts >= self._search.minimum)
            if len(frequent):
                chosen.append(frequent + low)
                bit_parts.append(both.take(frequent, axis=0))
                count_parts.append(counts[frequent])
            if len(left) > step and not self._search.goes_on():
                break
        if not chosen:
            return None
        rows = np.concatenate(chosen)
        left, right = left[rows], right[rows]
        sets = np.empty((len(left), block.sets.shape[1] + 1), dtype=np.int32)
        sets[:, :-1] = block.sets.take(left, axis=0)
        sets[:, -1] = block.sets[right, -1]
        longer = _Block(sets, np.concatenate(bit_parts), _positions(left))
        return longer, np.concatenate(count_parts).astype(np.int64)

    def _candidates(self, block: _Block, row: int, end: int) -> tuple[np.ndarray, np.ndarray]:
        """The two rows each candidate is joined from."""
        partners = block.positions[row:end]
        ends = np.cumsum(partners)
        left = np.repeat(np.arange(row, end), partners)
        right = np.arange(ends[-1])
        right += np.repeat(np.arange(row, end) - ends, partners)
        pairs = self._frequent_pairs
        if pairs is not None and block.sets.shape[1] == 2:
            # Further up hardly a pair fails that has not failed here.
            tails = block.sets[:, -1].astype(np.int64)
            possible = pairs.reshape(-1).take((tails * len(pairs)).take(left) + tails.take(right))
            if not possible.all():
                left, right = left.compress(possible), right.compress(possible)
        return left, right


def _numbers(chosen: np.ndarray, size: int) -> np.ndarray:
    """For each of `size` codes its number among the chosen, -1 for the others."""
    numbers = np.full(size, -1, dtype=np.int32)
    numbers[chosen] = np.arange(len(chosen), dtype=np.int32)
    return numbers


def _batch(words: int) -> int:
    """How many candidates are looked at together.

    As many as stay in the cache, or 256 where their rows are long anyway.
    """
    return max(1, _WORDS // words, min(256, 4 * _WORDS // words))


def _positions(classes: np.ndarray) -> np.ndarray:
    """The position of each within its class; equal classes stand beside each other."""
    number = np.arange(len(classes))
    begins = number.copy()
    begins[1:][classes[1:] == classes[:-1]] = 0
    return number - np.maximum.accumulate(begins)


def _row_sums(counts: np.ndarray, ones: np.ndarray) -> np.ndarray:
    """Row sums of bytes.

    A float32 product is several times faster than a sum, and exact below 2^24.
    """
    if len(ones) == 1:
        return counts[:, 0]
    if len(ones) * 64 < 1 << 24:
        return (counts.astype(np.float32) @ ones).astype(np.int64)
    return counts.sum(axis=1, dtype=np.int64)
