"""Which limits cannot hold together: the smallest set of them that no plan holds."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from crm_analysis.analyses.allocation.dual import SMALL
from crm_analysis.analyses.allocation.problem import Limit, Problem
from crm_analysis.analyses.allocation.solver import Program, solve_whole

_ROUNDS = 200
_SECONDS = 10.0


def clashing(problem: Problem) -> tuple[Limit, ...]:
    """The smallest set of limits that no plan holds; empty where a plan holds all of them."""
    limits = list(problem.limits)
    if can_hold(problem, limits):
        return ()
    # Leave out what is not needed for the clash; then look whether fewer others clash too.
    needed = limits
    for limit in limits:
        fewer = [other for other in needed if other is not limit]
        if not can_hold(problem, fewer):
            needed = fewer
    for count in range(1, len(needed)):
        for some in combinations(limits, count):
            if not can_hold(problem, list(some)):
                return some
    return tuple(needed)


def can_hold(problem: Problem, limits: list[Limit]) -> bool:
    """Whether some plan holds these limits."""
    part = problem.with_profit(np.zeros(problem.size)).with_limits(limits)
    if not (part.amounts < 0).any():
        return True
    if not part.size:
        return False
    if part.size > SMALL:
        return not _is_impossible(part)
    program = Program(part.position, part.profit, part.matrix(), part.amounts)
    solved = solve_whole(program, seconds=_SECONDS)
    return solved.x is not None or not solved.done


def _is_impossible(problem: Problem) -> bool:
    """Whether prices prove that shares of options cannot hold the limits (Farkas).

    Where all profits are 0, a bound below 0 says that even nothing is too much.
    """
    from scipy.optimize import linprog

    unit = 1 / problem.scales
    size = len(problem.limits)
    prices = unit
    tolerance = 1e-7 * float(np.max(np.abs(problem.amounts * unit), initial=1.0))
    slopes: list[np.ndarray] = []
    for _ in range(_ROUNDS):
        priced = problem.at_prices(prices)
        if priced.bound < -tolerance:
            return True
        slopes.append((problem.amounts - problem.used(priced.chosen)) * unit)
        answer = linprog(
            np.append(np.zeros(size), 1.0),
            A_ub=np.column_stack([slopes, -np.ones(len(slopes))]),
            b_ub=np.zeros(len(slopes)),
            bounds=[*[(0, 1)] * size, (None, None)],
            method="highs",
        )
        if answer.fun >= -tolerance:
            return False
        prices = answer.x[:-1] * unit
    return False
