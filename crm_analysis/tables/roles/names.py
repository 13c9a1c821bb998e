"""What a column's name says: the chain of concepts in it, and how well that fits each role."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from crm_analysis.tables.kinds import ROLES
from crm_analysis.tables.roles.words import (
    SIMPLIFIED,
    UNITS,
    UNSPACED,
    pieces_of,
    vocabulary,
    without_accents,
)

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_BRACKETS = re.compile(r"[(\[{<]([^)\]}>]*)[)\]}>]")
_HAN = re.compile(r"[\u3400-\u9fff]")
# "Total (inc tax)", "Price excl. VAT": what a sum includes does not change what it is.
_TAXED = re.compile(
    r"\b(?:incl?|excl?|including|excluding|inclusive of|with|without|before|after|net of)\b"
    r"[.\s_-]*(?:sales[\s_-]*)?(?:tax(?:es)?|vat|gst|mwst)\b"
)
# "Bill-to name" is no bill, "Sold-to party" is who bought.
_PARTY = re.compile(r"\b(bill|invoice|sold)[\s_-]*to\b")
# Questions of a survey, which stand as they were asked.
_ADDRESSED = re.compile("您|你|请")
_LIKELY = re.compile(r"how likely|likelihood|recommend|推荐")
_SATISFIED = re.compile(
    r"how (?:satisfied|happy|would you rate)|rate your|满意|评价.*(?:几分|打分)"
)
_OPEN = re.compile(
    r"^(?:\W*\d+\W*)?(?:q\d+\W*)?"
    r"(?:why|what (?:could|can|would|did|do|made)|please|any |do you have|is there any|tell us"
    r"|how (?:can|could)|anything|in your own words)"
    r"|reason for|为什么|为何|原因|建议|请(?:您)?(?:说|写|描述|谈|告诉)"
    r"|喜欢.*(?:什么|哪)|改进|不满意的|怎么看"
)
_LONGEST_PHRASE = 4
_LOOKED_AT = 500  # letters of a name
_SHORT_WORDS_AT_ENDS = ("id", "no", "nr", "qty", "num", "amt", "sku")


def normal_name(name: str) -> str:
    """A column name as two files' columns are matched by.

    Without case, width, spaces, underscores and hyphens.

    >>> normal_name("Customer_ID ") == normal_name("customer id")
    True
    """
    return re.sub(r"[\s_\-.]+", "", unicodedata.normalize("NFKC", name).casefold())


def name_score(role: str, name: str) -> float:
    """How well a column's name fits a role, 0 to 1.

    >>> name_score("customer", "Customer ID"), name_score("customer", "Customer Type")
    (1.0, 0.0)
    >>> name_score("order", "订单编号")
    1.0
    """
    return min(1.0, ROLES[role].names.score(concepts(name)))


@lru_cache(maxsize=4096)
def concepts(name: str) -> tuple[str, ...]:
    """The concepts of a column name, in order; words not known stand as "?".

    >>> concepts("Customer ID"), concepts("custNo"), concepts("客户编号")
    (('customer', 'id'), ('customer', 'number'), ('customer', 'id'))
    >>> concepts("Annual Income (k$)"), concepts("商品单价（元）")
    (('?', 'person'), ('product', 'unit', 'price'))
    """
    text = without_accents(
        unicodedata.normalize("NFKC", name[:_LOOKED_AT]).translate(SIMPLIFIED)
    )
    question = _question(text.lower())
    if question:
        return question
    pieces = pieces_of(_without_asides(text))
    joined = "".join(pieces)
    whole = vocabulary().meanings.get(joined, ())
    if len(whole) > 1 or (whole and len(pieces) > 1 and len(joined) > 5):
        return whole
    if len(pieces) > 1 and pieces[-1] in UNITS and not _HAN.match(pieces[-1]):
        pieces = pieces[:-1]
    chain: list[str] = []
    for piece in _phrases(pieces):
        chain += [concept for concept in _piece(piece) if concept != "the"]
    pairs = zip(["", *chain], chain, strict=False)
    return tuple(
        concept
        for before, concept in pairs
        if (before, concept) != ("email", "address")
    )


def _phrases(pieces: list[str]) -> Iterator[str]:
    """The pieces, those together that are a word of several: ngày, đơn hàng."""
    meanings, start = vocabulary().meanings, 0
    while start < len(pieces):
        together = (
            " ".join(pieces[start : start + length])
            for length in range(min(_LONGEST_PHRASE, len(pieces) - start), 1, -1)
        )
        phrase = next(
            (words for words in together if words in meanings), pieces[start]
        )
        yield phrase
        start += phrase.count(" ") + 1


def _question(text: str) -> tuple[str, ...]:
    """What the answers to a survey's question are: a score or free words.

    Nothing where the name is no question.
    """
    is_long = len(text.split()) >= 6
    is_chinese = _HAN.search(text) and len(text) >= 9 and _ADDRESSED.search(text)
    if not (text.endswith("?") or is_long or is_chinese):
        return ()
    if _OPEN.search(text):
        return ("review", "text")
    if _LIKELY.search(text):
        return ("nps", "score")
    return ("satisfaction", "score") if _SATISFIED.search(text) else ()


def _without_asides(text: str) -> str:
    """A name in lower case, its words apart, without units in brackets and remarks on taxes."""
    text = _BRACKETS.sub(
        lambda match: " " if _is_unit(match[1]) else f" {match[1]} ", text
    )
    text = _TAXED.sub(" ", _CAMEL.sub(" ", text).lower())
    return _PARTY.sub(
        lambda match: " customer " if match[1] == "sold" else " billing ",
        text,
    )


def _is_unit(text: str) -> bool:
    words = re.findall(r"[^\s/,;、]+", text.lower())
    return bool(words) and all(
        word in UNITS or re.fullmatch(r"[\d.\-–~至]+", word) or _is_currency(word)
        for word in words
    )


def _is_currency(word: str) -> bool:
    return all(
        unicodedata.category(letter) == "Sc" or letter in "km" for letter in word
    )


def _piece(piece: str) -> tuple[str, ...]:
    """A run of letters or of Chinese characters as concepts: as a whole, else cut into words."""
    if piece == "#":
        return ("number",)
    meanings = vocabulary().meanings
    if piece in meanings:
        return meanings[piece]
    if piece.endswith("s") and piece[:-1] in meanings:
        return meanings[piece[:-1]]
    return _cut(piece)


def _cut(piece: str) -> tuple[str, ...]:
    """The known words in a run of letters: the fewest left over, then the fewest words."""
    meanings, longest = vocabulary().meanings, vocabulary().longest
    is_chinese = bool(UNSPACED.search(piece))
    # best[i]: (characters not understood, words, chain) for the first i characters
    best: list[tuple[int, int, tuple[str, ...]]] = [(0, 0, ())]
    for end in range(1, len(piece) + 1):
        lost, words, chain = best[end - 1]
        unknown = chain if chain and chain[-1] == "?" else (*chain, "?")
        options = [(lost + 1, words, unknown)]
        for start in range(max(0, end - longest), end):
            word = piece[start:end]
            # short words are trusted at the end of a run of letters only ("orderid", "custno")
            is_at_end = (
                word in _SHORT_WORDS_AT_ENDS and end == len(piece) and start > 2
            )
            if word in meanings and (is_chinese or len(word) >= 4 or is_at_end):
                lost, words, chain = best[start]
                options.append((lost, words + 1, (*chain, *meanings[word])))
        best.append(min(options, key=lambda option: option[:2]))
    lost, _, chain = best[-1]
    if not is_chinese and lost > len(piece) / 2:
        return ("?",)
    return chain
