"""Fitted segmentations as plain arrays: where a point belongs, and how to keep it as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, Self

import numpy as np

NOISE = -1
_CHUNK_CELLS = (
    250_000  # numbers held at once for distances: 2 MB, which stay in the cache
)


class SegmentModel(Protocol):
    """What every fitted segmentation can do."""

    KIND: ClassVar[str]  # by which a saved model is recognised

    def predict(self, points: np.ndarray) -> np.ndarray:
        """The label of each point."""
        ...

    def reordered(self, order: np.ndarray) -> Self:
        """The same model with its segments renumbered: the first is the one numbered order[0]."""
        ...

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values, `kind` among them."""
        ...

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """From `to_dict`'s output."""
        ...


def chunks(points: np.ndarray, width: int) -> Iterator[slice]:
    """Slices of the points, so that `width` numbers a point fit into the cache."""
    step = max(1, _CHUNK_CELLS // max(1, width))
    return (slice(start, start + step) for start in range(0, len(points), step))


def connected(ends: tuple[np.ndarray, ...], count: int) -> tuple[int, np.ndarray]:
    """How many parts links from one end to the other make of `count` things; each one's part."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    links = coo_matrix(
        (np.ones(len(ends[0]), dtype=bool), ends), shape=(count, count)
    )
    number, parts = connected_components(links, directed=False)
    return number, parts


@dataclass(frozen=True, eq=False)
class Centroids:
    """The nearest centre."""

    KIND: ClassVar[str] = "centroids"

    centres: np.ndarray

    def predict(self, points: np.ndarray) -> np.ndarray:
        """The number of the nearest centre; of equally near ones the first."""
        labels = np.empty(len(points), dtype=np.int64)
        middle = self.centres.mean(axis=0)
        centres = (
            self.centres - middle
        )  # near zero, so that |c|² − 2xc loses no digits
        squares = (centres**2).sum(axis=1)
        for part in chunks(points, len(centres) + points.shape[1]):
            products = (points[part] - middle) @ centres.T
            labels[part] = np.argmin(squares - 2 * products, axis=1)
        return labels

    def reordered(self, order: np.ndarray) -> Centroids:
        """The same centres in another order."""
        return Centroids(self.centres[order])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {"kind": self.KIND, "centres": self.centres.tolist()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """From `to_dict`'s output."""
        return cls(np.array(values["centres"], dtype=float))


@dataclass(frozen=True, eq=False)
class NearestPoints:
    """The label of the nearest known point; noise where that is farther than its `reach`."""

    KIND: ClassVar[str] = "neighbours"

    points: np.ndarray
    labels: np.ndarray
    reach: np.ndarray | float = np.inf  # one value, or one for each point

    def predict(self, points: np.ndarray) -> np.ndarray:
        """The labels of the nearest known points."""
        if len(self.points) == 0:
            return np.full(len(points), NOISE, dtype=np.int64)
        from scipy.spatial import cKDTree

        distances, nearest = cKDTree(self.points).query(points, k=1)
        labels = self.labels[nearest].astype(np.int64)
        reach = (
            self.reach
            if np.isscalar(self.reach)
            else np.asarray(self.reach)[nearest]
        )
        labels[distances > reach] = NOISE
        return labels

    def reordered(self, order: np.ndarray) -> NearestPoints:
        """The same points under new labels."""
        return NearestPoints(
            self.points, np.argsort(order)[self.labels], self.reach
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; an unlimited reach is None."""
        unlimited = np.isscalar(self.reach) and not np.isfinite(self.reach)
        return {
            "kind": self.KIND,
            "points": self.points.tolist(),
            "labels": self.labels.tolist(),
            "reach": None if unlimited else np.asarray(self.reach).tolist(),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """From `to_dict`'s output."""
        reach = (
            np.inf
            if values["reach"] is None
            else np.array(values["reach"], dtype=float)
        )
        return cls(
            points=np.array(values["points"], dtype=float),
            labels=np.array(values["labels"], dtype=np.int64),
            reach=float(reach) if np.ndim(reach) == 0 else reach,
        )
