"""HDBSCAN: dense regions of differing density (Campello, Moulavi & Sander, PAKDD 2013)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from crm_analysis.analyses.segments.methods.method import (
    Assignment,
    Method,
    Prepared,
    noise_notes,
)
from crm_analysis.analyses.segments.models import NOISE, NearestPoints
from crm_analysis.analyses.segments.options import FeatureOptions
from crm_analysis.analyses.segments.quality import (
    one_row,
    sample_rows,
    sampled,
    stability,
    weak_notes,
)
from crm_analysis.messages import Message
from crm_analysis.options import knob

_STABILITY_SAMPLE = 2000


@dataclass(frozen=True, kw_only=True)
class HDBSCANOptions(FeatureOptions):
    """Dense regions of differing density, none smaller than `min_cluster_size`.

    On a sample of `sample` customers where there are more.
    """

    AVERAGES: ClassVar[bool] = False

    min_cluster_size: int | None = knob(None, low=2, high=100_000)
    min_samples: int | None = knob(None, low=1, high=1000, advanced=True)
    sample: int = knob(10_000, low=500, high=30_000, advanced=True)


class HDBSCANMethod(Method):
    """Dense regions of a bounded sample; the others join the nearest sampled customer."""

    OPTIONS = HDBSCANOptions
    MODELS = (NearestPoints,)

    def assign(self, prepared: Prepared, options: HDBSCANOptions) -> Assignment:
        """The regions there are; everybody else is noise."""
        notes = list(prepared.notes)
        points = prepared.points
        rows = sampled(points, options, "sampled_rest", notes)
        model = _fit(points[rows], options)
        labels = model.labels if len(rows) == len(points) else model.predict(points)
        few = sample_rows(len(points), _STABILITY_SAMPLE, options.seed)
        some = points[few]

        def refit(half: np.ndarray, seed: int) -> np.ndarray:
            part = some[half]
            return _fit(
                part[sample_rows(len(part), options.sample, options.seed)], options
            ).predict(some)

        steady = stability(some, labels[few], refit, options.seed)
        notes += noise_notes(labels)
        if (labels == NOISE).all():
            notes.append(Message("segments.note.no_groups", {"count": len(labels)}))
        quality = one_row(points, labels, options.seed, steady)
        notes += weak_notes(points, labels, quality, options.seed, any_shape=True)
        return Assignment(labels, model, quality, notes)


def _fit(points: np.ndarray, options: HDBSCANOptions) -> NearestPoints:
    """Regions of all these points.

    A new one is noise where it is farther from the nearest point than any member of that region
    is from its own nearest neighbour.
    """
    from scipy.spatial import cKDTree
    from sklearn.cluster import HDBSCAN

    if len(points) < 2:
        return NearestPoints(points, np.full(len(points), NOISE, dtype=np.int64))
    wanted = options.min_cluster_size or max(5, round(0.02 * len(points)))
    smallest = min(wanted, len(points))
    regions = HDBSCAN(
        min_cluster_size=smallest,
        min_samples=min(options.min_samples or smallest, len(points)),
        copy=True,
    )
    labels = regions.fit(points).labels_.astype(np.int64)
    nearest = cKDTree(points).query(points, k=[2])[0][:, 0]
    reach = np.zeros(len(points))
    for label in np.unique(labels[labels != NOISE]):
        reach[labels == label] = nearest[labels == label].max()
    return NearestPoints(points, labels, reach)
