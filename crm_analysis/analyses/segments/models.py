"""Fitted segmentations as plain arrays: each says where a point belongs, and can be kept as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

__all__ = ["NOISE", "Bounds", "Centroids", "Mixture", "Model", "Neighbours", "model_from_dict"]

NOISE = -1
_CHUNK_CELLS = (
    250_000  # numbers held at once while distances are taken: 2 MB, which stays in the cache
)


class Model(Protocol):
    """What every fitted segmentation can do."""

    def predict(self, points: np.ndarray) -> np.ndarray:
        """The label of each point."""
        ...

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        ...


def _chunks(points: np.ndarray, width: int) -> Iterator[slice]:
    step = max(1, _CHUNK_CELLS // max(1, width))
    return (slice(start, start + step) for start in range(0, len(points), step))


@dataclass(frozen=True, eq=False)
class Centroids:
    """The nearest centre."""

    centres: np.ndarray

    def predict(self, points: np.ndarray) -> np.ndarray:
        """The number of the nearest centre; of equally near ones the first."""
        labels = np.empty(len(points), dtype=np.int64)
        middle = self.centres.mean(axis=0)
        centres = self.centres - middle  # near zero, so that |c|² − 2xc loses no digits
        squares = (centres**2).sum(axis=1)
        for part in _chunks(points, len(centres) + points.shape[1]):
            labels[part] = np.argmin(squares - 2 * ((points[part] - middle) @ centres.T), axis=1)
        return labels

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {"kind": "centroids", "centres": self.centres.tolist()}


@dataclass(frozen=True, eq=False)
class Mixture:
    """The normal distribution that most probably made the point. `factors`: Cholesky factors of the precisions, one a component."""

    weights: np.ndarray
    means: np.ndarray
    factors: np.ndarray

    def predict(self, points: np.ndarray) -> np.ndarray:
        """The most probable component."""
        return np.argmax(self.log_density(points), axis=1)

    def log_density(self, points: np.ndarray) -> np.ndarray:
        """log(weight × density) of each component at each point."""
        found = np.empty((len(points), len(self.weights)))
        for at, (weight, mean, factor) in enumerate(
            zip(self.weights, self.means, self.factors, strict=True)
        ):
            spread = np.log(np.diag(factor)).sum() - 0.5 * len(mean) * np.log(2 * np.pi)
            for part in _chunks(points, 3 * points.shape[1]):
                found[part, at] = (
                    np.log(weight)
                    + spread
                    - 0.5 * (((points[part] - mean) @ factor) ** 2).sum(axis=1)
                )
        return found

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "kind": "mixture",
            "weights": self.weights.tolist(),
            "means": self.means.tolist(),
            "factors": self.factors.tolist(),
        }


@dataclass(frozen=True, eq=False)
class Neighbours:
    """The label of the nearest known point; noise where that is farther than `reach` (one value, or one for each point)."""

    points: np.ndarray
    labels: np.ndarray
    reach: np.ndarray | float = np.inf

    def predict(self, points: np.ndarray) -> np.ndarray:
        """The labels of the nearest known points."""
        if len(self.points) == 0:
            return np.full(len(points), NOISE, dtype=np.int64)
        from scipy.spatial import cKDTree

        distances, nearest = cKDTree(self.points).query(points, k=1)
        labels = self.labels[nearest].astype(np.int64)
        reach = self.reach if np.isscalar(self.reach) else np.asarray(self.reach)[nearest]
        labels[distances > reach] = NOISE
        return labels

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; an unlimited reach is None."""
        reach: Any = np.asarray(self.reach).tolist()
        if isinstance(reach, float) and not np.isfinite(reach):
            reach = None
        return {
            "kind": "neighbours",
            "points": self.points.tolist(),
            "labels": self.labels.tolist(),
            "reach": reach,
        }


@dataclass(frozen=True, eq=False)
class Bounds:
    """RFM scores: for each of the columns four ascending boundaries; a column with none scores 3. Labels are numbers of RFM names."""

    columns: tuple[str, ...]
    edges: tuple[tuple[float, ...], ...]

    def predict(self, points: np.ndarray) -> np.ndarray:
        """The number of the RFM name of each row of recency, frequency (and monetary) in their own units."""
        from crm_analysis.analyses.segments.rfm import names_of

        return names_of(self.scores(points))

    def scores(self, points: np.ndarray) -> np.ndarray:
        """A score from 1 to 5 for each column; 5 is best, so recency counts backwards."""
        found = np.full(points.shape, 3, dtype=np.int64)
        for at, (name, edges) in enumerate(zip(self.columns, self.edges, strict=True)):
            if edges:
                above = np.searchsorted(np.asarray(edges), points[:, at], side="left")
                found[:, at] = 5 - above if name == "recency" else 1 + above
        return found

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "kind": "bounds",
            "columns": list(self.columns),
            "edges": [list(edges) for edges in self.edges],
        }


def model_from_dict(values: Mapping[str, Any]) -> Model:
    """A model from `to_dict`'s output."""
    if values["kind"] == "centroids":
        return Centroids(np.array(values["centres"], dtype=float))
    if values["kind"] == "mixture":
        return Mixture(
            np.array(values["weights"]), np.array(values["means"]), np.array(values["factors"])
        )
    if values["kind"] == "bounds":
        return Bounds(tuple(values["columns"]), tuple(tuple(edges) for edges in values["edges"]))
    reach = np.inf if values["reach"] is None else np.array(values["reach"], dtype=float)
    points = np.array(values["points"], dtype=float)
    return Neighbours(
        points,
        np.array(values["labels"], dtype=np.int64),
        float(reach) if np.ndim(reach) == 0 else reach,
    )
