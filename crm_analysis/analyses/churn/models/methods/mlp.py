"""A small neural network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from crm_analysis.analyses.churn.models.method import (
    Method,
    Setup,
    probability_score,
)
from crm_analysis.options import Options, knob


@dataclass(frozen=True, kw_only=True)
class MLPOptions(Options):
    """How large the network is, and how far it may follow its customers.

    - `width`: cells of a layer. `layers`: one after another.
    - `penalty`: on large weights.
    - `rounds`: times the usual number of looks at the customers.
    """

    width: int = knob(32, low=4, high=256)
    layers: int = knob(1, low=1, high=3)
    penalty: float = knob(1.0, low=0.01, high=10.0, step=0.01)
    rounds: float = knob(1.0, low=0.25, high=10.0, step=0.25)


def _build(setup: Setup) -> Any:
    settings = setup.settings
    from sklearn.neural_network import MLPClassifier

    return MLPClassifier(
        (settings.width,) * settings.layers,
        alpha=settings.penalty,
        learning_rate_init=0.003,
        batch_size=min(256, setup.rows),
        # As many steps on a small table as on a large one.
        max_iter=int(settings.rounds * np.clip(85_000 / setup.rows, 4, 40)),
        random_state=setup.seed,
    )


METHOD = Method(
    "mlp",
    _build,
    MLPOptions,
    ladder=(
        {"width": 16, "penalty": 3.0},
        {},
        {"width": 64, "penalty": 0.1, "rounds": 2.0},
        {"width": 64, "layers": 2, "penalty": 0.1, "rounds": 4.0},
    ),
    probe=2,
    weighs_rows=True,
    score=probability_score,
    rows_explained=2000,
)
