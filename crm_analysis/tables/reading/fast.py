"""Large plain files: Arrow or DuckDB does the parsing.

Where their count is not the expected one, they are not believed.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from crm_analysis.engine import give_back_memory, literal, quoted
from crm_analysis.tables.reading.arrow_parser import CodedRows, parse_with_arrow
from crm_analysis.tables.reading.body import FOOTER_RECORDS, Body, RecordCounts
from crm_analysis.tables.reading.duckdb_parser import (
    TextRows,
    parse_with_duckdb,
)
from crm_analysis.tables.reading.footer import footer_of
from crm_analysis.tables.reading.records import (
    Record,
    split_lines,
    split_records,
)
from crm_analysis.tables.reading.scan import LineCounts
from crm_analysis.tables.reading.source import Source
from crm_analysis.tables.reading.store import store_rows
from crm_analysis.tables.reading.text_file import DelimitedFile
from crm_analysis.tables.reading.total_names import (
    NAMED_CELLS,
    any_names_a_total,
    has_words,
    may_name_a_total,
)
from crm_analysis.tables.reading.totals import settle_totals

_TAIL_BYTES = 1 << 18

Aside = dict[
    int, tuple[str, str]
]  # line: why the record there is no row, and its text


@dataclass(frozen=True)
class FastResult:
    """What a fast parser found: see `RawTable` for `tidy` and `coded`."""

    counts: RecordCounts
    tidy: bool = False
    coded: CodedRows | None = None


def read_fast(
    source: Source, file: DelimitedFile, head: Sequence[Record]
) -> FastResult | None:
    """Fill the source's store from a file; None where only the reference splitter can be trusted.

    `head` are the first records of the file, as the reference splitter sees them.
    """
    structure = file.structure
    before = [record for record in head if record.line < structure.first_row]
    if not file.is_plain() or any(record.lines > 1 for record in before):
        return None
    body = Body(structure, file.dialect, source.put_back)
    counts = body.counts
    rows = [
        (record.line, row)
        for record in before
        if (row := body.row(record, {})) is not None
    ]
    parsed = _parse(source, file, before, may_be_regular=not rows)
    if parsed is None:
        return None
    table, lines = parsed
    starts = None
    if lines.blanks or lines.inside or table.misfits:
        counted = file.count_lines(starts=True)
        starts = counted.starts if counted else None
    blanks = lines.blanks - sum(not record.text for record in before)
    counts.blank += blanks
    counts.records += blanks + table.kept
    aside = _footer(source, file, lines.lines, starts)
    reasons = {line: reason for line, (reason, _) in aside.items()}
    for line, text in table.misfits:
        record = next(
            split_records(split_lines(text), file.dialect, structure.width, line)
        )
        aside.pop(line, None)
        row = body.row(record, reasons)
        if row is not None:
            rows.append((line, row))
    begins = None if starts is None else _begins(starts, file, table)
    if not _is_believable(file, table, begins):
        table.drop()
        return None
    counts.rows += table.kept + len(rows)
    table.place(source.store, begins, as_table=bool(rows))
    aside = _amid_rows(source, file, body, table) | aside
    table.leave_out(source.store, aside)
    if rows:
        store_rows(source.engine, source.store, rows, structure.width)
    counts.rows -= len(aside)
    counts.aside += [(line, reason, text) for line, (reason, text) in aside.items()]
    counts.aside.sort()
    give_back_memory()
    source.progress(0.95, "reading.step_store")
    return FastResult(
        counts,
        tidy=file.scan.sample is None
        and not lines.loose_spaces
        and not lines.inside,
        coded=table if isinstance(table, CodedRows) else None,
    )


def _parse(
    source: Source,
    file: DelimitedFile,
    before: Sequence[Record],
    may_be_regular: bool,
) -> tuple[CodedRows | TextRows, LineCounts] | None:
    """The rows, and what was counted of the lines.

    `before` are the records before the first row; `may_be_regular`: none of them is to be a row.
    """
    coded = None
    may_be_regular = may_be_regular and source.engine.fits_in_memory(file.size)
    if may_be_regular and file.quote is None:
        coded = parse_with_arrow(source.engine, file, source.progress)
        if coded and (lines := _one_row_a_line(file, coded.kept, before)):
            return coded, lines
    filled_before = sum(bool(record.text) for record in before)
    with ThreadPoolExecutor(
        1
    ) as pool:  # lines are counted in one thread while others parse
        counting = pool.submit(file.count_lines)
        if may_be_regular and file.quote:
            coded = parse_with_arrow(source.engine, file, source.progress)
        counted = counting.result() if coded else None
        if (
            coded
            and counted
            and not counted.inside
            and coded.kept == counted.records - filled_before
        ):
            return coded, counted
        table = parse_with_duckdb(source, file, counting, filled_before)
        counted = counting.result()
    return (table, counted) if table and counted else None


def _one_row_a_line(
    file: DelimitedFile, rows: int, before: Sequence[Record]
) -> LineCounts | None:
    """The counts of a file in which from the first row on each line is a row; None where not.

    There are no quotes in it. Whether spaces are loose is left to whom it concerns.
    """
    with file.path.open("rb") as stream:
        stream.seek(-1, os.SEEK_END)
        lines = file.scan.feeds + (stream.read() != b"\n")
    if rows != lines - (file.structure.first_row - 1):
        return None
    blanks = sum(not record.text for record in before)
    return LineCounts(lines, lines - blanks, blanks, loose_spaces=True)


def _begins(
    starts: np.ndarray, file: DelimitedFile, table: CodedRows | TextRows
) -> np.ndarray:
    """The lines on which the parsed rows begin."""
    lines = starts[starts >= file.structure.first_row]
    misfits = np.array([line for line, _ in table.misfits], np.int64)
    return lines[~np.isin(lines, misfits)]


def _is_believable(
    file: DelimitedFile, table: CodedRows | TextRows, begins: np.ndarray | None
) -> bool:
    """Whether there are as many rows as should be, and the first says what its line does."""
    first = file.structure.first_row
    if begins is not None:
        if len(begins) != table.kept:
            return False
        first = int(begins[0])
    fields = file.fields_on(first)
    return fields is None or fields == list(table.first())


def _footer(
    source: Source, file: DelimitedFile, lines: int, starts: np.ndarray | None
) -> Aside:
    """Totals and notes at the end of a file of so many lines."""
    with file.path.open("rb") as stream:
        stream.seek(max(0, file.size - _TAIL_BYTES))
        tail = stream.read().decode("utf-8", "replace")
    texts = list(split_lines(tail, any_end=False))[1:]
    first = max(lines - len(texts) + 1, file.structure.first_row)
    if starts is None:
        first = max(first, lines - 2 * FOOTER_RECORDS)
    else:
        begins = [*starts[starts >= first], lines + 1]
        first = int(begins[-2 * FOOTER_RECORDS - 1 :][0])
    texts = texts[len(texts) - (lines - first + 1) :]
    records = split_records(texts, file.dialect, file.structure.width, first)
    last = list(records)[-FOOTER_RECORDS:]
    footer = footer_of(last, file.structure, source.put_back)
    return {
        record.line: (footer[record.line], record.text)
        for record in last
        if record.line in footer
    }


def _amid_rows(
    source: Source, file: DelimitedFile, body: Body, parsed: CodedRows | TextRows
) -> Aside:
    """Header lines and totals in the midst of the rows."""
    condition = _may_be_no_row(source, file, parsed)
    if condition is None:
        return {}
    engine, table = source.engine, quoted(source.store)
    lines = [
        line
        for (line,) in engine.run(f"SELECT _line FROM {table} WHERE {condition}")
    ]
    if not lines:  # as a rule; then the other columns need not be looked at
        return {}
    reasons: dict[int, str] = {}
    cells = ", ".join(file.columns)
    sql = f"SELECT _line, {cells} FROM {table} WHERE list_contains(?, _line)"
    for line, *row in engine.run(sql, [lines]):
        if line in source.put_back:
            continue
        reason = body.reason(Record(line, row, ""))
        if reason:
            reasons[line] = reason
    width = file.structure.width
    settled = settle_totals(engine, source.store, width, body.counts.totals)
    body.counts.differing += settled.differing
    reasons |= dict.fromkeys(settled.aside, "total")
    if not reasons:
        return {}
    aside: Aside = {}
    with file.path.open("rb") as stream:
        for number, raw in enumerate(stream, start=1):
            if number in reasons:
                aside[number] = (
                    reasons[number],
                    raw.decode("utf-8", "replace").rstrip("\r\n"),
                )
    return aside


def _may_be_no_row(
    source: Source, file: DelimitedFile, parsed: CodedRows | TextRows
) -> str | None:
    """SQL: whether a row begins as a header line or a total does; None where there are none."""
    words = parsed.words if isinstance(parsed, CodedRows) else {}
    named = NAMED_CELLS if file.structure.width > 1 else 0
    columns = [
        column
        for position, column in enumerate(file.columns[:named])
        if any_names_a_total(words.get(position))
    ]
    with_words = _with_words(source, parsed, list(dict.fromkeys([*columns, "c0"])))
    tests = [may_name_a_total(column) for column in columns if column in with_words]
    if file.structure.header_fields:
        first = file.structure.header_fields[-1][0].strip()
        # Most first cells begin with a digit, most headings do not: those are spared the rest.
        is_figure = "0" <= first[:1] <= ":"
        spared = "true" if is_figure else "(c0 < '0' OR c0 > ':')"
        if is_figure or "c0" in with_words:
            tests.append(f"{spared} AND trim(c0) = {literal(first)}")
    return " OR ".join(tests) or None


def _with_words(
    source: Source, parsed: CodedRows | TextRows, columns: Sequence[str]
) -> list[str]:
    """The columns in which any cell is more than an id, a figure or a date."""
    if isinstance(parsed, CodedRows):
        columns = [name for name in columns if not parsed.is_between_digits(name)]
    if not columns:
        return []
    tests = ", ".join(f"bool_or({has_words(column)})" for column in columns)
    (hits,) = source.engine.run(f"SELECT {tests} FROM {quoted(source.store)}")
    return [column for column, has in zip(columns, hits, strict=True) if has]
