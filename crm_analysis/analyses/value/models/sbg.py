"""Shifted beta-geometric: how long contracts are renewed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.special import betaln, digamma

from crm_analysis.analyses.value.models.fitting import Rows, maximise
from crm_analysis.analyses.value.models.purchase_model import fit_notes
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message

__all__ = ["ShiftedBetaGeometric", "contracts_of", "fit_sbg"]

_STARTS = ((0.0, 1.0), (-0.5, 0.5), (1.0, 3.0), (-2.0, 0.0), (3.0, 5.0))


def _likelihood(theta: np.ndarray, rows: Rows) -> tuple[float, np.ndarray]:
    """`rows.T` periods held, `rows.x` 1 where the contract ended with the last of them (Fader & Hardie 2007, eq. 5–6)."""
    alpha, beta = np.exp(theta)
    ended = rows.x > 0
    a, b = alpha + ended, beta + rows.T - ended
    value = rows.weight @ (betaln(a, b) - betaln(alpha, beta))
    both, here = digamma(a + b), digamma(alpha + beta)
    slope_alpha = rows.weight @ (digamma(a) - both - digamma(alpha) + here)
    slope_beta = rows.weight @ (digamma(b) - both - digamma(beta) + here)
    return float(value), np.array([slope_alpha * alpha, slope_beta * beta])


@dataclass(frozen=True, eq=False)
class ShiftedBetaGeometric:
    """A fitted shifted beta-geometric; a period is whatever the contracts are renewed by."""

    parameters: Mapping[str, float]
    log_likelihood: float
    converged: bool
    customers: int
    notes: tuple[Message, ...]
    covariance: np.ndarray
    held: np.ndarray
    ended: np.ndarray
    index: pd.Index

    @cached_property
    def standard_errors(self) -> dict[str, float]:
        """Standard error of each parameter, by the curvature of the likelihood."""
        return {
            name: value * float(np.sqrt(spread))
            for (name, value), spread in zip(
                self.parameters.items(), np.diag(self.covariance), strict=True
            )
        }

    def survival(self, t: float | np.ndarray) -> np.ndarray:
        """The share of new contracts still held after t renewals."""
        alpha, beta = self.parameters.values()
        return np.exp(betaln(alpha, beta + np.asarray(t, dtype=float)) - betaln(alpha, beta))

    def retention(self, t: float | np.ndarray) -> np.ndarray:
        """The share of those who reach renewal t (from 1) that renew: it rises as the faint-hearted leave."""
        alpha, beta = self.parameters.values()
        t = np.asarray(t, dtype=float)
        return (beta + t - 1) / (alpha + beta + t - 1)

    def expected(self, t: int, discount: float = 0.0) -> pd.Series:
        """Renewals expected of each contract in its next t periods, discounted by `discount` a period; 0 for ended ones."""
        alpha, beta = self.parameters.values()
        total, staying = np.zeros(len(self.held)), np.ones(len(self.held))
        for k in range(int(t)):
            staying = staying * (beta + self.held + k) / (alpha + beta + self.held + k)
            total += staying / (1 + discount) ** (k + 1)
        return pd.Series(np.where(self.ended, 0.0, total), index=self.index, name="expected")

    def expected_new(self, t: int, discount: float = 0.0) -> float:
        """Renewals expected of a new contract in its first t periods."""
        k = np.arange(1, int(t) + 1)
        return float((self.survival(k) / (1 + discount) ** k).sum())


def contracts_of(survivors: list[float] | np.ndarray) -> pd.DataFrame:
    """Contracts from the number of survivors of one cohort at renewal 0, 1, 2, …: `tenure`, `churned`, `count`.

    >>> contracts_of([100, 87, 74])
       tenure  churned  count
    0       1     True   13.0
    1       2     True   13.0
    2       2    False   74.0
    """
    held = np.asarray(survivors, dtype=float)
    periods = np.arange(1, len(held))
    return pd.DataFrame(
        {
            "tenure": np.r_[periods, len(held) - 1],
            "churned": np.r_[np.ones(len(periods), bool), False],
            "count": np.r_[-np.diff(held), held[-1]],
        }
    )


def fit_sbg(contracts: pd.DataFrame, *, seed: int = 0) -> ShiftedBetaGeometric:
    """The shifted beta-geometric model of contracts: each ends at a renewal with its own beta (alpha, beta) chance.

    Table in: a row a contract (or a group of `count` equal ones) with `tenure`, whole periods held so far (rows of 0 have not
    met a renewal and say nothing), and `churned`, whether it ended at the end of the last of them. Out: `.parameters` {alpha, beta},
    `.log_likelihood`, `.survival(t)`, `.retention(t)`, `.expected(t)` by contract, `.expected_new(t)`.

    Raises AnalysisError when no contract has ended.

    Source: Fader & Hardie, "How to project customer retention", J. of Interactive Marketing 21 (2007).
    """
    held = np.floor(contracts["tenure"].to_numpy(dtype=float))
    ended = contracts["churned"].to_numpy(dtype=bool)
    count = (
        contracts["count"].to_numpy(dtype=float)
        if "count" in contracts.columns
        else np.ones(len(held))
    )
    if not np.isfinite(held).all() or (held < 0).any():
        raise ValueError("tenure must be a number of at least 0 in every row")
    use = held > 0
    if not (ended & use).any():
        raise AnalysisError("value.no_ended_contracts")
    key, position = np.unique(held[use] * 2 + ended[use], return_inverse=True)
    rows = Rows(
        key % 2, np.zeros(len(key)), key // 2, np.bincount(position, weights=count[use]), position
    )
    found = maximise(_likelihood, rows, _STARTS, seed=seed)
    parameters = dict(
        zip(("alpha", "beta"), (float(value) for value in np.exp(found.theta)), strict=True)
    )
    notes = fit_notes("sbg", found, parameters)
    return ShiftedBetaGeometric(
        parameters,
        found.value,
        found.converged,
        int(count.sum()),
        notes,
        found.covariance,
        held,
        ended,
        contracts.index,
    )
