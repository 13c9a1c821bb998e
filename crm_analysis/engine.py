"""Where heavy sums run: DuckDB on this machine, reached as SQL or through Ibis.

DuckDB is opened and then locked, in this order, since each step closes doors the next would need: the folders it may read,
external access off, the one Ibis backend (it sets the time zone), the configuration locked.
"""

from __future__ import annotations

import os
import tempfile
import threading
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree
from typing import Any

import duckdb
import ibis
import pandas as pd

from crm_analysis.jobs import Progress, no_progress

__all__ = ["Engine", "quoted"]

_WATCH_SECONDS = 0.1


def quoted(name: str) -> str:
    """An identifier for SQL, whatever is in it.

    >>> quoted('a "b"')
    '"a ""b""\"'
    """
    return '"' + name.replace('"', '""') + '"'


class Engine:
    """One locked DuckDB database and the one Ibis backend on it.

    In memory, or the file `path`. It may read files in `folder` only; without one a private folder is made, which goes
    with the engine. `backend` is for Ibis expressions, `run` and `frame` for SQL; both may be called from any thread.
    """

    def __init__(self, path: Path | None = None, folder: Path | None = None, memory_limit: str | None = None) -> None:
        self._private = None if folder else tempfile.TemporaryDirectory(prefix="crm_analysis_")
        self.folder = Path(folder or self._private.name).resolve()  # type: ignore[union-attr]
        self.connection = duckdb.connect(str(path) if path else ":memory:")
        self.connection.execute("SET temp_directory = ?", [str(self.folder / "spill")])
        if memory_limit:
            self.connection.execute("SET memory_limit = ?", [memory_limit])
        self.connection.execute("SET preserve_insertion_order = true")
        self.connection.execute("SET allowed_directories = [?]", [str(self.folder) + os.sep])
        self.connection.execute("SET enable_external_access = false")
        self.backend = ibis.duckdb.from_connection(self.connection)
        self.connection.execute("SET enable_progress_bar = true; SET enable_progress_bar_print = false")
        self.connection.execute("SET lock_configuration = true")
        self._close = weakref.finalize(self, _close, self.connection, self.folder / "spill", self._private)

    def close(self) -> None:
        """Close the database; the private folder goes."""
        self._close()

    @contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection of one's own to the same database, for one thread."""
        cursor = self.connection.cursor()
        try:
            yield cursor
        finally:
            cursor.close()

    def run(self, sql: str, values: Sequence[Any] = (), *, progress: Progress = no_progress, step: str = "", start: float = 0.0, end: float = 1.0) -> list[tuple]:
        """The rows of a query. `progress` hears the share done between `start` and `end`, and may cancel the query."""
        with self.cursor() as cursor:
            if progress is no_progress:
                return cursor.execute(sql, list(values)).fetchall()
            return _watched(cursor, sql, list(values), lambda share: progress(start + (end - start) * share, step))

    def frame(self, sql: str, values: Sequence[Any] = ()) -> pd.DataFrame:
        """The result of a query as a pandas frame."""
        with self.cursor() as cursor:
            return cursor.execute(sql, list(values)).df()

    def columns(self, table: str) -> list[str]:
        """The column names of a table."""
        return [row[0] for row in self.run(f"DESCRIBE {quoted(table)}")]

    def register(self, name: str, frame: Any) -> None:
        """Store a pandas frame or an Arrow table as the table `name` (replaced where it exists)."""
        with self.cursor() as cursor:
            cursor.register("incoming", frame)
            cursor.execute(f"CREATE OR REPLACE TABLE {quoted(name)} AS FROM incoming")
            cursor.unregister("incoming")


def _close(connection: duckdb.DuckDBPyConnection, spill: Path, private: tempfile.TemporaryDirectory | None) -> None:
    connection.close()
    rmtree(spill, ignore_errors=True)
    if private:
        private.cleanup()


def _watched(cursor: duckdb.DuckDBPyConnection, sql: str, values: list[Any], hear: Any) -> list[tuple]:
    """Run a query in a thread of its own while this one reports; what `hear` raises interrupts the query and rises here."""
    box: dict[str, Any] = {}

    def work() -> None:
        try:
            box["rows"] = cursor.execute(sql, values).fetchall()
        except duckdb.Error as problem:
            box["problem"] = problem

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        while thread.is_alive():
            thread.join(_WATCH_SECONDS)
            hear(max(0.0, min(1.0, cursor.query_progress() / 100)))
    except BaseException:
        cursor.interrupt()
        thread.join()
        raise
    if "problem" in box:
        raise box["problem"]
    return box["rows"]
