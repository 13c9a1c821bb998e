"""What each option brings of each aim, and what a whole plan comes to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd

from crm_analysis.analyses.strategy.figures import check_figures, check_shares
from crm_analysis.analyses.strategy.front.options import Objective
from crm_analysis.analyses.strategy.table import OptionTable
from crm_analysis.errors import AnalysisError

_MOST_KINDS = 40


class _Aim(NamedTuple):
    """The column it is summed from (None: one each), and whether large (1) or small (-1) is good.

    `brings`: 1 where an option adds to it, -1 where it takes away.
    """

    column: str | None
    sign: float
    brings: float


_AIMS: dict[Objective, _Aim] = {
    "profit": _Aim("profit", 1.0, 1.0),
    "cost": _Aim("cost", -1.0, 1.0),
    "leavers": _Aim("kept", -1.0, -1.0),
    "fatigue": _Aim("points", -1.0, 1.0),
    "reach": _Aim(None, 1.0, 1.0),
}


@dataclass(frozen=True, eq=False)
class Aims:
    """The aims of a front.

    - `names`
    - `gains` : a row an aim, a column an option: what it adds, more being better
    - `signs` : 1 where large is good, -1 where small is
    - `base` : of each aim, without any action
    - `options`, `rows` : the options they are of, and the positions of those that may be chosen
    """

    names: tuple[Objective, ...]
    gains: np.ndarray
    signs: np.ndarray
    base: np.ndarray
    options: OptionTable
    rows: np.ndarray

    @cached_property
    def kind(self) -> np.ndarray:
        """The number of each option's action, in its segment where there are some."""
        return _kinds(self.options)[self.rows]

    def of_options(self, rows: np.ndarray) -> Aims:
        """The same aims of some of the options."""
        return replace(self, gains=self.gains[:, rows], rows=self.rows[rows])

    def totals(self, gained: np.ndarray) -> np.ndarray:
        """What plans come to, given what they gain (a row a plan, a column an aim)."""
        # No aim is -0.
        return self.base + self.signs * gained + 0.0


def aims_of(options: OptionTable, names: tuple[Objective, ...]) -> Aims:
    """The aims of these names.

    Raises
    ------
    AnalysisError
        "strategy.no_objective" (objective, column) where the table does not say it;
        "strategy.no_figure", "strategy.no_probability" (column) where not in numbers.
    """
    rows, base = [], []
    for name in names:
        aim = _AIMS[name]
        known = aim.column is None or aim.column in options.given.columns
        if not known or (name == "profit" and not options.promises_profit):
            raise AnalysisError(
                "strategy.no_objective", objective=name, column=aim.column
            )
        amount = np.ones(len(options))
        if aim.column is not None:
            amount = options.number(aim.column)
        if aim.column not in (None, "profit"):
            check_figures(options.given, aim.column)
        rows.append(aim.sign * aim.brings * amount)
        base.append(_expected_leavers(options) if name == "leavers" else 0.0)
    signs = np.array([_AIMS[name].sign for name in names])
    every = np.arange(len(options))
    return Aims(names, np.array(rows), signs, np.array(base), options, every)


def _kinds(options: OptionTable) -> np.ndarray:
    """Actions by segment, as numbers; actions alone where that would be too many kinds."""
    by_action = pd.factorize(options.action)[0]
    segment = options.text("segment")
    if segment is None:
        return by_action
    by_segment = pd.factorize(segment, use_na_sentinel=False)[0]
    together = by_action * (by_segment.max(initial=0) + 1) + by_segment
    kinds = pd.factorize(together)[0]
    return kinds if kinds.max(initial=0) < _MOST_KINDS else by_action


def _expected_leavers(options: OptionTable) -> float:
    """How many customers are expected to leave without any action; 0 where risks are unknown."""
    check_shares(options.given, "risk")
    first = np.flatnonzero(np.diff(options.customer, prepend=-1))
    return float(options.number("risk")[first].sum())
