"""What each model would have said at earlier days, and the models' answers as one.

A rolling-origin back-test (Tashman, IJF 16, 2000). Forecasts combined with equal or nearly equal
weights are hard to beat, and weights learnt from a few windows are mostly noise (Smith & Wallis,
Oxford Bulletin 71, 2009; Petropoulos & Svetunkov, IJF 36, 2020). So weights lean on equal ones, and
a model goes only when it is far worse than the rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from crm_analysis.analyses.forecast.backtesting.prepared import (
    ModelVariant,
    PreparedSeries,
)
from crm_analysis.analyses.forecast.models.fitting import fit
from crm_analysis.analyses.forecast.models.task import ModelFit
from crm_analysis.analyses.forecast.series.level_shifts import EDGE

_MINIMUM_POINTS = 6  # that must be there to learn from
_FAR_WORSE = 1.6  # times the median error of the models tried


@dataclass(frozen=True, eq=False)
class Origin:
    """One earlier day.

    How many periods were known then (`count`), what came (`actual`, NaN where not known), as far
    as it can be learnt from (`at_level`: not what came after a lasting jump that nobody could know
    of then), and each model's answer.
    """

    count: int
    actual: np.ndarray
    at_level: np.ndarray
    fits: Mapping[ModelVariant, ModelFit]


def origins(
    points: int, season: int, horizon: int, windows: int, step: int | None
) -> tuple[list[int], int]:
    """Points known at each origin, latest first, and how many periods are then forecast.

    The horizon, unless the history is too short: then a third of it. Two seasons are there to
    learn from where the history has them.

    >>> origins(60, 12, 12, 3, None)
    ([48, 44, 40], 12)
    """
    minimum = 2 * season if points >= 2 * season + 2 else _MINIMUM_POINTS
    length = min(horizon, max(1, points - minimum), max(1, points // 3))
    latest = points - length
    step = step or max(1, round(length / max(1, windows)))
    counts = [latest - step * back for back in range(windows)]
    return [
        count
        for count in counts
        if count >= minimum or (count == latest and count >= _MINIMUM_POINTS)
    ], length


def replay(
    prepared: PreparedSeries, counts: Sequence[int], length: int
) -> list[Origin]:
    """Each model's answers at each origin, lasting jumps being taken out as they were seen then."""
    past = []
    for count in counts:
        then = prepared.recorded.until(count, length)
        if prepared.pattern == "smooth":
            then = then.settled()
        positive = then.y.min() > 0
        answers = {
            variant: fit(variant.model, then, log=variant.log)
            for variant in prepared.compared
            if positive or not variant.log
        }
        fits = {
            variant: answer
            for variant, answer in answers.items()
            if answer is not None
        }
        actual = prepared.series.values[count : count + length]
        past.append(Origin(count, actual, _at_level(prepared, count, actual), fits))
    return past


def _at_level(
    prepared: PreparedSeries, count: int, actual: np.ndarray
) -> np.ndarray:
    """What came until the level changed, of a change too late to be known."""
    at_level = actual.copy()
    for position in prepared.task.shifts.sizes:
        if position > count - EDGE:
            at_level[max(0, position - count) :] = np.nan
    return at_level


def mean_errors(past: Sequence[Origin], now: int) -> dict[ModelVariant, float]:
    """Mean absolute error of each model over what was known at point `now`."""
    errors: dict[ModelVariant, list[float]] = {}
    for origin in past:
        actual = origin.at_level[: max(0, now - origin.count)]
        for variant, answer in origin.fits.items():
            error = np.abs(np.maximum(answer.mean[: len(actual)], 0) - actual)
            errors.setdefault(variant, []).extend(
                error[np.isfinite(error)].tolist()
            )
    return {
        variant: float(np.mean(values))
        for variant, values in errors.items()
        if values
    }


def weights_by_error(
    errors: Mapping[ModelVariant, float], variants: Sequence[ModelVariant]
) -> dict[ModelVariant, float]:
    """The weight of each model from its mean absolute error in the back-test so far.

    Equal weights where there is none. They sum to 1.

    >>> list(weights_by_error({}, [ModelVariant("theta"), ModelVariant("ces")]).values())
    [0.5, 0.5]
    """
    mean_errors = np.array(
        [errors.get(variant, np.nan) for variant in variants], dtype=float
    )
    if np.isnan(mean_errors).all() or np.nanmin(mean_errors) <= 0:
        return equal_weights(variants)
    mean_errors = np.where(
        np.isnan(mean_errors), np.nanmedian(mean_errors), mean_errors
    )
    median = np.median(mean_errors)
    weights = np.where(
        mean_errors <= _FAR_WORSE * median, median / mean_errors, 0.0
    )
    weights /= weights.sum()
    pairs = zip(variants, weights.tolist(), strict=True)
    return {variant: weight for variant, weight in pairs if weight > 0}


def equal_weights(
    variants: Sequence[ModelVariant],
) -> dict[ModelVariant, float]:
    """Equal weights: of intermittent demand the least error would be that of saying none comes."""
    return {variant: 1 / len(variants) for variant in variants}


def combine(
    fits: Mapping[ModelVariant, ModelFit],
    weights: Mapping[ModelVariant, float],
    log: bool,
) -> ModelFit:
    """The weighted mean of the models' means, and the weighted median of their spreads.

    No demand is below 0: a model that falls through it takes nothing from those that do not.
    Spreads are on the scale that is wanted (`log`: of relative errors). Errors of models of one
    series move together, so it is spreads that meet, not variances; and the median, because one
    model of several may take a short history for an explosion and say that anything can happen.
    """
    parts = {variant: fits[variant] for variant in weights if variant in fits}
    shares = np.array([weights[variant] for variant in parts])
    total = sum(shares.tolist())
    first = next(iter(parts.values()))
    mean, fitted = np.zeros(len(first.mean)), np.zeros(len(first.fitted))
    for share, part in zip(shares.tolist(), parts.values(), strict=True):
        mean = mean + np.maximum(part.mean, 0.0) * (share / total)
        fitted = fitted + part.fitted * (share / total)
    spreads = [
        spread_on_scale(fit, variant.log, log) for variant, fit in parts.items()
    ]
    label = " + ".join(fit.label for fit in parts.values())
    return ModelFit(
        mean, _weighted_median(np.array(spreads), shares), fitted, label
    )


def _weighted_median(rows: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The weighted median of each column (models × steps).

    Between the two middle values where the weights part evenly.

    >>> _weighted_median(np.array([[1.0], [2.0], [50.0]]), np.array([1.0, 1.0, 1.0]))
    array([2.])
    """
    order = np.argsort(rows, axis=0, kind="stable")
    ordered = np.take_along_axis(rows, order, 0)
    below = np.cumsum(weights[order], axis=0) / weights.sum()
    low, high = (
        np.take_along_axis(ordered, np.argmax(below >= share, axis=0)[None], 0)[0]
        for share in (0.5 - 1e-9, 0.5 + 1e-9)
    )
    return (low + high) / 2


def spread_on_scale(fit: ModelFit, is_log: bool, log: bool) -> np.ndarray:
    """A fit's spread as relative errors (`log`) or in units, whichever it `is_log` of itself."""
    if is_log == log:
        return fit.spread
    size = np.maximum(np.abs(fit.mean), 1e-12)
    return fit.spread / size if log else fit.spread * size
