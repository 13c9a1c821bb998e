"""Particle swarm with constriction: Clerc & Kennedy, IEEE Trans. on Evolutionary Computation 6."""

from __future__ import annotations

import numpy as np

from crm_analysis.analyses.strategy.evolution.search import Search

_INERTIA = 0.729
_PULL = 1.494  # towards a particle's own best, and towards the swarm's


def search_by_pso(search: Search) -> tuple[np.ndarray, np.ndarray]:
    """The best place each particle was at, and its objective."""
    place = search.start()
    best, objectives = place.copy(), search.evaluate(place)
    velocity = np.zeros_like(place)
    while search.left:
        moving = slice(min(len(place), search.left))
        here = place[moving]
        leader = best[objectives[:, 0].argmin()]
        own, common = search.random.random((2, *here.shape))
        pull = own * (best[moving] - here) + common * (leader - here)
        there = search.allowed(here + _INERTIA * velocity[moving] + _PULL * pull)
        values = search.evaluate(there)
        place[moving], velocity[moving] = there, there - here
        better = np.flatnonzero(values[:, 0] < objectives[moving, 0])
        best[better], objectives[better] = there[better], values[better]
    return best, objectives
