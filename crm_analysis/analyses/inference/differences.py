"""Means with intervals, the difference of two groups, and of two ways to predict.

A group is `Moments`: how many, their mean, and the variance of that mean.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from crm_analysis.analyses.inference.intervals import (
    clopper_pearson,
    newcombe,
)

FEW_EVENTS = 5  # in an arm: below, exact methods


class Moments(NamedTuple):
    """A group's mean: of how many, and how sure it is (the variance of the mean)."""

    size: int
    mean: float
    variance: float


class Estimate(NamedTuple):
    """A difference between two groups with its interval and p-value, and by which method."""

    difference: float
    lo: float
    hi: float
    p: float
    z: float
    method: str


def moments(values: np.ndarray) -> Moments:
    """The mean of values and its variance.

    >>> moments(np.array([1.0, 2.0, 3.0]))
    Moments(size=3, mean=2.0, variance=0.333...)
    """
    count = len(values)
    mean = float(values.mean()) if count else float("nan")
    if count < 2:
        return Moments(count, mean, float("nan"))
    deviation = values - mean
    return Moments(count, mean, float(deviation @ deviation) / (count - 1) / count)


def means_differ(treated: Moments, control: Moments, coverage: float) -> Estimate:
    """Welch's interval and test of a difference between two means.

    References
    ----------
    Welch (1947), Biometrika 34, 28-35.

    Examples
    --------
    >>> few = moments(np.array([1.0, 2.0, 3.0])), moments(np.array([2.0, 4.0, 9.0]))
    >>> round(means_differ(*few, 0.95).p, 3)
    0.284
    """
    from scipy.special import stdtr, stdtrit

    difference = treated.mean - control.mean
    variance = treated.variance + control.variance
    if not variance > 0:
        return Estimate(difference, np.nan, np.nan, np.nan, np.nan, "welch")
    error = float(np.sqrt(variance))
    parts = (treated, control)
    degrees = variance**2 / sum(
        arm.variance**2 / max(arm.size - 1, 1) for arm in parts
    )
    reach = float(stdtrit(degrees, 0.5 + coverage / 2)) * error
    z = difference / error
    p = float(2 * stdtr(degrees, -abs(z)))
    return Estimate(
        difference, difference - reach, difference + reach, p, z, "welch"
    )


def shares_differ(
    hits: tuple[int, int], trials: tuple[int, int], coverage: float
) -> Estimate:
    """Newcombe's interval of a difference between two shares, with the pooled z-test.

    Under five events in an arm both are exact: Fisher's test, and the same interval from those
    of Clopper and Pearson. The treated stand first in both pairs.

    >>> estimate = shares_differ((120, 100), (1000, 1000), 0.95)
    >>> round(estimate.z, 4), round(estimate.p, 4)
    (1.4293, 0.1529)
    """
    from scipy.special import ndtr

    share, other = hits[0] / trials[0], hits[1] / trials[1]
    pooled = sum(hits) / sum(trials)
    variance = pooled * (1 - pooled) * (1 / trials[0] + 1 / trials[1])
    z = (share - other) / np.sqrt(variance) if variance > 0 else 0.0
    events = min(*hits, trials[0] - hits[0], trials[1] - hits[1])
    if events >= FEW_EVENTS:
        low, high = newcombe(hits[0], trials[0], hits[1], trials[1], coverage)
        p = float(2 * ndtr(-abs(z)))
        return Estimate(share - other, low, high, p, float(z), "newcombe")
    low, high = _exact_interval(hits, trials, coverage)
    return Estimate(
        share - other, low, high, _fisher(hits, trials), float(z), "exact"
    )


def _exact_interval(
    hits: tuple[int, int], trials: tuple[int, int], coverage: float
) -> tuple[float, float]:
    lows, highs = clopper_pearson(np.array(hits), np.array(trials), coverage)
    share, other = hits[0] / trials[0], hits[1] / trials[1]
    difference = share - other
    return (
        difference - float(np.hypot(share - lows[0], highs[1] - other)),
        difference + float(np.hypot(highs[0] - share, other - lows[1])),
    )


def _fisher(hits: tuple[int, int], trials: tuple[int, int]) -> float:
    from scipy.stats import fisher_exact

    misses = [trials[0] - hits[0], trials[1] - hits[1]]
    return float(fisher_exact([list(hits), misses]).pvalue)


def mean_interval(of: Moments, coverage: float = 0.95) -> tuple[float, float]:
    """Student's interval of a mean; NaN of fewer than two values, or where all are the same.

    >>> low, high = mean_interval(moments(np.array([3.0, 4.0, 5.0, 4.0])))
    >>> round(low, 3), round(high, 3)
    (2.701, 5.299)
    """
    from scipy.special import stdtrit

    if not of.variance > 0:
        return float("nan"), float("nan")
    reach = float(stdtrit(of.size - 1, 0.5 + coverage / 2) * np.sqrt(of.variance))
    return of.mean - reach, of.mean + reach


def effective_size(values: np.ndarray, cluster: np.ndarray) -> float:
    """So many independent values as these are worth, where those of a cluster are alike.

    At most the number of values; where all are the same, the number of clusters.

    Parameters
    ----------
    values
        Numbers.
    cluster
        For each whose it is, as whole numbers from 0.

    References
    ----------
    Kish (1965), Survey Sampling, on the design effect; by linearisation.

    Examples
    --------
    >>> effective_size(np.array([1.0, 1.0, 0.0, 0.0]), np.array([0, 0, 1, 1]))
    2.0
    """
    clusters = int((np.bincount(cluster) > 0).sum())
    if clusters == len(values):
        return float(len(values))
    residual = values - values.mean()
    squares = float(residual @ residual)
    if squares == 0:
        return float(clusters)
    sums = np.bincount(cluster, residual)
    effect = float(sums @ sums) / squares
    return len(values) / max(effect, 1.0)


def five_by_two(
    differences: np.ndarray, coverage: float = 0.95
) -> tuple[float, float, float]:
    """A mean difference over five repetitions of two folds, and its interval.

    The variance is that of one fold, pooled over the repetitions, on five degrees of freedom: the
    ten differences share customers and are far from independent. Where all are equal, the interval
    is that value alone.

    Parameters
    ----------
    differences
        A row a repetition, a column a fold.

    References
    ----------
    Dietterich (1998), Neural Computation 10, 1895-1923.

    Examples
    --------
    >>> low_to_high = five_by_two(np.array([[0.1, 0.3]] * 5))
    >>> [round(value, 3) for value in low_to_high]
    [0.2, -0.164, 0.564]
    """
    from scipy.special import stdtrit

    repeats = len(differences)
    centred = differences - differences.mean(axis=1, keepdims=True)
    error = float(np.sqrt((centred**2).sum() / repeats))
    reach = float(stdtrit(repeats, 0.5 + coverage / 2)) * error
    mean = float(differences.mean())
    return mean, mean - reach, mean + reach
