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
)
from crm_analysis.analyses.strategy.front.exact import Points
from crm_analysis.analyses.strategy.front.objectives import Aims
from crm_analysis.analyses.strategy.front.plans import ListedPlans
from crm_analysis.jobs import Progress

_MOST = 1_000
_LINE = 40  # levels where there is one further aim
_WEIGHT = 1e-4


def by_levels(
    problem: Problem, aims: Aims, grid: int, progress: Progress
) -> Points:
    """Plans that are best of the first aim among those that reach levels of the others.

    Raises
    ------
    Infeasible
        Where no plan holds the limits.
    """
    corners = _corners(problem, aims)
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
    profit = weight @ aims.gains
    plans: dict[bytes, np.ndarray] = {}
    gained: list[np.ndarray] = []
    combinations = list(product(*steps))
    reached = -np.inf
    for number, level in enumerate(combinations):
        progress(number / len(combinations), "strategy.step.front")
        if number % levels == 0:
            reached = -np.inf
        if level[-1] <= reached:  # the last plan is the best of this level too
            continue
        chosen = _best_at(problem, aims, profit, level)
        if chosen is None:
            reached = np.inf
            continue
        gain = aims.gains[:, chosen].sum(axis=1)
        reached = gain[-1]
        if chosen.tobytes() not in plans:
            plans[chosen.tobytes()] = chosen
            gained.append(gain)
    return Points(np.array(gained), ListedPlans(tuple(plans.values())), False)


def _corners(problem: Problem, aims: Aims) -> np.ndarray:
    """The gains where each aim is at its best, and the others as good as then possible."""
    corners = []
    spread = np.abs(aims.gains).sum(axis=1)
    for number in range(len(aims.names)):
        weight = np.zeros(len(spread))
        np.divide(1e-6 * spread[number], spread, out=weight, where=spread > 0)
        weight[number] = 1.0
        chosen = allocate(problem.with_profit(weight @ aims.gains)).chosen
        corners.append(aims.gains @ chosen)
    return np.array(corners)


def _best_at(
    problem: Problem, aims: Aims, profit: np.ndarray, level: tuple[float, ...]
) -> np.ndarray | None:
    """The best plan that gains at least so much of the further aims."""
    limits = [
        Limit(name, float(least), gain, None, at_least=True)
        for name, gain, least in zip(
            aims.names[1:], aims.gains[1:], level, strict=True
        )
    ]
    part = problem.with_profit(profit).with_limits([*problem.limits, *limits])
    try:
        return np.flatnonzero(allocate(part).chosen)
    except Infeasible:
        return None
