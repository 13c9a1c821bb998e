"""What a cell looks like: the small judgements that dialect, header and repairs rest on."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from string import ascii_letters, digits

from crm_analysis.tables.currencies import currency_of_word, read_word

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_TIME = (
    r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?"
    r"(?:\s?[ap]\.?m\.?)?(?:\s?(?:z|utc|gmt|[+-]\d{2}:?\d{2}))?"
)
_DATE = (
    r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}"
    rf"|\d{{1,2}}[ -]?{_MONTH}[ ,-]*\d{{2,4}}|{_MONTH}[ -]\d{{1,2}},? \d{{4}}"
    rf"|\d{{4}}年\d{{1,2}}月(?:\d{{1,2}}日)?|{_MONTH}[ -]\d{{2,4}}"
    r"|\d{4}[ -]?q[1-4]|\d{4}-\d{2})"
)
_WORD = r"[^\W\d_]{1,4}\.?|[^\w\s.,:'\"()+\-/\\#*@&%=]{1,2}"
_NUMBER = (
    rf"[-+(]?\s?(?:(?P<before>{_WORD})(?P<apart>\s?))?[-+]?"
    r"(?P<figure>(?:\d+|\d{1,3}(?:[,.' \u00a0\u202f]\d{3})+)?(?:[.,]\d+)?(?:e[+-]?\d+)?)"
    rf"\s?(?:%|(?P<after>{_WORD}))?\)?"
)
_SHORT_KINDS = (
    ("number", re.compile(_NUMBER, re.I)),
    ("date", re.compile(_DATE + r"(?:[t ]\s?" + _TIME + r")?", re.I)),
    ("time", re.compile(_TIME, re.I)),
    ("flag", re.compile(r"true|false|yes|no|y|n|是|否", re.I)),
    ("missing", re.compile(r"n/?a|nan|null|none|#n/a|nil|-+|\\n|\.|\?", re.I)),
    (
        "link",
        re.compile(r"(?:https?://|www\.)\S+|[\w.+-]+@[\w-]+\.[\w.]+", re.I),
    ),
    ("code", re.compile(r"(?=.*\d)[\w#./:-]+")),
)
_LONG_KINDS = (
    ("words", re.compile(r"[^\W\d_][\w .'’()&/+%\x80-\U0010ffff-]*+")),
    (
        "text",
        re.compile(r"[^\s;|\t^~\x00-\x1f](?:[^;|\t^~\x00-\x1f]|[\n\r])*+"),
    ),
)
_SHORT = 40  # letters; longer cells are not tried as numbers, dates …
_TRIED_LETTERS = 2000
_SHAPED_LETTERS = 400
_MAXIMUM_SHAPES = 40


_FORMULA = re.compile(r'\s*=\s*"([^"]*)"\s*')


def out_of_formula(cell: str) -> str:
    """A cell without the formula that holds it as text.

    >>> out_of_formula('="0012"'), out_of_formula("0012")
    ('0012', '0012')
    """
    match = _FORMULA.fullmatch(cell) if "=" in cell else None
    return match[1] if match else cell


@lru_cache(maxsize=65536)
def kind_of(cell: str) -> str:
    """What a cell is by its looks.

    >>> [kind_of(cell) for cell in ("12.5", "$74.69", "2011-05-01", "08:26", "yes")]
    ['number', 'number', 'date', 'time', 'flag']
    >>> [kind_of(cell) for cell in ("₱120", "12,50 Kč", "RM 8.50", "R12", "12 kg")]
    ['number', 'number', 'number', 'code', 'text']
    >>> [kind_of(cell) for cell in ("AB-12", "Red cup", "5;2", "")]
    ['code', 'words', 'odd', 'empty']
    """
    stripped = out_of_formula(cell).strip()
    if not stripped:
        return "empty"
    if len(stripped) < _SHORT:
        for kind, pattern in _SHORT_KINDS:
            match = pattern.fullmatch(stripped)
            if not match:
                continue
            if kind != "number" or _is_figure(match):
                return kind
    stripped = stripped[:_TRIED_LETTERS]
    for kind, pattern in _LONG_KINDS:
        if pattern.fullmatch(stripped):
            return kind
    return "odd"


def _is_figure(match: re.Match[str]) -> bool:
    """Whether there is a figure, and no word beside it but a currency."""
    before, figure, after = match["before"], match["figure"], match["after"]
    if not figure:
        return False
    if after and not currency_of_word(after):
        return False
    if not before:
        return True
    word = read_word(before, before=True)
    if not figure.isdigit():
        return bool(word.currency)
    is_sign = not before[0].isalpha()  # R12 and USD100 may be codes
    return word.is_sure_currency and bool(is_sign or match["apart"])


def is_data(kind: str) -> bool:
    """Whether such a cell is a value rather than a name."""
    return kind in ("number", "date", "time", "flag", "link")


def is_text(cell: str) -> bool:
    """Whether a cell is words or signs of no other kind."""
    return kind_of(cell) in ("words", "text", "odd")


def is_blank(fields: Sequence[str]) -> bool:
    """Whether no cell holds anything."""
    return not "".join(fields).strip()


_RUNS = re.compile(r"(9)9+|(a)a+|( ) +")
_SIGNS = str.maketrans(
    dict.fromkeys(digits, "9") | dict.fromkeys(ascii_letters, "a")
)


@lru_cache(maxsize=65536)
def shape_of(cell: str) -> str:
    """A cell with its digits as 9 and its letters as a; in long cells a run of them is one.

    >>> shape_of("MG-8769"), shape_of("https://www.example.com/MG_8769.html")
    ('aa-9999', 'a://a.a.a/a_9.a')
    """
    if len(cell) > _SHAPED_LETTERS:
        return "…"
    shape = cell.translate(_SIGNS)
    if not cell.isascii():
        shape = "".join(map(_sign_of, shape))
    return _RUNS.sub(lambda match: match[0][0], shape) if len(shape) > 16 else shape


def _sign_of(letter: str) -> str:
    if letter.isdigit():
        return "9"
    return "a" if letter.isalpha() else letter


@dataclass(frozen=True)
class Shapes:
    """The shapes of cells in each column, from the rows a table was learned from.

    A column of free text has no shape to speak of. `kinds` is the kind of nearly all cells of a
    column, None where they differ.
    """

    shapes: tuple[frozenset[str], ...]
    free_text: tuple[bool, ...]
    empty_shares: tuple[float, ...]
    kinds: tuple[str | None, ...] = ()

    @property
    def filled_cells(self) -> float:
        """How many cells of a row are filled, as a rule."""
        return len(self.empty_shares) - sum(self.empty_shares)

    def fit(self, column: int, cell: str) -> float:
        """How well a cell suits a column.

        1 as the others, −2 unlike any other, near 0 where it cannot be said.
        """
        empty_share = self.empty_shares[column]
        if not cell.strip():
            if empty_share > 0.9:
                return 1.0
            return 0.1 if empty_share > 0 else -1.0
        if empty_share == 1.0:
            return -2.0
        if self.free_text[column]:
            return (
                0.05 if kind_of(cell) in ("words", "text", "odd", "code") else -0.5
            )
        if shape_of(cell) in self.shapes[column]:
            return 1.0
        return 0.8 if self.kinds and self.kinds[column] == kind_of(cell) else -2.0

    def fits(self, fields: Sequence[str]) -> list[float]:
        """The fit of each cell of a record that has the table's width."""
        return [self.fit(column, cell) for column, cell in enumerate(fields)]

    def score(self, fields: Sequence[str]) -> float:
        """The sum of the fits."""
        return sum(self.fits(fields))

    def suits(self, fields: Sequence[str]) -> bool:
        """Whether no cell is unlike its column and at least two columns speak for it."""
        fits = self.fits(fields)
        return min(fits) > -0.5 and sum(fit >= 0.8 for fit in fits) >= 2


def learn_shapes(rows: Iterable[Sequence[str]], width: int) -> Shapes:
    """The shapes of the columns, from rows that have the table's width."""
    columns = list(zip(*rows, strict=True)) or [()] * width
    shapes, free_text, empty_shares = [], [], []
    kinds: list[str | None] = []
    for cells in columns:
        filled = [cell for cell in cells if cell.strip()]
        counts = Counter(map(shape_of, filled))
        kind_counts = Counter(map(kind_of, filled[:500]))
        kind = _typed_kind(kind_counts)
        shapes.append(frozenset(counts))
        kinds.append(kind)
        free_text.append(
            kind is None and _is_free_text(filled, counts, kind_counts)
        )
        empty_shares.append(1 - len(filled) / len(cells) if cells else 1.0)
    return Shapes(
        tuple(shapes), tuple(free_text), tuple(empty_shares), tuple(kinds)
    )


def _typed_kind(kind_counts: Counter[str]) -> str | None:
    """The kind that nearly all cells have, where it is one of values."""
    for kind, count in kind_counts.most_common(1):
        if is_data(kind) and count >= 0.9 * kind_counts.total():
            return kind
    return None


def _is_free_text(
    filled: list[str], counts: Counter[str], kind_counts: Counter[str]
) -> bool:
    if not filled or len(counts) > _MAXIMUM_SHAPES or "…" in counts:
        return True
    repeated = sum(count for count in counts.values() if count > 1)
    if repeated < 0.8 * len(filled):
        return True
    with_space = sum(" " in cell.strip() for cell in filled)
    ((main_kind, _),) = kind_counts.most_common(1)
    return main_kind in ("words", "text") and with_space > 0.3 * len(filled)
