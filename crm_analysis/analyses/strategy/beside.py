"""What a plan is worth beside simpler ones: nobody, everybody, chance, the most valuable."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd

from crm_analysis.analyses.allocation import Allocation, Limit, Problem, fill_by
from crm_analysis.analyses.strategy.table import OptionTable

# Random plans are of so many customers, under limits in proportion.
_SAMPLE = 1_000


class Setting(NamedTuple):
    """How many random plans, from which seed, and how long the exact one took."""

    draws: int
    seed: int
    seconds: float


class _Tried(NamedTuple):
    value: float
    cost: float
    customers: float
    within: bool
    evaluations: int
    spread: float = np.nan


def methods_beside(
    options: OptionTable,
    rows: np.ndarray,
    problem: Problem,
    allocation: Allocation,
    setting: Setting,
) -> pd.DataFrame:
    """A row a method; the columns are those of `Plan.methods`."""
    cost = options.cost[rows]
    value = options.number("value")[rows]

    def of(chosen: np.ndarray) -> _Tried:
        profit = problem.earned(chosen)
        spent, count = float(cost @ chosen), float(chosen.sum())
        return _Tried(profit, spent, count, problem.fits(chosen), 1)

    ways: dict[str, Callable[[], _Tried]] = {
        "greedy": lambda: of(fill_by(problem, _bargains(problem, cost))),
        "top_value": lambda: of(fill_by(problem, _valuable(problem, value))),
        "random": lambda: _random(problem, cost, setting),
        "everyone": lambda: of(_everyone(problem)),
        "nothing": lambda: of(np.zeros(problem.size, dtype=bool)),
    }
    lines = [("exact", of(allocation.chosen), setting.seconds)]
    for name, way in ways.items():
        began = time.process_time()
        tried = way()
        lines.append((name, tried, time.process_time() - began))
    for name, tried, _ in lines:
        _check_bound(name, tried, allocation)
    return pd.DataFrame(
        {
            "method": [name for name, _, _ in lines],
            "value": [
                tried.value if options.promises_profit else np.nan
                for _, tried, _ in lines
            ],
            "gap": [
                gap_of(tried.value, tried.within, allocation)
                for _, tried, _ in lines
            ],
            "cost": [tried.cost for _, tried, _ in lines],
            "customers": [tried.customers for _, tried, _ in lines],
            "within": [tried.within for _, tried, _ in lines],
            "evaluations": [tried.evaluations for _, tried, _ in lines],
            "cpu": [seconds for _, _, seconds in lines],
            "spread": [tried.spread for _, tried, _ in lines],
        }
    )


def gap_of(value: float, within: bool, allocation: Allocation) -> float:
    """How far a plan is short of what is proven, as a share of it; NaN where limits are missed."""
    if not within:
        return np.nan
    most = allocation.ceiling
    return max(most - value, 0.0) / abs(most) if most else 0.0


def _check_bound(name: str, tried: _Tried, allocation: Allocation) -> None:
    """A plan above the bound would be a bug, of the plan or of the bound."""
    above = tried.value - allocation.ceiling
    if tried.within and above > 1e-6 * max(abs(allocation.ceiling), 1.0):
        raise RuntimeError(
            f"{name} earns {tried.value}, above the bound of {allocation.ceiling}"
        )


def _bargains(problem: Problem, cost: np.ndarray) -> np.ndarray:
    """Options that pay, the most profit per cost first."""
    pays = np.flatnonzero(problem.profit > 0)
    with np.errstate(divide="ignore"):
        bargain = problem.profit[pays] / cost[pays]
    return pays[np.argsort(-bargain, kind="stable")]


def _valuable(problem: Problem, value: np.ndarray) -> np.ndarray:
    """Options that pay, those of the most valuable customers first, of each the best first."""
    pays = np.flatnonzero(problem.profit > 0)
    return pays[np.lexsort((-problem.profit[pays], -value[pays]))]


def _everyone(problem: Problem) -> np.ndarray:
    """Everybody gets what brings most of them, whatever the limits."""
    chosen = np.zeros(problem.size, dtype=bool)
    if problem.size:
        chosen[problem.best_of_each(problem.profit)[1]] = True
    return chosen


def _random(problem: Problem, cost: np.ndarray, setting: Setting) -> _Tried:
    """The mean of plans that take options in a random order, as long as the limits hold."""
    customers = len(problem.starts)
    rng = np.random.default_rng(setting.seed)
    share, part, spent = 1.0, problem, cost
    if customers > _SAMPLE:
        drawn = np.sort(rng.choice(customers, _SAMPLE, replace=False))
        rows = np.flatnonzero(np.isin(problem.position, drawn))
        share, spent = _SAMPLE / customers, cost[rows]
        part = problem.of_options(rows)
        limits = [
            Limit(limit.name, limit.amount * share, limit.use, None, limit.at_least)
            for limit in part.limits
        ]
        part = part.with_limits(limits)
    plans = np.array(
        [fill_by(part, rng.permutation(part.size)) for _ in range(setting.draws)]
    )
    values = plans @ part.profit / share
    within = all(part.fits(plan) for plan in plans)
    return _Tried(
        float(values.mean()),
        float((plans @ spent).mean() / share),
        float(plans.sum(axis=1).mean() / share),
        within,
        setting.draws,
        float(np.ptp(values) * np.sqrt(share)),
    )
