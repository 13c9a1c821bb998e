"""What can be had together: the plans of which none is better in one aim and as good in others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.analyses.allocation import Infeasible, Problem
from crm_analysis.analyses.strategy.front.constraint import by_levels
from crm_analysis.analyses.strategy.front.exact import (
    Points,
    by_dynamic_program,
    by_sort,
    by_turning,
)
from crm_analysis.analyses.strategy.front.objectives import Aims, aims_of
from crm_analysis.analyses.strategy.front.options import FrontOptions
from crm_analysis.analyses.strategy.front.plans import Plans
from crm_analysis.analyses.strategy.front.searched import by_search
from crm_analysis.analyses.strategy.limits import clash, limits_of
from crm_analysis.analyses.strategy.options import PlanOptions
from crm_analysis.analyses.strategy.table import OptionTable, check_options
from crm_analysis.jobs import Progress, no_progress
from crm_analysis.messages import Message

# So many points are told apart into supported ones and others.
_SUPPORT = 2_000
# Beyond so many customers two neighbours among the points that are best by some weighting of the
# aims are so near that none is looked for between them.
_MANY = 300


@dataclass(frozen=True, eq=False)
class Front:
    """The plans that cannot be bettered in one aim without loss in another.

    - `points`: a row a plan, the least of the first aim first.
        - `point` : its number; `plan(point)` is its list
        - one column an aim, in its own unit: `profit` and `cost` money, `leavers` and `reach`
          customers, `fatigue` points; `leavers` is the change where risks are not known
        - `supported` : whether some weighting of the aims makes it the best of these
    - `complete`: whether there are no further points.
    - `options`: as given.
    - `notes`: what to say of it.
    """

    points: pd.DataFrame
    complete: bool
    options: FrontOptions
    notes: tuple[Message, ...]
    considered: OptionTable
    rows: np.ndarray
    plans: Plans
    numbers: np.ndarray

    def summary(self) -> dict[str, float | None]:
        """Headline numbers: points, supported, and the least and the most of each aim."""
        facts: dict[str, float | None] = {
            "points": float(len(self.points)),
            "supported": float(self.points["supported"].sum()),
        }
        for name in self.options.objectives:
            facts[f"{name}_least"] = float(self.points[name].min())
            facts[f"{name}_most"] = float(self.points[name].max())
        return facts

    def plan(self, point: int) -> pd.DataFrame:
        """The rows of the options table that are chosen at a point."""
        chosen = self.plans.chosen(int(self.numbers[point]))
        table = self.considered.part(self.rows[chosen])
        return table.sort_values("row", ignore_index=True).drop(columns="row")


def pareto_front(
    options_table: pd.DataFrame,
    options: FrontOptions | None = None,
    limits: PlanOptions | None = None,
    progress: Progress = no_progress,
) -> Front:
    """The best that can be had of several aims together.

    Of profit and cost the whole curve is one sort; where one of two aims is whole numbers (money
    to the cent, customers, points) a dynamic program gives every point there is. Three aims or
    more, and any under limits, take the augmented ε-constraint method, a grid of levels. Of more
    than 300 customers the curve of any two aims is a sort, and at each level the prices of the
    levels weigh the aims: such a plan is off its level by the options of a few customers, and best
    by these weights. NSGA-II and SPEA2 search over what aims, actions and limits cost, and find
    some of these points.

    Parameters
    ----------
    options_table : pandas.DataFrame
        As `plan_actions` takes it; `kept` for the aim "leavers", `points` for "fatigue".
    options : FrontOptions, optional
        Aims and method.
    limits : PlanOptions, optional
        Limits that hold at every point. None: none.
    progress : callable, optional
        Told how far it is; raises Cancelled where it is to stop.

    Returns
    -------
    Front
        The `.points`; `.plan(point)` is the list behind one.

    Raises
    ------
    AnalysisError
        As `plan_actions`; "strategy.no_objective" where the table does not say an aim.

    References
    ----------
    Mavrotas (2009), Applied Mathematics and Computation 213, 455-465.

    Examples
    --------
    >>> options_table = pd.DataFrame({"customer": list("abc"), "action": "call",
    ...     "profit": [60.0, 100.0, 120.0], "cost": [10.0, 20.0, 30.0]})
    >>> front = pareto_front(options_table)
    >>> front.points[["profit", "cost", "supported"]]
       profit  cost  supported
    0     0.0   0.0       True
    1    60.0  10.0       True
    2   100.0  20.0      False
    3   160.0  30.0       True
    4   180.0  40.0      False
    5   220.0  50.0      False
    6   280.0  60.0       True
    >>> front.plan(5)["customer"].tolist()
    ['b', 'c']
    """
    options = options or FrontOptions()
    considered = check_options(options_table)
    aims = aims_of(considered, options.objectives)
    given = limits or PlanOptions()
    named = limits_of(considered, given)
    problem = Problem(
        considered.customer,
        considered.profit,
        tuple(name.limit for name in named),
    )
    rows = considered.within_contacts(given.contact_limit)
    if len(rows) < len(considered):
        problem = problem.of_options(rows)
        aims = aims.of_options(rows)
    try:
        points = METHODS[options.method](problem, aims, options, progress)
    except Infeasible as clashing:
        raise clash(named, clashing.limits, problem) from None
    efficient = _efficient(points.gained)
    kept = _spread(points.gained, efficient, options.points)
    totals = dict(zip(aims.names, aims.totals(points.gained[kept]).T, strict=True))
    supported = points.convex or _supported(points.gained[kept])
    table = pd.DataFrame(
        {"point": np.arange(len(kept)), **totals, "supported": supported}
    )
    notes = list(considered.notes)
    if not points.complete:
        notes.append(Message("strategy.note.further_points", {}))
    return Front(
        table,
        points.complete and len(kept) == len(efficient),
        options,
        tuple(notes),
        considered,
        rows,
        points.plans,
        kept,
    )


def _exact(
    problem: Problem, aims: Aims, options: FrontOptions, progress: Progress
) -> Points:
    many = len(problem.starts) > _MANY
    if not problem.limits and problem.size:
        # Of many customers two points of the curve are one step of one of them apart.
        ways = [by_dynamic_program, by_sort]
        if many:
            ways = [by_sort, by_dynamic_program, by_turning]
        for way in ways:
            points = way(problem, aims)
            if points is not None:
                return points
    return by_levels(problem, aims, options.grid, progress, by_weights=many)


Method = Callable[[Problem, Aims, FrontOptions, Progress], Points]

# Each is given options, aims and settings, and gives plans with what they gain of each aim.
METHODS: dict[str, Method] = {
    "exact": _exact,
    "nsga2": by_search,
    "spea2": by_search,
}


def _efficient(gained: np.ndarray) -> np.ndarray:
    """The plans that no other one betters, the least of the first aim first."""
    order = np.lexsort(
        (*(-gained[:, k] for k in range(1, gained.shape[1])), -gained[:, 0])
    )
    if gained.shape[1] == 2:
        second = gained[order, 1]
        best = np.maximum.accumulate(np.append(-np.inf, second))[:-1]
        return order[second > best][::-1]
    efficient: list[int] = []
    for number in order:
        others = gained[efficient]
        if not (others >= gained[number]).all(axis=1).any():
            efficient.append(int(number))
    return np.array(efficient[::-1], dtype=np.int64)


def _spread(gained: np.ndarray, efficient: np.ndarray, most: int) -> np.ndarray:
    """At most so many of them, evenly along the front, with both ends."""
    if len(efficient) <= most:
        return efficient
    picked = np.linspace(0, len(efficient) - 1, most).round().astype(np.int64)
    return efficient[np.unique(picked)]


def _supported(gained: np.ndarray) -> np.ndarray:
    """Whether some weighting of the aims, none of them negative, makes each plan the best."""
    if len(gained) < 2:
        return np.ones(len(gained), dtype=bool)
    if gained.shape[1] == 2:
        return _on_hull(gained)
    from scipy.optimize import linprog

    span = np.ptp(gained, axis=0)
    scaled = gained / np.where(span > 0, span, 1.0)
    ones = np.ones((1, gained.shape[1]))
    none = np.zeros(gained.shape[1])
    flags = np.zeros(len(gained), dtype=bool)
    for number in range(min(len(scaled), _SUPPORT)):
        answer = linprog(
            none,
            A_ub=scaled - scaled[number],
            b_ub=np.full(len(scaled), 1e-9),
            A_eq=ones,
            b_eq=[1.0],
            method="highs",
        )
        flags[number] = answer.status == 0
    return flags


def _on_hull(gained: np.ndarray) -> np.ndarray:
    """Of points of two aims, in order of the first: those on the line around them."""
    corners: list[int] = []
    first, second = gained[:, 0].tolist(), gained[:, 1].tolist()
    for number, (x, y) in enumerate(zip(first, second, strict=True)):
        while len(corners) > 1:
            start, middle = corners[-2], corners[-1]
            # Above 0 where the middle point lies under the line from the start to this one.
            rise = (second[middle] - second[start]) * (x - first[start])
            if (y - second[start]) * (first[middle] - first[start]) <= rise:
                break
            corners.pop()
        corners.append(number)
    flags = np.zeros(len(gained), dtype=bool)
    flags[corners] = True
    return flags
