"""How far forecasts were off, in the field's measures."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from crm_analysis.tables.kinds import require

ACCURACY = (
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
_EDGE = 1e-9  # a value on the edge of an interval lies within it


def backtest_errors(backtest: pd.DataFrame) -> pd.DataFrame:
    """The back-test (`Forecast.backtest`) with what each forecast missed by.

    Returns
    -------
    pandas.DataFrame
        All its columns, and

        - error : units of demand, forecast less actual
        - inside : bool, whether the actual lies in the 80 % interval
    """
    require(backtest, "value", "forecast", "lo_80", "hi_80")
    error = backtest["forecast"] - backtest["value"]
    return backtest.assign(
        error=error,
        inside=backtest["value"].between(backtest["lo_80"], backtest["hi_80"]),
    )


def naive_scale(history: np.ndarray, season: int) -> float:
    """The mean absolute error of seasonal naive within the history, MASE's yardstick.

    Of naive where the history is shorter than a season; NaN where nothing ever changes. Hyndman &
    Koehler, IJF 22, 2006.

    >>> naive_scale(np.array([1.0, 2.0, 4.0]), 1)
    1.5
    """
    step = season if len(history) > season else 1
    changes = np.abs(history[step:] - history[:-step])
    changes = changes[np.isfinite(changes)]
    scale = float(changes.mean()) if len(changes) else 0.0
    return scale if scale > 0 else float("nan")


def smape(actual: np.ndarray, forecast: np.ndarray) -> float:
    """Symmetric mean absolute percentage error as M3 and M4 have it.

    200 |a − f| / (|a| + |f|), 0 where both are 0.

    >>> smape(np.array([100.0, 0.0]), np.array([110.0, 0.0])).__round__(2)
    4.76
    """
    if not len(actual):
        return float("nan")
    size = np.abs(actual) + np.abs(forecast)
    errors = 200 * np.abs(actual - forecast)
    return float(
        np.mean(np.divide(errors, size, out=np.zeros(len(size)), where=size > 0))
    )


MEASURED = ("value", "forecast", "lo_80", "hi_80", "lo_95", "hi_95")


def measure(
    backtest: Mapping[str, np.ndarray] | pd.DataFrame, scales: np.ndarray
) -> dict[str, float]:
    """The measures of one model's back-test (the columns `MEASURED` of it).

    `scales` is MASE's yardstick for each row. mase, smape (percent), rmse, mae, bias (mean
    forecast − actual), bias_share (of the mean actual), coverage_80, coverage_95 (shares), points.
    Periods whose actual value is not known are passed over.
    """
    observed = np.isfinite(np.asarray(backtest["value"], dtype=float))
    actual, forecast, lo_80, hi_80, lo_95, hi_95 = (
        np.asarray(backtest[name], dtype=float)[observed] for name in MEASURED
    )
    if not len(actual):
        return dict.fromkeys(ACCURACY[:-1], float("nan")) | {"points": 0}
    error = forecast - actual
    with np.errstate(over="ignore"):  # against next to nothing
        mase = float(np.mean(np.abs(error) / scales[observed]))
        bias_share = float(
            np.divide(error.mean(), float(np.mean(actual)) or np.nan)
        )
    return {
        "mase": mase if np.isfinite(mase) else float("nan"),
        "smape": smape(actual, forecast),
        "rmse": float(np.sqrt(np.mean(error**2))),
        "mae": float(np.mean(np.abs(error))),
        "bias": float(error.mean()),
        "bias_share": bias_share if np.isfinite(bias_share) else float("nan"),
        "coverage_80": _coverage(actual, lo_80, hi_80),
        "coverage_95": _coverage(actual, lo_95, hi_95),
        "points": len(actual),
    }


def _coverage(actual: np.ndarray, low: np.ndarray, high: np.ndarray) -> float:
    return float(np.mean((actual >= low - _EDGE) & (actual <= high + _EDGE)))
