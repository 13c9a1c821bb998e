"""Scores → probabilities that come true: Platt's curve or a rising staircase.

Which of the two is decided by how well each does on customers it has not seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

# Below this many rows a staircase follows noise (Niculescu-Mizil & Caruana 2005).
_MINIMUM_FOR_ISOTONIC = 1000
_EDGE = 1e-4


@dataclass(frozen=True, eq=False)
class Calibrator:
    """A map from scores (log-odds or distances) to probabilities.

    `kind`: "platt" (slope, intercept), "isotonic" (a staircase, straight between its corners:
    `corners` scores, `heights` probabilities) or "none" (scores are log-odds already).
    """

    kind: Literal["platt", "isotonic", "none"]
    slope: float = 1.0
    intercept: float = 0.0
    corners: np.ndarray | None = None
    heights: np.ndarray | None = None

    def __call__(self, scores: np.ndarray) -> np.ndarray:
        """Probabilities between 0 and 1."""
        curve = expit(self.slope * np.asarray(scores, dtype=float) + self.intercept)
        if self.corners is None or self.heights is None:
            return curve
        risk = np.interp(scores, self.corners, self.heights)
        # Within a step all are equally likely as far as the staircase can tell; the score still
        # says who comes first.
        return np.clip(risk + 1e-6 * (curve - 0.5), _EDGE / 10, 1 - _EDGE / 10)


def expit(values: np.ndarray) -> np.ndarray:
    """Log-odds → probability."""
    return 1.0 / (1.0 + np.exp(-np.clip(values, -35.0, 35.0)))


def logit(values: np.ndarray, edge: float = _EDGE) -> np.ndarray:
    """Probability → log-odds, kept away from 0 and 1."""
    inside = np.clip(values, edge, 1 - edge)
    return np.log(inside / (1 - inside))


def calibrate(
    scores: np.ndarray, churned: np.ndarray, method: str = "auto", seed: int = 0
) -> Calibrator:
    """A calibrator from scores of customers that the model had not seen, and whether they churned.

    "platt": a logistic curve with smoothed targets (Platt 1999); "isotonic": pool adjacent
    violators (Zadrozny & Elkan 2002); "auto": isotonic where it has a lower log-loss than Platt by
    more than a standard error, on fifths not used to fit it, and there are a thousand rows.
    """
    if method == "none":
        return Calibrator("none")
    if method == "auto":
        enough = len(churned) >= _MINIMUM_FOR_ISOTONIC
        method = (
            "isotonic"
            if enough and _staircase_wins(scores, churned, seed)
            else "platt"
        )
    return (
        _isotonic(scores, churned)
        if method == "isotonic"
        else _platt(scores, churned)
    )


def _staircase_wins(scores: np.ndarray, churned: np.ndarray, seed: int) -> bool:
    fifths = np.random.default_rng(seed).integers(0, 5, len(churned))
    gain = np.zeros(len(churned))
    for fifth in range(5):
        inside, outside = fifths == fifth, fifths != fifth
        if churned[outside].min() == churned[outside].max():
            return False
        for sign, fit in ((1, _platt), (-1, _isotonic)):
            calibrator = fit(scores[outside], churned[outside])
            risk = np.clip(calibrator(scores[inside]), _EDGE, 1 - _EDGE)
            gain[inside] += sign * np.where(
                churned[inside] == 1, -np.log(risk), -np.log1p(-risk)
            )
    return bool(gain.mean() > gain.std() / np.sqrt(len(gain)))


def _platt(scores: np.ndarray, churned: np.ndarray) -> Calibrator:
    """Newton's method with halved steps on the log-loss of a slope and an intercept."""
    scores = np.asarray(scores, dtype=float)
    churners, stayers = (
        float(churned.sum()),
        float(len(churned) - churned.sum()),
    )
    base = float(logit(np.array((churners + 0.5) / (churners + stayers + 1))))
    # Platt's targets: as if there were one more of each, so that no curve becomes a wall.
    target = np.where(
        churned == 1, (churners + 1) / (churners + 2), 1 / (stayers + 2)
    )
    centre, spread = float(scores.mean()), float(scores.std()) or 1.0
    x = (scores - centre) / spread
    a, b = 1.0, base
    loss = _loss(a * x + b, target)
    for _ in range(100):
        step = _newton_step(x, expit(a * x + b), target)
        size = 1.0
        while size > 1e-6:
            new = _loss((a - size * step[0]) * x + b - size * step[1], target)
            if new <= loss + 1e-12:
                break
            size /= 2
        a, b = a - size * step[0], b - size * step[1]
        if abs(loss - new) < 1e-10 * max(1.0, abs(loss)):
            break
        loss = new
    if a <= 0:  # a higher score never means less
        return Calibrator("platt", 0.0, base)
    return Calibrator("platt", float(a / spread), float(b - a / spread * centre))


def _newton_step(x: np.ndarray, risk: np.ndarray, target: np.ndarray) -> np.ndarray:
    weight = np.maximum(risk * (1 - risk), 1e-9)
    error = risk - target
    cross = np.dot(weight, x)
    return np.linalg.solve(
        np.array(
            [[np.dot(weight, x * x) + 1e-9, cross], [cross, weight.sum() + 1e-9]]
        ),
        np.array([np.dot(error, x), error.sum()]),
    )


def _loss(log_odds: np.ndarray, target: np.ndarray) -> float:
    return float((np.logaddexp(0, log_odds) - target * log_odds).sum())


def _isotonic(scores: np.ndarray, churned: np.ndarray) -> Calibrator:
    from sklearn.isotonic import IsotonicRegression

    platt = _platt(scores, churned)
    staircase = IsotonicRegression(
        y_min=_EDGE, y_max=1 - _EDGE, out_of_bounds="clip"
    )
    staircase.fit(scores, churned)
    # Corners with no churner, or with nothing else, promise too much: they are drawn in by half a
    # customer.
    edge = 0.5 / (len(churned) + 1)
    return Calibrator(
        "isotonic",
        platt.slope,
        platt.intercept,
        staircase.X_thresholds_,
        np.clip(staircase.y_thresholds_, edge, 1 - edge),
    )
