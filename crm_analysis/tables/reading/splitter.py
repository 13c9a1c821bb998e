"""How a text is cut into records: delimited, by columns of fixed width, or as baskets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Literal

from crm_analysis.tables.reading.baskets import are_baskets
from crm_analysis.tables.reading.dialect import Guess, guess_dialect, sep_line
from crm_analysis.tables.reading.fixed_width import find_spans, fixed_records
from crm_analysis.tables.reading.raw import ReadOptions
from crm_analysis.tables.reading.records import (
    Dialect,
    Record,
    split_lines,
    split_records,
)
from crm_analysis.tables.reading.scan import Scan

_CHUNK_LINES = 90
_SAMPLE_LINES = 400_000
_HEAD_LETTERS, _STRETCH_BYTES = 1 << 17, 1 << 15
_SURE_SCORE = 0.25
_COMMA_BETWEEN = re.compile(r"(?<!\d),|,(?!\d)")  # that is within no figure
_BASKET_DELIMITERS = (",", ";", "\t", "|", " ")


@dataclass(frozen=True)
class Splitter:
    """The layout of a text, its dialect, and the spans of fixed columns.

    `sep` is the delimiter that a first line `sep=;` names; `wrapped` says that each line stood in
    quotes as a whole.
    """

    layout: Literal["delimited", "fixed", "baskets", "sheet", "parted"]
    dialect: Dialect
    width: int | None = None
    spans: tuple[tuple[int, int], ...] = ()
    sep: str | None = None
    sure: bool = True
    wrapped: bool = False

    def records(self, lines: Iterable[str]) -> Iterator[Record]:
        """The records of lines that come with their ends."""
        if self.layout == "fixed":
            return fixed_records(lines, self.spans, self.dialect.any_end)
        return split_records(lines, self.dialect, self.width)


def sample_text(path: Path, head: str, scan: Scan) -> str:
    """The head, and stretches from the midst and the end of a large file, all of whole lines.

    A stretch may begin within a cell of several lines; where there are such cells, only stretches
    count in which each line has its quotes in pairs.
    """
    if len(head.encode()) >= scan.size:
        return head
    texts = [_first_records(head)]
    lines = split_lines(texts[0], any_end=False)
    spans_lines = any(line.count('"') % 2 for line in lines)
    with path.open("rb") as stream:
        for share in (0.3, 0.6, 0.97):
            stream.seek(int(scan.size * share))
            stream.readline()
            stretch = stream.read(_STRETCH_BYTES) + stream.readline()
            text = stretch.decode("utf-8", "ignore")
            is_cut = any(line.count('"') % 2 for line in text.split("\n"))
            if not (spans_lines and is_cut):
                texts.append(text)
    return "".join(texts)


def _first_records(head: str) -> str:
    """The first lines up to one after which all quotes are in pairs."""
    end = head.find("\n", _HEAD_LETTERS)
    quotes = head.count('"', 0, end)
    while end >= 0 and quotes % 2:
        following = head.find("\n", end + 1)
        quotes += head.count('"', end, following)
        end = following
    return head[: end + 1] if end >= 0 else head


def _chunks(text: str, any_end: bool) -> list[str]:
    """A few stretches of lines from all over the text."""
    lines = list(islice(split_lines(text, any_end), _SAMPLE_LINES))
    if len(lines) <= 3 * _CHUNK_LINES:
        return ["".join(lines)]
    quarters = [len(lines) * quarter // 4 for quarter in range(4)]
    return [
        "".join(lines[start : start + _CHUNK_LINES])
        for start in (*quarters, len(lines) - _CHUNK_LINES)
    ]


def find_splitter(head: str, options: ReadOptions, sample: str) -> Splitter:
    """The layout and the dialect."""
    sep = sep_line(next(split_lines(head), ""))
    delimiter = options.delimiter or sep
    mixed_ends = "\r" in sample.replace("\r\n", "") and "\n" in sample
    guesses = [
        guess_dialect(
            _chunks(sample, any_end),
            any_end=any_end,
            delimiter=delimiter,
            quote=options.quote,
        )
        for any_end in ([True, False] if mixed_ends else [True])
    ]
    guess = max(guesses, key=lambda guess: guess.score)
    lines = [
        line
        for chunk in _chunks(sample, guess.dialect.any_end)
        for line in islice(split_lines(chunk, guess.dialect.any_end), 600)
    ]
    layouts = {options.layout}
    if options.layout is None and not delimiter:
        layouts = {"fixed", "baskets"}
    if "fixed" in layouts and (fixed := _fixed(lines, guess, options)):
        return fixed
    if "baskets" in layouts and (
        baskets := _baskets(lines, guess, options, delimiter)
    ):
        return baskets
    sure = (
        bool(delimiter) or guess.score > _SURE_SCORE or not guess.dialect.delimiter
    )
    return Splitter("delimited", guess.dialect, guess.width, sep=sep, sure=sure)


def _fixed(
    lines: Sequence[str], guess: Guess, options: ReadOptions
) -> Splitter | None:
    is_asked_for = options.layout == "fixed"
    has_delimiter = guess.dialect.delimiter not in (None, " ", "\t\t")
    is_within_figures = guess.dialect.delimiter == "," and not any(
        map(_COMMA_BETWEEN.search, lines)
    )
    if (
        has_delimiter
        and guess.score >= 0.3
        and not (is_asked_for or is_within_figures)
    ):
        return None
    spans = find_spans([line.rstrip("\r\n") for line in lines])
    if not spans and not is_asked_for:
        return None
    dialect = Dialect(None, None, any_end=guess.dialect.any_end)
    return Splitter("fixed", dialect, len(spans) or 1, tuple(spans) or ((0, 1),))


def _baskets(
    lines: Sequence[str],
    guess: Guess,
    options: ReadOptions,
    delimiter: str | None,
) -> Splitter | None:
    is_asked_for = options.layout == "baskets"
    if not is_asked_for and guess.agreement >= 0.75 and guess.dialect.delimiter:
        return None
    quote = guess.dialect.quote if guess.dialect.delimiter else '"'
    candidates = [delimiter] if delimiter else _BASKET_DELIMITERS
    for candidate in candidates:
        dialect = replace(
            guess.dialect, delimiter=candidate, quote=quote, escape=None
        )
        fields = [
            record.fields
            for record in split_records(lines, dialect)
            if record.text.strip()
        ]
        if candidate == " " and not _are_numbered(fields):
            continue
        is_last = candidate == candidates[-1]
        if are_baskets(fields) or (
            is_asked_for and (is_last or sum(map(len, fields)) > len(fields))
        ):
            return Splitter("baskets", dialect)
    return None


def _are_numbered(baskets: Iterable[Sequence[str]]) -> bool:
    """Whether all items are numbers or codes with a digit, which a space may well part."""
    items = (
        item for basket in baskets for cell in basket if (item := cell.strip())
    )
    return all(
        item.isalnum() and any(letter.isdigit() for letter in item)
        for item in items
    )
