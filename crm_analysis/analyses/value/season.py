"""The months' multipliers: repeat orders against what the model, which knows no season, expects of each month."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd

from crm_analysis.analyses.customers import Purchases
from crm_analysis.analyses.value.holdout import HoldOut, tracking
from crm_analysis.analyses.value.models.purchase_model import PurchaseModel
from crm_analysis.analyses.value.purchase_summary import UNIT_DAYS, Unit

__all__ = ["month_multipliers", "season_helps", "step_multipliers"]

_PRIOR = 30.0  # orders' worth of belief that a month is like any other


def month_multipliers(
    model: PurchaseModel, per_chance: float, bought: Purchases, unit: Unit
) -> pd.DataFrame:
    """A row a calendar month: `month`, `days` of it seen, repeat orders `actual` and `expected`, `multiplier` (1: like the rest).

    Expected orders follow each customer from their first day, so growth of the base is no season. Multipliers are drawn
    toward 1 where a month has few orders, and average 1 over the orders expected.
    """
    start, end = int(bought.day.min()), bought.until
    days = np.arange(start, end + 1)
    month = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12
    repeat = np.ones(len(bought.day), dtype=bool)
    repeat[bought.first[:-1]] = False
    actual = np.bincount(bought.day[repeat] - start, minlength=len(days))
    expected = np.diff(tracking(model, per_chance, bought, days, unit), prepend=0.0)
    table = (
        pd.DataFrame({"month": month + 1, "days": 1, "actual": actual, "expected": expected})
        .groupby("month", as_index=False)
        .sum()
    )
    table = pd.DataFrame({"month": np.arange(1, 13)}).merge(table, how="left").fillna(0.0)
    level = table["actual"].sum() / max(table["expected"].sum(), 1e-9)
    table["multiplier"] = (table["actual"] + _PRIOR) / (
        table["expected"] * max(level, 1e-9) + _PRIOR
    )
    table["multiplier"] /= np.average(
        table["multiplier"], weights=np.maximum(table["expected"], 1e-9)
    )
    return table


def step_multipliers(table: pd.DataFrame, start: int, ends: np.ndarray) -> np.ndarray:
    """The mean multiplier of the days of each step; steps end at `ends` days after the day `start`."""
    days = np.arange(start + 1, start + int(np.ceil(ends[-1])) + 1)
    by_day = table["multiplier"].to_numpy()[
        days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12
    ]
    bounds = np.r_[0, np.clip(np.round(ends).astype(int), 1, len(days))]
    return np.array(
        [
            by_day[low:high].mean() if high > low else by_day[min(low, len(by_day) - 1)]
            for low, high in pairwise(bounds)
        ]
    )


def season_helps(held: HoldOut, bought: Purchases, unit: Unit) -> bool:
    """Whether multipliers known before the hold-out bring the hold-out's months nearer: at least a year of past, error down by 5 %."""
    if held.past.span < 365 or held.chosen in ("lookalike", "bgbb"):
        return False
    trial = held.trials[held.chosen]
    table = month_multipliers(trial.model, trial.per_chance, held.past, unit)
    ends = np.unique(np.r_[np.arange(30.4375, held.length, 30.4375), held.length])
    if len(ends) < 2:
        return False
    expected = np.diff(
        [0.0]
        + [
            float(trial.model.expected(end / UNIT_DAYS[unit]).sum()) * trial.per_chance
            for end in ends
        ]
    )
    known = bought.first_day <= held.start
    later = bought.day[(bought.day > held.start) & known[bought.customer]] - held.start
    actual = np.histogram(later, bins=np.r_[0, ends] + 0.5)[0]
    with_it = expected * step_multipliers(table, held.start, ends)
    return bool(np.abs(with_it - actual).sum() < 0.95 * np.abs(expected - actual).sum())
