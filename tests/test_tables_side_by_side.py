"""Two tables side by side: the longer one is read, the other named as left out."""

from __future__ import annotations

import pytest

from crm_analysis.tables.cleaning import clean
from crm_analysis.tables.reading import RawTable, read_table
from crm_analysis.tables.roles import guess_roles


def sheet(orders: int, goods: int, between: str = "") -> RawTable:
    """Orders, an empty column, and a list of goods, each of so many rows."""
    lines = [f"Order ID,Date,Customer,Amount,{between},Product,Price,Stock"]
    for number in range(max(orders, goods)):
        left = f"{1000 + number},2024-05-{number % 28 + 1:02d},C{number % 7},{number}.5"
        right = f"P{number},{number}.25,{number * 3}"
        lines.append(
            f"{left if number < orders else ',,,'},,{right if number < goods else ',,'}"
        )
    return read_table("\n".join(lines).encode(), name="sheet.csv")


def noted(raw: RawTable) -> list[str]:
    (note,) = (
        note for note in raw.reading.notes if note.key.endswith("table_beside")
    )
    return list(note.details["columns"])


@pytest.mark.parametrize(("orders", "goods"), [(60, 20), (20, 60)])
def test_the_longer_of_two_tables_is_read_and_the_other_said(
    orders: int, goods: int
) -> None:
    raw = sheet(orders, goods)
    left, right = (
        ["Order ID", "Date", "Customer", "Amount"],
        ["Product", "Price", "Stock"],
    )
    kept, others = (left, right) if orders > goods else (right, left)
    assert list(raw.reading.columns) == kept and raw.reading.rows == 60
    assert noted(raw) == others


def test_goods_beside_orders_are_no_products_of_them() -> None:
    raw = sheet(60, 20)
    roles = guess_roles(raw)
    assert set(roles.columns) == {"order", "date", "customer", "amount"}
    assert clean(raw, roles).table["amount"].sum() == sum(
        number + 0.5 for number in range(60)
    )


@pytest.mark.parametrize(("goods", "between"), [(60, ""), (20, "Note")])
def test_columns_apart_of_one_table_stay_together(goods: int, between: str) -> None:
    raw = sheet(60, goods, between)
    assert len(raw.reading.columns) == 8
    assert not any(note.key.endswith("table_beside") for note in raw.reading.notes)
