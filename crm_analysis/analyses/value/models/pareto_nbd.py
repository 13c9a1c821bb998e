"""Pareto/NBD: gamma-distributed order rates, gamma-distributed rates of leaving at any moment."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from itertools import count
from typing import ClassVar

import numpy as np
import pandas as pd
from scipy.special import betainc, digamma, gammaln

from crm_analysis.analyses.value.models.fitting import Rows, group
from crm_analysis.analyses.value.models.purchase_model import PurchaseModel

_STARTS = (
    (-0.5, -0.5, -0.5, -0.3),
    (0.0, 0.0, 0.0, 0.0),
    (-1.0, -1.5, -1.0, 0.5),
    (1.0, 1.0, -2.0, -2.0),
    (-2.0, -2.0, 0.5, 2.0),
)
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(18)
_MIDDLE = len(_NODES) // 2
_FEW = np.polynomial.legendre.leggauss(10)
_CHUNK = (
    2_000  # rows at a time, so that the points of the quadrature stay in the cache
)
_SHARP = 26.0  # the integral ends where the integrand has fallen by e^-26


def fit_pareto_nbd(summary: pd.DataFrame, *, seed: int = 0) -> ParetoNBD:
    """The Pareto/NBD model of repeat orders: how often customers order, and when they leave.

    Order rates are gamma (r, alpha) over customers, rates of leaving are gamma (s, beta).

    Parameters
    ----------
    summary
        `frequency`, `recency`, `T` as `purchase_summary` gives them, one-time buyers included.
        Parameters and times of the fit are in its unit.
    seed
        Of the sample that the search begins with when there are many customers.

    Returns
    -------
    ParetoNBD
        With `.parameters` {r, alpha, s, beta}; the rest as `fit_bgnbd` gives it.

    Raises
    ------
    ValueError
        Where a column is missing or the rows cannot be purchase histories.

    References
    ----------
    Schmittlein, Morrison & Colombo, Management Science 33 (1987); Fader & Hardie, "A note on
    deriving the Pareto/NBD model" (2005).

    Examples
    --------
    >>> rare = pd.DataFrame({
    ...     "frequency": [0, 1, 2, 4] * 50,
    ...     "recency": [0.0, 10, 20, 30] * 50,
    ...     "T": [40.0, 38, 39, 36] * 50,
    ... })
    >>> list(fit_pareto_nbd(rare).parameters)
    ['r', 'alpha', 's', 'beta']
    """
    return ParetoNBD.fitted(
        _likelihood,
        summary,
        group(summary),
        ("r", "alpha", "s", "beta"),
        times=("alpha", "beta"),
        starts=_STARTS,
        sample=8_000,
        seed=seed,
    )


@dataclass(frozen=True, eq=False)
class ParetoNBD(PurchaseModel):
    """A fitted Pareto/NBD."""

    name: ClassVar[str] = "pareto_nbd"

    def _alive(self, rows: Rows) -> np.ndarray:
        r, alpha, s, beta = self.parameters.values()
        log_first, mass, *_ = _leaving(np.array([r, alpha, s, beta]), rows)
        log_alive = -(r + rows.x) * np.log(alpha + rows.T) + s * np.log(
            beta / (beta + rows.T)
        )
        with np.errstate(divide="ignore"):
            return np.exp(
                log_alive - np.logaddexp(log_alive, log_first + np.log(mass))
            )

    def _expected_alive(self, rows: Rows, t: np.ndarray) -> np.ndarray:
        r, alpha, s, beta = self.parameters.values()
        rate = (r + rows.x) / (alpha + rows.T)
        return (
            rate
            * (beta + rows.T)
            * _shrinking(s - 1, (beta + rows.T) / (beta + rows.T + t))
        )

    def _successive(
        self, rows: Rows, t: np.ndarray
    ) -> Generator[np.ndarray, np.ndarray, None]:
        """As `_at_least` has it: each n takes off the chance of exactly n − 1 orders.

        Of each moment of leaving, P(n orders) is P(n − 1) × (r + x + n − 1) / n × the share of the
        time that lies ahead (negative binomial).
        """
        moments, weights = self._moments(rows, t)
        from_alpha = self.parameters["alpha"] + rows.T
        ahead = moments / (from_alpha + moments)
        power = self.parameters["r"] + rows.x
        exactly = np.exp(power * np.log1p(-ahead))
        at_least = 1 - exactly
        for n in count(1):
            going = yield (weights * at_least).sum(axis=0)
            ahead, exactly = ahead[:, going], exactly[:, going]
            weights, power = weights[:, going], power[going]
            exactly = exactly * ahead * ((power + n - 1) / n)
            at_least = at_least[:, going] - exactly

    def _at_least(
        self, rows: Rows, n: int | np.ndarray, t: np.ndarray
    ) -> np.ndarray:
        """Staying for all of t, or leaving at some moment before.

        The moments are integrated over by Gauss-Legendre in log(β + T + τ).
        """
        moments, weights = self._moments(rows, t)
        from_alpha = self.parameters["alpha"] + rows.T
        power = self.parameters["r"] + rows.x
        ahead = moments / (from_alpha + moments)
        return (weights * betainc(n, power, ahead)).sum(axis=0)

    def _moments(self, rows: Rows, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """How long customers stay of t, a row a moment, the last all of it; and the weights."""
        _, _, s, beta = self.parameters.values()
        from_beta = beta + rows.T
        half = np.log1p(t / from_beta) / 2
        log_growth = half * (_FEW[0] + 1)[:, None]
        moments = np.vstack([from_beta * np.expm1(log_growth), t])
        leaving = _FEW[1][:, None] * half * s * np.exp(-s * log_growth)
        return moments, np.vstack([leaving, np.exp(-2 * s * half)])


def _shrinking(power: float, ratio: np.ndarray) -> np.ndarray:
    """(1 − ratio^power) / power, also at power = 0."""
    log_ratio = np.log(ratio)
    return (
        -log_ratio if abs(power) < 1e-12 else -np.expm1(power * log_ratio) / power
    )


def _likelihood(theta: np.ndarray, rows: Rows) -> tuple[float, np.ndarray]:
    """Log-likelihood and its gradient by the logarithms of r, alpha, s, beta."""
    r, alpha, s, beta = parameters = np.exp(theta)
    weight, total = rows.weight, rows.weight.sum()
    power = r + rows.x
    log_first, mass, by_r, by_alpha, by_s, by_beta = _leaving(parameters, rows)
    log_end, log_life = (
        np.log(alpha + rows.T),
        np.log(beta) - np.log(beta + rows.T),
    )
    log_alive = -power * log_end + s * log_life
    with np.errstate(divide="ignore"):
        log_gone = log_first + np.log(mass)
    both = np.logaddexp(log_alive, log_gone)
    alive, scale = np.exp(log_alive - both), np.exp(log_first - both)
    orders, customers = rows.counts()
    value = customers @ (gammaln(r + orders) - gammaln(r)) + total * r * np.log(
        alpha
    )
    value += weight @ both
    slope_r = customers @ (digamma(r + orders) - digamma(r)) + total * np.log(alpha)
    slope_r += weight @ (scale * by_r - alive * log_end)
    fading = scale * by_alpha - alive / (alpha + rows.T)
    slope_alpha = total * r / alpha + weight @ (power * fading)
    slope_s = weight @ (alive * log_life + scale * (mass / s + by_s))
    staying = alive * s * (1 / beta - 1 / (beta + rows.T))
    slope_beta = weight @ (staying + scale * (mass * s / beta + (s + 1) * by_beta))
    slopes = np.array([slope_r, slope_alpha, slope_s, slope_beta])
    return float(value), slopes * parameters


def _leaving(parameters: np.ndarray, rows: Rows) -> tuple[np.ndarray, ...]:
    """∫ from t_x to T of f(y) = (α+y)^−(r+x) s β^s (β+y)^−(s+1), relative to f(t_x).

    Gives the logarithm of f(t_x), the ratio, and the ratio's moments that the gradient needs: of
    −log(α+y), −1/(α+y), log β − log(β+y), −1/(β+y). The closed form with 2F1 (Fader & Hardie 2005)
    has no convenient derivatives; in v = log(min(α, β) + y) the integrand is smooth, and 18 points
    give 10 digits.
    """
    chunks = [slice(start, start + _CHUNK) for start in range(0, len(rows), _CHUNK)]
    parts = [
        _leaving_part(parameters, rows.x[c], rows.t_x[c], rows.T[c]) for c in chunks
    ]
    return tuple(np.concatenate(column) for column in zip(*parts, strict=True))


def _leaving_part(
    parameters: np.ndarray,
    x: np.ndarray,
    t_x: np.ndarray,
    age: np.ndarray,
) -> tuple[np.ndarray, ...]:
    r, alpha, s, beta = parameters
    power = r + x
    smaller = min(alpha, beta)
    with np.errstate(over="ignore"):
        end = np.minimum(age, (alpha + t_x) * np.exp(_SHARP / power) - alpha)
    first, last = smaller + t_x, smaller + end
    start = np.log(first)
    half = (np.log(last) - start) / 2
    log_alpha, log_beta = np.log(alpha + t_x), np.log(beta + t_x)
    # A row a point, and few arrays, so that they stay in the cache.
    v = half * (_NODES + 1)[:, None] + start
    shifted = np.empty_like(v)  # exp v = min(α, β) + y; points lie symmetrically
    np.exp(v[_MIDDLE:], out=shifted[_MIDDLE:])
    np.divide(first * last, shifted[_MIDDLE:][::-1], out=shifted[:_MIDDLE])
    other = shifted + abs(beta - alpha)
    sums = (shifted, v), (other, np.log(other))
    if alpha > beta:
        sums = sums[::-1]
    (from_alpha, moved_alpha), (from_beta, moved_beta) = sums
    mass = power * (log_alpha - moved_alpha)
    mass += v
    mass += (s + 1) * (log_beta - moved_beta)
    np.exp(mass, out=mass)
    mass *= _WEIGHTS[:, None]
    mass *= half
    total = mass.sum(axis=0)
    by_r = np.einsum("ij,ij->j", mass, moved_alpha)
    by_s = np.einsum("ij,ij->j", mass, moved_beta)
    by_alpha = np.divide(mass, from_alpha, out=from_alpha).sum(axis=0)
    by_beta = np.divide(mass, from_beta, out=from_beta).sum(axis=0)
    return (
        -power * log_alpha + np.log(s) + s * np.log(beta) - (s + 1) * log_beta,
        total,
        -by_r,
        -by_alpha,
        np.log(beta) * total - by_s,
        -by_beta,
    )
