"""What every other model must beat: the mean, the last value, the last season, the last value with a drift."""

from __future__ import annotations

import numpy as np

from crm_analysis.analyses.forecast.models.task import Fit, Task, profile

__all__ = ["drift", "mean", "naive", "seasonal_naive"]


def mean(task: Task) -> Fit:
    """The mean of the history."""
    level = float(task.y.mean())
    rest = task.y - level
    spread = profile(rest, task.horizon, 0.0) * np.sqrt(1 + 1 / len(task.y))
    return Fit(np.full(task.horizon, level), spread, np.full(len(task.y), level), "Mean")


def naive(task: Task) -> Fit:
    """The last value."""
    fitted = np.concatenate([[np.nan], task.y[:-1]])
    return Fit(
        np.full(task.horizon, task.y[-1]),
        profile(task.y - fitted, task.horizon, 1.0, 0),
        fitted,
        "Naive",
    )


def drift(task: Task) -> Fit:
    """The last value and the mean change from then on."""
    slope = (task.y[-1] - task.y[0]) / max(1, len(task.y) - 1)
    fitted = np.concatenate([[np.nan], task.y[:-1] + slope])
    steps = np.arange(1, task.horizon + 1)
    spread = profile(task.y - fitted, task.horizon, 1.0) * np.sqrt(
        1 + steps / max(1, len(task.y) - 1)
    )
    return Fit(task.y[-1] + slope * steps, spread, fitted, "Random walk with drift")


def seasonal_naive(task: Task) -> Fit:
    """The value of the same period a season before; the last value where the history is shorter than a season and one."""
    if task.season <= 1 or len(task.y) <= task.season:
        return naive(task)
    fitted = np.concatenate([np.full(task.season, np.nan), task.y[: -task.season]])
    steps = np.arange(task.horizon)
    rest = task.y - fitted
    spread = profile(rest, 1, 0.0, 0)[0] * np.sqrt(steps // task.season + 1)
    return Fit(
        task.y[len(task.y) - task.season + steps % task.season],
        spread,
        fitted,
        f"Seasonal naive [{task.season}]",
    )
