"""The plans behind the points of a front, kept small: each is unfolded when it is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from crm_analysis.analyses.allocation import Steps


class Plans(Protocol):
    """Plans by number."""

    def chosen(self, number: int) -> np.ndarray:
        """The positions of the options of a plan, sorted."""


@dataclass(frozen=True, eq=False)
class StepPlans:
    """Plans that are so many steps of a sort each."""

    steps: Steps
    counts: np.ndarray
    size: int

    def chosen(self, number: int) -> np.ndarray:
        """The positions of the options of a plan, sorted."""
        return np.flatnonzero(self.steps.after(int(self.counts[number]), self.size))


@dataclass(frozen=True, eq=False)
class TurnedPlans:
    """Plans that are so many steps away from a first one, which gives each customer something.

    Nothing is an option here too, so that it may be stepped to.

    - `first` : what each customer has in the first plan
    - `steps` : from there; `counts` : how many of them make each plan
    - `position` : the customer of each option; `option` : its position in the table, -1 of nothing
    """

    first: np.ndarray
    steps: Steps
    counts: np.ndarray
    position: np.ndarray
    option: np.ndarray

    def chosen(self, number: int) -> np.ndarray:
        """The positions of the options of a plan, sorted."""
        count = int(self.counts[number])
        chosen = self.steps.after(count, len(self.option))
        stays = np.ones(len(self.first), dtype=bool)
        stays[self.position[self.steps.option[:count]]] = False
        chosen[self.first[stays]] = True
        options = self.option[chosen]
        return options[options >= 0]


@dataclass(frozen=True, eq=False)
class ListedPlans:
    """Plans written out."""

    plans: tuple[np.ndarray, ...]

    def chosen(self, number: int) -> np.ndarray:
        """The positions of the options of a plan, sorted."""
        return self.plans[number]


@dataclass(frozen=True, eq=False)
class TracedPlans:
    """Plans of a dynamic program, traced back from the last customer.

    - `history` : a row after so many customers, a column a total: the best that can be gained
    - `starts` : where each customer's options begin
    - `units` : what each option adds to the total; `gains` : and to what is gained
    - `totals` : of each plan
    """

    history: np.ndarray
    starts: np.ndarray
    units: np.ndarray
    gains: np.ndarray
    totals: np.ndarray

    def chosen(self, number: int) -> np.ndarray:
        """The positions of the options of a plan, sorted."""
        total, taken = int(self.totals[number]), []
        ends = np.append(self.starts[1:], len(self.units))
        for customer in range(len(self.starts) - 1, -1, -1):
            before, reached = self.history[customer : customer + 2]
            if before[total] == reached[total]:
                continue
            options = np.arange(self.starts[customer], ends[customer])
            came = total - self.units[options]
            options, came = options[came >= 0], came[came >= 0]
            # The very sum that was made on the way here.
            made = before[came] + self.gains[options] == reached[total]
            taken.append(int(options[made][0]))
            total = int(came[made][0])
        return np.array(taken[::-1], dtype=np.int64)
