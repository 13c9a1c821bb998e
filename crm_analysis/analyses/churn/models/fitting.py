"""Fitting a method to prepared features, and what was fitted: it says how likely others churn."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin
from threadpoolctl import threadpool_limits

from crm_analysis.analyses.churn.data.features import Feature, prepare
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
        return np.mean(
            [
                logit(calibrator(log_odds(name, member, features)))
                for name, member, calibrator in zip(
                    self.names, self.members, self.calibrators, strict=True
                )
            ],
            axis=0,
        )

    def predict_proba(self, features: pd.DataFrame) -> np.ndarray:
        """Both probabilities."""
        risk = expit(self.decision_function(features))
        return np.column_stack([1 - risk, risk])


@dataclass(frozen=True, eq=False)
class RiskModel:
    """Reads a table of customers into features (`prepare`), and these into risks (`predict`).

    - `name`: the method.
    - `features`: in the order the model wants them.
    - `pipeline`: a scikit-learn pipeline of "encode" (whose `columns_` are (feature, level)) and
      "model", or a `Stack` of such.
    - `calibrator`: scores → risk.
    """

    name: str
    features: tuple[Feature, ...]
    pipeline: Any
    calibrator: Calibrator

    @property
    def columns(self) -> list[str]:
        """The names of the features."""
        return [feature.name for feature in self.features]

    def prepare(self, table: pd.DataFrame) -> pd.DataFrame:
        """The features of new customers as the model reads them.

        AnalysisError `churn.missing_columns` where the table lacks some.
        """
        return prepare(table, self.features)

    def scores(self, features: pd.DataFrame) -> np.ndarray:
        """Uncalibrated: log-odds, or the distance from the margin of a support vector machine."""
        if not len(features):
            return np.empty(0)
        with threadpool_limits(1):
            return log_odds(self.name, self.pipeline, features[self.columns])

    def predict(self, features: pd.DataFrame) -> np.ndarray:
        """The calibrated risk (0 to 1) of prepared features."""
        return self.calibrator(self.scores(features)) if len(features) else np.empty(0)

    def apply(self, new: pd.DataFrame) -> pd.DataFrame:
        """`new` with a column `risk` (0 to 1) after customer; a level never seen counts as rare.

        AnalysisError `churn.missing_columns`.
        """
        risk = self.predict(self.prepare(new))
        scored = new.drop(columns="risk", errors="ignore").copy(deep=False)
        after = (
            scored.columns.get_loc("customer") + 1
            if "customer" in scored.columns
            else 0
        )
        scored.insert(after, "risk", risk)
        return scored
