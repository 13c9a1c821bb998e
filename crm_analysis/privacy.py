"""Files and labels that do no harm: tables that spreadsheets open without running anything, text that a page shows as it is.

>>> sales = pd.DataFrame({"customer": ["Ann", "=HYPERLINK(...)"], "amount": [-5.0, 3.0]})
>>> formula_safe(sales)
           customer  amount
0               Ann    -5.0
1  '=HYPERLINK(...)     3.0
"""

from __future__ import annotations

import datetime
import io
import math
import re
import unicodedata
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crm_analysis.errors import AnalysisError

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

__all__ = ["escape_markdown", "formula_safe", "sheet_names", "to_csv", "to_excel"]

# A cell is read as a formula when the first thing in it is one of these; some programs skip spaces and what cannot be seen on the way there.
_FORMULA = re.compile(
    "[\t\r\n\0]|[\\s\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\x00-\x1f]*[=+\\-@＝＋－＠﹦﹢﹣﹫]"
)

SHEET_ROWS = 1_048_576  # Excel's own bounds
SHEET_COLUMNS = 16_384
CELL_LETTERS = 32_767
_EXACT_WHOLE = 10**15  # beyond, Excel changes digits
_FIRST_DAY = datetime.datetime(1900, 3, 1)  # before, Excel's calendar is a day off
_WIDTH_ROWS, _WIDEST = 200, 50


def formula_safe(frame: pd.DataFrame) -> pd.DataFrame:
    """The same table with an apostrophe before every text that a spreadsheet would take for a formula.

    Text cells, categories, index labels and column names that begin with = + - @ (full-width forms too), a tab, a line break or a
    null, also after spaces and characters that cannot be seen, get a leading apostrophe, as OWASP's advice on CSV injection has it.
    Real numbers, dates and flags are left alone. Text that looks like a negative number ("-5") is text and gets one as well: what is
    to be reckoned with belongs in a column of numbers, and "-5+cmd|…" begins just the same.
    """
    safe = {place: _safe_column(frame.iloc[:, place]) for place in range(frame.shape[1])}
    result = pd.DataFrame(safe, index=frame.index) if safe else frame.copy()
    result.columns = _safe_index(frame.columns)
    if not isinstance(frame.index, pd.RangeIndex):
        result.index = _safe_index(frame.index)
    return result


def _safe_column(column: pd.Series) -> pd.Series:
    if isinstance(column.dtype, pd.CategoricalDtype):
        safe = {name: _safe(name) for name in column.cat.categories}
        return (
            column.map(safe).astype(object)
            if any(name != other for name, other in safe.items())
            else column
        )
    if pd.api.types.is_object_dtype(column.dtype) or pd.api.types.is_string_dtype(column.dtype):
        return pd.Series(
            [_safe(value) for value in column],
            index=column.index,
            name=column.name,
            dtype=column.dtype,
        )
    return column


def _safe_index(index: pd.Index) -> pd.Index:
    if isinstance(index, pd.MultiIndex):
        return pd.MultiIndex.from_tuples(
            [tuple(_safe(part) for part in label) for label in index],
            names=[_safe(name) for name in index.names],
        )
    if pd.api.types.is_object_dtype(index.dtype) or pd.api.types.is_string_dtype(index.dtype):
        return pd.Index([_safe(label) for label in index], name=_safe(index.name))
    return index.rename(_safe(index.name))


def _safe(value: Any) -> Any:
    return "'" + value if isinstance(value, str) and _FORMULA.match(value) else value


def to_csv(frame: pd.DataFrame, *, index: bool = False) -> bytes:
    """A table as a CSV file that Excel opens rightly and safely: UTF-8 with its mark (Chinese shows), commas, CRLF, `formula_safe`."""
    text = formula_safe(frame).to_csv(
        index=index, lineterminator="\r\n", date_format=_date_format(frame)
    )
    return text.encode("utf-8-sig", errors="replace")


def _date_format(frame: pd.DataFrame) -> str | None:
    """Days alone where no column has a time of day."""
    columns = [
        frame.iloc[:, place].dropna()
        for place in range(frame.shape[1])
        if pd.api.types.is_datetime64_any_dtype(frame.iloc[:, place])
    ]
    return (
        "%Y-%m-%d"
        if columns and all((column == column.dt.normalize()).all() for column in columns)
        else None
    )


def to_excel(frames: Mapping[str, pd.DataFrame]) -> bytes:
    """Tables as an Excel file, a sheet each, named by its key; without their indexes.

    Text stays text (no formulas, no links, leading zeros kept, `formula_safe` besides), numbers and dates are real ones, the header is
    frozen and filtered, columns are as wide as their content. A table of more than 1,048,575 rows goes on on further sheets. Whole
    numbers of more than 15 digits and days before March 1900 are written as text, since Excel would change them; a cell of more than
    32,767 letters ends in “…”.

    Raises AnalysisError("privacy.too_many_columns") beyond Excel's 16,384 columns.
    """
    import xlsxwriter

    parts = [(name, part) for name, frame in frames.items() for part in _parts(frame)]
    buffer = io.BytesIO()
    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "constant_memory": True,
        "default_date_format": "yyyy-mm-dd",
    }
    with xlsxwriter.Workbook(buffer, options) as book:
        for name, (title, part) in zip(
            sheet_names(title for title, _ in parts), parts, strict=True
        ):
            if part.shape[1] > SHEET_COLUMNS:
                raise AnalysisError(
                    "privacy.too_many_columns",
                    name=title,
                    columns=part.shape[1],
                    limit=SHEET_COLUMNS,
                )
            _write_sheet(book, book.add_worksheet(name), formula_safe(part))
    return buffer.getvalue()


def _parts(frame: pd.DataFrame) -> list[pd.DataFrame]:
    rows = SHEET_ROWS - 1
    return [frame.iloc[begin : begin + rows] for begin in range(0, max(len(frame), 1), rows)]


def sheet_names(titles: Iterable[str]) -> list[str]:
    """Names that Excel accepts, all different: at most 31 letters, none of []:*?/\\, no apostrophe at either end.

    >>> sheet_names(["客户/orders", "Orders", "orders", "", "History"])
    ['客户 orders', 'Orders', 'orders (2)', 'Sheet', 'History_']
    """
    names: list[str] = []
    for title in titles:
        plain = "".join(
            " " if letter in "[]:*?/\\" or unicodedata.category(letter)[0] == "C" else letter
            for letter in title
        )
        plain = _cut(" ".join(plain.split()).strip("'").strip() or "Sheet", 31)
        plain = (
            plain + "_" if plain.casefold() == "history" else plain
        )  # Excel keeps that name for itself
        name, number = plain, 1
        while name.casefold() in {taken.casefold() for taken in names}:
            number += 1
            ending = f" ({number})"
            name = _cut(plain, 31 - len(ending)) + ending
        names.append(name)
    return names


def _cut(text: str, units: int) -> str:
    """The beginning of a text, counted as Excel counts (an emoji is two)."""
    return (
        text.encode("utf-16-le", errors="replace")[: units * 2]
        .decode("utf-16-le", errors="ignore")
        .strip()
        .strip("'")
    )


def _write_sheet(book: Workbook, sheet: Worksheet, frame: pd.DataFrame) -> None:
    heading = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    titles = [
        " · ".join(map(str, name)) if isinstance(name, tuple) else str(name)
        for name in frame.columns
    ]
    columns = [frame.iloc[:, place] for place in range(frame.shape[1])]
    for place, (title, column) in enumerate(zip(titles, columns, strict=True)):
        sheet.set_column(
            place,
            place,
            _width(title, column),
            book.add_format(look) if (look := _look(column)) else None,
        )
        sheet.write_string(0, place, _text(title), heading)
    sheet.freeze_panes(1, 0)
    if columns:
        sheet.autofilter(0, 0, len(frame), len(columns) - 1)
    # in constant memory only the cell's own format counts once the row is written, hence the format with every cell
    writers = [
        _writer(sheet, place, book.add_format(look) if (look := _look(column)) else None)
        for place, column in enumerate(columns)
    ]
    for row, values in enumerate(
        zip(*(_plain(column) for column in columns), strict=True), start=1
    ):
        for write, value in zip(writers, values, strict=True):
            write(row, value)


def _look(column: pd.Series) -> dict[str, str]:
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        present = column.dropna()
        return {
            "num_format": "yyyy-mm-dd"
            if (present == present.dt.normalize()).all()
            else "yyyy-mm-dd hh:mm:ss"
        }
    if pd.api.types.is_float_dtype(column.dtype):
        numbers = column.dropna().to_numpy(dtype="float64")
        return {
            "num_format": "#,##0"
            if np.array_equal(numbers, np.round(numbers))
            else "#,##0.00"
            if np.max(np.abs(numbers), initial=0) >= 1
            else "0.0000"
        }
    if pd.api.types.is_integer_dtype(column.dtype):
        return {"num_format": "#,##0"}
    return {}


def _width(title: str, column: pd.Series) -> float:
    shown = [title, *(str(value) for value in column.iloc[:_WIDTH_ROWS] if not _is_missing(value))]
    if pd.api.types.is_float_dtype(column.dtype):
        shown = [
            title,
            *(f"{value:,.2f}" for value in column.iloc[:_WIDTH_ROWS] if not _is_missing(value)),
        ]
    elif pd.api.types.is_datetime64_any_dtype(column.dtype):
        shown = [
            title,
            "2024-01-31" if _look(column)["num_format"] == "yyyy-mm-dd" else "2024-01-31 00:00:00",
        ]
    widest = max(
        sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text[:_WIDEST])
        for text in shown
    )
    return min(widest + 3, _WIDEST)


def _plain(column: pd.Series) -> Iterable[Any]:
    """The cells as plain Python values."""
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        naive = (
            column.dt.tz_localize(None) if column.dt.tz is not None else column
        )  # Excel knows no time zones: the clock's reading stays
        return (None if moment is pd.NaT else moment.to_pydatetime(warn=False) for moment in naive)
    return column.astype(object).tolist()


def _writer(sheet: Worksheet, place: int, look: Any) -> Callable[[int, Any], None]:
    def write(row: int, value: Any) -> None:
        if _is_missing(value):
            return
        if isinstance(value, bool | np.bool_):
            sheet.write_boolean(row, place, bool(value), look)
        elif isinstance(value, int | np.integer) and abs(int(value)) < _EXACT_WHOLE:
            sheet.write_number(row, place, int(value), look)
        elif isinstance(value, float | np.floating) and math.isfinite(value):
            sheet.write_number(row, place, float(value), look)
        elif isinstance(value, datetime.datetime) and value.tzinfo is None and value >= _FIRST_DAY:
            sheet.write_datetime(row, place, value, look)
        elif (
            isinstance(value, datetime.date)
            and not isinstance(value, datetime.datetime)
            and value >= _FIRST_DAY.date()
        ):
            sheet.write_datetime(row, place, value)
        else:
            sheet.write_string(row, place, _text(value))

    return write


def _text(value: Any) -> str:
    text = (
        value
        if isinstance(value, str)
        else str(_safe(str(value)) if not isinstance(value, int | float | np.number) else value)
    )
    text = text.encode("utf-8", errors="replace").decode("utf-8")
    return text if len(text) <= CELL_LETTERS else text[: CELL_LETTERS - 1] + "…"


def _is_missing(value: Any) -> bool:
    return (
        value is None
        or value is pd.NaT
        or value is pd.NA
        or (isinstance(value, float) and math.isnan(value))
    )


_JOINER = "\u2060"  # takes no room and cannot be seen
_MARKS = re.compile(r"([\\`*\[\]<>$~|#{}!&])")
_ARROWS = re.compile(r"(?<!\S)(<->|->|<-|--|>=|<=|~=)(?!\S)")  # Streamlit draws them as one sign
_EDGE_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
_LINE_START = re.compile(r"^([-+=]|\d+(?=[.)]))")


def escape_markdown(text: Hashable) -> str:
    """A text that Streamlit shows letter by letter wherever it reads Markdown: labels, metrics, buttons, help.

    Emphasis, headings, lists, links, code, tables, HTML and LaTeX are escaped by backslash. Colours (:red[…]), icons
    (:material/…:), emoji names (:smile:), arrows (->) and links without brackets (www.…, name@…) are looked for after backslashes are
    gone, so an invisible word joiner parts them. Line breaks become spaces. Dates (2024-01-05) and names_with_underscores come out unchanged.

    >>> print(escape_markdown("*50* off, only $5 and $6"))
    \\*50\\* off, only \\$5 and \\$6
    """
    line = " ".join(str(text).split())
    line = _ARROWS.sub(lambda found: found[0][0] + _JOINER + found[0][1:], line)
    line = _MARKS.sub(r"\\\1", line)
    line = _EDGE_UNDERSCORE.sub(r"\\_", line)
    line = _LINE_START.sub(
        lambda found: "\\" + found[1] if not found[1][0].isdigit() else found[1] + "\\", line
    )
    line = re.sub(r":(?=[A-Za-z]|/|[\w+-]*:)", ":" + _JOINER, line)
    line = re.sub(r"(?i)\b(www)(?=\.)", r"\1" + _JOINER, line)
    return re.sub(r"@(?=\w)", "@" + _JOINER, line)
