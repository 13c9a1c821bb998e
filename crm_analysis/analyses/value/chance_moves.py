"""How customers would move between two windows if nothing had changed but chance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from crm_analysis.analyses.customers.purchases import Purchases
from crm_analysis.analyses.inference import benjamini_hochberg

_DRAWS = 10
_FALSE_DISCOVERIES = 0.05
_ENOUGH = 4  # purchases that say how evenly a customer orders
_MEDIAN_SQUARE = 0.4549  # of a standard normal


@dataclass(frozen=True, eq=False)
class TwoWindows:
    """The purchases of two windows of one length, which end on the days `before` and `now`."""

    purchases: Purchases
    before: int
    now: int
    length: int

    def inside(self, end: int) -> np.ndarray:
        """Which entries lie in the window that ends on that day."""
        return self.purchases.within(end - self.length, end)

    def chance_of_now(self) -> np.ndarray:
        """How likely each customer's next purchase lies in the later window, were all alike.

        By the days that a customer was there in each, and by how all repeat orders went together:
        growth of everybody is no move of one.
        """
        first = self.purchases.first_day
        days_before, days_now = (
            np.clip(end - np.maximum(first, end - self.length), 0, self.length)
            for end in (self.before, self.now)
        )
        repeats = self.purchases.repeated
        count_before, count_now = (
            float((repeats & self.inside(end)).sum())
            for end in (self.before, self.now)
        )
        rate_before = count_before / max(1.0, float(days_before.sum()))
        rate_now = count_now / max(1.0, float(days_now.sum()))
        expected = days_before * rate_before + days_now * rate_now
        return np.where(
            expected > 0, days_now * rate_now / np.maximum(expected, 1e-300), 0.5
        )

    def shuffled(self, seed: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Entries of the earlier and of the later window, as chance might have had them.

        A customer's first purchase stays where it is.
        """
        rng = np.random.default_rng(seed)
        before, now = self.inside(self.before), self.inside(self.now)
        movable = (before | now) & self.purchases.repeated
        chance = self.chance_of_now()[self.purchases.customer]
        for _ in range(_DRAWS):
            later = rng.random(len(chance)) < chance
            yield (
                np.where(movable, ~later, before),
                np.where(movable, later, now),
            )

    def moved_further(self, worth: np.ndarray) -> np.ndarray:
        """Which way each customer moved beyond chance: −1, 0 or 1.

        `worth` is what each entry counts. The difference between the windows beside the spread it
        has when each purchase falls into either by itself, wider where customers order in spurts;
        at most one in twenty of those named is named for chance (Benjamini & Hochberg).
        """
        before, now = self.inside(self.before), self.inside(self.now)
        movable = (before | now) & self.purchases.repeated
        customer = self.purchases.customer[movable]
        size = len(self.purchases.labels)
        chance = self.chance_of_now()

        def total(weights: np.ndarray) -> np.ndarray:
            return np.bincount(customer, weights=weights, minlength=size)

        later = now[movable].astype(float)
        count, own = total(np.ones(len(customer))), worth[movable]
        difference = total(own * (later - chance[customer]))
        variance = chance * (1 - chance) * total(own**2)
        plain = chance * (1 - chance) * count
        judged = (variance > 0) & (plain > 0)
        if not judged.any():
            return np.zeros(size, dtype=int)
        surplus = (total(later) - chance * count) / np.sqrt(
            np.maximum(plain, 1e-300)
        )
        spurts = _spread(surplus[judged & (count >= _ENOUGH)])
        z = np.abs(difference[judged]) / np.sqrt(spurts * variance[judged])
        # No fewer purchases can be surer than all of them on one side are.
        side = np.where(difference < 0, 1 - chance, chance)[judged]
        p = np.maximum(2 * ndtr(-z), 2 * side ** count[judged])
        moved = np.zeros(size, dtype=int)
        named = benjamini_hochberg(np.minimum(p, 1.0)) <= _FALSE_DISCOVERIES
        moved[judged] = np.where(named, np.sign(difference[judged]), 0).astype(int)
        return moved


def _spread(surplus: np.ndarray) -> float:
    """How much wider than evenly spread orders customers vary, by the middle of them."""
    if not len(surplus):
        return 1.0
    return max(1.0, float(np.median(surplus**2)) / _MEDIAN_SQUARE)
