"""Any model of the registry fitted to a history: its answer, or None where it has none.

Of models that cannot take covariates, the effects of these are taken off before the fit and put
back on afterwards.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from types import TracebackType

import numpy as np

from crm_analysis.analyses.forecast.models.registry import REGISTRY
from crm_analysis.analyses.forecast.models.regression import calendar
from crm_analysis.analyses.forecast.models.task import ModelFit, Task

_PACKAGE = "crm_analysis.analyses.forecast.models"
_RUNAWAY_LOG = 4.0  # a forecast of more than fifty times the highest figure ever, on logarithms …
_RUNAWAY = 60.0  # … and on levels: the model has run away
_TINY = 1e-300


def can_fit(name: str, points: int) -> bool:
    """Whether a history of that many points is enough for a model."""
    return points >= REGISTRY[name].minimum


def fit(name: str, task: Task, *, log: bool = False) -> ModelFit | None:
    """The model's answer on the scale of the history.

    With `log` it is fitted to logarithms, and `spread` is that of relative errors. None where the
    model cannot be fitted to this history (its own numerical trouble, or figures that are not
    finite).
    """
    if not can_fit(name, len(task.y)):
        return None
    recent = task.latest(REGISTRY[name].longest)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            answer = _answer(
                name, replace(recent, y=np.log(recent.y)) if log else recent
            )
        except (
            ValueError,
            ArithmeticError,
            IndexError,
            np.linalg.LinAlgError,
            RuntimeError,
        ):
            return None
    if not (np.isfinite(answer.mean).all() and len(answer.mean) == task.horizon):
        return None
    if log:
        highest = np.log(recent.y.max()) + _RUNAWAY_LOG
        if answer.mean.max() > highest:
            return None
        answer = replace(
            answer,
            mean=np.exp(answer.mean),
            fitted=np.exp(np.minimum(answer.fitted, highest)),
            label=f"{answer.label}, log",
        )
    elif np.abs(answer.mean).max() > _RUNAWAY * np.abs(recent.y).max() + 1e-9:
        return None
    before = np.full(len(task.y) - len(answer.fitted), np.nan)
    spread = answer.spread
    sensible = np.isfinite(spread) & (spread >= 0)
    return replace(
        answer,
        # The largest where a step has none that makes sense.
        spread=np.where(sensible, spread, spread[sensible].max(initial=0.0)),
        fitted=np.concatenate([before, answer.fitted]),
    )


def _answer(name: str, task: Task) -> ModelFit:
    entry = REGISTRY[name]
    model: Callable[[Task], ModelFit] = getattr(
        import_module(entry.module, _PACKAGE), name
    )
    with _BareExceptions():
        if entry.covariates == "added":
            return fit_with_effects(task, model)
        return model(task)


class _BareExceptions:
    """Plain Exceptions, which statsforecast raises for what it cannot fit, become ValueErrors.

    Nothing that derives from Exception does.
    """

    def __enter__(self) -> None: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is Exception:
            raise ValueError(str(problem)) from problem


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
        np.flatnonzero(~task.missing)
        if not task.missing.all()
        else np.arange(count)
    )
    first = np.linalg.lstsq(design[observed], task.y[observed], rcond=None)[0]
    residuals = task.y - design @ first
    before, after = residuals[:-1], residuals[1:]
    share = float(np.clip(after @ before / max(before @ before, _TINY), 0.0, 0.95))

    design = design[1:] - share * design[:-1]
    y = task.y[1:] - share * task.y[:-1]
    weights = np.linalg.lstsq(design, y, rcond=None)[0]
    error = y - design @ weights
    variance = (
        np.diag(np.linalg.pinv(design.T @ design))
        * float(error @ error)
        / max(1, len(y) - int(np.linalg.matrix_rank(design)))
    )
    effect, noise = weights[-len(varying) :], variance[-len(varying) :]
    effects[varying] = effect * np.clip(
        1 - noise / np.maximum(effect**2, _TINY), 0.0, 1.0
    )
    return effects


def _calendar_alone(task: Task) -> np.ndarray:
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
