"""What each model would have said at earlier days, and how far off that was.

A rolling-origin back-test (Tashman, IJF 16, 2000).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from crm_analysis.analyses.forecast.backtesting.candidates import ModelVariant
from crm_analysis.analyses.forecast.models.fitting import fit
from crm_analysis.analyses.forecast.models.task import ModelFit, Task

_MINIMUM_POINTS = 6  # that must be there to learn from


@dataclass(frozen=True, eq=False)
class Origin:
    """One earlier day.

    How many periods were known then (`count`), what came (`actual`, NaN where not known), and each
    model's answer.
    """

    count: int
    actual: np.ndarray
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
    task: Task,
    recorded: np.ndarray,
    variants: Sequence[ModelVariant],
    counts: Sequence[int],
    length: int,
) -> list[Origin]:
    """Each model's answers at each origin.

    `recorded` is what the table says (NaN where nothing, or what is left out).
    """
    past = []
    for count in counts:
        then = task.until(count, length)
        positive = then.y.min() > 0
        answers = {
            variant: fit(variant.model, then, log=variant.log)
            for variant in variants
            if positive or not variant.log
        }
        fits = {
            variant: answer for variant, answer in answers.items() if answer is not None
        }
        past.append(Origin(count, recorded[count : count + length], fits))
    return past


def mean_errors(past: Sequence[Origin], now: int) -> dict[ModelVariant, float]:
    """Mean absolute error of each model over what was known at point `now`."""
    errors: dict[ModelVariant, list[float]] = {}
    for origin in past:
        actual = origin.actual[: max(0, now - origin.count)]
        for variant, answer in origin.fits.items():
            error = np.abs(np.maximum(answer.mean[: len(actual)], 0) - actual)
            errors.setdefault(variant, []).extend(error[np.isfinite(error)].tolist())
    return {
        variant: float(np.mean(values)) for variant, values in errors.items() if values
    }
