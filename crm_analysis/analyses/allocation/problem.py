"""What is to be decided: options of customers, at most one each, and what limits them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

# A limit is not missed by a rounding error.
ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class Limit:
    """A sum over the chosen options that has to stay at most, or at least, an amount.

    - `name` : what it is called
    - `amount` : the limit
    - `use` : of each option in `rows`; one number where all use the same
    - `rows` : the positions of the options that count, rising; None: all
    - `at_least` : whether the amount is a minimum
    """

    name: str
    amount: float
    use: np.ndarray | float = 1.0
    rows: np.ndarray | None = None
    at_least: bool = False

    @property
    def sign(self) -> float:
        """1 for a maximum, -1 for a minimum: times this, every limit is a maximum."""
        return -1.0 if self.at_least else 1.0

    def used(self, chosen: np.ndarray) -> float:
        """What the chosen options (True or False each, or shares) use of it."""
        part = chosen if self.rows is None else chosen[self.rows]
        if isinstance(self.use, np.ndarray):
            return float(self.use @ part)
        return float(self.use * part.sum())

    def dense(self, size: int) -> np.ndarray:
        """The use of every option, 0 of those that do not count."""
        use = np.zeros(size)
        use[slice(None) if self.rows is None else self.rows] = self.use
        return use

    def of(self, size: int, rows: np.ndarray | None) -> np.ndarray | float:
        """The use of some of so many options; of all where `rows` is None."""
        if rows is None:
            return self.dense(size)
        if self.rows is None:
            return self.use[rows] if isinstance(self.use, np.ndarray) else self.use
        if not len(self.rows) or len(rows) * 20 > size:
            return self.dense(size)[rows]
        place = np.searchsorted(self.rows, rows)
        place[place == len(self.rows)] = 0
        counts = self.rows[place] == rows
        use = self.use[place] if isinstance(self.use, np.ndarray) else self.use
        return np.where(counts, use, 0.0)

    @cached_property
    def scale(self) -> float:
        """The largest use of one option, 1 where nothing is used."""
        largest = float(np.max(np.abs(self.use), initial=0.0))
        return largest if largest > 0 else 1.0


@dataclass(frozen=True, eq=False)
class Problem:
    """Options and limits; the options of a customer stand next to each other.

    - `customer` : the number of each option's customer, never falling
    - `profit` : of each option
    - `limits` : what has to hold of the options chosen
    """

    customer: np.ndarray
    profit: np.ndarray
    limits: tuple[Limit, ...] = ()
    _starts: np.ndarray | None = field(default=None, repr=False)

    @cached_property
    def starts(self) -> np.ndarray:
        """Where each customer's options begin."""
        if self._starts is not None:
            return self._starts
        return np.flatnonzero(np.diff(self.customer, prepend=-1))

    @property
    def size(self) -> int:
        """How many options there are."""
        return len(self.profit)

    @cached_property
    def sizes(self) -> np.ndarray:
        """How many options each customer has."""
        return np.diff(self.starts, append=self.size)

    @cached_property
    def position(self) -> np.ndarray:
        """The customer of each option, counted from 0 without gaps."""
        return np.repeat(np.arange(len(self.starts)), self.sizes)

    @cached_property
    def width(self) -> int | None:
        """How many options every customer has, if all have as many."""
        alike = len(self.sizes) > 0 and np.ptp(self.sizes) == 0
        return int(self.sizes[0]) if alike else None

    @cached_property
    def amounts(self) -> np.ndarray:
        """The limits' amounts, all as maxima."""
        return np.array([limit.sign * limit.amount for limit in self.limits])

    @cached_property
    def scales(self) -> np.ndarray:
        """The largest use of one option, by limit."""
        return np.array([limit.scale for limit in self.limits])

    @cached_property
    def money(self) -> float:
        """The largest profit or loss of one option, 1 where there is none."""
        largest = float(np.max(np.abs(self.profit), initial=0.0))
        return largest if largest > 0 else 1.0

    def with_limits(self, limits: Sequence[Limit]) -> Problem:
        """The same options under other limits."""
        return Problem(self.customer, self.profit, tuple(limits), self.starts)

    def with_amount(self, index: int, amount: float) -> Problem:
        """The same problem with one limit's amount (as a maximum) changed."""
        limit = self.limits[index]
        changed = replace(limit, amount=limit.sign * amount)
        return self.with_limits(
            [*self.limits[:index], changed, *self.limits[index + 1 :]]
        )

    def with_profit(self, profit: np.ndarray) -> Problem:
        """The same choices for another aim."""
        return Problem(self.customer, profit, self.limits, self.starts)

    def of_options(self, rows: np.ndarray) -> Problem:
        """Some of the options only, under the same limits."""
        limits = [
            replace(limit, use=limit.dense(self.size)[rows], rows=None)
            for limit in self.limits
        ]
        return Problem(self.customer[rows], self.profit[rows], tuple(limits))

    def used(self, chosen: np.ndarray) -> np.ndarray:
        """What the chosen options use of each limit, as maxima."""
        return np.array([limit.sign * limit.used(chosen) for limit in self.limits])

    def fits(self, chosen: np.ndarray) -> bool:
        """Whether all limits hold."""
        slack = ROUNDING * np.maximum(np.abs(self.amounts), self.scales)
        return bool((self.used(chosen) <= self.amounts + slack).all())

    def earned(self, chosen: np.ndarray) -> float:
        """The profit of the chosen options."""
        return float(self.profit @ chosen)

    def own_profit(self, prices: np.ndarray) -> np.ndarray:
        """Each option's profit less what it uses of the limits, at these prices."""
        own = self.profit.copy()
        for limit, price in zip(self.limits, prices, strict=True):
            if price:
                rows = slice(None) if limit.rows is None else limit.rows
                own[rows] -= (limit.sign * price) * limit.use
        return own

    def best_of_each(self, own: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Each customer's largest own profit, and the option it is of: the first of equals."""
        if self.width is not None:
            columns = own.reshape(-1, self.width).T
            best, option = columns[0].copy(), self.starts.copy()
            for number, column in enumerate(columns[1:], start=1):
                better = column > best
                np.copyto(best, column, where=better)
                np.copyto(option, self.starts + number, where=better)
            return best, option
        best = np.maximum.reduceat(own, self.starts)
        option = np.flatnonzero(own == best[self.position])
        if len(option) > len(best):
            option = option[np.diff(self.position[option], prepend=-1) > 0]
        return best, option

    def second_best_of_each(self, own: np.ndarray) -> np.ndarray:
        """Each customer's second largest own profit; -inf where there is but one option."""
        if self.width is not None:
            columns = own.reshape(-1, self.width).T
            best, second = columns[0], np.full(len(self.starts), -np.inf)
            for column in columns[1:]:
                second = np.maximum(second, np.minimum(best, column))
                best = np.maximum(best, column)
            return second
        own = own.copy()
        _, best = self.best_of_each(own)
        own[best] = -np.inf
        return np.maximum.reduceat(own, self.starts)

    def at_prices(self, prices: np.ndarray) -> Priced:
        """What every customer would be given if the limits cost these prices."""
        own = self.own_profit(prices)
        best, option = self.best_of_each(own)
        chosen = np.zeros(self.size, dtype=bool)
        chosen[option[best > 0]] = True
        bound = float(np.maximum(best, 0.0).sum() + prices @ self.amounts)
        return Priced(prices, bound, chosen, own, best)

    def matrix(self, rows: np.ndarray | None = None) -> np.ndarray:
        """The uses of all options, or of some, a row a limit, as maxima."""
        count = self.size if rows is None else len(rows)
        uses = np.empty((len(self.limits), count))
        for number, limit in enumerate(self.limits):
            uses[number] = limit.sign * limit.of(self.size, rows)
        return uses


@dataclass(frozen=True, eq=False)
class Priced:
    """The answer to prices of the limits.

    - `prices`
    - `bound` : no plan within the limits can earn more
    - `chosen` : True or False by option; need not hold the limits
    - `own` : profit less prices, by option
    - `best` : the largest of these, by customer
    """

    prices: np.ndarray
    bound: float
    chosen: np.ndarray
    own: np.ndarray
    best: np.ndarray
