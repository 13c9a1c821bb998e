"""What a disk can do to a workspace, as sentences.

Full, not writable, damaged, in use, written by a newer version.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from crm_analysis.errors import AnalysisError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)
# After a write that failed DuckDB answers nothing more; then the file is opened anew.
_OPENED_ANEW = ("database has been invalidated", "Connection already closed")
_DAMAGE = (
    "not a valid DuckDB database file",
    "Corrupt database file",
    "Could not read enough bytes",
    "Failure while replaying WAL",
    "Failed to load metadata",
)


@contextmanager
def sentences() -> Iterator[None]:
    """Say as AnalysisErrors what the disk refuses; everything else rises as it is."""
    try:
        yield
    except OSError as problem:
        if problem.errno in _FULL:
            raise AnalysisError("workspace.disk_full") from problem
        if problem.errno in _FORBIDDEN:
            raise AnalysisError("workspace.not_writable") from problem
        if problem.errno == errno.EIO:
            raise AnalysisError("workspace.disk_fails") from problem
        raise
    except duckdb.Error as problem:
        key = _key(str(problem), isinstance(problem, duckdb.OutOfMemoryException))
        if not key:
            raise
        raise AnalysisError(key) from problem


def _key(text: str, memory: bool) -> str | None:
    """DuckDB has one class of error for all that files do.

    Its text says which, the system's own words included.
    """
    if (
        "Could not set lock on file" in text
        or "being used by another process" in text
    ):
        return "workspace.in_use"
    if (
        any(os.strerror(code) in text for code in _FULL)
        or "max_temp_directory_size" in text
    ):
        return "workspace.disk_full"
    if any(os.strerror(code) in text for code in _FORBIDDEN):
        return "workspace.not_writable"
    if os.strerror(errno.EIO) in text:
        return "workspace.disk_fails"
    if "database file with version number" in text:
        return "workspace.newer"
    if any(sign in text for sign in _OPENED_ANEW):
        return "workspace.opened_anew"
    return "workspace.out_of_memory" if memory else None


def is_damage(problem: duckdb.Error) -> bool:
    """Whether an error met while opening a file, or reading from it.

    Says that the file's content is broken.
    """
    text = str(problem)
    if _key(text, memory=False):  # a full disk, say, which may be fatal as well
        return False
    fatal = (
        duckdb.SerializationException,
        duckdb.InternalException,
        duckdb.FatalException,
    )
    return isinstance(problem, fatal) or any(sign in text for sign in _DAMAGE)
