"""Who bought what in which order: coded lines with customers, orders and days, for offers and sequences."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.analyses.baskets.mining.encoding import (
    Baskets,
    Lines,
    code_lines,
    find_items,
    gather,
)
from crm_analysis.analyses.baskets.options import BasketOptions
from crm_analysis.errors import AnalysisError

__all__ = ["History", "read_history"]


@dataclass(frozen=True, eq=False)
class History:
    """Order lines as codes: `customer`, `order` (one customer's one order), `item`; `day` of each order, in days, by order code.

    Items are numbered from the most lines to the fewest; orders by customer and then by time, so that a customer's orders are
    consecutive numbers. `dated` is False where no dates are known and the order of the lines stands for time.
    """

    customer: np.ndarray
    order: np.ndarray
    item: np.ndarray
    order_customer: np.ndarray
    day: np.ndarray
    customers: pd.Index
    items: np.ndarray
    dated: bool

    def baskets(self, what: str, kept: np.ndarray | None = None) -> Baskets:
        """Baskets of the lines `kept` (a mask), an order or a customer each; item codes by the number of these lines."""
        code, size = (
            (self.customer, len(self.customers))
            if what == "customer"
            else (self.order, len(self.order_customer))
        )
        item = self.item
        if kept is not None:
            code, item = code[kept], item[kept]
        used = np.bincount(code, minlength=size) > 0
        number = np.cumsum(used, dtype=np.int32) - np.int32(1)
        return gather(
            Lines(number[code], item, None, pd.Index(np.flatnonzero(used)), self.items, {})
        )

    @property
    def place(self) -> np.ndarray:
        """Each order's place among its customer's orders, from 0."""
        first = np.searchsorted(self.order_customer, np.arange(len(self.customers)))
        return np.arange(len(self.order_customer)) - first[self.order_customer]

    @property
    def last(self) -> np.ndarray:
        """Which orders are their customer's last, where there is one before."""
        final = np.append(self.order_customer[1:] != self.order_customer[:-1], True)
        return final & (self.place > 0)


def read_history(
    transactions: pd.DataFrame, options: BasketOptions, orders: str = "order"
) -> History:
    """The coded lines of a table with customers. `orders` "customer_day" makes a day one order, whatever the order numbers say."""
    lines = code_lines(
        transactions,
        BasketOptions(
            basket="customer", level=options.level, names=options.names, returns=options.returns
        ),
        rows=True,
    )
    assert lines.row is not None
    customer, item, row = lines.basket, lines.item, lines.row
    excluded, _ = find_items(lines.names, options.exclude, options.names)
    if len(excluded):
        kept = ~np.isin(item, excluded)
        customer, item, row = customer[kept], item[kept], row[kept]
    dated = "date" in transactions.columns
    day = np.full(len(row), np.nan)
    if dated:
        dates = transactions["date"].to_numpy(dtype="datetime64[s]")[row]
        known = ~np.isnat(dates)
        day[known] = dates[known].astype(np.int64) / 86400
    if orders == "order" and "order" in transactions.columns:
        number = pd.factorize(transactions["order"].iloc[row])[0].astype(np.int64)
    else:
        number = np.where(np.isnan(day), -1, np.floor(day)).astype(np.int64)
    if (number < 0).any():
        known = number >= 0
        number, customer, item, row, day = (
            one[known] for one in (number, customer, item, row, day)
        )
    if not len(number):
        raise AnalysisError("baskets.no_lines")
    pair = customer.astype(np.int64) * (int(number.max(initial=0)) + 1) + number
    code, keys = pd.factorize(pair)
    first_row = np.full(len(keys), np.iinfo(np.int64).max)
    np.minimum.at(first_row, code, row)
    order_day = np.full(len(keys), np.inf)
    np.fmin.at(order_day, code, day)
    order_day[np.isinf(order_day)] = np.nan
    owner = np.zeros(len(keys), dtype=np.int64)
    owner[code] = customer
    by_time = np.lexsort((first_row, np.nan_to_num(order_day, nan=-np.inf), owner))
    position = np.empty(len(keys), dtype=np.int64)
    position[by_time] = np.arange(len(keys))
    ranks = np.lexsort((lines.names.astype(str), -np.bincount(item, minlength=len(lines.names))))
    ranks = ranks[np.bincount(item, minlength=len(lines.names))[ranks] > 0]
    new = np.full(len(lines.names), -1, dtype=np.int32)
    new[ranks] = np.arange(len(ranks), dtype=np.int32)
    return History(
        customer=customer.astype(np.int32),
        order=position[code].astype(np.int32),
        item=new[item],
        order_customer=owner[by_time],
        day=order_day[by_time],
        customers=lines.keys,
        items=lines.names[ranks],
        dated=dated,
    )
