"""What a status word means: one table by meaning, in the languages of those who sell."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

from crm_analysis.tables.sales.rules import MEANINGS, Meaning

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_APART = re.compile(r"[\W_]+")
# Scripts that put no space between words.
_UNSPACED = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_NEGATED = re.compile(
    r"(?:\b(?:not|no|non|un|nicht|kein|keine|pas|sin|niet|geen|nie|não|nao|ne|не|ej|inte|ikke)"
    r" |[未不没無无非미])$"
)
# Which of several meanings in a cell counts: what undoes a sale outdoes how far it had come.
_UNDOES: tuple[Meaning, ...] = (
    "charged_back",
    "refunded",
    "cancelled",
    "failed",
    "no_trade",
)


class _Table(NamedTuple):
    meanings: dict[str, Meaning]  # by plain word
    compact: dict[str, Meaning]  # by plain word without spaces
    unclear: frozenset[str]
    phrases: tuple[str, ...]  # that may be part of a cell, longest first


def plain_word(word: str) -> str:
    """A word as statuses are compared.

    Without case, accents and width, words apart by one space.

    >>> plain_word("wc-Partially_Refunded"), plain_word("Annulé"), plain_word("已发货，退款成功")
    ('wc partially refunded', 'annule', '已发货 退款成功')
    """
    text = _CAMEL.sub(" ", str(word))
    if text.isascii():
        return _APART.sub(" ", text.lower()).strip()
    text = unicodedata.normalize("NFKC", text).casefold()
    letters = unicodedata.normalize("NFD", text.replace("ı", "i").replace("ł", "l"))
    bare = "".join(
        letter for letter in letters if unicodedata.category(letter) != "Mn"
    )
    return _APART.sub(" ", unicodedata.normalize("NFC", bare)).strip()


@lru_cache(maxsize=4096)
def meaning_of(word: str) -> Meaning | None:
    """What a status word means; None where it is not known.

    The whole word first, then the longest phrases that it holds; of several that do not agree,
    the one that undoes a sale, else the longest.

    >>> meaning_of("wc-completed"), meaning_of("已发货，退款成功"), meaning_of("Storniert")
    ('shipped', 'refunded', 'cancelled')
    >>> meaning_of("Purple")
    """
    table, plain = _table(), plain_word(word)
    known = table.meanings.get(plain) or table.compact.get(plain.replace(" ", ""))
    if known:
        return known
    within = [table.meanings[phrase] for phrase in _phrases_in(plain)]
    for meaning in _UNDOES:
        if meaning in within:
            return meaning
    return within[0] if within else None


def is_whole_status(word: str) -> bool:
    """Whether a word as a whole is a status, which does not look for phrases in it.

    >>> is_whole_status("Paid"), is_whole_status("wc-completed")
    (True, False)
    """
    plain = plain_word(word)
    return plain in _table().meanings or plain.replace(" ", "") in _table().compact


def is_unclear(word: str) -> bool:
    """Whether platforms mean different things by a word, or it names none of them.

    >>> is_unclear("pending"), is_unclear("wc-pending"), is_unclear("paid")
    (True, True, False)
    """
    table, plain = _table(), plain_word(word)
    if plain in table.unclear or plain.replace(" ", "") in table.unclear:
        return True
    if plain in table.meanings or plain.replace(" ", "") in table.compact:
        return False
    return any(phrase in table.unclear for phrase in _phrases_in(plain)[:1])


def settling_words(words: Iterable[str]) -> tuple[str, ...]:
    """Those of the words of a column that settle invoices which are rows of their own.

    >>> settling_words(["Invoice", "Payment"]), settling_words(["Sale", "Payment"])
    (('Payment',), ())
    """
    lists = _content()["settles"]
    invoices, payments = (
        set(map(plain_word, lists[name])) for name in ("invoice", "payment")
    )
    words = tuple(words)
    if not any(plain_word(word) in invoices for word in words):
        return ()
    return tuple(word for word in words if plain_word(word) in payments)


def _phrases_in(plain: str) -> list[str]:
    """The known phrases within a plain text that lie in no longer one and are not negated."""
    present, rest = [], f" {plain} "
    for phrase in _table().phrases:
        sought = phrase if _UNSPACED.search(phrase) else f" {phrase} "
        start = rest.find(sought)
        if start < 0:
            continue
        before = rest[: start + len(sought) - len(sought.lstrip())]
        if not _NEGATED.search(before):
            present.append(phrase)
        rest = f"{rest[:start]} \0 {rest[start + len(sought) :]}"
    return present


@cache
def _content() -> dict[str, dict[str, Any]]:
    return tomllib.loads(
        files(__package__).joinpath("statuses.toml").read_text(encoding="utf-8")
    )


@cache
def _table() -> _Table:
    content = _content()
    meanings: dict[str, Meaning] = {}
    unclear: set[str] = set()
    for meaning in MEANINGS:
        doubtful = content["unclear"].get(meaning, [])
        unclear |= set(map(plain_word, doubtful))
        for words in (doubtful, *content[meaning].values()):
            meanings |= {plain_word(word): meaning for word in words}
    whole = {
        plain_word(word) for words in content["whole"].values() for word in words
    }
    phrases = sorted(set(meanings) - whole, key=len, reverse=True)
    compact = {word.replace(" ", ""): meaning for word, meaning in meanings.items()}
    return _Table(meanings, compact, frozenset(unclear), tuple(phrases))
