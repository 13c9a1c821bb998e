"""What kind of file it is, by its first bytes and not its name.

What cannot be read is refused in plain words.
"""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import re
import uuid
import zipfile
import zlib
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from crm_analysis.errors import AnalysisError
from crm_analysis.tables.unpacking.content import (
    IN_MEMORY,
    MAXIMUM_BYTES,
    Content,
)

# A file that unpacks to more than this many times its size, and to more bytes than are harmless, is
# a trap.
_MAXIMUM_RATIO = 200
_HARMLESS_BYTES = 64 * 1024**2
_BLOCK = 1 << 20
_BLANK = b"\0 \t\r\n\x1a\xef\xbb\xbf\xff\xfe"
_SEPARATORS = b',;|"'
_CONTROLS = frozenset(range(32)) - frozenset(
    b"\0\t\n\v\f\r\x1a\x1b\x01\x02\x1c\x1d\x1e\x1f"
)

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
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HTML = (b"<!doctype html", b"<html", b"<table", b"<head", b"<meta", b"<style")
_JSON_BEGINS = re.compile(rb'\s*(?:\[\s*)*\{\s*"[^"\r\n]*"\s*:')
_OPENERS: dict[bytes, Any] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\0": lzma.open,
}
# zipfile raises a RuntimeError for a password, and one of its kinds for a way of packing that it
# does not know.
_BROKEN = (
    OSError,
    EOFError,
    ValueError,
    RuntimeError,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
)


def is_packed(content: Content) -> bool:
    """Whether it is a workbook or a packed file: what needs another program to be text."""
    head = content.head(16)
    return _opener(head) is not None or head.startswith((*_ZIP, _OLE))


def _opener(head: bytes) -> Any:
    """What opens a packed stream that begins so; None where it is none."""
    for mark, opener in _OPENERS.items():
        if head.startswith(mark) and (mark != b"BZh" or head[4:10] == b"1AY&SY"):
            return opener
    return None


def recognised(content: Content, folder: Path, packed: bool = False) -> Content:
    """The content with its format, unpacked into `folder`; AnalysisError where it is no table.

    `packed`: it came out of a packed file.
    """
    head = content.head(4096)
    if _is_blank(content):
        raise AnalysisError("reading.empty", name=content.name)
    opener = _opener(head)
    if opener:
        if packed:
            raise AnalysisError("reading.packed_twice", name=content.name)
        name = re.sub(r"\.(gz|bz2|xz)$", "", content.name, flags=re.I)
        with content.open() as stream:
            unpacked = _unpack(opener(stream, "rb"), name, content.size, folder)
        return recognised(unpacked, folder, packed=True)
    if head.startswith(_ZIP):
        return _recognised_zip(content, folder, packed)
    if head.startswith(_OLE):
        return _recognised_ole(content)
    _refuse_other_formats(content, head)
    if _is_binary(head):
        raise AnalysisError("reading.refused_binary", name=content.name)
    return replace(content, format="text")


def _is_blank(content: Content) -> bool:
    """Whether there is no text; a large file of nothing but separators has none either."""
    nothing = _BLANK if content.size <= IN_MEMORY else _BLANK + _SEPARATORS
    with content.open() as stream:
        while block := stream.read(_BLOCK):
            if block.strip(nothing):
                return False
    return True


def _unpack(stream: IO[bytes], name: str, size: int, folder: Path) -> Content:
    """The content of a packed stream, on disk where it is large."""
    maximum = min(MAXIMUM_BYTES, max(_HARMLESS_BYTES, size * _MAXIMUM_RATIO))
    path = folder / f"unpacked_{uuid.uuid4().hex}"
    held = io.BytesIO()
    out: IO[bytes] = held
    total = 0
    with ExitStack() as unless_whole:
        unless_whole.callback(path.unlink, missing_ok=True)
        unless_whole.callback(lambda: out.close())
        try:
            with stream:
                while block := stream.read(_BLOCK):
                    total += len(block)
                    if total > maximum:
                        raise AnalysisError("reading.bomb", name=name)
                    if out is held and total > IN_MEMORY:
                        out = path.open("wb")
                        out.write(held.getvalue())
                    out.write(block)
        except _BROKEN as problem:
            raise AnalysisError("reading.broken_archive", name=name) from problem
        unless_whole.pop_all()
    if out is held:
        return Content(name, "", total, held.getvalue())
    out.close()
    return Content(name, "", total, None, path)


def _recognised_zip(content: Content, folder: Path, packed: bool) -> Content:
    """A workbook, or the one file that an archive holds."""
    with content.open() as stream:
        try:
            archive = zipfile.ZipFile(stream)
            members = [
                member for member in archive.infolist() if not member.is_dir()
            ]
        except _BROKEN as problem:
            raise AnalysisError(
                "reading.broken_archive", name=content.name
            ) from problem
        total = sum(member.file_size for member in members)
        is_trap = total > _HARMLESS_BYTES and total > content.size * _MAXIMUM_RATIO
        if total > MAXIMUM_BYTES or is_trap:
            raise AnalysisError("reading.bomb", name=content.name)
        if workbook := _workbook_format(
            content, {member.filename for member in members}
        ):
            return replace(content, format=workbook)
        if packed:
            raise AnalysisError("reading.packed_twice", name=content.name)
        member = _only_file(content, members)
        try:
            inner = archive.open(member)
        except _BROKEN as problem:
            raise AnalysisError(
                "reading.broken_archive", name=content.name
            ) from problem
        unpacked = _unpack(inner, Path(member.filename).name, content.size, folder)
    return recognised(unpacked, folder, packed=True)


def _workbook_format(content: Content, files: set[str]) -> str | None:
    if "xl/workbook.xml" in files:
        return "xlsx"
    if "xl/workbook.bin" in files:
        return "xlsb"
    if {"content.xml", "mimetype"} <= files:
        return "ods"
    if files & {"word/document.xml", "ppt/presentation.xml"}:
        raise AnalysisError("reading.refused_document", name=content.name)
    return None


def _only_file(
    content: Content, members: Sequence[zipfile.ZipInfo]
) -> zipfile.ZipInfo:
    """The file in an archive, what a system adds of its own left out."""
    files = [member for member in members if not _is_clutter(member.filename)]
    if not files:
        raise AnalysisError("reading.zip_empty", name=content.name)
    if len(files) > 1:
        raise AnalysisError(
            "reading.zip_many",
            name=content.name,
            count=len(files),
            files=[Path(member.filename).name for member in files[:6]],
        )
    if files[0].flag_bits & 1:
        raise AnalysisError("reading.zip_locked", name=content.name)
    return files[0]


def _is_clutter(path: str) -> bool:
    name = path.rsplit("/", 1)[-1].casefold()
    return (
        path.startswith("__MACOSX/")
        or name.startswith(".")
        or name in ("thumbs.db", "desktop.ini")
    )


def _recognised_ole(content: Content) -> Content:
    """Old Excel files live in a container that also holds Word files and locked new ones."""
    whole = content.head(content.size)
    if "EncryptedPackage".encode("utf-16-le") in whole:
        raise AnalysisError("reading.locked", name=content.name)
    if any(
        stream.encode("utf-16-le") in whole
        for stream in ("WordDocument", "PowerPoint")
    ):
        raise AnalysisError("reading.refused_document", name=content.name)
    return replace(content, format="xls")


def _refuse_other_formats(content: Content, head: bytes) -> None:
    """Refuse what is known to be no table, or one written for programs."""
    for mark, kind in _REFUSED:
        if head.startswith(mark) and (kind != "media" or b"\0" in head):
            raise AnalysisError(f"reading.refused_{kind}", name=content.name)
    if b"%PDF-" in head[:1024] and b"\0" in content.head(1 << 16):
        raise AnalysisError("reading.refused_pdf", name=content.name)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith(_HTML):
        raise AnalysisError("reading.refused_html", name=content.name)
    if start.startswith((b"<?xml", b"<workbook")):
        raise AnalysisError("reading.refused_xml", name=content.name)
    if start[:1] in (b"{", b"[") and _is_json(content):
        raise AnalysisError("reading.refused_json", name=content.name)


def _is_json(content: Content) -> bool:
    """Whether it is one JSON value, or a JSON value a line; a large one by its two ends."""
    if content.size > IN_MEMORY:
        head = content.head(4096)
        with content.open() as stream:
            stream.seek(-64, io.SEEK_END)
            end = b"".join(stream.read().split())
        is_list = re.match(rb"\s*\[\s*[\[{]", head) and end.endswith((b"]]", b"}]"))
        return bool(is_list or _JSON_BEGINS.match(head))
    text = content.head(content.size).decode("utf-8-sig", "replace").strip()
    line = text.partition("\n")[0]
    return isinstance(_json(text), dict | list) or isinstance(_json(line), dict)


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return None
    except RecursionError:  # brackets in brackets, and no table
        return []


def _is_binary(head: bytes) -> bool:
    """Whether bytes are no text, by their control characters and by where zeros stand."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")):
        return False
    if sum(byte in _CONTROLS for byte in head) > 0.03 * len(head) + 2:
        return True
    zeros = head.count(0)
    even, odd = head[0::2].count(0), head[1::2].count(0)
    return zeros > 0.05 * len(head) + 1 and min(even, odd) > 0.1 * zeros + 1
