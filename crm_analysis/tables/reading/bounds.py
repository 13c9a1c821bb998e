"""What no table is: lines without an end, columns without number, headings as long as books."""

from __future__ import annotations

from collections.abc import Sequence

from crm_analysis.errors import AnalysisError
from crm_analysis.tables.reading.records import Record
from crm_analysis.tables.reading.scan import Scan

_READ_COLUMNS = 10_000  # some become rows: a column a product, a column a day
MAXIMUM_COLUMNS = 2_000
_MAXIMUM_HEADING = 10_000  # letters
_MAXIMUM_ENDLESS = 16 << 20  # bytes
_FEW_SEPARATORS = 4096  # bytes: a form that nobody filled in


def rows_in_bounds(
    width: int, maximum: int, cells: int = 200_000, minimum: int = 200
) -> int:
    """How many rows of a table to look at, so that wide ones do not take longer.

    >>> rows_in_bounds(10, 2000), rows_in_bounds(500, 2000)
    (2000, 400)
    """
    return min(maximum, max(minimum, cells // max(1, width)))


def check_lines(name: str, scan: Scan) -> None:
    """Refuse a text of which a quarter, or very much, is lines without an end, or all is signs."""
    if scan.endless > min(_MAXIMUM_ENDLESS, scan.size / 4):
        raise AnalysisError(
            "reading.endless_line", name=name, size=scan.endless / 2**20
        )
    if not scan.speaks and (scan.signs or scan.size > _FEW_SEPARATORS):
        raise AnalysisError("reading.only_signs", name=name)


def check_records(name: str, records: Sequence[Record]) -> None:
    """Refuse records that mostly have more fields than any table."""
    wide = [record for record in records if len(record.fields) > _READ_COLUMNS]
    if 2 * len(wide) > len(records):
        _refuse_columns(name, len(wide[0].fields), _READ_COLUMNS)


def check_headings(name: str, headings: Sequence[str]) -> None:
    """Refuse headings that are no names of columns."""
    longest = max(map(len, headings), default=0)
    if longest > _MAXIMUM_HEADING:
        raise AnalysisError(
            "reading.long_heading",
            name=name,
            letters=longest,
            maximum=_MAXIMUM_HEADING,
        )


def check_columns(name: str, count: int) -> None:
    """Refuse a table of more columns than can be looked at one by one."""
    if count > MAXIMUM_COLUMNS:
        _refuse_columns(name, count, MAXIMUM_COLUMNS)


def _refuse_columns(name: str, count: int, maximum: int) -> None:
    raise AnalysisError(
        "reading.too_many_columns", name=name, count=count, maximum=maximum
    )
