"""The year of dates that are written without one (5 Jan, 1月5日, 05/01), and their order."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from crm_analysis.messages import Message
from crm_analysis.tables.cleaning.date_order import OTHER, FileContext, Order
from crm_analysis.tables.cleaning.dates import date_parts, yearless
from crm_analysis.tables.cleaning.evidence import ColumnEvidence, Evidence
from crm_analysis.tables.cleaning.plan import ColumnSpec, relation

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_ROWS = 20_000
_YEARS_OFFERED = 4


def order_without_year(
    spec: ColumnSpec,
    facts: ColumnEvidence,
    evidence: Evidence,
    context: FileContext,
    chosen: str | None,
) -> Order:
    """Whether the day or the month comes first in 05/01, asked where no number is above 12."""
    if chosen:
        return Order(chosen, "chosen")
    first, second = evidence.measure(
        spec.position,
        "fam = 'numeric_only'",
        "max(TRY_CAST(p1 AS INTEGER)), max(TRY_CAST(p2 AS INTEGER))",
    )[0]
    if max(first, second) > 12:
        return Order("day_first" if first > 12 else "month_first")
    default = context.usual or "day_first"
    details = {
        "column": spec.source,
        "option": "date_order",
        "choices": sorted({default, OTHER[default]}),
        "default": default,
        "example": next(iter(facts.examples), ""),
    }
    question = Message("cleaning.question.date_order_unclear", details)
    return Order(default, "default", question=question)


def year_of(
    spec: ColumnSpec,
    facts: ColumnEvidence,
    evidence: Evidence,
    context: FileContext,
    written: tuple[Sequence[str], str],
) -> tuple[str, tuple[Message, ...]]:
    """The year of a column's dates, and the question for it where nobody has said it.

    Proposed is the year of dates of the file that say theirs, else the one in its name, else the
    last in which all of them are past. `written` are the families and the order that they are in.
    """
    if spec.year:
        return spec.year, ()
    this = dt.date.today().year
    year = _year_beside(context) or _year_in(context)
    if year is None:
        year = this - _is_ahead(spec.position, evidence, *written)
    first = min(year + 1, this) if year <= this else year
    choices = sorted({year, *range(first, first - _YEARS_OFFERED, -1)}, reverse=True)
    details = {
        "column": spec.source,
        "option": "date_year",
        "choices": [str(choice) for choice in choices],
        "default": str(year),
        "example": next(iter(facts.examples), ""),
    }
    return str(year), (Message("cleaning.question.date_year", details),)


def _is_ahead(
    position: int, evidence: Evidence, names: Sequence[str], order: str
) -> bool:
    """Whether some of the dates were still to come if they were of this year."""
    today = dt.date.today()
    stamps = ", ".join(
        yearless(date_parts("t", name), name, str(today.year), order) for name in names
    )
    latest = evidence.measure(position, "true", f"max(COALESCE({stamps}, NULL))")[0][0]
    return latest is not None and latest.date() > today


def _year_beside(context: FileContext) -> int | None:
    """The year of most dates of the file that say theirs."""
    rows = relation(f"(FROM {context.rows} LIMIT {_ROWS})", context.dates)
    years = ", ".join(f"year({column.value})" for column in context.dates)
    ((year,),) = context.engine.run(
        f"SELECT mode(year) FROM (SELECT unnest([{years}]) AS year FROM {rows})"
    )
    return year


def _year_in(context: FileContext) -> int | None:
    """The year that the names of the file and its sheet say."""
    said = {int(year) for title in context.titles for year in _YEAR.findall(title)}
    return said.pop() if len(said) == 1 else None
