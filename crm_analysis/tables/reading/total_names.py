"""Which records are named a total: by a word alone, or with the period or group it adds up."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from crm_analysis.tables.reading.periods import without_months

# "word": 合计; "period": 2023年合计, Q1 2022 total; "group": Total for Ann, North subtotal.
TotalName = Literal["word", "period", "group"]

NAMED_CELLS = 3  # of a record, in which the name of a total may stand
_LONGEST_NAME = 80
_NO_NAME: frozenset[TotalName | None] = frozenset([None])
_LISTS = {
    name: [word.strip() for word in words.split(",")]
    for name, words in tomllib.loads(
        Path(__file__).with_name("total_words.toml").read_text(encoding="utf-8")
    ).items()
}


def _any_of(words: Sequence[str]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


_WORDS = _any_of(_LISTS["words"])
_NAMES = (*_LISTS["words"], *_LISTS["alone"])
# Patterns that are made ready once a cell has such a word: few files have one.
_ALONE = rf"\W*(?:{_WORDS}|{_any_of(_LISTS['alone'])})\W*"
_AFTER = rf"(?s)(?P<what>.*?(?:[^ -~]|[\s:：_(\[-]))(?:{_WORDS})[\s)\]:：]*"
_BEFORE = (
    rf"(?s)(?:{_WORDS})(?:\s+(?:{_any_of(_LISTS['joints'])})\s|\s*[-:：]|(?P<space>\s)"
    r"|(?=[^ -~]))(?P<what>.+)"
)
_PERIOD = re.compile(
    r"(?:fy|cy|ytd|w(?:ee)?k|[\s\d年年度月份日第.,/'-]|[一二三四上下本全]|半年|[季周]度?|q|h|kw|t"
    r"|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b|months?|quarters?|years?)+"
)

# SQL: whether a cell may hold such a name; the pattern takes long to be made ready.
_MAY_HOLD = f"(?i){_WORDS}|{_any_of(_LISTS['alone'])}"


def total_name(fields: Sequence[str]) -> TotalName | None:
    """How a record is named a total in its first cells; None where it is not.

    >>> total_name(["", "合计", "120"]), total_name(["2023年合计", "1278"])
    ('word', 'period')
    >>> total_name(["Total for Ann Lee", "5"]), total_name(["Total Wine Inc", "5"])
    ('group', None)
    """
    names = {*map(_named, fields[:NAMED_CELLS])}
    if names <= _NO_NAME:  # as a rule
        return None
    return next(
        (name for name in ("word", "period", "group") if name in names), None
    )


def adds_up(heading: str) -> bool:
    """Whether a column is named as what adds others up, or averages them.

    >>> adds_up("合计"), adds_up("Total 2024"), adds_up("YTD"), adds_up("City")
    (True, True, True, False)
    """
    name = heading.strip().lower()
    return name in _LISTS["across"] or _named(heading) in ("word", "period")


@lru_cache(maxsize=65536)
def _named(cell: str) -> TotalName | None:
    name = cell.strip().lower()
    if len(name) > _LONGEST_NAME or not any(map(str.isalpha, name)):
        return None
    if not any(word in name for word in _NAMES):
        return None
    if re.fullmatch(_ALONE, name):
        return "word"
    match = re.fullmatch(_AFTER, name) or re.fullmatch(_BEFORE, name)
    if not match:
        return None
    if _PERIOD.fullmatch(without_months(match["what"]) or " "):
        return "period"
    # Total Wine Inc is a company.
    return None if match.groupdict().get("space") else "group"


def may_name_a_total(column: str) -> str:
    """SQL: whether a cell of a text column may name a total."""
    pattern = _MAY_HOLD.replace("'", "''")
    return f"({has_words(column)} AND regexp_matches({column}, '{pattern}'))"


def has_words(column: str) -> str:
    """SQL: whether a cell is no id, figure or date, which begin and end with digits."""
    is_id = f"TRY_CAST({column} AS BIGINT) IS NOT NULL"  # in half the time of the pattern
    return (
        f"CASE WHEN {column} < '0' OR {column} > ':' THEN true WHEN {is_id} THEN false"
        f" ELSE regexp_matches({column}, '[^0-9]$') END"
    )


def any_names_a_total(words: pa.Array | None) -> bool:
    """Whether a column of these words names a total; one whose words are not known may do so."""
    if words is None:
        return True
    holding = words.filter(pc.match_substring_regex(words, _MAY_HOLD))
    return any(map(_named, holding.to_pylist()))
