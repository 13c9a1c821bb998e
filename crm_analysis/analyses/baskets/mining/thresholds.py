"""Thresholds as whole numbers: what lies exactly on the line stays, whatever floats make of it."""

from __future__ import annotations

from fractions import Fraction

import numpy as np


def _exact(share: float) -> Fraction:
    """The number as it was typed: 0.1 is one tenth, not the nearest binary fraction."""
    return Fraction(str(float(share)))


def minimum_count(share: float, baskets: int) -> int:
    """The smallest number of baskets that reaches a share of them.

    >>> minimum_count(0.07, 100), 0.07 * 100
    (7, 7.000000000000001)
    >>> minimum_count(5 / 6, 6)
    5
    """
    # A share that was itself computed, k/n, means k: its decimal text may lie above the fraction.
    nearest = round(share * baskets)
    if baskets and nearest / baskets == share:
        return max(1, nearest)
    wanted = _exact(share) * baskets
    return max(1, -(-wanted.numerator // wanted.denominator))


def minimum_joint(confidence: float, antecedents: np.ndarray) -> np.ndarray:
    """For each antecedent's count the smallest count of the whole rule that is confident enough."""
    if confidence <= 0:
        return np.zeros(len(antecedents), dtype=np.int64)
    distinct, position = np.unique(antecedents, return_inverse=True)
    minimums = [minimum_count(confidence, int(count)) for count in distinct]
    return np.array(minimums, dtype=np.int64)[position]


def reaches_lift(
    minimum: float,
    baskets: int,
    joint: np.ndarray,
    antecedent: np.ndarray,
    consequent: np.ndarray,
) -> np.ndarray:
    """Whether joint × baskets ≥ minimum × antecedent × consequent, decided exactly."""
    lift = joint * (baskets / antecedent) / consequent
    reached = lift >= minimum
    exact = _exact(minimum)
    # Floats are trusted away from the line only; Python's whole numbers decide on it.
    for row in np.flatnonzero(np.abs(lift - minimum) <= 1e-9 * max(minimum, 1e-9)):
        above = int(joint[row]) * baskets
        below = int(antecedent[row]) * int(consequent[row])
        at_least = above * exact.denominator >= exact.numerator * below
        reached[row] = at_least or above / below == minimum
    return reached
