"""A fitted model that says how likely customers are to leave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from crm_analysis.analyses.churn.data.features import Feature, prepare
from crm_analysis.analyses.churn.models.calibration import Calibrator
from crm_analysis.analyses.churn.models.estimators import log_odds

__all__ = ["RiskModel"]


@dataclass(frozen=True, eq=False)
class RiskModel:
    """`prepare` reads a table of customers into features, `scores` gives the model's log-odds for these, `predict` the calibrated risk.

    `name`: the model. `features`: in the order the model wants them. `pipeline`: a scikit-learn pipeline of "encode" (whose `columns_` are
    (feature, level)) and "model", or a `Stack` of such. `calibrator`: scores → risk.
    """

    name: str
    features: tuple[Feature, ...]
    pipeline: Any
    calibrator: Calibrator

    def prepare(self, table: pd.DataFrame) -> pd.DataFrame:
        """The features of new customers as the model reads them. AnalysisError `churn.missing_columns` where the table lacks some."""
        return prepare(table, self.features)

    def scores(self, features: pd.DataFrame) -> np.ndarray:
        """Uncalibrated: log-odds, or the distance from the margin of a support vector machine."""
        if not len(features):
            return np.empty(0)
        with threadpool_limits(1):
            return log_odds(self.pipeline, features[[one.name for one in self.features]])

    def predict(self, features: pd.DataFrame) -> np.ndarray:
        """The calibrated risk (0 to 1) of prepared features."""
        return self.calibrator(self.scores(features)) if len(features) else np.empty(0)
