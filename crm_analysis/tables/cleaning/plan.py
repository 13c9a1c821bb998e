"""What cleaning has decided for each column.

How its cells are read, and which of them that changes.
"""

from __future__ import annotations

import uuid
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pyarrow as pa

from crm_analysis.engine import Engine, quoted
from crm_analysis.messages import Message
from crm_analysis.tables.cleaning.sql import plain_text
from crm_analysis.tables.currencies import FigureWord
from crm_analysis.tables.kinds import ValueType

if TYPE_CHECKING:
    from crm_analysis.tables.reading import RawTable

# What `extent` found of the rows of each table; they do not change.
_EXTENTS: weakref.WeakKeyDictionary[RawTable, dict[str, tuple[int, int, int]]] = (
    weakref.WeakKeyDictionary()
)


@dataclass(frozen=True)
class Edit:
    """Cells that a step changes.

    Those that fulfil `condition` become `new` (SQL over the store, for the ledger).
    """

    step: str
    reason: str
    condition: str
    new: str
    cells: int = 0


@dataclass(frozen=True)
class ColumnSpec:
    """What is known of a column beforehand.

    Its name in the file (`source`) and in the cleaned table; `type` where its role or a person
    says it. `order` of day and month and what stands in an `empty` cell are as the platform has
    them whose export it is.
    `heading` is the unit that its name, or a line of units, gives its figures; `year` what a
    person said of dates without one, `calendar` whose days or names of months they are.
    """

    position: int
    source: str
    name: str
    role: str | None
    type: ValueType | None
    order: str | None = None
    empty: tuple[str, ...] = ()
    heading: FigureWord | None = None
    year: str | None = None
    calendar: str | None = None

    @property
    def cell(self) -> str:
        """The raw cell."""
        return f"c{self.position}"

    def read_as(
        self, type_: ValueType, value: str, **details: Any
    ) -> ColumnReading:
        """The column read as a type by the SQL `value`; `details` are further fields."""
        return ColumnReading(
            self.position,
            self.source,
            self.name,
            self.role,
            type_,
            value,
            **details,
        )


@dataclass(frozen=True)
class ColumnReading:
    """How one column of the file is read.

    `value` is SQL over `c{position}`, over `t{position}` (the cell made plain, where `plain`) and
    over `structs`. `bare` gives the same for cells that are blank or fit this reading, and less
    surely nothing for others; `light` is one pattern that may give the same. `currency_words` are
    the currencies of the words beside figures. `against` is SQL for cells that, though readable,
    speak against this reading.
    """

    position: int
    source: str
    name: str
    role: str | None
    type: ValueType
    value: str
    plain: bool = False
    structs: Mapping[str, str] = field(default_factory=dict)
    bare: str = ""
    light: str = ""
    against: str = "false"
    edits: tuple[Edit, ...] = ()
    detail: Mapping[str, Any] = field(default_factory=dict)
    questions: tuple[Message, ...] = ()
    currency_words: Mapping[str, str] = field(default_factory=dict)

    @property
    def cell(self) -> str:
        """The raw cell."""
        return f"c{self.position}"


def require_raw(raw: object, verb: str) -> None:
    """Raise a TypeError that names `read_table` where a table has not come through it."""
    from crm_analysis.tables.reading import RawTable

    if not isinstance(raw, RawTable):
        raise TypeError(
            f"{verb} takes a table as read_table gives it, not a {type(raw).__name__}:"
            f" raw = read_table(table); {verb}(raw, …)"
        )


def questions_of_reading(raw: RawTable) -> tuple[Message, ...]:
    """What the reading of each file did not decide; `details["file"]` is the file's position."""
    readings = raw.sources or (raw.reading,)
    return tuple(
        Message(key, {**details, "file": position})
        for position, reading in enumerate(readings)
        for key, details in reading.questions
    )


def raw_rows(raw: RawTable) -> str:
    """The rows of a raw table with `_row`.

    A number that names each and rises in the order of the file, as something to select from.

    A stored table numbers its rows itself. A view does not; there `_line` does, if the rows are
    lines of one file.
    """
    engine, store = raw.engine, quoted(raw.store)
    if raw.coded:
        return f"(SELECT *, _line AS _row FROM {store})"
    if not _numbers_its_rows(engine, store):
        one_source, rows, low, high, total = engine.run(
            "SELECT min(_source) = max(_source), count(*), min(_line), max(_line),"
            f" sum(_line) FROM {store}"
        )[0]
        each = (
            bool(rows)
            and high - low + 1 == rows
            and 2 * total == (low + high) * rows
        )  # every line once, or nearly surely so
        if (
            rows
            and one_source
            and (
                each
                or engine.run(f"SELECT count(DISTINCT _line) FROM {store}")[0][0]
                == rows
            )
        ):
            return f"(SELECT *, _line AS _row FROM {store})"
        copy = f"{raw.store}_rows"
        engine.run(f"CREATE OR REPLACE TABLE {quoted(copy)} AS FROM {store}")
        store = quoted(copy)
    return f"(SELECT *, rowid AS _row FROM {store})"


def _numbers_its_rows(engine: Engine, store: str) -> bool:
    """Whether rows are stored, as those of a view are not."""
    try:
        engine.run(f"SELECT rowid FROM {store} LIMIT 0")
    except duckdb.BinderException:
        return False
    return True


def extent(raw: RawTable, base: str) -> tuple[int, int, int]:
    """How many rows `raw_rows` gave, and their first and last number.

    0 and -1 where there is none.
    """
    if raw.coded and raw.coded.rows.num_rows:
        lines = raw.coded.lines
        return len(lines), int(lines[0]), int(lines[-1])
    known = _EXTENTS.setdefault(raw, {})
    if base not in known:
        ((rows, first, last),) = raw.engine.run(
            f"SELECT count(*), coalesce(min(_row), 0), coalesce(max(_row), -1) FROM {base}"
        )
        known[base] = rows, first, last
    return known[base]


@contextmanager
def chosen(raw: RawTable, base: str, numbers: np.ndarray) -> Iterator[str]:
    """Those of the rows of `raw_rows` that have one of some numbers.

    They can be selected from till the end.
    """
    name = f"{raw.store}_{uuid.uuid4().hex[:12]}"
    if raw.coded:
        some = raw.coded.on(numbers)
        rows = f"(SELECT *, _line AS _row FROM {quoted(name)})"
    else:
        some = pa.table({"number": pa.array(numbers, pa.int64())})
        rows = f"(SELECT * FROM {base} WHERE _row IN (SELECT number FROM {quoted(name)}))"
    raw.engine.show(name, some)
    yield rows
    del some


@contextmanager
def narrowed(
    raw: RawTable, base: str, columns: Sequence[ColumnReading]
) -> Iterator[str]:
    """The rows of `raw_rows` with few columns where that is cheap, till the end.

    To plan a query takes as long as the table it is of has columns.
    """
    if not raw.coded:
        yield base
        return
    name = f"{raw.store}_{uuid.uuid4().hex[:12]}"
    cells = ("_source", "_line", *(column.cell for column in columns))
    some = raw.coded.rows.select(list(cells))
    raw.engine.show(name, some)
    yield f"(SELECT *, _line AS _row FROM {quoted(name)})"
    del some


@contextmanager
def sampled(raw: RawTable, base: str, size: int) -> Iterator[str]:
    """About `size` of the rows of `raw_rows`, at random but always the same.

    They can be selected from till the end; all rows where they are not many more.
    """
    count = extent(raw, base)[0]
    if count <= 2 * size:
        yield base
    elif raw.coded:
        with chosen(
            raw,
            base,
            np.random.default_rng(0).choice(
                raw.coded.lines, size, replace=False, shuffle=False
            ),
        ) as rows:
            yield rows
    else:
        yield f"(SELECT * FROM {base} WHERE hash(_row) % {count // size + 1} = 0)"


def row_numbers(engine: Engine, table: str) -> np.ndarray:
    """The `_row` of each row of a table."""
    return (
        engine.over(None, f"SELECT _row FROM {quoted(table)}")
        .column("_row")
        .to_numpy()
    )


def relation(rows: str, columns: Sequence[ColumnReading]) -> str:
    """A subquery: the rows of `raw_rows` with the plain texts and structs columns read from."""
    plain = {f"t{column.position}": column for column in columns if column.plain}
    structs = {
        alias: sql for column in columns for alias, sql in column.structs.items()
    }
    inner = f"SELECT * FROM {rows}"
    if plain:
        texts = (
            f"{plain_text(column.cell)} AS {alias}"
            for alias, column in plain.items()
        )
        inner = f"SELECT *, {', '.join(texts)} FROM ({inner})"
    if structs:
        inner = (
            f"SELECT *, {', '.join(f'{sql} AS {alias}' for alias, sql in structs.items())}"
            f" FROM ({inner})"
        )
    return f"({inner})"
