"""Where heavy sums run: DuckDB on this machine, reached as SQL or through Ibis."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb
    import ibis


class Engine:
    """One locked DuckDB database and the one Ibis backend on it.

    In memory, or the file `path`; it may read files in `folder` only (a private folder is made where none is given).
    """

    connection: duckdb.DuckDBPyConnection
    backend: ibis.BaseBackend
    folder: Path
