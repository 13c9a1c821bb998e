"""The type of every column, by the evidence of the whole column.

A sample proposes a reading; the reading is tried on every cell; the distinct values that do not
fit join the evidence and the column is decided again. What still does not fit is missing, and
stands in the ledger.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crm_analysis.errors import AnalysisError
from crm_analysis.jobs import Progress, no_progress
from crm_analysis.tables.cleaning import text
from crm_analysis.tables.cleaning.date_reading import Neighbours, date_column, sounds_like_date
from crm_analysis.tables.cleaning.dates import family
from crm_analysis.tables.cleaning.evidence import Evidence, Facts
from crm_analysis.tables.cleaning.flag_reading import flag_column, is_yes_no
from crm_analysis.tables.cleaning.number_reading import decimal_mark, number_column
from crm_analysis.tables.cleaning.numbers import MISSING_WORDS, light_number
from crm_analysis.tables.cleaning.options import CleanOptions
from crm_analysis.tables.cleaning.plan import Column, Edit, relation
from crm_analysis.tables.cleaning.sql import is_blank, one_of, plain_text
from crm_analysis.tables.kinds import KINDS, ValueType

if TYPE_CHECKING:
    from crm_analysis.tables.reading import RawTable
    from crm_analysis.tables.roles import Roles

__all__ = ["type_columns"]

_ID_NAME = re.compile(
    r"(?i)((^|[_\s\-.])(id|code|nr|zip|zipcode|postcode|phone|tel|mobile|sku|ean|upc|isbn|barcode|ssn|iban)$|[a-z](ID|Id|Code)$|^(phone|zip|postal)|编号|编码|代码|单号|号码|^电话|手机|邮编|条码|卡号|账号|身份证|货号|工号|会员号)"
)
_STRAY_VALUES, _STRAY_SHARE = 20, 0.02
_ROUNDS = 3
_NEW_VALUES = 2_000


@dataclass(frozen=True)
class _Known:
    """What is known of a column beforehand."""

    position: int
    source: str
    name: str
    role: str | None
    type: ValueType | None  # said by its role or by a person


def type_columns(
    raw: RawTable, base: str, roles: Roles, options: CleanOptions, progress: Progress = no_progress
) -> list[Column]:
    """How each column of a raw table is read.

    Raises
    ------
    AnalysisError
        `cleaning.not_numbers`, `cleaning.not_dates`, `cleaning.not_a_flag` where a column has a role that most of its cells
        cannot fill; `cleaning.unknown_column` where a role names a column that is not there.
    """
    known = _known(raw, roles, options)
    progress(0.0, "cleaning.step.types")
    evidence = Evidence(raw)
    try:
        return _decided(raw, base, options, known, evidence, progress)
    finally:
        evidence.drop()


def _known(raw: RawTable, roles: Roles, options: CleanOptions) -> list[_Known]:
    names = list(raw.reading.columns)
    of_role = {column: role for role, column in roles.columns.items()}
    for named, column in roles.columns.items():
        if column not in names:
            raise AnalysisError("cleaning.unknown_column", column=column, role=named)
    types = {role.name: role.type for role in KINDS[roles.kind].roles}
    # DuckDB compares names without case, and these are ours.
    taken = (
        {role.lower() for role in roles.columns}
        | {"_source", "_line", "_row", "_read"}
        | {f"_code_{at}" for at in range(len(names))}
    )
    if roles.kind == "transactions":
        taken |= {"is_return", "is_product"} | (
            {"amount"}
            if {"quantity", "unit_price"} <= set(roles.columns) or "amount" in roles.columns
            else set()
        )
    found = []
    for position, source in enumerate(names):
        role = of_role.get(source) if names.index(source) == position else None
        name: str = role or _free(source.strip() or f"column {position + 1}", taken)
        if role == "amount" and {"quantity", "unit_price"} <= set(roles.columns):
            name = _free(
                source if source.lower() != "amount" else "amount given", taken
            )  # `amount` is computed; the file's own figure stays beside it
        taken.add(name.lower())
        said = (
            options.of("read_as", name, source)
            if any(pair[0] in (name, source) for pair in options.read_as)
            else None
        )
        found.append(
            _Known(position, source, name, role, said or (types.get(role) if role else None))
        )  # type: ignore[arg-type]
    return found


def _free(name: str, taken: set[str]) -> str:
    """The name, with a number after it where it is taken."""
    count, free = 1, name
    while free.lower() in taken:
        count += 1
        free = f"{name} {count}"
    return free


def _decided(
    raw: RawTable,
    base: str,
    options: CleanOptions,
    known: Sequence[_Known],
    evidence: Evidence,
    progress: Progress,
) -> list[Column]:
    facts = evidence.facts()
    around = Neighbours(raw.engine, base, [(one.position, one.source) for one in known])
    american = any("$" in one.currencies for one in facts.values())
    columns: dict[int, Column] = {}
    pending = list(known)
    strays: dict[int, list[tuple[str, int]]] = {}
    for last in [False] * (_ROUNDS - 1) + [True]:
        for one in pending:
            columns[one.position] = _column(
                one, facts[one.position], evidence, around, options, raw
            )
            if columns[one.position].detail.get("why") == "values":
                around = dataclasses.replace(around, usual=columns[one.position].detail["order"])
        if american and around.usual is None:
            around = dataclasses.replace(around, usual="month_first")
        failing = _failing(raw, base, [columns[one.position] for one in pending], progress)
        strays |= {
            position: failing.get(position, []) for position in (one.position for one in pending)
        }
        fresh = [
            one
            for one in pending
            if strays[one.position] and columns[one.position].type not in ("text", "id", "category")
        ]
        if last or not fresh:
            break
        for one in fresh:
            evidence.add(one.position, strays[one.position])
        updated = evidence.facts([one.position for one in fresh])
        pending = [one for one in fresh if updated[one.position] != facts[one.position]]
        facts |= updated
        if not pending:
            break
    return [
        _with_edits(
            one, columns[one.position], strays.get(one.position, []), facts[one.position], options
        )
        for one in known
    ]


def _column(
    one: _Known,
    facts: Facts,
    evidence: Evidence,
    around: Neighbours,
    options: CleanOptions,
    raw: RawTable,
) -> Column:
    """The reading of one column by what is known of it so far."""
    names, delimiter = (one.source, one.name, one.role), raw.reading.delimiter
    order, mark, positive = (
        options.of(setting, one.name, one.source)
        for setting in ("date_order", "decimal", "positive")
    )
    kind = one.type or _looks(one, facts, evidence, around, order, mark, delimiter)
    if kind == "date":
        return date_column(
            one.position, names, facts, evidence, around, order, known=one.type is not None
        )
    if kind in ("number", "money"):
        return _lighter(
            number_column(
                one.position,
                names,
                facts,
                mark,
                delimiter,
                kind == "money",
                guarded=one.type is None,
            ),
            facts,
            evidence,
        )
    if kind == "flag":
        return flag_column(
            one.position,
            names,
            [value for (value,) in evidence.tell(one.position, "true ORDER BY n DESC, v", "v")],
            positive,
        )
    return text.text_column(
        one.position,
        names,
        kind,
        facts,
        options,
        raw.tidy or ((kind != "text" or one.role == "product") and text.is_tidy(raw, one.position)),
    )


def _lighter(column: Column, facts: Facts, evidence: Evidence) -> Column:
    """The same column of numbers read by one pattern.

    Where that gives the same for all that was seen (what differs further on is found).
    """
    if not column.structs or len(column.detail.get("currencies", ())) > 1:
        return column
    decimal = decimal_mark(facts, column.detail.get("decimal"), None)[0]
    value = light_number(column.cell, decimal, tuple(facts.currencies))
    same = evidence.same(column.position, value, column.value, column.structs)
    return dataclasses.replace(column, value=value, plain=False, structs={}) if same else column


def _looks(
    one: _Known,
    facts: Facts,
    evidence: Evidence,
    around: Neighbours,
    order: str | None,
    mark: str | None,
    delimiter: str | None,
) -> ValueType:
    """The type of a column that no one has said, by what its values look like."""
    if not facts.told:
        return "text"
    numeric = facts.dot + facts.comma_only
    stray = facts.told - numeric
    tolerated = min(_STRAY_VALUES, int(_STRAY_SHARE * facts.told))
    names = (one.source, one.name, one.role)
    codes = facts.zero_led or facts.like_code or facts.long_digits
    if numeric and stray <= tolerated and not codes:
        same_length = facts.all_digits == facts.told and facts.shortest == facts.longest
        if facts.families.get("compact", 0) == facts.told and (
            sounds_like_date(one.source) or facts.told >= 5
        ):
            candidate = date_column(one.position, names, facts, evidence, around, order, known=True)
            if _tried(evidence, candidate) == 0:
                return "date"
        if (
            sounds_like_date(one.source)
            and same_length
            and facts.low is not None
            and facts.high is not None
        ):
            if (
                facts.longest in (10, 13)
                and facts.low / 10 ** (facts.longest - 10) >= 6e8
                and facts.high / 10 ** (facts.longest - 10) < 3e9
            ):
                return "date"
            if facts.longest == 5 and facts.low >= 20_000 and facts.high <= 80_000:
                return "date"
        if (
            _ID_NAME.search(one.source) and facts.all_digits + facts.dot_zero >= facts.told - stray
        ) or (same_length and facts.longest >= 9):
            return "id"
        candidate = number_column(one.position, names, facts, mark, delimiter, False, True)
        failing = _tried(evidence, candidate)
        units = sum(facts.units.values()) if facts.units else 0
        if failing <= tolerated and (not units or max(facts.units.values()) >= 0.95 * facts.told):
            return candidate.type
    if numeric >= facts.told and codes:
        return "id"
    if sum(facts.families.values()) >= (1 - _STRAY_SHARE) * facts.told:
        candidate = date_column(one.position, names, facts, evidence, around, order, known=False)
        if _tried(evidence, candidate) <= max(tolerated, int(_STRAY_SHARE * facts.told)):
            return "date"
    if facts.told == 2 and is_yes_no(
        [value for (value,) in evidence.tell(one.position, "true", "v")]
    ):
        return "flag"
    few = facts.values <= max(50, 0.1 * facts.cells) and facts.longest <= 80
    if (
        _ID_NAME.search(one.source)
        and facts.longest <= 40
        and not (few and facts.values <= 50 and not numeric)
    ):
        return "id"
    return "category" if few else "text"


def _tried(evidence: Evidence, column: Column) -> int:
    """How many of the distinct values seen a reading gives nothing for."""
    return len(evidence.try_out(column.position, column.value, column.structs))


def _failing(
    raw: RawTable, base: str, columns: Sequence[Column], progress: Progress
) -> dict[int, list[tuple[str, int]]]:
    """The distinct cells, with counts, that each column's reading gives nothing for.

    Over the whole table.
    """
    engine = raw.engine
    strict = [
        one
        for one in columns
        if one.type not in ("text", "category")
        and not (one.type == "id" and one.against == "false")
    ]
    bad = {
        one.position: f"(({one.value}) IS NULL OR {one.against}) AND NOT {is_blank(one.cell)}"
        for one in strict
    }
    strict = [one for one in strict if _may_fail(raw, one, bad[one.position])]
    if not strict:
        return {}
    source = relation(base, strict)
    counts = engine.run(
        f"SELECT {', '.join(f'count(*) FILTER ({bad[one.position]})' for one in strict)}"
        f" FROM {source}",
        progress=progress,
        step="cleaning.step.types",
        start=0.1,
        end=0.4,
    )[0]
    found = {}
    for one, count in zip(strict, counts, strict=True):
        if count:
            query = (
                f"SELECT {one.cell}, count(*) AS n FROM {relation(base, [one])}"
                f" WHERE {bad[one.position]} GROUP BY {one.cell} ORDER BY n DESC, {one.cell}"
                f" LIMIT {_NEW_VALUES}"
            )
            found[one.position] = [(value, n) for value, n in engine.run(query)]
    return found


def _may_fail(raw: RawTable, column: Column, bad: str) -> bool:
    """Whether a cell may be bad; where its words are known they tell."""
    words = raw.words(column.position)
    return words is None or bool(
        raw.engine.over(
            {column.cell: words}, f"SELECT 1 FROM {relation('given', [column])} WHERE {bad} LIMIT 1"
        ).num_rows
    )


def _with_edits(
    one: _Known,
    column: Column,
    strays: Sequence[tuple[str, int]],
    facts: Facts,
    options: CleanOptions,
) -> Column:
    """The column with its cells that cannot be read as edits.

    A role that most cells cannot fill is the reader's to mend.
    """
    if not strays and column.bare:
        return dataclasses.replace(column, value=column.bare)
    if column.type in ("text", "id", "category") or not strays:
        return column
    words = [value for value, _ in strays if value.strip().lower() in MISSING_WORDS]
    odd = len(strays) - len(words)
    if column.type == "date":  # 31/02/2011 is no date, but it shows that the column holds dates
        odd = min(odd, facts.told - sum(facts.families.values()))
    if one.role and odd and facts.told and odd > 0.5 * facts.told:
        key = {"date": "cleaning.not_dates", "flag": "cleaning.not_a_flag"}.get(
            column.type, "cleaning.not_numbers"
        )
        examples = [value for value, _ in strays if value not in words][:4]
        raise AnalysisError(key, column=one.source, role=one.role, examples=examples, count=odd)
    plain = f"lower({plain_text(column.cell)})"
    bad = f"NOT {is_blank(column.cell)} AND ({column.value}) IS NULL"
    marker = one_of(plain, MISSING_WORDS)
    edits = [Edit("types", "missing_word", f"{bad} AND {marker}", "NULL")]
    if column.type == "date":
        shaped = f"({family(plain_text(column.cell))}) IS NOT NULL"
        edits += [
            Edit("types", "impossible_date", f"{bad} AND NOT {marker} AND {shaped}", "NULL"),
            Edit("types", "not_a_date", f"{bad} AND NOT {marker} AND NOT {shaped}", "NULL"),
        ]
    else:
        edits.append(
            Edit(
                "types",
                "not_a_flag" if column.type == "flag" else "not_a_number",
                f"{bad} AND NOT {marker}",
                "NULL",
            )
        )
    return dataclasses.replace(column, edits=(*column.edits, *edits))


def by_role(columns: Sequence[Column]) -> Mapping[str, Column]:
    """The columns that have a role, by it."""
    return {one.role: one for one in columns if one.role}
