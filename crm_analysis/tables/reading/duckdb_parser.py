"""Large files that are nearly regular: DuckDB parses them with the dialect pinned and tells of the lines that do not fit."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from crm_analysis.engine import Engine, quoted
from crm_analysis.jobs import Progress
from crm_analysis.tables.reading.records import Dialect
from crm_analysis.tables.reading.scan import Lines, Scan, texts_at
from crm_analysis.tables.reading.structure import Plan

__all__ = ["Pinned", "parse_pinned"]

_MOST_MISFITS = 200
_MOST_NAMED = 200


@dataclass
class Pinned:
    """Parsed rows in a table of the engine (its full name, as SQL), and the lines that do not fit: byte offset, line, text."""

    engine: Engine
    table: str
    plan: Plan
    kept: int
    misfits: list[tuple[int, int, str]]
    lines: np.ndarray | None = None

    def first(self) -> tuple[str, ...]:
        """The cells of the first row."""
        return self.engine.run(f"SELECT * FROM {self.table} LIMIT 1")[0]

    def place(self, store: str, lines: np.ndarray | None, as_table: bool) -> None:
        """Show the rows as `store` with the lines on which they begin (None: each on one line, from the plan's first row on)."""
        self.lines = lines
        if lines is None and not as_table:
            self.engine.run(f"CREATE VIEW {quoted(store)} AS {self._following()}")
            return
        numbers = (
            lines
            if lines is not None
            else np.arange(self.plan.first_row, self.plan.first_row + self.kept)
        )
        with self.engine.cursor() as cursor:
            cursor.register("numbers", pa.table({"_line": pa.array(numbers, pa.int64())}))
            cursor.execute(
                f"CREATE TABLE {quoted(store)} AS SELECT 0::SMALLINT AS _source, n._line AS _line, {self._cells} FROM {self.table} t POSITIONAL JOIN numbers n"
            )
            cursor.unregister("numbers")
        self.drop()
        self.table = ""

    def leave_out(self, store: str, lines: Collection[int]) -> None:
        """The rows that begin on these lines are not in the store."""
        listed = ", ".join(map(str, sorted(lines)))
        if not lines:
            return
        if not self.table:
            self.engine.run(f"DELETE FROM {quoted(store)} WHERE _line IN ({listed})")
        elif len(lines) <= _MOST_NAMED:
            places = ", ".join(str(line - self.plan.first_row) for line in sorted(lines))
            self.engine.run(
                f"CREATE OR REPLACE VIEW {quoted(store)} AS {self._following()} WHERE rowid NOT IN ({places})"
            )
        else:
            self.engine.run(
                f"DROP VIEW {quoted(store)}; CREATE TABLE {quoted(store)} AS FROM ({self._following()}) WHERE _line NOT IN ({listed})"
            )
            self.drop()

    def drop(self) -> None:
        """Remove the parsed rows."""
        self.engine.run(f"DROP TABLE IF EXISTS {self.table}")

    @property
    def _cells(self) -> str:
        return ", ".join(f"c{place}" for place in range(self.plan.width))

    def _following(self) -> str:
        return f"SELECT 0::SMALLINT AS _source, (rowid + {self.plan.first_row})::BIGINT AS _line, {self._cells} FROM {self.table}"


def parse_pinned(
    engine: Engine,
    store: str,
    path: Path,
    dialect: Dialect,
    quote: bytes | None,
    plan: Plan,
    scan: Scan,
    counting: Future[Lines | None],
    begun: int,
    progress: Progress,
) -> Pinned | None:
    """The lines from the plan's first row on that are not empty; None where DuckDB is not to be believed.

    `begun` lines before the first row are not empty; `counting` will say how many there are in all.
    """
    table = engine.passing(f"{store}_text", path.stat().st_size)
    text = quote.decode() if quote else ""
    options = {
        "header": "false",
        "auto_detect": "false",
        "skip": str(plan.first_row - 1),
        "delim": _literal(dialect.delimiter or ""),
        "quote": _literal(text),
        "escape": _literal(text),
        "new_line": _literal("\\r\\n" if scan.pairs else "\\n"),
        # No cell is NULL: a word that is in no file, drawn anew for each.
        "nullstr": _literal(f"null{uuid.uuid4().hex}"),
        "max_line_size": "16000000",
        "buffer_size": "32000000",  # or a long line's bound would make one buffer of a whole file, read by one thread
        "columns": "{" + ", ".join(f"'c{place}': 'VARCHAR'" for place in range(plan.width)) + "}",
        "store_rejects": "true",
        "rejects_limit": str(_MOST_MISFITS + 1),
    }
    call = f"read_csv({_literal(str(path))}, {', '.join(f'{key} = {value}' for key, value in options.items())})"
    sql = (
        f"CREATE OR REPLACE TABLE {table} AS FROM {call}; "
        "SELECT DISTINCT line_byte_position, csv_line FROM reject_errors WHERE error_type IN ('MISSING COLUMNS', 'TOO MANY COLUMNS') ORDER BY 1"
    )
    found = Pinned(engine, table, plan, 0, [])
    try:
        rejected = engine.run(sql, progress=progress, step="reading.step_parse", start=0.1, end=0.9)
        found.kept = engine.run(f"SELECT count(*) FROM {table}")[0][0]
    except (duckdb.InvalidInputException, duckdb.ConversionException):
        found.drop()
        return None
    lines = counting.result()
    if (
        lines is None
        or not found.kept
        or len(rejected) > _MOST_MISFITS
        or found.kept + len(rejected) != lines.records - begun
    ):
        found.drop()
        return None
    with path.open("rb") as stream:
        placed = texts_at(stream, [int(offset) for offset, _ in rejected])
    if placed is None or not all(raw for _, raw in placed):
        found.drop()
        return None
    found.misfits = [
        (int(offset), line, raw.decode("utf-8-sig"))
        for (offset, _), (line, raw) in zip(rejected, placed, strict=True)
    ]
    if (
        not all(text for _, _, text in found.misfits)
        or any(
            later[1] - earlier[1] <= 4
            for earlier, later in zip(found.misfits, found.misfits[4:], strict=False)
        )
        or any(text.count(dialect.quote or "\0") % 2 for _, _, text in found.misfits)
    ):
        found.drop()
        return None
    return found


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
