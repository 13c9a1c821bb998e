"""Demand as models take it: one figure a period, no period missing, what is not known filled in and marked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from crm_analysis.analyses.forecast.options import ForecastOptions
from crm_analysis.analyses.forecast.series.periods import HORIZON, Grid, recognise, to_dates
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message

__all__ = ["Regular", "fill", "outlying", "regular_series"]

_LAST_YEAR = 2260  # dates in nanoseconds end in 2262
_OUTLYING = 5.0  # robust standard deviations away from season and level


@dataclass(frozen=True, eq=False)
class Regular:
    """One series on its grid. `values` has NaN where nothing is known or what is known is left out; `told` is what the table says;
    `marks` is "" or "gap" (nothing known), "left_out" (by hand), "outlier" (left out because it stands apart).
    """

    name: str
    grid: Grid
    first: int
    told: np.ndarray
    values: np.ndarray
    marks: np.ndarray
    season: int
    horizon: int
    notes: list[Message] = field(default_factory=list)

    @property
    def dates(self) -> np.ndarray:
        """The dates of the history."""
        return self.grid.dates(np.arange(self.first, self.first + len(self.told)))

    @property
    def ahead(self) -> np.ndarray:
        """The dates of the horizon."""
        last = self.first + len(self.told)
        return self.grid.dates(np.arange(last, last + self.horizon))


def regular_series(table: pd.DataFrame, options: ForecastOptions) -> Iterator[Regular]:
    """The series of a table of (series,) date, value, in the order they first appear.

    Raises
    ------
    AnalysisError
        "data.missing_role" without date or value; "forecast.no_rows", "forecast.not_dates", "forecast.not_numbers", "forecast.too_far".
    """
    tidy = _tidy(table)
    grid = recognise(tidy["date"], options.every)
    horizon = options.horizon or HORIZON[grid.every]
    longest = {"day": 366, "week": 53, "month": 12, "quarter": 4, "year": 1}[grid.every]
    if tidy["date"].max().year + horizon / longest > _LAST_YEAR:
        raise AnalysisError("forecast.too_far", year=_LAST_YEAR)
    codes, names = pd.factorize(tidy["series"])
    numbers = grid.number(tidy["date"].to_numpy())
    values = tidy["value"].to_numpy(dtype=float)
    order = np.lexsort((numbers, codes))
    bounds = np.searchsorted(codes[order], np.arange(len(names) + 1))
    left_out = _left_out(options, grid)
    for place, name in enumerate(names):
        rows = order[bounds[place] : bounds[place + 1]]
        yield _regular(str(name), grid, numbers[rows], values[rows], left_out, horizon, options)


def _tidy(table: pd.DataFrame) -> pd.DataFrame:
    for role in ("date", "value"):
        if role not in table.columns:
            raise AnalysisError("data.missing_role", role=role)
    dates = to_dates(table["date"])
    values = (
        pd.to_numeric(table["value"], errors="coerce")
        if not pd.api.types.is_numeric_dtype(table["value"])
        else table["value"]
    )
    if len(values) and values.notna().sum() == 0 and table["value"].notna().any():
        raise AnalysisError("forecast.not_numbers")
    names = (
        table["series"].astype("object").where(table["series"].notna(), "")
        if "series" in table.columns
        else "all"
    )
    tidy = pd.DataFrame(
        {
            "series": names,
            "date": dates.astype("datetime64[ns]"),
            "value": values.astype(float).replace([np.inf, -np.inf], np.nan),
        }
    )
    tidy = tidy[tidy["date"].notna()]
    if tidy.empty or tidy["value"].notna().sum() == 0:
        raise AnalysisError("forecast.no_rows")
    return tidy


def _left_out(options: ForecastOptions, grid: Grid) -> dict[str | None, set[int]]:
    """Numbers of the periods not to learn from, by series (None: of every series)."""
    found: dict[str | None, set[int]] = {}
    for one in options.left_out:
        series, day = (None, one) if isinstance(one, str) else one
        found.setdefault(series, set()).add(
            int(grid.number(np.array([day], dtype="datetime64[D]"))[0])
        )
    return found


def _regular(
    name: str,
    grid: Grid,
    numbers: np.ndarray,
    given: np.ndarray,
    left_out: dict[str | None, set[int]],
    horizon: int,
    options: ForecastOptions,
) -> Regular:
    known = np.isfinite(given)
    first, last = int(numbers.min()), int(numbers.max())
    if known.any():  # periods without a figure before the first and after the last one say nothing
        first, last = int(numbers[known].min()), int(numbers[known].max())
    told = np.full(last - first + 1, np.nan)
    at = numbers[known] - first
    sums, counts = (
        np.bincount(at, weights=given[known], minlength=len(told)),
        np.bincount(at, minlength=len(told)),
    )
    told[counts > 0] = sums[counts > 0]
    values, marks = told.copy(), np.full(len(told), "", dtype=object)
    marks[np.isnan(told)] = "gap"
    notes: list[Message] = []
    if (counts > 1).any():
        notes.append(Message("forecast.note.summed", {"count": int((counts > 1).sum())}))
    if (marks == "gap").any():
        notes.append(Message("forecast.note.gaps", {"count": int((marks == "gap").sum())}))
    hand = [
        number - first
        for number in left_out.get(None, set()) | left_out.get(name, set())
        if first <= number <= last
    ]
    if hand:
        values[hand] = np.nan
        marks[[place for place in hand if marks[place] == ""]] = "left_out"
        notes.append(Message("forecast.note.left_out", {"count": len(hand)}))
    season = options.season or grid.season
    if options.leave_out_outliers:
        apart = outlying(values, season)
        if apart.any():
            values[apart], marks[apart] = np.nan, "outlier"
            notes.append(Message("forecast.note.outliers", {"count": int(apart.sum())}))
    if np.nanmin(told, initial=0.0) < 0:
        notes.append(Message("forecast.note.negative", {"count": int((told < 0).sum())}))
    return Regular(name, grid, first, told, values, marks, season, horizon, notes)


def fill(values: np.ndarray, season: int) -> np.ndarray:
    """The values with what is missing put in: the straight line between its neighbours, plus what the season usually adds there.

    >>> fill(np.array([1.0, np.nan, 3.0]), 1)
    array([1., 2., 3.])
    """
    missing = np.isnan(values)
    if not missing.any():
        return values
    places = np.arange(len(values))
    if missing.all():
        return np.zeros(len(values))
    line = np.interp(places, places[~missing], values[~missing])
    if 1 < season <= len(values) // 2 and not missing.all():
        level = _level(line, season)
        effect = np.zeros(season)
        for phase in range(season):
            here = (places % season == phase) & ~missing
            effect[phase] = np.median(values[here] - level[here]) if here.any() else 0.0
        effect -= effect.mean()
        base = values - effect[places % season]
        line = np.interp(places, places[~missing], base[~missing]) + effect[places % season]
        if np.nanmin(values) >= 0:
            line = np.maximum(line, 0.0)
    return np.where(missing, line, values)


def _level(values: np.ndarray, season: int) -> np.ndarray:
    """A centred moving average over one season."""
    width = season + 1 - season % 2
    padded = np.pad(values, width // 2, mode="edge")
    kernel = np.ones(width)
    if season % 2 == 0:
        kernel[0] = kernel[-1] = 0.5
    return np.convolve(padded, kernel / kernel.sum(), mode="valid")


def outlying(values: np.ndarray, season: int) -> np.ndarray:
    """Which values stand far apart from season and level, on a robust scale; none in series shorter than two seasons or ten points."""
    known = np.isfinite(values)
    if known.sum() < max(10, 2 * season) or np.mean(values[known] == 0) > 0.3:
        return np.zeros(len(values), dtype=bool)
    logs = np.nanmin(values) >= 0
    told = np.log1p(values) if logs else values
    # Twice: what stands apart moves the level around it a little, so the level is found again without it.
    apart = np.zeros(len(values), dtype=bool)
    for _ in range(2):
        rest = told - _usual(fill(np.where(apart, np.nan, told), season), season)
        middle = float(np.median(rest[known]))
        spread = 1.4826 * float(np.median(np.abs(rest[known] - middle)))
        if spread <= 0:
            return np.zeros(len(values), dtype=bool)
        with np.errstate(invalid="ignore"):
            apart = known & (np.abs(rest - middle) > _OUTLYING * spread)
    return apart


def _usual(values: np.ndarray, season: int) -> np.ndarray:
    """Level and season, both by medians."""
    effects = np.zeros(len(values))
    if 1 < season <= len(values) // 2:
        places = np.arange(len(values)) % season
        inner = slice(season // 2, len(values) - season // 2)  # where a whole season lies around
        level = (
            pd.Series(values)
            .rolling(season + 1 - season % 2, center=True, min_periods=1)
            .median()
            .to_numpy()
        )
        apart, where = (values - level)[inner], places[inner]
        effect = np.array(
            [
                np.median(apart[where == phase]) if (where == phase).any() else 0.0
                for phase in range(season)
            ]
        )
        effects = (effect - effect.mean())[places]
    return (
        effects
        + pd.Series(values - effects).rolling(7, center=True, min_periods=4).median().to_numpy()
    )
