"""What stands under a table and is no part of it: totals and notes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from crm_analysis.tables.reading.cells import is_blank, is_text, kind_of
from crm_analysis.tables.reading.records import Record
from crm_analysis.tables.reading.structure import Structure
from crm_analysis.tables.reading.total_names import total_name
from crm_analysis.tables.reading.totals import is_short

_NOTE = re.compile(
    r"\W{0,3}(?:(?:data )?sources?\s*[:：(]|(?:foot)?notes?\s*[:：.(]"
    r"|(?:generated|exported|printed|created|prepared|downloaded|last updated|updated)\b"
    r"\s*(?:by|on|at|from|with|:|\d)"
    r"|report (?:date|generated|created)|copyright\b|end of (?:file|report|data|table)"
    r"|page \d+ of|(?:rows?|records?)\s*[:：]|disclaimer\b|data as of|\(?\d+ (?:rows?|records?)\b"
    r"|数据来源|资料来源|来源|注[:：]|备注[:：]|说明[:：]|制表|导出|打印|统计(?:时间|日期|人)"
    r"|审核|负责人|共 ?\d+ ?[条行笔]|第 ?\d+ ?页).*|\*.+|©.*|[-=_*]{3,}|-- ?.*",
    re.I | re.S,
)


def footer_of(
    records: Sequence[Record],
    structure: Structure,
    put_back: frozenset[int] = frozenset(),
) -> dict[int, str]:
    """Totals and notes among the last records (given in the file's order): why each is no row."""
    footer: dict[int, str] = {}
    after_gap = False
    for record in reversed(records):
        if record.line < structure.first_row:
            break
        if is_blank(record.fields):
            after_gap = True
            continue
        reason = _reason(record, structure, after_gap)
        if reason is None or record.line in put_back:
            break
        footer[record.line] = reason
        after_gap = False
    return footer


def _reason(record: Record, structure: Structure, after_gap: bool) -> str | None:
    """Why a record at the end is no row: "total" or "footer"; None where it may well be one."""
    fields, width, shapes = record.fields, structure.width, structure.shapes
    if width == 1:
        return None
    filled = [cell.strip() for cell in fields if cell.strip()]
    typical = shapes.filled_cells if shapes else width
    name = total_name(fields)
    if name in ("word", "period") or (name and is_short(fields, typical)):
        return "total"
    says_little = len(fields) != width or len(filled) < max(2, typical / 2)
    if says_little and _NOTE.fullmatch(filled[0]):
        return "footer"
    if len(filled) > 1:
        return None
    if (
        width > 2
        and typical > 2
        and not fields[0].strip()
        and kind_of(filled[0]) == "number"
    ):
        return "total"
    is_strange = shapes is None or shapes.fit(0, filled[0]) <= 0.1
    is_alone = len(fields) == 1 and after_gap
    stands_out = (
        width > 2
        and typical > 2
        and fields[0].strip()
        and len(fields) < width
        and is_strange
    )
    return "footer" if (is_alone or stands_out) and is_text(filled[0]) else None
