"""Every text the product says: phrases from `presentation/phrases`, numbers and dates by Babel.

A phrase file holds one text a line, English and Chinese beside each other:

    few = { en = "Only {n:number} {n:plural:customer|customers}.", zh = "只有 {n:number} 位客户。" }

and is said as `say("segments.few", "zh", n=3)`: file name, dot, key. A further language is a folder
of its own beside these files, named by its code (`phrases/de/segments.toml`), with the same keys
and one text each (`few = "Nur …"`); what it does not have is said in English.

What may follow a colon in a placeholder:

    number, number1, number2   1,234 · 1,234.5 · 1,234.56
    percent, percent1          12% · 12.3%
    change                     of a change in percent: +12% · -12%
    short                      9,876 · 18.4K · 1.43M · 1.84万 · 143万
    money, money2              the same in the unit of money that holds: €18.4K · €18,400.00
    measure, measure2          what is measured, in its unit if it has one: 1.84万元 · 18.4K kg
    money_round                by its first three digits, written out: €18,400
    money_full, number_full …  with every digit, as in a table: €18,437 · 12.34
    date, month                by the language's habit
    plural:one|other           the form that fits the number, in the order of CLDR's categories
    phrase:word                the text of `word.<value>`
    list, list:word, list:date a, b, and c · a、b和c; of messages, what each says
    points                     of a difference of shares: 3.1 points · 3.1 个百分点
    either, either:word        a, b, or c · a、b或c
    quote                      “text”, as each language quotes

One rule holds for each quantity, wherever it is said, in a sentence, on a tile or at an axis:

    counts        of customers, orders, rows: whole, with every digit          59,843
    money, what is measured: whole below 10,000, from there three digits       €59.8K · 5.98万元
                  cents only below 100                                         €12.50
    shares        in percent, whole; tenths where they decide                  71% · 12.3%
    changes of shares in points                                                3.1 个百分点
    ratios and other small figures: three digits, two decimals at most         2.35 · 12.3 · 0.08
    days          whole                                                        392 days · 392 天
    dates, months in words                                                     Dec 2025 · 2025年12月

Tables, what stands at the pointer, files, and accounts that must add up have every digit.

A phrase that names an amount of money has `unit = "money"` beside its texts, one that names a
figure of what is measured `unit = "measure"`: as a title of a column or an axis it is followed by
the unit. A detail that is an `Amount` is written in the unit it brings.
"""

from __future__ import annotations

import datetime
import math
import re
import string
import tomllib
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from babel import dates, lists, numbers

from crm_analysis.numerals import Language, locale_of, plain_number
from crm_analysis.units import (
    Amount,
    Units,
    current_units,
    escape_unit,
    units_in,
)

LANGUAGES: tuple[Language, ...] = (
    "en",
    "zh",
)  # those written side by side in every phrase file
DEFAULT: Language = LANGUAGES[0]

_GAP = re.compile(r"(\d[万亿]|[万亿\u00a0]元)(\*\*)? (?=[\u4e00-\u9fff])")
_IN_THOUSANDS = re.compile(r"[千百万亿]|[kKmM](?=\W)|(Tsd|Mio|Mrd)\b")
_FOLDER = Path(__file__).parent / "presentation" / "phrases"
_PLURAL_CATEGORIES = (
    "zero",
    "one",
    "two",
    "few",
    "many",
    "other",
)  # CLDR's, in its order


@cache
def languages() -> tuple[Language, ...]:
    """The languages the product speaks: those of every phrase file, then a folder each."""
    folders = (
        path.name
        for path in _FOLDER.iterdir()
        if path.is_dir() and any(path.glob("*.toml"))
    )
    return (*LANGUAGES, *sorted(folders))


def language_name(language: Language) -> str:
    """What a language calls itself.

    >>> language_name("zh"), language_name("en"), language_name("de")
    ('中文', 'English', 'Deutsch')
    """
    return locale_of(language).get_display_name() or language


@cache
def phrases() -> Mapping[str, Mapping[Language, str]]:
    """All texts: {"word.key": {"en": …, "zh": …}}."""
    parts = [phrases_of(file.stem) for file in sorted(_FOLDER.glob("*.toml"))]
    return {key: texts for part in parts for key, texts in part.items()}


@cache
def phrases_of(word: str) -> Mapping[str, Mapping[Language, str]]:
    """The texts of one file, read once they are needed; none where there is no such file."""
    texts: dict[str, dict[Language, str]] = {}
    for key, by_language in _written(word).items():
        texts[key] = {code: by_language[code] for code in LANGUAGES}
    for language in languages()[len(LANGUAGES) :]:
        for key, text in _leaves(_parsed(_FOLDER / language / f"{word}.toml")):
            texts[f"{word}.{key}"][language] = text
    return texts


@cache
def _written(word: str) -> Mapping[str, Mapping[str, str]]:
    """The phrases of a file that holds all languages, each as it stands there."""
    return {
        f"{word}.{key}": phrase
        for key, phrase in _leaves(_parsed(_FOLDER / f"{word}.toml"))
    }


def _word_of(key: str) -> str:
    return key.partition(".")[0]


def names_money(key: str) -> bool:
    """Whether a phrase names an amount of money: `unit = "money"` stands beside its texts."""
    return named_by(key) == "money"


def named_by(key: str) -> str:
    """What a phrase names an amount of, "money" or "measure"; '' where it names none."""
    return _written(_word_of(key)).get(key, {}).get("unit", "")


def _parsed(file: Path) -> dict[str, Any]:
    return tomllib.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


def _leaves(table: Mapping[str, Any], above: str = "") -> list[tuple[str, Any]]:
    """TOML tables as dotted keys. A leaf is a text, or a table of texts by language."""
    rows: list[tuple[str, Any]] = []
    for key, value in table.items():
        is_leaf = isinstance(value, str) or isinstance(value.get(DEFAULT), str)
        rows += (
            [(above + key, value)] if is_leaf else _leaves(value, f"{above}{key}.")
        )
    return rows


def texts_of(key: str) -> Mapping[Language, str]:
    """The texts of a phrase, by language."""
    return phrases_of(_word_of(key))[key]


def has(key: str) -> bool:
    """Whether there is such a phrase."""
    return key in phrases_of(_word_of(key))


def say(key: str, language: Language = DEFAULT, /, **details: Any) -> str:
    """The text of a phrase with its details filled in.

    Parameters
    ----------
    key
        Of the phrase, "part.name".
    language
        "en" or "zh".
    details
        What its {fields} are filled with.

    Returns
    -------
    str
        The text.

    Examples
    --------
    >>> say("frame.language", "zh")
    '语言'
    """
    return _Speaker(language, str).format(_template(key, language), **details)


def say_marked(
    key: str,
    language: Language,
    escape: Callable[[str], str],
    /,
    **details: Any,
) -> str:
    """As `say`, for where marks such as ** are rendered.

    Text in the details passes through `escape`; phrases keep their marks.
    """
    return _Speaker(language, escape).format(_template(key, language), **details)


def say_title(key: str, language: Language = DEFAULT, column: str = "") -> str:
    """A phrase as the title of a column or an axis, its unit behind it if it has one.

    A column that is called by its role has the unit of that `column` in its table.
    """
    return say(key, language) + _behind(_unit_of(key, column), language)


def title_of(column: Any, language: Language, *templates: str) -> str:
    """What a column is called, with its unit: by the first of these phrases, else its own name.

    `templates` are keys with a place for the column ("segments.feature.{}").

    >>> with units_in(Units(money="EUR", columns={"fee": "EUR", "fee (EUR)": "EUR"})):
    ...     title_of("amount", "en", "roles.{}"), title_of("fee", "en", "roles.{}")
    ...     title_of("fee (EUR)", "en")
    ('amount (€)', 'fee (€)')
    'fee (EUR)'
    """
    key = _phrase_of(column, templates)
    if key:
        return say_title(key, language, str(column))
    name, unit = str(column), _unit_of("", str(column))
    if unit is None or _is_written_in(name, unit):
        return name
    return name + _behind(unit, language)


def amount_of(
    column: Any, value: float | None, *templates: str
) -> float | Amount | None:
    """A figure of a column in that column's unit, for the details of a phrase.

    `templates` are as `title_of` takes them.
    """
    unit = unit_of(column, *templates)
    return value if unit is None else Amount(value, unit)


def unit_of(column: Any, *templates: str) -> str | None:
    """The unit of a column; `templates` are as `title_of` takes them."""
    return _unit_of(_phrase_of(column, templates), str(column))


def _phrase_of(column: Any, templates: Iterable[str]) -> str:
    """The first key of these that there is; '' where there is none."""
    keys = (template.format(column) for template in templates)
    return next((key for key in keys if has(key)), "")


def _unit_of(key: str, column: str) -> str | None:
    """The unit of a column that is called by a phrase, or by its own name where `key` is ''."""
    units = current_units()
    if key and not key.startswith("roles."):
        return units.of(named_by(key))
    return units.columns.get(column) or units.of(named_by(key))


def _is_written_in(name: str, unit: str) -> bool:
    """Whether a name says its unit itself, as the heading 金额（元） does."""
    words = {unit, *(_symbol(unit, language) for language in LANGUAGES)}
    return any(
        re.search(rf"(?<!\w){re.escape(word)}(?!\w)", name, re.IGNORECASE)
        for word in words
    )


def _template(key: str, language: Language) -> str:
    texts = texts_of(key)
    return texts.get(language, texts[DEFAULT])


def write_number(
    value: float | None, style: str = "number", language: Language = DEFAULT
) -> str:
    """A number as the language writes it, in one of this module's styles; a missing one is “–”.

    >>> write_number(1434000, "short"), write_number(1434000, "short", "zh")
    ('1.43M', '143万')
    >>> write_number(0.123, "percent1"), write_number(None)
    ('12.3%', '–')
    >>> write_number(9999.7, "short"), write_number(59843, "short", "zh")
    ('10K', '5.98万')
    >>> write_number(18437, "money_round"), write_number(18437, "money_full")
    ('18,400', '18,437')
    >>> write_number(12.345), write_number(12.345, "number_full")
    ('12.3', '12.34')
    """
    if value is None or not math.isfinite(value):
        return "–"
    what = re.split(r"[_\d]", style)[0]
    if what in ("money", "measure"):
        plain = _PLAIN.get(style.removeprefix(what), "cents")
        return _write_in(current_units().of(what), value, plain, language)
    if style == "points":
        return say("frame.points", language, value=100 * value)
    return plain_number(value, style, language)


# How money is written but for its unit.
_PLAIN = {"2": "number2", "_full": "cents_full", "_round": "cents_round"}


@contextmanager
def money_in(unit: str | None) -> Iterator[None]:
    """Say amounts of money in a unit for as long as this lasts; None where it is not known.

    `unit` is a currency's ISO code or sign, or the unit as a file writes it.

    >>> with money_in("EUR"):
    ...     write_number(-1234.5, "money"), write_number(1434000, "money", "zh")
    ('-€1,234', '€143万')
    >>> with money_in("CNY"):
    ...     write_number(1234, "money", "zh").split(), say_title("roles.amount", "zh")
    (['1,234', '元'], '金额（元）')
    >>> with money_in("万元"):
    ...     write_number(1234, "money2").split(), say_title("roles.amount")
    (['1,234.00', '万元'], 'amount (万元)')
    >>> write_number(1234, "money"), say_title("roles.amount")
    ('1,234', 'amount')
    """
    with units_in(Units(money=unit)):
        yield


def _write_in(
    unit: str | None, value: float | None, style: str, language: Language
) -> str:
    """A figure in a unit: a sign or word stands where the language puts it."""
    if unit is None or value is None or not math.isfinite(value):
        return write_number(value, style, language)
    if style == "cents" and _IN_THOUSANDS.match(unit):
        style = "cents_full"  # never 1.84万 万元
    amount = write_number(abs(value), style, language)
    sign = "-" if value < 0 else ""
    symbol = _symbol(unit, language)
    if _stands_behind(symbol, unit, language):
        is_word = _is_word(symbol) and _is_word(amount[-1])
        space = "" if is_word else "\u00a0"  # 1.84万元, 1,234 元
        return f"{sign}{amount}{space}{symbol}"
    space = "\u00a0" if symbol[-1].isalpha() else ""
    return f"{sign}{symbol}{space}{amount}"


def _behind(unit: str | None, language: Language) -> str:
    if unit is None:
        return ""
    return say("frame.in_money", language, unit=_symbol(unit, language))


@cache
def _symbol(unit: str, language: Language) -> str:
    """How a unit of money is written: as a phrase says, else as CLDR does, else as it stands."""
    if has(f"frame.money.{unit}"):
        return say(f"frame.money.{unit}", language)
    return numbers.get_currency_symbol(unit, locale=locale_of(language))


def _stands_behind(symbol: str, unit: str, language: Language) -> bool:
    """Words such as 元 and units such as k€ follow the figure; signs stand as CLDR puts them."""
    locale = locale_of(language)
    is_sign = len(symbol) == 1 and unicodedata.category(symbol) == "Sc"
    if _is_word(symbol) or (unit not in locale.currencies and not is_sign):
        return True
    return not str(locale.currency_formats["standard"].pattern).startswith("¤")


def _is_word(symbol: str) -> bool:
    """Whether it begins as a word of Chinese."""
    return unicodedata.category(symbol[0]) == "Lo"


class _Speaker(string.Formatter):
    """str.format with this module's styles; text from files is never read as a template."""

    def __init__(self, language: Language, escape: Callable[[str], str]) -> None:
        self.language = language
        self.escape = escape
        self.locale = locale_of(language)

    def vformat(self, format_string: str, args: Any, kwargs: Any) -> str:
        """The text filled in; behind 万 and 元 no gap stands, which there is behind a digit."""
        return _GAP.sub(r"\1\2", super().vformat(format_string, args, kwargs))

    def format_field(self, value: Any, format_spec: str) -> str:
        style, _, argument = format_spec.partition(":")
        if style == "plural":
            return self._plural(value, argument.split("|"))
        if style == "phrase":
            return self._phrase(value, argument)
        if style in ("list", "either"):
            items = [self._item(item, argument) for item in value]
            if style == "either":
                return lists.format_list(items, style="or", locale=self.locale)
            return lists.format_list(items, locale=self.locale)
        if style == "quote":
            return _template("frame.quote", self.language).replace(
                "{text}", self.escape(str(value))
            )
        if style == "date":
            return self._date(value)
        if style == "month":
            return dates.format_skeleton("yMMM", _day(value), locale=self.locale)
        if isinstance(value, Amount):
            figure = _write_in(
                value.unit, value.value, style or "number", self.language
            )
        elif style.startswith(
            ("number", "percent", "change", "short", "money", "measure", "points")
        ):
            figure = write_number(value, style, self.language)
        else:
            figure = super().format_field(value, format_spec)
        return (
            self.escape(figure)
            if isinstance(value, str)
            else escape_unit(figure, self.escape)
        )

    def _date(self, value: Any) -> str:
        return dates.format_date(_day(value), format="medium", locale=self.locale)

    def _item(self, value: Any, word: str) -> str:
        """One of a list: a day, or what a phrase of the word says."""
        return self._date(value) if word == "date" else self._phrase(value, word)

    def _plural(self, value: float, forms: list[str]) -> str:
        """The form of a word that goes with a number.

        The forms stand in the order of the categories that the language has; one more than it has
        says the one thing by other words (zh: "下一单|接下来的 {orders} 单").
        """
        rule = self.locale.plural_form
        own = [
            name
            for name in _PLURAL_CATEGORIES
            if name in rule.tags or name == "other"
        ]
        if math.isfinite(value) and value == int(value):
            value = int(value)
        if len(forms) > len(own):
            return forms[0] if value == 1 else forms[-1]
        return forms[min(own.index(rule(value)), len(forms) - 1)]

    def _phrase(self, value: Any, word: str) -> str:
        if isinstance(value, tuple):  # a message
            return self.format(_template(value[0], self.language), **value[1])
        key = f"{word}.{value}"
        return (
            say(key, self.language)
            if word and has(key)
            else self.escape(str(value))
        )


def _day(value: Any) -> datetime.date:
    return (
        datetime.date.fromisoformat(value[:10]) if isinstance(value, str) else value
    )
