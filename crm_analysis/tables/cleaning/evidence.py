"""What the values of each column say about its type.

Every distinct value of a sample, classified in one pass.

The sample only proposes. The reading it leads to is then tried on the whole column (`typing.py`),
and every distinct value that does not fit comes back here, so that the decision rests on all of
it: each reading is strict, hence a value that speaks against it fails under it.
"""

from __future__ import annotations

import dataclasses
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa

from crm_analysis.tables.cleaning import dates
from crm_analysis.tables.cleaning.gathering import classified, gather
from crm_analysis.tables.cleaning.sql import (
    of_any_column,
    one_of,
)
from crm_analysis.tables.currencies import read_word

if TYPE_CHECKING:
    from crm_analysis.tables.reading import RawTable


_PARTS = ("p1", "p2", "p3")  # the first numbers of a text


class Mark(NamedTuple):
    """Dates of three numbers with one separator: how many, and what the numbers say."""

    values: int
    first: int | None  # the largest first, second and third part
    second: int | None
    third: int | None
    firsts: int  # different first and third parts
    thirds: int
    short_years: int  # the last part has two digits, or one
    one_digit: int  # the last part has one: no year


class _Texts(NamedTuple):
    """The values of a column that are not blank, those that say something, and blank cells."""

    written: list[str]
    filled: list[str]
    blank: int


@dataclass(frozen=True)
class ColumnEvidence:
    """What is known of one column.

    How many distinct values (`…_values`) and cells are written in which way.
    """

    cells: int = 0
    values: int = 0
    blank: int = 0
    marker: int = 0  # "NA", "-", "unknown"
    plain: int = 0  # numbers as programs write them
    dot: int = 0  # numbers when the decimal mark is a dot
    comma: int = 0
    dot_only: int = 0  # numbers under a dot and not under a comma
    comma_only: int = 0
    unclear_comma: int = 0  # 1,234: a different number under each
    unclear_dot: int = 0
    whole_small: int = 0  # whole numbers below a thousand, written without any mark
    whole_large: int = 0
    zero_led: int = 0  # 007
    like_code: int = 0  # 12E5
    long_digits: int = 0  # more digits than a number keeps
    shortest: int = 0
    longest: int = 0
    all_digits: int = 0
    dot_zero: int = 0  # 17850.0
    low: float | None = None
    high: float | None = None
    percent: int = 0
    whole_year: int = 0
    before: Mapping[str, int] = field(default_factory=dict)  # words beside figures
    after: Mapping[str, int] = field(default_factory=dict)
    # the words before figures, with " " where apart and "." where the figure has marks
    beginnings: Mapping[str, int] = field(default_factory=dict)
    families: Mapping[str, int] = field(default_factory=dict)
    marks: Mapping[str, Mark] = field(default_factory=dict)  # by separator
    buddhist: int = 0  # years of the calendar of Thailand
    short_buddhist: int = (
        0  # the same in two digits, where there is reason to think so
    )
    eastern: int = 0  # years of the Persian or the Islamic calendar
    iso: int = 0  # dates the fast cast reads
    zones: Mapping[str, int] = field(default_factory=dict)
    examples: tuple[str, ...] = ()

    @property
    def filled(self) -> int:
        """Distinct values that say something: not blank, not a word for "missing"."""
        return self.values - self.blank - self.marker

    @property
    def currencies(self) -> dict[str, int]:
        """The currencies beside its figures, the commonest first."""
        counts: Counter[str] = Counter()
        for words, is_before in ((self.before, True), (self.after, False)):
            for word, count in words.items():
                counts[read_word(word, is_before).currency] += count
        counts.pop("", None)
        return dict(counts.most_common())

    @property
    def numeric(self) -> int:
        """Values that are figures, and no codes such as A4, R 12 or USD100.

        A word before a figure that is written with marks is a currency if known, or if apart; one
        before whole figures if it is apart and can be nothing else.
        """
        codes = 0
        marked = {key.rstrip(" .") for key in self.beginnings if key.endswith(".")}
        for key, count in self.beginnings.items():
            word = read_word(key.rstrip(" ."), before=True)
            is_apart = " " in key.removesuffix(".")[-1:]
            if key.rstrip(" .") in marked:
                is_figure = bool(word.currency) or is_apart
            else:
                is_figure = word.is_sure_currency and (
                    is_apart or not word.unit.isalpha()
                )
            codes += 0 if is_figure else count
        return self.dot + self.comma_only - codes


class Evidence:
    """The distinct values seen of the columns of a raw table.

    Queries see them as `table` until `drop`.
    """

    def __init__(self, raw: RawTable) -> None:
        self.engine, self.columns = (
            raw.engine,
            tuple(range(len(raw.reading.columns))),
        )
        self.table = f"clean_evidence_{uuid.uuid4().hex[:12]}"
        self._seen = gather(raw).result()
        # What reads a column, whichever it is: the columns tried, and the values it fails for.
        self._tried: defaultdict[str, dict[int, list[str]]] = defaultdict(dict)
        self._texts: dict[int, _Texts] = {}
        self.engine.show(self.table, self._seen)

    def add(self, column: int, values: Iterable[tuple[str, int]]) -> None:
        """Take in further distinct values of a column with their counts."""
        self.add_all({column: values})

    def add_all(self, values: Mapping[int, Iterable[tuple[str, int]]]) -> None:
        """Take in further distinct values of some columns with their counts.

        Those known already are left.
        """
        counts = [
            (column, value, count)
            for column, own in values.items()
            for value, count in dict(own).items()
        ]
        columns, texts, cells = (
            zip(*counts, strict=True) if counts else ((), (), ())
        )
        given = {
            "i": pa.array(columns, pa.int32()),
            "v": pa.array(texts, pa.string()),
            "n": pa.array(cells, pa.int64()),
        }
        source = (
            f"SELECT i, v, n FROM given WHERE NOT EXISTS (SELECT 1 FROM {self.table} k"
            " WHERE k.i = given.i AND k.v = given.v)"
        )
        fresh = self.engine.over(given, classified(source, dates.family("t")))
        self._seen = pa.concat_tables([self._seen, fresh.cast(self._seen.schema)])
        self.engine.show(self.table, self._seen)
        for column in values:
            self._texts.pop(column, None)
            for tried in self._tried.values():
                tried.pop(column, None)

    def facts(
        self, columns: Sequence[int] | None = None
    ) -> dict[int, ColumnEvidence]:
        """What is known of each column."""
        wanted = self.columns if columns is None else tuple(columns)
        if not wanted:
            return {}
        where = f"FROM {self.table} WHERE {one_of('i', wanted)}"
        counted = {
            name: f"histogram(({sql})) FILTER (filled AND ({sql}) <> '')"
            for name, sql in _TALLIES.items()
        }
        measures = {**_MEASURES, **counted}
        measured = self.engine.run(
            f"SELECT i, {', '.join(measures.values())} {where} GROUP BY i"
        )
        evidence = {i: ColumnEvidence() for i in wanted}
        for i, *values in measured:
            own: dict[str, Any] = dict(zip(measures, values, strict=True))
            own["examples"] = tuple(own["examples"] or ())
            own |= {name: _commonest_first(own[name]) for name in _TALLIES}
            evidence[i] = ColumnEvidence(**own)
        if any("numeric" in own.families for own in evidence.values()):
            for i, marks in self._marks(where).items():
                evidence[i] = dataclasses.replace(evidence[i], marks=marks)
        return evidence

    def _marks(self, where: str) -> dict[int, dict[str, Mark]]:
        """The separators of dates of three numbers, the commonest first."""
        greatest = ", ".join(f"max(TRY_CAST({part} AS INTEGER))" for part in _PARTS)
        marks: dict[int, dict[str, Mark]] = {}
        for i, mark, *rest in self.engine.run(
            f"SELECT i, sep, count(*), {greatest}, count(DISTINCT p1), count(DISTINCT p3),"
            f" count(*) FILTER (length(p3) < 3), count(*) FILTER (length(p3) = 1)"
            f" {where} AND fam = 'numeric' GROUP BY ALL ORDER BY count(*) DESC, sep"
        ):
            marks.setdefault(i, {})[mark] = Mark(*rest)
        return marks

    def try_out(
        self,
        column: int,
        expression: str,
        structs: Mapping[str, str] | None = None,
    ) -> list[str]:
        """The values of a column that `expression` gives nothing for, over `c…` and `t…`.

        The value, and made plain and `structs` of these.
        """
        known = self._tried[of_any_column(column, expression, structs or {})]
        if column not in known:
            # Columns are often read alike. A query takes long to plan and little to run, so that
            # as many of those that follow are tried with this one as were asked for before.
            following = [i for i in self.columns[column:] if i not in known]
            some = following[: max(1, len(known))]
            known |= self._failing(column, some, expression, structs or {})
        return known[column]

    def _failing(
        self,
        column: int,
        some: Sequence[int],
        expression: str,
        structs: Mapping[str, str],
    ) -> dict[int, list[str]]:
        """The values of some columns that what reads one of them gives nothing for."""
        rows = (
            f"SELECT i, v, n, v AS c{column}, t AS t{column} FROM {self.table}"
            f" WHERE {one_of('i', some)} AND filled"
        )
        apart = (
            f"SELECT *, {', '.join(f'{sql} AS {alias}' for alias, sql in structs.items())}"
            f" FROM ({rows})"
            if structs
            else rows
        )
        # Filtered here, not in SQL: a condition would be moved below the structs, and these be
        # taken apart once for each mention.
        tried = self.engine.run(
            f"SELECT i, v, ({expression}) IS NULL FROM ({apart}) ORDER BY n DESC, v"
        )
        failing: dict[int, list[str]] = {i: [] for i in some}
        for i, value, failed in tried:
            if failed:
                failing[i].append(value)
        return failing

    def same(
        self,
        column: int,
        lighter: str,
        expression: str,
        structs: Mapping[str, str] | None = None,
    ) -> bool:
        """Whether a lighter expression gives the same for every value seen of a column."""
        return not self.try_out(
            column,
            f"CASE WHEN ({lighter}) IS NOT DISTINCT FROM ({expression}) THEN 1 END",
            structs,
        )

    def measure(self, column: int, values: str, measure: str) -> list[tuple]:
        """Any measure over the filled values of a column that fulfil `values`."""
        return self.engine.run(
            f"SELECT {measure} FROM {self.table} WHERE i = {column} AND filled AND {values}"
        )

    def blank_cells(self, column: int) -> int:
        """How many of the cells seen of a column are blank."""
        return self._texts_of(column).blank

    def written(self, column: int) -> list[str]:
        """The values seen of a column that are not blank, words for "missing" among them."""
        return sorted(self._texts_of(column).written)

    def commonest(self, column: int) -> list[str]:
        """The values seen of a column that say something, the commonest first."""
        return self._texts_of(column).filled

    def _texts_of(self, column: int) -> _Texts:
        """The texts of a column; those of all columns are fetched at once."""
        if column not in self._texts:
            fetched = self.engine.run(
                "SELECT i, coalesce(list(v) FILTER (NOT blank), []),"
                " coalesce(list(v ORDER BY n DESC, v) FILTER (filled), []),"
                f" coalesce(sum(n) FILTER (blank), 0)::BIGINT FROM {self.table} GROUP BY i"
            )
            self._texts = dict.fromkeys(self.columns, _Texts([], [], 0))
            self._texts |= {i: _Texts(*texts) for i, *texts in fetched}
        return self._texts[column]

    def drop(self) -> None:
        """Show them no more."""
        del self._seen


def _commonest_first(counts: Mapping[str, int] | None) -> dict[str, int]:
    return dict(
        sorted((counts or {}).items(), key=lambda pair: (-pair[1], pair[0]))
    )


def _count(condition: str) -> str:
    return f"count(*) FILTER (filled AND {condition})"


_IS_NUMBER = "(dot IS NOT NULL OR comma IS NOT NULL)"
_LONG = "'^[-+]?[1-9][0-9]{15,}$'"
_MEASURES = {
    "cells": "coalesce(sum(n), 0)::BIGINT",
    "values": "count(*)",
    "blank": "count(*) FILTER (blank)",
    "marker": "count(*) FILTER (marker AND NOT blank)",
    "plain": _count("simple"),
    "dot": _count("dot IS NOT NULL"),
    "comma": _count("comma IS NOT NULL"),
    "dot_only": _count("dot IS NOT NULL AND comma IS NULL"),
    "comma_only": _count("comma IS NOT NULL AND dot IS NULL"),
    "unclear_comma": _count("unclear AND contains(digits, ',')"),
    "unclear_dot": _count("unclear AND contains(digits, '.')"),
    "whole_small": _count(
        "dot IS NOT NULL AND regexp_full_match(digits, '[0-9]{1,3}')"
    ),
    "whole_large": _count(
        "dot IS NOT NULL AND regexp_full_match(digits, '[0-9]{4,}')"
    ),
    "zero_led": _count("regexp_matches(t, '^[-+]?0[0-9]') AND dot IS NOT NULL"),
    "like_code": _count("regexp_matches(t, '^[0-9]+[eE][0-9]+$')"),
    "long_digits": _count(
        "dot IS NOT NULL AND NOT contains(t, '.')"
        f" AND regexp_matches(regexp_replace(t, '[., '']', '', 'g'), {_LONG})"
    ),
    "shortest": "coalesce(min(length(t)) FILTER (filled), 0)",
    "longest": "coalesce(max(length(t)) FILTER (filled), 0)",
    "all_digits": _count("regexp_matches(t, '^[0-9]+$')"),
    "dot_zero": _count("regexp_matches(t, '^[0-9]+\\.0+$')"),
    "low": "min(plain) FILTER (filled)",
    "high": "max(plain) FILTER (filled)",
    "percent": _count("share"),
    "whole_year": _count("regexp_matches(t, '^(1[89]|20)[0-9]{2}(\\.0)?年?$')"),
    "iso": _count("iso"),
    "buddhist": _count(
        "fam IS NOT NULL AND regexp_matches(t, '(^|[^0-9])25[0-9]{2}([^0-9]|$)')"
    ),
    "eastern": _count(
        "fam IN ('ymd', 'numeric') AND regexp_matches(t, '(^|[^0-9])1[34][0-9]{2}([^0-9]|$)')"
    ),
    "short_buddhist": _count(
        "fam IS NOT NULL AND regexp_matches(t, '[-/. ](5[5-9]|[67][0-9])([ ,T]|$)')"
    ),
    "examples": "list(v ORDER BY n DESC, v)[1:6]",
}
_TALLIES = {
    "before": f"CASE WHEN {_IS_NUMBER} THEN before END",
    "after": f"CASE WHEN {_IS_NUMBER} THEN after END",
    "beginnings": f"CASE WHEN {_IS_NUMBER} AND before <> '' THEN beginning END",
    "families": "fam",
    "zones": "CASE WHEN fam IS NOT NULL THEN zone END",
}
