"""Rows → the engine's table of text."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from itertools import islice

import pyarrow as pa

from crm_analysis.engine import Engine, quoted
from crm_analysis.jobs import Progress, no_progress
from crm_analysis.tables.reading.baskets import basket_items
from crm_analysis.tables.reading.body import Outcome
from crm_analysis.tables.reading.records import Record

__all__ = ["new_name", "store_baskets", "store_rows"]

_BATCH = 50_000


def new_name() -> str:
    """A name no other table has."""
    return f"raw_{uuid.uuid4().hex[:12]}"


def store_rows(
    engine: Engine,
    store: str,
    rows: Iterable[tuple[int, list[str]]],
    width: int,
    *,
    expected: int = 0,
    progress: Progress = no_progress,
    start: float = 0.2,
) -> int:
    """Add rows (line, fields) to the table `store`, which is made where it is not there yet; gives their count."""
    columns = ", ".join(f"c{place} VARCHAR" for place in range(width))
    engine.run(
        f"CREATE TABLE IF NOT EXISTS {quoted(store)} (_source SMALLINT, _line BIGINT, {columns})"
    )
    source: Iterator[tuple[int, list[str]]] = iter(rows)
    count = 0
    while batch := list(islice(source, _BATCH)):
        lines = [line for line, _ in batch]
        cells = list(zip(*(fields for _, fields in batch), strict=True))
        table = pa.table(
            [
                pa.array([0] * len(batch), pa.int16()),
                pa.array(lines, pa.int64()),
                *(pa.array(column, pa.string()) for column in cells),
            ],
            names=["_source", "_line", *(f"c{place}" for place in range(width))],
        )
        _insert(engine, store, table)
        count += len(batch)
        progress(
            start + (0.95 - start) * min(1.0, count / max(expected, count + _BATCH)),
            "reading.step_parse",
        )
    return count


def store_baskets(
    engine: Engine,
    store: str,
    records: Iterable[Record],
    outcome: Outcome,
    *,
    expected: int = 0,
    progress: Progress = no_progress,
) -> None:
    """Each product of each basket becomes a row of `store`: order (the line's number) and product."""
    engine.run(
        f"CREATE TABLE {quoted(store)} (_source SMALLINT, _line BIGINT, c0 VARCHAR, c1 VARCHAR)"
    )
    source = iter(records)
    while batch := list(islice(source, _BATCH)):
        lines: list[int] = []
        products: list[str] = []
        for record in batch:
            items = basket_items(record)
            if items:
                products += items
                lines += [record.line] * len(items)
                outcome.rows += 1
            else:
                outcome.blank += 1
        outcome.records += len(batch)
        numbers = pa.array(lines, pa.int64())
        columns = [
            pa.nulls(len(lines), pa.int16()).fill_null(0),
            numbers,
            numbers.cast(pa.string()),
            pa.array(products, pa.string()),
        ]
        _insert(engine, store, pa.table(columns, names=["_source", "_line", "c0", "c1"]))
        progress(
            0.2 + 0.75 * min(1.0, outcome.records / max(expected, outcome.records + _BATCH)),
            "reading.step_parse",
        )


def _insert(engine: Engine, store: str, table: pa.Table) -> None:
    with engine.cursor() as cursor:
        cursor.register("incoming", table)
        cursor.execute(f"INSERT INTO {quoted(store)} FROM incoming")
        cursor.unregister("incoming")
