"""The five kinds of table and their columns: the one vocabulary every analysis speaks."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from crm_analysis.errors import AnalysisError
from crm_analysis.tables.kinds.role import KindName, Role, ValueType
from crm_analysis.tables.kinds.roles import ROLES

__all__ = ["KINDS", "ROLES", "Kind", "KindName", "Role", "ValueType", "require"]


@dataclass(frozen=True)
class Kind:
    """A kind of table, and the sets of roles of which at least one must be there to be of use."""

    name: KindName
    needs: tuple[tuple[str, ...], ...]

    @property
    def roles(self) -> tuple[Role, ...]:
        """The roles that its columns can have, in their order."""
        own = [role for role in ROLES.values() if self.name in role.kinds]
        return tuple(sorted(own, key=lambda role: role.kinds[self.name]))

    def role(self, name: str) -> Role:
        """The role of that name; KeyError where the kind has none."""
        return {role.name: role for role in self.roles}[name]


_SALES = (
    ("customer", "date"),
    ("order", "product"),
    ("date", "amount"),
    ("date", "quantity"),
)
KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("transactions", needs=_SALES),
        Kind("customers", needs=((),)),
        Kind(
            "contacts",
            needs=(("customer", "date", "channel"), ("responded",), ("clicked",)),
        ),
        Kind("feedback", needs=(("text",), ("nps",), ("csat",))),
        Kind("series", needs=(("date", "value"),)),
    )
}


def require(table: pd.DataFrame, *roles: str) -> None:
    """Raise an AnalysisError naming the first role that `table` has no column for.

    It says where to assign it.
    """
    for role in roles:
        if role not in table.columns:
            raise AnalysisError("data.missing_role", role=role)
