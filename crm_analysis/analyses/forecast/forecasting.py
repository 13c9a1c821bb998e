"""Demand ahead for every series of a table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.forecast.backtesting.accuracy import ACCURACY
from crm_analysis.analyses.forecast.options import MEASURES, ForecastOptions
from crm_analysis.analyses.forecast.result import Forecast
from crm_analysis.analyses.forecast.series.regular import regular_series
from crm_analysis.analyses.forecast.single import (
    SeriesForecast,
    diagnose,
    forecast_series,
    level_shifts,
)
from crm_analysis.jobs import Progress, no_progress
from crm_analysis.tables.threads import one_thread

_ACCURACY_TYPES: dict[str, Any] = {
    "series": object,
    "model": object,
    **dict.fromkeys(ACCURACY, float),
    "points": np.int64,
    "chosen": bool,
}


def forecast(
    demand: pd.DataFrame,
    options: ForecastOptions | None = None,
    *,
    regressors: pd.DataFrame | None = None,
    measure: str = "",
    progress: Progress = no_progress,
    watch: Callable[[SeriesForecast], None] | None = None,
) -> Forecast:
    """Demand ahead, with intervals and a back-test beside seasonal naive.

    Parameters
    ----------
    demand
        `date`, `value`, maybe `series`: from `demand`, or any such frame. Days, weeks, months,
        quarters or years, recognised from the dates. Periods that are absent, or have no figure,
        are not known (not zero). Several rows of one series and period are summed.
    options
        Horizon, model and what is known beforehand.
    regressors
        `date`, maybe `series`, and columns of numbers known beforehand (price, promotion), for all
        periods of the history and the horizon. Used by the regressions, "prophet", "arima" and
        "auto_arima"; smoothing models have their effects taken off first.
    measure
        What the values count: one of `MEASURES`, as `Demand.measure` has it; "": not said.
    progress
        Hears the share of series done; may cancel.
    watch
        Is given each series as it is done.

    Returns
    -------
    Forecast
        Tables `history`, `ahead`, `backtest`, `accuracy`, `series`; see there.

    Raises
    ------
    AnalysisError
        "data.missing_role", "forecast.no_rows", "forecast.not_dates", "forecast.not_numbers",
        "forecast.too_far", "forecast.unknown_country", "forecast.bad_event",
        "forecast.regressor_missing", "forecast.regressor_text".

    Examples
    --------
    >>> sales = pd.DataFrame({
    ...     "date": pd.date_range("2020-01-01", periods=36, freq="MS"),
    ...     "value": [10, 20, 30, 40, 50, 60, 60, 50, 40, 30, 20, 10] * 3,
    ... })
    >>> options = ForecastOptions(horizon=2, model="seasonal_naive")
    >>> forecast(sales, options).ahead[["series", "date", "value"]]
      series       date  value
    0    all 2023-01-01   10.0
    1    all 2023-02-01   20.0
    """
    if measure and measure not in MEASURES:
        raise ValueError(
            f"measure is {measure!r}; it must be one of {MEASURES}, or empty"
        )
    options = options or ForecastOptions()
    every_series = list(regular_series(demand, options))
    done: list[SeriesForecast] = []
    for series in every_series:
        with one_thread():
            result = forecast_series(series, options, regressors)
        progress(len(done) / len(every_series), "forecast.step.series")
        done.append(result)
        if watch is not None:
            watch(result)
    progress(1.0, "forecast.step.done")
    return _together(done, options, measure)


def _together(
    done: list[SeriesForecast], options: ForecastOptions, measure: str
) -> Forecast:
    first = done[0].prepared.series
    accuracy = _concatenated([result.accuracy for result in done])
    if accuracy.empty:
        accuracy = accuracy.reindex(columns=list(_ACCURACY_TYPES)).astype(
            _ACCURACY_TYPES
        )
    series = pd.DataFrame([result.row for result in done])
    diagnostics = ((result.name, diagnose(result)) for result in done)
    return Forecast(
        history=_concatenated([result.history for result in done]),
        ahead=_concatenated([result.ahead for result in done]),
        backtest=_concatenated([result.backtest for result in done]),
        accuracy=accuracy,
        series=series.astype(
            dict.fromkeys(
                (
                    "before",
                    "ahead_compared",
                    "change",
                    "mase",
                    "mase_naive",
                    "smape",
                    "coverage_80",
                    "coverage_95",
                ),
                float,
            )
        ),
        notes=tuple(note for result in done for note in result.notes),
        options=options,
        every=first.grid.every,
        horizon=first.horizon,
        measure=measure,
        distributions={result.name: result.choice.distribution for result in done},
        level_shifts=_concatenated(
            [level_shifts(result.prepared) for result in done]
        ),
        fit_diagnostics={name: fit for name, fit in diagnostics if fit is not None},
        comovement=_comovement(done),
    )


def _concatenated(tables: list[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(
        [table for table in tables if len(table)] or tables[:1],
        ignore_index=True,
    )


def _comovement(done: list[SeriesForecast]) -> float:
    """How far the errors of all series move together in the back-test, 0 to 1.

    What the variance of their sum has beyond that of its parts.
    """
    by_cutoff: dict[np.datetime64, list[np.ndarray]] = defaultdict(list)
    for result in done:
        for cutoff, error in result.errors:
            if np.isfinite(error).all():
                by_cutoff[cutoff].append(error)
    independent = alike = actual = 0.0
    for errors in by_cutoff.values():
        length = min(len(error) for error in errors)
        if len(errors) < 2 or length == 0:
            continue
        table = np.array([error[:length] for error in errors])
        actual += float((table.sum(axis=0) ** 2).sum())
        independent += float((table**2).sum())
        alike += float((np.abs(table).sum(axis=0) ** 2).sum())
    if alike <= independent:
        return 0.0
    return float(np.clip((actual - independent) / (alike - independent), 0.0, 1.0))
