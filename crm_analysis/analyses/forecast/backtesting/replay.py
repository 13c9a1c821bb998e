"""What each model would have said at earlier days, and how far off that was: a rolling-origin back-test (Tashman, IJF 16, 2000)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from crm_analysis.analyses.forecast.backtesting.candidates import Candidate
from crm_analysis.analyses.forecast.backtesting.combination import combine, weights
from crm_analysis.analyses.forecast.models import Fit, Task, fit

__all__ = ["Origin", "origins", "replay", "scores"]

_FEWEST = 6  # points that must be left to learn from


@dataclass(frozen=True, eq=False)
class Origin:
    """One earlier day: how many periods were known then (`count`), what came (`actual`, NaN where not known), and each model's answer."""

    count: int
    actual: np.ndarray
    fits: Mapping[Candidate, Fit]


def origins(
    points: int, season: int, horizon: int, windows: int, step: int | None
) -> tuple[list[int], int]:
    """How many points were known at each origin, latest first, and how many periods are then forecast.

    The horizon, unless the history is too short: then a third of it. Two seasons are left to learn from where the history has them.

    >>> origins(60, 12, 12, 3, None)
    ([48, 44, 40], 12)
    """
    least = 2 * season if points >= 2 * season + 2 else _FEWEST
    length = min(
        horizon, max(1, (points - least) if points - least >= 1 else 1), max(1, points // 3)
    )
    jump = step or max(1, round(length / max(1, windows)))
    found = [points - length - jump * back for back in range(windows)]
    return [
        count
        for count in found
        if count >= least or (count >= _FEWEST and count == points - length)
    ], length


def replay(
    task: Task, told: np.ndarray, tried: Sequence[Candidate], counts: Sequence[int], length: int
) -> list[Origin]:
    """Each model's answers at each origin; `told` is what the table says (NaN where nothing, or what is left out)."""
    found = []
    for count in counts:
        then = task.until(count, length)
        fits = {}
        for one in tried:
            if one.log and then.y.min() <= 0:
                continue
            got = fit(one.model, then, log=one.log)
            if got is not None:
                fits[one] = got
        found.append(Origin(count, told[count : count + length], fits))
    return found


def scores(past: Sequence[Origin], now: int) -> dict[Candidate, float]:
    """Mean absolute error of each model over what was known at point `now`, in units of the mean demand there."""
    sums: dict[Candidate, list[float]] = {}
    for origin in past:
        seen = max(0, min(len(origin.actual), now - origin.count))
        actual = origin.actual[:seen]
        for one, got in origin.fits.items():
            miss = np.abs(np.maximum(got.mean[:seen], 0) - actual)
            sums.setdefault(one, []).extend(miss[np.isfinite(miss)].tolist())
    return {one: float(np.mean(errors)) for one, errors in sums.items() if errors}


def replay_auto(
    past: Sequence[Origin], tried: Sequence[Candidate], log: bool
) -> list[tuple[Origin, Fit | None]]:
    """What "auto" would have said at each origin, its weights learnt only from what was known then."""
    found = []
    for origin in past:
        able = [one for one in tried if one in origin.fits]
        weight = weights(
            scores([other for other in past if other.count < origin.count], origin.count), able
        )
        found.append((origin, combine(origin.fits, weight, log) if weight else None))
    return found
