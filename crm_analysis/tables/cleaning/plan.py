"""What cleaning has decided for each column: how its cells are read, and which of them that changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from crm_analysis.engine import quoted
from crm_analysis.tables.cleaning.sql import plain_text
from crm_analysis.tables.kinds import ValueType

__all__ = ["Column", "Edit", "Question", "relation"]

Question = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Edit:
    """Cells that a step changes: those that fulfil `condition` become `new` (SQL over the store, for the ledger)."""

    step: str
    reason: str
    condition: str
    new: str
    cells: int = 0


@dataclass(frozen=True)
class Column:
    """How one column of the file is read.

    `value` is SQL over `c{position}`, over `t{position}` (the cell made plain, where `plain`) and over `structs`.
    `against` is SQL for cells that, though readable, speak against this reading.
    """

    position: int
    source: str
    name: str
    role: str | None
    type: ValueType
    value: str
    plain: bool = False
    structs: Mapping[str, str] = field(default_factory=dict)
    against: str = "false"
    edits: tuple[Edit, ...] = ()
    detail: Mapping[str, Any] = field(default_factory=dict)
    questions: tuple[Question, ...] = ()

    @property
    def cell(self) -> str:
        """The raw cell."""
        return f"c{self.position}"


def relation(store: str, columns: list[Column]) -> str:
    """The rows of a store with the plain texts and structs that the columns read from, as something to select from."""
    plain = {f"t{one.position}": one for one in columns if one.plain}
    structs = {alias: sql for one in columns for alias, sql in one.structs.items()}
    inner = f"SELECT *, rowid AS _row FROM {quoted(store)}"
    if plain:
        inner = f"SELECT *, {', '.join(f'{plain_text(one.cell)} AS {alias}' for alias, one in plain.items())} FROM ({inner})"
    if structs:
        inner = f"SELECT *, {', '.join(f'{sql} AS {alias}' for alias, sql in structs.items())} FROM ({inner})"
    return f"({inner})"
