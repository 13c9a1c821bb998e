"""What a model has to beat: everybody at the base rate, and the best single split."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crm_analysis.analyses.churn.models.encoding import MISSING, OTHER
from crm_analysis.analyses.churn.models.estimators import fit
from crm_analysis.analyses.churn.models.evaluation import Examples
from crm_analysis.analyses.churn.result import Rule

__all__ = ["base_rate_risk", "one_rule", "one_rule_risk"]


def base_rate_risk(left: np.ndarray) -> np.ndarray:
    """The share that left, for everybody: one number, so that what a fold's own rate would change is less than the last digit shown."""
    return np.full(len(left), left.mean())


def one_rule_risk(examples: Examples, fold: np.ndarray, seed: int) -> np.ndarray:
    """The share that left on either side of the best split, both found in the other folds."""
    risk = np.empty(len(examples))
    for at in np.unique(fold):
        outside, inside = np.flatnonzero(fold != at), np.flatnonzero(fold == at)
        stump = fit(
            "one_rule",
            examples.features.iloc[outside],
            examples.left[outside],
            class_weight="none",
            seed=seed,
        )
        risk[inside] = stump["model"].predict_proba(
            stump["encode"].transform(examples.features.iloc[inside])
        )[:, 1]
    return risk


def one_rule(features: pd.DataFrame, left: np.ndarray, seed: int) -> Rule | None:
    """The best split of all rows in words; None where no split helps."""
    if left.min() == left.max() or len(left) < 10:
        return None
    stump = fit("one_rule", features, left, class_weight="none", seed=seed)
    tree, encoder = stump["model"].tree_, stump["encode"]
    if tree.node_count < 3:
        return None
    feature, level = encoder.columns_[int(tree.feature[0])]
    above = tree.apply(encoder.transform(features)) == tree.children_right[0]
    op, value = _condition(
        level, float(tree.threshold[0]), left[above].mean() < left[~above].mean()
    )
    inside = above if op in ("above", "is") else ~above
    return Rule(
        feature,
        op,
        value,
        float(left[inside].mean()),
        float(left[~inside].mean()),
        int(inside.sum()),
        int((~inside).sum()),
    )


def _condition(level: str, threshold: float, safer: bool) -> tuple[str, float | str]:
    """Said so that the condition is the side where more leave."""
    if level:
        return "is_not" if safer else "is", {MISSING: "", OTHER: "…"}.get(level, level)
    return "at_most" if safer else "above", float(f"{threshold:.4g}")
