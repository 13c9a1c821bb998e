"""What the reader should know of a file: phrase keys and numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from crm_analysis.messages import Message
from crm_analysis.tables.reading.body import RecordCounts
from crm_analysis.tables.reading.cells import out_of_formula
from crm_analysis.tables.reading.encoding import Encoding
from crm_analysis.tables.reading.source import Source
from crm_analysis.tables.reading.splitter import Splitter
from crm_analysis.tables.reading.structure import Structure

_MAXIMUM_LINES = 10  # named in a note
_MAXIMUM_NAMES = 5
_MAXIMUM_EXAMPLES = 3


def notes_of(
    source: Source,
    splitter: Splitter,
    structure: Structure,
    counts: RecordCounts,
    rows: int,
) -> tuple[Message, ...]:
    """The notes of one load, the ones that may need an answer first."""
    encoding = source.encoding if source.options.encoding is None else None
    delimiter = splitter.dialect.delimiter
    parted = splitter.layout in ("baskets", "parted")
    notes = [
        *(_encoding_notes(encoding) if encoding else ()),
        *note_if(source.undecodable, "undecodable", count=source.undecodable),
        *note_if(
            not splitter.sure and delimiter,
            "delimiter_unsure",
            delimiter=delimiter,
        ),
        *note_if(splitter.wrapped, "wrapped"),
        *note_if(source.zeros, "zeros", count=source.zeros),
        *note_if(source.thousands, "thousands", count=source.thousands),
        *note_if(source.is_hidden, "hidden_read", sheet=source.sheet),
        *note_if(
            len(source.sheets) > 1,
            "sheet",
            sheet=source.sheet,
            count=len(source.sheets),
        ),
        *note_if(source.since_1904, "since_1904"),
        *_workbook_notes(source, structure),
        *note_if(
            splitter.layout == "baskets",
            "baskets",
            count=counts.rows,
            items=rows,
        ),
        *note_if(splitter.layout == "fixed", "fixed", count=structure.width),
        *(_header_notes(structure) if not parted else ()),
    ]
    reasons = Counter(
        reason for _, reason, _ in counts.aside if reason != "sep_line"
    )
    for reason, count in sorted(reasons.items()):
        lines = [line for line, other, _ in counts.aside if other == reason]
        notes += note_if(True, reason, count=count, lines=lines[:_MAXIMUM_LINES])
    for repair, count in sorted(counts.repairs.items()):
        notes += note_if(
            True,
            repair,
            count=count,
            lines=counts.lines[repair][:_MAXIMUM_LINES],
        )
    notes += note_if(splitter.sep, "sep_line", delimiter=splitter.sep)
    notes += note_if(counts.blank, "blank", count=counts.blank)
    return tuple(notes)


def questions_of(counts: RecordCounts) -> tuple[Message, ...]:
    """What the records of one load leave open."""
    if not counts.differing:
        return ()
    lines = sorted(counts.differing)
    texts = {line: text for line, _, text in counts.aside}
    details = {
        "count": len(lines),
        "lines": lines[:_MAXIMUM_LINES],
        "examples": [texts[line] for line in lines[:_MAXIMUM_EXAMPLES]],
        "choices": ["set_aside", "rows"],
        "default": "set_aside",
        "sets": {"set_aside": {}, "rows": {"put_back": lines}},
    }
    return (Message("reading.question.total_differs", details),)


def note_if(condition: object, name: str, **details: object) -> list[Message]:
    """A note where it is to be made."""
    return [Message(f"reading.note_{name}", details)] if condition else []


def _encoding_notes(encoding: Encoding) -> Iterator[Message]:
    if encoding.mixed:
        name = encoding.name.removesuffix("-sig")
        yield Message("reading.note_mixed_encoding", {"encoding": name})
    elif not encoding.sure:
        others = list(encoding.others[:3])
        yield Message(
            "reading.note_encoding_unsure",
            {"encoding": encoding.name, "others": others},
        )


def _workbook_notes(source: Source, structure: Structure) -> Iterator[Message]:
    """What the cells of a sheet do not show by their values."""
    if source.formulas:
        columns = [
            name
            for position, name in enumerate(structure.names)
            if position in source.formulas
        ]
        count = sum(source.formulas.values())
        details = {"count": count, "columns": columns[:_MAXIMUM_NAMES]}
        yield Message("reading.note_formulas", details)
    down = [cells for cells in source.merged if cells.first >= structure.first_row]
    yield from note_if(down, "merged", count=len(down))
    yield from note_if(source.hidden_rows, "hidden_rows", count=source.hidden_rows)
    unshown = [
        name
        for position, name in enumerate(structure.names)
        if position in source.hidden_columns
    ]
    yield from note_if(
        unshown,
        "hidden_columns",
        count=len(unshown),
        columns=unshown[:_MAXIMUM_NAMES],
    )
    hidden = list(source.hidden_sheets)
    yield from note_if(hidden, "hidden_sheets", count=len(hidden), sheets=hidden)


def _header_notes(structure: Structure) -> Iterator[Message]:
    header = structure.header_fields
    if not header:
        yield Message("reading.note_header_none", {"count": structure.width})
    elif len(header) > 1:
        yield Message("reading.note_header_many", {"count": len(header)})
    else:
        own = {out_of_formula(" ".join(cell.split())) for cell in header[0]}
        renamed = [name for name in structure.names if name not in own]
        if renamed:
            details = {"count": len(renamed), "names": renamed[:_MAXIMUM_NAMES]}
            yield Message("reading.note_renamed", details)
    if structure.units:
        details = {"count": len(structure.units), "line": structure.unit_line}
        yield Message("reading.note_units", details)
