"""The chosen method: its honest out-of-fold risks, its model of everybody, the check in time."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.churn.models.calibration import (
    Calibrator,
    calibrate,
    logit,
)
from crm_analysis.analyses.churn.models.comparison import Comparison
from crm_analysis.analyses.churn.models.evaluation import (
    CrossFit,
    ShareDone,
    Task,
    cross_calibrated,
    cross_fit,
    nested_risk,
    pair_scores,
    stacked,
)
from crm_analysis.analyses.churn.models.fitting import RiskModel, Stack, fit
from crm_analysis.analyses.churn.models.measures import intervals, measures

# Beyond so many rows two numbers from the other folds' labels cannot be told from nested ones.
_NESTED_ROWS = 20_000
_COLUMNS = (
    "model",
    "cutoff",
    "trained_on",
    "customers",
    "churners",
    "auc",
    "auc_lo",
    "auc_hi",
    "log_loss",
    "brier",
    "lift_10",
    "base_rate",
    "trained_rate",
)
_MINIMUM_OF_EACH = 10  # churners and stayers on either side


@dataclass(frozen=True, eq=False)
class FinalFit:
    """The model of everybody, the models without each fold, and every row's risk out of fold."""

    model: RiskModel
    fold_models: tuple[RiskModel, ...]
    risk: np.ndarray
    fold: np.ndarray
    seconds: float


@dataclass(frozen=True, eq=False)
class _Fits:
    """By method: its cross-fit, scores by pairs of folds (none where not nested), and pipeline."""

    task: Task
    fold: np.ndarray
    cross: dict[str, CrossFit] = field(default_factory=dict)
    pairs: dict[str, np.ndarray] = field(default_factory=dict)
    pipelines: dict[str, Any] = field(default_factory=dict)

    def calibrate(self, scores: np.ndarray, churned: np.ndarray) -> Calibrator:
        return calibrate(
            scores,
            churned,
            self.task.options.calibration,
            self.task.options.seed,
        )


def fit_final(
    task: Task,
    name: str,
    comparison: Comparison,
    progress: ShareDone,
    *,
    nested: bool = True,
) -> FinalFit:
    """Out-of-fold risks, then the fit of all rows, calibrated by the held-out scores.

    Calibration is nested in each fold, on larger tables taken from the other folds. The
    `comparison` says with which settings; its cross-fits of the same rows are not made again.
    """
    began = time.perf_counter()
    data, options = task.data, task.options
    singles = comparison.singles(name)
    usable = {
        single: comparison.fits[single]
        for single in singles
        if single in comparison.fits
        and len(comparison.fits[single].fold) == len(data)
    }
    fold = next(
        (fit.fold for fit in usable.values()),
        data.folds(task.folds, options.seed),
    )
    fits = _Fits(task, fold)
    small = len(data) <= _NESTED_ROWS
    nested = nested and small and options.calibration != "none" and task.folds > 2
    steps = 3 * len(singles)
    for position, single in enumerate(singles):
        first, second = (
            _part(progress, (3 * position + part) / steps, 1 / steps)
            for part in (0, 1)
        )
        recipe = comparison.recipes[single]
        if not usable:
            recipe = replace(recipe, by_fold=())  # which were of other folds
        cross = usable.get(single)
        if cross is None or not cross.models:
            cross = cross_fit(recipe, data, fold, keep_models=True, progress=first)
        fits.cross[single] = cross
        if nested:
            fits.pairs[single] = pair_scores(recipe, data, fold, progress=second)
        progress((3 * position + 2) / steps)
        fits.pipelines[single] = fit(recipe, data.features, data.churned)
    finish = _stack if name == "stack" else _single
    model, fold_models, risk = finish(name, fits)
    return FinalFit(model, fold_models, risk, fold, time.perf_counter() - began)


def _part(progress: ShareDone, start: float, width: float) -> ShareDone:
    return lambda share: progress(start + width * share)


def _single(
    name: str, fits: _Fits
) -> tuple[RiskModel, tuple[RiskModel, ...], np.ndarray]:
    own, churned, features = (
        fits.cross[name],
        fits.task.data.churned,
        fits.task.features,
    )
    method, seed = fits.task.options.calibration, fits.task.options.seed
    if fits.pairs:
        risk, calibrators = nested_risk(
            own.scores, fits.pairs[name], fits.fold, churned, method, seed
        )
    else:
        risk = cross_calibrated(own.scores, own.fold, churned, method, seed)
        calibrators = [
            fits.calibrate(own.scores[rows], churned[rows])
            for rows in [fits.fold != k for k in range(fits.task.folds)]
        ]
    fold_models = tuple(
        RiskModel(name, features, pipeline, calibrator)
        for pipeline, calibrator in zip(own.models, calibrators, strict=True)
    )
    calibrator = fits.calibrate(own.scores, churned)
    return (
        RiskModel(name, features, fits.pipelines[name], calibrator),
        fold_models,
        risk,
    )


def _stack(
    name: str, fits: _Fits
) -> tuple[RiskModel, tuple[RiskModel, ...], np.ndarray]:
    churned, features = fits.task.data.churned, fits.task.features
    scores = {member: cross.scores for member, cross in fits.cross.items()}
    members = list(scores)
    risk = np.empty(len(churned))
    fold_models = []
    for k in range(fits.task.folds):
        inside, others = fits.fold == k, fits.fold != k
        inner = {member: scores[member][others] for member in members}
        if fits.pairs:
            inner = {member: fits.pairs[member][others, k] for member in members}
        platts = {
            member: calibrate(inner[member], churned[others], "platt")
            for member in members
        }
        if fits.task.folds > 2:
            blend = stacked(inner, fits.fold[others], churned[others])
        else:
            blend = _mean_log_odds(inner, platts)
        calibrator = fits.calibrate(blend, churned[others])
        held_out = {member: scores[member][inside] for member in members}
        risk[inside] = calibrator(_mean_log_odds(held_out, platts))
        pipelines = [fits.cross[member].models[k] for member in members]
        stack = Stack(members, pipelines, list(platts.values()))
        fold_models.append(RiskModel(name, features, stack, calibrator))
    calibrator = fits.calibrate(stacked(scores, fits.fold, churned), churned)
    platts = {
        member: calibrate(scores[member], churned, "platt") for member in members
    }
    stack = Stack(members, list(fits.pipelines.values()), list(platts.values()))
    return (
        RiskModel(name, features, stack, calibrator),
        tuple(fold_models),
        risk,
    )


def _mean_log_odds(
    scores: dict[str, np.ndarray], platts: dict[str, Calibrator]
) -> np.ndarray:
    return np.mean(
        [logit(platts[member](own)) for member, own in scores.items()], axis=0
    )


def check_in_time(
    table: pd.DataFrame, task: Task, name: str, comparison: Comparison
) -> pd.DataFrame:
    """The chosen method learnt from earlier cut-offs and measured on the last, one row.

    Only cut-offs whose windows had ended by the last one are learnt from. Empty where there are no
    such cut-offs, where too few churned or stayed on either side, or where `table` (the examples,
    a row each of the task's data) does not say when each window ended (`window_end`).
    """
    empty = pd.DataFrame(columns=list(_COLUMNS))
    if not {"cutoff", "window_end"} <= set(table.columns):
        return empty
    last = table["cutoff"].max()
    early = task.data.take(np.flatnonzero((table["window_end"] <= last).to_numpy()))
    late = task.data.take(np.flatnonzero((table["cutoff"] == last).to_numpy()))
    for data in (early, late):
        churners = data.churned.sum()
        if min(churners, len(data) - churners) < _MINIMUM_OF_EACH:
            return empty
    options = task.options
    earlier = replace(task, data=early, folds=min(3, options.folds))
    then = comparison.retuned(name, early, earlier.folds, options.seed)
    risk = fit_final(
        earlier, name, then, lambda share: None, nested=False
    ).model.predict(late.features)
    measured = measures(late.churned, risk)
    rows = np.arange(len(late))
    bounds = intervals(
        late.churned, risk, rows, options.draws, options.coverage, options.seed
    )
    row = {
        "model": name,
        "cutoff": pd.Timestamp(last),
        "trained_on": len(early),
        "customers": len(late),
        "churners": int(late.churned.sum()),
        "auc_lo": bounds["auc"][0],
        "auc_hi": bounds["auc"][1],
        "base_rate": float(late.churned.mean()),
        "trained_rate": float(early.churned.mean()),
        **{key: measured[key] for key in ("auc", "log_loss", "brier", "lift_10")},
    }
    return pd.DataFrame([row], columns=list(_COLUMNS))
