"""Rows that are exact copies of an earlier one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np

from crm_analysis.engine import quoted
from crm_analysis.tables.cleaning.draft import Draft
from crm_analysis.tables.cleaning.plan import Column, chosen, extent
from crm_analysis.tables.cleaning.sql import is_blank

__all__ = ["copies", "leave_out_blank", "leave_out_copies"]

_SLOTS = 1 << 22  # for the hashes that come twice, by their last bits: the more, the fewer rows are looked at in vain


def leave_out_blank(draft: Draft, needed: bool) -> None:
    """Rows without anything in them; where `needed`, also rows in which no column that has a role says anything."""
    if not draft.columns:
        return
    _leave_out_where_blank(draft, "empty_row", draft.columns)
    roled = [one for one in draft.columns if one.role]
    if needed and roled and len(roled) < len(draft.columns):
        _leave_out_where_blank(draft, "nothing_in_roles", roled)


def _leave_out_where_blank(draft: Draft, reason: str, columns: Sequence[Column]) -> None:
    for words in (draft.raw.words(one.position) for one in columns):
        if words is not None and not draft.engine.over({"word": words}, f"SELECT 1 FROM given WHERE {is_blank('word')} LIMIT 1").num_rows:
            return  # this column always says something
    draft.leave_out("blank", reason, " AND ".join(is_blank(one.cell) for one in columns), draft.base)


@contextmanager
def copies(draft: Draft) -> Iterator[tuple[str, str]]:
    """SQL for the numbers of the raw rows that repeat an earlier one cell for cell, and for rows among which they are, till the end.

    Rows whose hashes may be equal are looked at closely.
    """
    cells = ", ".join(one.cell if draft.raw.words(one.position) is None else f"e{one.position}" for one in draft.columns)
    gone = f"(SELECT _row FROM {quoted(draft.gone)} WHERE step = 'blank')"
    with chosen(draft.raw, draft.base, _maybe_alike(draft, f"hash({cells})")) as alike:
        numbered = (
            f"SELECT _row AS r, row_number() OVER (PARTITION BY {cells} ORDER BY _row) AS nth FROM {alike} WHERE _row NOT IN {gone} AND NOT {_nobodys(draft)}"
        )
        yield f"(SELECT r FROM ({numbered}) WHERE nth > 1)", alike


def _nobodys(draft: Draft) -> str:
    """SQL: whether an order line says neither which order, nor whose, nor when: further lines of an order that only its first line names.

    Two such lines may be alike without being copies, for they stand below different orders.
    """
    told = [one.cell for one in (draft.role(role) for role in ("order", "customer", "date")) if one]
    return "(" + " AND ".join(map(is_blank, told)) + ")" if draft.role("order") else "false"


def _maybe_alike(draft: Draft, row_hash: str) -> np.ndarray:
    """The numbers of the rows whose hash another has, and of a few more.

    Sorting the hashes takes a third of the time, and a tenth of the memory, of grouping by them. Which rows have one of those that
    come twice is then told by their last bits alone.
    """
    rows, first, last = extent(draft.raw, draft.base)
    follow = last - first == rows - 1  # then a row's number is its place
    with draft.engine.cursor() as cursor:
        query = f"SELECT {row_hash} AS h{'' if follow else ', _row'} FROM {draft.base}"
        parts = [[np.asarray(column) for column in part.columns] for part in cursor.execute(query).to_arrow_reader(1_000_000)]
    if not parts:
        return np.zeros(0, np.int64)
    hashes, *numbers = (np.concatenate(column) for column in zip(*parts, strict=True))
    half = np.uint64(1 << 63)
    seen = np.zeros(_SLOTS, bool)
    with ThreadPoolExecutor(2) as threads:  # numpy sorts without holding Python up
        for twice in threads.map(_twice, (hashes[hashes < half], hashes[hashes >= half])):
            seen[_last_bits(twice)] = True
    places = np.flatnonzero(seen[_last_bits(hashes)])
    return numbers[0][places] if numbers else places + first


def _twice(hashes: np.ndarray) -> np.ndarray:
    hashes.sort()
    return hashes[1:][hashes[1:] == hashes[:-1]]


def _last_bits(hashes: np.ndarray) -> np.ndarray:
    return (hashes & np.uint64(_SLOTS - 1)).astype(np.int32)


def leave_out_copies(draft: Draft) -> None:
    """The copies go; the first of each stays."""
    if draft.columns:
        with copies(draft) as (numbers, rows):
            draft.leave_out("duplicates", "exact_copy", f"_row IN {numbers}", rows)
