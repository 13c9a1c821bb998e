"""Excel files: their sheets, and the cells of one as records of text."""

from __future__ import annotations

import datetime
import io
import re
import zipfile

import python_calamine as calamine

from crm_analysis.errors import AnalysisError
from crm_analysis.tables.reading.content import Content
from crm_analysis.tables.reading.records import Record

_MAXIMUM_CELLS = 60_000_000
_COUNTED_CELLS = 2_000_000
_ROUNDING_ERROR = re.compile(r"-?\d+\.\d*?(0{6,}\d{1,3}|9{6,}\d{1,3})")


class Workbook:
    """An open Excel file; AnalysisError where it is damaged or locked."""

    def __init__(self, content: Content) -> None:
        self.name = content.name
        try:
            if content.data is not None:
                stream = io.BytesIO(content.data)
                self._workbook = calamine.CalamineWorkbook.from_filelike(stream)
            else:
                self._workbook = calamine.CalamineWorkbook.from_path(str(content.path))
        except calamine.PasswordError as problem:
            raise AnalysisError("reading.locked", name=content.name) from problem
        except (calamine.CalamineError, OSError, ValueError) as problem:
            raise AnalysisError("reading.broken_sheet", name=content.name) from problem
        worksheets = [
            meta.name
            for meta in self._workbook.sheets_metadata
            if meta.typ == calamine.SheetTypeEnum.WorkSheet
        ]
        self.sheets = tuple(worksheets or self._workbook.sheet_names)

        self.since_1904 = _counts_from_1904(content)

    def choose(self) -> str:
        """The sheet that holds the data: the one with most filled cells.

        Hidden ones are chosen only where nothing else is filled.
        """
        visible = {
            meta.name
            for meta in self._workbook.sheets_metadata
            if meta.visible == calamine.SheetVisibleEnum.Visible
        }
        sizes = {sheet: self._size(sheet) for sheet in self.sheets}
        if not any(sizes.values()):
            raise AnalysisError("reading.empty_sheets", name=self.name)
        return max(
            sizes,
            key=lambda sheet: sizes[sheet] * (1.0 if sheet in visible else 1e-6),
        )

    def _size(self, sheet: str) -> int:
        opened = self._sheet(sheet)
        cells = opened.height * opened.width
        if cells > _COUNTED_CELLS:
            return cells
        return sum(cell not in ("", None) for row in opened.to_python() for cell in row)

    def _sheet(self, sheet: str) -> calamine.CalamineSheet:
        try:
            opened = self._workbook.get_sheet_by_name(sheet)
        except (calamine.CalamineError, OSError, ValueError) as problem:
            raise AnalysisError("reading.broken_sheet", name=self.name) from problem
        if opened.height * opened.width > _MAXIMUM_CELLS:
            raise AnalysisError("reading.sheet_too_large", name=self.name, sheet=sheet)
        return opened

    def records(self, sheet: str) -> list[Record]:
        """The rows of a sheet as records of text, empty columns at either end left out.

        The line is Excel's row number.
        """
        opened = self._sheet(sheet)
        if opened.start is None:
            return []
        rows = [
            [cell_text(cell) for cell in row]
            for row in opened.to_python(skip_empty_area=True)
        ]
        columns = [
            column for column, cells in enumerate(zip(*rows, strict=True)) if any(cells)
        ]
        used = slice(columns[0], columns[-1] + 1) if columns else slice(0)
        return [
            Record(line, row[used], "\t".join(row[used]).rstrip("\t"))
            for line, row in enumerate(rows, start=opened.start[0] + 1)
        ]


def _counts_from_1904(content: Content) -> bool:
    """Whether a workbook counts days from 1904, as those of old Macs do.

    Cells formatted as dates are read rightly; a day that is a mere number has to be told.
    """
    data = content.data
    file = str(content.path) if data is None else io.BytesIO(data)
    try:
        with zipfile.ZipFile(file) as parts:
            head = parts.read("xl/workbook.xml")
    except (KeyError, OSError, zipfile.BadZipFile):  # a workbook of another format
        return False
    return re.search(rb"""date1904=["'](1|true)["']""", head) is not None


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
            f"{value:.15g}" if _ROUNDING_ERROR.fullmatch(repr(value)) else repr(value)
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
