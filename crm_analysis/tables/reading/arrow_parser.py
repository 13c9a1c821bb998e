"""Large regular files: Arrow parses them.

Columns in which few values come again and again are kept as codes of those values. As codes a table
takes a third of the memory of its text, and what depends on a cell alone is worked out once a value
instead of once a row. A file that is not regular in every line (a row too short, a stray quote) is
left to the parsers that tell why.
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
from crm_analysis.tables.reading.text_file import DelimitedFile

_PIECE_BYTES = 4 << 20
_THREADS = min(8, os.cpu_count() or 1)
_LONGEST_LINE = 16 << 20  # bytes
# How many stretches of the file are looked at beforehand, and how many bytes of each.
_STRETCHES, _STRETCH_BYTES = 24, 1 << 13
# Of a column's code: its words stand in the database's catalogue, which must stay light.
_MAXIMUM_WORDS, _MAXIMUM_WORD_BYTES = 20_000, 2 << 20
_ROWS_A_WORD = 4
# Rows that DuckDB packs together: those that come to it in such parts are written as they come,
# others once more.
_PART_ROWS = 122_880
_CODES = pa.dictionary(pa.int32(), pa.string())
_CODE = pa.int16()
_ZERO = ord("0")


@dataclass
class CodedRows:
    """Rows of text cells (`c0` …) from the line `first_row` on.

    `words` are the different cells of the columns that are codes, by position. As placed the rows
    also have `_source`, `_line`, and for each column of codes these themselves (`e0` …).
    """

    engine: Engine
    first_row: int
    rows: pa.Table = field(repr=False)
    words: dict[int, pa.Array] = field(repr=False)
    misfits: tuple[tuple[int, str], ...] = ()  # a file with any is not regular

    @property
    def kept(self) -> int:
        """How many rows there are."""
        return self.rows.num_rows

    def first(self) -> tuple[str, ...]:
        """The cells of the first row."""
        return tuple(column[0].as_py() for column in self.rows.columns)

    def is_between_digits(self, name: str) -> bool:
        """Whether all cells of a column begin and end with a digit."""
        column = self.rows.column(name)
        if pa.types.is_dictionary(column.type):
            texts = [column.chunk(0).dictionary] if column.num_chunks else []
        else:
            texts = column.chunks
        return all(map(_are_between_digits, texts))

    @property
    def lines(self) -> np.ndarray:
        """The line on which each row begins; they rise."""
        return self.rows.column("_line").to_numpy()

    def on(self, lines: np.ndarray) -> pa.Table:
        """The rows that begin on some lines.

        Arrow's own `take` copies a whole column of text for it.
        """
        own, wanted = self.lines, np.unique(lines)
        positions = np.searchsorted(own[:-1], wanted)
        positions = positions[own[positions] == wanted]
        parts = self.rows.to_batches()
        ends = np.cumsum([part.num_rows for part in parts])
        cuts = np.searchsorted(positions, ends)
        rows = []
        for part, start, cut, end in zip(
            parts, [0, *cuts[:-1]], cuts, ends, strict=True
        ):
            if cut > start:
                rows.append(
                    part.take(
                        pa.array(positions[start:cut] - (end - part.num_rows))
                    )
                )
        return pa.Table.from_batches(rows, self.rows.schema)

    def place(self, store: str, lines: np.ndarray | None, as_table: bool) -> None:
        """Show the rows as `store` with the lines on which they begin.

        None: each is on one line, from the first row on.
        """
        if lines is None:
            lines = np.arange(self.first_row, self.first_row + self.kept)
        columns = {
            "_source": pa.array(np.zeros(self.kept, np.int16)),
            "_line": pa.array(lines, pa.int64()),
        }
        columns |= {name: self.rows.column(name) for name in self.rows.column_names}
        for position in self.words:
            codes = [part.indices for part in self.rows.column(position).chunks]
            columns[f"e{position}"] = pa.chunked_array(codes)
        self.rows = pa.table(columns)
        self.engine.show(store, self.rows)

    def leave_out(self, store: str, lines: Collection[int]) -> None:
        """The rows that begin on these lines are not in the store."""
        if lines:
            rows = self.rows.filter(~np.isin(self.lines, list(lines)))
            columns = {
                name: _in_even_parts(rows.column(name))
                for name in rows.column_names
            }
            self.rows = pa.table(columns)
            self.engine.show(store, self.rows)

    def drop(self) -> None:
        """Nothing is kept but the rows themselves."""


def parse_with_arrow(
    engine: Engine, file: DelimitedFile, progress: Progress
) -> CodedRows | None:
    """The lines from the first row on that are not empty; None where one is not regular."""
    begin = _offset_of(file.path, file.structure.first_row)
    repeated = _repeated_columns(file, begin)
    names = file.columns
    types = {
        name: _CODES if position in repeated else pa.string()
        for position, name in enumerate(names)
    }
    quote = file.quote.decode() if file.quote else False
    parsing = csv.ParseOptions(delimiter=file.dialect.delimiter, quote_char=quote)
    converting = csv.ConvertOptions(
        column_types=types, null_values=[], strings_can_be_null=False
    )

    def parsed(piece: memoryview) -> pa.Table:
        reading = csv.ReadOptions(
            column_names=names, block_size=len(piece), use_threads=False
        )
        return csv.read_csv(pa.BufferReader(piece), reading, parsing, converting)

    pieces = _pieces(file.path, begin, _THREADS, progress)
    try:
        parts = list(_in_threads(parsed, pieces))
    except pa.ArrowInvalid:
        return None
    rows = pa.concat_tables(parts).unify_dictionaries() if parts else None
    parts.clear()
    if rows is None or not rows.num_rows:
        return None
    words = {}
    for position, name in enumerate(names):
        # One after the other: what a column was made from can go.
        column = rows.column(position)
        if position in repeated:
            column, dictionary = _coded(column)
            if dictionary is not None:
                words[position] = dictionary
        rows = rows.set_column(position, name, _in_even_parts(column))
    return CodedRows(engine, file.structure.first_row, rows, words)


def _are_between_digits(texts: pa.Array) -> bool:
    bounds, bytes_ = bytes_of(texts)
    if (bounds[1:] == bounds[:-1]).any():  # an empty cell
        return False
    outer = bytes_[np.concatenate([bounds[:-1], bounds[1:] - 1])]
    return bool(((outer >= _ZERO) & (outer <= _ZERO + 9)).all())


def bytes_of(texts: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Where each of some texts begins, and the last ends, among their bytes; and these."""
    _, offsets, letters = texts.buffers()
    bounds = np.frombuffer(offsets, np.int32)[
        texts.offset : texts.offset + len(texts) + 1
    ]
    if not letters or not len(bounds):
        return np.zeros(len(texts) + 1, np.int32), np.zeros(0, np.uint8)
    return bounds, np.frombuffer(letters, np.uint8)


def _coded(column: pa.ChunkedArray) -> tuple[pa.ChunkedArray, pa.Array | None]:
    """A column of codes in small numbers with its words; as text where they are too many."""
    words = column.chunk(0).dictionary
    maximum = min(_MAXIMUM_WORDS, len(column) // _ROWS_A_WORD)
    if len(words) > maximum or words.nbytes > _MAXIMUM_WORD_BYTES:
        return column.cast(pa.string()), None
    # Codes are fewer than 2 ** 15, and need no check.
    parts = [
        pa.DictionaryArray.from_arrays(
            part.indices.cast(_CODE, safe=False), words, safe=False
        )
        for part in column.chunks
    ]
    return pa.chunked_array(parts), words


def _in_even_parts(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The same cells in parts of as many as DuckDB packs together.

    They lie in the system's memory, which wastes none; Arrow's own is quicker to parse with, and is
    given back afterwards.
    """
    pool = pa.system_memory_pool()
    parts = [
        pa.concat_arrays(column.slice(start, _PART_ROWS).chunks, pool)
        for start in range(0, len(column), _PART_ROWS)
    ]
    return pa.chunked_array(parts, column.type)


def _in_threads(
    work: Callable[[memoryview], pa.Table], pieces: Iterable[memoryview]
) -> Iterator[pa.Table]:
    """`work` done on each piece, on all processors, in order.

    While the next is fetched, no more than the last `_THREADS` are worked on. A piece a thread
    takes three quarters of the time of Arrow's own threads on parts of one piece, which wait for
    one another.
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
        return sum(map(len, islice(stream, line - 1)))


def _repeated_columns(file: DelimitedFile, begin: int) -> frozenset[int]:
    """The columns that seem to have few different values.

    By how many of those in some stretches of the file come in others as well.

    References
    ----------
    Chao, A. (1987), Estimating the population size for capture-recapture data with unequal
    catchability, Biometrics 43, 783-791.
    """
    width, delimiter = file.structure.width, file.dialect.delimiter
    stretches: list[Counter[str]] = [Counter() for _ in range(width)]
    with file.path.open("rb") as stream:
        for number in range(_STRETCHES):
            stream.seek(begin + (file.size - begin) * number // _STRETCHES)
            text = stream.read(_STRETCH_BYTES).decode("utf-8", "replace")
            rows = [line.split(delimiter) for line in text.splitlines()[1:-1]]
            columns = zip(*(row for row in rows if len(row) == width), strict=True)
            for counter, values in zip(stretches, columns, strict=False):
                counter.update(set(values))
    repeated = set()
    for position, counter in enumerate(stretches):
        # How many values come in one stretch, in two …
        times = Counter(counter.values())
        estimate = len(counter) + times[1] * (times[1] - 1) / (2 * (times[2] + 1))
        if counter and estimate <= _MAXIMUM_WORDS:
            repeated.add(position)
    return frozenset(repeated)


def _pieces(
    path: Path, begin: int, held: int, progress: Progress
) -> Iterator[memoryview]:
    """The rest of the file in pieces of whole lines; the last `held` given out stay as they are."""
    end = path.stat().st_size
    size = min(_PIECE_BYTES, max(1, end - begin))
    # Memory used again is there at once, new memory is not.
    buffers = cycle([bytearray(size) for _ in range(held + 1)])
    with path.open("rb") as stream:
        stream.seek(begin)
        buffer = next(buffers)
        while taken := stream.readinto(buffer):
            cut = (
                taken if stream.tell() >= end else buffer.rfind(b"\n", 0, taken) + 1
            )
            if not cut and len(buffer) <= _LONGEST_LINE:  # not even one line
                stream.seek(-taken, os.SEEK_CUR)
                buffer = bytearray(2 * len(buffer))
                continue
            cut = cut or taken  # Arrow will refuse so long a line, and so it shall
            stream.seek(cut - taken, os.SEEK_CUR)
            yield memoryview(buffer)[:cut]
            progress(0.1 + 0.8 * stream.tell() / end, "reading.step_parse")
            buffer = next(buffers)
