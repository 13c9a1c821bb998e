"""One series from history to forecast: what is tried, how it did at earlier days, what it says now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.forecast.backtesting.candidates import Candidate, candidates, pattern
from crm_analysis.analyses.forecast.backtesting.combination import combine, equal, weights
from crm_analysis.analyses.forecast.backtesting.distribution import Distribution
from crm_analysis.analyses.forecast.backtesting.intervals import (
    Calibration,
    distribution,
    intermittent,
)
from crm_analysis.analyses.forecast.backtesting.replay import Origin, origins, replay, scores
from crm_analysis.analyses.forecast.backtesting.trials import (
    BASELINE,
    accuracy_table,
    backtest_table,
    calibration_of,
    edges,
    errors_of,
    trials_of,
)
from crm_analysis.analyses.forecast.models import Fit, Task, fit
from crm_analysis.analyses.forecast.options import INTERMITTENT, ForecastOptions
from crm_analysis.analyses.forecast.rows import notes_of, row_of
from crm_analysis.analyses.forecast.series.covariates import known_columns
from crm_analysis.analyses.forecast.series.regular import Regular, fill
from crm_analysis.messages import Message

__all__ = ["Single", "forecast_series"]


@dataclass(frozen=True, eq=False)
class Single:
    """What is found of one series; tables as in `Forecast`."""

    name: str
    history: pd.DataFrame
    ahead: pd.DataFrame
    backtest: pd.DataFrame
    accuracy: pd.DataFrame
    row: dict[str, Any]
    notes: tuple[Message, ...]
    distribution: Distribution
    fit: Fit
    task: Task
    candidate: Candidate | None
    errors: list[tuple[int, np.ndarray, np.ndarray]] = field(
        default_factory=list
    )  # origin, error, spread in units: for how series move together


def forecast_series(
    series: Regular, options: ForecastOptions, regressors: pd.DataFrame | None = None
) -> Single:
    """The forecast of one series."""
    y = fill(series.values, series.season)
    kind = pattern(y, series.season)
    notes = list(series.notes)
    count, horizon = len(y), series.horizon
    numbers = np.arange(series.first, series.first + count + horizon)
    known = known_columns(series.grid, numbers, series.name, options, regressors)
    dates = series.grid.dates(numbers)
    missing = np.isnan(series.values)
    year = series.grid.year
    task = Task(
        y,
        horizon,
        series.season,
        year,
        dates[:count],
        dates[count:],
        known.columns[:count],
        known.columns[count:],
        known.names,
        options,
        missing,
    )
    tried = candidates(y, series.season, year, options, kind, known=bool(len(known.names)))
    fits = {one: got for one in tried if (got := fit(one.model, task, log=one.log)) is not None}
    tried = [one for one in tried if one in fits]
    if options.model != "auto" and not tried:
        notes.append(
            Message("forecast.note.model_not_fitted", {"model": options.model, "points": count})
        )
    counts, length = (
        origins(count, series.season, horizon, options.windows, options.step)
        if kind not in ("zero", "short")
        else ([], 0)
    )
    told = series.values
    everyone = list(dict.fromkeys([*tried, BASELINE, *_simple(kind, tried)]))
    past = replay(task, told, everyone, counts, length) if counts else []
    log = _log_scale(y, tried)
    chosen, trials = trials_of(options, kind, tried, past, log, everyone)
    now, weight = _now(options, kind, task, fits, tried, past, log)
    floor = _floor(y, log)
    calibrations = {trial.model: calibration_of(trial, floor, options) for trial in trials}
    final = _distribution(kind, now, calibrations.get(chosen), log, floor, y, weight)
    backtest = backtest_table(series, trials, floor, options, kind, y)
    accuracy = accuracy_table(series, backtest, chosen)
    history = pd.DataFrame(
        {
            "series": series.name,
            "date": task.dates,
            "value": series.told,
            "fitted": np.maximum(now.fitted, 0.0),
            "mark": series.marks,
        }
    )
    ahead = pd.DataFrame(
        {"series": series.name, "date": task.ahead, "value": final.mean, **edges(final)}
    )
    notes += notes_of(kind, y, series, counts, length, options, known.names)
    row = row_of(
        series, task, final, chosen, now, weight, kind, accuracy, calibrations.get(chosen), notes
    )
    errors = errors_of(trials, chosen)
    only = next(iter(weight)) if len(weight) == 1 else None
    return Single(
        series.name,
        history,
        ahead,
        backtest,
        accuracy,
        row,
        tuple(Message(key, {"series": series.name, **details}) for key, details in notes),
        final,
        now,
        task,
        only,
        errors,
    )


def _simple(kind: str, tried: Sequence[Candidate]) -> list[Candidate]:
    return [Candidate("mean")] if kind in ("constant",) or not tried else []


def _log_scale(y: np.ndarray, tried: Sequence[Candidate]) -> bool:
    """Errors are taken as relative ones where a positive history is (also) fitted on logarithms."""
    return bool(y.min() > 0) and any(one.log for one in tried)


def _now(
    options: ForecastOptions,
    kind: str,
    task: Task,
    fits: dict[Candidate, Fit],
    tried: Sequence[Candidate],
    past: list[Origin],
    log: bool,
) -> tuple[Fit, dict[Candidate, float]]:
    if options.model == "auto" and tried:
        weight = (
            equal(tried) if kind == "intermittent" else weights(scores(past, len(task.y)), tried)
        )
        return combine(fits, weight, log), weight
    if tried:
        return fits[tried[0]], {tried[0]: 1.0}
    simple = Candidate("mean") if kind in ("zero", "constant", "short") else BASELINE
    got = fit(simple.model, task)
    assert got is not None
    if kind == "short":  # the mean of so few, as far off as the naive error says
        got = Fit(got.mean, np.maximum(got.spread, _short_spread(task.y)), got.fitted, got.label)
    return got, {simple: 1.0}


def _short_spread(y: np.ndarray) -> np.ndarray:
    """Of one to five points: their standard deviation, or half of the mean where that is more."""
    return np.full(
        1, max(float(y.std(ddof=1)) if len(y) > 1 else 0.0, 0.5 * float(np.abs(y).mean()))
    )


def _floor(y: np.ndarray, log: bool) -> float:
    """The least spread: a thousandth of the usual size, so that a perfect fit does not pretend to be certain; none where nothing ever changed."""
    if len(y) > 1 and np.ptp(y) == 0:
        return 0.0
    return 1e-3 if log else 1e-3 * float(np.abs(y).mean())


def _distribution(
    kind: str,
    now: Fit,
    calibration: Calibration | None,
    log: bool,
    floor: float,
    y: np.ndarray,
    weight: dict[Candidate, float],
) -> Distribution:
    if kind == "intermittent" and (len(weight) > 1 or next(iter(weight)).model in INTERMITTENT):
        return intermittent(now, y)
    scale = log if len(weight) > 1 else next(iter(weight)).log
    if kind in ("zero", "constant"):
        return Distribution(np.maximum(now.mean, 0.0), np.zeros(len(now.mean)))
    return distribution(now, calibration or Calibration(), scale, floor)
