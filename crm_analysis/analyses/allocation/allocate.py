"""The exact plan: which option each customer gets, so that profit is largest within the limits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crm_analysis.analyses.allocation.clash import clashing
from crm_analysis.analyses.allocation.dual import (
    SMALL,
    best_prices,
    tie_margins,
)
from crm_analysis.analyses.allocation.hull import fill_one
from crm_analysis.analyses.allocation.problem import Limit, Priced, Problem
from crm_analysis.analyses.allocation.ties import (
    TIES,
    Whole,
    filled,
    near_ties,
    prove,
)

_NOISE = 1e-7


class Infeasible(Exception):
    """No plan holds all limits; `limits` is the smallest set of them that no plan holds."""

    def __init__(self, limits: tuple[Limit, ...]) -> None:
        super().__init__(", ".join(limit.name for limit in limits))
        self.limits = limits


@dataclass(frozen=True, eq=False)
class Allocation:
    """A plan, what it earns, and what proves how good it is.

    - `chosen` : True or False by option
    - `profit` : of the plan
    - `bound` : no plan earns more, by the prices of the limits
    - `ceiling` : no plan earns more, by all that was tried; the profit where it is proven best
    - `proven` : whether it is
    - `prices` : of a unit of each limit; what a plan gives up for one more of a minimum
    - `own` : each option's profit less what it uses of the limits at these prices
    """

    chosen: np.ndarray
    profit: float
    bound: float
    ceiling: float
    proven: bool
    priced: Priced

    @property
    def gap(self) -> float:
        """By how much the plan may be short of the best, as a share of what is proven."""
        if self.ceiling <= self.profit:
            return 0.0
        return (self.ceiling - self.profit) / max(abs(self.ceiling), 1e-300)


def allocate(
    problem: Problem, *, proof: bool | None = None, seconds: float = 60.0
) -> Allocation:
    """The most profitable plan that gives each customer at most one option and holds the limits.

    Up to 5,000 options it is proven best. Above that one maximum takes a sort along convex hulls,
    several limits take prices found by cutting planes, and a program of the nearest 300 ties makes
    whole options of shares; bound and value then differ by a millionth or so.

    Parameters
    ----------
    problem : Problem
        Options, the customer each is of, their profit, and the limits.
    proof : bool, optional
        Whether to prove the plan best. None: up to 5,000 options.
    seconds : float
        How long a proof may take.

    Returns
    -------
    Allocation
        The plan, its profit and bound, the prices of the limits.

    Raises
    ------
    Infeasible
        Where no plan holds all limits: the smallest set of them that clashes.

    References
    ----------
    Sinha and Zoltners (1979), Operations Research 27, 503-515; Kelley (1960), Journal of the
    Society for Industrial and Applied Mathematics 8, 703-712.

    Examples
    --------
    >>> cost = np.array([10.0, 20.0, 30.0])
    >>> problem = Problem(np.arange(3), np.array([60.0, 100.0, 120.0]),
    ...     (Limit("budget", 50.0, cost),))
    >>> plan = allocate(problem)
    >>> plan.chosen.tolist(), plan.profit, plan.bound
    ([False, True, True], 220.0, 240.0)
    """
    if not problem.size:
        return _nothing(problem)
    small = problem.size <= SMALL
    if not small and any(problem.amounts < 0):
        _check(problem)
    if _is_one_maximum(problem):
        priced, whole = _by_hulls(problem)
    else:
        priced = best_prices(problem)
        whole = _whole(problem, priced)
    wanted = small if proof is None else proof
    if whole.chosen is None or (wanted and not whole.proven):
        whole = prove(problem, priced, whole, seconds)
    if whole.chosen is None:
        _check(problem)
        raise Infeasible(problem.limits)
    if whole.profit > priced.bound + 1e-7 * max(abs(priced.bound), problem.money):
        raise RuntimeError(
            f"a plan earns {whole.profit}, above its bound of {priced.bound}"
        )
    ceiling = whole.profit if whole.proven else max(whole.bound, whole.profit)
    return Allocation(
        whole.chosen,
        whole.profit,
        max(priced.bound, whole.profit),
        ceiling,
        whole.proven,
        priced,
    )


def _nothing(problem: Problem) -> Allocation:
    none = np.zeros(0)
    if any(problem.amounts < 0):
        _check(problem)
    prices = np.zeros(len(problem.limits))
    priced = Priced(prices, 0.0, none.astype(bool), none, none)
    return Allocation(priced.chosen, 0.0, 0.0, 0.0, True, priced)


def _check(problem: Problem) -> None:
    limits = clashing(problem)
    if limits:
        raise Infeasible(limits)


def _is_one_maximum(problem: Problem) -> bool:
    if len(problem.limits) != 1:
        return False
    limit = problem.limits[0]
    return not limit.at_least and limit.amount >= 0 and np.min(limit.use) >= 0


def _by_hulls(problem: Problem) -> tuple[Priced, Whole]:
    price, chosen = fill_one(problem)
    priced = problem.at_prices(np.array([price]))
    profit = problem.earned(chosen)
    return priced, Whole(chosen, profit, priced.bound, priced.bound <= profit)


def _whole(problem: Problem, priced: Priced) -> Whole:
    """A plan near the prices; where a great many are tied, a little noise tells them apart."""
    if problem.size > SMALL and len(problem.limits):
        tied = tie_margins(problem, priced) <= 1e-9 * problem.money
        if int(tied.sum()) > TIES:
            return _among_many_ties(problem, priced)
    return near_ties(problem, priced)


def _among_many_ties(problem: Problem, priced: Priced) -> Whole:
    """The better of two plans: filled in the order of gains, and near prices with the noise."""
    allocations = [filled(problem, priced)]
    enough = 1e-6 * max(abs(priced.bound), problem.money)
    if (
        allocations[0] is None
        or priced.bound - problem.earned(allocations[0]) > enough
    ):
        rng = np.random.default_rng(0)
        size = _NOISE * float(np.abs(problem.profit).mean())
        noise = size * rng.random(problem.size)
        apart = problem.with_profit(problem.profit + noise)
        allocations.append(near_ties(apart, best_prices(apart)).chosen)
    plans = [plan for plan in allocations if plan is not None]
    if not plans:
        return near_ties(problem, priced)
    best = max(plans, key=problem.earned)
    profit = problem.earned(best)
    return Whole(best, profit, priced.bound, priced.bound <= profit)
