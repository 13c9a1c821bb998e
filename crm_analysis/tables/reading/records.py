"""Lines → records: the reference splitter, which a stray quote cannot lead astray."""

from __future__ import annotations

import io
import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

# How far an open quote may reach before it is taken for a stray one: longer cells are not typed by
# people. After many stray quotes a shorter reach is tried.
_REACH_LINES = 500
_REACH_LETTERS = 1_000_000
_SHORT_REACH_LINES = 20
_MANY_STRAY_QUOTES = 50


@dataclass(frozen=True)
class Dialect:
    """How a line is cut into fields.

    `escape` None: a quote inside quotes is doubled. `any_end`: a lone CR ends a line too.
    """

    delimiter: str | None
    quote: str | None = '"'
    escape: str | None = None
    any_end: bool = True
    skip_space: bool = False


class Record(NamedTuple):
    """One record: the line it begins on, its fields, its text as it stands in the file.

    `lines` is how many lines it takes; `odd` says that its quotes are not as they should be.
    """

    line: int
    fields: list[str]
    text: str
    lines: int = 1
    odd: bool = False


class _Patterns(NamedTuple):
    inside: re.Pattern[str]  # what may stand between quotes
    bare: re.Pattern[str]  # a field without quotes
    escaped: re.Pattern[str] | None  # an escaped sign of a bare field
    within: re.Pattern[str]  # an escaped or doubled sign of a quoted field


def split_lines(text: str, any_end: bool = True) -> Iterator[str]:
    """Lines with their ends. U+2028, form feeds and the like do not end a line."""
    return iter(io.StringIO(text, newline="" if any_end else "\n"))


@lru_cache(maxsize=256)
def _patterns(dialect: Dialect) -> _Patterns:
    delimiter = re.escape(dialect.delimiter or "")
    quote = re.escape(dialect.quote or "")
    escape = re.escape(dialect.escape or "")
    inside = within = "(?!)"
    if quote:
        any_escaped = f"|{escape}." if escape else ""
        inside = f"(?:[^{quote}{escape}]++|{quote}{quote}{any_escaped})*+"
        within = f"{quote}({quote})"
    if not delimiter:
        bare = ".*"
    elif escape:
        bare = f"(?:{escape}.|(?!{delimiter}).)*+"
    elif len(dialect.delimiter or "") > 1:
        bare = f"(?:(?!{delimiter}).)*+"
    else:
        bare = f"[^{delimiter}]*+"
    escaped = None
    if escape:
        special = "|".join(sign for sign in (delimiter, quote, escape) if sign)
        escaped = re.compile(f"{escape}({special})", re.S)
        within = f"{escape}({special})|{within}"
    return _Patterns(
        re.compile(inside, re.S),
        re.compile(bare, re.S),
        escaped,
        re.compile(within, re.S),
    )


def split_record(
    text: str, dialect: Dialect, literal: frozenset[int] = frozenset()
) -> tuple[list[str], bool, int | None]:
    """The fields of one record's text (without its line end).

    With them: whether its quotes are odd, and where a quote stays open. `literal` are positions of
    quotes that shall not open a field.

    >>> split_record('1,"a, b",3', Dialect(","))
    (['1', 'a, b', '3'], False, None)
    >>> split_record('1,"a, b', Dialect(","))
    (['1', 'a, b'], True, 2)
    """
    delimiter, quote, escape = dialect.delimiter, dialect.quote, dialect.escape
    if (quote is None or quote not in text) and (
        escape is None or escape not in text
    ):
        return (text.split(delimiter) if delimiter else [text]), False, None
    patterns = _patterns(dialect)
    step = len(delimiter or "")
    fields: list[str] = []
    odd = False
    position, end = 0, len(text)
    while True:
        start = _after_spaces(text, position) if dialect.skip_space else position
        close = -1
        if quote and text.startswith(quote, start) and start not in literal:
            close = patterns.inside.match(text, start + 1).end()  # type: ignore[union-attr]
            if close >= end:
                fields.append(_unescape(text[start + 1 :], patterns))
                return fields, True, start
            close, stop, is_regular = _closing(text, close, dialect)
            odd = odd or not is_regular
        if close > 0:
            fields.append(_unescape(text[start + 1 : close], patterns))
        else:
            stop = patterns.bare.match(text, position).end()  # type: ignore[union-attr]
            value = text[position:stop]
            odd = odd or bool(quote and quote in value)
            fields.append(
                patterns.escaped.sub(r"\1", value) if patterns.escaped else value
            )
        if stop >= end:
            return fields, odd, None
        position = stop + step


def _unescape(value: str, patterns: _Patterns) -> str:
    return patterns.within.sub(lambda match: match[match.lastindex or 0], value)


def _after_spaces(text: str, position: int) -> int:
    while text.startswith(" ", position):
        position += 1
    return position


def _closing(text: str, close: int, dialect: Dialect) -> tuple[int, int, bool]:
    """The quote that closes a field, where the field ends, and whether that is as it should be.

    Where no field could end after the quote at `close`, quotes inside were not doubled: it is the
    next one that a delimiter or the end follows; −1 without one.
    """
    quote, delimiter = dialect.quote or "", dialect.delimiter
    stop = _after_spaces(text, close + 1) if dialect.skip_space else close + 1
    if stop >= len(text) or (delimiter and text.startswith(delimiter, stop)):
        return close, stop, True
    while close >= 0:
        stop = close + 1
        if stop >= len(text) or (delimiter and text.startswith(delimiter, stop)):
            break
        close = text.find(quote, stop)
    return close, stop, False


def _bare_line(line: str) -> str:
    if line.endswith("\r\n"):
        return line[:-2]
    return line[:-1] if line.endswith(("\n", "\r")) else line


def split_records(
    lines: Iterable[str],
    dialect: Dialect,
    width: int | None = None,
    first_line: int = 1,
) -> Iterator[Record]:
    """Records of lines that come with their ends; quoted fields may run over lines.

    A quote that is never closed, or is closed only where the table's `width` is lost while its own
    line alone has it, is taken for a letter, so that it does not swallow what follows.
    """
    return _RecordReader(lines, dialect, width).records(first_line)


class _RecordReader:
    """Lines, those read ahead of the record at hand, and how many stray quotes there were."""

    def __init__(
        self, lines: Iterable[str], dialect: Dialect, width: int | None
    ) -> None:
        self._source = iter(lines)
        self._ahead: deque[str] = deque()
        self._dialect = dialect
        self._quote = dialect.quote
        self._width = width
        self._stray_quotes = 0

    def records(self, number: int) -> Iterator[Record]:
        source, ahead, dialect, quote = (
            self._source,
            self._ahead,
            self._dialect,
            self._quote,
        )
        while True:
            line = ahead.popleft() if ahead else next(source, None)
            if line is None:
                return
            text = _bare_line(line)
            if quote is None or quote not in text:
                yield Record(number, split_record(text, dialect)[0], text)
                number += 1
                continue
            record = self._with_quotes(number, line, text)
            for _ in range(record.lines - 1):
                ahead.popleft()
            yield record
            number += record.lines

    def _with_quotes(self, number: int, line: str, text: str) -> Record:
        literal: frozenset[int] = frozenset()
        fields, odd, opened = split_record(text, self._dialect)
        while opened is not None:
            longer = self._continued(number, line, literal, opened)
            if longer is not None:
                return longer
            self._stray_quotes += 1
            literal |= {opened}
            fields, _, opened = split_record(text, self._dialect, literal)
            odd = True
        return Record(number, fields, text, odd=odd)

    def _continued(
        self, number: int, line: str, literal: frozenset[int], opened: int
    ) -> Record | None:
        """The record that begins with `line` carried on over the lines to come.

        None where the quote opened at a position is a stray one.
        """
        is_tired = self._stray_quotes >= _MANY_STRAY_QUOTES
        pieces = [line]
        length = len(line)
        for index in range(_SHORT_REACH_LINES if is_tired else _REACH_LINES):
            if length >= _REACH_LETTERS:
                return None
            if index == len(self._ahead):
                following = next(self._source, None)
                if following is None:
                    return None
                self._ahead.append(following)
            following = self._ahead[index]
            pieces.append(following)
            length += len(following)
            if self._quote not in following:  # type: ignore[operator]
                continue
            text = _bare_line("".join(pieces))
            fields, odd, still_open = split_record(text, self._dialect, literal)
            if still_open is not None:
                continue
            if (odd and self._is_stray(text, opened)) or (
                len(fields) != self._width
                and self._has_width(line, literal | {opened})
            ):
                return None
            return Record(number, fields, text, len(pieces), odd)
        return None

    def _is_stray(self, text: str, opened: int) -> bool:
        """Whether an open quote meets its first single quote where no field could end."""
        patterns = _patterns(self._dialect)
        close = patterns.inside.match(text, opened + 1).end()  # type: ignore[union-attr]
        return not _closing(text, close, self._dialect)[2]

    def _has_width(self, line: str, literal: frozenset[int]) -> bool:
        """Whether a line alone has the table's width when some of its quotes are letters."""
        if not self._width or self._width == 1:
            return False
        return (
            len(split_record(_bare_line(line), self._dialect, literal)[0])
            == self._width
        )
