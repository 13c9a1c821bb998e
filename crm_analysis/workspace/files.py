"""Uploads as they came, named by their content, until the owner deletes them."""

from __future__ import annotations

import hashlib
import io
import os
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from shutil import rmtree
from typing import BinaryIO

from crm_analysis.errors import AnalysisError
from crm_analysis.workspace.trouble import sentences

# .streamlit/config.toml says the same number to the browser; a test holds them together.
UPLOAD_LIMIT_MB = 200
_CHUNK = 1 << 20
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")


@dataclass(frozen=True)
class KeptFile:
    """An upload: its content's SHA-256, the name it came under, its size in bytes, its path."""

    sha256: str
    name: str
    size: int
    path: Path


def keep(
    folder: Path,
    source: bytes | BinaryIO | Path,
    name: str,
    record: Callable[[KeptFile], None],
) -> KeptFile:
    """Copy a file into `folder`, piece by piece; on disk, whole, when this returns.

    The same content is kept once.

    `record` writes it down before it gets its place: cut short in between, there is a record
    without a file, which says what it is, and not a file that nobody knows.

    Raises AnalysisError "workspace.file_too_large", "workspace.disk_full" or
    "workspace.not_writable".
    """
    name = plain_name(name)
    draft = folder / f".{secrets.token_hex(8)}.part"
    digest, size = hashlib.sha256(), 0
    with sentences():
        try:
            with (
                _opened(source) as incoming,
                open(draft, "xb", opener=only_owner) as outgoing,
            ):
                while chunk := incoming.read(_CHUNK):
                    size += len(chunk)
                    if size > UPLOAD_LIMIT_MB << 20:
                        raise AnalysisError(
                            "workspace.file_too_large",
                            name=name,
                            limit=UPLOAD_LIMIT_MB,
                        )
                    digest.update(chunk)
                    outgoing.write(chunk)
                outgoing.flush()
                os.fsync(outgoing.fileno())
            kept = KeptFile(
                digest.hexdigest(), name, size, folder / digest.hexdigest()
            )
            record(kept)
            draft.replace(kept.path)
            _settle(folder)
        finally:
            draft.unlink(missing_ok=True)
    return kept


def only_owner(path: str, flags: int) -> int:
    """Open a file that nobody else may read, whatever the process grants by default."""
    return os.open(path, flags, 0o600)


def plain_name(name: str) -> str:
    r"""The last part of a file's name, whichever system's path it came with.

    >>> plain_name("C:\\shop\\orders.csv"), plain_name("../../etc/passwd"), plain_name("")
    ('orders.csv', 'passwd', 'file')
    """
    return (PurePosixPath(PureWindowsPath(name).name).name or "file")[-200:]


def sweep(folder: Path) -> None:
    """Remove what copying and reading leave in a workspace's folder when they are cut short."""
    for pattern in (
        "files/.*.part",
        ".*.part",
        "incoming_*",
        "unpacked_*",
        "raw_*",
    ):
        for left in folder.glob(pattern):
            if left.is_dir():
                rmtree(left, ignore_errors=True)
            else:
                left.unlink(missing_ok=True)


def on_disk(folder: Path) -> dict[str, int]:
    """The kept files of a folder: their SHA-256 and sizes."""
    return {
        path.name: path.stat().st_size
        for path in folder.iterdir()
        if _SHA256.match(path.name)
    }


class _Borrowed(io.RawIOBase):
    """A stream of the caller's, read from its start and left open."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        if stream.seekable():
            stream.seek(0)

    def read(self, size: int = -1) -> bytes:
        return self._stream.read(size)


def _opened(source: bytes | BinaryIO | Path) -> BinaryIO | _Borrowed:
    if isinstance(source, bytes | bytearray | memoryview):
        return io.BytesIO(source)
    return source.open("rb") if isinstance(source, Path) else _Borrowed(source)


def _settle(folder: Path) -> None:
    """Make a rename last through a power cut, where the system lets a folder be synced."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
