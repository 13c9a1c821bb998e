"""Orders that follow orders of a customer: how often and how soon one product follows another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crm_analysis.analyses.baskets.history import History
from crm_analysis.analyses.baskets.mining.search import minimum_count
from crm_analysis.analyses.baskets.options import SequenceOptions
from crm_analysis.analyses.baskets.sizes import classes_of_size
from crm_analysis.jobs import Progress

_PORTION = 2_000_000  # pairs of items looked at together


@dataclass(frozen=True, eq=False)
class Successions:
    """Frequent successions, a row each: `product`, `then`, `customers` (who did so), `followed`.

    `followed` counts the orders with the product that have `then` in one of the next, `squares` and
    `products` are sums over customers of followed² and followed × opportunities. `row` and `days`
    are the days to a customer's soonest one. `usual`: by item, the orders that have it in one of
    the next; `expected`: the orders so followed by chance, given how many products the next orders
    hold. `possible`: how many successions of products that frequent there could have been.
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
    expected: np.ndarray
    possible: int


class Occasions:
    """Orders with one of the same customer among the next orders (and days) asked for.

    `orders`, `customers`: how many there are, and of how many customers. By item: `bought`
    (occasions with it), `buyers` (their customers), `squares` (the sum over customers of bought²)
    and `later_buyers` (customers with the item in one of the next orders).
    """

    def __init__(self, history: History, options: SequenceOptions) -> None:
        self._history = history
        self._next_orders = options.next_orders
        self._size = np.int64(len(history.items))
        self._pairs = _following(history, options)
        self._starts, self._items = _items_of_orders(history)
        first, later = (
            np.unique(self._pairs[:, 0]),
            np.unique(self._pairs[:, 1]),
        )
        self._first, self.orders = first, len(first)
        self.customers = len(np.unique(history.order_customer[first]))
        size = int(self._size)
        # (customer, item) → on how many occasions the customer bought it.
        owner, item = self._owners_and_items(first)
        self._keys, self._times = np.unique(
            owner * self._size + item, return_counts=True
        )
        key_item = self._keys % self._size
        self.bought = np.bincount(item, minlength=size)
        self.buyers = np.bincount(key_item, minlength=size)
        self.squares = np.bincount(
            key_item, self._times.astype(float) ** 2, minlength=size
        )
        owner, item = self._owners_and_items(later)
        later_keys = np.unique(owner * self._size + item)
        self.later_buyers = np.bincount(later_keys % self._size, minlength=size)

    def _owners_and_items(
        self, orders: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        where, item = _spread(orders, self._starts, self._items)
        return self._history.order_customer[orders[where]], item

    def threshold(self, options: SequenceOptions) -> tuple[float, int, bool]:
        """The support, the minimum of customers, and whether the support asked for was raised.

        It is raised where the work would not stay within bounds.
        """
        if options.support is not None:
            minimum = minimum_count(options.support, self.customers)
        else:
            minimum = max(5, minimum_count(0.005, self.customers))
        raised = False
        while self._work(minimum) > options.max_pairs:
            minimum, raised = max(minimum + 1, int(minimum * 1.3)), True
        if options.support is not None and not raised:
            return options.support, minimum, False
        return (
            minimum / self.customers,
            minimum,
            raised and options.support is not None,
        )

    def _work(self, minimum: int) -> int:
        before, after = (
            np.add.reduceat(
                np.append(buyers[self._items] >= minimum, False).astype(np.int64),
                self._starts[:-1],
            )
            for buyers in (self.buyers, self.later_buyers)
        )
        return int((before[self._pairs[:, 0]] * after[self._pairs[:, 1]]).sum())

    def count(self, minimum: int, progress: Progress) -> Successions:
        """The successions of at least so many customers."""
        history, size = self._history, int(self._size)
        before, after = self._pairs.T
        # A customer's pairs stay in one portion, so that a customer is counted once.
        order = np.lexsort(
            (
                history.day[after] - history.day[before],
                history.order_customer[before],
            )
        )
        pairs = self._pairs[order]
        sizes = np.diff(self._starts)
        weight = np.cumsum(sizes[pairs[:, 0]] * sizes[pairs[:, 1]])
        heads = np.flatnonzero(
            np.diff(history.order_customer[pairs[:, 0]], prepend=-1)
        )
        follows: list[np.ndarray] = []  # occasion × item of one of its next orders
        parts: list[tuple[np.ndarray, ...]] = []
        begin = 0
        while begin < len(pairs):
            progress(0.1 + 0.8 * begin / len(pairs), "baskets.step.sequences")
            end = _portion_end(weight, heads, begin)
            next_items = self._next(pairs[begin:end], self.later_buyers >= minimum)
            follows.append(next_items[0] * self._size + next_items[1])
            parts.append(self._by_customer(*next_items, self.buyers >= minimum))
            begin = end
        key, gap, followed, bought = (
            np.concatenate(column) for column in zip(*parts, strict=True)
        )
        distinct, row, customers = np.unique(
            key, return_inverse=True, return_counts=True
        )
        frequent = customers >= minimum
        counted = frequent[row]
        row, gap, followed, bought = (
            values[counted] for values in (row, gap, followed, bought)
        )
        row = (np.cumsum(frequent) - 1)[row]
        sums = [
            np.bincount(row, weights=values, minlength=int(frequent.sum()))
            for values in (
                followed,
                followed.astype(float) ** 2,
                followed * bought,
            )
        ]
        product, then = np.divmod(distinct[frequent], size)
        occasion, item = np.divmod(np.concatenate(follows), size)
        return Successions(
            product=product,
            then=then,
            customers=customers[frequent],
            followed=np.rint(sums[0]).astype(np.int64),
            squares=sums[1],
            products=sums[2],
            row=row,
            days=gap,
            usual=np.bincount(item, minlength=size),
            expected=self._expected(product, then, occasion, item),
            possible=int((self.buyers >= minimum).sum())
            * int((self.later_buyers >= minimum).sum()),
        )

    def _expected(
        self,
        product: np.ndarray,
        then: np.ndarray,
        occasion: np.ndarray,
        item: np.ndarray,
    ) -> np.ndarray:
        """Occasions with `product` and then `then` by chance, among next orders of one size.

        `occasion` and `item` list what is in the next orders. Whoever fills large baskets always
        buys everything after everything more often.
        """
        sizes = np.bincount(occasion, minlength=len(self._starts))
        size_class = classes_of_size(int(sizes.max(initial=0)))[sizes]
        shape = (int(size_class.max(initial=0)) + 1, int(self._size))
        where, bought = _spread(self._first, self._starts, self._items)
        trials, usual = (
            np.bincount(
                size_class[occasions] * self._size + items,
                minlength=shape[0] * shape[1],
            ).reshape(shape)
            for occasions, items in (
                (self._first[where], bought),
                (occasion, item),
            )
        )
        orders = np.bincount(size_class[self._first], minlength=shape[0])
        share = usual / np.maximum(orders, 1)[:, None]
        return np.einsum("cs,cs->s", trials[:, product], share[:, then])

    def _next(
        self, pairs: np.ndarray, counted: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Occasion, item in one of the next orders, and the days to the first of these.

        Only the items that are `counted` (a mask), each once an occasion.
        """
        where, then = _spread(pairs[:, 1], self._starts, self._items)
        chosen = counted[then]
        where, then = where[chosen], then[chosen]
        if self._next_orders > 1:  # pairs come the soonest first
            _, once = np.unique(
                pairs[where, 0] * self._size + then, return_index=True
            )
            where, then = where[once], then[once]
        first, later = pairs[where].T
        return (
            first,
            then,
            self._history.day[later] - self._history.day[first],
        )

    def _by_customer(
        self,
        first: np.ndarray,
        then: np.ndarray,
        gap: np.ndarray,
        counted: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """What each customer did: succession, days to the soonest, how often, of how many times.

        Each item of the next orders meets all `counted` items of the order before.
        """
        size = self._size
        entry, product = _spread(first, self._starts, self._items)
        chosen = counted[product]
        entry, product = entry[chosen], product[chosen]
        buyer = self._history.order_customer[first[entry]] * size + product
        key, gap = buyer * size + then[entry], gap[entry]
        by_gap = np.lexsort((gap, key))
        key, gap = key[by_gap], gap[by_gap]
        heads = np.flatnonzero(np.diff(key, prepend=-1))
        followed = np.diff(heads, append=len(key))
        key = key[heads]
        bought = self._times[np.searchsorted(self._keys, key // size)]
        return key % (size * size), gap[heads], followed, bought


def _portion_end(weight: np.ndarray, heads: np.ndarray, begin: int) -> int:
    """Where a portion of whole customers ends: at the last that fits, but after one at least."""
    base = weight[begin - 1] if begin else 0
    fits = int(np.searchsorted(weight, base + _PORTION, side="right"))
    if fits >= len(weight):
        return len(weight)
    following = int(np.searchsorted(heads, begin, side="right"))
    customer = max(following, int(np.searchsorted(heads, fits, side="right")) - 1)
    return int(heads[customer]) if customer < len(heads) else len(weight)


def _following(history: History, options: SequenceOptions) -> np.ndarray:
    """Pairs of orders of one customer, the second among the next orders and days of the first."""
    pairs = [np.empty((0, 2), dtype=np.int64)]
    owner, day = history.order_customer, history.day
    for step in range(1, min(options.next_orders + 1, len(owner))):
        before = np.flatnonzero(owner[step:] == owner[:-step])
        if options.within_days is not None:
            before = before[day[before + step] - day[before] <= options.within_days]
        if not len(before):
            break
        pairs.append(np.stack([before, before + step], axis=1))
    return np.concatenate(pairs)


def _items_of_orders(history: History) -> tuple[np.ndarray, np.ndarray]:
    size = np.int64(len(history.items))
    key = np.unique(history.order.astype(np.int64) * size + history.item)
    starts = np.searchsorted(key, np.arange(len(history.order_customer) + 1) * size)
    return starts, (key % size).astype(np.int64)


def _spread(
    orders: np.ndarray, starts: np.ndarray, items: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The entries of these orders, one after another: which of `orders`, which item."""
    sizes = starts[orders + 1] - starts[orders]
    ends = np.cumsum(sizes)
    where = np.repeat(np.arange(len(orders)), sizes)
    shift = np.repeat(starts[orders] - (ends - sizes), sizes)
    return where, items[np.arange(len(where)) + shift]
