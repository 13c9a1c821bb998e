"""Intervals of a share, and of the difference between two. Hits and trials are counts."""

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
