"""Which language a comment is in: English, Chinese, both, or one that is not read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from crm_analysis.analyses.feedback.vocabulary import known, vocabulary

ENGLISH, CHINESE, MIXED, OTHER, NONE = "en", "zh", "mixed", "other", "none"
READ = (ENGLISH, CHINESE, MIXED)

_HAN = re.compile("[\u3400-\u9fff]")
_LATIN = re.compile("[a-zA-Z\u00c0-\u024f\u1e00-\u1eff]+(?:['’][a-zA-Z]+)?")
_FOREIGN = re.compile(
    "[\u0370-\u052f\u0530-\u06ff\u0900-\u109f\u10a0-\u13ff\u1780-\u17ff\u3040-\u30ff\u1100-\u11ff"
    "\uac00-\ud7af]"
)
_MOSTLY = (
    0.8  # a share of Han characters above it is Chinese, below the rest English
)
_FOREIGN_SHARE = 0.2
_ACCENTS = re.compile("[\u00c0-\u024f\u1e00-\u1eff]")


def languages(texts: Sequence[str]) -> list[str]:
    """The language of each text: "en", "zh", "mixed", "other", or "none" where it has no words.

    By the share of Han characters among these and the words in Latin letters. Of texts in Latin
    letters, short words that only another language has, and accents, tell that it is not English;
    a text without any is what the other texts with its words are.

    Parameters
    ----------
    texts : sequence of str
        As `plain_texts` makes them.

    Returns
    -------
    list of str
        One for each text.

    Examples
    --------
    >>> languages(["送餐很快", "good food", "送餐 very fast but 难吃", "👍👍 10",
    ...     "Sehr gut, aber nicht mit Käse", "とても美味しい"])
    ['zh', 'en', 'mixed', 'none', 'other', 'other']
    """
    found = [_language(text) for text in texts]
    undecided = [row for row, language in enumerate(found) if not language]
    if undecided:
        others = _words_of(texts, found, OTHER) - _words_of(texts, found, ENGLISH)
        for row in undecided:
            words = _lower(texts[row])
            foreign = sum(word in others for word in words)
            found[row] = OTHER if 2 * foreign > len(words) else ENGLISH
    return found


def _words_of(
    texts: Sequence[str], found: Sequence[str], language: str
) -> frozenset[str]:
    return frozenset(
        word
        for text, its in zip(texts, found, strict=True)
        if its == language
        for word in _lower(text)
    )


def _lower(text: str) -> list[str]:
    return [word.lower().replace("’", "'") for word in _LATIN.findall(text)]


def _language(text: str) -> str:
    """The language; nothing where a text in Latin letters has no word that tells it."""
    han, foreign = len(_HAN.findall(text)), len(_FOREIGN.findall(text))
    words = _lower(text)
    if not han and not foreign and not words:
        return NONE
    if foreign > _FOREIGN_SHARE * (han + foreign + len("".join(words))):
        return OTHER
    if not han:
        return _of_latin(words)
    share = han / (han + len(words))
    if share >= _MOSTLY:
        return CHINESE
    return MIXED if share > 1 - _MOSTLY else ENGLISH


def _of_latin(words: Sequence[str]) -> str:
    ours = sum(word in _english() for word in words)
    theirs = max(sum(word in others for word in words) for others in _others())
    theirs += sum(bool(_ACCENTS.search(word)) for word in words)
    if ours or theirs:
        return ENGLISH if ours >= theirs else OTHER
    return ""


@cache
def _english() -> frozenset[str]:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    ours = (
        known("english", "stop")
        | known("english", "common")
        | known("english", "negators")
    )
    return ours | frozenset(SentimentIntensityAnalyzer().lexicon)


@cache
def _others() -> tuple[frozenset[str], ...]:
    return tuple(
        known("languages", name)
        - known("english", "stop")
        - known("english", "common")
        for name in vocabulary("languages")
    )
