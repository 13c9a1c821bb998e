"""Rules from frequent itemsets: every split of every set, in bulk, thresholds in whole numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crm_analysis.analyses.baskets.mining.lattice import Lattice
from crm_analysis.analyses.baskets.mining.search import (
    minimum_joint,
    reaches_lift,
)
from crm_analysis.jobs import Progress, no_progress

_SPLITS = 20_000_000  # so many splits are looked at, at most


@dataclass(frozen=True, eq=False)
class SplitLimits:
    """Which rules are wanted.

    `wanted`: items (a mask over labels) that consequents may hold; `must`: a rule holds at least
    one of these. `rules`: how many, at most.
    """

    confidence: float
    min_lift: float = 0.0
    max_consequents: int | None = None
    wanted: np.ndarray | None = None
    must: np.ndarray | None = None
    rules: int = 1_000_000


@dataclass(frozen=True, eq=False)
class Splits:
    """Rules as indices into the lattice.

    `longest` is the longest consequent looked at; not `complete` where a limit left rules out.
    """

    antecedent: np.ndarray
    consequent: np.ndarray
    whole: np.ndarray
    redundant: np.ndarray
    complete: bool
    longest: int


def split(
    lattice: Lattice,
    baskets: int,
    limits: SplitLimits,
    progress: Progress = no_progress,
) -> Splits:
    """Each frequent set of two or more items, split in every way that reaches the thresholds.

    A rule is redundant where a rule with the same consequent and a part of its antecedent is at
    least as confident (improvement ≤ 0; Bayardo 1999).
    """
    longest, complete = _longest(lattice, limits.max_consequents)
    minimums = minimum_joint(limits.confidence, lattice.counts)
    parts: list[tuple[np.ndarray, ...]] = []
    total = 0
    best_shorter: dict[int, np.ndarray] = {}
    for length in range(2, len(lattice.sets) + 1):
        progress(length / (len(lattice.sets) + 1), "baskets.step.rules")
        of_length = _SetsOfLength(lattice, length, baskets, limits, best_shorter)
        # Short consequents first, so that a limit cuts off the long ones.
        for mask in sorted(
            range(1, (1 << length) - 1),
            key=lambda mask: (mask.bit_count(), mask),
        ):
            if mask.bit_count() > longest:
                break
            rules = of_length.rules(mask, minimums)
            if total + len(rules[0]) > limits.rules:
                rules = tuple(column[: limits.rules - total] for column in rules)
                complete = False
            total += len(rules[0])
            parts.append(rules)
        best_shorter = of_length.best
    if not parts:
        none = np.empty(0, dtype=np.int64)
        return Splits(none, none, none, none.astype(bool), complete, longest)
    antecedent, consequent, whole, redundant = (
        np.concatenate(column) for column in zip(*parts, strict=True)
    )
    return Splits(antecedent, consequent, whole, redundant, complete, longest)


def _longest(lattice: Lattice, wanted: int | None) -> tuple[int, bool]:
    """The longest consequents there is room to look at, and whether these are all wanted."""
    sizes = [
        (length, len(rows))
        for length, rows in enumerate(lattice.sets, start=1)
        if length > 1
    ]
    possible = max((length for length, _ in sizes), default=2) - 1
    wanted = min(possible, wanted or possible)
    longest = wanted
    while (
        longest > 1
        and sum(rows * _ways(length, longest) for length, rows in sizes) > _SPLITS
    ):
        longest -= 1
    return longest, longest == wanted


def _ways(length: int, longest: int) -> int:
    total, ways = 0, 1
    for size in range(1, min(longest, length - 1) + 1):
        ways = ways * (length - size + 1) // size
        total += ways
    return total


class _SetsOfLength:
    """The sets of one length and their splits; a bit mask names the items of a consequent.

    `best` is the highest confidence of a rule with this consequent and the rest of the set or a
    part of it; `best_shorter` is that of the sets one item shorter.
    """

    def __init__(
        self,
        lattice: Lattice,
        length: int,
        baskets: int,
        limits: SplitLimits,
        best_shorter: dict[int, np.ndarray],
    ) -> None:
        begin, end = (
            int(lattice.begins[length - 1]),
            int(lattice.begins[length]),
        )
        self._lattice, self._length = lattice, length
        self._baskets, self._limits = baskets, limits
        self._rows, self._joint = (
            lattice.sets[length - 1],
            lattice.counts[begin:end],
        )
        self._index = np.arange(begin, end)
        must = limits.must
        self._holds_must = None if must is None else must[self._rows].any(axis=1)
        self._full = (1 << length) - 1
        self._parts = {self._full: self._index}
        self._best_shorter = best_shorter
        self.best: dict[int, np.ndarray] = {}

    def rules(self, mask: int, minimums: np.ndarray) -> tuple[np.ndarray, ...]:
        """Antecedent, consequent, whole, redundant: the splits that reach the thresholds."""
        antecedent, consequent = (
            self._part(self._full ^ mask),
            self._part(mask),
        )
        counts, limits = self._lattice.counts, self._limits
        # Quotients of counts below 2^26, correctly rounded, equal each other exactly when the
        # fractions do.
        confidence = self._joint / counts[antecedent]
        shorter = self._confidence_of_shorter(mask)
        self.best[mask] = np.maximum(confidence, shorter)
        reached = self._joint >= minimums[antecedent]
        if limits.wanted is not None:
            columns = [
                column for column in range(self._length) if mask >> column & 1
            ]
            reached &= limits.wanted[self._rows[:, columns]].all(axis=1)
        if self._holds_must is not None:
            reached &= self._holds_must
        chosen = np.flatnonzero(reached)
        if limits.min_lift > 0 and len(chosen):
            sides = (
                counts[antecedent[chosen]],
                counts[consequent[chosen]],
            )
            joint = self._joint[chosen]
            chosen = chosen[
                reaches_lift(limits.min_lift, self._baskets, joint, *sides)
            ]
        return (
            antecedent[chosen],
            consequent[chosen],
            self._index[chosen],
            shorter[chosen] >= confidence[chosen],
        )

    def _part(self, mask: int) -> np.ndarray:
        """The index of the part of each set that a mask names, an item at a time from the whole."""
        if mask not in self._parts:
            missing = self._full ^ mask
            added = missing & -missing
            larger = mask | added
            level = larger.bit_count() - 1
            column = (larger & (added - 1)).bit_count()
            row = self._part(larger) - self._lattice.begins[level]
            self._parts[mask] = self._lattice.subsets[level][row, column]
        return self._parts[mask]

    def _confidence_of_shorter(self, mask: int) -> np.ndarray:
        """The highest confidence with the same consequent and a part of the antecedent.

        A proper part that is not empty; 0 where there is none.
        """
        best = np.zeros(len(self._rows))
        if self._length - mask.bit_count() < 2:
            return best
        subsets = self._lattice.subsets[self._length - 1]
        begin = self._lattice.begins[self._length - 2]
        for column in range(self._length):
            if not mask >> column & 1:
                squeezed = (mask & ((1 << column) - 1)) | (
                    mask >> (column + 1) << column
                )
                shorter = self._best_shorter[squeezed][subsets[:, column] - begin]
                np.maximum(best, shorter, out=best)
        return best
