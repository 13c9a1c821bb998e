"""What a column is by its name: concepts, other parties and things, the way dates are written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest

from crm_analysis.engine import Engine
from crm_analysis.tables.roles import guess_roles
from crm_analysis.tables.roles.names import concepts, name_score
from tests.cleaned_columns import DATES
from tests.guessed_roles import raw_from
from tests.variants import every


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    made = Engine()
    yield made
    made.close()


@pytest.mark.parametrize(
    ("name", "chain"),
    [
        ("CustomerID", ("customer", "id")),
        ("cust_no", ("customer", "number")),
        ("custid", ("customer",)),
        ("客户编号", ("customer", "id")),
        ("客戶編號", ("customer", "id")),
        ("Unit Price (USD)", ("unit", "price")),
        ("单价（元）", ("unit", "price")),
        ("订单创建时间", ("order", "create", "date")),
        ("ORDERDATE", ("order", "date")),
        ("lineitem.sku", ("line", "product", "sku")),
        ("", ()),
        ("Column 7", ()),
    ],
)
def test_names_are_read_as_concepts(name: str, chain: tuple[Any, ...]) -> None:
    assert concepts(name) == chain


@pytest.mark.parametrize(
    ("role", "name"),
    [
        ("customer", "Customer Type"), ("customer", "客户等级"), ("customer", "Customers"),
        ("order", "Order Date"), ("order", "Order Status"), ("order", "订单状态"), ("product",
                "Product Category"),
        ("amount", "Tax amount"), ("amount", "Shipping"), ("amount", "运费"), ("amount",
            "Order ID"), ("quantity", "库存数量"), ("date", "Birth date"), ("date", "出生日期"),
        ("category", "订单类型"),
        ("customer", "客户姓名备注"), ("churned", "Churn reason"), ("country",
            "IP country blocklist url"),
    ],
)  # fmt: skip
def test_a_name_of_something_else_says_nothing(role: str, name: str) -> None:
    assert name_score(role, name) == 0.0


def test_names_and_values_must_agree(engine: Engine) -> None:
    dates = [f"2024-01-{day:02d}" for day in range(1, 29)]
    frame = pd.DataFrame(
        {
            "Order Date": ["yes", "no"] * 14,
            "when": dates,
            "Quantity": ["red", "blue"] * 14,
            "Customer": [str(one % 7) for one in range(28)],
        }
    )
    roles = guess_roles(raw_from(engine, frame))
    assert "Order Date" not in roles.columns.values()
    assert "Quantity" not in [
        roles.columns.get("quantity"),
        roles.columns.get("amount"),
    ]


def test_compact_dates_and_excel_day_numbers_need_a_date_name(
    engine: Engine,
) -> None:
    frame = pd.DataFrame(
        {
            "单据日期": [str(45_000 + one) for one in range(30)],
            "数量": ["3"] * 15 + ["4"] * 15,
            "商品编号": [str(20_240_101 + one) for one in range(30)],
        }
    )
    roles = guess_roles(raw_from(engine, frame))
    assert roles.columns["date"] == "单据日期"


@pytest.mark.parametrize(
    "written",
    every(3, [written for written, _ in DATES]),
    ids=lambda written: written[0],
)
def test_a_date_that_cleaning_reads_is_proposed_as_one(
    engine: Engine, written: Any
) -> None:
    frame = pd.DataFrame(
        {
            "Order ID": ["a", "b"],
            "Customer ID": ["k", "l"],
            "Order Date": written[:2],
            "Amount": ["2.50", "3.75"],
        }
    )
    assert guess_roles(raw_from(engine, frame)).columns.get("date") == "Order Date"


@pytest.mark.parametrize(
    ("role", "name", "least"),
    [
        ("amount", "Order Total (inc tax)", 0.9),
        ("amount", "Line total excl. VAT", 0.9),
        ("unit_price", "含税单价", 0.9),
        ("customer", "From Email Address", 0.6),
        ("customer", "Sold-to party", 0.8),
        ("rating", "How likely are you to recommend us to a friend?", 0.8),
        ("rating", "您有多大可能向朋友推荐我们？", 0.8),
        ("text", "What is the main reason for your score?", 0.9),
        ("text", "您给出这个分数的主要原因是什么？", 0.9),
        ("amount", "折后金额", 0.9),
        ("unit_price", "优惠后单价", 0.8),
        ("quantity", "quantity-purchased", 0.9),
        ("quantity", "Items purchased", 0.6),
        ("product", "Product/Service", 0.9),
        ("customer", "Review Username", 0.7),
        ("customer", "KUNNR", 0.9),
        ("amount", "NETWR", 0.9),
        ("date", "Visit date", 0.5),
        ("date", "Visited on", 0.35),
        ("date", "到店日期", 0.8),
    ],
)
def test_a_name_with_more_in_it_still_says_what_it_is(
    role: str, name: str, least: float
) -> None:
    assert name_score(role, name) >= least


@pytest.mark.parametrize(
    ("role", "name"),
    [
        ("order", "Bill-to Name"),
        ("order", "Bill to"),
        ("amount", "Tax"),
        ("discount", "折后金额"),
        ("product", "Shipping method"),
        ("text", "Which store did you visit?"),
        ("text", "What is your age?"),
    ],
)
def test_a_name_of_another_party_or_thing_is_not_sure(role: str, name: str) -> None:
    assert name_score(role, name) < 0.5


@pytest.mark.parametrize(
    "heading",
    [
        *("period end", "Month End", "quarter-end date", "Year ended"),
        *("Week ending", "period start", "Fiscal period end"),
        *("期末", "月末", "截止日期", "期间截止"),
    ],
)
def test_the_end_of_a_period_is_the_date_of_a_series(
    heading: str, engine: Engine
) -> None:
    days = pd.date_range("2022-01-31", periods=12, freq="ME").strftime("%Y-%m-%d")
    frame = pd.DataFrame({heading: days, "units": range(100, 112)})
    roles = guess_roles(raw_from(engine, frame))
    assert roles.kind == "series"
    assert roles.columns["date"] == heading


def test_where_a_period_starts_is_its_date_before_where_it_ends(
    engine: Engine,
) -> None:
    starts = pd.date_range("2022-01-01", periods=12, freq="MS")
    frame = pd.DataFrame(
        {
            "period end": (starts + pd.offsets.MonthEnd()).strftime("%Y-%m-%d"),
            "period start": starts.strftime("%Y-%m-%d"),
            "units": range(100, 112),
        }
    )
    assert guess_roles(raw_from(engine, frame)).columns["date"] == "period start"
