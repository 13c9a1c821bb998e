"""k-means: Lloyd, IEEE Transactions on Information Theory 28 (1982); starts by k-means++."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from crm_analysis.analyses.segments.methods.counted import (
    Clustering,
    CountedMethod,
    from_centres,
)
from crm_analysis.analyses.segments.options import CountOptions, FeatureOptions
from crm_analysis.analyses.segments.quality import sample_rows
from crm_analysis.messages import Message
from crm_analysis.options import knob

_START = 10_000  # customers among whom starts are sought where there are more than twice as many
_IMPROVE = 50_000  # customers on whom the best start is improved, before it is finished on everyone
_PASSES = 10
# The inertia is then within .1 % of a fit on everyone from the first pass (benchmarks/segments.py).
_FINISHING_PASSES = 2


@dataclass(frozen=True, kw_only=True)
class KMeansOptions(FeatureOptions, CountOptions):
    """k-means, the best of `n_init` starts.

    Above 20,000 customers of half as many starts on a sample, finished on everyone.
    """

    n_init: int = knob(10, low=1, high=50, advanced=True)


class KMeansMethod(CountedMethod):
    """The centres that leave the least squared distance to their customers."""

    OPTIONS = KMeansOptions

    def fitter(
        self, points: np.ndarray, options: KMeansOptions, notes: list[Message]
    ) -> Callable[[int], Clustering]:
        """Starts sought on a sample of a large table, then moved to rest on everyone."""
        from sklearn.cluster import KMeans

        seed = options.seed

        def best(rows: np.ndarray, clusters: int, starts: int) -> np.ndarray:
            return (
                KMeans(clusters, n_init=starts, random_state=seed)
                .fit(rows)
                .cluster_centers_
            )

        if len(points) <= 2 * _START:
            return lambda clusters: from_centres(
                points, best(points, clusters, options.n_init)
            )
        start = points[sample_rows(len(points), _START, seed)]
        more = points[sample_rows(len(points), _IMPROVE, seed)]
        notes.append(
            Message(
                "segments.note.starts", {"sample": len(start), "count": len(points)}
            )
        )

        def fit(clusters: int) -> Clustering:
            centres = best(start, clusters, max(1, options.n_init // 2))
            for rows, passes in ((more, _PASSES), (points, _FINISHING_PASSES)):
                centres = (
                    KMeans(
                        clusters,
                        init=centres,
                        n_init=1,
                        max_iter=passes,
                        tol=0.0,
                        random_state=seed,
                    )
                    .fit(rows)
                    .cluster_centers_
                )
            return from_centres(points, centres)

        return fit
