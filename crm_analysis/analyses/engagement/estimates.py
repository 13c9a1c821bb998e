"""The difference between two arms: of shares, of means, of ratios; and relative to the control.

An arm is `Moments`: how many, their mean, and the variance of that mean. All estimates of a
difference share the form (difference, low, high, p).
"""

from __future__ import annotations

import numpy as np

from crm_analysis.analyses.inference import (
    Estimate,
    Moments,
    means_differ,
    moments,
    shares_differ,
)


def ratio_moments(numerator: np.ndarray, denominator: np.ndarray) -> Moments:
    """A ratio of two sums, as clicks by messages sent, and its variance by the delta method.

    References
    ----------
    Deng, Knoblich & Lu (2018), KDD, 233-242.

    Examples
    --------
    >>> of = ratio_moments(np.array([1.0, 2.0, 3.0]), np.array([2.0, 2.0, 2.0]))
    >>> of.mean, round(of.variance * 12, 9)
    (1.0, 1.0)
    """
    count = len(numerator)
    base = float(denominator.mean()) if count else 0.0
    if count < 2 or base == 0:
        return Moments(count, float("nan"), float("nan"))
    ratio = float(numerator.mean()) / base
    residual = (numerator - ratio * denominator) / base
    return Moments(count, ratio, moments(residual).variance)


def arms_differ(
    treated: np.ndarray, control: np.ndarray, coverage: float, *, is_amount: bool
) -> Estimate:
    """The difference of two arms: of amounts by Welch, of a yes or no as shares."""
    if is_amount:
        return means_differ(moments(treated), moments(control), coverage)
    hits = int(treated.sum()), int(control.sum())
    return shares_differ(hits, (len(treated), len(control)), coverage)


def wald(
    hits: tuple[int, int], trials: tuple[int, int], coverage: float = 0.95
) -> tuple[float, float]:
    """The plain interval of a difference between two shares, for comparison with other tools.

    >>> low, high = wald((120, 100), (1000, 1000))
    >>> round(low, 5), round(high, 5)
    (-0.00741, 0.04741)
    """
    from scipy.special import ndtri

    shares = np.array(hits) / np.array(trials)
    variance = float((shares * (1 - shares) / np.array(trials)).sum())
    reach = float(ndtri(0.5 + coverage / 2)) * float(np.sqrt(variance))
    difference = float(shares[0] - shares[1])
    return difference - reach, difference + reach


def no_events_bound(trials: int, coverage: float = 0.95) -> float:
    """The share that no events among so many trials leave possible: 3/n at 95 %.

    >>> round(no_events_bound(150), 3)
    0.02
    """
    return float(-np.log(1 - coverage)) / trials


def relative_lift(
    treated: Moments, control: Moments, coverage: float = 0.95
) -> tuple[float, float, float]:
    """The treated mean over the control's, less 1, with Fieller's interval.

    It is infinite (NaN) where the control's mean cannot be told from 0.

    References
    ----------
    Fieller (1954), Journal of the Royal Statistical Society B 16, 175-185.

    Examples
    --------
    >>> lift = relative_lift(Moments(1000, 0.12, 1.056e-4), Moments(1000, 0.10, 9e-5))
    >>> [round(value, 3) for value in lift]
    [0.2, -0.066, 0.552]
    """
    from scipy.special import ndtri

    if not control.mean > 0 or not control.variance > 0:
        return float("nan"), float("nan"), float("nan")
    ratio = treated.mean / control.mean
    z = float(ndtri(0.5 + coverage / 2))
    g = z**2 * control.variance / control.mean**2
    if g >= 1:
        return ratio - 1, float("nan"), float("nan")
    spread = treated.variance * (1 - g) + ratio**2 * control.variance
    reach = z / control.mean * np.sqrt(spread)
    return (
        ratio - 1,
        float((ratio - reach) / (1 - g) - 1),
        float((ratio + reach) / (1 - g) - 1),
    )


def adjusted_by(values: np.ndarray, before: np.ndarray) -> tuple[np.ndarray, float]:
    """The values less what a column from before explains (CUPED), and the variance cut (0 to 1).

    References
    ----------
    Deng, Xu, Kohavi & Walker (2013), WSDM, 123-132.

    Examples
    --------
    >>> x = np.array([1.0, 2.0, 3.0, 6.0])
    >>> adjusted, cut = adjusted_by(x, x)
    >>> adjusted.tolist(), cut
    ([3.0, 3.0, 3.0, 3.0], 1.0)
    """
    inner, centred = values - values.mean(), before - before.mean()
    squares, total = float(centred @ centred), float(inner @ inner)
    if squares == 0 or total == 0:
        return values, 0.0
    product = float(inner @ centred)
    slope = product / squares
    return values - slope * centred, product**2 / (squares * total)


def winsorised(values: np.ndarray, share: float = 0.99) -> np.ndarray:
    """Values above the quantile `share` of all brought down to it.

    Where fewer than that have any, the quantile is that of those who have.
    """
    some = values[values > 0]
    above = len(values) - 1 - int(share * (len(values) - 1))
    of_some = int(share * (len(some) - 1))
    position = len(some) - 1 - above if above < len(some) else of_some
    if position < 0:
        return values
    return np.minimum(values, np.partition(some, position)[position])


_GROUPS, _DRAWS = 1000, 1000


class Resampling:
    """So many customers drawn anew, for the means of any of their outcomes.

    Where they are many, random groups of them are drawn: a thousand sums are enough.
    """

    def __init__(self, size: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self._groups = min(size, _GROUPS)
        self._of = np.arange(size)
        if self._groups < size:
            self._of = rng.integers(0, self._groups, size)
        drawn = rng.integers(0, self._groups, (_DRAWS, self._groups))
        drawn += self._groups * np.arange(_DRAWS)[:, None]
        weights = np.bincount(drawn.ravel(), minlength=self._groups * _DRAWS)
        self._weights = weights.reshape(_DRAWS, self._groups).astype(float)
        counts = np.bincount(self._of, minlength=self._groups)
        self._counts = self._weights @ counts

    def means(self, values: np.ndarray) -> np.ndarray:
        """The mean of the values in each draw."""
        sums = np.bincount(self._of, values, minlength=self._groups)
        return (self._weights @ sums) / self._counts


def bootstrap_difference(
    treated: np.ndarray, control: np.ndarray, coverage: float
) -> tuple[float, float]:
    """The percentile interval of a difference, from its two means in each draw."""
    drawn = treated - control
    tail = (1 - coverage) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return float(low), float(high)
