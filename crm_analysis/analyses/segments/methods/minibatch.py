"""k-means on small random batches (Sculley, "Web-scale k-means clustering", WWW 2010)."""

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
from crm_analysis.messages import Message
from crm_analysis.options import knob


@dataclass(frozen=True, kw_only=True)
class MiniBatchKMeansOptions(FeatureOptions, CountOptions):
    """k-means on small random batches: less exact than k-means, quicker on very large tables."""

    batch_size: int = knob(4096, low=100, high=100_000, advanced=True)
    n_init: int = knob(3, low=1, high=50, advanced=True)


class MiniBatchKMeansMethod(CountedMethod):
    """Centres moved a little by each batch."""

    OPTIONS = MiniBatchKMeansOptions

    def fitter(
        self,
        points: np.ndarray,
        options: MiniBatchKMeansOptions,
        notes: list[Message],
    ) -> Callable[[int], Clustering]:
        """The centres after the batches."""
        from sklearn.cluster import MiniBatchKMeans

        def fit(clusters: int) -> Clustering:
            return from_centres(
                points,
                MiniBatchKMeans(
                    clusters,
                    batch_size=options.batch_size,
                    n_init=options.n_init,
                    random_state=options.seed,
                )
                .fit(points)
                .cluster_centers_,
            )

        return fit
