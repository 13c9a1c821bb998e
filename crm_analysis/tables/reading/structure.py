"""Where the table begins in a file: the preamble above it, its header lines, a line of units."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from crm_analysis.tables.reading.bounds import rows_in_bounds
from crm_analysis.tables.reading.cells import Shapes, is_blank, learn_shapes
from crm_analysis.tables.reading.header import (
    are_units,
    column_names,
    count_filled,
    find_header,
    names_the_columns,
    of_width,
)
from crm_analysis.tables.reading.records import Record

_RULER = re.compile(r"[-=_+:]{2,}")
_LEARNED_RECORDS, _LEARNED_CELLS = 2000, 100_000


@dataclass(frozen=True)
class Structure:
    """The parts of a file: lines by what they are, and what the rows between are like.

    `header` and `unit_line` are lines, `units` the unit of each column that has one, `aside` why
    the record on a line is no row.
    """

    width: int
    names: tuple[str, ...]
    header: tuple[int, ...] = ()
    header_fields: tuple[tuple[str, ...], ...] = ()
    units: dict[str, str] = field(default_factory=dict)
    unit_line: int | None = None
    aside: dict[int, str] = field(default_factory=dict)
    first_row: int = 1
    shapes: Shapes | None = None


def find_structure(
    records: Sequence[Record],
    *,
    header_rows: int | None = None,
    first_line: int | None = None,
    put_back: frozenset[int] = frozenset(),
    width: int | None = None,
) -> Structure:
    """Find the table in the records at the head of a file."""
    filled = [
        record
        for record in records
        if not is_blank(record.fields) and record.line not in put_back
    ]
    aside = {
        record.line: "preamble"
        for record in filled
        if record.line < (first_line or 1)
    }
    live = [record for record in filled if record.line not in aside]
    if not live:
        width = max((len(record.fields) for record in records), default=1)
        return Structure(width, column_names([], width), aside=aside)
    width = width or _width_of(live)
    start = 0 if first_line else _start(live, width)
    if header_rows is None:
        header, width = find_header(live, start, width)
    else:
        header = live[start : start + header_rows]
    header_lines = [record.line for record in header]
    outside = [record for record in live if record.line not in header_lines]
    first_line = live[start].line
    aside |= {
        record.line: "preamble" for record in outside if record.line < first_line
    }
    rest = [record for record in outside if record.line >= first_line]
    while header and rest and _is_ruler(rest[0]):
        aside[rest.pop(0).line] = "ruler"
    names = column_names([record.fields for record in header], width)
    unit_line, units = None, {}
    if (
        header
        and header_rows is None
        and rest
        and are_units(rest[0], rest[1:], width)
    ):
        unit_line, units = rest[0].line, _units(names, rest.pop(0))
    first_row = max((record.line + record.lines for record in records), default=1)
    learned = rows_in_bounds(width, _LEARNED_RECORDS, _LEARNED_CELLS)
    return Structure(
        width=width,
        names=names,
        header=tuple(header_lines),
        header_fields=tuple(tuple(record.fields) for record in header),
        units=units,
        unit_line=unit_line,
        aside=aside,
        first_row=rest[0].line if rest else first_row,
        shapes=learn_shapes(of_width(rest, width)[:learned], width),
    )


def rows_of(structure: Structure, records: Sequence[Record]) -> list[list[str]]:
    """The fields of those of some records that are rows of the table and as wide as it."""
    below = [record for record in records if record.line >= structure.first_row]
    return of_width(below, structure.width)


def _units(names: Sequence[str], record: Record) -> dict[str, str]:
    return {
        name: cell.strip()
        for name, cell in zip(names, record.fields, strict=False)
        if cell.strip()
    }


def _is_ruler(record: Record) -> bool:
    cells = [cell.strip() for cell in record.fields]
    return all(_RULER.fullmatch(cell) for cell in cells if cell)


def _width_of(live: Sequence[Record]) -> int:
    counts = Counter(len(record.fields) for record in live)
    if len(counts) > 1 and counts[1] < len(live):
        wide = Counter(
            {width: count for width, count in counts.items() if width > 1}
        )
        if wide.total() >= 0.3 * len(live) or len(live) < 12:
            counts = wide
    # Of widths that are as frequent the one that comes first in the file.
    return counts.most_common(1)[0][0]


def _start(live: Sequence[Record], width: int) -> int:
    """The first record of the table: as wide as it, well filled, with more like it to follow."""
    filled_counts = [count_filled(fields) for fields in of_width(live, width)]
    typical = median(filled_counts or [1])
    minimum = 1 if width == 1 or typical < 2 else max(2, typical / 2)
    for index, record in enumerate(live):
        fields = record.fields
        if len(fields) != width or count_filled(fields) < min(minimum, width):
            continue
        following = live[index + 1 : index + 7]
        fitting = of_width(following, width)
        if index + 7 >= len(live) or len(fitting) >= 0.5 * len(following):
            return index
        if width > 2 and names_the_columns(fields, live[index + 1 : index + 201]):
            return index
    return 0
