"""ARIMA and SARIMA with orders given by hand, by exact maximum likelihood (statsmodels' state space)."""

from __future__ import annotations

import numpy as np

from crm_analysis.analyses.forecast.models.task import Fit, Task

__all__ = ["arima", "difference", "written"]


def arima(task: Task) -> Fit:
    """ARIMA(p, d, q)(P, D, Q) of the options; seasonal orders fall away where the history is shorter than two seasons.

    Parameters are estimated on the differenced history, then the model of the history itself runs with them: the likelihood is the exact
    one, that of R's `arima(method = "ML")`. Figures that were filled in are missing to it.
    """
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    orders = task.options
    seasonal = task.season > 1 and len(task.y) >= 2 * task.season
    order = (orders.p, orders.d, orders.q)
    season = (
        (orders.P, orders.D, orders.Q, task.season)
        if seasonal and (orders.P or orders.D or orders.Q)
        else (0, 0, 0, 0)
    )
    y = task.y.astype(float).copy()
    lost = order[1] + season[1] * season[3]
    if len(y) - lost < sum(order) + sum(season[:3]) + 3:
        raise ValueError("more orders than points")
    holes = task.missing is not None and bool(task.missing.any())
    if holes:
        y[task.missing] = np.nan
    varied = _varied(task, lost)
    known, later = (
        (task.known[:, varied], task.known_ahead[:, varied]) if varied.any() else (None, None)
    )
    settings = {
        "order": order,
        "seasonal_order": season,
        "trend": "c" if orders.constant and lost <= 1 + season[3] else None,
    }
    # Small or large figures both go to about one, or the optimiser's steps do not fit them.
    scale = float(np.nanstd(np.diff(task.y))) or 1.0
    free = SARIMAX(
        y / scale,
        exog=known,
        simple_differencing=not holes,
        enforce_stationarity=True,
        enforce_invertibility=True,
        **settings,
    )
    estimate = free.fit(disp=0, maxiter=200, cov_type="none")
    model = SARIMAX(y / scale, exog=known, **settings)
    done = model.smooth(estimate.params, cov_type="opg")
    told = done.get_forecast(task.horizon, exog=later)
    fitted = np.asarray(done.fittedvalues) * scale
    fitted[: lost or 0] = np.nan
    shift = -(len(y) - lost) * np.log(scale)
    count = int(np.isfinite(y).sum()) - lost
    free_parameters = len(done.params)
    likelihood = float(estimate.llf if not holes else done.llf) + shift
    aic = 2 * free_parameters - 2 * likelihood
    size = _scales(done.model.param_names, scale)
    found = {
        "parameters": [
            (name, float(value * by), float(error * by))
            for name, value, error, by in zip(
                done.model.param_names, done.params, done.bse, size, strict=True
            )
        ],
        "log_likelihood": likelihood,
        "aic": aic,
        "aicc": aic
        + 2 * free_parameters * (free_parameters + 1) / max(1, count - free_parameters - 1),
        "bic": free_parameters * np.log(max(1, count)) - 2 * likelihood,
        "sigma2": float(done.params[-1]) * scale**2,
        "converged": bool(estimate.mle_retvals.get("converged", True)),
        "names": [task.names[place] for place in np.flatnonzero(varied)],
        "free": sum(order[::2]) + season[0] + season[2],
    }
    return Fit(
        np.asarray(told.predicted_mean) * scale,
        np.asarray(told.se_mean) * scale,
        fitted,
        written(order, season),
        found,
    )


def _scales(names: list[str], scale: float) -> np.ndarray:
    """What a parameter estimated on the scaled history must be multiplied by."""
    return np.array(
        [
            scale**2
            if name == "sigma2"
            else scale
            if name.startswith(("x", "intercept", "drift", "const"))
            else 1.0
            for name in names
        ]
    )


def _varied(task: Task, lost: int) -> np.ndarray:
    """Known columns that still vary where the history is differenced; others cannot be told from the constant."""
    if not task.known.shape[1]:
        return np.zeros(0, dtype=bool)
    return np.ptp(task.known[lost:], axis=0) > 0


def written(order: tuple[int, ...], season: tuple[int, ...]) -> str:
    """Orders as the field writes them.

    >>> written((0, 1, 1), (0, 1, 1, 12))
    'ARIMA(0,1,1)(0,1,1)[12]'
    """
    own = f"ARIMA({order[0]},{order[1]},{order[2]})"
    return own + (f"({season[0]},{season[1]},{season[2]})[{season[3]}]" if season[3] else "")


def difference(y: np.ndarray, d: int, seasonal: int, season: int) -> np.ndarray:
    """`y` differenced `d` times, and `seasonal` times over a season."""
    for _ in range(seasonal):
        y = y[season:] - y[:-season]
    for _ in range(d):
        y = np.diff(y)
    return y
