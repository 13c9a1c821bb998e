"""Orders that follow orders of the same customer: how often, and how soon, one product comes after another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crm_analysis.analyses.baskets.history import History
from crm_analysis.analyses.baskets.mining.thresholds import least_count
from crm_analysis.analyses.baskets.options import SequenceOptions
from crm_analysis.jobs import Progress

__all__ = ["Occasions", "Successions"]

_PORTION = 2_000_000


@dataclass(frozen=True, eq=False)
class Successions:
    """Frequent successions, a row each of `product`, `then`, `customers` (who did so), `followed` (orders with the product that have `then`
    in one of the next), `squares` and `products` (sums over customers of followed² and followed × opportunities); `row` and `days` are the
    days to a customer's soonest one. `usual`: by item, the orders that have it in one of the next.
    """

    product: np.ndarray
    then: np.ndarray
    customers: np.ndarray
    followed: np.ndarray
    squares: np.ndarray
    products: np.ndarray
    row: np.ndarray
    days: np.ndarray
    usual: np.ndarray


class Occasions:
    """Orders with one of the same customer among the next orders (and days) asked for: the occasions, and what is in them.

    `orders`, `customers`: how many there are, and of how many customers. By item: `bought` (occasions with it), `buyers` (their
    customers), `squares` (the sum over customers of bought²) and `later_buyers` (customers with the item in one of the next orders).
    """

    def __init__(self, history: History, options: SequenceOptions) -> None:
        self._history = history
        self._ahead = options.next_orders
        self._size = np.int64(len(history.items))
        self._pairs = _following(history, options)
        self._starts, self._codes = _rows(history)
        first = np.unique(self._pairs[:, 0])
        self.orders = len(first)
        self.customers = len(np.unique(history.order_customer[first]))
        where, item = _spread(first, self._starts, self._codes)
        # (customer, item) → on how many occasions the customer bought it.
        self._keys, self._times = np.unique(
            history.order_customer[first[where]] * self._size + item, return_counts=True
        )
        of, size = self._keys % self._size, int(self._size)
        self.bought = np.bincount(item, minlength=size)
        self.buyers = np.bincount(of, minlength=size)
        self.squares = np.bincount(of, weights=self._times.astype(float) ** 2, minlength=size)
        later = np.unique(self._pairs[:, 1])
        where, item = _spread(later, self._starts, self._codes)
        self.later_buyers = np.bincount(
            np.unique(history.order_customer[later[where]] * self._size + item) % self._size,
            minlength=size,
        )

    def threshold(self, options: SequenceOptions) -> tuple[float, int, bool]:
        """The support, the least number of customers, and whether it had to be raised for the work to stay within bounds."""
        again = self.customers
        least = (
            least_count(options.support, again)
            if options.support is not None
            else max(5, least_count(0.005, again))
        )

        def work(count: int) -> int:
            before = np.add.reduceat(
                np.append(self.buyers[self._codes] >= count, False).astype(np.int64),
                self._starts[:-1],
            )
            after = np.add.reduceat(
                np.append(self.later_buyers[self._codes] >= count, False).astype(np.int64),
                self._starts[:-1],
            )
            return int((before[self._pairs[:, 0]] * after[self._pairs[:, 1]]).sum())

        raised = False
        while work(least) > options.max_pairs:
            least, raised = max(least + 1, int(least * 1.3)), True
        if options.support is not None and not raised:
            return options.support, least, False
        return least / again, least, raised and options.support is not None

    def count(self, least: int, progress: Progress) -> Successions:
        """The successions of at least so many customers."""
        history, size = self._history, self._size
        keep_first, keep_later = self.buyers >= least, self.later_buyers >= least
        owner = history.order_customer[self._pairs[:, 0]]
        # A customer's pairs stay in one portion, so that a customer is counted once.
        order = np.lexsort((history.day[self._pairs[:, 1]] - history.day[self._pairs[:, 0]], owner))
        pairs, owner = self._pairs[order], owner[order]
        sizes = np.diff(self._starts)
        weight = np.cumsum(sizes[pairs[:, 0]] * sizes[pairs[:, 1]])
        heads = np.flatnonzero(np.diff(owner, prepend=-1))
        usual = np.zeros(int(size), dtype=np.int64)
        parts: list[tuple[np.ndarray, ...]] = []
        begin = 0
        while begin < len(pairs):
            progress(0.1 + 0.8 * begin / len(pairs), "baskets.step.sequences")
            end = _portion(weight, heads, begin)
            first, then, gap = self._next(pairs[begin:end], keep_later)
            usual += np.bincount(then, minlength=int(size))
            # Each item of the next orders meets all items of the order before.
            entry, product = _spread(first, self._starts, self._codes)
            kept = keep_first[product]
            entry, product = entry[kept], product[kept]
            who = history.order_customer[first[entry]] * size + product
            key, gap = who * size + then[entry], gap[entry]
            by_gap = np.lexsort((gap, key))
            key, gap = key[by_gap], gap[by_gap]
            distinct = np.flatnonzero(np.diff(key, prepend=-1))
            times = np.diff(distinct, append=len(key))
            parts.append(
                (
                    key[distinct] % (size * size),
                    gap[distinct],
                    times,
                    self._times[np.searchsorted(self._keys, key[distinct] // size)],
                )
            )
            begin = end
        key, gap, followed, bought = (np.concatenate(column) for column in zip(*parts, strict=True))
        distinct, row, customers = np.unique(key, return_inverse=True, return_counts=True)
        frequent = customers >= least
        kept = frequent[row]
        row, gap, followed, bought = (
            (np.cumsum(frequent) - 1)[row[kept]],
            gap[kept],
            followed[kept],
            bought[kept],
        )
        sums = [
            np.bincount(row, weights=values, minlength=int(frequent.sum()))
            for values in (followed, followed.astype(float) ** 2, followed * bought)
        ]
        distinct = distinct[frequent]
        return Successions(
            distinct // size,
            distinct % size,
            customers[frequent],
            np.rint(sums[0]).astype(np.int64),
            sums[1],
            sums[2],
            row,
            gap,
            usual,
        )

    def _next(
        self, pairs: np.ndarray, keep: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Occasion, item in one of the next orders, and the days to the first of these; each item once an occasion."""
        where, then = _spread(pairs[:, 1], self._starts, self._codes)
        kept = keep[then]
        where, then = where[kept], then[kept]
        if self._ahead > 1:  # pairs come the soonest first
            _, once = np.unique(pairs[where, 0] * self._size + then, return_index=True)
            where, then = where[once], then[once]
        first, later = pairs[where].T
        return first, then, self._history.day[later] - self._history.day[first]


def _portion(weight: np.ndarray, heads: np.ndarray, begin: int) -> int:
    """Where a portion of whole customers that begins here ends: at the last that fits, but after one at least."""
    base = weight[begin - 1] if begin else 0
    fits = int(np.searchsorted(weight, base + _PORTION, side="right"))
    if fits >= len(weight):
        return len(weight)
    next_one = int(np.searchsorted(heads, begin, side="right"))
    last = int(np.searchsorted(heads, fits, side="right")) - 1
    place = max(next_one, last)
    return int(heads[place]) if place < len(heads) else len(weight)


def _following(history: History, options: SequenceOptions) -> np.ndarray:
    """Pairs of orders of one customer, the second among the next orders and days of the first."""
    found = []
    owner, day = history.order_customer, history.day
    for step in range(1, options.next_orders + 1):
        before = (
            np.flatnonzero(owner[step:] == owner[:-step])
            if len(owner) > step
            else np.empty(0, dtype=np.int64)
        )
        if options.within_days is not None:
            before = before[day[before + step] - day[before] <= options.within_days]
        if not len(before):
            break
        found.append(np.stack([before, before + step], axis=1))
    return np.concatenate(found) if found else np.empty((0, 2), dtype=np.int64)


def _rows(history: History) -> tuple[np.ndarray, np.ndarray]:
    """The items of each order, none twice."""
    size = np.int64(len(history.items))
    key = np.unique(history.order.astype(np.int64) * size + history.item)
    starts = np.searchsorted(key, np.arange(len(history.order_customer) + 1) * size)
    return starts, (key % size).astype(np.int64)


def _spread(
    orders: np.ndarray, starts: np.ndarray, codes: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The entries of these orders, one after another: which of `orders`, which item."""
    sizes = starts[orders + 1] - starts[orders]
    total = np.cumsum(sizes)
    where = np.repeat(np.arange(len(orders)), sizes)
    return where, codes[
        np.arange(total[-1] if len(total) else 0)
        + np.repeat(starts[orders] - (total - sizes), sizes)
    ]
