"""How dates are written, and SQL that reads them.

Each family of forms is a pattern and an expression for its moment. The order of day and month is
decided by the column, never by the cell; a date that does not exist (31/02) is no date. Times are
kept as written: an offset from UTC is noted, not applied.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from crm_analysis.tables.cleaning.calendars import CALENDARS
from crm_analysis.tables.cleaning.date_forms import (
    AFTERNOON,
    CLOCK,
    CROATIAN,
    EPOCHS,
    ERAS,
    FAMILIES,
    FISCAL,
    FISCAL_YEARS,
    FULL_FAMILIES,
    MAY_HOLD_MONTH,
    MONTH,
    MONTH_SIGNS,
    MONTHS,
    MORNING,
    NOON,
    NUMERIC_FAMILIES,
    PLAIN_ISO,
    SIGNED,
    YEARLESS,
)
from crm_analysis.tables.cleaning.sql import holds, literal, looked_up

_HALVES = ("half", "bare", "ap")  # of the day, wherever they stand
BUDDHIST = 543  # the years that its calendar is ahead
# The day from which Excel counts (its 1900 has a 29 February), and the older one for Macs.
SERIALS = {"serial": "1899-12-30", "serial_1904": "1904-01-01"}
# Looked for first: they are the commonest, and a short list is quick.
_ENGLISH = (
    "['january', 'february', 'march', 'april', 'may', 'june', 'july', 'august', 'september',"
    " 'october', 'november', 'december', 'jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug',"
    " 'sep', 'oct', 'nov', 'dec']"
)


def iso(cell: str) -> str:
    """The moment in a cell written `2011-05-01` or `2011-05-01 10:51:00`, by DuckDB's own cast.

    Fast, for clean columns.
    """
    return f"CASE WHEN {cell} LIKE '____-%' AND {cell} < ':' THEN TRY_CAST({cell} AS TIMESTAMP) END"


def light(
    cell: str, names: Iterable[str], order: str, marks: Iterable[str]
) -> str | None:
    """The moment in a cell by DuckDB's own formats: fast, for columns of plain dates of numbers.

    None where there are no formats for them.
    """
    days = {
        "day_first": "%d{0}%m{0}{1}",
        "month_first": "%m{0}%d{0}{1}",
        "year_first": "{1}{0}%m{0}%d",
    }[order]
    day_formats: list[str] = []
    for name in names:
        if name == "numeric":
            day_formats += [
                days.format(mark, year) for mark in marks for year in ("%Y", "%y")
            ]
        elif name == "ymd":
            day_formats += ["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日"]
        else:
            return None
    if not day_formats:
        return None
    formats = ", ".join(
        literal(date + clock)
        for clock in ("", " %H:%M:%S", " %H:%M", " %I:%M:%S %p", " %I:%M %p")
        for date in day_formats
    )
    read = f"TRY_STRPTIME({cell}, [{formats}])"
    # %Y takes 11 for the year 11.
    return f"CASE WHEN {read} >= TIMESTAMP '1000-01-01' THEN {read} END"


def signs_of_months(texts: pa.ChunkedArray) -> tuple[bool, bool]:
    """Whether any text may be a date with a month's name, and whether any has its sign 月.

    Not by DuckDB: a query costs more than the few texts.
    """
    signed = pc.any(pc.match_substring_regex(texts, f"[{MONTH_SIGNS}]")).as_py()
    for pattern in (r"[0-9\x{80}-\x{10ffff}]", r"[A-Za-z\x{80}-\x{10ffff}]"):
        texts = texts.filter(pc.match_substring_regex(texts, pattern))
    named = pc.any(pc.match_substring_regex(texts, MAY_HOLD_MONTH)).as_py()
    return bool(named), bool(signed)


def family(text: str, named: bool = True, signed: bool = True) -> str:
    """The name of the family of forms that a text is written in; NULL where it is no date.

    Where no text names a month, or has the sign of one, those families need not be made ready,
    which takes long.
    """
    full, yearless = (
        "CASE "
        + " ".join(
            f"WHEN {holds(text, pattern)} THEN {literal(name)}"
            for name, (pattern, _) in families.items()
            if (named or MONTH not in pattern) and (signed or name not in SIGNED)
        )
        + " END"
        for families in (FULL_FAMILIES, YEARLESS)
    )
    may_be_date = (
        f"length({text}) BETWEEN 3 AND 64 AND regexp_matches({text}, '[0-9]')"
    )
    is_compact = f"regexp_matches({text}, {literal(FULL_FAMILIES['compact'][0])})"
    with_year = f"CASE WHEN length({text}) >= 6 THEN {full} END"
    return (
        f"CASE WHEN NOT ({may_be_date}) THEN NULL"
        f" WHEN regexp_full_match({text}, '[0-9]+')"
        f" THEN CASE WHEN {is_compact} THEN 'compact' END"
        f" WHEN regexp_matches({text}, {literal(PLAIN_ISO)}) THEN 'ymd'"
        f" ELSE coalesce({with_year}, {yearless}) END"
    )


def date_parts(text: str, name: str) -> str:
    """A text of one family taken apart: a struct of texts."""
    pattern, names = FAMILIES[name]
    return f"regexp_extract({text}, {literal(pattern)}, [{', '.join(map(literal, names))}])"


def separator(text: str) -> str:
    """What stands between the numbers of a `numeric` date."""
    return f"regexp_extract({text}, {literal(FAMILIES['numeric'][0])}, 2)"


def moment(
    text: str,
    names: Iterable[str],
    order: str = "day_first",
    orders: Mapping[str, str] | None = None,
    century: str = "recent",
    parts: Mapping[str, str] | None = None,
) -> str:
    """The moment in a text written in one of the families `names`; NULL where there is none.

    `order` is "day_first", "month_first" or "year_first" for dates of numbers alone, `orders` the
    same by separator where a column uses several; `century` "past" puts two-digit years of the
    future into the century before (births), "buddhist" takes the years for those of Thailand,
    "persian" and "islamic" the days for those calendars', "croatian" the names of the months,
    "fiscal_4" business years for those that begin in April.
    `parts` names the structs of `date_parts` where the query has them already.
    """
    moments = []
    for name in names:
        if name in NUMERIC_FAMILIES:
            moments.append(_numeric(text, name))
        else:
            part = (parts or {}).get(name) or date_parts(text, name)
            moments.append(_stamp(part, name, order, orders or {}, century))
    return (
        f"COALESCE({', '.join(moments)}, NULL)"
        if moments
        else "CAST(NULL AS TIMESTAMP)"
    )


def yearless(
    part: str,
    name: str,
    year: str,
    order: str,
    turn: int | None = None,
    century: str = "recent",
) -> str:
    """The moment of `date_parts` of a family without a year, in the year that is given.

    From the month `turn` on it is of the year before: the dates run over the end of a year.
    """
    month, day = f"{part}.mo", f"{part}.d"
    if name == "numeric_only":
        month, day = f"{part}.p1", f"{part}.p2"
        if order == "day_first":
            month, day = day, month
    elif name != "month_day_only":
        month = _month_of(f"{part}.mon", century)
    of_year = literal(year)
    if turn:
        is_before = f"TRY_CAST({month} AS INTEGER) >= {turn}"
        before = literal(str(int(year) - 1))
        of_year = f"CASE WHEN {is_before} THEN {before} ELSE {of_year} END"
    return _joined(part, of_year, month, day, CLOCK)


def _month_of(word: str, century: str = "recent") -> str:
    """The number of a month by its name, which may end with a point."""
    word = f"lower(rtrim({word}, '.'))"
    english = f"(list_position({_ENGLISH}, {word}) - 1) % 12 + 1"
    names = {**MONTHS, **CROATIAN} if century == "croatian" else MONTHS
    return f"coalesce({english}, {looked_up(word, names)})"


def _stamp(
    part: str, name: str, order: str, orders: Mapping[str, str], century: str
) -> str:
    names = FAMILIES[name][1]
    year, month, day = f"{part}.y", f"{part}.mo", f"{part}.d"
    if name == "numeric":
        return _by_order(part, order, orders, century)
    if "mon" in names:
        month = _month_of(f"{part}.mon", century)
    if name == "era":
        nth = f"TRY_CAST(replace({part}.y, '元', '1') AS INTEGER)"
        year = f"CAST({looked_up(f'{part}.era', ERAS)} + {nth} AS VARCHAR)"
    if name == "republic":  # Taiwan's years, from 1912
        year = f"CAST(TRY_CAST({part}.y AS INTEGER) + {ERAS['民國']} AS VARCHAR)"
    if "short" in names:
        year = f"({part}.y || {part}.short)"
    if name in FISCAL:
        return _of_business_year(part, names, _full_year(year, century), century)
    month = _first_month(part, names) or month
    if "w" in names:
        weekday = "'1'"
        if "wd" in names:
            weekday = f"CASE WHEN {part}.wd = '' THEN '1' ELSE {part}.wd END"
        return (
            f"TRY_STRPTIME({part}.y || '-' || lpad({part}.w, 2, '0') || '-' || {weekday},"
            " '%G-%V-%u')"
        )
    if "ten_days" in names:
        day = f"CASE {part}.ten_days WHEN '上' THEN '1' WHEN '中' THEN '11' ELSE '21' END"
    elif "d" not in names:
        day = "1"
    return _joined(part, _full_year(year, century), month, day, names, century)


def _first_month(part: str, names: list[str]) -> str:
    """The month with which a quarter or a half begins; '' where there is none."""
    if "q" in names:
        return (
            f"(CASE {part}.q WHEN '一' THEN 1 WHEN '二' THEN 2 WHEN '三' THEN 3 WHEN '四' THEN 4"
            f" ELSE TRY_CAST({part}.q AS INTEGER) END * 3 - 2)"
        )
    if "half_year" not in names:
        return ""
    first = f"{part}.half_year = '1'"
    if "half_word" in names:
        first = f"({first} OR {part}.half_word = '上')"
    return f"CASE WHEN {first} THEN '1' ELSE '7' END"


def _of_business_year(part: str, names: list[str], year: str, century: str) -> str:
    """The first day of a quarter or a month of a business year, which is named by its end."""
    first = FISCAL_YEARS.index(century) + 1 if century in FISCAL_YEARS else 1
    begins = f"TRY_CAST({year} AS INTEGER) - {int(first > 1)}"
    months = f"TRY_CAST({part}.fiscal_month AS INTEGER) - 1"
    if "fiscal_quarter" in names:
        months = f"3 * TRY_CAST({part}.fiscal_quarter AS INTEGER) - 3"
    return f"make_timestamp({begins}, {first}, 1, 0, 0, 0) + to_months({months})"


def _by_order(
    part: str, order: str, orders: Mapping[str, str], century: str
) -> str:
    def read(which: str) -> str:
        if which == "year_first":
            return _joined(
                part,
                _full_year(f"{part}.p1", century),
                f"{part}.p2",
                f"{part}.y",
                CLOCK,
                century,
            )
        first, second = (
            (f"{part}.p1", f"{part}.p2")
            if which == "day_first"
            else (f"{part}.p2", f"{part}.p1")
        )
        year = _full_year(f"{part}.y", century)
        return _joined(part, year, second, first, CLOCK, century)

    special = {mark: which for mark, which in orders.items() if which != order}
    if not special:
        return read(order)
    cases = " ".join(
        f"WHEN {part}.sep = {literal(mark)} THEN {read(which)}"
        for mark, which in special.items()
    )
    return f"CASE {cases} ELSE {read(order)} END"


def _full_year(year: str, century: str) -> str:
    if century == "buddhist":
        full = f"CASE WHEN length({year}) = 2 THEN '25' || {year} ELSE {year} END"
        return f"CAST(TRY_CAST({full} AS INTEGER) - {BUDDHIST} AS VARCHAR)"
    pivot = 20 if century == "past" else 69
    return (
        f"CASE WHEN length({year}) = 2 THEN (CASE WHEN {year} < '{pivot}' THEN '20' ELSE '19'"
        f" END) || {year} WHEN length({year}) > 2 THEN {year} END"
    )


def _joined(
    part: str,
    year: str,
    month: str,
    day: str,
    names: list[str],
    calendar: str = "recent",
) -> str:
    """year-month-day and the clock as one timestamp; the cast refuses what does not exist."""
    written = f"({year}) || '-' || ({month}) || '-' || ({day})"
    if calendar in CALENDARS:
        written = CALENDARS[calendar](year, month, day)
    if "h" not in names:
        return f"TRY_CAST({written} AS TIMESTAMP)"
    hour = f"TRY_CAST({part}.h AS INTEGER)"
    half = " || ".join(f"{part}.{name}" for name in _HALVES if name in names)
    clock = f"{hour}"
    if half:
        in_morning, in_afternoon, at_noon = (
            f"regexp_matches({half}, {literal(pattern)})"
            for pattern in (MORNING, AFTERNOON, NOON)
        )
        clock = (
            f"CASE WHEN {half} = '' THEN {hour}"
            f" WHEN {in_afternoon} AND {hour} < 12 THEN {hour} + 12"
            f" WHEN {at_noon} AND {hour} < 11 THEN {hour} + 12"
            f" WHEN {in_morning} AND {hour} = 12 THEN 0"
            f" WHEN {in_morning} OR {in_afternoon} OR {at_noon} THEN {hour} END"
        )
    seconds = f"CASE WHEN {part}.s = '' THEN '00' ELSE {part}.s END"
    fraction = f" || {part}.frac" if "frac" in names else ""
    minutes = f"CASE WHEN {part}.m = '' THEN '00' ELSE {part}.m END"
    # What is written of the day stands once in the query: names of months are long lists.
    of_day = (
        f"CASE WHEN {part}.h = '' THEN '' ELSE"
        f" ' ' || ({clock}) || ':' || ({minutes}) || ':' || ({seconds}){fraction} END"
    )
    return f"TRY_CAST(({written}) || {of_day} AS TIMESTAMP)"


def _numeric(text: str, name: str) -> str:
    number = f"TRY_CAST({text} AS DOUBLE)"
    if name == "compact_month":
        good = rf"regexp_full_match({text}, '(19|20)\d{{2}}(0[1-9]|1[0-2])')"
        return (
            f"CASE WHEN {good}"
            f" THEN TRY_CAST(substr({text}, 1, 4) || '-' || substr({text}, 5,"
            " 2) || '-01' AS TIMESTAMP) END"
        )
    if name == "year":
        return (
            rf"CASE WHEN regexp_full_match({text}, '(1[5-9]|20)\d{{2}}(\.0)?年?')"
            rf" THEN TRY_CAST(substr({text}, 1, 4) || '-01-01' AS TIMESTAMP) END"
        )
    if name in SERIALS:
        return (
            f"CASE WHEN {number} BETWEEN 61 AND 2958465"
            f" THEN TIMESTAMP '{SERIALS[name]}' + to_seconds(round({number} * 86400)) END"
        )
    steps = EPOCHS[name]
    return (
        f"CASE WHEN {number} BETWEEN {100_000_000 * steps} AND {10_000_000_000 * steps}"
        f" THEN make_timestamp(CAST(round({number} / {steps} * 1000000) AS BIGINT)) END"
    )
