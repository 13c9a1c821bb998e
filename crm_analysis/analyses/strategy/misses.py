"""By how much what is expected of a plan misses what the plan brings: the same, done again."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from crm_analysis.analyses.allocation import Problem
from crm_analysis.jobs import Progress, no_progress

MOST = 0.25  # four fifths of a sample have a variance larger by so much
_PARTED = 2  # times each draw is parted, which tells what parting by chance adds


def of_all(by_half: float, by_most: float) -> float:
    """What plans by all of the estimates are worth, from those by half and by four fifths."""
    return by_most + (by_most - by_half) * MOST / (1 - MOST)


class Spread(NamedTuple):
    """Draws of a sum, in money, and the variance that it has: theirs, less that of parting."""

    draws: np.ndarray
    variance: float

    @property
    def mean(self) -> float:
        """What is drawn on average, in money."""
        return float(self.draws.mean())

    @property
    def scaled(self) -> np.ndarray:
        """The draws, moved from their mean until they have the variance."""
        spread = self.draws.std()
        if spread == 0:
            return self.draws
        scale = np.sqrt(self.variance) / spread
        return self.mean + (self.draws - self.mean) * scale


class Estimates(NamedTuple):
    """What options are estimated to bring, less the charge of the limits, and how that errs.

    - `own` : profit less charge, in money; `error` : its standard error
    - `cell` : options of one number share their error
    - `weight` : how many customers each stands for
    """

    problem: Problem
    own: np.ndarray
    error: np.ndarray
    cell: np.ndarray
    weight: np.ndarray | float = 1.0

    def part(
        self, customers: np.ndarray, weight: np.ndarray | float = 1.0
    ) -> Estimates:
        """Those of some customers, in their order."""
        sizes = self.problem.sizes[customers]
        first = np.repeat(self.problem.starts[customers], sizes)
        begins = np.repeat(np.cumsum(sizes) - sizes, sizes)
        rows = first + np.arange(sizes.sum()) - begins
        _, cell = np.unique(self.cell[rows], return_inverse=True)
        problem = Problem(np.repeat(np.arange(len(sizes)), sizes), self.own[rows])
        return Estimates(problem, self.own[rows], self.error[rows], cell, weight)

    def misses(
        self,
        draws: int,
        splits: int,
        rng: np.random.Generator,
        *,
        by_halves: bool = False,
        progress: Progress = no_progress,
    ) -> Spread:
        """Draws of what is expected less what is brought, in money.

        Each takes the estimates for the truth, draws estimates around them, plans by these, and
        values that plan by parting them: at the prices of the limits, so that every customer gets
        what is best for them and no plan has to be made anew.

        Parameters
        ----------
        draws : int
            How many.
        splits : int
            How often the estimates themselves were parted.
        rng : numpy.random.Generator
            What draws.
        by_halves : bool
            Whether they were parted by the halves of a campaign, without giving back what a plan by
            half is worse.
        progress : callable
            Told how far it is.

        References
        ----------
        Efron (1979), The Annals of Statistics 7, 1-26, on the bootstrap.
        """
        missed = np.empty((draws, 1 if by_halves else _PARTED))
        for draw in range(draws):
            progress(draw / draws, "strategy.step.draws")
            drawn = self.own + self._noise(rng)
            truth = self._valued(drawn, self.own)
            for part in range(missed.shape[1]):
                missed[draw, part] = self._parted(drawn, rng, by_halves) - truth
        once = missed.mean(axis=1)
        variance = float(once.var())
        if not by_halves:
            by_parting = float(missed.var(axis=1, ddof=1).mean())
            variance += by_parting * (1 / splits - 1 / _PARTED)
        return Spread(once, max(variance, 0.0))

    def _noise(self, rng: np.random.Generator) -> np.ndarray:
        cells = int(self.cell.max(initial=-1)) + 1
        return self.error * rng.standard_normal(cells)[self.cell]

    def _parted(
        self, drawn: np.ndarray, rng: np.random.Generator, by_halves: bool
    ) -> float:
        noise = self._noise(rng)
        by_half = self._both_ways(drawn, noise, noise)
        if by_halves:
            return by_half
        root = MOST**0.5
        return of_all(by_half, self._both_ways(drawn, root * noise, noise / root))

    def _both_ways(
        self, drawn: np.ndarray, more: np.ndarray, less: np.ndarray
    ) -> float:
        one = self._valued(drawn + more, drawn - less)
        return (one + self._valued(drawn - more, drawn + less)) / 2

    def _valued(self, by: np.ndarray, value: np.ndarray) -> float:
        """What giving everybody their best by these figures is worth by those."""
        best, option = self.problem.best_of_each(by)
        worth = np.where(best > 0, value[option], 0.0) * self.weight
        return float(worth.sum())
