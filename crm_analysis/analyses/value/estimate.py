"""The whole question: what each customer will order and be worth, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtri

from crm_analysis.analyses.customers.purchases import as_dates, iso_date
from crm_analysis.analyses.value.fitted import FittedValue, fit_value
from crm_analysis.analyses.value.holdout import HoldOut
from crm_analysis.analyses.value.holdout_tables import holdout_tables
from crm_analysis.analyses.value.intervals import MoneyRanges, parameter_spread
from crm_analysis.analyses.value.options import ValueOptions
from crm_analysis.analyses.value.purchase_summary import UNIT_DAYS
from crm_analysis.analyses.value.ranges import Ranges, horizon_of, value_ranges
from crm_analysis.analyses.value.result import SPREAD_PARTS, Value
from crm_analysis.analyses.value.season import step_multipliers
from crm_analysis.analyses.value.suitability import check_purchases
from crm_analysis.jobs import Progress, no_progress
from crm_analysis.messages import Message

_STEP_DAYS = 365.25 / 12  # money is discounted, and seasons are applied, month by month
_FARTHEST_DAYS = 3650  # an order expected later than that is not expected


def estimate_value(
    table: pd.DataFrame,
    options: ValueOptions | None = None,
    *,
    progress: Progress = no_progress,
) -> Value:
    """What each customer will order and be worth over a horizon, with calibrated intervals.

    The model is chosen by a hold-out unless set, and the intervals are widened until they hold on
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
    ranges = value_ranges(
        fitted,
        options,
        progress=lambda share, step: progress(0.6 + 0.3 * share, step),
    )
    return estimate_from_fit(fitted, options, ranges=ranges, progress=progress)


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
    seasonal = fitted.season_helps if options.seasonal is None else options.seasonal
    seasonal = bool(seasonal) and fitted.season_helps is not None
    future = _look_ahead(fitted, seasonal, options)
    customers, equity = _with_intervals(future, fitted, ranges, options)
    progress(1.0, "value.step.done")
    return Value(
        customers=customers,
        parameters=_parameters(fitted),
        holdout=ranges.holdout,
        **holdout_tables(fitted.holdout, purchases, unit),
        coverage=ranges.coverage,
        season=fitted.season,
        seasonal=seasonal,
        curve=future.curve,
        checks=check_purchases(purchases, fitted.summary, horizon * UNIT_DAYS[unit]),
        headline=_headline(fitted.holdout),
        notes=fitted.notes,
        model=fitted.model,
        spend=fitted.spend,
        unit=unit,
        horizon=horizon,
        until=iso_date(purchases.until),
        equity=equity,
    )


@dataclass(frozen=True, eq=False)
class _Future:
    """Customers with what is expected of them, the months ahead, and discounted orders."""

    customers: pd.DataFrame
    curve: pd.DataFrame
    discounted_orders: np.ndarray


def _look_ahead(fitted: FittedValue, seasonal: bool, options: ValueOptions) -> _Future:
    """Each customer's future, month by month: expected orders, season, discounted money."""
    model, spend, until = fitted.model, fitted.spend, fitted.purchases.until
    scale = UNIT_DAYS[options.unit]
    days = horizon_of(options) * scale
    ends = np.append(np.arange(_STEP_DAYS, days - 1e-6, _STEP_DAYS), days)
    multipliers = np.ones(len(ends))
    if seasonal:
        multipliers = step_multipliers(fitted.season, until, ends)
    middle_years = (np.r_[0.0, ends[:-1]] + ends) / 2 / 365.25
    factors = (1 + options.discount) ** -middle_years
    customers = fitted.summary.copy()
    orders, discounted, before = (np.zeros(len(customers)) for _ in range(3))
    each = np.zeros(len(customers)) if spend is None else spend.expected().to_numpy()
    months = []
    for end, multiplier, factor in zip(ends, multipliers, factors, strict=True):
        total = model.orders(end / scale)
        step = np.maximum(total - before, 0.0) * multiplier
        before = total
        orders += step
        discounted += step * factor
        money = float((step * each).sum() * factor * options.margin)
        months.append((until + round(end), float(step.sum()), money))
    customers["alive"] = model.alive().to_numpy()
    customers["expected_orders"] = orders
    customers["next_order"] = _next_order(fitted, scale)
    curve = pd.DataFrame(months, columns=["date", "expected_orders", "value"])
    curve["date"] = as_dates(curve["date"].to_numpy())
    if spend is None:
        curve = curve.drop(columns="value")
    else:
        curve["cumulative"] = curve["value"].cumsum()
        customers["expected_spend"] = each
        customers["expected_revenue"] = orders * each
        customers["value"] = discounted * each * options.margin
    return _Future(customers, curve, discounted)


def _next_order(fitted: FittedValue, scale: float) -> pd.Series:
    """The day by which half of such customers have ordered again; NaT where it is too far."""
    model = fitted.model
    days = model._median_wait(model.rows)[model.rows.position] * scale
    near = np.isfinite(days) & (days <= _FARTHEST_DAYS)
    dates = as_dates(
        np.where(near, fitted.purchases.until + np.ceil(np.where(near, days, 0)), 0)
    )
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
    plain = fitted.model.expected(horizon_of(options)).to_numpy()
    # What an order of the model's plain count is worth: margin, discounted, in its season.
    factor = options.margin * future.discounted_orders / np.maximum(plain, 1e-300)
    customers["value_lo"] = ranges.money.low * factor
    customers["value_hi"] = ranges.money.high * factor
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
        parameter_spread(fitted.model, float(horizon_of(options)), worth),
        miss * total,
    )
    spread = float(np.sqrt(sum(part**2 for part in parts))) / max(total, 1e-300)
    quantile = float(ndtri((1 + options.coverage) / 2))
    wide = float(np.exp(quantile * np.sqrt(np.log1p(spread**2))))
    interval = {
        "equity": total,
        "equity_lo": total / wide,
        "equity_hi": total * wide,
    }
    return {**interval, **dict(zip(SPREAD_PARTS, parts, strict=True))}


def _parameters(fitted: FittedValue) -> pd.DataFrame:
    rows = []
    for fit in (fitted.model, fitted.spend):
        if fit is not None:
            for name, value in fit.parameters.items():
                rows.append((fit.name, name, value, fit.standard_errors[name]))
    return pd.DataFrame(rows, columns=["model", "parameter", "value", "standard_error"])


def _headline(holdout: HoldOut | None) -> Message:
    """How wrong it would have been last time, in a sentence."""
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
