"""Regression on trend, season, calendar and covariates; what is left over carries on and fades.

The errors are AR(1): next time a share of the last one is left, and then a share of that.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.forecast.models.task import ModelFit, Task

_RECENT = 3000  # periods that trees and support vectors learn from
_FOLDS = 3
_LONGEST_DUMMIES = (
    24  # periods of a season that get a column each; longer ones are Fourier sums
)
_LARGEST_SHARE = 0.97


def linear(task: Task) -> ModelFit:
    """Least squares (a trace of ridge) on a straight trend and the calendar."""
    return _least_squares(task, 1, "Linear regression")


def polynomial(task: Task) -> ModelFit:
    """As `linear`, with a trend of the degree set in the options."""
    degree = task.options.degree
    return _least_squares(task, degree, f"Polynomial regression, degree {degree}")


def svr(task: Task) -> ModelFit:
    """Support vector regression with radial kernel on the calendar, around a straight trend."""
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVR

    def make() -> Any:
        return TransformedTargetRegressor(
            make_pipeline(
                StandardScaler(), SVR(C=3.0, epsilon=0.05, gamma="scale")
            ),
            transformer=StandardScaler(),
        )

    return _around_trend(task, make, "SVR")


def random_forest(task: Task) -> ModelFit:
    """Random forest on the calendar, around a straight trend.

    Trees know no values beyond those they saw.
    """
    from sklearn.ensemble import RandomForestRegressor

    def make() -> Any:
        return RandomForestRegressor(
            60,
            min_samples_leaf=2,
            max_features=0.6,
            random_state=task.options.seed,
            n_jobs=1,
        )

    return _around_trend(task, make, "Random forest")


def gradient_boosting(task: Task) -> ModelFit:
    """Gradient boosted trees on the calendar, around a straight trend."""
    from sklearn.ensemble import GradientBoostingRegressor

    def make() -> Any:
        return GradientBoostingRegressor(
            n_estimators=120,
            learning_rate=0.06,
            max_depth=3,
            subsample=0.8,
            random_state=task.options.seed,
        )

    return _around_trend(task, make, "Gradient boosting")


def calendar(task: Task) -> np.ndarray:
    """The columns known for every period, past and ahead.

    The phase of the season (each of up to 24, else Fourier sums), the year for days, the length of
    the month, and the covariates.
    """
    count, total = len(task.y), len(task.y) + task.horizon
    dates = pd.DatetimeIndex(np.concatenate([task.dates, task.dates_ahead]))
    periods = np.arange(total)
    columns: list[np.ndarray] = []
    if task.seasonal and task.season <= _LONGEST_DUMMIES:
        phase = periods % task.season
        columns += [
            (phase == position).astype(float) for position in range(1, task.season)
        ]
    elif task.seasonal:
        columns += _fourier(periods / task.season, 6)
    if task.daily and count >= 2 * task.year:
        columns += _fourier(dates.dayofyear.to_numpy() / 365.25, 4)
    if task.year == 12 and task.season in (1, 12):
        columns.append(dates.days_in_month.to_numpy(dtype=float))
    return np.column_stack(
        [*columns, np.vstack([task.covariates, task.covariates_ahead])]
    )


def _fourier(share: np.ndarray, order: int) -> list[np.ndarray]:
    angle = 2 * np.pi * share
    return [
        wave(number * angle)
        for number in range(1, order + 1)
        for wave in (np.sin, np.cos)
    ]


def _least_squares(task: Task, degree: int, label: str) -> ModelFit:
    count = len(task.y)
    time = (np.arange(count + task.horizon) - count / 2) / max(1.0, count / 2)
    degree = min(degree, max(1, count // 4))
    trend = np.column_stack([time**power for power in range(1, degree + 1)])
    columns = calendar(task)
    if columns.shape[1] + degree + 2 > count:
        columns = columns[:, :0]
    design = np.column_stack([np.ones(len(time)), trend, columns])
    scale = np.maximum(design[:count].std(axis=0), 1e-9)
    scale[0] = 1.0
    design = design / scale

    rows = _training_rows(task)
    training = design[:count][rows]
    ridge = 1e-6 * count * np.eye(design.shape[1])
    ridge[0, 0] = 0.0
    weights = np.linalg.solve(
        training.T @ training + ridge, training.T @ task.y[rows]
    )
    predicted = design @ weights
    return _with_carried_error(
        task, predicted[:count], predicted, design.shape[1], label
    )


def _around_trend(task: Task, make: Callable[[], Any], label: str) -> ModelFit:
    from sklearn.model_selection import KFold, cross_val_predict

    count = len(task.y)
    time = np.arange(count + task.horizon, dtype=float)
    # The trend is the straight line's; beyond the history trees and kernels only know its end.
    design = np.column_stack([calendar(task), np.minimum(time, count - 1) / count])
    rows = _training_rows(task)
    slope, start = np.polyfit(time[rows], (task.y - task.season_means())[rows], 1)
    line = start + slope * time
    rest = task.y - line[:count]

    rows = rows[-_RECENT:]
    model = make().fit(design[rows], rest[rows])
    predicted = line + model.predict(design)
    # Residuals of figures the model has not seen: those of the fit are far too small.
    folds = KFold(min(_FOLDS, len(rows)))
    unseen = np.full(count, np.nan)
    unseen[rows] = cross_val_predict(make(), design[rows], rest[rows], cv=folds)
    return _with_carried_error(task, unseen + line[:count], predicted, 1, label)


def _training_rows(task: Task) -> np.ndarray:
    """The periods to learn from: those really known, unless few are."""
    observed = np.flatnonzero(~task.missing)
    return observed if len(observed) >= len(task.y) // 2 else np.arange(len(task.y))


def _with_carried_error(
    task: Task,
    unseen: np.ndarray,
    predicted: np.ndarray,
    parameters: int,
    label: str,
) -> ModelFit:
    """The prediction, and what is left of the last error.

    `unseen` is the prediction of the history that errors are taken from; NaN where there is none.
    """
    count = len(task.y)
    error = task.y - unseen
    finite = np.isfinite(error)
    pairs = finite[1:] & finite[:-1]
    before, after = error[:-1][pairs], error[1:][pairs]
    share = 0.0
    if len(before) > 4:
        ratio = np.sum(after * before) / max(1e-300, np.sum(before**2))
        share = float(np.clip(ratio, 0.0, _LARGEST_SHARE))
    carried = np.where(finite, error, 0.0)
    steps = np.arange(1, task.horizon + 1)
    mean = predicted[count:] + carried[-1] * share**steps
    fitted = predicted[:count].copy()
    fitted[1:] += share * carried[:-1]

    shocks = after - share * before
    size = float(np.nanstd(error))
    if len(shocks):
        size = np.sqrt(
            np.sum(shocks**2)
            / max(1, len(shocks) - min(parameters, len(shocks) // 2))
        )
    growth = np.sqrt(np.cumsum(share ** (2 * (steps - 1))))
    return ModelFit(
        mean, size * growth * np.sqrt(1 + parameters / count), fitted, label
    )
