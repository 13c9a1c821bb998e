"""Demand ahead for every series of a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from crm_analysis.analyses.forecast.diagnostics import diagnose
from crm_analysis.analyses.forecast.options import MEASURES, ForecastOptions
from crm_analysis.analyses.forecast.result import Forecast
from crm_analysis.analyses.forecast.series.regular import Regular, regular_series
from crm_analysis.analyses.forecast.single import Single, forecast_series
from crm_analysis.jobs import Progress, no_progress

__all__ = ["forecast", "forecast_each"]


def forecast(
    demand: pd.DataFrame,
    options: ForecastOptions | None = None,
    *,
    regressors: pd.DataFrame | None = None,
    measure: str = "",
    progress: Progress = no_progress,
    watch: Callable[[Single], None] | None = None,
) -> Forecast:
    """Demand ahead, with intervals and a back-test beside seasonal naive.

    Parameters
    ----------
    demand
        `date`, `value`, maybe `series`: from `demand`, or any such frame. Days, weeks, months, quarters or years, recognised from the dates. Periods that
        are absent, or have no figure, are not known (not zero). Several rows of one series and period are summed.
    options
        Horizon, model and what is known beforehand.
    regressors
        `date`, maybe `series`, and columns of numbers known beforehand (price, promotion), for all periods of the history and the horizon. Used by the
        regressions, "prophet", "arima" and "auto_arima".
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
        "data.missing_role", "forecast.no_rows", "forecast.not_dates", "forecast.not_numbers", "forecast.unknown_country", "forecast.bad_event",
        "forecast.regressor_missing", "forecast.regressor_text".

    Examples
    --------
    >>> sales = pd.DataFrame({"date": pd.date_range("2020-01-01", periods=36, freq="MS"), "value": [10, 20, 30, 40, 50, 60, 60, 50, 40, 30, 20, 10] * 3})
    >>> forecast(sales, ForecastOptions(horizon=2, model="seasonal_naive")).ahead[["series", "date", "value"]]
      series       date  value
    0    all 2023-01-01   10.0
    1    all 2023-02-01   20.0
    """
    if measure and measure not in MEASURES:
        raise ValueError(f"measure is {measure!r}; it must be one of {MEASURES}, or empty")
    options = options or ForecastOptions()
    everyone = list(regular_series(demand, options))
    done: list[Single] = []
    for one in forecast_each(everyone, options, regressors=regressors):
        progress(len(done) / len(everyone), "forecast.step.series")
        done.append(one)
        if watch is not None:
            watch(one)
    progress(1.0, "forecast.step.done")
    return assemble(done, everyone, options, measure)


def forecast_each(
    series: list[Regular], options: ForecastOptions, *, regressors: pd.DataFrame | None = None
) -> Iterator[Single]:
    """Each series as it is done."""
    for one in series:
        with threadpool_limits(1):
            got = forecast_series(one, options, regressors)
        yield got


def assemble(
    done: list[Single], everyone: list[Regular], options: ForecastOptions, measure: str
) -> Forecast:
    """One result of many series."""

    def together(name: str) -> pd.DataFrame:
        parts = [part for one in done if len(part := getattr(one, name))]
        return pd.concat(parts, ignore_index=True) if parts else getattr(done[0], name)

    rows: list[dict[str, Any]] = [one.row for one in done]
    table = pd.DataFrame(rows)
    for name in (
        "before",
        "ahead_compared",
        "change",
        "mase",
        "mase_naive",
        "smape",
        "coverage_80",
        "coverage_95",
    ):
        table[name] = table[name].astype(float)
    accuracy = together("accuracy")
    if accuracy.empty:
        accuracy = pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in _ACCURACY.items()})
    return Forecast(
        history=together("history"),
        ahead=together("ahead"),
        backtest=together("backtest"),
        accuracy=accuracy,
        series=table,
        notes=tuple(note for one in done for note in one.notes),
        options=options,
        every=everyone[0].grid.every,
        horizon=everyone[0].horizon,
        measure=measure,
        distributions={one.name: one.distribution for one in done},
        togetherness=_togetherness(done),
        diagnosed={
            one.name: found
            for one in done
            if (
                found := diagnose(
                    one.name,
                    one.fit,
                    one.task,
                    one.candidate,
                    one.distribution.scale == "log",
                    options,
                )
            )
            is not None
        },
    )


_ACCURACY: dict[str, Any] = {
    "series": object,
    "model": object,
    **dict.fromkeys(
        ("mase", "smape", "rmse", "mae", "bias", "bias_share", "coverage_80", "coverage_95"), float
    ),
    "points": np.int64,
    "chosen": bool,
}


def _togetherness(done: list[Single]) -> float:
    """How far the errors of all series move together, 0 to 1: what the variance of their sum has beyond that of its parts, in the back-test."""
    at: dict[np.datetime64, list[tuple[np.ndarray, np.ndarray]]] = {}
    for one in done:
        for count, error, spread in one.errors:
            if np.isfinite(error).all() and len(one.task.dates) >= count:
                at.setdefault(one.task.dates[count - 1], []).append((error, spread))
    apart = both = own = 0.0
    for found in at.values():
        length = min(len(error) for error, _ in found)
        if len(found) < 2 or length == 0:
            continue
        errors = np.array([error[:length] for error, _ in found])
        apart += float((errors.sum(axis=0) ** 2).sum())
        own += float((errors**2).sum())
        both += float((np.abs(errors).sum(axis=0) ** 2).sum())
    if both <= own:
        return 0.0
    return float(np.clip((apart - own) / (both - own), 0.0, 1.0))
