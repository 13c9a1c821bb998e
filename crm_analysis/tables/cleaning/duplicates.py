"""Rows that are exact copies of an earlier one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd

from crm_analysis.engine import quoted
from crm_analysis.tables.cleaning.draft import Draft
from crm_analysis.tables.cleaning.sql import is_blank

__all__ = ["copies", "leave_out_blank", "leave_out_copies"]


def leave_out_blank(draft: Draft, needed: bool) -> None:
    """Rows without anything in them; where `needed`, also rows in which no column that has a role says anything."""
    cells = [one.cell for one in draft.columns]
    if not cells:
        return
    draft.leave_out("blank", "empty_row", " AND ".join(map(is_blank, cells)), draft.base)
    roled = [one.cell for one in draft.columns if one.role]
    if needed and roled and len(roled) < len(cells):
        draft.leave_out("blank", "nothing_in_roles", " AND ".join(map(is_blank, roled)), draft.base)


def copies(draft: Draft) -> str:
    """SQL: the numbers of the raw rows that repeat an earlier one cell for cell. Rows whose hashes may be equal are looked at closely."""
    cells = ", ".join(one.cell for one in draft.columns)
    gone = f"(SELECT _row FROM {quoted(draft.gone)} WHERE step = 'blank')"
    alike = f"{draft.gone}_alike"
    draft.engine.register(alike, pd.DataFrame({"r": _maybe_alike(draft, f"hash({cells})")}))
    numbered = (
        f"SELECT _row AS r, row_number() OVER (PARTITION BY {cells} ORDER BY _row) AS nth FROM {draft.base}"
        f" WHERE _row IN (SELECT r FROM {quoted(alike)}) AND _row NOT IN {gone} AND NOT {_nobodys(draft)}"
    )
    return f"SELECT r FROM ({numbered}) WHERE nth > 1"


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
    rows, first, last = draft.engine.run(f"SELECT count(*), coalesce(min(_row), 0), coalesce(max(_row), -1) FROM {draft.base}")[0]
    follow = last - first == rows - 1  # then a row's number is its place
    with draft.engine.cursor() as cursor:
        query = f"SELECT {row_hash} AS h{'' if follow else ', _row'} FROM {draft.base}"
        parts = [[np.asarray(column) for column in part.columns] for part in cursor.execute(query).to_arrow_reader(1_000_000)]
    if not parts:
        return np.zeros(0, np.int64)
    hashes, *numbers = (np.concatenate(column) for column in zip(*parts, strict=True))
    half = np.uint64(1 << 63)
    seen = np.zeros(1 << 24, bool)
    with ThreadPoolExecutor(2) as threads:  # numpy sorts without holding Python up
        for twice in threads.map(_twice, (hashes[hashes < half], hashes[hashes >= half])):
            seen[_last_bits(twice)] = True
    places = np.flatnonzero(seen[_last_bits(hashes)])
    return numbers[0][places] if numbers else places + first


def _twice(hashes: np.ndarray) -> np.ndarray:
    hashes.sort()
    return hashes[1:][hashes[1:] == hashes[:-1]]


def _last_bits(hashes: np.ndarray) -> np.ndarray:
    return (hashes & np.uint64((1 << 24) - 1)).astype(np.int32)


def leave_out_copies(draft: Draft) -> None:
    """The copies go; the first of each stays."""
    if draft.columns:
        draft.leave_out("duplicates", "exact_copy", f"_row IN ({copies(draft)})", draft.base)
        draft.engine.run(f"DROP TABLE {quoted(f'{draft.gone}_alike')}")
