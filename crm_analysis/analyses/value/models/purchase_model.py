"""What every fit can say of itself, and every purchase model of its customers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from crm_analysis.analyses.value.models.fitting import (
    Likelihood,
    Optimum,
    Rows,
    group,
    maximise,
)
from crm_analysis.messages import Message


@dataclass(frozen=True, eq=False)
class ModelFit:
    """A fit: its parameters, and how well they are known.

    parameters : {name: value}.
    log_likelihood : at the parameters.
    converged : False where the search did not end at a maximum.
    customers : how many it was fitted to.
    notes : what the reader should know of the fit, (key, details).
    covariance : of the logarithms of the parameters; inf where the data do not bound one.
    """

    name: ClassVar[str]

    parameters: Mapping[str, float]
    log_likelihood: float
    converged: bool
    customers: int
    notes: tuple[Message, ...]
    covariance: np.ndarray

    @property
    def usable(self) -> bool:
        """Whether the search ended at a maximum, and its numbers are numbers."""
        return self.converged and bool(np.isfinite(self.log_likelihood))

    @cached_property
    def standard_errors(self) -> dict[str, float]:
        """Standard error of each parameter; inf where the data do not bound it."""
        return {
            name: value * float(error)
            for (name, value), error in zip(
                self.parameters.items(),
                np.sqrt(np.diag(self.covariance)),
                strict=True,
            )
        }

    @classmethod
    def at_optimum(
        cls,
        optimum: Optimum,
        parameters: Mapping[str, float],
        customers: int,
        constant: float = 0.0,
        **own: Any,
    ) -> Self:
        """The fit that a search ended with; `constant` is what its likelihood left out."""
        notes: tuple[Message, ...] = ()
        if not optimum.converged:
            notes = (Message("value.fit.not_converged", {"model": cls.name}),)
        elif optimum.at_edge:
            edges = zip(parameters, optimum.unbounded, strict=True)
            details = {
                "model": cls.name,
                "parameters": [name for name, edge in edges if edge],
            }
            notes = (Message("value.fit.at_edge", details),)
        return cls(
            parameters,
            optimum.value + constant,
            optimum.converged,
            customers,
            notes,
            optimum.covariance,
            **own,
        )


@dataclass(frozen=True, eq=False)
class PurchaseModel(ModelFit, ABC):
    """A purchase model fitted to a purchase summary.

    Parameters and times are in the unit of that summary; results by customer are Series in its
    order and with its index.

    rows : the distinct histories.
    index : the summary's index.
    orders_per_count : how many orders one of what the model counts stands for.
    """

    knows_new_customers: ClassVar[bool] = (
        True  # `expected_new` says something of their orders
    )

    knows_leaving: ClassVar[bool] = True  # `alive` is the chance of not having left

    rows: Rows
    index: pd.Index
    orders_per_count: float = 1.0

    @classmethod
    def fitted(
        cls,
        likelihood: Likelihood,
        summary: pd.DataFrame,
        rows: Rows,
        names: Sequence[str],
        *,
        times: Sequence[str] = (),
        **search: Any,
    ) -> Self:
        """The model fitted to a summary, whose `rows` they are.

        Where some of the parameters are `times`, in units of the mean age; `search`: as
        `maximise` takes it.
        """
        scale = rows.mean_age if times else 1.0
        optimum = maximise(likelihood, rows.at_scale(scale), **search)
        parameters = {
            name: value * (scale if name in times else 1.0)
            for name, value in zip(names, optimum.parameters, strict=True)
        }
        return cls.at_optimum(
            optimum,
            parameters,
            len(summary),
            -float(rows.weight @ rows.x * np.log(scale)),
            rows=rows,
            index=summary.index,
        )

    def expected(
        self, t: float | np.ndarray, summary: pd.DataFrame | None = None
    ) -> pd.Series:
        """Orders expected of each customer in the next `t`, given their history.

        `t` may be an array with a time of its own for every customer; with a `summary`, its
        customers are told of.
        """
        rows, index = self._histories(summary)
        if np.ndim(t) == 0:
            times = np.full(len(rows), float(t))
            orders = self._expected(rows, times)[rows.position]
        else:  # no two customers need share a row
            orders = self._expected(
                rows.take(rows.position), np.asarray(t, dtype=float)
            )
        return pd.Series(orders, index=index, name="expected")

    def expected_new(self, t: float | np.ndarray) -> float | np.ndarray:
        """Repeat orders expected in the first `t` of a customer drawn at random."""
        times = np.atleast_1d(np.asarray(t, dtype=float))
        zero = np.zeros(len(times))
        orders = self._expected(
            Rows(zero, zero, zero, np.ones(len(times)), np.arange(len(times))),
            times,
        )
        return float(orders[0]) if np.ndim(t) == 0 else orders

    def alive(self, summary: pd.DataFrame | None = None) -> pd.Series:
        """The chance that each customer is still one, given their history."""
        rows, index = self._histories(summary)
        return pd.Series(
            self._staying(rows)[rows.position], index=index, name="alive"
        )

    def at_least(
        self, n: int, t: float, summary: pd.DataFrame | None = None
    ) -> pd.Series:
        """The chance that each customer orders n times or more in the next `t`."""
        rows, index = self._histories(summary)
        chance = np.ones(len(rows))
        if n > 0:
            chance = self._staying(rows) * self._at_least(
                rows, n, np.full(len(rows), float(t))
            )
        return pd.Series(chance[rows.position], index=index, name="at_least")

    def orders(self, t: float) -> np.ndarray:
        """Orders expected of each customer in the next `t`, also where the model counts chances."""
        return self.expected(t).to_numpy() * self.orders_per_count

    def _histories(self, summary: pd.DataFrame | None) -> tuple[Rows, pd.Index]:
        if summary is None:
            return self.rows, self.index
        return group(summary), summary.index

    def _expected(self, rows: Rows, t: np.ndarray) -> np.ndarray:
        return self._staying(rows) * self._expected_alive(rows, t)

    def _staying(self, rows: Rows) -> np.ndarray:
        """The chance of being alive; that of the model's own rows is worked out once."""
        return self._own_alive if rows is self.rows else self._alive(rows)

    @cached_property
    def _own_alive(self) -> np.ndarray:
        return self._alive(self.rows)

    # What each model supplies; all by row, times in the fit's unit.
    @abstractmethod
    def _alive(self, rows: Rows) -> np.ndarray:
        """The chance of being alive."""

    @abstractmethod
    def _expected_alive(self, rows: Rows, t: np.ndarray) -> np.ndarray:
        """Orders expected in `t` of a customer known to be alive."""

    @abstractmethod
    def _at_least(
        self, rows: Rows, n: int | np.ndarray, t: np.ndarray
    ) -> np.ndarray:
        """The chance of n ≥ 1 orders or more in `t` of a customer known to be alive.

        n may be an array with a number of its own for every row.
        """

    def _successive(
        self, rows: Rows, t: np.ndarray
    ) -> Generator[np.ndarray, np.ndarray, None]:
        """`_at_least` of n = 1, 2, …; what is sent says which of the rows go on."""
        for n in count(1):
            going = yield self._at_least(rows, n, t)
            rows, t = rows.take(going), t[going]

    def _median_wait(self, rows: Rows) -> np.ndarray:
        """The time by which half of such customers, if alive, have ordered again.

        Of order rates that are gamma (r, alpha), the first two parameters.
        """
        r, alpha, *_ = self.parameters.values()
        return (alpha + rows.T) * np.expm1(np.log(2) / (r + rows.x))
