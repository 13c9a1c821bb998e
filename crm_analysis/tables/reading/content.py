"""The gate: what kind of file it is, by its first bytes and not its name; what cannot be read is refused in plain words."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import re
import shutil
import uuid
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from crm_analysis.errors import AnalysisError

__all__ = ["MOST_BYTES", "Content", "open_content"]

MOST_BYTES = 4 * 1024**3
# A file that unpacks to more than this many times its size, and to more than _FREE bytes, is a trap.
_MOST_RATIO = 200
_FREE = 64 * 1024**2
_IN_MEMORY = 8 * 1024**2
_BLOCK = 1 << 20

_REFUSED = (
    (b"%PDF", "pdf"),
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF8", "image"),
    (b"II*\0", "image"),
    (b"MM\0*", "image"),
    (b"RIFF", "media"),
    (b"ID3", "media"),
    (b"OggS", "media"),
    (b"PAR1", "parquet"),
    (b"ARROW1", "parquet"),
    (b"ORC", "parquet"),
    (b"Obj\x01", "parquet"),
    (b"SQLite format 3\0", "database"),
    (b"\x89HDF", "database"),
    (b"DUCK", "database"),
    (b"Rar!", "archive"),
    (b"7z\xbc\xaf", "archive"),
    (b"\x28\xb5\x2f\xfd", "archive"),
    (b"\x1f\x9d", "archive"),
    (b"{\\rtf", "document"),
    (b"RDX", "statistics"),
    (b"X\n\0\0", "statistics"),
    (b"$FL2", "statistics"),
    (b"<stata_dta>", "statistics"),
    (b"\x7fELF", "program"),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@dataclass(frozen=True)
class Content:
    """A file behind the gate: its bytes in memory (small) or on disk, and its format: "text" or one that Excel writes."""

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

    def head(self, size: int = _BLOCK) -> bytes:
        """The first bytes."""
        if self.data is not None:
            return self.data[:size]
        with self.open() as stream:
            return stream.read(size)

    def on_disk(self, folder: Path) -> Path:
        """A path inside `folder` under which the database may read it: the file itself, a hard link, or else a copy."""
        if self.path is not None and self.path.resolve().is_relative_to(folder):
            return self.path.resolve()
        place = folder / f"incoming_{uuid.uuid4().hex}"
        if self.path is None:
            place.write_bytes(self.data or b"")
            return place
        try:
            os.link(self.path, place)
        except OSError:
            shutil.copyfile(self.path, place)
        return place


def open_content(source: str | Path | bytes, name: str | None, folder: Path) -> Content:
    """The content of a file, unpacked where it is packed; AnalysisError where it is none that can be read."""
    if isinstance(source, bytes | bytearray | memoryview):
        data = bytes(source)
        content = Content(name or "data", "", len(data), data)
    else:
        path = Path(source)
        name = name or path.name
        if not path.is_file():
            raise AnalysisError("reading.not_found", name=name)
        size = path.stat().st_size
        content = Content(name, "", size, path.read_bytes() if size <= _IN_MEMORY else None, path)
    if content.size > MOST_BYTES:
        raise AnalysisError(
            "reading.too_large",
            name=content.name,
            size=content.size // 1024**2,
            most=MOST_BYTES // 1024**2,
        )
    return _judge(content, folder, packed=False)


def _judge(content: Content, folder: Path, packed: bool) -> Content:
    head = content.head(4096)
    name = content.name
    if not head.strip(b"\0 \t\r\n\x1a\xef\xbb\xbf\xff\xfe"):
        with content.open() as stream:
            if not any(
                block.strip(b"\0 \t\r\n\x1a\xef\xbb\xbf\xff\xfe")
                for block in iter(lambda: stream.read(_BLOCK), b"")
            ):
                raise AnalysisError("reading.empty", name=name)
    packers: dict[bytes, Any] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\0": lzma.open}
    for mark, opener in packers.items():
        if head.startswith(mark) and (mark != b"BZh" or head[4:10] == b"1AY&SY"):
            if packed:
                raise AnalysisError("reading.packed_twice", name=name)
            with content.open() as stream:
                return _judge(
                    _unpack(
                        opener(stream, "rb"),
                        re.sub(r"\.(gz|bz2|xz)$", "", name, flags=re.I),
                        content.size,
                        folder,
                    ),
                    folder,
                    packed=True,
                )
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _judge_zip(content, folder, packed)
    if head.startswith(_OLE):
        return _judge_ole(content)
    for mark, kind in _REFUSED:
        if head.startswith(mark) and (kind != "media" or b"\0" in head):
            raise AnalysisError(f"reading.refused_{kind}", name=name)
    if head[:1024].find(b"%PDF-") >= 0 and b"\0" in head + content.head(1 << 16):
        raise AnalysisError("reading.refused_pdf", name=name)
    _judge_text(content, head)
    return _as(content, "text")


def _as(content: Content, format: str) -> Content:
    return Content(content.name, format, content.size, content.data, content.path)


# zipfile raises a RuntimeError for a password, and one of its kinds for a way of packing that it does not know.
_BROKEN = (
    OSError,
    EOFError,
    ValueError,
    RuntimeError,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
)


def _unpack(stream: IO[bytes], name: str, size: int, folder: Path) -> Content:
    """The content of a packed stream, on disk where it is large."""
    limit = min(MOST_BYTES, max(_FREE, size * _MOST_RATIO))
    kept = io.BytesIO()
    place: Path | None = None
    out: IO[bytes] = kept
    total = 0
    with ExitStack() as unless_whole:
        unless_whole.callback(lambda: _discard(out, place))
        try:
            with stream:
                while block := stream.read(_BLOCK):
                    total += len(block)
                    if total > limit:
                        raise AnalysisError("reading.bomb", name=name)
                    if place is None and total > _IN_MEMORY:
                        place = folder / f"unpacked_{uuid.uuid4().hex}"
                        out = place.open("wb")
                        out.write(kept.getvalue())
                    out.write(block)
        except _BROKEN as problem:
            raise AnalysisError("reading.broken_archive", name=name) from problem
        unless_whole.pop_all()
    if place is None:
        return Content(name, "", total, kept.getvalue())
    out.close()
    return Content(name, "", total, None, place)


def _discard(out: IO[bytes], place: Path | None) -> None:
    out.close()
    if place:
        place.unlink(missing_ok=True)


def _judge_zip(content: Content, folder: Path, packed: bool) -> Content:
    with content.open() as stream:
        try:
            archive = zipfile.ZipFile(stream)
            members = [member for member in archive.infolist() if not member.is_dir()]
        except _BROKEN as problem:
            raise AnalysisError("reading.broken_archive", name=content.name) from problem
        names = {member.filename for member in members}
        total = sum(member.file_size for member in members)
        if total > MOST_BYTES or (total > _FREE and total > content.size * _MOST_RATIO):
            raise AnalysisError("reading.bomb", name=content.name)
        for inside, format in (
            ("xl/workbook.xml", "xlsx"),
            ("xl/workbook.bin", "xlsb"),
            ("content.xml", "ods"),
        ):
            if inside in names and (format != "ods" or "mimetype" in names):
                return _as(content, format)
        if names & {"word/document.xml", "ppt/presentation.xml"}:
            raise AnalysisError("reading.refused_document", name=content.name)
        useful = [member for member in members if not _is_clutter(member.filename)]
        if packed:
            raise AnalysisError("reading.packed_twice", name=content.name)
        if not useful:
            raise AnalysisError("reading.zip_empty", name=content.name)
        if len(useful) > 1:
            raise AnalysisError(
                "reading.zip_many",
                name=content.name,
                count=len(useful),
                files=[Path(member.filename).name for member in useful[:6]],
            )
        if useful[0].flag_bits & 1:
            raise AnalysisError("reading.zip_locked", name=content.name)
        try:
            inner = archive.open(useful[0])
        except _BROKEN as problem:
            raise AnalysisError("reading.broken_archive", name=content.name) from problem
        unpacked = _unpack(inner, Path(useful[0].filename).name, content.size, folder)
    return _judge(unpacked, folder, packed=True)


def _is_clutter(name: str) -> bool:
    last = name.rsplit("/", 1)[-1]
    return (
        name.startswith("__MACOSX/")
        or last.startswith(".")
        or last.casefold() in ("thumbs.db", "desktop.ini")
    )


def _judge_ole(content: Content) -> Content:
    """Old Excel files live in a container that also holds Word files and locked new ones."""
    whole = content.head(content.size)
    if "EncryptedPackage".encode("utf-16-le") in whole:
        raise AnalysisError("reading.locked", name=content.name)
    if "WordDocument".encode("utf-16-le") in whole or "PowerPoint".encode("utf-16-le") in whole:
        raise AnalysisError("reading.refused_document", name=content.name)
    return _as(content, "xls")


def _judge_text(content: Content, head: bytes) -> None:
    """Refuse what is text but no table, and bytes that are no text."""
    name = content.name
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html", b"<table", b"<head", b"<meta", b"<style")):
        raise AnalysisError("reading.refused_html", name=name)
    if start.startswith(b"<?xml") or start.startswith(b"<workbook"):
        raise AnalysisError("reading.refused_xml", name=name)
    if start[:1] in (b"{", b"[") and _is_json(content):
        raise AnalysisError("reading.refused_json", name=name)
    if head.startswith((b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")):
        return
    controls = sum(
        byte < 32 and byte not in b"\0\t\n\v\f\r\x1a\x1b\x01\x02\x1c\x1d\x1e\x1f" for byte in head
    )
    zeros = head.count(0)
    if controls > 0.03 * len(head) + 2:
        raise AnalysisError("reading.refused_binary", name=name)
    if zeros > 0.05 * len(head) + 1:
        even, odd = head[0::2].count(0), head[1::2].count(0)
        if min(even, odd) > 0.1 * zeros + 1:
            raise AnalysisError("reading.refused_binary", name=name)


def _is_json(content: Content) -> bool:
    """Whether it is one JSON value, or a JSON value a line."""
    if content.size > 32 * _IN_MEMORY:
        return bool(re.match(rb'\s*(?:\[\s*)?\{\s*"[^"\r\n]*"\s*:', content.head(4096)))
    text = content.head(content.size).decode("utf-8-sig", "replace").strip()
    for part in (text, text.partition("\n")[0]):
        try:
            value = json.loads(part)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict | list) and (part is text or isinstance(value, dict)):
            return True
    return False
