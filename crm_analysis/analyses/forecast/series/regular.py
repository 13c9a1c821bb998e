"""Demand as models take it: one figure a period, none missing, what was filled in marked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.forecast.options import ForecastOptions
from crm_analysis.analyses.forecast.series.components import robust_components
from crm_analysis.analyses.forecast.series.level_shifts import find_level_shifts
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
    "half": 2,
    "year": 1,
}  # at most
_MINIMUM_POINTS = 10
_MOSTLY_ZERO = 0.3
_LARGE_PART = 0.25  # of a period, from which a single order may be why it is odd


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
        "", "gap" (nothing known), "left_out" (by hand), "outlier" (it stands far apart) or
        "one_order" (so it does, for what a single order or customer brought).
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
        return self.grid.dates(
            np.arange(self.first, self.first + len(self.recorded))
        )


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
    largest = tidy["largest"].to_numpy(dtype=float)
    for position, name in enumerate(names):
        rows = order[starts[position] : starts[position + 1]]
        excluded = left_out.get(None, set()) | left_out.get(str(name), set())
        figures = np.column_stack([values[rows], largest[rows]])
        yield _regular(str(name), grid, numbers[rows], figures, excluded, options)


def _tidy(table: pd.DataFrame) -> pd.DataFrame:
    require(table, "date", "value")
    dates, values = to_dates(table["date"]), table["value"]
    if not pd.api.types.is_numeric_dtype(values):
        values = pd.to_numeric(values, errors="coerce")
    if len(values) and values.isna().all() and table["value"].notna().any():
        raise AnalysisError("forecast.not_numbers")
    numbers = values.to_numpy(dtype=float, na_value=np.nan)
    names: Any = "all"
    if "series" in table.columns:
        names = table["series"].to_numpy(dtype=object)
        names = np.where(table["series"].isna(), "", names)
    largest: Any = np.nan
    if "largest" in table.columns:
        largest = table["largest"].to_numpy(dtype=float, na_value=np.nan)
    tidy = pd.DataFrame(
        {
            "series": names,
            "date": dates.astype("datetime64[ns]").to_numpy(),
            "value": np.where(np.isfinite(numbers), numbers, np.nan),
            "largest": largest,
        }
    )
    dated = tidy["date"].notna()
    if not dated.all():
        tidy = tidy[dated]
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
    figures, largest_parts = figures.T
    observed = np.isfinite(figures)
    # Periods without a figure before the first and after the last one say nothing.
    covered = numbers[observed] if observed.any() else numbers
    first, last = int(covered.min()), int(covered.max())
    positions = numbers[observed] - first
    counts = np.bincount(positions, minlength=last - first + 1)
    sums = np.bincount(
        positions, weights=figures[observed], minlength=last - first + 1
    )
    recorded = np.where(counts > 0, sums, np.nan)
    largest = np.zeros(len(recorded))
    np.maximum.at(largest, positions, np.nan_to_num(largest_parts[observed]))
    values = recorded.copy()
    marks = np.where(counts > 0, "", "gap").astype(object)
    noted = {"summed": counts > 1, "gaps": counts == 0}

    by_hand = np.isin(np.arange(first, last + 1), list(excluded))
    values[by_hand] = np.nan
    marks[by_hand & (marks == "")] = "left_out"
    noted["left_out"] = by_hand
    season = options.season or grid.season
    if options.leave_out_large_orders:
        one_order = by_one_order(values, largest, season)
        values[one_order], marks[one_order] = np.nan, "one_order"
        noted["one_order"] = one_order
    if options.leave_out_outliers:
        outlying = came_once(values, season)
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


def by_one_order(
    values: np.ndarray, largest: np.ndarray, season: int
) -> np.ndarray:
    """Which values are odd for the largest part of them, and ordinary without it.

    `largest` is the most that one order or customer brought, 0 where that is not known.
    """
    with np.errstate(invalid="ignore"):
        suspected = (largest >= _LARGE_PART * values) & (
            values > np.nanmedian(values)
        )
    if not suspected.any():
        return suspected
    odd = came_once(values, season) & suspected
    if not odd.any():
        return odd
    return odd & ~came_once(np.where(odd, values - largest, values), season)


def came_once(values: np.ndarray, season: int) -> np.ndarray:
    """Which values neither level, season nor a lasting jump explains.

    None in series shorter than two seasons or ten points, or with many zeros.
    """
    observed = np.isfinite(values)
    short = observed.sum() < max(_MINIMUM_POINTS, 2 * season)
    if short or np.mean(values[observed] == 0) > _MOSTLY_ZERO:
        return np.zeros(len(values), dtype=bool)
    shifts = find_level_shifts(values, season)
    level = shifts.at_last_level(values) if shifts.sizes else values
    lengths = (season,) if season > 1 else ()
    _, one_offs = robust_components(level, lengths, periodic=True)
    return one_offs.odd
