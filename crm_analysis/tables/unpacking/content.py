"""The bytes of one file, in memory or on disk."""

from __future__ import annotations

import io
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from crm_analysis.errors import AnalysisError

MAXIMUM_BYTES = 4 * 1024**3
IN_MEMORY = 8 * 1024**2  # bytes of files that are held


@dataclass(frozen=True)
class Content:
    """A file that may be read: its bytes in memory (small) or on disk.

    `format` is "text", or the ending of what Excel writes.
    """

    name: str
    format: str
    size: int
    data: bytes | None = None
    path: Path | None = None

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """The bytes as a stream from the beginning."""
        if self.data is not None:
            yield io.BytesIO(self.data)
        elif self.path is not None:
            with self.path.open("rb") as stream:
                yield stream

    def head(self, size: int) -> bytes:
        """The first bytes."""
        with self.open() as stream:
            return stream.read(size)

    def on_disk(self, folder: Path) -> Path:
        """A path inside `folder` under which the database may read it.

        The file itself, a hard link, or else a copy.
        """
        if self.path is not None and self.path.resolve().is_relative_to(folder):
            return self.path.resolve()
        path = folder / f"incoming_{uuid.uuid4().hex}"
        if self.path is None:
            path.write_bytes(self.data or b"")
            return path
        try:
            os.link(self.path, path)
        except OSError:
            shutil.copyfile(self.path, path)
        return path


def content_of(source: str | Path | bytes, name: str | None) -> Content:
    """The content of a file as it is, its format not known yet."""
    if isinstance(source, bytes | bytearray | memoryview):
        data = bytes(source)
        content = Content(name or "data", "", len(data), data)
    else:
        path = Path(source)
        name = name or path.name
        if not path.is_file():
            raise AnalysisError("reading.not_found", name=name)
        size = path.stat().st_size
        content = Content(
            name,
            "",
            size,
            path.read_bytes() if size <= IN_MEMORY else None,
            path,
        )
    if content.size > MAXIMUM_BYTES:
        raise AnalysisError(
            "reading.too_large",
            name=content.name,
            size=content.size // 1024**2,
            maximum=MAXIMUM_BYTES // 1024**2,
        )
    return content
