"""The simple estimate: a customer does what customers like them did in the last window. The fall-back, and the mark to beat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.special import gammainc

from crm_analysis.analyses.customers import Purchases
from crm_analysis.analyses.value.models.fitting import Rows, group
from crm_analysis.analyses.value.models.purchase_model import PurchaseModel
from crm_analysis.analyses.value.purchase_summary import UNIT_DAYS, Unit, summarise

__all__ = ["LookAlike", "fit_lookalike"]

_ORDERS = np.array([0, 1, 2, 3, 6, 11])
_SILENCE = np.array([0.0, 0.25, 0.5, 1.0])
_PRIOR = 10.0  # customers' worth of belief in the average of all


@dataclass(frozen=True, eq=False)
class LookAlike(PurchaseModel):
    """Classes by orders so far and by silence; each with its orders in a window, and the share that ordered at all."""

    window: float = 1.0
    orders: np.ndarray = field(default_factory=lambda: np.zeros(0))
    share: np.ndarray = field(default_factory=lambda: np.zeros(0))

    def _class(self, rows: Rows) -> np.ndarray:
        return _classes(rows.x, rows.T - rows.t_x, self.window)

    def _alive(self, rows: Rows) -> np.ndarray:
        return self.share[self._class(rows)]

    def _expected(self, rows: Rows, t: np.ndarray) -> np.ndarray:
        return self.orders[self._class(rows)] * t / self.window

    def _expected_alive(self, rows: Rows, t: np.ndarray) -> np.ndarray:
        return self._expected(rows, t) / self._alive(rows)

    def _at_least(self, rows: Rows, n: int, t: np.ndarray) -> np.ndarray:
        """Those who order at all order once, and a Poisson number of times more."""
        more = np.maximum(self._expected_alive(rows, t) - 1, 1e-9)
        return np.ones(len(rows)) if n == 1 else gammainc(n - 1, more)

    def _median_wait(self, rows: Rows) -> np.ndarray:
        return (
            np.log(2)
            * self.window
            / np.maximum(self._expected_alive(rows, np.full(len(rows), self.window)), 1e-9)
        )


def _classes(x: np.ndarray, silence: np.ndarray, window: float) -> np.ndarray:
    orders = np.searchsorted(_ORDERS, x, side="right") - 1
    return orders * len(_SILENCE) + np.searchsorted(_SILENCE, silence / window, side="right") - 1


def fit_lookalike(bought: Purchases, window: float, unit: Unit) -> LookAlike:
    """Learn from the last `window` (in units): what did customers of each class at its beginning order in it?"""
    days = round(window * UNIT_DAYS[unit])
    cut = bought.until - days
    known = bought.first_day <= cut
    past = summarise(bought.before(cut), unit) if known.any() else summarise(bought, unit).head(0)
    after = np.bincount(bought.customer[bought.day > cut], minlength=len(bought.labels))[known]
    size = len(_ORDERS) * len(_SILENCE)
    which = _classes(
        past["frequency"].to_numpy(float), (past["T"] - past["recency"]).to_numpy(float), window
    )
    count = np.bincount(which, minlength=size)
    average, buying = (float(after.mean()), float((after > 0).mean())) if len(after) else (0.0, 0.0)
    share = (np.bincount(which, weights=after > 0, minlength=size) + _PRIOR * buying) / (
        count + _PRIOR
    )
    orders = np.maximum(
        (np.bincount(which, weights=after, minlength=size) + _PRIOR * average) / (count + _PRIOR),
        share,
    )
    summary = summarise(bought, unit)
    parameters: Mapping[str, float] = {"orders_in_window": average, "share_ordering": buying}
    spread = np.zeros((2, 2))
    floor = np.clip(share, 1e-6, 1.0)
    return LookAlike(
        "lookalike",
        parameters,
        float("nan"),
        True,
        unit,
        len(summary),
        (),
        spread,
        group(summary),
        pd.RangeIndex(len(summary)),
        window,
        np.maximum(orders, floor),
        floor,
    )
