"""Orders whose record holds several lines: packed in cells, numbered columns, lists of objects.

`Products: A|B` beside `Qty: 1|2`; `Item 1`, `Qty 1`, `Item 2`, `Qty 2`; `[{"name": "Tea"}]`.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from crm_analysis.engine import Engine, literal, quoted
from crm_analysis.tables.reading.cells import kind_of
from crm_analysis.tables.reading.store import new_name
from crm_analysis.tables.roles.names import concepts

_SAMPLE_ROWS = 200
_FITTING_SHARE = (
    0.95  # of the records, that have as many parts in each packed column
)
_MINIMUM_PACKED = 2  # records with several parts
_SEPARATORS = (r"\n", r"\|", "[;；]", "[,，、]")
_IN_NAMES = "[,，、]"  # what also stands within names and figures
_OBJECTS = re.compile(r"\s*(?:\[\s*\{.*\}\s*\]|\{\s*[\"'].*\})\s*", re.S)
_NUMBERED = re.compile(r"(.*?\D)[\s_.#-]*(\d{1,2})\s*")
_OF_LINES = {"product", "sku", "quantity", "price", "amount", "line"}
_GOODS = {"product", "sku", "name", "line", "code", "id", "number", "description"}


@dataclass(frozen=True)
class Lines:
    """What the lines of a record are made of.

    `columns` are the positions that are parted, `names` what they are called then, and `lists` the
    SQL of the list of each name's values in a record.
    """

    columns: tuple[int, ...]
    names: tuple[str, ...]
    lists: tuple[str, ...]


def first_rows(engine: Engine, store: str, names: Sequence[str]) -> list[tuple]:
    """The first rows of a table, which as a rule show that a record is one row."""
    cells = [f"c{position}" for position in range(len(names))]
    rows = engine.shown(store)
    if rows is not None:
        columns = rows.select(cells).slice(0, _SAMPLE_ROWS).columns
        return list(zip(*(column.to_pylist() for column in columns), strict=True))
    return engine.run(
        f"SELECT {', '.join(cells)} FROM {quoted(store)} LIMIT {_SAMPLE_ROWS}"
    )


def find_lines(
    engine: Engine, store: str, names: Sequence[str], rows: Sequence[tuple]
) -> Lines | None:
    """How the records of a table are several lines each, by its first `rows`.

    None where each is one.
    """
    columns = [
        [(cell or "").strip() for cell in column]
        for column in zip(*rows, strict=True)
    ]
    if len(rows) < _MINIMUM_PACKED:
        return None
    return (
        _objects(engine, store, names, columns)
        or _numbered(names, columns)
        or _packed(names, columns)
    )


def store_lines(
    engine: Engine, store: str, names: Sequence[str], lines: Lines
) -> tuple[str, tuple[str, ...]]:
    """The lines as a new table, and what its columns are called.

    A record without any stays a line; where no column names the records, one does.
    """
    others = [
        position for position in range(len(names)) if position not in lines.columns
    ]
    cells = [f"c{position}" for position in others]
    made = [*(names[position] for position in others), *lines.names]
    if not any("order" in concepts(names[position]) for position in others):
        cells.append("_line::VARCHAR")
        made.insert(len(others), "order")
    lists = "".join(
        f", coalesce({sql}, []) AS l{nth}" for nth, sql in enumerate(lines.lists)
    )
    longest = ", ".join(f"len(l{nth})" for nth in range(len(lines.names)))
    numbers = range(len(lines.names))
    is_filled = " OR ".join(f"coalesce(l{nth}[nth], '') <> ''" for nth in numbers)
    values = [f"coalesce(l{nth}[nth], '')" for nth in numbers]
    selected = ", ".join(
        f"{sql} AS c{position}" for position, sql in enumerate([*cells, *values])
    )
    target = new_name()
    engine.run(
        f"CREATE TABLE {quoted(target)} AS SELECT _source, _line, {selected} FROM"
        f" (SELECT *, unnest(range(1, greatest(1, {longest}) + 1)) AS nth FROM"
        f" (SELECT *{lists} FROM {quoted(store)})) WHERE nth = 1 OR {is_filled}"
        " ORDER BY _source, _line, nth"
    )
    return target, tuple(made)


def _packed(names: Sequence[str], columns: Sequence[Sequence[str]]) -> Lines | None:
    """Columns whose cells have as many parts as one another, figures and names among them."""
    for separator in _SEPARATORS:
        parts = {
            position: [_parts(cell, separator) for cell in column]
            for position, column in enumerate(columns)
            if re.search(separator, "".join(column))
        }
        several = [
            position
            for position, own in parts.items()
            if sum(len(cell) > 1 for cell in own) >= _MINIMUM_PACKED
        ]
        if not any(
            _OF_LINES & set(concepts(names[position])) for position in several
        ):
            continue
        figures = [
            position for position in several if _are_figures(parts[position])
        ]
        for goods in (position for position in several if position not in figures):
            counts = [len(cell) for cell in parts[goods]]
            if separator == _IN_NAMES and len(set(counts) - {0}) < 2:
                continue  # "Lee, Ana" beside "12,50"
            beside = [
                position for position in several if _fit(counts, parts[position])
            ]
            if set(beside) & set(figures):
                lists = tuple(
                    _split(f"c{position}", separator) for position in beside
                )
                return Lines(
                    tuple(beside),
                    tuple(names[position] for position in beside),
                    lists,
                )
    return None


def _parts(cell: str, separator: str) -> list[str]:
    return [part.strip() for part in re.split(separator, cell)] if cell else []


def _split(cell: str, separator: str) -> str:
    split = f"string_split_regex({cell}, {literal(separator)})"
    return f"CASE WHEN trim({cell}) <> '' THEN [trim(x) for x in {split}] END"


def _are_figures(parts: Sequence[Sequence[str]]) -> bool:
    return all(kind_of(part) == "number" for cell in parts for part in cell if part)


def _fit(counts: Sequence[int], parts: Sequence[Sequence[str]]) -> bool:
    """Whether a column has as many parts in its cells, where it has any."""
    pairs = [
        (count, len(cell))
        for count, cell in zip(counts, parts, strict=True)
        if cell
    ]
    return sum(a == b for a, b in pairs) >= _FITTING_SHARE * len(pairs)


def _numbered(
    names: Sequence[str], columns: Sequence[Sequence[str]]
) -> Lines | None:
    """Columns of a word for goods and the numbers 1, 2, 3 …, with others of the same numbers."""
    numbered: dict[str, dict[int, int]] = {}
    for position, name in enumerate(names):
        match = _NUMBERED.fullmatch(name)
        if match:
            word = match[1].strip(" _.#-")
            numbered.setdefault(word, {})[int(match[2])] = position
    groups = {
        word: [own[number] for number in sorted(own)]
        for word, own in numbered.items()
        if word and len(own) > 1 and sorted(own) == list(range(1, len(own) + 1))
    }
    goods = [word for word, own in groups.items() if _are_goods(word, own, columns)]
    if not goods:
        return None
    count = max(len(groups[word]) for word in goods)
    lines = {word: own for word, own in groups.items() if len(own) == count}
    lists = tuple(
        f"[{', '.join(f'trim(c{position})' for position in own)}]"
        for own in lines.values()
    )
    own = tuple(position for group in lines.values() for position in group)
    return Lines(own, tuple(lines), lists)


def _are_goods(
    word: str, own: Sequence[int], columns: Sequence[Sequence[str]]
) -> bool:
    """Whether numbered columns are named as goods and hold names, seldom only in the first."""
    said = set(concepts(word))
    if not said & {"product", "sku"} or not said <= _GOODS:
        return False
    cells = [cell for position in own for cell in columns[position] if cell]
    is_named = sum(any(map(str.isalpha, cell)) for cell in cells) >= 0.5 * len(
        cells
    )
    return is_named and any(columns[own[1]])


def _objects(
    engine: Engine,
    store: str,
    names: Sequence[str],
    columns: Sequence[Sequence[str]],
) -> Lines | None:
    """A column of lists of objects, as interfaces of shops write the lines of an order."""
    for position, column in enumerate(columns):
        filled = [cell for cell in column if cell]
        if not filled or not all(map(_OBJECTS.fullmatch, filled)):
            continue
        cells = engine.over(
            None,
            f"SELECT DISTINCT c{position} AS cell FROM {quoted(store)} ORDER BY 1",
        )
        texts = cells.column("cell").to_pylist()
        parsed = [_parsed(text or "") for text in texts]
        keys = list(
            dict.fromkeys(key for own in parsed for line in own for key in line)
        )
        if not keys or any(
            not own and text for own, text in zip(parsed, texts, strict=True)
        ):
            continue
        made = {
            f"v{nth}": pa.array(
                [[line.get(key, "") for line in own] for own in parsed],
                pa.list_(pa.string()),
            )
            for nth, key in enumerate(keys)
        }
        table = new_name()
        engine.register(
            table, pa.table({"cell": pa.array(texts, pa.string()), **made})
        )
        lists = tuple(
            f"(SELECT v{nth} FROM {quoted(table)} o WHERE o.cell = c{position})"
            for nth in range(len(keys))
        )
        return Lines((position,), tuple(map(_of_product, keys)), lists)
    return None


def _of_product(key: str) -> str:
    """What a key of an object is called as a column: a name is the product's."""
    said = set(concepts(key))
    return key if said & {"product", "sku"} else f"product {key}"


def _parsed(text: str) -> list[dict[str, str]]:
    """The objects that a text holds, as JSON or as Python writes them; none where it holds none."""
    readers: tuple[Callable[[str], Any], ...] = (json.loads, ast.literal_eval)
    for read in readers:
        try:
            value = read(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        objects = value if isinstance(value, list) else [value]
        if all(isinstance(line, dict) for line in objects):
            return [
                {str(key): _text(cell) for key, cell in line.items()}
                for line in objects
            ]
    return []


def _text(value: Any) -> str:
    """A value of an object as a cell; what is itself made of parts as JSON."""
    if value is None:
        return ""
    return (
        value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    )
