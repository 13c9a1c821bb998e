"""What a method of predicting churn is, and exact contributions to its scores.

Of weighted sums in closed form, of trees by the trees (Štrumbelj & Kononenko, Knowledge and
Information Systems 41, 2014; Lundberg et al., Nature Machine Intelligence 2, 2020). Each function
gives what every feature adds to each row's score (rows × features), and the score without any.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from crm_analysis.analyses.churn.models.calibration import logit
from crm_analysis.options import Options

# pipeline, features, background, which feature each column of the matrix belongs to (columns ×
# features) → what each feature adds to each score, and the score without any of them.
Contributions = Callable[
    [Any, pd.DataFrame, pd.DataFrame, np.ndarray], tuple[np.ndarray, float]
]
_NEAR = 1e-3
# How to build, the matrix and outcomes to learn from, and those to judge by → the scores of the
# latter by the number of trees, up to where more of them no longer help.
Curve = Callable[
    ["Setup", np.ndarray, np.ndarray, np.ndarray, np.ndarray], dict[int, np.ndarray]
]


@dataclass(frozen=True)
class Setup:
    """What an estimator is built for.

    The method's `settings`, the size of the matrix, and the share that churned.
    """

    settings: Any
    rows: int
    columns: int
    balanced: bool
    churn_rate: float
    seed: int
    spread: float = 1.0  # columns times the variance of the matrix

    @property
    def class_weight(self) -> str | None:
        """As scikit-learn's estimators take it."""
        return "balanced" if self.balanced else None

    @property
    def strength(self) -> float:
        """How far a linear model may go: fewer rows a column leave it less freedom."""
        return float(np.clip(self.rows / (30 * max(self.columns, 1)), 0.01, 1.0))


class Nodes(NamedTuple):
    """A tree's nodes: the children below and above each split, its column, and which are leaves."""

    low: np.ndarray
    high: np.ndarray
    column: np.ndarray
    leaf: np.ndarray


def decision_score(model: Any, matrix: np.ndarray) -> np.ndarray:
    """The model's own score: log-odds, or the distance from the margin."""
    return np.asarray(model.decision_function(matrix), dtype=float)


def probability_score(model: Any, matrix: np.ndarray) -> np.ndarray:
    """The log-odds of the model's probability."""
    return logit(model.predict_proba(matrix)[:, 1], 1e-3)


@dataclass(frozen=True)
class Method:
    """One way of predicting churn, in a file of its own.

    - `build`: the unfitted estimator.
    - `settings`: what a person may set of it; the defaults are such as do well on customer tables
      of some thousand rows.
    - `ladder`: settings that a search climbs, those that learn less first; the defaults among them.
    - `probe`: the step of the ladder that tells first whether another than the usual gains.
    - `variations`: what is changed of the best of these afterwards, one at a time.
    - `curve`: one fit judged after every so many trees, where a method adds them one by one.
    - `encoding`: how the features become a matrix (`Encoder`).
    - `balanced`: its scores lose the rarer class else, so classes are weighted unless the options
      say otherwise. `weighs_rows`: it takes weights of rows, not of classes.
    - `score`: a fitted estimator and a matrix → scores, the higher the likelier to churn.
    - `contributions`: what each feature adds to a score, exactly; None: estimated by drawing.
    - `rows_explained`: for how many customers that takes some seconds.
    - `nodes`: the trees of a fitted estimator, whose numbers scikit-learn follows unchecked.
    """

    name: str
    build: Callable[[Setup], Any]
    settings: type[Options]
    ladder: tuple[Mapping[str, float], ...] = ()
    probe: int = 0
    variations: tuple[Mapping[str, float], ...] = ()
    curve: Curve | None = None
    encoding: Literal["linear", "tree", "bins"] = "linear"
    balanced: bool = False
    weighs_rows: bool = False
    score: Callable[[Any, np.ndarray], np.ndarray] = decision_score
    contributions: Contributions | None = None
    rows_explained: int = 200
    nodes: Callable[[Any], Iterator[Nodes]] | None = None


def weighted_sum(
    weights_of: Callable[[Any], tuple[np.ndarray, float]],
) -> Contributions:
    """Contributions where the score is a sum of columns by weights, plus an intercept."""

    def contributions(
        pipeline: Any,
        features: pd.DataFrame,
        background: pd.DataFrame,
        owner: np.ndarray,
    ) -> tuple[np.ndarray, float]:
        weights, intercept = weights_of(pipeline["model"])
        matrix = pipeline["encode"].transform(features)
        centre = pipeline["encode"].transform(background).mean(axis=0, dtype=float)
        return ((matrix - centre) * weights) @ owner, intercept + float(
            weights @ centre
        )

    return contributions


def linear_weights(model: Any) -> tuple[np.ndarray, float]:
    """Of a linear model of scikit-learn."""
    return np.asarray(model.coef_, dtype=float)[0], float(model.intercept_[0])


def tree_contributions(
    pipeline: Any,
    features: pd.DataFrame,
    background: pd.DataFrame,
    owner: np.ndarray,
) -> tuple[np.ndarray, float]:
    """Of trees that sum to log-odds."""
    values, base, _ = _explained(pipeline, features)
    return values @ owner, base


def forest_contributions(
    pipeline: Any,
    features: pd.DataFrame,
    background: pd.DataFrame,
    owner: np.ndarray,
) -> tuple[np.ndarray, float]:
    """Of trees whose shares are averaged: divided as shares, then brought to log-odds."""
    values, base, matrix = _explained(pipeline, features)
    points, start, _ = through_link(
        lambda part: logit(part, 1e-3),
        values @ owner,
        base,
        pipeline["model"].predict_proba(matrix)[:, 1],
    )
    return points, start


def _explained(
    pipeline: Any, features: pd.DataFrame
) -> tuple[np.ndarray, float, np.ndarray]:
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # its plots warn of what matplotlib is going to change
        from shap import TreeExplainer

    matrix = pipeline["encode"].transform(features)
    explainer = TreeExplainer(
        pipeline["model"], feature_perturbation="tree_path_dependent"
    )
    values = np.asarray(
        explainer.shap_values(matrix, check_additivity=False), dtype=float
    )
    if values.ndim == 3:  # a slice a class
        values = values[:, :, 1]
    base = np.asarray(explainer.expected_value, dtype=float).ravel()
    return values, float(base[-1]), matrix


def through_link(
    link: Callable[[np.ndarray], np.ndarray],
    shares: np.ndarray,
    base: float,
    score: np.ndarray,
) -> tuple[np.ndarray, float, np.ndarray]:
    """Contributions to a score as contributions to `link` of it, with the link of base and score.

    They are stretched by the slope of the chord from the base to each row's score.
    """
    start, end = float(link(np.array([base]))[0]), link(score)
    total = shares.sum(axis=1)
    near = (
        np.abs(total) < _NEAR
    )  # contributions that cancel out: the chord becomes the tangent
    tangent = float(np.diff(link(np.array([base - _NEAR, base + _NEAR])))[0]) / (
        2 * _NEAR
    )
    slope = np.where(near, tangent, (end - start) / np.where(near, 1.0, total))
    rest = end - start - slope * total  # what the tangent misses
    weight = np.abs(shares) + 1e-300
    points = shares * slope[:, None] + rest[:, None] * weight / weight.sum(
        axis=1, keepdims=True
    )
    return points, start, end
