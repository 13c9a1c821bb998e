"""Forecasts that add up: which series are sums of which, covariance, projection, joint draws."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.analyses.forecast.series.selection import ALL
from crm_analysis.errors import AnalysisError
from crm_analysis.tables.kinds import require

_MAXIMUM_PERSISTENCE = 0.99


@dataclass(frozen=True)
class Hierarchy:
    """`order` lists the series, totals before parts; the arrays have a row for each.

    `sums` has a column a part, 1 where the part is in the series. `level` counts the levels below
    a series; `top` says whether none is above it.
    """

    order: list[str]
    sums: np.ndarray
    level: np.ndarray
    top: np.ndarray

    @property
    def parts(self) -> int:
        """How many series are no sums."""
        return self.sums.shape[1]

    @property
    def totals(self) -> int:
        """How many series are sums."""
        return len(self.order) - self.parts


def hierarchy_of(names: list[str], parents: pd.DataFrame | None) -> Hierarchy:
    """The hierarchy of the series `names`.

    `parents`: series, parent, a row a part of a total; None: "all" is the total of all others.

    Raises
    ------
    AnalysisError
        "planning.no_hierarchy", "planning.hierarchy_unknown", "planning.hierarchy_loop".

    Examples
    --------
    >>> hierarchy = hierarchy_of(["all", "tea", "mug"], None)
    >>> hierarchy.order, hierarchy.sums.tolist()
    (['all', 'tea', 'mug'], [[1.0, 1.0], [1.0, 0.0], [0.0, 1.0]])
    """
    edges = _edges(names, parents)
    children: dict[str, list[str]] = {}
    for child, parent in edges:
        children.setdefault(parent, []).append(child)
    named = {name for edge in edges for name in edge}
    involved = [name for name in names if name in named]
    leaves: dict[str, dict[str, None]] = {}
    level: dict[str, int] = {}
    for name in involved:
        _descend(name, (), children, leaves, level)
    parts = [name for name in involved if not level[name]]
    totals = sorted(
        (name for name in involved if level[name]),
        key=lambda name: -level[name],
    )
    order = totals + parts
    not_top = {child for child, _ in edges}
    return Hierarchy(
        order,
        np.array(
            [[float(part in leaves[name]) for part in parts] for name in order]
        ),
        np.array([level[name] for name in order]),
        np.array([name not in not_top for name in order]),
    )


def _edges(names: list[str], parents: pd.DataFrame | None) -> list[tuple[str, str]]:
    """(part, total) of series that all have a forecast."""
    if parents is None:
        edges = (
            [(name, ALL) for name in names if name != ALL] if ALL in names else []
        )
    else:
        require(parents, "series", "parent")
        listed = parents.dropna(subset=["parent"]).astype(str)
        edges = list(zip(listed["series"], listed["parent"], strict=True))
    if not edges:
        raise AnalysisError("planning.no_hierarchy")
    forecast = set(names)
    unknown = list(
        dict.fromkeys(
            name for edge in edges for name in edge if name not in forecast
        )
    )
    if unknown:
        raise AnalysisError(
            "planning.hierarchy_unknown",
            series=unknown[:5],
            count=len(unknown),
        )
    return edges


def _descend(
    name: str,
    above: tuple[str, ...],
    children: dict[str, list[str]],
    leaves: dict[str, dict[str, None]],
    level: dict[str, int],
) -> None:
    """Fill in the parts and the level of a series and of all below it."""
    if name in above:
        raise AnalysisError("planning.hierarchy_loop", series=name)
    if name in leaves:
        return
    below: dict[str, None] = {}
    for child in children.get(name, []):
        _descend(child, (*above, name), children, leaves, level)
        below.update(leaves[child])
    leaves[name] = below or {name: None}
    level[name] = 1 + max(
        (level[child] for child in children.get(name, [])),
        default=-1,
    )


def shrunk_covariance(errors: np.ndarray) -> tuple[np.ndarray, float]:
    """The errors' covariance with correlations shrunk toward 0, and by how much (0 to 1).

    It is the mean product of errors (rows) about 0 rather than about their mean, so that a
    forecast that is always low counts as a bad one (as in R's hts). A series without any error
    gets a very small variance.

    References
    ----------
    Schaefer & Strimmer, Statistical Applications in Genetics and Molecular Biology 4, 2005.

    Examples
    --------
    >>> errors = np.array([[1.0, 1.0], [-1.0, -1.0], [1.0, -1.0], [-1.0, 1.0]])
    >>> covariance, shrinkage = shrunk_covariance(errors)
    >>> covariance.tolist(), shrinkage
    ([[1.0, 0.0], [0.0, 1.0]], 1.0)
    """
    count = len(errors)
    variance = np.diag(errors.T @ errors / count)
    variance = np.maximum(variance, 1e-8 * (variance.mean() or 1.0))
    deviation = np.sqrt(variance)
    scaled = errors / deviation
    correlation = scaled.T @ scaled / count
    # The variance of each mean product over the rows, all pairs at once.
    spread = np.ones_like(correlation)
    if count > 1:
        squares = scaled**2
        spread = (squares.T @ squares - count * correlation**2) / (
            count * (count - 1)
        )
    between = ~np.eye(len(variance), dtype=bool)
    strength = float((correlation[between] ** 2).sum())
    shrinkage = 1.0
    if strength > 1e-12:
        shrinkage = float(np.clip(spread[between].sum() / strength, 0.0, 1.0))
    shrunk = (1.0 - shrinkage) * correlation
    np.fill_diagonal(shrunk, 1.0)
    return shrunk * np.outer(deviation, deviation), shrinkage


def minimum_trace(sums: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """J - J W U (U'W U)^-1 U', which is (S'W^-1 S)^-1 S'W^-1 with a smaller system to solve.

    The system is only as large as there are totals. `sums` (S): totals before parts.
    """
    parts = sums.shape[1]
    totals = len(sums) - parts
    constraints = np.hstack(
        [np.eye(totals), -sums[:totals]]
    )  # U': 0 on what adds up
    picks = np.hstack([np.zeros((parts, totals)), np.eye(parts)])
    weighed = constraints @ covariance
    inner = weighed @ constraints.T
    # A little more on the diagonal, where one total repeats another.
    inner[np.diag_indices(totals)] += 1e-12 * np.trace(inner) / totals
    return picks - np.linalg.solve(inner, weighed[:, totals:]).T @ constraints


def coherent(
    base: np.ndarray, projection: np.ndarray, sums: np.ndarray
) -> np.ndarray:
    """Reconciled figures (last axis: series): parts not below 0, totals their sums."""
    return np.maximum(base @ projection.T, 0.0) @ sums.T


def move_together(
    paths: np.ndarray, correlation: np.ndarray, seed: int
) -> np.ndarray:
    """The draws of each series and period in an order that makes series rise and fall together.

    They do as `correlation` says, and periods follow one another as they did: a Gaussian copula,
    first-order in time. Each series and period keeps its own values.

    Parameters
    ----------
    paths
        draws x periods x series.
    correlation
        Of the series.
    seed
        Of the draws.

    References
    ----------
    After Ben Taieb, Taylor & Hyndman, Hierarchical probabilistic forecasting of electricity demand
    with smart meter data, JASA 116, 2021.
    """
    draws, periods, count = paths.shape
    persistence = _persistence(paths)
    values, vectors = np.linalg.eigh(correlation)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    rng = np.random.default_rng(seed)
    state = rng.standard_normal((draws, count)) @ root.T
    ordered = np.empty_like(paths)
    for period in range(periods):
        if period:
            shocks = rng.standard_normal((draws, count)) @ root.T
            state = persistence * state + np.sqrt(1 - persistence**2) * shocks
        ranks = state.argsort(axis=0).argsort(axis=0)
        sorted_draws = np.sort(paths[:, period], axis=0)
        ordered[:, period] = np.take_along_axis(sorted_draws, ranks, axis=0)
    return ordered


def _persistence(paths: np.ndarray) -> float:
    """How neighbouring periods of a path correlate, in the mean over series and periods."""
    if paths.shape[1] < 2:
        return 0.0
    centred = paths - paths.mean(axis=0)
    deviation = np.sqrt((centred**2).mean(axis=0))
    scale = deviation[1:] * deviation[:-1]
    products = (centred[:, 1:] * centred[:, :-1]).mean(axis=0)
    varies = scale > 0
    if not varies.any():
        return 0.0
    return float(
        np.clip(
            (products[varies] / scale[varies]).mean(),
            0.0,
            _MAXIMUM_PERSISTENCE,
        )
    )
