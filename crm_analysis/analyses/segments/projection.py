"""The map: principal components of the points, for as many customers as a screen can show, and what each axis means."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from crm_analysis.analyses.segments.profile import MISSING

__all__ = ["MAP_POINTS", "Axes", "axes_of", "map_of", "shown_rows"]

MAP_POINTS = 5000
_AXES = ("x", "y", "z")

Axes = tuple[
    np.ndarray, np.ndarray, np.ndarray
]  # middle, directions (dimension × axis), share of the variance of each axis


def axes_of(points: np.ndarray) -> Axes:
    """The first three principal components (Pearson, Philosophical Magazine 2, 1901); each points to where its heaviest feature is high."""
    middle = points.mean(axis=0)
    width = points.shape[1]
    scatter = np.zeros((width, width))
    for start in range(0, len(points), 100_000):
        part = points[start : start + 100_000] - middle
        scatter += part.T @ part
    variances, directions = np.linalg.eigh(scatter)
    variances, directions = np.maximum(variances[::-1][:3], 0), directions[:, ::-1][:, :3]
    heaviest = np.abs(directions).argmax(axis=0)
    signs = np.sign(directions[heaviest, np.arange(directions.shape[1])])
    total = np.trace(scatter)
    return (
        middle,
        directions * np.where(signs == 0, 1, signs),
        variances / total if total > 0 else np.zeros(len(variances)),
    )


def axes_frame(axes: Axes, columns: Sequence[tuple[str, str | None]]) -> pd.DataFrame:
    """What each axis means: `axis` (x, y, z), `share` (of the variance), `feature`, `level` ("" for numbers, "_missing"), `loading`, heaviest first."""
    rows = [
        (
            axis,
            float(axes[2][at]),
            feature,
            "" if level is None else level or MISSING,
            float(axes[1][row, at]),
        )
        for at, axis in enumerate(_AXES[: axes[1].shape[1]])
        for row, (feature, level) in enumerate(columns)
    ]
    found = pd.DataFrame(rows, columns=["axis", "share", "feature", "level", "loading"])
    found["weight"] = found["loading"].abs()
    return found.sort_values(
        ["axis", "weight"], ascending=[True, False], kind="stable", ignore_index=True
    ).drop(columns="weight")


def shown_rows(labels: np.ndarray, most: int, seed: int) -> np.ndarray:
    """Rows to draw: everyone where they fit, else a sample with each segment's share, and at least 20 of each."""
    if len(labels) <= most:
        return np.arange(len(labels))
    rng = np.random.default_rng(seed)
    found = []
    groups, sizes = np.unique(labels, return_counts=True)
    wanted = np.minimum(
        sizes,
        np.maximum(np.floor(sizes / len(labels) * most).astype(int), min(20, most // len(groups))),
    )
    while wanted.sum() > most:
        wanted[wanted.argmax()] -= 1
    for group, take in zip(groups, wanted, strict=True):
        found.append(rng.choice(np.flatnonzero(labels == group), take, replace=False))
    return np.sort(np.concatenate(found))


def map_of(
    customers: pd.Series, points: np.ndarray, labels: np.ndarray, axes: Axes, seed: int
) -> pd.DataFrame:
    """`customer`, `segment`, `x`, `y`, `z` (0 where there are fewer dimensions) of at most 5,000 customers."""
    rows = shown_rows(labels, MAP_POINTS, seed)
    places = (points[rows] - axes[0]) @ axes[1]
    found = pd.DataFrame(
        {"customer": customers.to_numpy()[rows], "segment": labels[rows].astype("int64")}
    )
    for at, axis in enumerate(_AXES):
        found[axis] = places[:, at] if at < places.shape[1] else 0.0
    return found
