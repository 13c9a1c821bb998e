"""What every fitted purchase model can say: orders expected, the chance of being alive, the chance of n orders."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from crm_analysis.analyses.value.models.fitting import EDGE, Optimum, Rows, group
from crm_analysis.messages import Message

__all__ = ["PurchaseModel"]


@dataclass(frozen=True, eq=False)
class PurchaseModel(ABC):
    """A purchase model fitted to a purchase summary.

    `parameters` and every time are in `unit`s. `converged` is False where the search did not end at a maximum; `notes` are
    (key, details) about the fit for the reader. Results by customer are Series in the order, and with the index, of the summary.
    """

    name: str
    parameters: Mapping[str, float]
    log_likelihood: float
    converged: bool
    unit: str
    customers: int
    notes: tuple[Message, ...]
    covariance: np.ndarray  # of the logarithms of the parameters
    rows: Rows
    index: pd.Index

    @cached_property
    def standard_errors(self) -> dict[str, float]:
        """Standard error of each parameter, by the curvature of the likelihood (inf where the data do not bound it)."""
        return {
            name: value * float(np.sqrt(spread))
            for (name, value), spread in zip(
                self.parameters.items(), np.diag(self.covariance), strict=True
            )
        }

    def expected(self, t: float | np.ndarray, summary: pd.DataFrame | None = None) -> pd.Series:
        """Orders expected of each customer in the next `t`, given their history; of another summary's customers if given."""
        rows, index = self._which(summary)
        orders = (
            self._expected(rows, np.full(len(rows), float(t)))[rows.position]
            if np.ndim(t) == 0
            else self._each(rows, t)
        )
        return pd.Series(orders, index=index, name="expected")

    def expected_new(self, t: float | np.ndarray) -> float | np.ndarray:
        """Repeat orders expected in the first `t` of a customer drawn at random."""
        times = np.atleast_1d(np.asarray(t, dtype=float))
        zero = np.zeros(len(times))
        answer = self._expected_new(
            Rows(zero, zero, zero, np.ones(len(times)), np.arange(len(times))), times
        )
        return float(answer[0]) if np.ndim(t) == 0 else answer

    def alive(self, summary: pd.DataFrame | None = None) -> pd.Series:
        """The chance that each customer is still one, given their history."""
        rows, index = self._which(summary)
        return pd.Series(self._alive(rows)[rows.position], index=index, name="alive")

    def at_least(self, n: int, t: float, summary: pd.DataFrame | None = None) -> pd.Series:
        """The chance that each customer orders n times or more in the next `t`, given their history."""
        rows, index = self._which(summary)
        values = (
            np.ones(len(rows))
            if n <= 0
            else self._alive(rows) * self._at_least(rows, n, np.full(len(rows), float(t)))
        )
        return pd.Series(values[rows.position], index=index, name="at_least")

    def _which(self, summary: pd.DataFrame | None) -> tuple[Rows, pd.Index]:
        return (self.rows, self.index) if summary is None else (group(summary), summary.index)

    def _each(self, rows: Rows, t: float | np.ndarray) -> np.ndarray:
        """A time of its own for every customer: no two need share a row."""
        where = rows.position
        loose = Rows(
            rows.x[where],
            rows.t_x[where],
            rows.T[where],
            np.ones(len(where)),
            np.arange(len(where)),
        )
        return self._expected(loose, np.asarray(t, dtype=float))

    def _expected(self, rows: Rows, t: np.ndarray) -> np.ndarray:
        return self._alive(rows) * self._expected_alive(rows, t)

    # What each model supplies; all by row, times in the fit's unit.
    @abstractmethod
    def _alive(self, rows: Rows) -> np.ndarray:
        """The chance of being alive."""

    @abstractmethod
    def _expected_alive(self, rows: Rows, t: np.ndarray) -> np.ndarray:
        """Orders expected in `t` of a customer known to be alive."""

    def _expected_new(self, rows: Rows, t: np.ndarray) -> np.ndarray:
        return self._expected(rows, t)

    @abstractmethod
    def _at_least(self, rows: Rows, n: int, t: np.ndarray) -> np.ndarray:
        """The chance of n ≥ 1 orders or more in `t` of a customer known to be alive."""

    @abstractmethod
    def _median_wait(self, rows: Rows) -> np.ndarray:
        """The time by which half of such customers, if alive, have ordered again."""


def fit_notes(name: str, found: Optimum, parameters: Mapping[str, float]) -> tuple[Message, ...]:
    """What the reader should know of a fit."""
    notes: list[Message] = []
    if not found.converged:
        notes.append(Message("value.fit.not_converged", {"model": name}))
    elif found.at_edge:
        edge = [
            each
            for each, at in zip(parameters, np.abs(found.theta) > EDGE - 1e-6, strict=True)
            if at
        ]
        notes.append(Message("value.fit.at_edge", {"model": name, "parameters": edge}))
    return tuple(notes)


def unit_of(summary: pd.DataFrame, unit: str | None) -> str:
    """The unit of a summary: said by the caller, or carried by the table."""
    return unit or summary.attrs.get("unit", "week")
