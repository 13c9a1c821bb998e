"""One pass over the bytes of a text file: is it UTF-8, how do its lines end, do its quotes pair off."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field
from typing import IO

import numpy as np

from crm_analysis.jobs import Progress, no_progress

__all__ = ["Lines", "Scan", "scan_bytes", "scan_lines", "texts_at"]

_BLOCK = 1 << 19  # stays in the processor while it is looked at for one thing after the other
_WELL = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")


@dataclass
class Scan:
    """What the bytes are like. `sample` holds lines with bytes beyond ASCII, None where there are none."""

    utf8: bool = True
    feeds: int = 0
    returns: int = 0
    pairs: int = 0
    zeros: int = 0
    quotes: int = 0
    size: int = 0
    sample: bytes | None = None
    damaged: tuple[int, int] = (0, 0)

    @property
    def lone_returns(self) -> int:
        """Carriage returns that no line feed follows."""
        return self.returns - self.pairs


def scan_bytes(
    stream: IO[bytes],
    size: int,
    progress: Progress = no_progress,
    start: float = 0.0,
    end: float = 0.1,
) -> Scan:
    """Read all bytes once."""
    scan = Scan()
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    beyond: list[bytes] = []
    kept = 0
    last = b""
    while block := stream.read(_BLOCK):
        scan.size += len(block)
        scan.feeds += _count(block, b"\n")
        scan.quotes += _count(block, b'"')
        if b"\r" in block or last == b"\r":
            scan.returns += block.count(b"\r")
            scan.pairs += block.count(b"\r\n") + (last == b"\r" and block[:1] == b"\n")
        if not block.isascii() or decoder.getstate()[0]:
            if scan.utf8:
                try:
                    decoder.decode(block)
                except UnicodeDecodeError:
                    scan.utf8 = False
            if kept < 64_000:
                found = _lines_beyond_ascii(block, 64_000 - kept)
                beyond += found
                kept += sum(map(len, found))
        scan.zeros += _count(block, b"\0")
        last = block[-1:]
        progress(start + (end - start) * min(1.0, scan.size / max(size, 1)), "reading.step_look")
    if scan.utf8:
        try:
            decoder.decode(b"", True)
        except UnicodeDecodeError:
            scan.utf8 = False
    if beyond:
        scan.sample = b"\n".join(beyond)
        rest, good = _WELL.subn(b"", scan.sample)
        scan.damaged = (good, sum(byte > 127 for byte in rest))
    return scan


def _count(block: bytes, sign: bytes) -> int:
    """`block.count(sign)` of one byte, in a third of its time, or a tenth where there is none."""
    if sign not in block:
        return 0
    return int(np.count_nonzero(np.frombuffer(block, np.uint8) == sign[0]))


def _lines_beyond_ascii(block: bytes, enough: int) -> list[bytes]:
    """The first lines with bytes beyond ASCII; of very long lines the stretch around the byte."""
    found: list[bytes] = []
    places = np.flatnonzero(np.frombuffer(block, np.uint8) > 127)
    end = -1
    for place in places[:20_000].tolist():
        if place < end:
            continue
        begin = max(block.rfind(b"\n", 0, place) + 1, place - 200, end)
        end = block.find(b"\n", place)
        end = min(len(block) if end < 0 else end, place + 4000)
        found.append(block[begin:end])
        enough -= end - begin
        if enough <= 0:
            break
    return found


@dataclass
class Lines:
    """The records of a file whose quotes all pair off: how many, how many lines are blank, where each record begins.

    `loose_spaces`: somewhere a space stands beside another, a delimiter, a quote or a line end, or there is a tab that is no delimiter.
    """

    lines: int = 0
    records: int = 0
    blanks: int = 0
    inside: int = 0
    loose_spaces: bool = False
    starts: np.ndarray | None = None
    _pieces: list[np.ndarray] = field(default_factory=list)


def scan_lines(
    stream: IO[bytes], delimiter: bytes, quote: bytes | None, mark: int = 0, starts: bool = False
) -> Lines | None:
    """Count records by pairing quotes; None where a quote stands where no field begins or ends.

    `blanks` are empty lines outside quotes, `inside` line ends inside quotes. `starts` (asked for) are the lines on which
    the records that are not blank begin.
    """
    stream.seek(mark)
    found = Lines()
    beside = np.zeros(256, bool)
    beside[[10, 13, 32, 34, 39, delimiter[0]]] = True
    opened = 0
    carried = b""
    at_line = 1
    begin_line = 1
    pending_start = True
    while True:
        block = stream.read(_BLOCK)
        data = carried + block
        if block:
            cut = data.rfind(b"\n") + 1
            if cut == 0:
                carried = data
                continue
            data, carried = data[:cut], data[cut:]
        elif not data:
            break
        else:
            carried = b""
            data += b"" if data.endswith(b"\n") else b"\n"
        array = np.frombuffer(data, np.uint8)
        feeds = np.flatnonzero(array == 10)
        outside = feeds
        if not starts and not found.loose_spaces:
            found.loose_spaces = (delimiter != b"\t" and b"\t" in data) or _loose_spaces(
                array, beside
            )
        if quote:
            places = np.flatnonzero(array == quote[0])
            if len(places):
                if not _pair_off(array, places, opened, delimiter[0], quote[0]):
                    return None
                parity = (np.searchsorted(places, feeds) + opened) % 2
                outside = feeds[parity == 0]
                opened = (opened + len(places)) % 2
            elif opened:
                outside = feeds[:0]
        lengths = np.diff(np.concatenate(([-1], feeds)))
        before = array[np.maximum(feeds - 1, 0)]
        empty = (lengths == 1) | ((lengths == 2) & (before == 13))
        numbers = at_line + np.arange(len(feeds))
        is_outside = (
            np.isin(feeds, outside, assume_unique=True)
            if len(outside) != len(feeds)
            else np.ones(len(feeds), bool)
        )
        previous_outside = np.concatenate(([pending_start], is_outside[:-1]))
        blank = empty & is_outside & previous_outside
        found.lines += len(feeds)
        found.blanks += int(blank.sum())
        found.inside += int(len(feeds) - len(outside))
        found.records += int(len(outside) - blank.sum())
        if starts:
            begins = np.where(previous_outside)[0]
            lines = numbers[begins]
            if not pending_start and len(begins) and begins[0] == 0:
                lines[0] = begin_line
            found._pieces.append(lines[~blank[begins]])
        pending_start = bool(is_outside[-1]) if len(feeds) else pending_start
        at_line += len(feeds)
        if not block:
            break
    if opened:
        return None
    if starts:
        found.starts = np.concatenate(found._pieces) if found._pieces else np.zeros(0, np.int64)
    return found


def _loose_spaces(array: np.ndarray, beside: np.ndarray) -> bool:
    """Whether a space in whole lines stands first, or beside one of the signs `beside`."""
    spaces = np.flatnonzero(array == 32)
    return bool(len(spaces)) and bool(
        spaces[0] == 0 or beside[array[spaces - 1]].any() or beside[array[spaces + 1]].any()
    )


def _pair_off(
    array: np.ndarray, places: np.ndarray, opened: int, delimiter: int, quote: int
) -> bool:
    """Whether opening quotes stand at the beginning of a field and closing ones at its end."""
    opening = places[opened::2]
    closing = places[1 - opened :: 2]
    before = array[np.maximum(opening - 1, 0)]
    fine = (before == delimiter) | (before == 10) | (before == quote) | (opening == 0)
    if not fine.all():
        return False
    after = array[np.minimum(closing + 1, len(array) - 1)]
    return bool(((after == delimiter) | (after == 10) | (after == 13) | (after == quote)).all())


def texts_at(stream: IO[bytes], offsets: list[int]) -> list[tuple[int, bytes]] | None:
    """For byte offsets in rising order: the number of the line that begins there, and the line; None where none begins.

    An offset may be one too far: DuckDB counts from 0 or from 1.
    """
    found: list[tuple[int, bytes]] = []
    line, at = 1, 0
    for offset in offsets:
        stream.seek(max(offset - 2, 0))
        before = stream.read(min(2, offset))
        begin = (
            offset
            if not before or before.endswith(b"\n")
            else offset - 1
            if before.startswith(b"\n")
            else -1
        )
        if begin < at:
            return None
        stream.seek(at)
        while at < begin:
            block = stream.read(min(_BLOCK, begin - at))
            line += block.count(b"\n")
            at += len(block)
        text = stream.readline()
        found.append((line, text))
        at += len(text)
        line += text.count(b"\n")
    return found
