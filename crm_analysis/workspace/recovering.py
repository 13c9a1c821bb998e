"""What can still be read of a damaged workspace's file, copied into a fresh one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import duckdb

from crm_analysis.engine import STORAGE, literal, quoted, show_as_text
from crm_analysis.workspace import versions

_BOOKS = ("files", "settings", "saved", "versions")
_PARTS = "SELECT part FROM crm.blobs WHERE owner = ?"


def recover(damaged: Path, fresh: Path, prepare: Sequence[str]) -> int:
    """Make a file of what can be read of a damaged one; how many versions of tables it has.

    A version, and what is saved under a name, is there with all that belongs to it or not at all.
    """
    unreadable: set[str] = set()
    while True:
        fresh.unlink(missing_ok=True)
        try:
            with closing(duckdb.connect(str(fresh), config=STORAGE)) as connection:
                for statement in prepare:
                    connection.execute(statement)
                return _Copier(connection, damaged, unreadable).copy_all()
        except _Unusable as problem:  # and without that part, once more
            if problem.part in unreadable:
                return 0
            unreadable.add(problem.part)
        except duckdb.Error:  # nothing of it can be read
            return 0


class _Unusable(Exception):
    """Reading a part has made DuckDB refuse all further work."""

    def __init__(self, part: str) -> None:
        super().__init__(part)
        self.part = part


class _Copier:
    """Copies from a damaged file, which is only read, into the one that is open."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        damaged: Path,
        unreadable: set[str],
    ) -> None:
        self._connection = connection
        self._unreadable = unreadable
        connection.execute(f"ATTACH {literal(str(damaged))} AS damaged (READ_ONLY)")

    def copy_all(self) -> int:
        """Copy whatever reads."""
        for book in _BOOKS:
            self._try(f"INSERT INTO crm.{book} FROM damaged.crm.{book}", book)
        self._copy_blobs()
        kept = [
            version
            for version, details in self._rows(
                "SELECT version, details FROM crm.versions ORDER BY version"
            )
            if self._copy_version(version, json.loads(details)["frames"])
        ]
        self._drop_halves(kept)
        self._connection.execute("DETACH damaged")
        return len(kept)

    def _copy_blobs(self) -> None:
        copy = "INSERT INTO crm.blobs FROM damaged.crm.blobs"
        if self._try(copy, "blobs"):
            return
        owners = self._rows(
            """SELECT owner FROM crm.saved
               UNION SELECT 'kept_' || version FROM crm.versions ORDER BY 1"""
        )
        for (owner,) in owners:
            self._try(f"{copy} WHERE owner = {literal(owner)}", f"blobs {owner}")

    def _copy_version(self, version: int, frames: Sequence[str]) -> bool:
        """Copy the tables of a version; whether it is there with all of its ledger."""
        stores = ", ".join(map(literal, versions.stores_of(version)))
        tables = self._rows(
            f"""SELECT table_name FROM duckdb_tables() WHERE database_name = 'damaged'
                AND schema_name = 'main' AND table_name IN ({stores})"""
        )
        whole = bool(tables) and all(
            self._try(
                f"CREATE TABLE {quoted(name)} AS FROM damaged.main.{quoted(name)}",
                name,
            )
            for (name,) in tables
        )
        coded = f"kept_{version}_coded"
        if whole and (coded,) in tables:
            show_as_text(self._connection, coded, f"kept_{version}")
        return whole and self._has_parts(f"kept_{version}", frames)

    def _has_parts(self, owner: str, parts: Sequence[str]) -> bool:
        found = {part for (part,) in self._rows(_PARTS, [owner])}
        return set(parts) <= found

    def _drop_halves(self, kept: Sequence[int]) -> None:
        """Of what is there in part only, nothing stays; each name has a current version again.

        Tables of no version go when the file is next opened.
        """
        run = self._connection.execute
        run("DELETE FROM crm.versions WHERE NOT list_contains(?, version)", [kept])
        run(
            """UPDATE crm.versions SET current = true WHERE version IN
               (SELECT max(version) FROM crm.versions GROUP BY name
                HAVING NOT bool_or(current))"""
        )
        start = max(kept, default=0) + 1
        run(f"CREATE OR REPLACE SEQUENCE crm.version_numbers START {start}")
        for owner, frames, binaries in self._rows(
            "SELECT owner, frames, binaries FROM crm.saved"
        ):
            parts = [f"frame {name}" for name in json.loads(frames)]
            parts += [f"binary {name}" for name in json.loads(binaries)]
            if not self._has_parts(owner, parts):
                run("DELETE FROM crm.saved WHERE owner = ?", [owner])
        run(
            """DELETE FROM crm.blobs WHERE owner NOT IN (SELECT owner FROM crm.saved
               UNION ALL SELECT 'kept_' || version FROM crm.versions)"""
        )

    def _rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple]:
        return self._connection.execute(sql, list(values)).fetchall()

    def _try(self, sql: str, part: str) -> bool:
        """Whether a part could be copied."""
        if part in self._unreadable:
            return False
        try:
            self._connection.execute(sql)
        except (duckdb.FatalException, duckdb.InternalException) as problem:
            raise _Unusable(part) from problem
        except duckdb.Error:
            return False
        return True
