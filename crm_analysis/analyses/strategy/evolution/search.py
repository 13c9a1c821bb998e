"""A search as its methods see it: a box, a function, and evaluations that are counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from crm_analysis.analyses.strategy.evolution.options import EvolveOptions
from crm_analysis.errors import AnalysisError
from crm_analysis.jobs import Progress, no_progress

Function = Callable[[np.ndarray], np.ndarray]

_HUGE = 1e150  # an infinite objective becomes this, whose square is still a number


@dataclass(eq=False)
class Search:
    """A function to minimise in a box, and what has been spent on it.

    `single`: the method knows one objective only. `project` moves candidates (n, d) to the nearest
    that are allowed; without it they are cut off at the box. `history` has (evaluations, least
    first objective) of each generation.
    """

    function: Function
    low: np.ndarray
    high: np.ndarray
    options: EvolveOptions
    single: bool = False
    project: Function | None = None
    progress: Progress = no_progress
    spent: int = 0
    best: float = np.inf
    history: list[tuple[int, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = np.random.default_rng(self.options.seed)

    @property
    def left(self) -> int:
        """How many candidates may still be tried; 0 at the end."""
        return self.options.evaluations - self.spent

    def allowed(self, candidates: np.ndarray) -> np.ndarray:
        """The nearest candidates that are allowed."""
        inside = np.clip(candidates, self.low, self.high)
        return inside if self.project is None else self.project(inside)

    def start(self) -> np.ndarray:
        """The first candidates, drawn anywhere in the box."""
        count = min(self.options.population, self.options.evaluations)
        drawn = self.random.random((count, len(self.low)))
        return self.allowed(self.low + drawn * (self.high - self.low))

    def evaluate(self, candidates: np.ndarray) -> np.ndarray:
        """Objectives (n, m) of candidates (n, d); Cancelled where the person has cancelled."""
        self.progress(self.spent / self.options.evaluations, "strategy.search.step")
        values = np.asarray(self.function(candidates.copy()), dtype=float)
        if len(values) != len(candidates) or values.ndim > 2:
            raise ValueError(
                f"the function gave an array of shape {values.shape} for {len(candidates)} "
                "candidates; it must give a row of objectives for each"
            )
        values = values.reshape(len(candidates), -1)
        if self.single and values.shape[1] > 1:
            raise AnalysisError(
                "strategy.search.one_objective", count=values.shape[1]
            )
        unknown = int(np.isnan(values).any(axis=1).sum())
        if unknown:
            raise AnalysisError(
                "strategy.search.no_objective",
                count=unknown,
                candidates=len(values),
            )
        self.spent += len(candidates)
        self.best = min(self.best, float(values[:, 0].min()))
        self.history.append((self.spent, self.best))
        return np.clip(values, -_HUGE, _HUGE)
