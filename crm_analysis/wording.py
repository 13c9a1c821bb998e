"""Every text the product says, in English and Chinese: phrases from `presentation/phrases/*.toml`, numbers by Babel.

A phrase file holds one text a line, both languages beside each other:

    too_few = { en = "Only {count:number} {count:plural:customer|customers}.", zh = "只有 {count:number} 位客户。" }

and is said as `say("segments.too_few", "zh", count=3)`: file name, dot, key. What may follow a colon in a placeholder:

    number, number1, number2   1,234 · 1,234.5 · 1,234.56        percent, percent1   12% · 12.3%
    short                      1.4M · 143.4万                    date, month         by the language's habit
    plural:one|many            the English word that fits        phrase:word         the text of `word.<value>`
    list, list:word            a, b, and c · a、b和c             quote               “text” · 「text」
    either, either:word        a, b, or c · a、b或c
"""

from __future__ import annotations

import datetime
import math
import string
import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from importlib import resources
from typing import Any, Literal

from babel import dates, lists, numbers

__all__ = ["LANGUAGES", "Language", "has", "phrases", "say", "say_marked", "write_number"]

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")
_LOCALE = {"en": "en_US", "zh": "zh_CN"}


@cache
def phrases() -> Mapping[str, Mapping[str, str]]:
    """All texts: {"word.key": {"en": …, "zh": …}}."""
    found: dict[str, Mapping[str, str]] = {}
    folder = resources.files("crm_analysis") / "presentation" / "phrases"
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".toml"):
            word = file.name.removesuffix(".toml")
            found.update(
                {
                    f"{word}.{key}": text
                    for key, text in _flat(tomllib.loads(file.read_text(encoding="utf-8")))
                }
            )
    return found


def _flat(table: Mapping[str, Any], above: str = "") -> list[tuple[str, Mapping[str, str]]]:
    """TOML tables as dotted keys: a leaf is a table with `en` and `zh` texts."""
    rows: list[tuple[str, Mapping[str, str]]] = []
    for key, value in table.items():
        leaf = isinstance(value.get("en"), str)
        rows += [(above + key, value)] if leaf else _flat(value, f"{above}{key}.")
    return rows


def has(key: str) -> bool:
    """Whether there is such a phrase."""
    return key in phrases()


def say(key: str, language: Language = "en", /, **details: Any) -> str:
    """The text of a phrase with its details filled in.

    >>> say("frame.language", "zh")
    '语言'
    """
    return _Speaker(language, str).format(phrases()[key][language], **details)


def say_marked(
    key: str, language: Language, escape: Callable[[str], str], /, **details: Any
) -> str:
    """As `say`, for where marks such as ** are rendered: text in the details passes through `escape`, phrases keep their marks."""
    return _Speaker(language, escape).format(phrases()[key][language], **details)


def write_number(value: float | None, style: str = "number", language: Language = "en") -> str:
    """A number as the language writes it; `style` is one of the number styles of this module, a missing number is “–”.

    >>> write_number(1434000, "short"), write_number(1434000, "short", "zh"), write_number(0.123, "percent1")
    ('1.4M', '143.4万', '12.3%')
    >>> write_number(1415.6800000000003, "short", "zh"), write_number(999.96, "short")
    ('1,416', '1,000')
    """
    if value is None or not math.isfinite(value):
        return "–"
    locale = _LOCALE[language]
    if style == "short" and abs(value) < (
        10_000 if language == "zh" else 1_000
    ):  # nothing to shorten, and Babel would leave every decimal
        return write_number(value, "number", language)
    if style == "short":
        return numbers.format_compact_decimal(value, locale=locale, fraction_digits=1)
    if style.startswith("percent"):
        places = int(style.removeprefix("percent") or 0)
        return numbers.format_percent(
            value, format="#,##0" + ("." + "0" * places if places else "") + "%", locale=locale
        )
    places = int(style.removeprefix("number") or 0)
    if not style.removeprefix("number") and abs(value) < 100 and value != round(value):
        return numbers.format_decimal(value, format="#,##0.##", locale=locale)
    return numbers.format_decimal(
        value, format="#,##0" + ("." + "0" * places if places else ""), locale=locale
    )


class _Speaker(string.Formatter):
    """str.format with this module's styles; text from files is put in as it is (escaped), never read as a template."""

    def __init__(self, language: Language, escape: Callable[[str], str]) -> None:
        self.language: Language = language
        self.escape = escape

    def format_field(self, value: Any, format_spec: str) -> str:
        locale = _LOCALE[self.language]
        style, _, rest = format_spec.partition(":")
        if style == "plural":
            one, many = rest.split("|")
            return one if value == 1 else many
        if style == "phrase":
            return self._phrase(value, rest)
        if style in ("list", "either"):
            return lists.format_list(
                [self._phrase(item, rest) for item in value],
                style="or" if style == "either" else "standard",
                locale=locale,
            )
        if style == "quote":
            text = self.escape(str(value))
            return f"“{text}”" if self.language == "en" else f"「{text}」"
        if style == "date":
            return dates.format_date(_day(value), format="medium", locale=locale)
        if style == "month":
            return dates.format_skeleton("yMMM", _day(value), locale=locale)
        if style.startswith(("number", "percent", "short")):
            return write_number(value, style, self.language)
        return (
            self.escape(super().format_field(value, format_spec))
            if isinstance(value, str)
            else super().format_field(value, format_spec)
        )

    def _phrase(self, value: Any, word: str) -> str:
        key = f"{word}.{value}"
        return say(key, self.language) if word and has(key) else self.escape(str(value))


def _day(value: Any) -> datetime.date:
    return datetime.date.fromisoformat(value[:10]) if isinstance(value, str) else value
