"""What the orders teach, whatever is asked of the future: the hold-out, the chosen model, the model of spend, the seasons."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.analyses.customers import Purchases, purchase_days
from crm_analysis.analyses.value.holdout import AUTOMATIC, HoldOut, fit_model, fit_to, hold_out
from crm_analysis.analyses.value.models.gamma_gamma import GammaGamma
from crm_analysis.analyses.value.models.lookalike import fit_lookalike
from crm_analysis.analyses.value.models.purchase_model import PurchaseModel
from crm_analysis.analyses.value.options import ValueOptions
from crm_analysis.analyses.value.purchase_summary import UNIT_DAYS, summarise
from crm_analysis.analyses.value.season import month_multipliers, season_helps
from crm_analysis.analyses.value.spending import choose_spend
from crm_analysis.errors import AnalysisError
from crm_analysis.jobs import Progress, no_progress
from crm_analysis.messages import Message

__all__ = ["FittedValue", "fit_value"]

_REPEATERS = 10  # fewer customers with repeat orders than that cannot carry a model
_SEASON_DAYS = 330  # of record, before a month may be told from the others
_SPOKEN = {"bgnbd": "BG/NBD", "mbgnbd": "MBG/NBD", "pareto_nbd": "Pareto/NBD", "bgbb": "BG/BB"}


@dataclass(frozen=True, eq=False)
class FittedValue:
    """The purchases, the hold-out (where there was one), the chosen model with the orders that one of what it counts stands for, the
    model of spend (also as it stood before the hold-out), the months' multipliers and whether they brought the hold-out nearer (`None`: they cannot be had).
    """

    bought: Purchases
    summary: pd.DataFrame
    held: HoldOut | None
    model: PurchaseModel
    per_chance: float
    spend: GammaGamma | None
    spend_before: GammaGamma | None
    season: pd.DataFrame
    season_helps: bool | None
    notes: tuple[Message, ...]


def fit_value(
    table: pd.DataFrame, options: ValueOptions | None = None, *, progress: Progress = no_progress
) -> FittedValue:
    """The part of `estimate_value` that takes long and does not depend on the horizon, margin, discount, coverage, or use of seasons.

    Table in, errors and sources: as `estimate_value`, which takes what this gives as `fitted`, for any of these settings.
    """
    options = options or ValueOptions()
    progress(0.0, "value.step.history")
    bought = purchase_days(table, options.until)
    if bought.span < 1:
        raise AnalysisError("value.one_day")
    summary = summarise(bought, options.unit)
    notes = _left_out(bought)
    progress(0.1, "value.step.holdout")
    held, said = _hold_out(bought, options)
    notes += said
    progress(0.6, "value.step.fit")
    model, per_chance, said = _final(held, bought, summary, options)
    notes += said
    spend, said = choose_spend(held, summary, options)
    before = (
        choose_spend(held, held.summary, options)[0]
        if held is not None and held.actual_money is not None
        else None
    )
    progress(0.9, "value.step.fit")
    known = model.name not in ("lookalike", "bgbb") and bought.span >= _SEASON_DAYS
    season = month_multipliers(model, per_chance, bought, options.unit) if known else _no_season()
    helps = (held is not None and season_helps(held, bought, options.unit)) if known else None
    return FittedValue(
        bought, summary, held, model, per_chance, spend, before, season, helps, tuple(notes + said)
    )


def _left_out(bought: Purchases) -> list[Message]:
    notes: list[Message] = []
    if bought.left_out:
        notes.append(Message("value.note.left_out", {"count": bought.left_out}))
    if bought.return_lines:
        unmatched = abs(bought.unmatched_returns)
        notes.append(
            Message("value.note.returns", {"count": bought.return_lines, "unmatched": unmatched})
            if unmatched
            else Message("value.note.returns_matched", {"count": bought.return_lines})
        )
    return notes


def _hold_out(bought: Purchases, options: ValueOptions) -> tuple[HoldOut | None, list[Message]]:
    """The hold-out, where enough was known before it."""
    days = (
        round(options.holdout * UNIT_DAYS[options.unit])
        if options.holdout
        else min(bought.span // 2, 364)
    )
    start = bought.until - days
    known = bought.first_day <= start
    repeat = np.ones(len(bought.day), dtype=bool)
    repeat[bought.first[:-1]] = False
    repeaters = len(np.unique(bought.customer[repeat & (bought.day <= start)]))
    if days < 1 or known.sum() < 20 or repeaters < _REPEATERS:
        return None, [Message("value.note.no_holdout", {"days": days, "repeaters": repeaters})]
    names = AUTOMATIC if options.model == "auto" else (options.model,)
    held = hold_out(bought, options.unit, days, names, options.seed)
    notes: list[Message] = []
    failed = [name for name in names if not fit_to(held.trials[name].model)]
    if failed:
        notes.append(Message("value.note.failed", {"models": [_SPOKEN[name] for name in failed]}))
    simple, chosen = held.trials["lookalike"], held.trials[held.chosen]
    rivals = [
        (
            float(((trial.expected - held.actual) ** 2).mean()),
            abs(float(trial.expected.sum() - held.actual.sum())),
        )
        for trial in (simple, chosen)
    ]
    if held.chosen != "lookalike" and rivals[0][0] < rivals[1][0] and rivals[0][1] < rivals[1][1]:
        notes.append(Message("value.note.simple_is_better", {}))
    return held, notes


def _final(
    held: HoldOut | None, bought: Purchases, summary: pd.DataFrame, options: ValueOptions
) -> tuple[PurchaseModel, float, list[Message]]:
    """The chosen model fitted to everything; without a hold-out the likelier one; the look-alike estimate where no fit can be used."""
    if held is not None:
        names: tuple[str, ...] = (held.chosen,)
    else:
        names = AUTOMATIC if options.model == "auto" else (options.model,)
    enough = int((summary["frequency"] > 0).sum()) >= _REPEATERS
    fits = (
        [
            fit_model(name, bought, summary, options.unit, options.seed)
            for name in names
            if name != "lookalike"
        ]
        if enough
        else []
    )
    usable = [found for found in fits if fit_to(found[0])]
    if usable:
        model, per_chance = max(usable, key=lambda found: found[0].log_likelihood)
        return model, per_chance, list(model.notes)
    window = (
        min((held.length if held else bought.span / 3), bought.span / 2) / UNIT_DAYS[options.unit]
    )
    reason = "value.note.fallback" if enough else "value.note.fallback_few"
    return (
        fit_lookalike(bought, max(window, 1 / UNIT_DAYS[options.unit]), options.unit),
        1.0,
        [Message(reason, {"repeaters": int((summary["frequency"] > 0).sum())})],
    )


def _no_season() -> pd.DataFrame:
    return pd.DataFrame(
        {"month": np.arange(1, 13), "days": 0, "actual": 0, "expected": np.nan, "multiplier": 1.0}
    )
