"""Raw tables made of frames, and guessed roles judged by those that are right."""

from __future__ import annotations

import itertools
from pathlib import Path

import pandas as pd

from crm_analysis.engine import Engine
from crm_analysis.tables.reading import RawTable, Reading, read_table
from crm_analysis.tables.roles import Roles, guess_roles

_count = itertools.count()


def raw_from(
    engine: Engine,
    frame: pd.DataFrame,
    *,
    header: bool = True,
    layout: str = "delimited",
) -> RawTable:
    """A raw table of the frame's cells as text."""
    names = [str(name) for name in frame.columns]
    cells = frame.astype(str).set_axis(
        [f"c{place}" for place in range(len(names))], axis=1
    )
    cells.insert(0, "_line", range(2, len(cells) + 2))
    cells.insert(0, "_source", 0)
    store = f"raw_{next(_count)}"
    engine.register(store, cells)
    lines = (1,) if header else ()
    reading = Reading(
        "file.csv",
        "csv",
        0,
        "utf-8",
        ("utf-8",),
        layout,
        ",",
        '"',
        None,
        None,
        (),
        lines,
        {},
        tuple(names),
        len(cells) + header,
        len(cells),
    )
    return RawTable(
        reading,
        engine,
        store,
        pd.DataFrame(columns=["source", "line", "reason", "text"]),
    )


def judged(
    roles: Roles, kind: str, wanted: dict, all_columns: tuple[str, ...]
) -> tuple[int, int, list[str], list[str]]:
    """(right, asked, faults, wrong with high confidence): the kind counts as a role.

    A role never asked for is wrong where it is proposed.
    """
    faults, bold = [], []
    right = asked = 1
    if roles.kind != kind:
        right = 0
        faults.append(f"kind {roles.kind}, not {kind}")
        if roles.confidence["kind"] >= 0.8:
            bold.append(faults[-1])
    for role, columns in wanted.items():
        options = (
            list(all_columns)
            if columns == "*"
            else [columns]
            if isinstance(columns, str)
            else [
                all_columns[one] if isinstance(one, int) else one for one in columns
            ]
        )
        if None in options and roles.columns.get(role) is None:
            continue
        asked += 1
        if roles.columns.get(role) in options:
            right += 1
        else:
            faults.append(f"{role} {roles.columns.get(role)}, not {options}")
    for role, column in roles.columns.items():
        options = wanted.get(role, [])
        options = (
            list(all_columns)
            if options == "*"
            else [options]
            if isinstance(options, str)
            else [
                all_columns[one] if isinstance(one, int) else one for one in options
            ]
        )
        if column not in options:
            faults.append(f"{role} {column} ({roles.confidence[role]}) is wrong")
            if roles.confidence[role] >= 0.8:
                bold.append(faults[-1])
    return right, asked, faults, bold


def guessed(path: Path) -> tuple[tuple[str, ...], Roles]:
    """The columns of a file and their roles."""
    raw = read_table(path)
    try:
        return raw.reading.columns, guess_roles(raw)
    finally:
        raw.engine.close()
