"""Large regular files: Arrow parses them, and columns in which few values come again and again are kept as codes of those values.

As codes a table takes a third of the memory of its text, and what depends on a cell alone is worked out once a value instead of
once a row. A file that is not regular in every line (a row too short, a stray quote) is left to the parsers that tell why.
"""

from __future__ import annotations

import os
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv

from crm_analysis.engine import Engine
from crm_analysis.jobs import Progress
from crm_analysis.tables.reading.records import Dialect
from crm_analysis.tables.reading.structure import Plan

__all__ = ["Coded", "parse_coded"]

_PIECE = 4 << 20
_THREADS = min(8, os.cpu_count() or 1)
_LONGEST = 16 << 20  # bytes of a line
_PLACES, _PLACE = (
    24,
    1 << 13,
)  # how many places of the file are looked at beforehand, and how many bytes at each
_MOST_WORDS, _MOST_BYTES = (
    20_000,
    2 << 20,
)  # of a column's code: they stand in the database's catalogue, which must stay light
_ROWS_A_WORD = 4
_PART = 122_880  # rows that DuckDB packs together: those that come to it in such parts are written as they come, others once more
_CODES = pa.dictionary(pa.int32(), pa.string())
_CODE = pa.int16()


@dataclass
class Coded:
    """Rows of text cells (`c0` …), and the different cells (`words`) of the columns that are codes, by position.

    As placed they also have `_source`, `_line`, and for each column of codes these themselves (`e0` …).
    """

    engine: Engine
    plan: Plan
    kept: int
    rows: pa.Table = field(repr=False)
    words: dict[int, pa.Array] = field(repr=False)
    misfits: tuple[tuple[int, int, str], ...] = ()  # a file with any is not regular

    def first(self) -> tuple[str, ...]:
        """The cells of the first row."""
        return tuple(column[0].as_py() for column in self.rows.columns)

    @property
    def lines(self) -> np.ndarray:
        """The line on which each row begins; they rise."""
        return self.rows.column("_line").to_numpy()

    def on(self, lines: np.ndarray) -> pa.Table:
        """The rows that begin on some lines. (Arrow's own `take` copies a whole column of text for it.)"""
        own, wanted = self.lines, np.unique(lines)
        places = np.searchsorted(own[:-1], wanted)
        places = places[own[places] == wanted]
        parts = self.rows.to_batches()
        ends = np.cumsum([part.num_rows for part in parts])
        cuts = np.searchsorted(places, ends)
        starts = [0, *cuts[:-1]]
        some = [
            part.take(pa.array(places[start:cut] - (end - part.num_rows)))
            for part, start, cut, end in zip(parts, starts, cuts, ends, strict=True)
            if cut > start
        ]
        return pa.Table.from_batches(some, self.rows.schema)

    def place(self, store: str, lines: np.ndarray | None, as_table: bool) -> None:
        """Show the rows as `store` with the lines on which they begin (None: each on one line, from the plan's first row on)."""
        numbers = (
            lines
            if lines is not None
            else np.arange(self.plan.first_row, self.plan.first_row + self.kept)
        )
        codes = {
            f"e{place}": pa.chunked_array([part.indices for part in self.rows.column(place).chunks])
            for place in self.words
        }
        cells = {name: self.rows.column(name) for name in self.rows.column_names}
        self.rows = pa.table(
            {
                "_source": pa.array(np.zeros(self.kept, np.int16)),
                "_line": pa.array(numbers, pa.int64()),
                **cells,
                **codes,
            }
        )
        self.engine.show(store, self.rows)

    def leave_out(self, store: str, lines: Collection[int]) -> None:
        """The rows that begin on these lines are not in the store."""
        if lines:
            left = self.rows.filter(~np.isin(self.lines, list(lines)))
            self.rows = pa.table(
                {name: _in_even_parts(left.column(name)) for name in left.column_names}
            )
            self.engine.show(store, self.rows)

    def drop(self) -> None:
        """Nothing is kept but the rows themselves."""


def parse_coded(
    engine: Engine,
    path: Path,
    dialect: Dialect,
    quote: bytes | None,
    plan: Plan,
    progress: Progress,
) -> Coded | None:
    """The lines from the plan's first row on that are not empty; None where one is not regular."""
    names = [f"c{place}" for place in range(plan.width)]
    begin = _offset_of(path, plan.first_row)
    repeated = _repeated(path, begin, dialect, plan.width)
    types = {name: _CODES if place in repeated else pa.string() for place, name in enumerate(names)}
    parsing = csv.ParseOptions(
        delimiter=dialect.delimiter,
        quote_char=quote.decode() if quote else False,
        double_quote=True,
        newlines_in_values=False,
    )
    converting = csv.ConvertOptions(column_types=types, null_values=[], strings_can_be_null=False)

    def parsed(piece: memoryview) -> pa.Table:
        reading = csv.ReadOptions(column_names=names, block_size=len(piece), use_threads=False)
        return csv.read_csv(pa.BufferReader(piece), reading, parsing, converting)

    try:
        parts = list(_each_beside(parsed, _pieces(path, begin, _THREADS, progress)))
    except pa.ArrowInvalid:
        return None
    rows = pa.concat_tables(parts).unify_dictionaries() if parts else None
    parts.clear()
    if rows is None or not rows.num_rows:
        return None
    words = {}
    for place, name in enumerate(names):  # one after the other: what a column was made from can go
        column = rows.column(place)
        if place in repeated:
            said = column.chunk(0).dictionary
            if (
                len(said) <= min(_MOST_WORDS, rows.num_rows // _ROWS_A_WORD)
                and said.nbytes <= _MOST_BYTES
            ):
                words[place] = said
                codes = [
                    part.indices.cast(_CODE, safe=False) for part in column.chunks
                ]  # they are fewer than 2 ** 15, and need no check
                column = pa.chunked_array(
                    [pa.DictionaryArray.from_arrays(one, said, safe=False) for one in codes]
                )
            else:
                column = column.cast(pa.string())
        rows = rows.set_column(place, name, _in_even_parts(column))
    return Coded(engine, plan, rows.num_rows, rows, words)


def _in_even_parts(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The same cells in parts of as many as DuckDB packs together.

    They lie in the system's memory, which wastes none; Arrow's own is quicker to parse with, and is given back afterwards.
    """
    pool = pa.system_memory_pool()
    return pa.chunked_array(
        [
            pa.concat_arrays(column.slice(start, _PART).chunks, pool)
            for start in range(0, len(column), _PART)
        ],
        column.type,
    )


def _each_beside(
    work: Callable[[memoryview], pa.Table], pieces: Iterable[memoryview]
) -> Iterator[pa.Table]:
    """`work` done on each piece, on all processors, in order; while the next is fetched, no more than the last `_THREADS` are worked on.

    A piece a thread takes three quarters of the time of Arrow's own threads on parts of one piece, which wait for one another.
    """
    with ThreadPoolExecutor(_THREADS) as pool:
        waiting: deque[Future[pa.Table]] = deque()
        for piece in pieces:
            waiting.append(pool.submit(work, piece))
            if len(waiting) > _THREADS:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _offset_of(path: Path, line: int) -> int:
    with path.open("rb") as stream:
        return sum(len(text) for text in islice(stream, line - 1))


def _repeated(path: Path, begin: int, dialect: Dialect, width: int) -> frozenset[int]:
    """The columns that seem to have few different values, by how many of those at some places of the file come at others as well.

    Chao, A. (1987), Estimating the population size for capture-recapture data with unequal catchability, Biometrics 43, 783-791.
    """
    places: list[Counter[str]] = [Counter() for _ in range(width)]
    size = path.stat().st_size
    with path.open("rb") as stream:
        for nth in range(_PLACES):
            stream.seek(begin + (size - begin) * nth // _PLACES)
            lines = stream.read(_PLACE).decode("utf-8", "replace").splitlines()[1:-1]
            columns = zip(
                *(cells for line in lines if len(cells := line.split(dialect.delimiter)) == width),
                strict=True,
            )
            for seen, values in zip(places, columns, strict=False):
                seen.update(set(values))
    found = set()
    for place, seen in enumerate(places):
        at = Counter(seen.values())  # how many values were seen at one place, at two …
        if seen and len(seen) + at[1] * (at[1] - 1) / (2 * (at[2] + 1)) <= _MOST_WORDS:
            found.add(place)
    return frozenset(found)


def _pieces(path: Path, begin: int, held: int, progress: Progress) -> Iterator[memoryview]:
    """The rest of the file in pieces of whole lines; of those given out the last `held` stay as they are."""
    end = path.stat().st_size
    buffers = cycle(
        [bytearray(min(_PIECE, max(1, end - begin))) for _ in range(held + 1)]
    )  # memory used again is there at once, new memory is not
    with path.open("rb") as stream:
        stream.seek(begin)
        buffer = next(buffers)
        while taken := stream.readinto(buffer):
            cut = taken if stream.tell() >= end else buffer.rfind(b"\n", 0, taken) + 1
            if not cut and len(buffer) <= _LONGEST:  # not even one line
                stream.seek(-taken, os.SEEK_CUR)
                buffer = bytearray(2 * len(buffer))
                continue
            cut = cut or taken  # Arrow will refuse so long a line, and so it shall
            stream.seek(cut - taken, os.SEEK_CUR)
            yield memoryview(buffer)[:cut]
            progress(0.1 + 0.8 * stream.tell() / end, "reading.step_parse")
            buffer = next(buffers)
