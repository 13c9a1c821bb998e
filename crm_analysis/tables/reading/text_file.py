"""A text on disk in UTF-8, and a text of delimited fields whose dialect and structure are known."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from crm_analysis.tables.reading.records import Dialect
from crm_analysis.tables.reading.scan import (
    LineCounts,
    Scan,
    scan_bytes,
    scan_lines,
)
from crm_analysis.tables.reading.structure import Structure

_HEAD_BYTES = 1 << 20


@dataclass(frozen=True)
class TextFile:
    """A file, what its bytes are like, and the length of its byte order mark."""

    path: Path
    scan: Scan
    bom: int = 0

    @classmethod
    def of(cls, path: Path) -> TextFile:
        """A file without a byte order mark."""
        with path.open("rb") as stream:
            return cls(path, scan_bytes(stream, path.stat().st_size))

    def head(self) -> str:
        """The first whole lines."""
        with self.path.open("rb") as stream:
            stream.seek(self.bom)
            text = stream.read(_HEAD_BYTES).decode("utf-8", "ignore")
        return text[: max(text.rfind("\n"), text.rfind("\r")) + 1] or text


@dataclass(frozen=True, kw_only=True)
class DelimitedFile(TextFile):
    """A file that a parser can be told how to read."""

    dialect: Dialect
    structure: Structure

    @property
    def quote(self) -> bytes | None:
        """The quote in bytes; None where there is none to heed."""
        if not self.dialect.quote or (
            self.dialect.quote == '"' and not self.scan.quotes
        ):
            return None
        return self.dialect.quote.encode()

    @property
    def columns(self) -> list[str]:
        """The names that the columns have in the engine."""
        return [f"c{position}" for position in range(self.structure.width)]

    @property
    def size(self) -> int:
        """The bytes of the file."""
        return self.path.stat().st_size

    def is_plain(self) -> bool:
        """Whether fast parsers read such a dialect as the reference splitter does."""
        dialect, scan, structure = self.dialect, self.scan, self.structure
        delimiter = dialect.delimiter or "\0"
        return (
            len(delimiter.encode()) == 1
            and delimiter not in "\r\n\0"
            and not delimiter.isalnum()
            and dialect.escape is None
            and not dialect.skip_space
            and dialect.quote in (None, '"', "'")
            and scan.feeds > 0
            and scan.lone_returns == 0
            and scan.pairs in (0, scan.feeds)
            and scan.zeros == 0
            and structure.width > 1
            and structure.shapes is not None
        )

    def count_lines(self, starts: bool = False) -> LineCounts | None:
        """See `scan_lines`."""
        delimiter = (self.dialect.delimiter or "").encode()
        with self.path.open("rb") as stream:
            return scan_lines(stream, delimiter, self.quote, self.bom, starts)

    def fields_on(self, number: int) -> list[str] | None:
        """What stands on a line; None where it has quotes."""
        with self.path.open("rb") as stream:
            line = (
                next(islice(stream, number - 1, None), b"")
                .decode("utf-8-sig")
                .rstrip("\r\n")
            )
        if self.dialect.quote and self.dialect.quote in line:
            return None
        return line.split(self.dialect.delimiter)
