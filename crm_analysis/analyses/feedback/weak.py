"""Sentiment without anything to learn from: VADER for English, our short lexicon for Chinese.

It orders comments and finds the extremes; where its zero lies, nobody knows.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from crm_analysis.analyses.feedback.language import CHINESE, ENGLISH, MIXED
from crm_analysis.analyses.feedback.vocabulary import known

_WEIGHTS = {"best": 2.0, "good": 1.0, "bad": -1.0, "worst": -2.0}
_STRONGER, _WEAKER = 1.5, 0.6


def weak_scores(
    texts: Sequence[str], tokens: Sequence[Sequence[str]], languages: Sequence[str]
) -> np.ndarray:
    """How good each text sounds: above 0 good, below 0 bad, 0 where no word says it.

    Parameters
    ----------
    texts, tokens, languages : sequences
        A text, its tokens with breaks, and its language.

    Returns
    -------
    numpy.ndarray
        From -1 to 1; of a mixed text the two lexicons together.

    References
    ----------
    Hutto and Gilbert (2014), VADER, ICWSM 8, 216-225.

    Examples
    --------
    >>> good, bad = ["好吃", "不贵"], ["不好吃"]
    >>> weak_scores(["好吃不贵", "不好吃"], [good, bad], ["zh", "zh"]).round(2).tolist()
    [0.82, -0.58]
    """
    scores = np.zeros(len(texts))
    for row, language in enumerate(languages):
        scores[row] = _READERS.get(language, _nothing)(texts[row], tokens[row])
    return scores


def _chinese(text: str, tokens: Sequence[str]) -> float:
    total = sum(_word_scores(tokens))
    return float(total / np.sqrt(total * total + 2))


def _english(text: str, tokens: Sequence[str]) -> float:
    return float(_vader().polarity_scores(text)["compound"])


def _mixed(text: str, tokens: Sequence[str]) -> float:
    return (_chinese(text, tokens) + _english(text, tokens)) / 2


def _nothing(text: str, tokens: Sequence[str]) -> float:
    return 0.0


_READERS = {CHINESE: _chinese, ENGLISH: _english, MIXED: _mixed}


def _word_scores(tokens: Sequence[str]) -> list[float]:
    """What each word of the lexicon says, a word of degree before it taken into account."""
    scores, degree = [], 1.0
    lexicon = _lexicon()
    for token in tokens:
        score = lexicon.get(token)
        if score is None and len(token) > 1 and token[0] in _turning():
            turned = lexicon.get(token[1:])
            score = None if turned is None else -0.8 * turned
        if score is not None:
            scores.append(degree * score)
        degree = _degrees().get(token, 1.0)
    return scores


@cache
def _lexicon() -> dict[str, float]:
    scores: dict[str, float] = {}
    for name, weight in _WEIGHTS.items():
        for word in known("chinese", name):
            if abs(weight) > abs(scores.get(word, 0.0)):
                scores[word] = weight
    return scores


@cache
def _degrees() -> dict[str, float]:
    stronger = dict.fromkeys(known("chinese", "stronger"), _STRONGER)
    return stronger | dict.fromkeys(known("chinese", "weaker"), _WEAKER)


@cache
def _turning() -> frozenset[str]:
    return frozenset(word[0] for word in known("chinese", "negators"))


@cache
def _vader() -> Any:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    return SentimentIntensityAnalyzer()
