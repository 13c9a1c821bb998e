"""How far each customer may fall from what is expected over a horizon, before it is turned into money of today."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.analyses.value.fitted import FittedValue
from crm_analysis.analyses.value.holdout import frequency_class
from crm_analysis.analyses.value.intervals import calibrate, draw_money, order_quantiles
from crm_analysis.analyses.value.options import ValueOptions
from crm_analysis.analyses.value.purchase_summary import UNIT_DAYS
from crm_analysis.jobs import Progress, no_progress

__all__ = ["Ranges", "horizon_of", "value_ranges"]


@dataclass(frozen=True, eq=False)
class Ranges:
    """By customer: least and most orders, least and most money with its variance (None where not asked for or without amounts). `holdout`: the same of the
    hold-out's customers beside what they did. `coverage`: how often the intervals held, as `calibrate` measured it.
    """

    orders: tuple[np.ndarray, np.ndarray] | None
    money: tuple[np.ndarray, np.ndarray, np.ndarray] | None
    holdout: pd.DataFrame
    coverage: pd.DataFrame


def horizon_of(options: ValueOptions) -> int:
    """The horizon in units; a year unless set."""
    return options.horizon or max(1, round(365.25 / UNIT_DAYS[options.unit]))


def value_ranges(
    fitted: FittedValue, options: ValueOptions | None = None, *, progress: Progress = no_progress
) -> Ranges:
    """The part of `estimate_value` that depends on the horizon and the coverage, and not on margin, discount, or use of seasons."""
    options = options or ValueOptions()
    held, model, spend = fitted.held, fitted.model, fitted.spend
    progress(0.1, "value.step.intervals")
    trial = held.trials[held.chosen] if held else None
    levels = calibrate(
        trial,
        held.summary["frequency"].to_numpy() if held else np.zeros(0),
        options.coverage,
        options.seed,
    )
    holdout = _no_holdout()
    if held is not None and trial is not None:
        holdout = held.summary[["customer", "frequency", "recency", "T"]].copy()
        holdout["class"] = frequency_class(held.summary["frequency"])
        holdout["actual"], holdout["expected"] = held.actual, trial.expected
        low, high = order_quantiles(
            trial.model,
            held.length / UNIT_DAYS[options.unit],
            levels.of(holdout["frequency"].to_numpy()),
        )
        holdout["orders_lo"], holdout["orders_hi"] = (
            np.floor(low * trial.per_chance),
            np.ceil(high * trial.per_chance),
        )
        if held.actual_money is not None:
            before = fitted.spend_before
            holdout["actual_revenue"] = held.actual_money
            holdout["expected_revenue"] = trial.expected * (
                before.expected().to_numpy() if before is not None else 0.0
            )
    orders = money = None
    if options.intervals:
        progress(0.4, "value.step.intervals")
        level, horizon = levels.of(fitted.summary["frequency"].to_numpy()), horizon_of(options)
        low, high = order_quantiles(model, horizon, level)
        orders = (np.floor(low * fitted.per_chance), np.ceil(high * fitted.per_chance))
        if spend is not None:
            progress(0.6, "value.step.intervals")
            draws = 400 if len(level) <= 20_000 else 200
            money = draw_money(model, spend, horizon, level, draws=draws, seed=options.seed)
    return Ranges(orders, money, holdout, levels.table)


def _no_holdout() -> pd.DataFrame:
    return pd.DataFrame(
        columns=[
            "customer",
            "frequency",
            "recency",
            "T",
            "class",
            "actual",
            "expected",
            "orders_lo",
            "orders_hi",
        ]
    )
