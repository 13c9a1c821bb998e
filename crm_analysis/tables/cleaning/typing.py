"""The type of every column, by the evidence of the whole column.

A sample proposes a reading; the reading is tried on every cell; the distinct values that do not
fit join the evidence and the column is decided again. What still does not fit is missing, and
stands in the ledger.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from crm_analysis.errors import AnalysisError
from crm_analysis.jobs import Progress, no_progress
from crm_analysis.messages import Message
from crm_analysis.tables.cleaning import text
from crm_analysis.tables.cleaning.date_order import FileContext
from crm_analysis.tables.cleaning.date_reading import date_column
from crm_analysis.tables.cleaning.dates import family
from crm_analysis.tables.cleaning.evidence import ColumnEvidence, Evidence
from crm_analysis.tables.cleaning.failing import failing_cells
from crm_analysis.tables.cleaning.flag_reading import Blank, flag_column
from crm_analysis.tables.cleaning.looks import are_written_out, looks_like
from crm_analysis.tables.cleaning.number_reading import (
    FigureOptions,
    number_column,
)
from crm_analysis.tables.cleaning.numbers import MISSING_WORDS
from crm_analysis.tables.cleaning.options import CleanOptions
from crm_analysis.tables.cleaning.plan import (
    ColumnReading,
    ColumnSpec,
    Edit,
)
from crm_analysis.tables.cleaning.rating_reading import RATED, rating_column
from crm_analysis.tables.cleaning.sql import is_blank, one_of, plain_text
from crm_analysis.tables.cleaning.units import IN_UNIT_OF_TABLE, unit_above
from crm_analysis.tables.currencies import unit_of_name
from crm_analysis.tables.kinds import KINDS
from crm_analysis.tables.presets import presets

if TYPE_CHECKING:
    from crm_analysis.tables.reading import RawTable
    from crm_analysis.tables.roles import Roles

_ROUNDS = 3
_EXAMPLE = 40  # letters of a cell that a sentence names
# Roles whose cells count by their day or figure: what cannot be read of them is said.
_MEASURED = ("date", "amount", "quantity", "unit_price", "value")


def type_columns(
    raw: RawTable,
    base: str,
    roles: Roles,
    options: CleanOptions,
    progress: Progress = no_progress,
) -> list[ColumnReading]:
    """How each column of a raw table is read.

    Raises
    ------
    AnalysisError
        `cleaning.not_numbers`, `cleaning.not_dates`, `cleaning.not_a_flag` where a column has a
        role that most of its cells cannot fill; `cleaning.unknown_column` where a role names a
        column that is not there.
    """
    specs = _specs(raw, roles, options)
    progress(0.0, "cleaning.step.types")
    evidence = Evidence(raw)
    try:
        return _decided(raw, base, options, specs, evidence, progress)
    finally:
        evidence.drop()


def _specs(raw: RawTable, roles: Roles, options: CleanOptions) -> list[ColumnSpec]:
    names = list(raw.reading.columns)
    of_role = {column: role for role, column in roles.columns.items()}
    for named, column in roles.columns.items():
        if column not in names:
            raise AnalysisError(
                "cleaning.unknown_column", column=column, role=named
            )
    types = {role.name: role.type for role in KINDS[roles.kind].roles}
    off = _taken_off(names, roles, options)
    computes_amount = bool(off) or {"quantity", "unit_price"} <= set(roles.columns)
    # DuckDB compares names without case, and these are ours.
    taken = {role.lower() for role in roles.columns} | {
        "_source",
        "_line",
        "_row",
        "_read",
    }
    taken |= {f"_code_{position}" for position in range(len(names))}
    if roles.kind == "transactions":
        taken |= {"is_sale", "is_return", "is_product"}
        if computes_amount or "amount" in roles.columns:
            taken.add("amount")
    if roles.kind == "customers":
        taken.add("customer")
    preset = presets().get(roles.preset or "")
    order, empty = (preset.date_order, preset.empty) if preset else (None, ())
    above = unit_above(raw)
    specs = []
    for position, source in enumerate(names):
        role = of_role.get(source) if names.index(source) == position else None
        own = source.strip() or f"column {position + 1}"
        # outcomes keep the names they have in the file: there may be several
        name = role if role and role != "outcome" else _free(own, taken)
        if role == "amount" and computes_amount:
            # `amount` is computed; the file's own figure stays beside it.
            name = _free(
                source if source.lower() != "amount" else "amount given", taken
            )
        taken.add(name.lower())
        type_: Any = types.get(role) if role else None
        if source in off:
            type_ = type_ or "money"
        if any(column in (name, source) for column, _ in options.read_as):
            type_ = options.of("read_as", name, source) or type_
        is_money = role in IN_UNIT_OF_TABLE or type_ == "money"
        heading = (
            unit_of_name(raw.reading.units.get(source, ""))
            or unit_of_name(source)
            or (above if is_money else None)
        )
        specs.append(
            ColumnSpec(
                *(position, source, name, role, type_, order, empty, heading),
                year=options.of("date_year", name, source),
                calendar=options.of("calendar", name, source),
            )
        )
    return specs


def _taken_off(
    names: Sequence[str], roles: Roles, options: CleanOptions
) -> frozenset[str]:
    """The columns that are taken off an amount, or added to it."""
    if roles.sales is None or "amount" not in roles.columns:
        return frozenset()
    minus = roles.sales.minus if options.take_off else ()
    named = {name.strip() for name in (*minus, *roles.sales.plus)}
    return frozenset(name for name in names if name.strip() in named)


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
    specs: Sequence[ColumnSpec],
    evidence: Evidence,
    progress: Progress,
) -> list[ColumnReading]:
    facts = evidence.facts()
    readings = raw.sources or (raw.reading,)
    is_mac = any(
        note.key == "reading.note_since_1904"
        for reading in readings
        for note in reading.notes
    )
    context = FileContext(
        raw.engine,
        base,
        [(spec.position, spec.source) for spec in specs],
        serial="serial_1904" if is_mac else "serial",
        titles=tuple(
            f"{reading.name} {reading.sheet or ''}" for reading in readings
        ),
    )
    is_american = any("$" in evidenced.currencies for evidenced in facts.values())
    columns: dict[int, ColumnReading] = {}
    pending = list(specs)
    strays: dict[int, list[tuple[str, int]]] = {}
    for last in [False] * (_ROUNDS - 1) + [True]:
        for spec in pending:
            column = _column(
                spec, facts[spec.position], evidence, context, options, raw
            )
            columns[spec.position] = column
            if column.detail.get("why") == "values":
                context = dataclasses.replace(context, usual=column.detail["order"])
        if is_american and context.usual is None:
            context = dataclasses.replace(context, usual="month_first")
        unsure = [
            spec for spec in pending if _asks_of_dates(columns[spec.position])
        ]
        if unsure:
            sure = [column for column in columns.values() if column.type == "date"]
            sure = [column for column in sure if not _asks_of_dates(column)]
            context = dataclasses.replace(context, dates=sure)
            for spec in unsure:
                columns[spec.position] = _column(
                    spec, facts[spec.position], evidence, context, options, raw
                )
        failing = failing_cells(
            raw, base, [columns[spec.position] for spec in pending], progress
        )
        strays |= {
            spec.position: failing.get(spec.position, []) for spec in pending
        }
        fresh = [
            spec
            for spec in pending
            if strays[spec.position]
            and columns[spec.position].type not in ("text", "id", "category")
        ]
        if last or not fresh:
            break
        evidence.add_all({spec.position: strays[spec.position] for spec in fresh})
        updated = evidence.facts([spec.position for spec in fresh])
        pending = [
            spec for spec in fresh if updated[spec.position] != facts[spec.position]
        ]
        facts |= updated
        if not pending:
            break
    positions = [spec.position for spec in specs]
    return [
        _with_edits(columns[position], strays.get(position, []), facts[position])
        for position in positions
    ]


def _asks_of_dates(column: ColumnReading) -> bool:
    """Whether it is open in which order, or of which year, the dates of a column are."""
    keys = ("question.date_order", "question.date_year")
    return any(key in question.key for question in column.questions for key in keys)


def _column(
    spec: ColumnSpec,
    facts: ColumnEvidence,
    evidence: Evidence,
    context: FileContext,
    options: CleanOptions,
    raw: RawTable,
) -> ColumnReading:
    """The reading of one column by what is known of it so far."""
    delimiter, is_said = raw.reading.delimiter, spec.type is not None
    order, positive = (
        options.of(setting, spec.name, spec.source)
        for setting in ("date_order", "positive")
    )
    kind = spec.type or looks_like(
        spec, facts, evidence, context, options, delimiter
    )
    if spec.role in RATED or (kind == "number" and not facts.numeric):
        rating = rating_column(spec, facts, evidence)
        if rating:
            return rating
        if spec.role == "rating" and not facts.dot + facts.comma_only:
            kind = "category"  # in words, which have no mean
    if kind == "date":
        is_said = is_said or are_written_out(spec, facts)
        column = date_column(spec, facts, evidence, context, order, is_said)
        if spec.order and not order and _asks_for_order(column):
            return date_column(spec, facts, evidence, context, spec.order, is_said)
        return column
    if kind in ("number", "money"):
        figures = FigureOptions.of(spec, options, delimiter)
        column = number_column(
            spec, facts, figures, kind == "money", guarded=not is_said
        )
        return _lighter(column, evidence)
    if kind == "flag":
        meaning = options.of("blank_flags", spec.name, spec.source)
        blank = Blank(evidence.blank_cells(spec.position), meaning)
        return flag_column(spec, evidence.commonest(spec.position), positive, blank)
    if kind == "category" and not spec.role:
        options = text.as_written(options, evidence.written(spec.position))
    may_be_loose = kind != "text" or spec.role == "product"
    tidy = raw.tidy or (may_be_loose and text.is_tidy(raw, spec.position))
    return text.text_column(spec, kind, facts, options, tidy)


def _asks_for_order(column: ColumnReading) -> bool:
    return any(question.key.endswith("_unclear") for question in column.questions)


def _lighter(column: ColumnReading, evidence: Evidence) -> ColumnReading:
    """The same column of numbers read by one pattern.

    Where that gives the same for all that was seen (what differs further on is found).
    """
    if not column.light or len(column.detail.get("currencies", ())) > 1:
        return column
    value = column.light
    same = evidence.same(column.position, value, column.value, column.structs)
    return (
        dataclasses.replace(column, value=value, plain=False, structs={})
        if same
        else column
    )


def _with_edits(
    column: ColumnReading,
    strays: Sequence[tuple[str, int]],
    facts: ColumnEvidence,
) -> ColumnReading:
    """The column with its cells that cannot be read as edits.

    A role that most cells cannot fill is the reader's to mend.
    """
    if not strays and column.bare:
        return dataclasses.replace(column, value=column.bare)
    if column.type in ("text", "id", "category") or not strays:
        return column
    words = [value for value, _ in strays if value.strip().lower() in MISSING_WORDS]
    odd = len(strays) - len(words)
    if (
        column.type == "date"
    ):  # 31/02/2011 is no date, but it shows that the column holds dates
        odd = min(odd, facts.filled - sum(facts.families.values()))
    if column.role and odd and facts.filled and odd > 0.5 * facts.filled:
        key = {"date": "cleaning.not_dates", "flag": "cleaning.not_a_flag"}.get(
            column.type, "cleaning.not_numbers"
        )
        examples = [value for value, _ in strays if value not in words][:4]
        raise AnalysisError(
            key,
            column=column.source,
            role=column.role,
            examples=examples,
            count=odd,
        )
    if column.role in _MEASURED and len(words) < len(strays):
        unread = _ask_of_unread(column, strays, words)
        column = dataclasses.replace(column, questions=(*column.questions, unread))
    plain = f"lower({plain_text(column.cell)})"
    bad = f"NOT {is_blank(column.cell)} AND ({column.value}) IS NULL"
    marker = one_of(plain, MISSING_WORDS)
    edits = [Edit("types", "missing_word", f"{bad} AND {marker}", "NULL")]
    if column.type == "date":
        shaped = f"({family(plain_text(column.cell))}) IS NOT NULL"
        edits += [
            Edit(
                "types",
                "impossible_date",
                f"{bad} AND NOT {marker} AND {shaped}",
                "NULL",
            ),
            Edit(
                "types",
                "not_a_date",
                f"{bad} AND NOT {marker} AND NOT {shaped}",
                "NULL",
            ),
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


def _begun(value: str) -> str:
    """A cell as a sentence names it: its beginning, where it is long."""
    return value if len(value) <= _EXAMPLE else f"{value[: _EXAMPLE - 1]}…"


def _ask_of_unread(
    column: ColumnReading,
    strays: Sequence[tuple[str, int]],
    words: Sequence[str],
) -> Message:
    """What to say of cells that are no date, or no figure, in a column that is to hold them."""
    unread = [(value, count) for value, count in strays if value not in words]
    details = {
        "column": column.source,
        "count": sum(count for _, count in unread),
        "examples": [_begun(value) for value, _ in unread[:4]],
    }
    key = "dates_unread" if column.type == "date" else "figures_unread"
    return Message(f"cleaning.question.{key}", details)
