"""What every other model must beat: the mean, the last value, the last season, a drift."""

from __future__ import annotations

import numpy as np

from crm_analysis.analyses.forecast.models.task import (
    ModelFit,
    Task,
    spread_by_step,
)


def mean(task: Task) -> ModelFit:
    """The mean of the history."""
    count = len(task.y)
    level = float(task.y.mean())
    spread = spread_by_step(task.y - level, task.horizon, 0.0) * np.sqrt(
        1 + 1 / count
    )
    return ModelFit(
        np.full(task.horizon, level), spread, np.full(count, level), "Mean"
    )


def naive(task: Task) -> ModelFit:
    """The last value."""
    fitted = np.concatenate([[np.nan], task.y[:-1]])
    spread = spread_by_step(task.y - fitted, task.horizon, 1.0, 0)
    return ModelFit(np.full(task.horizon, task.y[-1]), spread, fitted, "Naive")


def drift(task: Task) -> ModelFit:
    """The last value and the mean change from then on."""
    changes = max(1, len(task.y) - 1)
    slope = (task.y[-1] - task.y[0]) / changes
    fitted = np.concatenate([[np.nan], task.y[:-1] + slope])
    steps = np.arange(1, task.horizon + 1)
    spread = spread_by_step(task.y - fitted, task.horizon, 1.0) * np.sqrt(
        1 + steps / changes
    )
    return ModelFit(
        task.y[-1] + slope * steps, spread, fitted, "Random walk with drift"
    )


def seasonal_naive(task: Task) -> ModelFit:
    """The value of the same period a season before.

    The last value where the history is shorter than a season and one.
    """
    count, season = len(task.y), task.season
    if season <= 1 or count <= season:
        return naive(task)
    fitted = np.concatenate([np.full(season, np.nan), task.y[:-season]])
    steps = np.arange(task.horizon)
    spread = spread_by_step(task.y - fitted, 1, 0.0, 0)[0] * np.sqrt(
        steps // season + 1
    )
    ahead = task.y[count - season + steps % season]
    return ModelFit(ahead, spread, fitted, f"Seasonal naive [{season}]")
