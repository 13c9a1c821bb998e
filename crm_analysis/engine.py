"""Where heavy sums run: DuckDB on this machine, reached as SQL or through Ibis.

DuckDB is opened and then locked, in this order, since each step closes doors the next would need:
the folders it may read, external access off, the one Ibis backend (it sets the time zone), the
configuration locked.

>>> engine = Engine()
>>> frame = pd.DataFrame({"customer": ["a", "b", "a"], "amount": [1.0, 2.0, 3.0]})
>>> engine.register("orders", frame)
>>> orders = engine.backend.table("orders")
>>> orders.group_by("customer").aggregate(amount=orders.amount.sum()).order_by("customer").execute()
  customer  amount
0        a     4.0
1        b     2.0
>>> engine.close()
"""

from __future__ import annotations

import ctypes
import os
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from functools import cache, cached_property
from pathlib import Path
from shutil import rmtree
from typing import Any

import duckdb
import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
from ibis.backends import BaseBackend

from crm_analysis.errors import AnalysisError
from crm_analysis.jobs import Progress, no_progress
from crm_analysis.private_folder import PrivateFolder

_WATCH_SECONDS = 0.1
# Of the machine's memory, for a database on disk: what does not fit spills into its folder.
_MEMORY_SHARE = 0.5
# Files that DuckDB 1.0 could still read take texts half as fast again to write: its newer way of
# packing them is not for those.
STORAGE: dict[str, Any] = {"storage_compatibility_version": "latest"}
# Beside a database on disk: tables in memory, for what is of use only till something better is made
# of it.
_IN_MEMORY = "in_memory"
_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")


def quoted(name: str) -> str:
    """An identifier for SQL, whatever is in it.

    >>> quoted('a "b" c')
    '"a ""b"" c"'
    """
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text for SQL, whatever is in it.

    >>> literal("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"


def give_back_memory() -> None:
    """Return what memory this process holds and does not use to the system.

    After a step that took much of it, and where the C library can.
    """
    pa.default_memory_pool().release_unused()
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


def show_as_text(cursor: duckdb.DuckDBPyConnection, table: str, view: str) -> None:
    """Make a view of a table in which columns of codes (ENUM) are the texts they stand for."""
    columns = cursor.execute(f"DESCRIBE {quoted(table)}").fetchall()
    cells = ", ".join(
        f"{quoted(name)}::VARCHAR AS {quoted(name)}"
        if kind.startswith("ENUM")
        else quoted(name)
        for name, kind, *_ in columns
    )
    cursor.execute(
        f"CREATE VIEW {quoted(view)} AS SELECT {cells} FROM {quoted(table)}"
    )


class Engine:
    """One locked DuckDB database and the one Ibis backend on it; may be used from any thread.

    `backend` is for Ibis expressions, `run` and `frame` are for SQL.

    Parameters
    ----------
    path
        The file of the database; in memory without one.
    folder
        The only one whose files it may read; without one a private folder is made, which goes with
        the engine.
    memory_limit
        "4 GiB"; half of the machine's memory for a file, DuckDB's own default otherwise.
    """

    def __init__(
        self,
        path: Path | None = None,
        folder: Path | None = None,
        memory_limit: str | None = None,
    ) -> None:
        self.is_broken = False  # DuckDB answers nothing more: to be opened anew
        self._writing = threading.RLock()
        self._shown: weakref.WeakValueDictionary[str, pa.Table] = (
            weakref.WeakValueDictionary()
        )
        self._showing = threading.Lock()
        self._threads = ThreadPoolExecutor(2)
        self._on_disk = path is not None
        self._private = None if folder else PrivateFolder()
        self.folder = Path(folder or self._private.path).resolve()  # type: ignore[union-attr]
        spill = self.folder / "spill"
        self.connection = duckdb.connect(
            str(path) if path else ":memory:", config=STORAGE
        )
        self._close = weakref.finalize(
            self, _close, self.connection, spill, self._private
        )
        if path:
            # What spilled from a process that was killed goes; no other can be at work, for the
            # file is ours now.
            rmtree(spill, ignore_errors=True)
            self.connection.execute(f"ATTACH ':memory:' AS {_IN_MEMORY}")
            # DuckDB's own default is 80 % of what the machine, or its container, has.
            number, unit = self._current_memory_limit()
            memory_limit = (
                memory_limit or f"{number / 0.8 * _MEMORY_SHARE:.3f} {unit}"
            )
        self.connection.execute("SET temp_directory = ?", [str(spill)])
        if memory_limit:
            self.connection.execute("SET memory_limit = ?", [memory_limit])
        self.connection.execute(
            "SET allowed_directories = [?]", [str(self.folder) + os.sep]
        )
        self.connection.execute(
            "SET preserve_insertion_order = true; SET enable_external_access = false"
        )
        self.backend = ibis.duckdb.from_connection(self.connection)
        self.backend.con = _ConnectionPerThread(self.connection)
        self.connection.execute(
            "SET enable_progress_bar = true; SET enable_progress_bar_print = false; "
            "SET lock_configuration = true"
        )

    def temporary(self, name: str, size: int) -> str:
        """The full name, quoted for SQL, of a table of about `size` bytes needed for a while only.

        It is in memory, beside a database on disk: writing it to disk would cost more than all that
        is done with it. Very large ones go to disk.
        """
        if self._on_disk and self.fits_in_memory(size):
            return f"{_IN_MEMORY}.main.{quoted(name)}"
        return quoted(name)

    def fits_in_memory(self, size: int) -> bool:
        """Whether about `size` bytes may well be held in memory."""
        number, unit = self._memory_limit
        return size <= number * 1024 ** _UNITS.index(unit) / 8

    def drop_temporary(self) -> None:
        """Drop the tables that were made for a while only."""
        for (name,) in self.run(
            "SELECT table_name FROM duckdb_tables() WHERE database_name = ?",
            [_IN_MEMORY],
        ):
            self.run(f"DROP TABLE IF EXISTS {_IN_MEMORY}.main.{quoted(name)}")

    @cached_property
    def _memory_limit(self) -> tuple[float, str]:
        """What tables may take before they spill, once the configuration is locked."""
        return self._current_memory_limit()

    def _current_memory_limit(self) -> tuple[float, str]:
        ((limit,),) = self.run("SELECT current_setting('memory_limit')")
        number, unit = limit.split()
        return float(number), unit

    def submit(self, work: Callable[..., Any], *args: Any) -> Future[Any]:
        """Do some work in another thread; the engine closes when it is done, or before it began."""
        return self._threads.submit(work, *args)

    def close(self) -> None:
        """Close the database; the private folder goes."""
        self._threads.shutdown(cancel_futures=True)
        self._close()
        give_back_memory()

    @contextmanager
    def cursor(self, sql: str | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection of one's own to the same database, for one thread.

        Of the tables that are shown it sees those which `sql` names, or all.
        """
        cursor = self.connection.cursor()
        with self._showing:
            shown = list(self._shown.items())
        try:
            for name, table in shown:
                if sql is None or name in sql:
                    cursor.register(name, table)
            yield cursor
        except duckdb.FatalException:
            self.is_broken = True
            raise
        finally:
            cursor.close()

    @contextmanager
    def transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor whose work is stored whole at the end, or not at all when something is raised.

        Writers take turns.
        """
        with self._writing, self.cursor() as cursor, ExitStack() as undo:
            cursor.execute("BEGIN")
            undo.callback(_roll_back, cursor)
            yield cursor
            cursor.execute("COMMIT")
            undo.pop_all()

    def run(
        self,
        sql: str,
        values: Sequence[Any] = (),
        *,
        progress: Progress = no_progress,
        step: str = "",
        start: float = 0.0,
        end: float = 1.0,
    ) -> list[tuple]:
        """The rows of a query.

        `progress` is called with the share done between `start` and `end`, and may cancel it.
        """
        with self.cursor(sql) as cursor:
            if progress is no_progress:
                return cursor.execute(sql, list(values)).fetchall()
            return _watched(
                cursor,
                sql,
                list(values),
                lambda share: progress(start + (end - start) * share, step),
            )

    def frame(self, sql: str, values: Sequence[Any] = ()) -> pd.DataFrame:
        """The result of a query as a pandas frame."""
        with self.cursor(sql) as cursor:
            return cursor.execute(sql, list(values)).df()

    def over(
        self, given: pa.Table | Mapping[str, pa.Array] | None, sql: str
    ) -> pa.Table:
        """The result of a query over the engine's own tables and one in memory, as `given`."""
        with self.cursor(sql) as cursor:
            if given is not None:
                cursor.register(
                    "given",
                    given if isinstance(given, pa.Table) else pa.table(dict(given)),
                )
            return cursor.execute(sql).to_arrow_table()

    def columns(self, table: str) -> list[str]:
        """The column names of a table."""
        return [row[0] for row in self.run(f"DESCRIBE {quoted(table)}")]

    def shown(self, name: str) -> pa.Table | None:
        """The Arrow table that is shown under a name, if one is."""
        return self._shown.get(name)

    def show(self, name: str, table: pa.Table) -> None:
        """Let queries see an Arrow table under a name while it is held elsewhere; not a copy."""
        with self._showing:
            self._shown[name] = table

    def register(self, name: str, frame: Any) -> None:
        """Store a pandas frame or an Arrow table as the table `name` (replaced where it exists)."""
        if isinstance(frame, pd.DataFrame) and _runs_backwards(frame):
            frame = frame.copy()
        with self.transaction() as cursor:
            cursor.register("incoming", frame)
            cursor.execute(
                f"CREATE OR REPLACE TABLE {quoted(name)} AS FROM incoming"
            )
            cursor.unregister("incoming")


def _runs_backwards(frame: pd.DataFrame) -> bool:
    """Whether a frame is a reversed view (`frame.iloc[::-1]`), which DuckDB 1.5 cannot read."""
    columns = [frame.iloc[:, position] for position in range(frame.shape[1])]
    return any(
        isinstance(column.dtype, np.dtype) and column.to_numpy().strides[0] < 0
        for column in columns
    )


class _ConnectionPerThread:
    """What the Ibis backend has for its connection: to each thread a cursor of its own.

    Without it two threads that execute expressions fetch one another's results.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._own = threading.local()

    def __getattr__(self, name: str) -> Any:
        if not hasattr(self._own, "cursor"):
            self._own.cursor = self._connection.cursor()
        return getattr(self._own.cursor, name)


def connect(url: str | None = None) -> BaseBackend:
    """The Ibis backend that heavy sums run on: the one a URL names, or DuckDB in memory here.

    Parameters
    ----------
    url
        As `ibis.connect` takes it ("duckdb:///big.duckdb", "postgres://…"); None: what
        CRM_ENGINE_URL says, if anything.

    Raises
    ------
    AnalysisError
        `engine.unknown_url`, `engine.no_driver`: there is no such backend, or its driver is not
        installed. What a driver itself raises (no such server, wrong password) rises as it is.
    """
    url = url or os.environ.get("CRM_ENGINE_URL")
    return _connected(url) if url else _here().backend


def backend_for(table: Any) -> BaseBackend:
    """Where sums over `table` run: an Ibis table where it lives, all else on `connect()`.

    >>> orders = pd.DataFrame({"customer": ["a", "b", "a"]})
    >>> int(backend_for(orders).execute(ibis.memtable(orders).customer.nunique()))
    2
    """
    # One of no backend is a memtable, which goes wherever it is executed.
    if isinstance(table, ibis.expr.types.Table) and (
        backends := table._find_backends()[0]
    ):
        return backends[0]
    return connect()


@cache
def _here() -> Engine:
    return Engine()


@cache
def _connected(url: str) -> BaseBackend:
    scheme = url.partition(":")[0]  # the rest may hold a password
    try:
        backend = ibis.connect(url)
    except ValueError as problem:
        raise AnalysisError("engine.unknown_url", scheme=scheme) from problem
    except ImportError as problem:
        raise AnalysisError("engine.no_driver", scheme=scheme) from problem
    if backend.name == "duckdb":
        backend.con = _ConnectionPerThread(backend.con)
    return backend


def _close(
    connection: duckdb.DuckDBPyConnection,
    spill: Path,
    private: PrivateFolder | None,
) -> None:
    connection.close()
    rmtree(spill, ignore_errors=True)
    if private:
        private.cleanup()


def _roll_back(cursor: duckdb.DuckDBPyConnection) -> None:
    with suppress(duckdb.Error):  # a failed commit has rolled back already
        cursor.execute("ROLLBACK")


def _watched(
    cursor: duckdb.DuckDBPyConnection,
    sql: str,
    values: list[Any],
    report: Callable[[float], None],
) -> list[tuple]:
    """Run a query in a thread of its own while this one reports.

    What `report` raises interrupts the query and rises here.
    """
    box: dict[str, Any] = {}

    def work() -> None:
        try:
            box["rows"] = cursor.execute(sql, values).fetchall()
        except duckdb.Error as problem:
            box["problem"] = problem

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    share = 0.0
    try:
        while thread.is_alive():
            thread.join(_WATCH_SECONDS)
            # DuckDB says -1 where it cannot tell.
            share = max(share, min(1.0, cursor.query_progress() / 100))
            report(share)
    finally:
        # Something was raised. Again and again: an interrupt that comes before the query begins is
        # not noticed.
        while thread.is_alive():
            cursor.interrupt()
            thread.join(_WATCH_SECONDS)
    if "problem" in box:
        raise box["problem"]
    return box["rows"]
