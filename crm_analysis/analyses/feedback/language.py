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
_ENOUGH = 4  # words that say whether a text in Latin letters is English
_ACCENTS = re.compile("[\u00c0-\u024f\u1e00-\u1eff]")


def languages(texts: Sequence[str]) -> list[str]:
    """The language of each text: "en", "zh", "mixed", "other", or "none" where it has no words.

    By the share of Han characters among these and the words in Latin letters. Of texts in Latin
    letters, short words that only another language has tell that it is not English.

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
    return [_language(text) for text in texts]


def _language(text: str) -> str:
    han, foreign = len(_HAN.findall(text)), len(_FOREIGN.findall(text))
    words = _LATIN.findall(text)
    if not han and not foreign and not words:
        return NONE
    if foreign > _FOREIGN_SHARE * (han + foreign + len("".join(words))):
        return OTHER
    if not han:
        return ENGLISH if _is_english(words) else OTHER
    share = han / (han + len(words))
    if share >= _MOSTLY:
        return CHINESE
    return MIXED if share > 1 - _MOSTLY else ENGLISH


def _is_english(words: Sequence[str]) -> bool:
    lower = [word.lower().replace("’", "'") for word in words]
    ours = sum(word in _english() for word in lower)
    theirs = max(sum(word in others for word in lower) for others in _others())
    accents = sum(bool(_ACCENTS.search(word)) for word in lower)
    if theirs + accents == 0:
        return ours > 0 or len(lower) < _ENOUGH
    return ours >= theirs + accents


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
