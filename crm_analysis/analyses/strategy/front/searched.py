"""The front as a search finds it, over what aims, actions and limits cost."""

from __future__ import annotations

import numpy as np

from crm_analysis.analyses.allocation import Problem, allocate
from crm_analysis.analyses.strategy.evolution import EvolveOptions, evolve
from crm_analysis.analyses.strategy.front.exact import Points
from crm_analysis.analyses.strategy.front.objectives import Aims
from crm_analysis.analyses.strategy.front.options import FrontOptions
from crm_analysis.analyses.strategy.front.plans import ListedPlans
from crm_analysis.analyses.strategy.prices import Prices
from crm_analysis.jobs import Progress

_NOTHING = np.array([], dtype=np.int64)
_FORBIDDEN = 1e100  # an aim of a plan that misses a limit


def by_search(
    problem: Problem,
    aims: Aims,
    options: FrontOptions,
    progress: Progress,
) -> Points:
    """The plans that NSGA-II or SPEA2 comes upon.

    Parameters
    ----------
    problem, aims
        Options, limits, and what each option gains of each aim.
    options
        `method` "nsga2" or "spea2", `population`, `evaluations`, `seed`.
    progress
        Told the share done; raises Cancelled where it is to stop.

    Raises
    ------
    Infeasible
        Where no plan holds the limits.
    """
    if not problem.size:
        return Points(
            np.zeros((1, len(aims.names))), ListedPlans((_NOTHING,)), True
        )
    prices = Prices.of(problem, aims.gains, aims.kind)
    settings = EvolveOptions(
        method="spea2" if options.method == "spea2" else "nsga2",
        population=options.population,
        evaluations=options.evaluations,
        seed=options.seed,
    )

    def lost(candidates: np.ndarray) -> np.ndarray:
        rows = []
        for chosen in prices.plans(candidates):
            allowed = chosen is not None
            gain = aims.gains @ chosen if allowed else -_FORBIDDEN
            rows.append(np.broadcast_to(gain, len(aims.names)))
        return -np.array(rows)

    optimum = evolve(
        lost, prices.low, prices.high, settings, progress=progress
    ).solutions
    plans = [chosen for chosen in prices.plans(optimum) if chosen is not None]
    plans = plans or [allocate(problem).chosen]
    gained = np.array([aims.gains @ chosen for chosen in plans])
    listed = tuple(np.flatnonzero(chosen) for chosen in plans)
    return Points(gained, ListedPlans(listed), False)
