"""Customers in groups that can be named: by RFM scores, k-means, density, mixtures or merging."""

from __future__ import annotations

import pandas as pd
from threadpoolctl import threadpool_limits

from crm_analysis.analyses.segments.choosing import feature_choices, rfm_columns
from crm_analysis.analyses.segments.comparison import (
    Comparison,
    Movement,
    compare,
    movement,
    movement_between,
)
from crm_analysis.analyses.segments.fitting import (
    Prepared,
    by_count,
    by_density,
    by_scores,
    prepare,
)
from crm_analysis.analyses.segments.models import NOISE
from crm_analysis.analyses.segments.options import (
    OPTIONS,
    AgglomerativeOptions,
    DBSCANOptions,
    GaussianMixtureOptions,
    HDBSCANOptions,
    KMeansOptions,
    MiniBatchKMeansOptions,
    RFMOptions,
    SegmentOptions,
)
from crm_analysis.analyses.segments.quality import adjusted_rand
from crm_analysis.analyses.segments.result import Adjustments, Segments, carry, merge, pin, rename
from crm_analysis.analyses.segments.saving import from_dict, saved_changes, to_dict
from crm_analysis.analyses.segments.script import code
from crm_analysis.jobs import Progress, no_progress

__all__ = [
    "NOISE",
    "OPTIONS",
    "Adjustments",
    "AgglomerativeOptions",
    "Comparison",
    "DBSCANOptions",
    "GaussianMixtureOptions",
    "HDBSCANOptions",
    "KMeansOptions",
    "MiniBatchKMeansOptions",
    "Movement",
    "Prepared",
    "RFMOptions",
    "SegmentOptions",
    "Segments",
    "adjusted_rand",
    "carry",
    "code",
    "compare",
    "feature_choices",
    "from_dict",
    "merge",
    "movement",
    "movement_between",
    "pin",
    "prepare",
    "rename",
    "rfm_columns",
    "saved_changes",
    "segment",
    "to_dict",
]


def segment(
    customers: pd.DataFrame,
    options: SegmentOptions | None = None,
    *,
    prepared: Prepared | None = None,
    progress: Progress = no_progress,
) -> Segments:
    """Customers in segments.

    Parameters
    ----------
    customers
        A row a customer, from `describe_customers` (or any frame with `customer` and columns to compare by).
    options
        The method and its settings; default: k-means with everything chosen for you.
    prepared
        What `prepare` gave for the same customers and the same options but the number of segments or the radius: only what
        follows from these two is computed again.

    Returns
    -------
    Segments
        See there. The same seed gives the same answer.

    Raises
    ------
    AnalysisError
        Nothing to compare by, more segments asked for than there are different customers, or no orders for RFM.

    Examples
    --------
    >>> people = pd.DataFrame({"customer": list("ABCDEF"), "age": [20, 21, 22, 60, 61, 62], "spend": [5.0, 6, 5, 90, 95, 91]})
    >>> found = segment(people, KMeansOptions(clusters=2))
    >>> found.customers["segment"].tolist(), found.summary()["segments"]
    ([1, 1, 1, 0, 0, 0], 2)
    """
    options = options or KMeansOptions()
    with threadpool_limits(1):
        ready = prepared if prepared is not None else prepare(customers, options, progress=progress)
        if isinstance(options, RFMOptions):
            return by_scores(ready, options)
        if isinstance(options, DBSCANOptions | HDBSCANOptions):
            return by_density(ready, options)
        return by_count(ready, options)
