"""Which delimiter, quote and escape a file uses: the ones under which its records agree and its cells look like cells."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from crm_analysis.tables.reading.cells import is_blank, kind_of
from crm_analysis.tables.reading.records import Dialect, Record, split_lines, split_records

__all__ = ["Guess", "guess_dialect", "sep_line"]

# A delimiter and how readily it is believed: the later ones also live inside ordinary text.
_DELIMITERS = {
    ",": 1.0, "\t": 1.0, ";": 1.0, "|": 1.0, ", ": 0.99, "; ": 0.99, " | ": 0.99, ",\t": 0.9, "||": 0.99, "\t\t": 0.6, "::": 0.8, "^": 0.95, "~": 0.9, "¦": 0.95,
    "\x01": 1.0, "\x02": 1.0, "\x1e": 1.0, "\x1f": 1.0, "，": 0.55, "；": 0.8, "、": 0.5, " ": 0.6, ":": 0.4, "#": 0.5, "!": 0.4, "*": 0.4, "&": 0.4, "@": 0.4, "§": 0.8,
}  # fmt: skip
_WEIGHT = {"empty": 0.85, "missing": 0.9, "text": 0.75, "odd": 0.15}
_RECORDS = 90
_SEP = re.compile(r"\ufeff?\"?sep=(.+?)\"?\r?\n?", re.I)


@dataclass(frozen=True)
class Guess:
    """A dialect, how much speaks for it (0 to 1), and the share of records that agree on a width."""

    dialect: Dialect
    score: float
    agree: float
    width: int


def sep_line(line: str) -> str | None:
    """The delimiter that Excel's first line `sep=;` names."""
    match = _SEP.fullmatch(line)
    return match[1] if match else None


def guess_dialect(
    chunks: Sequence[str],
    *,
    any_end: bool = True,
    delimiter: str | None = None,
    quote: str | None = None,
) -> Guess:
    """The dialect of stretches of a file, each of which begins at a line.

    >>> guess_dialect(["name;price\\nCup;1,5\\nPlate;2,75\\n"]).dialect.delimiter
    ';'
    """
    text = "\n".join(chunks)
    offered = (
        [delimiter] if delimiter else [candidate for candidate in _DELIMITERS if candidate in text]
    )
    offered = [
        one
        for one in offered
        if one * 2 not in offered or text.count(one) != 2 * text.count(one * 2)
    ]
    quotes: list[str | None] = [quote or None] if quote is not None else ['"']
    first = [
        _score(chunks, Dialect(candidate, quotes[0], any_end=any_end)) for candidate in offered
    ]
    first.sort(key=lambda guess: -guess.score)
    best = first[:4]
    for guess in first[:4]:
        best += [_score(chunks, variant) for variant in _variants(guess.dialect, text, quote)]
    if not delimiter:
        best.append(_score(chunks, Dialect(None, quotes[0], any_end=any_end)))
    if not best:
        return _score(chunks, Dialect(delimiter, quotes[0], any_end=any_end))
    # A later guess must be clearly better: the plainest dialect wins where it makes no difference.
    winner = best[0]
    for guess in best[1:]:
        margin = 1.05 if guess.dialect.quote is None and quote is None else 1.01
        if guess.score > winner.score * margin + 1e-9:
            winner = guess
    if delimiter:
        return winner
    return best[-1] if _is_prose(winner, text) else _one_column_of_decimals(winner, chunks)


def _is_prose(guess: Guess, text: str) -> bool:
    """Whether what looks like a delimiter is but the punctuation of sentences, a line each."""
    mark = (guess.dialect.delimiter or "").strip(" ")
    if guess.dialect.delimiter is None or guess.agree >= (0.6 if mark else 0.5):
        return False
    if not mark:
        return '" "' not in text
    return mark in ",;:，；、" and text.count(mark + " ") + text.count(
        mark + "\n"
    ) >= 0.8 * text.count(mark)


def _variants(dialect: Dialect, text: str, quote: str | None) -> list[Dialect]:
    delimiter = re.escape(dialect.delimiter or "")
    found: list[Dialect] = []
    double = '"' in text and quote in (None, '"')
    if (
        double
        and re.search(rf'(?:^|{delimiter}) +"', text, re.M)
        and not (dialect.delimiter or " ").endswith(" ")
    ):
        found.append(replace(dialect, skip_space=True))
    if double and '\\"' in text:
        found.append(replace(dialect, escape="\\"))
    if double and '\0"' in text:
        found.append(replace(dialect, escape="\0"))
    if (
        "'" in text
        and quote in (None, "'")
        and len(re.findall(rf"(?:^|{delimiter})'[^']*'(?={delimiter}|\r?$)", text, re.M)) > 1
    ):
        # A writer that sets fields in ' may still double every " within.
        if text.count('"') > 1 and text.count('"') == 2 * text.count('""'):
            found.append(replace(dialect, quote="'", escape='"'))
        found += (
            [replace(dialect, quote="'"), replace(dialect, quote="'", escape="\\")]
            if "\\'" in text
            else [replace(dialect, quote="'")]
        )
    if dialect.delimiter and "\\" + dialect.delimiter in text:
        found.append(replace(dialect, escape="\\"))
    if double and quote is None:
        found.append(replace(dialect, quote=None))
    return found


def _sample(chunks: Iterable[str], dialect: Dialect) -> list[Record]:
    found: list[Record] = []
    for chunk in chunks:
        records = (
            record
            for record in split_records(split_lines(chunk, dialect.any_end), dialect)
            if not is_blank(record.fields) or len(record.fields) > 1
        )
        found += islice(records, _RECORDS)
    return found


def _score(chunks: Sequence[str], dialect: Dialect) -> Guess:
    records = _sample(chunks, dialect)
    if not records:
        return Guess(dialect, 0.0, 0.0, 1)
    widths = Counter(len(record.fields) for record in records)
    total = len(records)
    agreement = sum(
        (count / total) ** 2 * max(width - 1, 0.1) / width for width, count in widths.items()
    )
    cells = [(field, record.text) for record in records for field in record.fields[:60]][:6000]
    looks = sum(_look(cell, text, dialect) for cell, text in cells) / len(cells)
    odd = sum(record.odd for record in records) / total
    width, count = max(widths.items(), key=lambda item: (item[1], item[0]))
    believed = _DELIMITERS.get(dialect.delimiter or "", 0.8) if dialect.delimiter else 1.0
    return Guess(dialect, agreement * looks**2 * believed * (1 - 0.3 * odd), count / total, width)


def _look(cell: str, text: str, dialect: Dialect) -> float:
    kind = kind_of(cell)
    weight = _WEIGHT.get(kind, 1.0)
    if kind == "odd" and dialect.quote and f"{dialect.quote}{cell}{dialect.quote}" in text:
        return 0.8
    if kind == "empty" and (dialect.delimiter or "").strip(" ") == "":
        weight = 0.4
    if cell[:1] == " " and kind != "empty":
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
    records = _sample(chunks, guess.dialect)
    body = [record.text.strip() for record in records if len(record.fields) == 2]
    if (
        len(records[0].fields) == 1
        and len(body) > 1
        and all(re.fullmatch(r"[-+]?\d{1,3}(?:\.\d{3})*,\d{1,4}", text) for text in body)
    ):
        return _score(chunks, replace(guess.dialect, delimiter=None))
    return guess
