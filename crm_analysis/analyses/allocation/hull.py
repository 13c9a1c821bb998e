"""One limit: the convex hull of each customer's options, and one sort of their steps.

Sinha and Zoltners (1979), Operations Research 27, 503-515.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crm_analysis.analyses.allocation.problem import ROUNDING, Problem

# So many steps either way are tried in all combinations.
_HALF = 12


@dataclass(frozen=True, eq=False)
class Steps:
    """Steps from an option of a customer to their next dearer one, the best bargain first.

    - `option` : the option that is stepped to
    - `before` : the one that is left for it; -1 is nothing
    - `cost`, `profit` : what the step adds
    """

    option: np.ndarray
    before: np.ndarray
    cost: np.ndarray
    profit: np.ndarray

    def after(self, count: int, size: int) -> np.ndarray:
        """What is chosen after so many steps, of so many options."""
        chosen = np.zeros(size, dtype=bool)
        before = self.before[:count]
        chosen[self.option[:count]] = True
        chosen[before[before >= 0]] = False
        return chosen


def steps(problem: Problem, cost: np.ndarray) -> Steps:
    """The steps along every customer's hull, sorted by profit per cost; costs are not negative."""
    option, before = _hulls(problem.position, problem.profit, cost)
    came = np.where(before >= 0, before, 0)
    has = before >= 0
    added_cost = cost[option] - np.where(has, cost[came], 0.0)
    added = problem.profit[option] - np.where(has, problem.profit[came], 0.0)
    with np.errstate(divide="ignore"):
        slope = added / added_cost
    # A rounding error must not put a customer's second step before the first.
    falling = np.where(has, np.minimum(slope, np.append(np.inf, slope[:-1])), slope)
    order = np.argsort(-falling, kind="stable")
    return Steps(option[order], before[order], added_cost[order], added[order])


def _hulls(
    position: np.ndarray, profit: np.ndarray, cost: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The options on the hulls, by customer and cost, and the one before each.

    Options that lie under the line between their neighbours are taken out until none does.
    """
    kept = np.flatnonzero(profit > 0)
    order = np.lexsort((-profit[kept], cost[kept], position[kept]))
    kept = kept[order]
    while len(kept):
        first = np.append(True, position[kept][1:] != position[kept][:-1])
        last = np.append(first[1:], True)
        before_cost = np.where(first, 0.0, np.append(0.0, cost[kept][:-1]))
        before_profit = np.where(first, 0.0, np.append(0.0, profit[kept][:-1]))
        rise = profit[kept] - before_profit
        run = cost[kept] - before_cost
        next_rise, next_run = np.append(rise[1:], 0.0), np.append(run[1:], 0.0)
        # Dearer and no better, or a worse bargain than to go on at once to the next.
        under = ~last & (rise * next_run <= next_rise * run) & (next_rise > 0)
        out = (rise <= 0) | under
        if not out.any():
            break
        kept = kept[~out]
    if not len(kept):
        none = np.zeros(0, dtype=np.int64)
        return none, none
    first = np.append(True, position[kept][1:] != position[kept][:-1])
    return kept, np.where(first, -1, np.append(-1, kept[:-1]))


def fill_one(problem: Problem) -> tuple[float, np.ndarray]:
    """The price of one maximum, and a plan within it.

    All steps that the amount pays for in a row; then those next to where it ends are undone or
    made, in the best of all ways that it pays for.
    """
    limit = problem.limits[0]
    sorted_steps = steps(problem, limit.dense(problem.size))
    room = limit.amount * (1 + ROUNDING)
    count = int(np.searchsorted(np.cumsum(sorted_steps.cost), room, side="right"))
    chosen = sorted_steps.after(count, problem.size)
    if count == len(sorted_steps.cost):
        return 0.0, chosen
    price = float(sorted_steps.profit[count] / sorted_steps.cost[count])
    left = room - float(sorted_steps.cost[:count].sum())
    _improve(problem, sorted_steps, count, left, chosen)
    return price, chosen


def _improve(
    problem: Problem, path: Steps, count: int, left: float, chosen: np.ndarray
) -> None:
    """The best use of what is left: some of the last steps back, some of the next ones made.

    All ways of either half are written down, and matched by one sort (Horowitz and Sahni 1974,
    Journal of the ACM 21, 277-292).
    """
    back = np.arange(count - 1, max(count - 1 - 3 * _HALF, -1), -1)
    ahead = np.arange(count, min(count + 3 * _HALF, len(path.cost)))
    owner = problem.position[path.option[np.concatenate([back, ahead])]]
    # A customer takes part once: with their last step back, or their next one.
    _, own = np.unique(owner, return_index=True)
    own.sort()
    back, ahead = (
        back[own[own < len(back)]][:_HALF],
        ahead[own[own >= len(back)] - len(back)][:_HALF],
    )
    undone_cost, undone = _subsets(path.cost[back]), _subsets(path.profit[back])
    made_cost, made = _subsets(path.cost[ahead]), _subsets(path.profit[ahead])
    order = np.argsort(made_cost, kind="stable")
    best = np.maximum.accumulate(made[order])
    fit = np.searchsorted(made_cost[order], left + undone_cost, side="right") - 1
    gain = np.where(fit >= 0, best[fit] - undone, -np.inf)
    way = int(np.argmax(gain))
    if gain[way] <= 0:
        return
    until = order[: fit[way] + 1]
    other = int(until[np.argmax(made[until])])
    for step in back[_members(way, len(back))]:
        chosen[path.option[step]] = False
        if path.before[step] >= 0:
            chosen[path.before[step]] = True
    for step in ahead[_members(other, len(ahead))]:
        chosen[path.option[step]] = True
        if path.before[step] >= 0:
            chosen[path.before[step]] = False


def _subsets(values: np.ndarray) -> np.ndarray:
    """The sums of all subsets; bit k of the position says whether value k is in."""
    sums = np.zeros(1)
    for value in values:
        sums = np.concatenate([sums, sums + value])
    return sums


def _members(subset: int, count: int) -> np.ndarray:
    return np.flatnonzero(subset >> np.arange(count) & 1)
