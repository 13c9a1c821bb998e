"""The cells of a sheet as records of text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from crm_analysis.jobs import Progress
from crm_analysis.tables.reading.header import count_filled, kind_of_name
from crm_analysis.tables.reading.records import Record
from crm_analysis.tables.unpacking.apart import OpenedSheet

_HEAD_LINES = 20  # of a sheet, among which its header is looked for


@dataclass(frozen=True)
class MergedCells:
    """Cells merged downwards: their first and last line, and the position of their column."""

    first: int
    last: int
    column: int


@dataclass(frozen=True)
class SheetRecords:
    """The records of a sheet, what is merged downwards, and what the file says of its cells.

    `formulas` counts those without a value by the position of their column in the records;
    `hidden_rows` are not shown, nor the columns at the positions `hidden_columns`.
    """

    records: list[Record]
    merged: tuple[MergedCells, ...]
    formulas: dict[int, int]
    hidden_rows: int
    hidden_columns: frozenset[int]


def records_of(opened: OpenedSheet, progress: Progress) -> SheetRecords:
    """The rows of a sheet as records of text, empty columns at either end left out.

    The line is Excel's row number.
    """
    cells = opened.cells
    first, last = cells.used
    records = [
        Record(line, row, "\t".join(row).rstrip("\t"))
        for line, row in enumerate(
            _rows(opened.path, first, last, progress), start=cells.top
        )
    ]
    # the number that Excel gives to the first of the columns that are left
    begin = cells.start + first
    merged = tuple(
        MergedCells(top, bottom, left - begin)
        for top, left, bottom, _ in cells.merged
        if bottom > top and left >= begin
    )
    across = [
        (top, left - begin, right - begin)
        for top, left, bottom, right in cells.merged
        if bottom == top and right > left and left >= begin
    ]
    formulas = {column - begin: count for column, count in cells.formulas}
    hidden = frozenset(
        position
        for position in range(last - first)
        for left, right in cells.hidden_columns
        if left <= position + begin <= right
    )
    return SheetRecords(
        _named_across(records, across), merged, formulas, cells.hidden_rows, hidden
    )


def _rows(path: Path, first: int, last: int, progress: Progress) -> list[list[str]]:
    """The rows in a file, each as long as the longest."""
    rows: list[list[str]] = []
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            progress(0.1, "reading.step_parse")
            for row in json.loads(line):
                row += [""] * (last - len(row))
                rows.append(row[first:] if first else row)
    return rows


def filled_down(
    records: Sequence[Record], first_row: int, merged: Sequence[MergedCells]
) -> list[Record]:
    """The records with the value of cells merged downwards amid the rows in each of them."""
    lines = {record.line: number for number, record in enumerate(records)}
    filled = list(records)
    for cells in merged:
        top = lines.get(cells.first)
        if cells.first < first_row or top is None:
            continue
        value = filled[top].fields[cells.column : cells.column + 1]
        for line in range(cells.first + 1, cells.last + 1):
            number = lines.get(line)
            if number is None or not value:
                continue
            fields = list(filled[number].fields)
            fields[cells.column] = fields[cells.column] or value[0]
            text = "\t".join(fields).rstrip("\t")
            filled[number] = filled[number]._replace(fields=fields, text=text)
    return filled


def _named_across(
    records: list[Record], across: Sequence[tuple[int, int, int]]
) -> list[Record]:
    """The records where a name merged over the headings under it stands over each of these.

    `across` are cells merged to the right: their line, their first and last position. A name over
    all is a title, and stays as it is.
    """
    named = list(records)
    of_line: dict[int, list[tuple[int, int]]] = {}
    for line, first, last in across:
        of_line.setdefault(line, []).append((first, last))
    for number, record in enumerate(records[:_HEAD_LINES]):
        spans = of_line.get(record.line, [])
        below = records[number + 1].fields if number + 1 < len(records) else []
        under = [cell for first, last in spans for cell in below[first : last + 1]]
        widths = sum(last + 1 - first for first, last in spans)
        if not spans or len(under) < widths or not all(map(_is_name, under)):
            continue
        if count_filled(record.fields) < 2:
            continue
        fields = list(record.fields)
        for first, last in spans:
            fields[first : last + 1] = [fields[first]] * (last + 1 - first)
        named[number] = record._replace(fields=fields)
    return named


def _is_name(cell: str) -> bool:
    return kind_of_name(cell) not in ("number", "date", "time", "link", "empty")
