"""Order lines as purchase days: on which days each customer bought, and for how much."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pandas as pd

from crm_analysis.errors import AnalysisError
from crm_analysis.tables.days import local_dates, plausible_days
from crm_analysis.tables.kinds import require
from crm_analysis.tables.sales import only_sales

Day: TypeAlias = str | dt.date | np.datetime64 | pd.Timestamp


@dataclass(frozen=True, eq=False)
class Purchases:
    """One entry a customer and purchase day, sorted by customer, then day.

    - labels : the customers
    - customer : for each entry the customer's position in `labels`
    - day : the purchase day, in days since 1970-01-01
    - money : the day's net money; None without amounts
    - first : where each customer's entries begin, with the end as its last element
    - until : the last day of the record, in days since 1970-01-01
    - lines : how many lines were read, without those left out
    - left_out : lines without a customer or a date
    - return_lines : lines that give something back
    - unmatched_returns : money of returns with no purchase before them
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
        """The same purchases as they stood at the end of an earlier day.

        Later days, and customers who had not bought by then, are gone.
        """
        early = self.day <= until
        buyers, customer = np.unique(self.customer[early], return_inverse=True)
        return Purchases(
            labels=self.labels[buyers],
            customer=customer,
            day=self.day[early],
            money=None if self.money is None else self.money[early],
            first=np.searchsorted(customer, np.arange(len(buyers) + 1)),
            until=until,
            lines=self.lines,
            left_out=self.left_out,
            return_lines=self.return_lines,
            unmatched_returns=self.unmatched_returns,
        )

    @property
    def start(self) -> int:
        """The record's first purchase day."""
        return int(self.day.min())

    @property
    def first_day(self) -> np.ndarray:
        """Each customer's first purchase day."""
        return self.day[self.first[:-1]]

    @property
    def last_day(self) -> np.ndarray:
        """Each customer's last purchase day."""
        return self.day[self.first[1:] - 1]

    @property
    def frequency(self) -> np.ndarray:
        """Each customer's number of purchase days."""
        return np.diff(self.first)

    @property
    def total(self) -> np.ndarray | None:
        """Each customer's net money; None without amounts."""
        return (
            None
            if self.money is None
            else np.add.reduceat(self.money, self.first[:-1])
        )

    @property
    def repeated(self) -> np.ndarray:
        """Which entries are not their customer's first."""
        repeated = np.ones(len(self.day), dtype=bool)
        repeated[self.first[:-1]] = False
        return repeated

    @property
    def gaps(self) -> np.ndarray:
        """Days between each customer's purchase days, of all customers."""
        return np.diff(self.day)[self.repeated[1:]]

    def within(self, after: int, end: int) -> np.ndarray:
        """Which entries are later than the day `after`, and of `end` or earlier."""
        return (self.day > after) & (self.day <= end)

    def count(self, chosen: np.ndarray) -> np.ndarray:
        """How many of the `chosen` entries each customer has."""
        return np.bincount(self.customer[chosen], minlength=len(self.labels))

    def revenue(self, chosen: np.ndarray) -> np.ndarray:
        """Each customer's money of the `chosen` entries; their number without amounts."""
        if self.money is None:
            return self.count(chosen).astype(float)
        return np.bincount(
            self.customer[chosen],
            weights=self.money[chosen],
            minlength=len(self.labels),
        )

    @property
    def span(self) -> int:
        """Days from the first purchase of all to `until`."""
        return self.until - self.start if len(self.day) else 0


def as_day(when: Day) -> int:
    """A date or its text as days since 1970-01-01.

    >>> as_day("1970-01-31")
    30
    """
    return int(
        pd.Timestamp(when).to_datetime64().astype("datetime64[D]").astype(np.int64)
    )


def as_dates(days: np.ndarray) -> np.ndarray:
    """Days since 1970-01-01 as datetime64[ns]."""
    return (
        np.asarray(days, dtype=np.int64)
        .astype("datetime64[D]")
        .astype("datetime64[ns]")
    )


def iso_date(day: int) -> str:
    """A day since 1970-01-01 as text.

    >>> iso_date(30)
    '1970-01-31'
    """
    return str(np.datetime64(day, "D"))


def calendar_month(days: np.ndarray) -> np.ndarray:
    """The months of days since 1970-01-01, counted from January 1970, which is 0."""
    return (
        np.asarray(days, dtype=np.int64)
        .astype("datetime64[D]")
        .astype("datetime64[M]")
        .astype(np.int64)
    )


def day_numbers(dates: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Dates as days since 1970-01-01 (0 where missing), and which are there and plausible."""
    local = local_dates(dates)
    if local is not dates and local.isna().sum() > dates.isna().sum():
        raise AnalysisError("customers.dates_are_text")
    return plausible_days(local)


def purchase_days(table: pd.DataFrame, until: Day | None = None) -> Purchases:
    """Customer-days with a purchase on them, and the money of each.

    Parameters
    ----------
    table
        Order lines with `customer`, `date`; `amount` and `quantity` where known. A line with a
        negative quantity or amount is a return: it makes no purchase day, and its money is
        netted against the purchase day at or before it. Lines without a customer or a date, and
        lines after `until`, are left out. Money that is missing counts as none.
    until
        The last day to count. Default: the last day of the lines.

    Raises
    ------
    AnalysisError
        `data.missing_role`, `customers.dates_are_text`, `customers.no_purchases`,
        `customers.infinite` where money is.

    Examples
    --------
    >>> dates = pd.to_datetime(["2024-01-01", "2024-01-01", "2024-01-15", "2024-01-16"])
    >>> lines = pd.DataFrame({"customer": ["A", "A", "A", "B"], "date": dates})
    >>> bought = purchase_days(lines)
    >>> bought.labels[bought.customer].tolist()
    ['A', 'A', 'B']
    """
    require(table, "customer", "date")
    table = only_sales(table)
    days, dated = day_numbers(table["date"])
    codes, labels, named = _customers(table["customer"])
    usable = dated & named
    if not usable.any():
        raise AnalysisError("customers.no_purchases")
    limit = int(days[usable].max()) if until is None else as_day(until)
    left_out = int((~usable).sum())
    usable &= days <= limit
    amount = None
    returned = np.zeros(int(usable.sum()), dtype=bool)
    if "quantity" in table.columns:
        returned |= (
            table["quantity"].to_numpy(dtype=float, na_value=np.nan)[usable] < 0
        )
    if "amount" in table.columns:
        money = table["amount"].to_numpy(dtype=float, na_value=np.nan)[usable]
        infinite = int(np.isinf(money).sum())
        if infinite:
            raise AnalysisError(
                "customers.infinite", column="amount", count=infinite
            )
        amount = np.nan_to_num(money)
        returned |= amount < 0
    if returned.all():
        raise AnalysisError("customers.no_purchases")
    return _collect(
        _Lines(codes[usable], days[usable], amount, returned),
        labels,
        limit,
        left_out,
    )


def _customers(column: pd.Series) -> tuple[np.ndarray, pd.Index, np.ndarray]:
    """Each line's position in the sorted customers, these, and which lines name one."""
    codes, labels = pd.factorize(column.to_numpy(), sort=True)
    named = codes >= 0
    if labels.dtype == object:  # a blank is no name
        blank = [
            position
            for position, label in enumerate(labels)
            if not str(label).strip()
        ]
        named &= ~np.isin(codes, blank)
    return codes.astype(np.int64), pd.Index(labels), named


@dataclass(frozen=True, eq=False)
class _Lines:
    """Order lines as arrays of one length; `customer` is a position in the sorted customers."""

    customer: np.ndarray
    day: np.ndarray
    amount: np.ndarray | None
    returned: np.ndarray


def _collect(
    lines: _Lines, labels: pd.Index, until: int, left_out: int
) -> Purchases:
    """Lines to customer-days; the key is one integer, so that one sort does the grouping."""
    start = int(lines.day.min())
    width = until - start + 1
    key = lines.customer * width + (lines.day - start)
    bought, entry = np.unique(key[~lines.returned], return_inverse=True)
    customer = bought // width
    money, unmatched = None, 0.0
    if lines.amount is not None:
        spent, refunded = (
            lines.amount[~lines.returned],
            lines.amount[lines.returned],
        )
        money = np.bincount(entry, weights=spent, minlength=len(bought))
        purchase = np.searchsorted(bought, key[lines.returned], side="right") - 1
        own = customer[np.maximum(purchase, 0)] == lines.customer[lines.returned]
        matched = (purchase >= 0) & own
        money += np.bincount(
            purchase[matched], weights=refunded[matched], minlength=len(bought)
        )
        unmatched = float(refunded[~matched].sum())
    buyers, customer = np.unique(customer, return_inverse=True)
    return Purchases(
        labels=labels[buyers],
        customer=customer,
        day=bought % width + start,
        money=money,
        first=np.searchsorted(customer, np.arange(len(buyers) + 1)),
        until=until,
        lines=len(lines.day),
        left_out=left_out,
        return_lines=int(lines.returned.sum()),
        unmatched_returns=unmatched,
    )
