"""What a model has to beat: everybody at the base rate, and the best single split."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from crm_analysis.analyses.churn.data.folds import TrainingData
from crm_analysis.analyses.churn.models.encoding import MISSING, OTHER
from crm_analysis.analyses.churn.models.fitting import fit


@dataclass(frozen=True)
class OneRule:
    """The best single split: whoever has `feature` `op` `value` churns at `rate_if`.

    The others churn at `rate_else`; `customers_if`, `customers_else`: how many they are.
    """

    feature: str
    op: Literal["above", "at_most", "is", "is_not"]
    value: float | str
    rate_if: float
    rate_else: float
    customers_if: int
    customers_else: int


def base_rate_risk(churned: np.ndarray) -> np.ndarray:
    """The share that churned, for everybody.

    One number, so that what a fold's own rate would change is less than the last digit shown.
    """
    return np.full(len(churned), churned.mean())


def one_rule_risk(data: TrainingData, fold: np.ndarray, seed: int) -> np.ndarray:
    """The share that churned on either side of the best split, both found in the other folds."""
    risk = np.empty(len(data))
    for k in np.unique(fold):
        others, inside = (
            data.take(np.flatnonzero(fold != k)),
            np.flatnonzero(fold == k),
        )
        stump = fit(
            "one_rule",
            others.features,
            others.churned,
            class_weight="none",
            seed=seed,
        )
        risk[inside] = stump["model"].predict_proba(
            stump["encode"].transform(data.features.iloc[inside])
        )[:, 1]
    return risk


def one_rule(features: pd.DataFrame, churned: np.ndarray, seed: int) -> OneRule | None:
    """The best split of all rows in words; None where no split helps."""
    if churned.min() == churned.max() or len(churned) < 10:
        return None
    stump = fit("one_rule", features, churned, class_weight="none", seed=seed)
    tree, encoder = stump["model"].tree_, stump["encode"]
    if tree.node_count < 3:
        return None
    feature, level = encoder.columns_[int(tree.feature[0])]
    above = tree.apply(encoder.transform(features)) == tree.children_right[0]
    # Said so that the condition is the side where more churn.
    inside = ~above if churned[above].mean() < churned[~above].mean() else above
    op: Literal["above", "at_most", "is", "is_not"]
    value: float | str
    if level:
        op = "is" if inside is above else "is_not"
        value = {MISSING: "", OTHER: "…"}.get(level, level)
    else:
        op = "above" if inside is above else "at_most"
        value = float(f"{float(tree.threshold[0]):.4g}")
    return OneRule(
        feature,
        op,
        value,
        float(churned[inside].mean()),
        float(churned[~inside].mean()),
        int(inside.sum()),
        int((~inside).sum()),
    )
