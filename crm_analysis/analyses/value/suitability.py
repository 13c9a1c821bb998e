"""Whether the models' assumptions hold in these orders, each check a sentence's key and its numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd

from crm_analysis.analyses.customers import Purchases

__all__ = ["Check", "check_purchases"]


@dataclass(frozen=True)
class Check:
    """One check: the phrase `key` with its `details`; "warn" where the assumption fails."""

    name: str
    level: Literal["ok", "warn"]
    key: str
    details: dict[str, Any] = field(default_factory=dict)


def _check(name: str, fails: bool, **details: Any) -> Check:
    return Check(
        name, "warn" if fails else "ok", f"value.check.{name}.{'warn' if fails else 'ok'}", details
    )


def check_purchases(
    bought: Purchases, summary: pd.DataFrame, horizon_days: float
) -> tuple[Check, ...]:
    """All checks of a history: enough repeat orders, long enough, not contractual, not too regular, begun in its middle, spend
    apart from frequency, no single customer that is the business.
    """
    gaps = np.diff(bought.day)[np.diff(bought.customer) == 0]
    repeaters = int((summary["frequency"] > 0).sum())
    found = [
        _check(
            "repeaters",
            repeaters < 50,
            repeaters=repeaters,
            customers=len(summary),
            share=repeaters / max(len(summary), 1),
        )
    ]
    typical = float(np.median(gaps)) if len(gaps) else float("nan")
    short = bool(bought.span < horizon_days / 2 or not len(gaps) or bought.span < 3 * typical)
    found.append(
        _check(
            "length",
            short,
            days=bought.span,
            horizon=round(horizon_days),
            gap=None if np.isnan(typical) else typical,
        )
    )
    found += _rhythm(bought, gaps)
    found += _beginning(bought)
    found += _spend(summary)
    return tuple(found)


def _rhythm(bought: Purchases, gaps: np.ndarray) -> list[Check]:
    """Contracts bill at fixed gaps; regular buyers wait about as long each time (Wheat & Morrison 1990)."""
    if len(gaps) < 30:
        return []
    best, share = 0, 0.0
    for period, low, high in ((7, 7, 7), (14, 13, 15), (30, 28, 31), (91, 89, 92), (365, 363, 367)):
        here = float(((gaps >= low) & (gaps <= high)).mean())
        if here > share:
            best, share = period, here
    contract = _check("contractual", share > 0.6, days=best, share=share)
    pair = (bought.customer[2:] == bought.customer[:-2]).nonzero()[0]
    early, late = (
        bought.day[pair + 1] - bought.day[pair],
        bought.day[pair + 2] - bought.day[pair + 1],
    )
    if len(pair) < 30:
        return [contract]
    ratio = early / (early + late)
    spread = float(np.var(ratio))
    regularity = (1 - 4 * spread) / (8 * spread) if spread > 0 else float("inf")
    regularity = min(regularity, 99.0)  # 1: as irregular as chance; 2 and more: a rhythm
    return [contract, _check("regular", regularity > 1.6, regularity=regularity)]


def _beginning(bought: Purchases) -> list[Check]:
    """Many "first" orders in the first month are of customers the record did not see begin."""
    if bought.span < 120:
        return []
    first = bought.first_day - bought.day.min()
    early = float((first < 30).sum())
    usual = float((first >= 90).sum()) / max(bought.span - 90, 1) * 30
    return [
        _check(
            "beginning",
            bool(usual >= 5 and early > 3 * usual),
            early=round(early),
            usual=round(usual),
        )
    ]


def _spend(summary: pd.DataFrame) -> list[Check]:
    if "monetary" not in summary.columns:
        return []
    found = []
    some = (summary["frequency"] > 0) & (summary["monetary"] > 0)
    x, money = (
        summary.loc[some, "frequency"].to_numpy(float),
        summary.loc[some, "monetary"].to_numpy(float),
    )
    if some.sum() >= 10 and x.std() > 0 and money.std() > 0:
        correlation = float(np.corrcoef(np.log(x), np.log(money))[0, 1])
        found.append(_check("spend_frequency", abs(correlation) > 0.3, correlation=correlation))
    total = float(summary["revenue"].clip(lower=0).sum())
    if total > 0:
        largest = float(summary["revenue"].max()) / total
        found.append(_check("concentration", largest > 0.1, share=largest))
    return found
