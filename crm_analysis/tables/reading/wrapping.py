"""Lines that stand in quotes as a whole: a table of one column, each cell of which is a line of another table.

Excel writes such a file when it opened the other one without parting it: `"1,""Smith, Ann"",3.50"`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from crm_analysis.tables.reading.records import Dialect, split_lines, split_record

__all__ = ["are_wrapped", "unwrap", "unwrap_file"]

_WRAPPED = re.compile(r'"((?:[^"]|"")*)"[ ,;\t]*(\r?\n|\r)?')
_LINES = 300
_MOST = 0.5  # share of the lines in quotes, from which on all of them are taken for such


def are_wrapped(text: str) -> bool:
    """Whether lines stand in quotes as a whole and are rows of one width inside, the first of them too.

    >>> are_wrapped('"id,name"\\n"1,Ann"\\n')
    True
    >>> are_wrapped('"name"\\n"Smith, Ann"\\n"Lee, Bo"\\n')
    False
    """
    if '"' not in text[:4096]:
        return False
    lines = [line for line in islice(split_lines(text), _LINES) if line.strip()]
    inside = [
        match[1].replace('""', '"') if (match := _WRAPPED.fullmatch(line)) else None
        for line in lines
    ]
    if len(lines) < 2 or sum(one is not None for one in inside) < _MOST * len(lines):
        return False
    rows = [
        line.rstrip("\r\n") if one is None else one for line, one in zip(lines, inside, strict=True)
    ]
    return any(_agree(rows, delimiter) for delimiter in (",", ";", "\t", "|"))


def _agree(rows: list[str], delimiter: str) -> bool:
    """Whether nearly all rows have the width of the first, of two and more, and none is left open."""
    parted = [split_record(row, Dialect(delimiter)) for row in rows]
    widths = Counter(len(fields) for fields, _, still_open in parted if still_open is None)
    width = len(parted[0][0])
    return width > 1 and widths[width] >= 0.95 * len(rows)


def unwrap(lines: Iterable[str]) -> Iterable[str]:
    """The lines without the quotes around them, each still one line."""
    for line in lines:
        match = _WRAPPED.fullmatch(line)
        yield match[1].replace('""', '"') + (match[2] or "") if match else line


def unwrap_file(path: Path, place: Path, mark: int) -> Path:
    """A copy in UTF-8 of a file without the quotes around its lines; the first `mark` bytes are left out."""
    with (
        path.open("rb") as raw,
        place.open("w", encoding="utf-8", errors="surrogateescape", newline="") as out,
    ):
        raw.seek(mark)
        out.writelines(unwrap(line.decode("utf-8", "surrogateescape") for line in raw))
    return place
