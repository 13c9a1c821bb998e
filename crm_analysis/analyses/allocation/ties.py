"""From prices to a plan of whole options: a program of the nearest ties, and a proof."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crm_analysis.analyses.allocation.dual import core_of, nearest
from crm_analysis.analyses.allocation.fill import fill_by
from crm_analysis.analyses.allocation.problem import Limit, Priced, Problem
from crm_analysis.analyses.allocation.solver import Program, solve_whole

TIES = 300
_GAP = 1e-7
_NODES = 3_000
_WIDE = 4_000  # customers: beyond, a plan is filled rather than solved
_MOST = 20_000
_FILLED = 200_000  # of more options the nearest ties alone are near enough


@dataclass(frozen=True, eq=False)
class Whole:
    """A plan within the limits; `chosen` is None where none was found.

    `bound`: no plan can earn more; `proven`: nor as much as this one, but for ties.
    """

    chosen: np.ndarray | None
    profit: float
    bound: float
    proven: bool


def near_ties(problem: Problem, priced: Priced) -> Whole:
    """The best plan that differs from the answer to the prices in the nearest ties only."""
    chosen = filled(problem, priced) if problem.size <= _FILLED else None
    profit = -np.inf if chosen is None else problem.earned(chosen)
    enough = _GAP * max(abs(priced.bound), problem.money)
    count = min(TIES, len(problem.starts))
    proven = priced.bound <= profit
    while priced.bound - profit > enough:
        core = nearest(problem, priced, count)
        everybody = count >= len(problem.starts)
        value = float(np.maximum(core.program.profit, 0.0).sum())
        gap = min(max(enough / max(value, 1e-12), 1e-12), 1e-3)
        solved = solve_whole(
            core.program, gap=0.0 if everybody else gap, nodes=_NODES
        )
        found = None if solved.x is None else core.chosen(solved.x)
        if found is not None and problem.fits(found):
            earned = problem.earned(found)
            proven = everybody and solved.done
            if earned > profit:
                chosen, profit = found, earned
        if chosen is None and count > _WIDE:
            chosen = filled(problem, priced)
            profit = -np.inf if chosen is None else problem.earned(chosen)
        if chosen is not None or everybody:
            break
        count = min(4 * count, len(problem.starts))
    return Whole(chosen, profit, priced.bound, proven)


def filled(problem: Problem, priced: Priced) -> np.ndarray | None:
    """Those who gain most at the prices, as long as the maxima hold; the minima first.

    None where a limit is missed all the same.
    """
    order = np.argsort(-priced.own, kind="stable")
    first = [_demanded(problem, limit, order) for limit in problem.limits]
    demanded = np.concatenate([*first, order[:0]])
    rest = order[problem.profit[order] > 0]
    chosen = fill_by(problem, np.concatenate([demanded, rest]))
    return chosen if problem.fits(chosen) else None


def _demanded(problem: Problem, limit: Limit, order: np.ndarray) -> np.ndarray:
    """Of the options that count for a minimum as many as it takes, one of each customer."""
    if not limit.at_least or limit.amount <= 0:
        return order[:0]
    use = limit.dense(problem.size)
    counting = order[use[order] > 0]
    _, first = np.unique(problem.position[counting], return_index=True)
    counting = counting[np.sort(first)]
    enough = np.searchsorted(np.cumsum(use[counting]), limit.amount * (1 - 1e-12))
    return counting[: int(enough) + 1]


def prove(problem: Problem, priced: Priced, plan: Whole, seconds: float) -> Whole:
    """The best plan there is: options that cannot be in it are struck out, the rest is solved.

    An option whose own profit is short of its customer's best by more than bound and value differ
    cannot be in a better plan (reduced-cost fixing).
    """
    gap = priced.bound - plan.profit
    reach = gap * (1 + 1e-9) + 1e-9 * problem.money
    best = np.maximum(priced.best, 0.0)
    open_options = priced.own >= best[problem.position] - reach
    nothing = best <= reach
    count = np.bincount(
        problem.position, open_options, minlength=len(problem.starts)
    )
    undecided = np.flatnonzero(count + nothing > 1)
    core = core_of(problem, undecided, priced.chosen)
    keep = open_options[core.options]
    program = Program(
        core.program.position[keep],
        core.program.profit[keep],
        core.program.uses[:, keep],
        core.program.amounts,
    )
    nodes = None if len(program.profit) <= _MOST else _NODES
    solved = solve_whole(program, seconds=seconds, nodes=nodes)
    if solved.x is None:
        # No plan holds the limits, or none that is better than the one at hand.
        proven = solved.done and plan.chosen is not None
        return Whole(plan.chosen, plan.profit, priced.bound, proven)
    x = np.zeros(len(keep))
    x[keep] = solved.x
    chosen = core.chosen(x)
    profit, best_plan = problem.earned(chosen), plan.chosen
    if profit > plan.profit and problem.fits(chosen):
        best_plan = chosen
    else:
        profit = plan.profit
    bound = min(priced.bound, problem.earned(core.fixed) + solved.bound)
    if solved.done:
        return Whole(best_plan, profit, profit, True)
    return Whole(best_plan, profit, max(bound, profit), False)
