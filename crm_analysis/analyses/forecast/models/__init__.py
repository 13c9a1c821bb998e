"""Every model a person can choose, behind one door: a history without holes goes in; mean, spread and fitted values come out."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from importlib import import_module
from types import TracebackType

import numpy as np

from crm_analysis.analyses.forecast.models.effects import beside_known
from crm_analysis.analyses.forecast.models.task import Fit, Task

__all__ = ["Fit", "Task", "can_fit", "fit"]

# Where each model lives and the fewest points it takes; modules are loaded when a model of theirs is first asked for.
_HOMES = {
    "simple": {"mean": 1, "naive": 1, "seasonal_naive": 1, "drift": 2},
    "smoothing": {
        "theta": 6,
        "ces": 7,
        "ets": 6,
        "holt_winters": 6,
        "damped": 6,
        "auto_arima": 8,
        "mstl": 6,
    },
    "arima": {"arima": 8},
    "prophet": {"prophet": 6},
    "regression": {
        "linear": 4,
        "polynomial": 6,
        "svr": 8,
        "random_forest": 10,
        "gradient_boosting": 10,
    },
    "intermittent": {"croston": 3, "sba": 3, "tsb": 3, "adida": 3, "imapa": 3},
}
# Of a long history of days, the latest part says what these models ask for, and their time goes with its length.
_LATEST = {
    "theta": 1500,
    "ces": 1500,
    "ets": 1500,
    "holt_winters": 1500,
    "damped": 1500,
    "auto_arima": 1000,
    "arima": 3000,
    "mstl": 2200,
    "svr": 3000,
}
_BESIDE_KNOWN = {
    "theta",
    "ces",
    "ets",
    "holt_winters",
    "damped",
    "mstl",
}  # others take what is known themselves, or are no more than yardsticks
_HOME = {name: (home, fewest) for home, names in _HOMES.items() for name, fewest in names.items()}


def can_fit(name: str, points: int) -> bool:
    """Whether a history of that many points is enough for a model."""
    return points >= _HOME[name][1]


def fit(name: str, task: Task, *, log: bool = False) -> Fit | None:
    """The model's answer on the scale of the history; `log`: fitted to logarithms, with `spread` that of relative errors.

    None where the model cannot be fitted to this history (its own numerical trouble, or figures that are not finite).
    """
    model: Callable[[Task], Fit] = getattr(
        import_module(f"crm_analysis.analyses.forecast.models.{_HOME[name][0]}"), name
    )
    if not can_fit(name, len(task.y)):
        return None
    whole = len(task.y)
    task = task.latest(_LATEST.get(name, whole))
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            given = task.on(np.log(task.y)) if log else task
            with _BareExceptions():
                got = (
                    beside_known(given, model)
                    if name in _BESIDE_KNOWN and task.known.shape[1]
                    else model(given)
                )
        except (ValueError, ArithmeticError, IndexError, np.linalg.LinAlgError, RuntimeError):
            return None
    if not (np.isfinite(got.mean).all() and len(got.mean) == task.horizon):
        return None
    if log:
        high = np.log(task.y.max()) + 4.0  # fifty times the highest ever: the model has run away
        if got.mean.max() > high:
            return None
        got = Fit(
            np.exp(got.mean),
            got.spread,
            np.exp(np.minimum(got.fitted, high)),
            f"{got.label}, log",
            got.found,
        )
    elif np.abs(got.mean).max() > 60 * np.abs(task.y).max() + 1e-9:
        return None
    spread = np.where(np.isfinite(got.spread) & (got.spread >= 0), got.spread, np.nan)
    if np.isnan(spread).any():
        there = spread[np.isfinite(spread)]
        spread = np.where(np.isnan(spread), there.max() if len(there) else 0.0, spread)
    fitted = np.concatenate([np.full(whole - len(got.fitted), np.nan), got.fitted])
    return Fit(got.mean, spread, fitted, got.label, got.found)


class _BareExceptions:
    """statsforecast raises plain Exceptions for what it cannot fit: those, and nothing derived from them, become ValueErrors."""

    def __enter__(self) -> None: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is Exception:
            raise ValueError(str(problem)) from problem
