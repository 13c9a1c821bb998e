"""Whether the models' assumptions hold in these orders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from crm_analysis.analyses.customers import Purchases
from crm_analysis.messages import Message

# Days between payments of a contract: the period, and the gaps that are taken for it.
_BILLING = {
    7: (7, 7),
    14: (13, 15),
    30: (28, 31),
    91: (89, 92),
    365: (363, 367),
}
_FEW_GAPS = 30


@dataclass(frozen=True)
class Check:
    """One check: its name, "warn" where the assumption fails, and the sentence that says so."""

    name: str
    level: Literal["ok", "warn"]
    message: Message

    @property
    def key(self) -> str:
        """The phrase of the message."""
        return self.message.key

    @property
    def details(self) -> dict[str, Any]:
        """What the phrase is filled with."""
        return self.message.details


def check_purchases(
    purchases: Purchases, summary: pd.DataFrame, horizon_days: float
) -> tuple[Check, ...]:
    """All checks of a history.

    Enough repeat orders, long enough, not contractual, not too regular, not begun in its middle,
    spend apart from frequency, no single customer that is the business.
    """
    return (
        _repeaters(summary),
        _length(purchases, horizon_days),
        *_gaps(purchases),
        *_beginning(purchases),
        *_spend(summary),
    )


def _check(name: str, fails: bool, **details: Any) -> Check:
    level: Literal["ok", "warn"] = "warn" if fails else "ok"
    return Check(name, level, Message(f"value.check.{name}.{level}", details))


def _repeaters(summary: pd.DataFrame) -> Check:
    repeaters, customers = int((summary["frequency"] > 0).sum()), len(summary)
    share = repeaters / max(customers, 1)
    return _check(
        "repeaters",
        repeaters < 50,
        repeaters=repeaters,
        customers=customers,
        share=share,
    )


def _length(purchases: Purchases, horizon_days: float) -> Check:
    gap = float(np.median(purchases.gaps)) if len(purchases.gaps) else None
    return _check(
        "length",
        gap is None or purchases.span < max(horizon_days / 2, 3 * gap),
        days=purchases.span,
        horizon=round(horizon_days),
        gap=gap,
    )


def _gaps(purchases: Purchases) -> list[Check]:
    """Contracts bill at fixed gaps; regular buyers wait about as long each time.

    Regularity: 1 is as irregular as chance, 2 and more a rhythm (Wheat & Morrison 1990).
    """
    gaps, day = purchases.gaps, purchases.day
    if len(gaps) < _FEW_GAPS:
        return []
    shares = {
        period: float(((gaps >= low) & (gaps <= high)).mean())
        for period, (low, high) in _BILLING.items()
    }
    period = max(shares, key=lambda period: shares[period])
    share = shares[period]
    days = period if share > 0 else 0
    contractual = _check("contractual", share > 0.6, days=days, share=share)
    pair = np.flatnonzero(purchases.customer[2:] == purchases.customer[:-2])
    if len(pair) < _FEW_GAPS:
        return [contractual]
    spread = float(
        np.var((day[pair + 1] - day[pair]) / (day[pair + 2] - day[pair]))
    )
    regularity = min((1 - 4 * spread) / (8 * spread), 99.0) if spread > 0 else 99.0
    return [
        contractual,
        _check("regular", regularity > 1.6, regularity=regularity),
    ]


def _beginning(purchases: Purchases) -> list[Check]:
    """Many "first" orders in the first month are of customers the record did not see begin."""
    if purchases.span < 120:
        return []
    first = purchases.first_day - purchases.start
    early = float((first < 30).sum())
    usual = float((first >= 90).sum()) / max(purchases.span - 90, 1) * 30
    return [
        _check(
            "beginning",
            usual >= 5 and early > 3 * usual,
            early=round(early),
            usual=round(usual),
        )
    ]


def _spend(summary: pd.DataFrame) -> list[Check]:
    if "monetary" not in summary.columns:
        return []
    checks = []
    repeated = summary[(summary["frequency"] > 0) & (summary["monetary"] > 0)]
    frequency, money = (
        repeated[name].to_numpy(float) for name in ("frequency", "monetary")
    )
    if len(repeated) >= 10 and frequency.std() > 0 and money.std() > 0:
        correlation = float(np.corrcoef(np.log(frequency), np.log(money))[0, 1])
        checks.append(
            _check(
                "spend_frequency", abs(correlation) > 0.3, correlation=correlation
            )
        )
    total = float(summary["revenue"].clip(lower=0).sum())
    if total > 0:
        largest = float(summary["revenue"].max()) / total
        checks.append(_check("concentration", largest > 0.1, share=largest))
    return checks
