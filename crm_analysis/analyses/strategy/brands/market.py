"""The NBD-Dirichlet: how often customers buy a category, and which of its brands."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.optimize import brentq
from scipy.special import gammaln

_TAIL = 1e-13  # of the customers, who buy more often than is summed over
_MOST_TERMS = 500_000
ALIKE = 30.0  # the largest S: customers choose so much alike that none above is told apart
_LEAST_S = 1e-4  # hardly a customer buys two brands
_K_RANGE = (1e-6, 1e6)


@dataclass(frozen=True)
class Market:
    """A category that customers buy M times on average, as often as a negative binomial says.

    `k` is the NBD's exponent: the smaller, the more customers differ in how often they buy.
    """

    m: float
    k: float

    @cached_property
    def chances(self) -> np.ndarray:
        """The share of customers who buy 0, 1, 2 … times."""
        again = self.m / (self.m + self.k)
        terms = np.log(_TAIL) / np.log(again) + 10 * (1 + self.m)
        n = np.arange(int(min(terms, _MOST_TERMS)) + 1)
        log = gammaln(self.k + n) - gammaln(self.k) - gammaln(n + 1)
        log += n * np.log(again) - self.k * np.log1p(self.m / self.k)
        return np.exp(log)

    def without(self, share: float, s: float) -> np.ndarray:
        """The chance that who buys 0, 1, 2 … times never buys brands of this share."""
        n = np.arange(len(self.chances))
        rest = s * (1 - share)
        return np.exp(
            gammaln(rest + n) - gammaln(rest) - gammaln(s + n) + gammaln(s)
        )

    def penetration(self, share: float, s: float) -> float:
        """The share of customers who buy a brand of this share of purchases."""
        return 1 - float(self.chances @ self.without(share, s))

    def category_purchases(self, share: float, s: float) -> float:
        """How often a buyer of the brand buys the category."""
        bought = self.chances * (1 - self.without(share, s))
        return float(bought @ np.arange(len(bought))) / self.penetration(share, s)

    def sole(self, share: float, s: float) -> float:
        """The share of a brand's buyers who buy no other."""
        only = self.chances @ self.without(1 - share, s) - self.chances[0]
        return float(only) / self.penetration(share, s)

    def s_of(self, share: float, penetration: float) -> float:
        """The S at which a brand has this penetration, `ALIKE` at most.

        0 where it has too few buyers for its share even if each bought nothing else.
        """

        def off(log_s: float) -> float:
            return self.penetration(share, float(np.exp(log_s))) - penetration

        low, high = float(np.log(_LEAST_S)), float(np.log(ALIKE))
        if off(low) >= 0:
            return 0.0
        if off(high) <= 0:
            return ALIKE
        return float(np.exp(brentq(off, low, high, xtol=1e-12)))


def market_of(penetration: float, rate: float) -> Market | None:
    """The market with this share of buyers, who buy at this rate; None where there is none.

    There is none where so few buyers cannot come of so many purchases, or so many buyers of so few:
    the share who buy nothing is (1 + M/K)^−K, which lies above exp(−M).

    >>> market = market_of(0.56, 2.6)
    >>> round(market.m, 3), round(market.k, 2)
    (1.456, 0.78)
    """
    m, none = penetration * rate, np.log1p(-penetration)

    def off(log_k: float) -> float:
        k = float(np.exp(log_k))
        return -k * float(np.log1p(m / k)) - none

    low, high = (float(end) for end in np.log(_K_RANGE))
    if off(low) <= 0 or off(high) >= 0:
        return None
    return Market(m, float(np.exp(brentq(off, low, high, xtol=1e-12))))
