"""One series in one row: what was chosen, how much is ahead, how good that was before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.forecast.backtesting.candidates import (
    BASELINE,
    PLAIN,
)
from crm_analysis.analyses.forecast.backtesting.choice import Choice
from crm_analysis.analyses.forecast.backtesting.prepared import PreparedSeries
from crm_analysis.analyses.forecast.distribution import quantiles
from crm_analysis.analyses.forecast.series.regular import RegularSeries
from crm_analysis.messages import Message

_COMPARABLE = 0.8  # the share of last year's periods that must be known


def series_row(
    prepared: PreparedSeries,
    choice: Choice,
    accuracy: pd.DataFrame,
    notes: Sequence[Message],
) -> dict[str, Any]:
    """One series as a row of `Forecast.series`."""
    series, task, mean = (
        prepared.series,
        prepared.task,
        choice.distribution.mean,
    )
    total = float(mean.sum())
    paths = choice.distribution.paths(task.options.paths, task.options.seed)
    before, compared = _before(series, mean)
    own = _measures(accuracy, prepared.model)
    return {
        "series": series.name,
        "model": prepared.model,
        "label": choice.fit.label,
        "parts": ", ".join(dict.fromkeys(variant.name for variant in choice.weights)),
        "every": series.grid.every,
        "season": series.season,
        "points": len(series.recorded),
        "first": task.dates[0],
        "last": task.dates[-1],
        "total_history": float(np.nansum(series.recorded[-task.year :])),
        "total_ahead": total,
        **quantiles(paths.sum(axis=1), total),
        "before": before,
        "ahead_compared": compared,
        "change": compared / before - 1 if before and compared is not None else None,
        "mase": own.get("mase"),
        "mase_naive": _measures(accuracy, BASELINE.name).get("mase"),
        "smape": own.get("smape"),
        "coverage_80": own.get("coverage_80"),
        "coverage_95": own.get("coverage_95"),
        "transform": choice.transform,
        "intervals": _source_of_intervals(prepared, choice),
        "pattern": prepared.pattern,
        "notes": ", ".join(dict.fromkeys(key for key, _ in notes)),
    }


def _measures(accuracy: pd.DataFrame, model: str) -> dict[str, float]:
    """The measures of a model that could be taken."""
    if accuracy.empty:
        return {}
    rows = accuracy[accuracy["model"] == model].drop(columns=["series", "model"])
    measures = rows.iloc[0].to_dict() if len(rows) else {}
    return {
        name: float(value) for name, value in measures.items() if np.isfinite(value)
    }


def _source_of_intervals(prepared: PreparedSeries, choice: Choice) -> str:
    if choice.distribution.intermittent:
        return "simulated"
    if prepared.pattern in ("zero", "constant"):
        return "none"
    if choice.calibration.scores and prepared.task.options.intervals != "model":
        return "conformal"
    return "model"


def _before(
    series: RegularSeries, mean: np.ndarray
) -> tuple[float | None, float | None]:
    """Demand in the same periods a year before, and what is forecast for them.

    Periods more than a year ahead have none.
    """
    year, count = series.grid.year, len(series.recorded)
    if series.grid.every == "day":  # the same weekday
        week = len(series.grid.weekdays)
        year = round(year / week) * week
    if max(year, series.grid.year) > count:
        return None, None
    steps = np.arange(min(len(mean), year))
    then = series.recorded[count - year + steps]
    observed = np.isfinite(then)
    if observed.mean() < _COMPARABLE:
        return None, None
    return float(then[observed].sum()), float(mean[steps][observed].sum())


def series_notes(prepared: PreparedSeries, windows: int, length: int) -> list[Message]:
    """What is worth saying of a series.

    `windows` are those of its back-test, `length` the periods that each forecasts.
    """
    series, task, options = (
        prepared.series,
        prepared.task,
        prepared.task.options,
    )
    points = len(task.y)
    notes = list(series.notes)
    if options.model != "auto" and not prepared.fits:
        details = {"model": options.model, "points": points}
        notes.append(Message("forecast.note.model_not_fitted", details))
    if prepared.pattern != "smooth":
        share = float(np.mean(task.y == 0))
        details = {"points": points, "value": float(task.y[-1]), "share": share}
        notes.append(Message(f"forecast.note.{prepared.pattern}", details))
    if prepared.pattern not in PLAIN:
        if series.season > 1 and not task.seasonal:
            details = {"points": points, "season": series.season}
            notes.append(Message("forecast.note.season_unseen", details))
        if not windows:
            notes.append(Message("forecast.note.no_backtest", {"points": points}))
        elif length < series.horizon:
            details = {"length": length, "horizon": series.horizon}
            notes.append(Message("forecast.note.short_backtest", details))
    names = list(task.covariate_names)
    if names:
        notes.append(
            Message(
                "forecast.note.covariates",
                {"names": names, "count": len(names)},
            )
        )
    if options.transform == "log" and task.y.min() <= 0:
        notes.append(Message("forecast.note.no_log", {}))
    return [Message(key, {"series": series.name, **details}) for key, details in notes]
