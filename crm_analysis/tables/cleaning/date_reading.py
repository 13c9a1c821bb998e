"""How a column of dates is to be read: the forms in it, its calendar, its offsets from UTC."""

from __future__ import annotations

import dataclasses
import re
from functools import cache
from typing import Any

from babel import Locale

from crm_analysis.messages import Message
from crm_analysis.tables.cleaning.calendars import CALENDARS, calendar_of
from crm_analysis.tables.cleaning.date_forms import (
    CROATIAN,
    EPOCHS,
    FAMILIES,
    FISCAL,
    FISCAL_YEARS,
    FULL_FAMILIES,
    MONTHS,
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
# The forms that name a month.
_NAMED = {name for name, (_, parts) in FAMILIES.items() if "mon" in parts}
_AS_THEY_STAND = ("gregorian", "polish")  # what dates are read as without a word
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
        yearless(alias, name, year, order, turn, detail.get("calendar", "recent"))
        for alias, name in structs.items()
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
    detail, questions = _said_of_all(spec, facts, evidence)
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
    spec: ColumnSpec, facts: ColumnEvidence, evidence: Evidence
) -> tuple[dict[str, Any], tuple[Message, ...]]:
    """What holds of all dates of a column: their offsets from UTC, their calendar."""
    detail: dict[str, Any] = {}
    questions: list[Message] = []
    if facts.zones:
        detail["zones"] = list(facts.zones)[:4]
    if len(facts.zones) > 1:
        details = {"column": spec.source, "zones": detail["zones"]}
        questions.append(Message("cleaning.question.mixed_offsets", details))
    if spec.calendar:
        is_read_so = spec.calendar not in _AS_THEY_STAND
        detail |= {"calendar": spec.calendar} if is_read_so else {}
        return detail, tuple(questions)
    is_thai = any(_THAI.search(text) for text in (spec.source, *facts.examples))
    buddhist = facts.buddhist + (facts.short_buddhist if is_thai else 0)
    if buddhist and buddhist >= 0.9 * sum(facts.families.values()):
        detail["calendar"] = "buddhist"
        details = {"column": spec.source, "example": next(iter(facts.examples), "")}
        questions.append(Message("cleaning.question.buddhist_years", details))
    elif facts.eastern and facts.eastern >= 0.9 * sum(facts.families.values()):
        calendar = calendar_of(_last_year(spec.position, evidence))
        detail["calendar"] = calendar
        questions.append(_ask_of_calendar(spec, facts, calendar))
    elif not set(FISCAL).isdisjoint(facts.families):
        questions.append(_ask_of_business_year(spec, facts))
    elif not _NAMED.isdisjoint(facts.families):
        words = _words_of_months(spec.position, evidence)
        if words & set(CROATIAN):
            calendar, is_sure = _whose_months(words)
            detail |= {} if calendar in _AS_THEY_STAND else {"calendar": calendar}
            contested = sorted(words & set(CROATIAN))
            if not is_sure:
                questions.append(_ask_of_months(spec, contested, calendar))
    return detail, tuple(questions)


def _last_year(position: int, evidence: Evidence) -> int:
    """The latest year of four digits in the dates of a column."""
    year = "TRY_CAST(regexp_extract(t, '1[34][0-9]{2}') AS INTEGER)"
    return evidence.measure(position, "fam IS NOT NULL", f"max({year})")[0][0] or 0


def _words_of_months(position: int, evidence: Evidence) -> set[str]:
    """The names of months, and of none other, in the dates of a column."""
    words = "regexp_extract_all(lower(t), '[^-0-9 ,/.]{3,}')"
    rows = evidence.measure(
        position, "fam IS NOT NULL", f"DISTINCT unnest({words})"
    )
    return {word for (word,) in rows if word in MONTHS}


def _whose_months(words: set[str]) -> tuple[str, bool]:
    """In whose language months are named, Croatian or that of Poles; and whether that is sure."""
    fits = {
        language: words <= _months_in(language)
        for language in ("hr", "pl", "cs", "uk")
    }
    is_croatian = fits.pop("hr")
    calendar = "croatian" if is_croatian and not any(fits.values()) else "polish"
    return calendar, is_croatian != any(fits.values())


@cache
def _months_in(language: str) -> frozenset[str]:
    """The names of the months in a language, as CLDR has them."""
    return frozenset(
        name.lower().rstrip(".")
        for context in ("format", "stand-alone")
        for width in ("wide", "abbreviated")
        for name in Locale.parse(language).months[context][width].values()
    )


def _ask_of_calendar(
    spec: ColumnSpec, facts: ColumnEvidence, calendar: str
) -> Message:
    details = {
        "column": spec.source,
        "example": next(iter(facts.examples), ""),
        "option": "calendar",
        "choices": [*CALENDARS, "gregorian"],
        "default": calendar,
    }
    return Message("cleaning.question.eastern_years", details)


def _ask_of_business_year(spec: ColumnSpec, facts: ColumnEvidence) -> Message:
    details = {
        "column": spec.source,
        "example": next(iter(facts.examples), ""),
        "option": "calendar",
        "choices": list(FISCAL_YEARS),
        "default": FISCAL_YEARS[0],
    }
    return Message("cleaning.question.business_years", details)


def _ask_of_months(spec: ColumnSpec, words: list[str], default: str) -> Message:
    details = {
        "column": spec.source,
        "values": words,
        "option": "calendar",
        "choices": ["croatian", "polish"],
        "default": default,
    }
    return Message("cleaning.question.contested_months", details)


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
