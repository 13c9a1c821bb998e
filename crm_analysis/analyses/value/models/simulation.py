"""Purchase histories drawn from a known model, to see whether a fit finds it again."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd


def simulate_purchases(
    model: str,
    parameters: Mapping[str, float],
    customers: int,
    observed: float | tuple[float, float],
    seed: int = 0,
) -> pd.DataFrame:
    """Purchase summaries of customers drawn from a model with known parameters.

    Parameters
    ----------
    model
        "bgnbd", "mbgnbd" or "pareto_nbd".
    parameters
        {name: value}, as the fit of that model gives them.
    customers
        How many.
    observed
        How long each has been watched: one number, or the bounds of a uniform.
    seed
        Of the random numbers.

    Returns
    -------
    DataFrame
        customer, frequency, recency, T, as `purchase_summary` gives them.
    """
    rng = np.random.default_rng(seed)
    shortest, longest = (
        observed if isinstance(observed, tuple) else (observed, observed)
    )
    age = rng.uniform(shortest, longest, customers)
    rate = rng.gamma(parameters["r"], 1 / parameters["alpha"], customers)
    life, allowed = np.full(customers, np.inf), np.full(customers, np.inf)
    if model == "pareto_nbd":
        life = rng.exponential(
            1 / rng.gamma(parameters["s"], 1 / parameters["beta"], customers)
        )
    else:
        allowed = rng.geometric(
            np.maximum(rng.beta(parameters["a"], parameters["b"], customers), 1e-12)
        ).astype(float) - (model == "mbgnbd")
    end = np.minimum(age, life)
    x, last, now = np.zeros(customers), np.zeros(customers), np.zeros(customers)
    going = np.flatnonzero((allowed > 0) & (rate > 0))
    while len(going):
        now[going] += rng.exponential(1 / rate[going])
        going = going[now[going] <= end[going]]
        x[going] += 1
        last[going] = now[going]
        going = going[x[going] < allowed[going]]
    return pd.DataFrame(
        {
            "customer": np.arange(customers),
            "frequency": x.astype(np.int64),
            "recency": last,
            "T": age,
        }
    )


def simulate_spend(
    parameters: Mapping[str, float], frequency: np.ndarray, seed: int = 0
) -> np.ndarray:
    """Mean spend of each customer's `frequency` orders under a Gamma-Gamma model; 0 without any."""
    rng = np.random.default_rng(seed)
    scale = rng.gamma(parameters["q"], 1 / parameters["gamma"], len(frequency))
    orders = np.maximum(frequency, 1)
    return np.where(
        frequency > 0, rng.gamma(parameters["p"] * orders, 1 / scale) / orders, 0.0
    )
