"""Logistic regression."""

from __future__ import annotations

from typing import Any

from crm_analysis.analyses.churn.models.method import (
    Method,
    Setup,
    linear_weights,
    weighted_sum,
)


def _build(setup: Setup) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(
        C=setup.strength, class_weight=setup.class_weight, max_iter=1000
    )


METHOD = Method(
    "logistic",
    _build,
    contributions=weighted_sum(linear_weights),
    rows_explained=200_000,
)
