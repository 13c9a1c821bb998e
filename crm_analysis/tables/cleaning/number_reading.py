"""How a column of numbers is to be read: its decimal mark, its unit, its currency."""

from __future__ import annotations

from typing import Any

from crm_analysis.messages import Message
from crm_analysis.tables.cleaning.evidence import Facts
from crm_analysis.tables.cleaning.numbers import CURRENCIES, number, parts, simple_number
from crm_analysis.tables.cleaning.plan import Column
from crm_analysis.tables.cleaning.sql import looked_up

__all__ = ["currency_of", "decimal_mark", "number_column"]

_THOUSANDS_SEEN = 20


def decimal_mark(facts: Facts, chosen: str | None, delimiter: str | None) -> tuple[str, str | None]:
    """The decimal mark of a column and, where the evidence does not decide.

    The key of the question.

    `1.5` and `12,5` decide (where a column has both, the commoner decides what could be either);
    `1,234` alone does not. A grouped number has its mark wherever it has four digits or more, so
    small whole numbers without a mark beside marked ones, and no large ones, speak for grouping.
    """
    if chosen:
        return chosen, None
    if facts.dot_only and facts.comma_only:
        return ("." if facts.dot_only >= facts.comma_only else ","), "mixed_decimal_marks"
    if facts.dot_only or facts.comma_only:
        return ("." if facts.dot_only else ","), None
    grouped = facts.whole_small > 0 and facts.whole_large == 0
    if facts.unclear_comma and facts.unclear_dot:
        return ".", "mixed_decimal_marks"
    if facts.unclear_comma:
        return (".", None) if grouped else ("," if delimiter == ";" else ".", "decimal_unclear")
    if facts.unclear_dot:
        return ("," if grouped and facts.unclear_dot >= _THOUSANDS_SEEN else "."), "decimal_unclear"
    return ".", None


def number_column(
    position: int,
    names: tuple[str, str, str | None],
    facts: Facts,
    chosen: str | None,
    delimiter: str | None,
    money: bool,
    guarded: bool,
) -> Column:
    """The reading of a column as numbers.

    `names` are its name in the file, in the cleaned table, and its role.

    `guarded` columns are numbers only by their looks: codes among them (007, 12E5, more digits
    than a number keeps) speak against it.
    """
    source, name, role = names
    decimal, doubt = decimal_mark(facts, chosen, delimiter)
    cell = f"c{position}"
    questions: tuple[Message, ...] = ()
    if doubt:
        example = next(
            (text for text in facts.examples if "," in text or "." in text),
            facts.examples[0] if facts.examples else "",
        )
        questions = (
            Message(
                f"cleaning.question.{doubt}",
                {
                    "column": source,
                    "option": "decimal",
                    "choices": [".", ","],
                    "default": decimal,
                    "example": example,
                },
            ),
        )
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
        if len(units) > 1:
            questions += (
                Message(
                    "cleaning.question.several_units",
                    {
                        "column": source,
                        "units": units[:6],
                        "default": units[0],
                        "option": "read_as",
                        "choices": ["number", "text"],
                    },
                ),
            )
    if signs:
        detail["currency"] = signs[0]
        detail["currencies"] = signs
    if facts.percent:
        detail["percent"] = True
    type_: Any = "money" if money or signs else "number"
    against = (
        f"(({cell} >= '00' AND {cell} < '0:') OR length({cell}) > 15 AND NOT contains({cell},"
        f" '.') OR regexp_full_match({cell}, '[0-9]+[eE][0-9]+'))"
        if guarded
        else "false"
    )
    if facts.plain == facts.told and decimal == ".":
        bare = f"TRY_CAST({cell} AS DOUBLE)"
        return Column(
            position,
            source,
            name,
            role,
            type_,
            simple_number(cell),
            bare=bare,
            against=against,
            detail=detail,
            questions=questions,
        )
    struct = f"p{position}"
    value = number(struct, decimal, units[:1])
    if (
        doubt == "mixed_decimal_marks"
    ):  # what can only be meant the other way is read that way: 1,50 beside 1.50
        value = f"COALESCE({value}, {number(struct, ',' if decimal == '.' else '.', units[:1])})"
    return Column(
        position,
        source,
        name,
        role,
        type_,
        value,
        True,
        {struct: parts(f"t{position}")},
        against=against,
        detail=detail,
        questions=questions,
    )


def _cells(facts: Facts, sign: str) -> int:
    return sum(count for text, count in facts.currencies.items() if CURRENCIES.get(text) == sign)


def currency_of(column: Column) -> str:
    """SQL for the currency sign of each cell of a column read with a currency.

    NULL where it has none.
    """
    struct = f"p{column.position}"
    return looked_up(
        f"CASE WHEN {struct}.before <> '' THEN {struct}.before ELSE {struct}.after END", CURRENCIES
    )
