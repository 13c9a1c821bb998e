"""Scores → probabilities that come true: Platt's curve or a rising staircase, whichever does better on customers it has not seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

__all__ = ["Calibrator", "calibrate"]

_LEAST_ISOTONIC = (
    1000  # rows below which a staircase follows noise (Niculescu-Mizil & Caruana 2005)
)
_EDGE = 1e-4


@dataclass(frozen=True, eq=False)
class Calibrator:
    """A map from scores (log-odds or distances) to probabilities. `kind`: platt (slope, intercept), isotonic (a staircase, straight between
    its corners; `corners` scores, `heights` probabilities) or none (scores are log-odds already).
    """

    kind: Literal["platt", "isotonic", "none"]
    slope: float = 1.0
    intercept: float = 0.0
    corners: np.ndarray | None = None
    heights: np.ndarray | None = None

    def __call__(self, scores: np.ndarray) -> np.ndarray:
        """Probabilities between 0 and 1."""
        if self.corners is None or self.heights is None:
            return expit(self.slope * np.asarray(scores, dtype=float) + self.intercept)
        risk = np.interp(scores, self.corners, self.heights)
        # Within a step all are equally likely as far as the staircase can tell; the score still says who comes first.
        order = expit(self.slope * np.asarray(scores, dtype=float) + self.intercept)
        return np.clip(risk + 1e-6 * (order - 0.5), _EDGE / 10, 1 - _EDGE / 10)


def expit(values: np.ndarray) -> np.ndarray:
    """Log-odds → probability."""
    return 1.0 / (1.0 + np.exp(-np.clip(values, -35.0, 35.0)))


def logit(values: np.ndarray, edge: float = _EDGE) -> np.ndarray:
    """Probability → log-odds, kept away from 0 and 1."""
    inside = np.clip(values, edge, 1 - edge)
    return np.log(inside / (1 - inside))


def calibrate(
    scores: np.ndarray, left: np.ndarray, method: str = "auto", seed: int = 0
) -> Calibrator:
    """A calibrator from scores of customers that the model had not seen, and whether they left.

    "platt": a logistic curve with smoothed targets (Platt 1999); "isotonic": pool adjacent violators (Zadrozny & Elkan 2002); "auto": isotonic
    where it has a lower log-loss than Platt by more than a standard error, on fifths not used to fit it, and there are a thousand rows.
    """
    if method == "none":
        return Calibrator("none")
    if method == "auto":
        method = (
            "isotonic"
            if len(left) >= _LEAST_ISOTONIC and _staircase_wins(scores, left, seed)
            else "platt"
        )
    return _isotonic(scores, left) if method == "isotonic" else _platt(scores, left)


def _staircase_wins(scores: np.ndarray, left: np.ndarray, seed: int) -> bool:
    part = np.random.default_rng(seed).integers(0, 5, len(left))
    gain = np.zeros(len(left))
    for fifth in range(5):
        inside, outside = part == fifth, part != fifth
        if left[outside].min() == left[outside].max():
            return False
        for sign, fit in ((1, _platt), (-1, _isotonic)):
            risk = np.clip(fit(scores[outside], left[outside])(scores[inside]), _EDGE, 1 - _EDGE)
            gain[inside] += sign * np.where(left[inside] == 1, -np.log(risk), -np.log1p(-risk))
    return bool(gain.mean() > gain.std() / np.sqrt(len(gain)))


def _platt(scores: np.ndarray, left: np.ndarray) -> Calibrator:
    scores = np.asarray(scores, dtype=float)
    churners, stayers = float(left.sum()), float(len(left) - left.sum())
    # Platt's targets: as if there were one more of each, so that no curve becomes a wall.
    target = np.where(left == 1, (churners + 1) / (churners + 2), 1 / (stayers + 2))
    centre, spread = float(scores.mean()), float(scores.std()) or 1.0
    x = (scores - centre) / spread
    a, b = 1.0, float(logit(np.array((churners + 0.5) / (churners + stayers + 1))))
    loss = _loss(a * x + b, target)
    for _ in range(100):
        risk = expit(a * x + b)
        weight = np.maximum(risk * (1 - risk), 1e-9)
        off = risk - target
        gradient = np.array([np.dot(off, x), off.sum()])
        cross = np.dot(weight, x)
        hessian = np.array([[np.dot(weight, x * x) + 1e-9, cross], [cross, weight.sum() + 1e-9]])
        step = np.linalg.solve(hessian, gradient)
        size = 1.0
        while (
            size > 1e-6
            and (new := _loss((a - size * step[0]) * x + b - size * step[1], target)) > loss + 1e-12
        ):
            size /= 2
        a, b = a - size * step[0], b - size * step[1]
        if abs(loss - new) < 1e-10 * max(1.0, abs(loss)):
            break
        loss = new
    slope = max(a, 0.0) / spread  # a higher score never means less
    intercept = (
        b - slope * centre
        if a > 0
        else float(logit(np.array((churners + 0.5) / (churners + stayers + 1))))
    )
    return Calibrator("platt", float(slope), float(intercept))


def _loss(odds: np.ndarray, target: np.ndarray) -> float:
    return float((np.logaddexp(0, odds) - target * odds).sum())


def _isotonic(scores: np.ndarray, left: np.ndarray) -> Calibrator:
    from sklearn.isotonic import IsotonicRegression

    plain = _platt(scores, left)
    fitted = IsotonicRegression(y_min=_EDGE, y_max=1 - _EDGE, out_of_bounds="clip").fit(
        scores, left
    )
    # Corners with no churner, or with nothing else, promise too much: they are drawn in by half a customer.
    least = 0.5 / (len(left) + 1)
    return Calibrator(
        "isotonic",
        plain.slope,
        plain.intercept,
        fitted.X_thresholds_,
        np.clip(fitted.y_thresholds_, least, 1 - least),
    )
