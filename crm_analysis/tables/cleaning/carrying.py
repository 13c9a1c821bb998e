"""Columns of an order that stand on its first line only, carried down to its other lines."""

from __future__ import annotations

import dataclasses
import re
import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING

from crm_analysis.engine import quoted
from crm_analysis.tables.cleaning.draft import Draft
from crm_analysis.tables.cleaning.goods import COUNT
from crm_analysis.tables.cleaning.sql import is_blank, literal

if TYPE_CHECKING:
    from crm_analysis.tables.reading import RawTable


def carry_down(
    raw: RawTable, columns: Sequence[str], order: str | None
) -> RawTable:
    """The table with these columns filled on every line of an order.

    A line that has a value of its own keeps it. The same table where there is nothing to carry.
    """
    names = [name.strip() for name in raw.reading.columns]
    cells = [f"c{names.index(name)}" for name in columns if name.strip() in names]
    if order is None or order.strip() not in names or not cells:
        return raw
    number = f"c{names.index(order.strip())}"
    cells = [cell for cell in cells if cell != number]
    first = ", ".join(
        f"CASE WHEN {is_blank(cell)} AND NOT {is_blank(number)} THEN coalesce("
        f"arg_min({cell}, _line) FILTER (NOT {is_blank(cell)}) OVER whole, {cell})"
        f" ELSE {cell} END AS {cell}"
        for cell in cells
    )
    store = f"{raw.store}_carried_{uuid.uuid4().hex[:8]}"
    own = raw.engine.columns(raw.store)
    every = ", ".join(
        name for name in own if name == COUNT or re.fullmatch(r"c\d+", name)
    )
    raw.engine.run(
        f"CREATE TABLE {quoted(store)} AS SELECT * REPLACE ({first})"
        f" FROM (SELECT _source, _line, {every} FROM {quoted(raw.store)})"
        f" WINDOW whole AS (PARTITION BY trim({number})) ORDER BY _source, _line"
    )
    return dataclasses.replace(raw, store=store, coded=None)


def record_carried(draft: Draft, before: RawTable) -> None:
    """Write each cell that `carry_down` filled into the ledger."""
    if draft.raw is before:
        return
    for column in draft.columns:
        draft.engine.run(
            f"INSERT INTO {quoted(draft.patches)} SELECT n._row, n._source, n._line,"
            f" {literal(column.name)}, 'carried', 'order_level', o.{column.cell},"
            f" n.{column.cell} FROM {draft.base} n JOIN {quoted(before.store)} o"
            f" USING (_source, _line) WHERE n.{column.cell} <> o.{column.cell}"
        )
