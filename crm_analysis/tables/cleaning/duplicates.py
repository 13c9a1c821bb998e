"""Rows that are exact copies of an earlier one: gone where something names the record.

Two customers may well be alike in every cell, and two coffees on one bill are. Where nothing
says that equal rows are one record, they stay, and the reader is asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from crm_analysis.engine import quoted
from crm_analysis.messages import Message
from crm_analysis.tables.cleaning.draft import Draft
from crm_analysis.tables.cleaning.impossible import OddCells
from crm_analysis.tables.cleaning.plan import (
    ColumnReading,
    chosen,
    extent,
    relation,
)
from crm_analysis.tables.cleaning.sql import is_blank

if TYPE_CHECKING:
    from crm_analysis.tables.reading import RawTable

# OddCells, so that different numbers stay different; its powers scatter them in different ways.
_MIX = 0x9E3779B97F4A7C15

# An id names its record though some records were written again with a change; what names a line
# of an order only by the way must do so without exception.
_NEARLY_UNIQUE = 0.95
_UNIQUE = 1.0


def leave_out_blank(draft: Draft, needed: bool) -> None:
    """Rows without anything in them.

    Where `needed`, also rows in which no column that has a role says anything.
    """
    if not draft.columns:
        return
    _leave_out_where_blank(draft, "empty_row", draft.columns)
    roled = [column for column in draft.columns if column.role]
    if needed and roled and len(roled) < len(draft.columns):
        _leave_out_where_blank(draft, "nothing_in_roles", roled)


def _leave_out_where_blank(
    draft: Draft, reason: str, columns: Sequence[ColumnReading]
) -> None:
    for words in (draft.raw.words(column.position) for column in columns):
        if (
            words is not None
            and not draft.engine.over(
                {"word": words},
                f"SELECT 1 FROM given WHERE {is_blank('word')} LIMIT 1",
            ).num_rows
        ):
            return  # this column always says something
    draft.leave_out(
        "blank",
        reason,
        # an empty cell is seen to be blank in a hundredth of the time that one of spaces takes
        " AND ".join(
            f"({column.cell} = '' OR {is_blank(column.cell)})" for column in columns
        ),
        draft.base,
    )


@contextmanager
def copies(draft: Draft, alike: np.ndarray) -> Iterator[tuple[str, str]]:
    """SQL for the numbers of the raw rows that repeat an earlier one cell for cell.

    And for rows among which they are, till the end.

    Of all rows those with the numbers `alike` are looked at closely.
    """
    cells = _cells(draft.raw)
    gone = f"(SELECT _row FROM {quoted(draft.gone)} WHERE step = 'blank')"
    with chosen(draft.raw, draft.base, alike) as rows:
        numbered = (
            f"SELECT _row AS r, row_number() OVER (PARTITION BY {cells} ORDER BY _row) AS nth"
            f" FROM {rows} WHERE _row NOT IN {gone} AND NOT {_nobodys(draft)}"
        )
        yield f"(SELECT r FROM ({numbered}) WHERE nth > 1)", rows


def _nobodys(draft: Draft) -> str:
    """SQL: whether an order line says neither which order, nor whose, nor when.

    Further lines of an order that only its first line names.

    Two such lines may be alike without being copies, for they stand below different orders.
    """
    cells = [
        column.cell
        for column in (draft.role(role) for role in ("order", "customer", "date"))
        if column
    ]
    return (
        "(" + " AND ".join(map(is_blank, cells)) + ")"
        if draft.role("order")
        else "false"
    )


def _cells(raw: RawTable) -> str:
    """SQL: what two rows that are alike have in common."""
    positions = range(len(raw.reading.columns))
    return ", ".join(_raw_cell(raw, position) for position in positions)


def _raw_cell(raw: RawTable, position: int) -> str:
    return f"c{position}" if raw.words(position) is None else f"e{position}"


def numbers_of_alike(raw: RawTable, base: str) -> np.ndarray:
    """The numbers of the rows whose hash another has."""
    if not raw.reading.columns:
        return np.zeros(0, np.int64)
    rows, first, last = extent(raw, base)
    follow = last - first == rows - 1  # then a row's number is its place
    with raw.engine.cursor() as cursor:
        query = f"SELECT hash({_cells(raw)}) AS h{'' if follow else ', _row'} FROM {base}"
        parts = [
            [np.asarray(column) for column in part.columns]
            for part in cursor.execute(query).to_arrow_reader(1_000_000)
        ]
    if not parts:
        return np.zeros(0, np.int64)
    hashes, *numbers = (
        np.concatenate(column) for column in zip(*parts, strict=True)
    )
    places = places_of_repeated(hashes)
    return numbers[0][places] if numbers else places + first


def places_of_repeated(hashes: np.ndarray) -> np.ndarray:
    """The places, in order, of the numbers (uint64) that come more than once.

    Every number goes to a slot, where the last one to come stays. The others there are equal to
    it, or try again among themselves with other slots. It takes two thirds of the time of sorting,
    and a fraction of that of grouping.
    """
    bits = len(hashes).bit_length() + 1
    slots = np.empty(1 << bits, np.int32)
    pending, some, repeated = (
        np.arange(len(hashes), dtype=np.int32),
        hashes,
        [np.zeros(0, np.int32)],
    )
    mix = _MIX
    while len(pending):
        slot = ((some * np.uint64(mix)) >> np.uint64(64 - bits)).astype(np.int32)
        slots[slot] = pending
        stayed = slots[slot]
        others = np.flatnonzero(stayed != pending)
        equal = hashes[stayed[others]] == some[others]
        repeated += [pending[others[equal]], stayed[others[equal]]]
        pending, some = pending[others[~equal]], some[others[~equal]]
        mix = mix * _MIX % 2**64
    return np.unique(np.concatenate(repeated))


def settle_copies(draft: Draft, kind: str, alike: np.ndarray) -> list[OddCells]:
    """The copies go, and the first of each stays; or they are marked, and all stay.

    By the option `duplicates`; left to the data, they go where something names the record.
    """
    if not draft.columns:
        return []
    name, choice = copies_table(draft), draft.options.duplicates
    with copies(draft, alike) as (numbers, rows):
        draft.engine.run(
            f"CREATE TABLE {quoted(name)} AS SELECT _row, _source, _line FROM {rows}"
            f" WHERE _row IN {numbers}"
        )
        count = draft.engine.run(f"SELECT count(*) FROM {quoted(name)}")[0][0]
        if not count:
            return []
        is_named = choice == "auto" and _names_a_record(draft, kind, rows, count)
    if choice == "remove" or is_named:
        draft.leave_out(
            "duplicates", "exact_copy", "true", f"(SELECT * FROM {quoted(name)})"
        )
        return []
    lines = f"(_source, _line) IN (SELECT (_source, _line) FROM {quoted(name)})"
    return [OddCells("", "exact_copy", lines)]


def copies_table(draft: Draft) -> str:
    """The table of the rows that repeat an earlier one."""
    return f"{draft.gone}_copies"


def ask_about_copies(draft: Draft, odd: Sequence[OddCells]) -> tuple[Message, ...]:
    """The question about copies that stayed unasked, with the rows and the money in them."""
    marked = [cells for cells in odd if cells.reason == "exact_copy"]
    if not marked or draft.options.duplicates != "auto":
        return ()
    run, store = draft.engine.run, quoted(draft.store)
    where = f"FROM {store} WHERE {marked[0].condition}"
    details = {
        "count": run(f"SELECT count(*) {where}")[0][0],
        "rows": run(f"SELECT count(*) FROM {store}")[0][0],
        "option": "duplicates",
        "choices": ["keep", "remove"],
        "default": "keep",
    }
    if "amount" in draft.engine.columns(draft.store):
        money = run(f'SELECT coalesce(fsum("amount"), 0) {where}')[0][0]
        return (
            Message(
                "cleaning.question.copies_of_money", details | {"money": money}
            ),
        )
    return (Message("cleaning.question.duplicates_may_be_real", details),)


def _names_a_record(draft: Draft, kind: str, alike: str, count: int) -> bool:
    """Whether equal rows are one record: something in them comes once in all other rows."""
    rows = extent(draft.raw, draft.base)[0] - count
    rows -= draft.engine.run(f"SELECT count(*) FROM {quoted(draft.gone)}")[0][0]
    if kind == "transactions" and _is_line_with_its_figure(draft):
        return True
    return any(
        _distinct(draft, columns) >= share * rows
        for columns, share in _keys(draft, kind, alike)
    )


def _is_line_with_its_figure(draft: Draft) -> bool:
    """Whether lines carry their order and their quantity, or an amount that is the line's own."""
    order, amount, product = map(draft.role, ("order", "amount", "product"))
    if order is None or draft.role("quantity"):
        return order is not None
    if amount is None or product is None:
        return amount is not None
    # an order's total beside each of its goods says nothing of how many there were
    orders = _distinct(draft, [order])
    has_own = _distinct(draft, [order, amount]) > orders
    return has_own or _distinct(draft, [order, product]) == orders


def _keys(
    draft: Draft, kind: str, alike: str
) -> Iterator[tuple[list[ColumnReading], float]]:
    """Columns that may name a record, and how much of it they must."""
    for column in draft.columns:
        if column.type == "id":
            by_the_way = ("order", "customer") if kind == "transactions" else ()
            yield [column], _UNIQUE if column.role in by_the_way else _NEARLY_UNIQUE
    date = draft.role("date")
    if date is None:
        return
    whose = draft.role("series" if kind == "series" else "customer")
    if kind == "series" or _to_the_second(draft, date, alike):
        yield [column for column in (date, whose) if column], _UNIQUE


def _distinct(draft: Draft, columns: Sequence[ColumnReading]) -> int:
    """How many different records the cells of some columns tell apart."""
    cells = ", ".join(_raw_cell(draft.raw, column.position) for column in columns)
    return draft.engine.run(
        f"SELECT count(*) FROM (SELECT DISTINCT {cells} FROM {draft.base}"
        f" WHERE _row NOT IN (SELECT _row FROM {quoted(draft.gone)}))"
    )[0][0]


def _to_the_second(draft: Draft, date: ColumnReading, rows: str) -> bool:
    """Whether the times of some rows have seconds: few of them fall on a full minute."""
    share = draft.engine.run(
        "SELECT avg(CAST(date_part('second', v) <> 0 AS INTEGER))"
        f" FROM (SELECT {date.value} AS v FROM {relation(rows, [date])})"
    )[0][0]
    return bool(share and share > 0.5)
