"""How much a method should learn: its settings, by successive halving over what it can.

Each setting is judged on folds that it has not learnt from: all on one, the better of them on
three, the best two on all (Jamieson & Talwalkar, AISTATS 2016, with folds as what is spent, for
with fewer rows the simplest would always lead). Before any of it one step of the ladder is judged,
a fold after another: where it does not gain beyond chance, nothing else is tried.
"""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.churn.data.features import TrainingData
from crm_analysis.analyses.churn.models.calibration import calibrate
from crm_analysis.analyses.churn.models.evaluation import ShareDone
from crm_analysis.analyses.churn.models.fitting import (
    Recipe,
    encoder_of,
    fit,
    log_odds,
    setup_of,
)
from crm_analysis.analyses.churn.models.measures import losses
from crm_analysis.analyses.churn.models.methods import METHODS

_THIRD = 3
# Standard errors by which one step of the ladder must be ahead after one fold and after two.
_GAINS = (0.0, 0.5)
_FINALISTS = 2
_SOME = 3  # folds that say which of settings nearly alike are better
_BEHIND = 1.0  # standard errors on one fold at which settings are not nearly alike
_CLEARLY = (
    2.0  # standard errors behind the best at which more capacity is not tried
)


@dataclass(frozen=True, eq=False)
class Trial:
    """Settings tried: by fold, the loss of each of its rows after so many trees.

    A method whose trees are not added one by one has one entry a fold, 0.
    """

    recipe: Recipe
    step: int
    losses: dict[int, dict[int, np.ndarray]]
    seconds: float

    @property
    def trees(self) -> int:
        """After how many trees the mean loss is lowest."""
        return min(
            self._stages, key=lambda trees: float(np.mean(self._means(trees)))
        )

    @property
    def settings(self) -> Any:
        """The settings with as many trees as are best."""
        settings = self.recipe.settings
        return settings.replace(trees=self.trees) if self.trees else settings

    @property
    def _stages(self) -> list[int]:
        return sorted({trees for curve in self.losses.values() for trees in curve})

    def rows(self, fold: int) -> np.ndarray:
        """The losses of a fold's rows with as many trees as are best."""
        return self._after(fold, self.trees)

    def _after(self, fold: int, trees: int) -> np.ndarray:
        curve = self.losses[fold]
        return curve[min(trees, max(curve))]  # more had not helped there

    def _means(self, trees: int) -> list[float]:
        return [float(self._after(fold, trees).mean()) for fold in self.losses]

    def by_fold(self) -> dict[int, float]:
        """The mean loss of each fold."""
        return dict(zip(self.losses, self._means(self.trees), strict=True))

    @property
    def loss(self) -> float:
        """The mean over the folds judged."""
        return float(np.mean(self._means(self.trees)))


def refined_losses(
    scores: np.ndarray, churned: np.ndarray, fold: np.ndarray
) -> dict[int, np.ndarray]:
    """By fold, the loss of each row with the curve that suits the fold's scores best.

    What can be known from the ranking and distances alone; two numbers a fold, alike for all.
    """
    return {
        k: _refined(scores[fold == k], churned[fold == k]) for k in np.unique(fold)
    }


def _refined(scores: np.ndarray, churned: np.ndarray) -> np.ndarray:
    return losses(churned, calibrate(scores, churned, "platt")(scores))


class Search:
    """Trials of one method on the folds of some rows, each fold fitted once a setting.

    `known`: the scores by its own settings, which need not be fitted again.
    """

    def __init__(
        self,
        recipe: Recipe,
        data: TrainingData,
        fold: np.ndarray,
        known: np.ndarray | None = None,
    ) -> None:
        self.recipe = recipe
        self.known = known
        self.data = data
        self.fold = fold
        self.folds = [int(k) for k in np.unique(fold)]
        self.trials: list[Trial] = []

    @property
    def best(self) -> Trial:
        """The trial with the lowest mean loss on the first fold so far."""
        return min(self.trials, key=self.first_loss)

    @property
    def leader(self) -> Trial:
        """The best of the trials that were judged on the largest number of folds."""
        return min(self.trials, key=lambda trial: (-len(trial.losses), trial.loss))

    def first_loss(self, trial: Trial) -> float:
        """The mean loss of a trial on the first fold, on which all have been judged."""
        return float(trial.rows(self.folds[0]).mean())

    def gains(self, reference: dict[int, np.ndarray]) -> bool:
        """Whether a step of the ladder gains on a model's losses by more than chance.

        On as many of the first folds as it takes to tell.
        """
        method = METHODS[self.recipe.name]
        probe = self._trial(method.ladder[method.probe], method.probe)
        self.trials.append(probe)
        for k, enough in zip(self.folds[1:], _GAINS, strict=False):
            if gain_over(probe, reference) <= enough:
                return False
            probe.losses[k] = self._judged(probe.recipe, k)
        return gain_over(probe, reference) > 1

    def reaches(self, reference: dict[int, np.ndarray]) -> bool:
        """Whether the best so far is not behind a model's losses by more than chance."""
        return gain_over(self.best, reference) > -_BEHIND

    def climb(self, progress: ShareDone) -> None:
        """Try the ladder on the first fold, up to where more capacity is clearly worse.

        What learns less than the best so far may be as much worse as it will: above it is more.
        """
        ladder = METHODS[self.recipe.name].ladder
        tried = {trial.step for trial in self.trials}
        for position, values in enumerate(ladder):
            progress(position / len(ladder))
            if position in tried:
                continue
            trial = self._trial(values, position)
            self.trials.append(trial)
            above = trial.step > self.best.step
            if above and behind(trial, self.best, self.folds[:1]) > _CLEARLY:
                break
        self.trials.sort(key=lambda trial: trial.step)

    def vary(self, progress: ShareDone) -> None:
        """Try variations of the best, each from the better of those before.

        They differ by less than the luck of one fold: what is not behind on it is judged on three.
        """
        variations = METHODS[self.recipe.name].variations
        for trial in sorted(self.trials, key=self.first_loss)[:_FINALISTS]:
            self._judge_nearly_alike(trial, self.best)
        for position, values in enumerate(variations):
            progress(position / len(variations))
            best = self.leader
            settings = best.recipe.settings
            if settings.replace(**values) != settings:
                trial = self._trial(values, best.step, best.recipe)
                self.trials.append(trial)
                self._judge_nearly_alike(trial, best)

    def _judge_nearly_alike(self, trial: Trial, best: Trial) -> None:
        """Judge a trial on three folds where one does not tell that it is behind the best."""
        if behind(trial, best, self.folds[:1]) <= _BEHIND:
            self._judge(trial, self.folds[1:_SOME])

    def halve(self, progress: ShareDone) -> Trial:
        """Judge the better third on three folds and the best two on all; the best of these."""
        running = sorted(self.trials, key=self.first_loss)
        running = running[: max(_FINALISTS, len(running) // _THIRD)]
        judged = [trial for trial in self.trials if len(trial.losses) > 1]
        running = judged if len(judged) >= _FINALISTS else running
        for stage, folds in enumerate((self.folds[1:_SOME], self.folds[_SOME:])):
            for position, trial in enumerate(running):
                progress((stage + position / len(running)) / 2)
                self._judge(trial, folds)
            running = sorted(running, key=lambda trial: trial.loss)[:_FINALISTS]
        return running[0]

    def _judge(self, trial: Trial, folds: list[int]) -> None:
        """Judge a trial on folds, but for those on which it has been."""
        for k in folds:
            if k not in trial.losses:
                trial.losses[k] = self._judged(trial.recipe, k)

    def _trial(self, values: Any, step: int, base: Recipe | None = None) -> Trial:
        began = time.perf_counter()
        base = base or self.recipe
        recipe = replace(base, settings=base.settings.replace(**values))
        judged = {self.folds[0]: self._judged(recipe, self.folds[0])}
        return Trial(recipe, step, judged, time.perf_counter() - began)

    def _judged(self, recipe: Recipe, k: int) -> dict[int, np.ndarray]:
        from sklearn.exceptions import ConvergenceWarning

        inside, outside = (
            np.flatnonzero(self.fold == k),
            np.flatnonzero(self.fold != k),
        )
        others = self.data.take(outside)
        features, outcomes = (
            self.data.features.iloc[inside],
            self.data.churned[inside],
        )
        curve = METHODS[recipe.name].curve
        usual = recipe.settings == self.recipe.settings
        if curve is None and usual and self.known is not None:
            return {0: _refined(self.known[inside], outcomes)}
        if curve is None:
            pipeline = fit(recipe, others.features, others.churned)
            return {
                0: _refined(log_odds(recipe.name, pipeline, features), outcomes)
            }
        encoder = encoder_of(recipe).fit(others.features)
        matrix = encoder.transform(others.features)
        setup = setup_of(recipe, matrix, others.churned)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            scores = curve(
                setup, matrix, others.churned, encoder.transform(features), outcomes
            )
        return {trees: _refined(score, outcomes) for trees, score in scores.items()}


def behind(trial: Trial, best: Trial, folds: list[int]) -> float:
    """How far a trial is behind another, in standard errors of the rows both were judged on."""
    return _in_errors(_gap(trial, best, folds))


def gain_over(trial: Trial, reference: dict[int, np.ndarray]) -> float:
    """How far a trial is ahead of a model's losses by fold, in standard errors of the rows."""
    gap = np.concatenate([reference[k] - trial.rows(k) for k in trial.losses])
    return _in_errors(gap)


def _gap(trial: Trial, best: Trial, folds: list[int]) -> np.ndarray:
    return np.concatenate([trial.rows(k) - best.rows(k) for k in folds])


def _error(gap: np.ndarray) -> float:
    return float(gap.std()) / float(np.sqrt(len(gap)))


def _in_errors(gap: np.ndarray) -> float:
    error = _error(gap)
    return float(gap.mean()) / error if error > 0 else 0.0


def tuned(recipe: Recipe, data: TrainingData, fold: np.ndarray) -> Any:
    """The settings with which a method does best on the folds of these rows."""
    search = Search(recipe, data, fold)
    search.climb(lambda share: None)
    search.vary(lambda share: None)
    return search.halve(lambda share: None).settings


def trials_table(searches: list[Search]) -> pd.DataFrame:
    """A row a setting tried: see `Churn.search`."""
    rows = []
    for search in searches:
        best = search.leader
        for trial in search.trials:
            both = [k for k in trial.losses if k in best.losses]
            gap = _gap(trial, best, both)
            rows.append(
                {
                    "model": search.recipe.name,
                    "capacity": trial.step,
                    "settings": trial.settings.to_dict(),
                    "log_loss": best.loss + float(gap.mean()),
                    "log_loss_se": _error(gap),
                    "folds": len(trial.losses),
                    "seconds": trial.seconds,
                }
            )
    columns = ("model", "capacity", "settings", "log_loss", "log_loss_se", "folds")
    return pd.DataFrame(rows, columns=[*columns, "seconds"])
