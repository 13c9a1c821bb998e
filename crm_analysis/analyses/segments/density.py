"""DBSCAN and HDBSCAN: dense regions, and everybody else as noise.

DBSCAN (Ester, Kriegel, Sander & Xu, KDD 1996) gives exactly the labels of scikit-learn's, but never holds the list of all
neighbours, which grows with the square of the customers: equal points are joined into one with a weight; whether a point is a
core is read off its `min_samples`-th nearest neighbour; cores are connected by their few nearest cores, and what that leaves
apart is tested region against region. Memory grows with the number of customers times a small number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.segments.models import NOISE, Neighbours
from crm_analysis.analyses.segments.options import DBSCANOptions, HDBSCANOptions
from crm_analysis.analyses.segments.quality import sample_rows
from crm_analysis.messages import Message

__all__ = ["Density", "dbscan", "hdbscan", "k_distances", "knee"]

_LINKS = 8
_ROWS = 20_000  # rows whose neighbours are held at once


@dataclass(frozen=True, eq=False)
class Density:
    """What DBSCAN needs whatever the radius: the different points, how often each occurs, and each one's k-distance."""

    points: np.ndarray
    weights: np.ndarray
    place: np.ndarray  # of each customer among the different points
    first: np.ndarray  # the first customer at each point
    min_samples: int
    distance: np.ndarray  # the smallest radius that makes the point a core
    curve: pd.DataFrame  # share (of customers, from the sparsest to the densest), distance
    radius: float  # proposed


def k_distances(points: np.ndarray, options: DBSCANOptions) -> Density:
    """The k-distance curve and the radius it proposes.

    `min_samples` None: twice the number of features, at least 4 (Sander, Ester, Kriegel & Xu, Data Mining and Knowledge Discovery
    2, 1998), and on larger tables a quarter of the root of the number of customers, at most 50, lest every knot of a few
    customers among many becomes a segment.
    """
    from scipy.spatial import cKDTree

    codes = (
        pd.DataFrame(points + 0.0)
        .groupby(list(range(points.shape[1])), sort=False, dropna=False)
        .ngroup()
        .to_numpy()
    )
    count = int(codes.max()) + 1
    first = np.full(count, len(points))
    np.minimum.at(first, codes, np.arange(len(points)))
    unique = points[first]
    weights = np.bincount(codes, minlength=count)
    wanted = options.min_samples or max(
        4, 2 * points.shape[1], min(50, round(len(points) ** 0.5 / 4))
    )
    tree = cKDTree(unique)
    distance = np.full(count, np.inf)
    near = min(wanted, count)
    step = max(1, _ROWS * 10 // near)
    for start in range(0, count, step):
        rows = slice(start, start + step)
        distances, neighbours = tree.query(unique[rows], k=np.arange(1, near + 1))
        enough = np.cumsum(weights[neighbours], axis=1) >= wanted
        reached = enough.any(axis=1)
        distance[rows] = np.where(
            reached, distances[np.arange(len(distances)), enough.argmax(axis=1)], np.inf
        )
    everyone = np.sort(distance[codes])[::-1]
    finite = everyone[np.isfinite(everyone)]
    curve = _curve(finite, len(points))
    return Density(unique, weights, codes, first, wanted, distance, curve, knee(finite))


def _curve(descending: np.ndarray, count: int) -> pd.DataFrame:
    """At most 400 points of the curve, its ends among them."""
    at = (
        np.unique(
            np.linspace(0, len(descending) - 1, min(400, len(descending))).round().astype(int)
        )
        if len(descending)
        else np.empty(0, dtype=int)
    )
    return pd.DataFrame(
        {"share": (at + 1 + count - len(descending)) / count, "distance": descending[at]}
    )


def knee(descending: np.ndarray) -> float:
    """Where a falling curve bends most: the point farthest below the straight line between its ends
    (Satopää, Albrecht, Irwin & Raghavan, "Finding a kneedle in a haystack", 2011). Rounded up to three digits.

    >>> knee(np.array([10.0, 5.0, 1.0, 0.9, 0.8, 0.7]))
    1.01
    """
    if len(descending) == 0 or descending[0] <= 0:
        return 1.0
    drop = descending - descending[-1]
    height = drop / drop[0] if drop[0] > 0 else np.zeros(len(drop))
    line = 1 - np.arange(len(drop)) / max(1, len(drop) - 1)
    radius = float(descending[int(np.argmax(line - height))]) or float(
        descending[descending > 0].min()
    )
    unit = 10.0 ** (np.floor(np.log10(radius)) - 2)
    return float(
        f"{(np.floor(radius / unit * (1 + 1e-9)) + 1) * unit:.6g}"
    )  # a little above, so that no pair lies exactly on it


def dbscan(density: Density, radius: float) -> tuple[np.ndarray, Neighbours]:
    """The labels of all customers, numbered as scikit-learn numbers them, and the cores as a model for new ones."""
    from scipy.spatial import cKDTree

    cores = np.flatnonzero(density.distance <= radius)
    labels = np.full(len(density.points), NOISE, dtype=np.int64)
    model = Neighbours(density.points[cores], labels[cores], radius)
    if len(cores):
        tree = cKDTree(density.points[cores])
        parts = _connected(density.points[cores], tree, radius)
        order = np.full(parts.max() + 1, len(density.place))
        np.minimum.at(order, parts, density.first[cores])
        rank = np.empty(len(order), dtype=np.int64)
        rank[np.argsort(order)] = np.arange(len(order))
        labels[cores] = rank[parts]
        model = Neighbours(density.points[cores], labels[cores], radius)
        _border(density, radius, tree, labels, model.labels)
    return labels[density.place], model


def _connected(points: np.ndarray, tree: Any, radius: float) -> np.ndarray:
    """The number of the connected part of each core; two cores within the radius are connected."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    count = len(points)
    near = min(_LINKS + 1, count)
    heads, tails = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    full = np.zeros(count, dtype=bool)  # has more neighbours within the radius than were asked for
    for start in range(0, count, _ROWS):
        rows = slice(start, start + _ROWS)
        distances, neighbours = tree.query(points[rows], k=np.arange(1, near + 1))
        within = distances <= radius
        full[rows] = within[:, -1] & (near < count)
        row, column = np.nonzero(within)
        heads.append(row + start)
        tails.append(neighbours[row, column])
    links = coo_matrix(
        (np.ones(sum(map(len, heads)), dtype=bool), (np.concatenate(heads), np.concatenate(tails))),
        shape=(count, count),
    )
    number, parts = connected_components(links, directed=False)
    if number == 1 or not full.any():
        return parts
    # A link not yet seen joins two cores that both have more neighbours than were asked for: only those are compared, part by part.
    return _joined(points, parts, number, np.flatnonzero(full), radius)


def _joined(
    points: np.ndarray, parts: np.ndarray, number: int, open_rows: np.ndarray, radius: float
) -> np.ndarray:
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    by_part = open_rows[np.argsort(parts[open_rows], kind="stable")]
    edges = np.flatnonzero(np.diff(parts[by_part], prepend=-1))
    groups = np.split(by_part, edges[1:])
    groups.sort(key=len)
    left, right = [], []
    lows = np.stack([points[group].min(axis=0) for group in groups])
    highs = np.stack([points[group].max(axis=0) for group in groups])
    for at, group in enumerate(
        groups[:-1]
    ):  # the larger ones that follow are searched for this one's neighbours
        touching = (
            at
            + 1
            + np.flatnonzero(
                (
                    (lows[at + 1 :] <= highs[at] + radius) & (highs[at + 1 :] >= lows[at] - radius)
                ).all(axis=1)
            )
        )
        if not len(touching):
            continue
        tree = cKDTree(points[group])
        for other in touching:
            rows = groups[other]
            rows = rows[
                ((points[rows] >= lows[at] - radius) & (points[rows] <= highs[at] + radius)).all(
                    axis=1
                )
            ]
            if len(rows) and (tree.query(points[rows], k=1)[0] <= radius).any():
                left.append(parts[group[0]])
                right.append(parts[rows[0]])
    if not left:
        return parts
    _, joined = connected_components(
        coo_matrix((np.ones(len(left), dtype=bool), (left, right)), shape=(number, number)),
        directed=False,
    )
    return joined[parts]


def _border(
    density: Density, radius: float, tree: Any, labels: np.ndarray, core_labels: np.ndarray
) -> None:
    """A customer within the radius of a core belongs to the first cluster that reaches it, which is the one numbered lowest."""
    others = np.flatnonzero(density.distance > radius)
    # None of them has `min_samples` neighbours within the radius, so as many nearest cores are all there can be.
    near = min(density.min_samples, len(core_labels))
    step = max(1, _ROWS * 10 // near)
    for start in range(0, len(others), step):
        rows = others[start : start + step]
        distances, neighbours = tree.query(density.points[rows], k=np.arange(1, near + 1))
        reached = np.where(
            distances <= radius, core_labels[neighbours], np.iinfo(np.int64).max
        ).min(axis=1)
        labels[rows] = np.where(reached == np.iinfo(np.int64).max, NOISE, reached)


def hdbscan(
    points: np.ndarray, options: HDBSCANOptions, notes: list[Message]
) -> tuple[np.ndarray, Neighbours]:
    """HDBSCAN (Campello, Moulavi & Sander, PAKDD 2013) of a bounded sample; the others get the label of the nearest sampled
    customer, unless they are farther from it than any member of that cluster is from its own nearest neighbour.
    """
    from scipy.spatial import cKDTree
    from sklearn.cluster import HDBSCAN

    rows = sample_rows(len(points), options.sample, options.seed)
    if len(rows) < len(points):
        notes.append(
            Message("segments.note.sampled_rest", {"sample": len(rows), "count": len(points)})
        )
    some = points[rows]
    smallest = min(options.min_cluster_size or max(5, round(0.02 * len(some))), max(2, len(some)))
    if len(some) < 2:
        return np.full(len(points), NOISE, dtype=np.int64), Neighbours(
            some, np.full(len(some), NOISE, dtype=np.int64)
        )
    found = (
        HDBSCAN(
            min_cluster_size=smallest,
            min_samples=min(options.min_samples or smallest, len(some)),
            copy=True,
        )
        .fit(some)
        .labels_.astype(np.int64)
    )
    nearest = cKDTree(some).query(some, k=[2])[0][:, 0]
    reach = np.zeros(len(some))
    for label in np.unique(found):
        reach[found == label] = nearest[found == label].max() if label != NOISE else 0.0
    model = Neighbours(some, found, reach)
    return model.predict(points) if len(rows) < len(points) else found, model
