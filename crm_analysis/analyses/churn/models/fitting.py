"""Fitting a method to prepared features, and scoring others with what was fitted."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin

from crm_analysis.analyses.churn.models.calibration import (
    Calibrator,
    expit,
    logit,
)
from crm_analysis.analyses.churn.models.encoding import Encoder
from crm_analysis.analyses.churn.models.method import Setup
from crm_analysis.analyses.churn.models.methods import METHODS

_CHUNK_ROWS = 8192


def fit(
    name: str,
    features: pd.DataFrame,
    churned: np.ndarray,
    *,
    class_weight: str = "auto",
    seed: int = 0,
) -> Any:
    """The fitted pipeline ("encode", "model") of a method, learnt from these rows alone."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.pipeline import Pipeline

    method = METHODS[name]
    balanced = class_weight == "balanced" or (
        class_weight == "auto" and method.balanced
    )
    encoder = Encoder(method.encoding).fit(features)
    matrix = encoder.transform(features)
    rows, columns = matrix.shape
    model = method.build(Setup(rows, columns, balanced, float(churned.mean()), seed))
    weights = {}
    if balanced and method.weighs_rows:
        half = np.where(churned == 1, 0.5 / churned.mean(), 0.5 / (1 - churned.mean()))
        weights = {"sample_weight": half}
    with warnings.catch_warnings():
        # A network that is stopped early, a margin that is near enough.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(matrix, churned, **weights)
    return Pipeline([("encode", encoder), ("model", model)])


def log_odds(name: str, pipeline: Any, features: pd.DataFrame) -> np.ndarray:
    """A score a row, the higher the likelier to churn.

    Log-odds, or the distance from the margin for support vector machines.
    """
    if len(features) > _CHUNK_ROWS:
        # A part at a time stays in the processor's cache, and the matrix small.
        starts = range(0, len(features), _CHUNK_ROWS)
        parts = [features.iloc[start : start + _CHUNK_ROWS] for start in starts]
        return np.concatenate([log_odds(name, pipeline, part) for part in parts])
    if isinstance(pipeline, Stack):
        return pipeline.decision_function(features)
    return METHODS[name].score(
        pipeline["model"], pipeline["encode"].transform(features)
    )


class Stack(ClassifierMixin, BaseEstimator):
    """Several models' calibrated log-odds averaged.

    No weights are learnt, so none can be learnt wrongly.

    `members`: fitted pipelines; `names`: their methods; `calibrators`: the score of each as
    log-odds.
    """

    def __init__(
        self,
        names: Sequence[str],
        members: Sequence[Any],
        calibrators: Sequence[Calibrator],
    ) -> None:
        self.names = names
        self.members = members
        self.calibrators = calibrators

    def decision_function(self, features: pd.DataFrame) -> np.ndarray:
        """The mean log-odds."""
        parts = zip(self.names, self.members, self.calibrators, strict=True)
        odds = [
            logit(calibrator(log_odds(name, member, features)))
            for name, member, calibrator in parts
        ]
        return np.mean(odds, axis=0)

    def predict_proba(self, features: pd.DataFrame) -> np.ndarray:
        """Both probabilities."""
        risk = expit(self.decision_function(features))
        return np.column_stack([1 - risk, risk])
