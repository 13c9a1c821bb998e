"""What a column's values look like: shares of numbers, dates, codes, text in a spread sample."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from crm_analysis.engine import quoted
from crm_analysis.tables.cleaning.date_forms import (
    DAYNAME,
    FAMILIES,
    FISCAL,
    MAY_HOLD_MONTH,
    MONTH,
    TIME,
)
from crm_analysis.tables.cleaning.numbers import number, parts, sign_within
from crm_analysis.tables.cleaning.plan import extent
from crm_analysis.tables.cleaning.rating_reading import rating_pattern
from crm_analysis.tables.cleaning.sql import (
    holds,
    literal,
    looked_up,
    one_of,
    plain_text,
)
from crm_analysis.tables.currencies import (
    CURRENCIES,
    LONG_SIGNS,
    TIMES,
    any_of,
)
from crm_analysis.tables.kinds.gates import ValueProfile
from crm_analysis.tables.reading import RawTable

# Runs of rows, so that the lines of one order stay together; shorter where columns are many.
_BLOCKS, _BLOCK, _SHORTEST_BLOCK = 10, 300, 30
_CELLS = 300_000

# Cells that mean "nothing here" to those who fill in tables; they say nothing of a column.
MISSING: tuple[str, ...] = (
    "",
    "na",
    "n/a",
    "#n/a",
    "null",
    "none",
    "nan",
    "nil",
    "-",
    "--",
    "—",
)
MISSING += ("?", "unknown", "not available", "无", "空", "未知", "缺失")

# Words beside figures, in lower case, where "12 km" is no money and R12 or A4 a code.
_BEFORE = any_of(sign.lower() for sign in CURRENCIES)
_AFTER = any_of(sign for sign in LONG_SIGNS)
_TIMES = {word.lower(): times for word, times in TIMES.items()}
_TIMES_ALONE = rf"({any_of(_TIMES)})\.? ?(?:{_AFTER}\.?(?:/.*)?)?"
_IS_PLAIN = "regexp_full_match(t, '[0-9]+([.][0-9]+)?')"
_IS_CODE = "regexp_full_match(t, '[a-z]{1,4}[0-9]+')"
_HAS_MONEY = (
    f"regexp_full_match(p.before, {literal(_BEFORE + '[.]?')})"
    f" OR regexp_full_match(p.after, {literal(f'(?:{any_of(_TIMES)}[.]? ?)?{_AFTER}[.]?(?:/.*)?')})"
    f" OR {sign_within('p')} <> ''"
)
_NAMED = (
    "short_ymd",
    "era",
    "republic",
    "day_name",
    "name_day",
    "month_day_comma",
    "year_name_day",
    "year_day_name",
    "clock_within",
    "clock_first",
)
_PERIODS = (
    *("quarter", "nth_quarter", "quarter_word", "half", "half_first"),
    *("week", "week_word", "week_first", "range", "ten_days"),
    *FISCAL,
)
_YEAR, _MONTH, _DAY = (
    r"(?:1[3489]|20|25)\d\d",
    r"(?:1[0-2]|0?[1-9])",
    r"(?:3[01]|[12]\d|0?[1-9])",
)
# What follows the day in dates that begin with the year. The clock is looked for once, after all.
_AFTER_DAY = FAMILIES["ymd"][0].split("(\\d{1,2})", 2)[2].removesuffix(TIME + "$")
_DATE_FORMS = (
    rf"{_YEAR} ?[-/.年년] ?{_MONTH} ?[-/.月월] ?{_DAY}{_AFTER_DAY}",
    rf"{DAYNAME}{_DAY}[-/.] ?{_DAY}[-/.] ?(?:{_YEAR}|\d\d)[.]?",
    rf"\d\d[-/.] ?{_MONTH}[-/.] ?{_DAY}",
    rf"(?:{_YEAR}|\d\d) ?[年년] ?\d{{1,2}} ?[月월]",
    rf"{_YEAR}[-/ ]?{MONTH}",
    rf"{MONTH}[-/ ,']+(?:{_YEAR}|\d\d)",
    rf"{_YEAR}[-/.m](?:1[0-2]|0[1-9])",
    rf"(?:1[0-2]|0[1-9])[-/]{_YEAR}",
    rf"q[1-4][-/ ]?{_YEAR}",
    *(
        FAMILIES[name][0].removeprefix("^").removesuffix("$").removesuffix(TIME)
        for name in (*_PERIODS, *_NAMED)
    ),
)


def _in_lower_case(pattern: str) -> str:
    """A pattern for texts in lower case, which is ready in half the time of one for any case."""
    lower = re.sub(
        r"(\\.)|[A-Z]", lambda match: match[1] or match[0].lower(), pattern
    )
    return lower.replace("(?i:", "(?:")


# Dates without a year, less closely than cleaning knows them: a long pattern costs.
_YEARLESS = (
    r"\d{1,2}(?:st|nd|rd|th|er|º|[.])?[-/ ]*(?:of |de )?" + MONTH,
    MONTH + r"[-/ ]*\d{1,2}(?:st|nd|rd|th|[.])?",
    r"\d{1,2} ?[月월] ?\d{1,2} ?[日号號일]?",
    r"\d{1,2}[/.] ?\d{1,2}[.]?",
)


def _any_of(forms: Iterable[str], clock: str, months_named: bool) -> str:
    """The pattern of dates in lower case; without names of months it is ready much sooner."""
    fitting = (form for form in forms if months_named or MONTH not in form)
    return _in_lower_case(f"^(?:{'|'.join(fitting)}){clock}$")


_PLAIN_CLOCK = r"(?:,? \d\d?:\d\d(?::\d\d)?)?"
_PLAIN_ISO = rf"{_YEAR}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?:[ t]\d\d:\d\d(?::\d\d)?)?"
_IS_ISO = f"regexp_full_match(t, '{_PLAIN_ISO}')"
_DATE8 = r"^(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:\d{6})?$"
_MONTH6 = r"^(?:19|20)\d\d(?:0[1-9]|1[0-2])$"
_CODE = (
    r"^(?:[a-z]{0,4}[-_#]?\d[\da-z_/-]*|[\da-z]+(?:[-_][\da-z]+)+|[a-z]{1,3}\d+)$"
)
_CLOCK_ONLY = r"^\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?\s*(?:am|pm)?$"
_FLAGS: tuple[str, ...] = (
    "yes",
    "no",
    "y",
    "n",
    "true",
    "false",
    "t",
    "f",
    "0",
    "1",
    "0.0",
    "1.0",
)
_FLAGS += ("是", "否", "有", "无", "√", "✓", "✔", "●", "x")
_RATING = rating_pattern("(?:\\d|[1-4]\\d|100)")
_CHURN = r"churn|attrit|exit|left|lost|流失|离网|退订|lapsed|cancel"
_ARM = (
    r"control|treat|placebo|hold-?out|^(?:test|variant|group|arm)[ _-]?[ab0-3]?$|^[ab]$"
    r"|^no[ _-]?(?:e-?mail|contact|mail|offer|campaign|sms)|对照|实验|空白组|测试组|^[ab]组$"
    r"|kontrol|contrôle|контрол"
)
_CURRENCY = r"^(?:[a-z]{3}|[$€£¥￥₹]|人民币|美元|欧元|英镑|港币|日元|rmb)$"

# What holds of the cells that a share of a ValueProfile counts.
_SHARES = {
    "integer": r"regexp_matches(t, '^[-+]?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.0+)?$')",
    "decimal": r"regexp_matches(t, '\d[.,]\d*[1-9]') AND x IS NOT NULL AND x <> round(x)",
    "money": "x IS NOT NULL AND has_money",
    "date8": f"regexp_matches(t, '{_DATE8}')",
    "month6": f"regexp_matches(t, '{_MONTH6}')",
    "year": r"regexp_matches(t, '^(?:1[89]|20)\d\d(?:\.0)?$')",
    "clock": f"regexp_matches(t, '{_CLOCK_ONLY}')",
    "code": f"regexp_matches(t, '{_CODE}')",
    "zeros": r"regexp_matches(t, '^0\d+$')",
    "hashed": r"regexp_matches(t, '^[#＃]\s*[a-z]{0,4}-?\d+')",
    "negative": "x < 0",
    "flag": "t IN (" + ", ".join(f"'{word}'" for word in _FLAGS) + ")",
    "rating": f"regexp_full_match(t, {literal(_RATING)})",
    "serial": "x BETWEEN 20000 AND 60000",
    "pictured": r"regexp_matches(t, '[\x{1f300}-\x{1faff}\x{2639}\x{263a}\x{2764}]')",
    "epoch": r"regexp_matches(t, '^1\d{9}(?:\d{3}|\d{6}|\d{9})?(?:\.\d+)?$')",
}
# The same, of cells with letters.
_OF_LETTERS = {
    "letters": r"regexp_matches(t, '[a-zà-ÿ\x{370}-\x{1fff}\x{3040}-\x{ffdc}]')",
    "han": r"regexp_matches(t, '[\x{3040}-\x{30ff}\x{3400}-\x{9fff}]')",
    "email": r"regexp_matches(t, '^[^@\s]+@[^@\s]+\.[a-z]{2,}$')",
    "churn_word": f"regexp_matches(t, '{_CHURN}')",
    "arm_word": f"regexp_matches(t, '{_ARM}')",
    "currency": f"regexp_matches(t, '{_CURRENCY}')",
}

# What none of these holds of, which is most of what a sample holds.
_RULED_OUT = {
    **dict.fromkeys(("integer", "decimal", "date8", "month6", "year"), "is_iso"),
    **dict.fromkeys(("zeros", "flag", "rating", "epoch"), "is_iso"),
    **dict.fromkeys(("clock", "hashed"), "is_plain OR is_iso"),
    **dict.fromkeys(_OF_LETTERS, "is_plain OR is_iso"),
    "letters": "is_plain",  # the T before a clock
}


def tidy_sql(column: str) -> str:
    """SQL: a cell in lower case, half-width, without spaces around; NULL where it says nothing."""
    tidy = f"lower({plain_text(column)})"
    return f"CASE WHEN {one_of(tidy, MISSING)} THEN NULL ELSE {tidy} END"


def figures_sql(source: str) -> str:
    """SQL of a table `figures`: the tidied cells `t` of a source, each with its number `x`.

    NULL where it holds none; `p` is its `parts`. Good enough to compare columns; cleaning decides
    for real. Step by step, so that the long patterns are tried on few cells.
    """
    comma = r"regexp_full_match(p.digits, '(?:\d{1,3}(?:\.\d{3})+|\d+),\d{1,2}')"
    value = (
        f"CASE WHEN {_IS_PLAIN} THEN TRY_CAST(t AS DOUBLE) WHEN p.digits = '' THEN NULL"
        f" WHEN {comma} THEN {number('p', ',')} ELSE {number('p', '.')} END"
    )
    word = f"regexp_extract(p.after, {literal(f'^{_TIMES_ALONE}$')}, 1)"
    is_worded = "y IS NOT NULL AND (p.before <> '' OR p.after <> '')"
    known = (
        f"(p.before = '' OR has_money) AND (p.after = '' OR has_money OR word <> '')"
        f" AND NOT {_IS_CODE}"
    )
    return f"""
        apart AS MATERIALIZED (SELECT *, {parts("t")} AS p FROM {source}),
        read AS MATERIALIZED (SELECT *, {value} AS y FROM apart),
        worded AS MATERIALIZED (
            SELECT *, CASE WHEN {is_worded} THEN {_HAS_MONEY} ELSE false END AS has_money,
                CASE WHEN {is_worded} AND p.after <> '' THEN {word} ELSE '' END AS word
            FROM read
        ),
        figures AS MATERIALIZED (
            SELECT *, CASE WHEN p.before = '' AND p.after = '' THEN y WHEN {known}
                THEN y * coalesce({looked_up("word", _TIMES)}, 1) END AS x
            FROM worded
        )"""


# The words beside a figure that is none by them.
_WORDED = (
    "CASE WHEN x IS NULL AND p.digits <> '' AND p.before || p.after <> ''"
    " THEN p.before || '|' || p.after END"
)


def _count(test: str) -> str:
    return f"coalesce(sum(n) FILTER (WHERE {test}), 0)"


def _may_name_months(texts: pa.ChunkedArray) -> bool:
    """Whether any of some texts in lower case may be a date with the name of a month."""
    for pattern in ("[0-9]", r"[a-z\x{80}-\x{10ffff}]", MAY_HOLD_MONTH):
        texts = texts.filter(pc.match_substring_regex(texts, pattern))
    return len(texts) > 0


@cache
def _shapes(months_named: bool) -> str:
    """SQL: what the texts of each column look like; patterns are tried once a different text."""
    dated, yearless = (
        holds("t", _any_of(forms, clock, months_named))
        for forms, clock in ((_DATE_FORMS, TIME), (_YEARLESS, _PLAIN_CLOCK))
    )
    dated = f"CASE WHEN is_iso OR NOT has_digit THEN is_iso ELSE {dated} END"
    may_be_yearless = "has_digit AND length(t) BETWEEN 3 AND 30"
    shares = [
        f"CASE WHEN {_RULED_OUT[name]} THEN false ELSE {test} END"
        if name in _RULED_OUT
        else test
        for name, test in {**_SHARES, **_OF_LETTERS}.items()
    ]
    return f"""
    WITH single AS MATERIALIZED (
        SELECT *, {_IS_PLAIN} AS is_plain, {_IS_ISO} AS is_iso,
            regexp_matches(t, '[0-9]') AS has_digit
        FROM (
            SELECT col, t, sum(n)::BIGINT AS n FROM tidied WHERE t IS NOT NULL GROUP BY col, t
        )
    ),
    odd AS MATERIALIZED (FROM single WHERE has_digit AND NOT is_plain AND NOT is_iso),
    {figures_sql("odd")},
    seen AS MATERIALIZED (
        SELECT col, t, n, is_plain, is_iso, has_digit, x, {_WORDED} AS words, has_money
        FROM figures
        UNION ALL
        SELECT *, CASE WHEN is_plain THEN try_cast(t AS DOUBLE) END, NULL, false
        FROM single WHERE is_plain OR is_iso OR NOT has_digit
    )
    SELECT
        col, sum(n)::BIGINT, count(*), min(x), max(x),
        sum(n * length(t)) / sum(n),
        sum(n * (length(t) - length(replace(t, ' ', '')) + 1)) / sum(n),
        coalesce(list_max(map_values(histogram(words))), 0) / count(*),
        {_count("x IS NOT NULL")},
        {_count(dated)},
        {_count(f"CASE WHEN {may_be_yearless} THEN {yearless} ELSE false END")},
        {", ".join(map(_count, shares))}
    FROM seen GROUP BY col"""


def sample_rows(raw: RawTable) -> pd.DataFrame:
    """About 3,000 rows as text in file order under `c0` … `cn`; fewer of many columns.

    The whole table, or ten runs of rows spread over it.
    """
    columns = [f"c{position}" for position in range(len(raw.reading.columns))]
    in_bounds = _CELLS // (_BLOCKS * max(1, len(columns)))
    block = max(_SHORTEST_BLOCK, min(_BLOCK, in_bounds))
    store, limit = quoted(raw.store), 4 * _BLOCKS * block
    if raw.coded:
        rows, first, last = extent(raw, store)
    else:
        bounds = raw.engine.run(
            f"SELECT count(*), min(_line), max(_line) FROM {store}"
        )
        rows, first, last = bounds[0]
    if not columns or not rows:
        return pd.DataFrame()
    where = ""
    if rows > _BLOCKS * block:
        width = max(1, block * (last - first + 1) // rows)
        step = last - first - width
        starts = [first + step * run // (_BLOCKS - 1) for run in range(_BLOCKS)]
        if raw.coded:
            lines = np.concatenate(
                [np.arange(start, start + width) for start in starts]
            )
            sample = raw.coded.on(lines).slice(0, limit)
            texts = {
                name: sample.column(name).cast(pa.string()) for name in columns
            }
            return pd.DataFrame(
                {name: cells.to_pandas() for name, cells in texts.items()}
            )
        runs = [
            f"_line BETWEEN {start} AND {start + width - 1}" for start in starts
        ]
        where = f" WHERE {' OR '.join(runs)}"
    cells = ", ".join(columns)
    return raw.engine.frame(
        f"SELECT {cells} FROM {store}{where} ORDER BY _source, _line LIMIT {limit}"
    )


def profile_values(raw: RawTable, sample: pd.DataFrame) -> list[ValueProfile]:
    """The profile of every column, in file order."""
    if sample.empty:
        return [ValueProfile()] * len(raw.reading.columns)
    # the different values of a column, and which of them each row has
    columns = [
        pd.factorize(sample[name].to_numpy(object)) for name in sample.columns
    ]
    sizes = [len(different) for _, different in columns]
    counts = [
        np.bincount(codes[codes >= 0], minlength=len(different))
        for codes, different in columns
    ]
    given = {
        "col": pa.array(np.repeat(np.arange(len(columns)), sizes)),
        "v": pa.array(
            np.concatenate([different for _, different in columns]), pa.string()
        ),
        "n": pa.array(np.concatenate(counts)),
    }
    # In a query of its own, or DuckDB would tidy every value twice. What follows what is told by
    # the rows, the rest once a value.
    tidied = raw.engine.over(
        given,
        "SELECT col, n, t, try_cast(t AS DOUBLE) AS plain"
        f" FROM (SELECT *, {tidy_sql('v')} AS t FROM given)",
    )
    with raw.engine.cursor() as cursor:
        cursor.register("tidied", tidied)
        cursor.execute(_shapes(_may_name_months(tidied.column("t"))))
        shapes = {column: shape for column, *shape in cursor.fetchall()}
    profiles, start = [], 0
    for position, (codes, different) in enumerate(columns):
        own = tidied.slice(start, len(different))
        start += len(different)
        runs, steps = _following(
            codes, own.column("t"), own.column("plain").to_numpy()
        )
        profiles.append(_profile(len(sample), shapes.get(position), runs, steps))
    return profiles


def _profile(
    rows: int, shape: list[Any] | None, runs: int, steps: int
) -> ValueProfile:
    """Counts as shares of the filled cells; `shape` is a row of `_shapes`, None: none is filled."""
    if shape is None:
        return ValueProfile(rows=rows)
    filled, distinct, low, high, length, words, worded, *counts = shape
    shares = [count / (filled or 1) for count in counts]
    pairs = max(1, filled - 1)
    return ValueProfile(
        rows=rows,
        filled=filled,
        distinct=distinct,
        length=length,
        words=words,
        worded=worded,
        low=low,
        high=high,
        runs=runs / pairs,
        steps=steps / pairs,
        **dict(
            zip(
                ("number", "date", "yearless", *_SHARES, *_OF_LETTERS),
                shares,
                strict=True,
            )
        ),
    )


def _following(
    codes: np.ndarray, texts: pa.ChunkedArray, numbers: np.ndarray
) -> tuple[int, int]:
    """How many filled cells say what the one before says, and how many say one more.

    `codes` is which of the texts each row has, -1 where none.
    """
    encoded = texts.combine_chunks().dictionary_encode()
    same = encoded.indices.fill_null(-1).to_numpy()
    codes = codes[codes >= 0]
    codes = codes[same[codes] >= 0]
    repeated = same[codes[1:]] == same[codes[:-1]]
    one_more = numbers[codes[1:]] == numbers[codes[:-1]] + 1
    return int(repeated.sum()), int(one_more.sum())
