"""A series ready to be back-tested and forecast: which models are tried, why, and their fits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from crm_analysis.analyses.forecast.models.fitting import can_fit, fit
from crm_analysis.analyses.forecast.models.registry import INTERMITTENT, REGISTRY
from crm_analysis.analyses.forecast.models.task import ModelFit, Task
from crm_analysis.analyses.forecast.options import ForecastOptions
from crm_analysis.analyses.forecast.series.covariates import covariates_of
from crm_analysis.analyses.forecast.series.filling import fill
from crm_analysis.analyses.forecast.series.regular import RegularSeries

_SMALLEST_SPREAD = (
    1e-3  # of the usual size: a perfect fit does not pretend to be certain
)
PLAIN = ("zero", "constant", "short")  # patterns that nothing is learnt from
_SHORT = 6
_LONG_SEASON = 24
# Mean periods between demands from which demand is intermittent (Syntetos, Boylan & Croston,
# JORS 56, 2005).
_INTERMITTENT_INTERVAL = 1.32


class ModelVariant(NamedTuple):
    """A model and the scale it is fitted on."""

    model: str
    log: bool = False

    @property
    def name(self) -> str:
        """As tables name it: "theta", or "theta_log" where fitted to logarithms."""
        return f"{self.model}_log" if self.log else self.model


BASELINE = ModelVariant("seasonal_naive")
MEAN = ModelVariant("mean")


def pattern(y: np.ndarray, season: int = 1) -> str:
    """What kind of demand it is: "zero", "constant", "short", "intermittent" or "smooth".

    Short are fewer than six points. Intermittent is a demand every 1.32 periods or more seldom,
    and not by the season: an ice cream that rests every winter is regular.
    """
    if not y.any():
        return "zero"
    if len(y) > 1 and np.ptp(y) <= 1e-9 * np.abs(y).max():
        return "constant"
    if len(y) < _SHORT:
        return "short"
    seldom = y.min() >= 0 and len(y) / np.count_nonzero(y) >= _INTERMITTENT_INTERVAL
    return (
        "intermittent" if seldom and not _rests_by_season(y, season) else "smooth"
    )


def _rests_by_season(y: np.ndarray, season: int) -> bool:
    """Whether the phase of the season says well whether there is demand."""
    if season < 2 or len(y) < 2 * season:
        return False
    phase = np.arange(len(y)) % season
    share = np.array(
        [np.mean(y[phase == position] > 0) for position in range(season)]
    )
    overall = float(np.mean(y > 0))
    return float(np.mean(share * (1 - share))) < 0.35 * overall * (1 - overall)


def log_helps(y: np.ndarray, season: int) -> bool:
    """Whether the swings grow with the level more than half as fast as it does.

    The slope of log range on log mean, by stretches of a season.
    """
    if y.min() <= 0:
        return False
    length = season if len(y) >= 3 * season > 3 else max(4, len(y) // 6)
    stretches = [
        y[start : start + length]
        for start in range(len(y) % length, len(y) - length + 1, length)
    ]
    if len(stretches) < 3:
        return False
    means = np.log([stretch.mean() for stretch in stretches])
    spreads = np.array([stretch.std() for stretch in stretches])
    if np.ptp(means) < 0.3 or (spreads <= 0).any():
        return False
    return float(np.polyfit(means, np.log(spreads), 1)[0]) > 0.5


def candidates(task: Task, pattern: str) -> list[ModelVariant]:
    """What is fitted and back-tested: for "auto" all that it may combine, else the model asked for.

    `pattern` is that of the task's history.
    """
    options = task.options
    if options.model != "auto":
        variants = [ModelVariant(options.model, _takes_logs(task))]
    elif pattern in PLAIN:
        variants = []
    elif pattern == "intermittent":
        variants = [
            ModelVariant(name) for name in ("sba", "tsb", "adida", "imapa", "ets")
        ]
    else:
        variants = _to_combine(task)
    return [variant for variant in variants if can_fit(variant.model, len(task.y))]


def _takes_logs(task: Task) -> bool:
    options = task.options
    wanted = options.transform == "log"
    if options.transform == "auto":
        wanted = log_helps(task.y, task.season)
    return wanted and bool(task.y.min() > 0) and REGISTRY[options.model].takes_logs


def _to_combine(task: Task) -> list[ModelVariant]:
    options, season, count = task.options, task.season, len(task.y)
    scales = [False, True]
    if options.transform == "none" or not task.y.min() > 0:
        scales = [False]
    elif options.transform == "log":
        scales = [True]
    both = len(scales) == 2
    variants = [
        ModelVariant(name, log) for name in ("theta", "ces") for log in scales
    ]
    # On logarithms a trend is damped, or it grows without bounds.
    variants.append(
        ModelVariant("damped", True) if scales[-1] else ModelVariant("ets")
    )

    # Days over years have two seasons, and most models know one of them.
    two_seasons = task.year > 2 * season > 2 and count > 2 * task.year
    if task.seasonal:
        variants.append(ModelVariant("mstl", scales[-1]))
        # Repeating last season earns its weight like the others: on the benchmark's series auto
        # comes 1.4 % closer for it. A season of weeks repeated is one noisy year, and takes as
        # much away; and to change over to it where it did better in a back-test of four windows
        # is further off than to combine. It knows neither a second season nor an event, and would
        # take from what one does.
        if season <= _LONG_SEASON and not two_seasons and not task.covariate_names:
            variants.append(BASELINE)
    # A season of weeks, seen two or three times, is steadier as a sum of waves.
    if _LONG_SEASON < season <= count // 2 or two_seasons:
        variants.append(ModelVariant("linear", scales[-1]))
    if options.thorough:
        if both:
            variants.append(ModelVariant("ets"))
        variants.append(ModelVariant("auto_arima", scales[-1]))
    return variants


@dataclass(frozen=True, eq=False)
class PreparedSeries:
    """A series, the task that models are given, its pattern, and the models that can be fitted.

    `recorded` is the task before lasting jumps are taken out of it.
    """

    series: RegularSeries
    recorded: Task
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
        return bool(self.task.y.min() > 0) and any(
            variant.log for variant in self.fits
        )

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
    covariates = covariates_of(
        series.name, series.grid, numbers, options, regressors
    )
    recorded = Task(
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
    task = recorded.settled() if kind == "smooth" else recorded
    answers = {
        variant: fit(variant.model, task, log=variant.log)
        for variant in candidates(task, kind)
    }
    return PreparedSeries(
        series,
        recorded,
        task,
        kind,
        {
            variant: answer
            for variant, answer in answers.items()
            if answer is not None
        },
    )
