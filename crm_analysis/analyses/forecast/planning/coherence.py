"""The sums behind forecasts that add up: the errors' covariance, the projection onto what adds up, and draws that move together."""

from __future__ import annotations

import numpy as np

__all__ = ["coherent", "minimum_trace", "move_together", "shrunk_covariance"]


def shrunk_covariance(errors: np.ndarray) -> tuple[np.ndarray, float]:
    """The mean product of errors (rows) about 0 with its correlations shrunk toward 0, and by how much (0 to 1).

    Schaefer & Strimmer, Statistical Applications in Genetics and Molecular Biology 4, 2005; about 0 rather than the mean, so that a forecast that is always low
    counts as a bad one (as in R's hts). A series without any error gets a very small variance.

    >>> covariance, shrinkage = shrunk_covariance(np.array([[1.0, 1.0], [-1.0, -1.0], [1.0, -1.0], [-1.0, 1.0]]))
    >>> covariance.tolist(), shrinkage
    ([[1.0, 0.0], [0.0, 1.0]], 1.0)
    """
    count = len(errors)
    raw = errors.T @ errors / count
    variance = np.diag(raw).copy()
    floor = 1e-8 * (variance.mean() or 1.0)
    variance = np.maximum(variance, floor)
    deviation = np.sqrt(variance)
    scaled = errors / deviation
    correlation = scaled.T @ scaled / count
    # Variance of each mean product over the rows, all pairs at once.
    spread = (
        ((scaled**2).T @ (scaled**2) - count * correlation**2) / (count * (count - 1))
        if count > 1
        else np.ones_like(correlation)
    )
    apart = ~np.eye(len(variance), dtype=bool)
    strength = float((correlation[apart] ** 2).sum())
    shrinkage = (
        float(np.clip(spread[apart].sum() / strength, 0.0, 1.0)) if strength > 1e-12 else 1.0
    )
    shrunk = (1.0 - shrinkage) * correlation
    np.fill_diagonal(shrunk, 1.0)
    return shrunk * np.outer(deviation, deviation), shrinkage


def minimum_trace(sums: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """J - J W U (U'W U)^-1 U': the same as (S'W^-1 S)^-1 S'W^-1, with a system only as large as there are totals."""
    rows, parts = sums.shape
    tops = rows - parts
    apart = np.hstack([np.eye(tops), -sums[:tops]])  # U': 0 on what adds up
    picks = np.hstack([np.zeros((parts, tops)), np.eye(parts)])
    weighed = apart @ covariance
    inner = weighed @ apart.T
    inner[np.diag_indices(tops)] += (
        1e-12 * np.trace(inner) / tops
    )  # where one total repeats another
    return picks - np.linalg.solve(inner, weighed[:, tops:]).T @ apart


def coherent(base: np.ndarray, projection: np.ndarray, sums: np.ndarray) -> np.ndarray:
    """Reconciled figures (last axis: series): parts not below 0, totals their sums."""
    return np.maximum(base @ projection.T, 0.0) @ sums.T


def move_together(paths: np.ndarray, correlation: np.ndarray, seed: int) -> np.ndarray:
    """The draws of each series and period in an order that makes series rise and fall together as `correlation` says, and periods follow one another as
    they did (a Gaussian copula, first-order in time; after Ben Taieb, Taylor & Hyndman, JASA 116, 2021). Each series and period keeps its own values.
    """
    draws, periods, count = paths.shape
    keep = _persistence(paths)
    values, vectors = np.linalg.eigh(correlation)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    rng = np.random.default_rng(seed)
    state = rng.standard_normal((draws, count)) @ root.T
    ordered = np.empty_like(paths)
    for period in range(periods):
        if period:
            state = keep * state + np.sqrt(1 - keep**2) * (
                rng.standard_normal((draws, count)) @ root.T
            )
        ordered[:, period] = np.take_along_axis(
            np.sort(paths[:, period], axis=0), state.argsort(axis=0).argsort(axis=0), axis=0
        )
    return ordered


def _persistence(paths: np.ndarray) -> float:
    """How neighbouring periods of a path correlate, in the mean over series and periods; 0 to 0.99."""
    if paths.shape[1] < 2:
        return 0.0
    apart = paths - paths.mean(axis=0)
    scale = np.sqrt((apart**2).mean(axis=0))
    both = scale[1:] * scale[:-1]
    found = (apart[:, 1:] * apart[:, :-1]).mean(axis=0)
    varies = both > 0
    return float(np.clip((found[varies] / both[varies]).mean(), 0.0, 0.99)) if varies.any() else 0.0
