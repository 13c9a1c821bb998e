"""What stands under a table and is no part of it: totals and notes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from crm_analysis.tables.reading.cells import Shapes, is_blank, kind_of
from crm_analysis.tables.reading.records import Record
from crm_analysis.tables.reading.structure import Plan

__all__ = ["foot_of", "is_total", "total_words"]

_TOTALS = (
    *(
        before + word
        for before in ("", "grand ", "sub", "sub-", "overall ", "running ")
        for word in ("total", "totals")
    ),
    *(
        "sum",
        "total general",
        "gesamt",
        "gesamtsumme",
        "summe",
        "总计",
        "合计",
        "总合计",
        "共计",
        "总和",
        "小计",
        "總計",
        "合計",
        "小計",
    ),
)
_SUBTOTAL = re.compile(r".{1,60}\s(?:totals?|汇总|小计|合计)", re.I)
_NOTE = re.compile(
    r"\W{0,3}(?:(?:data )?sources?\s*[:：(]|(?:foot)?notes?\s*[:：.(]|(?:generated|exported|printed|created|prepared|downloaded|last updated|updated)\b\s*(?:by|on|at|from|with|:|\d)|"
    r"report (?:date|generated|created)|copyright\b|end of (?:file|report|data|table)|page \d+ of|(?:rows?|records?)\s*[:：]|disclaimer\b|data as of|\(?\d+ (?:rows?|records?)\b|"
    r"数据来源|资料来源|来源|注[:：]|备注[:：]|说明[:：]|制表|导出|打印|统计(?:时间|日期|人)|审核|负责人|共 ?\d+ ?[条行笔]|第 ?\d+ ?页).*|\*.+|©.*|[-=_*]{3,}|-- ?.*",
    re.I | re.S,
)


def is_total(fields: Sequence[str]) -> bool:
    """Whether a record is named a total by its first filled cell (of the first three).

    >>> is_total(["", "合计", "120"]), is_total(["Total Wine Inc", "5", "120"])
    (True, False)
    """
    first = next((cell.strip() for cell in fields[:3] if cell.strip()), "")
    return first.lower().rstrip(":： ") in _TOTALS


def total_words() -> tuple[str, ...]:
    """The words that name a total, in small letters."""
    return _TOTALS


def foot_of(
    records: Sequence[Record], plan: Plan, keep: frozenset[int] = frozenset()
) -> dict[int, str]:
    """What stands under the table: totals and notes among the last records (given in the file's order)."""
    found: dict[int, str] = {}
    width = plan.width
    shapes = plan.shapes
    typical = width * (1 - sum(shapes.empties) / width) if shapes else width
    gap = False
    for record in reversed(records):
        if record.line < plan.first_row:
            break
        if is_blank(record.fields):
            gap = True
            continue
        reason = _foot_reason(record, width, typical, shapes, gap)
        if record.line in keep:
            break
        if reason is None:
            break
        found[record.line] = reason
        gap = False
    return found


def _foot_reason(
    record: Record, width: int, typical: float, shapes: Shapes | None, gap: bool
) -> str | None:
    fields = record.fields
    filled = [cell.strip() for cell in fields if cell.strip()]
    if width > 1 and (
        is_total(fields) or (_SUBTOTAL.fullmatch(filled[0]) and len(filled) < 0.7 * typical)
    ):
        return "total"
    if (
        _NOTE.fullmatch(filled[0])
        and (len(fields) != width or len(filled) < max(2, typical / 2))
        and width > 1
    ):
        return "footer"
    if width > 2 and typical > 2 and len(filled) == 1:
        if kind_of(filled[0]) == "number" and not fields[0].strip():
            return "total"
        strange = shapes is None or shapes.fit(0, filled[0]) <= 0.1
        if (
            fields[0].strip()
            and len(fields) < width
            and strange
            and kind_of(filled[0]) in ("words", "text", "odd")
        ):
            return "footer"
    if (
        gap
        and width > 1
        and len(fields) == 1
        and len(filled) == 1
        and kind_of(filled[0]) in ("words", "text", "odd")
    ):
        return "footer"
    return None
