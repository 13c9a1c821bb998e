"""What a rule is worth: the measures of the literature, from four whole numbers."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from crm_analysis.analyses.inference import (
    fourfold_chi_square,
    share_interval,
)

SIGNIFICANT = (
    0.05  # corrected p-value below which a finding is surely more than chance
)


def measure(
    baskets: int,
    antecedent: np.ndarray,
    consequent: np.ndarray,
    joint: np.ndarray,
    *,
    interval: Literal["exact", "wilson"] = "exact",
    coverage: float = 0.95,
) -> pd.DataFrame:
    """The measures of rules from the baskets that hold the antecedent, the consequent, and both.

    `chi_square` is the statistic of independence (one degree of freedom, no continuity correction).

    >>> rules = measure(100, np.array([20]), np.array([40]), np.array([16]))
    >>> rules[["confidence", "lift", "leverage", "conviction"]].round(3).values.tolist()
    [[0.8, 2.0, 0.08, 3.0]]
    """
    x, y, both = (
        antecedent.astype(float),
        consequent.astype(float),
        joint.astype(float),
    )
    size = float(baskets)
    confidence = both / x
    leverage = (both * size - x * y) / size**2
    low, high = share_interval(
        joint, antecedent, method=interval, coverage=coverage
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        # Sure and certain anyway says nothing: conviction 1; sure where it need not be: infinite.
        conviction = np.where(y == size, 1.0, (1 - y / size) / (1 - confidence))
        largest = np.maximum(both * (size - x), x * (y - both)) / size**2
        zhang = np.where(largest > 0, leverage / largest, 0.0)
    return pd.DataFrame(
        {
            "antecedent_count": antecedent.astype(np.int64),
            "consequent_count": consequent.astype(np.int64),
            "count": joint.astype(np.int64),
            "antecedent_support": x / size,
            "consequent_support": y / size,
            "support": both / size,
            "confidence": confidence,
            "confidence_low": low,
            "confidence_high": high,
            "lift": both * size / (x * y),
            "leverage": leverage,
            "conviction": conviction,
            "zhang": zhang,
            "jaccard": both / (x + y - both),
            "kulczynski": (confidence + both / y) / 2,
            "expected": x * y / size,
            "chi_square": fourfold_chi_square(size, x, y, both),
        }
    )
