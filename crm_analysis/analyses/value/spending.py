"""Which orders say what an order is worth, and what is said when no model can."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crm_analysis.analyses.value.holdout import HoldOut
from crm_analysis.analyses.value.models.gamma_gamma import GammaGamma, fit_gamma_gamma
from crm_analysis.analyses.value.options import ValueOptions
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message

__all__ = ["choose_spend", "with_first"]


def with_first(summary: pd.DataFrame) -> pd.DataFrame:
    """The summary with the first order counted among those that say what an order is worth."""
    orders = summary["frequency"] + 1
    return summary.assign(monetary=summary["revenue"] / orders, frequency=orders)


def choose_spend(
    held: HoldOut | None, summary: pd.DataFrame, options: ValueOptions
) -> tuple[GammaGamma | None, list[Message]]:
    """Money of an order: from repeat orders or from all, whichever foretold the hold-out's orders better."""
    if "monetary" not in summary.columns:
        return None, [Message("value.note.no_amount", {})]
    which: str = options.spend
    if which == "auto":
        which = _better_spend(held)
    try:
        spend = fit_gamma_gamma(
            with_first(summary) if which == "all" else summary, seed=options.seed
        )
    except AnalysisError:
        spend = None
    notes: list[Message] = []
    if spend is None or not spend.converged or spend.parameters["q"] <= 1:
        seen = with_first(summary)
        money = seen["monetary"].clip(lower=0.0).to_numpy(float)
        spend = _pooled_spend(seen["frequency"].to_numpy(float), money, summary.index)
        notes.append(Message("value.note.spend_fallback", {}))
    else:
        notes += list(spend.notes)
        notes.append(Message(f"value.note.spend_{which}", {"customers": spend.customers}))
    return spend, notes


def _better_spend(held: HoldOut | None) -> str:
    if held is None or held.actual_money is None or "monetary" not in held.summary.columns:
        return "repeat"
    ordered = (held.actual > 0) & (held.actual_money > 0)
    if ordered.sum() < 20:
        return "repeat"
    actual = held.actual_money[ordered] / held.actual[ordered]
    misses = {}
    for name, seen in (("repeat", held.summary), ("all", with_first(held.summary))):
        try:
            fit = fit_gamma_gamma(seen)
        except AnalysisError:
            continue
        if fit.converged and fit.parameters["q"] > 1:
            misses[name] = float(
                np.abs(np.log(fit.expected().to_numpy()[ordered]) - np.log(actual)).mean()
            )
    return min(misses, key=lambda name: misses[name]) if misses else "repeat"


def _pooled_spend(orders: np.ndarray, money: np.ndarray, index: pd.Index) -> GammaGamma:
    """A spend model by hand: everybody's mean order, with a weight of three orders against a customer's own mean."""
    mean = max(float(np.average(money, weights=orders)), 1e-9)
    parameters = {"p": 1.0, "q": 4.0, "gamma": 3.0 * mean}
    return GammaGamma(
        parameters,
        float("nan"),
        False,
        len(orders),
        (Message("value.note.spend_fallback", {}),),
        np.zeros((3, 3)),
        orders,
        money,
        index,
    )
