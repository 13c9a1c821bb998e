"""The date of a row of its year, month and day, where a table has them in columns apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crm_analysis.engine import Engine, quoted
from crm_analysis.tables.cleaning.date_forms import MONTHS
from crm_analysis.tables.cleaning.sql import looked_up
from crm_analysis.tables.reading.cells import kind_of
from crm_analysis.tables.reading.lines import first_rows
from crm_analysis.tables.reading.store import new_name
from crm_analysis.tables.roles.names import concepts

_NAME = "date"
_YEAR = r"(?:19|20)\d\d"
_NUMBER = r"0?(\d{1,2})(?:\.0+)?"
_OF_DATES = {"date", "time", "week", "quarter"}
_MOSTLY = 0.5


@dataclass(frozen=True)
class JoinedDates:
    """The rows in a new table, the names of its columns, and those that a date was made of."""

    store: str
    names: tuple[str, ...]
    parts: tuple[str, ...]


def join_dates(
    engine: Engine, store: str, names: Sequence[str]
) -> JoinedDates | None:
    """The table with a date more, of its year and month; None where it has one, or not both."""
    said = [set(concepts(name)) for name in names]
    years, months, days = (
        [position for position, own in enumerate(said) if own == {part}]
        for part in ("year", "month", "day")
    )
    if len(years) != 1 or len(months) != 1 or len(days) > 1:
        return None
    parts = (*years, *months, *days)
    if any(_OF_DATES & own for own in said) or _has_dates(
        engine, store, names, parts
    ):
        return None
    cells = [f"lower(trim(c{position}))" for position in parts]
    number = f"regexp_extract({cells[1]}, '^{_NUMBER}[月월]?$', 1)"
    word = looked_up(f"rtrim({cells[1]}, '.')", MONTHS)
    month = f"coalesce(TRY_CAST({number} AS INTEGER), {word})"
    pieces = [
        f"regexp_extract({cells[0]}, '^({_YEAR})(?:\\.0+)?[年년]?$', 1)",
        month,
    ]
    if days:
        day = f"regexp_extract({cells[2]}, '^{_NUMBER}[日号號일]?$', 1)"
        pieces.append(f"TRY_CAST({day} AS INTEGER)")
    marks = "-".join(["%s", *["%02d"] * (len(pieces) - 1)])
    date = f"CASE WHEN {month} BETWEEN 1 AND 12 THEN printf('{marks}', {', '.join(pieces)}) END"
    first_day = "" if days else " || '-01'"
    is_date = f"TRY_CAST({date}{first_day} AS DATE) IS NOT NULL"
    table = quoted(store)
    ((rows, dated),) = engine.run(
        f"SELECT count(*), count(*) FILTER ({is_date}) FROM {table}"
    )
    if not rows or dated < rows:
        return None
    new = new_name()
    engine.run(
        f"CREATE TABLE {quoted(new)} AS SELECT *, {date} AS c{len(names)} FROM {table}"
        " ORDER BY _source, _line"
    )
    return JoinedDates(
        new, (*names, _NAME), tuple(names[position] for position in parts)
    )


def _has_dates(
    engine: Engine, store: str, names: Sequence[str], parts: Sequence[int]
) -> bool:
    """Whether another column holds dates by its first cells."""
    columns = zip(*first_rows(engine, store, names), strict=True)
    for position, column in enumerate(columns):
        kinds = [kind_of(cell or "") for cell in column if (cell or "").strip()]
        if position not in parts and kinds.count("date") > _MOSTLY * len(kinds):
            return True
    return False
