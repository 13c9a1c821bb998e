"""Excel files: their sheets, and the cells of one as records of text."""

from __future__ import annotations

import datetime
import io
import re
from collections.abc import Sequence

import python_calamine as calamine

from crm_analysis.errors import AnalysisError
from crm_analysis.tables.reading.content import Content
from crm_analysis.tables.reading.records import Record

__all__ = ["Book", "cell_text"]

_MOST_CELLS = 60_000_000
_ROUGH = re.compile(r"-?\d+\.\d*?(0{6,}\d{1,3}|9{6,}\d{1,3})")


class Book:
    """An open Excel file; AnalysisError where it is damaged or locked."""

    def __init__(self, content: Content) -> None:
        self.name = content.name
        try:
            self._book = (
                calamine.CalamineWorkbook.from_filelike(io.BytesIO(content.data))
                if content.data is not None
                else calamine.CalamineWorkbook.from_path(str(content.path))
            )
        except calamine.PasswordError as problem:
            raise AnalysisError("reading.locked", name=content.name) from problem
        except (calamine.CalamineError, OSError, ValueError) as problem:
            raise AnalysisError("reading.broken_sheet", name=content.name) from problem
        self.sheets = tuple(
            meta.name
            for meta in self._book.sheets_metadata
            if meta.typ == calamine.SheetTypeEnum.WorkSheet
        ) or tuple(self._book.sheet_names)

    def choose(self) -> str:
        """The sheet that holds the data: the one with most filled cells; hidden ones only where nothing else is filled."""
        shown = {
            meta.name
            for meta in self._book.sheets_metadata
            if meta.visible == calamine.SheetVisibleEnum.Visible
        }
        best, most = self.sheets[0] if self.sheets else "", -1.0
        for sheet in self.sheets:
            size = self._size(sheet) * (1.0 if sheet in shown else 1e-6)
            if size > most:
                best, most = sheet, size
        if most <= 0:
            raise AnalysisError("reading.empty_sheets", name=self.name)
        return best

    def _size(self, sheet: str) -> int:
        opened = self._sheet(sheet)
        if opened.height * opened.width > 2_000_000:
            return opened.height * opened.width
        return sum(cell not in ("", None) for row in opened.to_python() for cell in row)

    def _sheet(self, sheet: str) -> calamine.CalamineSheet:
        try:
            opened = self._book.get_sheet_by_name(sheet)
        except (calamine.CalamineError, OSError, ValueError) as problem:
            raise AnalysisError("reading.broken_sheet", name=self.name) from problem
        if opened.height * opened.width > _MOST_CELLS:
            raise AnalysisError("reading.sheet_too_large", name=self.name, sheet=sheet)
        return opened

    def records(self, sheet: str) -> list[Record]:
        """The rows of a sheet as records of text; the line is Excel's row number, empty columns at either end left out."""
        opened = self._sheet(sheet)
        if opened.start is None:
            return []
        rows = [[cell_text(cell) for cell in row] for row in opened.to_python(skip_empty_area=True)]
        first = opened.start[0] + 1
        left, right = _used(rows)
        return [
            Record(first + place, row[left:right], "\t".join(row[left:right]).rstrip("\t"))
            for place, row in enumerate(rows)
        ]


def _used(rows: Sequence[Sequence[str]]) -> tuple[int, int]:
    columns = [place for place, column in enumerate(zip(*rows, strict=True)) if any(column)]
    return (columns[0], columns[-1] + 1) if columns else (0, 0)


def cell_text(value: object) -> str:
    """A cell as a person reads it in Excel: whole numbers without .0, dates as ISO, TRUE and FALSE.

    >>> [cell_text(value) for value in (17850.0, 2.55, True, datetime.date(2011, 5, 1), 0.1 + 0.2)]
    ['17850', '2.55', 'TRUE', '2011-05-01', '0.3']
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        return f"{value:.15g}" if _ROUGH.fullmatch(repr(value)) else repr(value)
    if isinstance(value, datetime.datetime):
        if value.microsecond:
            value = (value + datetime.timedelta(microseconds=500_000)).replace(microsecond=0)
        return value.isoformat(" ")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, datetime.timedelta):
        seconds = round(value.total_seconds())
        return f"{'-' if seconds < 0 else ''}{abs(seconds) // 3600}:{abs(seconds) // 60 % 60:02}:{abs(seconds) % 60:02}"
    return str(value).replace("\0", "")
