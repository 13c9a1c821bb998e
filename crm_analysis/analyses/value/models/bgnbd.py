"""BG/NBD: gamma-distributed order rates, customers who may leave after a repeat order.

MBG/NBD: the same, whose customers may also leave right after their first order.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import ClassVar, Self

import numpy as np
import pandas as pd
from scipy.linalg import eigh_tridiagonal
from scipy.special import betainc, betaln, digamma, expit, gammaln

from crm_analysis.analyses.value.models.fitting import Rows, group
from crm_analysis.analyses.value.models.purchase_model import PurchaseModel

_STARTS = (
    (-0.7, -0.7, -0.3, 0.7),
    (0.0, 0.0, 0.0, 0.0),
    (-1.5, -1.5, -1.0, 1.0),
    (1.0, 0.5, 1.0, 2.5),
    (-2.5, -3.0, 0.0, -1.0),
    (0.5, 2.0, -2.0, 0.0),
)
_NODES = 48
_CHUNK = (
    2_000  # rows at a time, so that the points of the quadrature stay in the cache
)


def fit_bgnbd(summary: pd.DataFrame, *, seed: int = 0) -> BetaGeometric:
    """The BG/NBD model of repeat orders: how often customers order, and when they leave.

    Order rates are gamma (r, alpha) over customers, the chance to leave after a repeat order is
    beta (a, b).

    Parameters
    ----------
    summary
        `frequency`, `recency`, `T` as `purchase_summary` gives them, one-time buyers included.
        Parameters and times of the fit are in its unit.
    seed
        Of the sample that the search begins with when there are many customers.

    Returns
    -------
    BetaGeometric
        With `.parameters` {r, alpha, a, b}, `.log_likelihood`, `.standard_errors`, `.converged`,
        `.expected(t)`, `.expected_new(t)`, `.alive()`, `.at_least(n, t)`.

    Raises
    ------
    ValueError
        Where a column is missing or the rows cannot be purchase histories.

    References
    ----------
    Fader, Hardie & Lee, "Counting your customers the easy way", Marketing Science 24 (2005).

    Examples
    --------
    >>> rare = pd.DataFrame({
    ...     "frequency": [0, 1, 2, 4] * 50,
    ...     "recency": [0.0, 10, 20, 30] * 50,
    ...     "T": [40.0, 38, 39, 36] * 50,
    ... })
    >>> list(fit_bgnbd(rare).parameters)
    ['r', 'alpha', 'a', 'b']
    """
    return BetaGeometric.of(summary, seed)


def fit_mbgnbd(summary: pd.DataFrame, *, seed: int = 0) -> ModifiedBetaGeometric:
    """The MBG/NBD model: BG/NBD whose customers may also leave right after their first order.

    Parameters
    ----------
    summary
        `frequency`, `recency`, `T` as `purchase_summary` gives them, one-time buyers included.
        Parameters and times of the fit are in its unit.
    seed
        Of the sample that the search begins with when there are many customers.

    Returns
    -------
    ModifiedBetaGeometric
        With `.parameters` {r, alpha, a, b}; the rest as `fit_bgnbd` gives it.

    Raises
    ------
    ValueError
        Where a column is missing or the rows cannot be purchase histories.

    References
    ----------
    Batislam, Denizel & Filiztekin, Int. J. of Research in Marketing 24 (2007); Hoppe & Wagner,
    Marketing JRM 3 (2007).

    Examples
    --------
    >>> rare = pd.DataFrame({
    ...     "frequency": [0, 1, 2, 4] * 50,
    ...     "recency": [0.0, 10, 20, 30] * 50,
    ...     "T": [40.0, 38, 39, 36] * 50,
    ... })
    >>> list(fit_mbgnbd(rare).parameters)
    ['r', 'alpha', 'a', 'b']
    """
    return ModifiedBetaGeometric.of(summary, seed)


@dataclass(frozen=True, eq=False)
class BetaGeometric(PurchaseModel):
    """A fitted BG/NBD."""

    name: ClassVar[str] = "bgnbd"
    shift: ClassVar[int] = 0  # 1: customers may leave after their first order too

    @classmethod
    def of(cls, summary: pd.DataFrame, seed: int) -> Self:
        """The model fitted to a purchase summary."""
        return cls.fitted(
            partial(_likelihood, shift=cls.shift),
            summary,
            group(summary),
            ("r", "alpha", "a", "b"),
            times=("alpha",),
            starts=_STARTS,
            seed=seed,
        )

    def _alive(self, rows: Rows) -> np.ndarray:
        r, alpha, a, b = self.parameters.values()
        possible, stop = _stopping(rows.x, b, self.shift)
        times = (alpha + rows.T) / (alpha + rows.t_x)
        odds = np.log(a) - np.log(stop) + (r + rows.x) * np.log(times)
        return np.where(possible, expit(-odds), 1.0)

    def _expected_alive(self, rows: Rows, t: np.ndarray) -> np.ndarray:
        """E[(1 − (1 + p t / (α + T))^−(r + x)) / p] over p ~ Beta(a, b + x + shift).

        This is the 2F1 of the papers as an integral: it has no singularity at a = 1 and needs no
        series that converges slowly near one.
        """
        r, alpha, a, b = self.parameters.values()
        expected = np.empty(len(rows))
        order = np.argsort(rows.x, kind="stable")
        for part in np.split(order, np.flatnonzero(np.diff(rows.x[order])) + 1):
            x = rows.x[part[0]]
            points, shares = _beta_nodes(a, b + x + self.shift)
            points = np.maximum(points, 1e-300)
            ratio, position = np.unique(
                t[part] / (alpha + rows.T[part]), return_inverse=True
            )
            total = np.empty(len(ratio))
            for start in range(0, len(ratio), _CHUNK):
                some = slice(start, start + _CHUNK)
                growth = np.log1p(np.outer(ratio[some], points))
                total[some] = -np.expm1(-(r + x) * growth) @ (shares / points)
            expected[part] = total[position]
        return expected

    def _at_least(
        self, rows: Rows, n: int | np.ndarray, t: np.ndarray
    ) -> np.ndarray:
        """P(staying through the first n − 1 orders) × P(an order rate that brings n).

        The two are independent, given that they are alive.
        """
        r, alpha, a, b = self.parameters.values()
        later = b + rows.x + self.shift
        staying = np.exp(betaln(a, later + n - 1) - betaln(a, later))
        return staying * betainc(n, r + rows.x, t / (alpha + rows.T + t))


@dataclass(frozen=True, eq=False)
class ModifiedBetaGeometric(BetaGeometric):
    """A fitted MBG/NBD."""

    name: ClassVar[str] = "mbgnbd"
    shift: ClassVar[int] = 1


def _stopping(x: np.ndarray, b: float, shift: int) -> tuple[np.ndarray, np.ndarray]:
    """Who can have left by now, and b + x − 1 of the density of leaving (1 for the others)."""
    stop = b + x - 1 + shift
    possible = stop > 0 if shift else x > 0
    return possible, np.where(possible, stop, 1.0)


def _likelihood(
    theta: np.ndarray, rows: Rows, shift: int
) -> tuple[float, np.ndarray]:
    """Log-likelihood and its gradient by the logarithms of r, alpha, a, b.

    With `shift` 0 customers may leave after every repeat order (Fader, Hardie & Lee 2005, eq. 6),
    with 1 after the first order too (Batislam, Denizel & Filiztekin 2007): b + x becomes b + x + 1
    throughout.
    """
    r, alpha, a, b = np.exp(theta)
    weight = rows.weight
    orders, customers = rows.counts()
    later, total_later = b + orders + shift, a + b + orders + shift
    common = gammaln(r + orders) - gammaln(r) + gammaln(a + b) + gammaln(later)
    common = common - gammaln(b) - gammaln(total_later)
    log_end, log_last = np.log(alpha + rows.T), np.log(alpha + rows.t_x)
    power = r + rows.x
    possible, stop = _stopping(rows.x, b, shift)
    odds = np.where(
        possible,
        np.log(a) - np.log(stop) + power * (log_end - log_last),
        -np.inf,
    )
    value = customers @ common + weight.sum() * r * np.log(alpha)
    value += weight @ (np.logaddexp(0.0, odds) - power * log_end)
    gone = weight * expit(odds)
    staying = weight - gone
    slope_r = customers @ (
        digamma(r + orders) - digamma(r)
    ) + weight.sum() * np.log(alpha)
    slope_r = slope_r - staying @ log_end - gone @ log_last
    slope_alpha = weight.sum() * r / alpha - (staying * power) @ (
        1 / (alpha + rows.T)
    )
    slope_alpha -= (gone * power) @ (1 / (alpha + rows.t_x))
    total = digamma(a + b) - digamma(total_later)
    slope_a = customers @ total + gone.sum() / a
    slope_b = customers @ (total + digamma(later) - digamma(b)) - gone @ (1 / stop)
    return float(value), np.array(
        [slope_r * r, slope_alpha * alpha, slope_a * a, slope_b * b]
    )


def _beta_nodes(
    a: float, b: float, nodes: int = _NODES
) -> tuple[np.ndarray, np.ndarray]:
    """Gauss quadrature for a Beta(a, b) density on (0, 1): points, and weights that sum to one.

    By the eigenvalues of the Jacobi matrix (Golub & Welsch 1969).
    """
    n = np.arange(nodes, dtype=float)
    p, q = b - 1, a - 1  # Jacobi weights (1 - y)^p (1 + y)^q on (-1, 1)
    total = 2 * n + p + q
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (q**2 - p**2) / (total * (total + 2))
    middle = np.where(total * (total + 2) == 0, (q - p) / 2, ratio)
    middle[0] = (q - p) / (p + q + 2)
    k = n[1:]
    s = 2 * k + p + q
    with np.errstate(divide="ignore", invalid="ignore"):
        off = 4 * k * (k + p) * (k + q) * (k + p + q) / (s**2 * (s + 1) * (s - 1))
    off[0] = 4 * (1 + p) * (1 + q) / ((p + q + 2) ** 2 * (p + q + 3))
    values, vectors = eigh_tridiagonal(middle, np.sqrt(off))
    return np.clip((values + 1) / 2, 0.0, 1.0), vectors[0] ** 2
