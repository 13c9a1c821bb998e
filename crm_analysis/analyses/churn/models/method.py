"""What a method of predicting churn is, and how its models are fitted and scored."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from crm_analysis.analyses.churn.models.calibration import logit

# pipeline, features, background, which feature each column of the matrix belongs to (columns ×
# features) → what each feature adds to each score, and the score without any of them.
Contributions = Callable[
    [Any, pd.DataFrame, pd.DataFrame, np.ndarray], tuple[np.ndarray, float]
]


@dataclass(frozen=True)
class Setup:
    """What an estimator is built for: the size of the matrix, and the share that churned."""

    rows: int
    columns: int
    balanced: bool
    churn_rate: float
    seed: int

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

    - `build`: the unfitted estimator. Settings are such as do well on customer tables of some
      thousand rows; none is tuned to a file.
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
    encoding: Literal["linear", "tree", "bins"] = "linear"
    balanced: bool = False
    weighs_rows: bool = False
    score: Callable[[Any, np.ndarray], np.ndarray] = decision_score
    contributions: Contributions | None = None
    rows_explained: int = 200
    nodes: Callable[[Any], Iterator[Nodes]] | None = None
