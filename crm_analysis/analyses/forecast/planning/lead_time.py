"""Demand over a stretch of time that need not begin or end with a period of the forecast."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from crm_analysis.analyses.forecast.planning.sample_paths import period_edges


@dataclass(frozen=True)
class Timeline:
    """Where the periods ahead begin, and where the last ends, and when the stock was counted.

    `dates` are days of the calendar, `days` the same in days since the first, `edges` in the unit
    that lead times are in; `counted` is in days, `now` the same in that unit.
    """

    dates: np.ndarray
    days: np.ndarray
    edges: np.ndarray
    counted: float
    now: float

    def periods_until(self, time: float) -> int:
        """How many periods it takes to reach a time, which may lie beyond the last."""
        numbers = np.arange(len(self.edges))
        if time <= self.edges[-1]:
            return int(np.ceil(np.interp(time, self.edges, numbers)))
        return int(np.ceil(time / (self.edges[-1] / numbers[-1])))


def timeline_of(
    dates: np.ndarray,
    every: str,
    unit: Literal["day", "period"],
    as_of: str | None,
) -> Timeline:
    """The timeline of periods dated by `dates`, the stock being counted on the day `as_of`."""
    dates = period_edges(dates, every)
    day = np.timedelta64(1, "D")
    days = (dates - dates[0]) / day
    edges = days if unit == "day" else np.arange(len(dates), dtype=float)
    counted = 0.0
    if as_of is not None:
        since = (np.datetime64(as_of, "D") - dates[0].astype("datetime64[D]")) / day
        counted = max(0.0, float(since))
    return Timeline(
        dates,
        days,
        edges,
        counted,
        float(np.interp(counted, days, edges)),
    )


def demand_between(
    paths: np.ndarray,
    edges: np.ndarray,
    start: np.ndarray,
    middle: np.ndarray,
    end: np.ndarray,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Demand from `start` to `middle` and from `start` to `end`, one of each a path.

    A part of a period takes a random share of the period's demand: the bridge of a gamma process
    with the period's own mean m and variance v, whose shares are Dirichlet with shape m^2/v x the
    length of each part. So a share f of a period has mean f m and variance f v, whatever the
    distribution in the forecast, is never negative, and parts add up to the whole. Spreading
    demand evenly would give variance f^2 v: half a month's stock would look safer than it is.

    Parameters
    ----------
    paths
        draws x periods of demand, at least 0.
    edges
        Where the periods begin, and where the last ends, in the unit of time of `start`,
        `middle` and `end`. Beyond the last edge demand goes on as in the last period.
    start, middle, end
        A time each path, `start` <= `middle` <= `end`.

    References
    ----------
    Ribeiro & Webber, Valuing path-dependent options in the variance-gamma model by Monte Carlo
    with a gamma bridge, J. Computational Finance 7(2), 2004.

    Examples
    --------
    >>> paths = np.array([[10.0, 20.0], [10.0, 20.0]])
    >>> start, middle, end = np.zeros(2), np.array([1.0, 1.5]), np.array([2.0, 3.0])
    >>> rng = np.random.default_rng(0)
    >>> to_middle, to_end = demand_between(paths, np.arange(3.0), start, middle, end, rng)
    >>> to_middle.tolist(), to_end.tolist()
    ([10.0, 20.0], [30.0, 50.0])
    """
    last_length = edges[-1] - edges[-2]
    beyond = round((float(end.max()) - float(edges[-1])) / last_length, 9)
    more = max(0, int(np.ceil(beyond)))
    if more:
        paths = np.hstack([paths, np.repeat(paths[:, -1:], more, axis=1)])
        edges = np.r_[edges, edges[-1] + last_length * np.arange(1, more + 1)]
    first = _shares_inside(edges, start, middle)
    second = _shares_inside(edges, middle, end)
    demand_first, demand_second = first.copy(), second.copy()
    mean, variance = paths.mean(axis=0), paths.var(axis=0)
    divided = ((first > 0) & (first < 1)) | ((second > 0) & (second < 1))
    rows, columns = np.nonzero(divided & (variance > 0) & (mean > 0))
    if len(rows):
        lengths = np.column_stack([first[rows, columns], second[rows, columns]])
        rest = np.clip(1.0 - lengths.sum(axis=1), 0.0, 1.0)
        shape = (mean[columns] ** 2 / variance[columns])[:, None]
        shares = _dirichlet(shape * np.column_stack([lengths, rest]), rng)
        (
            demand_first[rows, columns],
            demand_second[rows, columns],
        ) = (
            shares[:, 0],
            shares[:, 1],
        )
    to_middle = (paths * demand_first).sum(axis=1)
    return to_middle, to_middle + (paths * demand_second).sum(axis=1)


def _shares_inside(edges: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """The share of each period (column) that lies between start and end (a row a path)."""
    latest_start = np.maximum(edges[None, :-1], start[:, None])
    earliest_end = np.minimum(edges[None, 1:], end[:, None])
    return np.clip((earliest_end - latest_start) / np.diff(edges), 0.0, 1.0)


def _dirichlet(shape: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A draw of shares a row; a row of `shape` may be tiny, when one part takes all, or hold 0s."""
    draws = rng.standard_gamma(shape)
    total = draws.sum(axis=1)
    # All too small for a float: in the limit one part takes all, in proportion to its length.
    lost = total <= 0
    if lost.any():
        thresholds = np.cumsum(shape[lost], axis=1) / shape[lost].sum(
            axis=1, keepdims=True
        )
        above = rng.random(int(lost.sum()))[:, None] > thresholds
        winner = above.sum(axis=1).clip(0, shape.shape[1] - 1)
        draws[lost] = np.eye(shape.shape[1])[winner]
        total = draws.sum(axis=1)
    return draws / total[:, None]
