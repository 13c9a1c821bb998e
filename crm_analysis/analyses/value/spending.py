"""Which orders say what an order is worth, and what is said when no model can."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crm_analysis.analyses.value.holdout import HoldOut
from crm_analysis.analyses.value.models.gamma_gamma import (
    GammaGamma,
    fit_gamma_gamma,
)
from crm_analysis.analyses.value.options import ValueOptions
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message


def choose_spend(
    holdout: HoldOut | None, summary: pd.DataFrame, options: ValueOptions
) -> tuple[GammaGamma | None, list[Message]]:
    """Money of an order: from repeat orders or from all, whichever foretold the hold-out better."""
    if "monetary" not in summary.columns:
        return None, [Message("value.note.no_amount", {})]
    source = options.spend if options.spend != "auto" else _better_source(holdout)
    try:
        spend = fit_gamma_gamma(_orders_from(summary, source), seed=options.seed)
    except AnalysisError:
        spend = None
    if spend is None or not spend.usable:
        return _pooled_spend(summary), [Message("value.note.spend_fallback", {})]
    note = Message(f"value.note.spend_{source}", {"customers": spend.customers})
    return spend, [*spend.notes, note]


def _orders_from(summary: pd.DataFrame, source: str) -> pd.DataFrame:
    """The summary of repeat orders, or with the first order counted among them ("all")."""
    if source == "repeat":
        return summary
    orders = summary["frequency"] + 1
    return summary.assign(monetary=summary["revenue"] / orders, frequency=orders)


def _better_source(holdout: HoldOut | None) -> str:
    """Repeat orders or all: which would have foretold the money of the hold-out's orders better."""
    if holdout is None or holdout.actual_money is None:
        return "repeat"
    ordered = (holdout.actual > 0) & (holdout.actual_money > 0)
    if ordered.sum() < 20:
        return "repeat"
    actual = np.log(holdout.actual_money[ordered] / holdout.actual[ordered])
    misses = {}
    for source in ("repeat", "all"):
        try:
            spend = fit_gamma_gamma(_orders_from(holdout.summary, source))
        except AnalysisError:
            continue
        if spend.usable:
            expected = np.log(spend.expected().to_numpy()[ordered])
            misses[source] = float(np.abs(expected - actual).mean())
    return min(misses, key=lambda source: misses[source]) if misses else "repeat"


def _pooled_spend(summary: pd.DataFrame) -> GammaGamma:
    """Everybody's mean order, with the weight of three orders against a customer's own mean."""
    orders = _orders_from(summary, "all")
    count = orders["frequency"].to_numpy(float)
    money = orders["monetary"].clip(lower=0.0).to_numpy(float)
    mean = max(float(np.average(money, weights=count)), 1e-9)
    return GammaGamma(
        {"p": 1.0, "q": 4.0, "gamma": 3.0 * mean},
        log_likelihood=float("nan"),
        converged=False,
        customers=len(count),
        notes=(Message("value.note.spend_fallback", {}),),
        covariance=np.zeros((3, 3)),
        frequency=count,
        monetary=money,
        index=summary.index,
    )
