"""The best single split, which other methods have to beat."""

from __future__ import annotations

from typing import Any

from crm_analysis.analyses.churn.models.method import (
    Method,
    Setup,
    probability_score,
)
from crm_analysis.options import Options


def _build(setup: Setup) -> Any:
    from sklearn.tree import DecisionTreeClassifier

    return DecisionTreeClassifier(
        max_depth=1,
        min_samples_leaf=max(5, setup.rows // 200),
        random_state=setup.seed,
    )


METHOD = Method(
    "one_rule", _build, Options, encoding="tree", score=probability_score
)
