"""SPEA2: Zitzler, Laumanns & Thiele, TIK report 103, ETH Zürich (2001)."""

from __future__ import annotations

import numpy as np

from crm_analysis.analyses.strategy.evolution.crowding import distances, thinned
from crm_analysis.analyses.strategy.evolution.dominance import dominates
from crm_analysis.analyses.strategy.evolution.search import Search
from crm_analysis.analyses.strategy.evolution.variation import children


def search_by_spea2(search: Search) -> tuple[np.ndarray, np.ndarray]:
    """The last archive and its objectives: by strength, thinned where it is densest."""
    population = search.start()
    objectives = search.evaluate(population)
    size = len(population)
    stay, fitness = _archive(objectives, size)
    population, objectives = population[stay], objectives[stay]
    while search.left:
        born = children(search, population, fitness)
        population = np.concatenate([population, born])
        objectives = np.concatenate([objectives, search.evaluate(born)])
        stay, fitness = _archive(objectives, size)
        population, objectives = population[stay], objectives[stay]
    return population, objectives


def _archive(objectives: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Who stays, and their fitness: the strength of those who dominate them, plus density."""
    dominating = dominates(objectives)
    strength = dominating.sum(axis=1)
    raw = strength @ dominating
    apart = distances(objectives, raw == 0)
    neighbour = min(int(np.sqrt(len(apart))), len(apart) - 1)
    density = 1.0 / (np.partition(apart, neighbour, axis=1)[:, neighbour] + 2.0)
    fitness = raw + density
    front = np.flatnonzero(raw == 0)
    if len(front) > size:
        stay = front[thinned(apart[np.ix_(front, front)], size)]
    else:
        stay = np.argsort(fitness, kind="stable")[:size]
    return stay, fitness[stay]
