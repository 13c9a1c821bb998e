"""LOWESS of a series, all its points at once, where libraries go from point to point."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

_NOTHING = 1e-12
_FAR = 6.0  # median residuals, from which a value counts nothing


def lowess(
    values: np.ndarray, share: float, rounds: int, apart: float = 0.0
) -> np.ndarray:
    """Locally weighted straight lines through values that come in equal steps of time.

    What statsmodels' `lowess` gives.

    Parameters
    ----------
    values
        Finite, two at the fewest.
    share
        Of all values, those nearest to a point, which its line is drawn through.
    rounds
        Robust ones, in which values far off count less.
    apart
        Steps of time between two lines; what lies between is interpolated.

    References
    ----------
    Cleveland (1979), Journal of the American Statistical Association 74, 829-836.

    Examples
    --------
    >>> lowess(np.array([1.0, 2.0, 3.0, 4.0, 5.0]), 0.8, 0).round(6).tolist()
    [1.0, 2.0, 3.0, 4.0, 5.0]
    """
    count = len(values)
    near = min(max(int(share * count + 1e-10), 2), count)
    at = _drawn_at(count, apart)
    first = np.clip(np.ceil(at - near / 2).astype(int), 0, count - near)
    offset = (first - at)[:, None] + np.arange(near)
    radius = np.maximum(-offset[:, :1], offset[:, -1:])
    closeness = (1 - np.abs(offset / radius) ** 3) ** 3
    through = sliding_window_view(values, near)[first]
    smooth, trust = values, np.ones(count)
    for _ in range(rounds + 1):
        weights = closeness * sliding_window_view(trust, near)[first]
        determined = (weights > _NOTHING).sum(axis=1) >= 2
        drawn = np.where(
            determined, _at_centre(offset, through, weights), values[at]
        )
        smooth = np.interp(np.arange(count), at, drawn)
        trust = _trust(np.abs(values - smooth))
    return smooth


def _drawn_at(count: int, apart: float) -> np.ndarray:
    """Where lines are drawn: as far apart as may be, and at the last two points."""
    step = max(1, int(apart))
    regular = np.arange(0, count, step)
    return np.unique(np.append(regular, [count - 2, count - 1]))


def _at_centre(x: np.ndarray, y: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The weighted straight line through each row of points, where x is 0."""
    weights = weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-300)
    mean = (weights * x).sum(axis=1, keepdims=True)
    spread = (weights * (x - mean) ** 2).sum(axis=1, keepdims=True)
    slope = 1 - mean * (x - mean) / np.maximum(spread, _NOTHING)
    return (weights * slope * y).sum(axis=1)


def _trust(residuals: np.ndarray) -> np.ndarray:
    """How much each value counts in the next round: Tukey's biweight."""
    median = float(np.median(residuals))
    if median == 0:
        return (residuals == 0).astype(float)
    return (1 - np.minimum(residuals / (_FAR * median), 1.0) ** 2) ** 2
