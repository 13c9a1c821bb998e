"""What every fit by maximum likelihood can say of itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from crm_analysis.analyses.value.models.fitting import Optimum
from crm_analysis.messages import Message

__all__ = ["ModelFit", "fit_notes"]


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
        errors = np.sqrt(np.diag(self.covariance))
        return {
            name: value * float(error)
            for (name, value), error in zip(self.parameters.items(), errors, strict=True)
        }


def fit_notes(model: str, optimum: Optimum, parameters: Mapping[str, float]) -> tuple[Message, ...]:
    """What the reader should know of a fit."""
    if not optimum.converged:
        return (Message("value.fit.not_converged", {"model": model}),)
    if not optimum.at_edge:
        return ()
    unbounded = [name for name, edge in zip(parameters, optimum.unbounded, strict=True) if edge]
    return (Message("value.fit.at_edge", {"model": model, "parameters": unbounded}),)
