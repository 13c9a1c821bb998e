"""Prophet: a piecewise linear trend, seasons as Fourier sums, holidays and events (Taylor & Letham, American Statistician 72, 2018)."""

from __future__ import annotations

import logging
import shutil
import threading
from pathlib import Path

import numpy as np
import pandas as pd

from crm_analysis.analyses.forecast.models.task import Fit, Task

__all__ = ["prophet"]

_LOCK = threading.Lock()
_INTERVAL = 0.95
_SAMPLES = 300
_ITERATIONS = 2000


def prophet(task: Task) -> Fit:
    """Prophet by its maximum a posteriori, seasons that the history shows twice; multiplicative where figures are positive and not logarithms.

    Its program (CmdStan) reads the history from a file in a private temporary folder; the files go as soon as it is done.
    """
    with _LOCK:  # the seed below is the process's own, and so is the folder
        return _fit(task)


def _fit(task: Task) -> Fit:
    import cmdstanpy
    from prophet import Prophet

    logging.getLogger("prophet").setLevel(logging.CRITICAL)
    daily = task.season in (5, 6, 7) and task.year > 200
    span = (task.dates[-1] - task.dates[0]).astype("timedelta64[D]").astype(int)
    model = Prophet(
        growth="linear",
        seasonality_mode="multiplicative" if task.y.min() > 0 else "additive",
        weekly_seasonality=daily and len(task.y) >= 2 * task.season,
        # Ten waves a year, as is usual, cannot be told apart by twelve months or four quarters.
        yearly_seasonality=min(10, max(1, (task.year - 1) // 2))
        if span >= 2 * 365 and task.year > 1
        else False,
        daily_seasonality=False,
        n_changepoints=min(25, len(task.y) // 5),
        interval_width=_INTERVAL,
        uncertainty_samples=_SAMPLES,
    )
    history = pd.DataFrame({"ds": pd.DatetimeIndex(task.dates), "y": task.y})
    if task.missing is not None:
        history.loc[task.missing, "y"] = np.nan
    both = pd.DataFrame({"ds": pd.DatetimeIndex(np.concatenate([task.dates, task.ahead]))})
    for place in range(len(task.names)):
        column = f"known_{place}"
        if np.ptp(task.known[:, place]) > 0:
            model.add_regressor(column, standardize="auto")
            both[column] = np.concatenate([task.known[:, place], task.known_ahead[:, place]])
            history[column] = task.known[:, place]
    state = np.random.get_state()
    try:
        np.random.seed(task.options.seed % 2**32)
        with cmdstanpy.disable_logging():
            model.fit(history, seed=task.options.seed + 1, iter=_ITERATIONS)
        told = model.predict(both)
    finally:
        np.random.set_state(state)
        for left in Path(cmdstanpy._TMPDIR).iterdir():
            shutil.rmtree(left, ignore_errors=True) if left.is_dir() else left.unlink(
                missing_ok=True
            )
    ahead = told.iloc[len(task.y) :]
    spread = (ahead["yhat_upper"] - ahead["yhat_lower"]).to_numpy() / (2 * 1.959963984540054)
    return Fit(ahead["yhat"].to_numpy(), spread, told["yhat"].to_numpy()[: len(task.y)], "Prophet")
