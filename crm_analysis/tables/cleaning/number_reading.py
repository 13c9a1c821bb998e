"""How a column of numbers is to be read: its decimal mark, its unit, its currency."""

from __future__ import annotations

from typing import Any

from crm_analysis.messages import Message
from crm_analysis.tables.cleaning.evidence import ColumnEvidence
from crm_analysis.tables.cleaning.numbers import (
    CURRENCIES,
    number,
    parts,
    simple_number,
)
from crm_analysis.tables.cleaning.plan import ColumnReading, ColumnSpec
from crm_analysis.tables.cleaning.sql import looked_up
from crm_analysis.tables.kinds import ValueType

_THOUSANDS_SEEN = 20


def decimal_mark(
    facts: ColumnEvidence, chosen: str | None, delimiter: str | None
) -> tuple[str, str | None]:
    """The decimal mark of a column and, where the evidence does not decide.

    The key of the question.

    `1.5` and `12,5` decide (where a column has both, the commoner decides what could be either);
    `1,234` alone does not. A grouped number has its mark wherever it has four digits or more, so
    small whole numbers without a mark beside marked ones, and no large ones, speak for grouping.
    """
    if chosen:
        return chosen, None
    if facts.dot_only and facts.comma_only:
        return (
            "." if facts.dot_only >= facts.comma_only else ","
        ), "mixed_decimal_marks"
    if facts.dot_only or facts.comma_only:
        return ("." if facts.dot_only else ","), None
    grouped = facts.whole_small > 0 and facts.whole_large == 0
    if facts.unclear_comma and facts.unclear_dot:
        return ".", "mixed_decimal_marks"
    if facts.unclear_comma and grouped:
        return ".", None
    if facts.unclear_comma:
        return ("," if delimiter == ";" else "."), "decimal_unclear"
    if facts.unclear_dot:
        return (
            "," if grouped and facts.unclear_dot >= _THOUSANDS_SEEN else "."
        ), "decimal_unclear"
    return ".", None


def number_column(
    spec: ColumnSpec,
    facts: ColumnEvidence,
    chosen: str | None,
    delimiter: str | None,
    money: bool,
    guarded: bool,
) -> ColumnReading:
    """The reading of a column as numbers.

    `guarded` columns are numbers only by their looks: codes among them (007, 12E5, more digits
    than a number keeps) speak against it.
    """
    decimal, doubt = decimal_mark(facts, chosen, delimiter)
    units = [unit for unit in facts.units if unit]
    signs = sorted(
        {CURRENCIES[text] for text in facts.currencies if text in CURRENCIES},
        key=lambda sign: -_cells(facts, sign),
    )
    detail: dict[str, Any] = {}
    if facts.dot_only or facts.comma_only or facts.unclear_comma or facts.unclear_dot:
        detail["decimal"] = decimal
    if units:
        detail["unit"] = units[0]
    if signs:
        detail |= {"currency": signs[0], "currencies": signs}
    if facts.percent:
        detail["percent"] = True
    cell = spec.cell
    more: dict[str, Any] = {"detail": detail}
    more["questions"] = _questions(spec, facts, decimal, doubt, units)
    if guarded:
        more["against"] = (
            f"(({cell} >= '00' AND {cell} < '0:')"
            f" OR length({cell}) > 15 AND NOT contains({cell}, '.')"
            f" OR regexp_full_match({cell}, '[0-9]+[eE][0-9]+'))"
        )
    type_: ValueType = "money" if money or signs else "number"
    if facts.plain == facts.filled and decimal == ".":
        bare = f"TRY_CAST({cell} AS DOUBLE)"
        return spec.read_as(type_, simple_number(cell), bare=bare, **more)
    struct = f"p{spec.position}"
    value = number(struct, decimal, units[:1])
    if doubt == "mixed_decimal_marks":
        # What can only be meant the other way is read that way: 1,50 beside 1.50.
        other = "," if decimal == "." else "."
        value = f"COALESCE({value}, {number(struct, other, units[:1])})"
    structs = {struct: parts(f"t{spec.position}")}
    return spec.read_as(type_, value, plain=True, structs=structs, **more)


def _questions(
    spec: ColumnSpec,
    facts: ColumnEvidence,
    decimal: str,
    doubt: str | None,
    units: list[str],
) -> tuple[Message, ...]:
    questions = []
    if doubt:
        marked = (text for text in facts.examples if "," in text or "." in text)
        first = facts.examples[0] if facts.examples else ""
        details: dict[str, Any] = {
            "column": spec.source,
            "option": "decimal",
            "choices": [".", ","],
            "default": decimal,
            "example": next(marked, first),
        }
        questions.append(Message(f"cleaning.question.{doubt}", details))
    if len(units) > 1:
        details = {
            "column": spec.source,
            "units": units[:6],
            "default": units[0],
            "option": "read_as",
            "choices": ["number", "text"],
        }
        questions.append(Message("cleaning.question.several_units", details))
    return tuple(questions)


def _cells(facts: ColumnEvidence, sign: str) -> int:
    return sum(
        count
        for text, count in facts.currencies.items()
        if CURRENCIES.get(text) == sign
    )


def currency_of(column: ColumnReading) -> str:
    """SQL for the currency sign of each cell of a column read with a currency.

    NULL where it has none.
    """
    struct = f"p{column.position}"
    return looked_up(
        f"CASE WHEN {struct}.before <> '' THEN {struct}.before ELSE {struct}.after END",
        CURRENCIES,
    )
