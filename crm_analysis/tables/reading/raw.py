"""What reading gives: the options it takes, what was understood, the table of text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import pandas as pd
import pyarrow as pa

from crm_analysis.engine import Engine, quoted
from crm_analysis.messages import Message
from crm_analysis.options import Options, knob
from crm_analysis.tables.reading.arrow_parser import CodedRows


@dataclass(frozen=True, kw_only=True)
class ReadOptions(Options):
    """How to read a file, where the reader knows better; None: decided from the bytes.

    Parameters
    ----------
    encoding
        A name that Python knows: "utf-8", "gb18030", "cp1252" …
    layout
        "delimited", "fixed" (columns of fixed width) or "baskets" (a list of products a line).
    delimiter, quote
        Any text; "" for no quote.
    sheet
        The name of a workbook's sheet.
    header_rows
        How many lines name the columns.
    first_line
        Where the table begins (its header, if it has one), counted from 1.
    shape
        What columns that are periods, products with yes or no, or hold several lines, become: rows
        of "periods", of "baskets", of "lines"; the rows of a survey that are an answer each:
        "answers", a row a respondent; or "columns" as they stand.
    year
        The year of the first period where the headings do not say it.
    colons
        What figures such as 120:50 are where nothing in their column says it: "amounts" or "times".
    put_back
        Lines of records that shall be rows though they were set aside.
    """

    encoding: str | None = knob(None)
    layout: Literal["delimited", "fixed", "baskets"] | None = knob(None)
    delimiter: str | None = knob(None)
    quote: str | None = knob(None)
    sheet: str | None = knob(None)
    header_rows: int | None = knob(None, low=0, high=5)
    first_line: int | None = knob(None, low=1)
    shape: Literal["columns", "periods", "baskets", "lines", "answers"] | None = (
        knob(None)
    )
    year: int | None = knob(None, low=1900, high=2200)
    colons: Literal["amounts", "times"] | None = knob(None)
    put_back: tuple[int, ...] = knob(())

    def answered(self, details: Mapping[str, Any], answer: Any) -> ReadOptions:
        """The options with a person's answer to one of `Reading.questions`."""
        given = dict(details["sets"][str(answer)])
        if "put_back" in given:
            given["put_back"] = sorted({*self.put_back, *given["put_back"]})
        return self.from_dict({**self.to_dict(), **given})


@dataclass(frozen=True)
class Reading:
    """What was understood of the file. Lines count from 1; a sheet's rows are its lines.

    Attributes
    ----------
    name, format, size
        The file's name, "text" or the format of the workbook, and its bytes.
    encoding, encodings
        The encoding (None: a workbook) and plausible others in order.
    layout
        "delimited", "fixed", "sheet", or "baskets" and "parted" where a record is several rows.
    delimiter, quote, escape
        How fields are told apart; `escape` None: a quote inside quotes is doubled.
    sheet, sheets
        The sheet that was read, and all there are.
    header, units, columns
        The lines that name the columns, the unit of a column that has one, and the names.
    headings
        The names in the file, where records were parted into rows of other columns.
    records, rows
        How many records the file has, and how many rows the table.
    notes
        What the reader should know.
    questions
        What the file does not decide: `details["sets"]` gives, for each of `details["choices"]`,
        the settings of `ReadOptions` that answer it.
    counts
        What became of the records, which add up to `records`: "header", "units", "blank", "aside",
        "kept" (rows, or baskets that became rows).
    """

    name: str
    format: str
    size: int
    encoding: str | None
    encodings: tuple[str, ...]
    layout: Literal["delimited", "fixed", "baskets", "sheet", "parted"]
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
    questions: tuple[Message, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    headings: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class RawTable:
    """A file as read: every cell is text, what is not part of the table is set aside.

    Attributes
    ----------
    reading
        What was understood of the file.
    engine, store
        Where the rows are: the name of a table or view of the engine, of `_source` (0 for one file;
        the position of the file where several were appended), `_line` (where the record begins),
        `c0` … `cn` (text; an empty cell is ''), in the order of `reading.columns`.
    set_aside
        - source : the file, as `_source`
        - line : where the record begins
        - reason : "preamble", "total", "footer", "too_long" …
        - text : the record as it stood in the file
    sources
        The readings of the files that were appended.
    tidy
        Whether every cell is known to be plain ASCII without a space at its ends, two in a row, a
        tab or a line end.
    coded
        The rows themselves where the engine only shows them, with the words of the columns in which
        values repeat; the store then also has the numbers of these words: `e0` …
    """

    reading: Reading
    engine: Engine
    store: str
    set_aside: pd.DataFrame
    sources: tuple[Reading, ...] = field(default=())
    tidy: bool = False
    coded: CodedRows | None = field(default=None, repr=False)

    def words(self, position: int) -> pa.Array | None:
        """The different cells of a column of few, many times each; None where not known."""
        return self.coded.words.get(position) if self.coded else None

    @cached_property
    def table(self) -> pd.DataFrame:
        """The rows as text under the file's own column names, in its order, once asked for."""
        names = ", ".join(
            f"c{position}" for position in range(len(self.reading.columns))
        )
        frame = self.engine.frame(
            f"SELECT {names} FROM {quoted(self.store)} ORDER BY _source, _line"
        )
        frame.columns = pd.Index(self.reading.columns)
        return frame
