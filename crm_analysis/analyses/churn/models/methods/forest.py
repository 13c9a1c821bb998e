"""A random forest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from crm_analysis.analyses.churn.models.method import (
    Method,
    Setup,
    forest_contributions,
    probability_score,
)
from crm_analysis.analyses.churn.models.methods.tree import nodes_of
from crm_analysis.options import Options, knob, share


@dataclass(frozen=True, kw_only=True)
class ForestOptions(Options):
    """How many trees are averaged, and how far each follows its customers.

    - `trees`: averaged.
    - `leaf`: customers who end at one leaf at the fewest.
    - `columns`: the share of columns that a split chooses from; None: the square root of them.
    """

    trees: int = knob(100, low=10, high=1000, step=10)
    leaf: int = knob(10, low=1, high=200)
    columns: float | None = share(None, low=0.05, step=0.05)


def _build(setup: Setup) -> Any:
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(
        setup.settings.trees,
        min_samples_leaf=setup.settings.leaf,
        max_features=setup.settings.columns or "sqrt",
        max_samples=None if setup.rows <= 100_000 else 50_000,
        class_weight=setup.class_weight,
        n_jobs=1,
        random_state=setup.seed,
    )


METHOD = Method(
    "forest",
    _build,
    ForestOptions,
    ladder=({}, {"leaf": 3}, {"leaf": 1}),
    probe=1,
    encoding="tree",
    score=probability_score,
    contributions=forest_contributions,
    rows_explained=400,
    nodes=lambda model: map(nodes_of, model.estimators_),
)
