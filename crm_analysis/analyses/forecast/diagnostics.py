"""Whether a model has taken from a series all there was: residuals, their autocorrelation, and the parameters."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.forecast.backtesting.candidates import Candidate
from crm_analysis.analyses.forecast.models import Fit, Task
from crm_analysis.analyses.forecast.models.arima import difference
from crm_analysis.analyses.forecast.options import ForecastOptions
from crm_analysis.analyses.forecast.result import Diagnostics

__all__ = ["autocorrelation", "diagnose", "ljung_box"]


def diagnose(
    name: str,
    fit: Fit,
    task: Task,
    candidate: Candidate | None,
    log: bool,
    options: ForecastOptions,
) -> Diagnostics | None:
    """The diagnostics of one fitted model; None where it says nothing of the history (fewer than five residuals). `log`: residuals are relative ones."""
    with np.errstate(all="ignore"):
        y = np.log(task.y) if log else task.y
        residuals = y - (np.log(fit.fitted) if log else fit.fitted)
    if task.missing is not None:
        residuals = np.where(task.missing, np.nan, residuals)
    there = np.isfinite(residuals)
    if there.sum() < 5:
        return None
    known = residuals[there]
    lags = int(
        min(len(known) // 2, max(10, 2 * task.season) if len(known) >= 4 * task.season else 10, 60)
    )
    free = int(fit.found.get("free", 0))
    tested = (
        int(min(len(known) // 5 or 1, 2 * task.season if task.season > 1 else 10))
        if len(known) >= 10
        else 1
    )
    tested = max(tested, free + 1)
    statistic, chance = ljung_box(known, tested, free)
    arima = candidate is not None and candidate.model == "arima"
    stationary = (
        difference(
            y,
            options.d,
            options.D if task.season > 1 and len(y) >= 2 * task.season else 0,
            task.season,
        )
        if arima
        else y
    )
    figures: dict[str, float] = {
        key: float(fit.found[key])
        for key in ("log_likelihood", "aic", "aicc", "bic", "sigma2")
        if key in fit.found
    }
    figures |= {
        "ljung_box": statistic,
        "ljung_box_p": chance,
        "ljung_box_lags": float(tested),
        "observations": float(len(known)),
        "mean": float(known.mean()),
    }
    figures["converged"] = float(fit.found.get("converged", True))
    parameters = pd.DataFrame(
        fit.found.get("parameters", []), columns=["parameter", "value", "standard_error"]
    )
    return Diagnostics(
        series=name,
        model=candidate.model if candidate else "auto",
        label=fit.label,
        transform="log" if log else "none",
        parameters=parameters,
        residuals=pd.DataFrame({"date": task.dates[there], "residual": known}),
        acf=autocorrelation(known, lags),
        pacf=autocorrelation(known, lags, partial=True),
        acf_series=autocorrelation(stationary, lags),
        pacf_series=autocorrelation(stationary, lags, partial=True),
        figures=figures,
    )


def ljung_box(residuals: np.ndarray, lags: int, free: int = 0) -> tuple[float, float]:
    """The Ljung-Box statistic over `lags` and the chance of one as large where nothing is left (Ljung & Box, Biometrika 65, 1978)."""
    from scipy.stats import chi2

    count = len(residuals)
    values = _acf(residuals, lags)
    statistic = float(
        count * (count + 2) * np.sum(values**2 / (count - np.arange(1, len(values) + 1)))
    )
    return statistic, float(chi2.sf(statistic, max(1, len(values) - free)))


def autocorrelation(values: np.ndarray, lags: int, *, partial: bool = False) -> pd.DataFrame:
    """lag, value, band: the (partial) autocorrelation up to `lags`; chance alone keeps within ± `band` 95 times of 100."""
    lags = max(1, min(lags, len(values) // 2 - 1 if len(values) > 4 else 1))
    found: Any = _acf(values, lags)
    if partial:
        found = _partial(found)
    return pd.DataFrame(
        {"lag": np.arange(1, len(found) + 1), "value": found, "band": 1.96 / np.sqrt(len(values))}
    )


def _acf(values: np.ndarray, lags: int) -> np.ndarray:
    centred = values - values.mean()
    size = float(centred @ centred)
    return np.array(
        [
            float(centred[lag:] @ centred[:-lag]) / size if size > 0 else 0.0
            for lag in range(1, min(lags, len(values) - 1) + 1)
        ]
    )


def _partial(acf: np.ndarray) -> np.ndarray:
    """Durbin and Levinson's recursion."""
    found = np.zeros(len(acf))
    phi = np.zeros(0)
    for place in range(len(acf)):
        rest = 1 - float(phi @ acf[:place])
        last = (acf[place] - float(phi @ acf[:place][::-1])) / rest if abs(rest) > 1e-12 else 0.0
        phi = np.append(phi - last * phi[::-1], last)
        found[place] = last
    return found
