"""Opening a file: text where it is, packed files and workbooks in a process of their own.

Plain text needs no other program to be read, and is read at most once as long as it is; it is
parsed in this process, which says how far it is and stops when it is cancelled.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from shutil import rmtree
from typing import Any

from crm_analysis.errors import AnalysisError
from crm_analysis.jobs import Progress
from crm_analysis.tables.unpacking.cells import SheetCells
from crm_analysis.tables.unpacking.content import Content, content_of
from crm_analysis.tables.unpacking.limits import Limits, limits_of
from crm_analysis.tables.unpacking.recognising import is_packed, recognised

_WATCH_SECONDS = 0.1
_PATIENCE = 4  # seconds of a clock for a second of computing: others work too
_SAID = 4096  # of what a process says when it breaks
_ROOT = Path(__file__).parents[3]
_PROGRAM = (
    "import sys; sys.path[:] = {path!r};"
    " from crm_analysis.tables.unpacking.child import main; main()"
)
# How a process ends that computed too long, or that the system ended for want of memory.
_TOO_LONG = int(getattr(signal, "SIGXCPU", 1))
_KILLED = int(getattr(signal, "SIGKILL", 9))
_OUT_OF_MEMORY = ("memory allocation of", "capacity overflow", "MemoryError")
_SHARE = 0.05  # of the reading of a file, which has begun


@dataclass(frozen=True)
class OpenedSheet:
    """A sheet of a workbook, its rows in the file `path`: see `SheetCells` for what is known."""

    path: Path
    sheet: str
    sheets: tuple[str, ...]
    since_1904: bool
    hidden_sheets: tuple[str, ...]
    cells: SheetCells


@contextmanager
def opened(
    source: str | Path | bytes,
    name: str | None,
    folder: Path,
    sheet: str | None,
    progress: Progress,
) -> Iterator[tuple[Content, OpenedSheet | None]]:
    """The text of a file, or a sheet of a workbook; what was unpacked goes at the end.

    Raises AnalysisError where it is no table, takes more memory or time than a file may, or ends
    the process that reads it. What `progress` raises ends that process too.
    """
    content = content_of(source, name)
    if not is_packed(content):
        yield recognised(content, folder), None
        return
    own = folder / f"unpacked_{uuid.uuid4().hex}"
    own.mkdir()
    try:
        if content.path is None:
            path = own / "packed"
            path.write_bytes(content.data or b"")
            content = replace(content, data=None, path=path)
        yield _opened_apart(content, own, sheet, progress)
    finally:
        rmtree(own, ignore_errors=True)


def _opened_apart(
    content: Content, folder: Path, sheet: str | None, progress: Progress
) -> tuple[Content, OpenedSheet | None]:
    limits = limits_of(content.size)
    request = {
        "path": str(content.path),
        "name": content.name,
        "folder": str(folder),
        "sheet": sheet,
        "limits": asdict(limits),
    }
    complaints = folder / "complaints"
    code, answer = _asked(json.dumps(request), limits, complaints, progress)
    reply: dict[str, Any] = json.loads(answer) if code == 0 else {}
    if "path" not in reply:
        complaint = complaints.read_bytes()[:_SAID].decode("utf-8", "replace")
        problem = _problem(content.name, limits, reply, code, complaint)
        raise problem from ChildProcessError(code, complaint)
    path, name, format = Path(reply["path"]), reply["name"], reply["format"]
    if "sheet" not in reply:
        return replace(content_of(path, name), format=format), None
    given: dict[str, Any] = reply["sheet"]
    return Content(name, format, reply["size"], None, path), OpenedSheet(
        path,
        given["sheet"],
        tuple(given["sheets"]),
        given["since_1904"],
        tuple(given["hidden_sheets"]),
        SheetCells(**given["cells"]),
    )


def _problem(
    name: str, limits: Limits, reply: dict[str, Any], code: int, complaint: str
) -> AnalysisError:
    """What to say of a process that did not do what it was asked."""
    if "details" in reply:
        return AnalysisError(reply["problem"], **reply["details"])
    if code == -_TOO_LONG:
        return AnalysisError(
            "reading.too_slow", name=name, seconds=round(limits.seconds)
        )
    is_full = any(words in complaint for words in _OUT_OF_MEMORY)
    if is_full or code == -_KILLED or reply.get("problem") == "memory":
        return AnalysisError(
            "reading.too_much_memory", name=name, memory=limits.memory >> 20
        )
    return AnalysisError("reading.broke_off", name=name)


def _asked(
    request: str, limits: Limits, complaints: Path, progress: Progress
) -> tuple[int, str]:
    """The code a process ended with, and what it answered; it is ended when `progress` raises."""
    path = [*filter(None, sys.path), str(_ROOT)]
    command = [sys.executable, "-S", "-c", _PROGRAM.format(path=path)]
    until = time.monotonic() + _PATIENCE * limits.seconds
    with (
        complaints.open("wb") as said,
        subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            env={**os.environ, "RUST_BACKTRACE": "0"},
            text=True,
            encoding="utf-8",
        ) as process,
    ):
        try:
            answer = _answer(process, request)
            while answer is None:
                progress(_SHARE, "reading.step_open")
                if time.monotonic() > until:
                    return -_TOO_LONG, ""
                answer = _answer(process)
        finally:
            process.kill()
    return process.returncode, answer


def _answer(
    process: subprocess.Popen[str], request: str | None = None
) -> str | None:
    """What a process answered once it has ended; None while it works."""
    try:
        return process.communicate(request, timeout=_WATCH_SECONDS)[0]
    except subprocess.TimeoutExpired:
        return None
