"""Figures such as 2,000.50 that stand without quotes in a file of commas, joined again."""

from __future__ import annotations

import re
from collections.abc import Sequence

from crm_analysis.tables.reading.records import Record

_MAXIMUM_SURPLUS = 3
_MINIMUM_RECORDS = 2  # of too many fields
_FIRST, _MIDDLE = (
    re.compile(r"\s*[-+]?[$€£¥₹]?[-+]?\s?[1-9]\d{0,2}"),
    re.compile(r"\d{3}"),
)
_LAST = re.compile(r"\d{3}(?:\.\d+)?\s*")


def joined_thousands(
    records: Sequence[Record], delimiter: str | None
) -> tuple[list[Record], int]:
    """The records with such figures joined, and how many had one.

    Only where the header has fewer fields than records, these have no more than that, and one
    column alone makes a figure of its thousands in every record of too many fields.
    """
    filled = [record for record in records if record.text.strip()]
    if delimiter != "," or len(filled) <= _MINIMUM_RECORDS:
        return list(records), 0
    header, *rows = filled
    width = len(header.fields)
    long = [record for record in rows if len(record.fields) > width]
    widest = max((len(record.fields) for record in rows), default=0)
    is_headed = width > 1 and not any(map(_LAST.fullmatch, header.fields))
    if (
        len(long) < _MINIMUM_RECORDS
        or widest > width + _MAXIMUM_SURPLUS
        or not is_headed
    ):
        return list(records), 0
    fitting = [
        column
        for column in range(width)
        if all(_is_figure(record, column, width) for record in long)
    ]
    if len(fitting) != 1:
        return list(records), 0
    joined = [
        record._replace(fields=_joined(record, fitting[0], width))
        if len(record.fields) > width
        else record
        for record in records
    ]
    return joined, len(long)


def _parts(record: Record, column: int, width: int) -> list[str]:
    return record.fields[column : column + len(record.fields) - width + 1]


def _is_figure(record: Record, column: int, width: int) -> bool:
    """Whether the fields of a column with the surplus after it are a figure and its thousands."""
    first, *middle, last = _parts(record, column, width)
    return (
        bool(_FIRST.fullmatch(first) and _LAST.fullmatch(last))
        and all(map(_MIDDLE.fullmatch, middle))
        and f"{first},{','.join((*middle, last))}" in record.text
    )


def _joined(record: Record, column: int, width: int) -> list[str]:
    parts = _parts(record, column, width)
    after = record.fields[column + len(parts) :]
    return [*record.fields[:column], ",".join(parts), *after]
