"""Whether the day, the month or the year comes first in a column of dates of three numbers.

What its own values say, what the rest of the file says, and else a question.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from crm_analysis.engine import Engine
from crm_analysis.messages import Message
from crm_analysis.tables.cleaning.dates import date_parts, moment
from crm_analysis.tables.cleaning.evidence import ColumnEvidence, Evidence, Mark
from crm_analysis.tables.cleaning.plan import ColumnReading, ColumnSpec, relation
from crm_analysis.tables.cleaning.sql import literal, plain_text

_MONTH_NAME = re.compile(r"(?i)(month|月)")
OTHER = {
    "day_first": "month_first",
    "month_first": "day_first",
    "year_first": "year_first",
}
_ROWS = 20_000
_ENOUGH = 10
_FEW = 3


@dataclass(frozen=True)
class FileContext:
    """What the rest of the file can say about a column of dates.

    The rows, the other columns, the usual order elsewhere in it, and the columns of dates whose
    values say how they are read; `serial` is how its workbook counts days; `titles` name the file.
    """

    engine: Engine
    rows: str
    columns: Sequence[tuple[int, str]]  # position, name
    usual: str | None = None
    dates: Sequence[ColumnReading] = ()
    serial: str = "serial"
    titles: Sequence[str] = ()


@dataclass(frozen=True)
class Order:
    """The order of day and month: in all cells, by separator where they differ, what decided."""

    order: str
    why: str = "values"
    by_mark: Mapping[str, str] = field(default_factory=dict)
    question: Message | None = None


def order_of(
    spec: ColumnSpec,
    facts: ColumnEvidence,
    evidence: Evidence,
    context: FileContext,
    chosen: str | None,
) -> Order:
    """The order that the evidence speaks for, or a usual one with a question."""
    if chosen:
        return Order(chosen, "chosen")
    clear: dict[str, str] = {}
    unclear: list[str] = []
    for mark, numbers in facts.marks.items():
        years_first = _begins_with_year(
            spec.position, mark, numbers, facts, evidence
        )
        first, second = numbers.first or 0, numbers.second or 0
        if years_first is None:
            choices = ("year_first", "day_first", "month_first")
            question = _question("date_order_unclear", spec.source, facts, *choices)
            return Order("year_first", "default", question=question)
        if years_first:
            clear[mark] = "year_first"
        elif first > 12 and second > 12:
            return _mixed_order(spec, facts, evidence)
        elif first > 12 or second > 12:
            clear[mark] = "day_first" if first > 12 else "month_first"
        else:
            unclear.append(mark)
    orders = set(clear.values())
    if orders and not _split_by_excel(
        spec.position, evidence, list(clear), unclear
    ):
        main = max(clear, key=lambda mark: facts.marks[mark].values)
        return Order(clear[main], by_mark=clear if len(orders) > 1 else {})
    beside, why = _from_other_columns(spec.position, evidence, context, unclear)
    if beside:
        differ = orders and orders != {beside}
        by_mark = {**clear, **dict.fromkeys(unclear, beside)} if differ else {}
        return Order(beside, why, by_mark)
    firsts, _ = _firsts_of_month(spec.position, evidence)
    default = next(iter(orders), None) or context.usual or firsts or "day_first"
    other = OTHER.get(default, "day_first")
    question = _question("date_order_unclear", spec.source, facts, default, other)
    return Order(default, "default", question=question)


def _begins_with_year(
    position: int,
    mark: str,
    numbers: Mark,
    facts: ColumnEvidence,
    evidence: Evidence,
) -> bool | None:
    """Whether dates such as 24/1/5 have the year first; None where both may be.

    The first number then changes seldom and the last often, or it is the year of those dates of
    the column that are written with four digits.
    """
    first, second, third = (
        number or 0 for number in (numbers.first, numbers.second, numbers.third)
    )
    if first > 31 and numbers.short_years:
        return True
    if numbers.short_years < numbers.values or second > 12 or third > 31:
        return False
    beside = facts.families.get("ymd", 0) > 0
    if numbers.one_digit:  # the last number is no year
        return beside or mark in "/-"
    if numbers.thirds >= 5 and numbers.thirds >= 3 * numbers.firsts:
        return True
    if not beside:
        return False
    full = "(SELECT {}(TRY_CAST(p1 AS INTEGER) % 100) FROM " + evidence.table
    low, high = (
        full.format(end) + f" WHERE i = {position} AND fam = 'ymd')"
        for end in ("min", "max")
    )
    within = "TRY_CAST({} AS INTEGER) BETWEEN " + f"{low} AND {high}"
    outside = evidence.measure(
        position,
        f"fam = 'numeric' AND sep = {literal(mark)}",
        f"count(*) FILTER (NOT {within.format('p1')}),"
        f" count(*) FILTER (NOT {within.format('p3')})",
    )[0]
    if outside[0]:
        return False
    return True if outside[1] else None


def _mixed_order(
    spec: ColumnSpec, facts: ColumnEvidence, evidence: Evidence
) -> Order:
    """The commoner order where one separator has both."""
    first, second = "TRY_CAST(p1 AS INTEGER)", "TRY_CAST(p2 AS INTEGER)"
    day, month = evidence.measure(
        spec.position,
        "fam = 'numeric'",
        f"count(*) FILTER ({first} > 12 AND {second} <= 12),"
        f" count(*) FILTER ({second} > 12 AND {first} <= 12)",
    )[0]
    order = "day_first" if day >= month else "month_first"
    if (
        min(day, month) == 0
    ):  # only impossible dates such as 31/31 beside one clear order
        return Order(order)
    return Order(
        order,
        question=_question(
            "date_order_mixed", spec.source, facts, order, OTHER[order]
        ),
    )


def _question(
    key: str, source: str, facts: ColumnEvidence, default: str, *others: str
) -> Message:
    """What is asked of a column of dates: the first choice is the one taken meanwhile."""
    return Message(
        f"cleaning.question.{key}",
        {
            "column": source,
            "option": "date_order",
            "choices": sorted({default, *others}),
            "default": default,
            "example": next(iter(facts.examples), ""),
        },
    )


def _split_by_excel(
    position: int, evidence: Evidence, clear: list[str], unclear: list[str]
) -> bool:
    """Whether a spreadsheet seems to have taken part of the column for dates.

    One separator has only days above 12, the other none.

    Excel reads 07/11/15 by its own habit and writes it back with another separator, and leaves
    07/26/15 as text. What the clear half says then need not hold for the other.
    """
    if not unclear:
        return False
    marks = ", ".join(literal(mark) for mark in clear)
    small, total = evidence.measure(
        position,
        f"fam = 'numeric' AND sep IN ({marks})",
        "count(*) FILTER (TRY_CAST(p1 AS INTEGER) <= 12 AND TRY_CAST(p2 AS INTEGER) <= 12),"
        " count(*)",
    )[0]
    return small == 0 and total >= _ENOUGH


def _from_other_columns(
    position: int, evidence: Evidence, context: FileContext, marks: list[str]
) -> tuple[str | None, str]:
    """The order that the rest of the file speaks for, and what does.

    A column of months, another date that goes with this one, the order of the rows, or a series of
    firsts of the month over years.
    """
    run = context.engine.run
    months = [
        column
        for column, name in context.columns
        if column != position and _MONTH_NAME.search(name)
    ]
    both = _in_both_orders(position, context, marks, months)
    for column in months:
        agree = run(
            f"SELECT count(*), count(*) FILTER (month(d) = m{column}),"
            f" count(*) FILTER (month(m) = m{column}) FROM {both}"
            f" WHERE month(d) <> month(m) AND m{column} IS NOT NULL"
        )[0]
        order = _winner(*agree)
        if order:
            return order, "month_column"
    for other in _others(position, context):
        order = _nearer(
            *run(_DISTANCES.format(other=f"o{other.position}", rows=both))[0]
        )
        if order:
            return order, "other_date"
    steps = run(
        "SELECT count(*) FILTER (d <> pd), count(*) FILTER (d > pd),"
        " count(*) FILTER (m <> pm), count(*) FILTER (m > pm) FROM"
        " (SELECT d, m, lag(d) OVER (ORDER BY r) AS pd, lag(m) OVER (ORDER BY r) AS pm"
        f" FROM {both} WHERE d IS NOT NULL AND m IS NOT NULL)"
    )[0]
    order = _more_in_order(*steps)
    if order:
        return order, "file_order"
    firsts, years = _firsts_of_month(position, evidence)
    return (firsts, "firsts_of_month") if years > 1 else (None, "none")


def _in_both_orders(
    position: int, context: FileContext, marks: list[str], months: list[int]
) -> str:
    """The rows with the dates read in both orders, and what stands beside them.

    `d` and `m` are the column's date with the day and the month first, `m<n>` the month of column
    n, `o<n>` its date.
    """
    text, cell = "t", f"c{position}"
    beside = "".join(
        f", coalesce(month({moment(f't{column}', ['name_year', 'year_name'])}),"
        f" list_position({_MONTHS}, lower(substr(trim(c{column}), 1, 3))),"
        f" TRY_CAST(c{column} AS INTEGER)) AS m{column}"
        for column in months
    )
    plain = "".join(
        f", {plain_text(f'c{column}')} AS t{column}" for column in months
    )
    others = _others(position, context)
    dates = "".join(f", ({other.value}) AS o{other.position}" for other in others)
    kept = "".join(f", o{other.position}" for other in others)
    some = relation(f"(FROM {context.rows} LIMIT {_ROWS})", others)
    rows = (
        f"SELECT _row AS r, {plain_text(cell)} AS t,"
        f" {', '.join([cell, *(f'c{column}' for column in months)])}{plain}{dates}"
        f" FROM {some}"
    )
    chosen = ", ".join(literal(mark) for mark in marks)
    pick = f" AND p.sep IN ({chosen})" if marks else ""
    read = (
        f"SELECT r, {moment(text, ['numeric'], 'day_first', parts={'numeric': 'p'})} AS d,"
        f" {moment(text, ['numeric'], 'month_first', parts={'numeric': 'p'})} AS m{beside}{kept}"
        f" FROM (SELECT *, {date_parts(text, 'numeric')} AS p FROM ({rows})) WHERE p.y <> ''{pick}"
    )
    return f"({read})"


def _others(position: int, context: FileContext) -> list[ColumnReading]:
    return [column for column in context.dates if column.position != position]


# How far the dates of another column are from either reading: half of them, and most of them.
_DISTANCES = """
    SELECT count(*), count(DISTINCT {other}),
        median(abs(date_diff('day', d, {other}))), median(abs(date_diff('day', m, {other}))),
        stddev_pop(date_diff('day', d, {other})), stddev_pop(date_diff('day', m, {other}))
    FROM {rows} WHERE d <> m AND {other} IS NOT NULL"""


def _nearer(
    total: int,
    values: int,
    day: float | None,
    month: float | None,
    day_spread: float | None,
    month_spread: float | None,
) -> str | None:
    """The order in which the dates stay near those of another column, if only one does."""
    if total < _FEW or values < _FEW or day is None or month is None:
        return None
    if max(day, day_spread or 0) * 3 < min(month, month_spread or 0):
        return "day_first"
    if max(month, month_spread or 0) * 3 < min(day, day_spread or 0):
        return "month_first"
    return None


def _more_in_order(
    day_steps: int, day_up: int, month_steps: int, month_up: int
) -> str | None:
    """The order in which the rows of the file are sorted, if only one is.

    A file in order is in order throughout; read the wrong way it still rises within each month, so
    the gap is small but sure.
    """
    if day_steps < _ENOUGH or month_steps < _ENOUGH:
        return None
    day = max(day_up, day_steps - day_up) / day_steps
    month = max(month_up, month_steps - month_up) / month_steps
    is_sure = max(day, month) >= 0.99 and min(day, month) < 0.97
    if is_sure or (max(day, month) >= 0.95 and abs(day - month) >= 0.1):
        return "day_first" if day > month else "month_first"
    return None


def _firsts_of_month(position: int, evidence: Evidence) -> tuple[str | None, int]:
    """The order that makes all dates firsts of the month, and of how many years they are.

    Within one year they may as well be the first days of January: all twelve months are asked for.
    """
    first, second, low_first, low_second, years = evidence.measure(
        position,
        "fam = 'numeric'",
        "count(DISTINCT p1), count(DISTINCT p2), min(TRY_CAST(p1 AS INTEGER)),"
        " min(TRY_CAST(p2 AS INTEGER)), count(DISTINCT p3)",
    )[0]
    enough = 3 if years > 1 else 12
    if first == 1 and low_first == 1 and second >= enough:
        return "day_first", years
    if second == 1 and low_second == 1 and first >= enough:
        return "month_first", years
    return None, years


_MONTHS = "['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']"


def _winner(total: int, day: int, month: int) -> str | None:
    if (
        total < _ENOUGH
        or max(day, month) < 0.95 * total
        or min(day, month) > 0.5 * total
    ):
        return None
    return "day_first" if day > month else "month_first"
