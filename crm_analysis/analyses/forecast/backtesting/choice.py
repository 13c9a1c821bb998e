"""Each model at earlier days, "auto" among them, and what a series is forecast with after that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from crm_analysis.analyses.forecast.backtesting.accuracy import (
    MEASURED,
    measure,
    naive_scale,
)
from crm_analysis.analyses.forecast.backtesting.intervals import (
    Calibration,
    calibrate,
    calibrated,
    intermittent,
    spread_of,
)
from crm_analysis.analyses.forecast.backtesting.prepared import (
    BASELINE,
    MEAN,
    PLAIN,
    ModelVariant,
    PreparedSeries,
)
from crm_analysis.analyses.forecast.backtesting.replay import (
    Origin,
    combine,
    equal_weights,
    mean_errors,
    weights_by_error,
)
from crm_analysis.analyses.forecast.distribution import Distribution
from crm_analysis.analyses.forecast.models.fitting import fit
from crm_analysis.analyses.forecast.models.task import ModelFit
from crm_analysis.analyses.forecast.series.regular import RegularSeries

_COLUMNS = {
    "series": object,
    "model": object,
    "cutoff": "datetime64[ns]",
    "date": "datetime64[ns]",
    "step": np.int64,
    **dict.fromkeys(
        ("value", "forecast", "lo_80", "hi_80", "lo_95", "hi_95"), float
    ),
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
        for origin, answer in self.answers:
            actual = origin.at_level
            if now is not None:
                actual = actual[: max(0, now - origin.count)]
            if not len(actual):
                continue
            mean = np.maximum(answer.mean[: len(actual)], 0.0)
            with np.errstate(all="ignore"):
                error = np.log(actual / mean) if self.log else actual - mean
                score = error / spread_of(answer, floor)[: len(actual)]
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
    numbers = np.arange(len(series.values) + 1) + series.first - 1
    dates = series.grid.dates(numbers).astype("datetime64[ns]")
    columns: dict[str, list[np.ndarray]] = {name: [] for name in _COLUMNS}
    for record in records:
        for origin, answer in record.answers:
            then = _distribution_then(prepared, record, origin, answer)
            steps = len(origin.actual)
            part = {
                "series": np.full(steps, series.name, dtype=object),
                "model": np.full(steps, record.model, dtype=object),
                "cutoff": np.full(steps, dates[origin.count]),
                "date": dates[origin.count + 1 : origin.count + 1 + steps],
                "step": np.arange(1, steps + 1),
                "value": origin.actual,
                "forecast": then.mean,
                **then.edges(),
            }
            for name, values in part.items():
                columns[name].append(values)
    if not columns["step"]:
        return pd.DataFrame(columns=list(_COLUMNS)).astype(_COLUMNS)
    # A table a part, put together afterwards, took a fifth of a whole forecast.
    return pd.DataFrame(
        {name: np.concatenate(parts) for name, parts in columns.items()}
    )


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
    codes, cutoffs = pd.factorize(backtest["cutoff"].to_numpy("datetime64[ns]"))
    numbers = series.grid.number(cutoffs.astype("datetime64[D]")) - series.first
    yardsticks = [
        naive_scale(series.recorded[: n + 1], series.season) for n in numbers
    ]
    scales = np.array(yardsticks, dtype=float)[codes]
    values = {name: backtest[name].to_numpy(dtype=float) for name in MEASURED}
    of_model, models = pd.factorize(backtest["model"])
    rows = []
    for number, model in enumerate(models):
        own = of_model == number
        measures = measure(
            {name: v[own] for name, v in values.items()}, scales[own]
        )
        chose = {"chosen": model == chosen}
        rows.append({"series": series.name, "model": model, **measures, **chose})
    return pd.DataFrame(rows)


@dataclass(frozen=True, eq=False)
class Choice:
    """The models with their weights, their fit together, and the distribution around it."""

    weights: dict[ModelVariant, float]
    fit: ModelFit
    calibration: Calibration
    distribution: Distribution

    @property
    def single(self) -> ModelVariant | None:
        """The model, where it is only one."""
        return next(iter(self.weights)) if len(self.weights) == 1 else None

    @property
    def transform(self) -> str:
        """Whether models were fitted to logarithms: "log", "none" or "both"."""
        scales = {variant.log for variant in self.weights}
        if len(scales) == 2:
            return "both"
        return "log" if scales == {True} else "none"


def choose(
    prepared: PreparedSeries, past: Sequence[Origin], record: TrackRecord
) -> Choice:
    """What the series is forecast with, from the back-test; `record` is that of the forecast."""
    weights = _weights(prepared, past)
    fit = _fit(prepared, weights)
    calibration = calibrate(
        record.scores(prepared.floor), prepared.task.options.intervals
    )
    return Choice(
        weights,
        fit,
        calibration,
        _distribution(prepared, weights, fit, calibration),
    )


def _weights(
    prepared: PreparedSeries, past: Sequence[Origin]
) -> dict[ModelVariant, float]:
    variants = list(prepared.fits)
    if prepared.combines and prepared.pattern == "intermittent":
        return equal_weights(variants)
    if prepared.combines:
        return weights_by_error(mean_errors(past, len(prepared.task.y)), variants)
    if variants:
        return {variants[0]: 1.0}
    return {MEAN if prepared.pattern in PLAIN else BASELINE: 1.0}


def _fit(prepared: PreparedSeries, weights: dict[ModelVariant, float]) -> ModelFit:
    if prepared.combines:
        return combine(prepared.fits, weights, prepared.log)
    variant = next(iter(weights))
    if variant in prepared.fits:
        return prepared.fits[variant]
    y = prepared.task.y
    simple = fit(variant.model, prepared.task)
    assert simple is not None
    if prepared.pattern != "short":
        return simple
    # Of one to five points: their standard deviation, or half of the mean where that is more.
    deviation = float(y.std(ddof=1)) if len(y) > 1 else 0.0
    return replace(
        simple,
        spread=np.maximum(
            simple.spread, max(deviation, 0.5 * float(np.abs(y).mean()))
        ),
    )


def _distribution(
    prepared: PreparedSeries,
    weights: dict[ModelVariant, float],
    fit: ModelFit,
    calibration: Calibration,
) -> Distribution:
    """The distribution around the fit, on the scale of the only model or of all together."""
    model, log = "auto", prepared.log
    if len(weights) == 1:
        model, log = next(iter(weights))
    if prepared.comes_and_goes(model):
        return intermittent(fit, prepared.task.y)
    if prepared.pattern in ("zero", "constant"):
        return Distribution(np.maximum(fit.mean, 0.0), np.zeros(len(fit.mean)))
    return calibrated(fit, calibration, log, prepared.floor)
