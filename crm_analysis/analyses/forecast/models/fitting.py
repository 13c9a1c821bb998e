"""Any model of the registry fitted to a history: its answer, or None where it has none."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from types import TracebackType

import numpy as np

from crm_analysis.analyses.forecast.models.effects import fit_with_effects
from crm_analysis.analyses.forecast.models.registry import REGISTRY
from crm_analysis.analyses.forecast.models.task import ModelFit, Task

_PACKAGE = "crm_analysis.analyses.forecast.models"
_RUNAWAY_LOG = (
    4.0  # a forecast of more than fifty times the highest figure ever, on logarithms …
)
_RUNAWAY = 60.0  # … and on levels: the model has run away


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
    return replace(
        answer,
        spread=_finite_spread(answer.spread),
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


def _finite_spread(spread: np.ndarray) -> np.ndarray:
    """The spread, its largest where a step has none that makes sense."""
    sensible = np.isfinite(spread) & (spread >= 0)
    return np.where(sensible, spread, spread[sensible].max(initial=0.0))


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
