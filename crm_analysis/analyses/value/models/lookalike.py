"""The look-alike estimate: customers do what others like them did in the last window.

It is the fall-back where no model can be used, and the mark that models have to beat.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import pandas as pd
from scipy.special import gammainc

from crm_analysis.analyses.customers import Purchases
from crm_analysis.analyses.value.models.fitting import Rows, group
from crm_analysis.analyses.value.models.purchase_model import PurchaseModel
from crm_analysis.analyses.value.purchase_summary import (
    UNIT_DAYS,
    Unit,
    summarise,
)
from crm_analysis.analyses.value.season import EVEN_CLOCK, Clock

_ORDERS = np.array([0, 1, 2, 3, 6, 11])
_SILENCE = np.array([0.0, 0.25, 0.5, 1.0])  # in windows
_CLASSES = len(_ORDERS) * len(_SILENCE)
_PRIOR = 10.0  # customers' worth of belief in the average of all


def fit_lookalike(
    purchases: Purchases,
    summary: pd.DataFrame,
    window: float,
    unit: Unit,
    clock: Clock = EVEN_CLOCK,
) -> LookAlike:
    """Learn from the last `window` units of a clock what customers of each class ordered in it.

    `summary` is that of the purchases, in the time of the clock.
    """
    begin = clock.at(purchases.until) - round(window * UNIT_DAYS[unit])
    cut = round(float(clock.day(begin)))
    then = purchases.first_day <= cut
    past = (
        summarise(purchases.before(cut), unit, clock)
        if then.any()
        else summary.head(0)
    )
    after = purchases.count(purchases.day > cut)[then]
    silence = (past["T"] - past["recency"]).to_numpy(float)
    classes = _classes(past["frequency"].to_numpy(float), silence, window)
    average, buying = 0.0, 0.0
    if len(after):
        average, buying = float(after.mean()), float((after > 0).mean())
    size = np.bincount(classes, minlength=_CLASSES) + _PRIOR
    buyers = np.bincount(classes, weights=after > 0, minlength=_CLASSES)
    orders = np.bincount(classes, weights=after, minlength=_CLASSES)
    share = np.clip((buyers + _PRIOR * buying) / size, 1e-6, 1.0)
    return LookAlike(
        {"orders_in_window": average, "share_ordering": buying},
        log_likelihood=float("nan"),
        converged=True,
        customers=len(summary),
        notes=(),
        covariance=np.full((2, 2), np.nan),
        rows=group(summary),
        index=pd.RangeIndex(len(summary)),
        window=window,
        class_orders=np.maximum((orders + _PRIOR * average) / size, share),
        share=share,
    )


@dataclass(frozen=True, eq=False)
class LookAlike(PurchaseModel):
    """Classes by orders so far and by silence.

    window : the time looked at, in units. class_orders : mean orders of each class in a window.
    share : of each class, those that ordered at all.
    """

    name: ClassVar[str] = "lookalike"
    knows_new_customers: ClassVar[bool] = False
    knows_leaving: ClassVar[bool] = False  # only of not ordering within a window

    window: float = 1.0
    class_orders: np.ndarray = field(default_factory=lambda: np.zeros(0))
    share: np.ndarray = field(default_factory=lambda: np.zeros(0))

    def _class(self, rows: Rows) -> np.ndarray:
        return _classes(rows.x, rows.T - rows.t_x, self.window)

    def _alive(self, rows: Rows) -> np.ndarray:
        return self.share[self._class(rows)]

    def _expected(self, rows: Rows, t: np.ndarray) -> np.ndarray:
        return self.class_orders[self._class(rows)] * t / self.window

    def _expected_alive(self, rows: Rows, t: np.ndarray) -> np.ndarray:
        return self._expected(rows, t) / self._alive(rows)

    def _at_least(
        self, rows: Rows, n: int | np.ndarray, t: np.ndarray
    ) -> np.ndarray:
        """Those who order at all order once, and a Poisson number of times more."""
        more = np.maximum(self._expected_alive(rows, t) - 1, 1e-9)
        again = np.maximum(np.asarray(n) - 1, 1)
        return np.where(np.asarray(n) == 1, 1.0, gammainc(again, more))

    def _median_wait(self, rows: Rows) -> np.ndarray:
        in_window = self._expected_alive(rows, np.full(len(rows), self.window))
        return np.log(2) * self.window / np.maximum(in_window, 1e-9)


def _classes(x: np.ndarray, silence: np.ndarray, window: float) -> np.ndarray:
    orders = np.searchsorted(_ORDERS, x, side="right") - 1
    return (
        orders * len(_SILENCE)
        + np.searchsorted(_SILENCE, silence / window, side="right")
        - 1
    )
