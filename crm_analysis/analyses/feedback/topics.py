"""What comments are about: topics of words that go together, as many as hold together."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from crm_analysis.analyses.feedback.factors import (
    SparseRows,
    beginnings,
    factorise,
    weigh,
)
from crm_analysis.analyses.feedback.keywords import WordCounts
from crm_analysis.analyses.feedback.options import FeedbackOptions
from crm_analysis.analyses.feedback.vocabulary import known
from crm_analysis.jobs import Progress

OTHER = "other"
FEWEST = 200  # comments that topics are sought in

_NUMBERS = range(2, 16)
_SAMPLES, _SAMPLE = 10, 1_500
_SHARE = 0.8
_STEPS, _LAST_STEPS = 15, 60
_FEWEST_WORDS, _MOST_WORDS = 6, 800
_COMMONEST = 0.5  # of comments: a word in more tells nothing
_PRIOR = 2.0  # comments, that two words meet as often as by chance
_TOP = 10  # words that a topic is judged by
_UNSTABLE = 0.5
_ALIKE = 0.3  # cosine of two topics that are one
_DOMINANT = 0.4  # of a comment's weight
_FITTED = 20_000  # comments that topics are fitted on; the rest are weighed


@dataclass(frozen=True, eq=False)
class Topics:
    """Topics and which comment has which.

    - `words` : of each topic its ten words
    - `assigned` : of each comment its topic's number, -1 for other
    - `nearest` : of each topic, comments of its own, the nearest first
    - `coherence`, `stability` : of each topic
    """

    words: list[list[str]]
    assigned: np.ndarray
    nearest: list[np.ndarray]
    coherence: np.ndarray
    stability: np.ndarray

    @property
    def names(self) -> list[str]:
        """Three words each."""
        return [" · ".join(words[:3]) for words in self.words]


def no_topics(count: int) -> Topics:
    """Where there is too little to find topics in."""
    empty = np.array([])
    return Topics([], np.full(count, -1), [], empty, empty)


def find_topics(
    contents: Sequence[Sequence[str]], options: FeedbackOptions, progress: Progress
) -> Topics:
    """Topics of comments by non-negative factors (KL) of TF-IDF.

    The number is the one whose topics hold together (NPMI of their ten words) and come again in ten
    subsamples: the product of the two is largest. A topic that comes again in under half joins one
    that is like it; where none is, it stays and is marked (`stable` in `Feedback.topics`).

    Two departures. Counts of NPMI are drawn towards chance by two comments, as two rare words that
    did not meet in short comments would else count as opposites. Words of mere praise and blame
    are no words of topics, as those would be sentiments. Measured on the sample's comments, whose
    topics are planted: without the first the same 10 topics are found in both languages (adjusted
    Rand index .71 in English and .73 in Chinese both ways); without the second as many in English
    (.72), but the least stable comes again by .87 instead of .98.

    References
    ----------
    Lee and Seung (1999), Nature 401; Bouma (2009) for NPMI; Greene, O'Callaghan and Cunningham
    (2014), How Many Topics?, for stability.
    """
    counts = WordCounts(contents, fewest=max(3, len(contents) // 2000), most=None)
    if counts.matrix is None:
        return no_topics(len(contents))
    kept = _telling(counts)
    if len(kept) < _FEWEST_WORDS:
        return no_topics(len(contents))
    matrix, words = _weighted(counts, kept), counts.words[kept]
    rng = np.random.default_rng(options.seed)
    together = _npmi(counts, words)
    samples = _samples(matrix, rng)
    number, solutions = _choose(samples, together, options, progress)
    progress(0.9, "feedback.step.topics")
    solution = _fit(matrix, number, rng, options.seed)
    stability = np.mean([_matched(solution, each)[0] for each in solutions], axis=0)
    solution, stability = _merged(solution, stability)
    weights = _all_weights(matrix, solution)
    return _described(matrix, words, solution, weights, together, stability)


def _telling(counts: WordCounts) -> np.ndarray:
    """The columns of the commonest words that are not in nearly all comments, nor mere praise."""
    among = np.asarray(counts.matrix.sum(axis=0)).ravel()
    telling = np.array([word not in _general() for word in counts.words])
    kept = np.flatnonzero((among <= _COMMONEST * counts.matrix.shape[0]) & telling)
    return np.sort(kept[np.argsort(-among[kept], kind="stable")[:_MOST_WORDS]])


def _weighted(counts: WordCounts, kept: np.ndarray) -> Any:
    """TF-IDF of some words, rows of length one."""
    from sklearn.preprocessing import normalize

    matrix = counts.matrix[:, kept]
    among = np.asarray(matrix.sum(axis=0)).ravel()
    weight = np.log(matrix.shape[0] / among) + 1
    return normalize(matrix.multiply(weight).tocsr())


@cache
def _general() -> frozenset[str]:
    return known("english", "general") | known("chinese", "general")


def _npmi(counts: WordCounts, words: np.ndarray) -> np.ndarray:
    """Of each two words, how much oftener than by chance they stand in one comment (-1 to 1).

    Counts are drawn towards chance, as two rare words that never met in short comments say nothing.
    """
    columns = np.searchsorted(counts.words, words)
    matrix = counts.matrix[:, columns]
    rows = matrix.shape[0]
    both = np.asarray((matrix.T @ matrix).todense(), dtype=float)
    alone = np.diag(both)
    lift = (both + _PRIOR) / (np.outer(alone, alone) / rows + _PRIOR)
    return np.log(lift) / np.log((rows + _PRIOR) / (both + _PRIOR) + 1e-9)


def _samples(matrix: Any, rng: np.random.Generator) -> list[Any]:
    rows = matrix.shape[0]
    size = min(int(_SHARE * rows), _SAMPLE)
    return [
        matrix[np.sort(rng.choice(rows, size, replace=False))]
        for _ in range(_SAMPLES)
    ]


def _choose(
    samples: list[Any],
    together: np.ndarray,
    options: FeedbackOptions,
    progress: Progress,
) -> tuple[int, list[np.ndarray]]:
    """The number of topics, and the topics of each sample at it."""
    numbers = [options.topics] if options.topics else list(_NUMBERS)
    largest = min(*samples[0].shape) - 1
    numbers = [number for number in numbers if number <= largest] or [largest]
    tables = [SparseRows(sample) for sample in samples]
    starts = [beginnings(sample, max(numbers), options.seed) for sample in samples]
    tried: list[tuple[float, int, list[np.ndarray]]] = []
    for position, number in enumerate(numbers):
        progress(0.9 * position / len(numbers), "feedback.step.topics")
        solutions = [
            factorise(table, start[:number], _STEPS)[1]
            for table, start in zip(tables, starts, strict=True)
        ]
        coherent = np.mean(
            [_coherence(each, together).mean() for each in solutions]
        )
        again = np.mean(
            [
                _matched(one, other)[0].mean()
                for one, other in itertools.pairwise(solutions)
            ]
        )
        tried.append((max(float(coherent), 0.01) * float(again), number, solutions))
    _, chosen, kept = max(tried, key=lambda each: each[0])
    return chosen, kept


def _coherence(topics: np.ndarray, together: np.ndarray) -> np.ndarray:
    """The mean NPMI of each topic's ten words."""
    values = []
    for topic in topics:
        top = np.argsort(-topic)[:_TOP]
        pairs = together[np.ix_(top, top)][np.triu_indices(len(top), 1)]
        values.append(pairs.mean())
    return np.array(values)


def _matched(one: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How alike each topic and the one it is matched with are (cosine), and which that is."""
    from scipy.optimize import linear_sum_assignment

    alike = _cosine(one, other)
    rows, columns = linear_sum_assignment(-alike)
    values, partner = np.zeros(len(one)), np.full(len(one), -1)
    values[rows], partner[rows] = alike[rows, columns], columns
    return values, partner


def _cosine(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    one = one / np.linalg.norm(one, axis=1, keepdims=True)
    return one @ (other / np.linalg.norm(other, axis=1, keepdims=True)).T


def _fit(
    matrix: Any, number: int, rng: np.random.Generator, seed: int
) -> np.ndarray:
    rows = matrix.shape[0]
    if rows > _FITTED:
        matrix = matrix[np.sort(rng.choice(rows, _FITTED, replace=False))]
    start = beginnings(matrix, number, seed)
    return factorise(SparseRows(matrix), start, _LAST_STEPS)[1]


def _merged(
    topics: np.ndarray, stability: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Topics that do not come again, joined with the one they are most like, where they are."""
    while len(topics) > _NUMBERS[0] and stability.min() < _UNSTABLE:
        weakest = int(stability.argmin())
        alike = _cosine(topics[[weakest]], topics)[0]
        alike[weakest] = -1
        partner = int(alike.argmax())
        if alike[partner] < _ALIKE:
            break
        topics = topics.copy()
        topics[partner] = (topics[partner] + topics[weakest]) / 2
        topics = np.delete(topics, weakest, axis=0)
        stability = np.delete(stability, weakest)
    return topics, stability


def _all_weights(matrix: Any, topics: np.ndarray) -> np.ndarray:
    parts = [
        weigh(SparseRows(matrix[start : start + _FITTED]), topics)
        for start in range(0, matrix.shape[0], _FITTED)
    ]
    return np.vstack(parts)


def _described(
    matrix: Any,
    words: np.ndarray,
    topics: np.ndarray,
    weights: np.ndarray,
    together: np.ndarray,
    stability: np.ndarray,
) -> Topics:
    """Topics with the most comments first."""
    total = weights.sum(axis=1)
    share = weights.max(axis=1) / np.maximum(total, 1e-12)
    empty = np.diff(matrix.indptr) == 0
    assigned = np.where((share >= _DOMINANT) & ~empty, weights.argmax(axis=1), -1)
    order = np.argsort(
        -np.bincount(assigned[assigned >= 0], minlength=len(topics)), kind="stable"
    )
    place = np.empty(len(topics), dtype=int)
    place[order] = np.arange(len(topics))
    assigned = np.where(assigned >= 0, place[assigned], -1)
    topics = topics[order]
    length = topics / np.linalg.norm(topics, axis=1, keepdims=True)
    nearness = matrix @ length.T
    nearest = []
    for number in range(len(topics)):
        own = np.flatnonzero(assigned == number)
        nearest.append(own[np.argsort(-nearness[own, number], kind="stable")])
    named = [
        [str(words[column]) for column in np.argsort(-topic)[:_TOP]]
        for topic in topics
    ]
    return Topics(
        named, assigned, nearest, _coherence(topics, together), stability[order]
    )
