"""What a rule is worth: the measures of the literature, from four whole numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd

__all__ = ["MEASURES", "adjust", "bounds", "chi_square", "interval", "measure", "tail"]

MEASURES = (
    "support",
    "confidence",
    "lift",
    "leverage",
    "conviction",
    "zhang",
    "jaccard",
    "kulczynski",
    "chi_square",
    "p_value",
    "p_adjusted",
)


def measure(
    baskets: int,
    antecedent: np.ndarray,
    consequent: np.ndarray,
    joint: np.ndarray,
    *,
    how: str = "exact",
    level: float = 0.95,
) -> pd.DataFrame:
    """The measures of rules from the baskets that hold the antecedent, the consequent, and both.

    The p-values are of the chi-square test of independence (one degree of freedom, no continuity correction); `p_adjusted` is
    corrected for the number of rules after Benjamini and Hochberg (1995).

    >>> measure(100, np.array([20]), np.array([40]), np.array([16]))[["confidence", "lift", "leverage", "conviction"]].round(3).values.tolist()
    [[0.8, 2.0, 0.08, 3.0]]
    """
    x, y, both = (np.asarray(one, dtype=float) for one in (antecedent, consequent, joint))
    size = float(baskets)
    confidence = both / x
    leverage = (both * size - x * y) / size**2
    chi = chi_square(size, x, y, both)
    p_value = tail(chi)
    low, high = interval(joint, antecedent, how=how, level=level)
    with np.errstate(divide="ignore", invalid="ignore"):
        # Sure and certain anyway says nothing: conviction 1; sure where it need not be: infinite.
        conviction = np.where(y == size, 1.0, (1 - y / size) / (1 - confidence))
        scale = np.maximum(both * (size - x), x * (y - both)) / size**2
        zhang = np.where(scale > 0, leverage / scale, 0.0)
    return pd.DataFrame(
        {
            "antecedent_count": np.asarray(antecedent, dtype=np.int64),
            "consequent_count": np.asarray(consequent, dtype=np.int64),
            "count": np.asarray(joint, dtype=np.int64),
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
            "chi_square": chi,
            "p_value": p_value,
            "p_adjusted": adjust(p_value),
        }
    )


def chi_square(size: float, x: np.ndarray, y: np.ndarray, both: np.ndarray) -> np.ndarray:
    """Pearson's chi-square of the fourfold table; 0 where an item is in every basket or in none."""
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = (x / size) * ((size - x) / size) * (y / size) * ((size - y) / size)
        return np.where(scale > 0, size * ((both * size - x * y) / size**2) ** 2 / scale, 0.0)


def tail(chi: np.ndarray) -> np.ndarray:
    """The probability of so large a chi-square with one degree of freedom."""
    from scipy.special import erfc

    return erfc(np.sqrt(np.asarray(chi) / 2))


def adjust(p_values: np.ndarray) -> np.ndarray:
    """P-values corrected for their number: the false discovery rate of Benjamini and Hochberg (1995).

    >>> adjust(np.array([0.01, 0.04, 0.03])).tolist()
    [0.03, 0.04, 0.04]
    """
    size = len(p_values)
    order = np.argsort(p_values, kind="stable")
    steps = p_values[order] * size / np.arange(1, size + 1)
    adjusted = np.empty(size)
    adjusted[order] = np.minimum(np.minimum.accumulate(steps[::-1])[::-1], 1.0)
    return adjusted


def interval(
    hits: np.ndarray, trials: np.ndarray, *, how: str = "exact", level: float = 0.95
) -> tuple[np.ndarray, np.ndarray]:
    """The interval of a share: exact (Clopper and Pearson 1934) or Wilson's (1927). Hits and trials are whole numbers."""
    pairs, where = np.unique(
        np.asarray(hits, dtype=np.int64) << 32 | np.asarray(trials, dtype=np.int64),
        return_inverse=True,
    )
    low, high = bounds(
        (pairs >> 32).astype(float), (pairs & 0xFFFFFFFF).astype(float), how=how, level=level
    )
    return low[where], high[where]


def bounds(
    hit: np.ndarray, trial: np.ndarray, *, how: str = "exact", level: float = 0.95
) -> tuple[np.ndarray, np.ndarray]:
    """As `interval`, for hits and trials that need not be whole: so many as dependent ones are worth (Korn and Graubard 1998)."""
    from scipy.special import betaincinv, ndtri

    rest = (1 - level) / 2
    if how == "wilson":
        z = float(ndtri(1 - rest))
        centre = (hit + z * z / 2) / (trial + z * z)
        reach = z / (trial + z * z) * np.sqrt(hit * (trial - hit) / trial + z * z / 4)
        # A share of 0 or 1 bounds itself; the formula misses it by a rounding error.
        return np.where(hit == 0, 0.0, centre - reach), np.where(hit == trial, 1.0, centre + reach)
    none, all_ = hit == 0, hit == trial
    low = np.where(none, 0.0, betaincinv(np.where(none, 1.0, hit), trial - hit + 1, rest))
    high = np.where(all_, 1.0, betaincinv(hit + 1, np.where(all_, 1.0, trial - hit), 1 - rest))
    return low, high
