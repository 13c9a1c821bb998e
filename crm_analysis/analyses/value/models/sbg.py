"""Shifted beta-geometric: how long contracts are renewed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from scipy.special import betaln, digamma

from crm_analysis.analyses.value.models.fitting import Rows, maximise
from crm_analysis.analyses.value.models.purchase_model import ModelFit
from crm_analysis.errors import AnalysisError

_STARTS = ((0.0, 1.0), (-0.5, 0.5), (1.0, 3.0), (-2.0, 0.0), (3.0, 5.0))


def fit_sbg(contracts: pd.DataFrame, *, seed: int = 0) -> ShiftedBetaGeometric:
    """The shifted beta-geometric model of contracts: how surely each is renewed.

    A contract ends at each renewal with its own chance, beta (alpha, beta) over contracts.

    Parameters
    ----------
    contracts
        A row a contract, or a group of `count` equal ones: `tenure`, whole periods held so far
        (0: has not met a renewal, and says nothing), and `churned`, whether it ended at the end of
        the last of them.
    seed
        As `fit_bgnbd`.

    Returns
    -------
    ShiftedBetaGeometric
        With `.parameters` {alpha, beta}, `.log_likelihood`, `.survival(t)`, `.retention(t)`,
        `.expected(t)` by contract, `.expected_new(t)`.

    Raises
    ------
    AnalysisError
        "value.no_ended_contracts" when no contract has ended.
    ValueError
        Where a column is missing, or a tenure is no number of at least 0.

    References
    ----------
    Fader & Hardie, "How to project customer retention", J. of Interactive Marketing 21 (2007).
    """
    missing = {"tenure", "churned"} - set(contracts.columns)
    if missing:
        raise ValueError(
            f"contracts have tenure and churned; no {', '.join(sorted(missing))} here"
        )
    held = np.floor(contracts["tenure"].to_numpy(dtype=float))
    if not np.isfinite(held).all() or (held < 0).any():
        raise ValueError("tenure must be a number of at least 0 in every row")
    ended = contracts["churned"].to_numpy(dtype=bool)
    count = np.ones(len(held))
    if "count" in contracts.columns:
        count = contracts["count"].to_numpy(dtype=float)
    renewing = held > 0
    if not (ended & renewing).any():
        raise AnalysisError("value.no_ended_contracts")
    keys, position = np.unique(
        held[renewing] * 2 + ended[renewing], return_inverse=True
    )
    weight = np.bincount(position, weights=count[renewing])
    rows = Rows(keys % 2, np.zeros(len(keys)), keys // 2, weight, position)
    optimum = maximise(_likelihood, rows, _STARTS, seed=seed)
    parameters = dict(zip(("alpha", "beta"), optimum.parameters, strict=True))
    return ShiftedBetaGeometric.at_optimum(
        optimum,
        parameters,
        int(count.sum()),
        held=held,
        ended=ended,
        index=contracts.index,
    )


@dataclass(frozen=True, eq=False)
class ShiftedBetaGeometric(ModelFit):
    """A fitted shifted beta-geometric; a period is whatever the contracts are renewed by.

    held : periods each contract has been held. ended : whether it has ended. index : of the table.
    """

    name: ClassVar[str] = "sbg"

    held: np.ndarray
    ended: np.ndarray
    index: pd.Index

    def survival(self, t: float | np.ndarray) -> np.ndarray:
        """The share of new contracts still held after t renewals."""
        alpha, beta = self.parameters.values()
        return np.exp(
            betaln(alpha, beta + np.asarray(t, dtype=float)) - betaln(alpha, beta)
        )

    def retention(self, t: float | np.ndarray) -> np.ndarray:
        """The share of those who reach renewal t (from 1) that renew.

        It rises as the faint-hearted leave.
        """
        alpha, beta = self.parameters.values()
        t = np.asarray(t, dtype=float)
        return (beta + t - 1) / (alpha + beta + t - 1)

    def expected(self, t: int, discount: float = 0.0) -> pd.Series:
        """Renewals expected of each contract in its next t periods; 0 for ended ones.

        They are discounted by `discount` a period.
        """
        alpha, beta = self.parameters.values()
        total, staying = np.zeros(len(self.held)), np.ones(len(self.held))
        for k in range(int(t)):
            staying = (
                staying * (beta + self.held + k) / (alpha + beta + self.held + k)
            )
            total += staying / (1 + discount) ** (k + 1)
        return pd.Series(
            np.where(self.ended, 0.0, total), index=self.index, name="expected"
        )

    def expected_new(self, t: int, discount: float = 0.0) -> float:
        """Renewals expected of a new contract in its first t periods."""
        k = np.arange(1, int(t) + 1)
        return float((self.survival(k) / (1 + discount) ** k).sum())


def contracts_of(survivors: list[float] | np.ndarray) -> pd.DataFrame:
    """Contracts from the survivors of one cohort at renewal 0, 1, 2 and so on.

    Returns a table with tenure (periods), churned, and count (contracts), as `fit_sbg` takes it.

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


def _likelihood(theta: np.ndarray, rows: Rows) -> tuple[float, np.ndarray]:
    """Log-likelihood and its gradient (Fader & Hardie 2007, eq. 5–6).

    `rows.T` periods held; `rows.x` 1 where the contract ended with the last of them.
    """
    alpha, beta = np.exp(theta)
    ended = rows.x > 0
    a, b = alpha + ended, beta + rows.T - ended
    value = rows.weight @ (betaln(a, b) - betaln(alpha, beta))
    held, all_held = digamma(a + b), digamma(alpha + beta)
    slope_alpha = rows.weight @ (digamma(a) - held - digamma(alpha) + all_held)
    slope_beta = rows.weight @ (digamma(b) - held - digamma(beta) + all_held)
    return float(value), np.array([slope_alpha * alpha, slope_beta * beta])
