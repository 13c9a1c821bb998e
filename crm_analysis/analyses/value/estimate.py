"""The whole question: what each customer will order and be worth, how sure that is, and how it would have done last time."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import ndtri

from crm_analysis.analyses.customers import as_dates
from crm_analysis.analyses.value.fitted import FittedValue, fit_value
from crm_analysis.analyses.value.holdout import HoldOut, class_table, model_table, weekly_table
from crm_analysis.analyses.value.intervals import parameter_spread
from crm_analysis.analyses.value.models.gamma_gamma import GammaGamma
from crm_analysis.analyses.value.models.purchase_model import PurchaseModel
from crm_analysis.analyses.value.options import ValueOptions
from crm_analysis.analyses.value.purchase_summary import UNIT_DAYS
from crm_analysis.analyses.value.ranges import Ranges, horizon_of, value_ranges
from crm_analysis.analyses.value.result import Value
from crm_analysis.analyses.value.season import step_multipliers
from crm_analysis.analyses.value.suitability import check_purchases
from crm_analysis.jobs import Progress, no_progress
from crm_analysis.messages import Message

__all__ = ["estimate_value"]

_STEP_DAYS = 365.25 / 12  # money is discounted, and seasons are applied, month by month
_FARTHEST_DAYS = 3650  # an order expected later than that is not expected


def estimate_value(
    table: pd.DataFrame | None,
    options: ValueOptions | None = None,
    *,
    fitted: FittedValue | None = None,
    ranges: Ranges | None = None,
    progress: Progress = no_progress,
) -> Value:
    """What each customer will order and be worth over a horizon, with intervals calibrated on a hold-out.

    Table in: order lines with `customer`, `date`; with `amount` money is estimated too; `quantity` tells returns (netted). One-time
    buyers count. Out: a `Value`; see there for its tables. The model is chosen by the hold-out unless set; a fit that fails says so in `.notes`
    and gives way to the look-alike estimate (`fit_lookalike`). `fitted` and `ranges` are what `fit_value` and `value_ranges` gave for the same
    table and settings but those they do not depend on: a margin or a horizon is then tried without fitting again (and no table is needed).

    Raises AnalysisError when customer or date are missing, nothing was bought, or all history is one day.

    Sources: Fader, Hardie & Lee (2005); Batislam et al. (2007); Schmittlein et al. (1987); Fader & Hardie (2013); Lei et al. (2018).
    """
    options = options or ValueOptions()
    if fitted is None:
        if table is None:
            raise TypeError("estimate_value takes a table, or what fit_value gave for one")
        fitted = fit_value(table, options, progress=lambda share, step: progress(0.6 * share, step))
    ranges = ranges or value_ranges(
        fitted, options, progress=lambda share, step: progress(0.6 + 0.3 * share, step)
    )
    horizon = horizon_of(options)
    progress(0.9, "value.step.customers")
    bought, held, model = fitted.bought, fitted.held, fitted.model
    seasonal = fitted.season_helps is not None and (
        fitted.season_helps if options.seasonal is None else options.seasonal
    )
    customers, curve, discounted = _customers(fitted, seasonal, options, horizon)
    equity: dict[str, float | None] = dict.fromkeys(
        ("equity", "equity_lo", "equity_hi", "sd_customers", "sd_parameters", "sd_model")
    )
    if ranges.orders is not None:
        customers["orders_lo"], customers["orders_hi"] = ranges.orders
    if "value" in customers.columns:
        equity["equity"] = float(customers["value"].sum())
        if ranges.money is not None:
            customers, equity = _intervals(
                customers, model, ranges.money, held, discounted, options, horizon
            )
    progress(1.0, "value.step.done")
    return Value(
        customers,
        _parameters(model, fitted.spend),
        ranges.holdout,
        model_table(held)
        if held
        else pd.DataFrame(
            columns=[
                "model",
                "actual",
                "expected",
                "error",
                "mae",
                "rmse",
                "log_score",
                "converged",
                "baseline",
                "chosen",
            ]
        ),
        weekly_table(held, bought, options.unit)
        if held
        else pd.DataFrame(
            columns=[
                "date",
                "part",
                "actual",
                "expected",
                "actual_cumulative",
                "expected_cumulative",
            ]
        ),
        class_table(held)
        if held
        else pd.DataFrame(
            columns=["frequency", "customers", "actual", "expected", "actual_each", "expected_each"]
        ),
        ranges.coverage,
        fitted.season,
        seasonal,
        curve,
        check_purchases(bought, fitted.summary, horizon * UNIT_DAYS[options.unit]),
        _headline(held),
        fitted.notes,
        model,
        fitted.spend,
        options.unit,
        horizon,
        str(np.datetime64(bought.until, "D")),
        equity,
    )


def _customers(
    fitted: FittedValue, seasonal: bool, options: ValueOptions, horizon: int
) -> tuple[pd.DataFrame, pd.DataFrame, np.ndarray]:
    """Each customer's future, month by month: expected orders, season's multiplier, discounted money."""
    summary, model, per_chance, spend, bought = (
        fitted.summary,
        fitted.model,
        fitted.per_chance,
        fitted.spend,
        fitted.bought,
    )
    scale = UNIT_DAYS[options.unit]
    days = horizon * scale
    ends = np.append(np.arange(_STEP_DAYS, days - 1e-6, _STEP_DAYS), days)
    multipliers = (
        step_multipliers(fitted.season, bought.until, ends) if seasonal else np.ones(len(ends))
    )
    middle = (np.r_[0.0, ends[:-1]] + ends) / 2 / 365.25
    factors = (1 + options.discount) ** -middle
    orders, worth, before = np.zeros(len(summary)), np.zeros(len(summary)), np.zeros(len(summary))
    each = spend.expected().to_numpy() if spend is not None else np.zeros(len(summary))
    curve = []
    for end, multiplier, factor in zip(ends, multipliers, factors, strict=True):
        until = model.expected(end / scale).to_numpy() * per_chance
        step = np.maximum(until - before, 0.0) * multiplier
        before = until
        orders += step
        worth += step * factor
        curve.append(
            (
                bought.until + round(end),
                float(step.sum()),
                float((step * each).sum() * factor * options.margin),
            )
        )
    customers = summary.copy()
    customers["alive"] = model.alive().to_numpy()
    customers["expected_orders"] = orders
    wait = model._median_wait(model.rows)[model.rows.position] * scale
    there = np.isfinite(wait) & (wait <= _FARTHEST_DAYS)
    next_day = as_dates(
        np.where(there, bought.until + np.ceil(np.where(there, wait, 0)), 0).astype(np.int64)
    )
    customers["next_order"] = pd.Series(next_day, index=customers.index).where(there)
    discounted = worth
    frame = pd.DataFrame(curve, columns=["day", "expected_orders", "value"])
    frame.insert(0, "date", as_dates(frame.pop("day").to_numpy()))
    if spend is None:
        frame = frame.drop(columns="value")
    else:
        frame["cumulative"] = frame["value"].cumsum()
        customers["expected_spend"] = each
        customers["expected_revenue"] = orders * each
        customers["value"] = worth * each * options.margin
    return customers, frame, discounted


def _intervals(
    customers: pd.DataFrame,
    model: PurchaseModel,
    money: tuple[np.ndarray, np.ndarray, np.ndarray],
    held: HoldOut | None,
    discounted: np.ndarray,
    options: ValueOptions,
    horizon: int,
) -> tuple[pd.DataFrame, dict[str, float | None]]:
    """Intervals of each customer and of all: chance of the customers, of the parameters, and of the model itself (as wrong as it was)."""
    low, high, variance = money
    plain = model.expected(horizon).to_numpy()
    factor = options.margin * discounted / np.maximum(plain, 1e-300)
    customers = customers.assign(value_lo=low * factor, value_hi=high * factor)
    total = float(customers["value"].sum())
    chance = float(np.sqrt((variance * factor**2).sum()))
    worth = (
        options.margin
        * customers["expected_spend"].to_numpy()
        * discounted
        / np.maximum(plain, 1e-300)
    )
    parameters = parameter_spread(model, float(horizon), worth)
    known = held.trials[held.chosen] if held else None
    miss = (
        abs(float(known.expected.sum()) / max(float(held.actual.sum()), 1.0) - 1)
        if known is not None and held is not None
        else 0.0
    )
    parts = {"sd_customers": chance, "sd_parameters": parameters, "sd_model": miss * total}
    spread = float(np.sqrt(sum(part**2 for part in parts.values()))) / max(total, 1e-300)
    wide = float(ndtri((1 + options.coverage) / 2)) * float(np.sqrt(np.log1p(spread**2)))
    return customers, {
        "equity": total,
        "equity_lo": total * float(np.exp(-wide)),
        "equity_hi": total * float(np.exp(wide)),
        **parts,
    }


def _parameters(model: PurchaseModel, spend: GammaGamma | None) -> pd.DataFrame:
    rows = (
        [
            (model.name, name, value, model.standard_errors[name])
            for name, value in model.parameters.items()
        ]
        if model.name != "lookalike"
        else [(model.name, name, value, np.nan) for name, value in model.parameters.items()]
    )
    if spend is not None:
        rows += [
            ("gamma_gamma", name, value, spend.standard_errors[name])
            for name, value in spend.parameters.items()
        ]
    return pd.DataFrame(rows, columns=["model", "parameter", "value", "standard_error"])


def _headline(held: HoldOut | None) -> Message:
    """How wrong it would have been last time, in a sentence."""
    if held is None:
        return Message("value.headline.none", {})
    expected, actual = float(held.trials[held.chosen].expected.sum()), float(held.actual.sum())
    error = expected / max(actual, 1.0) - 1
    kind = "close" if abs(error) < 0.005 else ("low" if error < 0 else "high")
    dates = {
        "start": str(np.datetime64(held.start + 1, "D")),
        "end": str(np.datetime64(held.end, "D")),
    }
    return Message(
        f"value.headline.{kind}",
        {"error": abs(error), "actual": int(actual), "expected": round(expected), **dates},
    )
