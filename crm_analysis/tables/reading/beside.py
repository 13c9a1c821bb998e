"""Two tables that stand side by side in a file, with an empty column between them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from crm_analysis.engine import Engine, quoted
from crm_analysis.tables.reading.store import new_name
from crm_analysis.tables.reading.structure import Structure

_LEAST_COLUMNS = 2  # of a table
_SHORTER = 0.9  # as many rows as the other table has, from which on they may be one


def without_table_beside(
    engine: Engine, store: str, structure: Structure
) -> tuple[str, tuple[str, ...], list[str]]:
    """The longer of two tables side by side: its store, its columns, and those left out.

    Two tables are told by an empty column without a heading, and by one that ends before the
    other; columns apart that are filled as far down are of the same table.
    """
    names = structure.names
    sides = _sides(engine, store, structure)
    if len(sides) != 2:
        return store, names, []
    tests = (
        " OR ".join(f"trim(coalesce(c{position}, '')) <> ''" for position in side)
        for side in sides
    )
    counts = ", ".join(f"count(*) FILTER ({test})" for test in tests)
    ((rows, *filled),) = engine.run(
        f"SELECT count(*), {counts} FROM {quoted(store)}"
    )
    longer = int(filled[1] > filled[0])
    if filled[longer] < rows or filled[1 - longer] > _SHORTER * rows:
        return store, names, []
    kept, others = sides[longer], sides[1 - longer]
    cells = ", ".join(
        f"c{position} AS c{place}" for place, position in enumerate(kept)
    )
    target = new_name()
    engine.run(
        f"CREATE TABLE {quoted(target)} AS SELECT _source, _line, {cells}"
        f" FROM {quoted(store)} ORDER BY _source, _line"
    )
    return (
        target,
        tuple(names[position] for position in kept),
        [names[position] for position in others],
    )


def _sides(engine: Engine, store: str, structure: Structure) -> list[list[int]]:
    """The columns of each side of those that are empty and have no heading; no sides: one table."""
    header = structure.header_fields[-1] if structure.header_fields else ()
    width = len(structure.names)
    nameless = [
        position
        for position in range(1, len(header) - 1)
        if not header[position].strip()
    ]
    if len(header) != width or not nameless:
        return []
    tests = ", ".join(
        f"coalesce(bool_or(trim(c{position}) <> ''), false)"
        for position in nameless
    )
    (has_cells,) = engine.run(f"SELECT {tests} FROM {quoted(store)}")
    between = {
        position
        for position, has_any in zip(nameless, has_cells, strict=True)
        if not has_any
    }
    sides = [
        list(columns)
        for is_between, columns in groupby(range(width), key=between.__contains__)
        if not is_between
    ]
    are_tables = all(_is_headed(side, header) for side in sides)
    return sides if are_tables else []


def _is_headed(side: Sequence[int], header: Sequence[str]) -> bool:
    has_headings = all(header[position].strip() for position in side)
    return has_headings and len(side) >= _LEAST_COLUMNS
