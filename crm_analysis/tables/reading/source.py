"""One file on its way into the engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from crm_analysis.engine import Engine
from crm_analysis.jobs import Progress
from crm_analysis.tables.reading.encoding import Encoding
from crm_analysis.tables.reading.raw import ReadOptions
from crm_analysis.tables.reading.store import new_name
from crm_analysis.tables.reading.workbook import MergedCells
from crm_analysis.tables.unpacking.content import Content


@dataclass(frozen=True)
class Source:
    """What a file is, how it shall be read, where its rows go, and what was seen on the way.

    `encoding` is that of a text, `sheet` that of a workbook with `sheets`, which may count days
    `since_1904`, have `hidden_sheets`, cells `merged` downwards, `hidden_rows`, `hidden_columns`
    and `formulas` without a value by position; the one that was chosen may be `is_hidden`.
    `thousands` are records of joined figures, `zeros` NUL characters that are left out,
    `undecodable` bytes that are no letters in the encoding. Cells `may_be_marked` as text
    (`="0012"`) where the signs for that are somewhere in the file.
    """

    content: Content
    options: ReadOptions
    engine: Engine
    progress: Progress
    store: str = field(default_factory=new_name)
    encoding: Encoding | None = None
    sheet: str | None = None
    sheets: tuple[str, ...] = ()
    since_1904: bool = False
    hidden_sheets: tuple[str, ...] = ()
    is_hidden: bool = False
    merged: tuple[MergedCells, ...] = ()
    formulas: Mapping[int, int] = field(default_factory=dict)
    hidden_rows: int = 0
    hidden_columns: frozenset[int] = frozenset()
    zeros: int = 0
    thousands: int = 0
    undecodable: int = 0
    may_be_marked: bool = True

    @property
    def put_back(self) -> frozenset[int]:
        """The lines of records that shall be rows though they look like none."""
        return frozenset(self.options.put_back)
