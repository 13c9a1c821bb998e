"""The whole question: what each customer will order and be worth, how sure that is, and how it would have done last time."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import ndtri

from crm_analysis.analyses.value.gamma_gamma import GammaGamma
from crm_analysis.analyses.value.holdout import AUTOMATIC, HoldOut, class_table, fit_model, fit_to, frequency_class, hold_out, model_table, weekly_table
from crm_analysis.analyses.value.intervals import Levels, calibrate, draw_money, order_quantiles, parameter_spread
from crm_analysis.analyses.value.lookalike import fit_lookalike
from crm_analysis.analyses.value.options import ValueOptions
from crm_analysis.analyses.value.purchase_model import PurchaseModel
from crm_analysis.analyses.value.purchases import UNIT_DAYS, Purchases, as_dates, purchase_days, summarise
from crm_analysis.analyses.value.result import Sentence, Value
from crm_analysis.analyses.value.season import month_multipliers, season_helps, step_multipliers
from crm_analysis.analyses.value.spending import choose_spend
from crm_analysis.analyses.value.suitability import check_purchases
from crm_analysis.errors import AnalysisError
from crm_analysis.jobs import Progress, no_progress

__all__ = ["estimate_value"]

_STEP_DAYS = 365.25 / 12  # money is discounted, and seasons are applied, month by month
_FARTHEST_DAYS = 3650  # an order expected later than that is not expected
_REPEATERS = 10  # fewer customers with repeat orders than that cannot carry a model
_SPOKEN = {"bgnbd": "BG/NBD", "mbgnbd": "MBG/NBD", "pareto_nbd": "Pareto/NBD", "bgbb": "BG/BB"}


def estimate_value(table: pd.DataFrame, options: ValueOptions | None = None, *, progress: Progress = no_progress) -> Value:
    """What each customer will order and be worth over a horizon, with intervals calibrated on a hold-out.

    Table in: order lines with `customer`, `date`; with `amount` money is estimated too; `quantity` tells returns (netted). One-time
    buyers count. Out: a `Value`; see there for its tables. The model is chosen by the hold-out unless set; a fit that fails says so in `.notes`
    and gives way to the look-alike estimate (`fit_lookalike`).

    Raises AnalysisError when customer or date are missing, nothing was bought, or all history is one day.

    Sources: Fader, Hardie & Lee (2005); Batislam et al. (2007); Schmittlein et al. (1987); Fader & Hardie (2013); Lei et al. (2018).
    """
    options = options or ValueOptions()
    unit = options.unit
    scale = UNIT_DAYS[unit]
    progress(0.0, "value.step.history")
    bought = purchase_days(table, options.until)
    if bought.span < 1:
        raise AnalysisError("value.one_day")
    summary = summarise(bought, unit)
    horizon = options.horizon or max(1, round(365.25 / scale))
    checks = check_purchases(bought, summary, horizon * scale)
    notes = _left_out(bought)
    progress(0.1, "value.step.holdout")
    held, said = _hold_out(bought, options, horizon)
    notes += said
    progress(0.5, "value.step.fit")
    model, per_chance, said = _final(held, bought, summary, options)
    notes += said
    spend, said = choose_spend(held, summary, options)
    notes += said
    season = _season_table(model, per_chance, bought, options)
    seasonal = _use_season(held, bought, options, model)
    progress(0.6, "value.step.customers")
    customers, curve, discounted = _customers(summary, model, per_chance, spend, season if seasonal else None, bought, options, horizon)
    trial = held.trials[held.chosen] if held else None
    levels = calibrate(trial, held.summary["frequency"].to_numpy() if held else np.zeros(0), options.coverage, options.seed)
    equity: dict[str, float | None] = dict.fromkeys(("equity", "equity_lo", "equity_hi", "sd_customers", "sd_parameters", "sd_model"))
    if options.intervals:
        progress(0.7, "value.step.intervals")
        customers, equity = _intervals(customers, model, per_chance, spend, levels, held, discounted, options, horizon, equity)
    elif "value" in customers.columns:
        equity["equity"] = float(customers["value"].sum())
    progress(1.0, "value.step.done")
    return Value(
        customers,
        _parameters(model, spend),
        _holdout_customers(held, levels, options) if held else _no_holdout(),
        model_table(held)
        if held
        else pd.DataFrame(columns=["model", "actual", "expected", "error", "mae", "rmse", "log_score", "converged", "baseline", "chosen"]),
        weekly_table(held, bought, unit) if held else pd.DataFrame(columns=["date", "part", "actual", "expected", "actual_cumulative", "expected_cumulative"]),
        class_table(held) if held else pd.DataFrame(columns=["frequency", "customers", "actual", "expected", "actual_each", "expected_each"]),
        levels.table,
        season,
        seasonal,
        curve,
        checks,
        _headline(held),
        tuple(notes),
        model,
        spend,
        unit,
        horizon,
        str(np.datetime64(bought.until, "D")),
        equity,
    )


def _left_out(bought: Purchases) -> list[Sentence]:
    notes: list[Sentence] = []
    if bought.left_out:
        notes.append(("value.note.left_out", {"count": bought.left_out}))
    if bought.return_lines:
        notes.append(("value.note.returns", {"count": bought.return_lines, "unmatched": abs(bought.unmatched_returns)}))
    return notes


def _hold_out(bought: Purchases, options: ValueOptions, horizon: int) -> tuple[HoldOut | None, list[Sentence]]:
    """The hold-out, where enough was known before it."""
    scale = UNIT_DAYS[options.unit]
    days = round(options.holdout * scale) if options.holdout else min(bought.span // 2, round(horizon * scale))
    start = bought.until - days
    known = bought.first_day <= start
    repeat = np.ones(len(bought.day), dtype=bool)
    repeat[bought.first[:-1]] = False
    repeaters = len(np.unique(bought.customer[repeat & (bought.day <= start)]))
    if days < 1 or known.sum() < 20 or repeaters < _REPEATERS:
        return None, [("value.note.no_holdout", {"days": days, "repeaters": repeaters})]
    names = AUTOMATIC if options.model == "auto" else (options.model,)
    held = hold_out(bought, options.unit, days, names, options.seed)
    notes: list[Sentence] = []
    failed = [name for name in names if not fit_to(held.trials[name].model)]
    if failed:
        notes.append(("value.note.failed", {"models": [_SPOKEN[name] for name in failed]}))
    simple, chosen = held.trials["lookalike"], held.trials[held.chosen]
    rivals = [(float(((trial.expected - held.actual) ** 2).mean()), abs(float(trial.expected.sum() - held.actual.sum()))) for trial in (simple, chosen)]
    if held.chosen != "lookalike" and rivals[0][0] < rivals[1][0] and rivals[0][1] < rivals[1][1]:
        notes.append(("value.note.simple_is_better", {}))
    return held, notes


def _final(held: HoldOut | None, bought: Purchases, summary: pd.DataFrame, options: ValueOptions) -> tuple[PurchaseModel, float, list[Sentence]]:
    """The chosen model fitted to everything; without a hold-out the likelier one; the look-alike estimate where no fit can be used."""
    if held is not None:
        names: tuple[str, ...] = (held.chosen,)
    else:
        names = AUTOMATIC if options.model == "auto" else (options.model,)
    enough = int((summary["frequency"] > 0).sum()) >= _REPEATERS
    fits = [fit_model(name, bought, summary, options.unit, options.seed) for name in names if name != "lookalike"] if enough else []
    usable = [found for found in fits if fit_to(found[0])]
    if usable:
        model, per_chance = max(usable, key=lambda found: found[0].log_likelihood)
        return model, per_chance, list(model.notes)
    window = min((held.length if held else bought.span / 3), bought.span / 2) / UNIT_DAYS[options.unit]
    reason = "value.note.fallback" if enough else "value.note.fallback_few"
    return fit_lookalike(bought, max(window, 1 / UNIT_DAYS[options.unit]), options.unit), 1.0, [(reason, {"repeaters": int((summary["frequency"] > 0).sum())})]


def _season_table(model: PurchaseModel, per_chance: float, bought: Purchases, options: ValueOptions) -> pd.DataFrame:
    if model.name in ("lookalike", "bgbb") or bought.span < 330:
        return pd.DataFrame({"month": np.arange(1, 13), "days": 0, "actual": 0, "expected": np.nan, "multiplier": 1.0})
    return month_multipliers(model, per_chance, bought, options.unit)


def _use_season(held: HoldOut | None, bought: Purchases, options: ValueOptions, model: PurchaseModel) -> bool:
    if model.name in ("lookalike", "bgbb") or bought.span < 330:
        return False
    if options.seasonal is not None:
        return options.seasonal
    return held is not None and season_helps(held, bought, options.unit)


def _customers(
    summary: pd.DataFrame,
    model: PurchaseModel,
    per_chance: float,
    spend: GammaGamma | None,
    season: pd.DataFrame | None,
    bought: Purchases,
    options: ValueOptions,
    horizon: int,
) -> tuple[pd.DataFrame, pd.DataFrame, np.ndarray]:
    """Each customer's future, month by month: expected orders, season's multiplier, discounted money."""
    scale = UNIT_DAYS[options.unit]
    days = horizon * scale
    ends = np.append(np.arange(_STEP_DAYS, days - 1e-6, _STEP_DAYS), days)
    multipliers = step_multipliers(season, bought.until, ends) if season is not None else np.ones(len(ends))
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
        curve.append((bought.until + round(end), float(step.sum()), float((step * each).sum() * factor * options.margin)))
    customers = summary.copy()
    customers["alive"] = model.alive().to_numpy()
    customers["expected_orders"] = orders
    wait = model._median_wait(model.rows)[model.rows.position] * scale
    there = np.isfinite(wait) & (wait <= _FARTHEST_DAYS)
    next_day = as_dates(np.where(there, bought.until + np.ceil(np.where(there, wait, 0)), 0).astype(np.int64))
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
    per_chance: float,
    spend: GammaGamma | None,
    levels: Levels,
    held: HoldOut | None,
    discounted: np.ndarray,
    options: ValueOptions,
    horizon: int,
    equity: dict[str, float | None],
) -> tuple[pd.DataFrame, dict[str, float | None]]:
    """Intervals of each customer and of all: chance of the customers, of the parameters, and of the model itself (as wrong as it was)."""
    level = levels.of(customers["frequency"].to_numpy())
    low, high = order_quantiles(model, horizon, level)
    customers = customers.assign(orders_lo=np.floor(low * per_chance), orders_hi=np.ceil(high * per_chance))
    if spend is None:
        return customers, equity
    draws = 400 if len(customers) <= 20_000 else 200
    plain = model.expected(horizon).to_numpy()
    factor = options.margin * discounted / np.maximum(plain, 1e-300)
    low, high, variance = draw_money(model, spend, horizon, level, draws=draws, seed=options.seed)
    customers = customers.assign(value_lo=low * factor, value_hi=high * factor)
    total = float(customers["value"].sum())
    chance = float(np.sqrt((variance * factor**2).sum()))
    worth = options.margin * customers["expected_spend"].to_numpy() * discounted / np.maximum(plain, 1e-300)
    parameters = parameter_spread(model, float(horizon), worth)
    known = held.trials[held.chosen] if held else None
    miss = abs(float(known.expected.sum()) / max(float(held.actual.sum()), 1.0) - 1) if known is not None and held is not None else 0.0
    parts = {"sd_customers": chance, "sd_parameters": parameters, "sd_model": miss * total}
    spread = float(np.sqrt(sum(part**2 for part in parts.values()))) / max(total, 1e-300)
    wide = float(ndtri((1 + options.coverage) / 2)) * float(np.sqrt(np.log1p(spread**2)))
    return customers, {"equity": total, "equity_lo": total * float(np.exp(-wide)), "equity_hi": total * float(np.exp(wide)), **parts}


def _parameters(model: PurchaseModel, spend: GammaGamma | None) -> pd.DataFrame:
    rows = (
        [(model.name, name, value, model.standard_errors[name]) for name, value in model.parameters.items()]
        if model.name != "lookalike"
        else [(model.name, name, value, np.nan) for name, value in model.parameters.items()]
    )
    if spend is not None:
        rows += [("gamma_gamma", name, value, spend.standard_errors[name]) for name, value in spend.parameters.items()]
    return pd.DataFrame(rows, columns=["model", "parameter", "value", "standard_error"])


def _holdout_customers(held: HoldOut, levels: Levels, options: ValueOptions) -> pd.DataFrame:
    trial = held.trials[held.chosen]
    table = held.summary[["customer", "frequency", "recency", "T"]].copy()
    table["class"] = frequency_class(held.summary["frequency"])
    table["actual"], table["expected"] = held.actual, trial.expected
    low, high = order_quantiles(trial.model, held.length / UNIT_DAYS[options.unit], levels.of(table["frequency"].to_numpy()))
    table["orders_lo"], table["orders_hi"] = np.floor(low * trial.per_chance), np.ceil(high * trial.per_chance)
    if held.actual_money is not None:
        spend, _ = choose_spend(held, held.summary, options)
        table["actual_revenue"] = held.actual_money
        table["expected_revenue"] = trial.expected * (spend.expected().to_numpy() if spend is not None else 0.0)
    return table


def _no_holdout() -> pd.DataFrame:
    return pd.DataFrame(columns=["customer", "frequency", "recency", "T", "class", "actual", "expected", "orders_lo", "orders_hi"])


def _headline(held: HoldOut | None) -> Sentence:
    """How wrong it would have been last time, in a sentence."""
    if held is None:
        return ("value.headline.none", {})
    expected, actual = float(held.trials[held.chosen].expected.sum()), float(held.actual.sum())
    error = expected / max(actual, 1.0) - 1
    kind = "close" if abs(error) < 0.005 else ("low" if error < 0 else "high")
    dates = {"start": str(np.datetime64(held.start + 1, "D")), "end": str(np.datetime64(held.end, "D"))}
    return (f"value.headline.{kind}", {"error": abs(error), "actual": int(actual), "expected": round(expected), **dates})
