"""Regression on trend, season, calendar and what else is known beforehand; what is left over carries on and fades (AR(1) errors)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.forecast.models.task import Fit, Task

__all__ = ["calendar", "gradient_boosting", "linear", "polynomial", "random_forest", "svr"]

_RECENT = 3000  # periods that trees and support vectors learn from
_FOLDS = 3


def linear(task: Task) -> Fit:
    """Least squares (a trace of ridge) on a straight trend and the calendar."""
    return _linear(task, 1, "Linear regression")


def polynomial(task: Task) -> Fit:
    """As `linear`, with a trend of the degree set in the options."""
    return _linear(
        task, task.options.degree, f"Polynomial regression, degree {task.options.degree}"
    )


def svr(task: Task) -> Fit:
    """Support vector regression with radial kernel on the calendar, around a straight trend."""
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVR

    return _around_trend(
        task,
        lambda: TransformedTargetRegressor(
            make_pipeline(StandardScaler(), SVR(C=3.0, epsilon=0.05, gamma="scale")),
            transformer=StandardScaler(),
        ),
        "SVR",
    )


def random_forest(task: Task) -> Fit:
    """Random forest on the calendar, around a straight trend: trees know no values beyond those they saw."""
    from sklearn.ensemble import RandomForestRegressor

    return _around_trend(
        task,
        lambda: RandomForestRegressor(
            60, min_samples_leaf=2, max_features=0.6, random_state=task.options.seed, n_jobs=1
        ),
        "Random forest",
    )


def gradient_boosting(task: Task) -> Fit:
    """Gradient boosted trees on the calendar, around a straight trend."""
    from sklearn.ensemble import GradientBoostingRegressor

    return _around_trend(
        task,
        lambda: GradientBoostingRegressor(
            n_estimators=120,
            learning_rate=0.06,
            max_depth=3,
            subsample=0.8,
            random_state=task.options.seed,
        ),
        "Gradient boosting",
    )


def calendar(task: Task) -> np.ndarray:
    """The columns known for every period, past and ahead: phase of the season (each of up to 24, else Fourier sums), the year for
    days, the length of the month, and what is known beforehand.
    """
    count, total = len(task.y), len(task.y) + task.horizon
    dates = pd.DatetimeIndex(np.concatenate([task.dates, task.ahead]))
    columns: list[np.ndarray] = []
    place = np.arange(total)
    if task.seasonal:
        if task.season <= 24:
            columns += [
                (place % task.season == phase).astype(float) for phase in range(1, task.season)
            ]
        else:
            columns += _fourier(place / task.season, 6)
    day_like = task.year > 200
    if day_like and count >= 2 * task.year:
        columns += _fourier(dates.dayofyear.to_numpy() / 365.25, 4)
    if task.year == 12 and task.season in (1, 12):
        columns.append(dates.days_in_month.to_numpy(dtype=float))
    known = np.vstack([task.known, task.known_ahead])
    columns += [known[:, one] for one in range(known.shape[1])]
    return np.column_stack(columns) if columns else np.zeros((total, 0))


def _fourier(share: np.ndarray, order: int) -> list[np.ndarray]:
    angle = 2 * np.pi * share
    return [wave(number * angle) for number in range(1, order + 1) for wave in (np.sin, np.cos)]


def _linear(task: Task, degree: int, label: str) -> Fit:
    count = len(task.y)
    time = (np.arange(count + task.horizon) - count / 2) / max(1.0, count / 2)
    degree = min(degree, max(1, count // 4))
    trend = np.column_stack([time**power for power in range(1, degree + 1)])
    columns = calendar(task)
    if columns.shape[1] + degree + 2 > count:
        columns = columns[:, :0]
    table = np.column_stack([np.ones(len(time)), trend, columns])
    scale = np.maximum(table[:count].std(axis=0), 1e-9)
    scale[0] = 1.0
    table = table / scale
    rows = _rows(task)
    inner = table[:count][rows]
    ridge = 1e-6 * count * np.eye(table.shape[1])
    ridge[0, 0] = 0.0
    weights = np.linalg.solve(inner.T @ inner + ridge, inner.T @ task.y[rows])
    told = table @ weights
    return _carry_on(task, told[:count], told, table.shape[1], label)


def _around_trend(task: Task, make: Callable[[], Any], label: str) -> Fit:
    from sklearn.model_selection import KFold, cross_val_predict

    count = len(task.y)
    time = np.arange(count + task.horizon, dtype=float)
    table = np.column_stack([calendar(task), time / count])
    table[count:, -1] = (
        (count - 1) / count
    )  # the trend is the straight line's; beyond the history trees and kernels only know its end
    rows = _rows(task)
    season = np.zeros(count)
    if task.seasonal:
        phase = np.arange(count) % task.season
        season = np.array([task.y[phase == one].mean() for one in range(task.season)])[phase]
    slope, start = np.polyfit(time[:count][rows], (task.y - season)[rows], 1)
    line = start + slope * time
    rest = task.y - line[:count]
    rows = rows[-_RECENT:]
    model = make().fit(table[:count][rows], rest[rows])
    told = line + model.predict(table)
    # Residuals of figures the model has not seen: those of the fit are far too small.
    unseen = np.full(count, np.nan)
    unseen[rows] = cross_val_predict(
        make(), table[:count][rows], rest[rows], cv=KFold(min(_FOLDS, len(rows)))
    )
    unseen += line[:count]
    return _carry_on(task, unseen, told, 1, label)


def _rows(task: Task) -> np.ndarray:
    """The periods to learn from: those really known, unless few are."""
    known = np.flatnonzero(~task.missing) if task.missing is not None else np.arange(len(task.y))
    return known if len(known) >= len(task.y) // 2 else np.arange(len(task.y))


def _carry_on(task: Task, seen: np.ndarray, told: np.ndarray, free: int, label: str) -> Fit:
    """What the regression leaves over is carried on: next time a share of it is left, and a share of that."""
    count = len(task.y)
    rest = task.y - seen
    there = np.isfinite(rest)
    pairs = there[1:] & there[:-1]
    share = (
        float(
            np.clip(
                np.sum(rest[1:][pairs] * rest[:-1][pairs])
                / max(1e-300, np.sum(rest[:-1][pairs] ** 2)),
                0.0,
                0.97,
            )
        )
        if pairs.sum() > 4
        else 0.0
    )
    last = rest[-1] if np.isfinite(rest[-1]) else 0.0
    steps = np.arange(1, task.horizon + 1)
    mean = told[count:] + last * share**steps
    fitted = told[:count].copy()
    fitted[1:] += share * np.where(np.isfinite(rest[:-1]), rest[:-1], 0.0)
    shocks = rest[1:][pairs] - share * rest[:-1][pairs]
    size = (
        np.sqrt(np.sum(shocks**2) / max(1, len(shocks) - min(free, len(shocks) // 2)))
        if len(shocks)
        else float(np.nanstd(rest))
    )
    spread = size * np.sqrt(np.cumsum(share ** (2 * (steps - 1)))) * np.sqrt(1 + free / count)
    return Fit(mean, spread, fitted, label, {"carried_on": share})
