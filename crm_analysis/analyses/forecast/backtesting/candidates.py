"""Which models are tried for a series, and why: its pattern, whether logarithms help, what auto combines."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from crm_analysis.analyses.forecast.models import can_fit
from crm_analysis.analyses.forecast.options import INTERMITTENT, ForecastOptions

__all__ = ["Candidate", "candidates", "log_helps", "pattern"]

_SHORT = 6
_LONG = 24
_INTERMITTENT_GAP = 1.32  # mean periods between demands from which demand is intermittent (Syntetos, Boylan & Croston, JORS 56, 2005)
_ON_LEVELS_ONLY = {"naive", "seasonal_naive", *INTERMITTENT}


class Candidate(NamedTuple):
    """A model and the scale it is fitted on."""

    model: str
    log: bool = False


def pattern(y: np.ndarray, season: int = 1) -> str:
    """ "zero", "constant", "short" (fewer than six points), "intermittent" (a demand every 1.32 periods or more seldom, and not by the
    season: an ice cream that rests every winter is regular) or "smooth".
    """
    if not y.any():
        return "zero"
    if len(y) > 1 and np.ptp(y) <= 1e-9 * np.abs(y).max():
        return "constant"
    if len(y) < _SHORT:
        return "short"
    if (
        y.min() >= 0
        and len(y) / np.count_nonzero(y) >= _INTERMITTENT_GAP
        and not _rests_by_season(y, season)
    ):
        return "intermittent"
    return "smooth"


def _rests_by_season(y: np.ndarray, season: int) -> bool:
    """Whether the phase of the season says well whether there is demand."""
    if season < 2 or len(y) < 2 * season:
        return False
    phase = np.arange(len(y)) % season
    share = np.array([np.mean(y[phase == one] > 0) for one in range(season)])
    overall = float(np.mean(y > 0))
    return float(np.mean(share * (1 - share))) < 0.35 * overall * (1 - overall)


def log_helps(y: np.ndarray, season: int) -> bool:
    """Whether the swings grow with the level more than half as fast as it does (the slope of log range on log mean, by stretches of a season)."""
    if y.min() <= 0:
        return False
    length = season if len(y) >= 3 * season > 3 else max(4, len(y) // 6)
    stretches = [
        y[start : start + length] for start in range(len(y) % length, len(y) - length + 1, length)
    ]
    if len(stretches) < 3:
        return False
    means = np.log([part.mean() for part in stretches])
    spreads = np.array([part.std() for part in stretches])
    if np.ptp(means) < 0.3 or (spreads <= 0).any():
        return False
    return float(np.polyfit(means, np.log(spreads), 1)[0]) > 0.5


def candidates(
    y: np.ndarray,
    season: int,
    year: int,
    options: ForecastOptions,
    kind: str,
    *,
    known: bool = False,
) -> list[Candidate]:
    """What is fitted and back-tested: for "auto" all that it may combine, else the model asked for. `known`: something is known beforehand."""
    positive = bool(y.min() > 0)
    if options.model != "auto":
        wants = options.transform == "log" or (options.transform == "auto" and log_helps(y, season))
        return (
            [Candidate(options.model, wants and positive and options.model not in _ON_LEVELS_ONLY)]
            if can_fit(options.model, len(y))
            else []
        )
    if kind in ("zero", "constant", "short"):
        return []
    if kind == "intermittent":
        return [Candidate(name) for name in ("sba", "tsb", "adida", "imapa", "ets")]
    scales = (
        (True,)
        if options.transform == "log" and positive
        else (False,)
        if options.transform == "none" or not positive
        else (False, True)
    )
    wanted = (
        ["theta", "ces"] if len(scales) == 2 else ["theta", "ces", "damped" if scales[0] else "ets"]
    )
    found = [Candidate(name, log) for name in wanted for log in scales]
    if len(scales) == 2:
        found += [Candidate("damped", True)]
    two_seasons = (
        year > 2 * season > 2 and len(y) > 2 * year
    )  # days over years: most models know one of them
    if season > 1 and len(y) >= 2 * season:
        found.append(Candidate("mstl", scales[-1]))
        # Repeating last season earns its weight like the others: on the benchmark's series auto comes 1.4 % closer for it. A season of weeks repeated is one
        # noisy year, and takes as much away; and to change over to it where it did better in a back-test of four windows is further off than to combine.
        if (
            season <= _LONG and not two_seasons and not known
        ):  # it knows neither a second season nor an event, and would take from what one does
            found.append(Candidate("seasonal_naive"))
    # A season of weeks, seen two or three times, is steadier as a sum of waves.
    if _LONG < season <= len(y) // 2 or two_seasons:
        found.append(Candidate("linear", scales[-1]))
    if options.thorough:
        found += [Candidate("ets", False)] if len(scales) == 2 else []
        found.append(Candidate("auto_arima", scales[-1]))
    return [one for one in found if can_fit(one.model, len(y))]
