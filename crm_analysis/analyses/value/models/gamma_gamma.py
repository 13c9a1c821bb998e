"""Gamma-Gamma: what an order of each customer is worth, from the few orders seen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pandas as pd
from scipy.special import digamma, gammaln

from crm_analysis.analyses.value.models.fitting import Rows, maximise
from crm_analysis.analyses.value.models.purchase_model import ModelFit
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message

_STARTS = (
    (1.0, 1.0, 1.0),
    (0.0, 1.5, 1.0),
    (2.0, 0.5, 0.0),
    (0.0, 0.0, 0.0),
    (3.0, 3.0, 1.0),
)


def fit_gamma_gamma(summary: pd.DataFrame, *, seed: int = 0) -> GammaGamma:
    """The Gamma-Gamma model of spend: what an order is worth differs between customers.

    The money of an order is gamma (p, ν), and ν gamma (q, gamma) over customers.

    Parameters
    ----------
    summary
        `frequency` and `monetary` (mean money of a repeat order) as `purchase_summary` gives them.
        Customers without a repeat order or without positive money do not enter the fit.
    seed
        As `fit_bgnbd`.

    Returns
    -------
    GammaGamma
        With `.parameters` {p, q, gamma}, `.log_likelihood`, `.standard_errors`, `.expected()`
        (money of an order, by customer), `.mean`.

    Raises
    ------
    AnalysisError
        "value.too_few_repeaters" when fewer than 3 customers have repeat orders with money.
    ValueError
        Where a column is missing.

    References
    ----------
    Fader & Hardie, "The Gamma-Gamma model of monetary value" (2013).
    """
    x, money = _spend_of(summary)
    fitted = (x > 0) & (np.nan_to_num(money) > 0)
    if fitted.sum() < 3:
        raise AnalysisError("value.too_few_repeaters", count=int(fitted.sum()))
    orders, mean = x[fitted], money[fitted]
    scale = float(mean.mean())
    sums = orders * mean / scale
    optimum = maximise(
        _likelihood,
        Rows(
            orders, sums, np.log(sums), np.ones(len(orders)), np.arange(len(orders))
        ),
        _STARTS,
        seed=seed,
    )
    p, q, gamma = optimum.parameters
    parameters = {"p": p, "q": q, "gamma": gamma * scale}
    # The likelihood is of the mean spend, (p x − 1) log m + p x log x; the search has
    # p x (log m + log x): what is missing is − log m, and the scale's share.
    model = GammaGamma.at_optimum(
        optimum,
        parameters,
        int(fitted.sum()),
        -float(np.log(mean).sum()),
        frequency=x,
        monetary=money,
        index=summary.index,
    )
    if q > 1:
        return model
    return replace(
        model, notes=(*model.notes, Message("value.fit.no_mean_spend", {}))
    )


@dataclass(frozen=True, eq=False)
class GammaGamma(ModelFit):
    """A fitted Gamma-Gamma model; `customers` is how many repeat buyers it was fitted to.

    frequency : repeat orders of each customer. monetary : their mean money. index : the summary's.
    """

    name: ClassVar[str] = "gamma_gamma"

    frequency: np.ndarray
    monetary: np.ndarray
    index: pd.Index

    @property
    def mean(self) -> float:
        """What an order of a customer drawn at random is worth; inf where q ≤ 1, without a mean."""
        p, q, gamma = self.parameters.values()
        return gamma * p / (q - 1) if q > 1 else float("inf")

    @property
    def usable(self) -> bool:
        """Whether the search ended at a maximum, where orders have a mean."""
        return self.converged and self.parameters["q"] > 1

    def expected(self, summary: pd.DataFrame | None = None) -> pd.Series:
        """What an order of each customer is worth on average.

        It lies between their own mean and everybody's, by how much is known; a customer without
        repeat orders has everybody's mean. With a `summary`, its customers are told of.
        """
        x, money, index = self.frequency, self.monetary, self.index
        if summary is not None:
            x, money = _spend_of(summary)
            index = summary.index
        p, q, gamma = self.parameters.values()
        money = np.maximum(np.nan_to_num(money), 0.0)
        shape = p * x + q - 1
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = np.where(shape > 0, p * (gamma + money * x) / shape, np.inf)
        return pd.Series(mean, index=index, name="expected_spend")


def _spend_of(summary: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    missing = [
        name for name in ("frequency", "monetary") if name not in summary.columns
    ]
    if missing:
        raise ValueError(
            f"a spend model takes frequency and monetary; no {missing[0]} here"
        )
    return summary["frequency"].to_numpy(dtype=float), summary["monetary"].to_numpy(
        dtype=float
    )


def _likelihood(theta: np.ndarray, rows: Rows) -> tuple[float, np.ndarray]:
    """Log-likelihood without terms free of parameters, and its gradient by the logarithms.

    `rows.t_x` holds each customer's sum of spend, `rows.T` its logarithm.
    """
    p, q, gamma = np.exp(theta)
    total, weight = rows.t_x, rows.weight
    orders, number = rows.counts()
    customers, shape = weight.sum(), p * orders
    log_all = np.log(gamma + total)
    weighted = weight * rows.x
    pulled = weight * (p * rows.x + q)
    value = number @ (gammaln(shape + q) - gammaln(shape))
    value += customers * (q * np.log(gamma) - gammaln(q))
    value = value + p * (weighted @ rows.T) - pulled @ log_all
    slope_p = number @ (orders * (digamma(shape + q) - digamma(shape)))
    slope_p += weighted @ (rows.T - log_all)
    slope_q = number @ digamma(shape + q) + customers * (np.log(gamma) - digamma(q))
    slope_q -= weight @ log_all
    slope_gamma = customers * q / gamma - pulled @ (1 / (gamma + total))
    return float(value), np.array([slope_p * p, slope_q * q, slope_gamma * gamma])
