"""Gradient boosting, by XGBoost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.churn.models.method import Method, Setup
from crm_analysis.options import Options, knob, share

_STEP = 25  # trees between two judgements
_PATIENCE = (
    4.0  # trees without a gain after which no more are added, times the rate
)


@dataclass(frozen=True, kw_only=True)
class XGBoostOptions(Options):
    """How many trees are added, how fast, and how far each follows its customers.

    - `trees`: added one by one. `rate`: the share of each that is taken.
    - `depth`: questions in a row.
    - `columns`: the share of columns that a tree is given.
    - `leaf`: customers of an even risk who end at one leaf at the fewest, times a quarter.
    - `cuts`: of a column, among which a question chooses.
    """

    trees: int = knob(150, low=10, high=2000, step=10)
    depth: int = knob(3, low=1, high=15)
    rate: float = knob(0.06, low=0.01, high=0.5, step=0.01)
    columns: float = share(0.5, low=0.1, step=0.1)
    leaf: float = knob(8.0, low=0.5, high=100.0, advanced=True)
    cuts: int = knob(128, low=16, high=1024, advanced=True)


def _build(setup: Setup) -> Any:
    from xgboost import XGBClassifier

    rate, settings = setup.churn_rate, setup.settings
    return XGBClassifier(
        n_estimators=settings.trees,
        learning_rate=settings.rate,
        max_depth=settings.depth,
        min_child_weight=settings.leaf,
        subsample=0.8,
        colsample_bytree=settings.columns,
        reg_lambda=0.625 * settings.leaf,
        tree_method="hist",
        max_bin=settings.cuts,
        scale_pos_weight=(1 - rate) / rate if setup.balanced else 1.0,
        n_jobs=1,
        random_state=setup.seed,
    )


def _curve(
    setup: Setup,
    matrix: np.ndarray,
    churned: np.ndarray,
    others: np.ndarray,
    outcomes: np.ndarray,
) -> dict[int, np.ndarray]:
    model = _build(setup).set_params(
        early_stopping_rounds=round(_PATIENCE / setup.settings.rate),
        eval_metric="logloss",
    )
    model.fit(matrix, churned, eval_set=[(others, outcomes)], verbose=False)
    last = model.get_booster().num_boosted_rounds()
    return {
        trees: model.predict(others, output_margin=True, iteration_range=(0, trees))
        for trees in range(_STEP, last + 1, _STEP)
    }


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
        .predict(
            DMatrix(pipeline["encode"].transform(features)), pred_contribs=True
        )
        .astype(float)
    )
    return values[:, :-1] @ owner, float(values[0, -1])


METHOD = Method(
    "xgboost",
    _build,
    XGBoostOptions,
    ladder=(
        {"depth": 2, "rate": 0.1, "trees": 400},
        {"rate": 0.1, "trees": 400},
        {"depth": 4, "columns": 0.7, "leaf": 3.0, "rate": 0.1, "trees": 400},
        {"depth": 5, "columns": 0.7, "leaf": 1.0, "rate": 0.1, "trees": 400},
        {"depth": 6, "columns": 1.0, "rate": 0.1, "trees": 400},
        {"depth": 8, "columns": 1.0, "rate": 0.1, "trees": 400},
        {"depth": 10, "columns": 1.0, "leaf": 3.0, "rate": 0.1, "trees": 400},
    ),
    variations=(
        {"columns": 0.8},
        {"columns": 0.5},
        {"columns": 0.3},
        {"leaf": 1.0},
        {"leaf": 3.0},
        {"leaf": 20.0},
        {"cuts": 512},
        {"rate": 0.03, "trees": 1600},
    ),
    probe=3,
    curve=_curve,
    encoding="tree",
    score=_score,
    contributions=_contributions,
    rows_explained=20_000,
)
