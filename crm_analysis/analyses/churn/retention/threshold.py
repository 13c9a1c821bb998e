"""From which risk on contacting pays most, where all that is looked at is the risk."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crm_analysis.analyses.churn.retention.campaign import CampaignPlan

_MAXIMUM_ROWS = 4000  # customers drawn from: more do not move the interval
_DRAWS = 200


@dataclass(frozen=True)
class RiskThreshold:
    """The risk from which on everybody is contacted.

    - `risk`: the least that is contacted (0 to 1); None where contacting nobody is best.
    - `low`, `high`: the range it has over samples of customers.
    - `profit`: expected, in money.
    - `contacted`: how many.
    """

    risk: float | None
    low: float | None
    high: float | None
    profit: float
    contacted: int


def best_threshold(plan: CampaignPlan) -> RiskThreshold:
    """The one threshold on the risk that earns most, everybody above it being contacted.

    Its interval is from customers drawn with replacement, with the coverage of the plan's options.

    >>> import pandas as pd
    >>> from crm_analysis.analyses.churn import MoneyOptions, plan_campaign
    >>> customers = pd.DataFrame({"customer": range(200), "risk": [0.9, 0.6, 0.3, 0.1] * 50})
    >>> money = MoneyOptions(value=100, contact_cost=1, incentive=10, success=0.3)
    >>> best_threshold(plan_campaign(customers, money)).risk
    0.3
    """
    table = plan.customers.sort_values("risk", ascending=False, kind="stable")
    risk = table["risk"].to_numpy(dtype=float)
    profit = table["expected_profit"].to_numpy(dtype=float)
    earned = np.cumsum(profit)
    ends = _ends(risk)
    best = int(ends[np.argmax(earned[ends])])
    if earned[best] <= 0:
        return RiskThreshold(None, None, None, 0.0, 0)
    rng = np.random.default_rng(plan.options.seed)
    sample = np.arange(len(risk))
    if len(risk) > _MAXIMUM_ROWS:
        sample = np.sort(rng.choice(len(risk), _MAXIMUM_ROWS, replace=False))
    ends = _ends(risk[sample])
    drawn = rng.multinomial(
        len(sample), np.full(len(sample), 1 / len(sample)), size=_DRAWS
    )
    totals = np.cumsum(drawn * profit[sample], axis=1)[:, ends]
    thresholds = risk[sample][ends[np.argmax(totals, axis=1)]]
    tail = (1 - plan.options.coverage) / 2
    low, high = np.quantile(thresholds, [tail, 1 - tail])
    return RiskThreshold(
        float(risk[best]),
        float(low),
        float(high),
        float(earned[best]),
        best + 1,
    )


def _ends(risk: np.ndarray) -> np.ndarray:
    """The last of each risk: customers of one risk are contacted together."""
    return np.flatnonzero(np.append(np.diff(risk) != 0, True))
