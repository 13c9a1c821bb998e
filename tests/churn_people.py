"""Customers whose leaving is planted, and one model of each kind fitted to them."""

import functools

import numpy as np
import pandas as pd

from crm_analysis.analyses.churn import (
    Churn,
    ChurnOptions,
    RiskModel,
    Stack,
    predict_churn,
)
from crm_analysis.analyses.churn.data.features import choose_features, prepare
from crm_analysis.analyses.churn.models.calibration import calibrate, expit
from crm_analysis.analyses.churn.models.fitting import fit, log_odds, recipe_of


def made(rows: int = 600, seed: int = 0) -> pd.DataFrame:
    """Customers whose contract, fee, tenure and support decide.

    A number and a category have gaps.
    """
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "customer": [f"C{number:04d}" for number in range(rows)],
            "email": [f"c{number}@example.org" for number in range(rows)],
            "contract": rng.choice(
                ["month", "year", "two years"], rows, p=[0.5, 0.3, 0.2]
            ),
            "fee": rng.normal(60, 20, rows).round(2),
            "tenure": rng.integers(1, 60, rows),
            "support": rng.choice([0, 1], rows),
            "internet": rng.choice(["fibre", "none"], rows),
            "age": rng.integers(18, 80, rows),
        }
    )
    table["streaming"] = np.where(
        table["internet"] == "none",
        "no internet",
        rng.choice(["yes", "no"], rows),
    )
    odds = (
        -2.5
        + 2.2 * (table["contract"] == "month")
        + 0.04 * (table["fee"] - 60)
        - 0.04 * (table["tenure"] - 30)
        + 0.8 * (table["support"] == 0)
    )
    table["churned"] = rng.random(rows) < expit(odds.to_numpy())
    table.loc[rng.choice(rows, 30, replace=False), "fee"] = np.nan
    table.loc[rng.choice(rows, 40, replace=False), "contract"] = None
    return table


TABLE = made()


FEATURES, _ = choose_features(TABLE, "churned")


PREPARED = prepare(TABLE, FEATURES)


LEFT = TABLE["churned"].to_numpy(dtype=float)


FIRST = np.arange(len(TABLE)) < 400


NAMES = (
    "logistic",
    "linear_svm",
    "naive_bayes",
    "tree",
    "forest",
    "hist_gradient_boosting",
    "xgboost",
    "mlp",
    "rbf_svm",
    "stack",
)


@functools.cache
def models_of_each_kind() -> dict[str, RiskModel]:
    made = {}
    for name in NAMES[:-1]:
        pipeline = fit(
            recipe_of(name, ChurnOptions()), PREPARED[FIRST], LEFT[FIRST]
        )
        made[name] = RiskModel(
            name,
            FEATURES,
            pipeline,
            calibrate(
                log_odds(name, pipeline, PREPARED[~FIRST]),
                LEFT[~FIRST],
                "platt",
            ),
        )
    parts = [made[name] for name in ("logistic", "xgboost", "mlp")]
    stack = Stack(
        [one.name for one in parts],
        [one.pipeline for one in parts],
        [one.calibrator for one in parts],
    )
    made["stack"] = RiskModel(
        "stack",
        FEATURES,
        stack,
        calibrate(
            log_odds("stack", stack, PREPARED[~FIRST]), LEFT[~FIRST], "platt"
        ),
    )
    return made


@functools.cache
def churn_of_people() -> Churn:
    return predict_churn(TABLE, ChurnOptions(model="logistic", draws=20))


def money_and_risk(count: int, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "customer": np.arange(count),
            "risk": rng.beta(1, 4, count),
            "worth": rng.gamma(2, 100, count),
        }
    )
    return table.assign(churned=rng.random(count) < table["risk"])
