"""Fitting a method to prepared features, and what was fitted: it says how likely others churn."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin

from crm_analysis.analyses.churn.data.features import Feature, prepare
from crm_analysis.analyses.churn.models.calibration import (
    Calibrator,
    expit,
    logit,
)
from crm_analysis.analyses.churn.models.encoding import Encoder
from crm_analysis.analyses.churn.models.method import Setup
from crm_analysis.analyses.churn.models.methods import METHODS
from crm_analysis.analyses.churn.options import ChurnOptions
from crm_analysis.options import Options
from crm_analysis.tables.threads import one_thread

_CHUNK_ROWS = 8192


@dataclass(frozen=True)
class Recipe:
    """What is fitted: a method with its settings.

    `by_fold`: the settings chosen without each fold, where they were searched.
    """

    name: str
    settings: Options
    class_weight: str = "auto"
    seed: int = 0
    by_fold: tuple[Options, ...] = ()

    def without(self, fold: int) -> Recipe:
        """The same as chosen by those who have not seen a fold."""
        return replace(self, settings=self.by_fold[fold]) if self.by_fold else self

    @property
    def balanced(self) -> bool:
        """Whether churners count as much as stayers, however few they are."""
        by_method = self.class_weight == "auto" and METHODS[self.name].balanced
        return self.class_weight == "balanced" or by_method


def recipe_of(name: str, options: ChurnOptions) -> Recipe:
    """A method as the options want it; a ValueError where a setting is none of its own."""
    settings = METHODS[name].settings()
    if name == options.model and options.settings:
        own = [knob.name for knob in settings.knobs()]
        for setting, _ in options.settings:
            if setting not in own:
                raise ValueError(
                    f"settings of {name} name {setting!r}; it must be one of {own}"
                )
        settings = settings.replace(**dict(options.settings))
    return Recipe(name, settings, options.class_weight, options.seed)


def encoder_of(recipe: Recipe) -> Encoder:
    """How the recipe's method wants the features, not yet fitted."""
    wanted = {
        setting: getattr(recipe.settings, setting)
        for setting in ("rarest", "bins")
        if hasattr(recipe.settings, setting)
    }
    return Encoder(METHODS[recipe.name].encoding, **wanted)


def setup_of(recipe: Recipe, matrix: np.ndarray, churned: np.ndarray) -> Setup:
    """What the recipe's estimator is built for."""
    rows, columns = matrix.shape
    return Setup(
        recipe.settings,
        rows,
        columns,
        recipe.balanced,
        float(churned.mean()),
        recipe.seed,
        float(columns * matrix.var()) or 1.0,
    )


def fit(recipe: Recipe, features: pd.DataFrame, churned: np.ndarray) -> Any:
    """The fitted pipeline ("encode", "model") of a recipe, learnt from these rows alone."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.pipeline import Pipeline

    method = METHODS[recipe.name]
    encoder = encoder_of(recipe).fit(features)
    matrix = encoder.transform(features)
    model = method.build(setup_of(recipe, matrix, churned))
    weights = {}
    if recipe.balanced and method.weighs_rows:
        half = np.where(
            churned == 1, 0.5 / churned.mean(), 0.5 / (1 - churned.mean())
        )
        weights = {"sample_weight": half}
    with warnings.catch_warnings():
        # A network that is stopped early, a margin that is near enough.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(matrix, churned, **weights)
    return Pipeline([("encode", encoder), ("model", model)])


def log_odds(name: str, pipeline: Any, features: pd.DataFrame) -> np.ndarray:
    """A score a row, the higher the likelier to churn.

    Log-odds, or the distance from the margin for support vector machines.
    """
    if len(features) > _CHUNK_ROWS:
        # A part at a time stays in the processor's cache, and the matrix small.
        starts = range(0, len(features), _CHUNK_ROWS)
        parts = [features.iloc[start : start + _CHUNK_ROWS] for start in starts]
        return np.concatenate([log_odds(name, pipeline, part) for part in parts])
    if isinstance(pipeline, Stack):
        return pipeline.decision_function(features)
    return METHODS[name].score(
        pipeline["model"], pipeline["encode"].transform(features)
    )


class Stack(ClassifierMixin, BaseEstimator):
    """Several models' calibrated log-odds averaged.

    No weights are learnt, so none can be learnt wrongly.

    `members`: fitted pipelines; `names`: their methods; `calibrators`: the score of each as
    log-odds.
    """

    def __init__(
        self,
        names: Sequence[str],
        members: Sequence[Any],
        calibrators: Sequence[Calibrator],
    ) -> None:
        self.names = names
        self.members = members
        self.calibrators = calibrators

    def decision_function(self, features: pd.DataFrame) -> np.ndarray:
        """The mean log-odds."""
        return np.mean(
            [
                logit(calibrator(log_odds(name, member, features)))
                for name, member, calibrator in zip(
                    self.names, self.members, self.calibrators, strict=True
                )
            ],
            axis=0,
        )

    def predict_proba(self, features: pd.DataFrame) -> np.ndarray:
        """Both probabilities."""
        risk = expit(self.decision_function(features))
        return np.column_stack([1 - risk, risk])


@dataclass(frozen=True, eq=False)
class RiskModel:
    """Reads a table of customers into features (`prepare`), and these into risks (`predict`).

    - `name`: the method.
    - `features`: in the order the model wants them.
    - `pipeline`: a scikit-learn pipeline of "encode" (whose `columns_` are (feature, level)) and
      "model", or a `Stack` of such.
    - `calibrator`: scores → risk.
    """

    name: str
    features: tuple[Feature, ...]
    pipeline: Any
    calibrator: Calibrator

    @property
    def columns(self) -> list[str]:
        """The names of the features."""
        return [feature.name for feature in self.features]

    def prepare(self, table: pd.DataFrame) -> pd.DataFrame:
        """The features of new customers as the model reads them.

        AnalysisError `churn.missing_columns` where the table lacks some.
        """
        return prepare(table, self.features)

    def scores(self, features: pd.DataFrame) -> np.ndarray:
        """Uncalibrated: log-odds, or the distance from the margin of a support vector machine."""
        if not len(features):
            return np.empty(0)
        with one_thread():
            return log_odds(self.name, self.pipeline, features[self.columns])

    def predict(self, features: pd.DataFrame) -> np.ndarray:
        """The calibrated risk (0 to 1) of prepared features."""
        return (
            self.calibrator(self.scores(features)) if len(features) else np.empty(0)
        )

    def apply(self, new: pd.DataFrame) -> pd.DataFrame:
        """`new` with a column `risk` (0 to 1) after customer; a level never seen counts as rare.

        AnalysisError `churn.missing_columns`.
        """
        risk = self.predict(self.prepare(new))
        scored = new.drop(columns="risk", errors="ignore").copy(deep=False)
        after = (
            scored.columns.get_loc("customer") + 1
            if "customer" in scored.columns
            else 0
        )
        scored.insert(after, "risk", risk)
        return scored
