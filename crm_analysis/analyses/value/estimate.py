"""The whole question: what each customer will order and be worth, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtri

from crm_analysis.analyses.customers.purchases import as_dates, iso_date
from crm_analysis.analyses.value.fitted import FittedValue, fit_value
from crm_analysis.analyses.value.holdout import HoldOut, holdout_tables
from crm_analysis.analyses.value.lost import lost_customers
from crm_analysis.analyses.value.models.gamma_gamma import GammaGamma
from crm_analysis.analyses.value.models.purchase_model import PurchaseModel
from crm_analysis.analyses.value.options import ValueOptions
from crm_analysis.analyses.value.purchase_summary import UNIT_DAYS
from crm_analysis.analyses.value.ranges import (
    MoneyRanges,
    Ranges,
    horizon_of,
    parameter_spread,
    time_to_horizon,
    value_ranges,
)
from crm_analysis.analyses.value.suitability import Check, check_purchases
from crm_analysis.jobs import Progress, no_progress
from crm_analysis.messages import Message

SPREAD_PARTS = ("sd_customers", "sd_parameters", "sd_model")


@dataclass(frozen=True, eq=False)
class Value:
    """What each customer is worth, and how far to trust it.

    Times are in `unit`s, money in the table's currency. Columns of money are there where the orders
    have amounts.

    customers : a row a customer
        customer, frequency, recency, T, monetary, revenue, first_amount, first, last : the
        history, as `purchase_summary` gives it.
        alive : chance that they still are a customer.
        expected_orders, orders_lo, orders_hi : orders within the horizon, and their interval.
        next_order : the day by which half of such customers, if they still are, have ordered
        again; NaT beyond ten years.
        expected_spend : money of an order.
        expected_revenue : money within the horizon.
        value, value_lo, value_hi : discounted margin within the horizon, and its interval.
    parameters : a row a parameter of the models
        model, parameter : names.
        value, standard_error : estimate, and how well it is known.
    holdout : a row a customer known before the hold-out
        customer, frequency, recency, T : the history of then.
        class : frequency as text, "0" to "7+".
        actual, expected, orders_lo, orders_hi : orders that came, expected ones, their interval.
        actual_revenue, expected_revenue : money.
    models : a row a model, and two marks to beat (`baseline`): "lookalike" and "same_again"
        model : name.
        log_likelihood, converged : of the fit.
        actual, expected, error : orders in the hold-out, and the share that expected is off.
        mae, rmse : mean absolute and root mean squared error of a customer's orders.
        log_score : mean logarithm of the probability given to what happened.
        baseline, chosen : flags.
    weekly : a row a week until `date`
        date, part : its last day; "past" (only first days are known) or "ahead" (all the past is).
        actual, expected, actual_cumulative, expected_cumulative : repeat orders of the customers
        known at the cut.
    by_frequency : a row a class of repeat orders before the hold-out
        frequency, customers : class, and how many they are.
        actual, expected, actual_each, expected_each : orders in all, and of each customer.
    coverage : a row a group of repeat orders so far, and "all"
        orders, customers : group, and how many they are.
        level : nominal level used.
        nominal_coverage, coverage : shares of customers inside the model's interval and inside
        theirs, on the half of the hold-out that did not set it.
    season : a row a calendar month
        month, days : 1 to 12, and days of it seen.
        actual, expected : repeat orders, and those expected without seasons.
        multiplier : orders against a usual month; 1 is like the others.
    curve : a row a month ahead
        date : its last day.
        expected_orders, value, cumulative : orders, discounted margin, and the margin so far.
    seasonal : whether the multipliers were used.
    checks : whether the assumptions hold.
    headline, notes : (key, details).
    model, spend : the fits; spend is None without amounts.
    unit, horizon, until : of time, its number ahead, and the last day known.
    equity : the total, its interval, and the three parts of its spread.
    lost : customers expected never to return, and the interval of their number.
    """

    customers: pd.DataFrame
    parameters: pd.DataFrame
    holdout: pd.DataFrame
    models: pd.DataFrame
    weekly: pd.DataFrame
    by_frequency: pd.DataFrame
    coverage: pd.DataFrame
    season: pd.DataFrame
    seasonal: bool
    curve: pd.DataFrame
    checks: tuple[Check, ...]
    headline: Message
    notes: tuple[Message, ...]
    model: PurchaseModel
    spend: GammaGamma | None
    unit: str
    horizon: int
    until: str
    equity: dict[str, float | None]
    lost: dict[str, float | None]

    @property
    def worth(self) -> str:
        """The column that says what a customer is worth: value, without amounts orders."""
        return "value" if "value" in self.customers.columns else "expected_orders"

    @property
    def equity_each(self) -> float | None:
        """Value per customer; None without amounts."""
        equity = self.equity["equity"]
        return None if equity is None else equity / max(len(self.customers), 1)

    @property
    def spread_shares(self) -> dict[str, float] | None:
        """The parts of the spread of the equity as shares of it; None where there is none."""
        squares = {name: (self.equity[name] or 0.0) ** 2 for name in SPREAD_PARTS}
        if self.equity["sd_customers"] is None:
            return None
        total = sum(squares.values()) or 1.0
        return {name: square / total for name, square in squares.items()}

    @property
    def tracking_gap(self) -> float | None:
        """How far orders expected by the cut, from first days only, are from what had come."""
        past = self.weekly[self.weekly["part"] == "past"].tail(1)
        if past.empty or past["expected_cumulative"].isna().item():
            return None
        actual = float(past["actual_cumulative"].item())
        return (
            float(past["expected_cumulative"].item()) / actual - 1
            if actual
            else 0.0
        )

    def peak(self) -> dict[str, Any] | None:
        """The strongest month ahead, by `worth`; None with fewer than three months or no worth.

        share, end : its share of the horizon, and its last day.
        first : the share of the next three months.
        """
        worth = self.curve[self.worth]
        total = worth.sum()
        if len(worth) < 3 or total <= 0:
            return None
        best = worth.idxmax()
        return {
            "share": float(worth[best] / total),
            "end": self.curve["date"][best].date().isoformat(),
            "first": float(worth.head(3).sum() / total),
        }

    def summary(self) -> dict[str, float | None]:
        """Headline numbers.

        customers, one_time, alive : how many there are, bought once, are still customers.
        lost, lost_lo, lost_hi : customers expected never to return, and the interval of their
        number; None where the model does not know of leaving.
        expected_orders, expected_revenue : within the horizon.
        equity, equity_lo, equity_hi : total value and its interval.
        sd_customers, sd_parameters, sd_model : the parts of its spread.
        holdout_actual, holdout_expected, holdout_error : orders in the hold-out.
        coverage : share of the hold-out's customers inside their interval.
        horizon : units ahead.
        """
        customers = self.customers
        tested = self.models[self.models["chosen"].astype(bool)]
        actual, expected, error = (
            float(tested[name].iloc[0]) if len(tested) else None
            for name in ("actual", "expected", "error")
        )
        covered = self.coverage.loc[
            self.coverage["orders"] == "all", "coverage"
        ].iloc[0]
        revenue = None
        if "expected_revenue" in customers.columns:
            revenue = float(customers["expected_revenue"].sum())
        return {
            "customers": float(len(customers)),
            "one_time": float((customers["frequency"] == 0).sum()),
            "alive": float(customers["alive"].sum()),
            **self.lost,
            "expected_orders": float(customers["expected_orders"].sum()),
            "expected_revenue": revenue,
            **self.equity,
            "holdout_actual": actual,
            "holdout_expected": expected,
            "holdout_error": error,
            "coverage": None if pd.isna(covered) else float(covered),
            "horizon": float(self.horizon),
        }


_STEP_DAYS = (
    365.25 / 12
)  # money is discounted, and seasons are applied, month by month
_FARTHEST_DAYS = 3650  # an order expected later than that is not expected


def estimate_value(
    table: pd.DataFrame,
    options: ValueOptions | None = None,
    *,
    progress: Progress = no_progress,
) -> Value:
    """What each customer will order and be worth over a horizon, with calibrated intervals.

    The model is chosen by a hold-out unless set, and the intervals are fitted to what held on
    it. A fit that fails says so in `.notes` and gives way to the look-alike estimate.

    Parameters
    ----------
    table
        Order lines with `customer` and `date`; with `amount` money is estimated too, `quantity`
        tells returns, which are netted. One-time buyers count.
    options
        How far to look, with which model, and what money is worth.
    progress
        Called with the share done and the step.

    Returns
    -------
    Value
        Tables by customer, of the hold-out and of the time ahead; see there.

    Raises
    ------
    AnalysisError
        "data.missing_role" without customer or date, "customers.no_purchases" where nothing was
        bought, "value.one_day" where all history is one day.

    References
    ----------
    Fader, Hardie & Lee (2005); Batislam et al. (2007); Schmittlein et al. (1987); Fader & Hardie
    (2013); Lei et al. (2018).
    """
    options = options or ValueOptions()
    fitted = fit_value(
        table, options, progress=lambda share, step: progress(0.6 * share, step)
    )
    return estimate_from_fit(
        fitted,
        options,
        ranges=value_ranges(
            fitted,
            options,
            progress=lambda share, step: progress(0.6 + 0.3 * share, step),
        ),
        progress=progress,
    )


def estimate_from_fit(
    fitted: FittedValue,
    options: ValueOptions | None = None,
    *,
    ranges: Ranges | None = None,
    progress: Progress = no_progress,
) -> Value:
    """What `estimate_value` gives, without fitting again: to try a margin or a horizon.

    Parameters
    ----------
    fitted
        What `fit_value` gave for the orders.
    options
        The settings; those of the fit unless given.
    ranges
        What `value_ranges` gave for the fit; made here unless given.
    progress
        Called with the share done and the step.

    Returns
    -------
    Value
        As `estimate_value`.

    Raises
    ------
    ValueError
        Where the fit or the ranges were made with other settings that they depend on.

    Examples
    --------
    Twice the margin is twice the value.

    >>> rows = [(i, day) for i in range(40) for day in range(0, 300, 10 + i)]
    >>> orders = pd.DataFrame(rows, columns=["customer", "day"]).assign(amount=10.0)
    >>> orders["date"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(orders["day"], unit="D")
    >>> fitted = fit_value(orders, ValueOptions(model="bgnbd", intervals=False))
    >>> low, high = (
    ...     estimate_from_fit(fitted, fitted.options.replace(margin=margin)).summary()["equity"]
    ...     for margin in (0.2, 0.4)
    ... )
    >>> round(high / low, 6)
    2.0
    """
    options = options or fitted.options
    fitted.check(options)
    ranges = ranges or value_ranges(fitted, options)
    if ranges.options != options.for_ranges():
        raise ValueError(
            f"the ranges were made with {ranges.options.in_python()}; "
            f"they are no answer to {options.for_ranges().in_python()}"
        )
    progress(0.9, "value.step.customers")
    purchases, unit, horizon = (
        fitted.purchases,
        options.unit,
        horizon_of(options),
    )
    future = _look_ahead(fitted, options)
    customers, equity = _with_intervals(future, fitted, ranges, options)
    progress(1.0, "value.step.done")
    return Value(
        customers=customers,
        parameters=_parameters(fitted),
        holdout=ranges.holdout,
        **holdout_tables(fitted.holdout, purchases, unit),
        coverage=ranges.coverage,
        season=fitted.season,
        seasonal=not fitted.clock.even,
        curve=future.curve,
        checks=check_purchases(
            purchases, fitted.summary, horizon * UNIT_DAYS[unit]
        ),
        headline=_headline(fitted.holdout),
        notes=fitted.notes,
        model=fitted.model,
        spend=fitted.spend,
        unit=unit,
        horizon=horizon,
        until=iso_date(purchases.until),
        equity=equity,
        lost=lost_customers(fitted.model, options.coverage),
    )


@dataclass(frozen=True, eq=False)
class _Future:
    """Customers with what is expected of them, the months ahead, and discounted orders."""

    customers: pd.DataFrame
    curve: pd.DataFrame
    discounted_orders: np.ndarray


def _look_ahead(fitted: FittedValue, options: ValueOptions) -> _Future:
    model, spend, until = fitted.model, fitted.spend, fitted.purchases.until
    scale = UNIT_DAYS[options.unit]
    days = horizon_of(options) * scale
    ends = np.append(np.arange(_STEP_DAYS, days - 1e-6, _STEP_DAYS), days)
    middle_years = (np.r_[0.0, ends[:-1]] + ends) / 2 / 365.25
    factors = (1 + options.discount) ** -middle_years
    customers = fitted.summary.copy()
    orders, discounted, before = (np.zeros(len(customers)) for _ in range(3))
    each = (
        np.zeros(len(customers)) if spend is None else spend.expected().to_numpy()
    )
    months = []
    for end, factor in zip(ends, factors, strict=True):
        total = model.orders(fitted.time_ahead(end))
        step = np.maximum(total - before, 0.0)
        before = total
        orders += step
        discounted += step * factor
        months.append(
            (
                until + round(end),
                float(step.sum()),
                float((step * each).sum() * factor * options.margin),
            )
        )
    customers = customers.assign(
        alive=model.alive().to_numpy(),
        expected_orders=orders,
        next_order=_next_order(fitted, scale),
    )
    curve = pd.DataFrame(months, columns=["date", "expected_orders", "value"])
    curve["date"] = as_dates(curve["date"].to_numpy())
    if spend is None:
        curve = curve.drop(columns="value")
    else:
        curve["cumulative"] = curve["value"].cumsum()
        customers = customers.assign(
            expected_spend=each,
            expected_revenue=orders * each,
            value=discounted * each * options.margin,
        )
    return _Future(customers, curve, discounted)


def _next_order(fitted: FittedValue, scale: float) -> pd.Series:
    """The day by which half of such customers have ordered again; NaT where it is too far."""
    model, until, clock = fitted.model, fitted.purchases.until, fitted.clock
    wait = model._median_wait(model.rows)[model.rows.position] * scale
    near = np.isfinite(wait) & (wait <= _FARTHEST_DAYS)
    days = clock.day(clock.at(until) + np.where(near, wait, 0)) - until
    dates = as_dates(np.where(near, until + np.ceil(days), 0))
    return pd.Series(dates, index=fitted.summary.index).where(near)


def _with_intervals(
    future: _Future,
    fitted: FittedValue,
    ranges: Ranges,
    options: ValueOptions,
) -> tuple[pd.DataFrame, dict[str, float | None]]:
    customers = future.customers
    equity: dict[str, float | None] = dict.fromkeys(
        ("equity", "equity_lo", "equity_hi", *SPREAD_PARTS)
    )
    if ranges.orders is not None:
        customers["orders_lo"], customers["orders_hi"] = ranges.orders
    if "value" not in customers.columns:
        return customers, equity
    equity["equity"] = float(customers["value"].sum())
    if ranges.money is None:
        return customers, equity
    plain = fitted.model.expected(time_to_horizon(fitted, options)).to_numpy()
    # What one of what the model counts is worth: margin, discounted.
    factor = options.margin * future.discounted_orders / np.maximum(plain, 1e-300)
    customers = customers.assign(
        value_lo=ranges.money.low * factor, value_hi=ranges.money.high * factor
    )
    return customers, _equity(customers, factor, ranges.money, fitted, options)


def _equity(
    customers: pd.DataFrame,
    factor: np.ndarray,
    money: MoneyRanges,
    fitted: FittedValue,
    options: ValueOptions,
) -> dict[str, float | None]:
    """The total with its interval.

    What moves it: the chance of the customers, not knowing the parameters, and the model itself,
    which may be as wrong as it was on the hold-out.
    """
    total = float(customers["value"].sum())
    worth = customers["expected_spend"].to_numpy() * factor
    miss = abs(fitted.holdout.error) if fitted.holdout else 0.0
    parts = (
        float(np.sqrt((money.variance * factor**2).sum())),
        parameter_spread(fitted.model, time_to_horizon(fitted, options), worth),
        miss * total,
    )
    spread = float(np.sqrt(sum(part**2 for part in parts))) / max(total, 1e-300)
    quantile = float(ndtri((1 + options.coverage) / 2))
    wide = float(np.exp(quantile * np.sqrt(np.log1p(spread**2))))
    return {
        **{
            "equity": total,
            "equity_lo": total / wide,
            "equity_hi": total * wide,
        },
        **dict(zip(SPREAD_PARTS, parts, strict=True)),
    }


def _parameters(fitted: FittedValue) -> pd.DataFrame:
    rows = []
    for fit in (fitted.model, fitted.spend):
        if fit is not None:
            for name, value in fit.parameters.items():
                rows.append((fit.name, name, value, fit.standard_errors[name]))
    return pd.DataFrame(
        rows, columns=["model", "parameter", "value", "standard_error"]
    )


def _headline(holdout: HoldOut | None) -> Message:
    if holdout is None:
        return Message("value.headline.none", {})
    error = holdout.error
    kind = "low" if error < 0 else "high"
    if abs(error) < 0.005:
        kind = "close"
    return Message(
        f"value.headline.{kind}",
        {
            "error": abs(error),
            "actual": int(holdout.actual.sum()),
            "expected": round(float(holdout.winner.expected.sum())),
            "start": iso_date(holdout.start + 1),
            "end": iso_date(holdout.end),
        },
    )
