"""How a column of dates is to be read: the forms in it, its calendar, its offsets from UTC."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

from crm_analysis.messages import Message
from crm_analysis.tables.cleaning.date_forms import (
    EPOCHS,
    FAMILIES,
    FULL_FAMILIES,
    YEARLESS,
)
from crm_analysis.tables.cleaning.date_order import (
    OTHER,
    FileContext,
    Order,
    order_of,
)
from crm_analysis.tables.cleaning.date_year import (
    Written,
    are_days,
    order_without_year,
    turn_of_year,
    year_of,
)
from crm_analysis.tables.cleaning.dates import (
    date_parts,
    iso,
    light,
    moment,
    yearless,
)
from crm_analysis.tables.cleaning.evidence import ColumnEvidence, Evidence
from crm_analysis.tables.cleaning.plan import ColumnReading, ColumnSpec

_DATE_NAME = re.compile(
    r"(?i)(date|time|timestamp|\bday\b|_dt\b|\bdt_|_at$|_on$"
    r"|created|updated|joined|birthday|\bdob\b|日期|时间|年月|日$|月份)"
)
_THAI = re.compile("[\u0e01-\u0e5b]")
_BIRTH_NAME = re.compile(r"(?i)(birth|\bdob\b|born|生日|出生)")


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
    is_date = is_said or sounds_like_date(spec.source)
    column = _with_years(spec, facts, evidence, context, chosen, is_date)
    is_yearless = is_date and _are_days(spec, facts, evidence)
    without = tuple(name for name in YEARLESS if name in facts.families and is_date)
    if is_yearless:
        without = tuple(dict.fromkeys((*without, "name_day_only")))
    if not without:
        return column
    detail, questions = dict(column.detail), column.questions
    if "numeric_only" in without and "order" not in detail:
        decided = order_without_year(spec, facts, evidence, context, chosen)
        detail["order"] = decided.order
        questions += (decided.question,) if decided.question else ()
    order = detail.get("order", "day_first")
    beside = dataclasses.replace(context, dates=(column, *context.dates))
    written = Written(without, order)
    turn = turn_of_year(spec, evidence, context, written)
    written = dataclasses.replace(written, turn=turn)
    year, question = year_of(spec, facts, evidence, beside, written)
    structs = {f"d{spec.position}_{name}": name for name in without}
    stamps = [
        yearless(alias, name, year, order, turn) for alias, name in structs.items()
    ]
    text = f"t{spec.position}"
    return dataclasses.replace(
        column,
        value=f"COALESCE({', '.join([column.value, *stamps])})",
        bare="",
        plain=True,
        structs={
            **column.structs,
            **{alias: date_parts(text, name) for alias, name in structs.items()},
        },
        detail=detail,
        questions=(*questions, *question),
    )


def _with_years(
    spec: ColumnSpec,
    facts: ColumnEvidence,
    evidence: Evidence,
    context: FileContext,
    chosen: str | None,
    is_date: bool,
) -> ColumnReading:
    """The reading of those dates of a column that say their year."""
    cell, text = spec.cell, f"t{spec.position}"
    numeric = _numeric_families(facts, context.serial) if is_date else []
    families = [family for family in FULL_FAMILIES if family in facts.families]
    if is_date and _are_days(spec, facts, evidence):
        families = [family for family in families if family != "name_year"]
    detail, questions = _said_of_all(spec, facts)
    century = detail.get("calendar", "recent")
    may_be_iso = families in ([], ["ymd"]) and not numeric and facts.iso
    is_usual = may_be_iso and century == "recent"
    if is_usual and _is_iso(spec.position, facts, evidence, families):
        bare = f"TRY_CAST({cell} AS TIMESTAMP)"
        return spec.read_as(
            "date",
            iso(cell),
            bare=bare,
            detail={"form": "iso", **detail},
            questions=questions,
        )
    if century == "recent" and _BIRTH_NAME.search(spec.source):
        century = "past"
    decided = Order("day_first")
    if "numeric" in families:
        decided = order_of(spec, facts, evidence, context, chosen)
        detail |= {"order": decided.order, "why": decided.why}
        if decided.by_mark:
            detail["orders"] = dict(decided.by_mark)
        if any(mark.short_years for mark in facts.marks.values()):
            detail["two_digit_years"] = True
    families += [family for family in numeric if family not in families]
    own = {
        family: f"d{spec.position}_{family}"
        for family in families
        if family in FAMILIES
    }
    structs = {alias: date_parts(text, family) for family, alias in own.items()}
    value = moment(text, families, decided.order, decided.by_mark, century, own)
    if decided.question and decided.question.key.endswith("date_order_mixed"):
        # What can only be the other order is read in it.
        other = moment(text, ["numeric"], OTHER[decided.order], {}, century, own)
        value = f"COALESCE({value}, {other})"
    detail["form"] = families
    if not decided.by_mark and not decided.question and century == "recent":
        quick = light(cell, families, decided.order, facts.marks)
        if quick and evidence.same(spec.position, quick, value, structs):
            return spec.read_as("date", quick, detail=detail, questions=questions)
    if decided.question:
        questions = (decided.question, *questions)
    return spec.read_as(
        "date",
        value,
        plain=True,
        structs=structs,
        detail=detail,
        questions=questions,
    )


def _are_days(spec: ColumnSpec, facts: ColumnEvidence, evidence: Evidence) -> bool:
    """Whether Jan 24 is a day: beside Jan 5 it is, and amid many others."""
    if "name_day_only" in facts.families:
        return True
    return "name_year" in facts.families and are_days(spec.position, evidence)


def _is_iso(
    position: int, facts: ColumnEvidence, evidence: Evidence, families: list[str]
) -> bool:
    """Whether the fast cast reads as many of the values seen as the pattern of the family does."""
    if facts.iso == facts.filled:
        return True
    failing = evidence.try_out(position, moment(f"t{position}", families))
    return len(evidence.try_out(position, iso(f"c{position}"))) <= len(failing)


def _said_of_all(
    spec: ColumnSpec, facts: ColumnEvidence
) -> tuple[dict[str, Any], tuple[Message, ...]]:
    """What holds of all dates of a column: their offsets from UTC, their calendar."""
    detail: dict[str, Any] = {}
    questions: list[Message] = []
    if facts.zones:
        detail["zones"] = list(facts.zones)[:4]
    if len(facts.zones) > 1:
        details = {"column": spec.source, "zones": detail["zones"]}
        questions.append(Message("cleaning.question.mixed_offsets", details))
    is_thai = any(_THAI.search(text) for text in (spec.source, *facts.examples))
    buddhist = facts.buddhist + (facts.short_buddhist if is_thai else 0)
    if buddhist and buddhist >= 0.9 * sum(facts.families.values()):
        detail["calendar"] = "buddhist"
        details = {"column": spec.source, "example": next(iter(facts.examples), "")}
        questions.append(Message("cleaning.question.buddhist_years", details))
    return detail, tuple(questions)


def _numeric_families(facts: ColumnEvidence, serial: str) -> list[str]:
    """The families of dates written as numbers that a column (but for a few cells) could be."""
    if not facts.dot or facts.low is None or facts.high is None:
        return []
    if facts.families.get("compact", 0) >= 0.9 * facts.dot:
        return ["compact"]
    if facts.whole_year >= 0.9 * facts.filled:
        return ["year"]
    if (
        facts.low >= 190001
        and facts.high <= 209912
        and facts.longest == facts.shortest == 6
    ):
        return ["compact_month"]
    if facts.low >= 10_000 and facts.high <= 80_000:
        return [serial]
    # Seconds and milliseconds may stand in one column: how large a number is tells them apart.
    fitting = [
        name
        for name, steps in EPOCHS.items()
        if facts.low < 1e10 * steps and facts.high >= 1e8 * steps
    ]
    return fitting if fitting and facts.low >= 1e8 else []
