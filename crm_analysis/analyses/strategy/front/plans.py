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
class ListedPlans:
    """Plans written out."""

    plans: tuple[np.ndarray, ...]

    def chosen(self, number: int) -> np.ndarray:
        """The positions of the options of a plan, sorted."""
        return self.plans[number]


@dataclass(frozen=True, eq=False)
class TracedPlans:
    """Plans of a dynamic program, traced back from the last customer.

    - `decision` : a row a customer, a column a total: the option taken, counted from 1; 0 is none
    - `starts` : where each customer's options begin
    - `units` : of each option
    - `totals` : of each plan
    """

    decision: np.ndarray
    starts: np.ndarray
    units: np.ndarray
    totals: np.ndarray

    def chosen(self, number: int) -> np.ndarray:
        """The positions of the options of a plan, sorted."""
        total, taken = int(self.totals[number]), []
        for customer in range(len(self.starts) - 1, -1, -1):
            option = int(self.decision[customer, total])
            if option:
                position = int(self.starts[customer]) + option - 1
                taken.append(position)
                total -= int(self.units[position])
        return np.array(taken[::-1], dtype=np.int64)
