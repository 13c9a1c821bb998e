"""What each record of a file becomes: a row, or set aside with a reason, or blank."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from crm_analysis.tables.reading.cells import (
    is_blank,
    is_text,
    kind_of,
    out_of_formula,
)
from crm_analysis.tables.reading.footer import footer_of
from crm_analysis.tables.reading.records import Dialect, Record
from crm_analysis.tables.reading.repair import repair_record
from crm_analysis.tables.reading.structure import Structure
from crm_analysis.tables.reading.total_names import total_name
from crm_analysis.tables.reading.totals import NamedTotal, is_short

# How many records at the end are held back to look for totals and notes under the table.
FOOTER_RECORDS = 60
_LINES_SHOWN = 20
_MAXIMUM_TRIED = 1000
_LONG_RECORD = 20_000  # letters


@dataclass
class RecordCounts:
    """The records of one load by what became of them.

    `aside` are (line, reason, text), `repairs` how many records were repaired in which way, and
    `lines` the first lines on which each repair was made. `totals` are rows named a total, by line,
    `differing` the lines of those set aside though they are the sum of no rows.
    """

    records: int = 0
    blank: int = 0
    header: int = 0
    units: int = 0
    rows: int = 0
    aside: list[tuple[int, str, str]] = field(default_factory=list)
    repairs: Counter[str] = field(default_factory=Counter)
    lines: dict[str, list[int]] = field(default_factory=dict)
    totals: dict[int, NamedTotal] = field(default_factory=dict)
    differing: list[int] = field(default_factory=list)

    def repaired(self, how: str, line: int) -> None:
        """Count a repair; its line is noted among the first few."""
        self.repairs[how] += 1
        shown = self.lines.setdefault(how, [])
        if len(shown) < _LINES_SHOWN:
            shown.append(line)


@dataclass
class Body:
    """Turns the records of a table into rows, and counts what becomes of each.

    `put_back` are the lines of records that shall be rows whatever they look like.
    """

    structure: Structure
    dialect: Dialect
    put_back: frozenset[int]
    counts: RecordCounts = field(default_factory=RecordCounts)
    _tried: int = 0
    _mended: int = 0

    def rows(self, records: Iterable[Record]) -> Iterator[tuple[int, list[str]]]:
        """The rows of the table (line, fields) in the file's order."""
        waiting: deque[Record] = deque()
        source = iter(records)
        in_second_table = False
        ended = False
        footer: dict[int, str] = {}
        while True:
            while not ended and len(waiting) < 2 * FOOTER_RECORDS:
                record = next(source, None)
                if record is None:
                    ended = True
                    footer = footer_of(list(waiting), self.structure, self.put_back)
                    break
                waiting.append(record)
            if not waiting:
                return
            record = waiting.popleft()
            in_second_table = in_second_table or self._begins_second_table(
                record, waiting
            )
            if in_second_table and self._is_in_second_table(record, footer):
                self.counts.records += 1
                self._set_aside(record, "second_table")
                continue
            row = self.row(record, footer)
            if row is not None:
                self.counts.rows += 1
                yield record.line, row

    def row(self, record: Record, footer: dict[int, str]) -> list[str] | None:
        """The row that a record makes, or None where it is counted as something else."""
        counts, structure = self.counts, self.structure
        counts.records += 1
        fields = record.fields
        if record.line in structure.header:
            counts.header += 1
            return None
        if record.line == structure.unit_line:
            counts.units += 1
            return None
        is_empty = is_blank(fields)
        if is_empty and self._is_blank_line(record):
            counts.blank += 1
            return None
        if record.line in self.put_back:
            return self._forced(fields)
        reason = structure.aside.get(record.line) or footer.get(record.line)
        if reason is None and is_empty and record.line < structure.first_row:
            counts.blank += 1
            return None
        if reason is None and not is_empty:
            reason = self.reason(record)
        if reason is not None:
            self._set_aside(record, reason)
            return None
        if len(fields) == structure.width and not record.odd:
            return fields
        return self._fitted(record, is_empty)

    def reason(self, record: Record) -> str | None:
        """Why a record amid the rows is no row: the header again. Those named totals are noted."""
        fields, structure = record.fields, self.structure
        header = structure.header_fields[-1] if structure.header_fields else ()
        if len(header) > 1 and _says(fields, header):
            return "header_repeated"
        if (
            structure.width > 1
            and structure.shapes
            and (name := total_name(fields))
        ):
            short = is_short(fields, structure.shapes.filled_cells)
            total = NamedTotal(record.line, name, short, record.text)
            self.counts.totals[record.line] = total
        return None

    def _set_aside(self, record: Record, reason: str) -> None:
        self.counts.aside.append((record.line, reason, record.text))

    def _is_blank_line(self, record: Record) -> bool:
        """Whether a record of empty cells is an empty line, and no row without values."""
        has_quotes = '"' in record.text or "'" in record.text
        if has_quotes and self.structure.width == 1:
            return False
        return (
            len(record.fields) == 1 and not has_quotes
        ) or not record.text.strip("\x1a ")

    def _forced(self, fields: list[str]) -> list[str]:
        """Fields made to fit: filled up, or the last ones joined."""
        last = self.structure.width - 1
        if len(fields) <= last:
            return self._padded(fields)
        return [
            *fields[:last],
            (self.dialect.delimiter or " ").join(fields[last:]),
        ]

    def _padded(self, fields: list[str]) -> list[str]:
        return [*fields, *[""] * (self.structure.width - len(fields))]

    def _fitted(self, record: Record, is_empty: bool) -> list[str] | None:
        """The row of a record of another width, or with odd quotes."""
        fields, width = record.fields, self.structure.width
        if len(fields) == width:
            return self._with_odd_quotes(record)
        if is_empty:
            return [""] * width
        repaired = self._repaired(record) if width > 1 else None
        if repaired is not None:
            return repaired
        if record.odd and (plain := self._without_quotes(record)):
            self.counts.repaired("quote", record.line)
            return plain
        if len(fields) > width:
            if not is_blank(fields[width:]):
                self._set_aside(record, "too_long")
                return None
            self.counts.repaired("trimmed", record.line)
            return fields[:width]
        if len(fields) == 1 and width > 3 and self._is_stray_text(fields[0]):
            self._set_aside(record, "stray_text")
            return None
        self.counts.repaired("padded", record.line)
        return self._padded(fields)

    def _with_odd_quotes(self, record: Record) -> list[str]:
        fields, quote, shapes = (
            record.fields,
            self.dialect.quote or "\0",
            self.structure.shapes,
        )
        if shapes:
            unpaired = (
                sum(cell.count(quote) % 2 for cell in fields) if quote == '"' else 0
            )
            if unpaired > 1 or min(shapes.fits(fields)) <= -0.5:
                repaired = self._repaired(record)
                if repaired is not None:
                    return repaired
        if record.lines == 1 and any(
            quote in out_of_formula(cell) for cell in fields
        ):
            self.counts.repaired("stray_quote", record.line)
        return fields

    def _is_stray_text(self, cell: str) -> bool:
        shapes = self.structure.shapes
        return bool(shapes and shapes.fit(0, cell) <= 0.1 and is_text(cell))

    def _repaired(self, record: Record) -> list[str] | None:
        """A better reading, sought until so many records do not fit that the file is ragged."""
        self._tried += 1
        shapes = self.structure.shapes
        if (
            shapes is None
            or self._tried > _MAXIMUM_TRIED + 2 * self._mended
            or len(record.text) > _LONG_RECORD
        ):
            return None
        repair = repair_record(record, self.dialect, shapes)
        if repair is None:
            return None
        self._mended += 1
        self.counts.repaired(repair.how, record.line)
        return repair.fields

    def _without_quotes(self, record: Record) -> list[str] | None:
        """The record with its quotes taken for letters, where that alone gives the right width."""
        dialect = self.dialect
        if record.lines > 1 or not dialect.delimiter or not dialect.quote:
            return None
        fields = record.text.split(dialect.delimiter)
        return fields if len(fields) == self.structure.width else None

    def _begins_second_table(
        self, record: Record, following: Iterable[Record]
    ) -> bool:
        """Whether a header of another width stands here, and records of that width follow."""
        fields, structure = record.fields, self.structure
        if (
            len(fields) == structure.width
            or len(fields) < 2
            or record.line < structure.first_row
            or record.line in self.put_back
            or len(set(fields)) < len(fields)
            or any(
                kind_of(cell) not in ("words", "text", "code") for cell in fields
            )
        ):
            return False
        after = [other.fields for other in following if other.text.strip()][:20]
        alike = sum(len(other) == len(fields) for other in after)
        return len(after) >= 3 and alike >= 0.8 * len(after)

    def _is_in_second_table(self, record: Record, footer: dict[int, str]) -> bool:
        has_text = bool(record.text.strip())
        return (
            has_text
            and record.line not in self.put_back
            and record.line not in footer
        )


def _says(fields: Sequence[str], header: Sequence[str]) -> bool:
    if (
        fields[0].strip() != header[0].strip()
    ):  # as a rule; then the others need not be looked at
        return False
    return [cell.strip() for cell in fields] == [cell.strip() for cell in header]


def without_copy(records: list[Record], structure: Structure) -> Structure:
    """The structure with a second copy of the table set aside: header and records once more."""
    if not structure.header_fields:
        return structure
    header = structure.header_fields[-1]
    live = [
        record
        for record in records
        if record.line >= structure.first_row and not is_blank(record.fields)
    ]
    copied = next(
        (
            index
            for index, record in enumerate(live)
            if _says(record.fields, header)
        ),
        None,
    )
    if copied is None:
        return structure
    table, copy = live[:copied], live[copied + 1 :]
    same = sum(
        record.fields == other.fields
        for record, other in zip(table, copy, strict=False)
    )
    if (
        len(table) > 1
        and abs(len(table) - len(copy)) <= 0.05 * len(table)
        and same >= 0.9 * len(table)
    ):
        aside = {record.line: "second_table" for record in live[copied:]}
        return replace(structure, aside=structure.aside | aside)
    return structure
