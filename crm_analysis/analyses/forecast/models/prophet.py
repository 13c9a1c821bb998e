"""Prophet: a piecewise linear trend, seasons as Fourier sums, holidays and events.

Taylor & Letham, American Statistician 72, 2018.
"""

from __future__ import annotations

import logging
import shutil
import threading
from pathlib import Path

import numpy as np
import pandas as pd

from crm_analysis.analyses.forecast.models.task import ModelFit, Task

_LOCK = threading.Lock()
_INTERVAL, _Z_95 = 0.95, 1.959963984540054
_SAMPLES = 300
_ITERATIONS = 2000


def prophet(task: Task) -> ModelFit:
    """Prophet by its maximum a posteriori, with the seasons that the history shows twice.

    Multiplicative where figures are positive and not logarithms. Its program (CmdStan) reads the
    history from a file in a private temporary folder; the files go as soon as it is done.
    """
    with _LOCK:  # the seed below is the process's own, and so is the folder
        return _fit(task)


def _fit(task: Task) -> ModelFit:
    import cmdstanpy
    from prophet import Prophet

    logging.getLogger("prophet").setLevel(logging.CRITICAL)
    count = len(task.y)
    model = Prophet(
        growth="linear",
        seasonality_mode="multiplicative" if task.y.min() > 0 else "additive",
        weekly_seasonality=task.daily
        and task.season in (5, 6, 7)
        and task.seasonal,
        yearly_seasonality=_yearly_waves(task),
        daily_seasonality=False,
        n_changepoints=min(25, count // 5),
        interval_width=_INTERVAL,
        uncertainty_samples=_SAMPLES,
    )
    table = pd.DataFrame(
        {"ds": pd.DatetimeIndex(np.concatenate([task.dates, task.dates_ahead]))}
    )
    covariates = np.vstack([task.covariates, task.covariates_ahead])
    for position in task.varying():
        column = f"covariate_{position}"
        model.add_regressor(column, standardize="auto")
        table[column] = covariates[:, position]
    history = table.iloc[:count].assign(y=np.where(task.missing, np.nan, task.y))
    state = np.random.get_state()
    try:
        np.random.seed(task.options.seed % 2**32)
        with cmdstanpy.disable_logging():
            model.fit(history, seed=task.options.seed + 1, iter=_ITERATIONS)
        prediction = model.predict(table)
    finally:
        np.random.set_state(state)
        _empty(Path(cmdstanpy._TMPDIR))
    ahead = prediction.iloc[count:]
    spread = (ahead["yhat_upper"] - ahead["yhat_lower"]).to_numpy() / (2 * _Z_95)
    fitted = prediction["yhat"].to_numpy()[:count]
    return ModelFit(ahead["yhat"].to_numpy(), spread, fitted, "Prophet")


def _yearly_waves(task: Task) -> int:
    """Waves of the yearly season; 0 where two years are not there.

    Ten, as is usual, cannot be told apart by twelve months or four quarters.
    """
    days = (task.dates[-1] - task.dates[0]).astype("timedelta64[D]").astype(int)
    if days < 2 * 365 or task.year <= 1:
        return 0
    return min(10, max(1, (task.year - 1) // 2))


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
