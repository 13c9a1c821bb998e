"""Pareto/NBD: gamma-distributed order rates, gamma-distributed rates of leaving at any moment."""

from __future__ import annotations

from dataclasses import dataclass
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

    def _at_least(self, rows: Rows, n: int, t: np.ndarray) -> np.ndarray:
        """Staying for all of t, or leaving at some moment before.

        The moments are integrated over by Gauss-Legendre in log(β + T + τ).
        """
        r, alpha, s, beta = self.parameters.values()
        power, from_alpha, from_beta = r + rows.x, alpha + rows.T, beta + rows.T
        half = np.log1p(t / from_beta) / 2
        chance = np.exp(-2 * s * half) * betainc(n, power, t / (from_alpha + t))
        for node, weight in zip(*_FEW, strict=True):
            log_growth = half * (node + 1)
            moment = from_beta * np.expm1(log_growth)
            leaving = weight * half * s * np.exp(-s * log_growth)
            chance += leaving * betainc(n, power, moment / (from_alpha + moment))
        return chance


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
    start = np.log(smaller + t_x)
    half = (np.log(smaller + end) - start) / 2
    log_alpha, log_beta = np.log(alpha + t_x), np.log(beta + t_x)
    v = start[:, None] + half[:, None] * (_NODES + 1)
    shifted = np.exp(v)  # min(α, β) + y
    from_alpha, from_beta = (
        shifted + (alpha - smaller),
        shifted + (beta - smaller),
    )
    if alpha <= beta:
        moved_alpha, moved_beta = v, np.log(from_beta)
    else:
        moved_alpha, moved_beta = np.log(from_alpha), v
    # One array all the way, so that it stays in the cache.
    mass = v + power[:, None] * (log_alpha[:, None] - moved_alpha)
    mass += (s + 1) * (log_beta[:, None] - moved_beta)
    np.exp(mass, out=mass)
    mass *= half[:, None] * _WEIGHTS
    total = mass.sum(axis=1)
    by_alpha, by_beta = (
        (mass / from_alpha).sum(axis=1),
        (mass / from_beta).sum(axis=1),
    )
    by_r = np.einsum("ij,ij->i", mass, moved_alpha)
    by_s = np.einsum("ij,ij->i", mass, moved_beta)
    return (
        -power * log_alpha + np.log(s) + s * np.log(beta) - (s + 1) * log_beta,
        total,
        -by_r,
        -by_alpha,
        np.log(beta) * total - by_s,
        -by_beta,
    )
