"""The models: each a pipeline of an encoder and an estimator, and what its scores mean."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin

from crm_analysis.analyses.churn.models.calibration import Calibrator, expit, logit
from crm_analysis.analyses.churn.models.encoding import Encoder

__all__ = ["RBF_ROWS", "STYLES", "Stack", "fit", "log_odds"]

RBF_ROWS = 3000  # beyond, the kernel is approximated (Nyström): the exact machine takes time by the square of the rows
STYLES = {
    "naive_bayes": "bins",
    "tree": "tree",
    "one_rule": "tree",
    "forest": "tree",
    "hist_gradient_boosting": "tree",
    "xgboost": "tree",
}
_AT_ONCE = 8192
_BALANCED = ("tree", "linear_svm", "rbf_svm")


def fit(
    name: str, table: pd.DataFrame, left: np.ndarray, *, class_weight: str = "auto", seed: int = 0
) -> Any:
    """The fitted pipeline ("encode", "model") of a model on prepared features; encoding is learnt from these rows alone."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.pipeline import Pipeline

    balanced = class_weight == "balanced" or (class_weight == "auto" and name in _BALANCED)
    encoder = Encoder(STYLES.get(name, "linear"))  # type: ignore[arg-type]
    matrix = encoder.fit(table).transform(table)
    estimator = _estimator(name, matrix.shape, balanced, float(left.mean()), seed)
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", ConvergenceWarning
        )  # a network that is stopped early, a margin that is near enough
        if balanced and name in (
            "mlp",
            "naive_bayes",
        ):  # which know no class weights, but sample weights
            estimator.fit(
                matrix,
                left,
                sample_weight=np.where(left == 1, 0.5 / left.mean(), 0.5 / (1 - left.mean())),
            )
        else:
            estimator.fit(matrix, left)
    return Pipeline([("encode", encoder), ("model", estimator)])


def log_odds(pipeline: Any, table: pd.DataFrame) -> np.ndarray:
    """A score a row, the higher the likelier to leave: log-odds, or the distance from the margin for support vector machines."""
    if (
        len(table) > _AT_ONCE
    ):  # a part at a time stays in the processor's cache, and the matrix small
        return np.concatenate(
            [
                log_odds(pipeline, table.iloc[at : at + _AT_ONCE])
                for at in range(0, len(table), _AT_ONCE)
            ]
        )
    if isinstance(pipeline, Stack):
        return pipeline.decision_function(table)
    matrix, model = pipeline["encode"].transform(table), pipeline["model"]
    if hasattr(model, "get_booster"):
        return model.predict(matrix, output_margin=True).astype(float)
    if hasattr(model, "decision_function"):
        return np.asarray(model.decision_function(matrix), dtype=float)
    if hasattr(model, "predict_log_proba") and type(model).__name__ == "BernoulliNB":
        both = model.predict_log_proba(matrix)
        return np.clip(both[:, 1] - both[:, 0], -30, 30)
    return logit(model.predict_proba(matrix)[:, 1], 1e-3)


class Stack(ClassifierMixin, BaseEstimator):
    """Several models' calibrated log-odds averaged: no weights are learnt, so none can be learnt wrongly.

    `members`: fitted pipelines; `names`: their models; `calibrators`: the score of each as log-odds.
    """

    def __init__(
        self, names: Sequence[str], members: Sequence[Any], calibrators: Sequence[Calibrator]
    ) -> None:
        self.names = names
        self.members = members
        self.calibrators = calibrators

    def decision_function(self, table: pd.DataFrame) -> np.ndarray:
        """The mean log-odds."""
        return np.mean(
            [
                logit(calibrator(log_odds(member, table)))
                for member, calibrator in zip(self.members, self.calibrators, strict=True)
            ],
            axis=0,
        )

    def predict_proba(self, table: pd.DataFrame) -> np.ndarray:
        """Both probabilities."""
        risk = expit(self.decision_function(table))
        return np.column_stack([1 - risk, risk])


def _estimator(name: str, shape: tuple[int, ...], balanced: bool, rate: float, seed: int) -> Any:
    """The unfitted estimator. Settings are such as do well on customer tables of some thousand rows; none is tuned to a file."""
    rows, columns = shape
    free = float(
        np.clip(rows / (30 * max(columns, 1)), 0.01, 1.0)
    )  # fewer rows a column leave a linear model less freedom
    weight = "balanced" if balanced else None
    if name == "logistic":
        from sklearn.linear_model import LogisticRegression

        return LogisticRegression(C=free, class_weight=weight, max_iter=1000)
    if name == "linear_svm":
        from sklearn.svm import LinearSVC

        return LinearSVC(
            C=0.05 * free, class_weight=weight, dual=False, max_iter=3000, random_state=seed
        )
    if name == "rbf_svm":
        return _rbf(rows, weight, seed)
    if name in ("tree", "one_rule"):
        from sklearn.tree import DecisionTreeClassifier

        depth, least = (1, max(5, rows // 200)) if name == "one_rule" else (5, max(5, rows // 100))
        return DecisionTreeClassifier(
            max_depth=depth,
            min_samples_leaf=least,
            class_weight=weight if name == "tree" else None,
            random_state=seed,
        )
    if name == "forest":
        from sklearn.ensemble import RandomForestClassifier

        sample = None if rows <= 100_000 else 50_000
        return RandomForestClassifier(
            100,
            min_samples_leaf=10,
            max_samples=sample,
            class_weight=weight,
            n_jobs=1,
            random_state=seed,
        )
    if name == "hist_gradient_boosting":
        from sklearn.ensemble import HistGradientBoostingClassifier

        return HistGradientBoostingClassifier(
            learning_rate=0.08, max_iter=100, max_leaf_nodes=10, min_samples_leaf=max(2, min(20, rows // 20)), l2_regularization=5.0,
            class_weight=weight, early_stopping=False, random_state=seed,
        )  # fmt: skip
    if name == "xgboost":
        from xgboost import XGBClassifier

        return XGBClassifier(
            n_estimators=150, learning_rate=0.06, max_depth=4, min_child_weight=8, subsample=0.8, colsample_bytree=0.5, reg_lambda=5.0, tree_method="hist",
            max_bin=128, scale_pos_weight=(1 - rate) / rate if balanced else 1.0, n_jobs=1, random_state=seed,
        )  # fmt: skip
    if name == "mlp":
        from sklearn.neural_network import MLPClassifier

        # As many steps on a small table as on a large one.
        return MLPClassifier(
            (32,),
            alpha=1.0,
            learning_rate_init=0.003,
            batch_size=min(256, rows),
            max_iter=int(np.clip(85_000 / rows, 4, 40)),
            random_state=seed,
        )
    from sklearn.naive_bayes import BernoulliNB

    return BernoulliNB(alpha=1.0, binarize=None)


def _rbf(rows: int, weight: str | None, seed: int) -> Any:
    from sklearn.svm import SVC

    if rows <= RBF_ROWS:
        return SVC(C=1.0, gamma="scale", class_weight=weight, cache_size=500, random_state=seed)
    from sklearn.kernel_approximation import Nystroem
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import LinearSVC

    return make_pipeline(
        Nystroem(kernel="rbf", gamma=0.02, n_components=200, random_state=seed),
        LinearSVC(C=0.5, class_weight=weight, dual=False, random_state=seed),
    )
