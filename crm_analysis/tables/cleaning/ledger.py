"""The ledger: every cell changed, every record set aside, every odd cell.

And sums that must add up.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

import pandas as pd

from crm_analysis.engine import quoted
from crm_analysis.tables.cleaning.impossible import OddCells
from crm_analysis.tables.cleaning.options import STEPS
from crm_analysis.tables.cleaning.plan import (
    ColumnReading,
    chosen,
    relation,
    row_numbers,
)
from crm_analysis.tables.cleaning.sql import either, literal
from crm_analysis.tables.measures import measures

if TYPE_CHECKING:
    from crm_analysis.tables.cleaning.draft import Draft

Item = TypeVar("Item")
_AT_ONCE = 32  # columns: to plan a query takes as the square of them


@dataclass(frozen=True)
class Sums:
    """Rows and money as read, kept, and gone by step. Money is None where the table has none.

    They add up: rows read = kept + gone; money read = kept + gone − net change by cell edits.
    """

    rows_read: int
    rows_kept: int
    rows_gone: dict[str, int]
    money_read: float | None = None
    money_kept: float | None = None
    money_gone: dict[str, float] | None = None
    money_edits: dict[str, float] | None = None

    def check(self) -> None:
        """Raise AssertionError where they do not add up."""
        assert self.rows_read == self.rows_kept + sum(self.rows_gone.values()), (
            f"rows do not add up: {self}"
        )
        if self.money_read is not None and self.money_kept is not None:
            gone, edits = (
                sum((self.money_gone or {}).values()),
                sum((self.money_edits or {}).values()),
            )
            size = (
                abs(self.money_read) + abs(self.money_kept) + abs(gone) + abs(edits)
            )
            right = not math.isfinite(size) or math.isclose(
                self.money_read,
                self.money_kept + gone - edits,
                rel_tol=1e-9,
                abs_tol=1e-6 + 1e-9 * size,
            )
            assert right, f"money does not add up: {self}"


@dataclass(frozen=True)
class RecordCounts:
    """Records of the file that are not rows of the table.

    `records` is all of them, where a record is more than one row (baskets).
    """

    header: int
    preamble: int
    units: int
    blank: int
    other: int
    baskets: tuple[int, int, int] | None = None  # read, kept, gone


class Ledger:
    """The queries behind the ledger.

    Each is run when asked, so that ten million edits cost nothing before.
    """

    def __init__(
        self, draft: Draft, odd: Sequence[OddCells], lazily_odd: bool
    ) -> None:
        self.engine, self.raw, self.base, self.options = (
            draft.engine,
            draft.raw,
            draft.base,
            draft.options,
        )
        self.columns: list[ColumnReading] = draft.columns
        self.store, self.aside, self.gone, self.patches = (
            draft.store,
            draft.aside,
            draft.gone,
            draft.patches,
        )
        self._odd, self._seek = list(odd), lazily_odd

    def changes_sql(self) -> str:
        """The query of all changed cells: source, line, column, step, reason, old, new."""
        parts = [self._edits_sql(some) for some in self._edited()]
        parts.append(
            'SELECT _source AS source, _line AS line, name AS "column", step, reason, old,'
            f" new, 99 AS nth, _row FROM {quoted(self.patches)}"
        )
        return (
            'SELECT source, line, "column", step, reason, old, new'
            f' FROM ({" UNION ALL ".join(parts)}) ORDER BY _row, "column", nth'
        )

    def _edited(self) -> Iterator[Sequence[ColumnReading]]:
        """The columns in which cells are changed as they are read, some at a time."""
        return _some_at_a_time([column for column in self.columns if column.edits])

    def _edits_sql(self, columns: Sequence[ColumnReading]) -> str:
        """The query of the cells of some columns that are changed as they are read."""
        edited = [
            (
                edit.condition,
                f"{{'column': {literal(column.name)}, 'step': {literal(edit.step)},"
                f" 'reason': {literal(edit.reason)}, 'old': {column.cell},"
                f" 'new': CAST({edit.new} AS VARCHAR), 'nth': {order}}}",
            )
            for column in columns
            for order, edit in enumerate(column.edits)
        ]
        stays = f"_row NOT IN (SELECT _row FROM {quoted(self.gone)})"
        cells = _cells_of_rows(
            edited, f"{relation(self.base, columns)} WHERE {stays}", "_row"
        )
        return (
            'SELECT source, line, cell."column", cell.step, cell.reason, cell.old,'
            f" cell.new, cell.nth, _row FROM ({cells})"
        )

    @cached_property
    def changes_counts(self) -> list[tuple[str, str, str, int]]:
        """How many cells of which column each step changed for each reason."""
        edits = [(column, edit) for column in self.columns for edit in column.edits]
        changes = []
        if edits:
            counts = []
            for some in self._edited():
                source = relation(self.base, some)
                counts += measures(
                    self.engine,
                    [
                        f"count(*) FILTER ({edit.condition})"
                        for column in some
                        for edit in column.edits
                    ],
                    f"{source} WHERE _row NOT IN (SELECT _row FROM {quoted(self.gone)})",
                )
            changes = [
                (edit.step, edit.reason, column.name, count)
                for (column, edit), count in zip(edits, counts, strict=True)
                if count
            ]
        return changes + list(
            self.engine.run(
                f"SELECT step, reason, name, count(*) FROM {quoted(self.patches)}"
                " GROUP BY ALL ORDER BY ALL"
            )
        )

    def odd(self) -> list[OddCells]:
        """The conditions for odd cells; outliers' fences are sought when first asked for."""
        if self._seek:
            from crm_analysis.tables.cleaning.outliers import outlying

            self._odd += outlying(
                self.engine, self.store, self.columns, self.options
            )
            self._seek = False
        return self._odd

    def flags_sql(self) -> str:
        """The query of all odd cells that were left: source, line, column, reason, value."""
        flagged = [
            (
                odd.condition,
                f"{{'column': {literal(odd.column)}, 'reason': {literal(odd.reason)},"
                f" 'value': {_as_text(odd.column)}}}",
            )
            for odd in self.odd()
        ]
        parts = [
            'SELECT source, line, cell."column", cell.reason, cell.value'
            f" FROM ({_cells_of_rows(some, quoted(self.store))})"
            for some in _some_at_a_time(flagged)
        ]
        empty = (
            "SELECT 0 AS source, 0 AS line, '' AS \"column\", '' AS reason, '' AS value "
            "WHERE false"
        )
        return (
            f"SELECT * FROM ({' UNION ALL '.join(parts) or empty})"
            ' ORDER BY source, line, "column", reason'
        )

    def flags_counts(self) -> dict[tuple[str, str], int]:
        """How many cells of each column are flagged for each reason."""
        odd = self.odd()
        if not odd:
            return {}
        counts = measures(
            self.engine,
            [f"count(*) FILTER ({cells.condition})" for cells in odd],
            quoted(self.store),
        )
        return {
            (cells.column, cells.reason): count
            for cells, count in zip(odd, counts, strict=True)
            if count
        }

    def set_aside(self) -> pd.DataFrame:
        """All records not in the table, those that the reading left out first in their places.

        Source, line, step, reason, text.
        """
        raw = self.raw.set_aside.reindex(
            columns=["source", "line", "reason", "text"]
        ).assign(step="reading")
        of_the_file = dict.fromkeys(
            column.cell
            for column in self.columns
            if not column.detail.get("derived")
        )
        cells = ", ".join(f"coalesce({cell}, '')" for cell in of_the_file) or "''"
        mark = literal(self.raw.reading.delimiter or ",")
        text = f"array_to_string([{cells}], {mark})"
        with chosen(
            self.raw, self.base, row_numbers(self.engine, self.gone)
        ) as rows:
            gone = self.engine.frame(
                "SELECT g._source AS source, g._line AS line, g.step, g.reason,"
                f" {text} AS text FROM {quoted(self.gone)} g JOIN {rows} r ON r._row = g._row"
                " ORDER BY g._row"
            )
        records = [part for part in (raw, gone) if len(part)]
        both = pd.concat(records, ignore_index=True) if records else gone
        return both[["source", "line", "step", "reason", "text"]].sort_values(
            ["source", "line"], kind="stable", ignore_index=True
        )

    def counts(self) -> RecordCounts:
        """Header, preamble, units, blank and other records, by what the reading says."""
        readings = self.raw.sources or (self.raw.reading,)
        reasons = self.raw.set_aside.reindex(columns=["reason"])[
            "reason"
        ].value_counts()
        aside = {
            name: int(reasons.get(name, 0))
            for name in ("header", "preamble", "units", "blank")
        }
        counts = dict(aside)
        for reading in readings:
            counted = getattr(reading, "counts", {}) or {
                "header": len(reading.header)
            }
            for name in ("header", "units", "blank"):
                counts[name] += counted.get(name, 0)
        other = int(reasons.sum()) - sum(aside.values())
        return RecordCounts(**counts, other=other, baskets=self._baskets())

    def _baskets(self) -> tuple[int, int, int] | None:
        """Where a record is a basket of several rows: baskets read, kept, gone altogether."""
        if self.raw.reading.layout not in ("baskets", "parted"):
            return None
        read, kept = (
            self.engine.run(
                f"SELECT count(*) FROM (SELECT DISTINCT _source, _line FROM {rows})"
            )[0][0]
            for rows in (self.base, quoted(self.store))
        )
        # Several records became one row where each was an answer of the same respondent.
        readings = self.raw.sources or (self.raw.reading,)
        records = sum(dict(reading.counts).get("kept", 0) for reading in readings)
        joined = max(0, records - read)
        return read + joined, kept + joined, read - kept

    def steps(self, sums: Sums) -> pd.DataFrame:
        """What each step did: step, on, cells, rows, money (its effect on the total)."""
        cells: dict[str, int] = {}
        for step, _, _, count in self.changes_counts:
            cells[step] = cells.get(step, 0) + count
        gone, edits = sums.money_gone or {}, sums.money_edits or {}
        money = [
            edits.get(step, 0.0) - gone.get(step, 0.0)
            if sums.money_read is not None
            else float("nan")
            for step in STEPS
        ]
        return pd.DataFrame(
            {
                "step": list(STEPS),
                "on": [self.options.does(step) for step in STEPS],
                "cells": [cells.get(step, 0) for step in STEPS],
                "rows": [sums.rows_gone.get(step, 0) for step in STEPS],
                "money": money,
            }
        )

    def drop(self) -> None:
        """Remove the tables that only the ledger needs."""
        for name in (
            self.aside,
            self.gone,
            self.patches,
            f"{self.store}_apart",
        ):
            self.engine.run(f"DROP TABLE IF EXISTS {quoted(name)}")


def _some_at_a_time(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), _AT_ONCE):
        yield items[start : start + _AT_ONCE]


def _cells_of_rows(
    wanted: Sequence[tuple[str, str]], source: str, *others: str
) -> str:
    """The query of the cells that fulfil a condition, as (condition, what is said of the cell).

    All columns in one pass: a query for each would plan all columns again.
    """
    any_of_them = either(*(condition for condition, _ in wanted))
    cells = (f"CASE WHEN {condition} THEN {said} END" for condition, said in wanted)
    listed = ", ".join(
        (
            "_source AS source",
            "_line AS line",
            *others,
            f"[{', '.join(cells)}] AS cells",
        )
    )
    rows = f"SELECT {listed} FROM (SELECT * FROM {source}) WHERE {any_of_them}"
    return (
        f"FROM (SELECT * EXCLUDE cells, unnest(cells) AS cell FROM ({rows}))"
        " WHERE cell IS NOT NULL"
    )


def _as_text(column: str) -> str:
    """SQL: the cells of a column as text, NULL where whole rows are meant."""
    return f"CAST({quoted(column)} AS VARCHAR)" if column else "NULL"
