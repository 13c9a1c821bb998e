"""What chance alone brings together, given how many products each basket holds.

Whoever fills a large basket buys everything oftener, so that in shops with small and large baskets
all products seem linked. Here products are independent among the baskets of one size.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np
import pandas as pd
from scipy.special import expit

from crm_analysis.analyses.baskets.mining.encoding import Baskets
from crm_analysis.analyses.baskets.mining.generation import SplitLimits, Splits
from crm_analysis.analyses.baskets.mining.lattice import Lattice
from crm_analysis.analyses.baskets.pair_chance import (
    countable,
    pairs_by_chance,
)
from crm_analysis.analyses.baskets.sizes import classes_of_size
from crm_analysis.analyses.inference import benjamini_hochberg, hypergeometric_p

TOLERANCE = 1.05  # of an expectation: what is less beyond it is no finding, however many baskets
_ROUNDS = 40  # at most, until popularity and room fit
_REST = 0.1  # of the level, for what is longer
_MODEL = 0.2  # of the level of pairs, for the test by the model of all baskets
_LARGEST_LOG = 600.0  # of a number of baskets
_CELLS = 2_000_000  # sets × classes looked at in one go


class SizeClasses:
    """Baskets of nearly one size, and how likely one of each class holds an item by chance.

    Every item is as popular in small baskets as in large ones: the odds that a basket holds it are
    the popularity of the item times the room of the class, so that items and sizes have the counts
    that they have (the model of Rasch 1960).
    """

    def __init__(self, baskets: Baskets, items: np.ndarray) -> None:
        of_size = classes_of_size(int(baskets.sizes.max(initial=0)))
        _, of_basket = np.unique(of_size[baskets.sizes], return_inverse=True)
        self.baskets = np.bincount(of_basket).astype(float)
        mean_size = np.bincount(of_basket, baskets.sizes) / self.baskets
        share = _shares(self.baskets, mean_size, baskets.counts)
        # The variance of a basket's size, were its items drawn one by one.
        self._spread = (share * (1 - share)).sum(axis=1)
        chosen = share[:, items].astype(np.float32)
        with np.errstate(divide="ignore"):
            self._log_share, self._log_absent = np.log(chosen), np.log1p(-chosen)

    def log_expected(self, sets: np.ndarray) -> np.ndarray:
        """The logarithm of how many baskets hold each set (rows of positions in `items`) by chance.

        The chance that several items are in a basket of fixed size is the product of their shares,
        less what the places that the one has taken cost the next (Hájek 1964).
        """
        expected = np.empty(len(sets))
        step = max(1, _CELLS // len(self.baskets))
        for low in range(0, len(sets), step):
            chosen = sets[low : low + step]
            expected[low : low + step] = self._expected(chosen)
        return np.log(np.maximum(expected, 1e-300))

    def _expected(self, sets: np.ndarray) -> np.ndarray:
        together = sum(self._log_share[:, column] for column in sets.T)
        length = sets.shape[1]
        chance = np.exp(together)
        if length > 1:
            absent = sum(self._log_absent[:, column] for column in sets.T)
            with np.errstate(divide="ignore", invalid="ignore"):
                taken = np.exp(absent * (2 / length)) / self._spread[:, None]
            taken = np.nan_to_num(taken, nan=0.0, posinf=0.0)
            for place in range(1, length):
                chance *= np.maximum(1 - place * taken, 1e-9)
        return self.baskets @ chance


def _shares(
    baskets: np.ndarray, sizes: np.ndarray, counts: np.ndarray
) -> np.ndarray:
    """Class × item: the shares with Σ over items the size and Σ over baskets the counts.

    Popularity and room in turn make a step of Newton's, until neither moves.
    """
    everyone = max(float(baskets.sum()), 1.0)
    inside = np.clip(counts / everyone, 0.5 / everyone, 1 - 0.5 / everyone)
    popularity = np.log(inside / (1 - inside))
    room = np.log(np.maximum(sizes, 1e-3) / max(float(inside.sum()), 1e-3))

    def shares() -> np.ndarray:
        return expit(room[:, None] + popularity)

    for _ in range(_ROUNDS):
        share = shares()
        wanted, spread = (
            sizes - share.sum(axis=1),
            (share * (1 - share)).sum(axis=1),
        )
        of_room = np.clip(wanted / np.maximum(spread, 1e-9), -1, 1)
        room = room + of_room
        share = shares()
        wanted, spread = counts - baskets @ share, baskets @ (share * (1 - share))
        of_item = np.clip(wanted / np.maximum(spread, 1e-9), -1, 1)
        popularity = popularity + of_item
        if (
            max(np.abs(of_room).max(initial=0), np.abs(of_item).max(initial=0))
            < 1e-4
        ):
            break
    return shares()


@dataclass(frozen=True, eq=False)
class Significance:
    """How surely rules are more than chance, a value a rule.

    Attributes
    ----------
    expected : numpy.ndarray
        Baskets that would hold both sides, were products independent among baskets of a size.
    p_value : numpy.ndarray
        Probability of so many or more (Fisher's exact test, at that expectation). Of two products
        it has a fifth of the level, and the test among baskets with equally many others
        (`pairs_by_chance`) the rest.
    p_adjusted : numpy.ndarray
        The same corrected for all rules of this length that could have been found.
    """

    expected: np.ndarray
    p_value: np.ndarray
    p_adjusted: np.ndarray


def significance(
    baskets: Baskets,
    lattice: Lattice,
    splits: Splits,
    possible: Mapping[int, int],
    longest: int | None,
) -> Significance:
    """Each rule tested against chance, a rule and its reverse by one test.

    `possible` says how many tests of each length there could have been, `longest` the longest sets
    looked for. Rules of two items share nine tenths of the level, of three nine tenths of the rest,
    and so on, so that the many that could be longer do not hide the few short ones.

    References
    ----------
    Webb (2008), Layered critical values: a powerful direct-adjustment approach to discovering
    significant patterns, Machine Learning 71, 307-323.
    """
    test = splits.whole * np.int64(len(lattice)) + np.minimum(
        splits.antecedent, splits.consequent
    )
    test_of, tests = pd.factorize(test)
    first = np.empty(len(tests), dtype=np.int64)
    first[test_of] = np.arange(len(test))
    sides = splits.antecedent[first], splits.consequent[first]
    whole = splits.whole[first]
    by_chance = _log_expected(baskets, lattice)
    excess = by_chance[whole] - by_chance[sides[0]] - by_chance[sides[1]]
    # Among so many baskets of one size both sides would meet as often as the sizes explain.
    meeting = np.exp(np.minimum(-excess, _LARGEST_LOG)) / TOLERANCE
    counts = lattice.counts
    x, y, both = counts[sides[0]], counts[sides[1]], counts[whole]
    p_value = hypergeometric_p(meeting, x, y, both)
    length = lattice.lengths[whole]
    pairs = np.flatnonzero(length == 2)
    codes = np.argsort(baskets.names, kind="stable")[lattice.singles]
    if len(pairs) and countable(baskets, codes):
        a, b = (codes[side[pairs]] for side in sides)
        p_value[pairs] = pair_p(baskets, a, b, both[pairs], p_value[pairs])
    p_adjusted = _adjusted(p_value, length, possible, longest)
    return Significance(
        (x * (y / meeting) / TOLERANCE)[test_of],
        p_value[test_of],
        p_adjusted[test_of],
    )


def pair_p(
    baskets: Baskets,
    first: np.ndarray,
    second: np.ndarray,
    both: np.ndarray,
    by_model: np.ndarray,
    minimum: float = 0.0,
) -> np.ndarray:
    """The p-value of pairs of items (codes), which `both` baskets hold: of two tests together.

    The test by the model of all baskets has a fifth of the level, the test among baskets with
    equally many others the rest; that is made of pairs in `minimum` baskets at least.
    """
    p_value = by_model / _MODEL
    asked = np.flatnonzero(both >= minimum)
    expected, beside = pairs_by_chance(baskets, first[asked], second[asked])
    beside = np.where(both[asked] < TOLERANCE * expected, 1.0, beside)
    p_value[asked] = np.minimum(p_value[asked], beside / (1 - _MODEL))
    return np.minimum(p_value, 1.0)


def _log_expected(baskets: Baskets, lattice: Lattice) -> np.ndarray:
    classes = SizeClasses(baskets, np.argsort(baskets.names, kind="stable"))
    return np.concatenate(
        [np.empty(0), *(classes.log_expected(rows) for rows in lattice.sets)]
    )


def _adjusted(
    p_value: np.ndarray,
    length: np.ndarray,
    possible: Mapping[int, int],
    longest: int | None,
) -> np.ndarray:
    corrected = np.ones(len(p_value))
    all_layers = 1 - _REST ** (longest - 1) if longest else 1.0
    for layer in np.unique(length):
        rows = np.flatnonzero(length == layer)
        share = (1 - _REST) * _REST ** (layer - 2) / all_layers
        corrected[rows] = (
            benjamini_hochberg(p_value[rows], possible[int(layer)]) / share
        )
    return np.minimum(corrected, 1.0)


def possible_rules(lattice: Lattice, limits: SplitLimits) -> dict[int, int]:
    """How many rules of each length two frequent sets could make, a rule and its reverse as one."""
    sides = [len(rows) for rows in lattice.sets]
    wanted, consequents = limits.wanted, sides
    if wanted is not None:
        consequents = [int(wanted[rows].all(axis=1).sum()) for rows in lattice.sets]
    longest = limits.max_consequents or len(sides)
    others = [
        count - (consequents[level] if level < longest else 0)
        for level, count in enumerate(sides)
    ]
    possible: dict[int, int] = {}
    for first, second in combinations_with_replacement(range(len(sides)), 2):
        both = sides[first] * sides[second] - others[first] * others[second]
        length = first + second + 2
        tests = both // 2 if first == second else both
        possible[length] = possible.get(length, 0) + tests
    return possible
