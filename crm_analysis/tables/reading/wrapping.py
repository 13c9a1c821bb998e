"""Lines that stand in quotes as a whole: one column, each cell of which is a line of another table.

Excel writes such a file when it opened the other one without parting it: `"1,""Smith, Ann"",3.50"`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path

from crm_analysis.tables.reading.records import (
    Dialect,
    split_lines,
    split_record,
)

_WRAPPED = re.compile(r'"((?:[^"]|"")*)"[ ,;\t]*(\r?\n|\r)?')
_SAMPLE_LINES = 300
_MINIMUM_SHARE = (
    0.5  # of the lines in quotes, from which on all of them are taken for such
)


def are_wrapped(text: str) -> bool:
    r"""Whether lines stand in quotes as a whole and are rows of one width inside.

    >>> are_wrapped('"id,name"\n"1,Ann"\n')
    True
    >>> are_wrapped('"name"\n"Smith, Ann"\n"Lee, Bo"\n')
    False
    """
    if '"' not in text[:4096]:
        return False
    lines = [
        line for line in islice(split_lines(text), _SAMPLE_LINES) if line.strip()
    ]
    wrapped = sum(bool(_WRAPPED.fullmatch(line)) for line in lines)
    if len(lines) < 2 or wrapped < _MINIMUM_SHARE * len(lines):
        return False
    rows = [_inside(line)[0] for line in lines]
    return any(
        _have_one_width(rows, delimiter) for delimiter in (",", ";", "\t", "|")
    )


def _inside(line: str) -> tuple[str, str]:
    """A line without its end and the quotes around it, and its end."""
    match = _WRAPPED.fullmatch(line)
    if match:
        return match[1].replace('""', '"'), match[2] or ""
    bare = line.rstrip("\r\n")
    return bare, line[len(bare) :]


def _have_one_width(rows: Sequence[str], delimiter: str) -> bool:
    """Whether nearly all rows have the width of the first, of two and more, and none is open."""
    parted = [split_record(row, Dialect(delimiter)) for row in rows]
    widths = Counter(
        len(fields) for fields, _, still_open in parted if still_open is None
    )
    width = len(parted[0][0])
    return width > 1 and widths[width] >= 0.95 * len(rows)


def unwrap(lines: Iterable[str]) -> Iterable[str]:
    """The lines without the quotes around them, each still one line."""
    return ("".join(_inside(line)) for line in lines)


def unwrap_file(path: Path, target: Path, bom: int) -> None:
    """Write a copy in UTF-8 without the quotes around its lines, and without its first bytes."""
    with (
        path.open("rb") as raw,
        target.open(
            "w", encoding="utf-8", errors="surrogateescape", newline=""
        ) as out,
    ):
        raw.seek(bom)
        out.writelines(
            unwrap(line.decode("utf-8", "surrogateescape") for line in raw)
        )
