"""Small pieces of SQL that cleaning builds its queries from."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

_FULL = "".join(chr(code) for code in range(0xFF01, 0xFF5F)) + "￥￡￠　"
_HALF = "".join(chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)) + "¥£¢ "
_SPACES = "\u00a0\u2007\u202f\u2009\u200a\ufeff\t\r\n"
_MARKS = "−–‒—’ʼ´`"
# Digits of other scripts, and the marks of Arabic numbers.
_DIGITS = {
    sign: str(unicodedata.decimal(sign))
    for sign in map(chr, range(0x80, 0x10000))
    if unicodedata.category(sign) == "Nd" and not "０" <= sign <= "９"
}
_FOREIGN = "".join(_DIGITS) + "٫٬٪"
_ARABIC = "".join(_DIGITS.values()) + ".,%"
_FOREIGN_DIGITS = "".join(
    f"{sign}-{chr(ord(sign) + 9)}" for sign in list(_DIGITS)[::10]
)


def literal(value: object) -> str:
    """A value as SQL.

    >>> literal("it's"), literal(None), literal(1.5)
    ("'it''s'", 'NULL', '1.5')
    """
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    return "'" + str(value).replace("'", "''") + "'"


def one_of(expression: str, values: Iterable[object]) -> str:
    """Whether an expression is one of some values; false where there are none.

    Not IN: from six values on DuckDB makes a join of it, and a join need not keep the order of the
    rows.
    """
    listed = [literal(value) for value in values]
    if len(listed) <= 3:
        return either(*(f"{expression} = {value}" for value in listed))
    return f"list_contains([{', '.join(listed)}], {expression})"


def holds(text: str, pattern: str) -> str:
    """Whether a text matches a long pattern, which must not match the empty text.

    Not regexp_matches: DuckDB would first work out between which texts a match can lie, which for a
    long pattern takes longer than to try it on all that a sample holds.

    >>> holds("t", "^[0-9]+$")
    "regexp_extract(t, '^[0-9]+$') <> ''"
    """
    return f"regexp_extract({text}, {literal(pattern)}) <> ''"


def looked_up(text: str, words: Mapping[str, object]) -> str:
    """What a text stands for in a dictionary; NULL where it is not in it."""
    entries = ", ".join(
        f"{literal(word)}: {literal(meaning)}" for word, meaning in words.items()
    )
    return f"MAP {{{entries}}}[{text}]"


def either(*conditions: str) -> str:
    """Any of some conditions; false where there are none."""
    return "(" + " OR ".join(conditions) + ")" if conditions else "false"


def is_blank(cell: str) -> str:
    """Whether a text cell holds nothing but spaces.

    Looked at closely only where it could be (CASE spares the others, AND does not).
    """
    spaces = literal(" 　" + _SPACES)
    return (
        f"CASE WHEN {cell} <= '!' OR {cell} > '~' THEN trim({cell}, {spaces}) = ''"
        f" ELSE {cell} IS NULL END"
    )


def if_ascii(text: str, then: str, otherwise: str) -> str:
    """One or the other expression, by whether every letter of a text is one byte.

    Most are, and are spared what only others need.
    """
    return f"CASE WHEN strlen({text}) = length({text}) THEN {then} ELSE {otherwise} END"


def half_width(text: str) -> str:
    """Full-width letters, digits and punctuation as their half-width forms.

    Text without any is left alone: a pattern finds that out in a fraction of the time that
    `translate` takes, which begins with a map of all letters for each cell.
    """
    narrow = f"translate({text}, {literal(_FULL)}, {literal(_HALF)})"
    is_wide = f"regexp_matches({text}, '[！-～￥￡￠　]')"
    return if_ascii(
        text, text, f"CASE WHEN {is_wide} THEN {narrow} ELSE {text} END"
    )


def plain_text(cell: str) -> str:
    """A cell as numbers and dates are read from it.

    Half-width, European digits, one kind of space, minus and apostrophe, no spaces around.
    """
    wide = literal(_FULL + _SPACES + _MARKS)
    narrow = literal(_HALF + " " * len(_SPACES) + "----" + "'" * 4)
    in_full = f"translate({cell}, {wide}, {narrow})"
    digits = f"translate({in_full}, {literal(_FOREIGN)}, {literal(_ARABIC)})"
    has_digits = f"regexp_matches({cell}, '[{_FOREIGN_DIGITS}]')"
    in_full = f"CASE WHEN {has_digits} THEN {digits} ELSE {in_full} END"
    spaced = f"translate({cell}, {literal(_SPACES)}, {literal(' ' * len(_SPACES))})"
    return f"trim({if_ascii(cell, spaced, in_full)})"


def of_any_column(column: int, expression: str, structs: Mapping[str, str]) -> str:
    """What reads a column, its cells and their parts called as those of any other."""
    text = " ".join(
        (expression, *(f"{sql} AS {name}" for name, sql in structs.items()))
    )
    names = "|".join(map(re.escape, (f"c{column}", f"t{column}", *structs)))
    places = {name: f"#{place}" for place, name in enumerate(structs)}
    return re.sub(
        rf"\b(?:{names})\b",
        lambda name: places.get(name[0], f"{name[0][0]}#"),
        text,
    )
