"""One pass over the bytes of a text file.

Is it UTF-8, how do its lines end, do its quotes pair off, where does each record begin.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field
from typing import IO

import numpy as np

from crm_analysis.jobs import Progress, no_progress

_BLOCK = (
    1 << 19
)  # stays in the processor while it is looked at for one thing after the other
_SAMPLE_BYTES = 64_000
_WELL_FORMED = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
_LINE_FEED, _RETURN, _SPACE = b"\n\r "
_SPEAKING = re.compile(rb"[0-9A-Za-z\x80-\xff]")
_NO_SEPARATOR = re.compile(rb"[^\s\0,;|\"]")


@dataclass
class Scan:
    """What the bytes are like.

    `sample` holds lines with bytes beyond ASCII, None where there are none; `endless` counts the
    bytes of blocks within one line; `speaks` says that there is a letter or a digit,
    `signs` that there is more than blanks and separators.
    """

    utf8: bool = True
    feeds: int = 0
    returns: int = 0
    pairs: int = 0
    zeros: int = 0
    quotes: int = 0
    apostrophes: bool = False
    size: int = 0
    sample: bytes | None = None
    damaged: tuple[int, int] = (0, 0)
    endless: int = 0
    speaks: bool = False
    signs: bool = False

    @property
    def lone_returns(self) -> int:
        """Carriage returns that no line feed follows."""
        return self.returns - self.pairs


def scan_bytes(
    stream: IO[bytes], size: int, progress: Progress = no_progress
) -> Scan:
    """Read all bytes once."""
    scan = Scan()
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    sample: list[bytes] = []
    missing = _SAMPLE_BYTES
    last = b""
    while block := stream.read(_BLOCK):
        scan.size += len(block)
        scan.speaks = scan.speaks or _SPEAKING.search(block) is not None
        scan.signs = scan.signs or _NO_SEPARATOR.search(block) is not None
        scan.feeds += _count(block, b"\n")
        scan.quotes += _count(block, b'"')
        scan.apostrophes = scan.apostrophes or b"'" in block
        if b"\r" in block or last == b"\r":
            scan.returns += block.count(b"\r")
            scan.pairs += block.count(b"\r\n") + (
                last == b"\r" and block[:1] == b"\n"
            )
        if not block.isascii() or decoder.getstate()[0]:
            scan.utf8 = scan.utf8 and _is_decoded(decoder, block)
            if missing > 0:
                lines = _lines_beyond_ascii(block, missing)
                sample += lines
                missing -= sum(map(len, lines))
        scan.zeros += _count(block, b"\0")
        if b"\n" not in block and b"\r" not in block:
            scan.endless += len(block) if scan.size >= _BLOCK else 0
        last = block[-1:]
        progress(0.1 * min(1.0, scan.size / max(size, 1)), "reading.step_look")
    scan.utf8 = scan.utf8 and _is_decoded(decoder, b"", final=True)
    if sample:
        scan.sample = b"\n".join(sample)
        rest, well_formed = _WELL_FORMED.subn(b"", scan.sample)
        scan.damaged = (well_formed, sum(byte > 127 for byte in rest))
    return scan


def _is_decoded(
    decoder: codecs.IncrementalDecoder, block: bytes, final: bool = False
) -> bool:
    try:
        decoder.decode(block, final)
    except UnicodeDecodeError:
        return False
    return True


def _count(block: bytes, sign: bytes) -> int:
    """`block.count(sign)` of one byte, in a third of its time, or a tenth where there is none."""
    if sign not in block:
        return 0
    return int(np.count_nonzero(np.frombuffer(block, np.uint8) == sign[0]))


def _lines_beyond_ascii(block: bytes, enough: int) -> list[bytes]:
    """The first lines with bytes beyond ASCII; of very long lines the stretch around the byte."""
    lines: list[bytes] = []
    positions = np.flatnonzero(np.frombuffer(block, np.uint8) > 127)
    end = -1
    for position in positions[:20_000].tolist():
        if position < end:
            continue
        begin = max(block.rfind(b"\n", 0, position) + 1, position - 200, end)
        feed = block.find(b"\n", position)
        end = min(len(block) if feed < 0 else feed, position + 4000)
        lines.append(block[begin:end])
        enough -= end - begin
        if enough <= 0:
            break
    return lines


@dataclass
class LineCounts:
    """The records of a file whose quotes all pair off.

    `lines` and `records` there are, `blanks` of the lines are empty and outside quotes, `inside`
    line ends stand inside quotes. `loose_spaces`: somewhere a space stands beside another, a
    delimiter, a quote or a line end, or there is a tab that is no delimiter. `starts`, where asked
    for: the lines on which the records that are not blank begin.
    """

    lines: int = 0
    records: int = 0
    blanks: int = 0
    inside: int = 0
    loose_spaces: bool = False
    starts: np.ndarray | None = None


def scan_lines(
    stream: IO[bytes],
    delimiter: bytes,
    quote: bytes | None,
    bom: int = 0,
    starts: bool = False,
) -> LineCounts | None:
    """Count records by pairing quotes; None where a quote stands where no field begins or ends.

    Spaces are not looked at where the `starts` of the records are asked for.
    """
    stream.seek(bom)
    scan = _LineScan(delimiter, quote, starts)
    rest = b""
    while block := stream.read(_BLOCK):
        data = rest + block
        cut = data.rfind(b"\n") + 1
        rest = data[cut:]
        if cut and not scan.add(data[:cut]):
            return None
    if rest and not scan.add(rest + b"\n"):
        return None
    return scan.counts()


@dataclass
class _LineScan:
    """What is known of the lines so far, block by block."""

    delimiter: bytes
    quote: bytes | None
    with_starts: bool
    _counts: LineCounts = field(default_factory=LineCounts)
    _in_quotes: bool = False
    _starts: list[np.ndarray] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._beside_space = np.zeros(256, bool)
        self._beside_space[[*b"\n\r \"'", self.delimiter[0]]] = True

    def add(self, data: bytes) -> bool:
        """Count some whole lines; False where a quote is out of place."""
        counts = self._counts
        signs = np.frombuffer(data, np.uint8)
        if not self.with_starts and not counts.loose_spaces:
            has_tab = self.delimiter != b"\t" and b"\t" in data
            counts.loose_spaces = has_tab or _loose_spaces(
                signs, self._beside_space
            )
        feeds = np.flatnonzero(signs == _LINE_FEED)
        begins_record = not self._in_quotes
        outside = self._outside(signs, feeds)
        if outside is None:
            return False
        lengths = np.diff(feeds, prepend=-1)
        before = signs[np.maximum(feeds - 1, 0)]
        empty = (lengths == 1) | ((lengths == 2) & (before == _RETURN))
        begins = np.concatenate(([begins_record], outside[:-1]))
        blank = empty & outside & begins
        if self.with_starts:
            self._starts.append(counts.lines + 1 + np.flatnonzero(begins & ~blank))
        counts.lines += len(feeds)
        ends, blanks = int(outside.sum()), int(blank.sum())
        counts.blanks += blanks
        counts.inside += len(feeds) - ends
        counts.records += ends - blanks
        return True

    def _outside(self, signs: np.ndarray, feeds: np.ndarray) -> np.ndarray | None:
        """Which line feeds stand outside quotes; None where a quote is out of place."""
        if self.quote is None:
            return np.ones(len(feeds), bool)
        positions = np.flatnonzero(signs == self.quote[0])
        opened = int(self._in_quotes)
        if not len(positions):
            return np.full(len(feeds), not opened)
        if not _pair_off(
            signs, positions, opened, self.delimiter[0], self.quote[0]
        ):
            return None
        self._in_quotes = bool((opened + len(positions)) % 2)
        return (np.searchsorted(positions, feeds) + opened) % 2 == 0

    def counts(self) -> LineCounts | None:
        """All of it; None where a quote stays open."""
        if self._in_quotes:
            return None
        if self.with_starts:
            self._counts.starts = np.concatenate(
                [np.zeros(0, np.int64), *self._starts]
            )
        return self._counts


def _loose_spaces(signs: np.ndarray, beside: np.ndarray) -> bool:
    """Whether a space in whole lines stands first, or beside one of the signs `beside`."""
    spaces = np.flatnonzero(signs == _SPACE)
    if not len(spaces):
        return False
    return bool(
        spaces[0] == 0
        or beside[signs[spaces - 1]].any()
        or beside[signs[spaces + 1]].any()
    )


def _pair_off(
    signs: np.ndarray,
    positions: np.ndarray,
    opened: int,
    delimiter: int,
    quote: int,
) -> bool:
    """Whether opening quotes stand at the beginning of a field and closing ones at its end."""
    opening = positions[opened::2]
    closing = positions[1 - opened :: 2]
    before = signs[np.maximum(opening - 1, 0)]
    begins = (
        (before == delimiter)
        | (before == _LINE_FEED)
        | (before == quote)
        | (opening == 0)
    )
    if not begins.all():
        return False
    after = signs[np.minimum(closing + 1, len(signs) - 1)]
    ends = (
        (after == delimiter)
        | (after == _LINE_FEED)
        | (after == _RETURN)
        | (after == quote)
    )
    return bool(ends.all())


def lines_at(
    stream: IO[bytes], offsets: list[int]
) -> list[tuple[int, bytes]] | None:
    """For byte offsets in rising order: the number of the line that begins there, and the line.

    None where none begins. An offset may be one too far: DuckDB counts from 0 or from 1.
    """
    lines: list[tuple[int, bytes]] = []
    number, position = 1, 0
    for offset in offsets:
        stream.seek(max(offset - 2, 0))
        before = stream.read(min(2, offset))
        if not before or before.endswith(b"\n"):
            begin = offset
        else:
            begin = offset - 1 if before.startswith(b"\n") else -1
        if begin < position:
            return None
        stream.seek(position)
        while position < begin:
            block = stream.read(min(_BLOCK, begin - position))
            number += block.count(b"\n")
            position += len(block)
        line = stream.readline()
        lines.append((number, line))
        position += len(line)
        number += line.count(b"\n")
    return lines
