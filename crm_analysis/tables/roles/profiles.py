"""What a column's values say: shares of numbers, dates, codes and text in a sample spread over the file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from crm_analysis.engine import quoted
from crm_analysis.tables.cleaning.dates import DAYNAME, FAMILIES, TIME
from crm_analysis.tables.cleaning.numbers import CURRENCIES
from crm_analysis.tables.cleaning.plan import extent
from crm_analysis.tables.cleaning.sql import if_ascii, literal, one_of
from crm_analysis.tables.reading import RawTable

__all__ = ["MISSING", "Facts", "facts", "number_sql", "sample_rows", "tidy_sql"]

_BLOCKS, _BLOCK = 10, 300  # runs of rows, so that the lines of one order stay together

# Cells that mean "nothing here" to those who fill in tables; they say nothing about what a column is.
MISSING = (
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
    "?",
    "unknown",
    "not available",
    "无",
    "空",
    "未知",
    "缺失",
)

_SIGNS = "|".join(
    re.escape(sign)
    for sign in sorted({sign.lower() for sign in CURRENCIES} | {"kr"}, key=len, reverse=True)
)
_NUMBER = (
    rf"^[(]?[-+−]?\s*(?:{_SIGNS})?\s*[-+−(]?\s*(?:\d{{1,3}}(?:[,. '’]\d{{3}})+|\d+)?(?:[.,]\d+)?(?:e[-+]?\d+)?\s*"
    rf"(?:[%万千亿]|{_SIGNS})?\s*[)]?-?$"
)
_MONEY = rf"^[-+−(]?\s*(?:{_SIGNS})\s*[-+−(]?\s*[\d.,]|\d\s*(?:{_SIGNS})\s*[)]?-?$"
_CLOCK = r"(?: ?[日号])?(?:\s?星期.|\s?周.)?" + TIME
_MONTHS = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_NAMED = ("day_name", "name_day", "year_name_day", "clock_within", "clock_first")
_DATE = (
    r"(?i)^(?:"
    r"(?:1[89]|20)\d\d ?[-/.年] ?(?:1[0-2]|0?[1-9]) ?[-/.月] ?(?:3[01]|[12]\d|0?[1-9])"
    + _CLOCK
    + r"|"
    + DAYNAME
    + r"(?:3[01]|[12]\d|0?[1-9])[-/.](?:3[01]|[12]\d|0?[1-9])[-/.](?:(?:1[89]|20)\d\d|\d\d)"
    + _CLOCK
    + r"|"
    r"(?:(?:1[89]|20)\d\d|\d\d) ?年 ?\d{1,2} ?月(?: ?\d{1,2} ?[日号])?" + _CLOCK + r"|"
    r"(?:1[89]|20)\d\d[-/ ]?" + _MONTHS + r"|" + _MONTHS + r"[-/ ,']+(?:(?:1[89]|20)\d\d|\d\d)|"
    r"(?:1[89]|20)\d\d[-/.m](?:1[0-2]|0[1-9])|(?:1[0-2]|0[1-9])[-/](?:1[89]|20)\d\d|"
    r"(?:1[89]|20)\d\d[-/ ]?q[1-4]|q[1-4][-/ ]?(?:1[89]|20)\d\d|(?:1[89]|20)\d\d[- ]?w\d\d?"
    + "".join(f"|{FAMILIES[name][0].removeprefix('^').removesuffix('$')}" for name in _NAMED)
    + r")$"
)
_DATE8 = r"^(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:\d{6})?$"
_MONTH6 = r"^(?:19|20)\d\d(?:0[1-9]|1[0-2])$"
_CLOCK_ONLY = r"^\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?\s*(?:am|pm)?$"
_FLAGS = (
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
    "是",
    "否",
    "有",
    "无",
)
_CHURN = r"churn|attrit|exit|left|lost|流失|离网|退订|lapsed|cancel"
_CURRENCY = r"^(?:[a-z]{3}|[$€£¥￥₹]|人民币|美元|欧元|英镑|港币|日元|rmb)$"

# share of the filled cells of which something holds
_SHARES = {
    "integer": r"regexp_matches(t, '^[-+]?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.0+)?$')",
    "decimal": r"regexp_matches(t, '\d[.,]\d*[1-9]') AND x IS NOT NULL AND x <> round(x)",
    "money": f"regexp_matches(t, '{_MONEY}') AND regexp_matches(t, '\\d')",
    "date8": f"regexp_matches(t, '{_DATE8}')",
    "month6": f"regexp_matches(t, '{_MONTH6}')",
    "year": r"regexp_matches(t, '^(?:1[89]|20)\d\d(?:\.0)?$')",
    "clock": f"regexp_matches(t, '{_CLOCK_ONLY}')",
    "letters": r"regexp_matches(t, '[a-zà-ÿ\x{370}-\x{1fff}\x{3040}-\x{ffdc}]')",
    "han": r"regexp_matches(t, '[\x{3040}-\x{30ff}\x{3400}-\x{9fff}]')",
    "code": r"regexp_matches(t, '^(?:[a-z]{0,4}[-_#]?\d[\da-z_/-]*|[\da-z]+(?:[-_][\da-z]+)+|[a-z]{1,3}\d+)$')",
    "zeros": r"regexp_matches(t, '^0\d+$')",
    "hashed": r"regexp_matches(t, '^[#＃]\s*[a-z]{0,4}-?\d+')",
    "email": r"regexp_matches(t, '^[^@\s]+@[^@\s]+\.[a-z]{2,}$')",
    "negative": "x < 0",
    "flag": "t IN (" + ", ".join(f"'{word}'" for word in _FLAGS) + ")",
    "churn_word": f"regexp_matches(t, '{_CHURN}')",
    "currency": f"regexp_matches(t, '{_CURRENCY}')",
    "serial": "x BETWEEN 20000 AND 60000",
    "epoch": r"regexp_matches(t, '^1\d{9}(?:\d{3})?$')",
}


@dataclass(frozen=True)
class Facts:
    """What the sampled values of one column look like: counts, and shares (0 to 1) of the cells that are filled."""

    rows: int
    filled: int
    distinct: int
    number: float
    date: float
    length: float
    words: float
    low: float | None
    high: float | None
    runs: float  # share of rows whose value is the one of the row before
    steps: float  # share of rows whose value is the one before plus 1
    shares: dict[str, float]

    def __getattr__(self, name: str) -> float:
        if name in _SHARES:
            return self.shares[name]
        raise AttributeError(name)

    @property
    def full(self) -> float:
        """Share of rows that are filled."""
        return self.filled / self.rows if self.rows else 0.0

    @property
    def ratio(self) -> float:
        """Distinct values a filled cell."""
        return self.distinct / self.filled if self.filled else 0.0


def tidy_sql(column: str) -> str:
    """SQL: a cell in lower case, half-width and without spaces around; NULL where it says that nothing is there."""
    # Most cells are ASCII, which has no full-width forms: `translate` would take a third of all the time.
    half = if_ascii(
        column,
        column,
        f"translate({column}, '０１２３４５６７８９．，－（）／：　', '0123456789.,-()/: ')",
    )
    tidy = f"lower(trim({half}, chr(9) || chr(10) || chr(13) || chr(32) || chr(160)))"
    return f"CASE WHEN {one_of(tidy, MISSING)} THEN NULL ELSE {tidy} END"


def number_sql(tidy: str) -> str:
    """SQL: the number a tidied cell holds, NULL where it holds none; good enough to compare columns, cleaning decides for real."""
    # Currencies go first, or the e of "2.50 EUR" would be taken for that of an exponent.
    bare = f"regexp_replace({tidy}, '{_SIGNS}', '', 'g')"
    plain = f"regexp_replace({bare}, '[^0-9.,e+-]', '', 'g')"
    continental = (
        f"regexp_matches({plain}, '^[-+]?(?:\\d{{1,3}}(?:\\.\\d{{3}})+|\\d+),\\d{{1,2}}$')"
    )
    value = f"TRY_CAST(CASE WHEN {continental} THEN replace(replace({plain}, '.', ''), ',', '.') ELSE replace({plain}, ',', '') END AS DOUBLE)"
    signed = f"CASE WHEN regexp_matches({tidy}, '[(].*[)]$') THEN -{value} ELSE {value} END"
    return f"CASE WHEN regexp_matches({tidy}, '{_NUMBER.replace(chr(39), chr(39) * 2)}') AND regexp_matches({tidy}, '\\d') THEN {signed} END"


# Patterns are tried once a different text.
_SHAPES = f"""
    WITH single AS MATERIALIZED (SELECT col, t, sum(n)::BIGINT AS n FROM tidied WHERE t IS NOT NULL GROUP BY col, t),
    valued AS MATERIALIZED (SELECT col, t, n, {number_sql("t")} AS x FROM single)
    SELECT col, sum(n)::BIGINT, count(*), coalesce(sum(n) FILTER (WHERE x IS NOT NULL), 0), coalesce(sum(n) FILTER (WHERE regexp_matches(t, {literal(_DATE)})), 0),
        sum(n * length(t)) / sum(n), sum(n * (length(t) - length(replace(t, ' ', '')) + 1)) / sum(n), min(x), max(x),
        {", ".join(f"coalesce(sum(n) FILTER (WHERE {test}), 0)" for test in _SHARES.values())}
    FROM valued GROUP BY col"""
_NOTHING: tuple[Any, ...] = (0, 0, 0, 0, 0.0, 0.0, None, None, *[0] * len(_SHARES))


def sample_rows(raw: RawTable) -> pd.DataFrame:
    """About 3,000 rows as text in file order under `c0` … `cn`: the whole table, or ten runs of rows spread over it."""
    columns, store, most = (
        [f"c{position}" for position in range(len(raw.reading.columns))],
        quoted(raw.store),
        4 * _BLOCKS * _BLOCK,
    )
    if raw.coded:
        rows, first, last = extent(raw, store)
    else:
        rows, first, last = raw.engine.run(f"SELECT count(*), min(_line), max(_line) FROM {store}")[
            0
        ]
    if not columns or not rows:
        return pd.DataFrame()
    where = ""
    if rows > _BLOCKS * _BLOCK:
        width = max(1, _BLOCK * (last - first + 1) // rows)
        starts = [
            first + (last - first - width) * block // (_BLOCKS - 1) for block in range(_BLOCKS)
        ]
        ends = [(start, start + width - 1) for start in starts]
        where = " WHERE " + " OR ".join(f"_line BETWEEN {start} AND {end}" for start, end in ends)
        if raw.coded:
            some = raw.coded.on(
                np.concatenate([np.arange(start, end + 1) for start, end in ends])
            ).slice(0, most)
            return pd.DataFrame(
                {name: some.column(name).cast(pa.string()).to_pandas() for name in columns}
            )
    return raw.engine.frame(
        f"SELECT {', '.join(columns)} FROM {store}{where} ORDER BY _source, _line LIMIT {most}"
    )


def facts(raw: RawTable, sample: pd.DataFrame) -> list[Facts]:
    """The facts of every column, in file order."""
    if sample.empty:
        nothing = Facts(
            0, 0, 0, 0.0, 0.0, 0.0, 0.0, None, None, 0.0, 0.0, dict.fromkeys(_SHARES, 0.0)
        )
        return [nothing] * len(raw.reading.columns)
    values = [
        pd.factorize(sample[name]) for name in sample.columns
    ]  # the different values of a column, and which of them each row has
    given = {
        "col": pa.array(
            np.repeat(np.arange(len(values)), [len(different) for _, different in values])
        ),
        "v": pa.array(np.concatenate([different for _, different in values]), pa.string()),
        "n": pa.array(
            np.concatenate(
                [
                    np.bincount(which[which >= 0], minlength=len(different))
                    for which, different in values
                ]
            )
        ),
    }
    # In a query of its own, or DuckDB would tidy every value twice. What follows what is told by the rows, the rest once a value.
    tidied = raw.engine.over(
        given,
        f"SELECT col, n, t, try_cast(t AS DOUBLE) AS plain FROM (SELECT *, {tidy_sql('v')} AS t FROM given)",
    )
    with raw.engine.cursor() as cursor:
        cursor.register("tidied", tidied)
        shapes = {col: shape for col, *shape in cursor.execute(_SHAPES).fetchall()}
    found, start = [], 0
    for place, (which, different) in enumerate(values):
        own = tidied.slice(start, len(different))
        start += len(different)
        runs, steps = _following(which, own.column("t").to_pandas(), own.column("plain").to_numpy())
        filled, distinct, numbers, dates, length, words, low, high, *counts = shapes.get(
            place, _NOTHING
        )
        shares = {
            share: count / (filled or 1) for share, count in zip(_SHARES, counts, strict=True)
        }
        pairs = max(1, filled - 1)
        found.append(
            Facts(
                len(sample),
                filled,
                distinct,
                numbers / (filled or 1),
                dates / (filled or 1),
                length,
                words,
                low,
                high,
                runs / pairs,
                steps / pairs,
                shares,
            )
        )
    return found


def _following(which: np.ndarray, texts: pd.Series, numbers: np.ndarray) -> tuple[int, int]:
    """How many filled cells say what the one before says, and how many say one more; `which` of the texts (None: nothing) each row has."""
    same = pd.factorize(texts)[0]
    which = which[which >= 0]
    which = which[same[which] >= 0]
    return int((same[which[1:]] == same[which[:-1]]).sum()), int(
        (numbers[which[1:]] == numbers[which[:-1]] + 1).sum()
    )
