"""The cells of a finding's table as text, and as much of it as has room on a page."""

from __future__ import annotations

import datetime
import math
from typing import Any

import numpy as np

from crm_analysis.presentation.report.finding import Table
from crm_analysis.wording import Language, say, write_number

ROWS = 12  # on a page and a slide; the whole table is in the Excel file
MISSING = "–"
_IN_FULL = ("number", "money", "measure")  # a table has every digit


def texts(table: Table, language: Language) -> list[list[str]]:
    """The first rows, each cell as it is written in this language."""
    names = list(table.frame.columns)
    rows = table.frame.head(ROWS).itertuples(index=False, name=None)
    return [
        [
            written(value, table.styles.get(name, "number"), language)
            for name, value in zip(names, row, strict=True)
        ]
        for row in rows
    ]


def rest(table: Table, language: Language) -> str:
    """What is said of the rows that have no room; '' where all have."""
    if len(table.frame) <= ROWS:
        return ""
    return say("report.more_rows", language, shown=ROWS, rows=len(table.frame))


def is_number(table: Table, name: object) -> bool:
    """Whether a column holds numbers, which stand at the right."""
    values = [value for value in table.frame[name] if not is_missing(value)]
    return bool(values) and all(
        isinstance(value, int | float | np.number)
        or (isinstance(value, str) and value.startswith("<"))
        for value in values
    )


def is_missing(value: Any) -> bool:
    """Whether a cell holds nothing."""
    if value is None:
        return True
    try:
        return bool(value != value)
    except (TypeError, ValueError):  # a missing value of pandas is neither
        return True


def written(value: Any, style: str, language: Language) -> str:
    """A cell as text."""
    if not isinstance(value, list | tuple) and is_missing(value):
        return MISSING
    if isinstance(value, bool | np.bool_):
        return say("overview.yes" if value else "overview.no", language)
    if isinstance(value, int | float | np.number):
        if not math.isfinite(value):
            return MISSING
        whole_style = f"{style}_full" if style in _IN_FULL else style
        return write_number(float(value), whole_style, language)
    if isinstance(value, datetime.date):
        return say("report.day", language, day=value)
    if isinstance(value, list | tuple):
        return " + ".join(map(str, value))
    return str(value)
