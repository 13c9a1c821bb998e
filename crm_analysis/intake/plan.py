"""What a person has decided about a table."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal

from crm_analysis.tables.cleaning import CleanOptions
from crm_analysis.tables.reading import ReadOptions
from crm_analysis.tables.roles import Roles
from crm_analysis.workspace import KeptFile


@dataclass(frozen=True)
class Plan:
    """What makes a table: its files, how each is read, how they go together, roles, cleaning."""

    name: str
    files: tuple[KeptFile, ...]
    read: tuple[ReadOptions, ...]
    how: Literal["alone", "append", "join"] = "alone"
    roles: Roles | None = None
    clean: CleanOptions = field(default_factory=CleanOptions)

    @property
    def key(self) -> list[Any]:
        """What the raw table depends on, as plain values: for caching it."""
        roles = None
        if (
            self.roles and self.how == "append"
        ):  # they say which record replaces which
            roles = {
                "kind": self.roles.kind,
                "columns": dict(self.roles.columns),
            }
        return [
            self.how,
            [file.sha256 for file in self.files],
            [file.name for file in self.files],
            [options.to_dict() for options in self.read],
            roles,
        ]

    def with_roles(self, roles: Roles) -> Plan:
        """The plan with other roles; a column chosen as the money goes with the roles it was of."""
        money = ("amount", "quantity", "unit_price")
        before, after = (
            (one.kind, one.preset, *map(one.columns.get, money)) if one else None
            for one in (self.roles, roles)
        )
        clean = self.clean if before == after else self.clean.replace(money=None)
        return replace(self, roles=roles, clean=clean)

    @property
    def put_back(self) -> list[tuple[int, int]]:
        """The records that are rows though reading would set them aside, as (file, line)."""
        return [
            (source, line)
            for source, options in enumerate(self.read)
            for line in options.put_back
        ]

    @property
    def cleaning(self) -> CleanOptions:
        """How it is cleaned; no step takes out what a person put back when it was read."""
        return self.clean.replace(
            put_back=tuple(dict.fromkeys([*self.clean.put_back, *self.put_back]))
        )
