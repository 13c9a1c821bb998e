"""The currency or unit that each column of figures is in."""

from __future__ import annotations

from collections.abc import Sequence

from crm_analysis.tables.cleaning.plan import ColumnReading

_OF_LINES = ("amount", "unit_price")


def units_of(
    columns: Sequence[ColumnReading], currency: str | None
) -> dict[str, str]:
    """The currency or unit of each column that has one: name in the table → unit.

    `currency` is that of all money of the lines. What a heading multiplies by stays the unit, as
    it is written there: 万元, k€, in thousands.
    """
    units: dict[str, str] = {}
    for column in columns:
        is_of_lines = column.role in _OF_LINES or column.type == "money"
        own = column.detail.get("currency") or (currency if is_of_lines else None)
        if column.role in _OF_LINES and currency:
            own = currency
        if "times" in column.detail:
            is_named = column.detail.get("currency") or not own
            written = column.detail["unit"]
            units[column.name] = written if is_named else f"{written} {own}"
        elif own or "unit" in column.detail:
            units[column.name] = own or column.detail["unit"]
    roles = {column.role for column in columns}
    has_amount = {"quantity", "unit_price"} <= roles or "amount" in roles
    if has_amount and "amount" not in units and ("unit_price" in units or currency):
        units["amount"] = units.get("unit_price") or str(currency)
    return units
