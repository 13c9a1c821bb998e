"""Several goods in one cell (`Tea, Cup`, `2 x Tea; 1 x Cup`) become a line each."""

from __future__ import annotations

import dataclasses
import re
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crm_analysis.engine import quoted
from crm_analysis.messages import Message
from crm_analysis.tables.cleaning.options import CleanOptions
from crm_analysis.tables.cleaning.plan import ColumnReading
from crm_analysis.tables.cleaning.sql import literal

if TYPE_CHECKING:
    from crm_analysis.tables.reading import RawTable
    from crm_analysis.tables.roles import Roles

COUNT = "_goods"  # of a parted table: how many lines its record became
_SAMPLE_ROWS = 20_000
_MINIMUM_CELLS, _MINIMUM_SHARE = (
    2,
    0.02,
)  # of the different cells, that hold several goods
_COME_AGAIN, _FREE = 0.5, 0.4  # shares of the goods, from which on they are lists
_COUNTED_SHARE = 0.8  # of the goods, with a number before or after them
_PARALLEL_SHARE = 0.95  # of the cells, with as many parts as there are goods
_MAXIMUM_GOODS = 60
_EXAMPLES = 2
_LIST = r"^\s*\[.*\]\s*$"
_LIST_ITEM = r"""'[^']*'|"[^"]*"|[^\[\],\s'"][^\[\],]*"""
# What may part goods, the surest first; the last ones may well stand within a name.
_SEPARATORS = (r"\n", r"\|", "[;；]", "、", "[,，]", r"\s[+/]\s")
# A cell without the first of these is one of the goods; a number of pieces has the second.
_ANY_SIGN, _ANY_TIMES = "[\\n|;；、,，+/\\[]", "[×✕*＊xX]"
_COUNT = r"\d{1,4}\s*(?:[×✕]|[x*]\s)"
_COUNT_BEFORE = r"^(\d{1,4})\s*(?:[×✕]\s*|[x*]\s+)(\S.*)$"
# 绿茶x2: to DuckDB, and to Python where it is told so, there is a border before such an x.
_COUNT_AFTER = r"^(\S.*?)\s*(?:[×✕*＊]\s*|\s[x]\s*|\b[x])(\d{1,4})$"
# SQL: how many there are in a record of the good of a line.
_TIMES = (
    "list_sum([numbers[k] for k in range(1, len(names) + 1) if names[k] = names[nth]])"
    "::VARCHAR"
)
# What the roles of a record are of which each of its goods has its part.
_SHARED = ("amount", "discount", "cost", "quantity")


@dataclass(frozen=True)
class _Found:
    """How the goods of a column are parted: by a separator (None: lists), with a number or not."""

    separator: str | None
    counted: bool
    examples: tuple[str, ...]
    surely: bool


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
    found = _find(_different_cells(raw, position))
    if found is None:
        return as_is
    default = "lines" if found.surely else "names"
    chosen = default if options.goods == "auto" else options.goods
    details = {
        "column": product,
        "examples": list(found.examples),
        "option": "goods",
        "choices": ["lines", "names"],
        "default": chosen,
    }
    key = "goods_parted" if chosen == "lines" else "goods_together"
    question = Message(f"cleaning.question.{key}", details)
    if chosen == "names":
        return PartedGoods(raw, roles, questions=(question,))
    parted = _part(raw, roles, position, found)
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


def _find(cells: Sequence[str]) -> _Found | None:
    """How the goods of some different cells are parted; None where each cell is one of them."""
    lists = [cell for cell in cells if re.match(_LIST, cell)]
    if cells and len(lists) == len(cells):
        return _Found(None, False, tuple(lists[:_EXAMPLES]), surely=True)
    for separator in _SEPARATORS:
        parts = [_split(cell, separator) for cell in cells]
        several = [
            cell for cell, own in zip(cells, parts, strict=True) if len(own) > 1
        ]
        if len(several) < max(_MINIMUM_CELLS, _MINIMUM_SHARE * len(cells)):
            continue
        goods = [part for own in parts for part in own]
        counted = sum(bool(_count_of(part)) for part in goods)
        examples = tuple(several[:_EXAMPLES])
        if counted >= _COUNTED_SHARE * len(goods):
            return _Found(separator, True, examples, surely=True)
        come_again, free = _company(parts)
        if come_again >= _COME_AGAIN:
            surely = free >= _FREE and max(map(len, parts)) <= _MAXIMUM_GOODS
            return _Found(separator, False, examples, surely) if free > 0 else None
    counted = sum(bool(_count_of(cell)) for cell in cells)
    if len(cells) >= _MINIMUM_CELLS and counted == len(cells):
        return _Found(r"\n", True, tuple(cells[:_EXAMPLES]), surely=True)
    return None


def _split(cell: str, separator: str) -> list[str]:
    return [part for piece in re.split(separator, cell) if (part := piece.strip())]


def _count_of(part: str) -> re.Match[str] | None:
    flags = re.I | re.A
    return re.match(_COUNT_BEFORE, part, flags) or re.match(
        _COUNT_AFTER, part, flags
    )


def _company(parts: Sequence[Sequence[str]]) -> tuple[float, float]:
    """The share of goods in lists that come again, and of these the share that are free.

    Those stand alone somewhere, or in several places of a list: a colour or a surname that a comma
    parts from a name stands always behind it.
    """
    counts = Counter(part for own in parts for part in set(own))
    places: dict[str, set[int]] = {}
    for own in parts:
        for place, part in enumerate(own):
            places.setdefault(part, set()).add(place if len(own) > 1 else -1)
    in_lists = [part for own in parts if len(own) > 1 for part in own]
    again = [part for part in in_lists if counts[part] > 1]
    free = sum(len(places[part]) > 1 for part in set(again))
    return len(again) / max(1, len(in_lists)), free / max(1, len(set(again)))


def _part(raw: RawTable, roles: Roles, position: int, found: _Found) -> PartedGoods:
    """The table with a line for each of the goods; what comes twice in a record is one of two."""
    names, columns = list(raw.reading.columns), dict(roles.columns)
    parallel = _parallel(raw, position, found.separator)
    cells = {f"c{at}": f"c{at}" for at in range(len(names))}
    cells |= {f"c{at}": f"trim(l{at}[nth])" for at in parallel}
    cells[f"c{position}"] = "names[nth]"
    of_record = {columns[role] for role in _SHARED if role in columns}
    if "quantity" not in columns:
        of_record |= {columns["unit_price"]} if "unit_price" in columns else set()
        columns["quantity"] = _add(names, cells, "quantity", _TIMES)
    elif found.counted:
        cells[f"c{names.index(columns['quantity'])}"] = _TIMES
        of_record.discard(columns["quantity"])
    if "order" not in columns:
        columns["order"] = _add(names, cells, "order", "(_source || '-' || _line)")
    store = f"{raw.store}_goods_{uuid.uuid4().hex[:8]}"
    lists = "".join(
        f", {_items(f'c{at}', found.separator)} AS l{at}" for at in parallel
    )
    one_each = "true" if parallel else "list_position(names, names[nth]) = nth"
    goods = "len(names)" if parallel else "len(list_distinct(names))"
    made = ", ".join(f"{value} AS {cell}" for cell, value in cells.items())
    raw.engine.run(
        f"CREATE TABLE {quoted(store)} AS"
        f" WITH split AS (SELECT *, row_number() OVER () AS record,"
        f" {_items(f'c{position}', found.separator)} AS items{lists} FROM {quoted(raw.store)}),"
        f" named AS (SELECT *, [{_name(found)} for i in items] AS names,"
        f" [{_number(found)} for i in items] AS numbers FROM split),"
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
        counted = literal(rf"(?i)(?:{separator})\s*({_COUNT})")
        marked = rf"regexp_replace({cell}, {counted}, chr(10) || '\1', 'g')"
        by_sign = f"string_split_regex({cell}, {literal(separator)})"
        has_counts = f"regexp_matches({cell}, {literal(f'(?i)^ *{_COUNT}')})"
        parts = f"if({has_counts}, string_split({marked}, chr(10)), {by_sign})"
        bare = "trim(x)"
    return f"[{bare} for x in {parts} if {bare} <> '']"


def _name(found: _Found) -> str:
    """SQL: the name of an item, without the number before or after it."""
    if not found.counted:
        return "i"
    before, after = (
        literal(f"(?i){pattern}") for pattern in (_COUNT_BEFORE, _COUNT_AFTER)
    )
    return (
        f"CASE WHEN regexp_matches(i, {before}) THEN regexp_extract(i, {before}, 2)"
        f" WHEN regexp_matches(i, {after}) THEN regexp_extract(i, {after}, 1) ELSE i END"
    )


def _number(found: _Found) -> str:
    """SQL: how many of an item there are."""
    if not found.counted:
        return "1"
    before, after = (
        literal(f"(?i){pattern}") for pattern in (_COUNT_BEFORE, _COUNT_AFTER)
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
