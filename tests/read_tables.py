"""What was read of a text: its rows, its notes, its line numbers; and files made of cells."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

import openpyxl

from crm_analysis.engine import Engine
from crm_analysis.tables.reading import RawTable, ReadOptions, read_table

Reader = Callable[..., RawTable]


def reader_of(engine: Engine) -> Reader:
    """What reads a text, and sees to it that every record of it is counted once."""

    def reader(
        text: str | bytes, encoding: str = "utf-8", **options: Any
    ) -> RawTable:
        data = text if isinstance(text, bytes) else text.encode(encoding)
        raw = read_table(
            data, ReadOptions(**options), name="orders.csv", engine=engine
        )
        reading = raw.reading
        assert sum(reading.counts.values()) == reading.records
        assert len(raw.set_aside) == reading.counts["aside"]
        assert list(raw.set_aside.columns) == [
            "source",
            "line",
            "reason",
            "text",
        ]
        return raw

    return reader


def rows(raw: RawTable) -> list[list[str]]:
    return raw.table.to_numpy().tolist()


def notes(raw: RawTable) -> dict[str, dict[str, Any]]:
    return {
        key.removeprefix("reading.note_"): details
        for key, details in raw.reading.notes
    }


def lines(raw: RawTable) -> list[int]:
    return [
        line
        for (line,) in raw.engine.run(
            f'SELECT _line FROM "{raw.store}" ORDER BY _line'
        )
    ]


# The gate


def packed(
    name: str = "orders.csv",
    data: bytes = b"id,qty\n1,2\n",
    **more: str | bytes,
) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
        for other, text in more.items():
            archive.writestr(other, text)
    return out.getvalue()


def workbook(*sheets: tuple[str, list]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, cells in sheets:
        sheet = book.create_sheet(title)
        for row in cells:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
