"""What Excel shows beside the values of cells, and headings wider than their fixed columns."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import xlsxwriter

import crm_analysis as crm
from tests.raw_tables import shared_engine


def read_book(fill: Callable[[xlsxwriter.Workbook], None]) -> crm.RawTable:
    """A workbook that `fill` writes, read."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    fill(book)
    book.close()
    return crm.read_table(stream.getvalue(), name="book.xlsx")


def notes(raw: crm.RawTable) -> dict[str, dict]:
    """What is said of a file, by the end of its key."""
    return {
        key.removeprefix("reading.note_"): details
        for key, details in raw.reading.notes
    }


def test_cells_merged_downwards_hold_for_all_their_rows() -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Customer", "Order", "Product", "Total"])
        for row, (product, total) in enumerate(
            zip("xyzxy", range(5, 10), strict=True)
        ):
            sheet.write_row(row + 1, 2, [product, total])
        sheet.merge_range(1, 0, 3, 0, "A")
        sheet.merge_range(4, 0, 5, 0, "B")
        sheet.merge_range(1, 1, 2, 1, "1")
        sheet.write(3, 1, "2")
        sheet.merge_range(4, 1, 5, 1, "3")

    raw = read_book(fill)
    assert raw.table["Customer"].tolist() == list("AAABB")
    assert raw.table["Order"].tolist() == list("11233")
    assert notes(raw)["merged"]["count"] == 4


def _book(path: Path, sheets: dict[str, list[list]], hidden: str) -> Path:
    with xlsxwriter.Workbook(path) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for line, row in enumerate(rows):
                sheet.write_row(line, 0, row)
            if name == hidden:
                sheet.hide()
    return path


ORDERS = [["order", "customer", "date", "amount"]] + [
    [f"O{nth}", f"C{nth % 7}", f"2024-01-{nth + 1:02}", 10.5 + nth]
    for nth in range(20)
]


def test_a_hidden_sheet_is_read_where_only_it_is_a_table(tmp_path: Path) -> None:
    words = [["Exported by the shop"], ["Questions: ask us"]]
    path = _book(tmp_path / "a.xlsx", {"Readme": words, "Data": ORDERS}, "Data")
    reading = crm.read_table(path, engine=shared_engine()).reading
    assert reading.sheet == "Data" and reading.rows == 20
    assert "reading.note_hidden_read" in [note.key for note in reading.notes]


def test_a_table_that_is_shown_is_read_before_a_hidden_one(tmp_path: Path) -> None:
    sheets = {"Shown": ORDERS[:9], "Old": ORDERS}
    path = _book(tmp_path / "b.xlsx", sheets, "Old")
    assert crm.read_table(path, engine=shared_engine()).reading.sheet == "Shown"


def test_formats_formulas_and_what_is_hidden_are_read_and_said() -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet("orders")
        money = book.add_format({"num_format": '"¥"#,##0.00'})
        share = book.add_format({"num_format": "0.0%"})
        sheet.write_row(0, 0, ["客户", "金额", "折扣", "合计金额"])
        for row in range(1, 5):
            sheet.write(row, 0, f"C{row}")
            sheet.write(row, 1, 100.5 + row, money)
            sheet.write(row, 2, 0.125, share)
            sheet.write_formula(row, 3, "=B2*2", value="")
        sheet.set_row(2, None, None, {"hidden": True})
        sheet.set_column(2, 2, None, None, {"hidden": True})
        sheet.set_column(9, 12, None, None, {"hidden": True})
        book.add_worksheet("old").hide()

    raw = read_book(fill)
    assert raw.table["金额"].tolist() == ["¥101.5", "¥102.5", "¥103.5", "¥104.5"]
    assert set(raw.table["折扣"]) == {"12.5%"}
    said = notes(raw)
    assert said["formulas"] == {"count": 4, "columns": ["合计金额"]}
    assert said["hidden_rows"]["count"] == 1
    assert said["hidden_columns"] == {"count": 1, "columns": ["折扣"]}
    assert said["hidden_sheets"]["sheets"] == ["old"]


def test_the_words_of_formats_are_currencies_and_what_multiplies() -> None:
    formats = ('#,##0\\ "Kč"', '0.00"万元"', '0.0,"k€"', '0 "pcs"', '0.0,"K"')

    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet("orders")
        sheet.write_row(0, 0, ["order", "a", "b", "c", "d", "e"])
        for row in range(1, 5):
            sheet.write(row, 0, f"A{row}")
            for column, code in enumerate(formats, start=1):
                sheet.write(
                    row, column, 12.5, book.add_format({"num_format": code})
                )

    raw = read_book(fill)
    row = raw.table.iloc[0].tolist()
    assert row == ["A1", "Kč 12.5", "12.5 万元", "€12.5", "12.5", "12.5"]


def test_headings_wider_than_their_columns_are_matched_by_order() -> None:
    for count in (12, 120):
        rows = "".join(
            f" {number:05} 2024{number % 12 + 1:02}15 {number % 4 + 1:2} {number + 9.5:7.2f}\n"
            for number in range(count)
        )
        text = " client_code  ord_date pieces  total_paid\n" + rows
        raw = crm.read_table(text.encode(), name="old.txt")
        assert raw.reading.columns == (
            "client_code",
            "ord_date",
            "pieces",
            "total_paid",
        )
        assert raw.reading.rows == count
