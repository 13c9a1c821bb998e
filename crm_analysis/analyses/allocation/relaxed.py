"""The plan with shares of options, whose prices say what each limit costs."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from crm_analysis.analyses.allocation.clash import can_hold
from crm_analysis.analyses.allocation.dual import SMALL, best_prices
from crm_analysis.analyses.allocation.problem import Problem
from crm_analysis.analyses.allocation.solver import Program, solve_shares


class Relaxed(NamedTuple):
    """The best shares of the options (0 to 1), and the prices of the limits.

    Of more than 5,000 options the shares are the whole options that are best at the prices.
    """

    shares: np.ndarray
    prices: np.ndarray


def relax(problem: Problem) -> Relaxed | None:
    """The best there is where options may be given in shares; None where no shares hold the limits.

    At most as many customers as there are limits get a share only, and at the prices each of their
    options with one is as good as the others.
    """
    if problem.size > SMALL:
        if not can_hold(problem, list(problem.limits)):
            return None
        priced = best_prices(problem)
        return Relaxed(priced.chosen.astype(float), priced.prices)
    program = Program(
        problem.position, problem.profit, problem.matrix(), problem.amounts
    )
    solved = solve_shares(program)
    return None if solved.x is None else Relaxed(solved.x, solved.prices)
