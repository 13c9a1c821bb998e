"""How crowded the candidates of a front lie, and who goes where they are too many."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import cdist

_END = 1e300  # beyond the last candidate of a front lies nothing: it is not crowded


def crowding(objectives: np.ndarray) -> np.ndarray:
    """How far apart the neighbours of each candidate of a front are, summed over objectives."""
    return np.sum([_Axis.of(values).gaps for values in objectives.T], axis=0)


def least_crowded(objectives: np.ndarray, count: int) -> np.ndarray:
    """The positions of `count` candidates of a front, after the most crowded left one by one.

    Each time one leaves, its neighbours' distances are computed again: Kukkonen & Deb (2006),
    Improved pruning of non-dominated solutions based on crowding distance.
    """
    axes = [_Axis.of(values) for values in objectives.T]
    room = np.sum([axis.gaps for axis in axes], axis=0)
    for _ in range(len(objectives) - count):
        leaves = int(room.argmin())
        room[leaves] = np.inf
        for axis in axes:
            for neighbour, wider in axis.without(leaves):
                room[neighbour] += wider
    return np.flatnonzero(np.isfinite(room))


@dataclass(eq=False)
class _Axis:
    """A front along one objective: each candidate's neighbours, and how far these are apart."""

    values: list[float]
    before: list[int]
    after: list[int]
    gaps: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray) -> _Axis:
        order = np.argsort(values, kind="stable")
        scaled = (values - values[order[0]]) / (np.ptp(values) or 1.0)
        before, after = np.empty_like(order), np.empty_like(order)
        before[order] = np.append(-1, order[:-1])
        after[order] = np.append(order[1:], -1)
        gaps = np.full(len(order), _END)
        gaps[order[1:-1]] = scaled[order[2:]] - scaled[order[:-2]]
        return cls(scaled.tolist(), before.tolist(), after.tolist(), gaps)

    def without(self, leaves: int) -> Iterator[tuple[int, float]]:
        """Take a candidate out; its neighbours, and how much wider their gaps are now."""
        left, right = self.before[leaves], self.after[leaves]
        if left >= 0:
            self.after[left] = right
            if right >= 0 and self.before[left] >= 0:
                yield left, self.values[right] - self.values[leaves]
        if right >= 0:
            self.before[right] = left
            if left >= 0 and self.after[right] >= 0:
                yield right, self.values[leaves] - self.values[left]


def distances(objectives: np.ndarray, front: np.ndarray) -> np.ndarray:
    """How far candidates are apart, each objective in shares of its range in the front."""
    spread = np.ptp(objectives[front], axis=0)
    scaled = objectives / np.where(spread > 0, spread, 1.0)
    apart = cdist(scaled, scaled)
    np.fill_diagonal(apart, np.inf)
    return apart


def thinned(apart: np.ndarray, size: int) -> np.ndarray:
    """The positions left after the one nearest to another went, again and again.

    Of those equally near, the one whose second nearest, third nearest … is nearer.
    """
    nearest, closest = apart.argmin(axis=1), apart.min(axis=1)
    for _ in range(len(apart) - size):
        leaves = closest.argmin()
        alike = np.flatnonzero(closest == closest[leaves])
        if len(alike) > 1:
            rows = np.sort(apart[alike], axis=1).tolist()
            leaves = alike[rows.index(min(rows))]
        apart[leaves] = apart[:, leaves] = closest[leaves] = np.inf
        nearest[leaves] = -1
        for stale in np.flatnonzero(nearest == leaves):
            nearest[stale] = apart[stale].argmin()
            closest[stale] = apart[stale, nearest[stale]]
    return np.flatnonzero(nearest >= 0)


def farthest_apart(objectives: np.ndarray, count: int) -> np.ndarray:
    """The positions of `count` candidates of a front, after the nearest to another left in turn."""
    return thinned(distances(objectives, np.arange(len(objectives))), count)


def vicinity(objectives: np.ndarray) -> np.ndarray:
    """How far the nearest other candidate of a front is.

    After Kukkonen & Deb (2006), A fast and effective method for pruning of non-dominated solutions
    in many-objective problems.
    """
    return distances(objectives, np.arange(len(objectives))).min(axis=1)
