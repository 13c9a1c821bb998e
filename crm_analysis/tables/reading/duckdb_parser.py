"""Large files that are nearly regular: DuckDB parses them by a dialect it is told.

It also tells of the lines that do not fit.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from concurrent.futures import Future
from dataclasses import dataclass, field

import duckdb
import numpy as np
import pyarrow as pa

from crm_analysis.engine import Engine, literal, quoted
from crm_analysis.tables.reading.scan import LineCounts, lines_at
from crm_analysis.tables.reading.source import Source
from crm_analysis.tables.reading.text_file import DelimitedFile

_MAXIMUM_MISFITS = 200
_MAXIMUM_LISTED = 200  # rows that a view leaves out by their number


@dataclass
class TextRows:
    """Parsed rows in a table of the engine (its full name, as SQL).

    `misfits` are the lines that do not fit: number and text.
    """

    engine: Engine
    table: str
    file: DelimitedFile
    kept: int = 0
    misfits: list[tuple[int, str]] = field(default_factory=list)

    def first(self) -> tuple[str, ...]:
        """The cells of the first row."""
        return self.engine.run(f"SELECT * FROM {self.table} LIMIT 1")[0]

    def place(self, store: str, lines: np.ndarray | None, as_table: bool) -> None:
        """Show the rows as `store` with the lines on which they begin.

        None: each is on one line, from the structure's first row on.
        """
        if lines is None and not as_table:
            self.engine.run(f"CREATE VIEW {quoted(store)} AS {self._numbered()}")
            return
        if lines is None:
            first_row = self.file.structure.first_row
            lines = np.arange(first_row, first_row + self.kept)
        cells = ", ".join(self.file.columns)
        with self.engine.cursor() as cursor:
            cursor.register(
                "numbers", pa.table({"_line": pa.array(lines, pa.int64())})
            )
            cursor.execute(
                f"CREATE TABLE {quoted(store)} AS"
                f" SELECT 0::SMALLINT AS _source, n._line AS _line, {cells}"
                f" FROM {self.table} t POSITIONAL JOIN numbers n"
            )
            cursor.unregister("numbers")
        self.drop()
        self.table = ""

    def leave_out(self, store: str, lines: Collection[int]) -> None:
        """The rows that begin on these lines are not in the store."""
        if not lines:
            return
        store = quoted(store)
        listed = ", ".join(map(str, sorted(lines)))
        if not self.table:
            self.engine.run(f"DELETE FROM {store} WHERE _line IN ({listed})")
        elif len(lines) <= _MAXIMUM_LISTED:
            first_row = self.file.structure.first_row
            numbers = ", ".join(str(line - first_row) for line in sorted(lines))
            rows = f"{self._numbered()} WHERE rowid NOT IN ({numbers})"
            self.engine.run(f"CREATE OR REPLACE VIEW {store} AS {rows}")
        else:
            rows = f"FROM ({self._numbered()}) WHERE _line NOT IN ({listed})"
            self.engine.run(f"DROP VIEW {store}; CREATE TABLE {store} AS {rows}")
            self.drop()

    def drop(self) -> None:
        """Remove the parsed rows."""
        self.engine.run(f"DROP TABLE IF EXISTS {self.table}")

    def _numbered(self) -> str:
        line = f"(rowid + {self.file.structure.first_row})::BIGINT AS _line"
        cells = ", ".join(self.file.columns)
        return f"SELECT 0::SMALLINT AS _source, {line}, {cells} FROM {self.table}"


def parse_with_duckdb(
    source: Source,
    file: DelimitedFile,
    counting: Future[LineCounts | None],
    filled_before: int,
) -> TextRows | None:
    """The lines from the first row on that are not empty; None where DuckDB is not to be believed.

    `filled_before` lines before the first row are not empty; `counting` will say how many there are
    in all.
    """
    engine = source.engine
    rows = TextRows(
        engine, engine.temporary(f"{source.store}_text", file.size), file
    )
    sql = (
        f"CREATE OR REPLACE TABLE {rows.table} AS FROM {_call(file)};"
        " SELECT DISTINCT line_byte_position, csv_line FROM reject_errors"
        " WHERE error_type IN ('MISSING COLUMNS', 'TOO MANY COLUMNS') ORDER BY 1"
    )
    progress, step = source.progress, "reading.step_parse"
    try:
        rejected = engine.run(sql, progress=progress, step=step, start=0.1, end=0.9)
    except (duckdb.InvalidInputException, duckdb.ConversionException):
        rows.drop()
        return None
    ((rows.kept,),) = engine.run(f"SELECT count(*) FROM {rows.table}")
    lines = counting.result()
    expected = lines.records - filled_before if lines else 0
    if (
        rows.kept
        and len(rejected) <= _MAXIMUM_MISFITS
        and rows.kept + len(rejected) == expected
        and _find_misfits(rows, [int(offset) for offset, _ in rejected])
    ):
        return rows
    rows.drop()
    return None


def _call(file: DelimitedFile) -> str:
    """SQL: the file as DuckDB reads it."""
    quote = literal(file.quote.decode() if file.quote else "")
    columns = ", ".join(f"'{column}': 'VARCHAR'" for column in file.columns)
    options = {
        "header": "false",
        "auto_detect": "false",
        "skip": str(file.structure.first_row - 1),
        "delim": literal(file.dialect.delimiter or ""),
        "quote": quote,
        "escape": quote,
        "new_line": literal("\\r\\n" if file.scan.pairs else "\\n"),
        # No cell is NULL: a word that is in no file, drawn anew for each.
        "nullstr": literal(f"null{uuid.uuid4().hex}"),
        "max_line_size": "16000000",
        # A long line's bound would make one buffer of a whole file, read by one thread.
        "buffer_size": "32000000",
        "columns": f"{{{columns}}}",
        "store_rejects": "true",
        "rejects_limit": str(_MAXIMUM_MISFITS + 1),
    }
    listed = ", ".join(f"{name} = {value}" for name, value in options.items())
    return f"read_csv({literal(str(file.path))}, {listed})"


def _find_misfits(rows: TextRows, offsets: list[int]) -> bool:
    """Find the lines at some bytes; False where they are not such as stand alone."""
    with rows.file.path.open("rb") as stream:
        lines = lines_at(stream, offsets)
    if lines is None:
        return False
    rows.misfits = [(line, raw.decode("utf-8-sig")) for line, raw in lines]
    quote = rows.file.dialect.quote or "\0"
    if any(not text or text.count(quote) % 2 for _, text in rows.misfits):
        return False
    crowded = zip(rows.misfits, rows.misfits[4:], strict=False)
    return not any(later - earlier <= 4 for (earlier, _), (later, _) in crowded)
