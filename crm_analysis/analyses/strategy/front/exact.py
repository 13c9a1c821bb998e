"""The exact front of two aims: one sort for a whole curve, a dynamic program for every point."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from crm_analysis.analyses.allocation import Problem, steps
from crm_analysis.analyses.strategy.front.objectives import Aims
from crm_analysis.analyses.strategy.front.plans import (
    Plans,
    StepPlans,
    TracedPlans,
    TurnedPlans,
)

# A dynamic program may fill so many cells, of eight bytes each.
_CELLS = 12_000_000
_DECIMALS = (0, 1, 2, 3, 4)


class Points(NamedTuple):
    """What plans gain of each aim, a row a plan, and the plans.

    `complete`: whether there are no others; `convex`: whether all are best by some weighting.
    """

    gained: np.ndarray
    plans: Plans
    complete: bool
    convex: bool = False


def by_sort(problem: Problem, aims: Aims) -> Points | None:
    """The plans on the hull of profit and cost; None for other aims."""
    if set(aims.names) != {"profit", "cost"}:
        return None
    profit = aims.gains[aims.names.index("profit")]
    cost = -aims.gains[aims.names.index("cost")]
    path = steps(problem.with_profit(profit), cost)
    gained = np.empty((len(path.cost) + 1, 2))
    for column, name in enumerate(aims.names):
        added = path.profit if name == "profit" else -path.cost
        gained[:, column] = np.append(0.0, np.cumsum(added))
    counts = np.arange(len(path.cost) + 1)
    return Points(gained, StepPlans(path, counts, problem.size), False, True)


def by_turning(problem: Problem, aims: Aims) -> Points | None:
    """The plans on the hull of any two aims, from the best of the first to that of the second.

    Where the weight turns from one aim to the other each customer is answered alone, by steps along
    the hull of their options; all customers' steps in one sort are the curve.
    """
    if len(aims.names) != 2:
        return None
    # Nothing stands before each customer's options, as one of them.
    before = problem.starts + np.arange(len(problem.starts))
    option = np.insert(np.arange(problem.size), problem.starts, -1)
    position = np.repeat(np.arange(len(before)), problem.sizes + 1)
    gains = np.insert(aims.gains, problem.starts, 0.0, axis=1)
    order = np.lexsort((-gains[1], -gains[0], position))
    first = order[before]
    best = gains[:, first][:, position]
    path = steps(Problem(position, gains[1] - best[1]), best[0] - gains[0])
    start = gains[:, first].sum(axis=1)
    added = np.column_stack([-path.cost, path.profit])
    gained = start + np.vstack([np.zeros(2), np.cumsum(added, axis=0)])
    counts = np.arange(len(gained))
    plans = TurnedPlans(first, path, counts, position, option)
    return Points(gained, plans, False, True)


def by_dynamic_program(problem: Problem, aims: Aims) -> Points | None:
    """Every point, where one of two aims is whole numbers of some unit; None where neither is.

    The best of the other aim for each total of the whole one, customer by customer.
    """
    if len(aims.names) != 2:
        return None
    for whole in (1, 0):
        units, unit = _whole_units(aims.gains[whole])
        if unit:
            most = np.maximum.reduceat(units, problem.starts)
            total = int(most.sum())
            if len(problem.starts) * (total + 1) <= _CELLS:
                return _program(problem, aims, whole, units)
    return None


def _whole_units(gains: np.ndarray) -> tuple[np.ndarray, float]:
    """How many of a common unit each option has, and the unit; 0 where there is none."""
    amount = np.abs(gains)
    if not len(amount) or (np.sign(gains).min() < 0 < np.sign(gains).max()):
        return amount, 0.0
    for decimals in _DECIMALS:
        scaled = amount * 10.0**decimals
        whole = np.rint(scaled)
        if np.abs(scaled - whole).max() < 1e-7 and whole.max() < 2**31:
            common = int(np.gcd.reduce(whole.astype(np.int64)))
            if common == 0:
                return amount, 0.0
            units = (whole / common).astype(np.int64)
            return units, common / 10.0**decimals
    return amount, 0.0


def _program(problem: Problem, aims: Aims, whole: int, units: np.ndarray) -> Points:
    other = aims.gains[1 - whole].tolist()
    most = np.maximum.reduceat(units, problem.starts).tolist()
    steps_of = units.tolist()
    sizes = problem.sizes.tolist()
    total = sum(most)
    # The best of the other aim for each total, after so many customers.
    history = np.full((len(sizes) + 1, total + 1), -np.inf, dtype=np.float64)
    history[0, 0] = 0.0
    spare = np.empty(total + 1)
    end, option = 1, 0
    for customer, size in enumerate(sizes):
        before, after = history[customer, :end], history[customer + 1]
        after[:end] = before
        tried = spare[:end]
        for _ in range(size):
            np.add(before, other[option], out=tried)
            here = after[steps_of[option] : steps_of[option] + end]
            np.maximum(here, tried, out=here)
            option += 1
        end += most[customer]
    best = history[-1]
    there = np.flatnonzero(np.isfinite(best))
    gained = np.empty((len(there), 2))
    gained[:, 1 - whole] = best[there]
    unit = np.abs(aims.gains[whole]).max() / max(int(units.max()), 1)
    sign = 1.0 if aims.gains[whole].max() > 0 else -1.0
    gained[:, whole] = sign * unit * there
    plans = TracedPlans(
        history, problem.starts, units, aims.gains[1 - whole], there
    )
    return Points(gained, plans, True)
