"""A decision tree."""

from __future__ import annotations

from typing import Any

from crm_analysis.analyses.churn.models.method import (
    Method,
    Nodes,
    Setup,
    forest_contributions,
    probability_score,
)


def _build(setup: Setup) -> Any:
    from sklearn.tree import DecisionTreeClassifier

    return DecisionTreeClassifier(
        max_depth=5,
        min_samples_leaf=max(5, setup.rows // 100),
        class_weight=setup.class_weight,
        random_state=setup.seed,
    )


def nodes_of(tree: Any) -> Nodes:
    """The nodes of a decision tree of scikit-learn."""
    inner = tree.tree_
    low, high = inner.children_left, inner.children_right
    return Nodes(low, high, inner.feature, low < 0)


METHOD = Method(
    "tree",
    _build,
    encoding="tree",
    balanced=True,
    score=probability_score,
    contributions=forest_contributions,
    rows_explained=20_000,
    nodes=lambda model: iter([nodes_of(model)]),
)
