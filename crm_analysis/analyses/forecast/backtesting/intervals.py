"""How far around a forecast the truth may lie: the models' own spread, stretched or shrunk to what the back-test saw.

This is conformal prediction with normalised scores (Lei et al., JASA 113, 2018): a score is an error over the spread that the model gave it. The scores of
a back-test are few and hang together, so their quantile is drawn towards the normal one as if a number of scores of the normal kind had been seen beforehand.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from crm_analysis.analyses.forecast.backtesting.distribution import Z_80, Z_95, Distribution
from crm_analysis.analyses.forecast.models import Fit

__all__ = ["Calibration", "calibrate", "distribution", "intermittent", "spread_of"]

_PRIOR = 1.1  # models are surer than they should be, by about this (Makridakis et al. 1987; the real series here say the same)
_PRIOR_SCORES = 12.0
_SHOULDER = 0.95  # errors have a higher peak and longer tails than normal ones
_RUN = 3.0  # neighbouring errors hang together: so many count as one
_TRUSTED = 30.0
_PERSISTENCE = 0.6  # the correlation of neighbouring scores on the real series here
_LONGEST_MEMORY = 0.95


@dataclass(frozen=True)
class Calibration:
    """Where the central 80 and 95 % of scores end, how neighbouring scores correlate, from how many scores that is known."""

    at_80: float = _SHOULDER * Z_80 * _PRIOR
    at_95: float = Z_95 * _PRIOR
    persistence: float = _PERSISTENCE
    scores: int = 0


def spread_of(fit: Fit, floor: float) -> np.ndarray:
    """A fit's spread, never below `floor` and never shrinking with the step."""
    return np.maximum.accumulate(np.maximum(fit.spread, floor))


def calibrate(runs: Iterable[np.ndarray], method: str = "auto") -> Calibration:
    """From the scores (error over spread) of each window, NaN where unknown; `method` "model" leaves the spread as the model has it,
    "conformal" takes the scores' own quantiles where there are enough of them.
    """
    kept: Sequence[np.ndarray] = [run for run in runs if np.isfinite(run).any()]
    scores = np.concatenate([run[np.isfinite(run)] for run in kept]) if kept else np.zeros(0)
    memory = _memory(kept)
    if method == "model":
        return Calibration(Z_80, Z_95, memory, len(scores))
    if not len(scores):
        return Calibration()
    size = np.minimum(np.abs(scores), 6.0)
    if method == "conformal" and len(scores) >= 10:
        return Calibration(
            _conformal(np.abs(scores), 0.8), _conformal(np.abs(scores), 0.95), memory, len(scores)
        )
    independent = len(scores) / _RUN
    scale = np.sqrt(
        (_PRIOR_SCORES * _PRIOR**2 + independent * float(np.mean(size**2)))
        / (_PRIOR_SCORES + independent)
    )
    trust = independent / (independent + _TRUSTED)
    edges = [
        (1 - trust) * scale * normal + trust * max(_conformal(size, level), 0.5 * scale * normal)
        for level, normal in ((0.8, _SHOULDER * Z_80), (0.95, Z_95))
    ]
    return Calibration(edges[0], max(edges[1], edges[0] * 1.2), memory, len(scores))


def _conformal(size: np.ndarray, level: float) -> float:
    """The quantile with conformal's correction for few scores: the ⌈(n + 1) level⌉-th smallest, the largest (a little more) where there are fewer."""
    rank = int(np.ceil((len(size) + 1) * level))
    ordered = np.sort(size)
    return float(ordered[rank - 1]) if rank <= len(size) else float(ordered[-1]) * 1.1


def _memory(runs: Sequence[np.ndarray]) -> float:
    """The correlation of scores one to four steps apart, drawn towards what is usual as if twenty pairs of that kind had been seen."""
    top = bottom = pairs = 0.0
    for run in runs:
        for lag in range(1, min(5, len(run))):
            product, size = run[:-lag] * run[lag:], (run[:-lag] ** 2 + run[lag:] ** 2) / 2
            there = np.isfinite(product)
            top, bottom, pairs = (
                top + float(product[there].sum()),
                bottom + float(size[there].sum()),
                pairs + float(there.sum()) / (4 * _RUN),
            )
    seen = top / bottom if bottom > 0 else _PERSISTENCE
    return float(np.clip((pairs * seen + 20 * _PERSISTENCE) / (pairs + 20), 0.0, _LONGEST_MEMORY))


def distribution(fit: Fit, calibration: Calibration, log: bool, floor: float) -> Distribution:
    """The distribution around a fit."""
    return Distribution(
        np.maximum(fit.mean, 0.0),
        spread_of(fit, floor),
        "log" if log else "level",
        calibration.at_80,
        calibration.at_95,
        calibration.persistence,
    )


def intermittent(now: Fit, y: np.ndarray) -> Distribution:
    """Demands that come with the chance they came lately, as large as past ones, so that their mean is the forecast."""
    recent = y[-max(12, min(len(y), 60)) :]
    share = max(int(np.count_nonzero(recent)), 1) / len(recent)
    sizes = y[y > 0]
    chance = np.full(len(now.mean), min(1.0, share))
    return Distribution(
        np.maximum(now.mean, 0.0), np.zeros(len(now.mean)), "level", chance=chance, sizes=sizes
    )
