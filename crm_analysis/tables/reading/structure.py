"""Where the table begins and ends in a file: preamble, header lines, units, totals and notes under it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from crm_analysis.tables.reading.cells import Shapes, is_blank, is_data, kind_of, learn_shapes
from crm_analysis.tables.reading.records import Record

__all__ = ["Plan", "plan_table"]

_UNIT = re.compile(
    r"[\[(（【].{1,20}[\])）】]|%|‰|°[CF]?|[$€£¥₹元]|usd|eur|gbp|cny|rmb|jpy|元|万元|千元|件|个|人|天|日|周|月|年|岁|次|台|箱|瓶|套|张|笔|单|条|户|吨|公斤|千克|克|升|米|万|kg|g|t|lb|oz|l|ml|m|cm|mm|km|m2|m²|m3|s|sec|ms|min|h|hrs?|hours?|days?|months?|"
    r"years?|pcs|pieces|units?|no\.?|n|text|string|id|yyyy-mm-dd|dd/mm/yyyy|mm/dd/yyyy|-",
    re.I,
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_RULE = re.compile(r"[-=_+:]{2,}")


@dataclass(frozen=True)
class Plan:
    """The parts of a file: lines by what they are, and what the rows between are like."""

    width: int
    names: tuple[str, ...]
    header: tuple[int, ...] = ()
    header_fields: tuple[tuple[str, ...], ...] = ()
    units: dict[str, str] = field(default_factory=dict)
    unit_line: int | None = None
    aside: dict[int, str] = field(default_factory=dict)
    first_row: int = 1
    shapes: Shapes | None = None


def _filled(fields: Sequence[str]) -> int:
    return len(fields) - [cell.strip() for cell in fields].count("")


def plan_table(
    records: Sequence[Record],
    *,
    header_rows: int | None = None,
    first_line: int | None = None,
    keep: frozenset[int] = frozenset(),
    width: int | None = None,
) -> Plan:
    """Find the table in the records at the head of a file."""
    live = [
        record
        for record in records
        if not is_blank(record.fields)
        and record.line >= (first_line or 1)
        and record.line not in keep
    ]
    early = {
        record.line: "preamble"
        for record in records
        if record.line < (first_line or 1)
        and not is_blank(record.fields)
        and record.line not in keep
    }
    if not live:
        only = max((len(record.fields) for record in records), default=1)
        return Plan(only, _unique([""] * only), aside=early)
    width = width or _width_of(live)
    typical = median(
        [_filled(record.fields) for record in live if len(record.fields) == width] or [1]
    )
    start = 0 if first_line else _start(live, width, typical)
    aside = early | {record.line: "preamble" for record in live[:start]}
    body = live[start:]
    header: list[Record] = []
    if header_rows is None:
        before = live[start - 1] if start and not first_line else None
        head = (
            _header_before(before, body, width)
            if before
            and before.line + before.lines == body[0].line
            and not _header_lines(body, width)
            else None
        )
        if head is not None and before is not None:
            names, width = head
            aside.pop(before.line)
            header = [Record(before.line, names, before.text, before.lines)]
        else:
            header = _header_lines(body, width)
            if start > 0 and header and (group := _group_above(live[start - 1], width)):
                aside.pop(group.line)
                header.insert(0, group)
    else:
        header = list(body[:header_rows])
    if header and not header_rows and len(header[-1].fields) > width:
        header[-1], width = _wider_header(header[-1], width)
    if (
        not header
        and header_rows is None
        and start == 0
        and (group := _group_above(body[0], width))
        and len(body) > 2
        and _header_lines(body[1:], width)
    ):
        header = [group, *_header_lines(body[1:], width)]
    seen = {record.line for record in header}
    rest = [record for record in body if record.line not in seen]
    while (
        rest
        and header
        and all(_RULE.fullmatch(cell.strip()) for cell in rest[0].fields if cell.strip())
    ):
        aside[rest[0].line] = "ruler"
        rest = rest[1:]
    names_row = _joined([record.fields for record in header], width)
    columns = _unique(names_row)
    unit_line, units = None, {}
    if header and header_rows is None and rest and _is_units(rest[0], rest[1:], width):
        unit_line = rest[0].line
        units = {
            name: cell.strip()
            for name, cell in zip(columns, rest[0].fields, strict=False)
            if cell.strip()
        }
        rest = rest[1:]
    regular = [record.fields for record in rest if len(record.fields) == width][:2000]
    first_row = (
        rest[0].line if rest else max((record.line + record.lines for record in records), default=1)
    )
    return Plan(
        width,
        columns,
        tuple(record.line for record in header),
        tuple(tuple(record.fields) for record in header),
        units,
        unit_line,
        aside,
        first_row,
        learn_shapes(regular, width),
    )


def _width_of(live: Sequence[Record]) -> int:
    counts = Counter(len(record.fields) for record in live)
    if len(counts) > 1 and counts[1] < len(live):
        wide = Counter({width: count for width, count in counts.items() if width > 1})
        if sum(wide.values()) >= 0.3 * len(live) or len(live) < 12:
            counts = wide
    most = max(counts.values())
    return next(len(record.fields) for record in live if counts.get(len(record.fields)) == most)


def _start(live: Sequence[Record], width: int, typical: float) -> int:
    """The first record of the table: as wide as it, well filled, with more like it to follow."""
    need = 1 if width == 1 or typical < 2 else max(2, typical / 2)
    for place, record in enumerate(live):
        if len(record.fields) == width and _filled(record.fields) >= min(need, width):
            after = [len(other.fields) == width for other in live[place + 1 : place + 7]]
            named = (
                all(kind_of(cell) in ("words", "text", "code") for cell in record.fields)
                and len(set(record.fields)) == width
                and width > 2
            )
            if (
                not after
                or sum(after) >= 0.5 * len(after)
                or place + 7 >= len(live)
                or (named and _votes_below(record, live[place + 1 :], width) > 2)
            ):
                return place
    return 0


def _votes_below(record: Record, below: Sequence[Record], width: int) -> float:
    return _votes(
        record.fields, [other.fields for other in below[:200] if len(other.fields) == width]
    )


def _header_before(
    before: Record, body: Sequence[Record], width: int
) -> tuple[list[str], int] | None:
    """A header of another width than the rows under it: R leaves out the first name, a stray delimiter adds an empty one."""
    names = before.fields
    filled = [name for name in names if name.strip()]
    if (
        any(is_data(kind_of(name)) for name in names)
        or len(set(filled)) < len(filled)
        or len(filled) < 2
        or len(names) == width
    ):
        return None
    if len(names) > width:
        return (
            (filled, width)
            if len(filled) == width
            else (list(names), len(names))
            if len(names) <= width + 2
            else None
        )
    rows = [record.fields for record in body if len(record.fields) == width]
    if (
        _votes([*names, *[""] * (width - len(names))], rows) <= 0
        and _votes(["", *names], rows) <= 0
    ):
        return None
    if len(names) == width - 1 and any(row[-1].strip() for row in rows):
        return ["", *names], width
    return ([*names, *[""] * (width - len(names))], width) if len(names) >= 0.6 * width else None


def _wider_header(record: Record, width: int) -> tuple[Record, int]:
    filled = [name for name in record.fields if name.strip()]
    return (
        (record._replace(fields=filled), width)
        if len(filled) == width
        else (record, len(record.fields))
    )


def _header_lines(body: Sequence[Record], width: int) -> list[Record]:
    first = body[0].fields
    if len(first) != width:
        return []
    rows = [
        record.fields
        for record in body[1:400]
        if len(record.fields) == width and record.fields != first
    ]
    if not rows:
        named = all(
            kind_of(cell) not in ("number", "date", "time", "link", "empty") for cell in first
        ) and len(set(first)) == len(first)
        return [body[0]] if named else []
    if _votes(first, rows) <= 0:
        return []
    found = [body[0]]
    gaps = 0 < _filled(first) < width
    for place in range(1, min(5, len(body) - 1)):
        record = body[place]
        below = [
            other.fields for other in body[place + 1 : place + 400] if len(other.fields) == width
        ]
        if len(record.fields) != width or len(below) < 1:
            break
        same = [cell.strip() for cell in record.fields] == [cell.strip() for cell in first]
        typed = [column for column in range(width) if _mostly_data([row[column] for row in below])]
        titles = [
            column
            for column in typed
            if kind_of(record.fields[column]) in ("words", "text", "code", "missing", "odd")
        ]
        clean = not any(is_data(kind_of(cell)) for cell in record.fields)
        if not (
            clean
            and len(titles) == len(typed)
            and ((same and bool(titles)) or len(titles) >= (1 if gaps else 2))
            and not _is_units(record, (), width)
        ):
            break
        found.append(record)
    return found


def _group_above(record: Record, width: int) -> Record | None:
    """A line of group names over the header: at least two, spread over the width."""
    filled = [place for place, cell in enumerate(record.fields) if cell.strip()]
    spread = len(record.fields) == width and len(filled) > 1 and filled[-1] >= width / 2
    return (
        record
        if spread
        and not any(
            is_data(kind_of(cell)) and not _YEAR.fullmatch(cell.strip()) for cell in record.fields
        )
        else None
    )


def _mostly_data(cells: Sequence[str]) -> bool:
    kinds = [kind_of(cell) for cell in cells]
    filled = [kind for kind in kinds if kind not in ("empty", "missing")]
    return bool(filled) and sum(is_data(kind) for kind in filled) > 0.8 * len(filled)


def _votes(first: Sequence[str], rows: Sequence[Sequence[str]]) -> float:
    """Above 0: the first record names the columns; below: it is a row like the others."""
    votes = 0.0
    numbers = [cell for cell in first if kind_of(cell) == "number"]
    years = (
        len(numbers) > 2
        and len(set(numbers)) == len(numbers)
        and all(_YEAR.fullmatch(cell.strip()) for cell in numbers)
    )
    for column, cell in enumerate(first):
        cells = [row[column] for row in rows]
        kind = kind_of(cell)
        filled = [other for other in cells if other.strip()]
        if not filled:
            votes += 0.3 if kind in ("words", "text") else 0
        elif kind in ("number", "date", "time", "link") and not (years and kind == "number"):
            votes -= 2 if _mostly_data(cells) else 1
        elif kind == "empty":
            votes -= 0.1
        elif kind == "number":
            votes += 0.2
        elif _mostly_data(cells):
            votes += -1 if kind == "flag" and cell in filled else 0.0 if kind == "missing" else 3.0
        elif cell in filled:
            votes -= 1 if len(set(filled)) < 0.5 * len(filled) else 0.3
        else:
            votes += 0.2 + (
                0.3
                if len(filled) > 3
                and len({len(other) for other in filled}) == 1
                and len(cell) != len(filled[0])
                else 0
            )
    if len({cell.strip() for cell in first if cell.strip()}) < _filled(first):
        votes -= 0.5
    return votes


def _is_units(record: Record, below: Sequence[Record], width: int) -> bool:
    cells = [cell.strip() for cell in record.fields if cell.strip()]
    if (
        len(record.fields) != width
        or not cells
        or any(kind_of(cell) in ("number", "date") and cell not in "-" for cell in cells)
    ):
        return False
    match = sum(bool(_UNIT.fullmatch(cell)) for cell in cells)
    if match < max(1, 0.75 * len(cells)):
        return False
    repeated = any(
        [cell.strip() for cell in other.fields] == [cell.strip() for cell in record.fields]
        for other in below[:200]
    )
    typed = [
        column
        for column in range(width)
        if _mostly_data([other.fields[column] for other in below if len(other.fields) == width])
    ]
    return not repeated and (not below or any(record.fields[column].strip() for column in typed))


def _joined(lines: Sequence[Sequence[str]], width: int) -> list[str]:
    """One name a column from several header lines; a name over a group holds until the next."""
    padded = [[*line[:width], *[""] * (width - len(line))] for line in lines]
    for place, line in enumerate(padded[:-1]):
        if 0 < _filled(line) < width:
            last = ""
            for column in range(width):
                last = line[column].strip() or last
                padded[place][column] = (
                    last if padded[-1][column].strip() or line[column].strip() else ""
                )
    return (
        [
            " ".join(" ".join(line[column] for line in padded).split()).replace("\ufeff", "")
            for column in range(width)
        ]
        if padded
        else [""] * width
    )


def _unique(names: Sequence[str]) -> tuple[str, ...]:
    """Names without gaps or repeats: `column 3` for an empty one, `name 2` for a second of the same."""
    taken: set[str] = set()
    wanted = {name.casefold() for name in names if name}
    found = []
    for place, name in enumerate(names, start=1):
        base = name or f"column {place}"
        new, count = base, 1
        while new.casefold() in taken or (count > 1 and new.casefold() in wanted):
            count += 1
            new = f"{base} {count}"
        taken.add(new.casefold())
        found.append(new)
    return tuple(found)
