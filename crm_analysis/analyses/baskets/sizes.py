"""Baskets of nearly one size as one class."""

from __future__ import annotations

import numpy as np

_EXACT_SIZES = 12  # up to here each size is a class of its own
_CLASS_WIDTH = 1.08  # beyond it, the largest basket of a class over its smallest


def classes_of_size(largest: int) -> np.ndarray:
    """The class of each size from 0: one each of small baskets, a few sizes together of large ones.

    >>> classes_of_size(16).tolist()
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15, 15, 16]
    """
    sizes = np.arange(largest + 1, dtype=float)
    beyond = np.log(np.maximum(sizes, _EXACT_SIZES) / _EXACT_SIZES)
    return np.where(
        sizes <= _EXACT_SIZES,
        sizes,
        _EXACT_SIZES + 1 + np.floor(beyond / np.log(_CLASS_WIDTH)),
    ).astype(np.int64)
