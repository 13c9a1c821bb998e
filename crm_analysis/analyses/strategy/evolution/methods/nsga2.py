"""NSGA-II: Deb, Pratap, Agarwal & Meyarivan, IEEE Transactions on Evolutionary Computation 6."""

from __future__ import annotations

import numpy as np

from crm_analysis.analyses.strategy.evolution.crowding import (
    crowding,
    farthest_apart,
    least_crowded,
    vicinity,
)
from crm_analysis.analyses.strategy.evolution.dominance import dominates, ranks
from crm_analysis.analyses.strategy.evolution.search import Search
from crm_analysis.analyses.strategy.evolution.variation import children


def search_by_nsga2(search: Search) -> tuple[np.ndarray, np.ndarray]:
    """The last population and its objectives: front by front, the least crowded of the last."""
    population = search.start()
    objectives = search.evaluate(population)
    fitness = np.zeros(len(population))
    size = len(population)
    share = 0.5 if objectives.shape[1] < 3 else 1.0  # thinning takes its time
    while search.left:
        born = children(search, population, fitness, share)
        population = np.concatenate([population, born])
        objectives = np.concatenate([objectives, search.evaluate(born)])
        stay, fitness = _survivors(objectives, size)
        population, objectives = population[stay], objectives[stay]
    return population, objectives


def _survivors(objectives: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Who stays, and how they compare: by front, then by how much room they have."""
    rank = ranks(dominates(objectives), size)
    last = int(np.searchsorted(np.cumsum(np.bincount(rank)), size))
    safe = np.flatnonzero(rank < last)
    front = np.flatnonzero(rank == last)
    # Along two objectives neighbours on both sides tell how crowded it is; among more they do not.
    thin, room_of = (
        (least_crowded, crowding)
        if objectives.shape[1] < 3
        else (farthest_apart, vicinity)
    )
    stay = np.append(safe, front[thin(objectives[front], size - len(safe))])
    room = np.empty(len(stay))
    for one in range(last + 1):
        members = rank[stay] == one
        room[members] = room_of(objectives[stay[members]])
    fitness = np.empty(len(stay))
    fitness[np.lexsort((-room, rank[stay]))] = np.arange(len(stay))
    return stay, fitness
