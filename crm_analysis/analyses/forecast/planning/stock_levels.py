"""The sums behind the order of one series: demand over the lead time, levels, packs, cover."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from crm_analysis.analyses.forecast.planning.overrides import period_edges

TOLERANCE = 1e-9
_CENTURY = 36500  # days


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


def _shares_inside(
    edges: np.ndarray, start: np.ndarray, end: np.ndarray
) -> np.ndarray:
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


def whole_packs(
    need: np.ndarray, pack: np.ndarray, minimum: np.ndarray
) -> np.ndarray:
    """The fewest packs that hold the need and the minimum order; 0 where nothing is needed.

    >>> twelves, twos = np.full(3, 12.0), np.full(3, 24.0)
    >>> whole_packs(np.array([0.0, 1.0, 25.0]), twelves, twos).tolist()
    [0.0, 2.0, 3.0]
    """
    units = np.where(need > 0, np.maximum(need, minimum), 0.0)
    packs = np.ceil(units / pack)
    # 0.3 / 0.1 is a little more than 3.
    packs = np.where(
        (packs > 0) & ((packs - 1) * pack >= units),
        packs - 1,
        packs,
    )
    return np.where(packs * pack < units, packs + 1, packs)


def sufficient_stock(demand: np.ndarray, service: float, *, whole: bool) -> float:
    """The smallest stock that suffices in the share `service` of all draws."""
    level = float(np.quantile(demand, service, method="inverted_cdf"))
    return float(np.ceil(level - TOLERANCE)) if whole else level


def even_normal(draws: int, rng: np.random.Generator) -> np.ndarray:
    """Normal draws, one in each slice of equal probability, so that drawing adds no noise."""
    from scipy.special import ndtri

    return ndtri((rng.permutation(draws) + 0.5) / draws)


def normal_safety_stock(
    line: dict[str, Any], timeline: Timeline, paths: np.ndarray
) -> float:
    """Z sqrt(sum of the periods' variances over the lead time + rate^2 x variance of that time)."""
    from scipy.special import ndtri

    edges, lead = timeline.edges, float(line["lead_time"])
    lengths = np.diff(edges)
    inside = np.minimum(edges[1:], timeline.now + lead) - np.maximum(
        edges[:-1], timeline.now
    )
    share = np.clip(inside / lengths, 0.0, 1.0)
    weights = share if share.any() else np.eye(len(share))[0]
    periods = share.sum() or 1.0
    rate = float((paths.mean(axis=0) * weights).sum() / periods / lengths.mean())
    variance = (
        float((paths.var(axis=0) * share).sum())
        + rate**2 * float(line["lead_time_sd"]) ** 2
    )
    return float(max(0.0, ndtri(float(line["service"]))) * np.sqrt(variance))


def days_of_cover(on_hand: float, mean: np.ndarray, timeline: Timeline) -> float:
    """Days until the mean demand has used up the stock; beyond the horizon at its mean rate."""
    total, days = float(mean.sum()), timeline.days
    if total <= 0:
        return float("nan")
    sold = np.append(0.0, np.cumsum(mean))
    goal = max(on_hand, 0.0) + float(np.interp(timeline.counted, days, sold))
    if goal >= total:
        length = float(days[-1])
        return length + (goal - total) / (total / length) - timeline.counted
    period = int(np.searchsorted(sold, goal, side="right")) - 1
    inside = (goal - sold[period]) / (sold[period + 1] - sold[period])
    used_up = days[period] + inside * (days[period + 1] - days[period])
    return float(used_up - timeline.counted)


def day_after(start: np.datetime64, days: float) -> pd.Timestamp:
    """The day so many days later; none where that is not known, or a century away."""
    if not days <= _CENTURY:
        return pd.NaT
    return pd.Timestamp(start) + pd.Timedelta(days=int(days))


def projected_stock(
    line: dict[str, Any],
    timeline: Timeline,
    paths: np.ndarray,
    arrives: np.ndarray,
    order: float,
) -> pd.DataFrame:
    """Stock at the end of each period; what is on order arrives once the lead time is over."""
    edges = timeline.edges
    passed = np.clip((timeline.now - edges[:-1]) / np.diff(edges), 0.0, 1.0)
    sold = np.cumsum(paths * (1.0 - passed), axis=1)
    arrived = arrives[:, None] <= edges[None, 1:] + TOLERANCE
    columns: dict[str, Any] = {
        "series": line["series"],
        "date": timeline.dates[1:],
    }
    for mean, ends, extra in (
        ("without", "without", 0.0),
        ("with_order", "with", order),
    ):
        delivered = (float(line["on_order"]) + extra) * arrived
        level = np.maximum(float(line["on_hand"]) + delivered - sold, 0.0)
        low, high = np.quantile(level, [0.1, 0.9], axis=0)
        columns |= {
            mean: level.mean(axis=0),
            f"{ends}_lo": low,
            f"{ends}_hi": high,
        }
    return pd.DataFrame(columns)
