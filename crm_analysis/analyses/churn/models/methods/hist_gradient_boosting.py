"""Gradient boosting on binned columns, by scikit-learn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from crm_analysis.analyses.churn.models.method import (
    Method,
    Nodes,
    Setup,
    tree_contributions,
)
from crm_analysis.options import Options, knob


@dataclass(frozen=True, kw_only=True)
class HistGradientBoostingOptions(Options):
    """How many trees are added, how fast, and how far each follows its customers.

    - `trees`: added one by one. `rate`: the share of each that is taken.
    - `leaves`: of a tree. `leaf`: customers who end at one at the fewest.
    - `shrinkage`: of small leaves towards nothing.
    """

    trees: int = knob(100, low=10, high=2000, step=10)
    leaves: int = knob(10, low=2, high=128)
    rate: float = knob(0.08, low=0.01, high=0.5, step=0.01)
    leaf: int = knob(20, low=1, high=500)
    shrinkage: float = knob(5.0, low=0.0, high=100.0, advanced=True)


def _build(setup: Setup) -> Any:
    settings = setup.settings
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(
        learning_rate=settings.rate,
        max_iter=settings.trees,
        max_leaf_nodes=settings.leaves,
        min_samples_leaf=max(1, min(settings.leaf, setup.rows // 20)),
        l2_regularization=settings.shrinkage,
        class_weight=setup.class_weight,
        early_stopping=False,
        random_state=setup.seed,
    )


def _curve(
    setup: Setup,
    matrix: np.ndarray,
    churned: np.ndarray,
    others: np.ndarray,
    outcomes: np.ndarray,
) -> dict[int, np.ndarray]:
    model = _build(setup).fit(matrix, churned)
    stages = enumerate(model.staged_decision_function(others), start=1)
    return {trees: score.ravel() for trees, score in stages if trees % 25 == 0}


def _nodes(model: Any) -> Iterator[Nodes]:
    for stage in model._predictors:
        for tree in stage:
            nodes = tree.nodes
            leaf = nodes["is_leaf"].astype(bool)
            yield Nodes(nodes["left"], nodes["right"], nodes["feature_idx"], leaf)


METHOD = Method(
    "hist_gradient_boosting",
    _build,
    HistGradientBoostingOptions,
    ladder=(
        {"leaves": 4, "trees": 400},
        {"trees": 400},
        {"leaves": 31, "leaf": 10, "shrinkage": 1.0, "trees": 400},
        {"leaves": 63, "leaf": 4, "shrinkage": 0.5, "trees": 400},
    ),
    probe=2,
    variations=({"rate": 0.04, "trees": 800},),
    curve=_curve,
    encoding="tree",
    contributions=tree_contributions,
    rows_explained=20_000,
    nodes=_nodes,
)
