"""How an optimum is searched for, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from crm_analysis.options import Options, knob

MethodName = Literal["nsga2", "spea2", "ga", "pso", "dirichlet"]


@dataclass(frozen=True, kw_only=True)
class EvolveOptions(Options):
    """The method, and how long it searches.

    - `method`: "nsga2" and "spea2" for several objectives; "ga" (genetic algorithm), "pso"
      (particle swarm) and "dirichlet" (shares that add up to one) for a single one.
    - `population`: candidates at a time; of several objectives as many points are kept at most.
    - `evaluations`: candidates in all; the search ends when they are used up.
    - `seed`: the same seed gives the same answer.
    """

    method: MethodName = "nsga2"
    population: int = knob(100, low=4, high=2_000)
    evaluations: int = knob(25_000, low=10, high=10_000_000)
    seed: int = knob(0, low=0, high=2**31 - 1, advanced=True)


@dataclass(frozen=True, eq=False)
class Optimum:
    """The best that a search came upon.

    - `solutions` : array (n, d); of several objectives the candidates that no other of them
      dominates, of one objective the best
    - `objectives` : array (n, m), their objectives, all minimised
    - `history` : a row a generation
        - `evaluations` : candidates so far
        - `best` : the least first objective so far, in its unit
    """

    solutions: np.ndarray
    objectives: np.ndarray
    history: pd.DataFrame
    options: EvolveOptions

    def summary(self) -> dict[str, float | None]:
        """Headline numbers: solutions, evaluations, best (the least first objective)."""
        return {
            "solutions": float(len(self.solutions)),
            "evaluations": float(self.history["evaluations"].iloc[-1]),
            "best": float(self.objectives[:, 0].min()),
        }
