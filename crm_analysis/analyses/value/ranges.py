"""How far each customer may fall from what is expected, before it is turned into money of today."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.analyses.value.fitted import FittedValue
from crm_analysis.analyses.value.holdout import HoldOut
from crm_analysis.analyses.value.holdout_tables import frequency_class
from crm_analysis.analyses.value.intervals import (
    CalibratedLevels,
    MoneyRanges,
    calibrate,
    draw_money,
    order_quantiles,
)
from crm_analysis.analyses.value.options import ValueOptions
from crm_analysis.analyses.value.purchase_summary import UNIT_DAYS
from crm_analysis.jobs import Progress, no_progress

_NO_HOLDOUT = "customer frequency recency T class actual expected orders_lo orders_hi"
_LARGE = 20_000  # customers, from which fewer draws are made of each


@dataclass(frozen=True, eq=False)
class Ranges:
    """Intervals by customer, as `value_ranges` gives them.

    options : the settings that they were made with.
    orders : lowest and highest number of orders; None where not asked for.
    money : the same of money, with its variance; None without amounts too.
    holdout : a row a customer known before the hold-out, as `Value.holdout`
        customer, frequency, recency, T : the history of then.
        class : frequency as text, "0" to "7+".
        actual, expected, orders_lo, orders_hi : orders that came, expected ones, their interval.
        actual_revenue, expected_revenue : money.
    coverage : a row a group of repeat orders so far, and "all"
        orders, customers : group, and how many they are.
        level : nominal level used.
        nominal_coverage, coverage : shares of customers inside their interval, without and with
        widening.
    """

    options: ValueOptions
    orders: tuple[np.ndarray, np.ndarray] | None
    money: MoneyRanges | None
    holdout: pd.DataFrame
    coverage: pd.DataFrame


def horizon_of(options: ValueOptions) -> int:
    """The horizon in units; a year unless set."""
    return options.horizon or max(1, round(365.25 / UNIT_DAYS[options.unit]))


def value_ranges(
    fitted: FittedValue,
    options: ValueOptions | None = None,
    *,
    progress: Progress = no_progress,
) -> Ranges:
    """The part of `estimate_value` that depends on horizon and coverage.

    It does not depend on margin, discount, and use of seasons.

    Parameters
    ----------
    fitted
        What `fit_value` gave.
    options
        The settings; those of the fit unless given.
    progress
        Called with the share done and the step.

    Returns
    -------
    Ranges
        Intervals of orders and money by customer, and how often they held on the hold-out.

    Raises
    ------
    ValueError
        Where the fit was made with other settings that it depends on.

    See Also
    --------
    estimate_from_fit : Where the ranges go.

    Examples
    --------
    >>> rows = [(i, day) for i in range(40) for day in range(0, 300, 10 + i)]
    >>> orders = pd.DataFrame(rows, columns=["customer", "day"]).assign(amount=10.0)
    >>> orders["date"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(orders["day"], unit="D")
    >>> from crm_analysis import fit_value
    >>> ranges = value_ranges(fit_value(orders, ValueOptions(model="bgnbd")))
    >>> ranges.coverage.query("orders == 'all'")["customers"].item()
    40
    """
    options = options or fitted.options
    fitted.check(options)
    progress(0.1, "value.step.intervals")
    holdout = fitted.holdout
    trial, past_frequency = None, np.zeros(0)
    if holdout is not None:
        trial, past_frequency = (
            holdout.winner,
            holdout.summary["frequency"].to_numpy(),
        )
    levels = calibrate(trial, past_frequency, options.coverage, options.seed)
    table = pd.DataFrame(columns=_NO_HOLDOUT.split())
    if holdout is not None:
        table = _holdout_table(holdout, fitted, levels)
    orders = money = None
    if options.intervals:
        progress(0.4, "value.step.intervals")
        level, horizon = (
            levels.of(fitted.summary["frequency"].to_numpy()),
            horizon_of(options),
        )
        orders = order_quantiles(fitted.model, horizon, level)
        if fitted.spend is not None:
            progress(0.6, "value.step.intervals")
            draws = 400 if len(level) <= _LARGE else 200
            money = draw_money(
                fitted.model,
                fitted.spend,
                horizon,
                level,
                draws=draws,
                seed=options.seed,
            )
    return Ranges(
        options.for_ranges(),
        orders,
        money,
        table,
        levels.table,
    )


def _holdout_table(
    holdout: HoldOut, fitted: FittedValue, levels: CalibratedLevels
) -> pd.DataFrame:
    """What the hold-out's customers did, beside what was expected of them."""
    trial = holdout.winner
    table = holdout.summary[["customer", "frequency", "recency", "T"]].copy()
    table["class"] = frequency_class(table["frequency"])
    table["actual"], table["expected"] = holdout.actual, trial.expected
    table["orders_lo"], table["orders_hi"] = order_quantiles(
        trial.model,
        holdout.length / UNIT_DAYS[fitted.options.unit],
        levels.of(table["frequency"].to_numpy()),
    )
    if holdout.actual_money is not None:
        spend = fitted.spend_before
        each = 0.0 if spend is None else spend.expected().to_numpy()
        table["actual_revenue"] = holdout.actual_money
        table["expected_revenue"] = trial.expected * each
    return table
