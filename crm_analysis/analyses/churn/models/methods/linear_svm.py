"""A linear support vector machine."""

from __future__ import annotations

from typing import Any

from crm_analysis.analyses.churn.models.method import (
    Method,
    Setup,
    linear_weights,
    weighted_sum,
)


def _build(setup: Setup) -> Any:
    from sklearn.svm import LinearSVC

    return LinearSVC(
        C=0.05 * setup.strength,
        class_weight=setup.class_weight,
        dual=False,
        max_iter=3000,
        random_state=setup.seed,
    )


METHOD = Method(
    "linear_svm",
    _build,
    balanced=True,
    contributions=weighted_sum(linear_weights),
    rows_explained=200_000,
)
