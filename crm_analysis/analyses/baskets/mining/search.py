"""What a search for itemsets has found so far, and whether it may go on: its limits in room and time."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import numpy as np

from crm_analysis.jobs import Progress

__all__ = ["Mined", "Search"]

_QUIET = 0.1  # seconds between two reports


@dataclass(eq=False)
class Mined:
    """Frequent itemsets by length: `sets[k]` is an array of k + 1 columns of item codes, `counts[k]` the baskets that hold each.

    `complete` is False where a limit ended the search; then all sets among the `reached` most bought items are there,
    and perhaps some more.
    """

    sets: list[np.ndarray]
    counts: list[np.ndarray]
    complete: bool = True
    reached: int = 0
    why: str = ""

    def __len__(self) -> int:
        return sum(len(one) for one in self.counts)


@dataclass(eq=False)
class Search:
    """What the walk shares: the threshold, the limits, what was found."""

    least: int
    max_length: int
    limit: int
    deadline: float
    progress: Progress
    share: float = 0.0
    heard: float = 0.0
    found: int = 0
    stopped: str = ""
    sets: list[list[np.ndarray]] = field(default_factory=lambda: [[], []])
    counts: list[list[np.ndarray]] = field(default_factory=lambda: [[], []])

    def keep(self, sets: np.ndarray, counts: np.ndarray) -> None:
        """Take these sets in, as many as there is room for."""
        room = self.limit - self.found
        if len(counts) > room:
            self.stopped = "room"
            sets, counts = sets[:room], counts[:room]
        length = sets.shape[1]
        while len(self.sets) < length:
            self.sets.append([])
            self.counts.append([])
        self.sets[length - 1].append(sets)
        self.counts[length - 1].append(counts)
        self.found += len(counts)

    def look_up(self) -> bool:
        """Report, and say whether to go on."""
        now = time.monotonic()
        if now > self.deadline:
            self.stopped = self.stopped or "time"
        if now - self.heard > _QUIET:
            self.heard = now
            self.progress(self.share, "baskets.step.itemsets")
        return not self.stopped
