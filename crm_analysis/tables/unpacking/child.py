"""What the process does that reads one packed file or workbook: one request, one reply, the end."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from crm_analysis.errors import AnalysisError
from crm_analysis.tables.unpacking.content import Content, content_of
from crm_analysis.tables.unpacking.limits import Limits, keep_to
from crm_analysis.tables.unpacking.recognising import recognised


def main() -> None:
    """Read a request from the standard input; write what came of it, a line of JSON."""
    request = json.loads(sys.stdin.readline())
    keep_to(Limits(**request.pop("limits")))
    try:
        reply = _opened(**request)
    except AnalysisError as problem:
        reply = {"problem": problem.key, "details": problem.details}
    except MemoryError:
        reply = {"problem": "memory"}
    print(json.dumps(reply), flush=True)


def _opened(path: str, name: str, folder: str, sheet: str | None) -> dict[str, Any]:
    """A packed file's text, or the rows of a workbook's sheet, as a file in `folder`."""
    target = Path(folder) / "opened"
    content = recognised(content_of(path, name), Path(folder))
    reply = {"name": content.name, "format": content.format, "size": content.size}
    if content.format != "text":
        return reply | _sheet(content, sheet, target)
    if content.path is None:
        target.write_bytes(content.data or b"")
    return reply | {"path": str(content.path or target)}


def _sheet(content: Content, wanted: str | None, target: Path) -> dict[str, Any]:
    from crm_analysis.tables.unpacking.sheet import Workbook

    workbook = Workbook(content)
    sheet = wanted or workbook.choose()
    if sheet not in workbook.sheets:
        raise AnalysisError(
            "reading.no_such_sheet",
            name=content.name,
            sheet=sheet,
            sheets=list(workbook.sheets),
        )
    with target.open("w", encoding="utf-8", errors="backslashreplace") as out:
        cells = workbook.write(sheet, out)
    return {
        "path": str(target),
        "sheet": {
            "sheet": sheet,
            "sheets": workbook.sheets,
            "since_1904": workbook.since_1904,
            "hidden_sheets": workbook.hidden_sheets,
            "cells": asdict(cells),
        },
    }
