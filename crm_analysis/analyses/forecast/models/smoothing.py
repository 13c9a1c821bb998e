"""The statsforecast family: Theta, CES, ETS, Holt-Winters, AutoARIMA, MSTL. Compiled beforehand (C++), so the first fit is as fast as the next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from crm_analysis.analyses.forecast.models.task import Fit, Task, profile

__all__ = ["auto_arima", "ces", "damped", "deseasoned", "ets", "holt_winters", "mstl", "theta"]

_LONGEST_SEASON = (
    24  # ETS, CES and ARIMA carry a state a period of the season: a longer one is taken out first
)
_Z = 1.959963984540054


def theta(task: Task) -> Fit:
    """Theta: the best of the standard, optimised, dynamic and dynamic optimised method (Fiorucci et al., IJF 32, 2016)."""
    from statsforecast.models import AutoTheta

    model = AutoTheta(season_length=task.season if task.seasonal else 1).fit(task.y)
    got = model.model_
    alpha = float(np.clip(got["par"]["alpha"], 0.02, 1.0))
    return _fit(
        model.predict(task.horizon)["mean"],
        got["fitted"],
        profile(task.y - got["fitted"], task.horizon, alpha, 3),
        f"Theta ({got['modeltype']})",
    )


def ces(task: Task) -> Fit:
    """Complex exponential smoothing, with the season by AICc (Svetunkov et al., Naval Research Logistics 69, 2022)."""
    if task.seasonal and task.season > _LONGEST_SEASON:
        return deseasoned(task, ces)
    from statsforecast.models import AutoCES

    model = AutoCES(season_length=task.season if task.seasonal else 1).fit(task.y)
    got = model.model_
    rest = task.y - got["fitted"]
    growth = _growth(task)
    return _fit(
        model.predict(task.horizon)["mean"],
        got["fitted"],
        profile(rest, task.horizon, growth, 4),
        f"CES ({got['seasontype']})",
    )


def ets(task: Task) -> Fit:
    """Exponential smoothing in state space, error, trend and season by AICc (Hyndman et al. 2008)."""
    return _ets(task, "ZZZ", None)


def holt_winters(task: Task) -> Fit:
    """Holt-Winters: additive trend, and a season additive on logs, multiplicative otherwise."""
    return _ets(
        task,
        "AAA" if task.seasonal and task.y.min() <= 0 else "MAM" if task.seasonal else "AAN",
        False,
    )


def damped(task: Task) -> Fit:
    """Exponential smoothing with a damped additive trend (Gardner & McKenzie, Management Science 31, 1985) and an additive season."""
    return _ets(task, "AAA" if task.seasonal else "AAN", True)


def _ets(task: Task, model: str, damped: bool | None) -> Fit:
    if task.seasonal and task.season > _LONGEST_SEASON:
        return deseasoned(
            task, lambda rest: _ets(rest, model[:2] + "N" if model != "ZZZ" else model, damped)
        )
    from statsforecast.models import AutoETS

    fitted = AutoETS(
        season_length=task.season if task.seasonal else 1, model=model, damped=damped
    ).fit(task.y)
    got = fitted.model_
    told = fitted.predict(task.horizon, level=[95])
    spread = (np.asarray(told["hi-95"]) - np.asarray(told["lo-95"])) / (2 * _Z)
    found = {
        "log_likelihood": float(got["loglik"]),
        "aic": float(got["aic"]),
        "aicc": float(got["aicc"]),
        "bic": float(got["bic"]),
    }
    return _fit(
        told["mean"], got["fitted"], spread, got.get("method", "ETS(A,N,N)"), found
    )  # one value all along has no method said


def auto_arima(task: Task, *, wide: bool = False) -> Fit:
    """ARIMA with orders found stepwise by AICc (Hyndman & Khandakar, JSS 27, 2008); `wide` tries all orders."""
    if task.seasonal and task.season > _LONGEST_SEASON:
        return deseasoned(task, auto_arima)
    from statsforecast.arima import arima_string
    from statsforecast.models import AutoARIMA

    model = AutoARIMA(
        season_length=task.season if task.seasonal else 1,
        stepwise=not wide,
        approximation=len(task.y) > 400,
    )
    varied = np.ptp(task.known, axis=0) > 0 if task.known.shape[1] else np.zeros(0, dtype=bool)
    known, later = (
        (task.known[:, varied], task.known_ahead[:, varied]) if varied.any() else (None, None)
    )
    model.fit(task.y, X=known)
    told = model.predict(task.horizon, X=later, level=[95])
    spread = (np.asarray(told["hi-95"]) - np.asarray(told["lo-95"])) / (2 * _Z)
    got = model.model_
    found = {
        "log_likelihood": float(got["loglik"]),
        "aic": float(got["aic"]),
        "aicc": float(got["aicc"]),
        "bic": float(got["bic"]),
    }
    return _fit(
        told["mean"], model.predict_in_sample()["fitted"], spread, arima_string(got).strip(), found
    )


def mstl(task: Task) -> Fit:
    """Season by repeated LOESS (MSTL; days have a week and a year), the rest by ETS (Bandara et al. 2021)."""
    from statsforecast.models import MSTL, AutoETS

    seasons = _seasons(task)
    if not seasons:
        return ets(task)
    model = MSTL(season_length=seasons, trend_forecaster=AutoETS(model="ZZN")).fit(task.y)
    told = model.predict(task.horizon)["mean"]
    fitted = model.predict_in_sample()["fitted"]
    return _fit(
        told,
        fitted,
        profile(task.y - fitted, task.horizon, _growth(task), 3),
        f"MSTL [{', '.join(map(str, seasons))}]",
    )


def _seasons(task: Task) -> list[int]:
    """Seasons short enough to be seen twice."""
    wanted = (
        [task.season, task.year]
        if task.year > task.season > 1 and task.year > _LONGEST_SEASON * 2
        else [task.season]
    )
    return [season for season in wanted if season > 1 and len(task.y) >= 2 * season]


def deseasoned(task: Task, model: Callable[[Task], Fit]) -> Fit:
    """`model` on the history with its season taken out by LOESS, the last season put back on: for seasons too long to be states."""
    from statsforecast.mstl import mstl as decompose

    parts = decompose(task.y, task.season)
    season = parts["seasonal"].to_numpy()
    rest = Task(
        task.y - season,
        task.horizon,
        1,
        task.year,
        task.dates,
        task.ahead,
        task.known,
        task.known_ahead,
        task.names,
        task.options,
        task.missing,
    )
    fit = model(rest)
    again = season[len(season) - task.season + np.arange(task.horizon) % task.season]
    return Fit(fit.mean + again, fit.spread, fit.fitted + season, f"STL + {fit.label}", fit.found)


def _growth(task: Task) -> float:
    """How much of a surprise stays in the level: the weight of simple exponential smoothing of the history without its season."""
    y = task.y
    if task.seasonal:
        phase = np.arange(len(y)) % task.season
        effect = np.array([np.mean(y[phase == one]) for one in range(task.season)])
        y = y - effect[phase]
    errors = []
    weights = np.array([0.1, 0.2, 0.35, 0.5, 0.7, 0.9])
    level = np.full(len(weights), y[: min(len(y), 3)].mean())
    for value in y[1:]:
        miss = value - level
        errors.append(miss**2)
        level = level + weights * miss
    return float(weights[np.argmin(np.sum(errors, axis=0))]) if errors else 0.5


def _fit(
    mean: Any, fitted: Any, spread: np.ndarray, label: str, found: dict[str, Any] | None = None
) -> Fit:
    return Fit(
        np.asarray(mean, dtype=float),
        np.asarray(spread, dtype=float),
        np.asarray(fitted, dtype=float),
        label,
        found or {},
    )
