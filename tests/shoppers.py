"""Shoppers of planted kinds."""

from __future__ import annotations

import numpy as np
import pandas as pd


def shoppers(count: int = 400, seed: int = 0) -> pd.DataFrame:
    """Four kinds of buyers planted far apart: recent or gone, frequent or rare."""
    rng = np.random.default_rng(seed)
    kind = np.arange(count) % 4
    recency = rng.gamma(9, np.array([2, 2, 80, 80])[kind] / 9).round() + 1
    frequency = rng.poisson(np.array([20, 1, 20, 1])[kind]) + 1
    spend = np.exp(rng.normal(3, 0.2, count)) * frequency
    return pd.DataFrame(
        {
            "customer": [f"C{number:05d}" for number in range(count)],
            "recency": recency,
            "frequency": frequency,
            "monetary": spend.round(2),
            "kind": kind,
        }
    )


def buyers(count: int = 400, seed: int = 0) -> pd.DataFrame:
    return shoppers(count, seed).drop(columns="kind")
