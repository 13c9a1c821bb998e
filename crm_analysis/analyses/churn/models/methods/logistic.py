"""Logistic regression."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from crm_analysis.analyses.churn.models.method import (
    Method,
    Setup,
    linear_weights,
    weighted_sum,
)
from crm_analysis.options import Options, knob


@dataclass(frozen=True, kw_only=True)
class LogisticOptions(Options):
    """How far weights may go, and which levels have one.

    - `freedom`: times the usual weight of the data beside that of a simple answer.
    - `rarest`: levels of fewer customers are one.
    """

    freedom: float = knob(1.0, low=0.01, high=10.0, step=0.01)
    rarest: int = knob(10, low=1, high=500)


def _build(setup: Setup) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(
        C=setup.strength * setup.settings.freedom,
        class_weight=setup.class_weight,
        max_iter=1000,
    )


METHOD = Method(
    "logistic",
    _build,
    LogisticOptions,
    ladder=tuple({"freedom": freedom} for freedom in (0.01, 0.1, 1.0, 10.0)),
    probe=1,
    contributions=weighted_sum(linear_weights),
    rows_explained=200_000,
)
