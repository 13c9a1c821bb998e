"""Rows that are exact copies of an earlier one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from crm_analysis.engine import quoted
from crm_analysis.tables.cleaning.draft import Draft
from crm_analysis.tables.cleaning.plan import ColumnReading, chosen, extent
from crm_analysis.tables.cleaning.sql import is_blank

if TYPE_CHECKING:
    from crm_analysis.tables.reading import RawTable

# OddCells, so that different numbers stay different; its powers scatter them in different ways.
_MIX = 0x9E3779B97F4A7C15


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
        " AND ".join(is_blank(column.cell) for column in columns),
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
    return ", ".join(
        f"c{position}" if raw.words(position) is None else f"e{position}"
        for position in range(len(raw.reading.columns))
    )


def numbers_of_alike(raw: RawTable, base: str) -> np.ndarray:
    """The numbers of the rows whose hash another has."""
    if not raw.reading.columns:
        return np.zeros(0, np.int64)
    rows, first, last = extent(raw, base)
    follow = last - first == rows - 1  # then a row's number is its place
    with raw.engine.cursor() as cursor:
        query = (
            f"SELECT hash({_cells(raw)}) AS h{'' if follow else ', _row'} FROM {base}"
        )
        parts = [
            [np.asarray(column) for column in part.columns]
            for part in cursor.execute(query).to_arrow_reader(1_000_000)
        ]
    if not parts:
        return np.zeros(0, np.int64)
    hashes, *numbers = (np.concatenate(column) for column in zip(*parts, strict=True))
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


def leave_out_copies(draft: Draft, alike: np.ndarray) -> None:
    """The copies go; the first of each stays."""
    if draft.columns:
        with copies(draft, alike) as (numbers, rows):
            draft.leave_out("duplicates", "exact_copy", f"_row IN {numbers}", rows)
