"""Customers in groups that can be named: by RFM scores, k-means, density, mixtures or merging."""

from crm_analysis.analyses.segments.adjustments import Adjustments
from crm_analysis.analyses.segments.comparison import (
    SegmentComparison,
    SegmentMovement,
    compare,
    counts_to_compare,
    days_to_compare,
    movement,
    movement_between,
)
from crm_analysis.analyses.segments.methods import (
    METHODS,
    Method,
    Prepared,
    method_of,
)
from crm_analysis.analyses.segments.methods.agglomerative import (
    AgglomerativeOptions,
)
from crm_analysis.analyses.segments.methods.dbscan import DBSCANOptions
from crm_analysis.analyses.segments.methods.hdbscan import HDBSCANOptions
from crm_analysis.analyses.segments.methods.kmeans import KMeansOptions
from crm_analysis.analyses.segments.methods.minibatch import (
    MiniBatchKMeansOptions,
)
from crm_analysis.analyses.segments.methods.mixture import (
    GaussianMixtureOptions,
)
from crm_analysis.analyses.segments.methods.rfm import RFMOptions
from crm_analysis.analyses.segments.models import NOISE
from crm_analysis.analyses.segments.quality import adjusted_rand
from crm_analysis.analyses.segments.ready_rfm import (
    columns_called_rfm,
    could_be_rfm,
    ready_rfm,
)
from crm_analysis.analyses.segments.result import (
    Segments,
    adjust,
    carry,
    leading_segment,
    merge,
    pin,
    rename,
    rules_worth_reading,
    segment_names,
)
from crm_analysis.analyses.segments.saving import (
    code,
    from_dict,
    saved_adjustments,
    to_dict,
)
from crm_analysis.analyses.segments.scaling import feature_choices, rfm_columns
from crm_analysis.analyses.segments.segmentation import (
    prepare,
    segment,
    segment_prepared,
)

__all__ = [
    "METHODS",
    "NOISE",
    "Adjustments",
    "AgglomerativeOptions",
    "DBSCANOptions",
    "GaussianMixtureOptions",
    "HDBSCANOptions",
    "KMeansOptions",
    "Method",
    "MiniBatchKMeansOptions",
    "Prepared",
    "RFMOptions",
    "SegmentComparison",
    "SegmentMovement",
    "Segments",
    "adjust",
    "adjusted_rand",
    "carry",
    "code",
    "columns_called_rfm",
    "compare",
    "could_be_rfm",
    "counts_to_compare",
    "days_to_compare",
    "feature_choices",
    "from_dict",
    "leading_segment",
    "merge",
    "method_of",
    "movement",
    "movement_between",
    "pin",
    "prepare",
    "ready_rfm",
    "rename",
    "rfm_columns",
    "rules_worth_reading",
    "saved_adjustments",
    "segment",
    "segment_names",
    "segment_prepared",
    "to_dict",
]
