"""Thresholds as whole numbers, so that what lies exactly on the line is kept whatever a float makes of it."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

__all__ = ["least_count", "least_joint", "lift_at_least"]


def exact(share: float) -> Fraction:
    """The number as it was typed: 0.1 is one tenth, not the nearest binary fraction."""
    return Fraction(str(float(share)))


def least_count(share: float, baskets: int) -> int:
    """The least number of baskets that reaches a share of them.

    >>> least_count(0.07, 100), 0.07 * 100
    (7, 7.000000000000001)
    >>> least_count(5 / 6, 6)
    5
    """
    # A share that was itself computed, k/n, means k: its decimal text may lie a hair above the fraction.
    near = round(share * baskets)
    if baskets and near / baskets == share:
        return max(1, near)
    wanted = exact(share) * baskets
    return max(1, -(-wanted.numerator // wanted.denominator))


def least_joint(confidence: float, antecedents: np.ndarray) -> np.ndarray:
    """For each count of an antecedent the least count of the whole rule that reaches the confidence."""
    distinct, where = np.unique(antecedents, return_inverse=True)
    return np.array(
        [least_count(confidence, int(count)) if confidence > 0 else 0 for count in distinct],
        dtype=np.int64,
    )[where]


def lift_at_least(
    least: float, baskets: int, joint: np.ndarray, antecedent: np.ndarray, consequent: np.ndarray
) -> np.ndarray:
    """Whether joint × baskets ≥ least × antecedent × consequent, decided exactly."""
    ratio = joint * (baskets / antecedent) / consequent
    kept = ratio >= least
    wanted = exact(least)
    # Floats are trusted away from the line only; Python's whole numbers decide on it.
    for place in np.flatnonzero(np.abs(ratio - least) <= 1e-9 * max(least, 1e-9)):
        above, below = int(joint[place]) * baskets, int(antecedent[place]) * int(consequent[place])
        kept[place] = (
            above * wanted.denominator >= wanted.numerator * below or above / below == least
        )
    return kept
