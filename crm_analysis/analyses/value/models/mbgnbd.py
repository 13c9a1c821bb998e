"""MBG/NBD: BG/NBD whose customers may also leave right after their first order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from crm_analysis.analyses.value.models.bgnbd import BetaGeometric, fit_model


@dataclass(frozen=True, eq=False)
class ModifiedBetaGeometric(BetaGeometric):
    """A fitted MBG/NBD."""

    name: ClassVar[str] = "mbgnbd"
    shift: ClassVar[int] = 1


def fit_mbgnbd(summary: pd.DataFrame, *, seed: int = 0) -> ModifiedBetaGeometric:
    """The MBG/NBD model: BG/NBD whose customers may also leave right after their first order.

    Parameters
    ----------
    summary
        `frequency`, `recency`, `T` as `purchase_summary` gives them, one-time buyers included.
        Parameters and times of the fit are in its unit.
    seed
        Of the sample that the search begins with when there are many customers.

    Returns
    -------
    ModifiedBetaGeometric
        With `.parameters` {r, alpha, a, b}; the rest as `fit_bgnbd` gives it.

    Raises
    ------
    ValueError
        Where a column is missing or the rows cannot be purchase histories.

    References
    ----------
    Batislam, Denizel & Filiztekin, Int. J. of Research in Marketing 24 (2007); Hoppe & Wagner,
    Marketing JRM 3 (2007).

    Examples
    --------
    >>> rare = pd.DataFrame({
    ...     "frequency": [0, 1, 2, 4] * 50,
    ...     "recency": [0.0, 10, 20, 30] * 50,
    ...     "T": [40.0, 38, 39, 36] * 50,
    ... })
    >>> list(fit_mbgnbd(rare).parameters)
    ['r', 'alpha', 'a', 'b']
    """
    return fit_model(ModifiedBetaGeometric, summary, seed)
