"""What the reader should know of a file: phrase keys and numbers."""

from __future__ import annotations

from collections import Counter

from crm_analysis.messages import Message
from crm_analysis.tables.reading.body import Outcome
from crm_analysis.tables.reading.encoding import Encoding
from crm_analysis.tables.reading.structure import Plan

__all__ = ["notes_of"]


def notes_of(
    plan: Plan,
    outcome: Outcome,
    layout: str,
    doubtful: str | None,
    sep: str | None,
    encoding: Encoding | None,
    sheet: str | None,
    sheets: tuple[str, ...],
    zeros: int,
    lost: int,
    rows: int,
    wrapped: bool = False,
) -> tuple[Message, ...]:
    """The notes of one load, the ones that may need an answer first."""
    found: list[Message] = []
    if encoding and encoding.mixed:
        found.append(
            Message("reading.note_mixed_encoding", {"encoding": encoding.name.removesuffix("-sig")})
        )
    elif encoding and not encoding.sure:
        found.append(
            Message(
                "reading.note_encoding_unsure",
                {"encoding": encoding.name, "others": list(encoding.others[:3])},
            )
        )
    if lost:
        found.append(Message("reading.note_undecodable", {"count": lost}))
    if doubtful:
        found.append(Message("reading.note_delimiter_unsure", {"delimiter": doubtful}))
    if wrapped:
        found.append(Message("reading.note_wrapped", {}))
    if zeros:
        found.append(Message("reading.note_zeros", {"count": zeros}))
    if len(sheets) > 1:
        found.append(Message("reading.note_sheet", {"sheet": sheet, "count": len(sheets)}))
    if layout == "baskets":
        found.append(Message("reading.note_baskets", {"count": outcome.rows, "items": rows}))
    elif layout == "fixed":
        found.append(Message("reading.note_fixed", {"count": plan.width}))
    if layout != "baskets":
        found += _header_notes(plan)
    reasons = Counter(reason for _, reason, _ in outcome.aside)
    for reason, count in sorted(reasons.items()):
        if reason != "sep_line":
            lines = [line for line, why, _ in outcome.aside if why == reason][:10]
            found.append(Message(f"reading.note_{reason}", {"count": count, "lines": lines}))
    for how, count in sorted(outcome.repairs.items()):
        found.append(
            Message(f"reading.note_{how}", {"count": count, "lines": outcome.lines[how][:10]})
        )
    if sep:
        found.append(Message("reading.note_sep_line", {"delimiter": sep}))
    if outcome.blank:
        found.append(Message("reading.note_blank", {"count": outcome.blank}))
    return tuple(found)


def _header_notes(plan: Plan) -> list[Message]:
    found: list[Message] = []
    if not plan.header:
        found.append(Message("reading.note_header_none", {"count": plan.width}))
    elif len(plan.header) > 1:
        found.append(Message("reading.note_header_many", {"count": len(plan.header)}))
    if plan.header:
        own = {" ".join(cell.split()) for cell in plan.header_fields[-1]}
        new = [name for name in plan.names if name not in own] if len(plan.header) == 1 else []
        if new:
            found.append(Message("reading.note_renamed", {"count": len(new), "names": new[:5]}))
    if plan.units:
        found.append(
            Message("reading.note_units", {"count": len(plan.units), "line": plan.unit_line})
        )
    return found
