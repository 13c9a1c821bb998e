"""From a function and bounds to an optimum, by the method that is asked for."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from crm_analysis.analyses.strategy.evolution.dominance import dominates
from crm_analysis.analyses.strategy.evolution.methods import METHODS
from crm_analysis.analyses.strategy.evolution.options import EvolveOptions, Optimum
from crm_analysis.analyses.strategy.evolution.search import Function, Search
from crm_analysis.errors import AnalysisError
from crm_analysis.jobs import Progress, no_progress


def evolve(
    function: Function,
    low: ArrayLike,
    high: ArrayLike,
    options: EvolveOptions | None = None,
    *,
    project: Function | None = None,
    progress: Progress = no_progress,
) -> Optimum:
    """The best that an evolutionary search finds of a function in a box.

    NSGA-II (Deb 2002), the crowded leaving one at a time (Kukkonen & Deb 2006); SPEA2 (Zitzler
    2001); a genetic algorithm; particle swarm (Clerc & Kennedy 2002: inertia .729, pulls of
    1.494); and shares drawn from a Dirichlet that the best of them refit (Rubinstein 1999).

    Parameters
    ----------
    function
        Candidates (n, d) → objectives (n, m) or (n,), all minimised.
    low, high
        Arrays (d,): the bounds of each variable. "dirichlet" tries `low + share · (high − low)`,
        the shares adding up to one.
    options
        The method, how many candidates, the seed.
    project
        Candidates (n, d) → the nearest (n, d) that are allowed, where the box does not say it all.

    Returns
    -------
    Optimum
        See there. The same seed gives the same answer.

    Raises
    ------
    AnalysisError
        "strategy.search.bounds" where these are no box; "strategy.search.one_objective" where the
        function has several and the method knows one; "strategy.search.no_objective" where the
        function gives NaN.
    ValueError
        The function gives no row for each candidate.

    Examples
    --------
    >>> def squares(x):
    ...     return np.column_stack([(x**2).sum(axis=1), ((x - 1) ** 2).sum(axis=1)])
    >>> options = EvolveOptions(method="nsga2", population=20, evaluations=2_000)
    >>> front = evolve(squares, [-2, -2], [2, 2], options)
    >>> front.objectives.shape, bool(front.objectives.min() < 0.01)
    ((20, 2), True)
    >>> options = EvolveOptions(method="pso", population=20, evaluations=2_000)
    >>> evolve(lambda x: (x**2).sum(axis=1), [-2, -2], [2, 2], options).solutions.round(3) + 0.0
    array([[0., 0.]])
    """
    options = options or EvolveOptions()
    lowest, highest = _box(low, high)
    method = METHODS[options.method]
    search = Search(
        function, lowest, highest, options, method.single, project, progress
    )
    candidates, objectives = method.run(search)
    best = _best(objectives)
    progress(1.0, "strategy.search.step")
    history = pd.DataFrame(search.history, columns=["evaluations", "best"])
    return Optimum(candidates[best], objectives[best], history, options)


def _box(low: ArrayLike, high: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    lowest, highest = np.asarray(low, dtype=float), np.asarray(high, dtype=float)
    alike = lowest.ndim == 1 and lowest.shape == highest.shape and lowest.size > 0
    if not alike or not (np.isfinite(highest - lowest) & (lowest <= highest)).all():
        raise AnalysisError("strategy.search.bounds")
    return lowest, highest


def _best(objectives: np.ndarray) -> np.ndarray:
    """The positions of those that none dominates, by the first objective."""
    if objectives.shape[1] == 1:
        return np.argmin(objectives[:, :1], axis=0)
    free = np.flatnonzero(~dominates(objectives).any(axis=0))
    return free[np.lexsort(objectives[free].T[::-1])]
