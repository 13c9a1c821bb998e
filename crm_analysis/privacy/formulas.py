"""Tables that a spreadsheet opens without running anything.

>>> sales = pd.DataFrame({"customer": ["Ann", "=HYPERLINK(...)"], "amount": [-5.0, 3.0]})
>>> formula_safe(sales)
           customer  amount
0               Ann    -5.0
1  '=HYPERLINK(...)     3.0
"""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

# A cell is a formula when the first thing in it is one of these; some programs skip spaces and
# what cannot be seen on the way there.
_UNSEEN = "\\s\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\x00-\x1f"
_FORMULA = re.compile(f"[\t\r\n\0]|[{_UNSEEN}]*[=+\\-@＝＋－＠﹦﹢﹣﹫]")


def formula_safe(frame: pd.DataFrame) -> pd.DataFrame:
    """The same table with an apostrophe before all text that a spreadsheet takes for a formula.

    Text cells, categories, index labels and column names that begin with = + - @ (full-width forms
    too), a tab, a line break or a null, also after spaces and characters that cannot be seen, get
    a leading apostrophe, as OWASP's advice on CSV injection has it. Real numbers, dates and flags
    are left alone. Text that looks like a negative number ("-5") is text and gets one as well:
    what is to be reckoned with belongs in a column of numbers, and "-5+cmd|…" begins just the same.
    """
    columns = {
        position: _safe_column(frame.iloc[:, position])
        for position in range(frame.shape[1])
    }
    result = pd.DataFrame(columns, index=frame.index) if columns else frame.copy()
    result.columns = _safe_index(frame.columns)
    if not isinstance(frame.index, pd.RangeIndex):
        result.index = _safe_index(frame.index)
    return result


def _is_text(dtype: Any) -> bool:
    return pd.api.types.is_object_dtype(dtype) or pd.api.types.is_string_dtype(
        dtype
    )


def _safe_column(column: pd.Series) -> pd.Series:
    if isinstance(column.dtype, pd.CategoricalDtype):
        safe = {name: safe_text(name) for name in column.cat.categories}
        unchanged = all(name == other for name, other in safe.items())
        return column if unchanged else column.map(safe).astype(object)
    if not _is_text(column.dtype):
        return column
    return pd.Series(
        [safe_text(value) for value in column],
        index=column.index,
        name=column.name,
        dtype=column.dtype,
    )


def _safe_index(index: pd.Index) -> pd.Index:
    if isinstance(index, pd.MultiIndex):
        return pd.MultiIndex.from_tuples(
            [tuple(safe_text(part) for part in label) for label in index],
            names=[safe_text(name) for name in index.names],
        )
    if _is_text(index.dtype):
        return pd.Index(
            [safe_text(label) for label in index], name=safe_text(index.name)
        )
    return index.rename(safe_text(index.name))


def safe_text(value: Any) -> Any:
    """A value, with an apostrophe before it where it is text that begins a formula."""
    return (
        "'" + value if isinstance(value, str) and _FORMULA.match(value) else value
    )


def to_csv(frame: pd.DataFrame, *, index: bool = False) -> bytes:
    """A table as a CSV file that Excel opens rightly and safely.

    UTF-8 with its mark (so that Chinese shows), commas, CRLF, `formula_safe`.
    """
    return (
        formula_safe(frame)
        .to_csv(index=index, lineterminator="\r\n", date_format=_date_format(frame))
        .encode("utf-8-sig", errors="replace")
    )


def _date_format(frame: pd.DataFrame) -> str | None:
    """Days alone where no column has a time of day."""
    columns = [frame.iloc[:, position] for position in range(frame.shape[1])]
    moments = [
        column.dropna()
        for column in columns
        if pd.api.types.is_datetime64_any_dtype(column)
    ]
    days_alone = all((column == column.dt.normalize()).all() for column in moments)
    return "%Y-%m-%d" if moments and days_alone else None
