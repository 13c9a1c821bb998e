"""What one more of a limit brings, what one less costs, and how far that holds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from crm_analysis.analyses.allocation.dual import core_of, settle, tie_margins
from crm_analysis.analyses.allocation.problem import Priced, Problem
from crm_analysis.analyses.allocation.solver import quiet

_STEP = 1e-5
_TIED = 1e-7
_MOST = 5_000


@dataclass(frozen=True)
class PriceOfLimit:
    """The price of a limit, in profit per unit of its amount.

    - `above`, `below` : what one more brings; what one less costs, inf where no plan is left
    - `low`, `high` : the amounts down and up to which that holds
    """

    above: float
    below: float
    low: float
    high: float


def price_limits(problem: Problem, priced: Priced) -> tuple[PriceOfLimit, ...]:
    """The prices of all limits at their amounts, both ways, of shares of options.

    A minimum has a price of 0 or less: what one more to be reached brings.
    """
    every = range(len(problem.limits))
    return tuple(_price(problem, priced, index) for index in every)


def _price(problem: Problem, priced: Priced, index: int) -> PriceOfLimit:
    limit, amount = problem.limits[index], float(problem.amounts[index])
    used = limit.sign * limit.used(priced.chosen)
    step = _STEP * limit.scale
    slack = priced.prices[index] == 0 and used < amount - 2 * step
    less, less_of = priced, problem
    above, high = 0.0, np.inf
    if not slack:
        more_of = problem.with_amount(index, amount + step)
        less_of = problem.with_amount(index, amount - step)
        more = settle(more_of, more_of.at_prices(priced.prices))
        less = settle(less_of, less_of.at_prices(priced.prices))
        above = float(more.prices[index])
        farthest = _reach(more_of, more, index, 1.0)
        high = amount if farthest is None else max(farthest, amount)
    reach = _reach(less_of, less, index, -1.0)
    below = float(less.prices[index]) if reach is not None else np.inf
    low = amount if reach is None else min(reach, amount)
    if limit.at_least:
        return PriceOfLimit(-below, -above, -high, -low)
    return PriceOfLimit(above, below, low, high)


def _reach(
    problem: Problem, priced: Priced, index: int, direction: float
) -> float | None:
    """The amount up or down to which these prices stay the best.

    Found among the shares of those who are tied at them; None where nothing holds the limits.
    """
    from scipy.optimize import linprog

    tolerance = _TIED * problem.money
    tied = np.flatnonzero(tie_margins(problem, priced) <= tolerance)[:_MOST]
    core = core_of(problem, tied, priced.chosen)
    best = np.maximum(priced.best, 0.0)
    alike = (
        priced.own[core.options] >= best[problem.position[core.options]] - tolerance
    )
    position = core.program.position[alike]
    uses = core.program.uses[:, alike]
    row = np.searchsorted(tied, position)
    shares = sp.csr_array(
        (np.ones(len(row)), (row, np.arange(len(row)))),
        shape=(len(tied), len(row)),
    )
    idle = best[tied] <= tolerance
    column = np.zeros((len(problem.limits), 1))
    column[index] = -1.0
    scale = problem.scales
    rows = sp.csr_array(np.hstack([uses, column]) / scale[:, None])
    right = core.program.amounts / scale
    full = priced.prices > 0
    none = sp.csr_array((len(tied), 1))
    each = sp.csr_array(sp.hstack([shares, none], format="csr"))
    upper = sp.vstack([rows[~full], each[idle]], format="csr")
    equal = sp.vstack([rows[full], each[~idle]], format="csr")
    with quiet():
        answer = linprog(
            np.append(np.zeros(len(row)), -direction),
            A_ub=upper if upper.shape[0] else None,
            b_ub=np.append(right[~full], np.ones(int(idle.sum())))
            if upper.shape[0]
            else None,
            A_eq=equal if equal.shape[0] else None,
            b_eq=np.append(right[full], np.ones(int((~idle).sum())))
            if equal.shape[0]
            else None,
            bounds=[*[(0, 1)] * len(row), (None, None)],
            method="highs",
        )
    if answer.status == 3:
        return direction * np.inf
    if answer.x is None:
        return None
    return float(problem.amounts[index] + answer.x[-1])
