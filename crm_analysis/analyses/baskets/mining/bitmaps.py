"""Which baskets hold an item, as bits: for counting chosen sets in chosen baskets."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from crm_analysis.analyses.baskets.mining.encoding import Baskets, numbered


class Bitmaps:
    """A bit a basket for each of some items (codes)."""

    def __init__(self, baskets: Baskets, items: np.ndarray) -> None:
        self._row = {int(item): row for row, item in enumerate(items)}
        rows = numbered(items, len(baskets.names))[baskets.codes]
        counted = rows >= 0
        rows, basket = rows[counted], baskets.rows[counted]
        basket = basket[np.argsort(rows, kind="stable")]
        begins = np.concatenate(
            [[0], np.cumsum(np.bincount(rows, minlength=len(items)))]
        )
        self._bits = np.zeros((len(items), -(-len(baskets) // 8)), dtype=np.uint8)
        for row, (low, high) in enumerate(pairwise(begins)):
            held = np.zeros(self._bits.shape[1] * 8, dtype=np.uint8)
            held[basket[low:high]] = 1
            self._bits[row] = np.packbits(held)

    def count_in(self, items: Sequence[int], edges: np.ndarray) -> np.ndarray:
        """How many of the baskets that hold all of `items` lie between each two edges."""
        rows = [self._row[int(item)] for item in items]
        bits = np.bitwise_and.reduce(self._bits[rows], axis=0)
        whole = np.concatenate(
            [[0], np.cumsum(np.bitwise_count(bits), dtype=np.int64)]
        )
        byte, rest = edges // 8, edges % 8
        last = np.append(bits, np.uint8(0))[byte]
        # Bits of a byte count from its highest.
        before_edge = last & ~(np.uint8(255) >> rest.astype(np.uint8))
        return np.diff(whole[byte] + np.bitwise_count(before_edge))
