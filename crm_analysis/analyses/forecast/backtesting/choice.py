"""What a series is forecast with: models and their weights, the fit, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from crm_analysis.analyses.forecast.backtesting.candidates import (
    BASELINE,
    PLAIN,
    ModelVariant,
)
from crm_analysis.analyses.forecast.backtesting.combination import (
    combine,
    equal_weights,
    weights_by_error,
)
from crm_analysis.analyses.forecast.backtesting.intervals import (
    Calibration,
    calibrate,
    calibrated,
    intermittent,
)
from crm_analysis.analyses.forecast.backtesting.prepared import (
    MEAN,
    PreparedSeries,
)
from crm_analysis.analyses.forecast.backtesting.replay import (
    Origin,
    mean_errors,
)
from crm_analysis.analyses.forecast.backtesting.track_record import TrackRecord
from crm_analysis.analyses.forecast.distribution import Distribution
from crm_analysis.analyses.forecast.models.fitting import fit
from crm_analysis.analyses.forecast.models.task import ModelFit


@dataclass(frozen=True, eq=False)
class Choice:
    """The models with their weights, their fit together, and the distribution around it."""

    weights: dict[ModelVariant, float]
    fit: ModelFit
    calibration: Calibration
    distribution: Distribution

    @property
    def single(self) -> ModelVariant | None:
        """The model, where it is only one."""
        return next(iter(self.weights)) if len(self.weights) == 1 else None

    @property
    def transform(self) -> str:
        """Whether models were fitted to logarithms: "log", "none" or "both"."""
        scales = {variant.log for variant in self.weights}
        if len(scales) == 2:
            return "both"
        return "log" if scales == {True} else "none"


def choose(
    prepared: PreparedSeries, past: Sequence[Origin], record: TrackRecord
) -> Choice:
    """What the series is forecast with, from the back-test; `record` is that of the forecast."""
    weights = _weights(prepared, past)
    fit = _fit(prepared, weights)
    calibration = calibrate(
        record.scores(prepared.floor), prepared.task.options.intervals
    )
    return Choice(
        weights, fit, calibration, _distribution(prepared, weights, fit, calibration)
    )


def _weights(
    prepared: PreparedSeries, past: Sequence[Origin]
) -> dict[ModelVariant, float]:
    variants = list(prepared.fits)
    if prepared.combines and prepared.pattern == "intermittent":
        return equal_weights(variants)
    if prepared.combines:
        return weights_by_error(mean_errors(past, len(prepared.task.y)), variants)
    if variants:
        return {variants[0]: 1.0}
    return {MEAN if prepared.pattern in PLAIN else BASELINE: 1.0}


def _fit(prepared: PreparedSeries, weights: dict[ModelVariant, float]) -> ModelFit:
    if prepared.combines:
        return combine(prepared.fits, weights, prepared.log)
    variant = next(iter(weights))
    if variant in prepared.fits:
        return prepared.fits[variant]
    y = prepared.task.y
    simple = fit(variant.model, prepared.task)
    assert simple is not None
    if prepared.pattern != "short":
        return simple
    # Of one to five points: their standard deviation, or half of the mean where that is more.
    deviation = float(y.std(ddof=1)) if len(y) > 1 else 0.0
    return replace(
        simple,
        spread=np.maximum(simple.spread, max(deviation, 0.5 * float(np.abs(y).mean()))),
    )


def _distribution(
    prepared: PreparedSeries,
    weights: dict[ModelVariant, float],
    fit: ModelFit,
    calibration: Calibration,
) -> Distribution:
    """The distribution around the fit, on the scale of the only model or of all together."""
    model, log = "auto", prepared.log
    if len(weights) == 1:
        model, log = next(iter(weights))
    if prepared.comes_and_goes(model):
        return intermittent(fit, prepared.task.y)
    if prepared.pattern in ("zero", "constant"):
        return Distribution(np.maximum(fit.mean, 0.0), np.zeros(len(fit.mean)))
    return calibrated(fit, calibration, log, prepared.floor)
