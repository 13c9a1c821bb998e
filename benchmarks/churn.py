"""Predicting churn beside a straightforward scikit-learn search over the same models, and at size.

`auto` on Telco (in the folder that CRM_TEST_DATA names; without it on the sample shop's customers)
beside `GridSearchCV` over a small grid of each of the same models, five folds, log-loss, one
thread each; the notes give both log-losses: ours is out of fold with calibration nested, the
search's is its own best score, which is a little too good. `boosting` is five folds of Telco by
each library, each at 150 trees of depth 4 or so: why the package carries XGBoost's CPU build and
neither of the others. The large tables are made up. Seconds are CPU seconds, for all runs on one
thread and other work on the machine should not count; memory is the peak of a process of its own.
"""

from __future__ import annotations

import importlib.util
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

import crm_analysis as crm
from benchmarks.measure import Row, apart
from crm_analysis.analyses.churn.data.features import (
    TrainingData,
    choose_features,
    prepare,
)
from crm_analysis.analyses.churn.models.encoding import Encoder
from crm_analysis.analyses.churn.models.measures import auc, log_loss

ROWS = int(os.environ.get("CHURN_CUSTOMERS", "500000"))
NEW = int(os.environ.get("CHURN_NEW", "1000000"))


def real_customers() -> tuple[str, pd.DataFrame]:
    folder = os.environ.get("CRM_TEST_DATA")
    path = (
        Path(folder) / "telco_churn" / "Telco-Customer-Churn.csv"
        if folder
        else Path(__file__).parents[1] / "data" / "customers.csv"
    )
    raw = crm.read_table(path)
    return ("Telco" if folder else "sample shop"), crm.clean(
        raw, crm.guess_roles(raw), crm.CleanOptions()
    ).table


def examples_of(table: pd.DataFrame) -> TrainingData:
    features, _ = choose_features(table, "churned")
    return TrainingData(
        prepare(table, features),
        table["churned"].to_numpy(dtype=float),
        np.arange(len(table)),
        np.arange(len(table)),
    )


def make_customers(count: int, seed: int = 0) -> pd.DataFrame:
    """Customers with twelve numbers, six categories and two flags, some of which matter.

    Not all straight.
    """
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            f"number {number}": rng.gamma(2, 20, count).round(2)
            for number in range(12)
        }
    )
    for number in range(6):
        table[f"category {number}"] = rng.choice(
            [f"level {level}" for level in range(3 + 4 * number)], count
        )
    table["member"], table["app"] = (
        rng.random(count) < 0.4,
        rng.random(count) < 0.5,
    )
    odds = (
        -2.2
        + 0.03 * (40 - table["number 0"])
        + 0.9 * (table["category 0"] == "level 1")
        - 0.8 * table["member"]
        + 1.2 * (table["number 1"] < 15)
    )
    odds += 0.6 * ((table["number 2"] > 40) & table["app"])
    table["number 3"] = table["number 3"].mask(rng.random(count) < 0.1)
    table.insert(
        0,
        "customer",
        np.char.add("C", np.arange(count).astype(str)).astype(object),
    )
    return table.assign(churned=rng.random(count) < 1 / (1 + np.exp(-odds)))


def ours() -> tuple[float, str, float, float]:
    _, table = real_customers()
    began = time.process_time()
    result = crm.predict_churn(table, crm.ChurnOptions())
    total = result.summary()
    return (
        time.process_time() - began,
        result.model.name,
        float(total["log_loss"] or 0),
        float(total["auc"] or 0),
    )


def search() -> tuple[float, str, float]:
    """What a careful person would write: a pipeline for each model, a grid for each, five folds."""
    import warnings

    from sklearn.compose import ColumnTransformer
    from sklearn.ensemble import (
        HistGradientBoostingClassifier,
        RandomForestClassifier,
    )
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV, StratifiedKFold
    from sklearn.naive_bayes import GaussianNB
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import Pipeline, make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler
    from sklearn.svm import SVC
    from sklearn.tree import DecisionTreeClassifier
    from xgboost import XGBClassifier

    warnings.simplefilter("ignore")
    _, table = real_customers()
    features, _ = choose_features(table, "churned")
    names = {
        kind: [
            one.name
            for one in features
            if (one.kind == "category") == (kind == "category")
        ]
        for kind in ("category", "number")
    }
    matrix = (
        table[names["number"]]
        .astype(float)
        .join(table[names["category"]].astype(object))
    )
    churned = table["churned"].to_numpy(dtype=int)
    candidates: dict[str, tuple[Any, dict[str, list[Any]]]] = {
        "logistic": (
            LogisticRegression(max_iter=1000),
            {"C": [0.01, 0.1, 1.0, 10.0]},
        ),
        "linear_svm": (
            SVC(kernel="linear", probability=True),
            {"C": [0.1, 1.0]},
        ),
        "rbf_svm": (
            SVC(probability=True),
            {"C": [0.5, 2.0], "gamma": ["scale", 0.01]},
        ),
        "tree": (
            DecisionTreeClassifier(random_state=0),
            {"max_depth": [3, 5, 8], "min_samples_leaf": [10, 50]},
        ),
        "forest": (
            RandomForestClassifier(200, random_state=0),
            {"min_samples_leaf": [2, 10], "max_features": ["sqrt", 0.3]},
        ),
        "hist_gradient_boosting": (
            HistGradientBoostingClassifier(random_state=0),
            {"learning_rate": [0.03, 0.1], "max_leaf_nodes": [8, 31]},
        ),
        "xgboost": (
            XGBClassifier(n_jobs=1, random_state=0),
            {
                "n_estimators": [100, 300],
                "max_depth": [3, 6],
                "learning_rate": [0.03, 0.1],
            },
        ),
        "mlp": (
            MLPClassifier((32,), early_stopping=True, random_state=0),
            {"alpha": [0.01, 1.0]},
        ),
        "naive_bayes": (GaussianNB(), {"var_smoothing": [1e-9, 1e-3]}),
    }
    encode = ColumnTransformer(
        [
            (
                "numbers",
                make_pipeline(SimpleImputer(), StandardScaler()),
                names["number"],
            ),
            (
                "categories",
                OneHotEncoder(handle_unknown="ignore", sparse_output=False),
                names["category"],
            ),
        ]
    )
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    best = (-np.inf, "")
    began = time.process_time()
    with threadpool_limits(1):
        for name, (model, grid) in candidates.items():
            pipeline = Pipeline([("encode", encode), ("model", model)])
            result = GridSearchCV(
                pipeline,
                {f"model__{key}": values for key, values in grid.items()},
                scoring="neg_log_loss",
                cv=folds,
                n_jobs=1,
            ).fit(matrix, churned)
            best = max(best, (float(result.best_score_), name))
    return time.process_time() - began, best[1], -best[0]


def boosting() -> list[tuple[str, float, float, float, float]]:
    """Library, seconds for five folds, AUC, log-loss, size on disk (MB)."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from xgboost import XGBClassifier

    _, table = real_customers()
    examples = examples_of(table)
    fold = examples.folds(5, 0)
    matrix = Encoder("tree").fit(examples.features).transform(examples.features)
    makers: dict[str, Any] = {
        "sklearn": lambda: HistGradientBoostingClassifier(
            learning_rate=0.06,
            max_iter=150,
            max_leaf_nodes=10,
            l2_regularization=5.0,
            early_stopping=False,
            random_state=0,
        ),
        "xgboost": lambda: XGBClassifier(
            n_estimators=150,
            learning_rate=0.06,
            max_depth=4,
            min_child_weight=8,
            subsample=0.8,
            colsample_bytree=0.5,
            reg_lambda=5.0,
            n_jobs=1,
            max_bin=128,
            random_state=0,
        ),
    }
    if importlib.util.find_spec("lightgbm"):
        from lightgbm import LGBMClassifier

        makers["lightgbm"] = lambda: LGBMClassifier(
            n_estimators=150,
            learning_rate=0.06,
            num_leaves=10,
            subsample=0.8,
            subsample_freq=1,
            colsample_bytree=0.5,
            reg_lambda=5.0,
            n_jobs=1,
            random_state=0,
            verbose=-1,
        )
    if importlib.util.find_spec("catboost"):
        from catboost import CatBoostClassifier

        makers["catboost"] = lambda: CatBoostClassifier(
            iterations=300,
            learning_rate=0.06,
            depth=4,
            thread_count=1,
            random_seed=0,
            verbose=False,
            allow_writing_files=False,
        )
    rows = []
    for name, make in makers.items():
        risk = np.empty(len(examples))
        best = np.inf
        for _ in range(3):
            began = time.process_time()
            with threadpool_limits(1):
                for number in range(5):
                    risk[fold == number] = (
                        make()
                        .fit(
                            matrix[fold != number], examples.churned[fold != number]
                        )
                        .predict_proba(matrix[fold == number])[:, 1]
                    )
            best = min(best, time.process_time() - began)
        rows.append(
            (
                name,
                best,
                float(auc(examples.churned, risk) or 0),
                log_loss(examples.churned, risk),
                _size(name),
            )
        )
    return rows


def _size(name: str) -> float:
    """A library's files in MB."""
    place = importlib.util.find_spec(name)
    if place is None or place.origin is None:
        return 0.0
    return (
        sum(
            path.stat().st_size
            for path in Path(place.origin).parent.rglob("*")
            if path.is_file()
        )
        / 1e6
    )


def large() -> tuple[float, str, float, int]:
    heard = []
    table = make_customers(ROWS)
    began = time.process_time()
    result = crm.predict_churn(
        table,
        crm.ChurnOptions(),
        progress=lambda share, step: heard.append(share),
    )
    return (
        time.process_time() - began,
        result.model.name,
        float(result.summary()["auc"] or 0),
        len(heard),
    )


def scoring() -> tuple[float, str]:
    result = crm.predict_churn(make_customers(20_000), crm.ChurnOptions())
    new = make_customers(NEW, seed=1).drop(columns="churned")
    began = time.process_time()
    applied = result.apply(new)
    seconds = time.process_time() - began
    if len(applied) != NEW:
        raise AssertionError("every new customer has a risk")
    return seconds, result.model.name


def main() -> list[Row]:
    called, table = real_customers()
    told, peer = apart(ours).result, apart(search).result
    rows = [
        Row(
            f"auto, {called}, {len(table):,} customers",
            told[0],
            "GridSearchCV over the same models",
            peer[0],
            note=f"log-loss {told[2]:.4f} ({told[1]}, AUC {told[3]:.4f}) "
            f"against {peer[2]:.4f} ({peer[1]})",
        )
    ]
    boosters = apart(boosting).result
    first = next(row for row in boosters if row[0] == "xgboost")
    for name, seconds, area, loss, size in boosters:
        if name != "xgboost":
            note = (
                f"AUC {first[2]:.4f} against {area:.4f}, "
                f"log-loss {first[3]:.4f} against {loss:.4f}; "
                f"{first[4]:.0f} MB on disk against {size:.0f}"
            )
            rows.append(
                Row(
                    "boosting by XGBoost, five folds",
                    first[1],
                    name,
                    seconds,
                    note=note,
                )
            )
    whole = apart(large)
    rows.append(
        Row(
            f"auto, {ROWS:,} customers",
            whole.result[0],
            memory=whole.memory,
            note=f"{whole.result[1]}, AUC {whole.result[2]:.4f}; "
            f"told of its progress {whole.result[3]} times",
        )
    )
    scored = apart(scoring).result
    rows.append(Row(f"scores for {NEW:,} new customers", scored[0], note=scored[1]))
    return rows
