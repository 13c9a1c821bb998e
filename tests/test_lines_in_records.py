"""Orders whose record holds several lines become a row a line, with their own figures."""

from __future__ import annotations

import pytest

import crm_analysis as crm
from crm_analysis.tables.reading import ReadOptions
from tests.raw_tables import shared_engine


def cleaned(text: str, options: ReadOptions | None = None) -> crm.Cleaned:
    raw = crm.read_table(
        text.encode(), options, name="orders.csv", engine=shared_engine()
    )
    return crm.clean(raw, crm.guess_roles(raw))


def keys(result: crm.Cleaned) -> list[str]:
    return [key for key, _ in result.questions]


@pytest.mark.parametrize("sign", [";", "\\n", "/"])
def test_cells_with_as_many_parts_become_lines(sign: str) -> None:
    sign = sign.replace("\\n", "\n")
    head = "Order,Date,Customer,Products,Qty,Price"
    rows = [
        ("1001", "Ana", ["A", "B"], ["1", "2"], ["3", "4"]),
        ("1002", "Bo", ["C"], ["1"], ["5"]),
        ("1003", "Cy", ["F", "G", "H"], ["2", "1", "1"], ["8", "9", "2"]),
    ]
    lines = [
        f'{order},2024-01-05,{who},"{sign.join(goods)}","{sign.join(counts)}",'
        f'"{sign.join(prices)}"'
        for order, who, goods, counts, prices in rows
    ]
    result = cleaned("\n".join([head, *lines]))
    if sign == "/":
        assert "reading.question.lines" not in keys(result)
        return
    assert "reading.question.lines" in keys(result)
    assert len(result.table) == 6
    assert result.table["amount"].sum() == 3 + 8 + 5 + 16 + 9 + 2


def test_a_decimal_comma_parts_no_figures_from_goods() -> None:
    text = (
        "Order;Date;Customer;Items;Total\n1;2024-01-05;Ana;2 x Tea, 1 x Cup;15,00\n"
        "2;2024-01-06;Bo;1 x Tea;3,50\n3;2024-01-07;Cy;1 x Pot, 3 x Cup;44,00\n"
    )
    assert cleaned(text).table["amount"].sum() == 62.5


@pytest.mark.parametrize("quote", ['"', "'"])
def test_lists_of_objects_become_lines(quote: str) -> None:
    items = (
        "[{'name': 'Pot, blue', 'quantity': 2, 'price': 3.5},"
        " {'name': 'Cup', 'quantity': 1, 'price': 8}]"
    )
    rows = [f"1001\t2024-01-05\tAna\t{items}\t15"]
    rows += [
        f"{1002 + n}\t2024-01-06\tBo\t[{{'name': 'Tea', 'quantity': 3, 'price': 2}}]\t6"
        for n in range(3)
    ]
    text = "\n".join(["Order\tDate\tCustomer\tItems\tTotal", *rows])
    result = cleaned(text.replace("'", quote))
    assert result.table["product"].tolist()[:2] == ["Pot, blue", "Cup"]
    assert result.table["amount"].sum() == 15 + 18
    assert result.table["quantity"].sum() == 12


def test_numbered_columns_of_products_become_lines_with_their_figures() -> None:
    text = (
        "Order,Date,Customer,Product 1,Qty 1,Price 1,Product 2,Qty 2,Price 2\n"
        "1001,2024-01-05,Ana,Tea,1,3.5,Cup,2,8\n1002,2024-01-06,Bo,Tea,2,3.5,,,\n"
        "1003,2024-01-07,Cy,Pot,1,20,Cup,1,8\n"
    )
    result = cleaned(text)
    assert result.table["amount"].tolist() == [3.5, 16, 7, 20, 8]
    as_is = cleaned(text, ReadOptions(shape="columns"))
    assert len(as_is.table) == 3


@pytest.mark.parametrize("word", ["Address", "Phone", "Score", "Question"])
def test_numbered_columns_of_other_things_stay(word: str) -> None:
    lines = [f"C{n},Main St {n},Side St {n},{n}" for n in range(6)]
    text = "\n".join([f"Customer,{word} 1,{word} 2,Age", *lines])
    raw = crm.read_table(text.encode(), name="people.csv", engine=shared_engine())
    assert f"{word} 2" in raw.reading.columns


def test_a_total_under_the_table_that_is_no_sum_is_asked_about() -> None:
    rows = "Product,Region,Amount\nTea,N,10\nCup,N,20\nPot,S,30\nMug,S,5\n"
    right, wrong = cleaned(rows + "Total,,65\n"), cleaned(rows + "Total,,99\n")
    assert "reading.question.total_differs" not in keys(right)
    assert "reading.question.total_differs" in keys(wrong)
    assert right.table["amount"].sum() == wrong.table["amount"].sum() == 65


def test_subtotals_of_months_in_other_languages_are_no_rows() -> None:
    text = (
        "Commande;Date;Client;Montant\nC1;05/01/2024;Luc;100\nC2;16/01/2024;Eva;50\n"
        "Sous-total janvier;;;150\nC3;05/02/2024;Luc;30\nC4;16/02/2024;Zoé;20\n"
        "Sous-total février;;;50\nTotal général;;;200\n"
    )
    assert cleaned(text).table["amount"].sum() == 200


def test_fixed_columns_may_have_wide_gaps_within_names_and_decimal_commas() -> None:
    text = (
        "Kunde            Produkt             Datum       Betrag\n"
        "Anna  Maria      Tee  grün           05.01.2024   12,50\n"
        "Ben              Tasse               16.01.2024    8,00\n"
        "Cara Lee         Kanne  blau  klein  17.01.2024  120,00\n"
        "Dirk             Becher              18.01.2024    6,50\n"
    )
    result = cleaned(text)
    assert list(result.table["product"])[2] == "Kanne blau klein"
    assert result.table["amount"].sum() == 147
