"""What holidays, events and known columns add, for models that cannot take them: taken off before the fit, put back on afterwards."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from crm_analysis.analyses.forecast.models.task import Fit, Task

__all__ = ["beside_known", "known_effects"]


def beside_known(task: Task, model: Callable[[Task], Fit]) -> Fit:
    """`model` on the history without the effects of what is known beforehand, which are added again to history and horizon."""
    effects = known_effects(task)
    if not effects.any():
        return model(task)
    past, later = task.known @ effects, task.known_ahead @ effects
    fit = model(task.on(task.y - past))
    return Fit(
        fit.mean + later,
        fit.spread,
        fit.fitted + past,
        fit.label,
        {**fit.found, "effects": dict(zip(task.names, effects.tolist(), strict=True))},
    )


def known_effects(task: Task) -> np.ndarray:
    """What one unit of each known column adds, 0 where it cannot be told from chance.

    Least squares beside trend and season, after what one period leaves to the next is taken out (Cochrane & Orcutt, JASA 44, 1949); each effect
    is then shrunk by its own uncertainty: times 1 − 1/t², none where |t| is below 1.
    """
    from crm_analysis.analyses.forecast.models.regression import calendar

    count = len(task.y)
    varied = (
        np.flatnonzero(np.ptp(task.known, axis=0) > 0)
        if task.known.shape[1]
        else np.zeros(0, dtype=int)
    )
    effects = np.zeros(task.known.shape[1])
    if not len(varied):
        return effects
    time = np.linspace(-1, 1, count)
    own = calendar(
        Task(
            task.y,
            0,
            task.season,
            task.year,
            task.dates,
            task.ahead[:0],
            task.known[:, :0],
            task.known_ahead[:0, :0],
            (),
            task.options,
            None,
        )
    )
    table = np.column_stack([np.ones(count), time, time**2, own, task.known[:, varied]])
    if table.shape[1] + 4 > count:
        return effects
    rows = (
        np.flatnonzero(~task.missing)
        if task.missing is not None and not task.missing.all()
        else np.arange(count)
    )
    first = np.linalg.lstsq(table[rows], task.y[rows], rcond=None)[0]
    rest = task.y - table @ first
    share = float(np.clip(rest[1:] @ rest[:-1] / max(rest[:-1] @ rest[:-1], 1e-300), 0.0, 0.95))
    left = table[1:] - share * table[:-1]
    right = task.y[1:] - share * task.y[:-1]
    weights = np.linalg.lstsq(left, right, rcond=None)[0]
    miss = right - left @ weights
    free = max(1, len(right) - int(np.linalg.matrix_rank(left)))
    variance = np.diag(np.linalg.pinv(left.T @ left)) * float(miss @ miss) / free
    found = weights[-len(varied) :]
    noise = variance[-len(varied) :]
    effects[varied] = found * np.clip(1 - noise / np.maximum(found**2, 1e-300), 0.0, 1.0)
    return effects
