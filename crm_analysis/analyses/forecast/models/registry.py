"""The models, an entry each, in the order in which they are offered."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Literal


@dataclass(frozen=True)
class ModelEntry:
    """Where a model lives and what it takes.

    Attributes
    ----------
    module
        The file in this folder (".simple"), or any module by its full name.
    minimum
        Points of history it needs.
    longest
        Of a longer history it is given so many of the latest points: they say what it asks for,
        and its time goes with their number.
    family
        What it belongs to, where that changes how it is treated.
    takes_logs
        Whether it may be fitted to logarithms.
    covariates
        "added": their effects are taken off before the fit and put back on afterwards; "own": the
        model takes them itself; "none": it is no more than a yardstick, and passes them over.
    """

    module: str
    minimum: int
    longest: int | None = None
    family: Literal["general", "regression", "intermittent"] = "general"
    takes_logs: bool = True
    covariates: Literal["added", "own", "none"] = "none"


_smoothing = partial(ModelEntry, ".smoothing", covariates="added")
_regression = partial(
    ModelEntry, ".regression", family="regression", covariates="own"
)
_intermittent = partial(
    ModelEntry, ".intermittent", family="intermittent", takes_logs=False
)

REGISTRY = {
    "naive": ModelEntry(".simple", 1, takes_logs=False),
    "drift": ModelEntry(".simple", 2),
    "seasonal_naive": ModelEntry(".simple", 1, takes_logs=False),
    "mean": ModelEntry(".simple", 1),
    "theta": _smoothing(6, 1500),
    "ces": _smoothing(7, 1500),
    "ets": _smoothing(6, 1500),
    "holt_winters": _smoothing(6, 1500),
    "damped": _smoothing(6, 1500),
    "auto_arima": ModelEntry(".smoothing", 8, 1000, covariates="own"),
    "arima": ModelEntry(".arima", 8, 3000, covariates="own"),
    "mstl": _smoothing(6, 2200),
    "prophet": ModelEntry(".prophet", 6, covariates="own"),
    "linear": _regression(4),
    "polynomial": _regression(6),
    "svr": _regression(8, 3000),
    "random_forest": _regression(10),
    "gradient_boosting": _regression(10),
    "croston": _intermittent(3),
    "sba": _intermittent(3),
    "tsb": _intermittent(3),
    "adida": _intermittent(3),
    "imapa": _intermittent(3),
}
INTERMITTENT = tuple(
    name for name, entry in REGISTRY.items() if entry.family == "intermittent"
)
