"""How a column of numbers is to be read: its decimal mark, its unit, its currency."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from crm_analysis.messages import Message
from crm_analysis.tables.cleaning.evidence import ColumnEvidence
from crm_analysis.tables.cleaning.numbers import (
    light_number,
    number,
    parts,
    sign_within,
    simple_number,
)
from crm_analysis.tables.cleaning.options import CleanOptions
from crm_analysis.tables.cleaning.plan import ColumnReading, ColumnSpec
from crm_analysis.tables.cleaning.sql import looked_up
from crm_analysis.tables.currencies import (
    FigureWord,
    has_no_cents,
    may_have_mills,
    read_word,
)
from crm_analysis.tables.kinds import ValueType

_THOUSANDS_SEEN = 20
_NO_DIGITS = re.compile(r"[^0-9]+")
_SIDES = {"CR": "credit", "DR": "debit"}


@dataclass(frozen=True)
class FigureOptions:
    """What a person, or the file as a whole, says of how a column's figures are written."""

    decimal: str | None = None
    negative: str | None = None
    delimiter: str | None = None

    @classmethod
    def of(
        cls, spec: ColumnSpec, options: CleanOptions, delimiter: str | None
    ) -> Self:
        """The settings for a column."""
        decimal, negative = (
            options.of(name, spec.name, spec.source)
            for name in ("decimal", "negative")
        )
        return cls(decimal, negative, delimiter)


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


@dataclass(frozen=True)
class WordsBeside:
    """What the words before and after a column's figures multiply by, and what else they say.

    `sides` are the marks of the two sides of an account, with how many figures have each.
    """

    before: Mapping[str, float]
    after: Mapping[str, float]
    currencies: Mapping[str, str]
    units: tuple[str, ...] = ()
    sides: Mapping[str, int] = field(default_factory=dict)


def words_beside(
    spec: ColumnSpec, facts: ColumnEvidence, is_money: bool
) -> WordsBeside:
    """What the words beside the figures of a column mean together.

    A word that may be a unit as well multiplies beside money, or where other words multiply, or
    where ten thousands (1.5w) stand beside plain figures. What a heading multiplies by already is
    not multiplied by again.
    """
    sides = _sides(facts)
    read = {
        is_before: {word: read_word(word, is_before) for word in words}
        for is_before, words in ((True, facts.before), (False, facts.after))
    }
    meant = [word for words in read.values() for word in words.values()]
    multiplies = any(word.times != 1 and not word.doubtful for word in meant)
    is_money = is_money or bool(facts.currencies) or spec.heading is not None
    is_mixed = facts.plain > 0
    scale = spec.heading.times if spec.heading else 1.0
    times: dict[bool, dict[str, float]] = {True: {}, False: {}}
    units: list[str] = []
    for is_before, words in read.items():
        for text, word in words.items():
            is_myriad = is_mixed and text.lower() == "w"
            is_unit = word.doubtful and not (is_money or multiplies or is_myriad)
            if not is_before and text.strip(".") in sides:
                times[is_before][text] = 1.0
            elif is_unit or not (word.currency or word.times != 1):
                units.append(text)
            else:
                factor = word.times
                times[is_before][text] = factor / scale if factor != 1 else 1.0
                units += [word.unit] if word.unit and not word.currency else []
    main = next((text for text in units if " " not in text), None)
    for is_before, words in read.items():
        times[is_before] |= {main: 1.0} if main in words else {}
    return WordsBeside(
        times[True],
        times[False],
        {
            text: word.currency
            for part in read.values()
            for text, word in part.items()
            if word.currency
        },
        tuple(dict.fromkeys(units)),
        sides,
    )


def _sides(facts: ColumnEvidence) -> dict[str, int]:
    """CR and DR after figures, with counts; Cr beside rupees and lakhs is a crore."""
    counts = {
        word.strip("."): count
        for word, count in facts.after.items()
        if word.strip(".").upper() in _SIDES
    }
    has_debit = any(word.upper() == "DR" for word in counts)
    is_indian = bool({"INR", "Rs", "₨"} & set(facts.currencies)) or any(
        read_word(word).times == 1e5 for word in facts.after
    )
    return counts if has_debit or not is_indian else {}


def number_column(
    spec: ColumnSpec,
    facts: ColumnEvidence,
    options: FigureOptions,
    money: bool,
    guarded: bool,
) -> ColumnReading:
    """The reading of a column as numbers.

    `guarded` columns are numbers only by their looks: codes among them (007, 12E5, more digits
    than a number keeps) speak against it.
    """
    decimal, doubt = decimal_mark(facts, options.decimal, options.delimiter)
    signs = list(facts.currencies)
    if doubt == "decimal_unclear" and not options.decimal:
        named = signs or [spec.heading.currency if spec.heading else ""]
        if has_no_cents(named):
            decimal, doubt = _grouped_by_mark(facts), None
        elif (money or signs) and _is_of_thousands(spec, facts, named):
            decimal = _grouped_by_mark(facts)
    words = words_beside(spec, facts, money)
    detail: dict[str, Any] = {}
    if (
        facts.dot_only
        or facts.comma_only
        or facts.unclear_comma
        or facts.unclear_dot
    ):
        detail["decimal"] = decimal
    if words.units:
        detail["unit"] = words.units[0]
    if signs:
        detail |= {"currency": signs[0], "currencies": signs}
    if spec.heading:
        detail |= _of_heading(spec.heading, signs)
    if facts.percent:
        detail["percent"] = True
    cell = spec.cell
    more: dict[str, Any] = {"detail": detail, "currency_words": words.currencies}
    is_mixed = sum(words.sides.values()) < facts.numeric
    minus, asked = _minus(spec, words.sides, options.negative, is_mixed)
    questions = _questions(spec, facts, decimal, doubt, list(words.units))
    more["questions"] = (*questions, *asked)
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
    after = {
        word: -1.0 if _SIDES.get(word.strip(".").upper(), "") == minus else times
        for word, times in words.after.items()
    }
    value = number(struct, decimal, words.before, after)
    if doubt == "mixed_decimal_marks":
        # What can only be meant the other way is read that way: 1,50 beside 1.50.
        other = "," if decimal == "." else "."
        value = f"COALESCE({value}, {number(struct, other, words.before, after)})"
    structs = {struct: parts(f"t{spec.position}")}
    more["light"] = light_number(cell, decimal, words.before, after)
    return spec.read_as(type_, value, plain=True, structs=structs, **more)


def _grouped_by_mark(facts: ColumnEvidence) -> str:
    """The decimal mark where the only mark that is seen groups thousands."""
    return "." if facts.unclear_comma else ","


def _is_of_thousands(
    spec: ColumnSpec, facts: ColumnEvidence, currencies: list[str]
) -> bool:
    """Whether three digits behind each mark can hardly be decimals: money has two of them.

    A price may have more (1.459 a litre), though hardly with a 0 at the end of each; and what is
    large without a mark is not grouped.
    """
    marked = [text for text in facts.examples if "," in text or "." in text]
    end_in_zeros = all(_NO_DIGITS.sub("", text).endswith("0") for text in marked)
    has_mills = spec.role == "unit_price" and not end_in_zeros
    return not (has_mills or facts.whole_large or may_have_mills(currencies))


def _of_heading(heading: FigureWord, signs: list[str]) -> dict[str, Any]:
    """What a heading says of the figures: the currency, and what is to be multiplied by."""
    detail: dict[str, Any] = {}
    if heading.currency and not signs:
        detail["currency"] = heading.currency
    if heading.times != 1:
        is_named = heading.currency or not signs
        detail["unit"] = heading.unit if is_named else f"{heading.unit} {signs[0]}"
        detail["times"] = heading.times
    return detail


def _minus(
    spec: ColumnSpec, sides: Mapping[str, int], chosen: str | None, is_mixed: bool
) -> tuple[str | None, tuple[Message, ...]]:
    """Which side of an account is taken off, and what to ask: the rarer where nobody says."""
    if not sides or chosen:
        return chosen, ()
    counts = {_SIDES[word.upper()]: count for word, count in sides.items()}
    if len(counts) < 2 and not is_mixed:
        return None, ()
    rarer = min(counts, key=lambda side: counts[side])
    details: dict[str, Any] = {
        "column": spec.source,
        "option": "negative",
        "choices": [*_SIDES.values(), "neither"],
        "default": rarer,
        "values": [f"{word}: {count}" for word, count in sides.items()],
    }
    return details["default"], (Message("cleaning.question.two_sides", details),)


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
    if len(facts.currencies) > 1 and spec.role not in ("amount", "unit_price"):
        counts = [f"{name}: {count}" for name, count in facts.currencies.items()]
        beside = {"column": spec.source, "counts": counts[:8]}
        questions.append(Message("cleaning.question.beside_currencies", beside))
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


def currency_of(column: ColumnReading) -> str:
    """SQL for the currency of each cell of a column read with a currency.

    NULL where it has none.
    """
    struct = f"p{column.position}"
    after = f"CASE WHEN {struct}.after <> '' THEN {struct}.after ELSE {sign_within(struct)} END"
    word = f"CASE WHEN {struct}.before <> '' THEN {struct}.before ELSE {after} END"
    return looked_up(word, column.currency_words)
