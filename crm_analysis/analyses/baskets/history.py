"""Who bought what in which order: coded lines with customers, orders and days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from crm_analysis.analyses.baskets.mining.encoding import (
    Baskets,
    Lines,
    code_lines,
    gather,
    numbered,
)
from crm_analysis.analyses.baskets.mining.items import excluded_items
from crm_analysis.analyses.baskets.options import BasketOptions
from crm_analysis.errors import AnalysisError
from crm_analysis.tables.days import plausible_dates


@dataclass(frozen=True, eq=False)
class History:
    """Order lines as codes: `customer`, `order` (one customer's one order), `item`.

    Items are numbered from the most lines to the fewest; orders by customer and then by time, so
    that a customer's orders are consecutive numbers. `order_customer` and `day` (in days) are by
    order. `dated` is False where no dates are known and the order of the lines stands for time.
    """

    customer: np.ndarray
    order: np.ndarray
    item: np.ndarray
    order_customer: np.ndarray
    day: np.ndarray
    customers: pd.Index
    items: np.ndarray
    dated: bool

    def baskets(
        self,
        unit: Literal["customer", "order"],
        chosen: np.ndarray | None = None,
    ) -> Baskets:
        """Baskets of the `chosen` lines (a mask; None: of all), an order or a customer each.

        Item codes go by the number of these lines.
        """
        code = self.customer if unit == "customer" else self.order
        size = len(self.customers if unit == "customer" else self.order_customer)
        item = self.item
        if chosen is not None:
            code, item = code[chosen], item[chosen]
        used = np.bincount(code, minlength=size) > 0
        number = np.cumsum(used, dtype=np.int32) - np.int32(1)
        return gather(
            Lines(
                number[code],
                item,
                pd.Index(np.flatnonzero(used)),
                self.items,
                {},
            )
        )

    @property
    def last(self) -> np.ndarray:
        """Which orders are their customer's last, where there is one before."""
        same_as_before = self.order_customer[1:] == self.order_customer[:-1]
        return np.append(~same_as_before, True) & np.append(False, same_as_before)


def read_history(
    transactions: pd.DataFrame,
    options: BasketOptions,
    orders: str = "order",
) -> History:
    """The coded lines of a table with customers.

    `orders` "customer_day" makes a day one order, whatever the order numbers say.
    """
    lines = code_lines(
        transactions,
        BasketOptions(
            basket="customer",
            level=options.level,
            names=options.names,
            returns=options.returns,
        ),
    )
    customer, item = lines.basket, lines.item
    dated = "date" in transactions.columns
    day = np.full(len(item), np.nan)
    if dated:
        dates = lines.values(plausible_dates(transactions["date"]))
        dates = dates.to_numpy(dtype="datetime64[s]")
        known = ~np.isnat(dates)
        day[known] = dates[known].astype(np.int64) / 86400
    if orders == "order" and "order" in transactions.columns:
        number = pd.factorize(lines.values(transactions["order"]))[0].astype(
            np.int64
        )
    else:
        number = np.where(np.isnan(day), -1, np.floor(day)).astype(np.int64)
    excluded = excluded_items(transactions, lines.names, options)
    counted = (number >= 0) & ~np.isin(item, excluded)
    if not counted.all():
        customer, item, number, day = (
            values[counted] for values in (customer, item, number, day)
        )
    if not len(number):
        raise AnalysisError("baskets.no_lines")
    order, owner, order_day = _orders(customer, number, day)
    # The items that have lines, the most first, then by name.
    counts = np.bincount(item, minlength=len(lines.names))
    ranked = np.lexsort((lines.names.astype(str), -counts))
    ranked = ranked[counts[ranked] > 0]
    return History(
        customer=customer.astype(np.int32),
        order=order,
        item=numbered(ranked, len(lines.names))[item],
        order_customer=owner,
        day=order_day,
        customers=lines.keys,
        items=lines.names[ranked],
        dated=dated,
    )


def _orders(
    customer: np.ndarray, number: np.ndarray, day: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The order of each line, coded by customer and then by time; each order's customer and day."""
    code, keys = pd.factorize(
        customer.astype(np.int64) * (int(number.max(initial=0)) + 1) + number
    )
    first_line = np.full(len(keys), np.iinfo(np.int64).max)
    np.minimum.at(first_line, code, np.arange(len(code)))
    order_day = np.full(len(keys), np.inf)
    np.fmin.at(order_day, code, day)
    order_day[np.isinf(order_day)] = np.nan
    owner = np.zeros(len(keys), dtype=np.int64)
    owner[code] = customer
    by_time = np.lexsort((first_line, np.nan_to_num(order_day, nan=-np.inf), owner))
    return (
        numbered(by_time, len(keys))[code],
        owner[by_time],
        order_day[by_time],
    )
