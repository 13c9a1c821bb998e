"""Demand that comes now and then: Croston's method and what followed from it.

All give a rate, the same for every step ahead. Croston (Operational Research Quarterly 23, 1972)
smooths the size of demands and the time between them; SBA takes off the bias (Syntetos & Boylan,
IJF 21, 2005); TSB smooths the chance of a demand every period, so that it fades when nothing comes
(Teunter, Syntetos & Babai, EJOR 214, 2011); ADIDA adds periods up until demands are regular
(Nikolopoulos et al., JORS 62, 2011); IMAPA does so at every length and takes the mean (Petropoulos
& Kourentzes, JORS 66, 2015).
"""

from __future__ import annotations

import numpy as np

from crm_analysis.analyses.forecast.models.task import ModelFit, Task

_SMOOTHING = 0.1
_WEIGHTS = np.array([0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7])


def croston(task: Task) -> ModelFit:
    """Croston's rate: smoothed size over smoothed interval, both with weight 0.1."""
    return _constant_rate(task, croston_rates(task.y), "Croston")


def sba(task: Task) -> ModelFit:
    """Croston's rate × 0.95 (one less half of the weight 0.1)."""
    return _constant_rate(task, croston_rates(task.y) * (1 - _SMOOTHING / 2), "SBA")


def tsb(task: Task) -> ModelFit:
    """Smoothed chance of a demand × smoothed size."""
    return _constant_rate(task, tsb_rates(task.y), "TSB")


def adida(task: Task) -> ModelFit:
    """Sums over stretches as long as the mean interval, smoothed, spread evenly."""
    return _constant_rate(
        task, np.array([_aggregated_rate(task.y, _mean_interval(task.y))]), "ADIDA"
    )


def imapa(task: Task) -> ModelFit:
    """The mean of what smoothing says at every length of stretch up to the mean interval."""
    lengths = range(1, _mean_interval(task.y) + 1)
    rate = np.mean([_aggregated_rate(task.y, length) for length in lengths])
    return _constant_rate(task, np.array([rate]), "IMAPA")


def croston_rates(y: np.ndarray) -> np.ndarray:
    """Croston's rate before the first period and after each one; 0 before the first demand."""
    size = interval = np.nan
    periods_since = 1
    rates = [np.nan]
    for value in y:
        if value <= 0:
            periods_since += 1
        else:
            if np.isnan(size):
                size, interval = value, float(periods_since)
            else:
                size += _SMOOTHING * (value - size)
                interval += _SMOOTHING * (periods_since - interval)
            periods_since = 1
        rates.append(size / interval)
    return np.nan_to_num(np.array(rates))


def tsb_rates(y: np.ndarray) -> np.ndarray:
    """TSB's rate before the first period and after each one; 0 before the first demand.

    It begins with the size of the first demand, and one over the periods until then.
    """
    bought = np.flatnonzero(y > 0)
    rates = np.zeros(len(y) + 1)
    if not len(bought):
        return rates
    first = bought[0]
    size, chance = float(y[first]), 1.0 / (first + 1)
    rates[first + 1] = size * chance
    for position in range(first + 1, len(y)):
        value = y[position]
        chance += _SMOOTHING * (float(value > 0) - chance)
        if value > 0:
            size += _SMOOTHING * (value - size)
        rates[position + 1] = size * chance
    return rates


def _mean_interval(y: np.ndarray) -> int:
    """The mean time from one demand to the next, in whole periods; the first one's counts."""
    bought = np.flatnonzero(y > 0)
    if not len(bought):
        return 1
    return int(max(1, min(round((bought[-1] + 1) / len(bought)), len(y) // 2)))


def _aggregated_rate(y: np.ndarray, length: int) -> float:
    """The rate a period by exponential smoothing of sums over stretches of `length`.

    The oldest periods that fill no stretch are left out.
    """
    return ses(y[len(y) % length :].reshape(-1, length).sum(axis=1)) / length


def ses(values: np.ndarray) -> float:
    """The last level of simple exponential smoothing, its weight the one that errs least."""
    level = np.full(len(_WEIGHTS), values[0])
    error = np.zeros(len(_WEIGHTS))
    for value in values[1:]:
        error += (value - level) ** 2
        level += _WEIGHTS * (value - level)
    return float(level[np.argmin(error)])


def _constant_rate(task: Task, rates: np.ndarray, label: str) -> ModelFit:
    """The last rate for every step; `rates` are those of each period, or one of all."""
    rate = float(rates[-1])
    fitted = np.full(len(task.y), np.nan)
    residuals = task.y - rate
    if len(rates) > 1:
        fitted[1:] = rates[1:-1]
        residuals = (task.y - fitted)[1:]
    return ModelFit(
        np.full(task.horizon, rate),
        np.full(task.horizon, float(np.sqrt(np.mean(residuals**2)))),
        fitted,
        label,
    )
