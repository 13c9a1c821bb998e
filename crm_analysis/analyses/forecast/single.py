"""One series: what is tried, how it did before, what it says and leaves unexplained; as a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.forecast.backtesting.choice import (
    Choice,
    accuracy_table,
    backtest_table,
    choose,
    track_records,
)
from crm_analysis.analyses.forecast.backtesting.prepared import (
    BASELINE,
    PLAIN,
    PreparedSeries,
    prepare,
)
from crm_analysis.analyses.forecast.backtesting.replay import origins, replay
from crm_analysis.analyses.forecast.distribution import quantiles
from crm_analysis.analyses.forecast.models.arima import difference
from crm_analysis.analyses.forecast.options import ForecastOptions
from crm_analysis.analyses.forecast.result import Diagnostics
from crm_analysis.analyses.forecast.series.regular import RegularSeries
from crm_analysis.messages import Message

_COMPARABLE = 0.8  # the share of last year's periods that must be known
_MINIMUM_RESIDUALS = 5
_MAXIMUM_LAGS = 60


@dataclass(frozen=True, eq=False)
class SeriesForecast:
    """The forecast of one series.

    `history`, `ahead`, `backtest` and `accuracy` are its rows of the tables of `Forecast`, `row`
    its row of `Forecast.series`. `errors` are those of the back-test: the last date known, and
    actual − forecast from then on.
    """

    prepared: PreparedSeries
    choice: Choice
    history: pd.DataFrame
    ahead: pd.DataFrame
    backtest: pd.DataFrame
    accuracy: pd.DataFrame
    row: dict[str, Any]
    notes: list[Message]
    errors: list[tuple[np.datetime64, np.ndarray]]

    @property
    def name(self) -> str:
        """The name of the series."""
        return self.prepared.series.name


def forecast_series(
    series: RegularSeries,
    options: ForecastOptions,
    regressors: pd.DataFrame | None = None,
) -> SeriesForecast:
    """The forecast of one series."""
    prepared = prepare(series, options, regressors)
    task = prepared.task
    counts, length = origins(
        len(task.y),
        series.season,
        series.horizon,
        options.windows,
        options.step,
    )
    if prepared.pattern in ("zero", "short"):
        counts = []
    past = replay(prepared, counts, length)
    records = track_records(prepared, past)
    record = next(record for record in records if record.model == prepared.model)
    choice = choose(prepared, past, record)
    backtest = backtest_table(prepared, records)
    accuracy = accuracy_table(series, backtest, prepared.model)
    notes = series_notes(prepared, len(counts), length)
    return SeriesForecast(
        prepared=prepared,
        choice=choice,
        history=pd.DataFrame(
            {
                "series": series.name,
                "date": task.dates,
                "value": series.recorded,
                "fitted": np.maximum(
                    task.shifts.as_recorded(choice.fit.fitted), 0.0
                ),
                "mark": series.marks,
            }
        ),
        ahead=pd.DataFrame(
            {
                "series": series.name,
                "date": task.dates_ahead,
                "value": choice.distribution.mean,
                **choice.distribution.edges(),
            }
        ),
        backtest=backtest,
        accuracy=accuracy,
        row=series_row(prepared, choice, accuracy, notes),
        notes=notes,
        errors=record.errors(task.dates),
    )


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
        "parts": ", ".join(
            dict.fromkeys(variant.name for variant in choice.weights)
        ),
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
        "change": compared / before - 1
        if before and compared is not None
        else None,
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


def series_notes(
    prepared: PreparedSeries, windows: int, length: int
) -> list[Message]:
    """What is worth saying of a series.

    `windows` are those of its back-test, `length` the periods that each forecasts.
    """
    series, task, options = (
        prepared.series,
        prepared.task,
        prepared.task.options,
    )
    points = len(task.y)
    facts: dict[str, dict[str, Any]] = {}
    if options.model != "auto" and not prepared.fits:
        facts["model_not_fitted"] = {"model": options.model, "points": points}
    if prepared.pattern != "smooth":
        facts[prepared.pattern] = {
            "points": points,
            "value": float(task.y[-1]),
            "share": float(np.mean(task.y == 0)),
        }
    if prepared.pattern not in PLAIN:
        if series.season > 1 and not task.seasonal:
            facts["season_unseen"] = {"points": points, "season": series.season}
        if not windows:
            facts["no_backtest"] = {"points": points}
        elif length < series.horizon:
            facts["short_backtest"] = {"length": length, "horizon": series.horizon}
    names = list(task.covariate_names)
    if names:
        facts["covariates"] = {"names": names, "count": len(names)}
    if options.transform == "log" and task.y.min() <= 0:
        facts["no_log"] = {}
    shifts = level_shifts(prepared)
    if len(shifts):
        latest = shifts.iloc[-1]
        facts["level_shift"] = {
            "date": latest["date"].date().isoformat(),
            "share": float(latest["share"]),
        }
    notes = [
        Message(f"forecast.note.{key}", details) for key, details in facts.items()
    ]
    return [
        Message(key, {"series": series.name, **details})
        for key, details in (*series.notes, *notes)
    ]


def level_shifts(prepared: PreparedSeries) -> pd.DataFrame:
    """The lasting jumps of one series, a row of `Forecast.level_shifts` each."""
    series, shifts = prepared.series, prepared.task.shifts
    y = prepared.recorded.y
    before = [
        y[max(0, position - series.season) : position] for position in shifts.sizes
    ]
    shares = [
        shifts.share(position, float(np.median(values)))
        for position, values in zip(shifts.sizes, before, strict=True)
    ]
    return pd.DataFrame(
        {
            "series": series.name,
            "date": prepared.task.dates[list(shifts.sizes)],
            "share": np.array(shares, dtype=float),
        }
    )


def diagnose(forecast: SeriesForecast) -> Diagnostics | None:
    """The diagnostics of one fitted model.

    None where it says nothing of the history (fewer than five residuals).
    """
    task, choice = forecast.prepared.task, forecast.choice
    fit, variant, log = (
        choice.fit,
        choice.single,
        choice.distribution.scale == "log",
    )
    y, fitted = task.y, fit.fitted
    if log:
        with np.errstate(all="ignore"):
            y, fitted = np.log(y), np.log(fitted)
    residuals = np.where(task.missing, np.nan, y - fitted)
    finite = np.isfinite(residuals)
    residuals = residuals[finite]
    if len(residuals) < _MINIMUM_RESIDUALS:
        return None
    stationary = y
    if variant is not None and variant.model == "arima":
        seasonal_d = task.options.D if task.seasonal else 0
        stationary = difference(y, task.options.d, seasonal_d, task.season)
    # Two seasons of a long series, ten lags of a short one.
    lags = max(10, 2 * task.season) if len(residuals) >= 4 * task.season else 10
    lags = min(len(residuals) // 2, lags, _MAXIMUM_LAGS)
    details = fit.details
    arma_terms = int(details.get("arma_terms", 0))
    usual = min(len(residuals) // 5, 2 * task.season if task.season > 1 else 10)
    tested = max(usual, arma_terms + 1)
    statistic, probability = ljung_box(residuals, tested, arma_terms)
    return Diagnostics(
        series=forecast.name,
        model=variant.model if variant else "auto",
        label=fit.label,
        transform="log" if log else "none",
        parameters=pd.DataFrame(
            details.get("parameters", []),
            columns=["parameter", "value", "standard_error"],
        ),
        residuals=pd.DataFrame({"date": task.dates[finite], "residual": residuals}),
        acf=autocorrelation(residuals, lags),
        pacf=autocorrelation(residuals, lags, partial=True),
        acf_series=autocorrelation(stationary, lags),
        pacf_series=autocorrelation(stationary, lags, partial=True),
        figures={
            **{
                name: float(details[name])
                for name in ("log_likelihood", "aic", "aicc", "bic", "sigma2")
                if name in details
            },
            "ljung_box": statistic,
            "ljung_box_p": probability,
            "ljung_box_lags": float(tested),
            "observations": float(len(residuals)),
            "mean": float(residuals.mean()),
            "converged": float(details.get("converged", True)),
        },
    )


def ljung_box(
    residuals: np.ndarray, lags: int, arma_terms: int = 0
) -> tuple[float, float]:
    """The Ljung-Box statistic over `lags`, and the chance of one as large of mere noise.

    Ljung & Box, Biometrika 65, 1978.
    """
    from scipy.stats import chi2

    count = len(residuals)
    acf = _acf(residuals, lags)
    sizes = count - np.arange(1, len(acf) + 1)
    statistic = float(count * (count + 2) * np.sum(acf**2 / sizes))
    return statistic, float(chi2.sf(statistic, max(1, len(acf) - arma_terms)))


def autocorrelation(
    values: np.ndarray, lags: int, *, partial: bool = False
) -> pd.DataFrame:
    """Lag (periods), value, band: the (partial) autocorrelation up to `lags`.

    Chance alone stays within ± `band` 95 times of 100.
    """
    acf = _acf(values, max(1, min(lags, len(values) // 2 - 1)))
    return pd.DataFrame(
        {
            "lag": np.arange(1, len(acf) + 1),
            "value": _partial(acf) if partial else acf,
            "band": 1.96 / np.sqrt(len(values)),
        }
    )


def _acf(values: np.ndarray, lags: int) -> np.ndarray:
    centred = values - values.mean()
    size = float(centred @ centred)
    acf = np.zeros(min(lags, len(values) - 1))
    if size > 0:
        for lag in range(1, len(acf) + 1):
            acf[lag - 1] = float(centred[lag:] @ centred[:-lag]) / size
    return acf


def _partial(acf: np.ndarray) -> np.ndarray:
    """Durbin and Levinson's recursion."""
    pacf = np.zeros(len(acf))
    phi = np.zeros(0)
    for position in range(len(acf)):
        before = acf[:position]
        rest = 1 - float(phi @ before)
        last = 0.0
        if abs(rest) > 1e-12:
            last = (acf[position] - float(phi @ before[::-1])) / rest
        phi = np.append(phi - last * phi[::-1], last)
        pacf[position] = last
    return pacf
