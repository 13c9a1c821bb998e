"""The way of a file from its bytes to the store."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Literal

import pandas as pd

from crm_analysis.engine import Engine
from crm_analysis.errors import AnalysisError
from crm_analysis.jobs import Progress
from crm_analysis.tables.reading.baskets import are_baskets
from crm_analysis.tables.reading.body import Body, without_copy
from crm_analysis.tables.reading.bounds import (
    MAXIMUM_COLUMNS,
    check_columns,
    check_headings,
    check_lines,
    check_records,
)
from crm_analysis.tables.reading.encoding import (
    Encoding,
    choose_encoding,
    detect,
)
from crm_analysis.tables.reading.fast import FastResult, read_fast
from crm_analysis.tables.reading.outcome import leave_out_totals, raw_table
from crm_analysis.tables.reading.parting import may_be_parted
from crm_analysis.tables.reading.raw import RawTable, ReadOptions
from crm_analysis.tables.reading.records import Dialect, Record, split_lines
from crm_analysis.tables.reading.reshaping import known_header
from crm_analysis.tables.reading.scan import Scan, scan_bytes
from crm_analysis.tables.reading.source import Source
from crm_analysis.tables.reading.splitter import (
    Splitter,
    find_splitter,
    sample_text,
)
from crm_analysis.tables.reading.store import (
    new_name,
    store_baskets,
    store_rows,
)
from crm_analysis.tables.reading.structure import (
    Structure,
    find_structure,
    rows_of,
)
from crm_analysis.tables.reading.text_file import DelimitedFile, TextFile
from crm_analysis.tables.reading.thousands import joined_thousands
from crm_analysis.tables.reading.workbook import filled_down, records_of
from crm_analysis.tables.reading.wrapping import (
    are_wrapped,
    unwrap,
    unwrap_file,
)
from crm_analysis.tables.unpacking.apart import OpenedSheet, opened
from crm_analysis.tables.unpacking.cells import cell_text
from crm_analysis.tables.unpacking.content import Content

# From this size on Arrow or DuckDB parses, and records are streamed instead of held.
FAST_FROM = 256 << 10
_HELD_UP_TO = 64 << 20  # where all records have to be seen
_HEAD_RECORDS = 3000  # looked at to find the table
_LOOKED_AT_ROWS = 200  # to see whether columns become rows
_BASKET_RECORDS = 2000  # looked at to see whether a sheet is one of baskets


def load(
    file: str | Path | bytes | pd.DataFrame,
    options: ReadOptions,
    name: str | None,
    engine: Engine,
    progress: Progress,
) -> RawTable:
    """See `read_table`."""
    progress(0.0, "reading.step_open")
    if isinstance(file, pd.DataFrame):
        content = Content(name or "frame", "frame", 0)
        return _load_frame(Source(content, options, engine, progress), file)
    with ExitStack() as cleanup:
        content, sheet = cleanup.enter_context(
            opened(file, name, engine.folder, options.sheet, progress)
        )
        source = Source(content, options, engine, progress)
        if sheet:
            return _load_sheet(source, sheet)
        with content.open() as stream:
            scan = scan_bytes(stream, content.size, progress)
        check_lines(content.name, scan)
        encoding = detect(content.head(65536), scan.utf8, scan.sample, scan.damaged)
        if options.encoding is not None:
            encoding = choose_encoding(options.encoding, encoding)
        source = replace(source, encoding=encoding)
        if content.size < FAST_FROM:
            return _load_small(source, scan, encoding)
        return _load_large(source, scan, encoding, cleanup)


def _load_frame(source: Source, frame: pd.DataFrame) -> RawTable:
    """Its column names stand on line 1, its first row on line 2."""
    if frame.columns.empty:
        raise AnalysisError("reading.empty", name=source.content.name)
    cells = frame.astype(object).where(frame.notna(), None)
    rows = [list(map(str, frame.columns))]
    rows += [
        [cell_text(cell) for cell in row]
        for row in cells.itertuples(index=False, name=None)
    ]
    records = [
        Record(line, row, "\t".join(row)) for line, row in enumerate(rows, start=1)
    ]
    if source.options.header_rows is None:
        source = replace(source, options=source.options.replace(header_rows=1))
    return _store_held(
        source, Splitter("sheet", Dialect(None, None), len(rows[0])), records
    )


def _load_sheet(source: Source, opened_sheet: OpenedSheet) -> RawTable:
    name, options = source.content.name, source.options
    sheet = opened_sheet.sheet
    read = records_of(opened_sheet, source.progress)
    records = read.records
    if not records:
        raise AnalysisError("reading.empty_sheet", name=name, sheet=sheet)
    fields = [record.fields for record in records]
    undecided = options.layout is None and options.header_rows is None
    is_baskets = options.layout == "baskets" or (
        undecided and are_baskets(fields[:_BASKET_RECORDS])
    )
    layout: Literal["baskets", "sheet"] = "baskets" if is_baskets else "sheet"
    splitter = Splitter(layout, Dialect(None, None), max(map(len, fields)))
    source = replace(
        source,
        sheet=sheet,
        sheets=opened_sheet.sheets,
        since_1904=opened_sheet.since_1904,
        hidden_sheets=opened_sheet.hidden_sheets,
        is_hidden=options.sheet is None and sheet in opened_sheet.hidden_sheets,
        merged=read.merged,
        formulas=read.formulas,
        hidden_rows=read.hidden_rows,
        hidden_columns=read.hidden_columns,
    )
    return _store_held(source, splitter, records)


def _load_small(source: Source, scan: Scan, encoding: Encoding) -> RawTable:
    """A text that is held in memory as a whole."""
    content, options = source.content, source.options
    text = (
        encoding.decode(content.head(content.size)).lstrip("\ufeff").rstrip("\x1a")
    )
    if not text.strip("\0 \t\r\n\x1a"):
        raise AnalysisError("reading.empty", name=content.name)
    wrapped = options.quote is None and are_wrapped(text)
    if wrapped:
        text = "".join(unwrap(split_lines(text)))
    splitter = replace(find_splitter(text, options, text), wrapped=wrapped)
    if not scan.utf8 and not encoding.mixed:
        source = replace(source, undecodable=text.count("\\x"))
    has_markers = "'" in text or '="' in text
    source = replace(source, zeros=text.count("\0"), may_be_marked=has_markers)
    lines = split_lines(text, splitter.dialect.any_end)
    records, joined = joined_thousands(
        list(splitter.records(lines)), splitter.dialect.delimiter
    )
    source = replace(source, thousands=joined)
    return _store_held(source, splitter, records)


def _load_large(
    source: Source, scan: Scan, encoding: Encoding, cleanup: ExitStack
) -> RawTable:
    """A text whose records are streamed from disk, or parsed there."""
    content, options, folder = (
        source.content,
        source.options,
        source.engine.folder,
    )
    path = content.on_disk(folder)
    if path != content.path:
        cleanup.callback(path.unlink, missing_ok=True)

    def temporary_path() -> Path:
        temporary = folder / f"{new_name()}.txt"
        cleanup.callback(temporary.unlink, missing_ok=True)
        return temporary

    file = TextFile(path, scan, encoding.bom)
    if encoding.name not in ("utf-8", "utf-8-sig") or not scan.utf8:
        path = temporary_path()
        source = replace(
            source, undecodable=_transcode(source, encoding, file.path, path)
        )
        file = TextFile.of(path)
    head = file.head()
    wrapped = options.quote is None and are_wrapped(head)
    if wrapped:
        path = temporary_path()
        unwrap_file(file.path, path, file.bom)
        file = TextFile.of(path)
        head = file.head()
    splitter = find_splitter(head, options, sample_text(file.path, head, file.scan))
    splitter = replace(splitter, wrapped=wrapped)
    has_markers = file.scan.apostrophes or file.scan.quotes > 0
    source = replace(source, may_be_marked=has_markers)
    any_end = splitter.dialect.any_end
    records = list(
        islice(splitter.records(split_lines(head, any_end)), _HEAD_RECORDS)
    )
    has_thousands = joined_thousands(records, splitter.dialect.delimiter)[1]
    if has_thousands and content.size <= _HELD_UP_TO:
        return _load_small(source, scan, encoding)
    structure = _structure(source, splitter, records)
    if splitter.layout == "delimited":
        delimited = DelimitedFile(
            file.path,
            file.scan,
            file.bom,
            dialect=splitter.dialect,
            structure=structure,
        )
        result = read_fast(source, delimited, records)
        if result is not None:
            return raw_table(source, splitter, structure, result)
    source = replace(source, zeros=file.scan.zeros)
    with file.path.open("rb") as raw:
        raw.seek(file.bom)
        ends = "" if any_end else "\n"
        lines = io.TextIOWrapper(raw, "utf-8", "backslashreplace", newline=ends)
        return _store(
            source,
            splitter,
            structure,
            splitter.records(lines),
            file.scan.feeds,
        )


def _transcode(source: Source, encoding: Encoding, path: Path, target: Path) -> int:
    """Write a file in UTF-8; how many bytes its encoding could not read."""
    size = max(path.stat().st_size, 1)
    undecodable = 0
    with (
        path.open("rb") as raw,
        target.open(
            "w", encoding="utf-8", errors="backslashreplace", newline=""
        ) as out,
    ):
        raw.seek(encoding.bom)
        text = io.TextIOWrapper(raw, encoding.codec, encoding.errors, newline="")
        while block := text.read(1 << 20):
            out.write(block)
            undecodable += block.count("\\x")
            source.progress(0.1 * min(1.0, raw.tell() / size), "reading.step_look")
    return 0 if encoding.mixed else undecodable


def _structure(
    source: Source, splitter: Splitter, head: Sequence[Record]
) -> Structure:
    if splitter.layout == "baskets":
        return Structure(2, ("order", "product"))
    options, name = source.options, source.content.name
    check_records(name, head)
    if splitter.sep and options.first_line is None:
        head = [record for record in head if record.line > 1]
    find = partial(
        find_structure,
        head,
        put_back=source.put_back,
        width=len(splitter.spans) if splitter.layout == "fixed" else None,
    )
    structure = find(header_rows=options.header_rows, first_line=options.first_line)
    if options.header_rows is None and options.first_line is None:
        line = known_header(head, structure)
        structure = find(header_rows=1, first_line=line) if line else structure
    check_headings(name, structure.names)
    if structure.width > MAXIMUM_COLUMNS and options.shape in (None, "columns"):
        rows = rows_of(structure, head)[:_LOOKED_AT_ROWS]
        if not may_be_parted(structure.names, rows):
            check_columns(name, structure.width)
    if splitter.sep:
        return replace(structure, aside=structure.aside | {1: "sep_line"})
    return structure


def _store_held(
    source: Source, splitter: Splitter, records: list[Record]
) -> RawTable:
    structure = _structure(source, splitter, records[:_HEAD_RECORDS])
    if source.merged:
        records = filled_down(records, structure.first_row, source.merged)
        structure = _structure(source, splitter, records[:_HEAD_RECORDS])
    structure = without_copy(records, structure)
    return _store(source, splitter, structure, records, len(records))


def _store(
    source: Source,
    splitter: Splitter,
    structure: Structure,
    records: Iterable[Record],
    expected: int,
) -> RawTable:
    """Store the rows among the records, of which about so many are expected."""
    engine, store, progress = source.engine, source.store, source.progress
    if splitter.layout == "baskets":
        counts = store_baskets(
            engine, store, records, expected=expected, progress=progress
        )
    else:
        body = Body(structure, splitter.dialect, source.put_back)
        rows = body.rows(records)
        if source.zeros:
            rows = (
                (line, [cell.replace("\0", "") for cell in row])
                for line, row in rows
            )
        store_rows(
            engine,
            store,
            rows,
            structure.width,
            expected=expected,
            progress=progress,
        )
        counts = body.counts
        leave_out_totals(source, structure, counts)
    return raw_table(source, splitter, structure, FastResult(counts))
