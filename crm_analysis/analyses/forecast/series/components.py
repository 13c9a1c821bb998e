"""One series as trend, season and remainder; how strong each is; what came only once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from crm_analysis.analyses.forecast.series.filling import fill
from crm_analysis.analyses.forecast.series.periods import Grid
from crm_analysis.analyses.forecast.series.smoothing import lowess

_LOWESS_FROM = 7  # points; fewer are a straight line, fewer than three their mean
_RECURRING = 0.5  # of the swings; a season that explains less is none to judge single values by
_REACH = 3.0  # interquartile ranges beyond the quartiles, as Tukey's "far out"
_EXACT = 1e-4  # of the swings: what smoothing leaves of a series without noise
_WIDER = 2.0  # of few values the quartiles are uncertain
_MAXIMUM_ONE_OFFS = (
    12  # one period in so many; a value that comes more often is no one-off
)


@dataclass(frozen=True, eq=False)
class Components:
    """Arrays on the scale of the fit (logarithms where `log`).

    `values` with gaps filled, `trend`, each season's effect by its length, `remainder`; `odd` are
    values that neither was fitted to.
    """

    values: np.ndarray
    trend: np.ndarray
    seasons: dict[int, np.ndarray]
    remainder: np.ndarray
    log: bool
    method: str
    odd: np.ndarray | None = None

    @property
    def season(self) -> np.ndarray:
        """All seasons together."""
        return sum(self.seasons.values(), start=np.zeros(len(self.values)))

    def strength(self, part: Literal["trend", "season"]) -> float:
        """How much of the swings of a part and the remainder the part explains, from 0 to 1.

        Of the trend max(0, 1 − Var(remainder) / Var(trend + remainder)). Of a season what recurs:
        its covariance from cycle to cycle, for in a few cycles a season that is fitted to each
        explains nearly all of mere noise. NaN where there is no such part.
        """
        if self.method == "mean" or (part == "season" and not self.seasons):
            return float("nan")
        component = self.trend if part == "trend" else self.season
        odd = (
            np.zeros(len(self.values), dtype=bool) if self.odd is None else self.odd
        )
        remainder = np.where(odd, np.nan, self.remainder)
        whole = float(np.nanvar(component + remainder))
        if whole <= 1e-20:
            return float("nan")
        explained = whole - float(np.nanvar(remainder))
        if part == "season":
            explained = sum(
                _recurring(season + remainder, length)
                for length, season in self.seasons.items()
            )
        return float(np.clip(explained / whole, 0.0, 1.0))

    def with_odd(self, values: np.ndarray, odd: np.ndarray) -> Components:
        """With what really came where that was `odd` and left out of the fit."""
        really = self.values.copy()
        really[odd] = np.log(values[odd]) if self.log else values[odd]
        remainder = really - self.trend - self.season
        return replace(self, values=really, remainder=remainder, odd=odd)

    def in_units(self, component: np.ndarray) -> np.ndarray:
        """A component on the scale of the demand; factors where the fit is on logarithms."""
        return np.exp(component) if self.log else component


def season_lengths(grid: Grid, season: int | None, points: int) -> tuple[int, ...]:
    """The seasons that so many points can show twice: the one asked for, else the calendar's."""
    lengths = [season or grid.season]
    # Beside the week MSTL takes a year only where there is more than two of it.
    if not season and grid.every == "day" and points > 2 * grid.year:
        lengths.append(grid.year)
    return tuple(
        length for length in lengths if length > 1 and points >= 2 * length
    )


def in_other_cycles(departures: np.ndarray, length: int) -> np.ndarray:
    """The median of the same phase of the season in all other cycles; NaN where there is none.

    >>> in_other_cycles(np.array([1.0, 5.0, 2.0, 6.0]), 2).tolist()
    [2.0, 6.0, 1.0, 5.0]
    """
    count = len(departures)
    cycles = -(-count // length)
    padded = np.full(cycles * length, np.nan)
    padded[:count] = departures
    by_cycle = padded.reshape(cycles, length)
    observed = np.isfinite(by_cycle)
    order = np.argsort(
        by_cycle, axis=0, kind="stable"
    )  # what is not known comes last
    ordered = np.take_along_axis(by_cycle, order, axis=0)
    rank = np.argsort(order, axis=0, kind="stable")
    rest = observed.sum(axis=0) - observed  # how many other cycles show the phase

    def of_rest(place: np.ndarray) -> np.ndarray:
        """The value at a place among the others, once they are in order."""
        place = place + (observed & (place >= rank))
        return np.take_along_axis(ordered, np.clip(place, 0, cycles - 1), axis=0)

    median = (of_rest((rest - 1) // 2) + of_rest(rest // 2)) / 2
    return np.where(rest > 0, median, np.nan).ravel()[:count]


def _recurring(departures: np.ndarray, length: int) -> float:
    """The variance of a season alone: chance does not covary from one cycle to the next."""
    departures = departures - np.nanmean(departures)
    return float(np.nanmean(departures[:-length] * departures[length:]))


@dataclass(frozen=True, eq=False)
class OneOffs:
    """Which values came once (`odd`), and what is none.

    What trend and the other cycles' season leave lies between `low` and `high`, on the scale of
    the fit; `spread` is the distance of its quartiles. `recurs` says whether the season does.
    `components` are those of the other values, in which every cycle's season is the same.
    """

    odd: np.ndarray
    low: float
    high: float
    spread: float
    recurs: bool
    components: Components


def robust_components(
    values: np.ndarray,
    lengths: tuple[int, ...],
    scale: str = "auto",
    *,
    reach: float = _REACH,
    periodic: bool = False,
    recurring: bool = False,
) -> tuple[Components, OneOffs]:
    """The components, and which values came once: these bend neither trend nor season.

    `periodic`: see `split_components`; `recurring`: a season that does not recur is left out.

    A value is odd where it lies more than `reach` interquartile ranges beyond the quartiles of
    what trend and the *other* cycles' season leave; somewhat more where these are few. Of two
    cycles that contradict each other that is true of both values; the further one from its level
    is the odd one. They are taken out one by one, the oddest first. A season that does not recur
    is none to judge by.
    """
    one_offs = _one_offs(values, lengths, scale, reach)
    judged_by = lengths[:1]
    if lengths and not one_offs.recurs:
        one_offs = _one_offs(values, (), scale, reach)
        judged_by = ()
        lengths = () if recurring else lengths
    components = one_offs.components
    if lengths != judged_by or (lengths and not periodic):
        rest = np.where(one_offs.odd, np.nan, values)
        components = split_components(rest, lengths, scale, periodic=periodic)
    return components.with_odd(values, one_offs.odd), one_offs


def _one_offs(
    values: np.ndarray, lengths: tuple[int, ...], scale: str, reach: float
) -> OneOffs:
    odd = np.zeros(len(values), dtype=bool)
    independent = max(1, len(values) - sum(lengths[:1]))
    reach *= 1 + _WIDER / independent
    while True:
        rest = np.where(odd, np.nan, values)
        components = split_components(rest, lengths[:1], scale, periodic=True)
        observed = np.isfinite(rest)
        departures = np.where(
            observed, components.values - components.trend, np.nan
        )
        unexplained, recurs = departures, False
        if lengths:
            others = in_other_cycles(departures, lengths[0])
            unexplained = departures - others
            # A phase that no other cycle shows is not judged.
            observed = observed & np.isfinite(others)
            recurs = components.strength("season") >= _RECURRING
        if not observed.any():
            return OneOffs(odd, -np.inf, np.inf, 1.0, False, components)
        lower, upper = np.quantile(unexplained[observed], [0.25, 0.75]).tolist()
        spread = upper - lower
        if spread <= _EXACT * max(1e-9, float(np.ptp(components.values))):
            # More than half fit exactly: anything beyond a tenth of the usual level is odd.
            spread = 0.1 / reach
            if not components.log:
                spread *= float(np.median(np.abs(components.values))) + 1e-12
        low, high = lower - reach * spread, upper + reach * spread
        beyond = np.maximum(unexplained - high, low - unexplained)
        beyond = np.where(observed, beyond, 0.0)
        worst = int(np.argmax(beyond))
        many = odd.sum() >= max(1, len(values) // _MAXIMUM_ONE_OFFS)
        if many or beyond[worst] <= 0:
            return OneOffs(odd, low, high, spread, recurs, components)
        odd[_oddest(worst, beyond, departures, lengths)] = True


def _oddest(
    worst: int, beyond: np.ndarray, departures: np.ndarray, lengths: tuple[int, ...]
) -> int:
    """Of values that contradict each other at one phase the furthest from its level."""
    if not lengths:
        return worst
    phase = np.arange(worst % lengths[0], len(beyond), lengths[0])
    phase = phase[beyond[phase] > 0]
    distance = np.abs(departures - np.nanmedian(departures))
    return int(phase[np.argmax(distance[phase])])


def split_components(
    values: np.ndarray,
    lengths: tuple[int, ...],
    scale: str = "auto",
    *,
    robust: bool = True,
    periodic: bool = False,
) -> Components:
    """One series (NaN: unknown) as trend, seasons and remainder; see `decompose`.

    With `periodic` the season is the same in every cycle, so that it cannot take up what is odd
    in one of them.
    """
    values = fill(values, lengths[0] if lengths else 1)
    log = False
    if (values > 0).all():
        grows = (
            scale == "auto" and bool(lengths) and _swings_grow(values, lengths[0])
        )
        log = grows or scale == "multiplicative"
    if log:
        values = np.log(values)
    if len(values) < 3:
        trend = np.full(len(values), values.mean())
        return Components(values, trend, {}, values - trend, log, "mean")
    if not lengths or np.ptp(values) == 0:
        trend = _trend(values, robust)
        return Components(values, trend, {}, values - trend, log, "trend")
    from statsmodels.tsa.seasonal import MSTL, STL

    if len(lengths) > 1:
        result = MSTL(values, periods=lengths, stl_kwargs={"robust": False}).fit()
        seasons = dict(zip(lengths, np.asarray(result.seasonal).T, strict=True))
    else:
        # Five robust rounds do what fifteen do, in a fifth of the time. A window far longer than
        # the series is R's "periodic", whose season needs no more than two points a phase.
        smoother = {}
        if periodic:
            window = 10 * len(values) + 1
            smoother = {
                "seasonal": window,
                "seasonal_deg": 0,
                "seasonal_jump": window,
            }
        stl = STL(values, period=lengths[0], robust=robust, **smoother)
        result = stl.fit(inner_iter=1, outer_iter=5) if robust else stl.fit(2, 0)
        seasons = {lengths[0]: np.asarray(result.seasonal)}
    method = "mstl" if len(lengths) > 1 else "stl"
    trend, remainder = np.asarray(result.trend), np.asarray(result.resid)
    return Components(values, trend, seasons, remainder, log, method)


def _swings_grow(values: np.ndarray, season: int) -> bool:
    """Whether swings in proportion to the level differ less between cycles than swings do.

    Guerrero, J. Forecasting 12, 1993, of logarithms or none.
    """
    cycles = len(values) // season
    if cycles < 3:
        return False
    blocks = values[len(values) - cycles * season :].reshape(cycles, season)
    means = blocks.mean(axis=1, keepdims=True)
    time = np.arange(season) - (season - 1) / 2
    slopes = (blocks @ time / (time @ time))[:, None]
    swing = np.sqrt(((blocks - means - slopes * time) ** 2).mean(axis=1))
    if swing.mean() <= 1e-12 * abs(float(values.mean())):
        return False
    share = swing / means[:, 0]
    return bool(share.std() / share.mean() < 0.9 * swing.std() / swing.mean())


def _trend(values: np.ndarray, robust: bool) -> np.ndarray:
    """A straight line of few points, else LOWESS."""
    if np.ptp(values) == 0:
        return values.copy()
    time = np.arange(len(values), dtype=float)
    if len(values) < _LOWESS_FROM:
        return np.polyval(np.polyfit(time, values, 1), time)
    count = len(values)
    share = min(1.0, max(0.2, 15 / count))
    return lowess(values, share, 3 if robust else 0, apart=0.01 * count)
