"""Draws of what a plan may bring, of all customers or of as many as can be drawn in time."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from crm_analysis.analyses.strategy.misses import Estimates, Spread
from crm_analysis.jobs import Progress, no_progress
from crm_analysis.messages import Message

_OPTIONS = 40_000_000  # valued in all draws: about a second
_VALUED = 9  # times a draw values each option
_SAMPLE = 500  # customers that stand for all who share their errors, at the least


class Drawn(NamedTuple):
    """What is expected of a plan less what it brings, drawn often, in money; and how."""

    draws: np.ndarray
    note: Message | None


def draw_misses(
    estimates: Estimates,
    draws: int,
    splits: int,
    rng: np.random.Generator,
    *,
    by_halves: bool = False,
    progress: Progress = no_progress,
) -> Drawn:
    """As many draws of by how much what is expected misses what is brought, in money.

    Where all customers in all draws would take long, a sample of those whose estimates err together
    tells what all of them do: each counts as many times as it stands for. Who errs alone, or with
    few others, is in every draw, however long that takes: their errors cancel, which those of a
    sample would not.
    """

    def spread(part: Estimates) -> Spread:
        return part.misses(
            draws, splits, rng, by_halves=by_halves, progress=progress
        )

    everybody = len(estimates.problem.starts)
    valued = _VALUED * estimates.problem.size * draws
    group = _who_err_together(estimates)
    large = np.flatnonzero(np.bincount(group) >= _SAMPLE)
    if valued <= _OPTIONS or not len(large):
        return Drawn(spread(estimates).scaled, None)
    size = max(everybody * _OPTIONS // valued // len(large), _SAMPLE)
    sample, weight = _sample(group, large, size, rng)
    total = spread(estimates.part(sample, weight)).scaled
    rest = np.flatnonzero(~np.isin(group, large))
    if len(rest):
        total = total + spread(estimates.part(rest)).scaled
    facts = {"sample": len(sample), "customers": everybody - len(rest)}
    return Drawn(total, Message("strategy.note.sampled_draws", facts))


def _who_err_together(estimates: Estimates) -> np.ndarray:
    """The number of each customer's group: no error is shared between groups."""
    customers = len(estimates.problem.starts)
    shared = np.bincount(estimates.cell)[estimates.cell] > 1
    member, cell = estimates.problem.position[shared], estimates.cell[shared]
    size = customers + int(estimates.cell.max(initial=-1)) + 1
    links = coo_array(
        (np.ones(len(member), dtype=bool), (member, customers + cell)), (size, size)
    )
    _, group = connected_components(links, directed=False)
    _, group = np.unique(group[:customers], return_inverse=True)
    return group


def _sample(
    group: np.ndarray, large: np.ndarray, size: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Customers of each large group, at most so many, and how many each of them stands for."""
    samples, weights = [], []
    for number in large:
        members = np.flatnonzero(group == number)
        sample = members
        if len(members) > size:
            sample = rng.choice(members, size, replace=False)
        samples.append(np.sort(sample))
        weights.append(np.full(len(sample), len(members) / len(sample)))
    return np.concatenate(samples), np.concatenate(weights)
