"""How a text is cut into records: delimited, by columns of fixed width, or as baskets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Literal

from crm_analysis.tables.reading.baskets import are_baskets, find_spans, fixed_records
from crm_analysis.tables.reading.dialect import Guess, guess_dialect, sep_line
from crm_analysis.tables.reading.raw import ReadOptions
from crm_analysis.tables.reading.records import Dialect, Record, split_lines, split_records
from crm_analysis.tables.reading.scan import Scan

__all__ = ["Form", "find_form", "stretches"]

_CHUNK_LINES = 90


@dataclass(frozen=True)
class Form:
    """How the text is cut: the layout, the dialect, and the spans of fixed columns."""

    layout: Literal["delimited", "fixed", "baskets", "sheet"]
    dialect: Dialect
    width: int | None = None
    spans: tuple[tuple[int, int], ...] = ()
    sep: str | None = None
    sure: bool = True
    wrapped: bool = False  # each line stood in quotes as a whole

    def records(self, lines: Iterable[str]) -> Iterator[Record]:
        """The records of lines that come with their ends."""
        if self.layout == "fixed":
            return fixed_records(lines, self.spans, self.dialect.any_end)
        return split_records(lines, self.dialect, self.width)


def stretches(path: Path, head: str, scan: Scan) -> str:
    """The head, and stretches from the midst and the end of a large file."""
    texts = [head[: 1 << 17]]
    with path.open("rb") as stream:
        for share in (0.3, 0.6, 0.97):
            stream.seek(int(scan.size * share))
            stream.readline()
            texts.append(stream.read(1 << 15).decode("utf-8", "ignore"))
    return "".join(text[: text.rfind("\n") + 1] or text for text in texts)


def _chunks(text: str, any_end: bool) -> list[str]:
    lines = list(islice(split_lines(text, any_end), 400_000))
    if len(lines) <= 3 * _CHUNK_LINES:
        return ["".join(lines)]
    places = [0, len(lines) // 4, len(lines) // 2, 3 * len(lines) // 4, len(lines) - _CHUNK_LINES]
    return ["".join(lines[place : place + _CHUNK_LINES]) for place in places]


def find_form(head: str, options: ReadOptions, sample: str) -> Form:
    """The layout and the dialect."""
    first = next(split_lines(head), "")
    named = sep_line(first)
    delimiter = options.delimiter or named
    ends = [True, False] if "\r" in sample.replace("\r\n", "") and "\n" in sample else [True]
    guesses = [
        guess_dialect(
            _chunks(sample, any_end), any_end=any_end, delimiter=delimiter, quote=options.quote
        )
        for any_end in ends
    ]
    guess = max(guesses, key=lambda one: one.score)
    if (options.layout != "delimited" and delimiter is None) or options.layout in (
        "fixed",
        "baskets",
    ):
        other = _other_layout(sample, guess, options, delimiter)
        if other is not None:
            return other
    return Form(
        "delimited",
        guess.dialect,
        guess.width,
        sep=named,
        sure=bool(delimiter) or guess.score > 0.25 or not guess.dialect.delimiter,
    )


def _other_layout(
    sample: str, guess: Guess, options: ReadOptions, delimiter: str | None
) -> Form | None:
    lines = [
        line
        for chunk in _chunks(sample, guess.dialect.any_end)
        for line in islice(split_lines(chunk, guess.dialect.any_end), 600)
    ]
    texts = [line.rstrip("\r\n") for line in lines]
    if options.layout in (None, "fixed") and (
        options.layout == "fixed"
        or guess.dialect.delimiter in (None, " ", "\t\t")
        or guess.score < 0.3
    ):
        spans = find_spans(texts)
        if spans or options.layout == "fixed":
            return Form(
                "fixed",
                Dialect(None, None, any_end=guess.dialect.any_end),
                len(spans) or 1,
                tuple(spans) or ((0, 1),),
            )
    if options.layout == "fixed" or (
        guess.agree >= 0.75 and guess.dialect.delimiter and options.layout is None
    ):
        return None
    tried = [delimiter] if delimiter else [",", ";", "\t", "|", " "]
    for candidate in tried:
        dialect = replace(
            guess.dialect,
            delimiter=candidate,
            quote=guess.dialect.quote if guess.dialect.delimiter else '"',
            escape=None,
        )
        fields = [record.fields for record in split_records(lines, dialect) if record.text.strip()]
        if candidate == " " and any(
            not cell.strip().isalnum() or not any(letter.isdigit() for letter in cell)
            for row in fields
            for cell in row
            if cell.strip()
        ):
            continue
        if are_baskets(fields) or (
            options.layout == "baskets"
            and (candidate == tried[-1] or sum(map(len, fields)) > len(fields))
        ):
            return Form("baskets", dialect)
    return None
