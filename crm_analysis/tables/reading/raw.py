"""What reading gives: the options it takes, what was understood, the table of text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import pandas as pd
import pyarrow as pa

from crm_analysis.engine import Engine, quoted
from crm_analysis.messages import Message
from crm_analysis.options import Options, knob
from crm_analysis.tables.reading.arrow_parser import Coded

__all__ = ["RawTable", "ReadOptions", "Reading"]


@dataclass(frozen=True, kw_only=True)
class ReadOptions(Options):
    """How to read a file, where the reader knows better; None: decided from the bytes.

    `delimiter` and `quote` may be any text ("" for no quote), `first_line` is where the table begins (its header, if it has
    one), `put_back` are the lines of records that shall be rows though they were set aside.
    """

    encoding: str | None = knob(None)
    layout: Literal["delimited", "fixed", "baskets"] | None = knob(None)
    delimiter: str | None = knob(None)
    quote: str | None = knob(None)
    sheet: str | None = knob(None)
    header_rows: int | None = knob(None, low=0, high=5)
    first_line: int | None = knob(None, low=1)
    put_back: tuple[int, ...] = knob(())


@dataclass(frozen=True)
class Reading:
    """What was understood of the file. Lines count from 1; a sheet's rows are its lines.

    `encodings` are plausible others in order; `escape` None means that a quote inside quotes is doubled. `counts` says what
    became of the records: "header", "units", "blank", "aside", "kept" (rows, or baskets that became rows), which add up to
    `records`. `notes` are what the reader should know: (phrase key, details).
    """

    name: str
    format: str
    size: int
    encoding: str | None
    encodings: tuple[str, ...]
    layout: Literal["delimited", "fixed", "baskets", "sheet"]
    delimiter: str | None
    quote: str | None
    escape: str | None
    sheet: str | None
    sheets: tuple[str, ...]
    header: tuple[int, ...]
    units: Mapping[str, str]
    columns: tuple[str, ...]
    records: int
    rows: int
    notes: tuple[Message, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class RawTable:
    """A file as read: every cell is text, nothing is typed, what is not part of the table is set aside.

    `store` is the name of the engine's table or view that holds the rows: `_source` (0 for one file; the position of the
    file where several were appended), `_line` (where the record begins), `c0` … `cn` (text; an empty cell is ''), in the
    order of `reading.columns`. `set_aside` has source, line, reason, text (the record as it stood in the file).
    `tidy`: every cell is known to be plain ASCII without a space at its ends, two in a row, a tab or a line end.
    `coded`: the rows themselves where the engine only shows them, with the words of the columns in which values repeat; the store
    then also has the numbers of these words: `e0` …
    """

    reading: Reading
    engine: Engine
    store: str
    set_aside: pd.DataFrame
    sources: tuple[Reading, ...] = field(default=())
    tidy: bool = False
    coded: Coded | None = field(default=None, repr=False)

    def words(self, position: int) -> pa.Array | None:
        """The different cells of a column in which few come again and again; None where that is not known."""
        return self.coded.words.get(position) if self.coded else None

    @cached_property
    def table(self) -> pd.DataFrame:
        """The rows as text under the file's own column names, in the file's order; built when first asked for."""
        names = ", ".join(f"c{place}" for place in range(len(self.reading.columns)))
        frame = self.engine.frame(
            f"SELECT {names} FROM {quoted(self.store)} ORDER BY _source, _line"
        )
        frame.columns = pd.Index(self.reading.columns)
        return frame
