"""What a person loaded and decided.

One DuckDB file a workspace, which survives refresh, crash and restart.

    open_workspace(id=None)     the workspace of that id; without one the last opened, or a new one
    new_workspace(name)         a new, empty one
    list_workspaces()           all of them, the last used first
    rename_workspace(id, name)
    delete_workspace(id)        gone from disk: tables, uploads, everything

A `Workspace` keeps uploads (`keep_file`), tables with their ledgers and versions (`save_table`,
`load`), small saved things (`save`, `saved`) and `settings`. One process owns a workspace's file
at a time; its threads share it.
"""

from __future__ import annotations

import threading
from pathlib import Path

import duckdb

from crm_analysis import jobs
from crm_analysis.errors import AnalysisError
from crm_analysis.workspace import home
from crm_analysis.workspace.files import UPLOAD_LIMIT_MB, KeptFile
from crm_analysis.workspace.home import WorkspaceInfo
from crm_analysis.workspace.saved import Saved
from crm_analysis.workspace.store import Workspace
from crm_analysis.workspace.table import SavedTable
from crm_analysis.workspace.trouble import is_damage, sentences
from crm_analysis.workspace.versions import (
    VERSIONS_KEPT,
    TableVersion,
    fingerprint,
)

__all__ = [
    "UPLOAD_LIMIT_MB",
    "VERSIONS_KEPT",
    "KeptFile",
    "Saved",
    "SavedTable",
    "TableVersion",
    "Workspace",
    "WorkspaceInfo",
    "close_workspaces",
    "delete_workspace",
    "fingerprint",
    "list_workspaces",
    "new_workspace",
    "open_workspace",
    "rename_workspace",
]

_STOP_SECONDS = 20.0
_lock = threading.RLock()
_open: dict[Path, Workspace] = {}


def open_workspace(id: str | None = None, *, name: str = "") -> Workspace:
    """The workspace of an id.

    Without one the last opened on this machine, and where there is none a new one called `name`.

    Raises AnalysisError "workspace.unknown" where there is no such workspace, "workspace.in_use"
    where another process has it open, and what else `Workspace` says of the disk.
    """
    with _lock:
        if id is None:
            workspaces = home.infos()
            id = workspaces[0].id if workspaces else home.make(name)
        folder = home.folder_of(id)
        if not home.is_there(folder):
            _close_gone(folder)
            raise AnalysisError("workspace.unknown")
        workspace = _open.get(folder)
        if workspace is None:
            workspace = Workspace(id)
            workspace.engine  # noqa: B018 says now what is wrong with the file, if anything
            _open[folder] = workspace
        home.touch(id)
        return workspace


def new_workspace(name: str = "") -> Workspace:
    """A new, empty workspace."""
    return open_workspace(home.make(name))


def list_workspaces() -> list[WorkspaceInfo]:
    """All workspaces on this machine, the last used first."""
    return home.infos()


def rename_workspace(id: str, name: str) -> None:
    """Give a workspace another name; AnalysisError("workspace.unknown") where there is none."""
    home.rename(id, name)


def delete_workspace(id: str) -> None:
    """Delete a workspace with all that is in it; its work is cancelled first.

    Raises AnalysisError "workspace.unknown" where there is none, "workspace.in_use" where another
    process has it open.
    """
    folder = home.existing(id)
    jobs.cancel_all(id, timeout=_STOP_SECONDS)
    with _lock:
        workspace = _open.pop(folder, None)
        if workspace:
            workspace.close()
        else:
            _assert_free(folder / "workspace.duckdb")
        home.remove(id)


def _close_gone(folder: Path) -> None:
    """Close a workspace whose folder somebody has taken away."""
    workspace = _open.pop(folder, None)
    if workspace:
        workspace.close()


def close_workspaces() -> None:
    """Close every workspace that this process has open, as the end of a process does."""
    with _lock:
        while _open:
            _open.popitem()[1].close()


def _assert_free(path: Path) -> None:
    """Raise AnalysisError("workspace.in_use") where another process has the file open.

    Only DuckDB's own lock can tell.
    """
    if path.exists():
        try:
            with sentences():
                duckdb.connect(str(path)).close()
        except duckdb.Error as problem:
            if not is_damage(problem):
                raise
