"""A figure for every period: what is missing put in from its neighbours and the season."""

from __future__ import annotations

import numpy as np


def fill(values: np.ndarray, season: int) -> np.ndarray:
    """The values with what is missing put in.

    The straight line between its neighbours, plus what the season usually adds there.

    >>> fill(np.array([1.0, np.nan, 3.0]), 1)
    array([1., 2., 3.])
    """
    missing = np.isnan(values)
    if not missing.any():
        return values
    if missing.all():
        return np.zeros(len(values))
    line = _interpolated(values, missing)
    if 1 < season <= len(values) // 2:
        departure = np.where(missing, np.nan, values - _level(line, season))
        effect = np.resize(_median_by_phase(departure, season), len(values))
        line = _interpolated(values - effect, missing) + effect
        if np.nanmin(values) >= 0:
            line = np.maximum(line, 0.0)
    return np.where(missing, line, values)


def _interpolated(values: np.ndarray, missing: np.ndarray) -> np.ndarray:
    positions = np.arange(len(values))
    return np.interp(positions, positions[~missing], values[~missing])


def _median_by_phase(departures: np.ndarray, season: int) -> np.ndarray:
    """The median departure of each phase of the season (NaN is passed over), their mean 0."""
    cycles = -(-len(departures) // season)
    padded = np.full(cycles * season, np.nan)
    padded[: len(departures)] = departures
    ordered = np.sort(padded.reshape(cycles, season), axis=0)  # NaN comes last
    observed = cycles - np.isnan(ordered).sum(axis=0)
    phase = np.arange(season)
    lower, upper = (observed - 1) // 2, np.minimum(observed // 2, cycles - 1)
    median = (ordered[lower, phase] + ordered[upper, phase]) / 2
    effects = np.where(observed > 0, median, 0.0)
    return effects - effects.mean()


def _level(values: np.ndarray, season: int) -> np.ndarray:
    """A centred moving average over one season."""
    width = season + 1 - season % 2
    padded = np.pad(values, width // 2, mode="edge")
    kernel = np.ones(width)
    if season % 2 == 0:
        kernel[0] = kernel[-1] = 0.5
    return np.convolve(padded, kernel / kernel.sum(), mode="valid")
