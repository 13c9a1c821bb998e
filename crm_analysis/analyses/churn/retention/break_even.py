"""From which risk on contacting pays, where all that is looked at is the risk."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crm_analysis.analyses.churn.retention.campaign import CampaignPlan

__all__ = ["Bound", "best_bound"]

_MOST = 4000  # customers drawn from: more do not move the interval
_DRAWS = 200


@dataclass(frozen=True)
class Bound:
    """The least `risk` contacted that earns most, with the range (`low`, `high`) it has over samples of customers; `profit` expected, and `contacted`. `risk` is None
    where contacting nobody is best.
    """

    risk: float | None
    low: float | None
    high: float | None
    profit: float
    contacted: int


def best_bound(plan: CampaignPlan) -> Bound:
    """The one bound on the risk that earns most, everybody above it being contacted; its interval is from customers drawn with replacement.

    >>> import pandas as pd
    >>> from crm_analysis.analyses.churn.retention.campaign import MoneyOptions, plan_campaign
    >>> customers = pd.DataFrame({"customer": list("abcd") * 50, "risk": [0.9, 0.6, 0.3, 0.1] * 50})
    >>> best_bound(plan_campaign(customers, MoneyOptions(value=100, contact_cost=1, incentive=10, success=0.3))).risk
    0.3
    """
    table = plan.customers.sort_values("risk", ascending=False, kind="stable")
    risk, profit = (
        table["risk"].to_numpy(dtype=float),
        table["expected_profit"].to_numpy(dtype=float),
    )
    earned = np.cumsum(profit)
    ends = np.flatnonzero(
        np.append(np.diff(risk) != 0, True)
    )  # customers of one risk are contacted together
    best = int(ends[np.argmax(earned[ends])])
    if earned[best] <= 0:
        return Bound(None, None, None, 0.0, 0)
    rng = np.random.default_rng(plan.options.seed)
    kept = (
        np.sort(rng.choice(len(risk), _MOST, replace=False))
        if len(risk) > _MOST
        else np.arange(len(risk))
    )
    some, gained = risk[kept], profit[kept]
    last = np.flatnonzero(np.append(np.diff(some) != 0, True))
    drawn = rng.multinomial(len(kept), np.full(len(kept), 1 / len(kept)), size=_DRAWS)
    found = some[last[np.argmax(np.cumsum(drawn * gained, axis=1)[:, last], axis=1)]]
    tail = (1 - plan.options.coverage) / 2
    low, high = np.quantile(found, [tail, 1 - tail])
    return Bound(float(risk[best]), float(low), float(high), float(earned[best]), best + 1)
