"""ARIMA and SARIMA with orders given by hand, by exact maximum likelihood."""

from __future__ import annotations

from typing import Any

import numpy as np

from crm_analysis.analyses.forecast.models.task import ModelFit, Task


def arima(task: Task) -> ModelFit:
    """ARIMA(p, d, q)(P, D, Q) of the options, by statsmodels' state space.

    Seasonal orders fall away where the history is shorter than two seasons. Parameters are
    estimated on the differenced history, then the model of the history itself runs with them: the
    likelihood is the exact one, that of R's `arima(method = "ML")`. Figures that were filled in
    are missing to it.
    """
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    options = task.options
    order = (options.p, options.d, options.q)
    seasonal_order = (0, 0, 0, 0)
    if task.seasonal and (options.P or options.D or options.Q):
        seasonal_order = (options.P, options.D, options.Q, task.season)
    lost = order[1] + seasonal_order[1] * seasonal_order[3]
    if len(task.y) - lost < sum(order) + sum(seasonal_order[:3]) + 3:
        raise ValueError("more orders than points")

    # Covariates that do not vary once the history is differenced are one with the constant.
    covariates, covariates_ahead = task.varying_covariates(lost)
    # Small or large figures both go to about one, or the optimiser's steps do not fit them.
    scale = float(np.nanstd(np.diff(task.y))) or 1.0
    settings: dict[str, Any] = {
        "endog": np.where(task.missing, np.nan, task.y) / scale,
        "exog": covariates,
        "order": order,
        "seasonal_order": seasonal_order,
        "trend": "c"
        if options.constant and lost <= 1 + seasonal_order[3]
        else None,
    }
    complete = not task.missing.any()
    estimate = SARIMAX(**settings, simple_differencing=complete).fit(
        disp=0, maxiter=200, cov_type="none"
    )
    result = SARIMAX(**settings).smooth(estimate.params, cov_type="opg")
    prediction = result.get_forecast(task.horizon, exog=covariates_ahead)
    fitted = np.asarray(result.fittedvalues) * scale
    fitted[:lost] = np.nan
    log_likelihood = float(estimate.llf if complete else result.llf)
    log_likelihood -= (len(task.y) - lost) * np.log(scale)
    points = int((~task.missing).sum()) - lost
    details = {
        **_criteria(log_likelihood, len(result.params), points),
        "parameters": _parameters(result, scale),
        "sigma2": float(result.params[-1]) * scale**2,
        "converged": bool(estimate.mle_retvals.get("converged", True)),
        "arma_terms": options.p + options.q + seasonal_order[0] + seasonal_order[2],
    }
    return ModelFit(
        np.asarray(prediction.predicted_mean) * scale,
        np.asarray(prediction.se_mean) * scale,
        fitted,
        arima_label(order, seasonal_order),
        details,
    )


def _criteria(
    log_likelihood: float, parameters: int, points: int
) -> dict[str, float]:
    aic = 2 * parameters - 2 * log_likelihood
    correction = 2 * parameters * (parameters + 1) / max(1, points - parameters - 1)
    return {
        "log_likelihood": log_likelihood,
        "aic": aic,
        "aicc": aic + correction,
        "bic": parameters * np.log(max(1, points)) - 2 * log_likelihood,
    }


def _parameters(result: Any, scale: float) -> list[tuple[str, float, float]]:
    """Name, value and standard error of each parameter, in units of the history."""
    rows = []
    for name, value, error in zip(
        result.model.param_names, result.params, result.bse, strict=True
    ):
        factor = 1.0
        if name == "sigma2":
            factor = scale**2
        elif name.startswith(("x", "intercept", "drift", "const")):
            factor = scale
        rows.append((name, float(value * factor), float(error * factor)))
    return rows


def arima_label(order: tuple[int, ...], seasonal_order: tuple[int, ...]) -> str:
    """Orders as the field writes them.

    >>> arima_label((0, 1, 1), (0, 1, 1, 12))
    'ARIMA(0,1,1)(0,1,1)[12]'
    """
    p, d, q = order
    seasonal_p, seasonal_d, seasonal_q, season = seasonal_order
    label = f"ARIMA({p},{d},{q})"
    return (
        f"{label}({seasonal_p},{seasonal_d},{seasonal_q})[{season}]"
        if season
        else label
    )


def difference(y: np.ndarray, d: int, seasonal_d: int, season: int) -> np.ndarray:
    """`y` differenced `d` times, and `seasonal_d` times over a season."""
    for _ in range(seasonal_d):
        y = y[season:] - y[:-season]
    return np.diff(y, n=d)
