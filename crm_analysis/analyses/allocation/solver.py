"""HiGHS as scipy brings it: programs of a few thousand options, scaled, and nothing on stdout."""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

# HiGHS stops where bound and value differ by so little, so that profits are made large.
_LARGEST_PROFIT = 1e4
_CUTS = 50
_lock = threading.Lock()


@dataclass(frozen=True, eq=False)
class Program:
    """Maximise profit · x with uses · x ≤ amounts, at most one of each customer, 0 ≤ x ≤ 1.

    - `position` : the customer of each option
    - `profit`, `uses` (a row a limit), `amounts`
    """

    position: np.ndarray
    profit: np.ndarray
    uses: np.ndarray
    amounts: np.ndarray

    @property
    def money(self) -> float:
        """Profits are divided by this before they are handed over."""
        largest = float(np.max(np.abs(self.profit), initial=0.0))
        return largest / _LARGEST_PROFIT if largest > 0 else 1.0

    @property
    def scales(self) -> np.ndarray:
        """Limits are divided by these."""
        largest = np.max(np.abs(self.uses), axis=1, initial=0.0)
        return np.where(largest > 0, largest, 1.0)

    @property
    def answer_to_nothing(self) -> Solved:
        """Where there is no option left: nothing is chosen, if that holds the limits."""
        holds = bool((self.amounts >= -1e-9 * self.scales).all())
        x = np.zeros(0) if holds else None
        return Solved(x, 0.0, np.zeros(len(self.amounts)), True)

    def one_each(self) -> sp.csr_array:
        """A row a customer with several options, 1 at each of them."""
        size = len(self.position)
        _, row, count = np.unique(
            self.position, return_inverse=True, return_counts=True
        )
        several = np.flatnonzero(count > 1)
        to = np.full(len(count), -1)
        to[several] = np.arange(len(several))
        inside = np.flatnonzero(to[row] >= 0)
        ones = np.ones(len(inside))
        return sp.csr_array(
            (ones, (to[row[inside]], inside)), shape=(len(several), size)
        )


@dataclass(frozen=True, eq=False)
class Solved:
    """What the solver says of a program: `x` is None where nothing holds all limits.

    `bound` is what no answer can pass; `done` whether `x` is proven best.
    """

    x: np.ndarray | None
    bound: float
    prices: np.ndarray
    done: bool


def solve_shares(program: Program) -> Solved:
    """The best shares of the options (0 to 1), and what each limit costs."""
    from scipy.optimize import linprog

    if not len(program.profit):
        return program.answer_to_nothing
    money, scales = program.money, program.scales
    limits = len(program.amounts)
    one_each = program.one_each()
    uses = sp.csr_array(program.uses / scales[:, None])
    rows = sp.vstack([uses, one_each], format="csr")
    right = np.concatenate([program.amounts / scales, np.ones(one_each.shape[0])])
    with quiet():
        answer = linprog(
            -program.profit / money,
            A_ub=rows if rows.shape[0] else None,
            b_ub=right if rows.shape[0] else None,
            bounds=(0, 1),
            method="highs",
        )
    if answer.x is None:
        return Solved(None, -np.inf, np.zeros(limits), answer.status == 2)
    prices = -answer.ineqlin.marginals[:limits] * money / scales
    return Solved(
        answer.x, -answer.fun * money, np.maximum(prices, 0.0), answer.success
    )


def solve_whole(
    program: Program,
    *,
    gap: float = 0.0,
    seconds: float | None = None,
    nodes: int | None = None,
) -> Solved:
    """The best choice of whole options, to a gap that is a share of the value.

    The solver lets a limit be missed by a millionth; a choice that does so is forbidden and the
    program solved again, so that an answer holds every limit.
    """
    if not len(program.profit):
        return program.answer_to_nothing
    cuts: list[np.ndarray] = []
    for _ in range(_CUTS):
        solved = _whole(program, cuts, gap, seconds, nodes)
        if solved.x is None:
            return solved
        used = program.uses @ solved.x
        slack = 1e-9 * np.maximum(np.abs(program.amounts), program.scales)
        if (used <= program.amounts + slack).all():
            return solved
        cuts.append(solved.x)
    return Solved(None, solved.bound, solved.prices, False)


def _whole(
    program: Program,
    cuts: list[np.ndarray],
    gap: float,
    seconds: float | None,
    nodes: int | None,
) -> Solved:
    from scipy.optimize import Bounds, LinearConstraint, milp

    money, scales = program.money, program.scales
    size = len(program.profit)
    constraints = []
    if len(program.amounts):
        uses = sp.csr_array(program.uses / scales[:, None])
        constraints.append(
            LinearConstraint(uses, -np.inf, program.amounts / scales)
        )
    one_each = program.one_each()
    if one_each.shape[0]:
        constraints.append(LinearConstraint(one_each, -np.inf, 1.0))
    for cut in cuts:
        constraints.append(
            LinearConstraint(2 * cut - 1, -np.inf, float(cut.sum()) - 1)
        )
    options: dict[str, float] = {"mip_rel_gap": gap}
    if seconds is not None:
        options["time_limit"] = seconds
    if nodes is not None:
        options["node_limit"] = nodes
    with quiet():
        answer = milp(
            -program.profit / money,
            integrality=np.ones(size),
            bounds=Bounds(0, 1),
            constraints=constraints,
            options=options,
        )
    none = np.zeros(len(program.amounts))
    if answer.x is None:
        infeasible = answer.status == 2
        return Solved(None, -np.inf if infeasible else np.inf, none, infeasible)
    bound = -answer.mip_dual_bound * money
    return Solved(np.round(answer.x), bound, none, answer.status == 0)


@contextmanager
def quiet() -> Iterator[None]:
    """What a library prints to stdout from C meanwhile is dropped.

    One thread at a time, as stdout belongs to the process.
    """
    with _lock:
        try:
            sys.stdout.flush()
            kept = os.dup(1)
        except (OSError, ValueError):  # nothing there to be kept clean
            yield
            return
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            _flush()
            os.dup2(nowhere, 1)
            yield
        finally:
            _flush()
            os.dup2(kept, 1)
            os.close(nowhere)
            os.close(kept)


def _flush() -> None:
    """Write out what C holds back, which would else come when stdout is back."""
    if sys.platform != "win32":
        ctypes.CDLL(None).fflush(None)
