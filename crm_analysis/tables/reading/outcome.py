"""The rows of a file, once stored, become the raw table: what is said of them, and its sums."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from crm_analysis.engine import quoted
from crm_analysis.tables.reading.body import RecordCounts
from crm_analysis.tables.reading.fast import FastResult
from crm_analysis.tables.reading.notes import note_if, notes_of, questions_of
from crm_analysis.tables.reading.raw import RawTable, Reading
from crm_analysis.tables.reading.reshaping import reshape
from crm_analysis.tables.reading.source import Source
from crm_analysis.tables.reading.splitter import Splitter
from crm_analysis.tables.reading.structure import Structure
from crm_analysis.tables.reading.text_markers import without_markers
from crm_analysis.tables.reading.totals import settle_totals
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
    engine, store, options, counts = (
        source.engine,
        source.store,
        source.options,
        result.counts,
    )
    store, marked = without_markers(engine, store, structure.names)
    wide = None
    if options.layout is None and splitter.layout in ("delimited", "sheet"):
        wide = store_wide_baskets(engine, store, structure.names)
    if wide:
        store, empty = wide
        splitter = replace(splitter, layout="baskets")
        structure = replace(structure, names=("order", "product"), units={})
        counts.rows -= empty
        counts.blank += empty
    reshaped = (
        None if wide else reshape(engine, store, structure.names, source.put_back)
    )
    if reshaped:
        store = reshaped.store
        structure = replace(structure, names=reshaped.names)
        counts.rows -= len(reshaped.aside)
        counts.aside += reshaped.aside
    ((rows,),) = engine.run(f"SELECT count(*) FROM {quoted(store)}")
    sums = {
        "header": counts.header,
        "units": counts.units,
        "blank": counts.blank,
        "aside": len(counts.aside),
        "kept": counts.rows,
    }
    is_complete = splitter.layout == "baskets" or rows == counts.rows
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
        ),
        questions=questions_of(counts),
        counts=sums,
    )
    return RawTable(
        reading=reading,
        engine=engine,
        store=store,
        set_aside=_set_aside(counts),
        sources=(reading,),
        tidy=result.tidy and not marked,
        coded=result.coded if store == source.store else None,
    )


def _set_aside(counts: RecordCounts) -> pd.DataFrame:
    text = "str" if pd.__version__ >= "3" else "object"
    return pd.DataFrame(
        {
            "source": pd.Series([0] * len(counts.aside), dtype="int64"),
            "line": pd.Series([line for line, _, _ in counts.aside], dtype="int64"),
            "reason": pd.Series([reason for _, reason, _ in counts.aside], dtype=text),
            "text": pd.Series([record for _, _, record in counts.aside], dtype=text),
        }
    )
