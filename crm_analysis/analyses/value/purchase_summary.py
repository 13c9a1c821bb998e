"""Purchase days → the summary the purchase models are fitted to."""

from __future__ import annotations

import datetime
from typing import Literal

import numpy as np
import pandas as pd

from crm_analysis.analyses.customers import Purchases, as_dates, purchase_days

__all__ = ["UNIT_DAYS", "Unit", "purchase_chances", "purchase_summary"]

Unit = Literal["day", "week", "month"]
UNIT_DAYS: dict[str, float] = {"day": 1.0, "week": 7.0, "month": 365.25 / 12}


def summarise(bought: Purchases, unit: Unit = "week") -> pd.DataFrame:
    """`purchase_summary` of purchases already collected."""
    scale = UNIT_DAYS[unit]
    first, last = bought.first_day, bought.last_day
    frequency = np.diff(bought.first) - 1
    summary = pd.DataFrame(
        {
            "customer": bought.labels,
            "frequency": frequency,
            "recency": (last - first) / scale,
            "T": (bought.until - first) / scale,
        }
    )
    if bought.money is not None:
        revenue = np.add.reduceat(bought.money, bought.first[:-1])
        start = bought.money[bought.first[:-1]]
        summary["monetary"] = np.where(
            frequency > 0, (revenue - start) / np.maximum(frequency, 1), 0.0
        )
        summary["revenue"], summary["first_amount"] = revenue, start
    summary["first"], summary["last"] = as_dates(first), as_dates(last)
    summary.attrs["unit"] = unit
    return summary


def purchase_summary(
    table: pd.DataFrame, unit: Unit = "week", until: str | datetime.date | None = None
) -> pd.DataFrame:
    """One row a customer with all that the purchase models need; one-time buyers are there.

    Table in: order lines with `customer`, `date` and, where known, `amount`, `quantity` (see `purchase_days` for returns).
    Table out: `customer`; `frequency`, repeat purchase days, the first day excluded; `recency`, the customer's age at the last
    of them, and `T`, the age at the end of the day `until` (the last day of the table unless given), both counted from the first
    purchase in `unit`s (a week is 7 days, a month 365.25 / 12; not rounded); `monetary`, mean net money of a repeat
    purchase day (0 without one); `revenue`, net money in all; `first_amount`; `first`, `last`, dates. The last two money
    columns and `monetary` are missing when the table has no amounts. The unit is kept in `.attrs["unit"]`.

    Raises AnalysisError when customer or date are missing or nothing was bought.

    >>> orders = pd.DataFrame({"customer": ["a", "a", "b"], "date": pd.to_datetime(["2024-01-01", "2024-01-15", "2024-01-08"]), "amount": [10.0, 30.0, 5.0]})
    >>> purchase_summary(orders, until="2024-01-22")[["customer", "frequency", "recency", "T", "monetary"]]
      customer  frequency  recency    T  monetary
    0        a          1      2.0  3.0      30.0
    1        b          0      0.0  2.0       0.0
    """
    return summarise(purchase_days(table, until), unit)


def purchase_chances(
    table: pd.DataFrame, unit: Unit = "month", until: str | datetime.date | None = None
) -> pd.DataFrame:
    """Each customer's history as chances taken or not, for `fit_bgbb`.

    A chance is one `unit` of the customer's own age. Table out: `customer`; `frequency`, chances with at least one purchase;
    `recency`, the number of the last of them (0 without one); `T`, chances there were (the unfinished one is left out).
    """
    return chances(purchase_days(table, until), unit)


def chances(bought: Purchases, unit: Unit) -> pd.DataFrame:
    """`purchase_chances` of purchases already collected."""
    scale = UNIT_DAYS[unit]
    first = bought.first_day
    had = np.floor((bought.until - first + 1) / scale).astype(np.int64) - 1
    number = np.floor((bought.day - first[bought.customer]) / scale).astype(np.int64)
    counts = (number >= 1) & (number <= had[bought.customer])
    taken = np.unique(bought.customer[counts] * (number.max() + 1) + number[counts])
    who, which = taken // (number.max() + 1), taken % (number.max() + 1)
    frequency = np.bincount(who, minlength=len(first))
    recency = np.zeros(len(first), dtype=np.int64)
    np.maximum.at(recency, who, which)
    table = pd.DataFrame(
        {
            "customer": bought.labels,
            "frequency": frequency,
            "recency": recency,
            "T": np.maximum(had, 0),
        }
    )
    table.attrs["unit"] = unit
    return table
