"""Rows → the engine's table of text."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from itertools import islice

import pyarrow as pa

from crm_analysis.engine import Engine, quoted
from crm_analysis.jobs import Progress, no_progress
from crm_analysis.tables.reading.baskets import basket_items
from crm_analysis.tables.reading.body import RecordCounts
from crm_analysis.tables.reading.raw import RawTable
from crm_analysis.tables.reading.records import Record

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
) -> None:
    """Add rows (line, fields) to the table `store`, which is made where it is not there yet."""
    _create(engine, store, width)
    remaining = iter(rows)
    count = 0
    while batch := list(islice(remaining, _BATCH)):
        lines = [line for line, _ in batch]
        _insert(
            engine,
            store,
            lines,
            list(zip(*(fields for _, fields in batch), strict=True)),
        )
        count += len(batch)
        _report(progress, count, expected)


def store_baskets(
    engine: Engine,
    store: str,
    records: Iterable[Record],
    *,
    expected: int = 0,
    progress: Progress = no_progress,
) -> RecordCounts:
    """Each product of each basket becomes a row of `store`: order (the line's number), product."""
    counts = RecordCounts()
    _create(engine, store, 2)
    remaining = iter(records)
    while batch := list(islice(remaining, _BATCH)):
        lines: list[int] = []
        products: list[str] = []
        for record in batch:
            items = basket_items(record)
            if items:
                products += items
                lines += [record.line] * len(items)
                counts.rows += 1
            else:
                counts.blank += 1
        counts.records += len(batch)
        _insert(engine, store, lines, [list(map(str, lines)), products])
        _report(progress, counts.records, expected)
    return counts


def bring_rows(raw: RawTable, engine: Engine, sql: str) -> None:
    """Run SQL over the rows of a table that may be in another engine; they stand for its `{}`."""
    if raw.engine is engine:
        engine.run(sql.format(quoted(raw.store)))
        return
    with raw.engine.cursor() as there, engine.cursor() as here:
        here.register(
            "incoming_rows",
            there.execute(f"FROM {quoted(raw.store)}").to_arrow_table(),
        )
        here.execute(sql.format("incoming_rows"))
        here.unregister("incoming_rows")


def _create(engine: Engine, store: str, width: int) -> None:
    cells = ", ".join(f"c{position} VARCHAR" for position in range(width))
    engine.run(
        f"CREATE TABLE IF NOT EXISTS {quoted(store)} (_source SMALLINT, _line BIGINT, {cells})"
    )


def _insert(engine: Engine, store: str, lines: list[int], columns: list) -> None:
    cells = {
        f"c{position}": pa.array(column, pa.string())
        for position, column in enumerate(columns)
    }
    incoming = pa.table({"_line": pa.array(lines, pa.int64()), **cells})
    with engine.cursor() as cursor:
        cursor.register("incoming", incoming)
        cursor.execute(f"INSERT INTO {quoted(store)} SELECT 0, * FROM incoming")
        cursor.unregister("incoming")


def _report(progress: Progress, count: int, expected: int) -> None:
    share = count / max(expected, count + _BATCH)
    progress(0.2 + 0.75 * min(1.0, share), "reading.step_parse")
