"""The front as a search finds it: not over customers, but over what aims, actions and limits cost.

Each candidate is a weight of every further aim, a surcharge of every kind of option (an action, in
a segment where there are some) and a price of every limit; everybody then gets what brings most
after these. Over customers themselves, yes or no, a genetic algorithm stays 9 % short of the best
at 200 of them and 65 % at 10,000.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from crm_analysis.analyses.allocation import Problem, allocate, fill_by
from crm_analysis.analyses.strategy.evolution import EvolveOptions, evolve
from crm_analysis.analyses.strategy.front.exact import Points
from crm_analysis.analyses.strategy.front.objectives import Aims
from crm_analysis.analyses.strategy.front.options import FrontOptions
from crm_analysis.analyses.strategy.front.plans import ListedPlans
from crm_analysis.jobs import Progress

_CELLS = 5_000_000  # candidates times options looked at together
_DECADES = 4.0  # a weight is between 10⁻⁴ and 10⁴ of the aims' ratio
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
    prices = _Prices.of(problem, aims)
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

    found = evolve(
        lost, prices.low, prices.high, settings, progress=progress
    ).solutions
    plans = [chosen for chosen in prices.plans(found) if chosen is not None]
    plans = plans or [allocate(problem).chosen]
    gained = np.array([aims.gains @ chosen for chosen in plans])
    listed = tuple(np.flatnonzero(chosen) for chosen in plans)
    return Points(gained, ListedPlans(listed), False)


@dataclass(frozen=True, eq=False)
class _Prices:
    """What candidates stand for: weights, surcharges, prices, each in a range of its own.

    - `gains` : (aims, options), each aim in its own largest gain
    - `charges` : (kinds of options and limits, options), likewise
    """

    problem: Problem
    gains: np.ndarray
    charges: np.ndarray

    @classmethod
    def of(cls, problem: Problem, aims: Aims) -> _Prices:
        kinds = np.arange(aims.kind.max() + 1)[:, None]
        charges = np.vstack([aims.kind == kinds, problem.matrix()])
        return cls(problem, _scaled(aims.gains), _scaled(charges.astype(float)))

    @property
    def low(self) -> np.ndarray:
        """The least weights (their logarithms), and no charge."""
        weights = np.full(len(self.gains) - 1, -_DECADES)
        return np.append(weights, np.zeros(len(self.charges)))

    @property
    def high(self) -> np.ndarray:
        """The largest weights, and charges as large as anything gained."""
        weights = np.full(len(self.gains) - 1, _DECADES)
        return np.append(weights, np.ones(len(self.charges)))

    def plans(self, candidates: np.ndarray) -> Iterator[np.ndarray | None]:
        """What each customer gets (True or False by option); None where no limits can be kept."""
        together = max(1, _CELLS // max(self.problem.size, 1))
        further = len(self.gains) - 1
        for start in range(0, len(candidates), together):
            part = candidates[start : start + together]
            weights = 10.0 ** part[:, :further]
            largest = 1.0 + weights.sum(axis=1, keepdims=True)
            own = self.gains[0] + weights @ self.gains[1:]
            own -= (largest * part[:, further:]) @ self.charges
            yield from (self._plan(values) for values in own)

    def _plan(self, own: np.ndarray) -> np.ndarray | None:
        best, option = self.problem.best_of_each(own)
        chosen = np.zeros(self.problem.size, dtype=bool)
        chosen[option[best > 0]] = True
        if self.problem.fits(chosen):
            return chosen
        order = np.argsort(-own, kind="stable")
        chosen = fill_by(self.problem, order[own[order] > 0])
        return chosen if self.problem.fits(chosen) else None


def _scaled(rows: np.ndarray) -> np.ndarray:
    largest = np.abs(rows).max(axis=1, keepdims=True, initial=0.0)
    return rows / np.where(largest > 0, largest, 1.0)
