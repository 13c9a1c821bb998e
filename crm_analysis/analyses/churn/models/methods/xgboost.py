"""Gradient boosting, by XGBoost."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.churn.models.method import Method, Setup


def _build(setup: Setup) -> Any:
    from xgboost import XGBClassifier

    rate = setup.churn_rate
    return XGBClassifier(
        n_estimators=150,
        learning_rate=0.06,
        max_depth=4,
        min_child_weight=8,
        subsample=0.8,
        colsample_bytree=0.5,
        reg_lambda=5.0,
        tree_method="hist",
        max_bin=128,
        scale_pos_weight=(1 - rate) / rate if setup.balanced else 1.0,
        n_jobs=1,
        random_state=setup.seed,
    )


def _score(model: Any, matrix: np.ndarray) -> np.ndarray:
    return model.predict(matrix, output_margin=True).astype(float)


def _contributions(
    pipeline: Any,
    features: pd.DataFrame,
    background: pd.DataFrame,
    owner: np.ndarray,
) -> tuple[np.ndarray, float]:
    from xgboost import DMatrix

    values = (
        pipeline["model"]
        .get_booster()
        .predict(DMatrix(pipeline["encode"].transform(features)), pred_contribs=True)
        .astype(float)
    )
    return values[:, :-1] @ owner, float(values[0, -1])


METHOD = Method(
    "xgboost",
    _build,
    encoding="tree",
    score=_score,
    contributions=_contributions,
    rows_explained=20_000,
)
