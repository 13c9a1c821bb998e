"""A record of the wrong width is read again where only one other reading makes every cell suit its column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from crm_analysis.tables.reading.cells import Shapes
from crm_analysis.tables.reading.records import Dialect, Record, split_record
from crm_analysis.tables.reading.wrapping import unwrap

__all__ = ["mend"]

_OTHERS = (",", ";", "\t", "|", " ")
_SPARE = 8


def mend(
    record: Record, dialect: Dialect, shapes: Shapes, width: int
) -> tuple[list[str], str] | None:
    """The fields of a record that does not fit, read another way, and which: "quote", "delimiter", "extra", "joined" or "missing".

    None where no other reading is clearly the right one.
    """
    found: dict[tuple[str, ...], tuple[float, str]] = {}
    for fields, how in _readings(record, dialect, shapes, width):
        key = tuple(fields)
        bare = (
            [cell.strip(dialect.quote) for cell in fields]
            if how == "quote" and dialect.quote
            else fields
        )
        letters = sum(cell.count(dialect.quote) for cell in fields) if dialect.quote else 0
        score = (
            shapes.score(bare)
            - (0.2 if how in ("extra", "missing", "joined") else 0.0)
            - 0.02 * letters
        )
        if shapes.suits(bare) and (key not in found or found[key][0] < score):
            found[key] = (score, how)
    ranked = sorted(
        ((score, how, fields) for fields, (score, how) in found.items()), key=lambda one: -one[0]
    )
    if not ranked or (len(ranked) > 1 and ranked[0][0] - ranked[1][0] < 0.01):
        return None
    return list(ranked[0][2]), ranked[0][1]


def _readings(
    record: Record, dialect: Dialect, shapes: Shapes, width: int
) -> Iterator[tuple[list[str], str]]:
    if dialect.quote and dialect.quote in record.text and record.lines == 1:
        if len(record.fields) == 1 and (bare := "".join(unwrap([record.text]))) != record.text:
            fields, _, still_open = split_record(bare, dialect)
            if still_open is None and len(fields) == width:
                yield fields, "quote"
        for fields in _requoted(record.text, dialect):
            if len(fields) == width:
                yield fields, "quote"
    if len(record.fields) > width:
        yield from _drawn_together(record.fields, dialect, record.text, shapes, width)
    if len(record.fields) == width - 1:
        yield from ((fields, "missing") for fields in _parted(record.fields, shapes))
    for delimiter in _OTHERS:
        if (
            delimiter != dialect.delimiter
            and record.text.count(delimiter) >= width - 1
            and record.lines == 1
        ):
            other = replace(dialect, delimiter=delimiter)
            fields, _, still_open = split_record(record.text, other)
            if still_open is None and width <= len(fields) <= width + _SPARE:
                for drawn in (
                    [fields]
                    if len(fields) == width
                    else [
                        one for one, _ in _drawn_together(fields, other, record.text, shapes, width)
                    ]
                ):
                    yield drawn, "delimiter"


def _requoted(text: str, dialect: Dialect) -> Iterator[list[str]]:
    """Readings in which one quote is a letter, or a delimiter or the doubling of a quote is missing."""
    quote, delimiter = dialect.quote or "", dialect.delimiter or ""
    if not delimiter:
        return
    places = [place for place, letter in enumerate(text) if letter == quote][:64]
    for place in places:
        if place == 0 or text[:place].endswith(delimiter):
            yield split_record(text, dialect, frozenset({place}))[0]
        patches = [
            text[:place] + delimiter + text[place:],
            text[: place + 1] + delimiter + text[place + 1 :],
        ]
        if text.startswith(quote + quote + delimiter, place):
            patches.append(text[:place] + quote + text[place:])
        for patched in patches:
            fields, odd, _ = split_record(patched, dialect)
            if not odd:
                yield fields


def _drawn_together(
    fields: Sequence[str], dialect: Dialect, text: str, shapes: Shapes, width: int
) -> Iterator[tuple[list[str], str]]:
    """The best ways to make too many fields fit: an empty one left out, or neighbours joined that a stray delimiter parted."""
    spare = len(fields) - width
    if not 0 < spare <= _SPARE:
        return
    best: list[tuple[float, list[str], str]] = []
    for place in range(len(fields)):
        if spare == 1 and not fields[place].strip():
            rest = [*fields[:place], *fields[place + 1 :]]
            best.append((shapes.score(rest), rest, "extra"))
    quoted = [
        bool(
            dialect.quote
            and cell
            and dialect.quote + cell[:30].replace(dialect.quote, dialect.quote * 2) in text
        )
        for cell in fields
    ]
    for place in range(width):
        if (
            shapes.open[place]
            and not any(quoted[place : place + spare + 1])
            and fields[place]
            and fields[place + spare]
        ):
            joined = [
                *fields[:place],
                (dialect.delimiter or "").join(fields[place : place + spare + 1]),
                *fields[place + spare + 1 :],
            ]
            best.append((shapes.score(joined), joined, "joined"))
    best.sort(key=lambda one: -one[0])
    yield from ((one, how) for _, one, how in best[:6])


def _parted(fields: Sequence[str], shapes: Shapes) -> Iterator[list[str]]:
    """The ways to part one field into two that both have a shape seen in their columns."""
    for column, cell in enumerate(fields):
        if len(cell) > 200 or shapes.open[column] or shapes.open[column + 1]:
            continue
        for cut in range(1, len(cell)):
            left, right = cell[:cut], cell[cut:]
            if shapes.fit(column, left) == 1.0 and shapes.fit(column + 1, right) == 1.0:
                yield [*fields[:column], left, right, *fields[column + 1 :]]
