"""Amounts, discounts, order totals, currencies, returns, refunds, and lines that are no product."""

from __future__ import annotations

from typing import Any

import pytest

from crm_analysis.tables.cleaning import CleanOptions, clean
from crm_analysis.tables.reading import read_table
from crm_analysis.tables.roles import guess_roles
from tests.cleaned_columns import ORDER, ORDER_ROLES
from tests.raw_tables import raw_table, roles


def test_amount_is_quantity_times_price_and_returns_are_marked() -> None:
    result = clean(raw_table(ORDER), roles("transactions", **ORDER_ROLES))
    assert result.table["amount"].tolist() == [10, 3, -5]
    assert result.table["is_return"].tolist() == [False, False, True]
    assert result.table.columns.tolist() == [
        "order",
        "product",
        "quantity",
        "unit_price",
        "amount",
        "is_sale",
        "is_return",
        "is_product",
    ]


def test_a_given_amount_confirms_a_discount() -> None:
    table = {
        **ORDER,
        "off": ["0.1", "0", "0.5"],
        "total": ["9.0", "3.0", "-2.5"],
    }
    result = clean(
        raw_table(table),
        roles("transactions", **ORDER_ROLES, discount="off", amount="total"),
    )
    assert (
        result.table["amount"].tolist() == [9, 3, -2.5] and "total" in result.table
    )
    result = clean(
        raw_table({key: table[key] for key in (*ORDER, "off")}),
        roles("transactions", **ORDER_ROLES, discount="off"),
    )
    assert result.table["amount"].tolist() == [10, 3, -5]
    assert result.questions[0][0] == "cleaning.question.discount_unclear"
    result = clean(
        raw_table({key: table[key] for key in (*ORDER, "off")}),
        roles("transactions", **ORDER_ROLES, discount="off"),
        CleanOptions(discount="rate"),
    )
    assert result.table["amount"].tolist() == [9, 3, -2.5]


def totals() -> Any:
    orders = [str(i // 3) for i in range(30)]
    return {
        "order": orders,
        "sku": [f"p{i % 3}" for i in range(30)],
        "total": [f"{10 * (int(order) + 1)}" for order in orders],
    }


def test_an_order_total_on_every_line_is_not_summed_twice() -> None:
    result = clean(
        raw_table(totals()),
        roles("transactions", order="order", product="sku", amount="total"),
    )
    assert result.table["amount"].sum() == pytest.approx(
        sum(10 * (i + 1) for i in range(10))
    )
    assert result.questions[0][0] == "cleaning.question.order_total_repeated"
    sums = result.summary()
    assert sums["money_read"] == pytest.approx(3 * 550) and sums[
        "money_edits"
    ] == pytest.approx(-2 * 550)
    assert len(result.changes) == 30 and result.table.index.is_monotonic_increasing
    result = clean(
        raw_table(totals()),
        roles("transactions", order="order", product="sku", amount="total"),
        CleanOptions(order_totals="as_is"),
    )
    assert result.table["amount"].sum() == pytest.approx(3 * 550)


@pytest.mark.parametrize(
    ("price", "currency"),
    [
        ("£2.50", "£"),
        ("2.50 EUR", "€"),
        ("EUR 2.50", "€"),
        ("€ 2,50", "€"),
        ("R$ 2,50", "BRL"),
        ("2.50", None),
    ],
)
def test_the_currency_is_kept(price: str, currency: str | None) -> None:
    lines = "".join(
        f'{i},2024-01-{i % 28 + 1:02d},C{i % 7},Tea,{i % 3 + 1},"{price}"\n'
        for i in range(60)
    )
    raw = read_table(
        (
            "Order No,Order Date,Customer ID,Product,Quantity,Unit Price\n" + lines
        ).encode(),
        name="orders.csv",
    )
    result = clean(raw, guess_roles(raw))
    assert result.currency == currency and (result.table["unit_price"] == 2.5).all()


@pytest.mark.slow
def test_several_currencies_are_not_summed_without_a_rate() -> None:
    table = {
        "order": ["1", "2", "3", "4"],
        "product": ["a", "b", "c", "d"],
        "amount": ["$10.00", "$5.50", "€8.00", "$1.00"],
    }
    given_roles = roles(
        "transactions", order="order", product="product", amount="amount"
    )
    result = clean(raw_table(table), given_roles)
    assert result.currency == "$" and result.table["amount"].tolist() == [
        10,
        5.5,
        1,
    ]
    assert result.questions[0][
        0
    ] == "cleaning.question.several_currencies" and result.set_aside[
        "reason"
    ].tolist() == ["other_currency"]
    result = clean(
        raw_table(table), given_roles, CleanOptions(rates=(("EUR", 1.25),))
    )
    assert (
        result.table["amount"].tolist() == [10, 5.5, 10, 1] and not result.questions
    )
    assert result.changes[["old", "new", "reason"]].values.tolist() == [
        ["8.0", "10.0", "converted"]
    ]


def test_lines_that_are_no_product_are_marked_and_can_go() -> None:
    names = [
        "POSTAGE",
        "Manual",
        "运费",
        "优惠券",
        "优惠装洗发水",
        "BANK CHARGES",
        "Red mug",
        "Manual drill",
        "TEST PRODUCT",
        "Adjust bad debt",
        "Postal scale",
    ]
    table = {
        "order": [str(i) for i in range(len(names))],
        "product": names,
        "amount": ["1.5"] * len(names),
    }
    given_roles = roles(
        "transactions", order="order", product="product", amount="amount"
    )
    result = clean(raw_table(table), given_roles)
    kept = result.table.loc[result.table["is_product"], "product"].tolist()
    assert kept == ["优惠装洗发水", "Red mug", "Manual drill", "Postal scale"]
    result = clean(
        raw_table(table), given_roles, CleanOptions(no_product="set_aside")
    )
    assert (
        result.table["product"].tolist() == kept
        and result.summary()["set_aside"] == len(names) - 4
    )


def test_cancelled_orders_are_returns() -> None:
    table = {
        "order": ["536365", "C536379", "536380"],
        "product": ["a", "b", "c"],
        "amount": ["5", "-2", "1"],
        "Status": ["done", "done", "已退款"],
    }
    result = clean(
        raw_table(table),
        roles("transactions", order="order", product="product", amount="amount"),
    )
    assert result.table["is_return"].tolist() == [False, True, True]
    assert result.table["is_sale"].tolist() == [True, True, False]
    assert not result.questions


@pytest.mark.parametrize("role", [None, "category"])
def test_a_type_of_refund_is_taken_off_and_a_cancelled_line_is_no_sale(
    role: str | None,
) -> None:
    """Whatever role the column has, and though all figures are positive: it is said."""
    table = {
        "order": ["1", "2", "3", "4"],
        "product": ["a", "b", "c", "d"],
        "quantity": ["3"] * 4,
        "price": ["1.5", "2", "4", "8"],
    }
    table["Type"] = ["Sale", "Refund", "Sale", "Cancelled"]
    given = {
        "order": "order",
        "product": "product",
        "quantity": "quantity",
        "unit_price": "price",
    } | ({role: "Type"} if role else {})
    result = clean(raw_table(table), roles("transactions", **given))
    assert result.table["is_return"].tolist() == [False, True, False, True]
    assert result.table["amount"].tolist() == [4.5, -6, 12, 24]
    assert result.table["is_sale"].tolist() == [True, True, True, False]
    assert result.summary()["money_not_sales"] == 24
    (question,) = result.questions
    assert question.key == "cleaning.question.refunds_positive"
    assert question.details["values"] == ["Refund"]
    assert question.details["money"] == 6
    result = clean(
        raw_table(table),
        roles("transactions", **given),
        CleanOptions(returns="drop"),
    )
    assert result.table["amount"].sum() == 16.5


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("Payment Type", ["Credit", "Credit", "PayPal"]),
        ("Type", ["Credit", "Debit", "Cash"]),
        ("Tender type", ["Void", "Credit", "Gift"]),
    ],
)
def test_ways_to_pay_are_no_returns(name: str, values: list[Any]) -> None:
    table = {
        "order": ["1", "2", "3"],
        "product": ["a", "b", "c"],
        "amount": ["5", "2", "1"],
        name: values,
    }
    result = clean(
        raw_table(table),
        roles("transactions", order="order", product="product", amount="amount"),
    )
    assert not result.table["is_return"].any() and not result.questions
    table = {
        "order": ["1", "2"],
        "product": ["a", "b"],
        "amount": ["5", "2"],
        "Payment status": ["paid", "refunded"],
    }
    result = clean(
        raw_table(table),
        roles("transactions", order="order", product="product", amount="amount"),
    )
    assert result.table["is_return"].tolist() == [False, True]


@pytest.mark.parametrize(
    ("name", "currency"),
    [
        ("Amount (EUR)", "€"),
        ("amount_usd", "$"),
        ("金额（元）", "¥"),
        ("Total £", "£"),
        ("Amount in CHF", "CHF"),
        ("Amount", None),
        ("Try amount", None),
    ],
)
def test_the_currency_in_a_heading_is_kept(name: str, currency: str | None) -> None:
    assert (
        clean(
            raw_table({"order": ["1", "2"], name: ["5", "2"]}),
            roles("transactions", order="order", amount=name),
        ).currency
        == currency
    )


def test_customers_are_left_out_by_id_and_pattern() -> None:
    table = {
        "customer": ["A1", "TEST7", "b2", ""],
        "date": ["2024-01-01"] * 4,
        "amount": ["1", "2", "3", "4"],
    }
    result = clean(
        raw_table(table),
        roles("transactions", customer="customer", date="date", amount="amount"),
        CleanOptions(leave_out=("test*", "B2")),
    )
    assert result.table["amount"].tolist() == [1, 4]


def test_returns_are_netted_against_the_latest_purchase() -> None:
    table = {
        "customer": ["A", "A", "A", "B", "A"],
        "date": [
            "2024-01-01",
            "2024-02-01",
            "2024-02-05",
            "2024-02-05",
            "2024-03-01",
        ],
        "product": ["mug"] * 5,
        "quantity": ["5", "3", "-4", "-2", "7"],
        "price": ["2"] * 5,
    }
    given_roles = roles(
        "transactions",
        customer="customer",
        date="date",
        product="product",
        quantity="quantity",
        unit_price="price",
    )
    result = clean(raw_table(table), given_roles, CleanOptions(returns="net"))
    assert result.table[["customer", "quantity", "amount"]].values.tolist() == [
        ["A", 4, 8],
        ["B", -2, -4],
        ["A", 7, 14],
    ]
    assert result.summary()["money_kept"] == result.summary()["money_read"] == 18
    result = clean(raw_table(table), given_roles, CleanOptions(returns="drop"))
    assert result.table["quantity"].tolist() == [5, 3, 7]
