"""What a search for itemsets keeps to, and has so far.

Limits in room and time, and thresholds as whole numbers: what lies exactly on the line stays,
whatever floats make of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

import numpy as np

from crm_analysis.jobs import Progress

_QUIET_SECONDS = 0.1  # between two reports


def wall_clock() -> float:
    """Seconds as a person who waits counts them."""
    return time.monotonic()


@dataclass(eq=False)
class Mined:
    """Frequent itemsets by length.

    `sets[k]` is an array of k + 1 columns of item codes, `counts[k]` the baskets that hold each.
    Where a limit ended the search, `stopped_by` says which; then all sets among the
    `finished_items` most bought items are there, and perhaps some more.
    """

    sets: list[np.ndarray]
    counts: list[np.ndarray]
    stopped_by: Literal["", "room", "time"] = ""
    finished_items: int = 0

    def __len__(self) -> int:
        return sum(len(counts) for counts in self.counts)

    @property
    def complete(self) -> bool:
        """Whether no limit ended the search."""
        return not self.stopped_by


@dataclass(frozen=True, kw_only=True)
class MiningLimits:
    """How far a search may go: the longest sets, how many, and for how long by which clock."""

    max_length: int | None = None
    itemsets: int = 1_000_000
    seconds: float = float("inf")
    clock: Callable[[], float] = wall_clock


@dataclass(eq=False)
class Search:
    """What the walk shares: the threshold, the limits, the sets so far."""

    minimum: int
    max_length: float
    limit: int
    deadline: float
    progress: Progress
    clock: Callable[[], float] = wall_clock
    share: float = 0.0
    reported_at: float = 0.0
    size: int = 0
    stopped_by: Literal["", "room", "time"] = ""
    sets: list[list[np.ndarray]] = field(default_factory=lambda: [[], []])
    counts: list[list[np.ndarray]] = field(default_factory=lambda: [[], []])

    def add(self, sets: np.ndarray, counts: np.ndarray) -> None:
        """Take these sets in, as many as there is room for."""
        room = self.limit - self.size
        if len(counts) > room:
            self.stopped_by = "room"
            sets, counts = sets[:room], counts[:room]
        length = sets.shape[1]
        while len(self.sets) < length:
            self.sets.append([])
            self.counts.append([])
        self.sets[length - 1].append(sets)
        self.counts[length - 1].append(counts)
        self.size += len(counts)

    def goes_on(self) -> bool:
        """Report, and say whether to go on."""
        now = self.clock()
        if now > self.deadline:
            self.stopped_by = self.stopped_by or "time"
        if now - self.reported_at > _QUIET_SECONDS:
            self.reported_at = now
            self.progress(self.share, "baskets.step.itemsets")
        return not self.stopped_by


def _exact(share: float) -> Fraction:
    """The number as it was typed: 0.1 is one tenth, not the nearest binary fraction."""
    return Fraction(str(float(share)))


def minimum_count(share: float, baskets: int) -> int:
    """The smallest number of baskets that reaches a share of them.

    >>> minimum_count(0.07, 100), 0.07 * 100
    (7, 7.000000000000001)
    >>> minimum_count(5 / 6, 6)
    5
    """
    # A share that was itself computed, k/n, means k: its decimal text may lie above the fraction.
    nearest = round(share * baskets)
    if baskets and nearest / baskets == share:
        return max(1, nearest)
    wanted = _exact(share) * baskets
    return max(1, -(-wanted.numerator // wanted.denominator))


def minimum_joint(confidence: float, antecedents: np.ndarray) -> np.ndarray:
    """For each antecedent's count the smallest count of the whole rule that is confident enough."""
    if confidence <= 0:
        return np.zeros(len(antecedents), dtype=np.int64)
    distinct, position = np.unique(antecedents, return_inverse=True)
    wanted = confidence * distinct
    joint = np.maximum(np.ceil(wanted), 1).astype(np.int64)
    # Floats are trusted away from whole numbers only.
    close = np.abs(wanted - np.rint(wanted)) <= 1e-9 * (1 + wanted)
    for row in np.flatnonzero(close):
        joint[row] = minimum_count(confidence, int(distinct[row]))
    return joint[position]


def reaches_lift(
    minimum: float,
    baskets: int,
    joint: np.ndarray,
    antecedent: np.ndarray,
    consequent: np.ndarray,
) -> np.ndarray:
    """Whether joint × baskets ≥ minimum × antecedent × consequent, decided exactly."""
    lift = joint * (baskets / antecedent) / consequent
    reached = lift >= minimum
    exact = _exact(minimum)
    # Floats are trusted away from the line only; Python's whole numbers decide on it.
    for row in np.flatnonzero(np.abs(lift - minimum) <= 1e-9 * max(minimum, 1e-9)):
        above = int(joint[row]) * baskets
        below = int(antecedent[row]) * int(consequent[row])
        at_least = above * exact.denominator >= exact.numerator * below
        reached[row] = at_least or above / below == minimum
    return reached
