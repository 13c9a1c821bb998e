"""How dates are written, and SQL that reads them.

Each family of forms is a pattern and an expression for its moment. The order of day and month is
decided by the column, never by the cell; a date that does not exist (31/02) is no date. Times are
kept as written: an offset from UTC is noted, not applied.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from crm_analysis.tables.cleaning.sql import literal, looked_up

# English months, and those of German, French, Spanish, Italian, Portuguese and Dutch that begin
# otherwise.
_MON = (
    r"(?i:(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
    r"|januar[i]?|jänner|janvier|janv|janeiro|gennaio|gen|enero|ene|februar[i]?|févr?(?:ier)?|febrero|febbraio|fev(?:ereiro)?|märz|mär|mrz|mars|marzo|março|maart|mrt"
    r"|avr(?:il)?|abr(?:il)?|aprile|mai|mayo|maggio|mag|maio|mei|juni|juin|junio|giugno|giu|junho|juli|juil(?:let)?|julio|luglio|lug|julho|août|aout|agosto|ago|augustus"
    r"|septembre|septiembre|settembre|setembro|set|okt(?:ober)?|octobre|octubre|ottobre|ott|outubro|out|novembre|noviembre|novembro|dez(?:ember)?|décembre|déc|diciembre|dicembre|dic|dezembro))\.?"
)
DAYNAME = r"(?i:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,? )?"
# PST, CEST, GMT+0800, +02, and what may follow in brackets.
ZONE = r"(?:Z|UTC|MSK|[A-Z]{1,4}T)? ?(?:[-+]\d{2}(?::?\d{2})?)?"
TIME = (
    r"(?:(?:[T, ]|, | at )+(上午|下午|晚上|凌晨|中午)?\s?"
    r"(\d{1,2})[:：时.](\d{1,2})(?:[:：分.](\d{1,2})秒?([.]\d+)?)?分?\s?"
    r"([AaPp]\.?[Mm]\.?)?\s?(" + ZONE + r")(?:\s?\([^)]*\)|\[[\w/]*\])?)?"
)
_CLOCK = ["half", "h", "m", "s", "frac", "ap", "zone"]

# Family → pattern and the names of its groups. The first family whose pattern fits a text is its
# family.
FAMILIES: Mapping[str, tuple[str, list[str]]] = {
    "ymd": (
        r"^(\d{4}) ?[-/.年] ?(\d{1,2}) ?[-/.月] ?(\d{1,2}) ?[日号]?(?:\s?星期.|\s?周.)?"
        + TIME
        + "$",
        ["y", "mo", "d", *_CLOCK],
    ),
    "numeric": (
        r"^" + DAYNAME + r"(\d{1,2})([-/. ])(\d{1,2})[-/. ](\d{4}|\d{2})" + TIME + "$",
        ["p1", "sep", "p2", "y", *_CLOCK],
    ),
    "compact": (
        r"^(\d{4})(\d{2})(\d{2})(?:[T ]?(\d{2}):?(\d{2})(?::?(\d{2}))?)?$",
        ["y", "mo", "d", "h", "m", "s"],
    ),
    "day_name": (
        r"^"
        + DAYNAME
        + r"(\d{1,2})(?:st|nd|rd|th)?[-/ .]*(?:of |de )?"
        + _MON
        + r"[-/ ,]*(?:del? )?(\d{4}|\d{2})"
        + TIME
        + "$",
        ["d", "mon", "y", *_CLOCK],
    ),
    "name_day": (
        r"^"
        + DAYNAME
        + _MON
        + r"[-/ ]*(\d{1,2})(?:st|nd|rd|th)?(?:, ?|[-/ ]+)(\d{4}|\d{2})"
        + TIME
        + "$",
        ["mon", "d", "y", *_CLOCK],
    ),
    "year_name_day": (
        r"^(\d{4})[-/ ]" + _MON + r"[-/ ](\d{1,2})" + TIME + "$",
        ["y", "mon", "d", *_CLOCK],
    ),
    "year_name": (r"^(\d{4})[-/ ]?" + _MON + "$", ["y", "mon"]),
    "name_year": (r"^" + _MON + r"[-/ ,']*(\d{4}|\d{2})$", ["mon", "y"]),
    "year_month": (r"^(\d{4}) ?(?:[-/.Mm]|年) ?(\d{1,2})月?$", ["y", "mo"]),
    "month_year": (r"^(\d{1,2})[-/.](\d{4})$", ["mo", "y"]),
    "quarter": (
        r"^(\d{4})\s?[-/年]?\s?(?:[Qq]|第)([1-4一二三四])(?:季度?)?$",
        ["y", "q"],
    ),
    "quarter_year": (r"^[Qq]([1-4])[-/ ,]*(\d{4})$", ["q", "y"]),
    "week": (r"^(\d{4})[- ]?[Ww](\d{1,2})(?:-?([1-7]))?$", ["y", "w", "wd"]),
    "clock_within": (
        r"^[A-Z][a-z]{2},? "
        + _MON
        + r" +(\d{1,2}),? (\d{1,2}):(\d{2}):(\d{2}) (?:("
        + ZONE
        + r") )?(\d{4})$",
        ["mon", "d", "h", "m", "s", "zone", "y"],
    ),
    "clock_first": (
        r"^(\d{1,2}):(\d{2})(?::(\d{2}))? ?([AaPp][Mm])?[ ,]+(\d{4})-(\d{1,2})-(\d{1,2})$",
        ["h", "m", "s", "ap", "y", "mo", "d"],
    ),
}
# Numbers that may be dates: read so only where the column is known to be a date, or its name and
# values both say so.
NUMERIC_FAMILIES = ("compact_month", "year", "serial", "epoch", "epoch_ms")
_MONTHS = "['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']"
_OTHER_MONTHS = {
    **dict.fromkeys(("jän", "gen", "ene"), 1),
    **dict.fromkeys(("fév", "fev"), 2),
    **dict.fromkeys(("mär", "mrz", "mrt", "maa"), 3),
    **dict.fromkeys(("avr", "abr"), 4),
    **dict.fromkeys(("mai", "mag", "mei"), 5),
    **dict.fromkeys(("juin", "giu"), 6),
    **dict.fromkeys(("juil", "lug"), 7),
    **dict.fromkeys(("aoû", "aou", "ago"), 8),
    "set": 9,
    **dict.fromkeys(("okt", "ott", "out"), 10),
    **dict.fromkeys(("déc", "dez", "dic"), 12),
}


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


def family(text: str) -> str:
    """The name of the family of forms that a text is written in; NULL where it is no date."""
    cases = " ".join(
        f"WHEN regexp_matches({text}, {literal(pattern)}) THEN {literal(name)}"
        for name, (pattern, _) in FAMILIES.items()
    )
    return (
        f"CASE WHEN length({text}) NOT BETWEEN 6 AND 64 OR NOT regexp_matches({text}, '[0-9]')"
        f" THEN NULL {cases} END"
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
    future into the century before (births). `parts` names the structs of `date_parts` where the
    query has them already.
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


def _stamp(
    part: str, name: str, order: str, orders: Mapping[str, str], century: str
) -> str:
    names = FAMILIES[name][1]
    year, month, day = f"{part}.y", f"{part}.mo", f"{part}.d"
    if name == "numeric":
        return _by_order(part, order, orders, century)
    if "mon" in names:
        begin = f"lower(substr({part}.mon, 1, 3))"
        other = looked_up(
            f"CASE WHEN {begin} = 'jui' THEN lower(substr({part}.mon, 1, 4)) ELSE {begin} END",
            _OTHER_MONTHS,
        )
        month = f"coalesce(list_position({_MONTHS}, {begin}), {other})"
    if "q" in names:
        month = (
            f"(CASE {part}.q WHEN '一' THEN 1 WHEN '二' THEN 2 WHEN '三' THEN 3 WHEN '四' THEN 4"
            f" ELSE TRY_CAST({part}.q AS INTEGER) END * 3 - 2)"
        )
    if name == "week":
        weekday = f"CASE WHEN {part}.wd = '' THEN '1' ELSE {part}.wd END"
        return (
            f"TRY_STRPTIME({part}.y || '-' || lpad({part}.w, 2, '0') || '-' || {weekday},"
            " '%G-%V-%u')"
        )
    return _joined(
        part,
        _full_year(year, century),
        month,
        day if "d" in names else "1",
        names,
    )


def _by_order(part: str, order: str, orders: Mapping[str, str], century: str) -> str:
    def read(which: str) -> str:
        if which == "year_first":
            return _joined(
                part,
                _full_year(f"{part}.p1", century),
                f"{part}.p2",
                f"{part}.y",
                _CLOCK,
            )
        first, second = (
            (f"{part}.p1", f"{part}.p2")
            if which == "day_first"
            else (f"{part}.p2", f"{part}.p1")
        )
        return _joined(part, _full_year(f"{part}.y", century), second, first, _CLOCK)

    special = {mark: which for mark, which in orders.items() if which != order}
    if not special:
        return read(order)
    cases = " ".join(
        f"WHEN {part}.sep = {literal(mark)} THEN {read(which)}"
        for mark, which in special.items()
    )
    return f"CASE {cases} ELSE {read(order)} END"


def _full_year(year: str, century: str) -> str:
    pivot = 69 if century == "recent" else 20
    return (
        f"CASE WHEN length({year}) = 2 THEN (CASE WHEN {year} < '{pivot}' THEN '20' ELSE '19'"
        f" END) || {year} ELSE {year} END"
    )


def _joined(part: str, year: str, month: str, day: str, names: list[str]) -> str:
    """year-month-day and the clock as one timestamp; the cast refuses what does not exist."""
    date = f"TRY_CAST(({year}) || '-' || ({month}) || '-' || ({day}) AS TIMESTAMP)"
    if "h" not in names:
        return date
    hour = f"TRY_CAST({part}.h AS INTEGER)"
    late = f"upper({part}.ap[1]) = 'P'" if "ap" in names else "false"
    early = f"upper({part}.ap[1]) = 'A'" if "ap" in names else "false"
    if "half" in names:
        late += f" OR {part}.half IN ('下午', '晚上') OR ({part}.half = '中午' AND {hour} < 11)"
        early += f" OR {part}.half IN ('上午', '凌晨')"
    clock = (
        f"CASE WHEN ({late}) AND {hour} < 12 THEN {hour} + 12 WHEN ({early}) AND {hour} = 12"
        f" THEN 0 ELSE {hour} END"
    )
    seconds = f"CASE WHEN {part}.s = '' THEN '00' ELSE {part}.s END"
    fraction = f" || {part}.frac" if "frac" in names else ""
    minutes = f"CASE WHEN {part}.m = '' THEN '00' ELSE {part}.m END"
    full = (
        f"TRY_CAST(({year}) || '-' || ({month}) || '-' || ({day}) || ' ' || ({clock}) || ':' ||"
        f" ({minutes}) || ':' || ({seconds}){fraction} AS TIMESTAMP)"
    )
    return f"CASE WHEN {part}.h = '' THEN {date} ELSE {full} END"


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
    if (
        name == "serial"
    ):  # Excel counts days from 1899-12-30 (its 1900 has a 29 February)
        return (
            f"CASE WHEN {number} BETWEEN 61 AND 2958465"
            f" THEN TIMESTAMP '1899-12-30' + to_seconds(round({number} * 86400)) END"
        )
    factor = 1 if name == "epoch" else 1000
    return (
        f"CASE WHEN {number} BETWEEN {100_000_000 * factor} AND {10_000_000_000 * factor}"
        f" THEN make_timestamp(CAST({number} * {1_000_000 // factor} AS BIGINT)) END"
    )
