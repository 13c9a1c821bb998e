"""Baskets written as a table: a line a basket, its products under `Item 1`, `Item 2` … `Item 32`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from crm_analysis.engine import Engine, quoted
from crm_analysis.tables.reading.baskets import are_baskets
from crm_analysis.tables.reading.store import new_name

__all__ = ["store_wide_baskets"]

_NUMBERED = re.compile(r"\s*(.*?\D)??[\s_.#-]*(\d+)\s*")
_LEAST = 3  # columns of products
_LOOKED_AT = 2000
_FITS = 0.98  # share of baskets whose count of products is the number beside them


def store_wide_baskets(engine: Engine, store: str, names: Sequence[str]) -> tuple[str, int] | None:
    """The baskets of a table as a new table of order and product (c0, c1), and how many baskets hold nothing; None where it is no such table.

    The order is the line's number, or what the one column before the products says if it names each line; a column that counts the products says
    nothing new. With anything else beside the products the table stays as it is.
    """
    first = _first_product(names)
    if first is None:
        return None
    places = range(first, len(names))
    cells = ", ".join(f"c{place}" for place in places)
    if not are_baskets(
        [list(row) for row in engine.run(f"SELECT {cells} FROM {quoted(store)} LIMIT {_LOOKED_AT}")]
    ):
        return None
    filled = " + ".join(f"(trim(c{place}) <> '')::INTEGER" for place in places)
    beside = [place for place in range(first) if not _counts(engine, store, f"c{place}", filled)]
    if len(beside) > 1 or (beside and not _names_each(engine, store, f"c{beside[0]}")):
        return None
    order = f"trim(c{beside[0]})" if beside else "_line::VARCHAR"
    made = new_name()
    engine.run(
        f"CREATE TABLE {quoted(made)} AS SELECT _source, _line, c0, trim(item) AS c1 FROM"
        f" (SELECT _source, _line, {order} AS c0, unnest([{cells}]) AS item FROM {quoted(store)}) WHERE trim(item) <> ''"
    )
    return made, engine.run(f"SELECT count(*) FROM {quoted(store)} WHERE {filled} = 0")[0][0]


def _first_product(names: Sequence[str]) -> int | None:
    """Where the columns of one word and the numbers 1, 2, 3 … begin that reach to the end.

    >>> _first_product(["Item(s)", "Item 1", "Item 2", "Item 3"]), _first_product(["商品1", "商品2", "商品3"]), _first_product(["id", "2019", "2020", "2021"])
    (1, 0, None)
    """
    parts = [_NUMBERED.fullmatch(name) for name in names]
    last = parts[-1] if parts else None
    if last is None or not last[1]:
        return None
    first = len(names) - int(last[2])
    wanted = [(last[1], number) for number in range(1, int(last[2]) + 1)]
    if (
        int(last[2]) < _LEAST
        or first < 0
        or [(part[1], int(part[2])) if part else None for part in parts[first:]] != wanted
    ):
        return None
    return first


def _counts(engine: Engine, store: str, cell: str, filled: str) -> bool:
    rows, same = engine.run(
        f"SELECT count(*), count(*) FILTER (TRY_CAST(trim({cell}) AS DOUBLE) = {filled}) FROM {quoted(store)}"
    )[0]
    return same >= _FITS * rows


def _names_each(engine: Engine, store: str, cell: str) -> bool:
    rows, distinct = engine.run(
        f"SELECT count(*), count(DISTINCT nullif(trim({cell}), '')) FROM {quoted(store)}"
    )[0]
    return rows == distinct
