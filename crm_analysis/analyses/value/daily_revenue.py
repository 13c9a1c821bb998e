"""Money and orders of each day, from every dated line.

The sales of customers who are not known are in it too, which no figure of customers holds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.analyses.customers.purchases import Day, as_day, day_numbers
from crm_analysis.errors import AnalysisError
from crm_analysis.tables.kinds import require
from crm_analysis.tables.sales import only_sales


@dataclass(frozen=True)
class UnnamedSales:
    """Lines that no figure of customers can count.

    lines : without a customer.
    money, share : their money, and its share of all money; None without amounts.
    undated : lines without a date, or with one that cannot be.
    """

    lines: int
    money: float | None
    share: float | None
    undated: int


@dataclass(frozen=True, eq=False)
class DailyRevenue:
    """Money and orders of each day from `start` to `until` (days since 1970-01-01).

    money : of all dated lines, a return on its own day; None without amounts.
    unnamed : of those without a customer.
    orders : see `daily_revenue`; None where they cannot be counted.
    """

    start: int
    until: int
    money: np.ndarray | None
    unnamed: np.ndarray
    orders: np.ndarray | None

    def revenue(self, after: int, end: int) -> float | None:
        """Money of the days after `after`, up to and including `end`."""
        return None if self.money is None else self._sum(self.money, after, end)

    def unnamed_revenue(self, after: int, end: int) -> float:
        """The part of it without a customer."""
        return self._sum(self.unnamed, after, end)

    def order_count(self, after: int, end: int) -> float | None:
        """Orders of the same days."""
        return None if self.orders is None else self._sum(self.orders, after, end)

    def _sum(self, daily: np.ndarray, after: int, end: int) -> float:
        first, last = (
            max(after + 1 - self.start, 0),
            max(end + 1 - self.start, 0),
        )
        return float(daily[first:last].sum())


def daily_revenue(table: pd.DataFrame, until: Day | None = None) -> DailyRevenue:
    """Money and orders of each day.

    An order is an order number, counted on its first day, of which not every line is a return.
    Without order numbers it is a day on which a customer bought, and there is none to count where
    some lines name no customer.

    Parameters
    ----------
    table
        Order lines with `date`; `amount`, `order`, `quantity`, `customer` where there are any.
        Lines without a date are skipped.
    until
        The last day that counts; the last of the table unless given.

    Raises
    ------
    AnalysisError
        "data.missing_role", "customers.infinite" where money is, or "customers.no_purchases"
        where no line counts.

    Examples
    --------
    >>> lines = pd.DataFrame({
    ...     "customer": ["a", None],
    ...     "date": pd.to_datetime(["2024-01-01", "2024-01-03"]),
    ...     "amount": [10.0, 5.0],
    ... })
    >>> daily = daily_revenue(lines)
    >>> daily.money.tolist(), daily.unnamed.tolist()
    ([10.0, 0.0, 5.0], [0.0, 0.0, 5.0])
    """
    require(table, "date")
    table = only_sales(table)
    days, counted = day_numbers(table["date"])
    if until is not None:
        counted = counted & (days <= as_day(until))
    if not counted.any():
        raise AnalysisError("customers.no_purchases")
    days, table = days[counted], table[counted]
    start = int(days.min())
    last = int(days.max()) if until is None else as_day(until)
    length = last - start + 1
    amounts = _amounts(table)
    nameless = _nameless(table)
    money: np.ndarray | None = None
    unnamed: np.ndarray = np.zeros(length)
    if amounts is not None:
        money = np.bincount(days - start, weights=amounts, minlength=length)
        dates = days[nameless] - start
        unnamed = np.bincount(dates, weights=amounts[nameless], minlength=length)
    bought = np.ones(len(table), dtype=bool) if amounts is None else amounts >= 0
    if "quantity" in table.columns:
        bought &= ~(table["quantity"].to_numpy(dtype=float, na_value=np.nan) < 0)
    orders: np.ndarray | None = None
    if "order" in table.columns:
        first = _first_days(table["order"], bought, days)
        orders = np.bincount(first - start, minlength=length)
    elif not nameless.any():
        codes, _ = pd.factorize(table["customer"].to_numpy()[bought])
        customer_days = np.unique(
            codes.astype(np.int64) * length + (days[bought] - start)
        )
        orders = np.bincount(customer_days % length, minlength=length)
    return DailyRevenue(
        start,
        last,
        money,
        unnamed,
        orders,
    )


def _amounts(table: pd.DataFrame) -> np.ndarray | None:
    """Money of each line, 0 where it is missing; None without amounts."""
    if "amount" not in table.columns:
        return None
    amounts = table["amount"].to_numpy(dtype=float, na_value=np.nan)
    infinite = int(np.isinf(amounts).sum())
    if infinite:
        raise AnalysisError("customers.infinite", column="amount", count=infinite)
    return np.nan_to_num(amounts)


def _nameless(table: pd.DataFrame) -> np.ndarray:
    if "customer" not in table.columns:
        return np.ones(len(table), dtype=bool)
    return table["customer"].isna().to_numpy(dtype=bool)


def _first_days(
    order: pd.Series, bought: np.ndarray, days: np.ndarray
) -> np.ndarray:
    bought = bought & order.notna().to_numpy()
    codes, numbers = pd.factorize(order.to_numpy()[bought])
    first = np.full(len(numbers), np.iinfo(np.int64).max)
    np.minimum.at(first, codes, days[bought])
    return first


def unnamed_sales(table: pd.DataFrame) -> UnnamedSales:
    """How much of the order lines names no customer, and how many have no date.

    >>> unnamed_sales(pd.DataFrame({"customer": ["a", None], "amount": [15.0, 5.0]}))
    UnnamedSales(lines=1, money=5.0, share=0.25, undated=0)
    """
    table = only_sales(table)
    nameless = _nameless(table)
    lines = int(nameless.sum())
    undated = 0
    if "date" in table.columns:
        undated = int((~day_numbers(table["date"])[1]).sum())
    amounts = _amounts(table)
    if amounts is None:
        return UnnamedSales(
            lines,
            None,
            None,
            undated,
        )
    money, total = float(amounts[nameless].sum()), float(amounts.sum())
    return UnnamedSales(
        lines,
        money,
        money / total if total > 0 else None,
        undated,
    )
