"""Codes that begin with the sign of a currency are codes."""

from __future__ import annotations

from pathlib import Path

import pytest

import crm_analysis as crm


@pytest.mark.parametrize("sign", ["F", "R", "Kr", "RM", "S"])
def test_numbers_of_invoices_behind_a_letter_are_orders(
    tmp_path: Path, sign: str
) -> None:
    rows = ["Invoice No,Invoice Date,Client,Item,Qty,Line total"]
    for number in range(60):
        for item in range(1 + number % 3):
            day = f"2025-{1 + number % 12:02d}-{1 + number % 28:02d}"
            who, goods = f"Client {number % 17}", f"Item {(number + item) % 7}"
            rows.append(
                f"{sign}-{number:05d},{day},{who},{goods},2,{number + 3}.50"
            )
    path = tmp_path / "invoices.csv"
    path.write_text("\n".join(rows), encoding="utf-8")
    roles = crm.guess_roles(crm.read_table(path))
    assert roles.columns["order"] == "Invoice No"
    assert roles.columns["amount"] == "Line total"


def test_money_given_back_in_some_rows_is_no_code(tmp_path: Path) -> None:
    rows = ["Order,Date,Customer,Paid"]
    for number in range(80):
        paid = f"R-{number + 20}" if number % 5 == 0 else f"R{number + 20}"
        rows.append(
            f"{1000 + number},2025-03-{1 + number % 28:02d},C{number % 9},{paid}"
        )
    path = tmp_path / "sales.csv"
    path.write_text("\n".join(rows), encoding="utf-8")
    roles = crm.guess_roles(crm.read_table(path))
    assert roles.columns["order"] == "Order" and roles.columns["amount"] == "Paid"
