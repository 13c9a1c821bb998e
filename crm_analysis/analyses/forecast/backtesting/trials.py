"""Each model at earlier days, "auto" among them: what it said, how sure it was, how far off it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.forecast.backtesting.accuracy import measure, naive_scale
from crm_analysis.analyses.forecast.backtesting.candidates import Candidate
from crm_analysis.analyses.forecast.backtesting.combination import combine, equal, on_scale
from crm_analysis.analyses.forecast.backtesting.distribution import Distribution
from crm_analysis.analyses.forecast.backtesting.intervals import (
    Calibration,
    calibrate,
    distribution,
    intermittent,
    spread_of,
)
from crm_analysis.analyses.forecast.backtesting.replay import Origin, replay_auto
from crm_analysis.analyses.forecast.models import Fit
from crm_analysis.analyses.forecast.options import INTERMITTENT, ForecastOptions
from crm_analysis.analyses.forecast.series.regular import Regular

__all__ = [
    "BASELINE",
    "Trial",
    "accuracy_table",
    "backtest_table",
    "calibration_of",
    "edges",
    "errors_of",
    "named",
    "trials_of",
]

BASELINE = Candidate("seasonal_naive")


@dataclass(frozen=True, eq=False)
class Trial:
    """One model (or "auto") over all origins: (origin, answer or None), latest first; `log` is the scale of its errors."""

    model: str
    log: bool
    answers: list[tuple[Origin, Fit | None]]


def trials_of(
    options: ForecastOptions,
    kind: str,
    tried: Sequence[Candidate],
    past: list[Origin],
    log: bool,
    everyone: Sequence[Candidate],
) -> tuple[str, list[Trial]]:
    """The name of what is forecast with, and every model over all origins."""
    trials = []
    if options.model == "auto" and tried:
        answers = (
            [(origin, _all_alike(origin, tried)) for origin in past]
            if kind == "intermittent"
            else replay_auto(past, tried, log)
        )
        trials.append(Trial("auto", log, answers))
    for one in everyone:
        trials.append(
            Trial(named(one), one.log, [(origin, origin.fits.get(one)) for origin in past])
        )
    chosen = (
        "auto"
        if options.model == "auto" and tried
        else named(tried[0])
        if tried
        else "mean"
        if Candidate("mean") in everyone
        else named(BASELINE)
    )
    return chosen, trials


def named(one: Candidate) -> str:
    """A model as tables name it: "theta", or "theta_log" where fitted to logarithms."""
    return f"{one.model}_log" if one.log else one.model


def _all_alike(origin: Origin, tried: Sequence[Candidate]) -> Fit | None:
    able = [one for one in tried if one in origin.fits]
    return combine(origin.fits, equal(able), False) if able else None


def _runs(trial: Trial, floor: float, now: int | None = None) -> list[np.ndarray]:
    """Scores of each origin, as far as they were known at point `now`."""
    runs = []
    for origin, got in trial.answers:
        if got is None or (now is not None and origin.count >= now):
            continue
        seen = len(origin.actual) if now is None else min(len(origin.actual), now - origin.count)
        spread = spread_of(got, floor)[:seen]
        mean, actual = np.maximum(got.mean[:seen], 0.0), origin.actual[:seen]
        with np.errstate(all="ignore"):
            error = np.log(actual / mean) if trial.log else actual - mean
            score = error / spread
        runs.append(np.where(np.isfinite(score), score, np.nan))
    return runs


def calibration_of(trial: Trial, floor: float, options: ForecastOptions) -> Calibration:
    """How the model's spread is to be stretched, from all of its back-test."""
    return calibrate(_runs(trial, floor), options.intervals)


def edges(one: Distribution) -> dict[str, np.ndarray]:
    """lo_80, hi_80, lo_95, hi_95, an array each."""
    lo_80, hi_80 = one.interval(80)
    lo_95, hi_95 = one.interval(95)
    return {"lo_80": lo_80, "hi_80": hi_80, "lo_95": lo_95, "hi_95": hi_95}


def backtest_table(
    series: Regular,
    trials: Sequence[Trial],
    floor: float,
    options: ForecastOptions,
    kind: str,
    y: np.ndarray,
) -> pd.DataFrame:
    """Every model at every origin, its intervals calibrated only by what was known then."""
    parts = []
    for trial in trials:
        for origin, got in trial.answers:
            if got is None:
                continue
            if kind == "intermittent" and (trial.model == "auto" or trial.model in INTERMITTENT):
                then = intermittent(got, y[: origin.count])
            else:
                then = distribution(
                    got,
                    calibrate(_runs(trial, floor, origin.count), options.intervals),
                    trial.log,
                    floor,
                )
            steps = np.arange(origin.count, origin.count + len(origin.actual))
            dates = series.grid.dates(series.first + steps)
            parts.append(
                pd.DataFrame(
                    {
                        "series": series.name,
                        "model": trial.model,
                        "cutoff": series.grid.dates(np.array([series.first + origin.count - 1]))[0],
                        "date": dates,
                        "step": np.arange(1, len(steps) + 1),
                        "value": origin.actual,
                        "forecast": then.mean,
                        **edges(then),
                    }
                )
            )
    return pd.concat(parts, ignore_index=True) if parts else _no_backtest()


def _no_backtest() -> pd.DataFrame:
    dates = {name: pd.Series(dtype="datetime64[ns]") for name in ("cutoff", "date")}
    numbers = {
        name: pd.Series(dtype=float)
        for name in ("value", "forecast", "lo_80", "hi_80", "lo_95", "hi_95")
    }
    return pd.DataFrame(
        {
            "series": pd.Series(dtype=object),
            "model": pd.Series(dtype=object),
            **dates,
            "step": pd.Series(dtype=np.int64),
            **numbers,
        }
    )


def accuracy_table(series: Regular, backtest: pd.DataFrame, chosen: str) -> pd.DataFrame:
    """The measures, a row a model."""
    rows = []
    yardsticks: dict[Any, float] = {
        cutoff: naive_scale(
            series.told[
                : int(series.grid.number(np.array([cutoff], dtype="datetime64[D]"))[0])
                - series.first
                + 1
            ],
            series.season,
        )
        for cutoff in backtest["cutoff"].unique()
    }
    for model, held in backtest.groupby("model", sort=False):
        rows.append(
            {
                "series": series.name,
                "model": model,
                **measure(held, held["cutoff"].map(yardsticks).to_numpy(dtype=float)),
                "chosen": model == chosen,
            }
        )
    return pd.DataFrame(rows)


def errors_of(trials: Sequence[Trial], chosen: str) -> list[tuple[int, np.ndarray, np.ndarray]]:
    """Origin, errors, spread in units, of the model that is forecast with: for how series move together."""
    for trial in trials:
        if trial.model == chosen:
            return [
                (
                    origin.count,
                    origin.actual - np.maximum(got.mean, 0.0),
                    on_scale(got, trial.log, False),
                )
                for origin, got in trial.answers
                if got is not None
            ]
    return []
