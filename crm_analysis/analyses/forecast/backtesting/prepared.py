"""A series ready to be back-tested and forecast: its task, and every model fitted to it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.analyses.forecast.backtesting.candidates import (
    BASELINE,
    ModelVariant,
    candidates,
    pattern,
)
from crm_analysis.analyses.forecast.models.fitting import fit
from crm_analysis.analyses.forecast.models.registry import INTERMITTENT
from crm_analysis.analyses.forecast.models.task import ModelFit, Task
from crm_analysis.analyses.forecast.options import ForecastOptions
from crm_analysis.analyses.forecast.series.covariates import covariates_of
from crm_analysis.analyses.forecast.series.regular import RegularSeries, fill

MEAN = ModelVariant("mean")
_SMALLEST_SPREAD = (
    1e-3  # of the usual size: a perfect fit does not pretend to be certain
)


@dataclass(frozen=True, eq=False)
class PreparedSeries:
    """A series, the task that models are given, its pattern, and the models that can be fitted."""

    series: RegularSeries
    task: Task
    pattern: str
    fits: dict[ModelVariant, ModelFit]

    @property
    def combines(self) -> bool:
        """Whether the forecast is that of several models together."""
        return self.task.options.model == "auto" and bool(self.fits)

    @property
    def model(self) -> str:
        """The name of what is forecast with."""
        return "auto" if self.combines else next(iter(self.fits), MEAN).name

    @property
    def compared(self) -> list[ModelVariant]:
        """The models that are back-tested."""
        simple = [] if self.fits and self.pattern != "constant" else [MEAN]
        return list(dict.fromkeys([*self.fits, BASELINE, *simple]))

    @property
    def log(self) -> bool:
        """Whether errors are relative ones: a positive history is (also) fitted to logarithms."""
        return bool(self.task.y.min() > 0) and any(variant.log for variant in self.fits)

    @property
    def floor(self) -> float:
        """The smallest spread; none where nothing ever changed."""
        y = self.task.y
        if len(y) > 1 and np.ptp(y) == 0:
            return 0.0
        return _SMALLEST_SPREAD * (1.0 if self.log else float(np.abs(y).mean()))

    def comes_and_goes(self, model: str) -> bool:
        """Whether a model ("auto" among them) takes the demand for one that comes now and then."""
        return self.pattern == "intermittent" and model in (
            "auto",
            *INTERMITTENT,
        )


def prepare(
    series: RegularSeries,
    options: ForecastOptions,
    regressors: pd.DataFrame | None = None,
) -> PreparedSeries:
    """The series with every model that is to be tried fitted to all of its history."""
    y = fill(series.values, series.season)
    count = len(y)
    numbers = np.arange(series.first, series.first + count + series.horizon)
    dates = series.grid.dates(numbers)
    covariates = covariates_of(series.name, series.grid, numbers, options, regressors)
    task = Task(
        y=y,
        horizon=series.horizon,
        season=series.season,
        year=series.grid.year,
        dates=dates[:count],
        dates_ahead=dates[count:],
        covariates=covariates.values[:count],
        covariates_ahead=covariates.values[count:],
        covariate_names=covariates.names,
        options=options,
        missing=np.isnan(series.values),
    )
    kind = pattern(y, series.season)
    answers = {
        variant: fit(variant.model, task, log=variant.log)
        for variant in candidates(task, kind)
    }
    return PreparedSeries(
        series,
        task,
        kind,
        {variant: answer for variant, answer in answers.items() if answer is not None},
    )
