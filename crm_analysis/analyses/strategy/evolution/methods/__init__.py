"""The ways to search: a file each, and an entry here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from crm_analysis.analyses.strategy.evolution.methods.dirichlet import (
    search_by_dirichlet,
)
from crm_analysis.analyses.strategy.evolution.methods.ga import search_by_ga
from crm_analysis.analyses.strategy.evolution.methods.nsga2 import search_by_nsga2
from crm_analysis.analyses.strategy.evolution.methods.pso import search_by_pso
from crm_analysis.analyses.strategy.evolution.methods.spea2 import search_by_spea2
from crm_analysis.analyses.strategy.evolution.search import Search


@dataclass(frozen=True)
class Method:
    """A way to search.

    `run` gives candidates (n, d) and their objectives (n, m); `single`: it knows one objective
    only. It is said by the phrase `strategy.method.<name>`.
    """

    run: Callable[[Search], tuple[np.ndarray, np.ndarray]]
    single: bool = False


METHODS: dict[str, Method] = {
    "nsga2": Method(search_by_nsga2),
    "spea2": Method(search_by_spea2),
    "ga": Method(search_by_ga, single=True),
    "pso": Method(search_by_pso, single=True),
    "dirichlet": Method(search_by_dirichlet, single=True),
}
