"""Numbers and months as a language writes them, without a unit: what Babel knows, by our one rule.

The rule is that of `crm_analysis.wording`, which says numbers within phrases and with their units.
"""

from __future__ import annotations

import re
from functools import cache

from babel import Locale, dates, numbers

Language = str  # a code: "en", "zh", or that of a folder of phrases

_FROM = 10_000  # such amounts and larger ones are written by three digits, 万 or K behind them
_DIGITS = 3


@cache
def locale_of(language: Language) -> Locale:
    """Babel's locale of a language: how it writes numbers, dates, lists and plurals."""
    return Locale.parse(language)


def plain_number(value: float, style: str, language: Language) -> str:
    """A finite number in a style of `wording` that has no unit.

    >>> plain_number(59843, "short", "zh"), plain_number(0.71, "percent", "en")
    ('5.98万', '71%')
    >>> plain_number(0.04, "change", "en"), plain_number(-0.04, "change", "en")
    ('+4%', '-4%')
    """
    locale = locale_of(language)
    if style == "cents_round" and abs(value) >= _FROM:
        value = float(f"{value:.{_DIGITS}g}")
    if style == "change":
        text = plain_number(value, "percent", language)
        return f"+{text}" if value > 0 and re.search("[1-9]", text) else text
    if style.startswith("percent"):
        pattern = str(locale.percent_formats[None].pattern)
        places = _decimals(style.removeprefix("percent"))
        pattern = pattern.replace("##0", "##0" + places)
        return numbers.format_percent(value, format=pattern, locale=locale)
    if style in ("short", "cents") and round(abs(value)) >= _shortened_from(
        language
    ):
        return _shortened(value, locale)
    pattern = "#,##0" + _places(value, style)
    return numbers.format_decimal(value, format=pattern, locale=locale)


def _places(value: float, style: str) -> str:
    """The end of a number's pattern: its decimals."""
    places = style.removeprefix("number")
    if places.isdigit():
        return _decimals(places)
    if abs(value) >= 100 or value == round(value) or style == "short":
        return ""
    if style.startswith("cents"):
        return ".00"
    return ".#" if abs(value) >= 10 and style == "number" else ".##"


def _shortened(value: float, locale: Locale) -> str:
    """A large figure by its first three digits: 1.43M, 143万."""
    digits = float(f"{value:.{_DIGITS}g}")
    return numbers.format_compact_decimal(
        digits, locale=locale, fraction_digits=_DIGITS - 1
    )


def write_tick(value: float, language: Language = "en") -> str:
    """A number of an axis as the sentence beside it writes it, with all digits that it has.

    >>> write_tick(2_500_000, "zh"), write_tick(125_000), write_tick(5000)
    ('250万', '125K', '5,000')
    """
    if abs(value) < _shortened_from(language):
        return numbers.format_decimal(value, locale=locale_of(language))
    return numbers.format_compact_decimal(
        value, locale=locale_of(language), fraction_digits=6
    )


def _decimals(places: str) -> str:
    """The end of a number's pattern with so many decimals.

    >>> _decimals("2"), _decimals("")
    ('.00', '')
    """
    return "." + "0" * int(places) if places and int(places) else ""


def month_of_year(
    month: int, language: Language = "en", *, wide: bool = True
) -> str:
    """A month by its number; by figures where the language's short form has them.

    >>> month_of_year(11), month_of_year(11, "zh"), month_of_year(11, wide=False)
    ('November', '11月', 'Nov')
    """
    locale = locale_of(language)
    short = str(dates.get_month_names("abbreviated", locale=locale)[month])
    if not wide or short[0].isdigit():
        return short
    return str(dates.get_month_names("wide", locale=locale)[month])


@cache
def _shortened_from(language: Language) -> float:
    """The smallest number that is shortened; Babel leaves every decimal to one below its own."""
    patterns = locale_of(language).compact_decimal_formats["short"]["other"]
    smallest = min(
        float(size) for size, pattern in patterns.items() if pattern.pattern != "0"
    )
    return max(_FROM, smallest)
