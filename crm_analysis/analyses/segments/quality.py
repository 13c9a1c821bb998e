"""How good a segmentation is, and which number of segments the measures speak for.

Silhouette: Rousseeuw, J. Comput. Appl. Math. 20 (1987). Index of Calinski & Harabasz:
Communications in Statistics 3 (1974). Stability: the mean adjusted Rand index (Hubert & Arabie,
J. Classification 2, 1985) between a clustering and those of half-samples (after Ben-Hur, Elisseeff
& Guyon, Pacific Symposium on Biocomputing 2002).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.segments.models import NOISE
from crm_analysis.messages import Message

SILHOUETTE_SAMPLE = 5000
_RESAMPLES = 5
_MOST_RESAMPLES = 40
_STANDARD_ERRORS = 2.0
_STABLE = 0.8
_NEARLY = 0.1
_TIE = 0.05  # of the Calinski-Harabasz index: less than that apart is a tie
_AS_STABLE = 0.02
_WEAK = 0.25  # silhouette below which there is hardly a structure (Kaufman & Rousseeuw, 1990)
_CLEARER = 1.1  # times the silhouette of groups among evenly spread points
_EVEN_SAMPLE, _EVEN_DRAWS = 500, 3
_BLOCK = 500
_COLUMNS = (
    "clusters",
    "inertia",
    "silhouette",
    "calinski_harabasz",
    "stability",
    "bic",
    "smallest_share",
    "chosen",
)


def sample_rows(rows: int, maximum: int, seed: int) -> np.ndarray:
    """Row numbers of a sample without replacement, ascending; all where they are few enough."""
    if rows <= maximum:
        return np.arange(rows)
    return np.sort(np.random.default_rng(seed).choice(rows, maximum, replace=False))


def sampled(
    points: np.ndarray, options: Any, note: str, notes: list[Message]
) -> np.ndarray:
    """The rows of the sample that a method is fitted to; where they are not all, a note."""
    rows = sample_rows(len(points), options.sample, options.seed)
    if len(rows) < len(points):
        notes.append(
            Message(
                f"segments.note.{note}", {"sample": len(rows), "count": len(points)}
            )
        )
    return rows


@dataclass(frozen=True, eq=False)
class _Labelling:
    """One labelling of the points: each one's group (−1 is noise), and the groups as columns."""

    code: np.ndarray
    member: np.ndarray  # points × groups, 1 where it is a member
    sizes: np.ndarray


def silhouettes(
    points: np.ndarray, labellings: Sequence[np.ndarray]
) -> list[float | None]:
    """The mean silhouette of each labelling of the same points, noise left out.

    None where there is not more than one group. All labellings share one pass over the distances,
    a block of rows at a time, so memory stays at block × points.
    """
    prepared = [_labelling(labels) for labels in labellings]
    totals, counts = np.zeros(len(prepared)), np.zeros(len(prepared))
    centred = points - points.mean(axis=0)
    squares = (centred**2).sum(axis=1)
    for start in range(0, len(points), _BLOCK):
        block = slice(start, start + _BLOCK)
        distances = (
            squares[block, None] - 2 * (centred[block] @ centred.T) + squares
        )
        distances[
            np.arange(len(distances)), np.arange(start, start + len(distances))
        ] = 0.0
        # 32 bits halve the work; the mean keeps six digits.
        lengths = np.sqrt(np.maximum(distances, 0, out=distances)).astype(
            np.float32
        )
        for position, labelling in enumerate(prepared):
            scores = _silhouettes_of(lengths, labelling, block)
            totals[position] += scores.sum()
            counts[position] += len(scores)
    return [
        float(total / count)
        if len(labelling.sizes) > 1 and count > len(labelling.sizes)
        else None
        for total, count, labelling in zip(totals, counts, prepared, strict=True)
    ]


def _labelling(labels: np.ndarray) -> _Labelling:
    groups, code = np.unique(labels, return_inverse=True)
    member = np.zeros((len(labels), len(groups)), dtype=np.float32)
    member[np.arange(len(labels)), code] = 1.0
    real = groups != NOISE
    code = np.where(labels == NOISE, -1, code - int((~real).sum()))
    return _Labelling(code, member[:, real], member.sum(axis=0)[real])


def _silhouettes_of(
    lengths: np.ndarray, labelling: _Labelling, block: slice
) -> np.ndarray:
    own, sizes = labelling.code[block], labelling.sizes
    rows = np.flatnonzero(own >= 0)
    if len(sizes) < 2 or not len(rows):
        return np.empty(0)
    sums = (lengths @ labelling.member)[rows].astype(float)
    own = own[rows]
    line = np.arange(len(rows))
    inside = sums[line, own] / np.maximum(sizes[own] - 1, 1)
    means = sums / sizes
    means[line, own] = np.inf
    outside = means.min(axis=1)
    widest = np.maximum(inside, outside)
    counted = (sizes[own] > 1) & (widest > 0)
    return np.where(
        counted, (outside - inside) / np.where(widest > 0, widest, 1), 0.0
    )


def scatter_of(
    points: np.ndarray, labels: np.ndarray
) -> tuple[float, float | None]:
    """The inertia (squared distances to the mean of the own group) and the Calinski-Harabasz index.

    Noise is left out. The index is None for one group, for as many groups as points, and where
    all members of a group are the same.
    """
    if (labels == NOISE).any():
        points, labels = points[labels != NOISE], labels[labels != NOISE]
    if not len(points):
        return 0.0, None
    code = (
        labels if labels.max() < 1000 else np.unique(labels, return_inverse=True)[1]
    )
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
    cells = len(rows) * len(columns)
    together = _pairs(
        np.bincount(row * len(columns) + column, minlength=cells).astype(float)
    )
    in_first, in_second = _pairs(np.bincount(row)), _pairs(np.bincount(column))
    every = len(first) * (len(first) - 1) / 2
    expected = in_first * in_second / every if every else 0.0
    best = (in_first + in_second) / 2
    return 1.0 if best == expected else (together - expected) / (best - expected)


def _pairs(counts: np.ndarray) -> float:
    return float((counts * (counts - 1) / 2).sum())


def stability(
    points: np.ndarray,
    labels: np.ndarray,
    refit: Callable[[np.ndarray, int], np.ndarray],
    seed: int,
    *,
    closely: bool = False,
) -> float | None:
    """The mean adjusted Rand index between the labels and those that random halves lead to.

    `refit(rows, seed)` clusters the points of these rows and gives a label to every point. Looked
    at `closely`, halves are drawn until it is beyond chance whether that is stable, or many were.
    """
    if len(points) < 8 or len(np.unique(labels)) < 2:
        return None
    rng = np.random.default_rng(seed)
    agreements: list[float] = []
    while len(agreements) < _RESAMPLES or (closely and _undecided(agreements)):
        half = np.sort(rng.choice(len(points), len(points) // 2, replace=False))
        agreements.append(
            adjusted_rand(labels, refit(half, seed + len(agreements) + 1))
        )
    return float(np.mean(agreements))


def _undecided(agreements: list[float]) -> bool:
    """Whether chance alone may put the mean on this side of what counts as stable."""
    count = len(agreements)
    error = float(np.std(agreements, ddof=1)) / np.sqrt(count)
    near = abs(float(np.mean(agreements)) - _STABLE) < _STANDARD_ERRORS * error
    return near and count < _MOST_RESAMPLES


def clear_enough(silhouettes: Sequence[float | None]) -> list[bool]:
    """Which candidates are nearly as clear as the clearest, so that one of them may be chosen."""
    measured = [silhouette for silhouette in silhouettes if silhouette is not None]
    best = max(measured, default=0.0)
    threshold = best - _NEARLY * abs(best)
    return [
        silhouette is not None and silhouette >= threshold
        for silhouette in silhouettes
    ]


def choose(quality: pd.DataFrame) -> int:
    """The number of segments that the measures speak for together.

    Of the stable candidates (stability ≥ .8) those nearly as clear as the clearest (silhouette
    within a tenth), and of these the one with the highest Calinski-Harabasz index. Candidates that
    make a segment of less than 1 % of the customers are passed over where others remain. Of those
    whose index is nearly the highest, the more stable is chosen, then the smaller number. Where
    none is stable, which is best is chance: the smallest number is chosen.
    """
    near = _near_best(quality)
    if near.empty or _none_stable(quality):
        return int(quality["clusters"].min())
    steady = near["stability"].fillna(1.0)
    steady = steady >= steady.max() - _AS_STABLE
    return int(near.loc[steady, "clusters"].min())


def near_ties(quality: pd.DataFrame) -> list[Message]:
    """That other numbers of segments are nearly as good as the one chosen, where some are.

    Or that none is stable, so that the smallest was chosen.
    """
    if _none_stable(quality):
        highest = float(quality["stability"].max())
        fewest = {"chosen": choose(quality), "stability": highest}
        return [Message("segments.note.none_stable", fewest)]
    near = [int(clusters) for clusters in _near_best(quality)["clusters"]]
    if len(near) < 2:
        return []
    chosen = choose(quality)
    others = [str(clusters) for clusters in near if clusters != chosen]
    return [Message("segments.note.near_tie", {"chosen": chosen, "others": others})]


def _none_stable(quality: pd.DataFrame) -> bool:
    stability = quality["stability"]
    return len(quality) > 1 and bool((stability < _STABLE).all())


def _near_best(quality: pd.DataFrame) -> pd.DataFrame:
    usable = quality[quality["silhouette"].notna()]
    if usable.empty:
        return usable
    large = usable["smallest_share"] >= 0.01
    for rule in (
        large,
        usable["stability"].isna() | (usable["stability"] >= _STABLE),
    ):
        narrowed = usable[rule.reindex(usable.index)]
        usable = narrowed if len(narrowed) else usable
    best = usable["silhouette"].max()
    clear = usable[usable["silhouette"] >= best - _NEARLY * abs(best)]
    index = clear["calinski_harabasz"].fillna(-1.0)
    return clear[index >= index.max() - _TIE * abs(index.max())]


def content_order(points: np.ndarray) -> np.ndarray:
    """The rows in an order that follows from what is in them, not from where they stand.

    Methods start at random rows: so they start at the same customers whatever the order of rows
    and of columns.
    """
    columns = np.argsort((np.abs(points) ** 3).sum(axis=0).round(6), kind="stable")
    return np.lexsort(points[:, columns].round(9).T)


def weak_notes(
    points: np.ndarray,
    labels: np.ndarray,
    quality: pd.DataFrame,
    seed: int,
    *,
    any_shape: bool = False,
) -> list[Message]:
    """That the groups are no clearer than those of points without any, where they are not.

    Such points are spread evenly over the box of the principal axes, and parted by k-means into as
    many groups (after the gap statistic of Tibshirani, Walther & Hastie, J. Royal Statistical
    Society B 63, 2001). Noise counts as unclear. Groups of `any_shape` need not be compact: they
    are real where halves of the customers have them too.
    """
    row = quality[quality["chosen"]].iloc[0]
    if pd.isna(row["silhouette"]):
        return []
    if any_shape and pd.notna(row["stability"]) and row["stability"] >= _STABLE:
        return []
    grouped = float((labels != NOISE).mean())
    clear = float(row["silhouette"]) * grouped
    even = _without_groups(points, int(row["clusters"]), seed)
    if clear >= max(_WEAK, _CLEARER * even):
        return []
    return [Message("segments.note.weak", {"silhouette": float(row["silhouette"])})]


def _without_groups(points: np.ndarray, clusters: int, seed: int) -> float:
    """The silhouette of so many groups among evenly spread points, the highest of a few draws."""
    from sklearn.cluster import KMeans

    some = points[sample_rows(len(points), _EVEN_SAMPLE, seed)]
    if len(some) <= clusters:
        return 0.0
    some = some - some.mean(axis=0)
    axes = np.linalg.svd(some, full_matrices=False)[2]
    along = some @ axes.T
    rng = np.random.default_rng(seed)
    highest = 0.0
    for draw in range(_EVEN_DRAWS):
        even = rng.uniform(along.min(axis=0), along.max(axis=0), along.shape)
        parted = (
            KMeans(clusters, n_init=1, random_state=seed + draw).fit(even).labels_
        )
        highest = max(highest, silhouettes(even, [parted])[0] or 0.0)
    return highest


def quality_frame(
    rows: Sequence[Mapping[str, float | int | bool | None]],
) -> pd.DataFrame:
    """Rows of quality as a frame with its columns in order."""
    frame = pd.DataFrame(rows).reindex(columns=[*_COLUMNS])
    measures = [*_COLUMNS[1:-1]]
    frame[measures] = frame[measures].astype(float)
    return frame.assign(
        clusters=frame["clusters"].astype("int64"), chosen=frame["chosen"].eq(True)
    )


def one_row(
    points: np.ndarray,
    labels: np.ndarray,
    seed: int,
    steady: float | None = None,
) -> pd.DataFrame:
    """The quality of one segmentation: a row. `steady`: its stability, where that was measured."""
    rows = sample_rows(len(points), SILHOUETTE_SAMPLE, seed)
    sizes = np.unique(labels[labels != NOISE], return_counts=True)[1]
    inertia, calinski_harabasz = scatter_of(points, labels)
    measured = {
        "clusters": len(sizes),
        "inertia": inertia,
        "silhouette": silhouettes(points[rows], [labels[rows]])[0],
        "calinski_harabasz": calinski_harabasz,
        "stability": steady,
        "smallest_share": sizes.min() / len(labels) if len(sizes) else None,
        "chosen": True,
    }
    return quality_frame([measured]).assign(proposed=True)
