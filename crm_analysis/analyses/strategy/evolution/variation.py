"""How candidates have children: tournaments, simulated binary crossover, polynomial mutation."""

from __future__ import annotations

import numpy as np

from crm_analysis.analyses.strategy.evolution.search import Search

_CROSSED = 0.9  # the share of pairs that are crossed
_CROSSOVER = 20.0  # the larger, the nearer children are to their parents
_MUTATION = 20.0  # likewise, to what they were


def children(
    search: Search, population: np.ndarray, fitness: np.ndarray, share: float = 0.5
) -> np.ndarray:
    """Children, a share as many as parents; the lower its fitness, the likelier a parent.

    At equal evaluations half as many end nearer to the true front than as many, for those born join
    the parents sooner.

    Deb & Agrawal (1995), Complex Systems 9: simulated binary crossover; Deb & Goyal (1996):
    polynomial mutation.
    """
    count = min(int(share * len(population)), search.left)
    pairs = (count + 1) // 2
    mothers, fathers = _parents(search.random, fitness, pairs)
    crossed = _cross(search, population[mothers], population[fathers])
    return search.allowed(_mutate(search, crossed[:count]))


def _parents(
    random: np.random.Generator, fitness: np.ndarray, pairs: int
) -> np.ndarray:
    """Winners of binary tournaments (2, pairs), in which everybody takes part about as often."""
    rounds = -(-4 * pairs // len(fitness))
    order = np.concatenate(
        [random.permutation(len(fitness)) for _ in range(rounds)]
    )
    first, second = order[: 4 * pairs].reshape(2, 2 * pairs)
    winners = np.where(fitness[first] <= fitness[second], first, second)
    return winners.reshape(2, pairs)


def _cross(search: Search, mothers: np.ndarray, fathers: np.ndarray) -> np.ndarray:
    random = search.random
    nearer, farther = np.minimum(mothers, fathers), np.maximum(mothers, fathers)
    apart = farther - nearer
    takes_part = (random.random(apart.shape) < 0.5) & (apart > 1e-14)
    takes_part &= random.random((len(apart), 1)) < _CROSSED
    gap = np.where(takes_part, apart, 1.0)
    drawn = random.random(apart.shape)
    low = _spread(drawn, (nearer - search.low) / gap)
    high = _spread(drawn, (search.high - farther) / gap)
    middle = nearer + farther
    down = np.where(takes_part, 0.5 * (middle - low * gap), mothers)
    up = np.where(takes_part, 0.5 * (middle + high * gap), fathers)
    swapped = (random.random(apart.shape) < 0.5) & takes_part
    return np.concatenate(
        [np.where(swapped, up, down), np.where(swapped, down, up)]
    )


def _spread(drawn: np.ndarray, to_bound: np.ndarray) -> np.ndarray:
    """How much farther apart children are than their parents, without leaving the box."""
    alpha = 2.0 - (1.0 + 2.0 * to_bound) ** -(_CROSSOVER + 1.0)
    scaled = drawn * alpha
    inward = scaled <= 1.0
    base = np.where(inward, scaled, 1.0 / np.where(inward, 1.0, 2.0 - scaled))
    return base ** (1.0 / (_CROSSOVER + 1.0))


def _mutate(search: Search, candidates: np.ndarray) -> np.ndarray:
    """One variable of each candidate on average is moved, and one at least."""
    random, low = search.random, search.low
    count, size = candidates.shape
    chosen = random.random((count, size)) < 1.0 / size
    row, column = np.nonzero(chosen)
    width = (search.high - low)[column]
    width = np.where(width > 0, width, 1.0)
    place = (candidates[row, column] - low[column]) / width
    drawn = random.random(len(row))
    down = drawn < 0.5
    to_bound = np.where(down, place, 1.0 - place)
    edge = (1.0 - to_bound) ** (_MUTATION + 1.0)
    share = np.where(down, 2.0 * drawn, 2.0 - 2.0 * drawn)
    moved = 1.0 - (share + (1.0 - share) * edge) ** (1.0 / (_MUTATION + 1.0))
    mutated = candidates.copy()
    mutated[row, column] += np.where(down, -moved, moved) * width
    return mutated
