"""Which candidates dominate which, front by front, and how much of the space they cover."""

from __future__ import annotations

import numpy as np


def dominates(objectives: np.ndarray) -> np.ndarray:
    """A matrix (n, n): whether the row's candidate dominates the column's.

    It is nowhere worse and somewhere better; of equal ones the first counts as better, so that
    copies never fill a population.
    """
    no_worse = np.ones((len(objectives), len(objectives)), dtype=bool)
    for values in objectives.T:
        no_worse &= values[:, None] <= values
    equal = no_worse & no_worse.T
    strictly = no_worse & ~equal
    copies = equal.sum() > len(equal)
    return strictly | np.triu(equal, 1) if copies else strictly


def ranks(dominating: np.ndarray, enough: int) -> np.ndarray:
    """The front each candidate lies in (0 is the best), until `enough` are ranked.

    Those beyond get the next rank together.
    """
    rank = np.full(len(dominating), -1)
    above = dominating.sum(axis=0)
    front, ranked = 0, 0
    while ranked < min(enough, len(rank)):
        members = np.flatnonzero(above == 0)
        rank[members] = front
        above = above - dominating[members].sum(axis=0)
        above[members] = -1
        front, ranked = front + 1, ranked + len(members)
    return np.where(rank < 0, front, rank)


def hypervolume(objectives: np.ndarray, reference: np.ndarray) -> float:
    """How much of the space below a reference point is dominated; all is minimised.

    Parameters
    ----------
    objectives
        Array (n, m).
    reference
        Array (m,), worse than what counts.

    Returns
    -------
    float
        In the product of the objectives' units (Zitzler & Thiele 1999).

    Examples
    --------
    >>> hypervolume(np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([2.0, 2.0]))
    3.0
    """
    points = np.asarray(objectives, dtype=float)
    limit = np.asarray(reference, dtype=float)
    points = points[(points < limit).all(axis=1)]
    points = points[np.argsort(points[:, -1], kind="stable")]
    if points.shape[1] == 1:
        return float((limit - points[:1]).sum())
    if points.shape[1] == 2:
        lowest = np.minimum.accumulate(points[:, 0])
        widths = limit[0] - lowest
        return float(widths @ np.diff(points[:, 1], append=limit[1]))
    heights = np.diff(points[:, -1], append=limit[-1])
    return float(
        sum(
            height * hypervolume(points[: row + 1, :-1], limit[:-1])
            for row, height in enumerate(heights)
            if height > 0
        )
    )
