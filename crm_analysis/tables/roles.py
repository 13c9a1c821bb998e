"""Which column is what: a kind of table and a column for each role, from names (English, Chinese) and values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from crm_analysis.tables.kinds import KindName
from crm_analysis.tables.reading import RawTable

__all__ = ["Roles", "guess_roles"]


@dataclass(frozen=True)
class Roles:
    """The kind of a table and the column of each role; `confidence` (0 to 1) for "kind" and for each role.

    `kinds` are the other kinds in the order they fit. Columns without a role keep their own names.
    """

    kind: KindName
    columns: Mapping[str, str]
    confidence: Mapping[str, float] = field(default_factory=dict)
    kinds: tuple[KindName, ...] = ()


def guess_roles(raw: RawTable) -> Roles:
    """What each column is."""
    ...
