"""The settings of each way to segment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from crm_analysis.options import Options, knob

__all__ = [
    "FEWEST",
    "MOST",
    "OPTIONS",
    "AgglomerativeOptions",
    "DBSCANOptions",
    "GaussianMixtureOptions",
    "HDBSCANOptions",
    "KMeansOptions",
    "MiniBatchKMeansOptions",
    "RFMOptions",
    "SegmentOptions",
]

FEWEST, MOST = 2, 12  # numbers of segments that are tried when the number is to be chosen


@dataclass(frozen=True, kw_only=True)
class _Counted(Options):
    clusters: int | None = knob(None, low=FEWEST, high=MOST)


@dataclass(frozen=True, kw_only=True)
class _Featured(Options):
    """What customers are compared by. None: chosen for you.

    `log` None: numbers whose skew is above 1 are compared on a log scale, unless `scale` is "none". `outliers` None: "clip"
    (beyond three interquartile ranges, for the methods that average) unless `scale` is "none"; "keep" for DBSCAN and HDBSCAN.
    """

    features: tuple[str, ...] | None = knob(None)
    log: bool | None = knob(None)
    scale: Literal["standard", "minmax", "robust", "none"] = knob("standard")
    categorical: Literal["onehot", "gower", "none"] = knob("onehot")
    outliers: Literal["clip", "keep"] | None = knob(None, advanced=True)
    seed: int = knob(0, low=0, high=2**31 - 1, advanced=True)


@dataclass(frozen=True, kw_only=True)
class RFMOptions(Options):
    """Scores from 1 to 5 by fifths of the customers, or by boundaries of one's own (four ascending values each)."""

    recency_bounds: tuple[float, ...] | None = knob(None)
    frequency_bounds: tuple[float, ...] | None = knob(None)
    monetary_bounds: tuple[float, ...] | None = knob(None)
    seed: int = knob(0, low=0, high=2**31 - 1, advanced=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("recency_bounds", "frequency_bounds", "monetary_bounds"):
            bounds = getattr(self, name)
            if bounds is None:
                continue
            numbers = all(
                isinstance(bound, int | float) and not isinstance(bound, bool) and bound == bound
                for bound in bounds
            )
            if len(bounds) != 4 or not numbers or list(bounds) != sorted(bounds):
                raise ValueError(
                    f"RFMOptions.{name} is {bounds!r}; it must be four ascending numbers"
                )


@dataclass(frozen=True, kw_only=True)
class KMeansOptions(_Featured, _Counted):
    """k-means, the best of `n_init` starts; above 20,000 customers of half as many on a sample, which is then finished on everyone."""

    n_init: int = knob(10, low=1, high=50, advanced=True)


@dataclass(frozen=True, kw_only=True)
class MiniBatchKMeansOptions(_Featured, _Counted):
    """k-means on small random batches: less exact than k-means, quicker on very large tables."""

    batch_size: int = knob(4096, low=100, high=100_000, advanced=True)
    n_init: int = knob(3, low=1, high=50, advanced=True)


@dataclass(frozen=True, kw_only=True)
class DBSCANOptions(_Featured):
    """Dense regions: a customer with `min_samples` customers (itself counted) within `radius` is the core of one."""

    radius: float | None = knob(None, low=1e-9)
    min_samples: int | None = knob(None, low=1, high=1000)


@dataclass(frozen=True, kw_only=True)
class HDBSCANOptions(_Featured):
    """Dense regions of differing density, none smaller than `min_cluster_size`; on a sample of `sample` customers where there are more."""

    min_cluster_size: int | None = knob(None, low=2, high=100_000)
    min_samples: int | None = knob(None, low=1, high=1000, advanced=True)
    sample: int = knob(10_000, low=500, high=30_000, advanced=True)


@dataclass(frozen=True, kw_only=True)
class GaussianMixtureOptions(_Featured, _Counted):
    """Overlapping normal distributions; fitted on a sample of `sample` customers where there are more."""

    covariance: Literal["full", "tied", "diag", "spherical"] = knob("full")
    sample: int = knob(20_000, low=1000, high=200_000, advanced=True)


@dataclass(frozen=True, kw_only=True)
class AgglomerativeOptions(_Featured, _Counted):
    """Merging nearest groups step by step, on a sample of `sample` customers; the others join the nearest sampled customer."""

    linkage: Literal["ward", "average", "complete", "single"] = knob("ward")
    sample: int = knob(3000, low=200, high=10_000, advanced=True)


SegmentOptions = (
    RFMOptions
    | KMeansOptions
    | MiniBatchKMeansOptions
    | DBSCANOptions
    | HDBSCANOptions
    | GaussianMixtureOptions
    | AgglomerativeOptions
)

OPTIONS: dict[str, type[Options]] = {
    "rfm": RFMOptions,
    "kmeans": KMeansOptions,
    "minibatch": MiniBatchKMeansOptions,
    "dbscan": DBSCANOptions,
    "hdbscan": HDBSCANOptions,
    "mixture": GaussianMixtureOptions,
    "agglomerative": AgglomerativeOptions,
}
