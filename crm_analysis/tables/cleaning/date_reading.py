"""How a column of dates is to be read.

The forms in it, and whether the day or the month comes first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crm_analysis.engine import Engine
from crm_analysis.messages import Message
from crm_analysis.tables.cleaning.dates import (
    FAMILIES,
    date_parts,
    iso,
    light,
    moment,
)
from crm_analysis.tables.cleaning.evidence import ColumnEvidence, Evidence
from crm_analysis.tables.cleaning.plan import ColumnReading, ColumnSpec
from crm_analysis.tables.cleaning.sql import literal, plain_text

_DATE_NAME = re.compile(
    r"(?i)(date|time|timestamp|\bday\b|_dt\b|\bdt_|_at$|_on$|created|updated|joined|birthday|\bdob\b|日期|时间|年月|日$|月份)"
)
_BIRTH_NAME = re.compile(r"(?i)(birth|\bdob\b|born|生日|出生)")
_MONTH_NAME = re.compile(r"(?i)(month|月)")
_OTHER = {
    "day_first": "month_first",
    "month_first": "day_first",
    "year_first": "year_first",
}
_ROWS = 20_000
_ENOUGH = 10


@dataclass(frozen=True)
class FileContext:
    """What the rest of the file can say about a column of dates.

    The rows, the other columns, and the usual order elsewhere in it.
    """

    engine: Engine
    rows: str
    columns: Sequence[tuple[int, str]]  # position, name
    usual: str | None = None


def sounds_like_date(name: str) -> bool:
    """Whether a column's name says that it holds dates."""
    return bool(_DATE_NAME.search(name))


def date_column(
    spec: ColumnSpec,
    facts: ColumnEvidence,
    evidence: Evidence,
    context: FileContext,
    chosen: str | None,
    is_said: bool,
) -> ColumnReading:
    """The reading of a column as dates; `is_said` when a role or a person says that it is one."""
    cell, text = spec.cell, f"t{spec.position}"
    numeric = (
        _numeric_family(facts) if is_said or sounds_like_date(spec.source) else None
    )
    families = [family for family in FAMILIES if family in facts.families]
    detail: dict[str, Any] = {}
    if facts.zones:
        detail["zones"] = list(facts.zones)[:4]
    if families in ([], ["ymd"]) and numeric is None and facts.iso:
        failing = evidence.try_out(spec.position, moment(text, families))
        if len(evidence.try_out(spec.position, iso(cell))) <= len(failing):
            bare = f"TRY_CAST({cell} AS TIMESTAMP)"
            return spec.read_as(
                "date", iso(cell), bare=bare, detail={"form": "iso", **detail}
            )
    century = "past" if _BIRTH_NAME.search(spec.source) else "recent"
    decided = _Order("day_first")
    if "numeric" in families:
        decided = _order(spec, facts, evidence, context, chosen)
        detail |= {"order": decided.order, "why": decided.why}
        if decided.by_mark:
            detail["orders"] = dict(decided.by_mark)
        if any(short for *_, short in facts.marks.values()):
            detail["two_digit_years"] = True
    if numeric and numeric not in families:
        families.append(numeric)
    own = {
        family: f"d{spec.position}_{family}"
        for family in families
        if family in FAMILIES
    }
    structs = {alias: date_parts(text, family) for family, alias in own.items()}
    value = moment(text, families, decided.order, decided.by_mark, century, own)
    if decided.question and decided.question.key.endswith("date_order_mixed"):
        # What can only be the other order is read in it.
        other = moment(text, ["numeric"], _OTHER[decided.order], {}, century, own)
        value = f"COALESCE({value}, {other})"
    detail["form"] = families
    if not decided.by_mark and not decided.question and century == "recent":
        quick = light(cell, families, decided.order, facts.marks)
        if quick and evidence.same(spec.position, quick, value, structs):
            return spec.read_as("date", quick, detail=detail)
    questions = (decided.question,) if decided.question else ()
    return spec.read_as(
        "date",
        value,
        plain=True,
        structs=structs,
        detail=detail,
        questions=questions,
    )


def _numeric_family(facts: ColumnEvidence) -> str | None:
    """The family of dates written as numbers that a whole column (but for a few cells) could be."""
    if not facts.dot or facts.low is None or facts.high is None:
        return None
    if facts.families.get("compact", 0) >= 0.9 * facts.dot:
        return "compact"
    if facts.whole_year >= 0.9 * facts.filled:
        return "year"
    if (
        facts.low >= 190001
        and facts.high <= 209912
        and facts.longest == facts.shortest == 6
    ):
        return "compact_month"
    if facts.low >= 10_000 and facts.high <= 80_000:
        return "serial"
    if facts.low >= 1e8 and facts.high < 1e10:
        return "epoch"
    return "epoch_ms" if facts.low >= 1e11 and facts.high < 1e13 else None


@dataclass(frozen=True)
class _Order:
    """The order of day and month: in all cells, by separator where they differ, what decided."""

    order: str
    why: str = "values"
    by_mark: Mapping[str, str] = field(default_factory=dict)
    question: Message | None = None


def _order(
    spec: ColumnSpec,
    facts: ColumnEvidence,
    evidence: Evidence,
    context: FileContext,
    chosen: str | None,
) -> _Order:
    """The order that the evidence speaks for, or a usual one with a question."""
    if chosen:
        return _Order(chosen, "chosen")
    clear: dict[str, str] = {}
    unclear: list[str] = []
    for mark, (_, first, second, short) in facts.marks.items():
        if first is not None and first > 31 and short:
            clear[mark] = "year_first"
        elif first > 12 and second > 12:
            return _mixed_order(spec, facts, evidence)
        elif first > 12 or second > 12:
            clear[mark] = "day_first" if first > 12 else "month_first"
        else:
            unclear.append(mark)
    orders = set(clear.values())
    if orders and not _split_by_excel(spec.position, evidence, list(clear), unclear):
        main = max(clear, key=lambda mark: facts.marks[mark][0])
        return _Order(clear[main], by_mark=clear if len(orders) > 1 else {})
    beside, why = _from_other_columns(spec.position, evidence, context, unclear)
    if beside:
        differ = orders and orders != {beside}
        by_mark = {**clear, **dict.fromkeys(unclear, beside)} if differ else {}
        return _Order(beside, why, by_mark)
    default = next(iter(orders), None) or context.usual or "day_first"
    question = _question("date_order_unclear", spec.source, default, facts)
    return _Order(default, "default", question=question)


def _mixed_order(spec: ColumnSpec, facts: ColumnEvidence, evidence: Evidence) -> _Order:
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
        return _Order(order)
    return _Order(
        order, question=_question("date_order_mixed", spec.source, order, facts)
    )


def _question(key: str, source: str, default: str, facts: ColumnEvidence) -> Message:
    example = next(iter(facts.examples), "")
    return Message(
        f"cleaning.question.{key}",
        {
            "column": source,
            "option": "date_order",
            "choices": ["day_first", "month_first"],
            "default": default,
            "example": example,
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

    The order of the rows, a column of months, or a series of firsts of the month.
    """
    text, cell = "t", f"c{position}"
    chosen = ", ".join(literal(mark) for mark in marks)
    months = [
        column
        for column, name in context.columns
        if column != position and _MONTH_NAME.search(name)
    ]
    beside = "".join(
        f", coalesce(month({moment(f't{column}', ['name_year', 'year_name'])}),"
        f" list_position({_MONTHS}, lower(substr(trim(c{column}), 1, 3))),"
        f" TRY_CAST(c{column} AS INTEGER)) AS m{column}"
        for column in months
    )
    plain = "".join(f", {plain_text(f'c{column}')} AS t{column}" for column in months)
    rows = (
        f"SELECT _row AS r, {plain_text(cell)} AS t,"
        f" {', '.join([cell, *(f'c{column}' for column in months)])}{plain}"
        f" FROM (FROM {context.rows} LIMIT {_ROWS})"
    )
    pick = f" AND p.sep IN ({chosen})" if marks else ""
    read = (
        f"SELECT r, {moment(text, ['numeric'], 'day_first', parts={'numeric': 'p'})} AS d,"
        f" {moment(text, ['numeric'], 'month_first', parts={'numeric': 'p'})} AS m{beside}"
        f" FROM (SELECT *, {date_parts(text, 'numeric')} AS p FROM ({rows})) WHERE p.y <> ''{pick}"
    )
    both = f"({read})"
    for column in months:
        agree = context.engine.run(
            f"SELECT count(*), count(*) FILTER (month(d) = m{column}),"
            f" count(*) FILTER (month(m) = m{column}) FROM {both}"
            f" WHERE month(d) <> month(m) AND m{column} IS NOT NULL"
        )[0]
        order = _winner(*agree)
        if order:
            return order, "month_column"
    steps = context.engine.run(
        "SELECT count(*) FILTER (d <> pd), count(*) FILTER (d > pd),"
        " count(*) FILTER (m <> pm), count(*) FILTER (m > pm) FROM"
        " (SELECT d, m, lag(d) OVER (ORDER BY r) AS pd, lag(m) OVER (ORDER BY r) AS pm"
        f" FROM {both} WHERE d IS NOT NULL AND m IS NOT NULL)"
    )[0]
    if steps[0] >= _ENOUGH and steps[2] >= _ENOUGH:
        day, month = (
            max(steps[1], steps[0] - steps[1]) / steps[0],
            max(steps[3], steps[2] - steps[3]) / steps[2],
        )
        # A file in order is in order throughout; read the wrong way it still rises within each
        # month, so the gap is small but sure.
        if (max(day, month) >= 0.99 and min(day, month) < 0.97) or (
            max(day, month) >= 0.95 and abs(day - month) >= 0.1
        ):
            return ("day_first" if day > month else "month_first"), "file_order"
    first = evidence.measure(
        position,
        "fam = 'numeric'",
        "count(DISTINCT p1), count(DISTINCT p2), min(TRY_CAST(p1 AS INTEGER)),"
        " min(TRY_CAST(p2 AS INTEGER))",
    )[0]
    if first[0] == 1 and first[2] == 1 and first[1] >= 3:
        return "day_first", "firsts_of_month"
    if first[1] == 1 and first[3] == 1 and first[0] >= 3:
        return "month_first", "firsts_of_month"
    return None, "none"


_MONTHS = "['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']"


def _winner(total: int, day: int, month: int) -> str | None:
    if (
        total < _ENOUGH
        or max(day, month) < 0.95 * total
        or min(day, month) > 0.5 * total
    ):
        return None
    return "day_first" if day > month else "month_first"
