"""Gradient boosting on binned columns, by scikit-learn."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from crm_analysis.analyses.churn.models.method import (
    Method,
    Nodes,
    Setup,
    tree_contributions,
)


def _build(setup: Setup) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(
        learning_rate=0.08,
        max_iter=100,
        max_leaf_nodes=10,
        min_samples_leaf=max(2, min(20, setup.rows // 20)),
        l2_regularization=5.0,
        class_weight=setup.class_weight,
        early_stopping=False,
        random_state=setup.seed,
    )


def _nodes(model: Any) -> Iterator[Nodes]:
    for stage in model._predictors:
        for tree in stage:
            nodes = tree.nodes
            leaf = nodes["is_leaf"].astype(bool)
            yield Nodes(nodes["left"], nodes["right"], nodes["feature_idx"], leaf)


METHOD = Method(
    "hist_gradient_boosting",
    _build,
    encoding="tree",
    contributions=tree_contributions,
    rows_explained=20_000,
    nodes=_nodes,
)
