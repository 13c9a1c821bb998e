"""BG/BB: orders at discrete chances (a yearly gala, a monthly box) by customers who may leave between two of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import betaln, digamma, logsumexp

from crm_analysis.analyses.value.models.fitting import Rows, group, maximise
from crm_analysis.analyses.value.models.purchase_model import PurchaseModel, fit_notes, unit_of

__all__ = ["BetaGeometricBetaBernoulli", "fit_bgbb"]

_STARTS = (
    (0.0, 0.0, 0.0, 0.7),
    (-0.7, 0.0, -0.7, 1.0),
    (0.7, 0.7, 0.0, 2.0),
    (-1.5, 0.0, -2.0, 0.0),
)


def _paths(rows: Rows) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Every way each history can have come about: the row, the chances passed while alive, whether the customer then left.

    The last chance seen is m ≥ t_x: all n chances alive (did not leave), or left after chance m, for m from t_x to n − 1.
    """
    spare = (rows.T - rows.t_x).astype(np.int64)
    row = np.repeat(np.arange(len(rows)), spare + 1)
    offset = np.arange(len(row)) - np.repeat(np.cumsum(spare + 1) - (spare + 1), spare + 1)
    passed = rows.t_x[row] + offset
    return row, passed, offset < spare[row]


def _likelihood(theta: np.ndarray, rows: Rows) -> tuple[float, np.ndarray]:
    """Log-likelihood and its gradient by the logarithms of alpha, beta, gamma, delta (Fader, Hardie & Shang 2010, eq. 7)."""
    alpha, beta, gamma, delta = np.exp(theta)
    row, passed, left = _paths(rows)
    x = rows.x[row]
    a, b, g, d = alpha + x, beta + passed - x, gamma + left, delta + passed
    terms = betaln(a, b) - betaln(alpha, beta) + betaln(g, d) - betaln(gamma, delta)
    starts = np.flatnonzero(np.r_[True, np.diff(row) > 0])
    top = np.maximum.reduceat(terms, starts)
    total = top + np.log(np.add.reduceat(np.exp(terms - top[row]), starts))
    share = np.exp(terms - total[row]) * rows.weight[row]
    sum_ab, sum_gd = digamma(a + b), digamma(g + d)
    here_ab, here_gd = digamma(alpha + beta), digamma(gamma + delta)
    slopes = (
        share @ (digamma(a) - sum_ab - digamma(alpha) + here_ab),
        share @ (digamma(b) - sum_ab - digamma(beta) + here_ab),
        share @ (digamma(g) - sum_gd - digamma(gamma) + here_gd),
        share @ (digamma(d) - sum_gd - digamma(delta) + here_gd),
    )
    return float(rows.weight @ total), np.array(slopes) * np.exp(theta)


@dataclass(frozen=True, eq=False)
class BetaGeometricBetaBernoulli(PurchaseModel):
    """A fitted BG/BB; t counts chances ahead (whole ones; the part of a chance counts as its share)."""

    def _alive(self, rows: Rows) -> np.ndarray:
        """Alive at chance n + 1, given the history."""
        alpha, beta, gamma, delta = self.parameters.values()
        row, passed, left = _paths(rows)
        x = rows.x[row]
        terms = (
            betaln(alpha + x, beta + passed - x)
            - betaln(alpha, beta)
            + betaln(gamma + left, delta + passed)
            - betaln(gamma, delta)
        )
        starts = np.flatnonzero(np.r_[True, np.diff(row) > 0])
        top = np.maximum.reduceat(terms, starts)
        total = top + np.log(np.add.reduceat(np.exp(terms - top[row]), starts))
        stay = (
            betaln(alpha + rows.x, beta + rows.T - rows.x)
            - betaln(alpha, beta)
            + betaln(gamma, delta + rows.T)
            - betaln(gamma, delta)
        )
        return np.exp(stay - total)

    def _expected_alive(self, rows: Rows, t: np.ndarray) -> np.ndarray:
        """Chances taken among the next t of a customer alive at n: Σ P(alive at n + k) × E[p]; alive at n, not yet at n + 1."""
        alpha, beta, gamma, delta = self.parameters.values()
        answer = np.zeros(len(rows))
        staying = np.ones(len(rows))
        chance = (alpha + rows.x) / (alpha + beta + rows.T)
        for k in range(int(np.ceil(t.max())) if len(t) else 0):
            staying = staying * (delta + rows.T + k) / (gamma + delta + rows.T + k)
            answer += staying * np.clip(t - k, 0.0, 1.0)
        return chance * answer

    def _at_least(self, rows: Rows, n: int, t: np.ndarray) -> np.ndarray:
        """P(n or more of the next t chances taken | alive), over the number of chances the customer stays for."""
        alpha, beta, gamma, delta = self.parameters.values()
        whole = np.round(t).astype(np.int64)
        a, b = alpha + rows.x, beta + rows.T - rows.x
        answer = np.zeros(len(rows))
        for stays in range(n, int(whole.max()) + 1 if len(whole) else 0):
            log_all = betaln(gamma, delta + rows.T + stays) - betaln(gamma, delta + rows.T)
            log_then = betaln(gamma + 1, delta + rows.T + stays) - betaln(gamma, delta + rows.T)
            weight = np.where(
                stays == whole, np.exp(log_all), np.where(stays < whole, np.exp(log_then), 0.0)
            )
            answer += weight * _beta_binomial_tail(n, stays, a, b)
        return answer

    def _median_wait(self, rows: Rows) -> np.ndarray:
        """The first chance by which half of them, if alive, have taken one."""
        alpha, beta, _, _ = self.parameters.values()
        a, b = alpha + rows.x, beta + rows.T - rows.x
        wait, none = np.full(len(rows), np.inf), np.ones(len(rows))
        for k in range(1, 241):
            none = none * (b + k - 1) / (a + b + k - 1)
            wait = np.where(np.isinf(wait) & (none <= 0.5), k, wait)
        return wait


def _beta_binomial_tail(n: int, of: int, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """P(n or more of `of`) under a beta-binomial."""
    k = np.arange(n, of + 1)[:, None]
    log_choose = -betaln(of - k + 1, k + 1) - np.log(of + 1)
    return np.exp(logsumexp(log_choose + betaln(a + k, b + of - k) - betaln(a, b), axis=0))


def fit_bgbb(
    summary: pd.DataFrame, *, unit: str | None = None, seed: int = 0
) -> BetaGeometricBetaBernoulli:
    """The BG/BB model: at each chance an alive customer orders with a beta (alpha, beta) chance, and may have left before it.

    Table in: `frequency`, chances taken; `recency`, the number of the last one taken (0: none); `T`, chances there were: what
    `purchase_chances` gives; whole numbers. Out: as `fit_bgnbd`, with `.parameters` {alpha, beta, gamma, delta}; `t` counts chances.

    Raises ValueError where the rows cannot be such histories.

    Source: Fader, Hardie & Shang, "Customer-base analysis in a discrete-time noncontractual setting", Marketing Science 29 (2010).
    """
    rows = group(summary)
    if (rows.t_x % 1).any() or (rows.T % 1).any() or (rows.x > rows.t_x).any():
        raise ValueError("chances are whole numbers: frequency ≤ recency ≤ T in every row")
    found = maximise(_likelihood, rows, _STARTS, seed=seed)
    parameters = dict(
        zip(
            ("alpha", "beta", "gamma", "delta"),
            (float(value) for value in np.exp(found.theta)),
            strict=True,
        )
    )
    return BetaGeometricBetaBernoulli(
        "bgbb",
        parameters,
        found.value,
        found.converged,
        unit_of(summary, unit),
        len(summary),
        fit_notes("bgbb", found, parameters),
        found.covariance,
        rows,
        summary.index,
    )
