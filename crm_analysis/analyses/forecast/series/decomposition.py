"""What a series is made of: trend, season and the rest; how strong each is; and the season year by year."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from crm_analysis.analyses.forecast.options import ForecastOptions
from crm_analysis.analyses.forecast.series.periods import Grid
from crm_analysis.analyses.forecast.series.regular import fill, regular_series
from crm_analysis.messages import Message
from crm_analysis.options import Options, knob

__all__ = ["Decomposition", "DecompositionOptions", "Split", "decompose", "split"]

_LOWESS_FROM = 7  # points; fewer are a straight line, fewer than three their mean


@dataclass(frozen=True, kw_only=True)
class DecompositionOptions(Options):
    """`season`: periods, None: of the calendar (for days the week, and with two years of them the year too). `scale`: parts are added or multiplied, "auto": multiplied
    where the swings within a season grow with its level. `robust`: single odd values do not bend trend and season.
    """

    season: int | None = knob(None, low=2, high=400)
    scale: Literal["auto", "additive", "multiplicative"] = "auto"
    robust: bool = knob(True, advanced=True)
    every: Literal["day", "week", "month", "quarter", "year"] | None = knob(None, advanced=True)


@dataclass(frozen=True, eq=False)
class Decomposition:
    """`parts`: series, date, value (NaN where unknown), trend, season, remainder, adjusted (without the season), filled. They add up to the value, or
    multiply to it (season and remainder are then factors near 1) where `strength` says so. `seasons`: series, date, length, effect, a row a season of the calendar.
    `strength`: series, trend_strength, season_strength (0 to 1; NaN: cannot be told), scale ("additive", "multiplicative"), method ("stl", "mstl", "trend", "mean"),
    season (lengths as text, "" for none), points, filled, peak and trough (position of the season's highest and lowest, counted from 1; missing without one).
    `seasonal`: series, cycle (year, or ISO week for days), position (month, quarter, week of the year, weekday; from 1), date, value. `notes`: (key, details with series).
    """

    parts: pd.DataFrame
    seasons: pd.DataFrame
    strength: pd.DataFrame
    seasonal: pd.DataFrame
    notes: tuple[Message, ...]
    every: str

    def summary(self) -> dict[str, float | None]:
        """series, seasonal (series with a season strength of at least 0.64, as nsdiffs takes it), trend_strength, season_strength (means; None: nowhere known)."""
        means = {name: self.strength[name].mean() for name in ("trend_strength", "season_strength")}
        return {
            "series": float(len(self.strength)),
            "seasonal": float((self.strength["season_strength"] >= 0.64).sum()),
            **{name: None if np.isnan(mean) else float(mean) for name, mean in means.items()},
        }


@dataclass(frozen=True, eq=False)
class Split:
    """Arrays on the scale of the fit (logs where `logs`): values with gaps filled, trend, each season's effect by its length, remainder."""

    values: np.ndarray
    trend: np.ndarray
    seasons: dict[int, np.ndarray]
    remainder: np.ndarray
    logs: bool
    method: str

    @property
    def season(self) -> np.ndarray:
        """All seasons together."""
        return (
            np.sum(list(self.seasons.values()), axis=0)
            if self.seasons
            else np.zeros(len(self.values))
        )

    def strength(self, part: str) -> float:
        """max(0, 1 - Var(remainder) / Var(part + remainder)); NaN where there is no such part or nothing varies."""
        if (part == "season" and not self.seasons) or self.method == "mean":
            return float("nan")
        whole = float(np.var((self.trend if part == "trend" else self.season) + self.remainder))
        return (
            float(max(0.0, 1.0 - np.var(self.remainder) / whole)) if whole > 1e-20 else float("nan")
        )


def decompose(demand: pd.DataFrame, options: DecompositionOptions | None = None) -> Decomposition:
    """Trend, season and remainder of every series, by STL (Cleveland et al., J. Official Statistics 6, 1990), several seasons by MSTL (Bandara,
    Hyndman & Bergmeir 2021), with their strengths (Wang, Smith & Hyndman, Data Mining and Knowledge Discovery 13, 2006).

    Parameters
    ----------
    demand
        date, value and, with several, series. Gaps are filled for the fit, told so, and have no value and no remainder in what comes out.
    options
        Season, scale, robustness.

    Returns
    -------
    Decomposition
        A series shorter than two seasons has a trend only, one of fewer than three points a mean only, and a note says so.

    Raises
    ------
    AnalysisError
        "data.missing_role", "forecast.no_rows", "forecast.not_dates", "forecast.not_numbers", as for a forecast.

    >>> months = pd.DataFrame({"date": pd.date_range("2020-01-01", periods=48, freq="MS"), "value": [10.0 + t + 5 * (t % 12 == 11) for t in range(48)]})
    >>> found = decompose(months, DecompositionOptions(scale="additive"))
    >>> found.strength[["method", "peak"]].values.tolist(), found.strength["season_strength"].round(2).tolist()
    ([['stl', 12]], [1.0])
    """
    options = options or DecompositionOptions()
    parts, seasons, strength, seasonal = [], [], [], []
    notes: list[Message] = []
    every = "month"
    for one in regular_series(demand, ForecastOptions(season=options.season, every=options.every)):
        every = one.grid.every
        lengths = season_lengths(one.grid, options.season, len(one.told))
        whole = split(one.told, lengths, options.scale, robust=options.robust)
        unknown = np.isnan(one.told)
        back = np.exp if whole.logs else np.asarray
        neutral = whole.values - whole.season
        dates = one.dates
        parts.append(
            pd.DataFrame(
                {
                    "series": one.name,
                    "date": dates,
                    "value": one.told,
                    "trend": back(whole.trend),
                    "season": back(whole.season),
                    "remainder": np.where(unknown, np.nan, back(whole.remainder)),
                    "adjusted": np.where(unknown, np.nan, back(neutral)),
                    "filled": unknown,
                }
            )
        )
        seasons += [
            pd.DataFrame(
                {"series": one.name, "date": dates, "length": length, "effect": back(effect)}
            )
            for length, effect in whole.seasons.items()
        ]
        cycle, position = _cycles(dates, one.grid, options.season)
        seasonal.append(
            pd.DataFrame(
                {
                    "series": one.name,
                    "cycle": cycle,
                    "position": position,
                    "date": dates,
                    "value": one.told,
                }
            )
        )
        by_position = (
            pd.Series(whole.season).groupby(position).mean()
            if whole.seasons and np.ptp(whole.season) > 0
            else None
        )
        strength.append(
            {
                "series": one.name,
                "trend_strength": whole.strength("trend"),
                "season_strength": whole.strength("season"),
                "scale": "multiplicative" if whole.logs else "additive",
                "method": whole.method,
                "season": ", ".join(str(length) for length in whole.seasons),
                "points": int((~unknown).sum()),
                "filled": int(unknown.sum()),
                "peak": pd.NA if by_position is None else int(by_position.idxmax()),
                "trough": pd.NA if by_position is None else int(by_position.idxmin()),
            }
        )
        notes += _notes(one.name, whole, unknown, options.season or one.grid.season)
    table = pd.DataFrame(strength).astype({"peak": "Int64", "trough": "Int64"})
    empty = pd.DataFrame(
        {
            "series": pd.Series(dtype=object),
            "date": pd.Series(dtype="datetime64[ns]"),
            "length": pd.Series(dtype=int),
            "effect": pd.Series(dtype=float),
        }
    )
    return Decomposition(
        pd.concat(parts, ignore_index=True),
        pd.concat(seasons, ignore_index=True) if seasons else empty,
        table,
        pd.concat(seasonal, ignore_index=True),
        tuple(notes),
        every,
    )


def season_lengths(grid: Grid, season: int | None, points: int) -> tuple[int, ...]:
    """The seasons that so many points can show twice: the one asked for, else the calendar's."""
    lengths = (
        (season,)
        if season
        else tuple(dict.fromkeys((grid.season, grid.year)))
        if grid.every == "day"
        else (grid.season,)
    )
    return tuple(length for length in lengths if length > 1 and points >= 2 * length)


def split(
    values: np.ndarray,
    lengths: tuple[int, ...],
    scale: str = "auto",
    *,
    robust: bool = True,
    periodic: bool = False,
) -> Split:
    """One series (NaN: unknown) as trend, seasons and remainder; see `decompose`. With `periodic` the season is the same in every cycle, so that it cannot take
    up what is odd in one of them.
    """
    filled = fill(values, lengths[0] if lengths else 1)
    positive = bool((filled > 0).all())
    logs = positive and (
        scale == "multiplicative"
        or (scale == "auto" and bool(lengths) and _swings_grow(filled, lengths[0]))
    )
    return _split(np.log(filled) if logs else filled, lengths, robust, logs, periodic)


def _swings_grow(values: np.ndarray, season: int) -> bool:
    """Whether swings in proportion to the level differ less from cycle to cycle than swings do (Guerrero, J. Forecasting 12, 1993, of logs or none)."""
    cycles = len(values) // season
    if cycles < 3:
        return False
    blocks = values[len(values) - cycles * season :].reshape(cycles, season)
    at = np.arange(season) - (season - 1) / 2
    slope = blocks @ at / (at @ at)
    swing = np.sqrt(
        ((blocks - blocks.mean(axis=1, keepdims=True) - slope[:, None] * at) ** 2).mean(axis=1)
    )
    share = swing / blocks.mean(axis=1)
    if swing.mean() <= 1e-12 * abs(float(values.mean())):
        return False
    return bool(share.std() / share.mean() < 0.9 * swing.std() / swing.mean())


def _split(
    values: np.ndarray, lengths: tuple[int, ...], robust: bool, logs: bool, periodic: bool
) -> Split:
    count = len(values)
    if count < 3:
        trend = np.full(count, values.mean())
        return Split(values, trend, {}, values - trend, logs, "mean")
    if not lengths or np.ptp(values) == 0:
        trend = _trend(values, robust)
        return Split(values, trend, {}, values - trend, logs, "trend")
    from statsmodels.tsa.seasonal import MSTL, STL

    if len(lengths) == 1:
        # Five robust rounds do what fifteen do, in a fifth of the time. A window far longer than the series is R's "periodic".
        smoother = {"seasonal": 10 * count + 1, "seasonal_deg": 0} if periodic else {}
        found = STL(values, period=lengths[0], robust=robust, **smoother).fit(
            inner_iter=1 if robust else 2, outer_iter=5 if robust else 0
        )
        return Split(
            values,
            np.asarray(found.trend),
            {lengths[0]: np.asarray(found.seasonal)},
            np.asarray(found.resid),
            logs,
            "stl",
        )
    both = MSTL(values, periods=lengths, stl_kwargs={"robust": False}).fit()
    seasonal = np.asarray(both.seasonal)
    return Split(
        values,
        np.asarray(both.trend),
        {length: seasonal[:, place] for place, length in enumerate(lengths)},
        np.asarray(both.resid),
        logs,
        "mstl",
    )


def _trend(values: np.ndarray, robust: bool) -> np.ndarray:
    places = np.arange(len(values), dtype=float)
    if np.ptp(values) == 0:
        return values.copy()
    if len(values) < _LOWESS_FROM:
        return np.polyval(np.polyfit(places, values, 1), places)
    from statsmodels.nonparametric.smoothers_lowess import lowess

    return np.asarray(
        lowess(
            values,
            places,
            frac=min(1.0, max(0.2, 15 / len(values))),
            it=3 if robust else 0,
            delta=0.01 * len(values),
            return_sorted=False,
        )
    )


def _cycles(dates: np.ndarray, grid: Grid, season: int | None) -> tuple[np.ndarray, np.ndarray]:
    """Which year (week, for days) each date is of, and its place there."""
    days = pd.DatetimeIndex(dates)
    if season and season != grid.season:
        at = np.arange(len(days))
        return (at // season + 1).astype(str).astype(object), at % season + 1
    if grid.every == "day":
        week = days.isocalendar()
        return (week["year"].astype(str) + "-W" + week["week"].astype(str).str.zfill(2)).to_numpy(
            dtype=object
        ), week["day"].to_numpy(dtype=np.int64)
    if grid.every == "week":
        week = days.isocalendar()
        return week["year"].astype(str).to_numpy(dtype=object), week["week"].to_numpy(
            dtype=np.int64
        )
    position = {"month": days.month, "quarter": days.quarter}.get(grid.every)
    place = (
        np.ones(len(days), dtype=np.int64)
        if position is None
        else np.asarray(position, dtype=np.int64)
    )
    return np.asarray(days.year.astype(str), dtype=object), place


def _notes(name: str, whole: Split, unknown: np.ndarray, season: int) -> list[Message]:
    said: list[Message] = []
    points = int((~unknown).sum())
    if np.ptp(whole.values) == 0 and len(whole.values) > 1:
        said.append(Message("planning.note.constant", {"series": name}))
    elif whole.method == "mean":
        said.append(Message("planning.note.mean_only", {"series": name, "points": points}))
    elif whole.method == "trend" and season > 1:
        said.append(
            Message(
                "planning.note.no_season", {"series": name, "points": points, "needed": 2 * season}
            )
        )
    if unknown.any():
        said.append(Message("planning.note.filled", {"series": name, "count": int(unknown.sum())}))
    return said
