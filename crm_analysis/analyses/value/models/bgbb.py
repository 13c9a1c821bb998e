"""BG/BB: orders at discrete chances (a yearly gala, a monthly box) by customers who may leave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from scipy.special import betaln, digamma, logsumexp

from crm_analysis.analyses.value.models.fitting import Rows, group
from crm_analysis.analyses.value.models.purchase_model import PurchaseModel

_STARTS = (
    (0.0, 0.0, 0.0, 0.7),
    (-0.7, 0.0, -0.7, 1.0),
    (0.7, 0.7, 0.0, 2.0),
    (-1.5, 0.0, -2.0, 0.0),
)


def fit_bgbb(summary: pd.DataFrame, *, seed: int = 0) -> BetaGeometricBetaBernoulli:
    """The BG/BB model: at each chance a customer who is still there orders or does not.

    The chance to order is beta (alpha, beta) over customers, that to leave before the next chance
    beta (gamma, delta).

    Parameters
    ----------
    summary
        What `purchase_chances` gives: `frequency`, chances taken; `recency`, the number of the
        last one taken (0: none); `T`, chances there were. Whole numbers.
    seed
        As `fit_bgnbd`.

    Returns
    -------
    BetaGeometricBetaBernoulli
        As `fit_bgnbd`, with `.parameters` {alpha, beta, gamma, delta}; `t` counts chances.

    Raises
    ------
    ValueError
        Where the rows cannot be such histories.

    References
    ----------
    Fader, Hardie & Shang, "Customer-base analysis in a discrete-time noncontractual setting",
    Marketing Science 29 (2010).
    """
    rows = group(summary)
    if (rows.t_x % 1).any() or (rows.T % 1).any() or (rows.x > rows.t_x).any():
        raise ValueError(
            "chances are whole numbers: frequency ≤ recency ≤ T in every row"
        )
    return BetaGeometricBetaBernoulli.fitted(
        _likelihood,
        summary,
        rows,
        ("alpha", "beta", "gamma", "delta"),
        starts=_STARTS,
        seed=seed,
    )


@dataclass(frozen=True, eq=False)
class BetaGeometricBetaBernoulli(PurchaseModel):
    """A fitted BG/BB; t counts chances ahead, and a part of a chance counts as its share."""

    name: ClassVar[str] = "bgbb"
    knows_new_customers: ClassVar[bool] = False

    def _alive(self, rows: Rows) -> np.ndarray:
        """Alive at chance n + 1, given the history."""
        alpha, beta, gamma, delta = self.parameters.values()
        total = _path_sums(np.array([alpha, beta, gamma, delta]), _paths(rows))[1]
        stay = betaln(alpha + rows.x, beta + rows.T - rows.x) - betaln(alpha, beta)
        stay = stay + betaln(gamma, delta + rows.T) - betaln(gamma, delta)
        return np.exp(stay - total)

    def _expected_alive(self, rows: Rows, t: np.ndarray) -> np.ndarray:
        """Chances taken among the next t: Σ P(alive at n + k) × E[p].

        The customer is alive at n, and may not be at n + 1.
        """
        alpha, beta, gamma, delta = self.parameters.values()
        passed = np.zeros(len(rows))
        staying = np.ones(len(rows))
        for k in range(int(np.ceil(t.max())) if len(t) else 0):
            staying = staying * (delta + rows.T + k) / (gamma + delta + rows.T + k)
            passed += staying * np.clip(t - k, 0.0, 1.0)
        return (alpha + rows.x) / (alpha + beta + rows.T) * passed

    def _at_least(
        self, rows: Rows, n: int | np.ndarray, t: np.ndarray
    ) -> np.ndarray:
        """P(n or more of the next t chances taken | alive), over the chances the customer stays."""
        wanted = np.broadcast_to(n, len(rows))
        chance = np.empty(len(rows))
        for number in np.unique(wanted):
            part = np.flatnonzero(wanted == number)
            chance[part] = self._so_many(rows.take(part), int(number), t[part])
        return chance

    def _so_many(self, rows: Rows, n: int, t: np.ndarray) -> np.ndarray:
        alpha, beta, gamma, delta = self.parameters.values()
        whole = np.round(t).astype(np.int64)
        a, b = alpha + rows.x, beta + rows.T - rows.x
        chance = np.zeros(len(rows))
        for stays in range(n, int(whole.max()) + 1 if len(whole) else 0):
            usual = betaln(gamma, delta + rows.T)
            to_the_end = np.exp(betaln(gamma, delta + rows.T + stays) - usual)
            then_gone = np.exp(betaln(gamma + 1, delta + rows.T + stays) - usual)
            weight = np.where(
                stays == whole,
                to_the_end,
                np.where(stays < whole, then_gone, 0.0),
            )
            chance += weight * _beta_binomial_tail(n, stays, a, b)
        return chance

    def _median_wait(self, rows: Rows) -> np.ndarray:
        """The first chance by which half of them, if alive, have taken one."""
        alpha, beta, _, _ = self.parameters.values()
        a, b = alpha + rows.x, beta + rows.T - rows.x
        wait, none = np.full(len(rows), np.inf), np.ones(len(rows))
        for k in range(1, 241):
            none = none * (b + k - 1) / (a + b + k - 1)
            wait = np.where(np.isinf(wait) & (none <= 0.5), k, wait)
        return wait


@dataclass(frozen=True, eq=False)
class _Paths:
    """Every way each history can have come about.

    row : the history. x : chances taken. passed : chances passed while alive. gone : whether the
    customer then left. starts : where each history's ways begin.
    """

    row: np.ndarray
    x: np.ndarray
    passed: np.ndarray
    gone: np.ndarray
    starts: np.ndarray


def _paths(rows: Rows) -> _Paths:
    """All n chances alive (did not leave), or left after chance m, for m from t_x to n − 1."""
    spare = (rows.T - rows.t_x).astype(np.int64)
    starts = np.cumsum(spare + 1) - (spare + 1)
    row = np.repeat(np.arange(len(rows)), spare + 1)
    offset = np.arange(len(row)) - starts[row]
    return _Paths(
        row, rows.x[row], rows.t_x[row] + offset, offset < spare[row], starts
    )


def _path_sums(
    parameters: np.ndarray, paths: _Paths
) -> tuple[np.ndarray, np.ndarray]:
    """The log-probability of each path, and that of each history."""
    alpha, beta, gamma, delta = parameters
    terms = betaln(alpha + paths.x, beta + paths.passed - paths.x) - betaln(
        alpha, beta
    )
    terms = (
        terms
        + betaln(gamma + paths.gone, delta + paths.passed)
        - betaln(gamma, delta)
    )
    top = np.maximum.reduceat(terms, paths.starts)
    sums = np.add.reduceat(np.exp(terms - top[paths.row]), paths.starts)
    return terms, top + np.log(sums)


def _likelihood(theta: np.ndarray, rows: Rows) -> tuple[float, np.ndarray]:
    """Log-likelihood and its gradient by the logarithms of alpha, beta, gamma, delta.

    Fader, Hardie & Shang 2010, eq. 7.
    """
    alpha, beta, gamma, delta = parameters = np.exp(theta)
    paths = _paths(rows)
    terms, total = _path_sums(parameters, paths)
    share = np.exp(terms - total[paths.row]) * rows.weight[paths.row]
    a, b = alpha + paths.x, beta + paths.passed - paths.x
    g, d = gamma + paths.gone, delta + paths.passed
    orders, all_orders = digamma(a + b), digamma(alpha + beta)
    stays, all_stays = digamma(g + d), digamma(gamma + delta)
    slopes = (
        share @ (digamma(a) - orders - digamma(alpha) + all_orders),
        share @ (digamma(b) - orders - digamma(beta) + all_orders),
        share @ (digamma(g) - stays - digamma(gamma) + all_stays),
        share @ (digamma(d) - stays - digamma(delta) + all_stays),
    )
    return float(rows.weight @ total), np.array(slopes) * parameters


def _beta_binomial_tail(
    n: int,
    of: int,
    a: np.ndarray,
    b: np.ndarray,
) -> np.ndarray:
    """P(n or more of `of`) under a beta-binomial."""
    k = np.arange(n, of + 1)[:, None]
    log_choose = -betaln(of - k + 1, k + 1) - np.log(of + 1)
    return np.exp(
        logsumexp(log_choose + betaln(a + k, b + of - k) - betaln(a, b), axis=0)
    )
