"""The rows of a file, once stored, become the raw table: what is said of them, and its sums."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from crm_analysis.engine import quoted
from crm_analysis.messages import Message
from crm_analysis.tables.reading.beside import without_table_beside
from crm_analysis.tables.reading.body import RecordCounts
from crm_analysis.tables.reading.bounds import check_columns
from crm_analysis.tables.reading.colon_cents import with_decimals
from crm_analysis.tables.reading.dates_in_parts import join_dates
from crm_analysis.tables.reading.fast import FastResult
from crm_analysis.tables.reading.notes import note_if, notes_of, questions_of
from crm_analysis.tables.reading.parting import Parted, part
from crm_analysis.tables.reading.raw import RawTable, Reading
from crm_analysis.tables.reading.reshaping import reshape
from crm_analysis.tables.reading.source import Source
from crm_analysis.tables.reading.splitter import Splitter
from crm_analysis.tables.reading.structure import Structure
from crm_analysis.tables.reading.text_markers import without_markers
from crm_analysis.tables.reading.totals import settle_totals, totals_unlike_rows
from crm_analysis.tables.reading.wide_baskets import store_wide_baskets


def leave_out_totals(
    source: Source, structure: Structure, counts: RecordCounts
) -> None:
    """Totals amid the rows that were stored are set aside after all."""
    engine, store = source.engine, source.store
    settled = settle_totals(engine, store, structure.width, counts.totals)
    if settled.aside:
        sql = f"DELETE FROM {quoted(store)} WHERE list_contains(?, _line)"
        engine.run(sql, [list(settled.aside)])
    counts.rows -= len(settled.aside)
    counts.aside += [
        (line, "total", counts.totals[line].text) for line in settled.aside
    ]
    counts.aside.sort()
    counts.differing += settled.differing


def raw_table(
    source: Source, splitter: Splitter, structure: Structure, result: FastResult
) -> RawTable:
    """The result, after its sums are checked."""
    engine, counts = source.engine, result.counts
    counts.differing += _footer_unlike_rows(source, splitter, structure, counts)
    store, names, beside = without_table_beside(engine, source.store, structure)
    structure = replace(structure, names=names)
    headings = structure.names
    marked: list[str] = []
    if source.may_be_marked:
        store, marked = without_markers(engine, store, structure.names)
    colons = with_decimals(engine, store, structure.names, source.options)
    store = colons.store
    shaped = _in_shape(source, splitter, structure, counts, store)
    store, splitter, structure = shaped.store, shaped.splitter, shaped.structure
    check_columns(source.content.name, len(structure.names))
    ((rows,),) = engine.run(f"SELECT count(*) FROM {quoted(store)}")
    sums = {
        "header": counts.header,
        "units": counts.units,
        "blank": counts.blank,
        "aside": len(counts.aside),
        "kept": counts.rows,
    }
    is_complete = splitter.layout in ("baskets", "parted") or rows == counts.rows
    if sum(sums.values()) != counts.records or not is_complete:
        raise AssertionError(
            f"records do not add up: {counts.records} read, {sums}, {rows} stored"
        )
    encoding, dialect = source.encoding, splitter.dialect
    reading = Reading(
        name=source.content.name,
        format=source.content.format,
        size=source.content.size,
        encoding=encoding.name if encoding else None,
        encodings=encoding.others if encoding else (),
        layout=splitter.layout,
        delimiter=dialect.delimiter,
        quote=dialect.quote,
        escape=dialect.escape,
        sheet=source.sheet,
        sheets=source.sheets,
        header=structure.header,
        units=structure.units,
        columns=structure.names,
        records=counts.records,
        rows=rows,
        notes=(
            *notes_of(source, splitter, structure, counts, rows),
            *note_if(marked, "markers", columns=marked),
            *note_if(colons.columns, "colons", columns=list(colons.columns)),
            *note_if(beside, "table_beside", columns=beside),
            *shaped.notes,
        ),
        questions=(
            *questions_of(counts),
            *colons.questions,
            *shaped.questions,
        ),
        counts=sums,
        headings=headings,
    )
    return RawTable(
        reading=reading,
        engine=engine,
        store=store,
        set_aside=_set_aside(counts),
        sources=(reading,),
        tidy=result.tidy and store == source.store,
        coded=result.coded if store == source.store else None,
    )


def _footer_unlike_rows(
    source: Source, splitter: Splitter, structure: Structure, counts: RecordCounts
) -> list[int]:
    """The lines of totals under the table that are no sum of its rows."""
    under = {
        line: text
        for line, reason, text in counts.aside
        if reason == "total" and line not in counts.totals
    }
    if not under:
        return []
    fields = {
        line: text.split("\t")
        if splitter.layout == "sheet"
        else next(splitter.records([text + "\n"])).fields
        for line, text in under.items()
    }
    # a broken footer may have more cells than the table has columns
    fields = {line: cells[: structure.width] for line, cells in fields.items()}
    amid = max((line for line in counts.totals if line < min(under)), default=0)
    return totals_unlike_rows(source.engine, source.store, fields, amid)


@dataclass(frozen=True)
class _Shaped:
    """Where the rows are once records that are several rows are parted, and what to say of it."""

    store: str
    splitter: Splitter
    structure: Structure
    notes: tuple[Message, ...] = ()
    questions: tuple[Message, ...] = ()


def _in_shape(
    source: Source,
    splitter: Splitter,
    structure: Structure,
    counts: RecordCounts,
    store: str,
) -> _Shaped:
    """The rows of a stored table: its own, or those that its records are parted into."""
    engine, names = source.engine, structure.names
    parted: Parted | None = None
    questions: tuple[Message, ...] = ()
    if source.options.layout is None and splitter.layout != "baskets":
        wide = store_wide_baskets(engine, store, names)
        if wide:
            parted = Parted(wide[0], ("order", "product"), "baskets", wide[1])
        else:
            parted, questions = part(
                source, store, structure, _titles(source, counts)
            )
    if parted:
        counts.rows -= parted.empty
        counts.blank += parted.empty
        splitter = replace(splitter, layout=parted.layout)
        structure = replace(structure, names=parted.names, units=parted.units)
        return _Shaped(parted.store, splitter, structure, parted.notes, questions)
    reshaped = reshape(engine, store, names, source.put_back)
    if reshaped:
        store = reshaped.store
        structure = replace(structure, names=reshaped.names)
        counts.rows -= len(reshaped.aside)
        counts.aside += reshaped.aside
        return _Shaped(store, splitter, structure, questions=questions)
    joined = join_dates(engine, store, names)
    notes: tuple[Message, ...] = ()
    if joined:
        store = joined.store
        structure = replace(structure, names=joined.names)
        notes = (
            *note_if(joined.parts, "dates_joined", columns=list(joined.parts)),
        )
    return _Shaped(store, splitter, structure, notes, questions)


def _titles(source: Source, counts: RecordCounts) -> list[str]:
    """The texts that name a table: of its file, its sheet, and over it."""
    above = [text for _, reason, text in counts.aside if reason == "preamble"]
    return [source.content.name, source.sheet or "", *above]


def _set_aside(counts: RecordCounts) -> pd.DataFrame:
    text = "str" if pd.__version__ >= "3" else "object"
    return pd.DataFrame(
        {
            "source": pd.Series([0] * len(counts.aside), dtype="int64"),
            "line": pd.Series([line for line, _, _ in counts.aside], dtype="int64"),
            "reason": pd.Series(
                [reason for _, reason, _ in counts.aside], dtype=text
            ),
            "text": pd.Series(
                [record for _, _, record in counts.aside], dtype=text
            ),
        }
    )
