"""How a column of dates is to be read.

The forms in it, and whether the day or the month comes first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crm_analysis.engine import Engine
from crm_analysis.messages import Message
from crm_analysis.tables.cleaning.dates import FAMILIES, date_parts, iso, light, moment
from crm_analysis.tables.cleaning.evidence import Evidence, Facts
from crm_analysis.tables.cleaning.plan import Column
from crm_analysis.tables.cleaning.sql import literal, plain_text

__all__ = ["Neighbours", "date_column", "sounds_like_date"]

_DATE_NAME = re.compile(
    r"(?i)(date|time|timestamp|\bday\b|_dt\b|\bdt_|_at$|_on$|created|updated|joined|birthday|\bdob\b|日期|时间|年月|日$|月份)"
)
_BIRTH_NAME = re.compile(r"(?i)(birth|\bdob\b|born|生日|出生)")
_MONTH_NAME = re.compile(r"(?i)(month|月)")
_OTHER = {"day_first": "month_first", "month_first": "day_first", "year_first": "year_first"}
_ROWS = 20_000
_ENOUGH = 10


@dataclass(frozen=True)
class Neighbours:
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
    position: int,
    names: tuple[str, str, str | None],
    facts: Facts,
    evidence: Evidence,
    around: Neighbours,
    chosen: str | None,
    known: bool,
) -> Column:
    """The reading of a column as dates; `known` when a role or a person says that it is one."""
    source, name, role = names
    cell = f"c{position}"
    numeric = _numeric_family(facts) if known or sounds_like_date(source) else None
    families = [one for one in FAMILIES if one in facts.families]
    detail: dict[str, Any] = {}
    if facts.zones:
        detail["zones"] = list(facts.zones)[:4]
    if (
        families in ([], ["ymd"])
        and numeric is None
        and facts.iso
        and len(evidence.try_out(position, iso(cell)))
        <= len(evidence.try_out(position, moment(f"t{position}", families)))
    ):
        return Column(
            position,
            source,
            name,
            role,
            "date",
            iso(cell),
            bare=f"TRY_CAST({cell} AS TIMESTAMP)",
            detail={"form": "iso", **detail},
        )
    century = "past" if _BIRTH_NAME.search(source) else "recent"
    order: str = "day_first"
    orders: Mapping[str, str] = {}
    questions: tuple[Message, ...] = ()
    if "numeric" in families:
        order, orders, questions, why = _order(position, source, facts, evidence, around, chosen)
        detail |= {"order": order, "why": why} | ({"orders": dict(orders)} if orders else {})
        if any(short for *_, short in facts.marks.values()):
            detail["two_digit_years"] = True
    if numeric and numeric not in families:
        families.append(numeric)
    structs = {
        f"d{position}_{one}": date_parts(f"t{position}", one) for one in families if one in FAMILIES
    }
    own = {one: f"d{position}_{one}" for one in families if one in FAMILIES}
    value = moment(f"t{position}", families, order, orders, century, own)
    if questions and questions[0][0].endswith(
        "date_order_mixed"
    ):  # what can only be the other order is read in it
        value = (
            f"COALESCE({value},"
            f" {moment(f't{position}', ['numeric'], _OTHER[order], {}, century, own)})"
        )
    detail["form"] = families
    quick = (
        light(cell, families, order, facts.marks)
        if not orders and not questions and century == "recent"
        else None
    )
    if quick and evidence.same(position, quick, value, structs):
        return Column(position, source, name, role, "date", quick, detail=detail)
    return Column(
        position,
        source,
        name,
        role,
        "date",
        value,
        True,
        structs,
        detail=detail,
        questions=questions,
    )


def _numeric_family(facts: Facts) -> str | None:
    """The family of dates written as numbers that a whole column (but for a few cells) could be."""
    if not facts.dot or facts.low is None or facts.high is None:
        return None
    if facts.families.get("compact", 0) >= 0.9 * facts.dot:
        return "compact"
    if facts.whole_year >= 0.9 * facts.told:
        return "year"
    if facts.low >= 190001 and facts.high <= 209912 and facts.longest == facts.shortest == 6:
        return "compact_month"
    if facts.low >= 10_000 and facts.high <= 80_000:
        return "serial"
    if facts.low >= 1e8 and facts.high < 1e10:
        return "epoch"
    return "epoch_ms" if facts.low >= 1e11 and facts.high < 1e13 else None


def _order(
    position: int,
    source: str,
    facts: Facts,
    evidence: Evidence,
    around: Neighbours,
    chosen: str | None,
) -> tuple[str, Mapping[str, str], tuple[Message, ...], str]:
    """The order of day and month, the orders by separator where they differ.

    A question where the evidence does not decide, and what decided.
    """
    if chosen:
        return chosen, {}, (), "chosen"
    said: dict[str, str] = {}
    unclear: list[str] = []
    mixed = False
    for mark, (_, first, second, short) in facts.marks.items():
        if first is not None and first > 31 and short:
            said[mark] = "year_first"
        elif first > 12 and second > 12:
            mixed = True
        elif first > 12:
            said[mark] = "day_first"
        elif second > 12:
            said[mark] = "month_first"
        else:
            unclear.append(mark)
    if mixed:
        day, month = evidence.tell(
            position,
            "fam = 'numeric'",
            "count(*) FILTER (TRY_CAST(p1 AS INTEGER) > 12"
            " AND TRY_CAST(p2 AS INTEGER) <= 12),"
            " count(*) FILTER (TRY_CAST(p2 AS INTEGER) > 12"
            " AND TRY_CAST(p1 AS INTEGER) <= 12)",
        )[0]
        order = "day_first" if day >= month else "month_first"
        if min(day, month) == 0:  # only impossible dates such as 31/31 beside one clear order
            return order, {}, (), "values"
        return order, {}, (_question("date_order_mixed", source, order, facts),), "values"
    orders = set(said.values())
    if orders and not unclear:
        main = max(said, key=lambda mark: facts.marks[mark][0])
        return said[main], ({} if len(orders) == 1 else said), (), "values"
    if orders and not _split_by_excel(position, evidence, list(said), unclear):
        return (
            next(iter(orders))
            if len(orders) == 1
            else said[max(said, key=lambda mark: facts.marks[mark][0])],
            said if len(orders) > 1 else {},
            (),
            "values",
        )
    beside, why = _from_neighbours(position, evidence, around, unclear)
    usual = next(iter(orders), None) or around.usual
    if beside:
        return (
            beside,
            ({**said, **dict.fromkeys(unclear, beside)} if orders and orders != {beside} else {}),
            (),
            why,
        )
    if not orders and around.usual and why != "tie":
        return (
            around.usual,
            {},
            (_question("date_order_unclear", source, around.usual, facts),),
            "default",
        )
    default = usual or "day_first"
    return default, {}, (_question("date_order_unclear", source, default, facts),), "default"


def _question(key: str, source: str, default: str, facts: Facts) -> Message:
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
    marks = ", ".join(literal(mark) for mark in clear)
    both = evidence.tell(
        position,
        f"fam = 'numeric' AND sep IN ({marks})",
        "count(*) FILTER (TRY_CAST(p1 AS INTEGER) <= 12 AND TRY_CAST(p2 AS INTEGER) <= 12),"
        " count(*)",
    )[0]
    return both[0] == 0 and both[1] >= _ENOUGH and bool(unclear)


def _from_neighbours(
    position: int, evidence: Evidence, around: Neighbours, marks: list[str]
) -> tuple[str | None, str]:
    """The order that the order of the file, a column of months.

    Or a series of firsts of the month speaks for.
    """
    text, cell = "t", f"c{position}"
    chosen = ", ".join(literal(mark) for mark in marks)
    months = [one for one, name in around.columns if one != position and _MONTH_NAME.search(name)]
    beside = "".join(
        f", coalesce(month({moment(f't{one}', ['name_year', 'year_name'])}),"
        f" list_position({_MONTHS}, lower(substr(trim(c{one}), 1, 3))),"
        f" TRY_CAST(c{one} AS INTEGER)) AS m{one}"
        for one in months
    )
    plain = "".join(f", {plain_text(f'c{one}')} AS t{one}" for one in months)
    rows = (
        f"SELECT _row AS r, {plain_text(cell)} AS t,"
        f" {', '.join([cell, *(f'c{one}' for one in months)])}{plain} FROM (FROM {around.rows}"
        f" LIMIT {_ROWS})"
    )
    pick = f" AND p.sep IN ({chosen})" if marks else ""
    read = (
        f"SELECT r, {moment(text, ['numeric'], 'day_first', parts={'numeric': 'p'})} AS d,"
        f" {moment(text, ['numeric'], 'month_first', parts={'numeric': 'p'})} AS m{beside}"
        f" FROM (SELECT *, {date_parts(text, 'numeric')} AS p FROM ({rows})) WHERE p.y <> ''{pick}"
    )
    both = f"({read})"
    for one in months:
        agree = around.engine.run(
            f"SELECT count(*), count(*) FILTER (month(d) = m{one}),"
            f" count(*) FILTER (month(m) = m{one}) FROM {both}"
            f" WHERE month(d) <> month(m) AND m{one} IS NOT NULL"
        )[0]
        order = _winner(*agree)
        if order:
            return order, "month_column"
    steps = around.engine.run(
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
    first = evidence.tell(
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
    if total < _ENOUGH or max(day, month) < 0.95 * total or min(day, month) > 0.5 * total:
        return None
    return "day_first" if day > month else "month_first"
