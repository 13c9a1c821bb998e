"""Several goods in one cell become a line each, with their numbers and their part of the money."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

import crm_analysis as crm
from tests.raw_tables import shared_engine


def cleaned(
    lines: list[str],
    options: crm.CleanOptions | None = None,
    encoding: str = "utf-8",
) -> crm.Cleaned:
    """Lines of a file read, understood and cleaned."""
    raw = crm.read_table(
        "\n".join(lines).encode(encoding), name="orders.csv", engine=shared_engine()
    )
    return crm.clean(raw, crm.guess_roles(raw), options or crm.CleanOptions())


def question(result: crm.Cleaned) -> dict:
    """What is asked about goods."""
    (details,) = [
        details
        for key, details in result.questions
        if key.startswith("cleaning.question.goods_")
    ]
    return details


BASKETS = ["Tea, Cup", "Tea, Cup, Pot", "Cup", "Tea, Cup", "Pot, Tea"]


@pytest.mark.slow
def test_lists_of_products_become_lines_that_rules_are_learned_from() -> None:
    rows = [
        f'{number},2025-01-{number + 1:02},C{number % 4},"{BASKETS[number % 5]}"'
        for number in range(20)
    ]
    result = cleaned(["order_id,date,customer,items", *rows])
    assert len(result.table) == 40
    rules = crm.find_rules(
        result.table, crm.RuleOptions(support=0.01, confidence=0.2)
    )
    pairs = {
        (rule.antecedent, rule.consequent): rule.count
        for rule in rules.rules.itertuples()
    }
    assert pairs[(("Tea",), ("Cup",))] == 12
    assert question(result)["default"] == "lines"
    assert question(result)["column"] == "items"
    whole = cleaned(
        ["order_id,date,customer,items", *rows], crm.CleanOptions(goods="names")
    )
    assert len(whole.table) == 20 and question(whole)["default"] == "names"


@pytest.mark.parametrize(
    "cells",
    [
        ("2 x Tea; 1 x Cup", "1 x Tea", "1 x Cup; 1 x Tea; 3 x Pot"),
        ('"2× Tea, 1× Cup"', "1× Tea", '"1× Cup, 1× Tea, 3× Pot"'),
        ("Tea x2|Cup x1", "Tea x1", "Cup x1|Tea x1|Pot x3"),
        ("2 x Tea / 1 x Cup", "1 x Tea", "1 x Cup / 1 x Tea / 3 x Pot"),
        ("Tea; Tea; Cup", "Tea", "Cup; Tea; Pot; Pot; Pot"),
    ],
)
def test_numbers_of_goods_are_their_quantities(cells: tuple[str, str, str]) -> None:
    rows = [
        f"{number},2024-01-{14 + number},C{number},{cell},{total}"
        for number, (cell, total) in enumerate(zip(cells, (10, 3, 30), strict=True))
    ]
    table = cleaned(["order,date,customer,products,total", *rows]).table
    counts = table.groupby("product")["quantity"].sum()
    assert counts.to_dict() == {"Tea": 4, "Cup": 2, "Pot": 3}
    assert table["amount"].sum() == pytest.approx(43)
    assert table.groupby("order")["amount"].sum().tolist() == pytest.approx(
        [10, 3, 30]
    )


def test_goods_are_counted_where_every_order_holds_the_same() -> None:
    rows = [
        f"{n},2024-01-{14 + n},C{n},2 x Tea; 1 x Cup,{10 + n}" for n in range(3)
    ]
    result = cleaned(["order,date,customer,products,total", *rows])
    counts = result.table.groupby("product")["quantity"].sum()
    assert counts.to_dict() == {"Tea": 6, "Cup": 3}
    assert result.table["amount"].sum() == pytest.approx(33)
    assert question(result)["examples"] == ["2 x Tea; 1 x Cup"]


@pytest.mark.parametrize(
    "cell",
    ["Tea; Cup", "Tea|Cup", "6 x Bottle", "Tea, Cup", "绿茶，茶杯", "绿茶、茶杯"],
)
def test_what_may_be_a_name_or_several_goods_is_asked(cell: str) -> None:
    rows = [f'{n},2024-01-{14 + n},C{n},"{cell}",{10 + n}' for n in range(3)]
    result = cleaned(["order,date,customer,products,total", *rows])
    assert set(result.table["product"]) == {cell.replace("，", ",")}
    asked = question(result)
    assert asked["default"] == "names" and asked["examples"] == [cell]


def test_a_comma_in_brackets_parts_no_goods_that_have_numbers() -> None:
    rows = [
        '1,2024-01-15,A,"2× Tea (green, big), 1× Cup",10',
        "2,2024-01-16,B,1× Tea,3",
        '3,2024-01-27,A,"1× Cup, 3× Pot",30',
    ]
    table = cleaned(["order,date,customer,products,total", *rows]).table
    assert set(table["product"]) == {"Tea (green, big)", "Cup", "Tea", "Pot"}


def test_lists_in_brackets_hold_names_with_commas() -> None:
    rows = [
        """1,2024-01-15,A,"['Tea', 'Cup']",10""",
        """2,2024-01-16,B,"['Tea']",3""",
        """3,2024-01-27,A,"[""Pot, blue"", ""Cup""]",30""",
    ]
    table = cleaned(["order,date,customer,items,amount", *rows]).table
    assert table["product"].tolist() == ["Tea", "Cup", "Tea", "Pot, blue", "Cup"]
    assert table["amount"].sum() == pytest.approx(43)


def test_chinese_titles_are_parted_at_their_comma() -> None:
    titles = (
        "男士休闲裤，蓝牙耳机",
        "蓝牙耳机",
        "男士休闲裤",
        "蓝牙耳机，男士休闲裤，猫粮",
    )
    rows = [
        f"{number},买家{number},{50 + number},2024-01-{number + 13},{titles[number % 4]}"
        for number in range(8)
    ]
    header = "订单编号,买家会员名,实付金额,订单创建时间,宝贝标题"
    table = cleaned([header, *rows], encoding="gbk").table
    assert set(table["product"]) == {"男士休闲裤", "蓝牙耳机", "猫粮"}
    assert table["amount"].sum() == pytest.approx(sum(range(50, 58)))


def test_goods_without_an_order_lie_in_the_basket_of_their_record() -> None:
    rows = [
        '2024-01-15,A,"Tea, Cup"',
        '2024-01-16,B,"Cup, Tea"',
        "2024-01-27,A,Pot",
    ]
    table = cleaned(["date,customer,product", *rows]).table
    assert table.groupby("order").size().tolist() == [2, 2, 1]


def test_a_comma_before_a_colour_or_a_place_belongs_to_the_name() -> None:
    rows = [
        '1,"Teapot, blue",10',
        '2,"Teapot, red",3',
        '3,"Cup, blue",30',
        '4,"Cup, red",30',
    ]
    result = cleaned(["order,product,amount", *rows])
    assert len(result.table) == 4
    towns = ['1,"Ham, cooked",10', '2,"Milk, whole",3', '3,"Jam, plum",30']
    assert len(cleaned(["order,product,amount", *towns]).table) == 3


@pytest.mark.slow
@settings(max_examples=8, deadline=None)
@given(
    st.lists(
        st.lists(
            st.sampled_from(["Tea", "Cup", "Pot", "Jam"]), min_size=1, max_size=4
        ),
        min_size=6,
        max_size=12,
    ),
    st.sampled_from(["; ", ";", "|"]),
)
def test_the_money_of_orders_is_the_same_however_their_goods_are_read(
    baskets: list[list[str]], sign: str
) -> None:
    rows = [
        f"{number},2024-01-{number + 13},C{number % 3},{sign.join(basket)},{number}.50"
        for number, basket in enumerate(baskets)
    ]
    header = "order,date,customer,product,amount"
    sums = [
        cleaned([header, *rows], crm.CleanOptions(goods=goods))
        .table["amount"]
        .sum()
        for goods in ("auto", "names")
    ]
    assert sums[0] == pytest.approx(sums[1])
