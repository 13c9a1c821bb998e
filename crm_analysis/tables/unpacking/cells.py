"""What is known of a sheet, and a cell of it as text."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass

_ROUNDING_ERROR = re.compile(r"-?\d+\.\d*?(0{6,}\d{1,3}|9{6,}\d{1,3})")


@dataclass(frozen=True)
class SheetCells:
    """What is known of a sheet beside its cells, which are written to a file.

    Attributes
    ----------
    top, start
        Excel's numbers of the row and the column at which the cells begin, from 1.
    used
        The positions between which columns are filled: the first, and the one after the last.
    merged
        First row, first column, last row and last column of cells that are merged, from 1.
    formulas, hidden_rows, hidden_columns
        Formulas without a value by column, from 1; how many rows are not shown; the first and
        last of columns that are not, from 1.
    """

    top: int = 1
    start: int = 1
    used: tuple[int, int] = (0, 0)
    merged: tuple[tuple[int, int, int, int], ...] = ()
    formulas: tuple[tuple[int, int], ...] = ()
    hidden_rows: int = 0
    hidden_columns: tuple[tuple[int, int], ...] = ()


def cell_text(value: object) -> str:
    """A cell as a person reads it in Excel: whole numbers without .0, dates as ISO, TRUE and FALSE.

    >>> [cell_text(value) for value in (17850.0, 2.55, True, 0.1 + 0.2)]
    ['17850', '2.55', 'TRUE', '0.3']
    >>> cell_text(datetime.date(2011, 5, 1))
    '2011-05-01'
    """
    if isinstance(value, str):
        return value.replace("\0", "")
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
