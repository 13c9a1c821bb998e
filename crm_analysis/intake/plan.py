"""What a person has decided about a table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from crm_analysis.tables.cleaning import CleanOptions
from crm_analysis.tables.reading import ReadOptions
from crm_analysis.tables.roles import Roles
from crm_analysis.workspace import KeptFile

__all__ = ["Plan"]


@dataclass(frozen=True)
class Plan:
    """What makes a table: the files (with their names and how each is read), how they go together, roles and cleaning."""

    name: str
    files: tuple[KeptFile, ...]
    read: tuple[ReadOptions, ...]
    how: Literal["alone", "append", "join"] = "alone"
    roles: Roles | None = None
    clean: CleanOptions = field(default_factory=CleanOptions)

    @property
    def key(self) -> list[Any]:
        """What the raw table depends on, as plain values: for caching it."""
        # What is repeated and what replaces what is told by the roles.
        told = (
            {"kind": self.roles.kind, "columns": dict(self.roles.columns)}
            if self.roles and self.how == "append"
            else None
        )
        return [
            self.how,
            [file.sha256 for file in self.files],
            [file.name for file in self.files],
            [one.to_dict() for one in self.read],
            told,
        ]

    @property
    def put_back(self) -> list[tuple[int, int]]:
        """The records that are rows though reading would set them aside, as (file, line)."""
        return [
            (source, line) for source, options in enumerate(self.read) for line in options.put_back
        ]

    @property
    def cleaning(self) -> CleanOptions:
        """How it is cleaned: what a person has put back into the table when it was read, no step of cleaning takes out again."""
        return self.clean.replace(
            put_back=tuple(dict.fromkeys([*self.clean.put_back, *self.put_back]))
        )
