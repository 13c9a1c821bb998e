"""Large plain files: DuckDB does the parsing with the dialect pinned; where its count is not the expected one, it is not believed."""

from __future__ import annotations

import uuid
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from crm_analysis.engine import Engine, quoted
from crm_analysis.jobs import Progress
from crm_analysis.tables.reading.anatomy import Plan
from crm_analysis.tables.reading.body import FOOT, Outcome, place_record, reason_in_body
from crm_analysis.tables.reading.foot import foot_of, total_words
from crm_analysis.tables.reading.records import Dialect, Record, split_lines, split_records
from crm_analysis.tables.reading.scan import Lines, Scan, scan_lines, texts_at
from crm_analysis.tables.reading.store import store_rows

__all__ = ["read_fast"]

_MOST_MISFITS = 200
_TAIL = 1 << 18


@dataclass(frozen=True)
class _Loaded:
    table: str  # its full name, as SQL
    kept: int
    misfits: list[tuple[int, int, str]]  # byte offset, line, text


def read_fast(
    engine: Engine, store: str, path: Path, scan: Scan, dialect: Dialect, plan: Plan, head: list[Record], keep: frozenset[int], mark: int, progress: Progress
) -> Outcome | None:
    """Fill `store` from a UTF-8 file and give the books; None where only the reference splitter can be trusted."""
    if not _is_plain(scan, dialect, plan, head):
        return None
    quote = dialect.quote.encode() if dialect.quote else None
    if quote == b'"' and not scan.quotes:
        quote = None
    begun = [record for record in head if record.line < plan.first_row]
    with ThreadPoolExecutor(1) as beside:  # lines are counted in one thread while DuckDB parses in the others
        counting = beside.submit(_lines, path, dialect, quote, mark)
        loaded = _load(engine, store, path, dialect, quote, plan, scan, counting, sum(bool(record.text) for record in begun), progress)
    lines = counting.result()
    if loaded is None or lines is None:
        return None
    starts = None
    if lines.blanks or lines.inside or loaded.misfits:
        known = _lines(path, dialect, quote, mark, starts=True)
        starts = known.starts if known else None
    outcome = Outcome(tidy=scan.sample is None and not lines.loose_spaces and not lines.inside)
    put_back = [(record.line, row) for record in begun if (row := place_record(record, plan, dialect, keep, outcome, {})) is not None]
    outcome.blank += lines.blanks - sum(not record.text for record in begun)
    outcome.records += lines.blanks - sum(not record.text for record in begun)
    foot = _foot(path, dialect, plan, keep, lines, starts)
    mended = put_back
    for _, line, text in loaded.misfits:
        record = next(split_records(split_lines(text), dialect, plan.width, line))
        row = place_record(record, plan, dialect, keep, outcome, {at: reason for at, (reason, _) in foot.items()})
        if row is not None:
            mended.append((line, row))
    aside = {line: pair for line, pair in foot.items() if line not in {at for _, at, _ in loaded.misfits}}
    if not _publish(engine, store, loaded, plan, starts, aside, mended, outcome, keep, path):
        return None
    progress(0.95, "reading.step_store")
    return outcome


def _lines(path: Path, dialect: Dialect, quote: bytes | None, mark: int, starts: bool = False) -> Lines | None:
    with path.open("rb") as stream:
        return scan_lines(stream, (dialect.delimiter or "").encode(), quote, mark, starts)


def _is_plain(scan: Scan, dialect: Dialect, plan: Plan, head: list[Record]) -> bool:
    one_byte = dialect.delimiter is not None and len(dialect.delimiter.encode()) == 1 and dialect.delimiter not in "\r\n\0" and not dialect.delimiter.isalnum()
    ends = scan.lone_returns == 0 and scan.pairs in (0, scan.feeds) and scan.feeds > 0
    simple = dialect.escape is None and not dialect.skip_space and dialect.quote in (None, '"', "'")
    begun = all(record.lines == 1 for record in head if record.line < plan.first_row)
    return one_byte and ends and simple and begun and scan.zeros == 0 and plan.width > 1 and plan.shapes is not None


def _load(
    engine: Engine,
    store: str,
    path: Path,
    dialect: Dialect,
    quote: bytes | None,
    plan: Plan,
    scan: Scan,
    counting: Future[Lines | None],
    begun: int,
    progress: Progress,
) -> _Loaded | None:
    table = engine.passing(f"{store}_text", path.stat().st_size)
    text = quote.decode() if quote else ""
    options = {
        "header": "false",
        "auto_detect": "false",
        "skip": str(plan.first_row - 1),
        "delim": _literal(dialect.delimiter or ""),
        "quote": _literal(text),
        "escape": _literal(text),
        "new_line": _literal("\\r\\n" if scan.pairs else "\\n"),
        # No cell is NULL: a word that is in no file, drawn anew for each.
        "nullstr": _literal(f"null{uuid.uuid4().hex}"),
        "max_line_size": "16000000",
        "buffer_size": "32000000",  # or a long line's bound would make one buffer of a whole file, read by one thread
        "columns": "{" + ", ".join(f"'c{place}': 'VARCHAR'" for place in range(plan.width)) + "}",
        "store_rejects": "true",
        "rejects_limit": str(_MOST_MISFITS + 1),
    }
    call = f"read_csv({_literal(str(path))}, {', '.join(f'{key} = {value}' for key, value in options.items())})"
    sql = (
        f"CREATE OR REPLACE TABLE {table} AS FROM {call}; "
        "SELECT DISTINCT line_byte_position, csv_line FROM reject_errors WHERE error_type IN ('MISSING COLUMNS', 'TOO MANY COLUMNS') ORDER BY 1"
    )
    try:
        misfits = engine.run(sql, progress=progress, step="reading.step_parse", start=0.1, end=0.9)
        kept = engine.run(f"SELECT count(*) FROM {table}")[0][0]
        first = engine.run(f"SELECT * FROM {table} LIMIT 1")
    except (duckdb.InvalidInputException, duckdb.ConversionException):
        _drop(engine, table)
        return None
    with path.open("rb") as stream:
        whole_first = next(islice(stream, plan.first_row - 1, None), b"")
    lines = counting.result()
    expected = lines.records - begun if lines else -1
    if len(misfits) > _MOST_MISFITS or kept + len(misfits) != expected or not kept:
        _drop(engine, table)
        return None
    with path.open("rb") as stream:
        placed = texts_at(stream, [int(offset) for offset, _ in misfits])
    if placed is None or not all(raw for _, raw in placed):
        _drop(engine, table)
        return None
    found = [(int(offset), line, raw.decode("utf-8-sig")) for (offset, _), (line, raw) in zip(misfits, placed, strict=True)]
    if (
        not all(text for _, _, text in found)
        or any(later[1] - earlier[1] <= 4 for earlier, later in zip(found, found[4:], strict=False))
        or any(text.count(dialect.quote or "\0") % 2 for _, _, text in found)
    ):
        _drop(engine, table)
        return None
    regular = (not found or found[0][1] > plan.first_row) and not (dialect.quote and dialect.quote.encode() in whole_first)
    if regular and list(first[0]) != whole_first.decode("utf-8-sig").rstrip("\r\n").split(dialect.delimiter):
        _drop(engine, table)
        return None
    return _Loaded(table, kept, found)


def _foot(path: Path, dialect: Dialect, plan: Plan, keep: frozenset[int], lines: Lines, starts: np.ndarray | None) -> dict[int, tuple[str, str]]:
    """The lines of totals and notes at the end, with reason and text."""
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - _TAIL))
        tail = stream.read().decode("utf-8", "replace")
    texts = list(split_lines(tail, any_end=False))[1:]
    first = max(lines.lines - len(texts) + 1, plan.first_row)
    if starts is not None:
        begins = starts[starts >= first]
        first = int(begins[-2 * FOOT] if len(begins) > 2 * FOOT else begins[0]) if len(begins) else lines.lines + 1
    else:
        first = max(first, lines.lines - 2 * FOOT)
    texts = texts[len(texts) - (lines.lines - first + 1) :]
    records = list(split_records(texts, dialect, plan.width, first))[-FOOT:]
    found = foot_of(records, plan, keep)
    return {record.line: (found[record.line], record.text) for record in records if record.line in found}


def _publish(
    engine: Engine,
    store: str,
    loaded: _Loaded,
    plan: Plan,
    starts: np.ndarray | None,
    aside: dict[int, tuple[str, str]],
    mended: list[tuple[int, list[str]]],
    outcome: Outcome,
    keep: frozenset[int],
    path: Path,
) -> bool:
    """Give the parsed rows their lines under the name `store`: a view where lines follow from the row's place, else a table."""
    lines = None
    if starts is not None:
        misfits = np.array([line for _, line, _ in loaded.misfits], np.int64)
        lines = starts[starts >= plan.first_row]
        lines = lines[~np.isin(lines, misfits)]
        if len(lines) != loaded.kept:
            _drop(engine, loaded.table)
            return False
    found = _inside(engine, loaded.table, plan, lines, keep, path)
    aside = aside | {line: pair for line, pair in found.items() if line not in aside}
    outcome.aside += [(line, reason, text) for line, (reason, text) in aside.items()]
    outcome.aside.sort()
    outcome.rows += loaded.kept - len(aside) + len(mended)
    outcome.records += loaded.kept
    columns = ", ".join(f"c{place}" for place in range(plan.width))
    if lines is None and not mended and len(aside) <= _MOST_MISFITS:
        out = ", ".join(str(line - plan.first_row) for line in aside)
        where = f"WHERE rowid NOT IN ({out})" if out else ""
        engine.run(
            f"CREATE VIEW {quoted(store)} AS SELECT 0::SMALLINT AS _source, (rowid + {plan.first_row})::BIGINT AS _line, {columns} FROM {loaded.table} {where}"
        )
        return True
    numbers = lines if lines is not None else np.arange(plan.first_row, plan.first_row + loaded.kept)
    with engine.cursor() as cursor:
        cursor.register("numbers", pa.table({"_line": pa.array(numbers, pa.int64())}))
        cursor.register("left_out", pa.table({"_line": pa.array(sorted(aside), pa.int64())}))
        cursor.execute(
            f"CREATE TABLE {quoted(store)} AS SELECT 0::SMALLINT AS _source, n._line AS _line, {columns} FROM {loaded.table} t POSITIONAL JOIN numbers n "
            "WHERE n._line NOT IN (SELECT _line FROM left_out)"
        )
        cursor.unregister("numbers")
        cursor.unregister("left_out")
    _drop(engine, loaded.table)
    store_rows(engine, store, mended, plan.width)
    return True


def _inside(engine: Engine, table: str, plan: Plan, lines: np.ndarray | None, keep: frozenset[int], path: Path) -> dict[int, tuple[str, str]]:
    """Header lines and totals in the midst of the rows."""
    first_three = min(3, plan.width)
    cases = [f"CASE WHEN trim(c{place}) <> '' THEN c{place} " for place in range(first_three)]
    name = "".join(case + "ELSE " for case in cases) + "''" + " END" * first_three
    words = ", ".join(_literal(word) for word in total_words())
    # No such word begins with a digit, most first cells do: they are spared the rest.
    tests = [f"(c0 < '0' OR c0 > ':') AND rtrim(lower(trim({name})), ':： ') IN ({words})"] if plan.width > 2 else []
    if plan.header_fields:
        first = _literal(plan.header_fields[-1][0].strip())
        tests.append(f"contains(c0, {first}) AND trim(c0) = {first}")
    if not tests:
        return {}
    rows = engine.run(f"SELECT rowid, * FROM {table} WHERE {' OR '.join(f'({test})' for test in tests)}")
    reasons: dict[int, str] = {}
    for row in rows:
        line = int(lines[row[0]]) if lines is not None else row[0] + plan.first_row
        reason = reason_in_body(Record(line, list(row[1:]), ""), plan)
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


def _drop(engine: Engine, table: str) -> None:
    engine.run(f"DROP TABLE IF EXISTS {table}")
