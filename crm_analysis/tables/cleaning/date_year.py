"""The year of dates that are written without one (5 Jan, 1月5日, 05/01), and their order."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from crm_analysis.messages import Message
from crm_analysis.tables.cleaning.date_order import OTHER, FileContext, Order
from crm_analysis.tables.cleaning.dates import date_parts, yearless
from crm_analysis.tables.cleaning.evidence import ColumnEvidence, Evidence
from crm_analysis.tables.cleaning.plan import ColumnSpec, relation
from crm_analysis.tables.cleaning.sql import plain_text

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_ROWS = 20_000
_YEARS_OFFERED = 4
_LEAP_YEAR = "2000"
_HALF_A_YEAR, _LONG_GAP = 6, 4  # months
_FEW_MONTHS, _SEVERAL_DAYS = 2, 5


@dataclass(frozen=True)
class Written:
    """How dates without a year are written: their families and the order of day and month.

    Those from the month `turn` on are of the year before the others'.
    """

    families: Sequence[str]
    order: str
    turn: int | None = None

    def moments(self, texts: str, year: str) -> str:
        """A query of the moments `moment` in the plain texts `t` of a relation, in a year.

        Each text is taken apart once, for to make a pattern ready takes long.
        """
        parts = {name: f"d_{name}" for name in self.families}
        taken_apart = ", ".join(
            f"{date_parts('t', name)} AS {part}" for name, part in parts.items()
        )
        moments = ", ".join(
            yearless(part, name, year, self.order, self.turn)
            for name, part in parts.items()
        )
        return (
            f"SELECT COALESCE({moments}, NULL) AS moment"
            f" FROM (SELECT {taken_apart} FROM {texts})"
        )


def are_days(position: int, evidence: Evidence) -> bool:
    """Whether the figures in Nov 20, Nov 28, Dec 5 are days and no years of two digits.

    As years some were still to come; or there are many of them, and of a month or two.
    """
    greatest, numbers, months = evidence.measure(
        position,
        "fam = 'name_year' AND length(p1) <= 2",
        "coalesce(max(TRY_CAST(p1 AS INTEGER)), 0), count(DISTINCT p1),"
        " count(DISTINCT lower(regexp_extract(t, '^[^-0-9 ,/]+')))",
    )[0]
    next_year = dt.date.today().year % 100 + 1
    is_ahead = next_year < greatest <= 31 and numbers > 2
    is_month = months <= _FEW_MONTHS and numbers >= _SEVERAL_DAYS
    return greatest <= 31 and (is_ahead or is_month)


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
    written: Written,
) -> tuple[str, tuple[Message, ...]]:
    """The year of a column's latest dates, and the question for it where nobody has said it.

    Proposed is the year of dates of the file that say theirs, else the one in its name, else the
    last in which all of them are past.
    """
    if spec.year:
        return spec.year, ()
    this = dt.date.today().year
    year = _year_beside(context) or _year_in(context)
    if year is None:
        year = this - _is_ahead(spec.position, evidence, written)
    first = min(year + 1, this) if year <= this else year
    choices = sorted(
        {year, *range(first, first - _YEARS_OFFERED, -1)}, reverse=True
    )
    details = {
        "column": spec.source,
        "option": "date_year",
        "choices": [str(choice) for choice in choices],
        "default": str(year),
        "example": next(iter(facts.examples), ""),
    }
    if written.turn:
        return str(year), (Message("cleaning.question.date_years", details),)
    return str(year), (Message("cleaning.question.date_year", details),)


def _is_ahead(position: int, evidence: Evidence, written: Written) -> bool:
    """Whether some of the dates were still to come if they were of this year."""
    today = dt.date.today()
    seen = f"(FROM {evidence.table} WHERE i = {position} AND filled)"
    moments = written.moments(seen, str(today.year))
    ((latest,),) = evidence.engine.run(f"SELECT max(moment) FROM ({moments})")
    return latest is not None and latest.date() > today


def turn_of_year(
    spec: ColumnSpec, evidence: Evidence, context: FileContext, written: Written
) -> int | None:
    """The month from which on dates are of the year before; None where all are of one year.

    The rows tell it by their order (11, 12, 1, 2), or the months of which there are none.
    """
    first = f"(FROM {context.rows} LIMIT {_ROWS})"
    texts = f"(SELECT {plain_text(spec.cell)} AS t FROM {first})"
    moments = written.moments(texts, _LEAP_YEAR)
    months = [
        month
        for (month,) in context.engine.run(
            f"SELECT month(moment) FROM ({moments}) WHERE moment IS NOT NULL"
        )
    ]
    turns = [
        position
        for position, (one, next_) in enumerate(pairwise(months), start=1)
        if abs(one - next_) > _HALF_A_YEAR
    ]
    if len(turns) == 1:
        earlier, later = months[: turns[0]], months[turns[0] :]
        if earlier[-1] < later[0]:  # the newest first
            earlier, later = later, earlier
        if min(earlier) > max(later):
            return min(earlier)
    seen = sorted(set(months))
    if not seen or seen[0] > 1 or seen[-1] < 12:
        return None
    gap, month = max((after - before, after) for before, after in pairwise(seen))
    return month if gap > _LONG_GAP else None


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
