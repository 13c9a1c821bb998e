"""Raw tables made in the test, so that what is tested is cleaning and nothing else."""

from __future__ import annotations

import dataclasses
import functools
import itertools
from collections.abc import Mapping, Sequence

import pandas as pd
import pyarrow as pa

from crm_analysis.engine import Engine
from crm_analysis.tables.reading import RawTable, Reading
from crm_analysis.tables.reading.arrow_parser import CodedRows
from crm_analysis.tables.roles import Roles

_TIMES_SHARED = 20
_ASKED = itertools.count()


@functools.lru_cache(maxsize=1)
def _engine(_: int) -> Engine:
    return Engine()


def shared_engine() -> Engine:
    """An engine for several tables, for to open one takes long; many tables make it slow."""
    return _engine(next(_ASKED) // _TIMES_SHARED)


def raw_table(
    columns: Mapping[str, Sequence[str]],
    *,
    delimiter: str = ",",
    sources: Sequence[int] | None = None,
) -> RawTable:
    """Columns of text as a raw table; the first record stands on line 2 of its file."""
    engine = shared_engine()
    rows = len(next(iter(columns.values()))) if columns else 0
    source = list(sources) if sources else [0] * rows
    frame = pd.DataFrame(
        {
            f"c{i}": pd.Series(list(values), dtype="object")
            for i, values in enumerate(columns.values())
        }
    )
    frame.insert(0, "_line", pd.Series(range(2, rows + 2), dtype="int64"))
    frame.insert(0, "_source", pd.Series(source, dtype="int16"))
    store = f"raw_test_{abs(hash((id(columns), tuple(columns), rows)))}"
    types = ", ".join(
        [
            "_source SMALLINT",
            "_line BIGINT",
            *(f"c{i} VARCHAR" for i in range(len(columns))),
        ]
    )
    engine.run(f'CREATE OR REPLACE TABLE "{store}" ({types})')
    with engine.cursor() as cursor:
        cursor.register("incoming", frame)
        cursor.execute(f'INSERT INTO "{store}" SELECT * FROM incoming')
        cursor.unregister("incoming")
    reading = Reading(
        "t.csv",
        "text",
        0,
        "utf-8",
        (),
        "delimited",
        delimiter,
        '"',
        None,
        None,
        (),
        (1,),
        {},
        tuple(columns),
        rows + 1,
        rows,
    )
    aside = pd.DataFrame({"source": [], "line": [], "reason": [], "text": []})
    return RawTable(reading, engine, store, aside)


def coded_table(
    columns: Mapping[str, Sequence[str]], plain: Sequence[str] = ()
) -> RawTable:
    """As `raw_table`, with every column but the `plain` ones in codes.

    As large regular files are read.
    """
    raw = raw_table(columns)
    cells, words = {}, {}
    for place, (name, values) in enumerate(columns.items()):
        cells[f"c{place}"] = pa.chunked_array([pa.array(list(values), pa.string())])
        if name not in plain:
            column = cells[f"c{place}"].dictionary_encode()
            words[place] = column.chunk(0).dictionary
            cells[f"c{place}"] = pa.chunked_array(
                [
                    pa.DictionaryArray.from_arrays(
                        column.chunk(0).indices.cast(pa.int16()), words[place]
                    )
                ]
            )
    rows = pa.table(cells)
    coded = CodedRows(raw.engine, 2, rows, words)
    store = f"{raw.store}_coded"
    coded.place(store, None, as_table=False)
    return dataclasses.replace(raw, store=store, coded=coded)


def roles(kind: str, **columns: str) -> Roles:
    return Roles(kind, columns)
