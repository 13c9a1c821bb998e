"""Demand that comes now and then: Croston and what followed from it. All give a rate, the same for every step ahead.

Croston (Operational Research Quarterly 23, 1972) smooths the size of demands and the time between them; SBA takes off the bias (Syntetos & Boylan, IJF 21, 2005);
TSB smooths the chance of a demand every period, so that it fades when nothing comes (Teunter, Syntetos & Babai, EJOR 214, 2011); ADIDA adds
periods up until demands are regular (Nikolopoulos et al., JORS 62, 2011); IMAPA does so at every length and takes the mean (Petropoulos & Kourentzes, JORS 66, 2015).
"""

from __future__ import annotations

import numpy as np

from crm_analysis.analyses.forecast.models.task import Fit, Task

__all__ = ["adida", "croston", "imapa", "sba", "tsb"]

_SMOOTHING = 0.1
_TSB_SIZE, _TSB_CHANCE = 0.1, 0.1
_GRID = np.array([0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7])


def croston(task: Task) -> Fit:
    """Croston's rate: smoothed size over smoothed interval, both with weight 0.1."""
    return _rate(task, croston_rates(task.y), "Croston")


def sba(task: Task) -> Fit:
    """Croston's rate × 0.95 (one less half of the weight 0.1)."""
    return _rate(task, croston_rates(task.y) * (1 - _SMOOTHING / 2), "SBA")


def tsb(task: Task) -> Fit:
    """Smoothed chance of a demand × smoothed size."""
    return _rate(task, tsb_rates(task.y), "TSB")


def adida(task: Task) -> Fit:
    """Sums over stretches as long as the mean interval between demands, smoothed, spread evenly."""
    return _rate(task, np.array([_aggregated(task.y, _interval(task.y))]), "ADIDA")


def imapa(task: Task) -> Fit:
    """The mean of what smoothing says at every length of stretch from one period to the mean interval."""
    return _rate(
        task,
        np.array(
            [np.mean([_aggregated(task.y, length) for length in range(1, _interval(task.y) + 1)])]
        ),
        "IMAPA",
    )


def croston_rates(y: np.ndarray) -> np.ndarray:
    """Croston's rate after each period, the first as told by the first demand; one element more than `y`: what was expected before it is element 0."""
    size = gap = np.nan
    since, rates = 1, [np.nan]
    for value in y:
        if value > 0:
            if np.isnan(size):
                size, gap = value, float(since)
            else:
                size += _SMOOTHING * (value - size)
                gap += _SMOOTHING * (since - gap)
            since = 1
        else:
            since += 1
        rates.append(size / gap)
    return np.nan_to_num(np.array(rates))


def tsb_rates(y: np.ndarray) -> np.ndarray:
    """TSB's rate after each period, begun from the mean size and the share of periods with a demand in the first demands' stretch."""
    bought = np.flatnonzero(y > 0)
    if not len(bought):
        return np.zeros(len(y) + 1)
    size, chance = float(y[bought[0]]), 1.0 / (bought[0] + 1)
    rates = [np.nan]
    for place, value in enumerate(y):
        if place > bought[0]:
            chance += _TSB_CHANCE * (float(value > 0) - chance)
            if value > 0:
                size += _TSB_SIZE * (value - size)
        rates.append(size * chance if place >= bought[0] else np.nan)
    return np.nan_to_num(np.array(rates))


def _interval(y: np.ndarray) -> int:
    """The mean number of periods from one demand to the next, in whole periods; the time to the first counts."""
    bought = np.flatnonzero(y > 0)
    return (
        int(max(1, min(round((bought[-1] + 1) / len(bought)), len(y) // 2))) if len(bought) else 1
    )


def _aggregated(y: np.ndarray, length: int) -> float:
    """The rate a period by simple exponential smoothing, its weight chosen by fit, of sums over stretches of `length`, the oldest rest left out."""
    sums = y[len(y) % length :].reshape(-1, length).sum(axis=1)
    return ses(sums) / length


def ses(values: np.ndarray) -> float:
    """Simple exponential smoothing with the weight (of a grid) that errs least one step ahead: its last level."""
    level = np.full(len(_GRID), values[0])
    error = np.zeros(len(_GRID))
    for value in values[1:]:
        error += (value - level) ** 2
        level += _GRID * (value - level)
    return float(level[np.argmin(error)])


def _rate(task: Task, rates: np.ndarray, label: str) -> Fit:
    count = len(task.y)
    fitted = rates[:-1].astype(float).copy() if len(rates) == count + 1 else np.full(count, np.nan)
    fitted[:1] = np.nan
    rest = task.y - (fitted if len(rates) > 1 else rates[-1])
    there = rest[np.isfinite(rest)]
    return Fit(
        np.full(task.horizon, float(rates[-1])),
        np.full(task.horizon, float(np.sqrt(np.mean(there**2))) if len(there) else 0.0),
        fitted,
        label,
    )
