"""Looking at a test before its end without being fooled.

Always valid p-values (mixture sequential probability ratio test), and the boundary of O'Brien and
Fleming for up to five planned looks.
"""

from __future__ import annotations

from functools import cache

import numpy as np


def always_valid(
    difference: float, variance: float, mixture: float, coverage: float = 0.95
) -> tuple[float, float, float]:
    """(p, low, high) that hold however often one looks.

    `mixture` is the standard deviation of the effects the test is tuned for; it is set before.

    References
    ----------
    Johari, Koomen, Pekelis & Walsh (2017), KDD, 1517-1525.

    Examples
    --------
    With the variance equal to the mixture's, 3.656 standard errors are wanted:

    >>> round(always_valid(3.657, 1.0, 1.0)[0], 3), always_valid(3.655, 1.0, 1.0)[0] > 0.05
    (0.05, True)
    """
    if not variance > 0 or not mixture > 0:
        return 1.0, float("nan"), float("nan")
    total = variance + mixture**2
    exponent = mixture**2 * difference**2 / (2 * variance * total)
    log_ratio = 0.5 * np.log(variance / total) + exponent
    threshold = -np.log(1 - coverage) + 0.5 * np.log(total / variance)
    reach = float(np.sqrt(2 * variance * total / mixture**2 * threshold))
    p = float(np.exp(-max(log_ratio, 0.0)))
    return p, difference - reach, difference + reach


def obrien_fleming(alpha: float, looks: int, look: int) -> float:
    """How many standard errors are wanted at this look of so many, equally apart.

    References
    ----------
    O'Brien & Fleming (1979), Biometrics 35, 549-556.

    Examples
    --------
    >>> [round(obrien_fleming(0.05, 5, look), 3) for look in (1, 3, 5)]
    [4.562, 2.634, 2.04]
    """
    return _constant(alpha, looks) * float(np.sqrt(looks / look))


def obrien_fleming_p(z: float, looks: int, look: int) -> float:
    """The chance of passing the boundary that goes through this z at this look.

    >>> round(obrien_fleming_p(2.0400, 5, 5), 3)
    0.05
    """
    return crossing(abs(z) * float(np.sqrt(look / looks)), looks)


@cache
def _constant(alpha: float, looks: int) -> float:
    from scipy.optimize import brentq

    return float(brentq(lambda c: crossing(c, looks) - alpha, 0.5, 8, xtol=1e-7))


_NODES = 96  # of Gauss and Legendre: the densities are smooth


def crossing(constant: float, looks: int) -> float:
    """The chance under no effect that |z| reaches constant·√(looks/look) at any of the looks.

    By integrating the sum's density look by look (Armitage, McPherson & Rowe 1969).
    """
    from scipy.special import ndtr

    edge = constant * float(np.sqrt(looks))  # of the sum, the same at each look
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    grid, weights = nodes * edge, weights * edge
    kernel = np.exp(-((grid[:, None] - grid[None, :]) ** 2) / 2) / np.sqrt(
        2 * np.pi
    )
    tails = ndtr(grid - edge) + ndtr(-edge - grid)
    density = np.exp(-(grid**2) / 2) / np.sqrt(2 * np.pi)
    crossed = float(2 * ndtr(-edge))
    for _ in range(looks - 1):
        crossed += float((density * weights) @ tails)
        density = kernel @ (density * weights)
    return min(crossed, 1.0)
