"""Headings that are periods: `Jan 2025`, `1月`, `2024-01`, `Q1 2024`, `2023`, `2024-W05`."""

from __future__ import annotations

import datetime
import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Literal, NamedTuple

PeriodKind = Literal["day", "week", "month", "quarter", "half", "year"]

MINIMUM_PERIODS = 3
_A_YEAR: Mapping[str, int] = {"week": 53, "month": 12, "quarter": 4, "half": 2}
_HAN = {sign: number for number, sign in enumerate("一二三四五六七八九十", start=1)}
_HAN |= {"十一": 11, "十二": 12, "上": 1, "下": 2}
_YEAR = r"(?:fy ?)?(?P<y>(?:19|20)\d\d) ?(?:年度?|년|г\.?)?"
_WORD = r"(?P<w>[^\d\s_\-/,()（）'’]{2,20})"
_WORDS = re.compile(r"[^\d\s_\-/,()（）'’]{2,20}")
_GAP = r"[\s_/.,'’-]*"
# A quarter, or half of a year, that stands over its months in a line of the header of its own.
_WIDER = re.compile(
    rf"(?:{_YEAR})?{_GAP}(?:[qth][1-4]|[1-4][qth]|第?[一二三四1-4]季度?|[上下]半年){_GAP}"
    r"(?P<within>\S.*)"
)
# Kind, and how it is written in small letters; y is the year, n or c the number, w a month.
_FORMS: tuple[tuple[PeriodKind, str], ...] = (
    ("day", r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?:[ t]00:00(?::00)?)?"),
    ("day", r"\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d\d)|\d{4}年\d{1,2}月\d{1,2}日"),
    ("month", rf"{_YEAR}[-/. ]?(?P<n>1[0-2]|0?[1-9])(?:月份?|월)?"),
    ("month", r"(?P<y>\d\d) ?年 ?(?P<n>1[0-2]|0?[1-9])月份?"),
    ("month", r"(?P<n>1[0-2]|0?[1-9])[-/.](?P<y>(?:19|20)\d\d)"),
    ("month", rf"{_YEAR} ?m(?P<n>1[0-2]|0?[1-9])"),
    ("month", r"(?P<n>1[0-2]|0?[1-9]) ?(?:月份?|월)"),
    ("month", r"(?P<c>十[一二]?|[一二三四五六七八九])月份?"),
    ("month", rf"{_WORD}{_GAP}(?P<y>(?:19|20)\d\d|\d\d)?"),
    ("month", rf"{_YEAR}{_GAP}{_WORD}"),
    ("quarter", rf"{_YEAR}{_GAP}[qt](?P<n>[1-4])"),
    ("quarter", rf"[qt](?P<n>[1-4]){_GAP}{_YEAR}"),
    ("quarter", r"(?P<n>[1-4])q ?(?P<y>(?:19|20)\d\d|\d\d)?|q(?P<q>[1-4])"),
    (
        "quarter",
        rf"(?:{_YEAR})? ?第?(?:(?P<c>[一二三四])|(?P<n>[1-4]))(?:季度?|분기)",
    ),
    ("half", rf"{_YEAR}{_GAP}h(?P<n>[12])|h(?P<q>[12]){_GAP}(?P<z>20\d\d)"),
    ("half", rf"(?:{_YEAR})?(?P<c>[上下])半年"),
    ("week", rf"{_YEAR}{_GAP}(?:w|wk|week|kw|第)?{_GAP}w?(?P<n>\d\d?)周?"),
    ("week", r"(?:w|wk|week|kw|第) ?(?P<n>\d\d?)(?:周|週)?"),
    ("year", _YEAR),
)


class Period(NamedTuple):
    """A period that a heading names, and what else the heading says.

    `text` is the day as it is written, of a day.
    """

    kind: PeriodKind
    year: int | None
    number: int
    rest: str = ""
    text: str = ""

    @property
    def date(self) -> str:
        """The first day of it; of a day what is written."""
        year = self.year or 1
        if self.kind == "day":
            return self.text
        if self.kind == "week":
            return datetime.date.fromisocalendar(year, self.number, 1).isoformat()
        months = {"month": 1, "quarter": 3, "half": 6}.get(self.kind, 12)
        return f"{year:04}-{(self.number - 1) * months + 1:02}-01"


@dataclass(frozen=True)
class PeriodColumns:
    """The columns of a table that are periods, by what they measure ("" where nothing is said).

    `extra` are the columns that add periods up, `has_years` whether the headings say the years.
    """

    measures: Mapping[str, Mapping[int, Period]]
    extra: tuple[int, ...]
    has_years: bool

    @property
    def periods(self) -> list[Period]:
        """The periods, from the first column on."""
        return list(next(iter(self.measures.values())).values())

    @property
    def positions(self) -> list[int]:
        """Where the columns stand."""
        return [
            position for columns in self.measures.values() for position in columns
        ]

    def in_year(self, year: int) -> PeriodColumns:
        """The same where the first period is of a year."""
        shift = year - (self.periods[0].year or 0)
        measures = {
            measure: {
                position: period._replace(year=(period.year or 0) + shift)
                for position, period in columns.items()
            }
            for measure, columns in self.measures.items()
        }
        return replace(self, measures=measures)


def without_months(text: str) -> str:
    """A text without the names of months in any language.

    >>> without_months("février 2024"), without_months("north")
    (' 2024', 'north')
    """
    return _WORDS.sub(
        lambda match: "" if match[0].rstrip(".").lower() in _months() else match[0],
        text,
    )


@cache
def _months() -> Mapping[str, int]:
    file = Path(__file__).parent.parent / "cleaning" / "date_words.toml"
    months = tomllib.loads(file.read_text(encoding="utf-8"))["months"]
    return {
        word: int(number)
        for number, words in months.items()
        for word in words.split()
    }


@cache
def _patterns() -> tuple[tuple[PeriodKind, re.Pattern[str]], ...]:
    around = r"(?P<{}>[^\d]*?)"
    before, after = around.format("before"), around.format("after")
    loose = r"[\s_:：(（\[）)\]-]*"
    whole = [(kind, re.compile(f"(?:{form})")) for kind, form in _FORMS]
    within = [
        (
            kind,
            re.compile(
                f"{before}{loose}(?<![^\\W_])(?:{form})(?![^\\W_]){loose}{after}"
            ),
        )
        for kind, form in _FORMS
        if kind != "week"
    ]
    # Chinese words stand without spaces between them.
    han = [
        (kind, re.compile(f"{before}{loose}(?:{form}){loose}{after}"))
        for kind, form in _FORMS
        if "月" in form or "季" in form or "半" in form
    ]
    return (*whole, *within, *han)


@lru_cache(maxsize=4096)
def period_of(name: str) -> Period | None:
    """The period that a heading names.

    >>> period_of("Jan 2025"), period_of("销售额1月")
    (Period(kind='month', year=2025, number=1, rest='', text=''), Period(kind='month', year=None,\
 number=1, rest='销售额', text=''))
    >>> period_of("Product"), period_of("Item 1")
    (None, None)
    """
    text = unicodedata.normalize("NFKC", name).strip().casefold()
    if not 1 < len(text) <= 40 or not _may_be_period(text):
        return None
    for kind, pattern in _patterns():
        match = pattern.fullmatch(text)
        period = _read(kind, match, text) if match else None
        if period:
            return _out_of_quarter(text) or period
    return _out_of_quarter(text)


def _out_of_quarter(text: str) -> Period | None:
    """The month of a heading that names its quarter, or half of the year, as well."""
    match = _WIDER.fullmatch(text)
    period = match and period_of(f"{match['y'] or ''} {match['within']}")
    return period if period and period.kind == "month" and not period.rest else None


def _may_be_period(text: str) -> bool:
    """Whether a text has a digit, a sign or a word of a period: most headings have none."""
    if any(letter.isdigit() or letter in "月季半" for letter in text):
        return True
    return any(word.rstrip(".") in _months() for word in _WORDS.findall(text))


def _read(kind: PeriodKind, match: re.Match[str], text: str) -> Period | None:
    parts = match.groupdict()
    rest = " ".join(
        part.strip(" _-:()[]")
        for part in (parts.get("before"), parts.get("after"))
        if part
    ).strip()
    if kind == "day":
        return None if rest else Period("day", None, 0, text=text[:10].strip())
    written = parts.get("y") or parts.get("z")
    year = int(written) if written else None
    if year is not None and year < 100:
        year += 2000
    if kind == "year":
        return Period("year", year, 1, rest)
    number = parts.get("n") or parts.get("q")
    if number:
        return Period(kind, year, int(number), rest)
    if parts.get("c"):
        return Period(kind, year, _HAN[parts["c"]], rest)
    month = _months().get((parts.get("w") or "").rstrip("."))
    return Period("month", year, month, rest) if month else None


def find_periods(names: Sequence[str]) -> PeriodColumns | None:
    """The columns that are periods in their order; None where there are too few of them."""
    named = {
        position: period
        for position, name in enumerate(names)
        if (period := period_of(name))
    }
    if len(named) < MINIMUM_PERIODS:
        return None
    (kind, _), *_ = Counter(period.kind for period in named.values()).most_common(1)
    measures: dict[str, dict[int, Period]] = {}
    for position, period in named.items():
        if period.kind == kind:
            measures.setdefault(period.rest, {})[position] = period
    ordered = {rest: _in_order(columns) for rest, columns in measures.items()}
    series = [columns for columns in ordered.values() if columns]
    if len(series) < len(ordered):
        return None
    periods = [period._replace(rest="") for period in series[0].values()]
    for columns in series[1:]:
        if [period._replace(rest="") for period in columns.values()] != periods:
            return None
    own = {position for columns in series for position in columns}
    extra = tuple(position for position in named if position not in own)
    has_years = (
        kind == "day" or next(iter(measures.values()))[min(own)].year is not None
    )
    complete = {rest: columns for rest, columns in ordered.items() if columns}
    return PeriodColumns(complete, extra, has_years)


def _in_order(columns: Mapping[int, Period]) -> dict[int, Period] | None:
    """The periods with their years, where each comes after the one before (or each before it)."""
    periods = list(columns.values())
    if len(periods) < MINIMUM_PERIODS:
        return None
    if periods[0].kind == "day":
        texts = [period.text for period in periods]
        return dict(columns) if len(set(texts)) == len(texts) else None
    a_year = _A_YEAR.get(periods[0].kind, 1)
    year = periods[0].year or 0
    dated: list[Period] = []
    for period in periods:
        if period.year is not None:
            year = period.year
        elif (
            dated
            and dated[-1].number > period.number
            and dated[-1].number == a_year
        ):
            year += 1  # from December on to January
        dated.append(period._replace(year=year))
    steps = [
        (after.year - before.year) * a_year + after.number - before.number  # type: ignore[operator]
        for before, after in pairwise(dated)
    ]
    if not (min(steps) > 0 or max(steps) < 0):
        return None
    return dict(zip(columns, dated, strict=True))
