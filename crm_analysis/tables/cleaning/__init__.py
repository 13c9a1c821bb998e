"""RawTable + Roles → Cleaned: a typed table, every change accounted for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from crm_analysis.engine import Engine
from crm_analysis.jobs import Progress, no_progress
from crm_analysis.options import Options
from crm_analysis.tables.kinds import KindName
from crm_analysis.tables.reading import RawTable
from crm_analysis.tables.roles import Roles

__all__ = ["CleanOptions", "Cleaned", "clean"]


@dataclass(frozen=True, kw_only=True)
class CleanOptions(Options):
    """What cleaning does beside typing."""


@dataclass(frozen=True, eq=False)
class Cleaned:
    """A table one can trust, and the ledger of how it came to be.

    `store` is the engine's table: role columns under their role names, other columns under their own names, and `_source`,
    `_line`. `types` says how each column was read. `questions` are what the evidence did not decide: (key, details).
    """

    kind: KindName
    engine: Engine
    store: str
    types: pd.DataFrame  # column, role, type, detail (decimal mark, day order, currency, unit …), missing, distinct
    questions: tuple[tuple[str, dict], ...]

    @cached_property
    def table(self) -> pd.DataFrame:
        """The typed table: ids and text str, numbers float64, dates datetime64, flags boolean; index `line`."""
        ...

    @cached_property
    def changes(self) -> pd.DataFrame:
        """Each cell changed: source, line, column, step, reason, old, new."""
        ...

    @cached_property
    def flags(self) -> pd.DataFrame:
        """Each cell that looks odd and was left as it is: source, line, column, reason, value."""
        ...

    @cached_property
    def set_aside(self) -> pd.DataFrame:
        """Each record that is not in the table: source, line, step, reason, text."""
        ...

    def summary(self) -> dict[str, float | None]:
        """Counts and money of the ledger; they add up (asserted when cleaned)."""
        ...


def clean(raw: RawTable, roles: Roles, options: CleanOptions | None = None, *, progress: Progress = no_progress) -> Cleaned:
    """A raw table becomes a table one can trust."""
    ...
