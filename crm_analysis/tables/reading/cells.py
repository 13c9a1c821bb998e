"""What a cell looks like: the small judgements that dialect, header and mending rest on."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

__all__ = ["Shapes", "is_blank", "is_data", "kind_of", "learn_shapes", "shape_of"]

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_TIME = (
    r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:\s?[ap]\.?m\.?)?(?:\s?(?:z|utc|gmt|[+-]\d{2}:?\d{2}))?"
)
_DATE = (
    r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}|\d{1,2}[ -]?"
    + _MONTH
    + r"[ ,-]*\d{2,4}|"
    + _MONTH
    + r"[ -]\d{1,2},? \d{4}"
    r"|\d{4}年\d{1,2}月(?:\d{1,2}日)?|" + _MONTH + r"[ -]\d{2,4}|\d{4}[ -]?q[1-4]|\d{4}-\d{2})"
)
_KINDS = (
    (
        "number",
        re.compile(
            r"[-+(]?\s?(?:[$€£¥₹元]|usd|eur|gbp|cny|rmb)?\s?[-+]?(?:\d+|\d{1,3}(?:[,.' \u00a0\u202f]\d{3})+)?(?:[.,]\d+)?(?:e[+-]?\d+)?\s?(?:%|[$€£¥₹元])?\)?",
            re.I,
        ),
    ),
    ("date", re.compile(_DATE + r"(?:[t ]\s?" + _TIME + r")?", re.I)),
    ("time", re.compile(_TIME, re.I)),
    ("flag", re.compile(r"true|false|yes|no|y|n|是|否", re.I)),
    ("missing", re.compile(r"n/?a|nan|null|none|#n/a|nil|-+|\\n|\.|\?", re.I)),
    ("link", re.compile(r"(?:https?://|www\.)\S+|[\w.+-]+@[\w-]+\.[\w.]+", re.I)),
    ("code", re.compile(r"(?=.*\d)[\w#./:-]+")),
    ("words", re.compile(r"[^\W\d_][\w .'’()&/+%\x80-\U0010ffff-]*+")),
    ("text", re.compile(r"[^\s;|\t^~\x00-\x1f](?:[^;|\t^~\x00-\x1f]|[\n\r])*+")),
)


@lru_cache(maxsize=65536)
def kind_of(cell: str) -> str:
    """What a cell is by its looks.

    >>> [kind_of(cell) for cell in ("12.5", "$74.69", "2011-05-01", "08:26", "yes", "AB-12", "Red cup", "5;2", "")]
    ['number', 'number', 'date', 'time', 'flag', 'code', 'words', 'odd', 'empty']
    """
    stripped = cell.strip()
    if not stripped:
        return "empty"
    if len(stripped) < 40:
        for name, pattern in _KINDS[:7]:
            if pattern.fullmatch(stripped) and (
                name != "number" or any(letter.isdigit() for letter in stripped)
            ):
                return name
    if len(stripped) > 2000:
        stripped = stripped[:2000]
    for name, pattern in _KINDS[7:]:
        if pattern.fullmatch(stripped):
            return name
    return "odd"


def is_data(kind: str) -> bool:
    """Whether such a cell is a value rather than a name."""
    return kind in ("number", "date", "time", "flag", "link")


def is_blank(fields: Sequence[str]) -> bool:
    """Whether no cell holds anything."""
    return not "".join(fields).strip()


_RUNS = re.compile(r"(9)9+|(a)a+|( ) +")


@lru_cache(maxsize=65536)
def shape_of(cell: str) -> str:
    """A cell with its digits as 9 and its letters as a; long cells with runs drawn together.

    >>> shape_of("MG-8769"), shape_of("https://www.example.com/MG_8769.html")
    ('aa-9999', 'a://a.a.a/a_9.a')
    """
    if len(cell) > 400:
        return "…"
    drawn = "".join(
        "9" if letter.isdigit() else "a" if letter.isalpha() else letter for letter in cell
    )
    return _RUNS.sub(lambda match: match[0][0], drawn) if len(drawn) > 16 else drawn


@dataclass(frozen=True)
class Shapes:
    """The shapes seen in each column; a column of free text is open: it has no shape to speak of."""

    seen: tuple[frozenset[str], ...]
    open: tuple[bool, ...]
    empties: tuple[float, ...]
    kinds: tuple[str | None, ...] = ()

    def fit(self, column: int, cell: str) -> float:
        """How well a cell suits a column: 1 as the others, −2 unlike any other, near 0 where it cannot be said."""
        if not cell.strip():
            return 1.0 if self.empties[column] > 0.9 else 0.1 if self.empties[column] > 0 else -1.0
        if self.empties[column] == 1.0:
            return -2.0
        if self.open[column]:
            return 0.05 if kind_of(cell) in ("words", "text", "odd", "code") else -0.5
        if shape_of(cell) in self.seen[column]:
            return 1.0
        return 0.8 if self.kinds and self.kinds[column] == kind_of(cell) else -2.0

    def score(self, fields: Sequence[str]) -> float:
        """The sum of the fits of a record that has the table's width."""
        return sum(self.fit(column, cell) for column, cell in enumerate(fields))

    def suits(self, fields: Sequence[str]) -> bool:
        """Whether no cell is unlike its column and at least two columns speak for it."""
        fits = [self.fit(column, cell) for column, cell in enumerate(fields)]
        return min(fits) > -0.5 and sum(fit >= 0.8 for fit in fits) >= 2


def learn_shapes(rows: Iterable[Sequence[str]], width: int) -> Shapes:
    """The shapes of the columns, from rows that have the table's width."""
    columns = list(zip(*rows, strict=True)) or [()] * width
    seen, opens, empties = [], [], []
    kinds: list[str | None] = []
    for cells in columns:
        filled = [cell for cell in cells if cell.strip()]
        counts = Counter(shape_of(cell) for cell in filled)
        often = sum(count for count in counts.values() if count > 1)
        seen.append(frozenset(counts))
        looks = Counter(kind_of(cell) for cell in filled[:500])
        main = max(looks, key=lambda kind: looks[kind]) if looks else None
        typed = (
            main if main and is_data(main) and looks[main] >= 0.9 * min(len(filled), 500) else None
        )
        kinds.append(typed)
        prose = main in ("words", "text") and sum(
            " " in cell.strip() for cell in filled
        ) > 0.3 * len(filled)
        opens.append(
            typed is None
            and (
                prose
                or not filled
                or len(counts) > 40
                or often < 0.8 * len(filled)
                or "…" in counts
            )
        )
        empties.append(1 - len(filled) / len(cells) if cells else 1.0)
    return Shapes(tuple(seen), tuple(opens), tuple(empties), tuple(kinds))
