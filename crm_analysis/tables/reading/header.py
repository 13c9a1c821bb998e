"""The lines that name the columns of a table, and the line that gives their units."""

from __future__ import annotations

import re
from collections.abc import Sequence

from crm_analysis.tables.reading.bounds import rows_in_bounds
from crm_analysis.tables.reading.cells import is_data, kind_of, out_of_formula
from crm_analysis.tables.reading.periods import find_periods
from crm_analysis.tables.reading.records import Record

_UNIT = re.compile(
    r"[\[(（【].{1,20}[\])）】]|%|‰|°[CF]?|[$€£¥₹元]|usd|eur|gbp|cny|rmb|jpy|元|万元|千元"
    r"|件|个|人|天|日|周|月|年|岁|次|台|箱|瓶|套|张|笔|单|条|户|吨|公斤|千克|克|升|米|万"
    r"|kg|g|t|lb|oz|l|ml|m|cm|mm|km|m2|m²|m3|s|sec|ms|min|h|hrs?|hours?|days?|months?"
    r"|years?|pcs|pieces|units?|no\.?|n|text|string|id|yyyy-mm-dd|dd/mm/yyyy|mm/dd/yyyy|-",
    re.I,
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_DATA = ("number", "date", "time", "flag", "link")
_NAMES = ("words", "text", "code")  # kinds of cells that may name a column
_MAXIMUM_LINES = 5
_COMPARED_RECORDS, _COMPARED_CELLS, _FEWEST_RECORDS = 400, 40_000, 60

Fields = Sequence[str]


def find_header(
    live: Sequence[Record], start: int, width: int
) -> tuple[list[Record], int]:
    """The records that name the columns of the table that begins at `start`, and its width."""
    body = live[start:]
    header = _header_lines(body, width)
    if start == 0:
        if not header and len(body) > 2 and _are_group_names(body[0].fields, width):
            names = _header_lines(body[1:], width)
            header = [body[0], *names] if names else []
        return header, width
    above = live[start - 1]
    if header and (
        _are_group_names(above.fields, width)
        or _tells_apart(above.fields, header[-1].fields)
    ):
        header.insert(0, above)
    if not header and above.line + above.lines == body[0].line:
        names_above = _names_of_other_width(
            above.fields, of_width(body, width), width
        )
        if names_above:
            return [above._replace(fields=names_above)], len(names_above)
    return header, width


def _names_of_other_width(
    names: Fields,
    rows: Sequence[Fields],
    width: int,
) -> list[str] | None:
    """The names in a header of another width than the rows under it.

    R leaves out the first name, a stray delimiter adds an empty one.
    """
    filled = [name for name in names if name.strip()]
    if (
        len(filled) < 2
        or len(set(filled)) < len(filled)
        or len(names) == width
        or any(is_data(kind_of(name)) for name in names)
    ):
        return None
    if len(names) > width:
        names = filled if len(filled) == width else names
        return list(names) if len(names) <= width + 2 else None
    gap = [""] * (width - len(names))
    if _votes([*names, *gap], rows) <= 0 and _votes(["", *names], rows) <= 0:
        return None
    if len(names) == width - 1 and any(row[-1].strip() for row in rows):
        return ["", *names]
    return [*names, *gap] if len(names) >= 0.6 * width else None


def _header_lines(body: Sequence[Record], width: int) -> list[Record]:
    """The first records that name the columns, as many as there are."""
    first = body[0].fields
    if len(first) != width:
        return []
    compared = rows_in_bounds(
        width, _COMPARED_RECORDS, _COMPARED_CELLS, _FEWEST_RECORDS
    )
    rows = [row for row in of_width(body[1:compared], width) if row != first]
    if not rows:
        kinds = {kind_of(cell) for cell in first}
        are_names = kinds.isdisjoint(("number", "date", "time", "link", "empty"))
        return [body[0]] if are_names and len(set(first)) == len(first) else []
    if _votes(first, rows) <= 0:
        return []
    header = [body[0]]
    for index in range(1, min(_MAXIMUM_LINES, len(body) - 1)):
        below = of_width(body[index + 1 : index + compared], width)
        if not below or not _continues_header(body[index], first, below):
            break
        header.append(body[index])
    return header


def _continues_header(
    record: Record, first: Fields, below: Sequence[Fields]
) -> bool:
    """Whether a record under a header line names columns too, above the values of all of them."""
    width, fields = len(first), record.fields
    if len(fields) != width or any(is_data(kind_of_name(cell)) for cell in fields):
        return False
    typed = _data_columns(below, width)
    gaps = _gaps(first)
    under_gaps = [column for column in gaps if fields[column].strip()]
    # a group has names under itself and right of it; a customer above their lines has none
    has_both = bool(under_gaps) and all(
        any(
            fields[own].strip()
            for own in range(column)
            if own not in gaps and set(range(own + 1, column)) <= gaps
        )
        for column in under_gaps
    )
    titles = [
        column
        for column in typed
        if kind_of_name(fields[column]) in (*_NAMES, "missing", "odd")
        # a name in the line above may stand for both: Order | Sales, under it | Quantity
        or (has_both and column not in gaps and not fields[column].strip())
    ]
    is_repeated = _stripped(fields) == _stripped(first)
    minimum = 1 if is_repeated or gaps else 2
    return (
        len(titles) == len(typed)
        and len(titles) >= minimum
        and not are_units(record, (), width)
    )


def _gaps(names: Fields) -> set[int]:
    """Where a line of names has none of its own: an empty cell, or the name left of it again."""
    gaps = {column for column, cell in enumerate(names) if not cell.strip()}
    again = {
        column
        for column in range(1, len(names))
        if names[column] == names[column - 1]
    }
    return gaps | again if len(gaps | again) < len(names) else set()


def kind_of_name(cell: str) -> str:
    """What a cell under a name is by its looks: "no" is short for number."""
    return "words" if cell.strip().lower() == "no" else kind_of(cell)


def _are_group_names(fields: Fields, width: int) -> bool:
    """Whether a line holds names of groups over the header: two at least, spread over the width."""
    filled = [column for column, cell in enumerate(fields) if cell.strip()]
    if len(fields) != width or len(filled) < 2 or filled[-1] < width / 2:
        return False
    data = [cell.strip() for cell in fields if is_data(kind_of(cell))]
    return all(_YEAR.fullmatch(cell) for cell in data)


def _tells_apart(groups: Fields, names: Fields) -> bool:
    """Whether names that come again (id, name, id) stand under groups of their own."""
    filled = [name.strip().casefold() for name in names if name.strip()]
    if len(groups) != len(names) or len(set(filled)) == len(filled):
        return False
    if any(is_data(kind_of(cell)) for cell in groups) or groups[1].strip():
        return False  # a name of the first column alone is no group
    grouped = column_names((groups, names), len(names))
    again = {name for name in filled if filled.count(name) > 1}
    return (
        not any(name.casefold() in again for name in grouped)
        and len({cell.strip() for cell in groups} - {""}) > 1
    )


def names_the_columns(fields: Fields, below: Sequence[Record]) -> bool:
    """Whether all fields are names, each another, and what is below looks different."""
    width = len(fields)
    return (
        all(kind_of(cell) in _NAMES for cell in fields)
        and len(set(fields)) == width
        and _votes(fields, of_width(below, width)) > 2
    )


def _votes(first: Fields, rows: Sequence[Fields]) -> float:
    """Above 0: the first record names the columns; below: it is a row like the others."""
    numbers = [cell.strip() for cell in first if kind_of(cell) == "number"]
    are_years = (
        len(numbers) > 2
        and len(set(numbers)) == len(numbers)
        and all(_YEAR.fullmatch(cell) for cell in numbers)
    )
    periods = set(columns.positions) if (columns := find_periods(first)) else set()
    votes = 0.0
    for column, cell in enumerate(first):
        below = [row[column] for row in rows]
        is_period = column in periods and not _mostly(below, ("date", "time"))
        votes += _vote(cell, below, are_years or is_period)
    filled = [cell.strip() for cell in first if cell.strip()]
    return votes - 0.5 if len(set(filled)) < len(filled) else votes


def _vote(cell: str, below: Fields, is_period: bool) -> float:
    kind = kind_of(cell)
    filled = [other for other in below if other.strip()]
    if not filled:
        return 0.3 if kind in ("words", "text") else 0.0
    if kind in ("number", "date") and is_period:
        return 0.2
    if kind in ("number", "date", "time", "link"):
        return -2.0 if _mostly_data(below) else -1.0
    if kind == "empty":
        return -0.1
    is_among = cell in filled
    if _mostly_data(below):
        if kind == "flag" and is_among:
            return -1.0
        return 0.0 if kind == "missing" else 3.0
    if is_among:
        return -1.0 if len(set(filled)) < 0.5 * len(filled) else -0.3
    lengths = set(map(len, filled))
    is_of_other_length = (
        len(filled) > 3 and len(lengths) == 1 and len(cell) not in lengths
    )
    return 0.5 if is_of_other_length else 0.2


def are_units(record: Record, below: Sequence[Record], width: int) -> bool:
    """Whether a record under the header gives units and is no row."""
    cells = _stripped(record.fields)
    filled = [cell for cell in cells if cell]
    if (
        len(cells) != width
        or not filled
        or any(
            kind_of(cell) in ("number", "date") and cell != "-" for cell in filled
        )
    ):
        return False
    units = [cell for cell in filled if _UNIT.fullmatch(cell)]
    is_repeated = any(_stripped(other.fields) == cells for other in below[:200])
    if len(units) < max(1, 0.75 * len(filled)) or is_repeated:
        return False
    typed = _data_columns(of_width(below, width), width)
    return not below or any(cells[column] for column in typed)


def column_names(lines: Sequence[Fields], width: int) -> tuple[str, ...]:
    """One name a column from several header lines; a name over a group holds until the next."""
    padded = [[*line[:width], *[""] * (width - len(line))] for line in lines]
    for line in padded[:-1]:
        if not 0 < count_filled(line) < width:
            continue
        group = ""
        for column, cell in enumerate(line):
            name_below = padded[-1][column].strip()
            group = cell.strip() or group
            line[column] = group if cell.strip() or name_below else ""
            if cell.strip() and not name_below:
                group = ""  # a name in itself
    names = [" ".join(line[column] for line in padded) for column in range(width)]
    unseen = str.maketrans(
        "", "", "\ufeff\0"
    )  # no name can be said in SQL with a NUL
    tidy = [" ".join(name.translate(unseen).split()) for name in names]
    return _unique([out_of_formula(name) for name in tidy])


def _unique(names: Fields) -> tuple[str, ...]:
    """Names without gaps or repeats: `column 3` for an empty one, `name 2` for a second one."""
    wanted = {name.casefold() for name in names if name}
    unique: dict[str, str] = {}
    for position, name in enumerate(names, start=1):
        base = name or f"column {position}"
        new, count = base, 1
        while new.casefold() in unique or (count > 1 and new.casefold() in wanted):
            count += 1
            new = f"{base} {count}"
        unique[new.casefold()] = new
    return tuple(unique.values())


def _data_columns(rows: Sequence[Fields], width: int) -> list[int]:
    return [
        column
        for column in range(width)
        if _mostly_data([row[column] for row in rows])
    ]


def _mostly_data(cells: Fields) -> bool:
    return _mostly(cells, _DATA)


def _mostly(cells: Fields, wanted: Sequence[str]) -> bool:
    """Whether nearly all filled cells are of some kinds."""
    kinds = [kind_of(cell) for cell in cells]
    filled = [kind for kind in kinds if kind not in ("empty", "missing")]
    return bool(filled) and sum(kind in wanted for kind in filled) > 0.8 * len(
        filled
    )


def _stripped(fields: Fields) -> list[str]:
    return [cell.strip() for cell in fields]


def of_width(records: Sequence[Record], width: int) -> list[list[str]]:
    """The fields of the records that have a width."""
    return [record.fields for record in records if len(record.fields) == width]


def count_filled(fields: Fields) -> int:
    """How many cells hold something."""
    return len(fields) - _stripped(fields).count("")
