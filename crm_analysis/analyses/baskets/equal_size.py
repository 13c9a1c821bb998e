"""Whether products go together, compared among baskets that hold equally many of them.

Who fills a basket of two has one choice less for everything else.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, partial, reduce

import numpy as np

from crm_analysis.analyses.baskets.mining.encoding import Baskets
from crm_analysis.analyses.inference import (
    chi_square_p,
    equal_means,
    general_association,
    mantel_haenszel,
)

# P-value below which sizes are taken to differ: rather allow for it once too often.
_LIKELY = 0.2


class _EqualSize:
    def __init__(self, baskets: Baskets) -> None:
        self._baskets = baskets
        self._sizes = int(baskets.sizes.max(initial=0)) + 2
        self._cached: dict[int, np.ndarray] = {}

    @cached_property
    def _by_item(self) -> tuple[np.ndarray, np.ndarray]:
        """The baskets of the lines in the order of their items, and where each item's begin."""
        baskets = self._baskets
        order = np.argsort(baskets.codes, kind="stable")
        return baskets.rows[order], np.concatenate([[0], np.cumsum(baskets.counts)])

    def _holding(self, *items: int) -> np.ndarray:
        for item in items:
            if item not in self._cached:
                basket, starts = self._by_item
                self._cached[item] = basket[starts[item] : starts[item + 1]]
        return reduce(
            partial(np.intersect1d, assume_unique=True),
            (self._cached[item] for item in items),
        )

    def _histogram(self, chosen: np.ndarray) -> np.ndarray:
        return np.bincount(
            self._baskets.sizes[chosen], minlength=self._sizes
        ).astype(float)


class EqualSizePairs(_EqualSize):
    """Pairs of items, tested among baskets that hold equally many other products.

    Were products put into baskets independently, and then the baskets of some sizes kept more often
    than others, the products beside A would be the same with A as without it, among the baskets
    with equally many products beside A. The test of Mantel and Haenszel (1959) compares them,
    number by number. It is made in both directions, with A given and with B; the stronger one
    counts, its p-value twice.
    """

    def __init__(self, baskets: Baskets) -> None:
        super().__init__(baskets)
        self._all = self._histogram(np.arange(len(baskets)))

    def test(
        self, first: np.ndarray, second: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """The baskets expected to hold each pair (codes), and the two-sided p-value of those."""
        expected, p_value = np.empty(len(first)), np.empty(len(first))
        for row, (a, b) in enumerate(
            zip(first.tolist(), second.tolist(), strict=True)
        ):
            with_a = self._histogram(self._holding(a))
            with_b = self._histogram(self._holding(b))
            both = self._histogram(self._holding(a, b))
            directions = (
                self._direction(with_a, with_b, both),
                self._direction(with_b, with_a, both),
            )
            expected[row], z = max(
                directions, key=lambda direction: abs(direction[1])
            )
            p_value[row] = min(1.0, 2 * float(chi_square_p(z**2)))
        return expected, p_value

    def _direction(
        self, given: np.ndarray, other: np.ndarray, both: np.ndarray
    ) -> tuple[float, float]:
        """The other item beside the given one: baskets expected to hold both, and z."""
        exposed = given[1:]  # one product more where the given one is among them
        trials = exposed + (self._all - given)[:-1]
        hits = both[1:] + (other - both)[:-1]
        return mantel_haenszel(exposed, trials, hits, both[1:])


class EqualSizeGroups(_EqualSize):
    """Rules in groups of baskets, tested among baskets that hold equally many products.

    A group's baskets lie side by side, between its `edges`.
    """

    def __init__(self, baskets: Baskets, edges: np.ndarray) -> None:
        super().__init__(baskets)
        self._group = np.repeat(np.arange(len(edges) - 1), np.diff(edges))
        self._moments = self._sums(np.arange(len(baskets)))

    def _sums(self, chosen: np.ndarray) -> np.ndarray:
        """Of the chosen baskets of each group: count, sum of their sizes, and of the squares."""
        group, sizes = (
            self._group[chosen],
            self._baskets.sizes[chosen].astype(float),
        )
        groups = int(self._group[-1]) + 1
        return np.stack(
            [
                np.bincount(group, weights, minlength=groups)
                for weights in (None, sizes, sizes**2)
            ]
        )

    def sizes_differ(self, antecedent: Sequence[int], compared: np.ndarray) -> bool:
        """Whether baskets without the antecedent are of different sizes in the groups compared.

        So far as an analysis of variance can tell. Where they are not, baskets with it differ in
        size for what goes with it, which is what a rule is about.
        """
        moments = (self._moments - self._sums(self._holding(*antecedent)))[
            :, compared
        ]
        p_value = equal_means(*moments[:, moments[0] > 0])
        return bool(np.isnan(p_value) or p_value < _LIKELY)

    def test(
        self,
        antecedent: Sequence[int],
        consequent: int,
        compared: np.ndarray,
    ) -> float:
        """The p-value of the consequent's being as common beside the antecedent in all groups.

        In those that are `compared` (a mask).
        """
        holding = self._holding(*antecedent)
        holding = holding[compared[self._group[holding]]]
        groups, group = np.unique(self._group[holding], return_inverse=True)
        if len(groups) < 2:
            return 1.0
        cell = self._baskets.sizes[holding] * len(groups) + group
        hit = np.isin(holding, self._holding(consequent), assume_unique=True)
        shape = (self._sizes, len(groups))
        hits, trials = (
            np.bincount(cells, minlength=self._sizes * len(groups))
            .reshape(shape)
            .astype(float)
            for cells in (cell[hit], cell)
        )
        return general_association(hits, trials)
