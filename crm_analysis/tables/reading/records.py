"""Lines → records: the reference splitter, which a stray quote cannot lead astray."""

from __future__ import annotations

import io
import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

__all__ = ["Dialect", "Record", "split_lines", "split_record", "split_records"]

# How far an open quote may reach before it is taken for a stray one: longer cells are not typed by people.
_REACH_LINES = 500
_REACH_LETTERS = 1_000_000
_TIRED_LINES = 20
_TIRED_AFTER = 50


@dataclass(frozen=True)
class Dialect:
    """How a line is cut into fields. `escape` None: a quote inside quotes is doubled. `any_end`: a lone CR ends a line too."""

    delimiter: str | None
    quote: str | None = '"'
    escape: str | None = None
    any_end: bool = True
    skip_space: bool = False


class Record(NamedTuple):
    """One record: the line it begins on, its fields, its text as it stands in the file; `odd` where quotes are not as they should be."""

    line: int
    fields: list[str]
    text: str
    lines: int = 1
    odd: bool = False


class _Patterns(NamedTuple):
    inside: re.Pattern[str]
    bare: re.Pattern[str]
    escaped: re.Pattern[str] | None
    within: re.Pattern[str]


def split_lines(text: str, any_end: bool = True) -> Iterator[str]:
    """Lines with their ends. U+2028, form feeds and the like do not end a line."""
    return iter(io.StringIO(text, newline="" if any_end else "\n"))


@lru_cache(maxsize=256)
def _patterns(dialect: Dialect) -> _Patterns:
    delimiter = re.escape(dialect.delimiter) if dialect.delimiter else None
    quote = re.escape(dialect.quote) if dialect.quote else None
    escape = re.escape(dialect.escape) if dialect.escape else None
    inside = "(?!)"
    if quote:
        parts = [f"[^{quote}{escape or ''}]++", f"{quote}{quote}"] + (
            [f"{escape}."] if escape else []
        )
        inside = f"(?:{'|'.join(parts)})*+"
    if delimiter is None:
        bare = ".*"
    elif escape:
        bare = f"(?:{escape}.|(?!{delimiter}).)*+"
    else:
        bare = (
            f"(?:(?!{delimiter}).)*+" if len(dialect.delimiter or "") > 1 else f"[^{delimiter}]*+"
        )
    special = "|".join(part for part in (delimiter, quote, escape) if part)
    escaped = re.compile(f"{escape}({special})", re.S) if escape else None
    doubled = f"{quote}({quote})" if quote else "(?!)"
    return _Patterns(
        re.compile(inside, re.S),
        re.compile(bare, re.S),
        escaped,
        re.compile(f"{escape}({special})|{doubled}" if escape else doubled, re.S),
    )


def split_record(
    text: str, dialect: Dialect, literal: frozenset[int] = frozenset()
) -> tuple[list[str], bool, int | None]:
    """The fields of one record's text (without its line end), whether its quotes are odd, and where a quote stays open.

    `literal` are positions of quotes that shall not open a field.

    >>> split_record('1,"a, b",3', Dialect(","))
    (['1', 'a, b', '3'], False, None)
    >>> split_record('1,"a, b', Dialect(","))
    (['1', 'a, b'], True, 2)
    """
    delimiter, quote, escape = dialect.delimiter, dialect.quote, dialect.escape
    if (quote is None or quote not in text) and (escape is None or escape not in text):
        return (text.split(delimiter) if delimiter else [text]), False, None
    patterns = _patterns(dialect)
    step = len(delimiter) if delimiter else 0
    fields: list[str] = []
    odd = False
    at, end = 0, len(text)
    while True:
        start = at
        if dialect.skip_space:
            while start < end and text[start] == " ":
                start += 1
        if quote and text.startswith(quote, start) and start not in literal:
            close = patterns.inside.match(text, start + 1).end()  # type: ignore[union-attr]
            if close >= end:
                fields.append(_unescape(text[start + 1 :], patterns))
                return fields, True, start
            after = close + 1
            if dialect.skip_space:
                while after < end and text[after] == " ":
                    after += 1
            if after < end and not (delimiter and text.startswith(delimiter, after)):
                odd = True
                close = _lenient_close(text, close, quote, delimiter)
                after = close + 1
            if close > 0:
                value = text[start + 1 : close]
                fields.append(_unescape(value, patterns))
                if after >= end:
                    return fields, odd, None
                at = after + step
                continue
        stop = patterns.bare.match(text, at).end()  # type: ignore[union-attr]
        value = text[at:stop]
        odd = odd or bool(quote and quote in value)
        fields.append(patterns.escaped.sub(r"\1", value) if patterns.escaped else value)
        if stop >= end:
            return fields, odd, None
        at = stop + step


def _unescape(value: str, patterns: _Patterns) -> str:
    return patterns.within.sub(lambda match: match[match.lastindex or 0], value)


def _lenient_close(text: str, at: int, quote: str, delimiter: str | None) -> int:
    """The next quote that a delimiter or the end follows; −1 without one. For text with quotes inside that were not doubled."""
    while at >= 0:
        if at + 1 >= len(text) or (delimiter and text.startswith(delimiter, at + 1)):
            return at
        at = text.find(quote, at + 1)
    return -1


def _bare_line(line: str) -> str:
    return (
        line[:-2] if line.endswith("\r\n") else line[:-1] if line.endswith(("\n", "\r")) else line
    )


def split_records(
    lines: Iterable[str], dialect: Dialect, width: int | None = None, first_line: int = 1
) -> Iterator[Record]:
    """Records of lines that come with their ends; quoted fields may run over lines.

    A quote that is never closed, or is closed only where the table's `width` is lost while its own line alone has it, is
    taken for a letter, so that it does not swallow what follows.
    """
    source = iter(lines)
    waiting: deque[str] = deque()
    number = first_line
    stray = 0
    while True:
        line = waiting.popleft() if waiting else next(source, None)
        if line is None:
            return
        text = _bare_line(line)
        if dialect.quote is None or dialect.quote not in text:
            fields, odd, still_open = split_record(text, dialect)
            yield Record(number, fields, text)
            number += 1
            continue
        literal: set[int] = set()
        taken = 1
        fields, odd, still_open = split_record(text, dialect)
        while still_open is not None:
            reach = _REACH_LINES if stray < _TIRED_AFTER else _TIRED_LINES
            longer = _extend(
                line, source, waiting, dialect, frozenset(literal), still_open, reach, width
            )
            if longer is None:
                stray += 1
                literal.add(still_open)
                fields, odd, still_open = split_record(text, dialect, frozenset(literal))
                odd = True
                continue
            text, taken, fields, odd = longer
            still_open = None
        for _ in range(taken - 1):
            waiting.popleft()
        yield Record(number, fields, text, taken, odd)
        number += taken


def _extend(
    line: str,
    source: Iterator[str],
    waiting: deque[str],
    dialect: Dialect,
    literal: frozenset[int],
    opened: int,
    reach: int,
    width: int | None,
) -> tuple[str, int, list[str], bool] | None:
    """The record that begins with `line` carried on over the lines to come, or None where the open quote is a stray one."""
    assert dialect.quote is not None
    pieces = [line]
    length = len(line)
    ahead = 0
    position = opened
    while ahead < reach and length < _REACH_LETTERS:
        if ahead == len(waiting):
            following = next(source, None)
            if following is None:
                return None
            waiting.append(following)
        following = waiting[ahead]
        pieces.append(following)
        length += len(following)
        ahead += 1
        if dialect.quote not in following:
            continue
        text = _bare_line("".join(pieces))
        fields, odd, still_open = split_record(text, dialect, literal)
        if still_open is not None:
            position = max(position, still_open)
            continue
        if odd and _is_stray(text, opened, dialect):
            return None
        if (
            width
            and width > 1
            and len(fields) != width
            and len(split_record(_bare_line(line), dialect, literal | {opened})[0]) == width
        ):
            return None
        return text, ahead + 1, fields, odd
    return None


def _is_stray(text: str, opened: int, dialect: Dialect) -> bool:
    """Whether the quote opened at a place meets its first single quote where no field could end."""
    close = _patterns(dialect).inside.match(text, opened + 1).end() + 1  # type: ignore[union-attr]
    while dialect.skip_space and text.startswith(" ", close):
        close += 1
    return close < len(text) and not (
        dialect.delimiter and text.startswith(dialect.delimiter, close)
    )
