"""The map: principal components of the points, for as many customers as a screen can show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crm_analysis.analyses.segments.traits import MISSING

_POINTS = 5000
_FEWEST = 20  # of each segment that are drawn, where it has so many
_AXES = ("x", "y", "z")


@dataclass(frozen=True, eq=False)
class Axes:
    """The first three principal components: dimension × axis, and each one's share of variance."""

    middle: np.ndarray
    directions: np.ndarray
    shares: np.ndarray


def axes_of(points: np.ndarray) -> Axes:
    """The first three principal components (Pearson, Philosophical Magazine 2, 1901).

    Each points to where its heaviest feature is high.
    """
    middle = points.mean(axis=0)
    width = points.shape[1]
    scatter = np.zeros((width, width))
    for start in range(0, len(points), 100_000):
        part = points[start : start + 100_000] - middle
        scatter += part.T @ part
    variances, directions = np.linalg.eigh(scatter)
    variances, directions = (
        np.maximum(variances[::-1][:3], 0),
        directions[:, ::-1][:, :3],
    )
    heaviest = np.abs(directions).argmax(axis=0)
    signs = np.sign(directions[heaviest, np.arange(directions.shape[1])])
    total = np.trace(scatter)
    shares = variances / total if total > 0 else np.zeros(len(variances))
    return Axes(middle, directions * np.where(signs == 0, 1, signs), shares)


def axes_frame(
    axes: Axes, dimensions: Sequence[tuple[str, str | None]]
) -> pd.DataFrame:
    """What each axis means, the heaviest loading first.

    Columns: `axis` (x, y, z), `share` (of the variance), `feature`, `level` ("" for numbers,
    "_missing" for a category not known), `loading`.
    """
    rows = []
    for position, axis in enumerate(_AXES[: axes.directions.shape[1]]):
        share = float(axes.shares[position])
        for (feature, level), loading in zip(
            dimensions, axes.directions[:, position], strict=True
        ):
            named = "" if level is None else level or MISSING
            rows.append((axis, share, feature, named, float(loading)))
    frame = pd.DataFrame(
        rows, columns=["axis", "share", "feature", "level", "loading"]
    )
    frame["weight"] = frame["loading"].abs()
    frame = frame.sort_values(
        ["axis", "weight"],
        ascending=[True, False],
        kind="stable",
        ignore_index=True,
    )
    return frame.drop(columns="weight")


def place_all(
    points: np.ndarray,
    axes: pd.DataFrame,
    dimensions: Sequence[tuple[str, str | None]],
) -> np.ndarray:
    """Points along the two axes of the flat map, but for where its middle lies."""
    loadings = axes.set_index(["axis", "feature", "level"])["loading"]
    named = [
        (feature, "" if level is None else level or MISSING)
        for feature, level in dimensions
    ]
    directions = [
        [loadings.get((axis, *name), 0.0) for name in named] for axis in _AXES[:2]
    ]
    places: np.ndarray = points @ np.array(directions).T
    return places


def map_of(
    customers: pd.Series,
    points: np.ndarray,
    labels: np.ndarray,
    axes: Axes,
    seed: int,
) -> pd.DataFrame:
    """Columns `customer`, `segment`, `x`, `y`, `z` of at most 5,000 customers.

    An axis that there is no dimension for is 0.
    """
    rows = _drawn_rows(labels, _POINTS, seed)
    places = (points[rows] - axes.middle) @ axes.directions
    frame = pd.DataFrame(
        {
            "customer": customers.to_numpy()[rows],
            "segment": labels[rows].astype("int64"),
        }
    )
    for position, axis in enumerate(_AXES):
        frame[axis] = places[:, position] if position < places.shape[1] else 0.0
    return frame


def _drawn_rows(labels: np.ndarray, maximum: int, seed: int) -> np.ndarray:
    if len(labels) <= maximum:
        return np.arange(len(labels))
    rng = np.random.default_rng(seed)
    groups, sizes = np.unique(labels, return_counts=True)
    by_share = np.floor(sizes / len(labels) * maximum).astype(int)
    counts = np.minimum(
        sizes, np.maximum(by_share, min(_FEWEST, maximum // len(groups)))
    )
    while counts.sum() > maximum:
        counts[counts.argmax()] -= 1
    drawn = [
        rng.choice(np.flatnonzero(labels == group), count, replace=False)
        for group, count in zip(groups, counts, strict=True)
    ]
    return np.sort(np.concatenate(drawn))
