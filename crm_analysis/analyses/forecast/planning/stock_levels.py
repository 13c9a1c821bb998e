"""The sums behind the order of one series: levels, packs, cover, and stock period by period."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.forecast.planning.lead_time import Timeline

TOLERANCE = 1e-9
_CENTURY = 36500  # days


def whole_packs(need: np.ndarray, pack: np.ndarray, minimum: np.ndarray) -> np.ndarray:
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
