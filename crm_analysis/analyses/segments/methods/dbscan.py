"""DBSCAN: dense regions, and everybody else as noise (Ester, Kriegel, Sander & Xu, KDD 1996).

It gives exactly the labels of scikit-learn's, but never holds the list of all neighbours, which
grows with the square of the customers: equal points are joined into one with a weight; whether a
point is a core is read off its `min_samples`-th nearest neighbour; cores are connected by their few
nearest cores, and what that leaves apart is tested region against region. Memory grows with the
number of customers times a small number.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from crm_analysis.analyses.segments.methods.method import (
    Assignment,
    Method,
    Prepared,
    noise_notes,
)
from crm_analysis.analyses.segments.models import NOISE, NearestPoints, connected
from crm_analysis.analyses.segments.options import FeatureOptions
from crm_analysis.analyses.segments.quality import one_row
from crm_analysis.jobs import Progress
from crm_analysis.messages import Message
from crm_analysis.options import knob

_LINKS = 8
_ROWS = 20_000  # rows whose neighbours are held at once
_CURVE = 400  # points of the curve that are drawn
_SPREADS = 1.5  # of the quartiles, beyond which Tukey calls a value unusual


@dataclass(frozen=True, kw_only=True)
class DBSCANOptions(FeatureOptions):
    """Dense regions: a core has `min_samples` customers (itself counted) within `radius`."""

    AVERAGES: ClassVar[bool] = False

    radius: float | None = knob(None, low=1e-9)
    min_samples: int | None = knob(None, low=1, high=1000)


@dataclass(frozen=True, eq=False)
class Density:
    """What DBSCAN needs whatever the radius.

    - points, weights : the different points, and how many customers are at each
    - place : of each customer among the different points
    - first : the first customer at each point
    - min_samples : how many make a core
    - distance : for each point the smallest radius that makes it a core
    - curve : share (of customers, from the sparsest to the densest), distance
    - radius : proposed
    """

    points: np.ndarray
    weights: np.ndarray
    place: np.ndarray
    first: np.ndarray
    min_samples: int
    distance: np.ndarray
    curve: pd.DataFrame
    radius: float


class DBSCANMethod(Method):
    """Dense regions of one density."""

    OPTIONS = DBSCANOptions
    MODELS = (NearestPoints,)
    SLIDER = ("radius",)

    def fit(
        self,
        points: np.ndarray,
        customers: pd.DataFrame,
        options: DBSCANOptions,
        notes: list[Message],
        progress: Progress,
    ) -> Density:
        """The distances from which a radius is chosen."""
        return k_distances(points, options)

    def assign(self, prepared: Prepared, options: DBSCANOptions) -> Assignment:
        """The regions for the radius asked for, or the one proposed."""
        density: Density = prepared.fitted
        radius = float(options.radius or density.radius)
        labels, model = dbscan(density, radius)
        notes = [
            *prepared.notes,
            Message(
                "segments.note.dbscan",
                {
                    "radius": radius,
                    "min_samples": density.min_samples,
                    "distinct": len(density.points),
                },
            ),
        ]
        if len(model.points) == 0:
            notes.append(Message("segments.note.all_noise", {"radius": radius}))
        quality = one_row(prepared.points, labels, options.seed, None)
        return Assignment(
            labels=labels,
            model=model,
            quality=quality,
            notes=[*notes, *noise_notes(labels)],
            distances=density.curve,
            radius=options.radius or density.radius,
        )


def k_distances(points: np.ndarray, options: DBSCANOptions) -> Density:
    """The k-distance curve and the radius it proposes.

    `min_samples` None: twice the number of features, at least 4 (Sander, Ester, Kriegel & Xu, Data
    Mining and Knowledge Discovery 2, 1998), and on larger tables a quarter of the root of the
    number of customers, at most 50, lest every knot of a few customers among many is a segment.
    """
    place = (
        pd.DataFrame(points + 0.0)
        .groupby(list(range(points.shape[1])), sort=False, dropna=False)
        .ngroup()
        .to_numpy()
    )
    count = int(place.max()) + 1
    first = np.full(count, len(points))
    np.minimum.at(first, place, np.arange(len(points)))
    weights = np.bincount(place, minlength=count)
    by_size = min(50, round(len(points) ** 0.5 / 4))
    min_samples = options.min_samples or max(4, 2 * points.shape[1], by_size)
    distance = _core_distances(points[first], weights, min_samples)
    descending = np.sort(distance[place])[::-1]
    finite = descending[np.isfinite(descending)]
    return Density(
        points=points[first],
        weights=weights,
        place=place,
        first=first,
        min_samples=min_samples,
        distance=distance,
        curve=_curve(finite, len(points)),
        radius=proposed_radius(finite),
    )


def _core_distances(
    points: np.ndarray, weights: np.ndarray, min_samples: int
) -> np.ndarray:
    """For each point the radius within which `min_samples` customers lie; infinite where none."""
    tree = cKDTree(points)
    distance = np.full(len(points), np.inf)
    near = min(min_samples, len(points))
    for rows in _slices(len(points), near):
        distances, neighbours = tree.query(points[rows], k=np.arange(1, near + 1))
        enough = np.cumsum(weights[neighbours], axis=1) >= min_samples
        reached = distances[np.arange(len(distances)), enough.argmax(axis=1)]
        distance[rows] = np.where(enough.any(axis=1), reached, np.inf)
    return distance


def _slices(count: int, neighbours: int) -> Iterator[slice]:
    step = max(1, _ROWS * 10 // neighbours)
    return (slice(start, start + step) for start in range(0, count, step))


def _curve(descending: np.ndarray, count: int) -> pd.DataFrame:
    if not len(descending):
        return pd.DataFrame({"share": [], "distance": []}, dtype=float)
    shown = np.linspace(0, len(descending) - 1, min(_CURVE, len(descending)))
    rows = np.unique(shown.round().astype(int))
    infinite = count - len(descending)
    return pd.DataFrame(
        {"share": (rows + 1 + infinite) / count, "distance": descending[rows]}
    )


def proposed_radius(distances: np.ndarray) -> float:
    """Tukey's upper fence of the distances, rounded up to three digits (1977).

    That is the third quartile and one and a half times the spread of the quartiles: who needs a
    wider circle is unusually far from others. The bend of the curve is no such measure: it moves
    with the few who are furthest.

    >>> proposed_radius(np.array([50.0, 1.0, 0.9, 0.8, 0.7, 0.6]))
    1.36
    """
    if not len(distances) or distances.max() <= 0:
        return 1.0
    lower, upper = np.quantile(distances, [0.25, 0.75])
    radius = float(upper + _SPREADS * (upper - lower))
    if not radius:
        radius = float(distances[distances > 0].min())
    unit = 10.0 ** (np.floor(np.log10(radius)) - 2)
    # A little above, so that no pair lies exactly on it.
    above = (np.floor(radius / unit * (1 + 1e-9)) + 1) * unit
    return float(f"{above:.6g}")


def dbscan(density: Density, radius: float) -> tuple[np.ndarray, NearestPoints]:
    """The labels of all customers, numbered as scikit-learn does, and the cores as a model."""
    cores = np.flatnonzero(density.distance <= radius)
    points = density.points[cores]
    labels = np.full(len(density.points), NOISE, dtype=np.int64)
    if not len(cores):
        return labels[density.place], NearestPoints(points, labels[cores], radius)
    tree = cKDTree(points)
    parts = _connected(points, tree, radius)
    first = np.full(parts.max() + 1, len(density.place))
    np.minimum.at(first, parts, density.first[cores])
    rank = np.argsort(np.argsort(first))
    labels[cores] = rank[parts]
    model = NearestPoints(points, labels[cores], radius)
    others = np.flatnonzero(density.distance > radius)
    # None of them has `min_samples` neighbours within the radius, so there are no more cores.
    near = min(density.min_samples, len(cores))
    nobody = np.iinfo(np.int64).max
    for part in _slices(len(others), near):
        rows = others[part]
        distances, neighbours = tree.query(
            density.points[rows], k=np.arange(1, near + 1)
        )
        # The first cluster that reaches a customer has it, which is the one numbered lowest.
        reached = np.where(
            distances <= radius, model.labels[neighbours], nobody
        ).min(axis=1)
        labels[rows] = np.where(reached == nobody, NOISE, reached)
    return labels[density.place], model


def _connected(points: np.ndarray, tree: Any, radius: float) -> np.ndarray:
    count = len(points)
    near = min(_LINKS + 1, count)
    heads, tails = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    full = np.zeros(
        count, dtype=bool
    )  # has more neighbours within the radius than were asked for
    for start in range(0, count, _ROWS):
        rows = slice(start, start + _ROWS)
        distances, neighbours = tree.query(points[rows], k=np.arange(1, near + 1))
        within = distances <= radius
        full[rows] = within[:, -1] & (near < count)
        row, column = np.nonzero(within)
        heads.append(row + start)
        tails.append(neighbours[row, column])
    number, parts = connected((np.concatenate(heads), np.concatenate(tails)), count)
    if number == 1 or not full.any():
        return parts
    # A link not yet seen joins two cores that both have more neighbours than were asked for: only
    # those are compared, part by part.
    return _joined(points, parts, np.flatnonzero(full), radius)


def _joined(
    points: np.ndarray, parts: np.ndarray, open_rows: np.ndarray, radius: float
) -> np.ndarray:
    """The parts, those joined that have two of the open rows within the radius of each other."""
    by_part = open_rows[np.argsort(parts[open_rows], kind="stable")]
    edges = np.flatnonzero(np.diff(parts[by_part], prepend=-1))
    groups = sorted(np.split(by_part, edges[1:]), key=len)
    lowest = np.stack([points[group].min(axis=0) for group in groups])
    highest = np.stack([points[group].max(axis=0) for group in groups])
    links: list[tuple[int, int]] = []
    # The larger groups that follow are searched for neighbours of each.
    for number, group in enumerate(groups[:-1]):
        low, high = lowest[number] - radius, highest[number] + radius
        later = slice(number + 1, None)
        touching = ((lowest[later] <= high) & (highest[later] >= low)).all(axis=1)
        if not touching.any():
            continue
        tree = cKDTree(points[group])
        for other in number + 1 + np.flatnonzero(touching):
            rows = groups[other]
            rows = rows[
                ((points[rows] >= low) & (points[rows] <= high)).all(axis=1)
            ]
            if len(rows) and (tree.query(points[rows], k=1)[0] <= radius).any():
                links.append((parts[group[0]], parts[rows[0]]))
    if not links:
        return parts
    return connected(tuple(np.transpose(links)), int(parts.max()) + 1)[1][parts]
