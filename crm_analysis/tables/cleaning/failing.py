"""The cells that the reading of a column gives nothing for, over the whole table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from crm_analysis.jobs import Progress
from crm_analysis.tables.cleaning.plan import ColumnReading, relation
from crm_analysis.tables.cleaning.sql import is_blank

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
        counts += engine.run(
            f"SELECT {', '.join(tests)} FROM {relation(base, some)}",
            progress=progress,
            step="cleaning.step.types",
            start=0.1 + 0.3 * start / len(strict),
            end=0.1 + 0.3 * (start + len(some)) / len(strict),
        )[0]
    failing = {}
    for column, count in zip(strict, counts, strict=True):
        if count:
            query = (
                f"SELECT {column.cell}, count(*) AS n FROM {relation(base, [column])}"
                f" WHERE {bad[column.position]} GROUP BY {column.cell}"
                f" ORDER BY n DESC, {column.cell} LIMIT {_NEW_VALUES}"
            )
            failing[column.position] = [
                (value, n) for value, n in engine.run(query)
            ]
    return failing


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
