"""Out-of-fold scores: each row scored by models that saw neither it nor anything of its customer."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.churn.data.folds import assign_folds
from crm_analysis.analyses.churn.models.calibration import calibrate, logit
from crm_analysis.analyses.churn.models.estimators import fit, log_odds

__all__ = ["Examples", "Held", "cross_calibrated", "cross_fit", "nested_risk"]


@dataclass(frozen=True, eq=False)
class Examples:
    """Prepared features, whether each row left (1.0, 0.0), and whose it is (0, 1, …)."""

    features: pd.DataFrame
    left: np.ndarray
    customer: np.ndarray

    def __len__(self) -> int:
        return len(self.left)

    def take(self, rows: np.ndarray) -> Examples:
        """Some of the rows."""
        return Examples(
            self.features.iloc[rows],
            self.left[rows],
            np.unique(self.customer[rows], return_inverse=True)[1],
        )

    def folds(self, folds: int, seed: int) -> np.ndarray:
        """A fold for each row."""
        return assign_folds(self.left, self.customer, folds, seed)


@dataclass(eq=False)
class Held:
    """One model on one division into folds: `scores` of each row by the model fitted without its fold, those models, the seconds it took."""

    name: str
    fold: np.ndarray
    scores: np.ndarray
    seconds: float
    fitted: list[Any] = field(default_factory=list)


def cross_fit(
    name: str,
    examples: Examples,
    fold: np.ndarray,
    class_weight: str,
    seed: int,
    *,
    keep: bool = False,
    hear: Callable[[float], None] = lambda share: None,
) -> Held:
    """Fit a model without each fold in turn and score the fold with it."""
    scores = np.empty(len(examples))
    folds = int(fold.max()) + 1
    began = time.perf_counter()
    fitted = []
    for at in range(folds):
        hear(at / folds)
        outside, inside = np.flatnonzero(fold != at), np.flatnonzero(fold == at)
        one = fit(
            name,
            examples.features.iloc[outside],
            examples.left[outside],
            class_weight=class_weight,
            seed=seed,
        )
        scores[inside] = log_odds(one, examples.features.iloc[inside])
        if keep:
            fitted.append(one)
    return Held(name, fold, scores, time.perf_counter() - began, fitted)


def cross_calibrated(held: Held, left: np.ndarray, method: str, seed: int) -> np.ndarray:
    """The risk of each fold, by a calibrator from the held-out scores of the other folds.

    Those scores come from models that saw this fold's labels, so two numbers know a little of them; `nested_risk` has not even that. It is the
    same for all models, and cheap: good for comparing.
    """
    risk = np.empty(len(left))
    for at in np.unique(held.fold):
        inside = held.fold == at
        risk[inside] = calibrate(held.scores[~inside], left[~inside], method, seed)(
            held.scores[inside]
        )
    return risk


def pair_scores(
    name: str,
    examples: Examples,
    fold: np.ndarray,
    class_weight: str,
    seed: int,
    hear: Callable[[float], None] = lambda share: None,
) -> np.ndarray:
    """A column a fold k: the score of each row by a model that saw neither the row's own fold nor fold k (NaN within fold k itself).

    One model serves both folds it left out, so that a fully nested cross-validation takes k (k − 1) / 2 fits more and not k (k − 1).
    """
    folds = int(fold.max()) + 1
    found = np.full((len(examples), folds), np.nan)
    done = 0
    for one in range(folds):
        for two in range(one + 1, folds):
            hear(done / (folds * (folds - 1) / 2))
            done += 1
            outside = np.flatnonzero((fold != one) & (fold != two))
            fitted = fit(
                name,
                examples.features.iloc[outside],
                examples.left[outside],
                class_weight=class_weight,
                seed=seed,
            )
            for inside, other in ((fold == one, two), (fold == two, one)):
                rows = np.flatnonzero(inside)
                found[rows, other] = log_odds(fitted, examples.features.iloc[rows])
    return found


def nested_risk(
    scores: np.ndarray,
    pairs: np.ndarray,
    fold: np.ndarray,
    left: np.ndarray,
    method: str,
    seed: int,
) -> tuple[np.ndarray, list[Any]]:
    """The risk of each row, its calibrator and model both fitted without its fold; and the calibrator of each fold."""
    risk = np.empty(len(left))
    calibrators = []
    for at in range(int(fold.max()) + 1):
        inside = fold == at
        calibrators.append(calibrate(pairs[~inside, at], left[~inside], method, seed))
        risk[inside] = calibrators[-1](scores[inside])
    return risk, calibrators


def stacked(scores: dict[str, np.ndarray], fold: np.ndarray, left: np.ndarray) -> np.ndarray:
    """The mean of several models' calibrated log-odds, each calibrated on the other folds."""
    total = np.zeros(len(left))
    for one in scores.values():
        for at in np.unique(fold):
            inside = fold == at
            total[inside] += logit(calibrate(one[~inside], left[~inside], "platt")(one[inside]))
    return total / len(scores)
