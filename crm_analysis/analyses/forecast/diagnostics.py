"""Whether a model has taken from a series all there was: residuals and their autocorrelation."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crm_analysis.analyses.forecast.models.arima import difference
from crm_analysis.analyses.forecast.result import Diagnostics
from crm_analysis.analyses.forecast.single import SeriesForecast

_MINIMUM_RESIDUALS = 5
_MAXIMUM_LAGS = 60
_FIGURES = ("log_likelihood", "aic", "aicc", "bic", "sigma2")


def diagnose(forecast: SeriesForecast) -> Diagnostics | None:
    """The diagnostics of one fitted model.

    None where it says nothing of the history (fewer than five residuals).
    """
    task, choice = forecast.prepared.task, forecast.choice
    fit, variant, log = (
        choice.fit,
        choice.single,
        choice.distribution.scale == "log",
    )
    y, fitted = task.y, fit.fitted
    if log:
        with np.errstate(all="ignore"):
            y, fitted = np.log(y), np.log(fitted)
    residuals = np.where(task.missing, np.nan, y - fitted)
    finite = np.isfinite(residuals)
    residuals = residuals[finite]
    if len(residuals) < _MINIMUM_RESIDUALS:
        return None
    stationary = y
    if variant is not None and variant.model == "arima":
        seasonal_d = task.options.D if task.seasonal else 0
        stationary = difference(y, task.options.d, seasonal_d, task.season)
    # Two seasons of a long series, ten lags of a short one.
    lags = max(10, 2 * task.season) if len(residuals) >= 4 * task.season else 10
    lags = min(len(residuals) // 2, lags, _MAXIMUM_LAGS)
    details = fit.details
    arma_terms = int(details.get("arma_terms", 0))
    usual = min(len(residuals) // 5, 2 * task.season if task.season > 1 else 10)
    tested = max(usual, arma_terms + 1)
    statistic, probability = ljung_box(residuals, tested, arma_terms)
    return Diagnostics(
        series=forecast.name,
        model=variant.model if variant else "auto",
        label=fit.label,
        transform="log" if log else "none",
        parameters=pd.DataFrame(
            details.get("parameters", []),
            columns=["parameter", "value", "standard_error"],
        ),
        residuals=pd.DataFrame({"date": task.dates[finite], "residual": residuals}),
        acf=autocorrelation(residuals, lags),
        pacf=autocorrelation(residuals, lags, partial=True),
        acf_series=autocorrelation(stationary, lags),
        pacf_series=autocorrelation(stationary, lags, partial=True),
        figures={
            **{name: float(details[name]) for name in _FIGURES if name in details},
            "ljung_box": statistic,
            "ljung_box_p": probability,
            "ljung_box_lags": float(tested),
            "observations": float(len(residuals)),
            "mean": float(residuals.mean()),
            "converged": float(details.get("converged", True)),
        },
    )


def ljung_box(
    residuals: np.ndarray, lags: int, arma_terms: int = 0
) -> tuple[float, float]:
    """The Ljung-Box statistic over `lags`, and the chance of one as large of mere noise.

    Ljung & Box, Biometrika 65, 1978.
    """
    from scipy.stats import chi2

    count = len(residuals)
    acf = _acf(residuals, lags)
    sizes = count - np.arange(1, len(acf) + 1)
    statistic = float(count * (count + 2) * np.sum(acf**2 / sizes))
    return statistic, float(chi2.sf(statistic, max(1, len(acf) - arma_terms)))


def autocorrelation(
    values: np.ndarray, lags: int, *, partial: bool = False
) -> pd.DataFrame:
    """Lag (periods), value, band: the (partial) autocorrelation up to `lags`.

    Chance alone stays within ± `band` 95 times of 100.
    """
    acf = _acf(values, max(1, min(lags, len(values) // 2 - 1)))
    return pd.DataFrame(
        {
            "lag": np.arange(1, len(acf) + 1),
            "value": _partial(acf) if partial else acf,
            "band": 1.96 / np.sqrt(len(values)),
        }
    )


def _acf(values: np.ndarray, lags: int) -> np.ndarray:
    centred = values - values.mean()
    size = float(centred @ centred)
    acf = np.zeros(min(lags, len(values) - 1))
    if size > 0:
        for lag in range(1, len(acf) + 1):
            acf[lag - 1] = float(centred[lag:] @ centred[:-lag]) / size
    return acf


def _partial(acf: np.ndarray) -> np.ndarray:
    """Durbin and Levinson's recursion."""
    pacf = np.zeros(len(acf))
    phi = np.zeros(0)
    for position in range(len(acf)):
        before = acf[:position]
        rest = 1 - float(phi @ before)
        last = 0.0
        if abs(rest) > 1e-12:
            last = (acf[position] - float(phi @ before[::-1])) / rest
        phi = np.append(phi - last * phi[::-1], last)
        pacf[position] = last
    return pacf
