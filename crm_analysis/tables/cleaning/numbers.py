"""How numbers are written, and SQL that reads them.

Decimal mark, grouping, currency, percent, units, accounting signs.

A number may carry a sign before or after it, stand in brackets for a loss, bear a currency, a
percent sign, a magnitude (K, M, 万, 亿) or a unit. Which mark is the decimal mark is decided by the
column, never by the cell: `1,234` is read by what its neighbours say. Grouping must be right
(threes; twos above the first three in India): `1,23,4` is no number.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from crm_analysis.tables.cleaning.sql import literal, looked_up, one_of

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

# What is written → the currency's sign in this product. One sign for one currency, so that $ and
# USD are not "several".
CURRENCIES = {
    **dict.fromkeys(("$", "US$", "USD"), "$"),
    **dict.fromkeys(("¥", "元", "CNY", "RMB", "人民币", "块"), "¥"),
    **dict.fromkeys(("€", "EUR", "Euro", "euro"), "€"),
    **dict.fromkeys(("£", "GBP"), "£"),
    **dict.fromkeys(("JPY", "円", "JP¥"), "JPY"),
    **dict.fromkeys(("HK$", "HKD", "港币", "港元"), "HKD"),
    **dict.fromkeys(("NT$", "TWD", "新台币"), "TWD"),
    **dict.fromkeys(("₹", "INR", "Rs", "Rs."), "INR"),
    **dict.fromkeys(("₩", "KRW", "원"), "KRW"),
    **dict.fromkeys(("฿", "THB", "บาท"), "THB"),
    **dict.fromkeys(("R$", "BRL"), "BRL"),
    **dict.fromkeys(("A$", "AU$", "AUD"), "AUD"),
    **dict.fromkeys(("C$", "CA$", "CAD"), "CAD"),
    **dict.fromkeys(("S$", "SGD"), "SGD"),
    **dict.fromkeys(("₽", "RUB", "руб.", "руб"), "RUB"),
    **dict.fromkeys(("₫", "VND"), "VND"),
    **dict.fromkeys(("₺", "TRY"), "TRY"),
    **dict.fromkeys(("zł", "PLN"), "PLN"),
    **{
        text: text
        for text in (
            "CHF",
            "SEK",
            "NOK",
            "DKK",
            "CZK",
            "HUF",
            "MXN",
            "ZAR",
            "NZD",
            "IDR",
            "MYR",
            "PHP",
            "AED",
            "SAR",
            "ILS",
        )
    },
}
_MAGNITUDES = {
    "K": 1e3,
    "k": 1e3,
    "M": 1e6,
    "mn": 1e6,
    "B": 1e9,
    "bn": 1e9,
    "千": 1e3,
    "万": 1e4,
    "百万": 1e6,
    "千万": 1e7,
    "亿": 1e8,
}

_CURRENCY = "|".join(
    sorted(
        (text.replace("$", r"\$").replace(".", r"\.") for text in CURRENCIES),
        key=len,
        reverse=True,
    )
)
# The border keeps "12 kg" from being 12 thousand g.
_MAGNITUDE = r"(?:mn|bn|[KkMB])\b|百万|千万|千|万|亿"
_WHOLE = (
    r"^(\()? ?([-+])? ?(" + _CURRENCY + r")? ?([-+(])? ?"
    r"(\d[\d.,' ]*\d|\d[.,]?|[.,]\d+|\d+(?:[.,]\d*)?[eE][-+]?\d+) ?"
    r"(%|‰)? ?("
    + _MAGNITUDE
    + r")? ?("
    + _CURRENCY
    + r")?([\p{L}°²³/]{1,14}\.?)? ?(-)? ?(\))?$"
)
_NAMES = [
    "open",
    "sign",
    "before",
    "sign2",
    "digits",
    "share",
    "size",
    "after",
    "unit",
    "trail",
    "close",
]
_DOT = (
    r"\d+(\.\d*)?|\.\d+|[1-9]\d{0,2}(,\d{3})+(\.\d*)?|[1-9]\d?(,\d{2})+,\d{3}(\.\d*)?"
    r"|[1-9]\d{0,2}( \d{3})+(\.\d*)?|[1-9]\d{0,2}('\d{3})+(\.\d*)?|\d+(\.\d*)?[eE][-+]?\d+"
)
_COMMA = (
    r"\d+(,\d*)?|,\d+|[1-9]\d{0,2}(\.\d{3})+(,\d*)?"
    r"|[1-9]\d{0,2}( \d{3})+(,\d*)?|[1-9]\d{0,2}('\d{3})+(,\d*)?|\d+(,\d*)?[eE][-+]?\d+"
)


def simple_number(cell: str) -> str:
    """The number in a cell written as programs write it (`-12.5`, `1e5`), by DuckDB's own cast.

    Fast, for clean columns.
    """
    value = f"TRY_CAST({cell} AS DOUBLE)"
    return f"CASE WHEN NOT contains({cell}, '_') AND isfinite({value}) THEN {value} END"


def light_number(cell: str, decimal: str, signs: Collection[str] = ()) -> str:
    """The number in a cell with grouping and at most a sign and one of the currencies `signs`.

    One pattern, for whole columns of them.
    """
    escaped = "|".join(re.escape(sign) for sign in sorted(signs, key=len, reverse=True))
    money = f"(?:{escaped})" if escaped else ""
    before, after = (f"(?:{money} ?)?", f"(?: ?{money})?") if money else ("", "")
    pattern = rf"[-+]?{before}[-+]?(?:{_DOT if decimal == '.' else _COMMA}){after}"
    surplus = "".join(dict.fromkeys(" '" + "".join(signs)))
    surplus = "".join(sign for sign in surplus if sign not in ".,")
    if any(
        letter in surplus for letter in "eE"
    ):  # a currency with an e in it, removed letter by letter, would take the exponent along
        return "CAST(NULL AS DOUBLE)"
    bare = (
        f"translate({cell}, {literal(',' + surplus)}, '')"
        if decimal == "."
        else f"translate({cell}, {literal(',.' + surplus)}, '.')"
    )
    return (
        f"CASE WHEN regexp_full_match({cell}, {literal(pattern)}) THEN TRY_CAST({bare} AS DOUBLE)"
        " END"
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


def magnitude(part: str) -> str:
    """What a magnitude word multiplies by."""
    return f"coalesce({looked_up(part, _MAGNITUDES)}, 1)"


def number(part: str, decimal: str, units: Collection[str] = ()) -> str:
    """The number in a struct of `parts` when `decimal` ("." or ",") is the decimal mark.

    NULL where it is none.

    A unit after the number is accepted only when it is one of `units`. Brackets and a trailing
    minus mean a loss; a percent sign divides by a hundred; two signs, or one bracket, make it no
    number.
    """
    digits = f"{part}.digits"
    bare = (
        f"replace(replace(replace({digits}, ' ', ''), '''', ''),"
        f" {literal(',' if decimal == '.' else '.')}, '')"
    )
    value = (
        f"TRY_CAST({bare} AS DOUBLE)"
        if decimal == "."
        else f"TRY_CAST(replace({bare}, ',', '.') AS DOUBLE)"
    )
    names = ("open", "sign", "sign2", "trail")
    signs = " + ".join(f"length({part}.{name})" for name in names)
    negative = (
        f"({part}.open <> '' OR {part}.sign2 = '(' OR '-' IN ({part}.sign, {part}.sign2,"
        f" {part}.trail))"
    )
    share = f"CASE {part}.share WHEN '%' THEN 100 WHEN '‰' THEN 1000 ELSE 1 END"
    good = (
        f"regexp_full_match({digits},"
        f" {literal(_DOT if decimal == '.' else _COMMA)}) AND ({part}.open = '('"
        f" OR {part}.sign2 = '(') = ({part}.close = ')')"
        f" AND {signs} <= 1 AND {one_of(f'{part}.unit', ('', *units))}"
    )
    factor = magnitude(f"{part}.size")
    sized = f"CASE WHEN {part}.size = '' THEN {value} ELSE {value} * {factor} END"
    return (
        f"CASE WHEN {good} THEN ({sized}) / ({share}) * (CASE WHEN {negative} THEN -1 ELSE 1 END)"
        " END"
    )
