"""How numbers are written, and SQL that reads them.

Decimal mark, grouping, currency, percent, units, accounting signs.

A number may carry a sign before or after it, stand in brackets for a loss, bear a currency, a
percent sign, a magnitude (K, M, 万, 亿) or a unit. Which mark is the decimal mark is decided by the
column, never by the cell: `1,234` is read by what its neighbours say. Grouping must be right
(threes; twos above the first three in India): `1,23,4` is no number.
"""

from __future__ import annotations

from collections.abc import Mapping

from crm_analysis.tables.cleaning.sql import (
    if_ascii,
    literal,
    looked_up,
    one_of,
)
from crm_analysis.tables.currencies import any_of

# What people and programs write where they have no number; in a text column these words survive.
MISSING_WORDS = (
    *(
        "na",
        "n/a",
        "n.a.",
        "#n/a",
        "nan",
        "null",
        "(null)",
        "none",
        "nil",
        "missing",
        "unknown",
        "(blank)",
        "blank",
        "empty",
        "-",
        "--",
        "---",
        "?",
        ".",
        "..",
        "\\n",
    ),
    *(
        "#null!",
        "#value!",
        "#div/0!",
        "#ref!",
        "#name?",
        "#num!",
        "nat",
        "<na>",
        "undefined",
        "tbd",
        "tba",
        "not available",
        "not applicable",
    ),
    *(
        "$-",
        "$ -",
        "€-",
        "€ -",
        "- €",
        "£-",
        "£ -",
        "¥-",
        "¥ -",
    ),  # a spreadsheet's accounting format where there is nothing
    *("无", "缺失", "暂无", "未知", "空", "空值", "无数据", "不详", "/"),
)

# A word before or after a figure: letters of any script and signs of currencies (ש״ח). What it
# means is for `currencies.py` to say; whole words are compared, so that the k of "kg" is no
# thousand.
# Letters are told by the blocks of scripts: RE2 takes ten times as long to make \p{L} ready.
_LETTERS = (
    r"A-Za-zªµºÀ-ÖØ-öø-\x{60b}\x{620}-\x{65f}\x{66e}-\x{1fff}\x{2c00}-\x{2dff}"
    r"\x{3005}-\x{3007}\x{3031}-\x{fdfd}\x{fe70}-\x{fefe}\x{ff21}-\x{ff3a}"
    r"\x{ff41}-\x{ff5a}\x{ff66}-\x{ffdc}\x{20000}-\x{3ffff}"
)
_SIGNS = "$¢-¥₠-⃀﹩＄￠￡￥￦"
_WORD = rf"[{_LETTERS}{_SIGNS}°²³/][{_LETTERS}{_SIGNS}.״/]*"
_WORDS = rf"{_WORD}(?: {_WORD})?"
# Cents may be a dash (85.-, 500/-) or stand after the sign (1200€50).
_CENTS = r"[.,:/]-{1,2}|[¢-¥₠-⃀]\d\d"
_DIGITS = (
    rf"\d(?:[\d.,' ]*\d)?(?:{_CENTS}|[.,])?|[.,]\d+|\d+(?:[.,]\d*)?[eE][-+]?\d+"
)
_WHOLE = rf"^(\()? *([-+])? *({_WORDS})?? *([-+(])? *({_DIGITS}) *(%|‰)? *({_WORDS})? *(-)? *(\))?$"
_NAMES = [
    *("open", "sign", "before", "sign2", "digits"),
    *("share", "after", "trail", "close"),
]
_LAKHS = r"|[1-9]\d?(?:,\d{2})+,\d{3}"
# What is larger is no figure, and would end sums and their squares in infinity.
_LARGEST, _MAXIMUM_DIGITS = "1e60", 60


def _figure(decimal: str, cents: str = "") -> str:
    """The pattern of digits with grouping under a decimal mark; `cents` are other ways to end."""
    mark, grouping = (r"\.", ",") if decimal == "." else (",", r"\.")
    grouped = "|".join(
        rf"[1-9]\d{{0,2}}(?:{sign}\d{{3}})+" for sign in (grouping, " ", "'")
    )
    lakhs = _LAKHS if decimal == "." else ""
    return rf"(?:\d+|{grouped}{lakhs})(?:{mark}\d*{cents})?|{mark}\d+"


def _any_figure(decimal: str) -> str:
    """The pattern of digits however they are written: with a dash for cents, as a power of ten."""
    mark = r"\." if decimal == "." else ","
    return rf"{_figure(decimal, f'|{_CENTS}')}|\d+(?:{mark}\d*)?[eE][-+]?\d+"


def simple_number(cell: str) -> str:
    """The number in a cell written as programs write it (`-12.5`, `1e5`), by DuckDB's own cast.

    Fast, for clean columns.
    """
    value = f"TRY_CAST({cell} AS DOUBLE)"
    return f"CASE WHEN NOT contains({cell}, '_') AND abs({value}) < {_LARGEST} THEN {value} END"


def light_number(
    cell: str, decimal: str, before: Mapping[str, float], after: Mapping[str, float]
) -> str:
    """The number in a cell with grouping and at most a sign and a word that leaves it as it is.

    One pattern, for whole columns of them.
    """
    signs = [
        word
        for words in (before, after)
        for word, times in words.items()
        if times == 1
    ]
    first, last = (
        any_of(word for word, times in words.items() if times == 1)
        for words in (before, after)
    )
    leading = f"(?:{first} ?)?[-+]?" if before else ""
    trailing = f"(?: ?{last})?" if after else ""
    pattern = f"[-+]?{leading}(?:{_figure(decimal)}){trailing}"
    surplus = "".join(dict.fromkeys(" '" + "".join(signs)))
    surplus = "".join(sign for sign in surplus if sign not in ".,")
    bare = (
        f"translate({cell}, {literal(',' + surplus)}, '')"
        if decimal == "."
        else f"translate({cell}, {literal(',.' + surplus)}, '.')"
    )
    is_figure = f"regexp_full_match({cell}, {literal(pattern)})"
    return (
        f"CASE WHEN length({cell}) <= {_MAXIMUM_DIGITS} AND {is_figure}"
        f" THEN TRY_CAST({bare} AS DOUBLE) END"
    )


def plain_number(text: str) -> str:
    """Whether a text is a number as programs write it."""
    return rf"regexp_full_match({text}, '[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?')"


def parts(text: str) -> str:
    """A written number taken apart: a struct of texts, all empty where the text is no number."""
    taken = f"regexp_extract({text}, {literal(_WHOLE)}, [{', '.join(map(literal, _NAMES))}])"
    bare = ", ".join(
        f"{literal(name)}: {text if name == 'digits' else literal('')}"
        for name in _NAMES
    )
    # Nothing but digits and marks is the most common, and the pattern's slowest to take apart.
    return (
        f"CASE WHEN regexp_full_match({text}, '[0-9]([0-9.,]*[0-9])?') THEN {{{bare}}}"
        f" ELSE {taken} END"
    )


def sign_within(part: str) -> str:
    """The sign that stands for the decimal mark in a struct of `parts` (1200€50); '' where none."""
    digits = f"{part}.digits"
    return if_ascii(digits, "''", f"regexp_extract({digits}, '[¢-¥₠-⃀]')")


def number(
    part: str,
    decimal: str,
    before: Mapping[str, float] | None = None,
    after: Mapping[str, float] | None = None,
) -> str:
    """The number in a struct of `parts` when `decimal` ("." or ",") is the decimal mark.

    NULL where it is none.

    A word before or after the number is accepted where it is one of `before` and `after`, which
    say what it multiplies by; any is where these are None. Brackets and a trailing minus mean a
    loss; a percent sign divides by a hundred; two signs, or one bracket, make it no number.
    """
    digits = f"{part}.digits"
    whole = f"rtrim({part}.digits, '-:/')"
    with_mark = f"regexp_replace({whole}, '[¢-¥₠-⃀]', {literal(decimal)})"
    surplus = literal(" '" + ("," if decimal == "." else "."))
    bare = f"translate({if_ascii(whole, whole, with_mark)}, {surplus}, '')"
    if decimal == ",":
        bare = f"replace({bare}, ',', '.')"
    value = f"TRY_CAST({bare} AS DOUBLE)"
    names = ("open", "sign", "sign2", "trail")
    signs = " + ".join(f"length({part}.{name})" for name in names)
    negative = (
        f"({part}.open <> '' OR {part}.sign2 = '(' OR '-' IN ({part}.sign, {part}.sign2,"
        f" {part}.trail))"
    )
    good = [
        f"regexp_full_match({digits}, {literal(_any_figure(decimal))})",
        f"({part}.open = '(' OR {part}.sign2 = '(') = ({part}.close = ')')",
        f"{signs} <= 1",
    ]
    share = f"CASE {part}.share WHEN '%' THEN 100 WHEN '‰' THEN 1000 ELSE 1 END"
    factors = []
    for name, words in (("before", before), ("after", after)):
        if words is not None:
            good.append(one_of(f"{part}.{name}", ("", *words)))
            times = {word: factor for word, factor in words.items() if factor != 1}
            if times:
                factors.append(f"coalesce({looked_up(f'{part}.{name}', times)}, 1)")
    sized = " * ".join([f"({value})", *factors])
    result = f"({sized}) / ({share}) * (CASE WHEN {negative} THEN -1 ELSE 1 END)"
    return f"CASE WHEN {' AND '.join(good)} AND abs({value}) < {_LARGEST} THEN {result} END"
