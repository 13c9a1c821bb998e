"""Orders → purchase days: when each customer bought and for how much, and the summary the models are fitted to."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from crm_analysis.errors import AnalysisError
from crm_analysis.tables.kinds import require

__all__ = [
    "UNIT_DAYS",
    "Purchases",
    "Unit",
    "purchase_chances",
    "purchase_days",
    "purchase_summary",
]

Unit = Literal["day", "week", "month"]
UNIT_DAYS: dict[str, float] = {"day": 1.0, "week": 7.0, "month": 365.25 / 12}


@dataclass(frozen=True, eq=False)
class Purchases:
    """One entry a customer and purchase day, sorted by customer, then day.

    `customer` counts into `labels`; `day` is days since 1970-01-01; `money` is the day's net money (None without amounts);
    `first` is where each customer's entries begin, with the end as its last element.
    """

    labels: pd.Index
    customer: np.ndarray
    day: np.ndarray
    money: np.ndarray | None
    first: np.ndarray
    until: int
    lines: int
    left_out: int
    return_lines: int
    unmatched_returns: float

    def before(self, until: int) -> Purchases:
        """The same purchases as they stood at the end of an earlier day: later days and customers not yet known are gone."""
        keep = self.day <= until
        known, codes = np.unique(self.customer[keep], return_inverse=True)
        money = None if self.money is None else self.money[keep]
        first = np.searchsorted(codes, np.arange(len(known) + 1))
        return Purchases(
            self.labels[known],
            codes,
            self.day[keep],
            money,
            first,
            until,
            self.lines,
            self.left_out,
            self.return_lines,
            self.unmatched_returns,
        )

    @property
    def first_day(self) -> np.ndarray:
        """Each customer's first purchase day."""
        return self.day[self.first[:-1]]

    @property
    def last_day(self) -> np.ndarray:
        """Each customer's last purchase day."""
        return self.day[self.first[1:] - 1]

    @property
    def span(self) -> int:
        """Days from the first purchase of all to `until`."""
        return int(self.until - self.day.min()) if len(self.day) else 0


def as_day(when: str | datetime.date | np.datetime64 | pd.Timestamp) -> int:
    """A date or its text as days since 1970-01-01."""
    return int(pd.Timestamp(when).to_datetime64().astype("datetime64[D]").astype(np.int64))


def as_dates(days: np.ndarray) -> np.ndarray:
    """Days since 1970-01-01 as datetime64[ns]."""
    return np.asarray(days, dtype=np.int64).astype("datetime64[D]").astype("datetime64[ns]")


def day_numbers(dates: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Dates as days since 1970-01-01, and which of them are there."""
    if not pd.api.types.is_datetime64_any_dtype(dates):
        dates = pd.to_datetime(dates)
    there = dates.notna().to_numpy()
    whole = dates.dt.tz_localize(None) if getattr(dates.dt, "tz", None) is not None else dates
    days = whole.to_numpy().astype("datetime64[D]").astype(np.int64)
    return np.where(there, days, 0), there


def purchase_days(table: pd.DataFrame, until: str | datetime.date | None = None) -> Purchases:
    """Customer-days with a purchase on them, and the money of each.

    Table in: order lines with `customer`, `date`; `amount` and `quantity` where known. A line with a negative quantity or amount
    is a return: it makes no purchase day, and its money is netted against the purchase day at or before it. Lines without
    customer or date, and lines after `until`, are left out. Money that is missing counts as none.
    """
    require(table, "customer", "date")
    days, dated = day_numbers(table["date"])
    keep = dated & table["customer"].notna().to_numpy()
    if not keep.any():
        raise AnalysisError("value.no_purchases")
    limit = int(days[keep].max()) if until is None else as_day(until)
    left_out = int((~keep).sum())
    keep &= days <= limit
    codes, labels = pd.factorize(table["customer"].to_numpy()[keep], sort=True)
    days = days[keep]
    amount = (
        np.nan_to_num(table["amount"].to_numpy(dtype=float, na_value=np.nan)[keep])
        if "amount" in table.columns
        else None
    )
    returned = np.zeros(len(days), dtype=bool)
    if "quantity" in table.columns:
        returned |= table["quantity"].to_numpy(dtype=float, na_value=np.nan)[keep] < 0
    if amount is not None:
        returned |= amount < 0
    if returned.all():
        raise AnalysisError("value.no_purchases")
    return _collect(
        codes.astype(np.int64), pd.Index(labels), days, amount, returned, limit, left_out
    )


def _collect(
    codes: np.ndarray,
    labels: pd.Index,
    days: np.ndarray,
    amount: np.ndarray | None,
    returned: np.ndarray,
    limit: int,
    left_out: int,
) -> Purchases:
    """Lines to customer-days; the key is one integer so that one sort does the grouping."""
    start = int(days.min())
    width = limit - start + 1
    key = codes * width + (days - start)
    bought, where = np.unique(key[~returned], return_inverse=True)
    customer, day = bought // width, bought % width + start
    money, unmatched = None, 0.0
    if amount is not None:
        money = np.bincount(where, weights=amount[~returned], minlength=len(bought))
        back = np.searchsorted(bought, key[returned], side="right") - 1
        same = (back >= 0) & (customer[np.maximum(back, 0)] == codes[returned])
        money += np.bincount(back[same], weights=amount[returned][same], minlength=len(bought))
        unmatched = float(amount[returned][~same].sum())
    buyers, customer = np.unique(customer, return_inverse=True)
    first = np.searchsorted(customer, np.arange(len(buyers) + 1))
    return Purchases(
        labels[buyers],
        customer,
        day,
        money,
        first,
        limit,
        len(days),
        left_out,
        int(returned.sum()),
        unmatched,
    )


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
