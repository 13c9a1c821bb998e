"""A table of a known platform brought into a row a line: groups as a column, columns of others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crm_analysis.engine import Engine, quoted
from crm_analysis.tables.cleaning.sql import literal, one_of
from crm_analysis.tables.presets.preset import by_heading, present, recognise
from crm_analysis.tables.reading.records import Record
from crm_analysis.tables.reading.store import new_name
from crm_analysis.tables.reading.structure import Structure

_FOOTER_ROWS = 12
_PREAMBLE = 40  # records among which the headings of a known platform are sought
_DAY = r"'^\D{0,2}(\d{2})(\d{2})(\d{2})\D'"


@dataclass(frozen=True)
class Reshaped:
    """The rows in a new table, the names of its columns, and the records that are no rows."""

    store: str
    names: tuple[str, ...]
    aside: list[tuple[int, str, str]] = field(default_factory=list)


def known_header(head: Sequence[Record], structure: Structure) -> int | None:
    """The line of the headings of a known platform; None where the header has them already."""
    if recognise(structure.names):
        return None
    known = (record.line for record in head[:_PREAMBLE] if recognise(record.fields))
    return next(known, None)


def reshape(
    engine: Engine,
    store: str,
    names: Sequence[str],
    put_back: frozenset[int] = frozenset(),
) -> Reshaped | None:
    """The rows as the preset of these headings has them; None where they stay as they are."""
    preset = recognise(names)
    if preset is None:
        return None
    group = preset.grouped
    if group and names[0].casefold() == "column 1" and group not in names:
        return _ungroup(engine, store, names, group, put_back)
    made = {
        column["name"]: value
        for column in preset.derived
        if (value := _derived(engine, store, names, column))
    }
    footer = _footer(engine, store, len(names), preset.footer, put_back)
    if not made and not footer:
        return None
    new = new_name()
    cells = [f"c{position}" for position in range(len(names))]
    values = [
        f"{value} AS c{len(names) + position}"
        for position, value in enumerate(made.values())
    ]
    engine.run(
        f"CREATE TABLE {quoted(new)} AS"
        f" SELECT _source, _line, {', '.join([*cells, *values])} FROM {quoted(store)}"
        f" WHERE NOT {one_of('_line', [line for line, _, _ in footer])}"
        " ORDER BY _source, _line"
    )
    return Reshaped(new, (*names, *made), footer)


def _footer(
    engine: Engine,
    store: str,
    width: int,
    texts: Sequence[str],
    put_back: frozenset[int],
) -> list[tuple[int, str, str]]:
    """The last rows in which a platform's own words stand for the end of its report."""
    if not texts:
        return []
    text = f"concat_ws(' ', {', '.join(f'c{position}' for position in range(min(width, 4)))})"
    last = (
        f"SELECT _line, {text} AS text FROM {quoted(store)}"
        f" ORDER BY _line DESC LIMIT {_FOOTER_ROWS}"
    )
    return [
        (line, "footer", row.strip())
        for line, row in reversed(engine.run(last))
        if line not in put_back and any(words in row for words in texts)
    ]


def _ungroup(
    engine: Engine,
    store: str,
    names: Sequence[str],
    group: str,
    put_back: frozenset[int],
) -> Reshaped:
    """What stands alone in the first column above its rows, as a column; totals go aside."""
    others = [f"c{position}" for position in range(1, len(names))]
    alone = f"concat({', '.join(others)}) = ''"
    heads = f"CASE WHEN trim(c0) <> '' AND {alone} THEN trim(c0) END"
    last = (
        f"coalesce(last_value({heads} IGNORE NULLS)"
        " OVER (ORDER BY _source, _line ROWS UNBOUNDED PRECEDING), '')"
    )
    new, rows = new_name(), quoted(store)
    stays = f"trim(c0) = '' OR _line IN ({', '.join(map(str, (-1, *put_back)))})"
    engine.run(
        f"CREATE TABLE {quoted(new)} AS SELECT _source, _line, g AS c0, {', '.join(others)}"
        f" FROM (SELECT *, {last} AS g FROM {rows}) WHERE {stays} ORDER BY _source, _line"
    )
    text = f"concat_ws(' ', c0, {', '.join(others)})"
    aside = engine.run(
        f"SELECT _line, if({alone}, 'group_heading', 'total'), trim({text}) FROM {rows}"
        f" WHERE NOT ({stays}) ORDER BY _line"
    )
    return Reshaped(new, (group, *names[1:]), aside)


def _derived(
    engine: Engine, store: str, names: Sequence[str], column: Mapping[str, Any]
) -> str | None:
    """SQL for the cells of a column made of others; None where these are not there."""
    named = by_heading(names)
    cells = {name: f"c{position}" for position, name in enumerate(names)}
    if "day_of" in column:
        number = present(column["day_of"], named)
        days = present(column["unless"], named)
        filled = " OR ".join(f"bool_or(trim({cells[day]}) <> '')" for day in days)
        if not number or (
            days and engine.run(f"SELECT {filled} FROM {quoted(store)}")[0][0]
        ):
            return None
        return f"regexp_replace({cells[number[0]]} || ' ', {_DAY} || '.*', '20\\1-\\2-\\3')"
    if "constant" in column:
        there = present(column["unless"], named)
        return None if there else literal(column["constant"])
    if "rewrite" in column:
        packed = present(column["rewrite"], named)
        pattern, put = (literal(column[part]) for part in ("pattern", "put"))
        return (
            f"regexp_replace({cells[packed[0]]}, {pattern}, {put}, 'g')"
            if packed
            else None
        )
    if "leg" in column:
        return _leg(engine, store, cells, named, column)
    told, take, otherwise = (
        present(column.get(part, ()), named)
        for part in ("column", "take", "otherwise")
    )
    if not (told and otherwise) or ("take" in column and not take):
        return None
    taken = cells[take[0]] if take else "''"
    words = ", ".join(
        "'" + word.lower().replace("'", "''") + "'" for word in column["words"]
    )
    is_so = f"lower(trim({cells[told[0]]})) IN ({words})"
    return f"if({is_so}, {taken}, {cells[otherwise[0]]})"


def _leg(
    engine: Engine,
    store: str,
    cells: Mapping[str, str],
    named: Mapping[str, str],
    column: Mapping[str, Any],
) -> str | None:
    """SQL: a cell of the row that turns a row's money into another currency, else its own.

    Nothing on such rows themselves; None where nothing is turned.
    """
    parts = ("leg", "column", "currency", "number", "refers")
    needed = [present(column[part], named) for part in parts]
    if not all(needed):
        return None
    take, kind, currency, number, refers = (cells[names[0]] for names in needed)
    is_leg = one_of(
        f"lower(trim({kind}))", [word.lower() for word in column["words"]]
    )
    if not engine.run(f"SELECT count(*) FROM {quoted(store)} WHERE {is_leg}")[0][0]:
        return None
    whole = f"FILTER ({is_leg}) OVER (PARTITION BY trim(if({is_leg}, {refers}, {number})))"
    of_lowest, of_highest = (
        f"{pick}({take}, {currency}) {whole}" for pick in ("arg_min", "arg_max")
    )
    other = f"if(min({currency}) {whole} = {currency}, {of_highest}, {of_lowest})"
    return f"if({is_leg}, '', coalesce({other}, {take}))"
