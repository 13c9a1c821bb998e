"""Where workspaces lie.

One folder each, named by a random id, under one home that only its owner can read.

    <home>/<id>/workspace.duckdb     tables, roles, options, ledgers, what was saved
    <home>/<id>/workspace.json       the name; its time of change is when it was last opened
    <home>/<id>/files/<sha256>       uploads as they came
    <home>/<id>/spill                what sums too big for memory put down for a moment

A folder comes and goes under its id in one step (a rename), so that a crash leaves no half of one.
"""

from __future__ import annotations

import base64
import json
import os
import re
import secrets
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from shutil import rmtree

from crm_analysis.errors import AnalysisError
from crm_analysis.workspace.files import only_owner
from crm_analysis.workspace.trouble import sentences

# 120 random bits, in letters that stay distinct where file names do not know upper from lower case
_ID = re.compile(r"[a-z2-7]{24}\Z")
_HALF_MADE, _GOING = ".new-", ".gone-"
_HALF_MADE_SECONDS = 3600


@dataclass(frozen=True)
class WorkspaceInfo:
    """A workspace in a list.

    `name` is empty where none was given, `opened` is when it was last used, `bytes` its size on
    disk.
    """

    id: str
    name: str
    opened: datetime
    bytes: int


def home() -> Path:
    """The folder of all workspaces: CRM_HOME, else the usual place for a program's data.

    Made when first asked for.
    """
    folder = (
        Path(os.environ["CRM_HOME"]).expanduser()
        if os.environ.get("CRM_HOME")
        else _usual_home()
    )
    with sentences():
        try:
            if not folder.is_dir():
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except (
            FileExistsError,
            NotADirectoryError,
        ) as problem:  # a file lies where the folder should
            raise AnalysisError("workspace.not_writable") from problem
    return _resolved(folder.absolute())


@cache  # a page asks for its workspace a dozen times, and each would look at every folder above
def _resolved(folder: Path) -> Path:
    return folder.resolve()


def _usual_home() -> Path:
    if sys.platform == "win32":
        above = Path(
            os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
        )
    elif sys.platform == "darwin":
        above = Path.home() / "Library" / "Application Support"
    else:
        above = Path(
            os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
        )
    return above / "crm_analysis"


def folder_of(identifier: str) -> Path:
    """The folder of a workspace, there or not.

    AnalysisError("workspace.unknown") for what cannot be an id.
    """
    if not isinstance(identifier, str) or not _ID.match(identifier):
        raise AnalysisError("workspace.unknown")
    return home() / identifier


def existing(identifier: str) -> Path:
    """The folder of a workspace; AnalysisError("workspace.unknown") where there is none."""
    folder = folder_of(identifier)
    if not is_there(folder):
        raise AnalysisError("workspace.unknown")
    return folder


def is_there(folder: Path) -> bool:
    """Whether a folder is one of a workspace's own, and no link to another."""
    return folder.is_dir() and not folder.is_symlink()


def make(name: str) -> str:
    """A new, empty workspace's id."""
    identifier = base64.b32encode(secrets.token_bytes(15)).decode().lower()
    draft = home() / (_HALF_MADE + identifier)
    with sentences():
        draft.mkdir(mode=0o700)
        (draft / "files").mkdir(mode=0o700)
        _write_card(draft, name)
        draft.rename(home() / identifier)
    _sweep()
    return identifier


def remove(identifier: str) -> None:
    """Delete a workspace's folder with all that is in it."""
    folder = existing(identifier)
    with sentences():
        folder.rename(home() / (_GOING + identifier))
        _sweep()


def rename(identifier: str, name: str) -> None:
    """Give a workspace another name."""
    folder = existing(identifier)
    with sentences():
        _write_card(folder, name)


def touch(identifier: str) -> None:
    """Note that a workspace is in use now."""
    card = folder_of(identifier) / "workspace.json"
    with sentences(), suppress(FileNotFoundError):
        os.utime(card)


def infos() -> list[WorkspaceInfo]:
    """All workspaces, the last used first."""
    workspaces = []
    for folder in home().iterdir():
        if _ID.match(folder.name) and is_there(folder):
            with suppress(FileNotFoundError):  # one that goes just now
                workspaces.append(_info(folder))
    return sorted(workspaces, key=lambda info: info.opened, reverse=True)


def name_of(folder: Path) -> str:
    """The name of a workspace; empty where it has none."""
    try:
        return str(
            json.loads((folder / "workspace.json").read_text(encoding="utf-8"))[
                "name"
            ]
        )
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
    ):  # the name is a comfort; without it the workspace opens all the same
        return ""


def _info(folder: Path) -> WorkspaceInfo:
    card = folder / "workspace.json"
    seen = (card if card.exists() else folder).stat().st_mtime
    return WorkspaceInfo(
        folder.name,
        name_of(folder),
        datetime.fromtimestamp(seen, UTC).astimezone(),
        sum(_size(path) for path in folder.rglob("*")),
    )


def _size(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else 0
    except FileNotFoundError:  # a spill file that went in the meantime
        return 0


def _write_card(folder: Path, name: str) -> None:
    write_whole(
        folder / "workspace.json",
        json.dumps({"name": name.strip()[:200]}, ensure_ascii=False).encode(),
    )


def write_whole(path: Path, content: bytes) -> None:
    """Put a small file in place in one step, on disk when this returns."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with open(draft, "wb", opener=only_owner) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _sweep() -> None:
    """Finish what was cut short.

    Deletions always, half-made workspaces once they are surely nobody's.
    """
    for folder in home().iterdir():
        half_made = (
            folder.name.startswith(_HALF_MADE)
            and time.time() - folder.stat().st_mtime > _HALF_MADE_SECONDS
        )
        if half_made or folder.name.startswith(_GOING):
            rmtree(folder, ignore_errors=True)
