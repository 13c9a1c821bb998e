"""Totals amid the rows: known by their name, and by being the sum of rows beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from crm_analysis.engine import Engine, quoted
from crm_analysis.tables.reading.total_names import TotalName

_MAXIMUM_TOTALS = 5000
_MAXIMUM_SHARE = 0.5  # of the rows
_BLOCKS_TRIED = 200  # how many earlier totals a total may reach back over
_SHORT = 0.75  # of the cells that a row has filled as a rule
_CLOSE, _CLOSE_SHARE = (
    0.011,
    0.0005,
)  # how far rounding may take a total from its sum


@dataclass(frozen=True)
class NamedTotal:
    """A record amid the rows that is named a total.

    `is_short`: it has fewer cells filled than a row.
    """

    line: int
    name: TotalName
    is_short: bool
    text: str


@dataclass(frozen=True)
class SettledTotals:
    """The lines of totals that are no rows, and those of them that are no sum of rows either."""

    aside: tuple[int, ...] = ()
    differing: tuple[int, ...] = ()


def is_short(fields: Sequence[str], typical: float) -> bool:
    """Whether a record has fewer cells filled than the rows have as a rule."""
    return sum(bool(cell.strip()) for cell in fields) <= _SHORT * typical


def settle_totals(
    engine: Engine, store: str, width: int, named: Mapping[int, NamedTotal]
) -> SettledTotals:
    """Which of the records named totals are no rows.

    Those that are sums of rows, those that say too little for a row, and those named by a word
    alone or by a period. What is named after something else and fits no sum is a row: a product
    may be called "Colgate Total".
    """
    ((rows,),) = engine.run(f"SELECT count(*) FROM {quoted(store)}")
    if not named or len(named) > min(_MAXIMUM_TOTALS, _MAXIMUM_SHARE * rows):
        return SettledTotals()
    sql = f"SELECT _line FROM {quoted(store)} WHERE list_contains(?, _line)"
    stored = [line for (line,) in engine.run(sql, [list(named)])]
    figures = _Figures(engine, store, width, stored)
    aside, differing = [], []
    for line in stored:  # the others are no rows for another reason
        total = named[line]
        is_sum = figures.is_sum(line)
        if is_sum or total.is_short or total.name != "group":
            aside.append(line)
            if is_sum is False:
                differing.append(line)
    return SettledTotals(tuple(aside), tuple(differing))


def totals_unlike_rows(
    engine: Engine, store: str, totals: Mapping[int, Sequence[str]], before: int
) -> list[int]:
    """The lines of totals under a table, given with their cells, of which no figure is a sum.

    Neither of all rows nor of those after the line `before`; none are where one of them fits.
    """
    width = max(map(len, totals.values()), default=0)
    columns = [
        position
        for position in range(width)
        if any(
            any(map(str.isdigit, cells[position : position + 1]))
            for cells in totals.values()
        )
    ]
    if not columns:
        return []
    numbers = _numbers(f"c{position}" for position in columns)
    sums = [f"sum({number})" for number in numbers]
    sums += [f"{total} FILTER (_line > {before})" for total in sums]
    (values,) = engine.run(f"SELECT {', '.join(sums)} FROM {quoted(store)}")
    expected = np.array(values, dtype=float).reshape(2, -1)
    unlike = []
    for line, cells in totals.items():
        own = {f"c{position}": cell for position, cell in enumerate(cells)}
        given = ", ".join(f"? AS c{position}" for position in columns)
        figures = engine.run(
            f"SELECT {', '.join(numbers)} FROM (SELECT {given})",
            [own.get(f"c{position}", "") for position in columns],
        )
        figure = np.array(figures[0], dtype=float)
        fits = np.abs(expected - figure) <= np.maximum(
            _CLOSE, _CLOSE_SHARE * np.abs(figure)
        )
        if fits.any():
            return []
        if (np.isfinite(figure) & (figure != 0)).any():
            unlike.append(line)
    return unlike


def _numbers(cells: Iterable[str]) -> list[str]:
    """SQL: cells as numbers, with a point and then with a comma for a decimal mark.

    A sum that fits in either reading does.
    """
    bare = [f"regexp_replace({cell}, '[^0-9.,-]', '', 'g')" for cell in cells]
    readings = [f"replace({figure}, ',', '')" for figure in bare]
    readings += [
        f"replace(replace({figure}, '.', ''), ',', '.')" for figure in bare
    ]
    return [f"TRY_CAST({reading} AS DOUBLE)" for reading in readings]


class _Figures:
    """The columns of figures of a table, summed up from its first row on, without its totals."""

    def __init__(
        self, engine: Engine, store: str, width: int, lines: Sequence[int]
    ) -> None:
        numbers = ", ".join(_numbers(f"c{column}" for column in range(width)))
        sql = f"SELECT _line, {numbers} FROM {quoted(store)} ORDER BY _line"
        own, *columns = (
            column.to_numpy() for column in engine.over(None, sql).itercolumns()
        )
        table = np.column_stack([column.astype(float) for column in columns])
        positions = np.searchsorted(own, sorted(lines))
        self._positions = dict(zip(sorted(lines), positions, strict=True))
        self._values = table[positions]
        rows = np.nan_to_num(table)
        rows[positions] = 0.0
        self._sums = np.vstack([np.zeros(rows.shape[1]), np.cumsum(rows, axis=0)])
        self._borders = np.array([0, *(positions + 1), len(rows)])

    def is_sum(self, line: int) -> bool | None:
        """Whether a figure of the total on a line is the sum of the rows above or below it.

        From an earlier total on, or up to a later one; None where it has no figures.
        """
        position = self._positions[line]
        number = int(np.searchsorted(self._borders, position, side="right"))
        values = self._values[number - 1]
        has_figure = np.isfinite(values) & (values != 0)
        if not has_figure.any():
            return None
        values = values[has_figure]
        before = self._borders[:number]
        before = np.union1d(before[:1], before[-_BLOCKS_TRIED:])
        after = self._borders[number + 1 :][:_BLOCKS_TRIED]
        here = self._sums[position, has_figure]
        above = here - self._sums[before][:, has_figure]
        below = self._sums[after][:, has_figure] - here
        blocks = np.vstack([above, below])
        tolerance = np.maximum(_CLOSE, _CLOSE_SHARE * np.abs(values))
        return bool((np.abs(blocks - values) <= tolerance).any())
