"""How good a segmentation is: inertia, silhouette, Calinski-Harabasz, stability; and which number of segments they speak for.

Silhouette: Rousseeuw, J. Comput. Appl. Math. 20 (1987). Index of Calinski & Harabasz: Communications in Statistics 3 (1974).
Stability: the mean adjusted Rand index (Hubert & Arabie, J. Classification 2, 1985) between a clustering and those of half-samples
(after Ben-Hur, Elisseeff & Guyon, Pacific Symposium on Biocomputing 2002).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from crm_analysis.analyses.segments.models import NOISE

__all__ = [
    "SILHOUETTE_SAMPLE",
    "adjusted_rand",
    "choose",
    "one_row",
    "quality_frame",
    "sample_rows",
    "scatter_of",
    "silhouettes",
    "stability",
]

SILHOUETTE_SAMPLE = 5000
_RESAMPLES = 5
_STABLE = 0.8
_NEARLY = 0.1
_BLOCK = 500


def sample_rows(rows: int, most: int, seed: int) -> np.ndarray:
    """Row numbers of a sample without replacement, ascending; all rows where there are no more than `most`."""
    if rows <= most:
        return np.arange(rows)
    return np.sort(np.random.default_rng(seed).choice(rows, most, replace=False))


def silhouettes(points: np.ndarray, labellings: Sequence[np.ndarray]) -> list[float | None]:
    """The mean silhouette of each labelling of the same points (noise left out); None where there is not more than one group.

    All labellings share one pass over the distances, a block of rows at a time, so memory stays at block × points.
    """
    onehots, sizes, codes = [], [], []
    for labels in labellings:
        groups, code = np.unique(labels, return_inverse=True)
        onehot = np.zeros((len(labels), len(groups)), dtype=np.float32)
        onehot[np.arange(len(labels)), code] = 1.0
        keep = groups != NOISE
        onehots.append(onehot[:, keep])
        sizes.append(onehot[:, keep].sum(axis=0))
        codes.append(np.where(labels == NOISE, -1, code - int((~keep).sum())))
    totals, counts = np.zeros(len(labellings)), np.zeros(len(labellings))
    middled = points - points.mean(axis=0)
    squares = (middled**2).sum(axis=1)
    for start in range(0, len(points), _BLOCK):
        block = slice(start, start + _BLOCK)
        distances = squares[block, None] - 2 * (middled[block] @ middled.T) + squares
        distances[np.arange(len(distances)), np.arange(start, start + len(distances))] = 0.0
        lengths = np.sqrt(np.maximum(distances, 0, out=distances)).astype(
            np.float32
        )  # halves the work; the mean keeps six digits
        for at, (onehot, size, code) in enumerate(zip(onehots, sizes, codes, strict=True)):
            own = code[block]
            rows = np.flatnonzero(own >= 0)
            if len(size) < 2 or not len(rows):
                continue
            sums = (lengths @ onehot)[rows].astype(float)
            own = own[rows]
            line = np.arange(len(rows))
            inside = sums[line, own] / np.maximum(size[own] - 1, 1)
            means = sums / size
            means[line, own] = np.inf
            outside = means.min(axis=1)
            widest = np.maximum(inside, outside)
            score = np.where(
                (size[own] > 1) & (widest > 0),
                (outside - inside) / np.where(widest > 0, widest, 1),
                0.0,
            )
            totals[at] += score.sum()
            counts[at] += len(rows)
    return [
        float(total / count) if len(size) > 1 and count > len(size) else None
        for total, count, size in zip(totals, counts, sizes, strict=True)
    ]


def scatter_of(points: np.ndarray, labels: np.ndarray) -> tuple[float, float | None]:
    """The inertia (squared distances to the mean of the own group) and the Calinski-Harabasz index, noise left out.

    The index is None for one group, for as many groups as points, and where all members of a group are the same.
    """
    if (labels == NOISE).any():
        points, labels = points[labels != NOISE], labels[labels != NOISE]
    if not len(points):
        return 0.0, None
    code = labels if labels.max() < 1000 else np.unique(labels, return_inverse=True)[1]
    sizes = np.bincount(code)
    groups = int((sizes > 0).sum())
    total = between = 0.0
    for column in points.T:
        centred = column - column.mean()
        total += float(centred @ centred)
        sums = np.bincount(code, weights=centred)
        between += float((sums[sizes > 0] ** 2 / sizes[sizes > 0]).sum())
    within = max(0.0, total - between)
    if groups < 2 or len(points) <= groups or within <= 1e-12 * total:
        return within, None
    return within, between / (groups - 1) / (within / (len(points) - groups))


def adjusted_rand(first: np.ndarray, second: np.ndarray) -> float:
    """How far two labellings agree: 1 the same, about 0 as by chance.

    >>> adjusted_rand(np.array([0, 0, 1, 1]), np.array([5, 5, 3, 3]))
    1.0
    """
    rows, row = np.unique(first, return_inverse=True)
    columns, column = np.unique(second, return_inverse=True)
    table = np.bincount(row * len(columns) + column, minlength=len(rows) * len(columns)).astype(
        float
    )
    pairs = lambda counts: float((counts * (counts - 1) / 2).sum())  # noqa: E731
    both, left, right = pairs(table), pairs(np.bincount(row)), pairs(np.bincount(column))
    every = len(first) * (len(first) - 1) / 2
    expected = left * right / every if every else 0.0
    best = (left + right) / 2
    return 1.0 if best == expected else (both - expected) / (best - expected)


def stability(
    points: np.ndarray,
    labels: np.ndarray,
    refit: Callable[[np.ndarray, int], np.ndarray],
    seed: int,
) -> float | None:
    """The mean adjusted Rand index between `labels` and what clusterings of random halves make of all `points`.

    `refit(rows, seed)` clusters the points of these rows and gives a label to every point.
    """
    if len(points) < 8 or len(np.unique(labels)) < 2:
        return None
    rng = np.random.default_rng(seed)
    found = []
    for turn in range(_RESAMPLES):
        rows = np.sort(rng.choice(len(points), len(points) // 2, replace=False))
        found.append(adjusted_rand(labels, refit(rows, seed + turn + 1)))
    return float(np.mean(found))


def choose(quality: pd.DataFrame) -> int:
    """The number of segments that the measures speak for together: of the stable candidates (stability ≥ .8) those nearly as clear as
    the clearest (silhouette within a tenth), and of these the one with the highest Calinski-Harabasz index.

    Candidates that make a segment of less than 1 % of the customers are passed over where others remain; where none is stable, all count.
    """
    usable = quality[quality["silhouette"].notna()]
    if usable.empty:
        return int(quality["clusters"].min())
    for rule in (
        usable["smallest_share"] >= 0.01,
        usable["stability"].isna() | (usable["stability"] >= _STABLE),
    ):
        narrowed = usable[rule.reindex(usable.index)]
        usable = narrowed if len(narrowed) else usable
    best = usable["silhouette"].max()
    clear = usable[usable["silhouette"] >= best - _NEARLY * abs(best)]
    return int(clear.loc[clear["calinski_harabasz"].fillna(-1.0).idxmax(), "clusters"])


def quality_frame(rows: Sequence[Mapping[str, float | int | None]]) -> pd.DataFrame:
    """Rows of quality as a frame with its columns in order."""
    columns = [
        "clusters",
        "inertia",
        "silhouette",
        "calinski_harabasz",
        "stability",
        "bic",
        "smallest_share",
        "chosen",
    ]
    frame = pd.DataFrame(rows).reindex(columns=columns)
    numbers = columns[1:-1]
    frame[numbers] = frame[numbers].astype(float)
    frame["clusters"] = frame["clusters"].astype("int64")
    frame["chosen"] = frame["chosen"].eq(True)
    return frame


def one_row(
    points: np.ndarray, labels: np.ndarray, seed: int, steady: float | None
) -> pd.DataFrame:
    """The quality of a method that finds its own number of segments: one row."""
    rows = sample_rows(len(points), SILHOUETTE_SAMPLE, seed)
    kept = labels[labels != NOISE]
    sizes = np.unique(kept, return_counts=True)[1]
    within, index = scatter_of(points, labels)
    row = {
        "clusters": len(sizes),
        "inertia": within,
        "silhouette": silhouettes(points[rows], [labels[rows]])[0],
        "calinski_harabasz": index,
        "stability": steady,
        "smallest_share": sizes.min() / len(labels) if len(sizes) else None,
        "chosen": True,
    }
    return quality_frame([row]).assign(proposed=True)
