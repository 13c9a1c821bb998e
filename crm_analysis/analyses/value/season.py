"""The months' multipliers, and the clock that runs faster in the months with more orders."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from crm_analysis.analyses.customers.purchases import Purchases, calendar_month

_PRIOR = 30.0  # orders' worth of belief that a month is like any other
_FIRST_DAY, _LAST_DAY = -50_000, 80_000  # 1833 to 2189, in days since 1970-01-01
_DAYS = np.arange(_FIRST_DAY, _LAST_DAY + 1, dtype=float)


@dataclass(frozen=True, eq=False)
class Clock:
    """Time as it passes for orders: a day of a month with multiplier 2 lasts two days.

    In that time a customer orders evenly, so that models without seasons hold in it: a silence in
    the low months says little, and what is expected of a horizon depends on the months in it.

    month_multipliers : of January to December; their mean over the days of a year is made 1.

    Examples
    --------
    >>> december = Clock(np.r_[np.ones(11), 2.0])
    >>> bool(december.between(363, 364) > 1.8)  # New Year's Eve 1970
    True
    >>> float(EVEN_CLOCK.between(10, 17))
    7.0
    """

    month_multipliers: np.ndarray

    @cached_property
    def _ends(self) -> np.ndarray:
        """The time at the end of each day from the first to the last."""
        month = calendar_month(_DAYS.astype(np.int64)) % 12
        days = np.asarray(self.month_multipliers, dtype=float)[month]
        return _FIRST_DAY + np.cumsum(days / days.mean()) - 1

    def at(self, day: np.ndarray | float) -> np.ndarray:
        """The time at the end of a day, which may be a fraction of one."""
        if self.even:
            return np.asarray(day, dtype=float)
        return np.interp(day, _DAYS, self._ends)

    def day(self, time: np.ndarray) -> np.ndarray:
        """The day on which it is that time."""
        if self.even:
            return time
        return np.interp(time, self._ends, _DAYS)

    def between(
        self, start: np.ndarray | float, end: np.ndarray | float
    ) -> np.ndarray:
        """The time from the end of one day to that of another."""
        return self.at(end) - self.at(start)

    @cached_property
    def even(self) -> bool:
        """Whether all months are alike."""
        return bool(np.ptp(self.month_multipliers) == 0)


EVEN_CLOCK = Clock(np.ones(12))


def month_multipliers(expected: np.ndarray, purchases: Purchases) -> pd.DataFrame:
    """A row a calendar month, as `Value.season`.

    `expected`: repeat orders that a model without seasons expects by the end of each day of the
    record. It follows each customer from their first day, so growth of the base is no season.
    Multipliers are drawn toward 1 where a month has few orders, and average 1 over the orders
    expected.
    """
    month = calendar_month(np.arange(purchases.start, purchases.until + 1)) % 12
    ordered = calendar_month(purchases.day[purchases.repeated]) % 12
    by_day = np.diff(expected, prepend=0.0)
    table = pd.DataFrame(
        {
            "month": np.arange(1, 13),
            "days": np.bincount(month, minlength=12),
            "actual": np.bincount(ordered, minlength=12),
            "expected": np.bincount(month, weights=by_day, minlength=12),
        }
    )
    level = table["actual"].sum() / max(table["expected"].sum(), 1e-9)
    usual = table["expected"] * max(level, 1e-9) + _PRIOR
    multiplier = (table["actual"] + _PRIOR) / usual
    mean = np.average(multiplier, weights=np.maximum(table["expected"], 1e-9))
    return table.assign(multiplier=multiplier / mean)


def no_multipliers() -> pd.DataFrame:
    """What stands for `month_multipliers` where the months cannot be told apart."""
    return pd.DataFrame(
        {
            "month": np.arange(1, 13),
            "days": 0,
            "actual": 0,
            "expected": np.nan,
            "multiplier": 1.0,
        }
    )
