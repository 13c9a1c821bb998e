"""A fitted model that says how likely customers are to churn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from crm_analysis.analyses.churn.data.features import Feature, prepare
from crm_analysis.analyses.churn.models.calibration import Calibrator
from crm_analysis.analyses.churn.models.fitting import log_odds


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
