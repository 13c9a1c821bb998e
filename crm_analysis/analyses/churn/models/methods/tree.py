"""A decision tree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from crm_analysis.analyses.churn.models.method import (
    Method,
    Nodes,
    Setup,
    forest_contributions,
    probability_score,
)
from crm_analysis.options import Options, knob, share


@dataclass(frozen=True, kw_only=True)
class TreeOptions(Options):
    """How many questions follow one another, and whom an answer must cover.

    - `depth`: questions in a row.
    - `leaf_share`: of the customers, who end at one leaf at the fewest (0 to 1).
    """

    depth: int = knob(5, low=1, high=15)
    leaf_share: float = share(0.01, low=0.001, high=0.2, step=0.001)


def _build(setup: Setup) -> Any:
    from sklearn.tree import DecisionTreeClassifier

    return DecisionTreeClassifier(
        max_depth=setup.settings.depth,
        min_samples_leaf=max(5, int(setup.rows * setup.settings.leaf_share)),
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
    TreeOptions,
    ladder=(
        {"depth": 3, "leaf_share": 0.02},
        {},
        {"depth": 8, "leaf_share": 0.004},
        {"depth": 12, "leaf_share": 0.001},
    ),
    probe=2,
    encoding="tree",
    balanced=True,
    score=probability_score,
    contributions=forest_contributions,
    rows_explained=20_000,
    nodes=lambda model: iter([nodes_of(model)]),
)
