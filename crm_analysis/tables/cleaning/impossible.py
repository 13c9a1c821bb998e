"""Values that cannot be.

An age of 130, a birth year of 1893, a negative price, a day that has not come yet.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass

from crm_analysis.engine import Engine, quoted
from crm_analysis.messages import Message
from crm_analysis.tables.cleaning.plan import ColumnReading
from crm_analysis.tables.cleaning.sql import one_of
from crm_analysis.tables.days import PLACEHOLDERS, DayRange, day_range, day_ranges

_AGE = re.compile(r"(?i)((^|[_\s])age($|[_\s])|[a-z]Age$|^age$|年龄|岁数)")
_BIRTH = re.compile(r"(?i)(birth|\bdob\b|born|出生|生日)")
_YEAR = re.compile(r"(?i)(year|yr|年)")
_PRICE = re.compile(r"(?i)(price|单价|售价|价格)")
_FUTURE = re.compile(
    r"(?i)(due|expir|\bend|until|next|deadline|renew|valid|delivery|到期|截止|有效|结束|续费)"
)
_OLDEST = 110


@dataclass(frozen=True)
class OddCells:
    """Cells of a column that look odd for a reason: `condition` is SQL over the cleaned table."""

    column: str
    reason: str
    condition: str


def impossible(
    engine: Engine,
    store: str,
    columns: Sequence[ColumnReading],
    today: datetime.date | None = None,
) -> list[OddCells]:
    """The conditions for values that cannot be, by role and by the sense of a column's name.

    Ages are judged as of the last day in the table that is not in the future: the file's own day,
    so that the answer does not change as the file grows old.
    """
    now = today or datetime.date.today()
    as_of = _as_of(engine, store, columns, now)
    apart = [
        column.name
        for column in columns
        if column.type == "date"
        and not (_BIRTH.search(column.source) or _FUTURE.search(column.source))
    ]
    ranges = day_ranges(engine, store, apart, now)
    odd_cells: list[OddCells] = []
    for column in columns:
        name = quoted(column.name)
        if column.type in ("number", "money"):
            odd_cells += _numbers(column, name, as_of)
        elif column.name in ranges:
            odd_cells.append(
                OddCells(column.name, "future_date", f"{name} >= DATE '{now}' + 2")
            )
            odd_cells += _far_off(column, ranges[column.name], now)
        elif column.type == "date" and _BIRTH.search(column.source):
            odd_cells.append(
                OddCells(
                    column.name,
                    "birth_date",
                    f"{name} < DATE '{as_of.year - _OLDEST:04d}-01-01'"
                    f" OR {name} > DATE '{as_of}' + 1",
                )
            )
    return odd_cells


def ask_about_dates(
    engine: Engine, store: str, columns: Sequence[ColumnReading]
) -> tuple[Message, ...]:
    """A question where dates of the table cannot be: no analysis takes them for dates."""
    column = next((column for column in columns if column.role == "date"), None)
    if column is None:
        return ()
    name, is_outside = _outside(column, day_range(engine, store, column.name))
    count, examples = engine.run(
        f"SELECT count(*), list_sort(list(DISTINCT CAST({name} AS VARCHAR)))"
        f" FROM {quoted(store)} WHERE {is_outside}"
    )[0]
    if not count:
        return ()
    details = {
        "column": column.source,
        "count": count,
        "examples": examples[:3],
        "option": "impossible",
        "choices": ["flag", "missing", "set_aside"],
        "default": "flag",
    }
    return (Message("cleaning.question.dates_left_out", details),)


def _outside(column: ColumnReading, days: DayRange) -> tuple[str, str]:
    """SQL for a column's day, and for whether it is none that the table can be of."""
    name = f"CAST({quoted(column.name)} AS DATE)"
    first, last = days.dates
    return name, f"{name} NOT BETWEEN DATE '{first}' AND DATE '{last}'"


def _far_off(
    column: ColumnReading, days: DayRange, now: datetime.date
) -> list[OddCells]:
    """Dates that stand apart from the others: what stands for "none", and what is none."""
    name, is_outside = _outside(column, days)
    is_placeholder = one_of(f"CAST({name} AS VARCHAR)", PLACEHOLDERS)
    return [
        OddCells(
            column.name, "placeholder_date", f"{is_outside} AND {is_placeholder}"
        ),
        OddCells(
            column.name,
            "far_date",
            f"{is_outside} AND NOT {is_placeholder} AND {name} < DATE '{now}' + 2",
        ),
    ]


def _numbers(
    column: ColumnReading, name: str, as_of: datetime.date
) -> list[OddCells]:
    if _BIRTH.search(column.source) and _YEAR.search(column.source):
        return [
            OddCells(
                column.name,
                "birth_year",
                f"{name} < {as_of.year - _OLDEST} OR {name} > {as_of.year}",
            )
        ]
    if _AGE.search(column.source):
        return [OddCells(column.name, "age", f"{name} < 0 OR {name} > 120")]
    if column.role == "quantity":
        return [OddCells(column.name, "zero_quantity", f"{name} = 0")]
    if column.role == "unit_price" or (
        column.role is None and _PRICE.search(column.source)
    ):
        return [OddCells(column.name, "negative_price", f"{name} < 0")]
    if column.role == "discount" and column.detail.get("percent"):
        return [
            OddCells(
                column.name, "discount_above_whole", f"{name} < 0 OR {name} > 1"
            )
        ]
    return []


def _as_of(
    engine: Engine,
    store: str,
    columns: Sequence[ColumnReading],
    now: datetime.date,
) -> datetime.date:
    dates = [
        quoted(column.name)
        for column in columns
        if column.type == "date"
        and not _BIRTH.search(column.source)
        and not _FUTURE.search(column.source)
    ]
    if not dates:
        return now
    until = f"DATE '{now}' + 2"
    latest = ", ".join(f"max({name}) FILTER ({name} < {until})" for name in dates)
    last = engine.run(f"SELECT {latest} FROM {quoted(store)}")[0]
    days = [moment.date() for moment in last if moment is not None]
    return max(days) if days else now
