"""Sentiment learnt from labels: which comments sound like those that somebody called negative."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from crm_analysis.analyses.feedback.words import BREAK

FOLDS = 5
_REPEATS, _MORE_REPEATS, _LARGE = (
    3,
    5,
    5_000,
)  # of the folds, by the number of labels
_PENALTY = 4.0  # scikit-learn's C
_TOLERANCE = 0.1  # of liblinear's dual: a tighter one costs five times as much and is as good


@dataclass(frozen=True, eq=False)
class Learned:
    """What the labels teach of each comment.

    - `scores` : log odds of being negative as a balanced model gives them; of labelled comments by
      a model that has not seen them
    - `negative` : the chance of being negative, calibrated
    - `predict` : scores and chances of further features
    """

    scores: np.ndarray
    negative: np.ndarray
    predict: Callable[[Any], tuple[np.ndarray, np.ndarray]]


def learn(
    features: Any,
    negative: np.ndarray,
    groups: np.ndarray,
    seed: int,
    weights: np.ndarray | None = None,
) -> Learned:
    """Logistic regression (C 4, classes balanced), five folds, equal texts in one fold.

    The folds are drawn several times; a comment's score is the mean of models that have not seen
    it.

    Parameters
    ----------
    features : matrix, shape (comments, features)
        Sparse or not.
    negative : numpy.ndarray
        1 for negative, 0 for positive, NaN where it is not known.
    groups : numpy.ndarray
        Equal for equal texts.
    weights : numpy.ndarray, optional
        Of how many comments each stands for, where the kinds were drawn unequally.

    Returns
    -------
    Learned
        Scores and chances of all comments, also of those without a label.

    References
    ----------
    Platt (1999) for the calibration.
    """
    known = np.flatnonzero(np.isfinite(negative))
    said = negative[known].astype(int)
    repeats = _REPEATS if len(known) > _LARGE else _MORE_REPEATS
    held_out = np.zeros(len(known))
    for repeat in range(repeats):
        fold = folds(said, groups[known], seed + repeat)
        for number in range(FOLDS):
            inside, outside = known[fold != number], known[fold == number]
            model = _fit(features[inside], said[fold != number], seed)
            scores = model.decision_function(features[outside])
            held_out[fold == number] += scores / repeats
    calibrated = _calibration(
        held_out, said, None if weights is None else weights[known]
    )
    whole = _fit(features[known], said, seed)

    def predict(more: Any) -> tuple[np.ndarray, np.ndarray]:
        scores = whole.decision_function(more)
        return scores, calibrated(scores)

    scores = np.empty(len(negative))
    scores[known] = held_out
    unknown = np.flatnonzero(~np.isfinite(negative))
    if len(unknown):
        scores[unknown] = whole.decision_function(features[unknown])
    return Learned(scores, calibrated(scores), predict)


def _fit(features: Any, said: np.ndarray, seed: int) -> Any:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(
        C=_PENALTY,
        class_weight="balanced",
        solver="liblinear",
        dual=True,
        tol=_TOLERANCE,
        max_iter=1000,
        random_state=seed,
    )
    return model.fit(features, said)


def _calibration(
    scores: np.ndarray, said: np.ndarray, weights: np.ndarray | None
) -> Callable[[np.ndarray], np.ndarray]:
    from scipy.special import expit
    from sklearn.linear_model import LogisticRegression

    line = LogisticRegression(C=1e6).fit(scores[:, None], said, weights)
    slope, start = max(float(line.coef_[0, 0]), 0.0), float(line.intercept_[0])
    return lambda new: expit(start + slope * new)


def distinct_texts(negative: np.ndarray, groups: np.ndarray) -> int:
    """How many different texts the rarer kind of label stands at; folds are made of texts."""
    known = np.isfinite(negative)
    _, first = np.unique(groups[known], return_index=True)
    bad = negative[known][first].astype(bool)
    return int(min(bad.sum(), (~bad).sum()))


def folds(said: np.ndarray, groups: np.ndarray, seed: int) -> np.ndarray:
    """A fold for each row: classes spread evenly, rows of a group together.

    >>> folds(np.array([0, 0, 1, 1]), np.array([5, 5, 6, 7]), 0)[:2].tolist() in ([0, 0], [1, 1])
    True
    """
    rng = np.random.default_rng(seed)
    distinct, first, group = np.unique(
        groups, return_index=True, return_inverse=True
    )
    fold = np.empty(len(distinct), dtype=int)
    start = 0
    for value in (0, 1):
        ours = rng.permutation(np.flatnonzero(said[first] == value))
        fold[ours] = (start + np.arange(len(ours))) % FOLDS
        start += len(ours)
    return fold[group]


def text_features(
    texts: Sequence[str], tokens: Sequence[Sequence[str]]
) -> TextFeatures:
    """TF-IDF of characters 1-2 and words 1-2, fitted on these texts."""
    return TextFeatures(texts, tokens)


class TextFeatures:
    """Texts as TF-IDF of characters 1-2 and words 1-2; `matrix` is that of the texts given."""

    def __init__(
        self, texts: Sequence[str], tokens: Sequence[Sequence[str]]
    ) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer

        common: dict[str, Any] = {"sublinear_tf": True, "dtype": np.float32}
        self._signs = TfidfVectorizer(
            analyzer="char", ngram_range=(1, 2), min_df=_fewest(texts), **common
        )
        self._words = TfidfVectorizer(
            analyzer=_one_and_two, min_df=_fewest(tokens), **common
        )
        self.matrix = self._both(
            self._signs.fit_transform(texts), self._words.fit_transform(tokens)
        )

    def of(self, texts: Sequence[str], tokens: Sequence[Sequence[str]]) -> Any:
        """Features of further texts."""
        return self._both(
            self._signs.transform(texts), self._words.transform(tokens)
        )

    @staticmethod
    def _both(signs: Any, words: Any) -> Any:
        from scipy.sparse import hstack

        return hstack([signs, words], format="csr")


def _fewest(texts: Sequence[Iterable[str]]) -> int:
    """In how many texts a term must be to be learnt from: two, where any is in two."""
    seen: set[str] = set()
    for terms in texts:
        distinct = set(terms) - {BREAK}
        if not seen.isdisjoint(distinct):
            return 2
        seen |= distinct
    return 1


def _one_and_two(tokens: Sequence[str]) -> list[str]:
    """Words and pairs of neighbours; no pair goes over the end of a clause."""
    words = [token for token in tokens if token != BREAK]
    pairs = [
        f"{one} {two}"
        for one, two in pairwise(tokens)
        if one != BREAK and two != BREAK
    ]
    return words + pairs or [BREAK]
