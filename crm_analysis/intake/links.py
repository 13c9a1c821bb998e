"""Which tables complete one another and are joined."""

from __future__ import annotations

from collections.abc import Mapping

from crm_analysis.tables.linking import Link, find_links
from crm_analysis.tables.reading import RawTable
from crm_analysis.tables.roles import Roles, guess_roles


def links_to_join(
    tables: Mapping[str, RawTable], roles: Mapping[str, Roles] | None = None
) -> list[Link]:
    """The links by which tables complete one another: orders, their lines, products.

    A table of customers stands for itself, and is linked by its customers whenever an analysis
    needs it, so it is not joined to orders, contacts or comments.
    """
    links = find_links(tables) if len(tables) > 1 else []
    if not links:
        return []
    roles = roles or {name: guess_roles(raw) for name, raw in tables.items()}
    customer_columns = {
        name: guess.columns.get("customer")
        for name, guess in roles.items()
        if guess.kind == "customers"
    }
    return [
        link
        for link in links
        if link.right_column != customer_columns.get(link.right, "")
    ]
