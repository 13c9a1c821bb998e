"""Tables as an Excel file in which nothing runs and nothing changes."""

from __future__ import annotations

import datetime
import io
import math
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crm_analysis.errors import AnalysisError
from crm_analysis.privacy.formulas import formula_safe, safe_text

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

SHEET_ROWS = 1_048_576  # Excel's own bounds
SHEET_COLUMNS = 16_384
CELL_LETTERS = 32_767
_TITLE_LETTERS = 31
_EXACT_WHOLE = 10**15  # beyond, Excel changes digits
_FIRST_DAY = datetime.datetime(1900, 3, 1)  # before, Excel's calendar is a day off
_WIDTH_ROWS, _WIDEST = 200, 50


def to_excel(frames: Mapping[str, pd.DataFrame]) -> bytes:
    """Tables as an Excel file, a sheet each, named by its key; without their indexes.

    Text stays text (no formulas, no links, leading zeros kept, `formula_safe` besides), numbers and
    dates are real ones, the header is frozen and filtered, columns are as wide as their content.
    A table of more than 1,048,575 rows goes on on further sheets. Whole numbers of more than 15
    digits and days before March 1900 are written as text, since Excel would change them; a cell of
    more than 32,767 letters ends in “…”.

    Raises AnalysisError("privacy.too_many_columns") beyond Excel's 16,384 columns.
    """
    import xlsxwriter

    parts = [
        (name, part) for name, frame in frames.items() for part in _parts(frame)
    ]
    names = sheet_names(title for title, _ in parts)
    buffer = io.BytesIO()
    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "constant_memory": True,
        "default_date_format": "yyyy-mm-dd",
    }
    with xlsxwriter.Workbook(buffer, options) as book:
        for name, (title, part) in zip(names, parts, strict=True):
            columns = part.shape[1]
            if columns > SHEET_COLUMNS:
                raise AnalysisError(
                    "privacy.too_many_columns",
                    name=title,
                    columns=columns,
                    limit=SHEET_COLUMNS,
                )
            _write_sheet(book, book.add_worksheet(name), formula_safe(part))
    return buffer.getvalue()


def _parts(frame: pd.DataFrame) -> list[pd.DataFrame]:
    rows = SHEET_ROWS - 1
    return [
        frame.iloc[begin : begin + rows]
        for begin in range(0, max(len(frame), 1), rows)
    ]


def sheet_names(titles: Iterable[str]) -> list[str]:
    r"""Names that Excel accepts, all different.

    At most 31 letters, none of []:*?/\, no apostrophe at either end.

    >>> sheet_names(["客户/orders", "Orders", "orders", "", "History"])
    ['客户 orders', 'Orders', 'orders (2)', 'Sheet', 'History_']
    """
    names: list[str] = []
    for title in titles:
        letters = [" " if _is_refused(letter) else letter for letter in title]
        plain = " ".join("".join(letters).split()).strip("'").strip() or "Sheet"
        plain = _cut(plain, _TITLE_LETTERS)
        if plain.casefold() == "history":  # Excel keeps that name for itself
            plain += "_"
        taken = {name.casefold() for name in names}
        name, number = plain, 1
        while name.casefold() in taken:
            number += 1
            ending = f" ({number})"
            name = _cut(plain, _TITLE_LETTERS - len(ending)) + ending
        names.append(name)
    return names


def _is_refused(letter: str) -> bool:
    return letter in "[]:*?/\\" or unicodedata.category(letter)[0] == "C"


def _cut(text: str, units: int) -> str:
    """The beginning of a text, counted as Excel counts (an emoji is two)."""
    beginning = text.encode("utf-16-le", errors="replace")[: units * 2]
    return beginning.decode("utf-16-le", errors="ignore").strip().strip("'")


def _write_sheet(book: Workbook, sheet: Worksheet, frame: pd.DataFrame) -> None:
    heading = book.add_format(
        {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1}
    )
    columns = [frame.iloc[:, position] for position in range(frame.shape[1])]
    writers = []
    for position, (name, column) in enumerate(
        zip(frame.columns, columns, strict=True)
    ):
        title = " · ".join(map(str, name)) if isinstance(name, tuple) else str(name)
        look = _look(column)
        style = book.add_format(look) if look else None
        sheet.set_column(position, position, _width(title, column), style)
        sheet.write_string(0, position, _text(title), heading)
        # In constant memory only the cell's own format counts once the row is written.
        writers.append(_writer(sheet, position, style))
    sheet.freeze_panes(1, 0)
    if columns:
        sheet.autofilter(0, 0, len(frame), len(columns) - 1)
    for row, values in enumerate(
        zip(*(_plain(column) for column in columns), strict=True), start=1
    ):
        for write, value in zip(writers, values, strict=True):
            write(row, value)


def _look(column: pd.Series) -> dict[str, str]:
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return {
            "num_format": "yyyy-mm-dd"
            if _days_alone(column)
            else "yyyy-mm-dd hh:mm:ss"
        }
    if pd.api.types.is_integer_dtype(column.dtype):
        return {"num_format": "#,##0"}
    if not pd.api.types.is_float_dtype(column.dtype):
        return {}
    numbers = column.dropna().to_numpy(dtype="float64")
    if np.array_equal(numbers, np.round(numbers)):
        return {"num_format": "#,##0"}
    large = np.max(np.abs(numbers), initial=0) >= 1
    return {"num_format": "#,##0.00" if large else "0.0000"}


def _days_alone(column: pd.Series) -> bool:
    present = column.dropna()
    return bool((present == present.dt.normalize()).all())


def _width(title: str, column: pd.Series) -> float:
    values = [
        value for value in column.iloc[:_WIDTH_ROWS] if not _is_missing(value)
    ]
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        texts = ["2024-01-31" if _days_alone(column) else "2024-01-31 00:00:00"]
    elif pd.api.types.is_float_dtype(column.dtype):
        texts = [f"{value:,.2f}" for value in values]
    else:
        texts = [str(value) for value in values]
    widest = max(_letters(text) for text in (title, *texts))
    return min(widest + 3, _WIDEST)


def _letters(text: str) -> int:
    """The room a text takes, in letters; a Chinese one is two wide."""
    wide = [
        unicodedata.east_asian_width(letter) in "WF" for letter in text[:_WIDEST]
    ]
    return len(wide) + sum(wide)


def _plain(column: pd.Series) -> Iterable[Any]:
    if not pd.api.types.is_datetime64_any_dtype(column.dtype):
        return column.astype(object).tolist()
    if (
        column.dt.tz is not None
    ):  # Excel knows no time zones: the clock's reading stays
        column = column.dt.tz_localize(None)
    return (
        None if moment is pd.NaT else moment.to_pydatetime(warn=False)
        for moment in column
    )


def _writer(
    sheet: Worksheet, position: int, style: Any
) -> Callable[[int, Any], None]:
    """What writes a value into a column, as what it is where Excel can hold that."""

    def write(row: int, value: Any) -> None:
        if _is_missing(value):
            return
        if isinstance(value, bool | np.bool_):
            sheet.write_boolean(row, position, bool(value), style)
        elif isinstance(value, int | np.integer) and abs(int(value)) < _EXACT_WHOLE:
            sheet.write_number(row, position, int(value), style)
        elif isinstance(value, float | np.floating) and math.isfinite(value):
            sheet.write_number(row, position, float(value), style)
        elif isinstance(value, datetime.datetime):
            if value.tzinfo is None and value >= _FIRST_DAY:
                sheet.write_datetime(row, position, value, style)
            else:
                sheet.write_string(row, position, _text(value))
        elif isinstance(value, datetime.date) and value >= _FIRST_DAY.date():
            sheet.write_datetime(row, position, value)
        else:
            sheet.write_string(row, position, _text(value))

    return write


def _text(value: Any) -> str:
    text = str(value)
    if not isinstance(value, str | int | float | np.number):
        text = str(safe_text(text))
    text = text.encode("utf-8", errors="replace").decode("utf-8")
    return text if len(text) <= CELL_LETTERS else text[: CELL_LETTERS - 1] + "…"


def _is_missing(value: Any) -> bool:
    if value is None or value is pd.NaT or value is pd.NA:
        return True
    return isinstance(value, float) and math.isnan(value)
