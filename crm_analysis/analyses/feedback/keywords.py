"""Words that one group of comments uses more than another, by log-odds with a prior."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from crm_analysis.analyses.inference import benjamini_hochberg

COLUMNS = [
    "contrast",
    "word",
    "side",
    "count",
    "count_other",
    "log_odds",
    "z",
    "p_adjusted",
]

_PRIOR = 500.0  # words that the prior is worth
_FEWEST = 5  # comments with a word that is compared
_MOST = 20  # words a side
_FEWEST_COMMENTS = 10  # of a group that is compared


class WordCounts:
    """How many comments have each word: a row a comment, a word counted once in each."""

    def __init__(
        self,
        contents: Sequence[Sequence[str]],
        fewest: int = 3,
        most: int | None = None,
    ) -> None:
        from sklearn.feature_extraction.text import CountVectorizer

        counter = CountVectorizer(
            analyzer=set, min_df=fewest, max_features=most, dtype=np.float32
        )
        self.words: np.ndarray = np.array([], dtype=object)
        self.matrix: Any = None
        if _has_words(contents, fewest):
            self.matrix = counter.fit_transform(contents)
            self.words = counter.get_feature_names_out()


def _has_words(contents: Sequence[Sequence[str]], fewest: int) -> bool:
    seen: dict[str, int] = {}
    for words in contents:
        for word in set(words):
            seen[word] = seen.get(word, 0) + 1
            if seen[word] >= fewest:
                return True
    return False


def contrast(
    counts: WordCounts,
    name: str,
    sides: tuple[str, str],
    first: np.ndarray,
    second: np.ndarray,
) -> pd.DataFrame:
    """The words that two groups of comments differ in.

    Parameters
    ----------
    counts : WordCounts
        Of all comments.
    name, sides : str and tuple of str
        What the contrast is called, and its two sides.
    first, second : numpy.ndarray
        Whether each comment is on the one side, on the other.

    Returns
    -------
    pandas.DataFrame
        Up to 20 words a side: contrast, word, side; count, count_other (comments with it on that
        side and on the other); log_odds, z (positive), p_adjusted over all words compared.

    References
    ----------
    Monroe, Colaresi and Quinn (2008), Fightin' Words, Political Analysis 16, 372-403.
    """
    empty = pd.DataFrame({column: [] for column in COLUMNS})
    if counts.matrix is None or min(first.sum(), second.sum()) < _FEWEST_COMMENTS:
        return empty
    ours = np.asarray(counts.matrix[first].sum(axis=0), dtype=float).ravel()
    theirs = np.asarray(counts.matrix[second].sum(axis=0), dtype=float).ravel()
    compared = np.flatnonzero(ours + theirs >= _FEWEST)
    if not len(compared):
        return empty
    log_odds, z = _log_odds(ours, theirs)
    log_odds, z = log_odds[compared], z[compared]
    adjusted = benjamini_hochberg(_two_sided(z))
    parts = []
    for side, sign in zip(sides, (1, -1), strict=True):
        order = np.argsort(-sign * z, kind="stable")[:_MOST]
        order = order[sign * z[order] > 0]
        rows = compared[order]
        pair = (ours[rows], theirs[rows])[::sign]
        parts.append(
            pd.DataFrame(
                {
                    "contrast": name,
                    "word": counts.words[rows],
                    "side": side,
                    "count": pair[0].astype(int),
                    "count_other": pair[1].astype(int),
                    "log_odds": sign * log_odds[order],
                    "z": sign * z[order],
                    "p_adjusted": adjusted[order],
                }
            )
        )
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else empty


def _log_odds(
    ours: np.ndarray, theirs: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    both = ours + theirs
    prior = _PRIOR * np.maximum(both, 0.5) / both.sum()
    parts = []
    for counts in (ours, theirs):
        with_prior = counts + prior
        rest = counts.sum() + prior.sum() - with_prior
        parts.append(np.log(with_prior / rest))
    spread = np.sqrt(1 / (ours + prior) + 1 / (theirs + prior))
    difference = parts[0] - parts[1]
    return difference, difference / spread


def _two_sided(z: np.ndarray) -> np.ndarray:
    from scipy.special import erfc

    return erfc(np.abs(z) / np.sqrt(2))
