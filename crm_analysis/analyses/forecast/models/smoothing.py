"""The statsforecast family: Theta, CES, ETS, Holt-Winters, AutoARIMA, MSTL.

They are compiled beforehand (C++), so the first fit is as fast as the next.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from crm_analysis.analyses.forecast.models.task import (
    ModelFit,
    Task,
    spread_by_step,
)

# ETS, CES and ARIMA carry a state a period of the season: a longer one is taken out first.
_LONGEST_SEASON = 24
_Z_95 = 1.959963984540054
_WEIGHTS = np.array([0.1, 0.2, 0.35, 0.5, 0.7, 0.9])


def theta(task: Task) -> ModelFit:
    """The optimised Theta method.

    Fiorucci et al., IJF 32, 2016. To choose among it, the standard and the two dynamic methods
    brings nothing on M1 and Tourism (sMAPE 14.80 and 14.81, 20.4 both) and takes 2.4 times as long.
    """
    from statsforecast.models import OptimizedTheta

    model = OptimizedTheta(season_length=task.season_shown).fit(task.y)
    result = model.model_
    growth = float(np.clip(result["par"]["alpha"], 0.02, 1.0))
    spread = spread_by_step(task.y - result["fitted"], task.horizon, growth, 3)
    mean = model.predict(task.horizon)["mean"]
    return _fit(mean, result["fitted"], spread, f"Theta ({result['modeltype']})")


def ces(task: Task) -> ModelFit:
    """Complex exponential smoothing, with the season by AICc.

    Svetunkov et al., Naval Research Logistics 69, 2022.
    """
    if task.season_shown > _LONGEST_SEASON:
        return deseasoned(task, ces)
    from statsforecast.models import AutoCES

    model = AutoCES(season_length=task.season_shown).fit(task.y)
    result = model.model_
    spread = spread_by_step(
        task.y - result["fitted"], task.horizon, _growth(task), 4
    )
    mean = model.predict(task.horizon)["mean"]
    season = result.get("seasontype", "N")  # a constant series is given no type
    return _fit(mean, result["fitted"], spread, f"CES ({season})")


def ets(task: Task) -> ModelFit:
    """Exponential smoothing in state space: error, trend and season by AICc.

    Hyndman, Koehler, Ord & Snyder, Forecasting with Exponential Smoothing, 2008.
    """
    return _ets(task, "ZZZ")


def holt_winters(task: Task) -> ModelFit:
    """Holt-Winters: additive trend, and a season additive on logs, multiplicative otherwise."""
    if not task.seasonal:
        return _ets(task, "AAN", damped=False)
    return _ets(task, "AAA" if task.y.min() <= 0 else "MAM", damped=False)


def damped(task: Task) -> ModelFit:
    """Exponential smoothing with a damped additive trend and an additive season.

    Gardner & McKenzie, Management Science 31, 1985.
    """
    return _ets(task, "AAA" if task.seasonal else "AAN", damped=True)


def _ets(task: Task, form: str, damped: bool | None = None) -> ModelFit:
    """ETS of a form: error, trend and season as letters, Z where it is chosen."""
    if task.season_shown > _LONGEST_SEASON:
        rest_form = form if form == "ZZZ" else form[:2] + "N"
        return deseasoned(task, lambda rest: _ets(rest, rest_form, damped))
    from statsforecast.models import AutoETS

    model = AutoETS(season_length=task.season_shown, model=form, damped=damped).fit(
        task.y
    )
    result = model.model_
    prediction = model.predict(task.horizon, level=[95])
    return _fit(
        prediction["mean"],
        result["fitted"],
        _spread(prediction),
        result.get("method", "ETS(A,N,N)"),  # one value all along has no method
        _criteria(result),
    )


def auto_arima(task: Task, *, all_orders: bool = False) -> ModelFit:
    """ARIMA with orders found stepwise by AICc, or among `all_orders`.

    Hyndman & Khandakar, JSS 27, 2008.
    """
    if task.season_shown > _LONGEST_SEASON:
        return deseasoned(task, auto_arima)
    from statsforecast.arima import arima_string
    from statsforecast.models import AutoARIMA

    model = AutoARIMA(
        season_length=task.season_shown,
        stepwise=not all_orders,
        approximation=len(task.y) > 400,
    )
    covariates, covariates_ahead = task.varying_covariates()
    model.fit(task.y, X=covariates)
    prediction = model.predict(task.horizon, X=covariates_ahead, level=[95])
    return _fit(
        prediction["mean"],
        model.predict_in_sample()["fitted"],
        _spread(prediction),
        arima_string(model.model_).strip(),
        _criteria(model.model_),
    )


def mstl(task: Task) -> ModelFit:
    """Season by repeated LOESS (days have a week and a year), the rest by ETS.

    MSTL: Bandara, Hyndman & Bergmeir, 2021.
    """
    from statsforecast.models import MSTL, AutoETS

    seasons = [task.season]
    if task.year > task.season > 1 and task.year > 2 * _LONGEST_SEASON:
        seasons.append(task.year)
    seasons = [
        season for season in seasons if season > 1 and len(task.y) >= 2 * season
    ]
    if not seasons:
        return ets(task)
    model = MSTL(season_length=seasons, trend_forecaster=AutoETS(model="ZZN")).fit(
        task.y
    )
    mean = model.predict(task.horizon)["mean"]
    fitted = model.predict_in_sample()["fitted"]
    spread = spread_by_step(task.y - fitted, task.horizon, _growth(task), 3)
    return _fit(mean, fitted, spread, f"MSTL [{', '.join(map(str, seasons))}]")


def deseasoned(task: Task, model: Callable[[Task], ModelFit]) -> ModelFit:
    """`model` on the history with its season taken out by LOESS, the last one put back on.

    For seasons too long to be states.
    """
    from statsforecast.mstl import mstl as decompose

    season = decompose(task.y, task.season)["seasonal"].to_numpy()
    fit = model(replace(task, y=task.y - season, season=1))
    last_season = season[len(season) - task.season :]
    return replace(
        fit,
        mean=fit.mean + last_season[np.arange(task.horizon) % task.season],
        fitted=fit.fitted + season,
        label=f"STL + {fit.label}",
    )


def _growth(task: Task) -> float:
    """How much of a surprise stays in the level.

    The weight of simple exponential smoothing of the history without its season that errs least.
    """
    y = task.y - task.season_means()
    if len(y) < 2:
        return 0.5
    level = np.full(len(_WEIGHTS), y[:3].mean())
    squares = []
    for value in y[1:]:
        error = value - level
        squares.append(error**2)
        level = level + _WEIGHTS * error
    return float(_WEIGHTS[np.argmin(np.sum(squares, axis=0))])


def _spread(prediction: dict[str, Any]) -> np.ndarray:
    return (np.asarray(prediction["hi-95"]) - np.asarray(prediction["lo-95"])) / (
        2 * _Z_95
    )


def _criteria(result: dict[str, Any]) -> dict[str, float]:
    return {
        name: float(result[key])
        for name, key in {
            "log_likelihood": "loglik",
            "aic": "aic",
            "aicc": "aicc",
            "bic": "bic",
        }.items()
    }


def _fit(
    mean: Any,
    fitted: Any,
    spread: np.ndarray,
    label: str,
    details: dict[str, Any] | None = None,
) -> ModelFit:
    mean, spread, fitted = (
        np.asarray(part, dtype=float) for part in (mean, spread, fitted)
    )
    return ModelFit(mean, spread, fitted, label, details or {})
