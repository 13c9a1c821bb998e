"""Sentiment, by what there is to learn from: labels, few labels, the meaning, or a lexicon."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from crm_analysis.analyses.feedback.labels import NEGATIVE, POSITIVE
from crm_analysis.analyses.feedback.learned import (
    FOLDS,
    Learned,
    TextFeatures,
    distinct_texts,
    learn,
)
from crm_analysis.analyses.feedback.meaning import (
    ASKED_OVER,
    meaning_installed,
    prototype_scores,
    vectors,
)
from crm_analysis.analyses.feedback.measured import Error, agreement, no_agreement
from crm_analysis.analyses.feedback.options import FeedbackOptions
from crm_analysis.analyses.feedback.weak import weak_scores
from crm_analysis.analyses.inference import wilson
from crm_analysis.jobs import Progress
from crm_analysis.messages import Message

Rung = Literal["labels", "few_labels", "meaning", "lexicon"]
LABELS: Rung = "labels"
FEW_LABELS: Rung = "few_labels"
MEANING: Rung = "meaning"
LEXICON: Rung = "lexicon"

ENOUGH = 100  # labels of each class that a model of words is learnt from
FEW = 20  # of each class, from which one of meanings is
LEARNT_FROM = 30_000  # comments, at most
CARD = 20  # labels in all that a count is corrected by
_EACH = 3  # of them at least of each class
_EXTREME = 0.4  # of the lexicon's score
_OUTER = 1 / 3  # of all comments by their meaning, at either end
_WEAK_WEIGHT = 0.3  # of the lexicon beside the meaning, both in standard deviations
_AT_ONCE = 20_000  # texts whose features are in memory
_LEXICON_WEIGHT = 2.5  # log odds of a lexicon's score in a short clause


@dataclass(frozen=True, eq=False)
class Texts:
    """What is read: texts in one form, their tokens with breaks, languages, equal texts."""

    texts: list[str]
    tokens: list[list[str]]
    languages: list[str]
    groups: np.ndarray

    def part(self, rows: np.ndarray) -> Texts:
        """Some of them."""
        if len(rows) == len(self.texts):
            return self
        return Texts(
            [self.texts[row] for row in rows],
            [self.tokens[row] for row in rows],
            [self.languages[row] for row in rows],
            self.groups[rows],
        )


@dataclass(frozen=True, eq=False)
class Sentiment:
    """How comments were read.

    - `rung` : by what
    - `negative` : the chance of being negative; without labels only an order
    - `called` : whether it is called negative; None where only extremes are called
    - `sentiment` : "negative", "positive", or "" where not said
    - `quality` : as `agreement` says it
    - `error` : what a count of those called negative is corrected by; None: needs none
    - `of_clauses` : chance and sentiment of short texts
    """

    rung: Rung
    negative: np.ndarray
    called: np.ndarray | None
    sentiment: np.ndarray
    quality: pd.DataFrame
    error: Error | None
    of_clauses: Callable[[Texts], tuple[np.ndarray, np.ndarray]]
    notes: tuple[Message, ...]

    def share(
        self, rows: np.ndarray, coverage: float
    ) -> tuple[float, float, float]:
        """The share of these comments that is negative, with interval; NaN where not said.

        Wilson's interval of a count; that of Lang and Reiczigel where the count was corrected.
        """
        if self.called is None or not len(rows):
            return np.nan, np.nan, np.nan
        count = int(self.called[rows].sum())
        if self.error is not None:
            return self.error.corrected(count, len(rows), coverage)
        low, high = wilson(count, len(rows), coverage)
        return count / len(rows), float(low), float(high)


def read_sentiment(
    read: Texts, negative: np.ndarray, options: FeedbackOptions, progress: Progress
) -> Sentiment:
    """The sentiment of each text by the best rung there is enough for.

    `negative` is 1 or 0 where somebody said it, else NaN.
    """
    known = np.isfinite(negative)
    fewest = int(min(negative[known].sum(), (1 - negative[known]).sum()))
    texts = distinct_texts(negative, read.groups)
    if fewest >= ENOUGH and texts >= FEW:
        return _by_labels(read, negative, options)
    weak = weak_scores(read.texts, read.tokens, read.languages)
    allowed, notes = _may_use_meaning(len(read.texts), options)
    if not allowed or not read.texts:
        return _by_order(LEXICON, -weak, weak, negative, options, notes)
    points = vectors(read.texts, progress)
    if fewest >= FEW and texts >= 2 * FOLDS:
        return _by_few(points, weak, read, negative, options)
    scores = _standard(prototype_scores(points)) - _WEAK_WEIGHT * _standard(weak)
    return _by_order(MEANING, scores, weak, negative, options, notes)


def _standard(scores: np.ndarray) -> np.ndarray:
    return (scores - scores.mean()) / (float(scores.std()) or 1.0)


def _may_use_meaning(
    count: int, options: FeedbackOptions
) -> tuple[bool, tuple[Message, ...]]:
    if options.meaning is False:
        return False, ()
    if not meaning_installed():
        return False, (Message("feedback.note.no_meaning", {}),)
    if options.meaning is None and count > ASKED_OVER:
        details = {"count": count, "limit": ASKED_OVER}
        return False, (Message("feedback.note.meaning_asked", details),)
    return True, ()


def _by_labels(
    read: Texts, negative: np.ndarray, options: FeedbackOptions
) -> Sentiment:
    chosen, weights = _learnt_from(negative, options.seed)
    some = read.part(chosen)
    features = TextFeatures(some.texts, some.tokens)
    learned = learn(
        features.matrix, negative[chosen], some.groups, options.seed, weights
    )
    scores, chance = learned.scores, learned.negative
    if len(chosen) < len(negative):
        scores, chance = _all_scores(read, chosen, features, learned)
    called = scores > 0
    known = np.isfinite(negative)

    def of_clauses(clauses: Texts) -> tuple[np.ndarray, np.ndarray]:
        from scipy.special import expit

        weak = weak_scores(clauses.texts, clauses.tokens, clauses.languages)
        alone, _ = _predicted(clauses, features, learned)
        both = alone - _LEXICON_WEIGHT * weak
        return expit(both), np.where(both > 0, NEGATIVE, POSITIVE).astype(object)

    quality = agreement(
        scores[known], called[known], negative[known], options.coverage
    )
    return Sentiment(
        LABELS,
        chance,
        called,
        _named(called),
        quality,
        _error_of(quality) if _tells_apart(quality) else None,
        of_clauses,
        (),
    )


def _learnt_from(negative: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """All comments; of very many, so many with a label, and of how many each stands for.

    The rarer kind has up to half of the places.
    """
    if len(negative) <= LEARNT_FROM:
        return np.arange(len(negative)), np.ones(len(negative))
    rng = np.random.default_rng(seed)
    kinds = [np.flatnonzero(negative == value) for value in (0, 1)]
    smaller = min(len(kind) for kind in kinds)
    count = [
        min(len(kind), max(LEARNT_FROM // 2, LEARNT_FROM - smaller))
        for kind in kinds
    ]
    drawn = [
        rng.choice(kind, size, replace=False)
        for kind, size in zip(kinds, count, strict=True)
    ]
    weights = np.zeros(len(negative))
    for kind, rows in zip(kinds, drawn, strict=True):
        weights[rows] = len(kind) / len(rows)
    chosen = np.sort(np.concatenate(drawn))
    return chosen, weights[chosen]


def _predicted(
    texts: Texts, features: TextFeatures, learned: Learned
) -> tuple[np.ndarray, np.ndarray]:
    """Scores and chances of further texts, some at a time."""
    scores, chance = np.empty(len(texts.texts)), np.empty(len(texts.texts))
    for start in range(0, len(scores), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        matrix = features.of(texts.texts[part], texts.tokens[part])
        scores[part], chance[part] = learned.predict(matrix)
    return scores, chance


def _all_scores(
    read: Texts, chosen: np.ndarray, features: TextFeatures, learned: Learned
) -> tuple[np.ndarray, np.ndarray]:
    """Scores and chances of all; a text that was learnt from has that of a model without it."""
    scores, chance = _predicted(read, features, learned)
    groups, first = np.unique(read.groups[chosen], return_index=True)
    place = np.minimum(np.searchsorted(groups, read.groups), len(groups) - 1)
    seen = groups[place] == read.groups
    scores[seen] = learned.scores[first[place[seen]]]
    chance[seen] = learned.negative[first[place[seen]]]
    return scores, chance


def _by_few(
    points: np.ndarray,
    weak: np.ndarray,
    read: Texts,
    negative: np.ndarray,
    options: FeedbackOptions,
) -> Sentiment:
    learned = learn(points, negative, read.groups, options.seed)
    called = learned.scores > 0
    known = np.isfinite(negative)
    quality = agreement(
        learned.scores[known], called[known], negative[known], options.coverage
    )
    error = _error_of(quality)
    return Sentiment(
        FEW_LABELS,
        learned.negative,
        called,
        _named(called),
        quality,
        error,
        _weak_clauses,
        (),
    )


def _by_order(
    rung: Rung,
    scores: np.ndarray,
    weak: np.ndarray,
    negative: np.ndarray,
    options: FeedbackOptions,
    notes: tuple[Message, ...],
) -> Sentiment:
    """Comments in order, and the extremes; with a card of labels a cut and a corrected count."""
    from scipy.special import expit

    chance = (1 + scores) / 2 if rung == LEXICON else expit(2 * scores)
    known = np.flatnonzero(np.isfinite(negative))
    said = negative[known].astype(bool)
    enough = len(known) >= CARD and min(said.sum(), (~said).sum()) >= _EACH
    if not enough:
        sentiment = _extremes(rung, scores, weak)
        quality = no_agreement()
        return Sentiment(
            rung, chance, None, sentiment, quality, None, _weak_clauses, notes
        )
    called = scores > middle_cut(scores[known], said)
    apart = _called_without_itself(scores[known], said)
    quality = agreement(scores[known], apart, negative[known], options.coverage)
    return Sentiment(
        rung,
        chance,
        called,
        _named(called),
        quality,
        _error_of(quality),
        _weak_clauses,
        notes,
    )


def middle_cut(scores: np.ndarray, said: np.ndarray) -> float:
    """The score above which to call a comment negative: midway between the means of both kinds.

    It is a poorer cut than the best one of the card, and a better one of all comments: of 50 labels
    the best cut is chance, and so is what it seems to be worth.

    >>> middle_cut(np.array([0.0, 0.25, 0.75, 1.0]), np.array([False, False, True, True]))
    0.5
    """
    return float((scores[said].mean() + scores[~said].mean()) / 2)


def _called_without_itself(scores: np.ndarray, said: np.ndarray) -> np.ndarray:
    """What each labelled comment is called by a cut that the others decide."""
    called = np.empty(len(scores), dtype=bool)
    rows = np.arange(len(scores))
    for row in rows:
        others = rows != row
        called[row] = scores[row] > middle_cut(scores[others], said[others])
    return called


def _extremes(rung: Rung, scores: np.ndarray, weak: np.ndarray) -> np.ndarray:
    worst, best = weak <= -_EXTREME, weak >= _EXTREME
    if rung == MEANING and len(scores):
        low, high = np.quantile(scores, [_OUTER, 1 - _OUTER])
        worst, best = (scores >= high) & (weak < 0), (scores <= low) & (weak > 0)
    sentiment = np.full(len(scores), "", dtype=object)
    sentiment[worst], sentiment[best] = NEGATIVE, POSITIVE
    return sentiment


def _tells_apart(quality: pd.DataFrame) -> bool:
    """Whether a reading is right more often than chance, so that its counts can be corrected."""
    values = quality.set_index("measure")["value"]
    return bool(values["sensitivity"] + values["specificity"] > 1)


def _error_of(quality: pd.DataFrame) -> Error:
    values = quality.set_index("measure")["value"]
    return Error(
        float(values["sensitivity"]),
        float(values["specificity"]),
        int(quality["negative"].iloc[0]),
        int(quality["positive"].iloc[0]),
    )


def _named(called: np.ndarray) -> np.ndarray:
    return np.where(called, NEGATIVE, POSITIVE).astype(object)


def _weak_clauses(clauses: Texts) -> tuple[np.ndarray, np.ndarray]:
    weak = weak_scores(clauses.texts, clauses.tokens, clauses.languages)
    sentiment = np.full(len(weak), "", dtype=object)
    sentiment[weak > 0], sentiment[weak < 0] = POSITIVE, NEGATIVE
    return (1 - weak) / 2, sentiment


def contradicting(
    read: Sequence[int], weak: np.ndarray, negative: np.ndarray
) -> tuple[int, int]:
    """Of comments that sound clearly good or bad and have a label, how many contradict it."""
    clear = np.isfinite(negative[list(read)]) & (np.abs(weak) >= _EXTREME)
    sounds_bad = weak[clear] < 0
    says_bad = negative[list(read)][clear] > 0.5
    return int((sounds_bad != says_bad).sum()), int(clear.sum())
