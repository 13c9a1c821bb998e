"""Classes of itemsets that differ in their last item alone: joined, counted, joined again."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from crm_analysis.analyses.baskets.mining.search import Search

# Words of a batch of candidates: a quarter of a megabyte, so that it stays in the cache.
_WORDS = 1 << 15


class Block(NamedTuple):
    """Sets of one length with their bits; each is joined with the `positions` sets before it.

    Those are the sets of its class, which differ in the last item alone.
    """

    sets: np.ndarray
    bits: np.ndarray
    positions: np.ndarray


def climb(block: Block, frequent_pairs: np.ndarray | None, search: Search) -> bool:
    """Walk up from a block of sets; False where a limit ended it.

    `frequent_pairs` says (where it is there) which two items are frequent together.
    """
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
        pairs = frequent_pairs if block.sets.shape[1] == 2 else None
        left, right = _candidates(block, row, min(end, len(block.sets)), pairs)
        joined = _join(block, left, right, ones, search)
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


def _candidates(
    block: Block, row: int, end: int, frequent_pairs: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """The rows `row` … `end` - 1, each with the rows before it in its class."""
    partners = block.positions[row:end]
    ends = np.cumsum(partners)
    left = np.repeat(np.arange(row, end), partners)
    right = np.arange(ends[-1])
    right += np.repeat(np.arange(row, end) - ends, partners)
    if frequent_pairs is not None:
        # Further up hardly a pair fails that has not failed among the pairs.
        tails = block.sets[:, -1].astype(np.int64)
        cell = (tails * len(frequent_pairs)).take(left) + tails.take(right)
        possible = frequent_pairs.reshape(-1).take(cell)
        if not possible.all():
            left, right = (
                left.compress(possible),
                right.compress(possible),
            )
    return left, right


def _join(
    block: Block,
    left: np.ndarray,
    right: np.ndarray,
    ones: np.ndarray,
    search: Search,
) -> tuple[Block, np.ndarray] | None:
    chosen, bit_parts, count_parts = [], [], []
    step = _batch(len(ones))
    for low in range(0, len(left), step):
        both = block.bits.take(left[low : low + step], axis=0)
        both &= block.bits.take(right[low : low + step], axis=0)
        counts = _row_sums(np.bitwise_count(both), ones)
        frequent = np.flatnonzero(counts >= search.minimum)
        if len(frequent):
            chosen.append(frequent + low)
            bit_parts.append(both.take(frequent, axis=0))
            count_parts.append(counts[frequent])
        if len(left) > step and not search.goes_on():
            break
    if not chosen:
        return None
    rows = np.concatenate(chosen)
    left, right = left[rows], right[rows]
    sets = np.empty((len(left), block.sets.shape[1] + 1), dtype=np.int32)
    sets[:, :-1] = block.sets.take(left, axis=0)
    sets[:, -1] = block.sets[:, -1].take(right)
    longer = Block(sets, np.concatenate(bit_parts), positions_in_class(left))
    return longer, np.concatenate(count_parts).astype(np.int64)


def positions_in_class(classes: np.ndarray) -> np.ndarray:
    """The position of each within its class; equal classes stand beside each other.

    >>> positions_in_class(np.array([7, 7, 7, 4, 4])).tolist()
    [0, 1, 2, 0, 1]
    """
    number = np.arange(len(classes))
    begins = number.copy()
    begins[1:][classes[1:] == classes[:-1]] = 0
    return number - np.maximum.accumulate(begins)


def _batch(words: int) -> int:
    """How many candidates are looked at together.

    As many as stay in the cache, or 256 where their rows are long anyway.
    """
    return max(1, _WORDS // words, min(256, 4 * _WORDS // words))


def _row_sums(counts: np.ndarray, ones: np.ndarray) -> np.ndarray:
    """Row sums of bytes.

    A float32 product is several times faster than a sum, and exact below 2^24.
    """
    if len(ones) == 1:
        return counts[:, 0]
    if len(ones) * 64 < 1 << 24:
        return (counts.astype(np.float32) @ ones).astype(np.int64)
    return counts.sum(axis=1, dtype=np.int64)
