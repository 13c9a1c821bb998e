"""Whether products go together, given how many products baskets hold: who fills a basket of two has one choice less for everything else."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, reduce

import numpy as np

from crm_analysis.analyses.baskets.mining.encoding import Baskets
from crm_analysis.analyses.inference import (
    chi_square_p,
    equal_means,
    general_association,
    mantel_haenszel,
)

__all__ = ["SizedGroups", "SizedPairs"]

_LIKELY = 0.2  # p-value below which sizes are taken to differ: rather allow for it once too often


class _Sized:
    """The baskets of each item, and how many products each basket holds."""

    def __init__(self, baskets: Baskets) -> None:
        self._baskets = baskets
        self._bins = int(baskets.sizes.max(initial=0)) + 2
        self._held: dict[int, np.ndarray] = {}

    @cached_property
    def _by_item(self) -> tuple[np.ndarray, np.ndarray]:
        """The baskets of the lines in the order of their items, and where each item's begin."""
        baskets = self._baskets
        basket = np.repeat(np.arange(len(baskets)), baskets.sizes)[
            np.argsort(baskets.codes, kind="stable")
        ]
        return basket, np.concatenate(
            [[0], np.cumsum(np.bincount(baskets.codes, minlength=len(baskets.names)))]
        )

    def _of(self, item: int) -> np.ndarray:
        if item not in self._held:
            basket, starts = self._by_item
            self._held[item] = basket[starts[item] : starts[item + 1]]
        return self._held[item]

    def _histogram(self, chosen: np.ndarray) -> np.ndarray:
        """How many of these baskets hold 0, 1, 2 … products."""
        return np.bincount(self._baskets.sizes[chosen], minlength=self._bins).astype(float)


class SizedPairs(_Sized):
    """Pairs of items, tested among baskets that hold equally many other products.

    Were products put into baskets independently, and then the baskets of some sizes kept more often than others, the products beside A
    would be the same with A as without it, among the baskets with equally many products beside A. The test of Mantel and Haenszel (1959)
    compares them, number by number. It is made in both directions, with A given and with B; the stronger one counts, its p-value twice.
    """

    def __init__(self, baskets: Baskets) -> None:
        super().__init__(baskets)
        self._sizes = self._histogram(np.arange(len(baskets)))

    def test(self, first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The baskets expected to hold each pair (codes of items), and the p-value (two-sided) of the baskets that do."""
        expected, p_value = np.empty(len(first)), np.empty(len(first))
        for place, (a, b) in enumerate(zip(first.tolist(), second.tolist(), strict=True)):
            both = self._histogram(np.intersect1d(self._of(a), self._of(b), assume_unique=True))
            ways = [
                _alike(
                    self._sizes,
                    self._histogram(self._of(one)),
                    self._histogram(self._of(other)),
                    both,
                )
                for one, other in ((a, b), (b, a))
            ]
            stronger = max(ways, key=lambda way: abs(way[1]))
            expected[place], p_value[place] = (
                stronger[0],
                min(1.0, 2 * float(chi_square_p(stronger[1] ** 2))),
            )
        return expected, p_value


class SizedGroups(_Sized):
    """Rules in groups of baskets, tested among baskets that hold equally many products; a group's baskets lie side by side, between its `edges`."""

    def __init__(self, baskets: Baskets, edges: np.ndarray) -> None:
        super().__init__(baskets)
        self._group = np.repeat(np.arange(len(edges) - 1), np.diff(edges))
        self._moments = self._sums(np.arange(len(baskets)))

    def _sums(self, chosen: np.ndarray) -> np.ndarray:
        """Of the chosen baskets of each group: how many, the sum of their sizes, and of the squares of these."""
        group, sizes = self._group[chosen], self._baskets.sizes[chosen].astype(float)
        return np.stack(
            [
                np.bincount(group, weights, minlength=int(self._group[-1]) + 1)
                for weights in (None, sizes, sizes**2)
            ]
        )

    def sizes_differ(self, antecedent: Sequence[int], compared: np.ndarray) -> bool:
        """Whether baskets without the antecedent are of different sizes in the groups compared, so far as an analysis of variance can tell.

        Where they are not, baskets with it differ in size for what goes with it, which is what a rule is about.
        """
        moments = (self._moments - self._sums(self._holding(antecedent)))[:, compared]
        p_value = equal_means(*moments[:, moments[0] > 0])
        return bool(np.isnan(p_value) or p_value < _LIKELY)

    def _holding(self, items: Sequence[int]) -> np.ndarray:
        return reduce(
            lambda one, other: np.intersect1d(one, other, assume_unique=True), map(self._of, items)
        )

    def test(self, antecedent: Sequence[int], consequent: int, compared: np.ndarray) -> float:
        """The p-value of the consequent's being as common beside the antecedent in all groups that are `compared` (a mask).

        The general association statistic of Mantel and Haenszel for a table of groups by yes or no in each size of basket.
        """
        holding = self._holding(antecedent)
        holding = holding[compared[self._group[holding]]]
        groups, group = np.unique(self._group[holding], return_inverse=True)
        if len(groups) < 2:
            return 1.0
        cell = self._baskets.sizes[holding] * len(groups) + group
        hit = np.isin(holding, self._of(consequent), assume_unique=True)
        shape = (self._bins, len(groups))
        trials = np.bincount(cell, minlength=self._bins * len(groups)).reshape(shape).astype(float)
        hits = (
            np.bincount(cell[hit], minlength=self._bins * len(groups)).reshape(shape).astype(float)
        )
        return general_association(hits, trials)


def _alike(
    sizes: np.ndarray, given: np.ndarray, other: np.ndarray, both: np.ndarray
) -> tuple[float, float]:
    """`mantel_haenszel` of the other item beside the given one; all by the number of products in a basket."""
    exposed = given[1:]  # one product more where the given one is among them
    return mantel_haenszel(
        exposed, exposed + (sizes - given)[:-1], both[1:] + (other - both)[:-1], both[1:]
    )
