"""A saved table: as good as the cleaned one it was made from.

Fetched piece by piece when asked for.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import duckdb
import pandas as pd

from crm_analysis.engine import Engine, quoted
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.workspace import blobs
from crm_analysis.workspace.trouble import is_damage, sentences
from crm_analysis.workspace.versions import TableVersion

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from crm_analysis.tables.cleaning import CleanOptions
    from crm_analysis.tables.reading import ReadOptions
    from crm_analysis.tables.roles import Roles


@dataclass(frozen=True, eq=False)
class SavedTable:
    """One version of a table with all that was decided about it.

    Reads as the Cleaned it was saved from, and has its `roles`, `read_options`, `clean_options`,
    `files` (the SHA-256 of each upload, for `Workspace.file`) and `recipe` besides.

    Raises AnalysisError "workspace.no_version" when the version has been deleted since,
    "workspace.damaged_table" when its part of the disk cannot be read.
    """

    version: TableVersion
    engine: Engine

    @property
    def kind(self) -> Any:
        """The kind of table."""
        return self.version.kind

    @property
    def name(self) -> str:
        """The table's name."""
        return self.version.name

    @property
    def fingerprint(self) -> str:
        """The same text exactly when the table has the same content."""
        return self.version.fingerprint

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return self.version.rows

    @property
    def store(self) -> str:
        """The engine's table of its rows, `_source` and `_line` included."""
        return self.version.store

    @property
    def files(self) -> tuple[str, ...]:
        """The uploads it was read from, in order, by their SHA-256.

        They may have been deleted since.
        """
        return tuple(self.version.details["files"])

    @property
    def currency(self) -> str | None:
        """The currency of all money, if known."""
        currency: str | None = self.version.details["currency"]
        return currency

    @property
    def units(self) -> dict[str, str]:
        """The currency or unit of each column that has one, by its name in the table."""
        units: dict[str, str] = self.version.details.get("units") or {}
        return units

    @property
    def expression(self) -> ir.Table:
        """The rows as an Ibis table on the engine, for sums that need not pass through memory.

        Without `_source` and `_line`.
        """
        with self._reading():
            table = self.engine.backend.table(self.store)
            return table.drop(
                *(name for name in table.columns if name in ("_source", "_line"))
            )

    @cached_property
    def table(self) -> pd.DataFrame:
        """The rows as a pandas frame.

        Ids and text str, numbers float64, dates datetime64[us], flags boolean; index `line` if
        lines are unique.
        """
        with self._reading():
            return _frame(self.engine, self.store)

    @cached_property
    def types(self) -> pd.DataFrame:
        """How each column was read: column, role, type, detail, missing, distinct."""
        return self._part("types")

    @cached_property
    def changes(self) -> pd.DataFrame:
        """Each cell changed: source, line, column, step, reason, old, new."""
        return self._part("changes")

    @cached_property
    def flags(self) -> pd.DataFrame:
        """Each cell that looks odd and was left as it is: source, line, column, reason, value."""
        return self._part("flags")

    @cached_property
    def set_aside(self) -> pd.DataFrame:
        """Each record that is not in the table: source, line, step, reason, text."""
        return self._part("set_aside")

    @cached_property
    def changed(self) -> pd.DataFrame:
        """How many cells changed, without listing them: step, reason, column, cells."""
        return self._part("changed")

    @cached_property
    def flagged(self) -> pd.DataFrame:
        """How many cells look odd, without listing them: column, reason, cells."""
        return self._part("flagged")

    @cached_property
    def steps(self) -> pd.DataFrame:
        """What each step of cleaning did."""
        return self._part("steps")

    @cached_property
    def statuses(self) -> pd.DataFrame:
        """Statuses of orders: column, status, meaning (counts as), decided_by, rows, money."""
        return self._part("statuses")

    @cached_property
    def unsold(self) -> pd.DataFrame:
        """Lines that are kept and no sales: reason, rows, money."""
        return self._part("unsold")

    @property
    def questions(self) -> tuple[Message, ...]:
        """What the evidence did not decide: (phrase key, details)."""
        return tuple(
            Message(key, about) for key, about in self.version.details["questions"]
        )

    @property
    def recipe(self) -> dict[str, Any]:
        """What else the table follows from."""
        return dict(self.version.details["recipe"])

    @cached_property
    def roles(self) -> Roles | None:
        """Which column is what."""
        from crm_analysis.tables.roles import Roles

        roles = self.version.details["roles"]
        return Roles.from_dict(roles) if roles else None

    @cached_property
    def read_options(self) -> ReadOptions | None:
        """How the file was read."""
        from crm_analysis.tables.reading import ReadOptions

        options = self.version.details["read_options"]
        return ReadOptions.from_dict(options) if options is not None else None

    @cached_property
    def clean_options(self) -> CleanOptions | None:
        """How the table was cleaned."""
        from crm_analysis.tables.cleaning import CleanOptions

        options = self.version.details["clean_options"]
        return CleanOptions.from_dict(options) if options is not None else None

    def detail(self, column: str) -> dict[str, Any]:
        """How a column was read, as in `types`."""
        details = self.types.loc[self.types["column"] == column, "detail"]
        return json.loads(details.iloc[0]) if len(details) else {}

    def summary(self) -> dict[str, float | None]:
        """Counts and money of the ledger."""
        return dict(self.version.details["summary"])

    def _part(self, part: str) -> pd.DataFrame:
        with self._reading():
            if part in self.version.details["tables"]:
                return self.engine.frame(f"FROM {quoted(f'{self.store}_{part}')}")
            if part not in self.version.details["frames"]:
                return pd.DataFrame()
            try:
                return blobs.read_frame(self.engine, self.store, part)
            except KeyError as problem:
                raise AnalysisError("workspace.no_version") from problem

    @contextmanager
    def _reading(self) -> Iterator[None]:
        from ibis.common.exceptions import TableNotFound

        try:
            with sentences():
                yield
        except (duckdb.CatalogException, TableNotFound) as problem:
            raise AnalysisError("workspace.no_version") from problem
        except duckdb.Error as problem:
            if not is_damage(problem):
                raise
            raise AnalysisError(
                "workspace.damaged_table", name=self.name
            ) from problem


def _frame(engine: Engine, store: str) -> pd.DataFrame:
    columns = {row[0]: row[1] for row in engine.run(f"DESCRIBE {quoted(store)}")}
    with engine.cursor() as cursor:
        rows = cursor.execute(f"FROM {quoted(store)}").to_arrow_table()
    inner = [name for name in ("_source", "_line") if name in columns]
    frame = rows.drop_columns(inner).to_pandas(date_as_object=False)
    for name, sort in columns.items():
        if sort == "BOOLEAN":
            frame[name] = frame[name].astype("boolean")
    if "_line" in columns and (lines := rows.column("_line").to_pandas()).is_unique:
        frame.index = pd.Index(lines.to_numpy(), name="line")
    return frame
