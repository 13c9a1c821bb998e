"""Naive Bayes on binned features, every cell yes or no."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from crm_analysis.analyses.churn.models.method import Method, Setup, weighted_sum
from crm_analysis.options import Options, knob


@dataclass(frozen=True, kw_only=True)
class NaiveBayesOptions(Options):
    """How finely numbers are cut, and how many customers each share begins with.

    - `bins`: cells that a number is cut into.
    - `smoothing`: customers added to each cell.
    """

    bins: int = knob(8, low=2, high=40)
    smoothing: float = knob(1.0, low=0.1, high=20.0, step=0.1)


def _build(setup: Setup) -> Any:
    from sklearn.naive_bayes import BernoulliNB

    return BernoulliNB(alpha=setup.settings.smoothing, binarize=None)


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
    NaiveBayesOptions,
    ladder=tuple({"bins": bins} for bins in (4, 8, 16)),
    probe=2,
    encoding="bins",
    weighs_rows=True,
    score=_score,
    contributions=weighted_sum(_weights),
    rows_explained=200_000,
)
