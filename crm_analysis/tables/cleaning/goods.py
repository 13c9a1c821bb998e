"""Several goods in one cell (`Tea, Cup`, `2 x Tea; 1 x Cup`) become a line each."""

from __future__ import annotations

import dataclasses
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crm_analysis.engine import quoted
from crm_analysis.messages import Message
from crm_analysis.tables.cleaning.goods_form import (
    COUNT_AFTER,
    COUNT_BEFORE,
    NUMBER,
    GoodsForm,
    find_form,
)
from crm_analysis.tables.cleaning.options import CleanOptions
from crm_analysis.tables.cleaning.plan import ColumnReading
from crm_analysis.tables.cleaning.sql import literal

if TYPE_CHECKING:
    from crm_analysis.tables.reading import RawTable
    from crm_analysis.tables.roles import Roles

COUNT = "_goods"  # of a parted table: how many lines its record became
_SAMPLE_ROWS = 20_000
_PARALLEL_SHARE = 0.95  # of the cells, with as many parts as there are goods
_LIST_ITEM = r"""'[^']*'|"[^"]*"|[^\[\],\s'"][^\[\],]*"""
# A cell without the first of these is one of the goods; a number of pieces has the second.
_ANY_SIGN, _ANY_TIMES = "[\\n|;；、,，+/\\[]", "[×✕*＊xX]"
# SQL: how many there are in a record of the good of a line.
_TIMES = (
    "list_sum([numbers[k] for k in range(1, len(names) + 1) if names[k] = names[nth]])"
    "::VARCHAR"
)
# What the roles of a record are of which each of its goods has its part.
_SHARED = ("amount", "discount", "cost", "quantity")


@dataclass(frozen=True)
class PartedGoods:
    """The table with a line for each of the goods, its roles, and what to ask.

    `shared` are columns of the record (as the file names them) of which each line has its part, as
    it has of all money but that of the columns `own`.
    """

    raw: RawTable
    roles: Roles
    shared: frozenset[str] = frozenset()
    own: frozenset[str] = frozenset()
    questions: tuple[Message, ...] = ()


def part_goods(raw: RawTable, roles: Roles, options: CleanOptions) -> PartedGoods:
    """The lines of orders whose product column holds several goods in a cell.

    Those whose parts come again in other company, or stand alone elsewhere, or have a number each,
    are parted unasked; a comma may belong to a name, so it is asked in any case.
    """
    as_is = PartedGoods(raw, roles)
    product = roles.columns.get("product")
    if roles.kind != "transactions" or product not in raw.reading.columns:
        return as_is
    position = raw.reading.columns.index(product)
    if not _may_be_several(raw, position):  # as a rule
        return as_is
    form = find_form(_different_cells(raw, position))
    if form is None:
        return as_is
    default = "lines" if form.surely else "names"
    chosen = default if options.goods == "auto" else options.goods
    details = {
        "column": product,
        "examples": list(form.examples),
        "option": "goods",
        "choices": ["lines", "names"],
        "default": chosen,
    }
    key = "goods_parted" if chosen == "lines" else "goods_together"
    question = Message(f"cleaning.question.{key}", details)
    if chosen == "names":
        return PartedGoods(raw, roles, questions=(question,))
    parted = _part(raw, roles, position, form)
    return dataclasses.replace(parted, questions=(question,))


def share_out(
    columns: Sequence[ColumnReading], goods: PartedGoods
) -> list[ColumnReading]:
    """The columns where each line has its part of what is of the whole record."""
    if COUNT not in goods.raw.engine.columns(goods.raw.store):
        return list(columns)
    return [
        _part_of(column) if _is_shared(column, goods) else column
        for column in columns
    ]


def _part_of(column: ColumnReading) -> ColumnReading:
    bare = f"(({column.bare}) / {COUNT})" if column.bare else ""
    return dataclasses.replace(
        column, value=f"(({column.value}) / {COUNT})", bare=bare
    )


def _is_shared(column: ColumnReading, goods: PartedGoods) -> bool:
    is_money = column.type == "money" and column.role != "unit_price"
    return column.source in goods.shared or (
        is_money and column.source not in goods.own
    )


def _may_be_several(raw: RawTable, position: int) -> bool:
    """Whether a cell has what may part goods or begin a list, or each a number of pieces."""
    if raw.words(position) is not None:
        cells = _different_cells(raw, position)
        has_times = re.compile(_ANY_TIMES).search
        return any(map(re.compile(_ANY_SIGN).search, cells)) or (
            bool(cells) and all(map(has_times, cells))
        )
    cell, signs, times = f"c{position}", *map(literal, (_ANY_SIGN, _ANY_TIMES))
    rows = f"(SELECT {cell} FROM {quoted(raw.store)} LIMIT {_SAMPLE_ROWS})"
    ((may_be,),) = raw.engine.run(
        f"SELECT coalesce(bool_or(regexp_matches({cell}, {signs})), false)"
        f" OR coalesce(bool_and(regexp_matches({cell}, {times})), false)"
        f" FROM {rows} WHERE trim({cell}) <> ''"
    )
    return bool(may_be)


def _different_cells(raw: RawTable, position: int) -> list[str]:
    """The different cells of a column, in a sample of the rows where they are not known."""
    words = raw.words(position)
    if words is not None:
        return [word for word in words.to_pylist() if word and word.strip()]
    cell = f"c{position}"
    rows = raw.engine.run(
        f"SELECT {cell} FROM (SELECT {cell} FROM {quoted(raw.store)} LIMIT {_SAMPLE_ROWS})"
        f" WHERE trim({cell}) <> '' GROUP BY {cell} ORDER BY {cell}"
    )
    return [cell for (cell,) in rows]


def _part(
    raw: RawTable, roles: Roles, position: int, form: GoodsForm
) -> PartedGoods:
    """The table with a line for each of the goods; what comes twice in a record is one of two."""
    names, columns = list(raw.reading.columns), dict(roles.columns)
    parallel = _parallel(raw, position, form.separator)
    cells = {f"c{at}": f"c{at}" for at in range(len(names))}
    cells |= {f"c{at}": f"trim(l{at}[nth])" for at in parallel}
    cells[f"c{position}"] = "names[nth]"
    of_record = {columns[role] for role in _SHARED if role in columns}
    if "quantity" not in columns:
        of_record |= {columns["unit_price"]} if "unit_price" in columns else set()
        columns["quantity"] = _add(names, cells, "quantity", _TIMES)
    elif form.counted:
        cells[f"c{names.index(columns['quantity'])}"] = _TIMES
        of_record.discard(columns["quantity"])
    if "order" not in columns:
        columns["order"] = _add(names, cells, "order", "(_source || '-' || _line)")
    store = f"{raw.store}_goods_{uuid.uuid4().hex[:8]}"
    lists = "".join(
        f", {_items(f'c{at}', form.separator)} AS l{at}" for at in parallel
    )
    one_each = "true" if parallel else "list_position(names, names[nth]) = nth"
    goods = "len(names)" if parallel else "len(list_distinct(names))"
    made = ", ".join(f"{value} AS {cell}" for cell, value in cells.items())
    raw.engine.run(
        f"CREATE TABLE {quoted(store)} AS"
        f" WITH split AS (SELECT *, row_number() OVER () AS record,"
        f" {_items(f'c{position}', form.separator)} AS items{lists} FROM {quoted(raw.store)}),"
        f" named AS (SELECT *, [{_name(form)} for i in items] AS names,"
        f" [{_number(form)} for i in items] AS numbers FROM split),"
        " lines AS (SELECT *, unnest(range(1, greatest(len(items), 1) + 1)) AS nth FROM named)"
        f" SELECT _source, _line, greatest({goods}, 1) AS {COUNT}, {made} FROM lines"
        f" WHERE len(items) = 0 OR {one_each} ORDER BY record, nth"
    )
    ((rows,),) = raw.engine.run(f"SELECT count(*) FROM {quoted(store)}")
    reading = dataclasses.replace(
        raw.reading, layout="parted", columns=tuple(names), rows=rows
    )
    parted = dataclasses.replace(
        raw, reading=reading, store=store, tidy=False, coded=None
    )
    own = {names[at] for at in parallel}
    once = set(roles.sales.once_per_order) if roles.sales else set()
    return PartedGoods(
        parted,
        dataclasses.replace(roles, columns=columns),
        frozenset(of_record - own - once),
        frozenset(own | once),
    )


def _add(names: list[str], cells: dict[str, str], name: str, value: str) -> str:
    """Add a column, and give what it is called."""
    free, number = name, 2
    while free.casefold() in {other.casefold() for other in names}:
        free, number = f"{name} {number}", number + 1
    cells[f"c{len(names)}"] = value
    names.append(free)
    return free


def _items(cell: str, separator: str | None) -> str:
    """SQL: the parts of a cell, trimmed, without empty ones."""
    if separator is None:
        parts = f"regexp_extract_all({cell}, {literal(_LIST_ITEM)})"
        bare = "trim(x, ' ''\"')"
    else:
        # Before a number there is another good, whatever its own name has in brackets.
        counted = literal(rf"(?i)(?:{separator})\s*({NUMBER})")
        marked = rf"regexp_replace({cell}, {counted}, chr(10) || '\1', 'g')"
        by_sign = f"string_split_regex({cell}, {literal(separator)})"
        has_counts = f"regexp_matches({cell}, {literal(f'(?i)^ *{NUMBER}')})"
        parts = f"if({has_counts}, string_split({marked}, chr(10)), {by_sign})"
        bare = "trim(x)"
    return f"[{bare} for x in {parts} if {bare} <> '']"


def _name(form: GoodsForm) -> str:
    """SQL: the name of an item, without the number before or after it."""
    if not form.counted:
        return "i"
    before, after = (
        literal(f"(?i){pattern}") for pattern in (COUNT_BEFORE, COUNT_AFTER)
    )
    return (
        f"CASE WHEN regexp_matches(i, {before}) THEN regexp_extract(i, {before}, 2)"
        f" WHEN regexp_matches(i, {after}) THEN regexp_extract(i, {after}, 1) ELSE i END"
    )


def _number(form: GoodsForm) -> str:
    """SQL: how many of an item there are."""
    if not form.counted:
        return "1"
    before, after = (
        literal(f"(?i){pattern}") for pattern in (COUNT_BEFORE, COUNT_AFTER)
    )
    return (
        f"coalesce(TRY_CAST(regexp_extract(i, {before}, 1) AS INTEGER),"
        f" TRY_CAST(regexp_extract(i, {after}, 2) AS INTEGER), 1)"
    )


def _parallel(raw: RawTable, position: int, separator: str | None) -> list[int]:
    """The other columns that have as many parts in a cell as there are goods beside it.

    Where there is one good as well: a decimal comma parts figures in either case.
    """
    if separator is None:
        return []
    goods = f"len({_items(f'c{position}', separator)})"
    others = [at for at in range(len(raw.reading.columns)) if at != position]
    if not others:
        return []
    tests = ", ".join(
        f"count(*) FILTER (n > 1 AND len({_items(f'c{at}', separator)}) = n),"
        f" count(*) FILTER (n > 1 AND trim(c{at}) <> ''),"
        f" count(*) FILTER (n = 1 AND len({_items(f'c{at}', separator)}) > 1),"
        f" count(*) FILTER (n = 1)"
        for at in others
    )
    counts = raw.engine.run(
        f"SELECT {tests} FROM (SELECT *, {goods} AS n FROM {quoted(raw.store)})"
    )[0]
    parallel = []
    for nth, at in enumerate(others):
        fitting, filled, several, single = counts[4 * nth : 4 * nth + 4]
        is_apart = several > (1 - _PARALLEL_SHARE) * single
        if fitting and fitting >= _PARALLEL_SHARE * filled and not is_apart:
            parallel.append(at)
    return parallel
