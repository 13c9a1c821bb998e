"""Plans made in one go: options taken in an order as long as the limits hold."""

from __future__ import annotations

import numpy as np

from crm_analysis.analyses.allocation.problem import ROUNDING, Problem


def fill_by(problem: Problem, order: np.ndarray) -> np.ndarray:
    """Options in this order, the first of each customer that every maximum still has room for.

    Minima are not looked at. What does not fit is passed over.
    """
    chosen = np.zeros(problem.size, dtype=bool)
    maxima = [
        limit
        for limit in problem.limits
        if not limit.at_least and limit.amount >= 0
    ]
    uses = [limit.dense(problem.size) for limit in maxima]
    left = np.array(
        [
            limit.amount + ROUNDING * max(abs(limit.amount), limit.scale)
            for limit in maxima
        ]
    )
    free = np.ones(len(problem.starts), dtype=bool)
    order = _possible(problem, order, uses, left, free)
    while len(order):
        # The first of each customer, up to where a limit would be passed.
        first = _first_of_each(problem.position[order], len(free))
        run = order[first]
        end = len(run)
        for use, room in zip(uses, left, strict=True):
            passed = np.flatnonzero(np.cumsum(use[run]) > room)
            end = min(end, int(passed[0]) if len(passed) else end)
        taken = run[:end]
        chosen[taken] = True
        free[problem.position[taken]] = False
        for number, use in enumerate(uses):
            left[number] -= use[taken].sum()
        # What stands before is of customers who have been given something.
        rest = order[first[end] + 1 :] if end < len(run) else order[:0]
        order = _possible(problem, rest, uses, left, free)
    return chosen


def _first_of_each(customer: np.ndarray, count: int) -> np.ndarray:
    """Where each customer comes first, in that order."""
    first = np.full(count, -1)
    first[customer[::-1]] = np.arange(len(customer))[::-1]
    is_first = np.zeros(len(customer), dtype=bool)
    is_first[first[first >= 0]] = True
    return np.flatnonzero(is_first)


def _possible(
    problem: Problem,
    order: np.ndarray,
    uses: list[np.ndarray],
    left: np.ndarray,
    free: np.ndarray,
) -> np.ndarray:
    """Those of the order whose customer is free and which fit alone."""
    fit = free[problem.position[order]]
    for use, room in zip(uses, left, strict=True):
        fit &= use[order] <= room
    return order[fit]
