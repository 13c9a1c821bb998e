"""How well a ranking finds those whom a contact changes: the Qini curve and its area.

At each depth the curve is the outcomes of the treated so far less those of the controls so far,
as if these were as many (Radcliffe 2007). The score is scikit-uplift's: the area above chance over
that of the perfect ranking. Of amounts it is the area above chance itself, a treated customer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

_CELLS = 2000  # of a ranking in the bootstrap: finer makes no difference


@dataclass(frozen=True, eq=False)
class Trial:
    """Who was treated (1 or 0), and what came of it."""

    treated: np.ndarray
    outcome: np.ndarray
    is_amount: bool

    @cached_property
    def code(self) -> np.ndarray:
        """1 for the treated, 0 for the controls."""
        return self.treated.astype(np.int64)


class Curve(NamedTuple):
    """How many were contacted, and what that brought more, both beginning at 0."""

    contacted: np.ndarray
    gained: np.ndarray


def qini_curve(trial: Trial, gain: np.ndarray) -> Curve:
    """The curve of a ranking by gain, the highest first; equal gains come together.

    >>> trial = Trial(np.array([1, 0, 1, 0]), np.array([1.0, 0.0, 0.0, 1.0]), False)
    >>> qini_curve(trial, np.array([4.0, 3.0, 2.0, 1.0])).gained.tolist()
    [0.0, 1.0, 1.0, 1.0, 0.0]
    """
    cell = _ties(gain)
    return _curve(*_sums(cell, int(cell[-1:].sum()) + 1, trial, gain))


def _ties(gain: np.ndarray) -> np.ndarray:
    """Of the ranking, which group of equal gains each position belongs to."""
    ordered = gain[np.argsort(-gain, kind="stable")]
    return np.cumsum(np.diff(ordered, prepend=ordered[:1]) != 0)


def _sums(
    cell: np.ndarray, cells: int, trial: Trial, gain: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    order = np.argsort(-gain, kind="stable")
    return _counted(cell, cells, trial.code[order], trial.outcome[order])


def _counted(
    cell: np.ndarray, cells: int, code: np.ndarray, outcome: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """How many of each arm are in each cell of the ranking, and their outcomes."""
    place = 2 * cell + code
    counts = np.bincount(place, minlength=2 * cells).reshape(cells, 2).astype(float)
    sums = np.bincount(place, outcome, minlength=2 * cells).reshape(cells, 2)
    return counts, sums


def _curve(counts: np.ndarray, sums: np.ndarray) -> Curve:
    number, outcome = np.cumsum(counts, axis=0), np.cumsum(sums, axis=0)
    controls = np.maximum(number[:, 0], 1.0)
    scale = np.where(number[:, 0] > 0, number[:, 1] / controls, 0.0)
    gained = outcome[:, 1] - outcome[:, 0] * scale
    contacted = number.sum(axis=1)
    return Curve(np.append(0.0, contacted), np.append(0.0, gained))


def _score(counts: np.ndarray, sums: np.ndarray, is_amount: bool) -> float:
    curve = _curve(counts, sums)
    number, outcome = counts.sum(axis=0), sums.sum(axis=0)
    above = np.trapezoid(curve.gained, curve.contacted)
    above -= curve.gained[-1] * curve.contacted[-1] / 2
    if is_amount:
        return float(above / curve.contacted[-1] / max(number[1], 1.0))
    perfect = _perfect_area(number, outcome)
    perfect -= curve.gained[-1] * curve.contacted[-1] / 2
    return float(above / perfect) if perfect > 0 else 0.0


def _perfect_area(number: np.ndarray, outcome: np.ndarray) -> float:
    """Of the ranking with the treated who responded first, the controls who did last."""
    responders, lost = outcome[1], outcome[0]
    ends = np.array([0.0, responders, number.sum() - lost, number.sum()])
    final = responders - lost * number[1] / max(number[0], 1.0)
    return float(np.trapezoid([0.0, responders, responders, final], ends))


def qini_score(trial: Trial, gain: np.ndarray) -> float:
    """The area above chance: as a share of the perfect ranking's, or in money a customer."""
    cell = _ties(gain)
    counts, sums = _sums(cell, int(cell[-1]) + 1, trial, gain)
    return _score(counts, sums, trial.is_amount)


class Ranked:
    """A ranking in cells, so that it is quickly scored for samples drawn anew."""

    def __init__(self, trial: Trial, gain: np.ndarray) -> None:
        tie, size = _ties(gain), len(gain)
        last = np.flatnonzero(
            np.diff(tie, append=-1)
        )  # where each group of ties ends
        cells = min(_CELLS, len(last))
        of_group = last * cells // size
        order = np.argsort(-gain, kind="stable")
        self._cell = np.empty(size, dtype=np.int64)
        self._cell[order] = of_group[tie]
        self._cells, self._trial = int(of_group[-1]) + 1, trial

    def score(self, rows: np.ndarray) -> float:
        """The Qini of a sample of the customers."""
        trial = self._trial
        counts, sums = _counted(
            self._cell[rows], self._cells, trial.code[rows], trial.outcome[rows]
        )
        return _score(counts, sums, trial.is_amount)

    def otherwise(
        self, code: np.ndarray, outcome: np.ndarray
    ) -> tuple[float, Curve]:
        """The Qini and the curve if these had been treated, and this had come of it."""
        counts, sums = _counted(self._cell, self._cells, code, outcome)
        return _score(counts, sums, self._trial.is_amount), _curve(counts, sums)


def bootstrap_scores(
    trial: Trial, rankings: list[Ranked], draws: int, seed: int
) -> np.ndarray:
    """The scores of the rankings, a column each, on customers drawn anew, a row a draw."""
    rng = np.random.default_rng(seed)
    size = len(trial.code)
    scores = np.empty((draws, len(rankings)))
    for draw in range(draws):
        rows = rng.integers(0, size, size, dtype=np.int32)
        scores[draw] = [ranking.score(rows) for ranking in rankings]
    return scores


def null_scores(
    ranking: Ranked,
    draw_trial: Callable[[np.random.Generator], tuple[np.ndarray, np.ndarray]],
    points: np.ndarray,
    draws: int,
    seed: int,
) -> tuple[np.ndarray, np.ndarray]:
    """The scores, and the curves at `points` customers, of the ranking on trials drawn anew."""
    rng = np.random.default_rng(seed)
    scores, curves = np.empty(draws), np.empty((draws, len(points)))
    for draw in range(draws):
        scores[draw], curve = ranking.otherwise(*draw_trial(rng))
        curves[draw] = np.interp(points, curve.contacted, curve.gained)
    return scores, curves
