"""Rules from frequent itemsets: every split of every set, looked at in bulk, thresholds in whole numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crm_analysis.analyses.baskets.mining.lattice import Lattice
from crm_analysis.analyses.baskets.mining.thresholds import least_joint, lift_at_least
from crm_analysis.jobs import Progress, no_progress

__all__ = ["Splits", "split"]

_SPLITS = 20_000_000  # so many splits are looked at, at most


@dataclass(frozen=True, eq=False)
class Splits:
    """Rules as indices into the lattice, and what was left undone: `complete`, `longest` consequent looked at."""

    antecedent: np.ndarray
    consequent: np.ndarray
    whole: np.ndarray
    redundant: np.ndarray
    complete: bool
    longest: int


def split(
    lattice: Lattice,
    baskets: int,
    *,
    confidence: float,
    min_lift: float = 0.0,
    max_consequents: int | None = None,
    wanted: np.ndarray | None = None,
    must: np.ndarray | None = None,
    limit: int = 1_000_000,
    progress: Progress = no_progress,
) -> Splits:
    """Each frequent set of two or more items, split in every way that reaches the thresholds.

    `wanted`: labels (as a mask) that consequents may hold; `must`: a rule holds at least one of these. A rule is redundant where
    a rule with the same consequent and a part of its antecedent is at least as confident (improvement ≤ 0; Bayardo 1999).
    """
    longest, complete = _longest(lattice, max_consequents)
    need = least_joint(confidence, lattice.counts)
    parts: list[tuple[np.ndarray, ...]] = []
    total = 0
    best_before: dict[int, np.ndarray] = {}
    for length in range(2, len(lattice.sets) + 1):
        progress(length / (len(lattice.sets) + 1), "baskets.step.rules")
        best_here: dict[int, np.ndarray] = {}
        rows, begin = lattice.sets[length - 1], int(lattice.begins[length - 1])
        joint = lattice.counts[begin : begin + len(rows)]
        inside = _Parts(lattice, length)
        full = (1 << length) - 1
        allowed = None if wanted is None else wanted[rows]
        holds = None if must is None else must[rows].any(axis=1)
        # Short consequents first, so that a limit cuts off the long ones.
        for mask in sorted(range(1, full), key=lambda one: (one.bit_count(), one)):
            if mask.bit_count() > longest:
                break
            antecedent, consequent = inside[full ^ mask], inside[mask]
            # Quotients of counts below 2^26, correctly rounded, are equal exactly when the fractions are.
            sure = joint / lattice.counts[antecedent]
            shorter = _best_shorter(lattice, length, mask, best_before, len(rows))
            best_here[mask] = np.maximum(sure, shorter)
            kept = joint >= need[antecedent]
            if allowed is not None:
                kept &= allowed[:, [place for place in range(length) if mask >> place & 1]].all(
                    axis=1
                )
            if holds is not None:
                kept &= holds
            at = np.flatnonzero(kept)
            if min_lift > 0 and len(at):
                at = at[
                    lift_at_least(
                        min_lift,
                        baskets,
                        joint[at],
                        lattice.counts[antecedent[at]],
                        lattice.counts[consequent[at]],
                    )
                ]
            if total + len(at) > limit:
                at, complete = at[: limit - total], False
            total += len(at)
            parts.append((antecedent[at], consequent[at], at + begin, shorter[at] >= sure[at]))
        best_before = best_here
    columns = (
        [np.concatenate(column) for column in zip(*parts, strict=True)]
        if parts
        else [np.empty(0, dtype=np.int64)] * 3 + [np.empty(0, dtype=bool)]
    )
    return Splits(columns[0], columns[1], columns[2], columns[3], complete, longest)


def _longest(lattice: Lattice, asked: int | None) -> tuple[int, bool]:
    """The longest consequents that can be looked at within bounds, and whether these are all that were asked for."""
    sizes = [(length, len(rows)) for length, rows in enumerate(lattice.sets, start=1) if length > 1]
    most = max((length for length, _ in sizes), default=2) - 1
    wanted = min(most, asked or most)
    longest = wanted
    while longest > 1 and sum(rows * _ways(length, longest) for length, rows in sizes) > _SPLITS:
        longest -= 1
    return longest, longest == wanted


def _ways(length: int, longest: int) -> int:
    total, ways = 0, 1
    for size in range(1, min(longest, length - 1) + 1):
        ways = ways * (length - size + 1) // size
        total += ways
    return total


class _Parts:
    """The index of the part of each set that a bit mask names; found one item at a time from the whole, when asked for."""

    def __init__(self, lattice: Lattice, length: int) -> None:
        begin, end = int(lattice.begins[length - 1]), int(lattice.begins[length])
        self._lattice, self._full = lattice, (1 << length) - 1
        self._known = {self._full: np.arange(begin, end)}

    def __getitem__(self, mask: int) -> np.ndarray:
        if mask not in self._known:
            missing = self._full ^ mask
            added = missing & -missing
            larger = mask | added
            level = larger.bit_count() - 1
            place = (larger & (added - 1)).bit_count()
            self._known[mask] = self._lattice.lesser[level][
                self[larger] - self._lattice.begins[level], place
            ]
        return self._known[mask]


def _best_shorter(
    lattice: Lattice, length: int, mask: int, before: dict[int, np.ndarray], rows: int
) -> np.ndarray:
    """The highest confidence of a rule with the same consequent and a proper, non-empty part of the antecedent (0: there is none)."""
    best = np.zeros(rows)
    if length - mask.bit_count() < 2:
        return best
    lesser, begin = lattice.lesser[length - 1], int(lattice.begins[length - 2])
    for place in range(length):
        if not mask >> place & 1:
            squeezed = (mask & ((1 << place) - 1)) | (mask >> (place + 1) << place)
            np.maximum(best, before[squeezed][lesser[:, place] - begin], out=best)
    return best
