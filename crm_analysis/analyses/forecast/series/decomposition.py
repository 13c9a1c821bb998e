"""What a series is made of: trend, season and the rest; how strong each is; the season by year."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from crm_analysis.analyses.forecast.options import ForecastOptions
from crm_analysis.analyses.forecast.series.arrays import (
    below_each_other,
    no_rows,
)
from crm_analysis.analyses.forecast.series.components import (
    Components,
    robust_components,
    season_lengths,
    split_components,
)
from crm_analysis.analyses.forecast.series.periods import Grid
from crm_analysis.analyses.forecast.series.regular import (
    RegularSeries,
    regular_series,
)
from crm_analysis.messages import Message
from crm_analysis.options import Options, knob

_SEASONAL = (
    0.64  # the strength from which nsdiffs of R's forecast takes a season for one
)


_SEASONS: dict[str, Any] = {
    "series": object,
    "date": "datetime64[ns]",
    "length": int,
    "effect": float,
}


@dataclass(frozen=True, kw_only=True)
class DecompositionOptions(Options):
    """How a series is taken apart.

    Attributes
    ----------
    season
        Periods; None: of the calendar (for days the week, and with two years of them the year too).
    scale
        Parts are added or multiplied; "auto": multiplied where the swings within a season grow
        with its level.
    robust
        Values that came once do not bend trend and season.
    every
        The period; None: recognised from the dates.
    """

    season: int | None = knob(None, low=2, high=400)
    scale: Literal["auto", "additive", "multiplicative"] = "auto"
    robust: bool = knob(True, advanced=True)
    every: Literal["day", "week", "month", "quarter", "year"] | None = knob(
        None, advanced=True
    )


@dataclass(frozen=True, eq=False)
class Decomposition:
    """Trend, season and remainder of every series.

    Attributes
    ----------
    parts
        A row a series and period. Parts add up to the value, or multiply to it (season and
        remainder are then factors near 1) where `strength` says so.

        - series, date : name and first day of the period
        - value : units of the demand; NaN where unknown
        - trend : units of the demand
        - season, remainder : units of the demand, or factors
        - adjusted : the value without its season, units of the demand
        - filled : whether the value was unknown and filled in for the fit
    seasons
        A row a series, period and season of the calendar.

        - series, date : name and first day of the period
        - length : periods in the season
        - effect : units of the demand, or a factor
    strength
        A row a series.

        - series : name
        - trend_strength, season_strength : 0 to 1, of a season what recurs; NaN: cannot be told
        - scale : "additive" or "multiplicative"
        - method : "stl", "mstl", "trend" or "mean"
        - season : lengths in periods, as text; "" for none
        - points, filled : periods with a figure and without one
        - peak, trough : position of the season's highest and lowest, from 1; missing without one
    seasonal
        A row a series and period.

        - series : name
        - cycle : year, or ISO week for days
        - position : month, quarter, week of the year or weekday, from 1
        - date, value : first day of the period; units of the demand
    notes
        Messages, with the series among their details.
    every
        The period.
    """

    parts: pd.DataFrame
    seasons: pd.DataFrame
    strength: pd.DataFrame
    seasonal: pd.DataFrame
    notes: tuple[Message, ...]
    every: str

    def summary(self) -> dict[str, float | None]:
        """Headline numbers.

        series; seasonal (series with a season strength of at least 0.64, as nsdiffs takes it);
        trend_strength, season_strength (means; None: nowhere known).
        """
        figures: dict[str, float | None] = {
            "series": float(len(self.strength)),
            "seasonal": float(
                (self.strength["season_strength"] >= _SEASONAL).sum()
            ),
        }
        for name in ("trend_strength", "season_strength"):
            mean = self.strength[name].mean()
            figures[name] = None if np.isnan(mean) else float(mean)
        return figures


def decompose(
    demand: pd.DataFrame, options: DecompositionOptions | None = None
) -> Decomposition:
    """Trend, season and remainder of every series, with their strengths.

    Parameters
    ----------
    demand
        date, value and, with several, series. Gaps are filled for the fit, marked, and have no
        value and no remainder in what comes out.
    options
        Season, scale, robustness.

    Returns
    -------
    Decomposition
        A series shorter than two seasons has a trend only, one of fewer than three points a mean
        only, and a note says so.

    Raises
    ------
    AnalysisError
        "data.missing_role", "forecast.no_rows", "forecast.not_dates", "forecast.not_numbers".

    References
    ----------
    STL: Cleveland et al., J. Official Statistics 6, 1990. Several seasons: MSTL, Bandara, Hyndman
    & Bergmeir 2021. Strengths: Wang, Smith & Hyndman, Data Mining and Knowledge Discovery 13, 2006.

    Examples
    --------
    >>> months = pd.DataFrame({
    ...     "date": pd.date_range("2020-01-01", periods=48, freq="MS"),
    ...     "value": [10.0 + t + 5 * (t % 12 == 11) for t in range(48)],
    ... })
    >>> result = decompose(months, DecompositionOptions(scale="additive"))
    >>> result.strength[["method", "peak"]].values.tolist()
    [['stl', 12]]
    >>> result.strength["season_strength"].round(2).tolist()
    [1.0]
    """
    options = options or DecompositionOptions()
    settings = ForecastOptions(
        season=options.season, every=options.every, leave_out_large_orders=False
    )
    parts, strength, seasonal, seasons = [], [], [], []
    notes: list[Message] = []
    every = ""
    for series in regular_series(demand, settings):
        every = series.grid.every
        lengths = season_lengths(series.grid, options.season, len(series.recorded))
        if options.robust:
            components, _ = robust_components(
                series.recorded, lengths, options.scale
            )
        else:
            components = split_components(
                series.recorded, lengths, options.scale, robust=False
            )
        name = np.full(len(series.dates), series.name, dtype=object)
        identity = {"series": name, "date": series.dates}
        parts.append({**identity, **_parts(series, components)})
        for length, effect in components.seasons.items():
            lasts = np.full(len(name), length)
            effects = {"length": lasts, "effect": components.in_units(effect)}
            seasons.append({**identity, **effects})
        cycle, position = _cycles(series.dates, series.grid, options.season)
        seasonal.append(
            {
                "series": name,
                "cycle": cycle,
                "position": position,
                "date": series.dates,
                "value": series.recorded,
            }
        )
        strength.append(_strength(series, components, position))
        notes += _notes(series, components, options.season or series.grid.season)
    return Decomposition(
        pd.DataFrame(below_each_other(parts)),
        pd.DataFrame(below_each_other(seasons or [no_rows(_SEASONS)])),
        _strengths(strength),
        pd.DataFrame(below_each_other(seasonal)),
        tuple(notes),
        every,
    )


def _strengths(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """A row a series; peak and trough are whole numbers where there are any."""
    columns: dict[str, Any] = {
        name: [row[name] for row in rows] for name in rows[0]
    }
    for name in ("peak", "trough"):
        columns[name] = pd.array(columns[name], dtype="Int64")
    return pd.DataFrame(columns)


def _parts(series: RegularSeries, components: Components) -> dict[str, np.ndarray]:
    unknown = np.isnan(series.recorded)
    remainder = components.in_units(components.remainder)
    adjusted = components.in_units(components.values - components.season)
    return {
        "value": series.recorded,
        "trend": components.in_units(components.trend),
        "season": components.in_units(components.season),
        "remainder": np.where(unknown, np.nan, remainder),
        "adjusted": np.where(unknown, np.nan, adjusted),
        "filled": unknown,
    }


def _strength(
    series: RegularSeries, components: Components, position: np.ndarray
) -> dict[str, Any]:
    unknown = int(np.isnan(series.recorded).sum())
    peak, trough = pd.NA, pd.NA
    if np.ptp(components.season) > 0:
        positions, place = np.unique(position, return_inverse=True)
        mean = np.bincount(place, components.season) / np.bincount(place)
        peak, trough = int(positions[mean.argmax()]), int(positions[mean.argmin()])
    return {
        "series": series.name,
        "trend_strength": components.strength("trend"),
        "season_strength": components.strength("season"),
        "scale": "multiplicative" if components.log else "additive",
        "method": components.method,
        "season": ", ".join(str(length) for length in components.seasons),
        "points": len(series.recorded) - unknown,
        "filled": unknown,
        "peak": peak,
        "trough": trough,
    }


def _cycles(
    dates: np.ndarray, grid: Grid, season: int | None
) -> tuple[np.ndarray, np.ndarray]:
    """Which year (week, for days) each date is of, and its position there."""
    days = pd.DatetimeIndex(dates)
    if grid.starts and grid.every in ("month", "quarter"):
        # Weeks begin before or in the month that they are called by.
        days = days + pd.Timedelta(days=14)
    if grid.every in ("fortnight", "four_week") or (
        season and season != grid.season
    ):
        season = season or grid.season
        periods = np.arange(len(days))
        return (periods // season + 1).astype(str).astype(
            object
        ), periods % season + 1
    if grid.every in ("day", "week"):
        week = days.isocalendar()
        cycle, position = week["year"].astype(str), week["week"]
        if grid.every == "day":
            cycle, position = (
                cycle + "-W" + position.astype(str).str.zfill(2),
                week["day"],
            )
        return cycle.to_numpy(dtype=object), position.to_numpy(dtype=np.int64)
    halves = (days.month + 5) // 6
    positions = {"month": days.month, "quarter": days.quarter, "half": halves}
    position = positions.get(grid.every, np.ones(len(days)))
    return np.asarray(days.year.astype(str), dtype=object), np.asarray(
        position, dtype=np.int64
    )


def _notes(
    series: RegularSeries, components: Components, season: int
) -> list[Message]:
    values, unknown = components.values, int(np.isnan(series.recorded).sum())
    points = len(values) - unknown
    facts: dict[str, dict[str, Any]] = {}
    if np.ptp(values) == 0 and len(values) > 1:
        facts["constant"] = {}
    elif components.method == "mean":
        facts["mean_only"] = {"points": points}
    elif components.method == "trend" and season > 1:
        facts["no_season"] = {"points": points, "needed": 2 * season}
    if unknown:
        facts["filled"] = {"count": unknown}
    return [
        Message(f"planning.note.{key}", {"series": series.name, **details})
        for key, details in facts.items()
    ]
