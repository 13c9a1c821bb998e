"""Many aggregates over the same rows, in few passes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from crm_analysis.engine import Engine

# To plan a query takes as the square of its columns, and each distinct count takes its own memory.
_AT_ONCE = 64


def measures(engine: Engine, wanted: Sequence[str], source: str) -> list[Any]:
    """What each of some aggregates over the rows of `source` gives, many in one pass.

    >>> measures(Engine(), ["count(*)", "max(n)"], "(SELECT unnest([3, 5]) AS n)")
    [2, 5]
    """
    measured: list[Any] = []
    for start in range(0, len(wanted), _AT_ONCE):
        some = ", ".join(wanted[start : start + _AT_ONCE])
        measured += engine.run(f"SELECT {some} FROM {source}")[0]
    return measured
