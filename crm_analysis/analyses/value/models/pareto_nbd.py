"""Pareto/NBD: gamma-distributed order rates, gamma-distributed rates of leaving at any moment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import betainc, digamma, gammaln

from crm_analysis.analyses.value.models.fitting import Rows, group, maximise
from crm_analysis.analyses.value.models.purchase_model import PurchaseModel, fit_notes, unit_of

__all__ = ["ParetoNBD", "fit_pareto_nbd"]

_STARTS = (
    (-0.5, -0.5, -0.5, -0.3),
    (0.0, 0.0, 0.0, 0.0),
    (-1.0, -1.5, -1.0, 0.5),
    (1.0, 1.0, -2.0, -2.0),
    (-2.0, -2.0, 0.5, 2.0),
)
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(18)
_FEW = np.polynomial.legendre.leggauss(10)
_CHUNK = 2_000  # rows at a time, so that the points of the quadrature stay in the cache
_SHARP = 26.0  # the integral ends where the integrand has fallen by e^-26


def _leaving(r: float, alpha: float, s: float, beta: float, rows: Rows) -> tuple[np.ndarray, ...]:
    """∫ from t_x to T of f(y) = (α+y)^−(r+x) s β^s (β+y)^−(s+1), relative to f(t_x): its logarithm at t_x, the ratio, and the
    ratio's moments that the gradient needs: of −log(α+y), −1/(α+y), log β − log(β+y), −1/(β+y).

    The closed form with 2F1 (Fader & Hardie 2005) has no convenient derivatives; in v = log(min(α, β) + y) the integrand is
    smooth, and 18 points give 10 digits.
    """
    parts = [
        _leaving_part(
            r,
            alpha,
            s,
            beta,
            rows.x[begin : begin + _CHUNK],
            rows.t_x[begin : begin + _CHUNK],
            rows.T[begin : begin + _CHUNK],
        )
        for begin in range(0, len(rows), _CHUNK)
    ]
    return tuple(np.concatenate(column) for column in zip(*parts, strict=True))


def _leaving_part(
    r: float, alpha: float, s: float, beta: float, x: np.ndarray, t_x: np.ndarray, age: np.ndarray
) -> tuple[np.ndarray, ...]:
    power = r + x
    least = min(alpha, beta)
    with np.errstate(over="ignore"):
        high = np.minimum(age, (alpha + t_x) * np.exp(_SHARP / power) - alpha)
    start = np.log(least + t_x)
    half = (np.log(least + high) - start) / 2
    log_a, log_b = np.log(alpha + t_x), np.log(beta + t_x)
    v = start[:, None] + half[:, None] * (_NODES + 1)
    shifted = np.exp(v)  # min(α, β) + y
    from_alpha, from_beta = shifted + (alpha - least), shifted + (beta - least)
    here_a, here_b = (v, np.log(from_beta)) if alpha <= beta else (np.log(from_alpha), v)
    mass = np.exp(
        v + power[:, None] * (log_a[:, None] - here_a) + (s + 1) * (log_b[:, None] - here_b)
    )
    mass *= half[:, None] * _WEIGHTS
    total = mass.sum(axis=1)
    by_alpha, by_beta = (mass / from_alpha).sum(axis=1), (mass / from_beta).sum(axis=1)
    by_r, by_s = np.einsum("ij,ij->i", mass, here_a), np.einsum("ij,ij->i", mass, here_b)
    log_first = -power * log_a + np.log(s) + s * np.log(beta) - (s + 1) * log_b
    return log_first, total, -by_r, -by_alpha, np.log(beta) * total - by_s, -by_beta


def _likelihood(theta: np.ndarray, rows: Rows) -> tuple[float, np.ndarray]:
    """Log-likelihood and its gradient by the logarithms of r, alpha, s, beta."""
    r, alpha, s, beta = np.exp(theta)
    x, weight = rows.x, rows.weight
    power = r + x
    log_first, mass, by_r, by_alpha, by_s, by_beta = _leaving(r, alpha, s, beta, rows)
    end_a, end_b = np.log(alpha + rows.T), np.log(beta + rows.T)
    log_alive = -power * end_a + s * (np.log(beta) - end_b)
    with np.errstate(divide="ignore"):
        log_gone = log_first + np.log(mass)
    both = np.logaddexp(log_alive, log_gone)
    alive, scale = np.exp(log_alive - both), np.exp(log_first - both)
    counts = np.bincount(x.astype(np.int64), weights=weight)
    some = np.flatnonzero(counts)
    number = counts[some]
    total = weight.sum()
    value = number @ (gammaln(r + some) - gammaln(r)) + total * r * np.log(alpha) + weight @ both
    slope_r = (
        number @ (digamma(r + some) - digamma(r))
        + total * np.log(alpha)
        + weight @ (scale * by_r - alive * end_a)
    )
    slope_alpha = total * r / alpha + weight @ (
        power * (scale * by_alpha - alive / (alpha + rows.T))
    )
    slope_s = weight @ (alive * (np.log(beta) - end_b) + scale * (mass / s + by_s))
    slope_beta = weight @ (
        alive * s * (1 / beta - 1 / (beta + rows.T)) + scale * (mass * s / beta + (s + 1) * by_beta)
    )
    return float(value), np.array(
        [slope_r * r, slope_alpha * alpha, slope_s * s, slope_beta * beta]
    )


def _shrinking(power: float, ratio: np.ndarray) -> np.ndarray:
    """(1 − ratio^power) / power, also at power = 0."""
    log_ratio = np.log(ratio)
    return -log_ratio if abs(power) < 1e-12 else -np.expm1(power * log_ratio) / power


@dataclass(frozen=True, eq=False)
class ParetoNBD(PurchaseModel):
    """A fitted Pareto/NBD."""

    def _alive(self, rows: Rows) -> np.ndarray:
        r, alpha, s, beta = self.parameters.values()
        log_first, mass, *_ = _leaving(r, alpha, s, beta, rows)
        log_alive = -(r + rows.x) * np.log(alpha + rows.T) + s * np.log(beta / (beta + rows.T))
        with np.errstate(divide="ignore"):
            return np.exp(log_alive - np.logaddexp(log_alive, log_first + np.log(mass)))

    def _expected_alive(self, rows: Rows, t: np.ndarray) -> np.ndarray:
        r, alpha, s, beta = self.parameters.values()
        rate = (r + rows.x) / (alpha + rows.T)
        return rate * (beta + rows.T) * _shrinking(s - 1, (beta + rows.T) / (beta + rows.T + t))

    def _at_least(self, rows: Rows, n: int, t: np.ndarray) -> np.ndarray:
        """Staying for all of t, or leaving at some moment before: over the moment, Gauss-Legendre in log(β + T + τ)."""
        r, alpha, s, beta = self.parameters.values()
        power, from_alpha, from_beta = r + rows.x, alpha + rows.T, beta + rows.T
        half = np.log1p(t / from_beta) / 2
        answer = np.exp(-2 * s * half) * betainc(n, power, t / (from_alpha + t))
        for node, weight in zip(*_FEW, strict=True):
            log_growth = half * (node + 1)
            moment = from_beta * np.expm1(log_growth)
            answer += (
                weight
                * half
                * s
                * np.exp(-s * log_growth)
                * betainc(n, power, moment / (from_alpha + moment))
            )
        return answer

    def _median_wait(self, rows: Rows) -> np.ndarray:
        r, alpha, _, _ = self.parameters.values()
        return (alpha + rows.T) * np.expm1(np.log(2) / (r + rows.x))


def fit_pareto_nbd(summary: pd.DataFrame, *, unit: str | None = None, seed: int = 0) -> ParetoNBD:
    """The Pareto/NBD model of repeat orders: rates are gamma (r, alpha), rates of leaving are gamma (s, beta).

    Table in, what comes out, and what is raised: as `fit_bgnbd`, with `.parameters` {r, alpha, s, beta}.

    Source: Schmittlein, Morrison & Colombo, Management Science 33 (1987); Fader & Hardie, "A note on deriving the Pareto/NBD model" (2005).
    """
    rows = group(summary)
    scale = max(float(rows.weight @ rows.T / rows.weight.sum()), 1e-12)
    found = maximise(_likelihood, rows.at_scale(scale), _STARTS, sample=8_000, seed=seed)
    r, alpha, s, beta = (float(value) for value in np.exp(found.theta))
    parameters = {"r": r, "alpha": alpha * scale, "s": s, "beta": beta * scale}
    value = found.value - float(rows.weight @ rows.x) * np.log(scale)
    return ParetoNBD(
        "pareto_nbd",
        parameters,
        value,
        found.converged,
        unit_of(summary, unit),
        len(summary),
        fit_notes("pareto_nbd", found, parameters),
        found.covariance,
        rows,
        summary.index,
    )
