"""What a model is given, and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from crm_analysis.analyses.forecast.options import ForecastOptions

__all__ = ["Fit", "Task", "profile"]


@dataclass(frozen=True, eq=False)
class Task:
    """A history without holes (`y`) to be continued for `horizon` periods.

    `season` is in periods, `year` periods make a year. `dates` and `ahead` are the dates of both; `known` and `known_ahead` the columns
    known beforehand (holidays, events, regressors), a row a period, named by `names`. `missing` marks what was filled in.
    """

    y: np.ndarray
    horizon: int
    season: int
    year: int
    dates: np.ndarray
    ahead: np.ndarray
    known: np.ndarray
    known_ahead: np.ndarray
    names: tuple[str, ...]
    options: ForecastOptions
    missing: np.ndarray | None = None

    @property
    def seasonal(self) -> bool:
        """Whether the history is long enough for its season: two whole ones."""
        return self.season > 1 and len(self.y) >= 2 * self.season

    def until(self, count: int, horizon: int) -> Task:
        """The task as it stood after the first `count` periods."""
        both = np.vstack([self.known, self.known_ahead])
        dates = np.concatenate([self.dates, self.ahead])
        return Task(
            self.y[:count],
            horizon,
            self.season,
            self.year,
            dates[:count],
            dates[count : count + horizon],
            both[:count],
            both[count : count + horizon],
            self.names,
            self.options,
            None if self.missing is None else self.missing[:count],
        )

    def latest(self, count: int) -> Task:
        """The task with no more than the last `count` periods of its history."""
        if len(self.y) <= count:
            return self
        known, missing = (
            self.known[-count:],
            None if self.missing is None else self.missing[-count:],
        )
        return Task(
            self.y[-count:],
            self.horizon,
            self.season,
            self.year,
            self.dates[-count:],
            self.ahead,
            known,
            self.known_ahead,
            self.names,
            self.options,
            missing,
        )

    def on(self, y: np.ndarray) -> Task:
        """The same task with other values (on another scale)."""
        return Task(
            y,
            self.horizon,
            self.season,
            self.year,
            self.dates,
            self.ahead,
            self.known,
            self.known_ahead,
            self.names,
            self.options,
            self.missing,
        )


@dataclass(frozen=True, eq=False)
class Fit:
    """A model's answer: `mean` a step ahead, `spread` the standard error of each by the model's own theory, `fitted` one step ahead in the
    history (NaN where none), `label` as the field writes the model, `found` what else is worth showing.
    """

    mean: np.ndarray
    spread: np.ndarray
    fitted: np.ndarray
    label: str
    found: dict[str, Any] = field(default_factory=dict)


def profile(residuals: np.ndarray, horizon: int, growth: float, free: int = 1) -> np.ndarray:
    """Standard errors that start at the residuals' root mean square and grow as a level smoothed by `growth` does: s √(1 + (h − 1) growth²)."""
    there = residuals[np.isfinite(residuals)]
    scale = float(np.sqrt(np.sum(there**2) / max(1, len(there) - free))) if len(there) else 0.0
    return scale * np.sqrt(1 + np.arange(horizon) * growth**2)
