"""The methods that are told, or choose, a number of segments: k-means, mini-batch k-means, Gaussian mixture, agglomerative.

All candidates are computed at once, so that moving the number of segments afterwards only looks one up.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.segments.models import Centroids, Mixture, Model, Neighbours
from crm_analysis.analyses.segments.options import (
    FEWEST,
    MOST,
    AgglomerativeOptions,
    GaussianMixtureOptions,
    KMeansOptions,
    MiniBatchKMeansOptions,
)
from crm_analysis.analyses.segments.quality import (
    SILHOUETTE_SAMPLE,
    choose,
    quality_frame,
    sample_rows,
    scatter_of,
    silhouettes,
    stability,
)
from crm_analysis.jobs import Progress, no_progress
from crm_analysis.messages import Message

__all__ = ["Candidate", "CountedOptions", "candidates_of", "quality_of"]

CountedOptions = (
    KMeansOptions | MiniBatchKMeansOptions | GaussianMixtureOptions | AgglomerativeOptions
)

START_SAMPLE = 10_000  # k-means seeks its starts among this many customers where there are more than twice as many
_BETTER_SAMPLE = 50_000  # the best start is improved on this many, and then
_FINISH = 2  # this often on everyone; the inertia is then within .1 % of a fit from the first pass on everyone (benchmarks/segments.py)
_STABILITY_SAMPLE = 1500
_Refit = Callable[[np.ndarray, int], np.ndarray]


@dataclass(frozen=True, eq=False)
class Candidate:
    """One number of segments: the fitted model, everyone's label, and what the method alone knows (BIC)."""

    model: Model
    labels: np.ndarray
    bic: float | None = None


def distinct_points(points: np.ndarray, enough: int) -> int:
    """How many different points there are, counted no further than `enough` where a first look finds as many."""
    first = len(np.unique(points[:2000], axis=0))
    return first if first >= enough else len(pd.DataFrame(points).drop_duplicates())


def candidates_of(
    points: np.ndarray,
    options: CountedOptions,
    notes: list[Message],
    progress: Progress = no_progress,
) -> dict[int, Candidate]:
    """A candidate for each number of segments from 2 to 12 that the points allow; {1: …} where they allow no two."""
    distinct = distinct_points(points, MOST + 1)
    most = min(MOST, distinct, max(1, len(points) - 1) if options.clusters is None else len(points))
    if distinct == 1 or most < FEWEST:
        notes.append(
            Message(
                "segments.note.one_point" if distinct == 1 else "segments.note.too_few",
                {"count": len(points)},
            )
        )
        return {
            1: Candidate(
                Centroids(points.mean(axis=0, keepdims=True)), np.zeros(len(points), dtype=np.int64)
            )
        }
    fit = _fitter(points, options, notes)
    found = {}
    for clusters in range(FEWEST, most + 1):
        progress((clusters - FEWEST) / (most + 1 - FEWEST) * 0.7, "segments.step.candidates")
        found[clusters] = fit(clusters)
    return found


def _fitter(
    points: np.ndarray, options: CountedOptions, notes: list[Message]
) -> Callable[[int], Candidate]:
    if isinstance(options, AgglomerativeOptions):
        return _agglomerative(points, options, notes)
    if isinstance(options, GaussianMixtureOptions):
        return _mixture(points, options, notes)
    if isinstance(options, MiniBatchKMeansOptions):
        return lambda clusters: _centroids(points, _mini_batch(points, clusters, options))
    start = (
        sample_rows(len(points), START_SAMPLE, options.seed)
        if len(points) > 2 * START_SAMPLE
        else np.arange(len(points))
    )
    if len(start) < len(points):
        notes.append(Message("segments.note.starts", {"sample": len(start), "count": len(points)}))
    more = points[sample_rows(len(points), _BETTER_SAMPLE, options.seed)]
    return lambda clusters: _centroids(
        points, _k_means(points, points[start], more, clusters, options)
    )


def _centroids(points: np.ndarray, centres: np.ndarray) -> Candidate:
    model = Centroids(centres)
    return Candidate(model, model.predict(points).astype(np.int16))


def _k_means(
    points: np.ndarray, start: np.ndarray, more: np.ndarray, clusters: int, options: KMeansOptions
) -> np.ndarray:
    """Centres: the best of several starts, sought on a sample of a large table and then moved to rest on everyone."""
    from sklearn.cluster import KMeans

    if len(start) == len(points):
        return (
            KMeans(clusters, n_init=options.n_init, random_state=options.seed)
            .fit(points)
            .cluster_centers_
        )
    centres = (
        KMeans(clusters, n_init=max(1, options.n_init // 2), random_state=options.seed)
        .fit(start)
        .cluster_centers_
    )
    for rows, passes in ((more, 10), (points, _FINISH)):
        centres = (
            KMeans(
                clusters,
                init=centres,
                n_init=1,
                max_iter=passes,
                tol=0.0,
                random_state=options.seed,
            )
            .fit(rows)
            .cluster_centers_
        )
    return centres


def _mini_batch(points: np.ndarray, clusters: int, options: MiniBatchKMeansOptions) -> np.ndarray:
    from sklearn.cluster import MiniBatchKMeans

    found = MiniBatchKMeans(
        clusters, batch_size=options.batch_size, n_init=options.n_init, random_state=options.seed
    ).fit(points)
    return found.cluster_centers_


def _mixture(
    points: np.ndarray, options: GaussianMixtureOptions, notes: list[Message]
) -> Callable[[int], Candidate]:
    rows = sample_rows(len(points), options.sample, options.seed)
    if len(rows) < len(points):
        notes.append(
            Message("segments.note.sampled_fit", {"sample": len(rows), "count": len(points)})
        )

    def fit(clusters: int) -> Candidate:
        model, bic, settled = _fit_mixture(points[rows], clusters, options, options.seed, 2)
        if not settled:
            notes.append(Message("segments.note.not_converged", {"clusters": clusters}))
        return Candidate(model, model.predict(points).astype(np.int16), bic)

    return fit


def _fit_mixture(
    points: np.ndarray, clusters: int, options: GaussianMixtureOptions, seed: int, starts: int
) -> tuple[Mixture, float, bool]:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # said in a note instead
        fitted = GaussianMixture(
            clusters,
            covariance_type=options.covariance,
            n_init=starts,
            reg_covar=1e-4,
            max_iter=200,
            random_state=seed,
        ).fit(points)
    factors: Any = fitted.precisions_cholesky_
    width = points.shape[1]
    if options.covariance == "tied":
        factors = np.repeat(factors[None], clusters, axis=0)
    elif options.covariance == "diag":
        factors = np.stack([np.diag(row) for row in factors])
    elif options.covariance == "spherical":
        factors = np.stack([np.eye(width) * value for value in factors])
    return (
        Mixture(fitted.weights_, fitted.means_, factors),
        float(fitted.bic(points)),
        bool(fitted.converged_),
    )


def _agglomerative(
    points: np.ndarray, options: AgglomerativeOptions, notes: list[Message]
) -> Callable[[int], Candidate]:
    rows = sample_rows(len(points), options.sample, options.seed)
    if len(rows) < len(points):
        notes.append(
            Message("segments.note.sampled_rest", {"sample": len(rows), "count": len(points)})
        )
    tree = _tree(points[rows], options)

    def fit(clusters: int) -> Candidate:
        model = Neighbours(points[rows], _cut(tree, clusters))
        return Candidate(model, model.predict(points).astype(np.int16))

    return fit


def _tree(points: np.ndarray, options: AgglomerativeOptions) -> np.ndarray:
    from scipy.cluster.hierarchy import linkage

    return linkage(points, method=options.linkage)


def _cut(tree: np.ndarray, clusters: int) -> np.ndarray:
    """Exactly `clusters` groups, whatever the ties: undo the last merges (scipy's `cut_tree` may undo others of the same height, and is slow)."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    points = len(tree) + 1
    merges = points - clusters
    made = np.repeat(
        np.arange(points, points + merges), 2
    )  # the groups the first merges make, each of two
    parts = tree[:merges, :2].astype(np.int64).ravel()
    joined = coo_matrix(
        (np.ones(len(made), dtype=np.int8), (parts, made)), shape=(points + merges,) * 2
    )
    return connected_components(joined, directed=False)[1][:points]


def quality_of(
    points: np.ndarray,
    candidates: dict[int, Candidate],
    options: CountedOptions,
    notes: list[Message],
    progress: Progress = no_progress,
) -> pd.DataFrame:
    """A row a candidate, with the number of segments that is chosen for you flagged."""
    rows = sample_rows(len(points), SILHOUETTE_SAMPLE, options.seed)
    if len(rows) < len(points):
        notes.append(
            Message("segments.note.silhouette_sample", {"sample": len(rows), "count": len(points)})
        )
    shown = silhouettes(points[rows], [candidate.labels[rows] for candidate in candidates.values()])
    few = sample_rows(len(points), _STABILITY_SAMPLE, options.seed + 1)
    found = []
    for at, ((clusters, candidate), silhouette) in enumerate(
        zip(candidates.items(), shown, strict=True)
    ):
        progress(0.7 + 0.3 * at / len(candidates), "segments.step.quality")
        sizes = np.bincount(candidate.labels, minlength=clusters)
        within, index = scatter_of(points, candidate.labels)
        found.append(
            {
                "clusters": clusters,
                "inertia": within,
                "silhouette": silhouette,
                "calinski_harabasz": index,
                "stability": stability(
                    points[few],
                    candidate.labels[few],
                    _refit(points[few], clusters, options),
                    options.seed,
                ),
                "bic": candidate.bic,
                "smallest_share": sizes[sizes > 0].min() / len(points),
            }
        )
    quality = quality_frame(found)
    quality["chosen"] = quality["clusters"] == choose(quality)
    return quality


def _refit(points: np.ndarray, clusters: int, options: CountedOptions) -> _Refit:
    """How `options` cluster some of the points and label all of them, for the measure of stability."""

    def refit(rows: np.ndarray, seed: int) -> np.ndarray:
        some = points[rows]
        if len(np.unique(some, axis=0)) < clusters:
            return np.zeros(len(points), dtype=np.int64)
        model: Model
        if isinstance(options, AgglomerativeOptions):
            model = Neighbours(some, _cut(_tree(some, options), clusters))
        elif isinstance(options, GaussianMixtureOptions):
            model = _fit_mixture(some, clusters, options, seed, 1)[0]
        else:
            from sklearn.cluster import KMeans

            model = Centroids(
                KMeans(clusters, n_init=2, random_state=seed).fit(some).cluster_centers_
            )
        return model.predict(points)

    return refit
