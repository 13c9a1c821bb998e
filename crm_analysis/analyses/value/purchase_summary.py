"""The tables that purchase models are fitted to: ages and orders, or chances taken and not."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from crm_analysis.analyses.customers.purchases import (
    Day,
    Purchases,
    as_dates,
    purchase_days,
)
from crm_analysis.analyses.value.season import EVEN_CLOCK, Clock

Unit = Literal["day", "week", "month"]
UNIT_DAYS: dict[str, float] = {"day": 1.0, "week": 7.0, "month": 365.25 / 12}


def purchase_summary(
    table: pd.DataFrame, unit: Unit = "week", until: Day | None = None
) -> pd.DataFrame:
    """One row a customer with all that the purchase models need; one-time buyers are there.

    Parameters
    ----------
    table
        Order lines with `customer` and `date`; `amount` and `quantity` where there are any. A
        return (negative quantity or amount) is netted against the purchase before it.
    unit
        What ages are counted in: a week is 7 days, a month 365.25 / 12; they are not rounded.
    until
        The day at whose end customers are looked at; the last of the table unless given.

    Returns
    -------
    DataFrame
        customer : who.
        frequency : repeat purchase days; the first is not counted.
        recency : `unit`s from the first purchase to the last.
        T : `unit`s from the first purchase to the end of `until`.
        monetary : mean net money of a repeat purchase day; 0 without one.
        revenue : net money of all purchase days.
        first_amount : net money of the first purchase day.
        first, last : dates of the first and the last purchase.

        Without amounts there is no monetary, revenue and first_amount.

    Raises
    ------
    AnalysisError
        "data.missing_role" without customer or date, "customers.no_purchases" where nothing was
        bought.
    ValueError
        Where there is no such unit.

    Examples
    --------
    >>> orders = pd.DataFrame({
    ...     "customer": ["a", "a", "b"],
    ...     "date": pd.to_datetime(["2024-01-01", "2024-01-15", "2024-01-08"]),
    ...     "amount": [10.0, 30.0, 5.0],
    ... })
    >>> summary = purchase_summary(orders, until="2024-01-22")
    >>> summary[["customer", "frequency", "recency", "T", "monetary"]]
      customer  frequency  recency    T  monetary
    0        a          1      2.0  3.0      30.0
    1        b          0      0.0  2.0       0.0
    """
    return summarise(purchase_days(table, until), unit)


def summarise(
    purchases: Purchases, unit: Unit = "week", clock: Clock = EVEN_CLOCK
) -> pd.DataFrame:
    """`purchase_summary` of purchases already collected, with ages in the time of a clock."""
    scale = _days_of(unit)
    first, last = purchases.first_day, purchases.last_day
    frequency = purchases.frequency - 1
    columns = {
        "customer": purchases.labels,
        "frequency": frequency,
        "recency": clock.between(first, last) / scale,
        "T": clock.between(first, purchases.until) / scale,
    }
    revenue = purchases.total
    if purchases.money is not None and revenue is not None:
        first_amount = purchases.money[purchases.first[:-1]]
        repeat_mean = (revenue - first_amount) / np.maximum(frequency, 1)
        columns["monetary"] = np.where(frequency > 0, repeat_mean, 0.0)
        columns |= {"revenue": revenue, "first_amount": first_amount}
    columns |= {"first": as_dates(first), "last": as_dates(last)}
    return pd.DataFrame(columns)


def purchase_chances(
    table: pd.DataFrame, unit: Unit = "month", until: Day | None = None
) -> pd.DataFrame:
    """Each customer's history as chances taken or not, for `fit_bgbb`.

    Parameters
    ----------
    table, until
        As `purchase_summary` takes them.
    unit
        How long a chance is: one `unit` of the customer's own age.

    Returns
    -------
    DataFrame
        customer : who.
        frequency : chances with at least one purchase.
        recency : the number of the last chance taken; 0 without one.
        T : chances there were; the unfinished one is not counted.

    Raises
    ------
    AnalysisError, ValueError
        As `purchase_summary`.

    Examples
    --------
    >>> orders = pd.DataFrame({
    ...     "customer": ["a", "a", "a"],
    ...     "date": pd.to_datetime(["2024-01-01", "2024-01-09", "2024-01-25"]),
    ... })
    >>> purchase_chances(orders, unit="week", until="2024-01-28")
      customer  frequency  recency  T
    0        a          2        3  3
    """
    return chances(purchase_days(table, until), unit)


def chances(
    purchases: Purchases, unit: Unit, clock: Clock = EVEN_CLOCK
) -> pd.DataFrame:
    """`purchase_chances` of purchases already collected, in the time of a clock."""
    scale = _days_of(unit)
    first, customer = purchases.first_day, purchases.customer
    age = clock.between(first, purchases.until) + 1
    offered = np.floor(age / scale).astype(np.int64) - 1
    since = clock.between(first[customer], purchases.day)
    number = np.floor(since / scale).astype(np.int64)
    counted = (number >= 1) & (number <= offered[customer])
    width = number.max() + 1
    taken = np.unique(customer[counted] * width + number[counted])
    taker, taken_number = taken // width, taken % width
    recency = np.zeros(len(first), dtype=np.int64)
    np.maximum.at(recency, taker, taken_number)
    return pd.DataFrame(
        {
            "customer": purchases.labels,
            "frequency": np.bincount(taker, minlength=len(first)),
            "recency": recency,
            "T": np.maximum(offered, 0),
        }
    )


def _days_of(unit: str) -> float:
    if unit not in UNIT_DAYS:
        raise ValueError(
            f"unit is {unit!r}; it must be one of {', '.join(map(repr, UNIT_DAYS))}"
        )
    return UNIT_DAYS[unit]
