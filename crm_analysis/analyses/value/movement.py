"""Movement: each customer's value tier now against then, who is rising and who is falling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from crm_analysis.analyses.customers.purchases import (
    as_dates,
    iso_date,
    purchase_days,
)
from crm_analysis.analyses.value.tiers import tier_of
from crm_analysis.errors import AnalysisError
from crm_analysis.options import Options, knob

TIERS = (
    "A",
    "B",
    "C",
    "none",
)  # the best first; none: no purchase in the window
_DIRECTIONS = ("rising", "falling", "steady", "new", "back", "gone")
_SHORTEST_WINDOW = 7


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
class ValueMovement:
    """Customers' value tiers of two windows.

    customers : a row a customer who bought in a window, the largest loss first
        customer, first, last : who, and their first and last purchase.
        tier_before, tier_now : A, B, C, or none (no purchase in the window).
        direction : rising, falling, steady, new, back, gone.
        value_before, value_now, change : money, or purchase days.
    flows : a row a pair of tiers
        tier_before, tier_now, customers : which, and how many went from the one to the other.
        value_before, value_now, change : money, or purchase days, of them all.
    directions : a row a direction
        direction, customers : which, and how many.
        value_before, value_now, change : money, or purchase days, of them all.
    now, before : first and last day of each window.
    measure : "revenue" or "orders".
    short : the record does not reach over both windows, which are cut.
    """

    customers: pd.DataFrame
    flows: pd.DataFrame
    directions: pd.DataFrame
    now: tuple[str, str]
    before: tuple[str, str]
    measure: str
    short: bool

    def summary(self) -> dict[str, float | None]:
        """Headline numbers.

        rising, falling, steady, new, back, gone : customers.
        value_before, value_now, change : of all, and the change as a share.
        kept_a : share of then's A who are A now.
        """
        counts = self.directions.set_index("direction")["customers"]
        before, now = (
            float(self.customers[f"value_{when}"].sum()) for when in ("before", "now")
        )
        tiers_of_a = self.customers.loc[
            self.customers["tier_before"] == "A", "tier_now"
        ]
        return {
            **{name: float(counts.get(name, 0)) for name in _DIRECTIONS},
            "value_before": before,
            "value_now": now,
            "change": now / before - 1 if before > 0 else None,
            "kept_a": float((tiers_of_a == "A").mean()) if len(tiers_of_a) else None,
        }


def movement(
    table: pd.DataFrame, options: MovementOptions | None = None
) -> ValueMovement:
    """Value tiers of the window that ends now and of an earlier one, customer by customer.

    Where the record is shorter than both windows together, both are cut to what fits without
    overlap, and `short` says so.

    Parameters
    ----------
    table
        Order lines with `customer` and `date`; `amount` for revenue (without it purchase days are
        counted).
    options
        The windows, and what value is.

    Returns
    -------
    ValueMovement
        Customers, flows between tiers, and directions.

    Raises
    ------
    AnalysisError
        As `purchase_summary`; "value.too_short_to_compare" when the record has no two weeks.

    Examples
    --------
    >>> days = pd.to_datetime(["2023-06-01", "2024-06-01", "2023-06-02", "2024-06-02"])
    >>> lines = pd.DataFrame({"customer": ["a", "a", "b", "c"], "date": days})
    >>> lines["amount"] = [50.0, 80.0, 50.0, 20.0]
    >>> moved = movement(lines).customers
    >>> moved[["customer", "tier_before", "tier_now", "direction", "change"]]
      customer tier_before tier_now direction  change
    0        b           A     none      gone   -50.0
    1        c        none        B       new    20.0
    2        a           A        A    steady    30.0
    """
    options = options or MovementOptions()
    purchases = purchase_days(table, options.until)
    today = purchases.until
    reach = today - purchases.start + 1
    window, back = options.window_days, options.back_days
    short = back + window > reach
    if short:
        window = back = min(window, back, reach // 2)
        if window < _SHORTEST_WINDOW:
            raise AnalysisError("value.too_short_to_compare", days=reach)
    measure = "orders" if purchases.money is None else options.measure
    customers = pd.DataFrame({"customer": purchases.labels})
    for name, end in (("before", today - back), ("now", today)):
        inside = purchases.within(end - window, end)
        count = purchases.count(inside)
        worth = (
            count.astype(float) if measure == "orders" else purchases.revenue(inside)
        )
        tiers = tier_of(worth, options.a_share, options.b_share)
        customers[f"tier_{name}"] = np.where(count > 0, tiers, "none")
        customers[f"value_{name}"] = worth
    customers["direction"] = _direction(customers, purchases.first_day > today - back)
    customers["change"] = customers["value_now"] - customers["value_before"]
    customers["first"] = as_dates(purchases.first_day)
    customers["last"] = as_dates(purchases.last_day)
    customers = customers[
        (customers["tier_before"] != "none") | (customers["tier_now"] != "none")
    ].sort_values("change", kind="stable", ignore_index=True)
    columns = ["customer", "tier_before", "tier_now", "direction"]
    columns += ["value_before", "value_now", "change", "first", "last"]
    return ValueMovement(
        customers[columns],
        _sums(customers, ["tier_before", "tier_now"]),
        _sums(customers, ["direction"]),
        (iso_date(today - window + 1), iso_date(today)),
        (iso_date(today - back - window + 1), iso_date(today - back)),
        measure,
        short,
    )


def _direction(customers: pd.DataFrame, is_new: np.ndarray) -> np.ndarray:
    """Where each customer went, from their tiers of then and now."""
    rank = {name: position for position, name in enumerate(TIERS)}
    before, now = (
        customers[column].map(rank).to_numpy() for column in ("tier_before", "tier_now")
    )
    none = rank["none"]
    cases = {
        "steady": before == now,
        "gone": now == none,
        "new": (before == none) & is_new,
        "back": before == none,
        "rising": now < before,
    }
    return np.select(list(cases.values()), list(cases), default="falling").astype(
        object
    )


def _sums(customers: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    return customers.groupby(by, as_index=False).agg(
        customers=("customer", "size"),
        value_before=("value_before", "sum"),
        value_now=("value_now", "sum"),
        change=("change", "sum"),
    )
