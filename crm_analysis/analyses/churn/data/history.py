"""What was known of customers on a day: their purchases up to and including it, no later ones."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import pandas as pd

from crm_analysis.analyses.churn.data.purchases import purchase_lines
from crm_analysis.analyses.customers import as_day, describe_customers

_NAMES = """
recency frequency tenure gap_mean gap_std products returns return_share monetary average_order
quantity country overdue overdue_longest usual_orders missed_orders orders_recent orders_before
spend_recent spend_before orders_trend spend_trend orders_year_ago last_amount main_category
main_channel
"""
COLUMNS = frozenset(_NAMES.split())
_YEAR = 365


def describe_history(
    transactions: pd.DataFrame,
    cutoff: pd.Timestamp,
    window: int,
    lookback: int | None = None,
) -> pd.DataFrame:
    """One row a customer as of the end of the day `cutoff`; every later line is thrown away first.

    Columns whose source is not in the table, or for which the record is too short, are absent.

    - `customer`, `cutoff` : name, day
    - `recency`, `frequency`, `tenure`, `gap_mean`, `gap_std`, `products`, `returns`,
      `return_share`, `monetary`, `average_order`, `quantity`, `country` : as `describe_customers`
    - `overdue`, `overdue_longest` : recency over gap_mean, over the longest gap (a ratio)
    - `usual_orders`, `missed_orders` : purchase days to expect of `window` days, and of the days
      since the last purchase, at the pace so far
    - `orders_recent`, `orders_before` : purchase days in the last `window` days, and in the window
      before
    - `spend_recent`, `spend_before` : money in the same
    - `orders_trend`, `spend_trend` : recent less before, over their sum (−1 to 1)
    - `orders_year_ago` : purchase days in the window that follows the same day a year before
    - `last_amount` : money of the last purchase day
    - `main_category`, `main_channel` : the most frequent
    """
    past = transactions[
        transactions["date"] < cutoff.normalize() + pd.Timedelta(days=1)
    ]
    if lookback is not None:
        past = past[
            past["date"] >= cutoff.normalize() - pd.Timedelta(days=lookback - 1)
        ]
    history = describe_customers(past, as_of=cutoff.date(), kind="transactions")
    history = history.drop(columns=["first_order", "last_order"])
    lines = purchase_lines(past)
    history = history[
        history["customer"].isin(lines["customer"].unique())
    ].reset_index(drop=True)
    ages = _Ages(lines, pd.Index(history["customer"]), as_day(cutoff))
    history["overdue"] = history["recency"] / history["gap_mean"]
    pace = ages.orders_between(0, ages.record_days) / (history["tenure"] + window)
    history["usual_orders"] = pace * window
    history["missed_orders"] = pace * history["recency"]
    history["overdue_longest"] = history["recency"] / ages.longest_gap()
    _add_window_columns(history, ages, window)
    if ages.spent is not None:
        history["last_amount"] = ages.last_amount()
    for name in ("category", "channel"):
        if name in lines.columns:
            history[f"main_{name}"] = _most_frequent(
                ages.customer, lines[name], len(history)
            )
    day = cutoff.normalize().to_datetime64()
    history.insert(1, "cutoff", np.full(len(history), day, dtype="datetime64[us]"))
    return history


def _add_window_columns(history: pd.DataFrame, ages: _Ages, window: int) -> None:
    """Orders and spend of the last windows; what the record is too short for is absent, not 0."""
    spans = {"recent": (0, window)}
    if ages.record_days >= 2 * window:
        spans["before"] = (window, 2 * window)
    for name, (youngest, oldest) in spans.items():
        history[f"orders_{name}"] = ages.orders_between(youngest, oldest).astype(
            float
        )
        if ages.spent is not None:
            history[f"spend_{name}"] = ages.spent_where(
                (ages.line_age >= youngest) & (ages.line_age < oldest)
            )
    for name in ("orders", "spend"):
        if f"{name}_before" in history.columns:
            recent, before = (
                history[f"{name}_recent"],
                history[f"{name}_before"],
            )
            total = recent + before
            history[f"{name}_trend"] = (
                (recent - before) / total.where(total > 0)
            ).fillna(0.0)
    if ages.record_days > _YEAR:
        history["orders_year_ago"] = ages.orders_between(
            _YEAR - window, _YEAR
        ).astype(float)


class _Ages:
    """Purchases by their age in days on the cut-off, customers by their position in the result."""

    def __init__(self, lines: pd.DataFrame, customers: pd.Index, day: int) -> None:
        self.customers = len(customers)
        self.customer = customers.get_indexer(lines["customer"])
        self.line_age = day - lines["day"].to_numpy()
        self.record_days = int(self.line_age.max()) + 1
        self.spent: np.ndarray | None = None
        if "amount" in lines.columns:
            self.spent = lines["amount"].fillna(0).to_numpy(dtype=float)

    @cached_property
    def purchase_days(self) -> tuple[np.ndarray, np.ndarray]:
        """The customer and the age of each purchase day, by customer, then age."""
        return np.divmod(
            np.unique(
                self.customer.astype(np.int64) * self.record_days + self.line_age
            ),
            self.record_days,
        )

    def orders_between(self, youngest: int, oldest: int) -> np.ndarray:
        """Each customer's purchase days of an age from `youngest` to below `oldest`."""
        customer, age = self.purchase_days
        inside = (age >= youngest) & (age < oldest)
        return np.bincount(customer[inside], minlength=self.customers)

    def spent_where(self, inside: np.ndarray) -> np.ndarray:
        """Each customer's money in some of the lines."""
        assert self.spent is not None
        return np.bincount(
            self.customer[inside],
            weights=self.spent[inside],
            minlength=self.customers,
        )

    def last_amount(self) -> np.ndarray:
        """Each customer's money on their last purchase day."""
        youngest = np.full(self.customers, np.iinfo(np.int64).max)
        np.minimum.at(youngest, self.customer, self.line_age)
        return self.spent_where(self.line_age == youngest[self.customer])

    def longest_gap(self) -> np.ndarray:
        """Each customer's longest gap between purchase days; NaN with one."""
        customer, age = self.purchase_days
        same = customer[1:] == customer[:-1]
        longest = np.zeros(self.customers)
        np.maximum.at(longest, customer[1:][same], np.diff(age)[same].astype(float))
        return np.where(longest > 0, longest, np.nan)


def _most_frequent(
    customer: np.ndarray, column: pd.Series, customers: int
) -> np.ndarray:
    """Each customer's most frequent value, of equals the first in the alphabet; None for none."""
    codes, levels = pd.factorize(column.astype("object"), sort=True)
    known = codes >= 0
    width = max(len(levels), 1)
    key = customer[known].astype(np.int64) * width + codes[known]
    pairs, counts = np.unique(key, return_counts=True)
    person, level = np.divmod(pairs, width)
    order = np.lexsort((level, -counts, person))
    first = (
        order[np.append(True, np.diff(person[order]) != 0)] if len(order) else order
    )
    values = np.full(customers, None, dtype=object)
    values[person[first]] = np.asarray(levels, dtype=object)[level[first]]
    return values
