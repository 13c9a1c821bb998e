"""The front of several aims, or under limits: one aim at its best for levels of the others.

Mavrotas (2009), Applied Mathematics and Computation 213, 455-465: the augmented ε-constraint
method, whose every point is efficient, also those that no weighting of the aims would find.
"""

from __future__ import annotations

from itertools import product

import numpy as np

from crm_analysis.analyses.allocation import (
    Infeasible,
    Limit,
    Problem,
    allocate,
    relax,
)
from crm_analysis.analyses.strategy.front.exact import Points
from crm_analysis.analyses.strategy.front.objectives import Aims
from crm_analysis.analyses.strategy.front.plans import ListedPlans
from crm_analysis.jobs import Progress

_MOST = 1_000
_LINE = 40  # levels where there is one further aim
_WEIGHT = 1e-4
_TIE = 1e-9


def by_levels(
    problem: Problem,
    aims: Aims,
    grid: int,
    progress: Progress,
    *,
    by_weights: bool = False,
) -> Points:
    """Plans that are best of the first aim among those that reach levels of the others.

    Parameters
    ----------
    problem, aims
        Options, limits, and what each option gains of each aim.
    grid
        Levels of each further aim.
    progress
        Told the share done; raises Cancelled where it is to stop.
    by_weights
        Whether a level is met but for the options of a few customers, by the best plan at the
        weights of the aims that its prices give: so all points are supported, and far quicker had.

    Raises
    ------
    Infeasible
        Where no plan holds the limits.
    """
    ends = _corners(problem, aims)
    corners = np.array([aims.gains @ chosen for chosen in ends])
    low, high = corners.min(axis=0), corners.max(axis=0)
    span = np.where(high > low, high - low, 1.0)
    count = len(aims.names) - 1
    levels = min(
        grid if count > 1 else max(grid, _LINE), max(int(_MOST ** (1 / count)), 2)
    )
    steps = [np.linspace(low[k], high[k], levels) for k in range(1, count + 1)]
    # The first aim, and a little for what the others have beyond their level.
    weight = _WEIGHT * span[0] / span
    weight[0] = 1.0
    best_at = _near_level if by_weights else _best_at
    plans: dict[bytes, np.ndarray] = {}
    gained: list[np.ndarray] = []

    def keep(chosen: np.ndarray) -> np.ndarray:
        gain = aims.gains[:, chosen].sum(axis=1)
        if chosen.tobytes() not in plans:
            plans[chosen.tobytes()] = chosen
            gained.append(gain)
        return gain

    if by_weights:
        for end in ends:
            keep(np.flatnonzero(end))
    combinations = list(product(*steps))
    reached = -np.inf
    for number, level in enumerate(combinations):
        progress(number / len(combinations), "strategy.step.front")
        if number % levels == 0:
            reached = -np.inf
        if level[-1] <= reached:  # the last plan is the best of this level too
            continue
        chosen = best_at(problem, aims, weight, level)
        reached = np.inf if chosen is None else keep(chosen)[-1]
    listed = ListedPlans(tuple(plans.values()))
    return Points(np.array(gained), listed, False, by_weights)


def _corners(problem: Problem, aims: Aims) -> list[np.ndarray]:
    """The plans where each aim is at its best, and the others as good as then possible."""
    corners = []
    spread = np.abs(aims.gains).sum(axis=1)
    for number in range(len(aims.names)):
        weight = np.zeros(len(spread))
        np.divide(1e-6 * spread[number], spread, out=weight, where=spread > 0)
        weight[number] = 1.0
        corners.append(allocate(problem.with_profit(weight @ aims.gains)).chosen)
    return corners


def _best_at(
    problem: Problem, aims: Aims, weight: np.ndarray, level: tuple[float, ...]
) -> np.ndarray | None:
    """The best plan that gains at least so much of the further aims."""
    part = _with_levels(problem, aims, weight, level)
    try:
        return np.flatnonzero(allocate(part).chosen)
    except Infeasible:
        return None


def _near_level(
    problem: Problem, aims: Aims, weight: np.ndarray, level: tuple[float, ...]
) -> np.ndarray | None:
    """The best plan by the weights that the prices of the levels give the aims.

    Of plans as good as each other the one nearest to the shares that meet the levels.
    """
    relaxed = relax(_with_levels(problem, aims, weight, level))
    if relaxed is None:
        return None
    weights = weight + np.append(0.0, relaxed.prices[len(problem.limits) :])
    part = problem.with_profit(weights @ aims.gains)
    part = part.with_profit(part.profit + _TIE * part.money * relaxed.shares)
    if not problem.limits:
        return np.flatnonzero(part.at_prices(np.zeros(0)).chosen)
    return np.flatnonzero(allocate(part).chosen)


def _with_levels(
    problem: Problem, aims: Aims, weight: np.ndarray, level: tuple[float, ...]
) -> Problem:
    """The first aim, with a little of the others, under their levels."""
    limits = [
        Limit(name, float(least), gain, None, at_least=True)
        for name, gain, least in zip(
            aims.names[1:], aims.gains[1:], level, strict=True
        )
    ]
    weighed = problem.with_profit(weight @ aims.gains)
    return weighed.with_limits([*problem.limits, *limits])
