"""Large plain files: Arrow, or DuckDB with the dialect pinned, does the parsing; where their count is not the expected one, they are not believed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import numpy as np

from crm_analysis.engine import Engine, give_back_memory, quoted
from crm_analysis.jobs import Progress
from crm_analysis.tables.reading.arrow_parser import Coded, parse_coded
from crm_analysis.tables.reading.body import FOOT, Outcome, place_record, reason_in_body
from crm_analysis.tables.reading.duckdb_parser import Pinned, parse_pinned
from crm_analysis.tables.reading.footer import foot_of, total_words
from crm_analysis.tables.reading.records import Dialect, Record, split_lines, split_records
from crm_analysis.tables.reading.scan import Lines, Scan, scan_lines
from crm_analysis.tables.reading.store import store_rows
from crm_analysis.tables.reading.structure import Plan

__all__ = ["read_fast"]

_TAIL = 1 << 18


def read_fast(
    engine: Engine,
    store: str,
    path: Path,
    scan: Scan,
    dialect: Dialect,
    plan: Plan,
    head: list[Record],
    keep: frozenset[int],
    mark: int,
    progress: Progress,
) -> Outcome | None:
    """Fill `store` from a UTF-8 file and give the books; None where only the reference splitter can be trusted."""
    if not _is_plain(scan, dialect, plan, head):
        return None
    quote = dialect.quote.encode() if dialect.quote else None
    if quote == b'"' and not scan.quotes:
        quote = None
    begun = [record for record in head if record.line < plan.first_row]
    outcome = Outcome()
    mended = [
        (record.line, row)
        for record in begun
        if (row := place_record(record, plan, dialect, keep, outcome, {})) is not None
    ]
    loaded, lines = _parsed(
        engine, store, path, scan, dialect, quote, plan, begun, mark, progress, regular=not mended
    )
    if loaded is None or lines is None:
        return None
    starts = None
    if lines.blanks or lines.inside or loaded.misfits:
        known = _lines(path, dialect, quote, mark, starts=True)
        starts = known.starts if known else None
    outcome.tidy = scan.sample is None and not lines.loose_spaces and not lines.inside
    outcome.blank += lines.blanks - sum(not record.text for record in begun)
    outcome.records += lines.blanks - sum(not record.text for record in begun)
    aside = _foot(path, dialect, plan, keep, lines, starts)
    for _, line, text in loaded.misfits:
        record = next(split_records(split_lines(text), dialect, plan.width, line))
        row = place_record(
            record, plan, dialect, keep, outcome, {at: reason for at, (reason, _) in aside.items()}
        )
        if row is not None:
            mended.append((line, row))
    begins = _begins(starts, plan, loaded.misfits) if starts is not None else None
    if (begins is not None and len(begins) != loaded.kept) or not _says(
        path, int(begins[0]) if begins is not None else plan.first_row, dialect, loaded.first()
    ):
        loaded.drop()
        return None
    loaded.place(store, begins, as_table=bool(mended))
    aside = _inside(engine, store, plan, keep, path) | {
        line: pair
        for line, pair in aside.items()
        if line not in {at for _, at, _ in loaded.misfits}
    }
    loaded.leave_out(store, aside)
    if mended:
        store_rows(engine, store, mended, plan.width)
    outcome.aside += [(line, reason, text) for line, (reason, text) in aside.items()]
    outcome.aside.sort()
    outcome.rows += loaded.kept - len(aside) + len(mended)
    outcome.records += loaded.kept
    outcome.coded = loaded if isinstance(loaded, Coded) else None
    give_back_memory()
    progress(0.95, "reading.step_store")
    return outcome


def _parsed(
    engine: Engine,
    store: str,
    path: Path,
    scan: Scan,
    dialect: Dialect,
    quote: bytes | None,
    plan: Plan,
    begun: Sequence[Record],
    mark: int,
    progress: Progress,
    regular: bool,
) -> tuple[Coded | Pinned | None, Lines | None]:
    """The rows, and what was counted of the lines; `regular`: no line before the first row is to be a row."""
    coded = None
    regular = regular and engine.holds(path.stat().st_size)
    if regular and quote is None:
        coded = parse_coded(engine, path, dialect, quote, plan, progress)
        lines = _a_row_a_line(path, scan, plan, coded.kept, begun) if coded else None
        if lines:
            return coded, lines
    before = sum(bool(record.text) for record in begun)
    with ThreadPoolExecutor(1) as beside:  # lines are counted in one thread while others parse
        counting = beside.submit(_lines, path, dialect, quote, mark)
        if regular and quote:
            coded = parse_coded(engine, path, dialect, quote, plan, progress)
        counted = counting.result() if coded else None
        if coded and counted and not counted.inside and coded.kept == counted.records - before:
            return coded, counted
        return parse_pinned(
            engine, store, path, dialect, quote, plan, scan, counting, before, progress
        ), counting.result()


def _a_row_a_line(
    path: Path, scan: Scan, plan: Plan, rows: int, begun: Sequence[Record]
) -> Lines | None:
    """What there is to count of a file without quotes, in which from the first row on each line is a row; None where there are not as many."""
    with path.open("rb") as stream:
        stream.seek(-1, os.SEEK_END)
        lines = scan.feeds + (stream.read() != b"\n")
    blanks = sum(not record.text for record in begun)
    # Whether spaces are loose is left to whom it concerns.
    return (
        Lines(lines, lines - blanks, blanks, loose_spaces=True)
        if rows == lines - (plan.first_row - 1)
        else None
    )


def _lines(
    path: Path, dialect: Dialect, quote: bytes | None, mark: int, starts: bool = False
) -> Lines | None:
    with path.open("rb") as stream:
        return scan_lines(stream, (dialect.delimiter or "").encode(), quote, mark, starts)


def _begins(starts: np.ndarray, plan: Plan, misfits: Sequence[tuple[int, int, str]]) -> np.ndarray:
    """The lines on which the parsed rows begin."""
    lines = starts[starts >= plan.first_row]
    return lines[~np.isin(lines, np.array([line for _, line, _ in misfits], np.int64))]


def _says(path: Path, number: int, dialect: Dialect, row: Sequence[str]) -> bool:
    """Whether a line of the file says what a row does; one with quotes is not looked at."""
    with path.open("rb") as stream:
        line = next(islice(stream, number - 1, None), b"")
    if dialect.quote and dialect.quote.encode() in line:
        return True
    return list(row) == line.decode("utf-8-sig").rstrip("\r\n").split(dialect.delimiter)


def _is_plain(scan: Scan, dialect: Dialect, plan: Plan, head: list[Record]) -> bool:
    one_byte = (
        dialect.delimiter is not None
        and len(dialect.delimiter.encode()) == 1
        and dialect.delimiter not in "\r\n\0"
        and not dialect.delimiter.isalnum()
    )
    ends = scan.lone_returns == 0 and scan.pairs in (0, scan.feeds) and scan.feeds > 0
    simple = dialect.escape is None and not dialect.skip_space and dialect.quote in (None, '"', "'")
    begun = all(record.lines == 1 for record in head if record.line < plan.first_row)
    return (
        one_byte
        and ends
        and simple
        and begun
        and scan.zeros == 0
        and plan.width > 1
        and plan.shapes is not None
    )


def _foot(
    path: Path,
    dialect: Dialect,
    plan: Plan,
    keep: frozenset[int],
    lines: Lines,
    starts: np.ndarray | None,
) -> dict[int, tuple[str, str]]:
    """The lines of totals and notes at the end, with reason and text."""
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - _TAIL))
        tail = stream.read().decode("utf-8", "replace")
    texts = list(split_lines(tail, any_end=False))[1:]
    first = max(lines.lines - len(texts) + 1, plan.first_row)
    if starts is not None:
        begins = starts[starts >= first]
        first = (
            int(begins[-2 * FOOT] if len(begins) > 2 * FOOT else begins[0])
            if len(begins)
            else lines.lines + 1
        )
    else:
        first = max(first, lines.lines - 2 * FOOT)
    texts = texts[len(texts) - (lines.lines - first + 1) :]
    records = list(split_records(texts, dialect, plan.width, first))[-FOOT:]
    found = foot_of(records, plan, keep)
    return {
        record.line: (found[record.line], record.text) for record in records if record.line in found
    }


def _inside(
    engine: Engine, store: str, plan: Plan, keep: frozenset[int], path: Path
) -> dict[int, tuple[str, str]]:
    """Header lines and totals in the midst of the rows."""
    first_three = min(3, plan.width)
    cases = [f"CASE WHEN trim(c{place}) <> '' THEN c{place} " for place in range(first_three)]
    name = "".join(case + "ELSE " for case in cases) + "''" + " END" * first_three
    words = ", ".join(_literal(word) for word in total_words())
    tests = [f"rtrim(lower(trim({name})), ':： ') IN ({words})"] if plan.width > 2 else []
    # No such word begins with a digit, most first cells do: they are spared the rest.
    spared = "(c0 < '0' OR c0 > ':')"
    if plan.header_fields:
        first = plan.header_fields[-1][0].strip()
        tests.append(f"trim(c0) = {_literal(first)}")
        spared = "true" if "0" <= first[:1] <= ":" else spared
    if not tests:
        return {}
    found = [
        line
        for (line,) in engine.run(
            f"SELECT _line FROM {quoted(store)} WHERE {spared} AND ({' OR '.join(tests)})"
        )
    ]
    if not found:  # as a rule; then the other columns need not be looked at
        return {}
    cells = ", ".join(f"c{place}" for place in range(plan.width))
    reasons: dict[int, str] = {}
    for line, *row in engine.run(
        f"SELECT _line, {cells} FROM {quoted(store)} WHERE list_contains(?, _line)", [found]
    ):
        reason = reason_in_body(Record(line, row, ""), plan)
        if reason and line not in keep:
            reasons[line] = reason
    if not reasons:
        return {}
    texts: dict[int, str] = {}
    with path.open("rb") as stream:
        for number, raw in enumerate(stream, start=1):
            if number in reasons:
                texts[number] = raw.decode("utf-8", "replace").rstrip("\r\n")
    return {line: (reason, texts[line]) for line, reason in reasons.items()}


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
