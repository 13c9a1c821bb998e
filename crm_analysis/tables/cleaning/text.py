"""Texts made tidy: spaces, full-width forms, case, spelling variants.

Ids that a spreadsheet turned into 17850.0.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa

from crm_analysis.tables.cleaning.evidence import ColumnEvidence
from crm_analysis.tables.cleaning.options import CleanOptions
from crm_analysis.tables.cleaning.plan import ColumnReading, ColumnSpec, Edit
from crm_analysis.tables.cleaning.sql import (
    half_width,
    if_ascii,
    is_blank,
    literal,
    one_of,
)
from crm_analysis.tables.kinds import ValueType
from crm_analysis.tables.reading.arrow_parser import bytes_of

if TYPE_CHECKING:
    from crm_analysis.tables.reading import RawTable

_SPACE = "[\\s\u00a0\u3000\u2007\u202f\ufeff]"  # what \s does not know is named
_UNTIDY = f"^{_SPACE}|{_SPACE}$|{_SPACE}{_SPACE}|[\\t\\r\\n\u00a0\u3000]"
_LOOSE = ("'  '", "chr(9)", "chr(10)", "chr(13)")
_SENTENCE, _SENTENCES = re.compile("[。！？；…～]|，.*，|，.{4}"), 0.3
_LONG_ROLES = {"text"}  # comments are left exactly as they were written


def text_column(
    spec: ColumnSpec,
    kind: ValueType,
    facts: ColumnEvidence,
    options: CleanOptions,
    tidy: bool = False,
) -> ColumnReading:
    """The reading of a column that stays text.

    Ids are trimmed, categories and products also made half-width; comments stay.

    `tidy`: the cells are known to be plain and trimmed.
    """
    cell, names = spec.cell, (spec.source, spec.name)
    edits: list[Edit] = []
    detail, against = {}, "false"
    value = tidied = _tidied(cell, kind, spec.role, names, options, tidy)
    decimal = "false"
    if (
        kind == "id"
        and options.does("ids")
        and facts.dot_zero
        and facts.dot_zero + facts.all_digits == facts.filled
    ):
        decimal = f"(ends_with({cell}, '0') AND contains({cell}, '.'))"
        # 1.50, or v1.0: no whole numbers, then.
        against = f"(contains({cell}, '.') AND NOT regexp_full_match({cell}, '[0-9]+\\.0+'))"
        value = (
            f"CASE WHEN {decimal} THEN split_part({cell}, '.', 1) ELSE {tidied} END"
        )
        edits.append(Edit("ids", "decimal_of_id", decimal, value))
        detail["decimal_removed"] = True
    if tidied != cell:
        edits.append(
            Edit(
                "text",
                "tidied",
                f"NOT {decimal} AND ({tidied}) IS DISTINCT FROM {cell}",
                tidied,
            )
        )
    merged = [(old, new) for column, old, new in options.merge if column in names]
    if merged and options.does("merge"):
        before = value
        cases = [
            f"WHEN {literal(old)} THEN {literal(new)}"
            for old, new in merged
            if old != new
        ]
        value = f"CASE {before} {' '.join(cases)} ELSE {before} END"
        edits.append(
            Edit(
                "merge",
                "spelling",
                f"({value}) IS DISTINCT FROM ({before})",
                value,
            )
        )
    nothing = one_of(f"trim({cell})", spec.empty)
    if spec.empty:
        edits = [Edit("types", "missing_word", nothing, "NULL"), *edits]
    whole = f"CASE WHEN {is_blank(cell)} OR {nothing} THEN NULL ELSE {value} END"
    of_filled = tuple(
        Edit(
            edit.step,
            edit.reason,
            f"NOT {is_blank(cell)} AND {edit.condition}",
            edit.new,
        )
        for edit in edits
    )
    return spec.read_as(
        kind, whole, against=against, edits=of_filled, detail=detail
    )


def as_written(options: CleanOptions, words: Sequence[str]) -> CleanOptions:
    """The settings for texts that come again: sentences (很好！) keep their full-width marks."""
    sentences = sum(bool(_SENTENCE.search(word)) for word in words)
    if not options.half_width or sentences < _SENTENCES * max(1, len(words)):
        return options
    return replace(options, half_width=False)


def is_tidy(raw: RawTable, position: int) -> bool:
    """Whether the cells of a column are found to be plain and trimmed.

    Looked into where that is cheap.
    """
    if raw.coded is None:
        return False
    cell, words = f"c{position}", raw.words(position)
    if words is None and all(
        _is_without_spaces(part) for part in raw.coded.rows.column(cell).chunks
    ):
        return True
    if words is not None:
        return _are_tidy(words)
    signs = " OR ".join(f"contains({cell}, {sign})" for sign in _LOOSE)
    untidy = (
        f"strlen({cell}) <> length({cell}) OR starts_with({cell}, ' ') OR ends_with({cell},"
        f" ' ') OR {signs}"
    )
    own = raw.coded.rows.select(
        [cell]
    )  # a query of many columns takes long to plan
    sql = f"SELECT 1 FROM given WHERE {untidy} LIMIT 1"
    return not raw.engine.over(own, sql).num_rows


def _are_tidy(words: pa.Array) -> bool:
    """Whether some texts are all of ASCII, with no spaces but single ones within."""
    joined = "\0".join(words.drop_null().to_pylist())
    loose = ("  ", " \0", "\0 ", "\t", "\n", "\r")
    return (
        joined.isascii()
        and joined == joined.strip(" ")
        and not any(signs in joined for signs in loose)
    )


def _is_without_spaces(texts: pa.Array) -> bool:
    """Whether all bytes of some texts are visible signs of ASCII."""
    bounds, bytes_ = bytes_of(texts)
    bytes_ = bytes_[bounds[0] : bounds[-1]]
    return not ((bytes_ <= 32) | (bytes_ > 126)).any()


def _tidied(
    value: str,
    kind: ValueType,
    role: str | None,
    names: tuple[str, str],
    options: CleanOptions,
    known_tidy: bool,
) -> str:
    """The value after the tidying that fits its kind.

    The costly part runs only on cells that need it.
    """
    if not options.does("text"):
        return value
    chosen = set(options.text_columns) & set(names)
    categorical = kind == "category" or role == "product" or bool(chosen)
    if role in _LONG_ROLES and not chosen:
        return value
    if kind == "text" and role is None and not chosen:
        return value
    narrow = (
        half_width(value)
        if options.half_width and categorical and not known_tidy
        else value
    )
    tidy = narrow
    if options.trim and not known_tidy:
        # Plain letters are looked at with plain searches; patterns cost ten times that and are for
        # the few cells that need them.
        gaps = " OR ".join(f"contains({value}, {sign})" for sign in _LOOSE)
        plain = (
            f"CASE WHEN {gaps} THEN trim(regexp_replace({value}, '\\s+', ' ', 'g'))"
            f" WHEN starts_with({value}, ' ') OR ends_with({value}, ' ') THEN trim({value})"
            f" ELSE {value} END"
        )
        wide = (
            f"CASE WHEN regexp_matches({narrow}, {literal(_UNTIDY)})"
            f" THEN trim(regexp_replace({narrow}, {literal(_SPACE + '+')}, ' ', 'g'))"
            f" ELSE {narrow} END"
        )
        tidy = if_ascii(value, plain, wide)
    if options.case != "keep" and categorical:
        tidy = _cased(tidy, options.case)
    return tidy


def _cased(value: str, case: str) -> str:
    if case == "title":
        return (
            f"array_to_string(list_transform(string_split(lower({value}), ' '),"
            " lambda word: upper(word[1]) || word[2:]), ' ')"
        )
    return f"{case}({value})"
