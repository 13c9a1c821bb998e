"""BG/NBD and MBG/NBD: gamma-distributed order rates, customers who may leave after an order."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
import pandas as pd
from scipy.linalg import eigh_tridiagonal
from scipy.special import betainc, betaln, digamma, expit, gammaln

from crm_analysis.analyses.value.models.fitting import Rows, group, maximise
from crm_analysis.analyses.value.models.purchase_model import PurchaseModel, fit_notes, unit_of

__all__ = ["BetaGeometric", "fit_bgnbd", "fit_mbgnbd"]

_STARTS = (
    (-0.7, -0.7, -0.3, 0.7),
    (0.0, 0.0, 0.0, 0.0),
    (-1.5, -1.5, -1.0, 1.0),
    (1.0, 0.5, 1.0, 2.5),
    (-2.5, -3.0, 0.0, -1.0),
    (0.5, 2.0, -2.0, 0.0),
)
_NODES = 48


def _likelihood(theta: np.ndarray, rows: Rows, shift: int) -> tuple[float, np.ndarray]:
    """Log-likelihood and its gradient by the logarithms of r, alpha, a, b.

    With `shift` 0 customers may leave after every repeat order (Fader, Hardie & Lee 2005, eq. 6), with 1 after the first order
    too (Batislam, Denizel & Filiztekin 2007): b + x becomes b + x + 1 throughout.
    """
    r, alpha, a, b = np.exp(theta)
    x, weight = rows.x, rows.weight
    most = int(x.max()) + 1
    counts = np.bincount(x.astype(np.int64), weights=weight, minlength=most)
    some = np.flatnonzero(counts)
    number = counts[some]
    later = b + some + shift
    common = (
        gammaln(r + some)
        - gammaln(r)
        + gammaln(a + b)
        + gammaln(later)
        - gammaln(b)
        - gammaln(a + b + some + shift)
    )
    log_end, log_last = np.log(alpha + rows.T), np.log(alpha + rows.t_x)
    power = r + x
    stop = b + x - 1 + shift
    possible = stop > 0 if shift else x > 0
    stop = np.where(possible, stop, 1.0)
    odds = np.where(possible, np.log(a) - np.log(stop) + power * (log_end - log_last), -np.inf)
    gone = expit(odds)
    value = (
        number @ common
        + weight.sum() * r * np.log(alpha)
        + weight @ (np.logaddexp(0.0, odds) - power * log_end)
    )
    gone_w = weight * gone
    stay_w = weight - gone_w
    digamma_total = digamma(a + b) - digamma(a + b + some + shift)
    slope_r = (
        number @ (digamma(r + some) - digamma(r))
        + weight.sum() * np.log(alpha)
        - stay_w @ log_end
        - gone_w @ log_last
    )
    slope_alpha = (
        weight.sum() * r / alpha
        - (stay_w * power) @ (1 / (alpha + rows.T))
        - (gone_w * power) @ (1 / (alpha + rows.t_x))
    )
    slope_a = number @ digamma_total + gone_w.sum() / a
    slope_b = number @ (digamma_total + digamma(later) - digamma(b)) - gone_w @ (1 / stop)
    return float(value), np.array([slope_r * r, slope_alpha * alpha, slope_a * a, slope_b * b])


def _beta_nodes(a: float, b: float, nodes: int = _NODES) -> tuple[np.ndarray, np.ndarray]:
    """Gauss quadrature for a Beta(a, b) density on (0, 1): points, weights that sum to one (Golub & Welsch 1969)."""
    n = np.arange(nodes, dtype=float)
    p, q = b - 1, a - 1  # Jacobi weights (1 - y)^p (1 + y)^q on (-1, 1)
    total = 2 * n + p + q
    with np.errstate(divide="ignore", invalid="ignore"):
        middle = np.where(
            total * (total + 2) == 0, (q - p) / 2, (q**2 - p**2) / (total * (total + 2))
        )
    middle[0] = (q - p) / (p + q + 2)
    k = n[1:]
    s = 2 * k + p + q
    with np.errstate(divide="ignore", invalid="ignore"):
        off = 4 * k * (k + p) * (k + q) * (k + p + q) / (s**2 * (s + 1) * (s - 1))
    off[0] = 4 * (1 + p) * (1 + q) / ((p + q + 2) ** 2 * (p + q + 3))
    values, vectors = eigh_tridiagonal(middle, np.sqrt(off))
    return np.clip((values + 1) / 2, 0.0, 1.0), vectors[0] ** 2


@dataclass(frozen=True, eq=False)
class BetaGeometric(PurchaseModel):
    """A fitted BG/NBD or MBG/NBD."""

    @property
    def _shift(self) -> int:
        return int(self.name == "mbgnbd")

    def _alive(self, rows: Rows) -> np.ndarray:
        r, alpha, a, b = self.parameters.values()
        stop = b + rows.x - 1 + self._shift
        possible = stop > 0 if self._shift else rows.x > 0
        odds = (
            np.log(a)
            - np.log(np.where(possible, stop, 1.0))
            + (r + rows.x) * np.log((alpha + rows.T) / (alpha + rows.t_x))
        )
        return np.where(possible, expit(-odds), 1.0)

    def _expected_alive(self, rows: Rows, t: np.ndarray) -> np.ndarray:
        """E[(1 − (1 + p t / (α + T))^−(r + x)) / p] over p ~ Beta(a, b + x + shift): the 2F1 of the papers as an integral.

        It has no singularity at a = 1 and needs no series that converges slowly near one.
        """
        r, alpha, a, b = self.parameters.values()
        answer = np.empty(len(rows))
        order = np.argsort(rows.x, kind="stable")
        edges = np.flatnonzero(np.diff(rows.x[order])) + 1
        for part in np.split(order, edges):
            x = rows.x[part[0]]
            points, shares = _beta_nodes(a, b + x + self._shift)
            points = np.maximum(points, 1e-300)
            ratio, where = np.unique(t[part] / (alpha + rows.T[part]), return_inverse=True)
            total = np.zeros(len(ratio))
            for point, share in zip(points, shares, strict=True):
                total -= share / point * np.expm1(-(r + x) * np.log1p(point * ratio))
            answer[part] = total[where]
        return answer

    def _at_least(self, rows: Rows, n: int, t: np.ndarray) -> np.ndarray:
        """P(no leaving after the first n − 1 orders) × P(an order rate that brings n): independent given that they are alive."""
        r, alpha, a, b = self.parameters.values()
        later = b + rows.x + self._shift
        staying = np.exp(betaln(a, later + n - 1) - betaln(a, later))
        return staying * betainc(n, r + rows.x, t / (alpha + rows.T + t))

    def _median_wait(self, rows: Rows) -> np.ndarray:
        r, alpha, _, _ = self.parameters.values()
        return (alpha + rows.T) * np.expm1(np.log(2) / (r + rows.x))


def _fit(
    summary: pd.DataFrame, name: Literal["bgnbd", "mbgnbd"], unit: str | None, seed: int
) -> BetaGeometric:
    rows = group(summary)
    scale = max(float(rows.weight @ rows.T / rows.weight.sum()), 1e-12)
    found = maximise(
        partial(_likelihood, shift=int(name == "mbgnbd")), rows.at_scale(scale), _STARTS, seed=seed
    )
    r, alpha, a, b = (float(value) for value in np.exp(found.theta))
    parameters = {"r": r, "alpha": alpha * scale, "a": a, "b": b}
    value = found.value - float(rows.weight @ rows.x) * np.log(scale)
    return BetaGeometric(
        name,
        parameters,
        value,
        found.converged,
        unit_of(summary, unit),
        len(summary),
        fit_notes(name, found, parameters),
        found.covariance,
        rows,
        summary.index,
    )


def fit_bgnbd(summary: pd.DataFrame, *, unit: str | None = None, seed: int = 0) -> BetaGeometric:
    """The BG/NBD model of repeat orders: rates are gamma (r, alpha), the chance to leave after an order is beta (a, b).

    Table in: `frequency`, `recency`, `T` as `purchase_summary` gives them, one-time buyers included. Out: `.parameters`
    {r, alpha, a, b}, `.log_likelihood`, `.standard_errors`, `.expected(t)`, `.expected_new(t)`, `.alive()`, `.at_least(n, t)`.
    Times are in the summary's unit. ValueError where the rows cannot be purchase histories.

    Source: Fader, Hardie & Lee, "Counting your customers the easy way", Marketing Science 24 (2005).

    >>> rare = pd.DataFrame({"frequency": [0, 1, 2, 4] * 50, "recency": [0.0, 10, 20, 30] * 50, "T": [40.0, 38, 39, 36] * 50})
    >>> list(fit_bgnbd(rare).parameters)
    ['r', 'alpha', 'a', 'b']
    """
    return _fit(summary, "bgnbd", unit, seed)


def fit_mbgnbd(summary: pd.DataFrame, *, unit: str | None = None, seed: int = 0) -> BetaGeometric:
    """The MBG/NBD model: BG/NBD whose customers may also leave right after their first order. As `fit_bgnbd`.

    Source: Batislam, Denizel & Filiztekin, Int. J. of Research in Marketing 24 (2007); Hoppe & Wagner, Marketing JRM 3 (2007).
    """
    return _fit(summary, "mbgnbd", unit, seed)
