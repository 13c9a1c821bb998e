"""A small neural network."""

from __future__ import annotations

from typing import Any

import numpy as np

from crm_analysis.analyses.churn.models.method import (
    Method,
    Setup,
    probability_score,
)


def _build(setup: Setup) -> Any:
    from sklearn.neural_network import MLPClassifier

    return MLPClassifier(
        (32,),
        alpha=1.0,
        learning_rate_init=0.003,
        batch_size=min(256, setup.rows),
        # As many steps on a small table as on a large one.
        max_iter=int(np.clip(85_000 / setup.rows, 4, 40)),
        random_state=setup.seed,
    )


METHOD = Method(
    "mlp",
    _build,
    weighs_rows=True,
    score=probability_score,
    rows_explained=2000,
)
