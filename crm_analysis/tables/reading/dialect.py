"""Which delimiter, quote and escape a file uses.

The ones under which its records agree on a width and its cells look like cells.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from crm_analysis.tables.reading.cells import is_blank, kind_of
from crm_analysis.tables.reading.records import (
    Dialect,
    Record,
    split_lines,
    split_records,
)

# A delimiter and how readily it is believed: the later ones also live inside ordinary text.
_DELIMITERS = {
    ",": 1.0, "\t": 1.0, ";": 1.0, "|": 1.0, ", ": 0.99, "; ": 0.99, " | ": 0.99,
    ",\t": 0.9, "||": 0.99, "\t\t": 0.6, "::": 0.8, "^": 0.95, "~": 0.9, "¦": 0.95,
    "\x01": 1.0, "\x02": 1.0, "\x1e": 1.0, "\x1f": 1.0, "，": 0.55, "；": 0.8, "、": 0.5,
    " ": 0.6, ":": 0.4, "#": 0.5, "!": 0.4, "*": 0.4, "&": 0.4, "@": 0.4, "§": 0.8,
}  # fmt: skip
_CELL_WEIGHTS = {"empty": 0.85, "missing": 0.9, "text": 0.75, "odd": 0.15}
_SAMPLE_RECORDS = 90
_SAMPLE_CELLS = 6000
_SAMPLE_FIELDS = 60
_FINALISTS = 4
_SEP_LINE = re.compile(r"\ufeff?\"?sep=(.+?)\"?\r?\n?", re.I)
_DECIMAL = re.compile(r"[-+]?\d{1,3}(?:\.\d{3})*,\d{1,4}")
_QUOTED_LINE = re.compile(r'"[^"]+"')


@dataclass(frozen=True)
class Guess:
    """A dialect, how much speaks for it (0 to 1), the share of records that agree on a width."""

    dialect: Dialect
    score: float
    agreement: float
    width: int


def sep_line(line: str) -> str | None:
    """The delimiter that Excel's first line `sep=;` names."""
    match = _SEP_LINE.fullmatch(line)
    return match[1] if match else None


def guess_dialect(
    chunks: Sequence[str],
    *,
    any_end: bool = True,
    delimiter: str | None = None,
    quote: str | None = None,
) -> Guess:
    r"""The dialect of stretches of a file, each of which begins at a line.

    >>> guess_dialect(["name;price\nCup;1,5\nPlate;2,75\n"]).dialect.delimiter
    ';'
    """
    text = "\n".join(chunks)
    plain_quote = '"' if quote is None else quote or None
    guesses = [
        _score(chunks, Dialect(candidate, plain_quote, any_end=any_end))
        for candidate in ([delimiter] if delimiter else _candidates(text))
    ]
    guesses.sort(key=lambda guess: -guess.score)
    best = guesses[:_FINALISTS]
    for guess in guesses[:_FINALISTS]:
        best += [
            _score(chunks, variant)
            for variant in _variants(guess.dialect, text, quote)
        ]
    if delimiter:
        return _winner(best, quote)
    one_column = _score(chunks, Dialect(None, plain_quote, any_end=any_end))
    winner = _winner([*best, one_column], quote)
    is_one = _is_prose(winner, text) or _are_quoted_texts(winner, text)
    return one_column if is_one else _one_column_of_decimals(winner, chunks)


def _candidates(text: str) -> list[str]:
    """The delimiters that the text has; not one that comes in pairs only, where the pair is one."""
    present = [delimiter for delimiter in _DELIMITERS if delimiter in text]
    return [
        delimiter
        for delimiter in present
        if delimiter * 2 not in present
        or text.count(delimiter) != 2 * text.count(delimiter * 2)
    ]


def _winner(guesses: Sequence[Guess], quote: str | None) -> Guess:
    """The best; a later one must be clearly better, so that of equal ones the plainest wins."""
    winner = guesses[0]
    for guess in guesses[1:]:
        margin = 1.05 if guess.dialect.quote is None and quote is None else 1.01
        if guess.score > winner.score * margin + 1e-9:
            winner = guess
    return winner


def _is_prose(guess: Guess, text: str) -> bool:
    """Whether what looks like a delimiter is but the punctuation of sentences, a line each."""
    mark = (guess.dialect.delimiter or "").strip(" ")
    if guess.dialect.delimiter is None or guess.agreement >= (0.6 if mark else 0.5):
        return False
    if not mark:
        return '" "' not in text
    ends_words = text.count(mark + " ") + text.count(mark + "\n")
    return mark in ",;:，；、" and ends_words >= 0.8 * text.count(mark)


def _are_quoted_texts(guess: Guess, text: str) -> bool:
    """Whether spaces seem to part what stands in quotes, a line each below its heading."""
    if guess.dialect.delimiter != " " or guess.dialect.quote is not None:
        return False
    lines = [line.strip() for line in text.split("\n")[1:] if line.strip()]
    return len(lines) > 1 and all(_QUOTED_LINE.fullmatch(line) for line in lines)


def _variants(dialect: Dialect, text: str, quote: str | None) -> list[Dialect]:
    """The same delimiter with the other ways of quoting and escaping that the text hints at."""
    delimiter = dialect.delimiter or ""
    separator = re.escape(delimiter)
    variants: list[Dialect] = []
    may_be_double = '"' in text and quote in (None, '"')
    if may_be_double:
        spaced_quote = re.search(rf'(?:^|{separator}) +"', text, re.M)
        if spaced_quote and delimiter and not delimiter.endswith(" "):
            variants.append(replace(dialect, skip_space=True))
        variants += [
            replace(dialect, escape=escape)
            for escape in ("\\", "\0")
            if escape + '"' in text
        ]
    if "'" in text and quote in (None, "'"):
        variants += _single_quoted(dialect, text, separator)
    if delimiter and "\\" + delimiter in text:
        variants.append(replace(dialect, escape="\\"))
    if may_be_double and quote is None:
        variants.append(replace(dialect, quote=None))
    return variants


def _single_quoted(dialect: Dialect, text: str, separator: str) -> list[Dialect]:
    fields = re.findall(
        rf"(?:^|{separator})'[^']*'(?={separator}|\r?$)", text, re.M
    )
    if len(fields) < 2:
        return []
    single = replace(dialect, quote="'")
    variants = [single]
    # A writer that sets fields in ' may still double every " within.
    if text.count('"') > 1 and text.count('"') == 2 * text.count('""'):
        variants.insert(0, replace(single, escape='"'))
    if "\\'" in text:
        variants.append(replace(single, escape="\\"))
    return variants


def _sample(chunks: Sequence[str], dialect: Dialect) -> list[Record]:
    sample: list[Record] = []
    for chunk in chunks:
        records = (
            record
            for record in split_records(
                split_lines(chunk, dialect.any_end), dialect
            )
            if len(record.fields) > 1 or not is_blank(record.fields)
        )
        sample += islice(records, _SAMPLE_RECORDS)
    return sample


def _score(chunks: Sequence[str], dialect: Dialect) -> Guess:
    records = _sample(chunks, dialect)
    if not records:
        return Guess(dialect, 0.0, 0.0, 1)
    widths = Counter(len(record.fields) for record in records)
    total = len(records)
    agreement = sum(
        (count / total) ** 2 * max(width - 1, 0.1) / width
        for width, count in widths.items()
    )
    weights = list(islice(_cell_weights(records, dialect), _SAMPLE_CELLS))
    cell_score = sum(weights) / len(weights)
    odd = sum(record.odd for record in records) / total
    width, count = max(widths.items(), key=lambda item: (item[1], item[0]))
    prior = _DELIMITERS.get(dialect.delimiter, 0.8) if dialect.delimiter else 1.0
    score = agreement * cell_score**2 * prior * (1 - 0.3 * odd)
    return Guess(dialect, score, count / total, width)


def _cell_weights(records: Sequence[Record], dialect: Dialect) -> Iterator[float]:
    """How much each cell of the records looks like one; the same cells come again and again."""
    weights: dict[str, float] = {}
    quote = dialect.quote
    for record in records:
        for cell in record.fields[:_SAMPLE_FIELDS]:
            weight = weights.get(cell)
            if weight is None:
                weight = weights[cell] = _cell_weight(cell, dialect)
            is_odd = quote and kind_of(cell) == "odd"
            yield (
                0.8 if is_odd and f"{quote}{cell}{quote}" in record.text else weight
            )


def _cell_weight(cell: str, dialect: Dialect) -> float:
    """How much a cell without quotes around it looks like one."""
    kind = kind_of(cell)
    weight = _CELL_WEIGHTS.get(kind, 1.0)
    if kind == "empty":
        return weight if (dialect.delimiter or "").strip(" ") else 0.4
    if cell[:1] == " ":
        weight *= 0.8
    if cell and (cell[0] in "\"'" or cell[-1] in '"\\'):
        weight *= 0.4
    if "\0" in cell:
        weight *= 0.3
    return weight


def _one_column_of_decimals(guess: Guess, chunks: Sequence[str]) -> Guess:
    """A single column of 1,5 under a one-word header is not two columns."""
    if guess.dialect.delimiter != "," or guess.width != 2:
        return guess
    header, *records = _sample(chunks, guess.dialect)
    body = [record.text.strip() for record in records if len(record.fields) == 2]
    if (
        len(header.fields) == 1
        and len(body) > 1
        and all(map(_DECIMAL.fullmatch, body))
    ):
        return _score(chunks, replace(guess.dialect, delimiter=None))
    return guess
