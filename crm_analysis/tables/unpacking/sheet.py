"""The sheets of a workbook: which there are, which holds the data, and its cells as text."""

from __future__ import annotations

import io
import json
import re
import struct
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import IO

import python_calamine as calamine

from crm_analysis.errors import AnalysisError
from crm_analysis.tables.unpacking.cells import SheetCells, cell_text
from crm_analysis.tables.unpacking.content import Content
from crm_analysis.tables.unpacking.sheet_marks import SheetMarks, sheet_marks

_MAXIMUM_CELLS = 60_000_000
_COUNTED_CELLS = 2_000_000
# What a file says more often than its bytes can hold, as a row repeated without end.
_HARMLESS_CELLS, _CELLS_A_BYTE = 1_000_000, 10
_HARMLESS_TEXT, _TEXT_A_BYTE, _MAXIMUM_TEXT = 64 << 20, 200, 512 << 20
_BATCH = 2000
_FIGURE = re.compile(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?", re.I)
# Where a workbook says that it counts days from 1904: an attribute, or the first bit of record 153.
_ODD = b"[" + b"".join(b"\\x%02x" % byte for byte in range(1, 256, 2)) + b"]"
_SINCE_1904 = {
    "xl/workbook.xml": re.compile(rb"""date1904=["'](?:1|true)["']"""),
    "xl/workbook.bin": re.compile(rb"\x99\x01[\x08-\x7f]" + _ODD),
}
# The beginning of an .xls, and its records of that and of the end.
_GLOBALS, _DATE_MODE, _END = b"\x09\x08\x10\x00\x00\x06\x05\x00", 0x22, 0x0A
# A table has so many rows and columns; what it has is told by so many rows.
_TABLE_ROWS, _TABLE_COLUMNS, _TABLE_HEAD = 3, 3, 2000


class Workbook:
    """An open Excel file; AnalysisError where it is damaged or locked."""

    def __init__(self, content: Content) -> None:
        self.name = content.name
        self._content = content
        try:
            if content.data is not None:
                stream = io.BytesIO(content.data)
                self._workbook = calamine.CalamineWorkbook.from_filelike(stream)
            else:
                self._workbook = calamine.CalamineWorkbook.from_path(
                    str(content.path)
                )
        except calamine.PasswordError as problem:
            raise AnalysisError("reading.locked", name=content.name) from problem
        except (calamine.CalamineError, OSError, ValueError) as problem:
            raise AnalysisError(
                "reading.broken_sheet", name=content.name
            ) from problem
        worksheets = [
            meta.name
            for meta in self._workbook.sheets_metadata
            if meta.typ == calamine.SheetTypeEnum.WorkSheet
        ]
        self.sheets = tuple(worksheets or self._workbook.sheet_names)
        self._last: tuple[str, calamine.CalamineSheet] | None = None
        self.since_1904 = _counts_from_1904(content)

    def choose(self) -> str:
        """The sheet that holds the data: the one with most filled cells.

        Hidden ones are chosen only where nothing else is filled, or is no table beside theirs.
        """
        visible = {
            meta.name
            for meta in self._workbook.sheets_metadata
            if meta.visible == calamine.SheetVisibleEnum.Visible
        }
        sizes = {sheet: self._size(sheet) for sheet in self.sheets}
        if not any(sizes.values()):
            raise AnalysisError("reading.empty_sheets", name=self.name)
        shown, hidden = (
            max(sheets, key=sizes.__getitem__, default="")
            for sheets in (
                [sheet for sheet in sizes if sheet in visible],
                [sheet for sheet in sizes if sheet not in visible],
            )
        )
        if not sizes.get(shown):
            return hidden
        is_main = bool(hidden) and self._is_beside_no_table(shown, hidden)
        return hidden if is_main else shown

    def _is_beside_no_table(self, shown: str, hidden: str) -> bool:
        """Whether a sheet is a text or a list of words, and a hidden one a longer, wider table."""
        (rows, width), (rows_hidden, width_hidden) = (
            self._table_size(sheet) for sheet in (shown, hidden)
        )
        is_text = rows < _TABLE_ROWS or width < _TABLE_COLUMNS
        is_longer = rows_hidden >= max(_TABLE_ROWS, 2 * rows)
        return is_text and width_hidden >= _TABLE_COLUMNS and is_longer

    def _table_size(self, sheet: str) -> tuple[int, int]:
        """How many of the first rows have several filled cells, and how many half of them have."""
        filled = (
            sum(cell not in ("", None) for cell in row)
            for row in islice(_filled_area(self._sheet(sheet)), _TABLE_HEAD)
        )
        counts = sorted(count for count in filled if count > 1)
        return len(counts), counts[len(counts) // 2] if counts else 0

    def _size(self, sheet: str) -> int:
        opened = self._sheet(sheet)
        cells = opened.height * opened.width
        if cells > _COUNTED_CELLS:
            return cells
        return sum(
            cell not in ("", None) for row in _filled_area(opened) for cell in row
        )

    def _sheet(self, sheet: str) -> calamine.CalamineSheet:
        """A sheet, its cells read; the last is kept, for it is often the one that is wanted."""
        if self._last and self._last[0] == sheet:
            return self._last[1]
        self._last = None  # two large ones may be too much
        try:
            opened = self._workbook.get_sheet_by_name(sheet)
        except (calamine.CalamineError, OSError, ValueError) as problem:
            raise AnalysisError("reading.broken_sheet", name=self.name) from problem
        if opened.height * opened.width > _MAXIMUM_CELLS:
            raise AnalysisError(
                "reading.sheet_too_large", name=self.name, sheet=sheet
            )
        self._last = (sheet, opened)
        return opened

    @property
    def hidden_sheets(self) -> tuple[str, ...]:
        """The sheets that Excel does not show."""
        return tuple(
            meta.name
            for meta in self._workbook.sheets_metadata
            if meta.name in self.sheets
            and meta.visible != calamine.SheetVisibleEnum.Visible
        )

    def write(self, sheet: str, out: IO[str]) -> SheetCells:
        """Write the rows of a sheet as text, some a line in JSON, each without its empty end.

        A cell that is formatted as a share or as money has the sign that it is shown with.
        """
        marks = sheet_marks(self._content, sheet)
        opened = self._sheet(sheet)
        cells = SheetCells(
            formulas=tuple(sorted(marks.formulas.items())),
            hidden_rows=marks.hidden_rows,
            hidden_columns=marks.hidden_columns,
        )
        if opened.start is None:
            return cells
        top, start = opened.start[0] + 1, opened.start[1] + 1
        rows = _Rows(_texts(opened, marks, top, start))
        while batch := list(islice(rows, _BATCH)):
            out.write(json.dumps(batch, ensure_ascii=False) + "\n")
            if self._is_too_much(rows.filled, out.tell()):
                raise AnalysisError(
                    "reading.sheet_repeats",
                    name=self.name,
                    sheet=sheet,
                    rows=opened.height,
                    columns=opened.width,
                )
        return replace(
            cells,
            top=top,
            start=start,
            used=(rows.first or 0, rows.last),
            merged=tuple(
                (begin[0] + 1, begin[1] + 1, end[0] + 1, end[1] + 1)
                for begin, end in opened.merged_cell_ranges or ()
            ),
        )

    def _is_too_much(self, filled: int, text: int) -> bool:
        size = self._content.size
        return (
            (filled > _HARMLESS_CELLS and filled > _CELLS_A_BYTE * size)
            or (text > _HARMLESS_TEXT and text > _TEXT_A_BYTE * size)
            or text > _MAXIMUM_TEXT
        )


class _Rows:
    """Rows as they pass, without their empty ends: how many cells are filled, and between where."""

    def __init__(self, rows: Iterator[list[str]]) -> None:
        self._rows = rows
        self.filled = 0
        self.first: int | None = None
        self.last = 0

    def __iter__(self) -> Iterator[list[str]]:
        return self

    def __next__(self) -> list[str]:
        row = next(self._rows)
        while row and not row[-1]:
            row.pop()
        self.filled += len(row) - row.count("")
        self.last = max(self.last, len(row))
        if row and self.first != 0:
            begin = next(place for place, cell in enumerate(row) if cell)
            self.first = min(begin, len(row) if self.first is None else self.first)
        return row


def _texts(
    opened: calamine.CalamineSheet, marks: SheetMarks, top: int, start: int
) -> Iterator[list[str]]:
    """The rows of a sheet from the first that is filled, as text."""
    signs = iter(marks.signs)
    line, column, sign = next(signs, (0, 0, ""))
    for number, cells in enumerate(_filled_area(opened), start=top):
        row = [cell_text(cell) for cell in cells]
        while sign and line <= number:
            place = column - start
            if line == number and 0 <= place < len(row):
                row[place] = _with_sign(row[place], sign)
            line, column, sign = next(signs, (0, 0, ""))
        yield row


def _filled_area(opened: calamine.CalamineSheet) -> Iterator[Sequence[object]]:
    """The rows from the first filled cell on, one after the other."""
    if opened.start is not None:
        top, start = opened.start
        for row in islice(opened.iter_rows(), top, None):
            yield row[start:]


def _with_sign(text: str, sign: str) -> str:
    """A figure with the sign it is shown with; a share as hundredths.

    >>> _with_sign("0.125", "%"), _with_sign("-5", "€"), _with_sign("n/a", "%")
    ('12.5%', '-€5', 'n/a')
    >>> _with_sign("2.5", " 万元")
    '2.5 万元'
    """
    if not _FIGURE.fullmatch(text):
        return text
    if sign == "%":
        return f"{cell_text(round(float(text) * 100, 10))}%"
    if sign.startswith(" "):
        return f"{text}{sign}"
    minus = "-" if text.startswith("-") else ""
    gap = " " if sign[-1].isalpha() else ""
    return f"{minus}{sign}{gap}{text.lstrip('-')}"


def _counts_from_1904(content: Content) -> bool:
    """Whether a workbook counts days from 1904, as those of old Macs do.

    Cells formatted as dates are read rightly; a day that is a mere number has to be told.
    """
    data = content.data
    file = str(content.path) if data is None else io.BytesIO(data)
    try:
        with zipfile.ZipFile(file) as parts:
            names = parts.namelist()
            heads = [parts.read(name) for name in _SINCE_1904 if name in names]
    except (OSError, zipfile.BadZipFile):
        if data is None and content.path is not None:
            data = content.path.read_bytes()
        return _counts_so_in_xls(data or b"")
    return any(
        pattern.search(head) for head in heads for pattern in _SINCE_1904.values()
    )


def _counts_so_in_xls(data: bytes) -> bool:
    """The same of an .xls, whose first stream is records of a kind, a length and their bytes."""
    position = data.find(_GLOBALS)
    while 0 <= position < len(data) - 4:
        kind, length = struct.unpack_from("<HH", data, position)
        if kind in (_DATE_MODE, _END):
            return (
                kind == _DATE_MODE and data[position + 4 : position + 5] == b"\x01"
            )
        position += 4 + length
    return False
