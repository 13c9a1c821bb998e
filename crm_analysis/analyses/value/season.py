"""The months' multipliers: repeat orders against what a model without seasons expects of each."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd

from crm_analysis.analyses.customers.purchases import Purchases, calendar_month
from crm_analysis.analyses.value.holdout import HoldOut, tracking
from crm_analysis.analyses.value.models.purchase_model import PurchaseModel
from crm_analysis.analyses.value.purchase_summary import UNIT_DAYS, Unit

_PRIOR = 30.0  # orders' worth of belief that a month is like any other
_MONTH_DAYS = 30.4375


def month_multipliers(
    model: PurchaseModel, purchases: Purchases, unit: Unit
) -> pd.DataFrame:
    """A row a calendar month, as `Value.season`.

    Expected orders follow each customer from their first day, so growth of the base is no season.
    Multipliers are drawn toward 1 where a month has few orders, and average 1 over the orders
    expected.
    """
    start = purchases.start
    days = np.arange(start, purchases.until + 1)
    repeat_days = purchases.day[purchases.repeated]
    by_day = pd.DataFrame(
        {
            "month": calendar_month(days) % 12 + 1,
            "days": 1,
            "actual": np.bincount(repeat_days - start, minlength=len(days)),
            "expected": np.diff(tracking(model, purchases, days, unit), prepend=0.0),
        }
    )
    table = (
        pd.DataFrame({"month": np.arange(1, 13)})
        .merge(by_day.groupby("month", as_index=False).sum(), how="left")
        .fillna(0.0)
    )
    level = table["actual"].sum() / max(table["expected"].sum(), 1e-9)
    usual = table["expected"] * max(level, 1e-9) + _PRIOR
    multiplier = (table["actual"] + _PRIOR) / usual
    mean = np.average(multiplier, weights=np.maximum(table["expected"], 1e-9))
    return table.assign(multiplier=multiplier / mean)


def no_multipliers() -> pd.DataFrame:
    """What stands for `month_multipliers` where the months cannot be told apart."""
    return pd.DataFrame(
        {
            "month": np.arange(1, 13),
            "days": 0,
            "actual": 0,
            "expected": np.nan,
            "multiplier": 1.0,
        }
    )


def step_multipliers(season: pd.DataFrame, start: int, ends: np.ndarray) -> np.ndarray:
    """The mean multiplier of the days of each step; steps end `ends` days after the day `start`."""
    days = np.arange(start + 1, start + int(np.ceil(ends[-1])) + 1)
    by_day = season["multiplier"].to_numpy()[calendar_month(days) % 12]
    bounds = np.r_[0, np.clip(np.round(ends).astype(int), 1, len(days))]
    steps = []
    for start_of_step, end in pairwise(bounds):
        first = min(start_of_step, len(by_day) - 1)  # a step of less than a day has one
        steps.append(by_day[first : max(end, first + 1)].mean())
    return np.array(steps)


def season_helps(holdout: HoldOut, purchases: Purchases, unit: Unit) -> bool:
    """Whether multipliers known before the hold-out bring its months nearer.

    There has to be a year of past at least, and the error has to fall by 5 %.
    """
    model = holdout.winner.model
    if holdout.past.span < 365 or not model.knows_new_customers:
        return False
    season = month_multipliers(model, holdout.past, unit)
    ends = np.unique(
        np.r_[np.arange(_MONTH_DAYS, holdout.length, _MONTH_DAYS), holdout.length]
    )
    if len(ends) < 2:
        return False
    totals = [float(model.orders(end / UNIT_DAYS[unit]).sum()) for end in ends]
    expected = np.diff([0.0, *totals])
    known = purchases.first_day <= holdout.start
    later = (purchases.day > holdout.start) & known[purchases.customer]
    actual = np.histogram(
        purchases.day[later] - holdout.start, bins=np.r_[0, ends] + 0.5
    )[0]
    seasonal = expected * step_multipliers(season, holdout.start, ends)
    return bool(
        np.abs(seasonal - actual).sum() < 0.95 * np.abs(expected - actual).sum()
    )
