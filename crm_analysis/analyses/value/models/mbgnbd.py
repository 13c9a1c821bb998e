"""MBG/NBD: BG/NBD whose customers may also leave right after their first order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from crm_analysis.analyses.value.models.bgnbd import BetaGeometric, fit_model

__all__ = ["ModifiedBetaGeometric", "fit_mbgnbd"]


@dataclass(frozen=True, eq=False)
class ModifiedBetaGeometric(BetaGeometric):
    """A fitted MBG/NBD."""

    name: ClassVar[str] = "mbgnbd"
    shift: ClassVar[int] = 1


def fit_mbgnbd(summary: pd.DataFrame, *, seed: int = 0) -> ModifiedBetaGeometric:
    """The MBG/NBD model: BG/NBD whose customers may also leave right after their first order.

    Parameters, what comes out and what is raised are those of `fit_bgnbd`.

    References
    ----------
    Batislam, Denizel & Filiztekin, Int. J. of Research in Marketing 24 (2007); Hoppe & Wagner,
    Marketing JRM 3 (2007).
    """
    return fit_model(ModifiedBetaGeometric, summary, seed)
