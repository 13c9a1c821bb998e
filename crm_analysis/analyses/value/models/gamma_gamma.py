"""Gamma-Gamma: what an order of each customer is worth, from the few orders seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.special import digamma, gammaln

from crm_analysis.analyses.value.models.fitting import Rows, maximise
from crm_analysis.analyses.value.models.purchase_model import fit_notes
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message

__all__ = ["GammaGamma", "fit_gamma_gamma"]

_STARTS = ((1.0, 1.0, 1.0), (0.0, 1.5, 1.0), (2.0, 0.5, 0.0), (0.0, 0.0, 0.0), (3.0, 3.0, 1.0))


def _likelihood(theta: np.ndarray, rows: Rows) -> tuple[float, np.ndarray]:
    """Log-likelihood without the terms free of parameters, and its gradient by the logarithms of p, q, gamma.

    `rows.t_x` holds each customer's sum of spend, `rows.T` its logarithm.
    """
    p, q, gamma = np.exp(theta)
    x, total, log_total, weight = rows.x, rows.t_x, rows.T, rows.weight
    counts = np.bincount(x.astype(np.int64), weights=weight)
    some = np.flatnonzero(counts)
    number, shape = counts[some], p * some
    log_all = np.log(gamma + total)
    customers = weight.sum()
    pulled = weight * (p * x + q)
    value = (
        number @ (gammaln(shape + q) - gammaln(shape))
        + customers * (q * np.log(gamma) - gammaln(q))
        + p * ((weight * x) @ log_total)
        - pulled @ log_all
    )
    slope_p = number @ (some * (digamma(shape + q) - digamma(shape))) + (weight * x) @ (
        log_total - log_all
    )
    slope_q = (
        number @ digamma(shape + q) + customers * (np.log(gamma) - digamma(q)) - weight @ log_all
    )
    slope_gamma = customers * q / gamma - pulled @ (1 / (gamma + total))
    return float(value), np.array([slope_p * p, slope_q * q, slope_gamma * gamma])


@dataclass(frozen=True, eq=False)
class GammaGamma:
    """A fitted Gamma-Gamma model of the money of an order; `customers` is how many repeat buyers it was fitted to."""

    parameters: Mapping[str, float]
    log_likelihood: float
    converged: bool
    customers: int
    notes: tuple[Message, ...]
    covariance: np.ndarray
    frequency: np.ndarray
    monetary: np.ndarray
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

    @property
    def mean(self) -> float:
        """What an order of a customer drawn at random is worth; inf where q ≤ 1, when the model has no mean."""
        p, q, gamma = self.parameters.values()
        return gamma * p / (q - 1) if q > 1 else float("inf")

    def expected(self, summary: pd.DataFrame | None = None) -> pd.Series:
        """What an order of each customer is worth on average: between their own mean and everybody's, by how much is known.

        A customer without repeat orders has everybody's mean.
        """
        p, q, gamma = self.parameters.values()
        x = self.frequency if summary is None else summary["frequency"].to_numpy(dtype=float)
        money = self.monetary if summary is None else summary["monetary"].to_numpy(dtype=float)
        money = np.maximum(np.nan_to_num(money), 0.0)
        shape = p * x + q - 1
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = np.where(shape > 0, p * (gamma + money * x) / shape, np.inf)
        return pd.Series(
            mean, index=self.index if summary is None else summary.index, name="expected_spend"
        )


def fit_gamma_gamma(summary: pd.DataFrame, *, seed: int = 0) -> GammaGamma:
    """The Gamma-Gamma model of spend: each order is gamma (p, ν), ν is gamma (q, gamma) over customers.

    Table in: `frequency` and `monetary` (mean money of a repeat order) as `purchase_summary` gives them; rows without a repeat order or
    without positive money are kept in the result and do not enter the fit. Out: `.parameters` {p, q, gamma},
    `.log_likelihood`, `.standard_errors`, `.expected()` (money of an order, by customer), `.mean`.

    Raises AnalysisError when fewer than 3 customers have repeat orders with money.

    Source: Fader & Hardie, "The Gamma-Gamma model of monetary value" (2013).
    """
    x, money = summary["frequency"].to_numpy(dtype=float), summary["monetary"].to_numpy(dtype=float)
    use = (x > 0) & (np.nan_to_num(money) > 0)
    if use.sum() < 3:
        raise AnalysisError("value.too_few_repeaters", count=int(use.sum()))
    n, mean = x[use], money[use]
    scale = float(mean.mean())
    sums = n * mean / scale
    rows = Rows(n, sums, np.log(sums), np.ones(len(n)), np.arange(len(n)))
    found = maximise(_likelihood, rows, _STARTS, seed=seed)
    p, q, gamma = (float(value) for value in np.exp(found.theta))
    parameters = {"p": p, "q": q, "gamma": gamma * scale}
    # The likelihood is of the mean spend: (p x − 1) log m + p x log x; here p x (log m + log x) − log m, and the scale's share.
    value = found.value - float(np.log(mean).sum())
    notes = fit_notes("gamma_gamma", found, parameters)
    if q <= 1:
        notes += (Message("value.fit.no_mean_spend", {}),)
    return GammaGamma(
        parameters,
        value,
        found.converged,
        int(use.sum()),
        notes,
        found.covariance,
        x,
        money,
        summary.index,
    )
