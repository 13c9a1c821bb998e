"""What was taken in, by day, from every dated line: the sales of customers who are not known too, which no figure of customers holds."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.analyses.customers import as_day, day_numbers
from crm_analysis.errors import AnalysisError
from crm_analysis.tables.kinds import require

__all__ = ["Takings", "Unnamed", "takings", "unnamed_sales"]


@dataclass(frozen=True)
class Unnamed:
    """Lines that no figure of customers can count: `lines` without a customer, their `money` and its `share` of all money
    (None without amounts), and `undated` lines, which have no date.
    """

    lines: int
    money: float | None
    share: float | None
    undated: int


@dataclass(frozen=True, eq=False)
class Takings:
    """Money and orders of each day from `begin` to `until` (days since 1970-01-01). `money`: all dated lines, a return on its own
    day (None without amounts); `of_unnamed`: those without a customer; `orders`: see `takings`.
    """

    begin: int
    until: int
    money: np.ndarray | None
    of_unnamed: np.ndarray
    orders: np.ndarray | None

    def revenue(self, after: int, end: int) -> float | None:
        """Money of the days after `after`, up to and including `end`."""
        return None if self.money is None else self._sum(self.money, after, end)

    def unnamed_revenue(self, after: int, end: int) -> float:
        """The part of it without a customer."""
        return self._sum(self.of_unnamed, after, end)

    def orders_in(self, after: int, end: int) -> float | None:
        """Orders of the same days."""
        return None if self.orders is None else self._sum(self.orders, after, end)

    def _sum(self, daily: np.ndarray, after: int, end: int) -> float:
        return float(daily[max(after + 1 - self.begin, 0) : max(end + 1 - self.begin, 0)].sum())


def takings(table: pd.DataFrame, until: str | datetime.date | None = None) -> Takings:
    """Money and orders of each day.

    Table in: order lines with `date`; `amount`, `order`, `quantity`, `customer` where known. An order is an order number, counted
    on its first day, of which not every line is a return; without order numbers a day on which a known customer bought, and there is
    none to count where some lines name no customer. Lines without a date and lines after `until` are left out.

    >>> lines = pd.DataFrame({"customer": ["a", None], "date": pd.to_datetime(["2024-01-01", "2024-01-03"]), "amount": [10.0, 5.0]})
    >>> all_days = takings(lines)
    >>> all_days.money.tolist(), all_days.of_unnamed.tolist()
    ([10.0, 0.0, 5.0], [0.0, 0.0, 5.0])
    """
    require(table, "date")
    days, dated = day_numbers(table["date"])
    keep = dated if until is None else dated & (days <= as_day(until))
    if not keep.any():
        raise AnalysisError("customers.no_purchases")
    days, table = days[keep], table[keep]
    begin, last = int(days.min()), int(days.max() if until is None else as_day(until))
    length = last - begin + 1
    amount = (
        np.nan_to_num(table["amount"].to_numpy(dtype=float, na_value=np.nan))
        if "amount" in table.columns
        else None
    )
    money = None if amount is None else np.bincount(days - begin, weights=amount, minlength=length)
    nobody = _nobody(table)
    unnamed = (
        np.zeros(length)
        if amount is None
        else np.bincount(days[nobody] - begin, weights=amount[nobody], minlength=length)
    )
    return Takings(begin, last, money, unnamed, _orders(table, days, amount, nobody, begin, length))


def _nobody(table: pd.DataFrame) -> np.ndarray:
    if "customer" not in table.columns:
        return np.ones(len(table), dtype=bool)
    found: np.ndarray = table["customer"].isna().to_numpy()
    return found


def _orders(
    table: pd.DataFrame,
    days: np.ndarray,
    amount: np.ndarray | None,
    nobody: np.ndarray,
    begin: int,
    length: int,
) -> np.ndarray | None:
    bought = np.ones(len(table), dtype=bool)
    if "quantity" in table.columns:
        bought &= ~(table["quantity"].to_numpy(dtype=float, na_value=np.nan) < 0)
    if amount is not None:
        bought &= ~(amount < 0)
    if "order" in table.columns:
        bought &= table["order"].notna().to_numpy()
        numbers, known = pd.factorize(table["order"].to_numpy()[bought])
        first = np.full(len(known), np.iinfo(np.int64).max)
        np.minimum.at(first, numbers, days[bought])
        return np.bincount(first - begin, minlength=length)
    if nobody.any():
        return None
    codes, _ = pd.factorize(table["customer"].to_numpy()[bought])
    each = np.unique(codes.astype(np.int64) * length + (days[bought] - begin))
    return np.bincount(each % length, minlength=length)


def unnamed_sales(table: pd.DataFrame) -> Unnamed:
    """How much of the order lines names no customer, and how many have no date.

    >>> unnamed_sales(pd.DataFrame({"customer": ["a", None], "amount": [15.0, 5.0]}))
    Unnamed(lines=1, money=5.0, share=0.25, undated=0)
    """
    nobody = _nobody(table)
    undated = int(table["date"].isna().sum()) if "date" in table.columns else 0
    if "amount" not in table.columns:
        return Unnamed(int(nobody.sum()), None, None, undated)
    amount = np.nan_to_num(table["amount"].to_numpy(dtype=float, na_value=np.nan))
    money, total = float(amount[nobody].sum()), float(amount.sum())
    return Unnamed(int(nobody.sum()), money, money / total if total > 0 else None, undated)
