"""One workspace: what a person loaded and decided, in one DuckDB file and a folder of uploads."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import duckdb
import pandas as pd

from crm_analysis.engine import Engine
from crm_analysis.errors import AnalysisError
from crm_analysis.options import Options
from crm_analysis.workspace import files, home, opening, saved, versions
from crm_analysis.workspace.files import KeptFile
from crm_analysis.workspace.saved import Saved, Settings
from crm_analysis.workspace.table import SavedTable
from crm_analysis.workspace.trouble import sentences
from crm_analysis.workspace.versions import TableVersion

if TYPE_CHECKING:
    from crm_analysis.tables.cleaning import Cleaned
    from crm_analysis.tables.roles import Roles

_USED = "used"  # the setting that names the table in use of each kind


class Workspace:
    """What a person loaded and decided.

    Made by `open_workspace` and `new_workspace`, one object a workspace and process.

    All methods may be called from any thread; what changes something is on disk, whole, when it
    returns. Trouble with the disk is an AnalysisError: "workspace.in_use" (another process has it
    open), "workspace.disk_full", "workspace.not_writable", "workspace.damaged" (the file was moved
    aside; the next opening starts empty), "workspace.newer".
    """

    def __init__(self, identifier: str) -> None:
        self.id = identifier
        self.folder = home.existing(identifier)
        self.settings = Settings(self._writing)
        self._lock = threading.RLock()
        self._opened: Engine | None = None
        self._closed = False

    def __repr__(self) -> str:
        return f"Workspace({self.id!r})"

    @property
    def name(self) -> str:
        """What its owner calls it; empty where it has no name."""
        return home.name_of(self.folder)

    @property
    def engine(self) -> Engine:
        """The engine on the workspace's file.

        Tables made in it that no version holds are gone when the file is next opened.
        """
        with self._lock:
            if self._closed or not self.folder.is_dir():
                raise AnalysisError("workspace.unknown")
            if self._opened and self._opened.is_broken:
                self._put_away()
            if self._opened is None:
                self._opened = opening.open_engine(self.folder)
            return self._opened

    def close(self) -> None:
        """Close the file; the object is of no more use."""
        with self._lock:
            self._closed = True
            self._put_away()

    def _put_away(self) -> None:
        """Close the engine; the next that asks for it gets a new one."""
        opened, self._opened = self._opened, None
        if opened:
            opened.close()

    # Uploads

    def keep_file(self, source: bytes | BinaryIO | Path, name: str) -> KeptFile:
        """Copy an upload into the workspace, where it stays until `delete_file`.

        The same content is kept once.

        Raises AnalysisError "workspace.file_too_large" beyond UPLOAD_LIMIT_MB.
        """

        def record(kept: KeptFile) -> None:
            with engine.transaction() as cursor:
                cursor.execute(
                    "DELETE FROM crm.files WHERE sha256 = ? AND name = ?",
                    [kept.sha256, kept.name],
                )
                cursor.execute(
                    "INSERT INTO crm.files VALUES (?, ?, ?, ?)",
                    [
                        kept.sha256,
                        kept.name,
                        kept.size,
                        datetime.now(UTC).replace(tzinfo=None),
                    ],
                )

        with self._writing() as engine:
            return files.keep(self.folder / "files", source, name, record)

    def files(self) -> list[KeptFile]:
        """The uploads that are there, in the order they came."""
        rows = self.engine.run(
            "SELECT sha256, name, size FROM crm.files ORDER BY kept, name"
        )
        folder = self.folder / "files"
        uploads = [
            KeptFile(sha256, name, size, folder / sha256)
            for sha256, name, size in rows
        ]
        return [upload for upload in uploads if upload.path.exists()]

    def file(self, sha256: str) -> KeptFile:
        """An upload by its content's SHA-256, under the name it came last.

        AnalysisError("workspace.no_file") where it is gone.
        """
        uploads = [upload for upload in self.files() if upload.sha256 == sha256]
        if not uploads:
            raise AnalysisError("workspace.no_file")
        return uploads[-1]

    def delete_file(self, sha256: str) -> None:
        """Delete an upload from disk; tables made from it stay."""
        path = self.file(sha256).path
        with self._writing():
            path.unlink(missing_ok=True)
            self.engine.run("DELETE FROM crm.files WHERE sha256 = ?", [sha256])

    # Tables

    def save_table(  # noqa: PLR0913
        self,
        cleaned: Cleaned,
        *,
        name: str | None = None,
        label: str = "",
        roles: Roles | None = None,
        read_options: Options | None = None,
        clean_options: Options | None = None,
        files: Sequence[KeptFile | str] = (),
        recipe: Mapping[str, Any] | None = None,
    ) -> TableVersion:
        """Save a cleaned table with its ledger and all that was decided.

        As the current version of `name` (its kind, by default).

        The newest VERSIONS_KEPT versions of a name are kept. `files` are the uploads it was read
        from (or their SHA-256), in order; `recipe` is what else it follows from, as plain JSON. A
        table of this workspace's own engine is taken over without copying.
        """
        with self._writing() as engine:
            version = versions.save(
                engine,
                cleaned,
                name=name or cleaned.kind,
                label=label,
                roles=roles,
                read_options=read_options,
                clean_options=clean_options,
                files=[
                    file if isinstance(file, str) else file.sha256 for file in files
                ],
                recipe=recipe,
            )
            self._checkpoint(engine)
        return version

    def tables(self) -> list[TableVersion]:
        """The current version of each table: those in use first, then the newest."""
        return self._used_first(versions.listed(self.engine, "current"))

    def versions(self, name: str) -> list[TableVersion]:
        """All kept versions of a table, the newest first."""
        return versions.listed(self.engine, "name = ?", [name])

    def load(self, which: str | int) -> SavedTable:
        """A saved table: by its name, by its kind.

        The one in use, else the newest, or a version by its number.

        Raises AnalysisError "workspace.no_table" where none of that name or kind is saved,
        "workspace.no_version" for a number.
        """
        engine = self.engine
        if isinstance(which, int):
            version = versions.one(engine, which)
        else:
            current = versions.listed(
                engine, "current AND (name = $1 OR kind = $1)", [which]
            )
            if not current:
                raise AnalysisError("workspace.no_table", kind=which)
            candidates = self._used_first(current)
            named = [table for table in candidates if table.name == which]
            version = (named or candidates)[0]
        return SavedTable(version, engine)

    def use(self, name: str) -> None:
        """Make a table the one that is meant by its kind, where there are several of that kind."""
        self.settings[_USED] = {
            **(self.settings.get(_USED) or {}),
            self.load(name).kind: name,
        }

    def _used_first(self, tables: list[TableVersion]) -> list[TableVersion]:
        used = self.settings.get(_USED) or {}
        return sorted(tables, key=lambda table: used.get(table.kind) != table.name)

    def restore_version(self, version: int) -> TableVersion:
        """Make an older version the current one of its name."""
        with self._writing() as engine:
            return versions.restore(engine, version)

    def remove_table(self, name: str) -> bool:
        """Drop a table with all its versions; whether there was one. Its uploads stay."""
        with self._writing() as engine:
            gone = versions.remove(engine, name)
            self._checkpoint(engine)
        return gone

    def clear_scratch(self) -> None:
        """Drop the tables that no version holds, for the space they take.

        Raw and cleaned tables at hand are of no more use then.

        The next opening of the file does the same.
        """
        with self._writing() as engine:
            opening.sweep(engine)
            self._checkpoint(engine)

    # Small things

    def save(
        self,
        kind: str,
        name: str,
        payload: Mapping[str, Any] | None = None,
        frames: Mapping[str, pd.DataFrame] | None = None,
        binaries: Mapping[str, bytes] | None = None,
    ) -> None:
        """Save something small under a kind and a name (a segmentation, a filter, a model).

        Plain JSON, frames, bytes.
        """
        with self._writing() as engine:
            saved.save(
                engine, kind, name, payload or {}, frames or {}, binaries or {}
            )

    def saved(self, kind: str) -> list[Saved]:
        """All that is saved under a kind, in the order of its last change."""
        return saved.find(self.engine, kind)

    def saved_one(self, kind: str, name: str) -> Saved | None:
        """What is saved under a kind and a name."""
        return next(iter(saved.find(self.engine, kind, name)), None)

    def forget(self, kind: str, name: str) -> bool:
        """Delete what is saved under a kind and a name; whether there was anything."""
        with self._writing() as engine:
            return saved.forget(engine, kind, name)

    @contextmanager
    def _writing(self) -> Iterator[Engine]:
        engine = self.engine
        with sentences():
            yield engine

    def _checkpoint(self, engine: Engine) -> None:
        """Move the log into the file, so that the next opening has nothing to replay.

        What is in the log is safe as well.
        """
        with suppress(
            duckdb.TransactionException
        ):  # another thread writes: its own save will do it
            engine.run("CHECKPOINT")
