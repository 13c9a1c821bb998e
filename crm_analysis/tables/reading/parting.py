"""Tables whose records are several rows, or rows several records: periods, products, answers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from crm_analysis.engine import literal, quoted
from crm_analysis.messages import Message
from crm_analysis.tables.presets import recognise
from crm_analysis.tables.reading.answers import find_answers, store_answers
from crm_analysis.tables.reading.baskets import are_baskets
from crm_analysis.tables.reading.lines import find_lines, first_rows, store_lines
from crm_analysis.tables.reading.one_hot import OneHot, find_one_hot, may_be_one_hot
from crm_analysis.tables.reading.periods import (
    MINIMUM_PERIODS,
    PeriodColumns,
    find_periods,
)
from crm_analysis.tables.reading.source import Source
from crm_analysis.tables.reading.store import new_name
from crm_analysis.tables.reading.structure import Structure
from crm_analysis.tables.reading.total_names import adds_up
from crm_analysis.tables.reading.wide_baskets import first_product

_MAXIMUM_OTHERS = (
    8  # columns beside the periods, from which on a record may be a person
)
_FIGURES_SHARE = 0.8
_YEARS_OFFERED = 4
_EXAMPLES = 3
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


@dataclass(frozen=True)
class Parted:
    """The rows in a new table, what their columns are called, and how many records hold none."""

    store: str
    names: tuple[str, ...]
    layout: Literal["baskets", "parted"]
    empty: int
    notes: tuple[Message, ...] = ()
    units: dict[str, str] = field(default_factory=dict)


def part(
    source: Source, store: str, structure: Structure, titles: Sequence[str]
) -> tuple[Parted | None, tuple[Message, ...]]:
    """The rows that records are to be parted into, and what to ask; None where none is.

    `titles` are texts that stand over the table or name it, which may say its year.
    """
    names, shape = structure.names, source.options.shape
    if recognise(names):
        return None, ()
    rows = first_rows(source.engine, store, names)
    lines = find_lines(source.engine, store, names, rows)
    if lines:
        question = _ask_shape("lines", names, lines.columns, shape or "lines")
        if shape == "columns":
            return None, (question,)
        target, made = store_lines(source.engine, store, names, lines)
        units = {
            name: unit for name, unit in structure.units.items() if name in made
        }
        return Parted(target, _free(made), "parted", 0, units=units), (question,)
    if len(names) < MINIMUM_PERIODS:
        return None, ()
    answers = find_answers(source.engine, store, names)
    if answers:
        question = _ask_shape("answers", names, answers.columns, shape or "answers")
        if shape == "columns":
            return None, (question,)
        target, made, left_out = store_answers(source.engine, store, names, answers)
        said = {
            "count": len(answers.questions),
            "columns": answers.questions[:_EXAMPLES],
        }
        notes = (Message("reading.note_answers", said),)
        return Parted(target, _free(made), "parted", left_out, notes), (question,)
    columns = find_periods(names)
    if columns and _are_figures(source, store, columns):
        others = len(names) - sum(map(len, columns.measures.values()))
        usual = "columns" if others > _MAXIMUM_OTHERS else "periods"
        question = _ask_shape("periods", names, columns.positions, shape or usual)
        if (shape or usual) == "columns":
            return None, (question,)
        parted, questions = _by_period(source, store, structure, columns, titles)
        return parted, (*questions, question)
    is_asked = shape == "baskets"
    may_be = is_asked or may_be_one_hot(rows, len(names))
    products = (
        find_one_hot(source.engine, store, names, is_asked) if may_be else None
    )
    if products is None:
        return None, ()
    usual = "columns" if products.may_be_traits else "baskets"
    question = _ask_shape("baskets", names, products.columns, shape or usual)
    if (shape or usual) == "columns":
        return None, (question,)
    return _baskets(source, store, names, products), (question,)


def may_be_parted(names: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Whether columns become rows unasked, by their names and the first rows of all of them."""
    first = first_product(names)
    if first is not None and are_baskets([row[first:] for row in rows]):
        return True
    periods = find_periods(names)
    if periods and len(names) - len(periods.positions) <= _MAXIMUM_OTHERS:
        return True
    return may_be_one_hot(rows, len(names))


def _ask_shape(
    shape: str, names: Sequence[str], columns: Sequence[int], default: str
) -> Message:
    """The offer to part the records of a table by some columns, or to leave them as they are."""
    choices = [shape, "columns"]
    details = {
        "count": len(columns),
        "columns": list(
            dict.fromkeys(
                names[position]
                for position in (*columns[: _EXAMPLES - 1], columns[-1])
            )
        ),
        "choices": choices,
        "default": default,
        "sets": {choice: {"shape": choice} for choice in choices},
    }
    return Message(f"reading.question.{shape}", details)


def _are_figures(source: Source, store: str, columns: PeriodColumns) -> bool:
    """Whether what stands under the periods is figures."""
    cells = [f"trim(c{position})" for position in columns.positions]
    filled = " + ".join(f"count(*) FILTER ({cell} <> '')" for cell in cells)
    figure = r"'^[^0-9]{0,5}[0-9][0-9.,'' ]*[^0-9]{0,4}$'"
    figures = " + ".join(
        f"count(*) FILTER (regexp_matches({cell}, {figure}))" for cell in cells
    )
    longest = f"greatest(0, {', '.join(f'max(length({cell}))' for cell in cells)})"
    ((all_filled, all_figures, letters),) = source.engine.run(
        f"SELECT {filled}, {figures}, {longest} FROM {quoted(store)}"
    )
    if (
        columns.periods[0].kind == "quarter"
        and not columns.has_years
        and letters < 3
    ):
        return False  # the answers to questions 1 to 4
    return bool(all_filled and all_figures >= _FIGURES_SHARE * all_filled)


def _by_period(
    source: Source,
    store: str,
    structure: Structure,
    columns: PeriodColumns,
    titles: Sequence[str],
) -> tuple[Parted, list[Message]]:
    names, own = structure.names, columns.positions
    extra = [
        position
        for position in range(len(names))
        if position in columns.extra or adds_up(names[position])
    ]
    others = [
        position
        for position in range(len(names))
        if position not in own and position not in extra
    ]
    headings = [names[position] for position in own]
    questions: list[Message] = []
    if not columns.has_years:
        year, is_said = _year_of(source, columns, titles)
        columns = columns.in_year(year)
        if not is_said:
            questions.append(_ask_year(year, columns, headings))
    target = new_name()
    cells = [f"c{position} AS c{number}" for number, position in enumerate(others)]
    values = [
        f"v{number} AS c{len(others) + 1 + number}"
        for number in range(len(columns.measures))
    ]
    structs = []
    for steps in zip(
        *(measure.items() for measure in columns.measures.values()), strict=True
    ):
        fields = [
            f"v{number} := trim(c{position})"
            for number, (position, _) in enumerate(steps)
        ]
        structs.append(
            f"struct_pack(d := {literal(steps[0][1].date)}, {', '.join(fields)})"
        )
    filled = " OR ".join(
        f"p.v{number} <> ''" for number in range(len(columns.measures))
    )
    period = f"p.d AS c{len(others)}"
    selected = ", ".join([*cells, period, *(f"p.{value}" for value in values)])
    source.engine.run(
        f"CREATE TABLE {quoted(target)} AS SELECT _source, _line, {selected} FROM"
        f" (SELECT *, unnest([{', '.join(structs)}]) AS p FROM {quoted(store)}) WHERE {filled}"
    )
    made = _free(
        [
            *(names[position] for position in others),
            "date",
            *(measure or "value" for measure in columns.measures),
        ]
    )
    details = {"count": len(own), "columns": [headings[0], headings[-1]]}
    notes = [Message("reading.note_periods", details)]
    if extra:
        left_out = {"columns": [names[position] for position in extra]}
        notes.append(Message("reading.note_periods_left_out", left_out))
    units = {name: unit for name, unit in structure.units.items() if name in made}
    given = {structure.units.get(heading) for heading in headings} - {None}
    if len(given) == 1:
        units |= dict.fromkeys(made[len(others) + 1 :], str(given.pop()))
    empty = _empty_records(source, store, target)
    return Parted(target, made, "parted", empty, tuple(notes), units), questions


def _year_of(
    source: Source, columns: PeriodColumns, titles: Sequence[str]
) -> tuple[int, bool]:
    """The year of the first period, and whether a person or a title says it."""
    if source.options.year:
        return source.options.year, True
    said = {int(year) for title in titles for year in _YEAR.findall(title)}
    if len(said) == 1:
        return said.pop(), True
    today = date.today()
    year = today.year
    while any(
        period.date > today.isoformat() for period in columns.in_year(year).periods
    ):
        year -= 1
    return year, False


def _ask_year(
    year: int, columns: PeriodColumns, headings: Sequence[str]
) -> Message:
    choices = [*range(year + 1, year + 1 - _YEARS_OFFERED, -1)]
    details = {
        "columns": [headings[0], headings[-1]],
        "choices": choices,
        "default": year,
        "sets": {str(choice): {"year": choice} for choice in choices},
    }
    return Message("reading.question.year", details)


def _baskets(
    source: Source, store: str, names: Sequence[str], products: OneHot
) -> Parted:
    """A row for each product that a record says yes to."""
    order = products.order
    others = [position for position in products.others if position != order]
    cells = [f"{'_line::VARCHAR' if order is None else f'c{order}'} AS c0"]
    cells += [
        f"c{position} AS c{number}"
        for number, position in enumerate(others, start=1)
    ]
    yes = ", ".join(map(literal, products.yes))
    items = ", ".join(
        f"CASE WHEN lower(trim(c{position})) IN ({yes}) THEN {literal(names[position])} END"
        for position in products.columns
    )
    target, last = new_name(), len(cells)
    source.engine.run(
        f"CREATE TABLE {quoted(target)} AS SELECT _source, _line, {', '.join(cells)},"
        f" item AS c{last} FROM (SELECT *, unnest([{items}]) AS item FROM {quoted(store)})"
        " WHERE item IS NOT NULL"
    )
    made = _free(
        [
            "order" if order is None else names[order],
            *(names[position] for position in others),
            "product",
        ]
    )
    empty = _empty_records(source, store, target)
    return Parted(target, made, "parted" if others else "baskets", empty)


def _empty_records(source: Source, store: str, target: str) -> int:
    ((empty,),) = source.engine.run(
        f"SELECT (SELECT count(*) FROM {quoted(store)})"
        f" - (SELECT count(*) FROM (SELECT DISTINCT _line FROM {quoted(target)}))"
    )
    return int(empty)


def _free(names: Sequence[str]) -> tuple[str, ...]:
    """The names, each another."""
    free: list[str] = []
    for name in names:
        new, number = name, 2
        while new.casefold() in {other.casefold() for other in free}:
            new, number = f"{name} {number}", number + 1
        free.append(new)
    return tuple(free)
