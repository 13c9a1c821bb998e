"""What covariates add, for models that cannot take them.

Their effects are taken off before the fit and put back on afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from crm_analysis.analyses.forecast.models.regression import calendar
from crm_analysis.analyses.forecast.models.task import ModelFit, Task

_TINY = 1e-300


def fit_with_effects(task: Task, model: Callable[[Task], ModelFit]) -> ModelFit:
    """`model` on the history without the covariates' effects, which are then added again."""
    effects = covariate_effects(task)
    if not effects.any():
        return model(task)
    past, ahead = task.covariates @ effects, task.covariates_ahead @ effects
    fit = model(replace(task, y=task.y - past))
    return replace(fit, mean=fit.mean + ahead, fitted=fit.fitted + past)


def covariate_effects(task: Task) -> np.ndarray:
    """What one unit of each covariate adds, 0 where it cannot be told from chance.

    Least squares beside trend and season, after what one period leaves to the next is taken out
    (Cochrane & Orcutt, JASA 44, 1949); each effect is then shrunk by its own uncertainty: times
    1 − 1/t², none where |t| is below 1.
    """
    count = len(task.y)
    varying = task.varying()
    effects = np.zeros(len(task.covariate_names))
    if not len(varying):
        return effects
    time = np.linspace(-1, 1, count)
    design = np.column_stack(
        [
            np.ones(count),
            time,
            time**2,
            _calendar_alone(task),
            task.covariates[:, varying],
        ]
    )
    if design.shape[1] + 4 > count:
        return effects

    observed = (
        np.flatnonzero(~task.missing) if not task.missing.all() else np.arange(count)
    )
    first = np.linalg.lstsq(design[observed], task.y[observed], rcond=None)[0]
    residuals = task.y - design @ first
    before, after = residuals[:-1], residuals[1:]
    share = float(np.clip(after @ before / max(before @ before, _TINY), 0.0, 0.95))

    design = design[1:] - share * design[:-1]
    y = task.y[1:] - share * task.y[:-1]
    weights = np.linalg.lstsq(design, y, rcond=None)[0]
    error = y - design @ weights
    degrees = max(1, len(y) - int(np.linalg.matrix_rank(design)))
    variance = (
        np.diag(np.linalg.pinv(design.T @ design)) * float(error @ error) / degrees
    )
    effect, noise = weights[-len(varying) :], variance[-len(varying) :]
    effects[varying] = effect * np.clip(
        1 - noise / np.maximum(effect**2, _TINY), 0.0, 1.0
    )
    return effects


def _calendar_alone(task: Task) -> np.ndarray:
    """The calendar of the history without the covariates."""
    return calendar(
        replace(
            task,
            horizon=0,
            dates_ahead=task.dates_ahead[:0],
            covariates=task.covariates[:, :0],
            covariates_ahead=task.covariates_ahead[:0, :0],
            covariate_names=(),
        )
    )
