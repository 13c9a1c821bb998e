"""How many pairs of letters of a text are met in words of the languages that files come in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from babel import Locale

from crm_analysis.wording import DEFAULT, phrases

# Of which CLDR's names are looked at: those whose letters several encodings dispute.
_LANGUAGES = (
    *("zh", "zh_Hant", "ja", "ko", "th", "ru", "el"),
    *("he", "ar"),
    *("es", "fr", "pt", "de", "pl", "cs", "hu", "tr"),
)
_TABLES = Path(__file__).parent.parent
_FILES = (
    "roles/headings.toml",
    "cleaning/date_words.toml",
    "reading/total_words.toml",
)
_WORD = re.compile(r"[^\W\d_]+")


def familiarity(text: str) -> float:
    """The share of pairs of letters, of which at least one is not ASCII, that are familiar.

    >>> familiarity("客户 金额") > familiarity("ฟอปงฑเบล")
    True
    """
    pairs = _pairs(text)
    return len(pairs & _known()) / len(pairs) if pairs else 0.0


def _pairs(text: str) -> set[str]:
    return {
        word[position : position + 2]
        for word in _WORD.findall(text.lower())
        for position in range(len(word) - 1)
        if not word[position : position + 2].isascii()
    }


@cache
def _known() -> frozenset[str]:
    pairs: set[str] = set()
    for text in _texts():
        pairs |= _pairs(text)
    return frozenset(pairs)


def _texts() -> Iterator[str]:
    """Names of countries, languages, months and days, and the words that this product knows."""
    for code in _LANGUAGES:
        locale = Locale.parse(code)
        yield " ".join([*locale.territories.values(), *locale.languages.values()])
    for texts in phrases().values():
        yield " ".join(text for code, text in texts.items() if code != DEFAULT)
    for name in _FILES:
        yield (_TABLES / name).read_text(encoding="utf-8")
