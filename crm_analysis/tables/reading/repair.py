"""A record of the wrong width is read again.

Where only one other reading makes every cell suit its column, it is taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from crm_analysis.tables.reading.cells import Shapes
from crm_analysis.tables.reading.records import Dialect, Record, split_record
from crm_analysis.tables.reading.wrapping import unwrap

_OTHER_DELIMITERS = (",", ";", "\t", "|", " ")
_MAXIMUM_SURPLUS = 8
_TRIED_QUOTES = 64
_TRIED_NARROWINGS = 6


class Repair(NamedTuple):
    """Another reading of a record, and what it takes to be wrong with it.

    `how` is "quote", "delimiter", "extra" (field), "joined" (fields) or "missing" (delimiter).
    """

    fields: list[str]
    how: str


def repair_record(
    record: Record, dialect: Dialect, shapes: Shapes
) -> Repair | None:
    """Another reading of a record that does not fit; None where none is clearly the right one."""
    best: dict[tuple[str, ...], tuple[float, Repair]] = {}
    for repair in _readings(record, dialect, shapes):
        fields = repair.fields
        is_requoted = repair.how == "quote"
        cells = (
            [cell.strip(dialect.quote) for cell in fields]
            if is_requoted
            else fields
        )
        quotes = (
            sum(cell.count(dialect.quote) for cell in fields)
            if dialect.quote
            else 0
        )
        doubt = 0.2 if repair.how in ("extra", "missing", "joined") else 0.0
        score = shapes.score(cells) - doubt - 0.02 * quotes
        key = tuple(fields)
        if shapes.suits(cells) and (key not in best or best[key][0] < score):
            best[key] = (score, repair)
    ranked = sorted(best.values(), key=lambda scored: -scored[0])
    if not ranked or (len(ranked) > 1 and ranked[0][0] - ranked[1][0] < 0.01):
        return None
    return ranked[0][1]


def _readings(record: Record, dialect: Dialect, shapes: Shapes) -> Iterator[Repair]:
    """Everything the record may have been meant to be."""
    width = len(shapes.empty_shares)
    fields, text = record.fields, record.text
    if dialect.quote and dialect.quote in text and record.lines == 1:
        for requoted in _requoted(record, dialect):
            if len(requoted) == width:
                yield Repair(requoted, "quote")
    if dialect.delimiter and f'{dialect.delimiter}="' in text:
        yield Repair(_out_of_formulas(text, dialect), "quote")
    yield from _narrowed(fields, dialect, text, shapes)
    if len(fields) == width - 1:
        yield from (Repair(parted, "missing") for parted in _parted(fields, shapes))
    for delimiter in _OTHER_DELIMITERS:
        if delimiter == dialect.delimiter or record.lines > 1:
            continue
        if text.count(delimiter) < width - 1:
            continue
        other = replace(dialect, delimiter=delimiter)
        fields, _, still_open = split_record(text, other)
        if still_open is not None:
            continue
        if len(fields) == width:
            yield Repair(fields, "delimiter")
        for narrowed in _narrowed(fields, other, text, shapes):
            yield Repair(narrowed.fields, "delimiter")


def _out_of_formulas(text: str, dialect: Dialect) -> list[str]:
    """The fields where formulas that hold a cell as text hold delimiters too: `="1,250.00"`."""
    delimiter = dialect.delimiter or ""
    text = f"{delimiter}{text}".replace(f'{delimiter}="', f'{delimiter}"')
    return split_record(text, replace(dialect, quote='"'))[0][1:]


def _requoted(record: Record, dialect: Dialect) -> Iterator[list[str]]:
    """Readings without quotes around the line, or with one quote or delimiter set right.

    A quote may be a letter; a delimiter or the doubling of a quote may be missing.
    """
    text, quote, delimiter = (
        record.text,
        dialect.quote or "",
        dialect.delimiter or "",
    )
    if len(record.fields) == 1:
        unwrapped = "".join(unwrap([text]))
        fields, _, still_open = split_record(unwrapped, dialect)
        if unwrapped != text and still_open is None:
            yield fields
    if not delimiter:
        return
    positions = [
        position for position, letter in enumerate(text) if letter == quote
    ]
    for position in positions[:_TRIED_QUOTES]:
        before, after = text[:position], text[position:]
        if not before or before.endswith(delimiter):
            yield split_record(text, dialect, frozenset({position}))[0]
        patches = [
            before + delimiter + after,
            before + quote + delimiter + after[1:],
        ]
        if after.startswith(quote + quote + delimiter):
            patches.append(before + quote + after)
        for patched in patches:
            fields, odd, _ = split_record(patched, dialect)
            if not odd:
                yield fields


def _narrowed(
    fields: Sequence[str], dialect: Dialect, text: str, shapes: Shapes
) -> Iterator[Repair]:
    """The best ways to make too many fields fit.

    An empty one left out, or neighbours joined that a stray delimiter parted.
    """
    width = len(shapes.empty_shares)
    surplus = len(fields) - width
    if not 0 < surplus <= _MAXIMUM_SURPLUS:
        return
    repairs = [
        Repair([*fields[:position], *fields[position + 1 :]], "extra")
        for position, cell in enumerate(fields)
        if surplus == 1 and not cell.strip()
    ]
    quoted = [_is_quoted(cell, dialect.quote, text) for cell in fields]
    for position in range(width):
        end = position + surplus + 1
        if (
            shapes.free_text[position]
            and not any(quoted[position:end])
            and fields[position]
            and fields[end - 1]
        ):
            joined = (dialect.delimiter or "").join(fields[position:end])
            repairs.append(
                Repair([*fields[:position], joined, *fields[end:]], "joined")
            )
    repairs.sort(key=lambda repair: -shapes.score(repair.fields))
    yield from repairs[:_TRIED_NARROWINGS]


def _is_quoted(cell: str, quote: str | None, text: str) -> bool:
    """Whether a cell seems to stand in quotes in the text of its record."""
    return bool(
        quote and cell and quote + cell[:30].replace(quote, quote * 2) in text
    )


def _parted(fields: Sequence[str], shapes: Shapes) -> Iterator[list[str]]:
    """The ways to part one field into two that both have a shape seen in their columns."""
    for column, cell in enumerate(fields):
        if len(cell) > 200 or any(shapes.free_text[column : column + 2]):
            continue
        for cut in range(1, len(cell)):
            before, after = cell[:cut], cell[cut:]
            if (
                shapes.fit(column, before) == 1.0
                and shapes.fit(column + 1, after) == 1.0
            ):
                yield [*fields[:column], before, after, *fields[column + 1 :]]
