"""Demand as models take it: one figure a period, none missing, what was filled in marked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from crm_analysis.analyses.forecast.options import ForecastOptions
from crm_analysis.analyses.forecast.series.periods import (
    HORIZON,
    Grid,
    recognise,
    to_dates,
)
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.tables.kinds import require

_LAST_YEAR = 2260  # dates in nanoseconds end in 2262
_PERIODS_A_YEAR = {
    "day": 366,
    "week": 53,
    "fortnight": 27,
    "four_week": 14,
    "month": 12,
    "quarter": 4,
    "year": 1,
}  # at most
_OUTLYING = 5.0  # robust standard deviations away from season and level
_MOSTLY_ZERO = 0.3


@dataclass(frozen=True, eq=False)
class RegularSeries:
    """One series on its grid.

    Attributes
    ----------
    grid, first
        Its periods, and the number of the first one.
    recorded
        What the table says, NaN where nothing.
    values
        What is learnt from: NaN where nothing is known or what is known is left out.
    marks
        "", "gap" (nothing known), "left_out" (by hand) or "outlier" (it stands far apart).
    season, horizon
        In periods.
    """

    name: str
    grid: Grid
    first: int
    recorded: np.ndarray
    values: np.ndarray
    marks: np.ndarray
    season: int
    horizon: int
    notes: list[Message] = field(default_factory=list)

    @property
    def dates(self) -> np.ndarray:
        """The dates of the history."""
        return self.grid.dates(np.arange(self.first, self.first + len(self.recorded)))


def regular_series(
    table: pd.DataFrame, options: ForecastOptions
) -> Iterator[RegularSeries]:
    """The series of a table of (series,) date, value, in the order they first appear.

    Raises
    ------
    AnalysisError
        "data.missing_role" without date or value; "forecast.no_rows", "forecast.not_dates",
        "forecast.not_numbers", "forecast.too_far".
    """
    tidy = _tidy(table)
    grid = recognise(tidy["date"], options.every)
    horizon = options.horizon or HORIZON[grid.every]
    if tidy["date"].max().year + horizon / _PERIODS_A_YEAR[grid.every] > _LAST_YEAR:
        raise AnalysisError("forecast.too_far", year=_LAST_YEAR)
    codes, names = pd.factorize(tidy["series"])
    numbers = grid.number(tidy["date"].to_numpy())
    values = tidy["value"].to_numpy(dtype=float)
    order = np.lexsort((numbers, codes))
    starts = np.searchsorted(codes[order], np.arange(len(names) + 1))
    left_out = _left_out(options, grid)
    for position, name in enumerate(names):
        rows = order[starts[position] : starts[position + 1]]
        excluded = left_out.get(None, set()) | left_out.get(str(name), set())
        yield _regular(str(name), grid, numbers[rows], values[rows], excluded, options)


def _tidy(table: pd.DataFrame) -> pd.DataFrame:
    require(table, "date", "value")
    dates, values = to_dates(table["date"]), table["value"]
    if not pd.api.types.is_numeric_dtype(values):
        values = pd.to_numeric(values, errors="coerce")
    if len(values) and values.isna().all() and table["value"].notna().any():
        raise AnalysisError("forecast.not_numbers")
    tidy = pd.DataFrame(
        {
            "series": "all",
            "date": dates.astype("datetime64[ns]"),
            "value": values.astype(float).replace([np.inf, -np.inf], np.nan),
        }
    )
    if "series" in table.columns:
        tidy["series"] = (
            table["series"].astype("object").where(table["series"].notna(), "")
        )
    tidy = tidy[tidy["date"].notna()]
    if tidy["value"].isna().all():
        raise AnalysisError("forecast.no_rows")
    return tidy


def _left_out(options: ForecastOptions, grid: Grid) -> dict[str | None, set[int]]:
    """Numbers of the periods not to learn from, by series (None: of every series)."""
    numbers: dict[str | None, set[int]] = {}
    for entry in options.left_out:
        series, day = (None, entry) if isinstance(entry, str) else entry
        number = int(grid.number(np.array([day], dtype="datetime64[D]"))[0])
        numbers.setdefault(series, set()).add(number)
    return numbers


def _regular(
    name: str,
    grid: Grid,
    numbers: np.ndarray,
    figures: np.ndarray,
    excluded: set[int],
    options: ForecastOptions,
) -> RegularSeries:
    observed = np.isfinite(figures)
    # Periods without a figure before the first and after the last one say nothing.
    covered = numbers[observed] if observed.any() else numbers
    first, last = int(covered.min()), int(covered.max())
    positions = numbers[observed] - first
    counts = np.bincount(positions, minlength=last - first + 1)
    sums = np.bincount(positions, weights=figures[observed], minlength=last - first + 1)
    recorded = np.where(counts > 0, sums, np.nan)
    values = recorded.copy()
    marks = np.where(counts > 0, "", "gap").astype(object)
    noted = {"summed": counts > 1, "gaps": counts == 0}

    by_hand = np.isin(np.arange(first, last + 1), list(excluded))
    values[by_hand] = np.nan
    marks[by_hand & (marks == "")] = "left_out"
    noted["left_out"] = by_hand
    season = options.season or grid.season
    if options.leave_out_outliers:
        outlying = is_outlier(values, season)
        values[outlying], marks[outlying] = np.nan, "outlier"
        noted["outliers"] = outlying
    noted["negative"] = recorded < 0
    notes = [
        Message(f"forecast.note.{key}", {"count": int(periods.sum())})
        for key, periods in noted.items()
        if periods.any()
    ]
    horizon = options.horizon or HORIZON[grid.every]
    return RegularSeries(
        name, grid, first, recorded, values, marks, season, horizon, notes
    )


def fill(values: np.ndarray, season: int) -> np.ndarray:
    """The values with what is missing put in.

    The straight line between its neighbours, plus what the season usually adds there.

    >>> fill(np.array([1.0, np.nan, 3.0]), 1)
    array([1., 2., 3.])
    """
    missing = np.isnan(values)
    if not missing.any():
        return values
    if missing.all():
        return np.zeros(len(values))
    line = _interpolated(values, missing)
    if 1 < season <= len(values) // 2:
        phase = np.arange(len(values)) % season
        departure = np.where(missing, np.nan, values - _level(line, season))
        effect = _median_by_phase(departure, phase, season)[phase]
        line = _interpolated(values - effect, missing) + effect
        if np.nanmin(values) >= 0:
            line = np.maximum(line, 0.0)
    return np.where(missing, line, values)


def _interpolated(values: np.ndarray, missing: np.ndarray) -> np.ndarray:
    positions = np.arange(len(values))
    return np.interp(positions, positions[~missing], values[~missing])


def _median_by_phase(
    departures: np.ndarray, phase: np.ndarray, season: int
) -> np.ndarray:
    """The median departure of each phase of the season (NaN is passed over), their mean 0."""
    effects = np.zeros(season)
    for position in range(season):
        here = departures[(phase == position) & ~np.isnan(departures)]
        if len(here):
            effects[position] = np.median(here)
    return effects - effects.mean()


def _level(values: np.ndarray, season: int) -> np.ndarray:
    """A centred moving average over one season."""
    width = season + 1 - season % 2
    padded = np.pad(values, width // 2, mode="edge")
    kernel = np.ones(width)
    if season % 2 == 0:
        kernel[0] = kernel[-1] = 0.5
    return np.convolve(padded, kernel / kernel.sum(), mode="valid")


def is_outlier(values: np.ndarray, season: int) -> np.ndarray:
    """Which values stand far apart from season and level, on a robust scale.

    None in series shorter than two seasons or ten points, or with many zeros.
    """
    observed = np.isfinite(values)
    nothing = np.zeros(len(values), dtype=bool)
    if (
        observed.sum() < max(10, 2 * season)
        or np.mean(values[observed] == 0) > _MOSTLY_ZERO
    ):
        return nothing
    scaled = np.log1p(values) if np.nanmin(values) >= 0 else values
    # Twice: an outlier moves the level around it a little, so that is found again without it.
    outlying = nothing
    for _ in range(2):
        rest = scaled - _usual(fill(np.where(outlying, np.nan, scaled), season), season)
        middle = float(np.median(rest[observed]))
        spread = 1.4826 * float(np.median(np.abs(rest[observed] - middle)))
        if spread <= 0:
            return nothing
        outlying = observed & (np.abs(rest - middle) > _OUTLYING * spread)
    return outlying


def _usual(values: np.ndarray, season: int) -> np.ndarray:
    """Level and season, both by medians."""
    effects = np.zeros(len(values))
    if 1 < season <= len(values) // 2:
        phase = np.arange(len(values)) % season
        departure = values - _rolling_median(values, season + 1 - season % 2, 1)
        # Only where a whole season lies around.
        inner = slice(season // 2, len(values) - season // 2)
        effects = _median_by_phase(departure[inner], phase[inner], season)[phase]
    return effects + _rolling_median(values - effects, 7, 4)


def _rolling_median(values: np.ndarray, width: int, minimum: int) -> np.ndarray:
    rolling = pd.Series(values).rolling(width, center=True, min_periods=minimum)
    return rolling.median().to_numpy()
