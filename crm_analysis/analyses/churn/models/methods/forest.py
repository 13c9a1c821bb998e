"""A random forest."""

from __future__ import annotations

from typing import Any

from crm_analysis.analyses.churn.models.method import (
    Method,
    Setup,
    forest_contributions,
    probability_score,
)
from crm_analysis.analyses.churn.models.methods.tree import nodes_of


def _build(setup: Setup) -> Any:
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(
        100,
        min_samples_leaf=10,
        max_samples=None if setup.rows <= 100_000 else 50_000,
        class_weight=setup.class_weight,
        n_jobs=1,
        random_state=setup.seed,
    )


METHOD = Method(
    "forest",
    _build,
    encoding="tree",
    score=probability_score,
    contributions=forest_contributions,
    rows_explained=400,
    nodes=lambda model: map(nodes_of, model.estimators_),
)
