"""The prices of several limits: cutting planes on samples that grow, then a program of near ties.

At prices of the limits every customer can be answered alone; what they then earn, and the prices
of the amounts, bound every plan (the Lagrangian dual). The bound is convex in the prices and
piecewise linear, so that its tangents find its minimum.

Kelley (1960), Journal of the Society for Industrial and Applied Mathematics 8, 703-712.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crm_analysis.analyses.allocation.problem import Limit, Priced, Problem
from crm_analysis.analyses.allocation.solver import (
    Program,
    Solved,
    solve_shares,
)

# Up to so many options the solver takes the whole problem.
SMALL = 5_000
_SAMPLES = (1_000, 30_000)
_NEAR = 1_000
_ROUNDS = 200
_EXACT = 1e-9
_CLOSE = 1e-6
# The box grows up to so many times the largest price there could be; beyond, figures are too large
# for a linear program.
_FARTHEST = 1e6


@dataclass(frozen=True, eq=False)
class Core:
    """The customers nearest to a tie at some prices; the others get what is best for them.

    - `options` : positions of the core's options
    - `fixed` : True or False by option: chosen of the others
    - `program` : what is left to decide
    """

    options: np.ndarray
    fixed: np.ndarray
    program: Program

    def chosen(self, x: np.ndarray) -> np.ndarray:
        """The whole plan, given the core's part of it."""
        chosen = self.fixed.copy()
        chosen[self.options[x > 0.5]] = True
        return chosen


def tie_margins(problem: Problem, priced: Priced) -> np.ndarray:
    """How much own profit each customer's best choice is ahead of the next one; nothing is one."""
    second = problem.second_best_of_each(priced.own)
    first = np.maximum(priced.best, 0.0)
    next_best = np.where(priced.best > 0, np.maximum(second, 0.0), priced.best)
    return np.abs(first - next_best)


def nearest(problem: Problem, priced: Priced, count: int) -> Core:
    """The core of so many customers."""
    customers = len(problem.starts)
    if count >= customers:
        near = np.arange(customers)
    else:
        margin = tie_margins(problem, priced)
        near = np.sort(np.argpartition(margin, count)[:count])
    return core_of(problem, near, priced.chosen)


def core_of(problem: Problem, customers: np.ndarray, chosen: np.ndarray) -> Core:
    """The core of these customers, the others having what is chosen."""
    options = _options_of(problem, customers)
    fixed = chosen.copy()
    fixed[options] = False
    uses = problem.matrix(options)
    left = problem.amounts - problem.used(fixed)
    program = Program(
        problem.position[options], problem.profit[options], uses, left
    )
    return Core(options, fixed, program)


def _options_of(problem: Problem, customers: np.ndarray) -> np.ndarray:
    sizes = problem.sizes[customers]
    ends = np.cumsum(sizes)
    inside = np.arange(ends[-1] if len(ends) else 0)
    return inside + np.repeat(problem.starts[customers] - (ends - sizes), sizes)


def best_prices(problem: Problem) -> Priced:
    """The prices with the least bound, and that bound.

    Exact, to a billionth, up to 5,000 options, and above wherever the ties settle it.
    """
    if problem.size <= SMALL:
        return settle(problem, problem.at_prices(np.zeros(len(problem.limits))))
    prices, radius = np.zeros(len(problem.limits)), np.inf
    rng = np.random.default_rng(0)
    customers = len(problem.starts)
    for size in _SAMPLES:
        if size * 3 >= customers:
            continue
        drawn = np.sort(rng.choice(customers, size, replace=False))
        part = sample(problem, drawn)
        candidate = (
            settle(part, part.at_prices(prices))
            if part.size <= SMALL
            else _descend(part, prices, radius, _CLOSE)
        )
        prices, radius = candidate.prices, 4 / np.sqrt(size)
    return settle(problem, _descend(problem, prices, radius, _CLOSE))


def sample(problem: Problem, customers: np.ndarray) -> Problem:
    """Some of the customers, under limits in proportion."""
    share = len(customers) / len(problem.starts)
    options = _options_of(problem, customers)
    limits = []
    for limit in problem.limits:
        use = limit.dense(problem.size)[options]
        limits.append(
            Limit(limit.name, limit.amount * share, use, None, limit.at_least)
        )
    return Problem(
        problem.position[options], problem.profit[options], tuple(limits)
    )


def settle(problem: Problem, priced: Priced) -> Priced:
    """Prices made exact by a program of the customers who are nearest to a tie.

    The others keep what is best for them; where the bound at the program's prices is the program's
    value, no other prices have a smaller one.
    """
    count = len(problem.starts) if problem.size <= SMALL else _NEAR
    for _ in range(4):
        core = nearest(problem, priced, count)
        solved = solve_shares(core.program)
        if solved.x is None:
            count *= 4
            continue
        better = problem.at_prices(solved.prices)
        value = problem.earned(core.fixed) + solved.bound
        if better.bound < priced.bound:
            priced = better
        if better.bound - value <= _EXACT * max(abs(value), problem.money):
            break
        if count >= len(problem.starts):
            break
        count = min(2 * count, len(problem.starts), 4 * _NEAR)
    return priced


def _descend(
    problem: Problem, prices: np.ndarray, radius: float, close: float
) -> Priced:
    """Tangents of the bound, each new one at the least of those known within a box.

    `radius`: how far to go from the best prices at first, as a share of the largest price there
    could be.
    """
    unit = problem.money / problem.scales
    best = problem.at_prices(prices)
    values = [best.bound]
    slopes = [problem.amounts - problem.used(best.chosen)]
    points = [best.prices]
    reach = min(radius, 1.0) * unit
    for _ in range(_ROUNDS):
        target, model, inside = _least(
            np.array(values), np.array(slopes), np.array(points), best, reach
        )
        expected = best.bound - model
        if expected <= close * max(abs(best.bound), problem.money):
            if inside or (reach >= _FARTHEST * unit).all():
                break
            reach = np.minimum(reach * 4, _FARTHEST * unit)
            continue
        new = problem.at_prices(target)
        values.append(new.bound)
        slopes.append(problem.amounts - problem.used(new.chosen))
        points.append(target)
        if new.bound < best.bound:
            gained = (best.bound - new.bound) / expected
            best = new
            if gained > 0.5 and not inside:
                reach = np.minimum(reach * 2, _FARTHEST * unit)
        else:
            reach = reach / 2
    return best


def _least(
    values: np.ndarray,
    slopes: np.ndarray,
    points: np.ndarray,
    best: Priced,
    reach: np.ndarray,
) -> tuple[np.ndarray, float, bool]:
    """Where the highest of the tangents is lowest, near the best prices; whether within the box."""
    from scipy.optimize import linprog

    unit = reach.copy()
    level = max(abs(best.bound), 1.0)
    # Steps from the best prices in units of the box, and the height above the best bound.
    rows = np.column_stack([slopes * unit / level, -np.ones(len(values))])
    heights = values + ((best.prices - points) * slopes).sum(axis=1)
    right = -(heights - best.bound) / level
    low = np.maximum(-1.0, -best.prices / unit)
    answer = linprog(
        np.append(np.zeros(len(unit)), 1.0),
        A_ub=rows,
        b_ub=right,
        bounds=[*((edge, 1.0) for edge in low), (None, None)],
        method="highs",
    )
    step = answer.x[:-1]
    target = np.maximum(best.prices + step * unit, 0.0)
    target[target < 1e-15 * unit] = 0.0
    edge = (step > 1 - 1e-9) | ((step < -1 + 1e-9) & (low <= -1.0))
    return target, best.bound + answer.x[-1] * level, not edge.any()


__all__ = [
    "SMALL",
    "Core",
    "Solved",
    "best_prices",
    "core_of",
    "nearest",
    "sample",
    "settle",
    "tie_margins",
]
