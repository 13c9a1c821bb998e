"""A genetic algorithm with real genes: Goldberg (1989); the best of parents and children stay."""

from __future__ import annotations

import numpy as np

from crm_analysis.analyses.strategy.evolution.search import Search
from crm_analysis.analyses.strategy.evolution.variation import children


def search_by_ga(search: Search) -> tuple[np.ndarray, np.ndarray]:
    """The last population and its objective, best first."""
    population = search.start()
    objectives = search.evaluate(population)
    size = len(population)
    while search.left:
        born = children(search, population, objectives[:, 0])
        population = np.concatenate([population, born])
        objectives = np.concatenate([objectives, search.evaluate(born)])
        stay = _best(objectives[:, 0], size)
        population, objectives = population[stay], objectives[stay]
    return population, objectives


def _best(objective: np.ndarray, size: int) -> np.ndarray:
    """The positions of the best; those equal to another come last, or copies would fill it."""
    order = np.argsort(objective, kind="stable")
    copy = np.append(False, np.diff(objective[order]) == 0)
    return np.concatenate([order[~copy], order[copy]])[:size]
