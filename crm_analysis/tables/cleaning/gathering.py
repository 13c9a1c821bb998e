"""Every distinct value of a sample of a table, classified in one pass."""

from __future__ import annotations

import threading
import weakref
from concurrent.futures import Future
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from crm_analysis.tables.cleaning import dates, numbers
from crm_analysis.tables.cleaning.date_forms import ZONE
from crm_analysis.tables.cleaning.plan import raw_rows, sampled
from crm_analysis.tables.cleaning.sql import is_blank, one_of, plain_text

if TYPE_CHECKING:
    from crm_analysis.tables.reading import RawTable

_GATHERED: weakref.WeakKeyDictionary[RawTable, Future[pa.Table]] = (
    weakref.WeakKeyDictionary()
)
_TAKING_TURNS = threading.Lock()

_SAMPLE_ROWS, _FEWEST_ROWS, _SAMPLE_TEXTS = 20_000, 2_000, 2_000_000
_SAMPLE_VALUES, _SAMPLE_CELLS, _FEWEST_VALUES = 800, 160_000, 100
_AT_ONCE = 64  # columns


def gather(raw: RawTable) -> Future[pa.Table]:
    """Begin to classify the cells of a table, if that has not begun yet.

    No setting bears on it, so that it can go on beside what else is done.
    """
    with _TAKING_TURNS:
        if raw not in _GATHERED:
            _GATHERED[raw] = raw.engine.submit(_gathered, weakref.ref(raw))
        return _GATHERED[raw]


def _gathered(held: weakref.ref[RawTable]) -> pa.Table | None:
    """The commonest values of each column in a sample of the rows (i, v, n), classified.

    None where nobody waits for it any more.
    """
    raw = held()
    if raw is None:
        return None
    engine, columns = raw.engine, range(len(raw.reading.columns))
    values = max(_FEWEST_VALUES, _SAMPLE_CELLS // max(1, len(columns)))
    values = min(_SAMPLE_VALUES, values)
    # Counted first, and then classified in one piece: every column's patterns would be made ready
    # for each of them otherwise. Some columns at a time, so that few cells are held.
    size = max(
        _FEWEST_ROWS, min(_SAMPLE_ROWS, _SAMPLE_TEXTS // max(1, len(columns)))
    )
    parts = [_nothing()]
    with sampled(raw, raw_rows(raw), size) as rows:
        for start in range(0, len(columns), _AT_ONCE):
            some = columns[start : start + _AT_ONCE]
            cells = ", ".join(f"c{i}" for i in some)
            texts = engine.over(None, f"SELECT {cells} FROM {rows}")
            parts += [
                _commonest(i, texts.column(place), values)
                for place, i in enumerate(some)
            ]
    seen = pa.concat_tables(parts)
    family = dates.family("t", *dates.signs_of_months(seen.column("v")))
    return engine.over(seen, classified("FROM given", family))


def _commonest(i: int, cells: pa.ChunkedArray, values: int) -> pa.Table:
    """So many of the commonest texts of a column, with their counts."""
    counts = cells.cast(pa.string()).value_counts()
    counted = pa.table(
        {
            "i": pa.array(np.full(len(counts), i, np.int32)),
            "v": counts.field("values"),
            "n": counts.field("counts"),
        }
    )
    order = [("n", "descending"), ("v", "ascending")]
    return counted.take(pc.select_k_unstable(counted, values, order))


def _nothing() -> pa.Table:
    return pa.table(
        {
            "i": pa.array([], pa.int32()),
            "v": pa.array([], pa.string()),
            "n": pa.array([], pa.int64()),
        }
    )


def classified(source: str, family: str) -> str:
    """Each (i, v, n) of a query with what its value could be, the `family` of a date `t` too."""
    plain = numbers.plain_number("t")
    with_dot, with_comma = (numbers.number("p", mark) for mark in (".", ","))
    clock = ":[0-9]{2}[.0-9]*\\s?(?:[AaPp]\\.?[Mm]\\.?)?\\s?"
    after_zone = "(?:\\s?\\([^)]*\\)|\\[[\\w/]*\\]| [0-9]{4})?$"
    return f"""
        SELECT *,
            dot IS NOT NULL AND comma IS NOT NULL AND dot <> comma AS unclear,
            NOT blank AND NOT marker AS filled,
            {dates.separator("t")} AS sep,
            regexp_extract(t, '^[^0-9]*([0-9]+)', 1) AS p1,
            regexp_extract(t, '^[^0-9]*[0-9]+[^0-9]+([0-9]+)', 1) AS p2,
            regexp_extract(t, '^[^0-9]*[0-9]+[^0-9]+[0-9]+[^0-9]+([0-9]+)', 1) AS p3,
            trim(regexp_extract(t, '{clock}({ZONE}){after_zone}', 1)) AS zone
        FROM (
            SELECT i, v, n, t, blank, marker, p.share <> '' AS share,
                p.digits AS digits, p.before AS before,
                CASE WHEN p.after <> '' THEN p.after ELSE {numbers.sign_within("p")} END AS after,
                p.before || CASE WHEN contains(t, p.before || ' ') THEN ' ' ELSE '' END
                    || CASE WHEN regexp_full_match(p.digits, '[0-9]+') THEN '' ELSE '.' END
                    AS beginning,
                CASE WHEN {plain} THEN TRY_CAST(t AS DOUBLE) END AS plain,
                simple IS NOT NULL AS simple,
                {with_dot} AS dot,
                {with_comma} AS comma,
                CASE WHEN NOT blank AND NOT marker THEN {family} END AS fam,
                {dates.iso("v")} IS NOT NULL AS iso
            FROM (
                SELECT *, {numbers.parts("t")} AS p,
                    {one_of("lower(t)", numbers.MISSING_WORDS)} AS marker,
                    {numbers.simple_number("v")} AS simple
                FROM (
                    SELECT i, v, n, {is_blank("v")} AS blank,
                        coalesce({plain_text("v")}, '') AS t
                    FROM ({source})
                )
            )
        )"""
