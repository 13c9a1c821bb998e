"""What searches make of a plan, beside the exact one: over the prices of its limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd

from crm_analysis.analyses.strategy.comparison import (
    Run,
    part_of,
    say_methods,
    table_of,
    timed,
)
from crm_analysis.analyses.strategy.evolution import EvolveOptions, evolve
from crm_analysis.analyses.strategy.plan import Plan
from crm_analysis.analyses.strategy.prices import Prices
from crm_analysis.jobs import Progress, no_progress
from crm_analysis.messages import Message
from crm_analysis.options import Options, knob

_Search = Literal["ga", "pso", "nsga2", "spea2"]
_SEARCHES = get_args(_Search)
_OF_SEVERAL = ("nsga2", "spea2")
_MISSED = 1e100  # the loss of a plan that misses a limit


@dataclass(frozen=True, kw_only=True)
class CompareOptions(Options):
    """Which searches, and how long each.

    - `methods`: "ga", "pso", "nsga2", "spea2" (these of profit and cost; their best plan counts).
    - `evaluations`: plans tried in a run; `population`: at a time.
    - `seeds`: runs of each, from `seed` on.
    """

    methods: tuple[_Search, ...] = ("ga", "pso")
    evaluations: int = knob(600, low=20, high=1_000_000)
    population: int = knob(20, low=4, high=2_000, advanced=True)
    seeds: int = knob(3, low=1, high=50, advanced=True)
    seed: int = knob(0, low=0, high=2**31 - 1, advanced=True)


@dataclass(frozen=True, eq=False)
class MethodComparison:
    """A plan beside simpler ones and beside searches.

    - `methods`: a row a method: those of `Plan.methods`, then the searches.
        - `method` : its name
        - `value` : profit, of a search the mean over seeds; `gap` : how far that is short of the
          best, as a share of the bound; NaN where the limits are missed
        - `cost` : money; `customers` : contacted; `within` : whether all limits hold
        - `evaluations`, `cpu` : plans tried; seconds, each of one run
        - `spread` : over draws or seeds
    - `notes`: a sentence for the exact plan and each search.
    """

    methods: pd.DataFrame
    notes: tuple[Message, ...]

    def summary(self) -> dict[str, float | None]:
        """Headline numbers: methods; shortest (the gap of the best search), None without one."""
        gaps = self.methods.loc[self.methods["method"].isin(_SEARCHES), "gap"]
        best = gaps.min()
        return {
            "methods": float(len(self.methods)),
            "shortest": None if np.isnan(best) else float(best),
        }


def compare_methods(
    plan: Plan,
    options: CompareOptions | None = None,
    progress: Progress = no_progress,
) -> MethodComparison:
    """The exact plan beside what searches find over the prices of its limits.

    Each candidate is a price of every limit: everybody gets what brings most after these; where
    that misses a limit, those to whom it brings most come first. Over customers themselves a
    search would end far shorter.

    Parameters
    ----------
    plan : Plan
        From `plan_actions`.
    options : CompareOptions, optional
        Which searches, and how long each.
    progress : callable, optional
        Told how far it is; raises Cancelled where it is to stop.

    Returns
    -------
    MethodComparison
        `.methods`, `.notes`.

    Raises
    ------
    RuntimeError
        A search came out above the bound, which is a bug.

    Examples
    --------
    >>> from crm_analysis.analyses.strategy import PlanOptions, plan_actions
    >>> options_table = pd.DataFrame({"customer": list("abc"), "action": "call",
    ...     "profit": [60.0, 100.0, 120.0], "cost": [10.0, 20.0, 30.0]})
    >>> compared = compare_methods(plan_actions(options_table, PlanOptions(budget=50)))
    >>> compared.methods.set_index("method").loc[["exact", "greedy", "ga"], "value"].tolist()
    [220.0, 160.0, 220.0]
    """
    options = options or CompareOptions()
    lines = []
    for number, method in enumerate(options.methods):
        runs, chosen = [], np.zeros(plan.problem.size, dtype=bool)
        for run in range(options.seeds):
            place = number * options.seeds + run
            reported = part_of(
                progress, place, len(options.methods) * options.seeds
            )
            made, plans = _search(
                plan, options, (method, options.seed + run), reported
            )
            runs.append(made)
            chosen = plans if run == 0 else chosen
        lines.append(_line(plan, method, runs, chosen))
    beside = plan.methods
    methods = pd.concat([beside, pd.DataFrame(lines, columns=beside.columns)])
    methods = methods.reset_index(drop=True)
    said = methods["method"].isin(["exact", *_SEARCHES]) & methods["gap"].notna()
    return MethodComparison(methods, say_methods(methods[said]))


def _search(
    plan: Plan,
    options: CompareOptions,
    way: tuple[_Search, int],
    progress: Progress,
) -> tuple[Run, np.ndarray]:
    """One run, and the plan it came upon; nobody where it found none within the limits."""
    problem, (method, seed) = plan.problem, way
    nobody = np.zeros(problem.size, dtype=bool)
    if not problem.size:
        return Run(0.0, 0, 0.0), nobody
    # Without a limit there is no price: then there is a surcharge.
    kind = None if problem.limits else np.zeros(problem.size, dtype=np.int64)
    prices = Prices.of(problem, problem.profit[None], kind)
    cost = plan.considered.cost[plan.rows]
    several = method in _OF_SEVERAL
    aims = np.vstack([problem.profit, -cost] if several else [problem.profit])
    settings = EvolveOptions(
        method=method,
        population=options.population,
        evaluations=options.evaluations,
        seed=seed,
    )

    def lost(candidates: np.ndarray) -> np.ndarray:
        return -np.array(
            [
                np.full(len(aims), -_MISSED) if chosen is None else aims @ chosen
                for chosen in prices.plans(candidates)
            ]
        )

    plans: list[np.ndarray] = []

    def search() -> tuple[float, int]:
        optimum = evolve(lost, prices.low, prices.high, settings, progress=progress)
        best = optimum.objectives[:, 0].argmin()
        (chosen,) = prices.plans(optimum.solutions[[best]])
        if chosen is None:
            return np.nan, options.evaluations
        plans.append(chosen)
        return problem.earned(chosen), options.evaluations

    return timed(search), plans[0] if plans else nobody


def _line(
    plan: Plan, method: str, runs: list[Run], chosen: np.ndarray
) -> dict[str, object]:
    """The row of a search; the plan is that of its first run."""
    within = not np.isnan([run.value for run in runs]).any()
    row = table_of({method: runs}, plan.allocation.ceiling).iloc[0]
    return {
        **{name: row[name] for name in ("method", "value", "evaluations", "cpu")},
        "gap": row["gap"] if within else np.nan,
        "cost": float(plan.considered.cost[plan.rows] @ chosen),
        "customers": float(chosen.sum()),
        "within": within,
        "spread": row["spread"],
    }
