"""The way of a file from the gate to the store."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pandas as pd

from crm_analysis.engine import Engine
from crm_analysis.errors import AnalysisError
from crm_analysis.jobs import Progress
from crm_analysis.tables.reading.baskets import are_baskets
from crm_analysis.tables.reading.body import Outcome, copy_of_table, place_records
from crm_analysis.tables.reading.content import Content, open_content
from crm_analysis.tables.reading.encoding import (
    Encoding,
    codec_of,
    decode,
    detect,
    errors_of,
    normal_name,
)
from crm_analysis.tables.reading.fast import read_fast
from crm_analysis.tables.reading.notes import notes_of
from crm_analysis.tables.reading.raw import RawTable, Reading, ReadOptions
from crm_analysis.tables.reading.records import Dialect, Record, split_lines
from crm_analysis.tables.reading.scan import Scan, scan_bytes
from crm_analysis.tables.reading.splitter import Form, find_form, stretches
from crm_analysis.tables.reading.store import new_name, store_baskets, store_rows
from crm_analysis.tables.reading.structure import Plan, plan_table
from crm_analysis.tables.reading.wide_baskets import store_wide_baskets
from crm_analysis.tables.reading.workbook import Book
from crm_analysis.tables.reading.wrapping import are_wrapped, unwrap, unwrap_file

__all__ = ["load"]

# From this size on Arrow or DuckDB parses, and records are streamed instead of held.
FAST_FROM = 2 << 20
_HEAD_TEXT = 1 << 20
_HEAD_RECORDS = 3000  # looked at to find the table


def load(
    source: str | Path | bytes,
    options: ReadOptions,
    name: str | None,
    engine: Engine,
    progress: Progress,
) -> RawTable:
    """See `read_table`."""
    progress(0.0, "reading.step_open")
    with ExitStack() as cleanup:
        content = open_content(source, name, engine.folder)
        if content.path is not None and content.path.name.startswith("unpacked_"):
            cleanup.callback(content.path.unlink, missing_ok=True)
        if content.format == "text":
            return _load_text(content, options, engine, progress, cleanup)
        return _load_sheet(content, options, engine, progress)


def _load_sheet(
    content: Content, options: ReadOptions, engine: Engine, progress: Progress
) -> RawTable:
    book = Book(content)
    sheet = options.sheet or book.choose()
    if sheet not in book.sheets:
        raise AnalysisError(
            "reading.no_such_sheet", name=content.name, sheet=sheet, sheets=list(book.sheets)
        )
    progress(0.1, "reading.step_parse")
    records = book.records(sheet)
    if not records:
        raise AnalysisError("reading.empty_sheet", name=content.name, sheet=sheet)
    baskets = options.layout == "baskets" or (
        options.layout is None
        and options.header_rows is None
        and are_baskets([record.fields for record in records[:2000]])
    )
    form = Form(
        "baskets" if baskets else "sheet",
        Dialect(None, None),
        max(len(record.fields) for record in records),
    )
    return _finish(content, options, engine, progress, form, records, None, book.sheets, sheet)


def _load_text(
    content: Content, options: ReadOptions, engine: Engine, progress: Progress, cleanup: ExitStack
) -> RawTable:
    with content.open() as stream:
        scan = scan_bytes(stream, content.size, progress)
    encoding = _encoding(content, options, scan)
    if content.size < FAST_FROM:
        text = decode(content.head(content.size), encoding).lstrip("\ufeff").rstrip("\x1a")
        if not text.strip("\0 \t\r\n\x1a"):
            raise AnalysisError("reading.empty", name=content.name)
        wrapped = options.quote is None and are_wrapped(text)
        if wrapped:
            text = "".join(unwrap(split_lines(text)))
        form = replace(find_form(text, options, text), wrapped=wrapped)
        records = list(form.records(split_lines(text, form.dialect.any_end)))
        lost = text.count("\\x") if not scan.utf8 and not encoding.mixed else 0
        return _finish(
            content,
            options,
            engine,
            progress,
            form,
            records,
            encoding,
            zeros=text.count("\0"),
            lost=lost,
        )
    path = content.on_disk(engine.folder)
    if path != content.path:
        cleanup.callback(path.unlink, missing_ok=True)
    lost = 0
    plain = encoding.name in ("utf-8", "utf-8-sig") and scan.utf8
    if not plain:
        path, lost = _transcode(path, engine.folder, encoding, progress)
        cleanup.callback(path.unlink, missing_ok=True)
        with path.open("rb") as stream:
            scan = scan_bytes(stream, path.stat().st_size)
    mark = encoding.mark if plain else 0
    head_text = _head_text(path, mark)
    wrapped = options.quote is None and are_wrapped(head_text)
    if wrapped:
        path = unwrap_file(path, engine.folder / f"{new_name()}.txt", mark)
        cleanup.callback(path.unlink, missing_ok=True)
        mark = 0
        with path.open("rb") as stream:
            scan = scan_bytes(stream, path.stat().st_size)
        head_text = _head_text(path, mark)
    form = replace(find_form(head_text, options, stretches(path, head_text, scan)), wrapped=wrapped)
    head = list(islice(form.records(split_lines(head_text, form.dialect.any_end)), _HEAD_RECORDS))
    keep = frozenset(options.put_back)
    if form.layout == "delimited":
        plan = _plan(head, form, options, keep)
        outcome = None
        store = new_name()
        outcome = read_fast(
            engine, store, path, scan, form.dialect, plan, head, keep, mark, progress
        )
        if outcome is not None:
            return _raw(content, options, engine, form, plan, outcome, store, encoding, lost=lost)
    with path.open("rb") as raw:
        raw.seek(mark)
        lines = io.TextIOWrapper(
            raw, "utf-8", "backslashreplace", newline="" if form.dialect.any_end else "\n"
        )
        return _finish(
            content,
            options,
            engine,
            progress,
            form,
            form.records(lines),
            encoding,
            zeros=scan.zeros,
            lost=lost,
            head=head,
            expected=scan.feeds,
        )


def _head_text(path: Path, mark: int) -> str:
    """The first whole lines of a file in UTF-8."""
    with path.open("rb") as stream:
        stream.seek(mark)
        text = stream.read(_HEAD_TEXT).decode("utf-8", "ignore")
    return text[: max(text.rfind("\n"), text.rfind("\r")) + 1] or text


def _encoding(content: Content, options: ReadOptions, scan: Scan) -> Encoding:
    head = content.head(65536)
    found = detect(head, scan.utf8, scan.sample, scan.damaged)
    if options.encoding is None:
        return found
    try:
        chosen = normal_name(options.encoding)
        b"".decode(chosen)
    except (LookupError, UnicodeError) as problem:
        raise AnalysisError("reading.no_such_encoding", encoding=options.encoding) from problem
    if chosen in ("utf-16", "utf-32"):
        chosen = found.name if found.name.startswith(chosen) else f"{chosen}-le"
    others = tuple(
        dict.fromkeys(
            name for name in (found.name, *found.others) if normal_name(codec_of(name)) != chosen
        )
    )
    mark = (
        found.mark
        if chosen.removesuffix("-sig")[:6].replace("_", "-")
        == found.name.removesuffix("-sig")[:6].replace("_", "-")
        else 0
    )
    return Encoding(chosen, others, mark)


def _transcode(
    path: Path, folder: Path, encoding: Encoding, progress: Progress
) -> tuple[Path, int]:
    """The file in UTF-8, and how many bytes its encoding could not read."""
    place = folder / f"{new_name()}.txt"
    size = max(path.stat().st_size, 1)
    with (
        path.open("rb") as raw,
        place.open("w", encoding="utf-8", errors="backslashreplace", newline="") as out,
    ):
        raw.seek(encoding.mark)
        text = io.TextIOWrapper(
            raw, codec_of(encoding.name.removesuffix("-sig")), errors_of(encoding), newline=""
        )
        lost = 0
        while block := text.read(1 << 20):
            out.write(block)
            lost += block.count("\\x")
            progress(0.1 * min(1.0, raw.tell() / size), "reading.step_look")
    return place, 0 if encoding.mixed else lost


def _plan(head: Sequence[Record], form: Form, options: ReadOptions, keep: frozenset[int]) -> Plan:
    if form.layout == "baskets":
        return Plan(2, ("order", "product"))
    width = len(form.spans) if form.layout == "fixed" else None
    first_line = options.first_line or (2 if form.sep else None)
    if form.sep and options.first_line is None:
        plan = plan_table(
            [record for record in head if record.line > 1],
            header_rows=options.header_rows,
            keep=keep,
            width=width,
        )
        return replace(plan, aside=plan.aside | {1: "sep_line"})
    plan = plan_table(
        head, header_rows=options.header_rows, first_line=first_line, keep=keep, width=width
    )
    return replace(plan, aside=plan.aside | {1: "sep_line"}) if form.sep else plan


def _finish(
    content: Content,
    options: ReadOptions,
    engine: Engine,
    progress: Progress,
    form: Form,
    records: Iterable[Record],
    encoding: Encoding | None,
    sheets: tuple[str, ...] = (),
    sheet: str | None = None,
    zeros: int = 0,
    lost: int = 0,
    head: Sequence[Record] | None = None,
    expected: int = 0,
) -> RawTable:
    """Place each record and store the rows."""
    keep = frozenset(options.put_back)
    if head is None:
        records = list(records)
        head = records[:_HEAD_RECORDS]
    plan = _plan(head, form, options, keep)
    if isinstance(records, list):
        plan = copy_of_table(records, plan)
        expected = len(records)
    outcome = Outcome()
    store = new_name()
    if form.layout == "baskets":
        store_baskets(engine, store, records, outcome, expected=expected, progress=progress)
    else:
        rows = place_records(records, plan, form.dialect, keep, outcome, bool(zeros))
        store_rows(engine, store, rows, plan.width, expected=expected, progress=progress)
    return _raw(
        content, options, engine, form, plan, outcome, store, encoding, sheets, sheet, zeros, lost
    )


def _raw(
    content: Content,
    options: ReadOptions,
    engine: Engine,
    form: Form,
    plan: Plan,
    outcome: Outcome,
    store: str,
    encoding: Encoding | None,
    sheets: tuple[str, ...] = (),
    sheet: str | None = None,
    zeros: int = 0,
    lost: int = 0,
) -> RawTable:
    """The result, after its books are checked."""
    wide = (
        store_wide_baskets(engine, store, plan.names)
        if options.layout is None and form.layout in ("delimited", "sheet")
        else None
    )
    if wide:
        store, empty = wide
        form, plan = (
            replace(form, layout="baskets"),
            replace(plan, names=("order", "product"), units={}),
        )
        outcome.rows, outcome.blank = outcome.rows - empty, outcome.blank + empty
    rows = engine.run(f'SELECT count(*) FROM "{store}"')[0][0]
    counts = {
        "header": outcome.header,
        "units": outcome.units,
        "blank": outcome.blank,
        "aside": len(outcome.aside),
        "kept": outcome.rows,
    }
    if sum(counts.values()) != outcome.records or (
        form.layout != "baskets" and rows != outcome.rows
    ):
        raise AssertionError(
            f"records do not add up: {outcome.records} read, {counts}, {rows} stored"
        )
    reading = Reading(
        name=content.name,
        format=content.format,
        size=content.size,
        encoding=encoding.name if encoding else None,
        encodings=encoding.others if encoding else (),
        layout=form.layout,
        delimiter=form.dialect.delimiter,
        quote=form.dialect.quote,
        escape=form.dialect.escape,
        sheet=sheet,
        sheets=sheets,
        header=plan.header,
        units=plan.units,
        columns=plan.names,
        records=outcome.records,
        rows=rows,
        notes=notes_of(
            plan,
            outcome,
            form.layout,
            form.dialect.delimiter if not form.sure else None,
            form.sep,
            encoding if options.encoding is None else None,
            sheet,
            sheets,
            zeros,
            lost,
            rows,
            form.wrapped,
        ),
        counts=counts,
    )
    aside = pd.DataFrame(
        {
            "source": pd.Series([0] * len(outcome.aside), dtype="int64"),
            "line": pd.Series([line for line, _, _ in outcome.aside], dtype="int64"),
            "reason": pd.Series(
                [reason for _, reason, _ in outcome.aside],
                dtype="str" if pd.__version__ >= "3" else "object",
            ),
            "text": pd.Series(
                [text for _, _, text in outcome.aside],
                dtype="str" if pd.__version__ >= "3" else "object",
            ),
        }
    )
    return RawTable(
        reading, engine, store, aside, (reading,), outcome.tidy, None if wide else outcome.coded
    )
