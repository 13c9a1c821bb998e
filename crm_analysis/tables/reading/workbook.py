"""Excel files: their sheets, and the cells of one as records of text."""

from __future__ import annotations

import datetime
import io
import re
import struct
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice

import python_calamine as calamine

from crm_analysis.errors import AnalysisError
from crm_analysis.tables.reading.content import Content
from crm_analysis.tables.reading.header import count_filled, kind_of_name
from crm_analysis.tables.reading.records import Record
from crm_analysis.tables.reading.sheet_marks import SheetMarks, sheet_marks

_MAXIMUM_CELLS = 60_000_000
_COUNTED_CELLS = 2_000_000
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
_HEAD_LINES = 20  # of a sheet, among which its header is looked for
_ROUNDING_ERROR = re.compile(r"-?\d+\.\d*?(0{6,}\d{1,3}|9{6,}\d{1,3})")


@dataclass(frozen=True)
class MergedCells:
    """Cells merged downwards: their first and last line, and the position of their column."""

    first: int
    last: int
    column: int


@dataclass(frozen=True)
class SheetRecords:
    """The records of a sheet, what is merged downwards, and what the file says of its cells.

    The columns of formulas are positions in the records.
    """

    records: list[Record]
    merged: tuple[MergedCells, ...]
    marks: SheetMarks


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
            for row in islice(self._sheet(sheet).to_python(), _TABLE_HEAD)
        )
        counts = sorted(count for count in filled if count > 1)
        return len(counts), counts[len(counts) // 2] if counts else 0

    def _size(self, sheet: str) -> int:
        opened = self._sheet(sheet)
        cells = opened.height * opened.width
        if cells > _COUNTED_CELLS:
            return cells
        return sum(
            cell not in ("", None) for row in opened.to_python() for cell in row
        )

    def _sheet(self, sheet: str) -> calamine.CalamineSheet:
        try:
            opened = self._workbook.get_sheet_by_name(sheet)
        except (calamine.CalamineError, OSError, ValueError) as problem:
            raise AnalysisError("reading.broken_sheet", name=self.name) from problem
        if opened.height * opened.width > _MAXIMUM_CELLS:
            raise AnalysisError(
                "reading.sheet_too_large", name=self.name, sheet=sheet
            )
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

    def read(self, sheet: str) -> SheetRecords:
        """The rows of a sheet as records of text, empty columns at either end left out.

        The line is Excel's row number. A cell that is formatted as a share or as money has the
        sign that it is shown with.
        """
        opened = self._sheet(sheet)
        marks = sheet_marks(self._content, sheet)
        if opened.start is None:
            return SheetRecords([], (), marks)
        top, start = opened.start[0] + 1, opened.start[1] + 1
        rows = [
            [cell_text(cell) for cell in row]
            for row in opened.to_python(skip_empty_area=True)
        ]
        for (line, column), sign in marks.signs.items():
            row, position = line - top, column - start
            if 0 <= row < len(rows) and 0 <= position < len(rows[row]):
                rows[row][position] = _with_sign(rows[row][position], sign)
        columns = [
            column
            for column, cells in enumerate(zip(*rows, strict=True))
            if any(cells)
        ]
        used = slice(columns[0], columns[-1] + 1) if columns else slice(0)
        records = [
            Record(line, row[used], "\t".join(row[used]).rstrip("\t"))
            for line, row in enumerate(rows, start=top)
        ]
        first = start + (used.start or 0)
        merged = tuple(
            MergedCells(begin[0] + 1, end[0] + 1, begin[1] + 1 - first)
            for begin, end in opened.merged_cell_ranges or ()
            if end[0] > begin[0] and begin[1] + 1 >= first
        )
        across = [
            (begin[0] + 1, begin[1] + 1 - first, end[1] + 1 - first)
            for begin, end in opened.merged_cell_ranges or ()
            if end[0] == begin[0] and end[1] > begin[1] and begin[1] + 1 >= first
        ]
        records = _named_across(records, across)
        formulas = {
            column - first: count for column, count in marks.formulas.items()
        }
        return SheetRecords(records, merged, replace(marks, formulas=formulas))


def _with_sign(text: str, sign: str) -> str:
    """A figure with the sign it is shown with; a share as hundredths.

    >>> _with_sign("0.125", "%"), _with_sign("-5", "€"), _with_sign("n/a", "%")
    ('12.5%', '-€5', 'n/a')
    """
    if not _FIGURE.fullmatch(text):
        return text
    if sign == "%":
        return f"{cell_text(round(float(text) * 100, 10))}%"
    minus = "-" if text.startswith("-") else ""
    gap = " " if sign[-1].isalpha() else ""
    return f"{minus}{sign}{gap}{text.lstrip('-')}"


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


def cell_text(value: object) -> str:
    """A cell as a person reads it in Excel: whole numbers without .0, dates as ISO, TRUE and FALSE.

    >>> [cell_text(value) for value in (17850.0, 2.55, True, 0.1 + 0.2)]
    ['17850', '2.55', 'TRUE', '0.3']
    >>> cell_text(datetime.date(2011, 5, 1))
    '2011-05-01'
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        return (
            f"{value:.15g}"
            if _ROUNDING_ERROR.fullmatch(repr(value))
            else repr(value)
        )
    if isinstance(value, datetime.datetime):
        if value.microsecond:
            value = (value + datetime.timedelta(microseconds=500_000)).replace(
                microsecond=0
            )
        return value.isoformat(" ")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, datetime.timedelta):
        seconds = round(value.total_seconds())
        minutes = abs(seconds) // 60
        sign = "-" if seconds < 0 else ""
        return f"{sign}{minutes // 60}:{minutes % 60:02}:{abs(seconds) % 60:02}"
    return str(value).replace("\0", "")
