"""Intervals of a share, of a net score, and of the difference between two shares.

Hits and trials are counts.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

Counts = np.ndarray | float


def wilson(
    hits: Counts, trials: Counts, coverage: float = 0.95
) -> tuple[np.ndarray, np.ndarray]:
    """The interval of a share that is short and right on average; 0 to 1 without trials.

    References
    ----------
    Wilson (1927), Journal of the American Statistical Association 22, 209-212.

    Examples
    --------
    >>> low, high = wilson(10, 100)
    >>> round(float(low), 3), round(float(high), 3)
    (0.055, 0.174)
    """
    from scipy.special import ndtri

    hits, trials = (
        np.asarray(hits, dtype=float),
        np.asarray(trials, dtype=float),
    )
    z = float(ndtri(0.5 + coverage / 2))
    scale = trials + z * z
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = (hits + z * z / 2) / scale
        reach = z / scale * np.sqrt(hits * (trials - hits) / trials + z * z / 4)
    # A share of 0 or 1 bounds itself; the formula misses it by a rounding error.
    low = np.where(hits == 0, 0.0, centre - reach)
    return low, np.where(hits == trials, 1.0, centre + reach)


def clopper_pearson(
    hits: Counts, trials: Counts, coverage: float = 0.95
) -> tuple[np.ndarray, np.ndarray]:
    """The interval of a share that covers it at least as often as promised.

    Hits and trials need not be whole: so many as dependent ones are worth (Korn and Graubard 1998).

    References
    ----------
    Clopper and Pearson (1934), Biometrika 26, 404-413.

    Examples
    --------
    >>> low, high = clopper_pearson(0, 20)
    >>> round(float(low), 3), round(float(high), 3)
    (0.0, 0.168)
    """
    from scipy.special import betaincinv

    hits, trials = (
        np.asarray(hits, dtype=float),
        np.asarray(trials, dtype=float),
    )
    tail = (1 - coverage) / 2
    none, every = hits == 0, hits == trials
    low = betaincinv(np.where(none, 1.0, hits), trials - hits + 1, tail)
    high = betaincinv(hits + 1, np.where(every, 1.0, trials - hits), 1 - tail)
    return np.where(none, 0.0, low), np.where(every, 1.0, high)


def share_interval(
    hits: np.ndarray,
    trials: np.ndarray,
    *,
    method: Literal["exact", "wilson"] = "exact",
    coverage: float = 0.95,
) -> tuple[np.ndarray, np.ndarray]:
    """The intervals of many shares of whole counts, each distinct pair of counts worked out once.

    Examples
    --------
    >>> low, high = share_interval(np.array([0, 0, 20]), np.array([20, 20, 20]))
    >>> high.round(3).tolist()
    [0.168, 0.168, 1.0]
    """
    # A pair is one number, which is far faster to find than a row of two.
    pairs = np.asarray(hits, dtype=np.int64) << 32 | np.asarray(
        trials, dtype=np.int64
    )
    distinct, position = np.unique(pairs, return_inverse=True)
    low, high = {"exact": clopper_pearson, "wilson": wilson}[method](
        distinct >> 32, distinct & 0xFFFFFFFF, coverage
    )
    return low[position], high[position]


def newcombe(
    hits: int,
    trials: int,
    other_hits: int,
    other_trials: int,
    coverage: float = 0.95,
) -> tuple[float, float]:
    """The interval of one share less another, from the Wilson intervals of the two.

    References
    ----------
    Newcombe (1998), Statistics in Medicine 17, 873-890, method 10.

    Examples
    --------
    >>> low, high = newcombe(56, 70, 48, 80)
    >>> round(low, 4), round(high, 4)
    (0.0524, 0.3339)
    """
    share, other = hits / trials, other_hits / other_trials
    low, high = wilson(hits, trials, coverage)
    other_low, other_high = wilson(other_hits, other_trials, coverage)
    difference = share - other
    return (
        difference - float(np.hypot(share - low, other_high - other)),
        difference + float(np.hypot(high - share, other - other_low)),
    )


_AT_EACH_END, _ADDED = 0.75, 3.0


def net_share(
    above: Counts, below: Counts, trials: Counts, coverage: float = 0.95
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A share above less a share below, as a net promoter score is: adjusted, and its interval.

    The adjusted Wald interval: three answers are added, three quarters of one at each end, so that
    it holds where there are few answers or all are alike. Returned are shares from -1 to 1: the
    adjusted value, which is the interval's middle, its low and its high end.

    References
    ----------
    Bonett and Price (2012), Journal of Educational and Behavioral Statistics 37, 479-488, for two
    shares of one sample; Rocks (2016), Journal of Marketing Analytics 4, 141-151, for net scores.

    Examples
    --------
    >>> adjusted, low, high = net_share(50, 20, 100)
    >>> (100 * np.array([adjusted, low, high])).round(1).tolist()
    [29.1, 14.1, 44.2]
    """
    from scipy.special import ndtri

    size = np.asarray(trials, dtype=float) + _ADDED
    top = (np.asarray(above, dtype=float) + _AT_EACH_END) / size
    bottom = (np.asarray(below, dtype=float) + _AT_EACH_END) / size
    adjusted = top - bottom
    reach = float(ndtri(0.5 + coverage / 2)) * np.sqrt(
        (top + bottom - adjusted**2) / size
    )
    return (
        adjusted,
        np.maximum(adjusted - reach, -1.0),
        np.minimum(adjusted + reach, 1.0),
    )


def square_and_add(
    value: tuple[float, float, float], other: tuple[float, float, float]
) -> tuple[float, float, float]:
    """A value less another, each with its interval (value, low, high), and the interval of that.

    References
    ----------
    Zou and Donner (2008), Statistics in Medicine 27, 1693-1702.

    Examples
    --------
    >>> square_and_add((0.5, 0.1, 0.8), (0.2, 0.0, 0.6))
    (0.3, -0.265..., 0.660...)
    """
    difference = value[0] - other[0]
    return (
        difference,
        difference - float(np.hypot(value[0] - value[1], other[2] - other[0])),
        difference + float(np.hypot(value[2] - value[0], other[0] - other[1])),
    )


def share_ratio(
    hits: float,
    trials: float,
    other_hits: float,
    other_trials: float,
    coverage: float = 0.95,
) -> tuple[float, float, float]:
    """How many times as often: one share over another, and its interval.

    From the Wilson intervals of the two. It has no upper end (infinity) where the other share may
    be 0 as far as the data say; NaN where nobody was hit on either side.

    References
    ----------
    Donner and Zou (2012), Statistical Methods in Medical Research 21, 347-359.

    Examples
    --------
    >>> [round(value, 2) for value in share_ratio(24, 62, 70, 380)]
    [2.1, 1.42, 2.99]
    """
    if not trials or not other_trials or not (hits or other_hits):
        return float("nan"), float("nan"), float("nan")
    share, other = hits / trials, other_hits / other_trials
    low, high = (float(end) for end in wilson(hits, trials, coverage))
    other_low, other_high = (
        float(end) for end in wilson(other_hits, other_trials, coverage)
    )
    both = share * other

    def root(own: float, others: float) -> float:
        spread = both**2 - own * others * (2 * share - own) * (2 * other - others)
        return both + float(np.sqrt(max(spread, 0.0)))

    beneath = root(low, other_high)
    least = low * (2 * share - low) / beneath if beneath else 0.0
    scale = other_low * (2 * other - other_low)
    most = root(high, other_low) / scale if scale else float("inf")
    return share / other if other else float("inf"), least, most
