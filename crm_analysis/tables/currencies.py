"""What the words beside a figure say: a currency, what it is multiplied by, a unit.

The words are data (`currencies.toml`); the codes are those in use by CLDR.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from babel.core import get_global

_DATA = tomllib.loads(
    Path(__file__).with_name("currencies.toml").read_text(encoding="utf-8")
)
_CODES = {
    code
    for used in get_global("territory_currencies").values()
    for code, _, until, is_tender in used
    if until is None and is_tender
}
# By CLDR: decimals, rounding, and both again where one pays in cash.
_FRACTIONS = get_global("currency_fractions")
_USUAL = _FRACTIONS["DEFAULT"]
_LOOKED_AT = 500  # letters of a column's name
_OWN_SIGNS = {"USD": "$", "CNY": "¥", "EUR": "€", "GBP": "£"}

# What is written → the currency as this product writes it. One sign for one currency, so that $
# and USD are not "several".
CURRENCIES: dict[str, str] = {
    sign: _OWN_SIGNS.get(code, code)
    for code in sorted(_CODES | set(_DATA["signs"]))
    for sign in (code, *_DATA["signs"].get(code, ()))
} | {sign: sign for sign in _DATA["shared"]}

TIMES: dict[str, float] = {
    word: float(factor)
    for factor, words in _DATA["times"].items()
    for word in words
}
# In small letters; read in headings and beside figures, where a word of letters is looked up.
_NAMES: dict[str, str] = {
    name: CURRENCIES.get(code, code)
    for code, names in _DATA["names"].items()
    for name in names
}
_DOUBTFUL = frozenset(_DATA["doubtful"]["times"])
_WORDS = frozenset(_DATA["words"])
_STOPS = " .\u200e\u200f"
_BRACKETED = re.compile(r"[(（\[【]\s*(.*?)\s*[)）\]】]")
_HAN_UNIT = re.compile(
    "(?<![单多公纪])(?:[十百千]?[万萬亿億千仟천만백]+)?(?:元|円|圆|원)$"
)
_THOUSAND = re.compile(
    r"['’]?(?<!\d)000(?!\d)['’]?s?|(?:^|(?<=,)|(?<=\bin))\s*1[.,' ]?000(?=\s|s\b)s?"
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z]{3}\b)|(?<=\b[A-Z]{3})(?=[A-Z][a-z])")
_BETWEEN = frozenset(_DATA["between"])  # "in thousands of EUR"
_ADJOINED = frozenset(_DATA["adjoined"])
_ELIDED = re.compile(r"^[dl]['’](?=\w)")  # milliers d'euros
# Signs and codes that are no unit even in lower case: a currency after a figure, whatever its case.
LONG_SIGNS = frozenset(
    sign.lower()
    for sign in CURRENCIES
    if (len(sign) > 2 and sign not in _WORDS) or not sign.isascii() or "$" in sign
) | frozenset(_DATA["short"])


def any_of(words: Iterable[str]) -> str:
    """A pattern of any of some words, the longest first."""
    ordered = sorted(words, key=lambda word: (-len(word), word))
    return f"(?:{'|'.join(map(re.escape, ordered))})"


@dataclass(frozen=True)
class FigureWord:
    """What a word beside a figure says.

    `times` is what the figure is multiplied by; `doubtful` where the word may be a unit as well.
    """

    currency: str = ""
    times: float = 1.0
    unit: str = ""
    doubtful: bool = False

    @property
    def is_sure_currency(self) -> bool:
        """Whether it can hardly be anything else: a sign, a code, no short word."""
        return bool(self.currency) and (
            len(self.unit) > 2 or not self.unit.isascii() or "$" in self.unit
        )


def currency_of_word(text: str) -> str:
    """The currency a word stands for, as this product writes it; "" where it is none.

    >>> currency_of_word("Kč"), currency_of_word("Rs."), currency_of_word("usd")
    ('CZK', 'Rs', '$')
    """
    word = " ".join(text.split()).strip(_STOPS)
    written = CURRENCIES.get(word) or CURRENCIES.get(word.replace(" ", ""))
    if written is None and word.lower() == word and len(word) == 3:
        upper = word.upper()
        written = CURRENCIES.get(upper) if upper not in _WORDS else None
    return written or _NAMES.get(word.lower(), "")


@lru_cache(maxsize=4096)
def read_word(text: str, before: bool = False) -> FigureWord:
    """What a word before or after a figure says.

    >>> read_word("Mio. €").times, read_word("k€").currency, read_word("kg").unit
    (1000000.0, '€', 'kg')
    >>> read_word("triệu đồng").times, read_word("tuhatta euroa").currency
    (1000000.0, '€')
    >>> read_word("K").times, read_word("K", before=True).currency
    (1000.0, 'K')
    """
    word = text.strip(_STOPS)
    is_letter = len(word) == 1 and word.isascii() and word.isalpha()
    currency = currency_of_word(word) or currency_of_word(word.split("/")[0])
    if currency and (before or not is_letter):
        return FigureWord(currency=currency, unit=word)
    if not (before and is_letter):
        for end in range(len(word), 0, -1):
            head, rest = word[:end], word[end:].strip(_STOPS)
            times, currency = _times(head), _currency_beside_times(rest)
            if times and (not rest or currency or _ends_in_itself(head, word[end])):
                is_doubtful = not currency and bool(
                    {head, head.lower()} & _DOUBTFUL
                )
                unit = "" if currency else rest
                return FigureWord(currency, times, unit, is_doubtful)
            currency, times = _currency_beside_times(head), _times(rest)
            if times and currency:
                return FigureWord(currency, times)
    return FigureWord(unit=word)


def _currency_beside_times(word: str) -> str:
    """The currency of a word that what multiplies adjoins, as in k€, MSEK and KF.

    Of letters that are units as well there is none: 12 KG and 250 ML are no money.
    """
    is_short = len(word) < 3 and word.isascii() and word.isalpha()
    may_be_unit = (
        is_short and word not in _ADJOINED and word.lower() not in LONG_SIGNS
    )
    return "" if may_be_unit else currency_of_word(word)


def _times(word: str) -> float | None:
    """What a word multiplies by; from two letters on whatever their case."""
    bare = word.strip(_STOPS)
    return TIMES.get(bare) or (TIMES.get(bare.lower()) if len(bare) > 1 else None)


def _ends_in_itself(head: str, following: str) -> bool:
    """Whether a word can end before a letter: 万件, but not kg."""
    return following in _STOPS or not head[-1].isalpha() or head[-1] > "\u2e7f"


def has_no_cents(currencies: Sequence[str]) -> bool:
    """Whether money in these currencies is whole in practice, as won, yen and rupiah are."""
    return bool(currencies) and all(
        _FRACTIONS.get(currency, _USUAL)[2] == 0 for currency in currencies
    )


def may_have_mills(currencies: Sequence[str]) -> bool:
    """Whether money in one of these has three decimals, as dinars have."""
    return any(_FRACTIONS.get(currency, _USUAL)[0] > 2 for currency in currencies)


def unit_of_name(name: str) -> FigureWord | None:
    """What a column's name or a line of units says of its money; None: nothing.

    >>> unit_of_name("销售额（万元）"), unit_of_name("Try to pay")
    (FigureWord(currency='¥', times=10000.0, unit='万元', doubtful=False), None)
    >>> unit_of_name("price_usd").currency, unit_of_name("Sales ($000)").times
    ('$', 1000.0)
    """
    name = name[:_LOOKED_AT]
    for text in _BRACKETED.findall(name):
        if word := _unit_of_words(_pieces(text), text, is_whole=True):
            return word
    bare = _BRACKETED.sub(" ", name)
    if han := _HAN_UNIT.search(bare):
        return replace(read_word(han[0]), unit=han[0])
    return _unit_of_words(_pieces(bare), "", is_whole=False)


def _pieces(text: str) -> list[str]:
    """The words of a name: "Sales in thousands", "$000", "priceUSD"."""
    spaced = _THOUSAND.sub(" thousand ", text)
    pieces = [
        _ELIDED.sub("", piece)
        for piece in re.split(r"[\s_:：,;|-]+", spaced)
        if piece.strip(_STOPS)
    ]
    return [
        part
        for piece in pieces
        for part in ([piece] if currency_of_word(piece) else _CAMEL.split(piece))
    ]


def _unit_of_words(
    words: list[str], text: str, is_whole: bool
) -> FigureWord | None:
    """The unit that words say together; of a `text` that is a unit, each must be part of it."""
    currencies, times, units = set(), 1.0, []
    for position, piece in enumerate(words):
        is_last = position == len(words) - 1
        is_between = piece.lower() in _BETWEEN
        if is_between and not is_last and read_word(words[position + 1]).times != 1:
            continue  # "w tysiącach", where a w alone is ten thousand
        word = read_word(piece)
        if is_whole and word.times == 1:
            word = read_word(piece, before=True)
        following = words[position + 1 :]
        after = next((w for w in following if w.lower() not in _BETWEEN), "")
        is_sure = not word.doubtful or bool(
            currency_of_word(after)
        )  # miles de euros
        is_word = len(piece) > 1 and is_sure
        is_said = word.times != 1 and (is_whole or word.currency or is_word)
        if word.currency and not is_whole:
            is_short = (
                len(piece.strip(_STOPS)) < 3
                and piece.isascii()
                and "$" not in piece
            )
            is_said = piece.upper() not in _WORDS and (is_last or not is_short)
        if not (is_said or (is_whole and word.currency)):
            if is_whole and not is_between:
                return None
            continue
        currencies |= {word.currency} - {""}
        times *= word.times
        units.append(piece)
    if not units or len(currencies) > 1:
        return None
    return FigureWord(next(iter(currencies), ""), times, text or " ".join(units))
