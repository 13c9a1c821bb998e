"""How far around a forecast the truth may lie.

The models' own spread, stretched or shrunk to what the back-test saw. This is conformal prediction
with normalised scores (Lei et al., JASA 113, 2018): a score is an error over the spread that the
model gave it. The scores of a back-test are few and hang together, so their quantile is drawn
towards the normal one as if a number of scores of the normal kind had been seen beforehand.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from crm_analysis.analyses.forecast.distribution import Z_80, Z_95, Distribution
from crm_analysis.analyses.forecast.models.task import ModelFit

# Models are surer than they should be, by about this (Makridakis et al. 1987; the real series here
# say the same).
_PRIOR = 1.1
_PRIOR_SCORES = 12.0
_SHOULDER = 0.95  # errors have a higher peak and longer tails than normal ones
_RUN = 3.0  # neighbouring errors hang together: so many count as one
_TRUSTED = 30.0
_LARGEST_SCORE = 6.0
_CONFORMAL_FROM = 10  # scores
_PERSISTENCE = 0.6  # the correlation of neighbouring scores on the real series here
_PRIOR_PAIRS = 20.0
_LARGEST_PERSISTENCE = 0.95
_LAGS = range(1, 5)


@dataclass(frozen=True)
class Calibration:
    """Where the central 80 and 95 % of scores end, how neighbouring ones correlate, how many."""

    at_80: float = _SHOULDER * Z_80 * _PRIOR
    at_95: float = Z_95 * _PRIOR
    persistence: float = _PERSISTENCE
    scores: int = 0


def spread_of(fit: ModelFit, floor: float) -> np.ndarray:
    """A fit's spread, never below `floor` and never shrinking with the step."""
    return np.maximum.accumulate(np.maximum(fit.spread, floor))


def calibrate(runs: Iterable[np.ndarray], method: str = "auto") -> Calibration:
    """From the scores (error over spread) of each window, NaN where unknown.

    `method` "model" leaves the spread as the model has it, "conformal" takes the scores' own
    quantiles where there are enough of them.
    """
    scored = [run for run in runs if np.isfinite(run).any()]
    scores = (
        np.concatenate([run[np.isfinite(run)] for run in scored])
        if scored
        else np.zeros(0)
    )
    persistence = _persistence(scored)
    if method == "model":
        return Calibration(Z_80, Z_95, persistence, len(scores))
    if not len(scores):
        return Calibration()
    size = np.abs(scores)
    if method == "conformal" and len(scores) >= _CONFORMAL_FROM:
        at_80, at_95 = (
            _conformal_quantile(size, 0.8),
            _conformal_quantile(size, 0.95),
        )
        return Calibration(at_80, at_95, persistence, len(scores))
    size = np.minimum(size, _LARGEST_SCORE)
    independent = len(scores) / _RUN
    squares = _PRIOR_SCORES * _PRIOR**2 + independent * float(np.mean(size**2))
    scale = np.sqrt(squares / (_PRIOR_SCORES + independent))
    trust = independent / (independent + _TRUSTED)

    def edge(level: float, normal: float) -> float:
        return (1 - trust) * scale * normal + trust * max(
            _conformal_quantile(size, level), 0.5 * scale * normal
        )

    at_80, at_95 = edge(0.8, _SHOULDER * Z_80), edge(0.95, Z_95)
    return Calibration(at_80, max(at_95, at_80 * 1.2), persistence, len(scores))


def _conformal_quantile(size: np.ndarray, level: float) -> float:
    """The quantile with conformal's correction for few scores: the ⌈(n + 1) level⌉-th smallest.

    The largest (a little more) where there are fewer.
    """
    rank = int(np.ceil((len(size) + 1) * level))
    ordered = np.sort(size)
    return (
        float(ordered[rank - 1]) if rank <= len(size) else float(ordered[-1]) * 1.1
    )


def _persistence(runs: Sequence[np.ndarray]) -> float:
    """The correlation of scores one to four steps apart.

    It is drawn towards what is usual as if twenty pairs of that kind had been seen.
    """
    products = squares = pairs = 0.0
    for run in runs:
        for lag in _LAGS:
            before, after = run[:-lag], run[lag:]
            both = np.isfinite(before * after)
            products += float((before * after)[both].sum())
            squares += float(((before**2 + after**2) / 2)[both].sum())
            pairs += float(both.sum()) / (len(_LAGS) * _RUN)
    seen = products / squares if squares > 0 else _PERSISTENCE
    persistence = (pairs * seen + _PRIOR_PAIRS * _PERSISTENCE) / (
        pairs + _PRIOR_PAIRS
    )
    return float(np.clip(persistence, 0.0, _LARGEST_PERSISTENCE))


def calibrated(
    fit: ModelFit, calibration: Calibration, log: bool, floor: float
) -> Distribution:
    """The distribution around a fit, as the back-test has it."""
    return Distribution(
        np.maximum(fit.mean, 0.0),
        spread_of(fit, floor),
        "log" if log else "level",
        calibration.at_80,
        calibration.at_95,
        calibration.persistence,
    )


def intermittent(fit: ModelFit, y: np.ndarray) -> Distribution:
    """Demands that come with the chance they came lately, as large as past ones.

    Their mean is the forecast.
    """
    recent = y[-max(12, min(len(y), 60)) :]
    chance = max(int(np.count_nonzero(recent)), 1) / len(recent)
    steps = len(fit.mean)
    return Distribution(
        np.maximum(fit.mean, 0.0),
        np.zeros(steps),
        chance=np.full(steps, min(1.0, chance)),
        sizes=y[y > 0],
    )
