"""What a model is given, and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from crm_analysis.analyses.forecast.options import ForecastOptions
from crm_analysis.analyses.forecast.series.level_shifts import (
    LevelShifts,
    find_level_shifts,
)


@dataclass(frozen=True, eq=False)
class Task:
    """A history without holes to be continued.

    Attributes
    ----------
    y
        The history; `missing` marks what was filled in.
    horizon
        Periods to forecast.
    season, year
        Periods in a season and in a year.
    dates, dates_ahead
        Dates of the history and of the horizon.
    covariates, covariates_ahead
        What is known beforehand (holidays, events, regressors): a row a period, a column each of
        `covariate_names`.
    options
        What a person set.
    shifts
        The lasting jumps that `y` is free of, being as if at the level of today.
    """

    y: np.ndarray
    horizon: int
    season: int
    year: int
    dates: np.ndarray
    dates_ahead: np.ndarray
    covariates: np.ndarray
    covariates_ahead: np.ndarray
    covariate_names: tuple[str, ...]
    options: ForecastOptions
    missing: np.ndarray
    shifts: LevelShifts = field(default_factory=LevelShifts)

    @property
    def seasonal(self) -> bool:
        """Whether the history is long enough for its season: two whole ones."""
        return self.season > 1 and len(self.y) >= 2 * self.season

    @property
    def season_shown(self) -> int:
        """Periods in the season that the history shows; 1 where it shows none."""
        return self.season if self.seasonal else 1

    @property
    def daily(self) -> bool:
        """Whether the periods are days, of all the week or of the days a shop is open."""
        return self.year > 200

    def season_means(self) -> np.ndarray:
        """The mean of each period's phase of the season; 0 without one."""
        if not self.seasonal:
            return np.zeros(len(self.y))
        phase = np.arange(len(self.y)) % self.season
        return np.array(
            [self.y[phase == position].mean() for position in range(self.season)]
        )[phase]

    def until(self, count: int, horizon: int) -> Task:
        """The task as it stood after the first `count` periods."""
        covariates = np.vstack([self.covariates, self.covariates_ahead])
        dates = np.concatenate([self.dates, self.dates_ahead])
        return replace(
            self,
            y=self.y[:count],
            horizon=horizon,
            dates=dates[:count],
            dates_ahead=dates[count : count + horizon],
            covariates=covariates[:count],
            covariates_ahead=covariates[count : count + horizon],
            missing=self.missing[:count],
        )

    def settled(self) -> Task:
        """The task at the level of today: what was before a lasting jump is moved to it."""
        if not self.options.level_shifts:
            return self
        values = np.where(self.missing, np.nan, self.y)
        shifts = find_level_shifts(values, self.season)
        if not shifts.sizes:
            return self
        return replace(self, y=shifts.at_last_level(self.y), shifts=shifts)

    def latest(self, count: int | None) -> Task:
        """The task with no more than the last `count` periods of its history; None: with all."""
        if count is None or len(self.y) <= count:
            return self
        return replace(
            self,
            y=self.y[-count:],
            dates=self.dates[-count:],
            covariates=self.covariates[-count:],
            missing=self.missing[-count:],
        )

    def varying(self, start: int = 0) -> np.ndarray:
        """Positions of the covariates that vary in the history from period `start` on."""
        return np.flatnonzero(np.ptp(self.covariates[start:], axis=0) > 0)

    def varying_covariates(
        self, start: int = 0
    ) -> tuple[np.ndarray | None, np.ndarray | None]:
        """Those covariates in the history and ahead; None where there are none."""
        varying = self.varying(start)
        if not len(varying):
            return None, None
        return self.covariates[:, varying], self.covariates_ahead[:, varying]


@dataclass(frozen=True, eq=False)
class ModelFit:
    """A model's answer.

    Attributes
    ----------
    mean
        The forecast, a step each.
    spread
        Its standard error by the model's own theory, a step each.
    fitted
        One step ahead in the history; NaN where none.
    label
        The model as the field writes it.
    details
        What else is worth showing: parameters, likelihood, information criteria.
    """

    mean: np.ndarray
    spread: np.ndarray
    fitted: np.ndarray
    label: str
    details: dict[str, Any] = field(default_factory=dict)


def spread_by_step(
    residuals: np.ndarray, horizon: int, growth: float, parameters: int = 1
) -> np.ndarray:
    """Standard errors from residuals, growing as those of a smoothed level: s √(1 + (h − 1) g²).

    s is the residuals' root mean square, `parameters` being taken off their number.
    """
    finite = residuals[np.isfinite(residuals)]
    scale = 0.0
    if len(finite):
        scale = float(np.sqrt(np.sum(finite**2) / max(1, len(finite) - parameters)))
    return scale * np.sqrt(1 + np.arange(horizon) * growth**2)
