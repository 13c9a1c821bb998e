"""Many aggregates over the same rows, in few passes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from crm_analysis.engine import Engine, quoted

# To plan a query takes as the square of its columns, and each distinct count takes its own memory.
_AT_ONCE = 64
_CELLS = 2_000_000  # held beside the table while columns are looked at together


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


def of_each(
    engine: Engine,
    store: str,
    columns: Sequence[str],
    query: Callable[[str, str], str],
) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """The rows of a query of each of some columns, with the column's name; many in one pass.

    `query` makes SQL of a column's name and of what to select its cell from; it gives the same
    types for each.
    """
    table = quoted(store)
    ((rows,),) = engine.run(f"SELECT count(*) FROM {table}")
    at_once = max(1, min(_AT_ONCE, _CELLS // max(1, rows)))
    for start in range(0, len(columns), at_once):
        some = columns[start : start + at_once]
        cells = f"SELECT {', '.join(map(quoted, some))} FROM {table}"
        source, together = f"({cells})", ""
        if len(some) > 1:
            source, together = "few", f"WITH few AS MATERIALIZED ({cells}) "
        parts = (
            f"SELECT {start + place} AS nth, * FROM ({query(name, source)})"
            for place, name in enumerate(some)
        )
        for nth, *values in engine.run(together + " UNION ALL ".join(parts)):
            yield columns[nth], tuple(values)
