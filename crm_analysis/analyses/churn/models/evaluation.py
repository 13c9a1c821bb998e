"""Out-of-fold scores, each row scored by models that saw no row of its customer; what to beat."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd

from crm_analysis.analyses.churn.data.features import Feature, TrainingData
from crm_analysis.analyses.churn.models.calibration import (
    Calibrator,
    calibrate,
    logit,
)
from crm_analysis.analyses.churn.models.encoding import MISSING, OTHER
from crm_analysis.analyses.churn.models.fitting import Recipe, fit, log_odds
from crm_analysis.analyses.churn.models.methods import METHODS
from crm_analysis.analyses.churn.options import ChurnOptions
from crm_analysis.jobs import Progress

ShareDone = Callable[
    [float], None
]  # hears which share of the work is done (0 to 1)


def part_of(progress: Progress, start: float, width: float) -> Progress:
    """What hears of a part as of so much of the whole."""
    return lambda share, step: progress(start + width * share, step)


def _unheard(share: float) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True, eq=False)
class Task:
    """What is learnt: from which rows and features, with which options, in how many folds."""

    data: TrainingData
    features: tuple[Feature, ...]
    options: ChurnOptions
    folds: int


@dataclass(frozen=True, eq=False)
class CrossFit:
    """One method on one division into folds.

    `scores`: of each row, by the model fitted without its fold; `models`: those models, where they
    are wanted later; `seconds`: what it took.
    """

    name: str
    fold: np.ndarray
    scores: np.ndarray
    seconds: float
    models: list[Any] = field(default_factory=list)


def cross_fit(
    recipe: Recipe,
    data: TrainingData,
    fold: np.ndarray,
    *,
    keep_models: bool = False,
    progress: ShareDone = _unheard,
) -> CrossFit:
    """Fit a method without each fold in turn and score the fold with it."""
    scores = np.empty(len(data))
    folds = int(fold.max()) + 1
    began = time.perf_counter()
    models = []
    for k in range(folds):
        progress(k / folds)
        others = data.take(np.flatnonzero(fold != k))
        inside = np.flatnonzero(fold == k)
        model = fit(recipe.without(k), others.features, others.churned)
        scores[inside] = log_odds(recipe.name, model, data.features.iloc[inside])
        if keep_models:
            models.append(model)
    seconds = time.perf_counter() - began
    return CrossFit(recipe.name, fold, scores, seconds, models)


def cross_calibrated(
    scores: np.ndarray,
    fold: np.ndarray,
    churned: np.ndarray,
    method: str,
    seed: int = 0,
) -> np.ndarray:
    """The risk of each fold, by a calibrator from the held-out scores of the other folds.

    Those scores come from models that saw this fold's labels, so two numbers know a little of them;
    `nested_risk` has not even that. It is the same for all methods, and cheap: good for comparing.
    """
    risk = np.empty(len(churned))
    for k in np.unique(fold):
        inside = fold == k
        calibrator = calibrate(scores[~inside], churned[~inside], method, seed)
        risk[inside] = calibrator(scores[inside])
    return risk


def pair_scores(
    recipe: Recipe,
    data: TrainingData,
    fold: np.ndarray,
    progress: ShareDone = _unheard,
) -> np.ndarray:
    """A column a fold k: each row's score by a model that saw neither its own fold nor fold k.

    NaN within fold k itself. One model serves both folds it left out, where both want the same
    settings: a fully nested cross-validation takes k (k − 1) / 2 fits more and not k (k − 1).
    """
    folds = int(fold.max()) + 1
    scores = np.full((len(data), folds), np.nan)
    pairs = [
        (first, second)
        for first in range(folds)
        for second in range(first + 1, folds)
    ]
    for done, (first, second) in enumerate(pairs):
        progress(done / len(pairs))
        others = data.take(np.flatnonzero((fold != first) & (fold != second)))
        models: dict[Recipe, Any] = {}
        for inside, other in ((first, second), (second, first)):
            wanted = recipe.without(other)
            if wanted not in models:
                models[wanted] = fit(wanted, others.features, others.churned)
            rows = np.flatnonzero(fold == inside)
            scores[rows, other] = log_odds(
                recipe.name, models[wanted], data.features.iloc[rows]
            )
    return scores


def nested_risk(
    scores: np.ndarray,
    pairs: np.ndarray,
    fold: np.ndarray,
    churned: np.ndarray,
    method: str,
    seed: int,
) -> tuple[np.ndarray, list[Calibrator]]:
    """The risk of each row, calibrator and model fitted without its fold; and the calibrators."""
    risk = np.empty(len(churned))
    calibrators = []
    for k in range(int(fold.max()) + 1):
        inside = fold == k
        calibrators.append(
            calibrate(pairs[~inside, k], churned[~inside], method, seed)
        )
        risk[inside] = calibrators[-1](scores[inside])
    return risk, calibrators


def stacked(
    scores: dict[str, np.ndarray], fold: np.ndarray, churned: np.ndarray
) -> np.ndarray:
    """The mean of several methods' calibrated log-odds, each calibrated on the other folds."""
    odds = [
        logit(cross_calibrated(own, fold, churned, "platt"))
        for own in scores.values()
    ]
    return np.sum(odds, axis=0) / len(scores)


def _stump(seed: int) -> Recipe:
    return Recipe("one_rule", METHODS["one_rule"].settings(), "none", seed)


@dataclass(frozen=True)
class OneRule:
    """The best single split: whoever has `feature` `op` `value` churns at `rate_if`.

    The others churn at `rate_else`; `customers_if`, `customers_else`: how many they are.
    """

    feature: str
    op: Literal["above", "at_most", "is", "is_not"]
    value: float | str
    rate_if: float
    rate_else: float
    customers_if: int
    customers_else: int


def base_rate_risk(churned: np.ndarray) -> np.ndarray:
    """The share that churned, for everybody.

    One number, so that what a fold's own rate would change is less than the last digit shown.
    """
    return np.full(len(churned), churned.mean())


def one_rule_risk(data: TrainingData, fold: np.ndarray, seed: int) -> np.ndarray:
    """The share that churned on either side of the best split, both found in the other folds."""
    risk = np.empty(len(data))
    for k in np.unique(fold):
        others, inside = (
            data.take(np.flatnonzero(fold != k)),
            np.flatnonzero(fold == k),
        )
        stump = fit(_stump(seed), others.features, others.churned)
        risk[inside] = stump["model"].predict_proba(
            stump["encode"].transform(data.features.iloc[inside])
        )[:, 1]
    return risk


def one_rule(
    features: pd.DataFrame, churned: np.ndarray, seed: int
) -> OneRule | None:
    """The best split of all rows in words; None where no split helps."""
    if churned.min() == churned.max() or len(churned) < 10:
        return None
    stump = fit(_stump(seed), features, churned)
    tree, encoder = stump["model"].tree_, stump["encode"]
    if tree.node_count < 3:
        return None
    feature, level = encoder.columns_[int(tree.feature[0])]
    above = tree.apply(encoder.transform(features)) == tree.children_right[0]
    # Said so that the condition is the side where more churn.
    inside = ~above if churned[above].mean() < churned[~above].mean() else above
    op: Literal["above", "at_most", "is", "is_not"]
    value: float | str
    if level:
        op = "is" if inside is above else "is_not"
        value = {MISSING: "", OTHER: "…"}.get(level, level)
    else:
        op = "above" if inside is above else "at_most"
        value = float(f"{float(tree.threshold[0]):.4g}")
    return OneRule(
        feature,
        op,
        value,
        float(churned[inside].mean()),
        float(churned[~inside].mean()),
        int(inside.sum()),
        int((~inside).sum()),
    )
