"""The ways to segment: a file each, and an entry here."""

from __future__ import annotations

from crm_analysis.analyses.segments.methods.agglomerative import (
    AgglomerativeMethod,
)
from crm_analysis.analyses.segments.methods.dbscan import DBSCANMethod
from crm_analysis.analyses.segments.methods.hdbscan import HDBSCANMethod
from crm_analysis.analyses.segments.methods.kmeans import KMeansMethod
from crm_analysis.analyses.segments.methods.method import (
    Assignment,
    Method,
    Prepared,
)
from crm_analysis.analyses.segments.methods.minibatch import (
    MiniBatchKMeansMethod,
)
from crm_analysis.analyses.segments.methods.mixture import GaussianMixtureMethod
from crm_analysis.analyses.segments.methods.rfm import RFMMethod
from crm_analysis.options import Options

__all__ = ["METHODS", "Assignment", "Method", "Prepared", "method_of"]

# In the order in which the page offers them.
METHODS: dict[str, Method] = {
    "rfm": RFMMethod(),
    "kmeans": KMeansMethod(),
    "minibatch": MiniBatchKMeansMethod(),
    "dbscan": DBSCANMethod(),
    "hdbscan": HDBSCANMethod(),
    "mixture": GaussianMixtureMethod(),
    "agglomerative": AgglomerativeMethod(),
}


def method_of(options: Options) -> str:
    """The name of the method that these settings are for; a ValueError where they are for none.

    >>> from crm_analysis.analyses.segments.methods.rfm import RFMOptions
    >>> method_of(RFMOptions())
    'rfm'
    """
    for name, method in METHODS.items():
        if type(options) is method.OPTIONS:
            return name
    expected = ", ".join(method.OPTIONS.__name__ for method in METHODS.values())
    raise ValueError(
        f"options is a {type(options).__name__}; it must be one of {expected}"
    )
