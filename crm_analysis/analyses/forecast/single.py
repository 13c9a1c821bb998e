"""One series from history to forecast: what is tried, how it did at earlier days, what it says now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.forecast.accuracy import measure, naive_scale
from crm_analysis.analyses.forecast.backtest import Origin, origins, replay, replay_auto, scores
from crm_analysis.analyses.forecast.candidates import Candidate, candidates, pattern
from crm_analysis.analyses.forecast.combination import combine, on_scale, weights
from crm_analysis.analyses.forecast.distribution import Distribution
from crm_analysis.analyses.forecast.intervals import Calibration, calibrate, distribution, spread_of
from crm_analysis.analyses.forecast.known import known_columns
from crm_analysis.analyses.forecast.models import Fit, Task, fit
from crm_analysis.analyses.forecast.options import INTERMITTENT, ForecastOptions
from crm_analysis.analyses.forecast.regular import Note, Regular, fill

__all__ = ["Single", "forecast_series"]

BASELINE = Candidate("seasonal_naive")


@dataclass(frozen=True, eq=False)
class Single:
    """What is found of one series; tables as in `Forecast`."""

    name: str
    history: pd.DataFrame
    ahead: pd.DataFrame
    backtest: pd.DataFrame
    accuracy: pd.DataFrame
    row: dict[str, Any]
    notes: tuple[Note, ...]
    distribution: Distribution
    fit: Fit
    task: Task
    candidate: Candidate | None
    errors: list[tuple[int, np.ndarray, np.ndarray]] = field(default_factory=list)  # origin, error, spread in units: for how series move together


@dataclass(frozen=True, eq=False)
class _Trial:
    """One model (or "auto") over all origins: (origin, answer or None), latest first; `log` is the scale of its errors."""

    model: str
    log: bool
    answers: list[tuple[Origin, Fit | None]]


def forecast_series(series: Regular, options: ForecastOptions, regressors: pd.DataFrame | None = None) -> Single:
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
    task = Task(y, horizon, series.season, year, dates[:count], dates[count:], known.columns[:count], known.columns[count:], known.names, options, missing)
    tried = candidates(y, series.season, year, options, kind)
    fits = {one: got for one in tried if (got := fit(one.model, task, log=one.log)) is not None}
    tried = [one for one in tried if one in fits]
    if options.model != "auto" and not tried:
        notes.append(("forecast.note.model_not_fitted", {"model": options.model, "points": count}))
    counts, length = origins(count, series.season, horizon, options.windows, options.step) if kind not in ("zero", "short") else ([], 0)
    told = series.values
    everyone = list(dict.fromkeys([*tried, BASELINE, *_simple(kind, tried)]))
    past = replay(task, told, everyone, counts, length) if counts else []
    log = _log_scale(y, tried)
    chosen, trials = _choose(options, kind, tried, past, log, everyone)
    now, weight = _now(options, kind, task, fits, tried, past, log)
    floor = _floor(y, log)
    calibrations = {trial.model: _calibrate(trial, floor, options) for trial in trials}
    final = _distribution(kind, now, calibrations.get(chosen), log, floor, y, weight)
    backtest = _backtest(series, trials, floor, options, kind, y)
    accuracy = _accuracy(series, backtest, chosen)
    history = pd.DataFrame({"series": series.name, "date": task.dates, "value": series.told, "fitted": np.maximum(now.fitted, 0.0), "mark": series.marks})
    ahead = pd.DataFrame({"series": series.name, "date": task.ahead, "value": final.mean, **_edges(final)})
    notes += _notes(kind, y, series, counts, length, options, tried, weight)
    row = _row(series, task, final, chosen, now, weight, log, kind, accuracy, calibrations.get(chosen), notes)
    errors = _errors(trials, chosen, log, floor)
    only = next(iter(weight)) if len(weight) == 1 else None
    return Single(
        series.name,
        history,
        ahead,
        backtest,
        accuracy,
        row,
        tuple((key, {"series": series.name, **details}) for key, details in notes),
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


def _choose(
    options: ForecastOptions, kind: str, tried: Sequence[Candidate], past: list[Origin], log: bool, everyone: Sequence[Candidate]
) -> tuple[str, list[_Trial]]:
    trials = []
    if options.model == "auto" and tried:
        answers = _replay_best(past, tried) if kind == "intermittent" else replay_auto(past, tried, log)
        trials.append(_Trial("auto", log, answers))
    for one in everyone:
        trials.append(_Trial(_named(one), one.log, [(origin, origin.fits.get(one)) for origin in past]))
    chosen = "auto" if options.model == "auto" and tried else _named(tried[0]) if tried else "mean" if Candidate("mean") in everyone else _named(BASELINE)
    return chosen, trials


def _named(one: Candidate) -> str:
    return f"{one.model}_log" if one.log else one.model


def _replay_best(past: list[Origin], tried: Sequence[Candidate]) -> list[tuple[Origin, Fit | None]]:
    found: list[tuple[Origin, Fit | None]] = []
    for origin in past:
        best = _best([other for other in past if other.count < origin.count], [one for one in tried if one in origin.fits], origin.count)
        found.append((origin, combine(origin.fits, best, False) if best else None))
    return found


def _best(past: list[Origin], tried: Sequence[Candidate], now: int) -> dict[Candidate, float]:
    """For intermittent demand: the mean of all, for absolute errors would choose whoever says zero."""
    return {one: 1 / len(tried) for one in tried} if tried else {}


def _now(
    options: ForecastOptions, kind: str, task: Task, fits: dict[Candidate, Fit], tried: Sequence[Candidate], past: list[Origin], log: bool
) -> tuple[Fit, dict[Candidate, float]]:
    if options.model == "auto" and tried:
        weight = _best(past, tried, len(task.y)) if kind == "intermittent" else weights(scores(past, len(task.y)), tried)
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
    return np.full(1, max(float(y.std(ddof=1)) if len(y) > 1 else 0.0, 0.5 * float(np.abs(y).mean())))


def _floor(y: np.ndarray, log: bool) -> float:
    """The least spread: a thousandth of the usual size, so that a perfect fit does not pretend to be certain; none where nothing ever changed."""
    if len(y) > 1 and np.ptp(y) == 0:
        return 0.0
    return 1e-3 if log else 1e-3 * float(np.abs(y).mean())


def _runs(trial: _Trial, floor: float, now: int | None = None) -> list[np.ndarray]:
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


def _calibrate(trial: _Trial, floor: float, options: ForecastOptions) -> Calibration:
    return calibrate(_runs(trial, floor), options.intervals)


def _distribution(kind: str, now: Fit, calibration: Calibration | None, log: bool, floor: float, y: np.ndarray, weight: dict[Candidate, float]) -> Distribution:
    if kind == "intermittent" and (len(weight) > 1 or next(iter(weight)).model in INTERMITTENT):
        return intermittent(now, y)
    scale = log if len(weight) > 1 else next(iter(weight)).log
    if kind in ("zero", "constant"):
        return Distribution(np.maximum(now.mean, 0.0), np.zeros(len(now.mean)))
    return distribution(now, calibration or Calibration(), scale, floor)


def intermittent(now: Fit, y: np.ndarray) -> Distribution:
    """Demands that come with the chance they came lately, as large as past ones, so that their mean is the forecast."""
    recent = y[-max(12, min(len(y), 60)) :]
    share = max(int(np.count_nonzero(recent)), 1) / len(recent)
    sizes = y[y > 0]
    chance = np.full(len(now.mean), min(1.0, share))
    return Distribution(np.maximum(now.mean, 0.0), np.zeros(len(now.mean)), "level", chance=chance, sizes=sizes)


def _edges(one: Distribution) -> dict[str, np.ndarray]:
    lo_80, hi_80 = one.interval(80)
    lo_95, hi_95 = one.interval(95)
    return {"lo_80": lo_80, "hi_80": hi_80, "lo_95": lo_95, "hi_95": hi_95}


def _backtest(series: Regular, trials: Sequence[_Trial], floor: float, options: ForecastOptions, kind: str, y: np.ndarray) -> pd.DataFrame:
    """Every model at every origin, its intervals calibrated only by what was known then."""
    parts = []
    for trial in trials:
        for origin, got in trial.answers:
            if got is None:
                continue
            if kind == "intermittent" and (trial.model == "auto" or trial.model in INTERMITTENT):
                then = intermittent(got, y[: origin.count])
            else:
                then = distribution(got, calibrate(_runs(trial, floor, origin.count), options.intervals), trial.log, floor)
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
                        **_edges(then),
                    }
                )
            )
    return pd.concat(parts, ignore_index=True) if parts else _no_backtest()


def _no_backtest() -> pd.DataFrame:
    dates = {name: pd.Series(dtype="datetime64[ns]") for name in ("cutoff", "date")}
    numbers = {name: pd.Series(dtype=float) for name in ("value", "forecast", "lo_80", "hi_80", "lo_95", "hi_95")}
    return pd.DataFrame({"series": pd.Series(dtype=object), "model": pd.Series(dtype=object), **dates, "step": pd.Series(dtype=np.int64), **numbers})


def _accuracy(series: Regular, backtest: pd.DataFrame, chosen: str) -> pd.DataFrame:
    rows = []
    yardsticks: dict[Any, float] = {
        cutoff: naive_scale(series.told[: int(series.grid.number(np.array([cutoff], dtype="datetime64[D]"))[0]) - series.first + 1], series.season)
        for cutoff in backtest["cutoff"].unique()
    }
    for model, held in backtest.groupby("model", sort=False):
        rows.append({"series": series.name, "model": model, **measure(held, held["cutoff"].map(yardsticks).to_numpy(dtype=float)), "chosen": model == chosen})
    return pd.DataFrame(rows)


def _row(
    series: Regular,
    task: Task,
    final: Distribution,
    chosen: str,
    now: Fit,
    weight: dict[Candidate, float],
    log: bool,
    kind: str,
    accuracy: pd.DataFrame,
    calibration: Calibration | None,
    notes: Sequence[Note],
) -> dict[str, Any]:
    year = series.grid.year
    total = final.paths(task.options.paths, task.options.seed).sum(axis=1)
    lo_95, lo_80, hi_80, hi_95 = (float(value) for value in np.quantile(total, [0.025, 0.1, 0.9, 0.975]))
    middle = float(final.mean.sum())
    before, compared = _before(series, final.mean, year)
    own = accuracy[accuracy["model"] == chosen].iloc[0] if len(accuracy) and (accuracy["model"] == chosen).any() else None
    naive = accuracy[accuracy["model"] == _named(BASELINE)].iloc[0] if len(accuracy) and (accuracy["model"] == _named(BASELINE)).any() else None
    how = (
        "simulated"
        if final.intermittent
        else "none"
        if kind in ("zero", "constant")
        else "conformal"
        if calibration and calibration.scores and task.options.intervals != "model"
        else "model"
    )
    return {
        "series": series.name,
        "model": chosen,
        "label": now.label,
        "parts": ", ".join(dict.fromkeys(_named(one) for one in weight)),
        "every": series.grid.every,
        "season": series.season,
        "points": len(series.told),
        "first": task.dates[0],
        "last": task.dates[-1],
        "total_history": float(np.nansum(series.told[-year:])),
        "total_ahead": middle,
        "lo_80": min(lo_80, middle),
        "hi_80": max(hi_80, middle),
        "lo_95": min(lo_95, middle),
        "hi_95": max(hi_95, middle),
        "before": before,
        "ahead_compared": compared,
        "change": compared / before - 1 if before and compared is not None else None,
        "mase": None if own is None else _plain(own["mase"]),
        "mase_naive": None if naive is None else _plain(naive["mase"]),
        "smape": None if own is None else _plain(own["smape"]),
        "coverage_80": None if own is None else _plain(own["coverage_80"]),
        "coverage_95": None if own is None else _plain(own["coverage_95"]),
        "transform": "both" if len({one.log for one in weight}) == 2 else "log" if next(iter(weight)).log else "none",
        "intervals": how,
        "pattern": kind,
        "notes": ", ".join(dict.fromkeys(key for key, _ in notes)),
    }


def _before(series: Regular, mean: np.ndarray, year: int) -> tuple[float | None, float | None]:
    """Demand in the same periods a year before, and what is forecast for them; periods more than a year ahead have none."""
    count = len(series.told)
    if year > count:
        return None, None
    steps = np.arange(min(len(mean), year))
    if series.grid.every == "day":  # the same weekday
        year = round(year / len(series.grid.weekdays)) * len(series.grid.weekdays)
        if year > count:
            return None, None
        steps = np.arange(min(len(mean), year))
    then = series.told[count - year + steps]
    known = np.isfinite(then)
    if known.mean() < 0.8:
        return None, None
    return float(then[known].sum()), float(mean[steps][known].sum())


def _plain(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _errors(trials: Sequence[_Trial], chosen: str, log: bool, floor: float) -> list[tuple[int, np.ndarray, np.ndarray]]:
    for trial in trials:
        if trial.model == chosen:
            return [
                (origin.count, origin.actual - np.maximum(got.mean, 0.0), on_scale(got, trial.log, False)) for origin, got in trial.answers if got is not None
            ]
    return []


def _notes(
    kind: str,
    y: np.ndarray,
    series: Regular,
    counts: Sequence[int],
    length: int,
    options: ForecastOptions,
    tried: Sequence[Candidate],
    weight: dict[Candidate, float],
) -> list[Note]:
    notes: list[Note] = []
    if kind in ("zero", "constant", "short", "intermittent"):
        notes.append((f"forecast.note.{kind}", {"points": len(y), "value": float(y[-1]), "share": float(np.mean(y == 0))}))
    if kind not in ("zero", "constant", "short"):
        if series.season > 1 and len(y) < 2 * series.season + 1:
            notes.append(("forecast.note.season_unseen", {"points": len(y), "season": series.season}))
        if not counts:
            notes.append(("forecast.note.no_backtest", {"points": len(y)}))
        elif length < series.horizon:
            notes.append(("forecast.note.short_backtest", {"length": length, "horizon": series.horizon}))
    if options.transform == "log" and y.min() <= 0:
        notes.append(("forecast.note.no_log", {}))
    return notes
