"""Bytes → RawTable: encoding, dialect, header; each cell still text, each record accounted for."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from crm_analysis.engine import Engine
from crm_analysis.jobs import Progress, no_progress
from crm_analysis.tables.reading.raw import RawTable, Reading, ReadOptions

__all__ = ["RawTable", "ReadOptions", "Reading", "read_table"]


def read_table(
    source: str | Path | bytes | pd.DataFrame,
    options: ReadOptions | None = None,
    *,
    name: str | None = None,
    engine: Engine | None = None,
    progress: Progress = no_progress,
) -> RawTable:
    r"""A file becomes a table of text.

    Parameters
    ----------
    source
        A path, or the bytes of a file: delimited text in any dialect and encoding, text of fixed
        width, baskets (a list of products a line), an Excel workbook (.xlsx, .xlsb, .xls, .ods), or
        a gz, bz2, xz or zip file that holds one such file. What it is, is judged by its content and
        not by its name. A pandas frame is taken as well: its cells as text, without its index.
    options
        What the reader knows better than the guess.
    name
        The file's name, to say in messages; a path has its own.
    engine
        Where the rows are stored; without one, an engine in memory that goes with the table.
    progress
        Called with the share done, and may cancel.

    Returns
    -------
    RawTable
        `.table` all text under the file's own names; `.reading` what was understood; `.set_aside`
        the records that are not rows (preamble, totals, notes, records too long …), each with line
        and reason. Nothing is lost: the records of the file are header + units + blank lines + set
        aside + rows, and that is checked on every load.

    Raises
    ------
    AnalysisError
        `reading.…`: empty, locked, damaged or too large, or no table at all; the sentence names the
        remedy.

    Examples
    --------
    >>> raw = read_table("id;price\n1;2,50\n2;3,00\n".encode("utf-16"), name="prices.csv")
    >>> raw.table
      id price
    0  1  2,50
    1  2  3,00
    >>> raw.reading.encoding, raw.reading.delimiter, raw.reading.records
    ('utf-16-le', ';', 3)
    """
    from crm_analysis.tables.reading.load import load

    return load(
        source, options or ReadOptions(), name, engine or Engine(), progress
    )
