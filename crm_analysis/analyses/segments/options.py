"""The settings that several ways to segment share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from crm_analysis.options import Options, knob

MINIMUM, MAXIMUM = (
    2,
    12,
)  # numbers of segments that are tried when the number is to be chosen


@dataclass(frozen=True, kw_only=True)
class CountOptions(Options):
    """How many segments. None: the number that the measures of quality speak for."""

    clusters: int | None = knob(None, low=MINIMUM, high=MAXIMUM)


@dataclass(frozen=True, kw_only=True)
class FeatureOptions(Options):
    """What customers are compared by. None: chosen for you.

    `log` None: numbers whose skew is above 1 are compared on a log scale, unless `scale` is
    "none". `outliers` None: "clip" (beyond three interquartile ranges) where the method averages
    and `scale` is not "none"; "keep" elsewhere.
    """

    AVERAGES: ClassVar[bool] = (
        True  # whether a few extreme customers would form a segment
    )

    features: tuple[str, ...] | None = knob(None)
    log: bool | None = knob(None)
    scale: Literal["standard", "minmax", "robust", "none"] = knob("standard")
    categorical: Literal["onehot", "gower", "none"] = knob("onehot")
    outliers: Literal["clip", "keep"] | None = knob(None, advanced=True)
    seed: int = knob(0, low=0, high=2**31 - 1, advanced=True)

    @property
    def clips(self) -> bool:
        """Whether extreme values are cut off before customers are compared."""
        if self.outliers is not None:
            return self.outliers == "clip"
        return self.AVERAGES and self.scale != "none"
