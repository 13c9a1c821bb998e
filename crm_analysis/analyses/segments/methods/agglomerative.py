"""Agglomerative clustering: the nearest groups are merged step by step.

Ward, Journal of the American Statistical Association 58 (1963), and the other usual linkages.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from crm_analysis.analyses.segments.methods.counted import (
    Clustering,
    CountedMethod,
)
from crm_analysis.analyses.segments.models import (
    Centroids,
    NearestPoints,
    connected,
)
from crm_analysis.analyses.segments.options import CountOptions, FeatureOptions
from crm_analysis.analyses.segments.quality import sampled
from crm_analysis.messages import Message
from crm_analysis.options import knob


@dataclass(frozen=True, kw_only=True)
class AgglomerativeOptions(FeatureOptions, CountOptions):
    """Merging nearest groups step by step, on a sample of `sample` customers.

    The others join the nearest sampled customer.
    """

    linkage: Literal["ward", "average", "complete", "single"] = knob("ward")
    sample: int = knob(3000, low=200, high=10_000, advanced=True)


class AgglomerativeMethod(CountedMethod):
    """One tree of merges, cut at each number of segments."""

    OPTIONS = AgglomerativeOptions
    MODELS = (NearestPoints, Centroids)

    def fitter(
        self,
        points: np.ndarray,
        options: AgglomerativeOptions,
        notes: list[Message],
    ) -> Callable[[int], Clustering]:
        """Cuts of the tree of a sample."""
        rows = sampled(points, options, "sampled_rest", notes)
        tree = _tree(points[rows], options)

        def fit(clusters: int) -> Clustering:
            model = NearestPoints(points[rows], _cut(tree, clusters))
            return Clustering(model, model.predict(points).astype(np.int16))

        return fit

    def refit(
        self,
        points: np.ndarray,
        clusters: int,
        options: AgglomerativeOptions,
        seed: int,
    ) -> NearestPoints:
        """A cut of the points' own tree."""
        return NearestPoints(points, _cut(_tree(points, options), clusters))


def _tree(points: np.ndarray, options: AgglomerativeOptions) -> np.ndarray:
    from scipy.cluster.hierarchy import linkage

    return linkage(points, method=options.linkage)


def _cut(tree: np.ndarray, clusters: int) -> np.ndarray:
    """Exactly `clusters` groups, whatever the ties: the last merges are undone.

    scipy's `cut_tree` may undo others of the same height, and is slow.
    """
    points = len(tree) + 1
    merges = points - clusters
    merged = np.repeat(
        np.arange(points, points + merges), 2
    )  # each merge makes a group of two
    parts = tree[:merges, :2].astype(np.int64).ravel()
    return connected((parts, merged), points + merges)[1][:points]
