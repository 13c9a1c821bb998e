"""Many comparisons at once: p-values corrected for their number."""

from __future__ import annotations

import numpy as np


def benjamini_hochberg(p_values: np.ndarray) -> np.ndarray:
    """P-values adjusted so that those below q name at most a share q of false discoveries.

    References
    ----------
    Benjamini and Hochberg (1995), Journal of the Royal Statistical Society B 57, 289-300.

    Examples
    --------
    >>> benjamini_hochberg(np.array([0.01, 0.04, 0.03])).tolist()
    [0.03, 0.04, 0.04]
    """
    size = len(p_values)
    order = np.argsort(p_values, kind="stable")
    steps = p_values[order] * size / np.arange(1, size + 1)
    smallest_from_here = np.minimum.accumulate(steps[::-1])[::-1]
    adjusted = np.empty(size)
    adjusted[order] = np.minimum(smallest_from_here, 1.0)
    return adjusted
