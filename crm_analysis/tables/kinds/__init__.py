"""The five kinds of table and their columns: the one vocabulary every analysis speaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pandas as pd

from crm_analysis.errors import AnalysisError

__all__ = ["KINDS", "Kind", "KindName", "Role", "ValueType", "require"]

KindName = Literal["transactions", "customers", "contacts", "feedback", "series"]
ValueType = Literal["id", "text", "category", "number", "money", "date", "flag"]


@dataclass(frozen=True)
class Role:
    """What a column is. `type` says how its cells are read: "id" and "text" stay text, "money" may carry a currency."""

    name: str
    type: ValueType


@dataclass(frozen=True)
class Kind:
    """A kind of table: its roles, and the sets of roles of which at least one must be there to be of use."""

    name: KindName
    roles: tuple[Role, ...]
    needs: tuple[tuple[str, ...], ...]

    def role(self, name: str) -> Role:
        """The role of that name; KeyError where the kind has none."""
        return {role.name: role for role in self.roles}[name]


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "transactions",
            (
                Role("customer", "id"),
                Role("order", "id"),
                Role("date", "date"),
                Role("product", "text"),
                Role("product_code", "id"),
                Role("quantity", "number"),
                Role("unit_price", "money"),
                Role("amount", "money"),
                Role("discount", "number"),
                Role("cost", "money"),
                Role("currency", "category"),
                Role("category", "category"),
                Role("country", "category"),
                Role("channel", "category"),
            ),
            (("customer", "date"), ("order", "product"), ("date", "amount"), ("date", "quantity")),
        ),
        Kind("customers", (Role("customer", "id"), Role("churned", "flag")), ((),)),
        Kind(
            "contacts",
            (
                Role("customer", "id"),
                Role("date", "date"),
                Role("channel", "category"),
                Role("campaign", "category"),
                Role("responded", "flag"),
                Role("cost", "money"),
                Role("satisfaction", "number"),
            ),
            (("customer", "date", "channel"), ("responded",)),
        ),
        Kind(
            "feedback",
            (
                Role("text", "text"),
                Role("customer", "id"),
                Role("date", "date"),
                Role("rating", "number"),
                Role("channel", "category"),
                Role("product", "text"),
            ),
            (("text",),),
        ),
        Kind(
            "series",
            (Role("date", "date"), Role("value", "number"), Role("series", "category")),
            (("date", "value"),),
        ),
    )
}


def require(table: pd.DataFrame, *roles: str) -> None:
    """Raise an AnalysisError naming the first role that `table` has no column for, and where to assign it."""
    for role in roles:
        if role not in table.columns:
            raise AnalysisError("data.missing_role", role=role)
