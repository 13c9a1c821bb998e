"""Movement: each customer's value tier now against then, who is rising and who is falling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from crm_analysis.analyses.customers import Purchases, as_dates, purchase_days
from crm_analysis.analyses.value.cohorts import as_of_day
from crm_analysis.analyses.value.tiers import tier_of
from crm_analysis.errors import AnalysisError
from crm_analysis.options import Options, knob

__all__ = ["Movement", "MovementOptions", "movement"]

_ORDER = ("A", "B", "C", "none")


@dataclass(frozen=True, kw_only=True)
class MovementOptions(Options):
    """Two windows of the same length, one ending today and one ending `back_days` before."""

    back_days: int = knob(365, low=7, high=1100)
    window_days: int = knob(365, low=7, high=1100)
    measure: Literal["revenue", "orders"] = "revenue"
    a_share: float = knob(0.8, low=0.1, high=0.95, step=0.01, advanced=True)
    b_share: float = knob(0.95, low=0.2, high=1.0, step=0.01, advanced=True)
    until: str | None = knob(None, advanced=True)


@dataclass(frozen=True, eq=False)
class Movement:
    """`customers`: customer, tier_before, tier_now (A, B, C; none: no purchase in the window), direction (rising, falling, steady, new, back, gone), value_before,
    value_now, change, first, last; falling and gone first, largest loss on top. `flows`: tier_before, tier_now, customers, value_before, value_now,
    change. `directions`: direction, customers, value_before, value_now, change. `short`: the record does not reach over both windows.
    """

    customers: pd.DataFrame
    flows: pd.DataFrame
    directions: pd.DataFrame
    now: tuple[str, str]
    before: tuple[str, str]
    measure: str
    short: bool

    def summary(self) -> dict[str, float | None]:
        """rising, falling, steady, new, back, gone (customers), value_before, value_now, change (share), kept_a (share of then's A who are A now)."""
        counts = self.directions.set_index("direction")["customers"]
        before, now = (
            float(self.customers["value_before"].sum()),
            float(self.customers["value_now"].sum()),
        )
        was_a = self.customers["tier_before"] == "A"
        return {
            **{
                name: float(counts.get(name, 0))
                for name in ("rising", "falling", "steady", "new", "back", "gone")
            },
            "value_before": before,
            "value_now": now,
            "change": now / before - 1 if before > 0 else None,
            "kept_a": float((self.customers.loc[was_a, "tier_now"] == "A").mean())
            if was_a.any()
            else None,
        }


def movement(table: pd.DataFrame, options: MovementOptions | None = None) -> Movement:
    """Value tiers of the window that ends now and of the one that ended `back_days` ago, customer by customer.

    Table in: order lines with `customer`, `date`, and `amount` for revenue (without it purchase days are counted). Both windows
    have `window_days`; where the record is shorter than both together, both are cut to what fits without overlap, and `short` says so.
    Out: `Movement`. AnalysisError when the record is too short for two weeks side by side.
    """
    options = options or MovementOptions()
    bought = purchase_days(table, options.until)
    today = as_of_day(options.until, bought)
    reach = today - int(bought.day.min()) + 1
    window, back = options.window_days, options.back_days
    short = back + window > reach
    if short:
        window = back = min(window, back, reach // 2)
        if window < 7:
            raise AnalysisError("value.too_short_to_compare", days=reach)
    measure = "orders" if bought.money is None else options.measure
    now, before = (
        _worth(bought, today, window, measure),
        _worth(bought, today - back, window, measure),
    )
    tiers_now, tiers_before = (
        np.where(seen, tier_of(value, options.a_share, options.b_share), "none")
        for value, seen in (now, before)
    )
    customers = pd.DataFrame(
        {"customer": bought.labels, "tier_before": tiers_before, "tier_now": tiers_now}
    )
    customers["direction"] = _direction(tiers_before, tiers_now, bought.first_day > today - back)
    customers["value_before"], customers["value_now"] = before[0], now[0]
    customers["change"] = now[0] - before[0]
    customers["first"], customers["last"] = as_dates(bought.first_day), as_dates(bought.last_day)
    customers = customers[(customers["tier_before"] != "none") | (customers["tier_now"] != "none")]
    customers = customers.sort_values("change", kind="stable", ignore_index=True)
    return Movement(
        customers,
        _sums(customers, ["tier_before", "tier_now"]),
        _sums(customers, ["direction"]),
        _dates(today - window + 1, today),
        _dates(today - back - window + 1, today - back),
        measure,
        short,
    )


def _worth(bought: Purchases, end: int, window: int, measure: str) -> tuple[np.ndarray, np.ndarray]:
    """Money or orders of each customer in a window, and whether there was any purchase."""
    inside = (bought.day > end - window) & (bought.day <= end)
    count = np.bincount(bought.customer[inside], minlength=len(bought.labels))
    if measure == "orders" or bought.money is None:
        return count.astype(float), count > 0
    return np.bincount(
        bought.customer[inside], weights=bought.money[inside], minlength=len(bought.labels)
    ), count > 0


def _direction(before: np.ndarray, now: np.ndarray, is_new: np.ndarray) -> np.ndarray:
    rank = {name: place for place, name in enumerate(_ORDER)}
    old, new = np.array([rank[name] for name in before]), np.array([rank[name] for name in now])
    came = np.where(is_new, "new", "back")
    moved = np.where(new < old, "rising", np.where(new > old, "falling", "steady"))
    return np.where(
        (before == "none") & (now != "none"),
        came,
        np.where((now == "none") & (before != "none"), "gone", moved),
    )


def _sums(customers: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    grouped = customers.groupby(by, as_index=False)
    return grouped.agg(
        customers=("customer", "size"),
        value_before=("value_before", "sum"),
        value_now=("value_now", "sum"),
        change=("change", "sum"),
    )


def _dates(start: int, end: int) -> tuple[str, str]:
    return str(np.datetime64(start, "D")), str(np.datetime64(end, "D"))
