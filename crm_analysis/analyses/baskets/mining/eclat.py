"""Eclat on bit sets: every frequent itemset, exactly, from the baskets that hold its rarest item.

Vertical mining (Zaki 2000) in the layout that numpy likes. Items are numbered from the most to the least bought. For an item,
only the baskets that hold it matter, and in them only the items bought more often: this conditional database (the idea of
FP-Growth and LCM) is written as one bit set an item, so an itemset costs as many machine words as 64 go into the baskets of
its rarest item, and a whole class of candidates is intersected and counted by a few calls.

Classes are walked so that the subsets of a set are always found before it. What has been found when time or room runs out is
therefore a true answer for a smaller question: counts are exact and every subset is there.
"""

from __future__ import annotations

import itertools
import time

import numpy as np

from crm_analysis.analyses.baskets.mining.encoding import Baskets
from crm_analysis.analyses.baskets.mining.projection import Projection
from crm_analysis.analyses.baskets.mining.search import Mined, Search
from crm_analysis.jobs import Progress, no_progress

__all__ = ["Mined", "mine"]

_ENTRIES = 1 << 18  # basket entries looked at together
_WORDS = (
    1 << 15
)  # words of a batch of candidates: a quarter of a megabyte, so that it stays in the cache
_DENSE = 1 << 25  # bytes of a not yet packed batch of bit sets
_MATRIX = 8192  # up to so many items, which pairs are frequent is kept as a matrix


def mine(
    baskets: Baskets,
    least: int,
    *,
    max_length: int | None = None,
    limit: int = 1_000_000,
    seconds: float = float("inf"),
    progress: Progress = no_progress,
) -> Mined:
    """Every itemset that at least `least` baskets hold, singles included; a bounded answer where a limit is met."""
    frequent = np.flatnonzero(baskets.counts >= least)
    # Rarest last by the true count; the codes of `baskets` are only nearly in that order.
    frequent = frequent[np.argsort(-baskets.counts[frequent], kind="stable")]
    search = Search(least, max_length or 64, limit, time.monotonic() + seconds, progress)
    search.keep(frequent[:, None].astype(np.int32), baskets.counts[frequent])
    frequent = frequent[: search.found]
    reached = len(frequent) if search.stopped == "" else 0
    if search.max_length > 1 and len(frequent) > 1 and not search.stopped:
        reached = _walk_items(Projection.of(baskets, frequent), search)
    original = frequent.astype(np.int32)
    sets = [
        np.concatenate(parts) if parts else np.empty((0, length + 1), dtype=np.int32)
        for length, parts in enumerate(search.sets)
    ]
    sets = [sets[0], *(original[one] for one in sets[1:])]
    counts = [
        np.concatenate(parts) if parts else np.empty(0, dtype=np.int64) for parts in search.counts
    ]
    while len(counts) > 1 and not len(counts[-1]):
        sets.pop()
        counts.pop()
    return Mined(sets, counts, not search.stopped, reached, search.stopped)


def _walk_items(base: Projection, search: Search) -> int:
    """Items from the most to the least bought, a few at a time; how many items were finished."""
    known = np.zeros((base.size, base.size), dtype=bool) if base.size <= _MATRIX else None
    support = np.diff(base.begins)
    done, whole = np.cumsum(base.tails), max(1, int(base.tails.sum()))
    first = 1
    while first < base.size:
        last = first + 1
        while (
            last < base.size
            and done[last] - done[first - 1] <= _ENTRIES
            and support[last] * 4 > support[first]
            and (last - first) * base.size < _ENTRIES * 16
        ):
            last += 1
        if not _pairs(base, first, last, known, search):
            return first
        search.share = float(done[last - 1] / whole)
        if not search.look_up():
            return first
        first = last
    return base.size


def _pairs(
    base: Projection, first: int, last: int, known: np.ndarray | None, search: Search
) -> bool:
    """Frequent pairs whose rarer item is among `first` … `last` - 1, then everything above them; False where it was stopped."""
    at = base.entries[base.begins[first] : base.begins[last]]
    before = base.before.take(at)
    own = np.repeat(np.arange(last - first, dtype=np.int32), np.diff(base.begins[first : last + 1]))
    some = before > 0
    at, before, own = at.compress(some), before.compress(some), own.compress(some)
    if not len(at):
        return True
    if last - first == 1 and int(before.sum(dtype=np.int64)) > _ENTRIES * 64:
        return _wide_item(base, first, at, before, known, search)
    key = base.partners(at, before)
    if last - first > 1:
        key = key + np.repeat(own * np.int32(base.size), before)
    together = np.bincount(key, minlength=(last - first) * base.size)
    pairs = np.flatnonzero(together >= search.least)
    if not len(pairs):
        return True
    sets = np.stack([pairs // base.size + first, pairs % base.size], axis=1).astype(np.int32)
    if known is not None:
        known[sets[:, 0], sets[:, 1]] = True
    search.keep(sets, together[pairs])
    if search.stopped or search.max_length < 3:
        return not search.stopped
    place = np.full(len(together), -1, dtype=np.int32)
    place[pairs] = np.arange(len(pairs), dtype=np.int32)
    pair = place.take(key)
    kept = pair >= 0
    basket = np.repeat(np.arange(len(at), dtype=np.int32), before).compress(kept)
    return _above_pairs(sets, pair.compress(kept), basket, own, known, search)


def _wide_item(
    base: Projection,
    item: int,
    at: np.ndarray,
    before: np.ndarray,
    known: np.ndarray | None,
    search: Search,
) -> bool:
    """The same for one item whose baskets hold very much: in portions, so that the memory stays small."""
    together = np.zeros(base.size, dtype=np.int64)
    ends = np.cumsum(before, dtype=np.int64)
    cuts = np.unique(
        np.append(np.searchsorted(ends, np.arange(0, ends[-1], _ENTRIES * 16)), len(at))
    )
    portions = list(itertools.pairwise(cuts))

    for low, high in portions:
        together += np.bincount(base.partners(at[low:high], before[low:high]), minlength=base.size)
        if not search.look_up():
            return False
    found = np.flatnonzero(together >= search.least)
    if not len(found):
        return True
    sets = np.stack([np.full(len(found), item), found], axis=1).astype(np.int32)
    if known is not None:
        known[item, found] = True
    search.keep(sets, together[found])
    if search.stopped or search.max_length < 3:
        return not search.stopped
    place = np.full(base.size, -1, dtype=np.int32)
    place[found] = np.arange(len(found), dtype=np.int32)
    pair_parts, basket_parts = [], []
    for low, high in portions:
        pair = place.take(base.partners(at[low:high], before[low:high]))
        kept = pair >= 0
        pair_parts.append(pair.compress(kept))
        basket_parts.append(
            np.repeat(np.arange(low, high, dtype=np.int32), before[low:high]).compress(kept)
        )
    return _above_pairs(
        sets,
        np.concatenate(pair_parts),
        np.concatenate(basket_parts),
        np.zeros(len(at), dtype=np.int32),
        known,
        search,
    )


def _above_pairs(
    sets: np.ndarray,
    pair: np.ndarray,
    basket: np.ndarray,
    own: np.ndarray,
    known: np.ndarray | None,
    search: Search,
) -> bool:
    """Write the bit sets of the pairs, over the baskets that hold at least two partners of an item, and go on from them."""
    rich = np.bincount(basket, minlength=len(own)) >= 2
    # Baskets are counted anew for each item, so that its bit sets start at bit 0.
    number = np.cumsum(rich, dtype=np.int32)
    first_of = np.flatnonzero(np.diff(own, prepend=np.int32(-1)))
    offset = np.where(first_of > 0, number[first_of - 1], 0)
    number -= np.repeat(offset.astype(np.int32) + np.int32(1), np.diff(first_of, append=len(own)))
    kept = rich.take(basket)
    if not kept.any():
        return True
    pair, bit = pair.compress(kept), number.take(basket.compress(kept))
    words = int(bit.max()) // 64 + 1
    bits = np.empty((len(sets), words), dtype=np.uint64)
    step = max(1, _DENSE // (words * 64))
    for low in range(0, len(sets), step):
        high = min(low + step, len(sets))
        dense = np.zeros((high - low, words * 64), dtype=np.uint8)
        if step >= len(sets):
            dense.reshape(-1)[pair * np.int64(words * 64) + bit] = 1
        else:
            here = (pair >= low) & (pair < high)
            dense.reshape(-1)[(pair[here] - low).astype(np.int64) * (words * 64) + bit[here]] = 1
        bits[low:high] = np.packbits(dense, axis=1).view(np.uint64)
        if not search.look_up():
            return False
    return _deepen(sets, bits, _places(sets[:, 0]), known, search)


def _deepen(
    sets: np.ndarray,
    bits: np.ndarray,
    position: np.ndarray,
    known: np.ndarray | None,
    search: Search,
) -> bool:
    """Walk up from a block of sets. `position`: how many sets of its class stand before a set; each is joined with those."""
    words = bits.shape[1]
    ones = np.ones(words, dtype=np.float32)
    stack = [(sets, bits, position, 0)]
    while stack:
        sets, bits, position, row = stack.pop()
        # As many rows as make a batch; the rest waits below what these will add.
        reach = np.cumsum(position[row:])
        end = row + max(1, int(np.searchsorted(reach, _batch(words), side="right")))
        if end < len(sets):
            stack.append((sets, bits, position, end))
        found = _join(sets, bits, position, row, min(end, len(sets)), known, ones, search)
        if not search.look_up():
            return False
        if found is None:
            continue
        longer, joined, counts, places = found
        search.keep(longer, counts)
        if search.stopped:
            return False
        if longer.shape[1] < search.max_length and places.any():
            stack.append((longer, joined, places, 0))
    return True


def _join(
    sets: np.ndarray,
    bits: np.ndarray,
    position: np.ndarray,
    row: int,
    end: int,
    known: np.ndarray | None,
    ones: np.ndarray,
    search: Search,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray] | None:
    """Each of the rows `row` … `end` - 1 with the sets before it in its class: the frequent ones, their bits, counts, positions."""
    partners = position[row:end]
    ends = np.cumsum(partners)
    if not ends[-1]:
        return None
    left = np.repeat(np.arange(row, end), partners)
    right = np.arange(ends[-1])
    right += np.repeat(np.arange(row, end) - ends, partners)
    tails = sets[:, -1].astype(np.int64)
    if known is not None and sets.shape[1] == 2:
        # Further up hardly a pair fails that has not failed here.
        possible = known.reshape(-1).take((tails * len(known)).take(left) + tails.take(right))
        if not possible.all():
            left, right = left.compress(possible), right.compress(possible)
    kept, bit_parts, count_parts = [], [], []
    step = _batch(len(ones))
    for low in range(0, len(left), step):
        both = bits.take(left[low : low + step], axis=0)
        both &= bits.take(right[low : low + step], axis=0)
        counts = _sum(np.bitwise_count(both), ones)
        good = np.flatnonzero(counts >= search.least)
        if len(good):
            kept.append(good + low)
            bit_parts.append(both.take(good, axis=0))
            count_parts.append(counts[good])
        if len(left) > step and not search.look_up():
            break
    if not kept:
        return None
    chosen = np.concatenate(kept)
    left, right = left[chosen], right[chosen]
    longer = np.empty((len(left), sets.shape[1] + 1), dtype=np.int32)
    longer[:, :-1] = sets.take(left, axis=0)
    longer[:, -1] = tails[right]
    return (
        longer,
        np.concatenate(bit_parts),
        np.concatenate(count_parts).astype(np.int64),
        _places(left),
    )


def _batch(words: int) -> int:
    """How many candidates are looked at together: as many as stay in the cache, or 256 where their rows are long anyway."""
    return max(1, _WORDS // words, min(256, 4 * _WORDS // words))


def _places(classes: np.ndarray) -> np.ndarray:
    """The place of each within its class; equal classes stand beside each other."""
    number = np.arange(len(classes))
    begins = number.copy()
    begins[1:][classes[1:] == classes[:-1]] = 0
    return number - np.maximum.accumulate(begins)


def _sum(counts: np.ndarray, ones: np.ndarray) -> np.ndarray:
    """Row sums of bytes. A float32 product is several times faster than a sum, and exact below 2^24."""
    if len(ones) == 1:
        return counts[:, 0]
    if len(ones) * 64 < 1 << 24:
        return (counts.astype(np.float32) @ ones).astype(np.int64)
    return counts.sum(axis=1, dtype=np.int64)
