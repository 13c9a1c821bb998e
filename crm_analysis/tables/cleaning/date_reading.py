"""How a column of dates is to be read: the forms in it, its calendar, its offsets from UTC."""

from __future__ import annotations

import re
from typing import Any

from crm_analysis.messages import Message
from crm_analysis.tables.cleaning.date_forms import EPOCHS, FAMILIES
from crm_analysis.tables.cleaning.date_order import OTHER, FileContext, Order, order_of
from crm_analysis.tables.cleaning.dates import date_parts, iso, light, moment
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
    cell, text = spec.cell, f"t{spec.position}"
    may_be_number = is_said or sounds_like_date(spec.source)
    numeric = _numeric_family(facts, context.serial) if may_be_number else None
    families = [family for family in FAMILIES if family in facts.families]
    detail, questions = _said_of_all(spec, facts)
    century = detail.get("calendar", "recent")
    if families in ([], ["ymd"]) and not numeric and facts.iso and century == "recent":
        failing = evidence.try_out(spec.position, moment(text, families))
        if len(evidence.try_out(spec.position, iso(cell))) <= len(failing):
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


def _numeric_family(facts: ColumnEvidence, serial: str) -> str | None:
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
        return serial
    fitting = (
        name
        for name, steps in EPOCHS.items()
        if facts.low >= 1e8 * steps and facts.high < 1e10 * steps
    )
    return next(fitting, None)
