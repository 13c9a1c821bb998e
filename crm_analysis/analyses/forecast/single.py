"""One series from history to forecast: what is tried, how it did before, what it says now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.forecast.backtesting.choice import Choice, choose
from crm_analysis.analyses.forecast.backtesting.prepared import (
    PreparedSeries,
    prepare,
)
from crm_analysis.analyses.forecast.backtesting.replay import origins, replay
from crm_analysis.analyses.forecast.backtesting.track_record import (
    accuracy_table,
    backtest_table,
    track_records,
)
from crm_analysis.analyses.forecast.options import ForecastOptions
from crm_analysis.analyses.forecast.rows import series_notes, series_row
from crm_analysis.analyses.forecast.series.regular import RegularSeries
from crm_analysis.messages import Message


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
    past = replay(task, series.values, prepared.compared, counts, length)
    records = track_records(prepared, past)
    record = next(record for record in records if record.model == prepared.model)
    choice = choose(prepared, past, record)
    backtest = backtest_table(prepared, records)
    accuracy = accuracy_table(series, backtest, prepared.model)
    notes = series_notes(prepared, len(counts), length)
    history = {
        "series": series.name,
        "date": task.dates,
        "value": series.recorded,
        "fitted": np.maximum(choice.fit.fitted, 0.0),
        "mark": series.marks,
    }
    ahead = {
        "series": series.name,
        "date": task.dates_ahead,
        "value": choice.distribution.mean,
        **choice.distribution.edges(),
    }
    return SeriesForecast(
        prepared=prepared,
        choice=choice,
        history=pd.DataFrame(history),
        ahead=pd.DataFrame(ahead),
        backtest=backtest,
        accuracy=accuracy,
        row=series_row(prepared, choice, accuracy, notes),
        notes=notes,
        errors=record.errors(task.dates),
    )
