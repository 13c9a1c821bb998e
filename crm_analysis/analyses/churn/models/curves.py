"""How good the ranking and the risks are at every threshold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.analyses.churn.models.measures import reliability

_POINTS = 500  # thresholds that a curve is drawn through at most


@dataclass(frozen=True, eq=False)
class Curves:
    """Out of fold, riskiest customers first; all shares from 0 to 1.

    - `roc`: a row a threshold.
        - `false_positive_rate`, `true_positive_rate` : share of stayers, of churners named
        - `threshold` : risk
    - `precision_recall`: a row a threshold.
        - `recall` : share of churners named
        - `precision` : share of churners among those named
        - `threshold` : risk
    - `gain`: a row a hundredth of the customers.
        - `share` : of customers
        - `captured` : share of churners among them
        - `lift` : captured over share
        - `churners`, `customers` : counts
    - `reliability`: ten bins of equal size.
        - `bin` : number, the safest first
        - `predicted` : mean risk
        - `observed`, `observed_lo`, `observed_hi` : share that churned, with Wilson's interval
        - `customers` : count
    """

    roc: pd.DataFrame
    precision_recall: pd.DataFrame
    gain: pd.DataFrame
    reliability: pd.DataFrame


def curves_of(churned: np.ndarray, risk: np.ndarray) -> Curves:
    """ROC, precision-recall, gain and reliability of risks."""
    order = np.argsort(-risk, kind="stable")
    threshold = risk[order]
    ends = np.append(np.flatnonzero(np.diff(threshold)), len(risk) - 1)
    if len(ends) > _POINTS:
        some = np.linspace(0, len(ends) - 1, _POINTS).astype(int)
        ends = np.unique(np.append(ends[some], len(risk) - 1))
    threshold, named = threshold[ends], ends + 1.0
    caught = np.cumsum(churned[order].astype(float))[ends]
    churners = max(float(churned.sum()), 1.0)
    stayers = max(float(len(churned) - churned.sum()), 1.0)
    roc = pd.DataFrame(
        {
            "false_positive_rate": np.append(0, (named - caught) / stayers),
            "true_positive_rate": np.append(0, caught / churners),
            "threshold": np.append(np.inf, threshold),
        }
    )
    precision_recall = pd.DataFrame(
        {
            "recall": caught / churners,
            "precision": caught / named,
            "threshold": threshold,
        }
    )
    share = np.linspace(0, 1, 101)
    captured = np.interp(
        share * len(churned), np.append(0.0, named), np.append(0.0, caught)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        lift = np.where(share > 0, captured / churners / share, np.nan)
    gain = pd.DataFrame(
        {
            "share": share,
            "captured": captured / churners,
            "lift": lift,
            "churners": captured,
            "customers": share * len(churned),
        }
    )
    return Curves(roc, precision_recall, gain, reliability(churned, risk, 10))
