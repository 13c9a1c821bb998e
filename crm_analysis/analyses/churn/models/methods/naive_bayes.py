"""Naive Bayes on binned features, every cell yes or no."""

from __future__ import annotations

from typing import Any

import numpy as np

from crm_analysis.analyses.churn.models.method import Method, Setup, weighted_sum


def _build(setup: Setup) -> Any:
    from sklearn.naive_bayes import BernoulliNB

    return BernoulliNB(alpha=1.0, binarize=None)


def _score(model: Any, matrix: np.ndarray) -> np.ndarray:
    stayed, churned = model.predict_log_proba(matrix).T
    return np.clip(churned - stayed, -30, 30)


def _weights(model: Any) -> tuple[np.ndarray, float]:
    yes = model.feature_log_prob_
    no = np.log1p(-np.exp(yes))
    stayed, churned = no.sum(axis=1) + model.class_log_prior_
    return (yes[1] - no[1]) - (yes[0] - no[0]), float(churned - stayed)


METHOD = Method(
    "naive_bayes",
    _build,
    encoding="bins",
    weighs_rows=True,
    score=_score,
    contributions=weighted_sum(_weights),
    rows_explained=200_000,
)
