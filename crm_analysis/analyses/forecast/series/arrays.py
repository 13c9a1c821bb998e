"""Tables as arrays, one a column, while they are built; frames are made of them at the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

Columns = dict[str, np.ndarray]


def no_rows(kinds: Mapping[str, Any]) -> Columns:
    """Columns without a row, of these kinds."""
    return {name: np.array([], dtype=kind) for name, kind in kinds.items()}


def below_each_other(tables: Sequence[Columns]) -> Columns:
    """One table of several with the columns of the first.

    >>> below_each_other([{"a": np.array([1])}, {"a": np.array([2, 3])}])["a"].tolist()
    [1, 2, 3]
    """
    return {
        name: np.concatenate([table[name] for table in tables])
        for name in tables[0]
    }
