"""What stands over the headings: names of groups, quarters over months, the unit of a table."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest

import crm_analysis as crm
from crm_analysis.tables.reading import RawTable
from crm_analysis.tables.reading.periods import period_of
from tests.raw_tables import shared_engine


def sheet(rows: list[list[Any]], merged: list[str]) -> RawTable:
    """A workbook of one sheet with such rows and merged cells, as read."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for cells in merged:
        book.active.merge_cells(cells)
    stream = io.BytesIO()
    book.save(stream)
    return crm.read_table(stream.getvalue(), name="o.xlsx", engine=shared_engine())


def test_a_name_merged_over_headings_stands_before_each_of_them() -> None:
    rows = [
        [f"K{n % 3}", f"N{n}", n, f"2025-02-{14 + n}", 10 + n] for n in range(8)
    ]
    raw = sheet(
        [
            ["Customer", None, "Order", None, None],
            ["id", "name", "no", "date", "amount"],
            *rows,
        ],
        ["A1:B1", "C1:E1"],
    )
    assert raw.reading.columns == (
        *("Customer id", "Customer name"),
        *("Order no", "Order date", "Order amount"),
    )
    roles = crm.guess_roles(raw)
    assert roles.kind == "transactions"
    assert roles.columns["customer"] == "Customer id"
    assert crm.clean(raw, roles).table["amount"].sum() == 108


def test_headings_merged_downwards_stand_beside_those_of_groups() -> None:
    names: list[Any] = ["Order", "Customer", "Date", "Sales", None, None, "Country"]
    below: list[Any] = [None, None, None, "Quantity", "Unit price", "Amount", None]
    rows = [
        [f"A{n}", f"K{n}", f"2025-02-{14 + n}", 2, 3, 6, "DE"] for n in range(8)
    ]
    merged = ["A1:A2", "B1:B2", "C1:C2", "D1:F1", "G1:G2"]
    columns = (
        *("Order", "Customer", "Date"),
        *("Sales Quantity", "Sales Unit price", "Sales Amount", "Country"),
    )
    table: list[list[Any]] = [names, below, *rows]
    assert sheet(table, merged).reading.columns == columns
    lines = [
        ",".join(str(cell or "") for cell in row) for row in (names, below, *rows)
    ]
    as_text = crm.read_table("\n".join(lines).encode(), engine=shared_engine())
    assert as_text.reading.columns == columns and as_text.reading.rows == 8


def test_a_customer_alone_above_their_lines_is_no_heading() -> None:
    lines = [f",2025-02-{14 + n},Invoice,{n},Tea,{10 + n}" for n in range(6)]
    text = "\n".join([",Date,Type,Num,Product,Amount", "Cafe Sonne,,,,,", *lines])
    raw = crm.read_table(text.encode(), engine=shared_engine())
    assert not any("Cafe" in name for name in raw.reading.columns)
    assert raw.reading.columns[1:] == ("Date", "Type", "Num", "Product", "Amount")


def test_groups_tell_names_apart_that_come_again() -> None:
    rows = [f"K{n % 3},N{n},A{n},2025-02-{14 + n},{10 + n}" for n in range(8)]
    text = "\n".join(["Customer,,Order,,", "id,name,id,date,amount", *rows])
    raw = crm.read_table(text.encode(), engine=shared_engine())
    assert raw.reading.columns == (
        *("Customer id", "Customer name"),
        *("Order id", "Order date", "Order amount"),
    )


def test_a_title_merged_over_all_and_a_total_merged_to_the_right_are_no_names() -> (
    None
):
    raw = sheet(
        [
            ["Shop report", None, None],
            ["no", "date", "amount"],
            *([n, f"2025-02-{14 + n}", 10 + n] for n in range(8)),
            ["Total", None, 108],
        ],
        ["A1:C1", "A11:B11"],
    )
    assert raw.reading.columns == ("no", "date", "amount")
    assert raw.set_aside["reason"].tolist() == ["preamble", "total"]


def test_months_under_their_quarters_are_periods() -> None:
    raw = sheet(
        [
            ["门店", "一季度", None, None, "二季度", None, None],
            [None, "1月", "2月", "3月", "4月", "5月", "6月"],
            *([f"店{n}", *range(n, n + 6)] for n in range(5)),
        ],
        ["A1:A2", "B1:D1", "E1:G1"],
    )
    cleaned = crm.clean(raw, crm.guess_roles(raw))
    assert cleaned.kind == "series"
    assert cleaned.table["value"].sum() == 135
    assert cleaned.table["date"].dt.month.nunique() == 6
    assert {question.key for question in raw.reading.questions} == {
        "reading.question.year",
        "reading.question.periods",
    }


@pytest.mark.parametrize(
    ("heading", "year", "number"),
    [
        ("一季度 2月", None, 2),
        ("Q1 Jan", None, 1),
        ("2024 Q2 May", 2024, 5),
        ("上半年 6月", None, 6),
        ("H2 2025-09", 2025, 9),
    ],
)
def test_a_month_may_name_its_quarter_as_well(
    heading: str, year: int | None, number: int
) -> None:
    period = period_of(heading)
    assert period is not None
    assert (period.kind, period.year, period.number, period.rest) == (
        *("month", year, number),
        "",
    )


@pytest.mark.parametrize(
    ("above", "unit", "times"),
    [
        ("单位：万元", "万元", 10_000),
        ("All figures in thousands USD", "thousands USD", 1000),
        ("Beträge in Tsd. EUR", "Tsd. EUR", 1000),
        ("Currency: EUR", None, None),
        ("Unit: store 12", None, None),
    ],
)
def test_a_line_above_the_table_may_say_the_unit_of_its_money(
    above: str, unit: str | None, times: float | None
) -> None:
    rows = [f"{n},2025-01-{14 + n},C{n % 2},{n + 1}.5" for n in range(4)]
    text = "\n".join(
        ["Sales,,,", f"{above},,,", "order,date,customer,amount", *rows]
    )
    raw = crm.read_table(text.encode(), name="o.csv", engine=shared_engine())
    cleaned = crm.clean(raw, crm.guess_roles(raw))
    (amount,) = (column for column in cleaned.columns if column.name == "amount")
    assert (amount.detail.get("unit"), amount.detail.get("times")) == (unit, times)
    assert cleaned.currency == {"Unit: store 12": None, "单位：万元": "¥"}.get(
        above, "$" if "USD" in above else "€"
    )
