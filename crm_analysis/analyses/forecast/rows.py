"""One series in one row: what was chosen, how much is ahead, how good that was before, what is worth saying."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.forecast.backtesting.candidates import Candidate
from crm_analysis.analyses.forecast.backtesting.distribution import Distribution
from crm_analysis.analyses.forecast.backtesting.intervals import Calibration
from crm_analysis.analyses.forecast.backtesting.trials import BASELINE, named
from crm_analysis.analyses.forecast.models import Fit, Task
from crm_analysis.analyses.forecast.options import ForecastOptions
from crm_analysis.analyses.forecast.series.regular import Regular
from crm_analysis.messages import Message

__all__ = ["notes_of", "row_of"]


def row_of(
    series: Regular,
    task: Task,
    final: Distribution,
    chosen: str,
    now: Fit,
    weight: dict[Candidate, float],
    kind: str,
    accuracy: pd.DataFrame,
    calibration: Calibration | None,
    notes: Sequence[Message],
) -> dict[str, Any]:
    """One series as a row of `Forecast.series`."""
    year = series.grid.year
    total = final.paths(task.options.paths, task.options.seed).sum(axis=1)
    lo_95, lo_80, hi_80, hi_95 = (
        float(value) for value in np.quantile(total, [0.025, 0.1, 0.9, 0.975])
    )
    middle = float(final.mean.sum())
    before, compared = _before(series, final.mean, year)
    own = (
        accuracy[accuracy["model"] == chosen].iloc[0]
        if len(accuracy) and (accuracy["model"] == chosen).any()
        else None
    )
    naive = (
        accuracy[accuracy["model"] == named(BASELINE)].iloc[0]
        if len(accuracy) and (accuracy["model"] == named(BASELINE)).any()
        else None
    )
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
        "parts": ", ".join(dict.fromkeys(named(one) for one in weight)),
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
        "transform": "both"
        if len({one.log for one in weight}) == 2
        else "log"
        if next(iter(weight)).log
        else "none",
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


def notes_of(
    kind: str,
    y: np.ndarray,
    series: Regular,
    counts: Sequence[int],
    length: int,
    options: ForecastOptions,
    known: Sequence[str] = (),
) -> list[Message]:
    """What is worth saying of a series: (key, details)."""
    notes: list[Message] = []
    if kind in ("zero", "constant", "short", "intermittent"):
        notes.append(
            Message(
                f"forecast.note.{kind}",
                {"points": len(y), "value": float(y[-1]), "share": float(np.mean(y == 0))},
            )
        )
    if kind not in ("zero", "constant", "short"):
        if series.season > 1 and len(y) < 2 * series.season:
            notes.append(
                Message("forecast.note.season_unseen", {"points": len(y), "season": series.season})
            )
        if not counts:
            notes.append(Message("forecast.note.no_backtest", {"points": len(y)}))
        elif length < series.horizon:
            notes.append(
                Message(
                    "forecast.note.short_backtest", {"length": length, "horizon": series.horizon}
                )
            )
    if known:
        notes.append(Message("forecast.note.known", {"names": list(known), "count": len(known)}))
    if options.transform == "log" and y.min() <= 0:
        notes.append(Message("forecast.note.no_log", {}))
    return notes
