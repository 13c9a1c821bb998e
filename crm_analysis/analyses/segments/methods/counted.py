"""Methods that are given, or choose, a number of segments.

All numbers are tried at once, so that moving the number of segments afterwards only looks one up.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from crm_analysis.analyses.segments.methods.method import (
    Assignment,
    Method,
    Prepared,
)
from crm_analysis.analyses.segments.models import Centroids, SegmentModel
from crm_analysis.analyses.segments.options import MAXIMUM, MINIMUM
from crm_analysis.analyses.segments.quality import (
    SILHOUETTE_SAMPLE,
    choose,
    clear_enough,
    content_order,
    near_ties,
    quality_frame,
    sample_rows,
    scatter_of,
    silhouettes,
    stability,
    weak_notes,
)
from crm_analysis.analyses.segments.traits import MONEY, has_money
from crm_analysis.errors import AnalysisError
from crm_analysis.jobs import Progress
from crm_analysis.messages import Message

_STABILITY_SAMPLE = 1500


@dataclass(frozen=True, eq=False)
class Clustering:
    """One number of segments: the model, everyone's label, and the BIC where a method has one."""

    model: SegmentModel
    labels: np.ndarray
    bic: float | None = None


@dataclass(frozen=True, eq=False)
class Clusterings:
    """A clustering for each number of segments that was tried, and their quality."""

    by_count: dict[int, Clustering]
    quality: pd.DataFrame


class CountedMethod(Method):
    """A method whose number of segments is given or chosen.

    A subclass says how to `fitter` all points and, if not by k-means, how to `refit` some of them.
    """

    MODELS: ClassVar[tuple[type[SegmentModel], ...]] = (Centroids,)
    SLIDER: ClassVar[tuple[str, ...]] = ("clusters",)

    @abstractmethod
    def fitter(
        self, points: np.ndarray, options: Any, notes: list[Message]
    ) -> Callable[[int], Clustering]:
        """What makes a clustering of all points for a number of segments."""

    def refit(
        self, points: np.ndarray, clusters: int, options: Any, seed: int
    ) -> SegmentModel:
        """A model of some of the points, for the measure of stability: k-means from two starts."""
        from sklearn.cluster import KMeans

        return Centroids(
            KMeans(clusters, n_init=2, random_state=seed)
            .fit(points)
            .cluster_centers_
        )

    def fit(
        self,
        points: np.ndarray,
        customers: pd.DataFrame,
        options: Any,
        notes: list[Message],
        progress: Progress,
    ) -> Clusterings:
        """A clustering for each number of segments from 2 to 12 that the points allow, else one."""
        order = content_order(points)
        given = np.argsort(order, kind="stable")
        points, customers = points[order], customers.iloc[order]
        distinct = _distinct(points, MAXIMUM + 1)
        # A segment for every customer is no answer unless it was asked for.
        allowed = len(points) if options.clusters else max(1, len(points) - 1)
        maximum = min(MAXIMUM, distinct, allowed)
        by_count: dict[int, Clustering] = {}
        if distinct == 1 or maximum < MINIMUM:
            reason = "one_point" if distinct == 1 else "too_few"
            notes.append(Message(f"segments.note.{reason}", {"count": len(points)}))
            by_count[1] = from_centres(points, points.mean(axis=0, keepdims=True))
        else:
            fit = self.fitter(points, options, notes)
            numbers = range(MINIMUM, maximum + 1)
            for clusters in numbers:
                share = (clusters - MINIMUM) / len(numbers)
                progress(0.7 * share, "segments.step.candidates")
                by_count[clusters] = _ordered(fit(clusters), customers)
        rows = sample_rows(len(points), SILHOUETTE_SAMPLE, options.seed)
        if len(rows) < len(points):
            notes.append(
                Message(
                    "segments.note.silhouette_sample",
                    {"sample": len(rows), "count": len(points)},
                )
            )
        quality = self._quality(points, by_count, options, progress)
        as_given = {
            clusters: replace(tried, labels=tried.labels[given])
            for clusters, tried in by_count.items()
        }
        return Clusterings(as_given, quality)

    def assign(self, prepared: Prepared, options: Any) -> Assignment:
        """The clustering with the number of segments asked for, or the one proposed."""
        fitted: Clusterings = prepared.fitted
        quality = fitted.quality
        proposed = int(quality.loc[quality["chosen"], "clusters"].iloc[0])
        clusters = options.clusters or proposed
        if clusters not in fitted.by_count:
            raise _too_many(clusters, len(prepared.customers), max(fitted.by_count))
        chosen = fitted.by_count[clusters]
        quality = quality.assign(
            proposed=quality["clusters"] == proposed,
            chosen=quality["clusters"] == clusters,
        )
        notes = [
            note
            for note in prepared.notes
            if note.details.get("clusters") in (None, clusters)
        ]
        if clusters == proposed:
            notes += near_ties(quality)
        notes += weak_notes(prepared.points, chosen.labels, quality, options.seed)
        return Assignment(
            chosen.labels.astype(np.int64), chosen.model, quality, notes
        )

    def _quality(
        self,
        points: np.ndarray,
        by_count: dict[int, Clustering],
        options: Any,
        progress: Progress,
    ) -> pd.DataFrame:
        rows = sample_rows(len(points), SILHOUETTE_SAMPLE, options.seed)
        shown = silhouettes(
            points[rows], [tried.labels[rows] for tried in by_count.values()]
        )
        few = sample_rows(len(points), _STABILITY_SAMPLE, options.seed + 1)
        measured: list[dict[str, float | None]] = []
        for (clusters, clustering), silhouette, clear in zip(
            by_count.items(), shown, clear_enough(shown), strict=True
        ):
            progress(
                0.7 + 0.3 * len(measured) / len(by_count),
                "segments.step.quality",
            )
            labels = clustering.labels
            sizes = np.bincount(labels, minlength=clusters)
            inertia, calinski_harabasz = scatter_of(points, labels)
            refit = self._refitter(points[few], clusters, options)
            measured.append(
                {
                    "clusters": clusters,
                    "inertia": inertia,
                    "silhouette": silhouette,
                    "calinski_harabasz": calinski_harabasz,
                    "stability": stability(
                        points[few],
                        labels[few],
                        refit,
                        options.seed,
                        closely=clear,
                    ),
                    "bic": clustering.bic,
                    "smallest_share": sizes[sizes > 0].min() / len(points),
                }
            )
        quality = quality_frame(measured)
        quality["chosen"] = quality["clusters"] == choose(quality)
        return quality

    def _refitter(
        self, points: np.ndarray, clusters: int, options: Any
    ) -> Callable[[np.ndarray, int], np.ndarray]:
        def refit(rows: np.ndarray, seed: int) -> np.ndarray:
            some = points[rows]
            if _distinct(some, clusters) < clusters:
                return np.zeros(len(points), dtype=np.int64)
            return self.refit(some, clusters, options, seed).predict(points)

        return refit


def from_centres(points: np.ndarray, centres: np.ndarray) -> Clustering:
    """Each point with its nearest centre."""
    model = Centroids(centres)
    return Clustering(model, model.predict(points).astype(np.int16))


def _distinct(points: np.ndarray, enough: int) -> int:
    """How many different points there are; not counted on where a first look finds `enough`."""
    first = len(np.unique(points[:200], axis=0))
    return first if first >= enough else len(pd.DataFrame(points).drop_duplicates())


def _ordered(clustering: Clustering, customers: pd.DataFrame) -> Clustering:
    """The same with its segments numbered by mean money, most first, else by size."""
    labels = clustering.labels
    count = int(labels.max()) + 1
    worth = sizes = np.bincount(labels, minlength=count).astype(float)
    if has_money(customers):
        worth = np.bincount(
            labels,
            weights=np.nan_to_num(customers[MONEY].to_numpy(dtype=float)),
            minlength=count,
        ) / np.maximum(sizes, 1)
    order = np.argsort(-worth, kind="stable")
    rank = np.argsort(order).astype(labels.dtype)
    return Clustering(
        clustering.model.reordered(order), rank[labels], clustering.bic
    )


def _too_many(clusters: int, customers: int, distinct: int) -> AnalysisError:
    if clusters >= customers:
        return AnalysisError(
            "segments.too_few_customers", clusters=clusters, customers=customers
        )
    return AnalysisError(
        "segments.too_few_distinct",
        clusters=clusters,
        distinct=distinct,
        customers=customers,
    )
