"""Baskets written as a table: a line a basket, products under `Item 1`, `Item 2` … `Item 32`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from crm_analysis.engine import Engine, quoted
from crm_analysis.tables.reading.baskets import are_baskets
from crm_analysis.tables.reading.bounds import rows_in_bounds
from crm_analysis.tables.reading.store import new_name

_NUMBERED = re.compile(r"\s*(.*?\D)??[\s_.#-]*(\d+)\s*")
_MINIMUM_PRODUCTS = 3  # columns of products
_SAMPLE_ROWS = 2000
_FITTING_SHARE = (
    0.98  # of baskets whose count of products is the number beside them
)


def store_wide_baskets(
    engine: Engine, store: str, names: Sequence[str]
) -> tuple[str, int] | None:
    """The baskets of a table as a new table of order and product (c0, c1).

    With it how many baskets hold nothing; None where it is no such table. The order is the line's
    number, or what the one column before the products says if it names each line; a column that
    counts the products says nothing new. With anything else beside the products the table stays as
    it is.
    """
    first = first_product(names)
    if first is None:
        return None
    columns = [f"c{column}" for column in range(first, len(names))]
    cells, table = ", ".join(columns), quoted(store)
    rows = rows_in_bounds(len(columns), _SAMPLE_ROWS)
    sample = engine.run(f"SELECT {cells} FROM {table} LIMIT {rows}")
    if not are_baskets(sample):
        return None
    filled = " + ".join(f"(trim({column}) <> '')::INTEGER" for column in columns)
    order = "_line::VARCHAR"
    others = [
        f"trim(c{column})"
        for column in range(first)
        if not _counts_products(engine, table, f"trim(c{column})", filled)
    ]
    if others:
        order = others[0]
        if len(others) > 1 or not _names_each(engine, table, order):
            return None
    baskets = new_name()
    engine.run(
        f"CREATE TABLE {quoted(baskets)} AS SELECT _source, _line, c0, trim(item) AS c1 FROM"
        f" (SELECT _source, _line, {order} AS c0, unnest([{cells}]) AS item FROM {table})"
        " WHERE trim(item) <> ''"
    )
    ((empty,),) = engine.run(f"SELECT count(*) FROM {table} WHERE {filled} = 0")
    return baskets, empty


def first_product(names: Sequence[str]) -> int | None:
    """Where the columns of one word and the numbers 1, 2, 3 … begin that reach to the end.

    >>> first_product(["Item(s)", "Item 1", "Item 2", "Item 3"])
    1
    >>> first_product(["商品1", "商品2", "商品3"])
    0
    >>> first_product(["id", "2019", "2020", "2021"])
    """
    parts = [
        match.groups() if (match := _NUMBERED.fullmatch(name)) else None
        for name in names
    ]
    if not parts or parts[-1] is None or not parts[-1][0]:
        return None
    word, number = parts[-1][0], int(parts[-1][1])
    first = len(names) - number
    if number < _MINIMUM_PRODUCTS or first < 0:
        return None
    numbered = [part and (part[0], int(part[1])) for part in parts[first:]]
    return (
        first
        if numbered == [(word, count) for count in range(1, number + 1)]
        else None
    )


def _counts_products(engine: Engine, table: str, cell: str, filled: str) -> bool:
    """Whether a column says how many products there are beside it."""
    ((rows, fitting),) = engine.run(
        f"SELECT count(*), count(*) FILTER (TRY_CAST({cell} AS DOUBLE) = {filled}) FROM {table}"
    )
    return fitting >= _FITTING_SHARE * rows


def _names_each(engine: Engine, table: str, cell: str) -> bool:
    """Whether a column has another value in each row."""
    ((rows, distinct),) = engine.run(
        f"SELECT count(*), count(DISTINCT nullif({cell}, '')) FROM {table}"
    )
    return rows == distinct
