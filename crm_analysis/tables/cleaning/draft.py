"""The cleaned table in the making.

Its rows, the rows set aside, and every later change, each in a table of the engine.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING

from crm_analysis.engine import Engine, quoted
from crm_analysis.tables.cleaning.options import CleanOptions
from crm_analysis.tables.cleaning.plan import ColumnReading, relation
from crm_analysis.tables.cleaning.sql import literal, one_of
from crm_analysis.tables.sales import SalesRules

if TYPE_CHECKING:
    from crm_analysis.tables.reading import RawTable


class Draft:
    """What the steps of cleaning work on.

    `store` holds the rows that stay, `aside` those that go (typed alike), `gone` why (`_row`,
    `_source`, `_line`, step, reason), `patches` the cells that steps after typing changed. `_row`
    is the raw row's number and goes when the table is done.
    """

    def __init__(
        self,
        raw: RawTable,
        base: str,
        columns: Sequence[ColumnReading],
        options: CleanOptions,
        rules: SalesRules | None = None,
    ) -> None:
        mark = uuid.uuid4().hex[:12]
        self.raw, self.base, self.columns, self.options = (
            raw,
            base,
            list(columns),
            options,
        )
        self.engine: Engine = raw.engine
        self.rules = rules or SalesRules()
        self.odd_products: list[str] | None = None  # once they were sought
        self.store, self.aside, self.gone, self.patches = (
            f"clean{part}_{mark}"
            for part in ("ed", "ed_aside", "ed_gone", "ed_patches")
        )
        self.engine.run(
            f"CREATE TABLE {quoted(self.gone)} (_row BIGINT, _source INTEGER, _line BIGINT,"
            " step VARCHAR, reason VARCHAR)"
        )
        self.engine.run(
            f"CREATE TABLE {quoted(self.patches)}"
            " (_row BIGINT, _source INTEGER, _line BIGINT, name VARCHAR, step VARCHAR,"
            " reason VARCHAR, old VARCHAR, new VARCHAR)"
        )

    @property
    def rows(self) -> str:
        """The raw rows with what the columns read from, as something to select from."""
        return relation(self.base, self.columns)

    @property
    def put_back(self) -> str:
        """SQL: whether a row (`_source`, `_line`) is one that a person wants kept."""
        pairs = [
            tuple(column)
            for column in self.options.put_back
            if isinstance(column, tuple | list)
        ]
        lines = [
            column
            for column in self.options.put_back
            if not isinstance(column, tuple | list)
        ]
        both = " OR ".join(
            f"(_source = {int(source)} AND _line = {int(line)})"
            for source, line in pairs
        )
        return f"({one_of('_line', lines)} OR {both or 'false'})"

    def role(self, name: str) -> ColumnReading | None:
        """The column of a role."""
        return next(
            (column for column in self.columns if column.role == name), None
        )

    def leave_out(
        self, step: str, reason: str, condition: str, source: str | None = None
    ) -> None:
        """Before the table is built.

        The raw rows that fulfil a condition are not in it (unless gone already, or put back).
        """
        self.engine.run(
            f"INSERT INTO {quoted(self.gone)}"
            f" SELECT _row, _source, _line, {literal(step)}, {literal(reason)}"
            f" FROM {source or self.rows}"
            f" WHERE ({condition}) AND _row NOT IN (SELECT _row"
            f" FROM {quoted(self.gone)}) AND NOT {self.put_back}"
        )

    def set_aside(self, step: str, reason: str, condition: str) -> None:
        """After the table is built: its rows that fulfil a condition go aside (unless put back)."""
        where = f"WHERE ({condition}) AND NOT {self.put_back}"
        self.engine.run(
            f"INSERT INTO {quoted(self.gone)}"
            f" SELECT _row, _source, _line, {literal(step)}, {literal(reason)}"
            f" FROM {quoted(self.store)} {where}"
        )
        kept = ", ".join(map(quoted, self.engine.columns(self.aside)))
        late = (
            f"_row IN (SELECT _row FROM {quoted(self.gone)}"
            f" WHERE step = {literal(step)} AND reason = {literal(reason)})"
        )
        self.engine.run(
            f"INSERT INTO {quoted(self.aside)} SELECT {kept} FROM {quoted(self.store)}"
            f" WHERE {late}"
        )
        self.engine.run(f"DELETE FROM {quoted(self.store)} WHERE {late}")

    def patch(self, step: str, reason: str, column: str, changes: str) -> int:
        """After the table is built: cells of `column` get the `new` of a query of (_row, new).

        Returns how many changed.
        """
        news = f"{self.patches}_new"
        target = quoted(column)
        self.engine.run(f"CREATE OR REPLACE TABLE {quoted(news)} AS {changes}")
        self.engine.run(
            f"INSERT INTO {quoted(self.patches)}"
            f" SELECT s._row, s._source, s._line, {literal(column)}, {literal(step)},"
            f" {literal(reason)},"
            f" CAST(s.{target} AS VARCHAR), CAST(n.new AS VARCHAR)"
            f" FROM {quoted(self.store)} s JOIN {quoted(news)} n USING (_row)"
            f" WHERE s.{target} IS DISTINCT FROM n.new"
        )
        self.engine.run(
            f"UPDATE {quoted(self.store)} SET {target} = n.new FROM {quoted(news)} n"
            f" WHERE {quoted(self.store)}._row = n._row AND {target} IS DISTINCT FROM n.new"
        )
        self.engine.run(f"DROP TABLE {quoted(news)}")
        return self.engine.run(
            f"SELECT count(*) FROM {quoted(self.patches)}"
            f" WHERE step = {literal(step)} AND reason = {literal(reason)}"
            f" AND name = {literal(column)}"
        )[0][0]
