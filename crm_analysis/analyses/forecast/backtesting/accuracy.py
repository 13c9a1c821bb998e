"""How far forecasts were off, in the field's measures."""

from __future__ import annotations

import numpy as np
import pandas as pd

__all__ = ["measure", "naive_scale", "smape"]

MEASURES = (
    "mase",
    "smape",
    "rmse",
    "mae",
    "bias",
    "bias_share",
    "coverage_80",
    "coverage_95",
    "points",
)


def naive_scale(history: np.ndarray, season: int) -> float:
    """The mean absolute error of seasonal naive within the history, MASE's yardstick (Hyndman & Koehler, IJF 22, 2006); of naive where the
    history is shorter than a season; NaN where nothing ever changes.

    >>> naive_scale(np.array([1.0, 2.0, 4.0]), 1)
    1.5
    """
    step = season if len(history) > season else 1
    apart = np.abs(history[step:] - history[:-step])
    apart = apart[np.isfinite(apart)]
    return float(apart.mean()) if len(apart) and apart.mean() > 0 else float("nan")


def smape(actual: np.ndarray, forecast: np.ndarray) -> float:
    """Symmetric mean absolute percentage error as M3 and M4 have it: 200 |a − f| / (|a| + |f|), 0 where both are 0.

    >>> smape(np.array([100.0, 0.0]), np.array([110.0, 0.0])).__round__(2)
    4.76
    """
    size = np.abs(actual) + np.abs(forecast)
    return (
        float(
            np.mean(
                np.divide(
                    200 * np.abs(actual - forecast), size, out=np.zeros(len(size)), where=size > 0
                )
            )
        )
        if len(size)
        else float("nan")
    )


def measure(held: pd.DataFrame, scales: np.ndarray) -> dict[str, float]:
    """The measures of one model's back-test (`value`, `forecast`, `lo_80` … `hi_95`), `scales` being MASE's yardstick for each row.

    mase, smape (percent), rmse, mae, bias (mean forecast − actual), bias_share (of the mean actual), coverage_80, coverage_95 (shares), points. Periods
    whose actual value is not known are passed over.
    """
    known = np.isfinite(held["value"].to_numpy(dtype=float))
    held, scales = held[known], scales[known]
    if held.empty:
        return dict.fromkeys(MEASURES[:-1], float("nan")) | {"points": 0}
    actual, told = held["value"].to_numpy(dtype=float), held["forecast"].to_numpy(dtype=float)
    error = told - actual
    mean = float(np.mean(actual))
    with np.errstate(over="ignore"):  # against next to nothing
        scaled, share = np.abs(error) / scales, np.divide(error.mean(), mean or np.nan)
    within = {
        level: float(
            ((actual >= held[f"lo_{level}"] - 1e-9) & (actual <= held[f"hi_{level}"] + 1e-9)).mean()
        )
        for level in (80, 95)
    }
    return {
        "mase": float(np.mean(scaled)) if np.isfinite(scaled).all() else float("nan"),
        "smape": smape(actual, told),
        "rmse": float(np.sqrt(np.mean(error**2))),
        "mae": float(np.mean(np.abs(error))),
        "bias": float(error.mean()),
        "bias_share": float(share) if np.isfinite(share) else float("nan"),
        "coverage_80": within[80],
        "coverage_95": within[95],
        "points": len(held),
    }
