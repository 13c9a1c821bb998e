"""Rows that are exact copies of an earlier one."""

from __future__ import annotations

from crm_analysis.engine import quoted
from crm_analysis.tables.cleaning.draft import Draft
from crm_analysis.tables.cleaning.sql import is_blank

__all__ = ["copies", "leave_out_blank", "leave_out_copies"]


def leave_out_blank(draft: Draft, needed: bool) -> None:
    """Rows without anything in them; where `needed`, also rows in which no column that has a role says anything."""
    cells = [one.cell for one in draft.columns]
    if not cells:
        return
    draft.leave_out("blank", "empty_row", " AND ".join(map(is_blank, cells)), _rows(draft))
    roled = [one.cell for one in draft.columns if one.role]
    if needed and roled and len(roled) < len(cells):
        draft.leave_out("blank", "nothing_in_roles", " AND ".join(map(is_blank, roled)), _rows(draft))


def copies(draft: Draft) -> str:
    """SQL: the numbers of the raw rows that repeat an earlier one cell for cell. Equal hashes are looked at closely."""
    cells = ", ".join(one.cell for one in draft.columns)
    store, gone = quoted(draft.raw.store), f"(SELECT _row FROM {quoted(draft.gone)} WHERE step = 'blank')"
    twice = f"SELECT h FROM (SELECT hash({cells}) AS h FROM {store}) GROUP BY h HAVING count(*) > 1"
    alike = f"SELECT rowid AS r, row_number() OVER (PARTITION BY {cells} ORDER BY rowid) AS nth FROM {store} WHERE hash({cells}) IN ({twice}) AND rowid NOT IN {gone}"
    return f"SELECT r FROM ({alike}) WHERE nth > 1"


def leave_out_copies(draft: Draft) -> None:
    """The copies go; the first of each stays."""
    if draft.columns:
        draft.leave_out("duplicates", "exact_copy", f"_row IN ({copies(draft)})", _rows(draft))


def _rows(draft: Draft) -> str:
    return f"(SELECT *, rowid AS _row FROM {quoted(draft.raw.store)})"
