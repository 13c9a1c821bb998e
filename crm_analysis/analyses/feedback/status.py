"""Which comments are read: what was written by nobody, twice, too short or in another language."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

import numpy as np
import pandas as pd

from crm_analysis.analyses.feedback.language import NONE, READ
from crm_analysis.analyses.feedback.vocabulary import known, vocabulary
from crm_analysis.analyses.feedback.words import BREAK

READ_STATUS = "read"
EMPTY, TEMPLATE, REPEAT, TOO_SHORT, NOT_READ = (
    "empty",
    "template",
    "repeat",
    "too_short",
    "not_read",
)

_FEWEST_WORDS = 2  # of content; fewer are too short to read
_OWN_WORDS = 6  # of content: two customers do not write so many alike by chance
_LONGEST_TEMPLATE = 60  # characters
_MARKS = re.compile(r"[\W_]+")


def content(tokens: Sequence[str]) -> list[str]:
    r"""The tokens that carry content: no breaks, no words of grammar.

    >>> content(["it", "is", "not good", "\n", "味道", "很", "👎"])
    ['not good', '味道', '👎']
    """
    return [token for token in tokens if token not in _passed_over()]


@cache
def _passed_over() -> frozenset[str]:
    return known("english", "stop") | known("chinese", "stop") | {BREAK}


def key_of(text: str) -> str:
    """What two texts that are the same have in common: their letters and figures."""
    return _MARKS.sub(" ", text.lower()).strip() or text.strip()


def statuses(
    keys: Sequence[str],
    languages: Sequence[str],
    contents: Sequence[Sequence[str]],
    customers: pd.Series | None,
) -> np.ndarray:
    """What becomes of each comment.

    Parameters
    ----------
    keys : sequence of str
        By `key_of`: equal for equal texts.
    languages : sequence of str
        As `languages` says them.
    contents : sequence of list of str
        The words of content of each.
    customers : pandas.Series or None
        Who wrote it.

    Returns
    -------
    numpy.ndarray
        "read"; "empty"; "template" (written by a platform, or an empty answer), "repeat" (the
        same again by the same customer, or so long that nobody else would write it), "too_short"
        (under two words of content), "not_read" (in another language).
    """
    status = np.full(len(keys), READ_STATUS, dtype=object)
    count = np.array([len(words) for words in contents], dtype=int)
    status[count < _FEWEST_WORDS] = TOO_SHORT
    language = np.array(languages, dtype=object)
    status[~np.isin(language, [*READ, NONE])] = NOT_READ
    status[_again(keys, count, customers)] = REPEAT
    status[[_is_template(key) for key in keys]] = TEMPLATE
    status[[not key for key in keys]] = EMPTY
    return status


def _again(
    keys: Sequence[str], count: np.ndarray, customers: pd.Series | None
) -> np.ndarray:
    table = pd.DataFrame({"key": list(keys)})
    again = table.duplicated().to_numpy() & (count >= _OWN_WORDS)
    if customers is not None:
        who = customers.reset_index(drop=True)
        again |= (
            table.assign(who=who).duplicated().to_numpy() & who.notna().to_numpy()
        )
    return again


def _is_template(key: str) -> bool:
    if len(key) > _LONGEST_TEMPLATE:
        return False
    return key in _templates() or bool(_patterns().fullmatch(key))


@cache
def _patterns() -> re.Pattern[str]:
    patterns = vocabulary("templates")["patterns"]
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


@cache
def _templates() -> frozenset[str]:
    return frozenset(key_of(text) for text in vocabulary("templates")["templates"])
