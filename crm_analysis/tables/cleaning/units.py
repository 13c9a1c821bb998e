"""The currency or unit that each column of figures is in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from crm_analysis.tables.cleaning.plan import ColumnReading
from crm_analysis.tables.currencies import FigureWord, unit_of_name

if TYPE_CHECKING:
    from crm_analysis.tables.reading import RawTable

_OF_LINES = ("amount", "unit_price")
IN_UNIT_OF_TABLE = ("amount", "unit_price", "value")
# "All figures in thousands USD", "Beträge in Tsd. EUR", 单位：万元
_SAYS_UNIT = re.compile(
    r"(?i)(?:\b(?:figures?|amounts?|values?|sales|money|prices?|currency|units?|beträge?|angaben"
    r"|werte|einheit|montants?|valeurs?|unité|importes?|valores?|unidad|importi|valori|unità"
    r"|bedragen|kwoty|valores)\b[^\d,;:：]{0,20}?(?:\bin|\ben|\bem|\bw|[:：]|\bare in)\s*"
    r"|(?:计量|金额|货币)?单位\s*[:：为是]?\s*)([^\t,;，；]{1,30})"
)


def unit_above(raw: RawTable) -> FigureWord | None:
    """The unit that a line above the table says its figures are in; None where none does."""
    aside = raw.set_aside
    lines = aside["text"][aside["reason"] == "preamble"]
    said = [_SAYS_UNIT.search(line) for line in lines]
    units = {unit for match in said if match and (unit := unit_of_name(match[1]))}
    return units.pop() if len(units) == 1 else None


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
