"""Which baskets hold an item, as bits: for counting chosen sets in chosen baskets."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from crm_analysis.analyses.baskets.mining.encoding import Baskets

__all__ = ["Bitmaps"]


class Bitmaps:
    """A bit a basket for each of some items; `order` puts the baskets in another order first (its k-th basket becomes bit k)."""

    def __init__(
        self, baskets: Baskets, items: np.ndarray, order: np.ndarray | None = None
    ) -> None:
        self._row = {int(item): row for row, item in enumerate(items)}
        self._size = len(baskets)
        place = np.full(len(baskets.names), -1, dtype=np.int32)
        place[items] = np.arange(len(items), dtype=np.int32)
        row = place[baskets.codes]
        basket = np.repeat(np.arange(len(baskets)), baskets.sizes)
        if order is not None:
            position = np.empty(len(baskets), dtype=np.int64)
            position[order] = np.arange(len(baskets))
            basket = position[basket]
        kept = row >= 0
        row, basket = row[kept], basket[kept]
        by_row = np.argsort(row, kind="stable")
        begins = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(items)))])
        self._bits = np.zeros((len(items), -(-self._size // 8)), dtype=np.uint8)
        for number in range(len(items)):
            held = np.zeros(self._bits.shape[1] * 8, dtype=np.uint8)
            held[basket[by_row[begins[number] : begins[number + 1]]]] = 1
            self._bits[number] = np.packbits(held)

    def both(self, items: Sequence[int]) -> np.ndarray:
        """The bits of the baskets that hold all of `items`."""
        return np.bitwise_and.reduce(self._bits[[self._row[int(item)] for item in items]], axis=0)

    def baskets(self, items: Sequence[int]) -> np.ndarray:
        """The numbers of the baskets that hold all of `items`."""
        return np.flatnonzero(np.unpackbits(self.both(items), count=self._size))

    def count_in(self, items: Sequence[int], edges: np.ndarray) -> np.ndarray:
        """How many of the baskets that hold all of `items` lie between each two edges (basket numbers, in the order given)."""
        bits = self.both(items)
        whole = np.concatenate([[0], np.cumsum(np.bitwise_count(bits), dtype=np.int64)])
        byte, rest = edges // 8, edges % 8
        last = np.append(bits, np.uint8(0))[byte]
        # Bits of a byte count from its highest.
        return np.diff(
            whole[byte] + np.bitwise_count(last & ~(np.uint8(255) >> rest.astype(np.uint8)))
        )
