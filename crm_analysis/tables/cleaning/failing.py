"""The cells that the reading of a column gives nothing for, over the whole table."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from crm_analysis.jobs import Progress
from crm_analysis.tables.cleaning.plan import ColumnReading, narrowed, relation
from crm_analysis.tables.cleaning.sql import either, is_blank

if TYPE_CHECKING:
    from crm_analysis.tables.reading import RawTable

_NEW_VALUES = 2_000
_AT_ONCE = 32
_FEW_WORDS = 100  # of a column, which several may share


def failing_cells(
    raw: RawTable,
    base: str,
    columns: Sequence[ColumnReading],
    progress: Progress,
) -> dict[int, list[tuple[str, int]]]:
    """The distinct cells, with counts, that each column's reading gives nothing for.

    Over the whole table.
    """
    engine = raw.engine
    strict = [
        column
        for column in columns
        if column.type not in ("text", "category")
        and not (column.type == "id" and column.against == "false")
    ]
    bad = {
        column.position: f"(({column.value}) IS NULL OR {column.against})"
        f" AND NOT {is_blank(column.cell)}"
        for column in strict
    }
    # Columns of the same words that are read alike, as those of a survey, are tried once.
    tried: dict[tuple, bool] = {}
    strict = [
        column
        for column in strict
        if _may_fail(raw, column, bad[column.position], tried)
    ]
    if not strict:
        return {}
    counts: list[int] = []
    # Some at a time: to plan a query takes as the square of its columns.
    for start in range(0, len(strict), _AT_ONCE):
        some = strict[start : start + _AT_ONCE]
        tests = (f"count(*) FILTER ({bad[column.position]})" for column in some)
        with narrowed(raw, base, some) as rows:
            counts += engine.run(
                f"SELECT {', '.join(tests)} FROM {relation(rows, some)}",
                progress=progress,
                step="cleaning.step.types",
                start=0.1 + 0.3 * start / len(strict),
                end=0.1 + 0.3 * (start + len(some)) / len(strict),
            )[0]
    failing: dict[int, list[tuple[str, int]]] = {}
    fail = [column for column, count in zip(strict, counts, strict=True) if count]
    for start in range(0, len(fail), _AT_ONCE):
        some = fail[start : start + _AT_ONCE]
        with narrowed(raw, base, some) as rows:
            for position, value, count in engine.run(_values_of(rows, some, bad)):
                failing.setdefault(position, []).append((value, count))
    return failing


def _values_of(
    rows: str, columns: Sequence[ColumnReading], bad: Mapping[int, str]
) -> str:
    """The query of the commonest cells of some columns that are bad: position, cell, count."""
    cells = ", ".join(
        f"CASE WHEN {bad[column.position]}"
        f" THEN {{'i': {column.position}, 'v': {column.cell}}} END"
        for column in columns
    )
    any_bad = either(*(bad[column.position] for column in columns))
    listed = (
        f"SELECT [{cells}] AS cells FROM {relation(rows, columns)} WHERE {any_bad}"
    )
    return (
        "SELECT cell.i AS i, cell.v AS v, count(*) AS n"
        f" FROM (SELECT unnest(cells) AS cell FROM ({listed}))"
        " WHERE cell IS NOT NULL GROUP BY cell.i, cell.v"
        " QUALIFY row_number() OVER (PARTITION BY cell.i ORDER BY count(*) DESC, cell.v)"
        f" <= {_NEW_VALUES} ORDER BY i, n DESC, v"
    )


def _may_fail(
    raw: RawTable, column: ColumnReading, bad: str, tried: dict[tuple, bool]
) -> bool:
    """Whether a cell may be bad; where its words are known they tell."""
    words = raw.words(column.position)
    if words is None:
        return True
    query = f"SELECT 1 FROM {relation('given', [column])} WHERE {bad} LIMIT 1"
    if len(words) > _FEW_WORDS:
        return bool(raw.engine.over({column.cell: words}, query).num_rows)
    of_any = re.sub(rf"\b([a-z]+){column.position}\b", r"\1#", query)
    alike = (of_any, *sorted(words.to_pylist(), key=str))
    if alike not in tried:
        fails = raw.engine.over({column.cell: words}, query)
        tried[alike] = bool(fails.num_rows)
    return tried[alike]
