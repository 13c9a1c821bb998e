"""Each model at earlier days, "auto" among them: what it said, how sure, how far off it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.analyses.forecast.backtesting.accuracy import (
    measure,
    naive_scale,
)
from crm_analysis.analyses.forecast.backtesting.combination import (
    combine,
    equal_weights,
    weights_by_error,
)
from crm_analysis.analyses.forecast.backtesting.intervals import (
    calibrate,
    calibrated,
    intermittent,
    spread_of,
)
from crm_analysis.analyses.forecast.backtesting.prepared import PreparedSeries
from crm_analysis.analyses.forecast.backtesting.replay import (
    Origin,
    mean_errors,
)
from crm_analysis.analyses.forecast.distribution import Distribution
from crm_analysis.analyses.forecast.models.task import ModelFit
from crm_analysis.analyses.forecast.series.regular import RegularSeries

_COLUMNS = {
    "series": object,
    "model": object,
    "cutoff": "datetime64[ns]",
    "date": "datetime64[ns]",
    "step": np.int64,
    **dict.fromkeys(("value", "forecast", "lo_80", "hi_80", "lo_95", "hi_95"), float),
}


@dataclass(frozen=True, eq=False)
class TrackRecord:
    """One model (or "auto") at all origins where it could be fitted, latest first.

    `log` is the scale of its errors.
    """

    model: str
    log: bool
    answers: list[tuple[Origin, ModelFit]]

    def scores(self, floor: float, now: int | None = None) -> list[np.ndarray]:
        """Errors over spread at each origin, as far as they were known at point `now`."""
        runs = []
        for origin, fit in self.answers:
            actual = origin.actual
            if now is not None:
                actual = actual[: max(0, now - origin.count)]
            if not len(actual):
                continue
            mean = np.maximum(fit.mean[: len(actual)], 0.0)
            with np.errstate(all="ignore"):
                error = np.log(actual / mean) if self.log else actual - mean
                score = error / spread_of(fit, floor)[: len(actual)]
            runs.append(np.where(np.isfinite(score), score, np.nan))
        return runs

    def errors(self, dates: np.ndarray) -> list[tuple[np.datetime64, np.ndarray]]:
        """The last date known at each origin, and actual − forecast from then on."""
        return [
            (dates[origin.count - 1], origin.actual - np.maximum(fit.mean, 0.0))
            for origin, fit in self.answers
        ]


def track_records(
    prepared: PreparedSeries, past: Sequence[Origin]
) -> list[TrackRecord]:
    """Every model that is compared, "auto" first where models are combined."""
    records = []
    if prepared.combines:
        answers = [(origin, _combined(prepared, origin, past)) for origin in past]
        records.append(_record("auto", prepared.log, answers))
    for variant in prepared.compared:
        fits = [(origin, origin.fits.get(variant)) for origin in past]
        records.append(_record(variant.name, variant.log, fits))
    return records


def _record(
    model: str, log: bool, answers: Sequence[tuple[Origin, ModelFit | None]]
) -> TrackRecord:
    return TrackRecord(
        model,
        log,
        [(origin, fit) for origin, fit in answers if fit is not None],
    )


def _combined(
    prepared: PreparedSeries, origin: Origin, past: Sequence[Origin]
) -> ModelFit | None:
    """What "auto" would have said, its weights learnt only from what was known then."""
    able = [variant for variant in prepared.fits if variant in origin.fits]
    if not able:
        return None
    if prepared.pattern == "intermittent":
        return combine(origin.fits, equal_weights(able), log=False)
    earlier = [other for other in past if other.count < origin.count]
    weights = weights_by_error(mean_errors(earlier, origin.count), able)
    return combine(origin.fits, weights, prepared.log)


def backtest_table(
    prepared: PreparedSeries, records: Sequence[TrackRecord]
) -> pd.DataFrame:
    """Every model at every origin, its intervals calibrated only by what was known then."""
    series = prepared.series
    parts = []
    for record in records:
        for origin, fit in record.answers:
            then = _distribution_then(prepared, record, origin, fit)
            first = series.first + origin.count
            dates = series.grid.dates(np.arange(first - 1, first + len(origin.actual)))
            columns = {
                "series": series.name,
                "model": record.model,
                "cutoff": dates[0],
                "date": dates[1:],
                "step": np.arange(1, len(dates)),
                "value": origin.actual,
                "forecast": then.mean,
                **then.edges(),
            }
            parts.append(pd.DataFrame(columns))
    empty = pd.DataFrame(columns=list(_COLUMNS)).astype(_COLUMNS)
    return pd.concat(parts, ignore_index=True) if parts else empty


def _distribution_then(
    prepared: PreparedSeries, record: TrackRecord, origin: Origin, fit: ModelFit
) -> Distribution:
    if prepared.comes_and_goes(record.model):
        return intermittent(fit, prepared.task.y[: origin.count])
    calibration = calibrate(
        record.scores(prepared.floor, origin.count), prepared.task.options.intervals
    )
    return calibrated(fit, calibration, record.log, prepared.floor)


def accuracy_table(
    series: RegularSeries, backtest: pd.DataFrame, chosen: str
) -> pd.DataFrame:
    """The measures, a row a model."""
    scales = {}
    for cutoff in backtest["cutoff"].unique():
        number = int(series.grid.number(np.array([cutoff], dtype="datetime64[D]"))[0])
        until_then = series.recorded[: number - series.first + 1]
        scales[cutoff] = naive_scale(until_then, series.season)
    return pd.DataFrame(
        [
            {
                "series": series.name,
                "model": model,
                **measure(answers, answers["cutoff"].map(scales).to_numpy(dtype=float)),
                "chosen": model == chosen,
            }
            for model, answers in backtest.groupby("model", sort=False)
        ]
    )
