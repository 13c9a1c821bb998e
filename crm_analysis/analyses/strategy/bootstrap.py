"""Draws of what a plan may bring, of all customers or of as many as can be drawn in time."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from crm_analysis.analyses.allocation import Problem
from crm_analysis.analyses.strategy.misses import Estimates, Spread
from crm_analysis.jobs import Progress, no_progress
from crm_analysis.messages import Message

_OPTIONS = 40_000_000  # valued in all draws: about a second
_VALUED = 9  # times a draw values each option
_SAMPLE = 500  # customers that stand for all who share their errors, at the least
_WHOLE = 20  # draws of all customers, where their errors are independent
_BLOCKS = 400  # into which these are put at most, since draws are kept by block
_MANY = 15  # groups that err independently: enough for few draws
_ALL = np.zeros(1, dtype=np.intp)  # one block, which begins with the first customer


class Drawn(NamedTuple):
    """What is expected of a plan less what it brings, drawn often, in money; and how."""

    draws: np.ndarray
    notes: tuple[Message, ...]


class Known(NamedTuple):
    """What is known of options: their own profit and its error, in money, and who shares it.

    - `own` : profit less charge; `error` : its standard error; `cell` : options of one number share
      their error
    """

    problem: Problem
    own: np.ndarray
    error: np.ndarray
    cell: np.ndarray

    def part(
        self, customers: np.ndarray, blocks: np.ndarray, weight: np.ndarray | float
    ) -> Estimates:
        """Of some customers, in their order."""
        sizes = self.problem.sizes[customers]
        first = np.repeat(self.problem.starts[customers], sizes)
        begins = np.repeat(np.cumsum(sizes) - sizes, sizes)
        rows = first + np.arange(sizes.sum()) - begins
        _, cell = np.unique(self.cell[rows], return_inverse=True)
        problem = Problem(np.repeat(np.arange(len(sizes)), sizes), self.own[rows])
        return Estimates(
            problem, self.own[rows], self.error[rows], cell, blocks, weight
        )


def draw_misses(
    known: Known,
    draws: int,
    splits: int,
    rng: np.random.Generator,
    *,
    by_halves: bool = False,
    progress: Progress = no_progress,
) -> Drawn:
    """As many draws of by how much what is expected misses what is brought, in money.

    Where all customers in all draws would take long, two things are used. Of customers whose
    estimates err together a sample tells what all of them do: the sum of the sample, each times how
    many it stands for. Where there are many groups that err independently, few draws of everybody
    tell how much each of them varies, and the sum of many is normal, with the sum of their
    variances.
    """

    def spread(estimates: Estimates, count: int) -> Spread:
        return estimates.misses(
            count, splits, rng, by_halves=by_halves, progress=progress
        )

    everybody = len(known.problem.starts)
    once = _VALUED * known.problem.size
    if once * draws <= _OPTIONS:
        whole = known.part(np.arange(everybody), _ALL, 1.0)
        return Drawn(spread(whole, draws).scaled, ())
    group = _who_err_together(known)
    room = max(everybody * _OPTIONS // (once * draws), _SAMPLE)
    large, rest = _parted(group, room)
    total, notes = np.zeros(draws), []
    if len(large):
        sample, weight = _sample(group, large, room // len(large), rng)
        total += spread(known.part(sample, _ALL, weight), draws).scaled
        facts = {"sample": len(sample), "customers": everybody - len(rest)}
        notes.append(Message("strategy.note.sampled_draws", facts))
    if len(rest):
        _, blocks = np.unique(group[rest], return_index=True)
        count = draws
        if len(blocks) >= _MANY:
            count = min(draws, max(_OPTIONS // once, _WHOLE))
        drawn = spread(known.part(rest, _joined(blocks), 1.0), count)
        if count == draws:
            total += drawn.scaled
        else:
            # The mean of few draws is known no better than by this.
            error = np.sqrt(drawn.variance * (1 + 1 / count))
            total += drawn.mean + error * rng.standard_normal(draws)
            facts = {"draws": count, "customers": len(rest)}
            notes.append(Message("strategy.note.few_draws", facts))
    return Drawn(total, tuple(notes))


def _who_err_together(known: Known) -> np.ndarray:
    """The number of each customer's group: no error is shared between groups."""
    customers = len(known.problem.starts)
    shared = np.bincount(known.cell)[known.cell] > 1
    member, cell = known.problem.position[shared], known.cell[shared]
    size = customers + int(known.cell.max(initial=-1)) + 1
    links = coo_array(
        (np.ones(len(member), dtype=bool), (member, customers + cell)), (size, size)
    )
    _, group = connected_components(links, directed=False)
    _, group = np.unique(group[:customers], return_inverse=True)
    return group


def _parted(group: np.ndarray, room: int) -> tuple[np.ndarray, np.ndarray]:
    """The groups of which a sample is drawn, and all other customers, group by group."""
    large = np.flatnonzero(np.bincount(group) >= _SAMPLE)
    if len(large) * _SAMPLE > room:
        large = large[:0]
    rest = np.flatnonzero(~np.isin(group, large))
    return large, rest[np.argsort(group[rest], kind="stable")]


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


def _joined(groups: np.ndarray) -> np.ndarray:
    """Where blocks begin, of groups that begin there: every so many of them are one block."""
    return groups[:: -(-len(groups) // _BLOCKS)]
