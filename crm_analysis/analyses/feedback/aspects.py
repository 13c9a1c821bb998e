"""What each clause of a comment is about, and how it speaks of that."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
import pandas as pd

from crm_analysis.analyses.feedback.labels import NEGATIVE, POSITIVE
from crm_analysis.analyses.feedback.language import languages
from crm_analysis.analyses.feedback.sentiment import Sentiment, Texts
from crm_analysis.analyses.feedback.vocabulary import known, vocabulary
from crm_analysis.analyses.feedback.words import BREAK, tokens
from crm_analysis.analyses.inference import wilson

CLAUSES = ["row", "position", "clause", "aspect", "sentiment", "negative"]
_MOST_SUGGESTED = 15
_FEWEST = 5  # comments with a noun that is suggested


def aspect_table() -> pd.DataFrame:
    """The aspects there are and the words each is known by, to be edited.

    Returns
    -------
    pandas.DataFrame
        aspect (delivery, quality, price, service, packaging, app, returns), words (of both
        languages, with spaces between).

    Examples
    --------
    >>> aspect_table()["aspect"].tolist()
    ['delivery', 'quality', 'price', 'service', 'packaging', 'app', 'returns']
    """
    rows = [
        (aspect, " ".join(words.values()))
        for aspect, words in vocabulary("aspects").items()
    ]
    return pd.DataFrame(rows, columns=["aspect", "words"])


def clauses_of(texts: Sequence[str]) -> list[list[str]]:
    """Each text in clauses: parted at marks, and at but, however, 但, 不过.

    >>> clauses_of(["送餐快但是难吃", "Tasty, but 3.5 hours late!"])
    [['送餐快', '难吃'], ['Tasty', '3.5 hours late']]
    """
    cut = _clause_ends().split
    return [[part.strip() for part in cut(text) if part.strip()] for text in texts]


@cache
def _clause_ends() -> re.Pattern[str]:
    english = "|".join(sorted(known("english", "breaks")))
    chinese = sorted(
        known("chinese", "breaks") - {"但", "不过"}, key=len, reverse=True
    )
    return re.compile(
        rf"[,;!?。、，；！？…\n]|(?<!\d)\.|\.(?!\d)|\b(?:{english})\b"
        rf"|{'|'.join(chinese)}|(?<!不)但|不过(?!敏|期|瘾|来|去|关)",
        re.IGNORECASE,
    )


def find_clauses(
    texts: Sequence[str],
    table: Sequence[tuple[str, str]],
    sentiment: Sentiment,
    products: Sequence[str],
) -> pd.DataFrame:
    """The clauses that speak of an aspect.

    Returns
    -------
    pandas.DataFrame
        A row a clause and aspect: row (of the texts), position (of the clause in its text, from 1),
        clause, aspect, sentiment ("negative", "positive", "" where no word says it), negative (the
        chance of it).
    """
    patterns = {aspect: _pattern(words) for aspect, words in table}
    rows: list[tuple[int, int, str, str]] = []
    for row, parts in enumerate(clauses_of(texts)):
        for position, clause in enumerate(parts, 1):
            rows += [
                (row, position, clause, aspect)
                for aspect, pattern in patterns.items()
                if pattern is not None and pattern.search(clause)
            ]
    clauses = pd.DataFrame(rows, columns=CLAUSES[:4])
    if clauses.empty:
        return clauses.assign(sentiment="", negative=np.nan)
    number, distinct = pd.factorize(clauses["clause"])
    parts = [str(clause) for clause in distinct]
    read = Texts(
        parts, tokens(parts, products), languages(parts), np.arange(len(parts))
    )
    negative, said = sentiment.of_clauses(read)
    return clauses.assign(sentiment=said[number], negative=negative[number])


def _pattern(words: str) -> re.Pattern[str] | None:
    listed = [word for word in re.split(r"[\s,，、;；]+", words.lower()) if word]
    latin = [re.escape(word) for word in listed if word.isascii()]
    others = [re.escape(word) for word in listed if not word.isascii()]
    parts = [rf"(?<![a-z])(?:{'|'.join(latin)})(?![a-z])"] if latin else []
    parts += ["|".join(others)] if others else []
    return re.compile("|".join(parts), re.IGNORECASE) if parts else None


def count_aspects(
    clauses: pd.DataFrame, aspects: Sequence[str], shares: bool, coverage: float
) -> pd.DataFrame:
    """How often each aspect is spoken of, and how.

    Returns
    -------
    pandas.DataFrame
        A row an aspect, most spoken of first: aspect, clauses, comments, positive, negative
        (clauses); share_negative (of those that say something) with Wilson's lo, hi: NaN where
        nothing was learnt from labels.
    """
    rows = []
    for aspect in aspects:
        ours = clauses[clauses["aspect"] == aspect]
        positive = int((ours["sentiment"] == POSITIVE).sum())
        negative = int((ours["sentiment"] == NEGATIVE).sum())
        share, low, high = np.nan, np.nan, np.nan
        if shares and positive + negative:
            share = negative / (positive + negative)
            low, high = map(float, wilson(negative, positive + negative, coverage))
        comments = int(ours["row"].nunique())
        rows.append(
            (aspect, len(ours), comments, positive, negative, share, low, high)
        )
    table = pd.DataFrame(
        rows,
        columns=[
            *("aspect", "clauses", "comments", "positive", "negative"),
            *("share_negative", "lo", "hi"),
        ],
    )
    return table.sort_values(
        "comments", ascending=False, kind="stable", ignore_index=True
    )


def suggest_nouns(
    contents: Sequence[Sequence[str]],
    tokens: Sequence[Sequence[str]],
    table: Sequence[tuple[str, str]],
) -> pd.DataFrame:
    """Things that comments speak of and no aspect has yet.

    Chinese nouns by the dictionary, English words that often stand after an article.

    Returns
    -------
    pandas.DataFrame
        The commonest first: word, comments.
    """
    counts: dict[str, int] = {}
    for words in contents:
        for word in set(words):
            counts[word] = counts.get(word, 0) + 1
    after = _after_articles(tokens)
    patterns = [pattern for _, words in table if (pattern := _pattern(words))]
    rows: list[tuple[str, int]] = []
    for word, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        if count < _FEWEST or len(rows) == _MOST_SUGGESTED:
            break
        is_noun = (
            _is_noun(word)
            if not word.isascii()
            else after.get(word, 0) > 0.3 * count
        )
        if is_noun and not any(pattern.search(word) for pattern in patterns):
            rows.append((word, count))
    return pd.DataFrame(rows, columns=["word", "comments"])


_ARTICLES = frozenset(["the", "my", "this", "our", "your", "these", "those"])


def _after_articles(tokens: Sequence[Sequence[str]]) -> Mapping[str, int]:
    counts: dict[str, int] = {}
    for run in tokens:
        after = {
            word
            for article, word in itertools.pairwise(run)
            if article in _ARTICLES and word != BREAK
        }
        for word in after:
            counts[word] = counts.get(word, 0) + 1
    return counts


@cache
def _is_noun(word: str) -> bool:
    import rjieba

    kinds = rjieba.tag(word)
    return len(kinds) == 1 and kinds[0][1].startswith("n") and len(word) > 1
