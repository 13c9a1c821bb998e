"""How much is learnt: log-loss on customers held out, beside four libraries tuned by optuna.

Each of XGBoost, LightGBM, CatBoost and HistGradientBoosting has so many trials (`CHURN_TRIALS`)
over depth or leaves, trees, step, columns and shrinkage, each trial three folds of the customers
learnt from; the best is fitted to all of them. `auto` has the same customers. Seconds are CPU
seconds on one thread. Of made-up tables the note says what knowing every chance would reach.
`CHURN_TABLES` and `CHURN_ROWS` take fewer of them, and fewer rows.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

import crm_analysis as crm
from benchmarks.churn_tables import MADE
from benchmarks.measure import Row
from crm_analysis.analyses.churn import find_target
from crm_analysis.analyses.churn.data.features import (
    TrainingData,
    choose_features,
    equal_rows,
    prepare,
    rows_together,
)
from crm_analysis.analyses.churn.models.encoding import Encoder
from crm_analysis.analyses.churn.models.measures import log_loss

TRIALS = int(os.environ.get("CHURN_TRIALS", "50"))
ROWS = int(os.environ.get("CHURN_ROWS", "1000000"))
_MADE_ROWS = 8_000
_FOLDS = 3
_TENTHS_HELD_OUT = 3
_REAL = {
    "telco_churn": ("Telco-Customer-Churn.csv", "churned", ()),
    "bank_churn": ("Churn_Modelling.csv", "churned", ()),
    "credit_card_churners": ("BankChurners.csv", "churned", ("Naive_Bayes",)),
    "online_shoppers": ("online_shoppers_intention.csv", "Revenue", ()),
    "marketing_campaign": ("marketing_campaign.csv", "Response", ()),
}


def tables() -> Iterator[tuple[str, pd.DataFrame, str, np.ndarray | None]]:
    """Each table, the column that says who churned, and the chances where they are known."""
    wanted = os.environ.get("CHURN_TABLES", "").split(",")
    folder = os.environ.get("CRM_TEST_DATA")
    for name, (file, target, answers) in _REAL.items():
        if folder and (wanted == [""] or name in wanted):
            raw = crm.read_table(Path(folder) / name / file)
            table = crm.clean(raw, crm.guess_roles(raw), crm.CleanOptions()).table
            leaks = [
                column
                for column in table
                if str(column).startswith(answers or "\0")
            ]
            yield name, table.drop(columns=leaks), target, None
    for name, make in MADE.items():
        if wanted == [""] or name in wanted:
            made, chance = make(_MADE_ROWS, 0)
            yield name, made, "churned", chance


def mark(
    name: str, table: pd.DataFrame, target: str, chance: np.ndarray | None
) -> Row:
    """Ours beside the best of the four, on the same customers held out."""
    table = table.reset_index(drop=True)
    rows = np.random.default_rng(0).permutation(len(table))[:ROWS]
    table = table.iloc[np.sort(rows)].reset_index(drop=True)
    churned = find_target(table, target).churned
    features, _ = choose_features(table, target)
    prepared = prepare(table, features)
    people = np.arange(len(table))
    together = rows_together(people, equal_rows(prepared))
    data = TrainingData(prepared, churned, people, together)
    tenth = data.folds(10, 0)
    held_out = tenth < _TENTHS_HELD_OUT
    began = time.process_time()
    options = crm.ChurnOptions(target=target, draws=20)
    churn = crm.predict_churn(table[~held_out], options)
    seconds = time.process_time() - began
    risk = churn.apply(table[held_out])["risk"].to_numpy()
    ours = log_loss(churned[held_out], risk)
    peers, theirs = {}, 0.0
    learnt = data.take(np.flatnonzero(~held_out))
    for library in _LIBRARIES:
        began = time.process_time()
        with threadpool_limits(1):
            guess = _tuned(library, learnt, prepared[held_out])
        theirs += time.process_time() - began
        peers[library] = log_loss(churned[held_out], guess)
    best = min(peers, key=lambda library: peers[library])
    note = f"log-loss {ours:.4f} ({churn.model.name}) against {peers[best]:.4f} ({best})"
    note += (
        f", {ours / peers[best] - 1:+.1%}; shown {churn.summary()['log_loss']:.4f}"
    )
    if chance is not None:
        known = chance[np.sort(rows)][held_out]
        note += f"; the chances themselves {log_loss(churned[held_out], known):.4f}"
    return Row(
        name, seconds, f"four libraries, {TRIALS} trials each", theirs, note=note
    )


def _tuned(library: str, data: TrainingData, others: pd.DataFrame) -> np.ndarray:
    """The risks of `others` by the best of so many trials."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    encoder = Encoder("tree").fit(data.features)
    matrix, fold = encoder.transform(data.features), data.folds(_FOLDS, 0)
    make = _LIBRARIES[library]

    def objective(trial: Any) -> float:
        losses = []
        for k in range(_FOLDS):
            model = make(trial)  # a trial suggests the same again
            model.fit(matrix[fold != k], data.churned[fold != k])
            guess = model.predict_proba(matrix[fold == k])[:, 1]
            losses.append(log_loss(data.churned[fold == k], guess))
        return float(np.mean(losses))

    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=0))
    study.optimize(objective, n_trials=TRIALS)
    best = make(study.best_trial)
    best.fit(matrix, data.churned)
    return best.predict_proba(encoder.transform(others))[:, 1]


def _xgboost(trial: Any) -> Any:
    from xgboost import XGBClassifier

    return XGBClassifier(
        n_estimators=trial.suggest_int("trees", 50, 600, log=True),
        max_depth=trial.suggest_int("depth", 2, 10),
        learning_rate=trial.suggest_float("rate", 0.02, 0.3, log=True),
        min_child_weight=trial.suggest_float("weight", 0.5, 20, log=True),
        subsample=trial.suggest_float("rows", 0.5, 1.0),
        colsample_bytree=trial.suggest_float("columns", 0.3, 1.0),
        reg_lambda=trial.suggest_float("shrinkage", 0.1, 20, log=True),
        n_jobs=1,
        random_state=0,
    )


def _lightgbm(trial: Any) -> Any:
    from lightgbm import LGBMClassifier

    return LGBMClassifier(
        n_estimators=trial.suggest_int("trees", 50, 600, log=True),
        num_leaves=trial.suggest_int("leaves", 4, 128, log=True),
        learning_rate=trial.suggest_float("rate", 0.02, 0.3, log=True),
        min_child_samples=trial.suggest_int("leaf", 2, 60, log=True),
        subsample=trial.suggest_float("rows", 0.5, 1.0),
        subsample_freq=1,
        colsample_bytree=trial.suggest_float("columns", 0.3, 1.0),
        reg_lambda=trial.suggest_float("shrinkage", 0.1, 20, log=True),
        n_jobs=1,
        random_state=0,
        verbose=-1,
    )


def _catboost(trial: Any) -> Any:
    from catboost import CatBoostClassifier

    return CatBoostClassifier(
        iterations=trial.suggest_int("trees", 50, 600, log=True),
        depth=trial.suggest_int("depth", 2, 8),
        learning_rate=trial.suggest_float("rate", 0.02, 0.3, log=True),
        l2_leaf_reg=trial.suggest_float("shrinkage", 0.5, 20, log=True),
        thread_count=1,
        random_seed=0,
        verbose=False,
        allow_writing_files=False,
    )


def _hist_gradient_boosting(trial: Any) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(
        max_iter=trial.suggest_int("trees", 50, 400, log=True),
        max_leaf_nodes=trial.suggest_int("leaves", 4, 64, log=True),
        learning_rate=trial.suggest_float("rate", 0.02, 0.3, log=True),
        min_samples_leaf=trial.suggest_int("leaf", 2, 60, log=True),
        l2_regularization=trial.suggest_float("shrinkage", 0.01, 20, log=True),
        early_stopping=False,
        random_state=0,
    )


_LIBRARIES: dict[str, Callable[[Any], Any]] = {
    "xgboost": _xgboost,
    "lightgbm": _lightgbm,
    "catboost": _catboost,
    "hist_gradient_boosting": _hist_gradient_boosting,
}


def main() -> list[Row]:
    return [mark(*made) for made in tables()]
