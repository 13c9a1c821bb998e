"""Each record to its place: a row of the table, or set aside with a reason, or blank; every one counted."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from crm_analysis.tables.reading.arrow_parser import Coded
from crm_analysis.tables.reading.cells import is_blank, kind_of
from crm_analysis.tables.reading.footer import foot_of, is_total
from crm_analysis.tables.reading.records import Dialect, Record
from crm_analysis.tables.reading.repair import mend
from crm_analysis.tables.reading.structure import Plan

__all__ = ["FOOT", "Outcome", "copy_of_table", "place_record", "place_records", "reason_in_body"]

# How many records at the end are held back to look for totals and notes under the table.
FOOT = 60
_LINES_SHOWN = 20
_MOST_MENDED = 1000
_LONG = 20_000


@dataclass
class Outcome:
    """The books of one load: records by what became of them, and the lines of each repair. `tidy`: the bytes show that no text needs tidying.

    `coded`: the rows themselves, where the store only shows them.
    """

    records: int = 0
    blank: int = 0
    header: int = 0
    units: int = 0
    rows: int = 0
    aside: list[tuple[int, str, str]] = field(default_factory=list)
    repairs: Counter[str] = field(default_factory=Counter)
    lines: dict[str, list[int]] = field(default_factory=dict)
    tried: int = 0
    mended: int = 0
    tidy: bool = False
    coded: Coded | None = None

    def repaired(self, how: str, line: int) -> None:
        """Count a repair, and keep its line among the first few."""
        self.repairs[how] += 1
        shown = self.lines.setdefault(how, [])
        if len(shown) < _LINES_SHOWN:
            shown.append(line)

    def set_aside(self, record: Record, reason: str) -> None:
        """Keep a record out of the table."""
        self.aside.append((record.line, reason, record.text))


def place_records(
    records: Iterable[Record],
    plan: Plan,
    dialect: Dialect,
    keep: frozenset[int],
    outcome: Outcome,
    zeros: bool = False,
) -> Iterator[tuple[int, list[str]]]:
    """The rows of the table (line, fields) in the file's order; all else is entered in `outcome`."""
    waiting: deque[Record] = deque()
    source = iter(records)
    second = False
    ended = False
    foot: dict[int, str] = {}
    while True:
        while not ended and len(waiting) < 2 * FOOT:
            record = next(source, None)
            if record is None:
                ended = True
                foot = foot_of(list(waiting), plan, keep)
                break
            waiting.append(record)
        if not waiting:
            return
        record = waiting.popleft()
        second = second or _begins_second_table(record, waiting, plan, keep)
        if second and record.line not in keep and record.text.strip() and record.line not in foot:
            outcome.records += 1
            outcome.set_aside(record, "second_table")
            continue
        row = place_record(record, plan, dialect, keep, outcome, foot)
        if row is not None:
            outcome.rows += 1
            yield record.line, [cell.replace("\0", "") for cell in row] if zeros else row


def place_record(
    record: Record,
    plan: Plan,
    dialect: Dialect,
    keep: frozenset[int],
    outcome: Outcome,
    foot: dict[int, str],
) -> list[str] | None:
    """The row that a record makes, or None where it is entered in the books as something else."""
    outcome.records += 1
    fields, width = record.fields, plan.width
    if record.line in plan.header:
        outcome.header += 1
        return None
    if record.line == plan.unit_line:
        outcome.units += 1
        return None
    empty = is_blank(fields)
    unquoted = '"' not in record.text and "'" not in record.text
    if (
        empty
        and ((len(fields) == 1 and unquoted) or not record.text.strip("\x1a "))
        and not (width == 1 and not unquoted)
    ):
        outcome.blank += 1
        return None
    if record.line in keep:
        return _forced(fields, width, dialect)
    reason = plan.aside.get(record.line) or foot.get(record.line)
    if reason is None and record.line < plan.first_row and empty:
        outcome.blank += 1
        return None
    if reason is None and not empty:
        reason = reason_in_body(record, plan)
    if reason is not None:
        outcome.set_aside(record, reason)
        return None
    if len(fields) == width and not record.odd:
        return fields
    return _fitted(record, plan, dialect, outcome, empty)


def _forced(fields: list[str], width: int, dialect: Dialect) -> list[str]:
    if len(fields) <= width:
        return [*fields, *[""] * (width - len(fields))]
    return [*fields[: width - 1], (dialect.delimiter or " ").join(fields[width - 1 :])]


def reason_in_body(record: Record, plan: Plan) -> str | None:
    """Why a record amid the rows is no row: the header again, or a total."""
    fields = record.fields
    header = plan.header_fields[-1] if plan.header_fields else ()
    if (
        len(header) > 1
        and fields[0].strip() == header[0].strip()
        and [cell.strip() for cell in fields] == [cell.strip() for cell in header]
    ):
        return "header_repeated"
    if plan.width > 2 and plan.shapes and is_total(fields):
        typical = plan.width - sum(plan.shapes.empties)
        if sum(bool(cell.strip()) for cell in fields) <= 0.75 * typical:
            return "total"
    return None


def _fitted(
    record: Record, plan: Plan, dialect: Dialect, outcome: Outcome, empty: bool
) -> list[str] | None:
    fields, width, shapes = record.fields, plan.width, plan.shapes
    if len(fields) == width:
        unpaired = (
            sum(cell.count(dialect.quote) % 2 for cell in fields) if dialect.quote == '"' else 0
        )
        strange = (
            shapes is not None
            and min(shapes.fit(column, cell) for column, cell in enumerate(fields)) <= -0.5
        )
        if (
            shapes
            and (strange or unpaired > 1)
            and record.odd
            and (better := _mended(record, plan, dialect, outcome))
        ):
            outcome.repaired(better[1], record.line)
            return better[0]
        if record.lines == 1 and any(dialect.quote and dialect.quote in cell for cell in fields):
            outcome.repaired("stray_quote", record.line)
        return fields
    if empty:
        return [""] * width
    better = _mended(record, plan, dialect, outcome) if width > 1 else None
    if better:
        outcome.repaired(better[1], record.line)
        return better[0]
    if record.odd and dialect.quote and (plain := _unquoted(record, dialect, width)):
        outcome.repaired("quote", record.line)
        return plain
    if len(fields) > width:
        if is_blank(fields[width:]):
            outcome.repaired("trimmed", record.line)
            return fields[:width]
        outcome.set_aside(record, "too_long")
        return None
    if (
        len(fields) == 1
        and width > 3
        and shapes
        and shapes.fit(0, fields[0]) <= 0.1
        and kind_of(fields[0]) in ("words", "text", "odd")
    ):
        outcome.set_aside(record, "stray_text")
        return None
    outcome.repaired("padded", record.line)
    return [*fields, *[""] * (width - len(fields))]


def _mended(
    record: Record, plan: Plan, dialect: Dialect, outcome: Outcome
) -> tuple[list[str], str] | None:
    """A better reading, sought until so many records do not fit that the file is simply ragged."""
    outcome.tried += 1
    if (
        plan.shapes is None
        or outcome.tried > _MOST_MENDED + 2 * outcome.mended
        or len(record.text) > _LONG
    ):
        return None
    better = mend(record, dialect, plan.shapes, plan.width)
    outcome.mended += better is not None
    return better


def _unquoted(record: Record, dialect: Dialect, width: int) -> list[str] | None:
    """The record with its quotes taken for letters, where that alone gives the right width."""
    if record.lines > 1 or not dialect.delimiter:
        return None
    fields = record.text.split(dialect.delimiter)
    return fields if len(fields) == width else None


def _begins_second_table(
    record: Record, following: Iterable[Record], plan: Plan, keep: frozenset[int]
) -> bool:
    """Whether a table of another width begins here: a header of its own, and records of that width to follow."""
    fields = record.fields
    if (
        len(fields) == plan.width
        or len(fields) < 2
        or record.line < plan.first_row
        or record.line in keep
    ):
        return False
    if any(kind_of(cell) not in ("words", "text", "code") for cell in fields) or len(
        set(fields)
    ) < len(fields):
        return False
    after = [other for other in following if other.text.strip()][:20]
    return len(after) >= 3 and sum(
        len(other.fields) == len(fields) for other in after
    ) >= 0.8 * len(after)


def copy_of_table(records: list[Record], plan: Plan) -> Plan:
    """The plan with a second copy of the table set aside: the header again, then all the same records again."""
    if not plan.header_fields:
        return plan
    header = [cell.strip() for cell in plan.header_fields[-1]]
    live = [
        record
        for record in records
        if record.line >= plan.first_row and not is_blank(record.fields)
    ]
    for place, record in enumerate(live):
        if (
            record.fields[0].strip() == header[0]
            and [cell.strip() for cell in record.fields] == header
        ):
            block, copy = [other.fields for other in live[:place]], live[place + 1 :]
            same = sum(one == other.fields for one, other in zip(block, copy, strict=False))
            if (
                len(block) > 1
                and abs(len(block) - len(copy)) <= 0.05 * len(block)
                and same >= 0.9 * len(block)
            ):
                return replace(
                    plan, aside=plan.aside | {other.line: "second_table" for other in live[place:]}
                )
            return plan
    return plan
