"""Opening a workspace's file.

The bookkeeping made ready, what was cut short cleared away, a damaged file moved aside.
"""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from crm_analysis.engine import Engine, quoted
from crm_analysis.errors import AnalysisError
from crm_analysis.workspace import blobs, files, saved, versions
from crm_analysis.workspace.recovering import recover
from crm_analysis.workspace.trouble import is_damage, sentences

_FORMAT = 1  # of the bookkeeping in the schema `crm`; a change of it needs a step in `_prepared`
_TABLES = (
    "CREATE SCHEMA IF NOT EXISTS crm",
    "CREATE TABLE IF NOT EXISTS crm.format AS SELECT {format} AS number",
    """CREATE TABLE IF NOT EXISTS crm.files (sha256 VARCHAR, name VARCHAR, size BIGINT,
       kept TIMESTAMP)""",
    blobs.TABLE,
    *versions.TABLES,
    *saved.TABLES,
)
_BOOKS = ("files", "versions", "saved", "settings")  # what is read for every page
_EMPTY_BYTES = (
    3 * 4096
)  # the headers of a database; a shorter file never held anything


def open_engine(folder: Path) -> Engine:
    """The engine on the file of a workspace's folder.

    Raises AnalysisError "workspace.damaged" where the file cannot be read, "workspace.recovered"
    where some of its tables could (it has been moved aside, and the next opening starts with what
    was recovered), "workspace.in_use", "workspace.newer", and what else the disk refuses.
    """
    path = folder / "workspace.duckdb"
    with sentences():
        try:
            return _prepared(path, folder)
        except duckdb.Error as problem:
            if not is_damage(problem):
                raise
            if path.stat().st_size < _EMPTY_BYTES and not files.on_disk(
                folder / "files"
            ):  # its making was cut short, before anything was loaded
                path.unlink()
                return _prepared(path, folder)
            raise _replaced(path) from problem


def _replaced(path: Path) -> AnalysisError:
    """Put what could be recovered in the place of a damaged file; what is to be said of it."""
    fresh = path.with_name(".recovered.part")
    count = recover(path, fresh, _statements())
    aside = _moved_aside(path)
    if not count:
        fresh.unlink(missing_ok=True)
        return AnalysisError("workspace.damaged", file=aside.name)
    fresh.rename(path)
    return AnalysisError("workspace.recovered", file=aside.name, count=count)


def _statements() -> list[str]:
    return [statement.format(format=_FORMAT) for statement in _TABLES]


def _moved_aside(path: Path) -> Path:
    """Give a damaged file, and its log, a name under which they stay."""
    aside = path.with_name(f"damaged-{datetime.now():%Y%m%d-%H%M%S}.duckdb")
    path.rename(aside)
    log = path.with_name(path.name + ".wal")
    if log.exists():
        log.rename(aside.with_name(aside.name + ".wal"))
    return aside


def _prepared(path: Path, folder: Path) -> Engine:
    engine = Engine(path, folder)
    path.chmod(0o600)
    with ExitStack() as unless_ready:
        unless_ready.callback(engine.close)
        with engine.transaction() as cursor:
            for statement in _statements():
                cursor.execute(statement)
        if engine.run("SELECT max(number) FROM crm.format")[0][0] > _FORMAT:
            raise AnalysisError("workspace.newer")
        for book in _BOOKS:  # damage is met now, not in the middle of a page
            engine.run(f"FROM crm.{book}")
        sweep(engine)
        files.sweep(folder)
        _match_files(engine, folder / "files")
        unless_ready.pop_all()
    return engine


def sweep(engine: Engine) -> None:
    """Drop what no version holds: tables of work that was cut short, or was never saved."""
    held = versions.stores(engine)
    for name, sort in engine.run(
        """SELECT table_name, table_type FROM information_schema.tables
           WHERE table_schema = 'main' AND table_catalog = current_database()
           AND table_type IN ('BASE TABLE', 'VIEW')"""
    ):
        if name not in held:
            engine.run(
                f"DROP {'VIEW' if sort == 'VIEW' else 'TABLE'} IF EXISTS {quoted(name)}"
            )
    engine.drop_temporary()


def _match_files(engine: Engine, folder: Path) -> None:
    """Records of files that are not there go.

    Files without a record (the database was damaged) get one, to be seen and deleted.
    """
    on_disk = files.on_disk(folder)
    recorded = {
        sha256 for (sha256,) in engine.run("SELECT DISTINCT sha256 FROM crm.files")
    }
    for sha256 in recorded - on_disk.keys():
        engine.run("DELETE FROM crm.files WHERE sha256 = ?", [sha256])
    for sha256 in sorted(on_disk.keys() - recorded):
        engine.run(
            "INSERT INTO crm.files VALUES (?, ?, ?, ?)",
            [
                sha256,
                f"recovered-{sha256[:8]}",
                on_disk[sha256],
                datetime.now(UTC).replace(tzinfo=None),
            ],
        )
