"""What spreadsheets put around a cell so that it stays text: `="0012"`, a leading apostrophe."""

from __future__ import annotations

from collections.abc import Sequence

from crm_analysis.engine import Engine, quoted
from crm_analysis.tables.reading.store import new_name

_SAMPLE_ROWS = 20_000
# An apostrophe before a figure is a marker; before words it is one where most cells have it.
_MARKED_FIGURE = "''[-+=]?[0-9][-0-9.,:/ ]*"
_MARKED = "''[^'']*"


def without_markers(
    engine: Engine, store: str, names: Sequence[str]
) -> tuple[str, list[str]]:
    """The table with the markers taken off its cells, and the names of the columns that had any.

    The table itself where there are none.
    """
    table = quoted(store)
    cells = [f"c{column}" for column in range(len(names))]
    may_be_marked = _may_be_marked(engine, table, cells)
    if not may_be_marked:
        return store, []
    tests = [
        f"count(*) FILTER ({test.format(cell)})"
        for cell in may_be_marked
        for test in (
            "starts_with(trim({0}, ' \t'), '=\"')",
            f"regexp_full_match({{0}}, '{_MARKED_FIGURE}')",
            f"regexp_full_match({{0}}, '{_MARKED}')",
            "{0} <> ''",
        )
    ]
    (counts,) = engine.run(
        f"SELECT {', '.join(tests)} FROM (FROM {table} LIMIT {_SAMPLE_ROWS})"
    )
    bare = {}
    for position, cell in enumerate(may_be_marked):
        formulas, figures, marked, filled = counts[4 * position : 4 * position + 4]
        if formulas:
            bare[cell] = (
                f"regexp_replace({cell}, '^\\s*=\\s*\"([^\"]*)\"\\s*$', '\\1')"
            )
        elif figures or (marked and 2 * marked > filled):
            pattern = _MARKED if 2 * marked > filled else _MARKED_FIGURE
            bare[cell] = (
                f"CASE WHEN regexp_full_match({cell}, '{pattern}')"
                f" THEN substr({cell}, 2) ELSE {cell} END"
            )
    if not bare:
        return store, []
    selected = ", ".join(f"{bare.get(cell, cell)} AS {cell}" for cell in cells)
    target = new_name()
    engine.run(
        f"CREATE TABLE {quoted(target)} AS SELECT _source, _line, {selected} FROM {table}"
    )
    return target, [
        name for cell, name in zip(cells, names, strict=True) if cell in bare
    ]


def _may_be_marked(engine: Engine, table: str, cells: Sequence[str]) -> list[str]:
    """The columns in which any cell has what a marker begins with: as a rule none."""
    sample = f"(FROM {table} LIMIT {_SAMPLE_ROWS})"
    row = f"chr(31) || concat_ws(chr(31), {', '.join(cells)})"
    in_row = "contains(row, chr(31) || '''') OR contains(row, '=\"')"
    ((has_any,),) = engine.run(
        f"SELECT bool_or({in_row}) FROM (SELECT {row} AS row FROM {sample})"
    )
    if not has_any:
        return []
    tests = ", ".join(
        f"bool_or(starts_with({cell}, '''') OR contains({cell}, '=\"'))"
        for cell in cells
    )
    (has,) = engine.run(f"SELECT {tests} FROM {sample}")
    return [cell for cell, is_marked in zip(cells, has, strict=True) if is_marked]
