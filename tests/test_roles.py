"""Which column is what: real files, headers of shops and CRMs, what a person changes."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pandas as pd
import pytest

from crm_analysis.engine import Engine
from crm_analysis.tables.cleaning import clean
from crm_analysis.tables.kinds import KINDS, ROLES, Role, gates
from crm_analysis.tables.kinds.name_patterns import named
from crm_analysis.tables.reading import (
    RawTable,
    Reading,
    ReadOptions,
    read_table,
)
from crm_analysis.tables.roles import (
    Roles,
    guess_roles,
    matches,
    samples,
    with_kind,
    with_role,
)
from crm_analysis.tables.roles.names import concepts, name_score
from crm_analysis.tables.roles.words import vocabulary
from crm_analysis.tables.templates import template
from crm_analysis.wording import LANGUAGES, phrases_of
from tests.cleaned_columns import DATES
from tests.role_headers import header_sets

_count = itertools.count()


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    made = Engine()
    yield made
    made.close()


def raw_from(
    engine: Engine,
    frame: pd.DataFrame,
    *,
    header: bool = True,
    layout: str = "delimited",
) -> RawTable:
    """A raw table of the frame's cells as text."""
    names = [str(name) for name in frame.columns]
    cells = frame.astype(str).set_axis(
        [f"c{place}" for place in range(len(names))], axis=1
    )
    cells.insert(0, "_line", range(2, len(cells) + 2))
    cells.insert(0, "_source", 0)
    store = f"raw_{next(_count)}"
    engine.register(store, cells)
    lines = (1,) if header else ()
    reading = Reading(
        "file.csv",
        "csv",
        0,
        "utf-8",
        ("utf-8",),
        layout,
        ",",
        '"',
        None,
        None,
        (),
        lines,
        {},
        tuple(names),
        len(cells) + header,
        len(cells),
    )
    return RawTable(
        reading,
        engine,
        store,
        pd.DataFrame(columns=["source", "line", "reason", "text"]),
    )


# Real files: file, kind, {role: the column, or the columns that would do}; None among them: the
# role may be left out.

_RETAIL = {
    "customer": "CustomerID", "order": "InvoiceNo", "date": "InvoiceDate", "product": "Description",
    "product_code": "StockCode", "quantity": "Quantity", "unit_price": "UnitPrice",
    "country": "Country",
}  # fmt: skip
_SERIES = {"date": "date", "value": "value"}
REAL: list[tuple[str, str, dict]] = [
    ("online_retail/december_to_april.csv", "transactions", _RETAIL),
    ("online_retail/2011-05-01.csv", "transactions", _RETAIL),
    ("superstore/SampleSuperstore.csv.gz", "transactions", {"amount": "Sales",
        "quantity": "Quantity", "discount": "Discount", "category": "Category",
        "country": "Country"}),
    ("bike_sales_34k/Sales+data.csv", "transactions", {"date": "Date", "quantity": "Quantity",
        "unit_price": "Unit Price", "amount": "Revenue", "cost": "Cost",
        "category": "Product Category", "country": "Country"}),
    ("pizza_place/orders.csv", "transactions", {"order": "order_id", "date": "date"}),
    ("pizza_place/order_details.csv", "transactions", {"order": "order_id", "product": "pizza_id",
        "quantity": "quantity"}),
    ("pizza_place/pizzas.csv", "transactions", {"product": ["pizza_id", "pizza_type_id"],
        "product_code": ["pizza_id", "pizza_type_id", None], "unit_price": "price"}),
    ("pizza_place/pizza_types.csv", "transactions", {"product": "name",
        "product_code": "pizza_type_id", "category": "category"}),
    ("groceries_zh_utf8bom/GoodsOrder.utf8bom.csv", "transactions", {"order": "id",
        "product": "Goods"}),
    ("example_transactions_lifetimes/example_transactions.csv", "transactions", {"customer": "id",
        "date": "date"}),
    ("zh_catering_xls/catering_dish_profit.xls", "transactions", {"product": "菜品名",
        "product_code": "菜品ID", "amount": ["盈利", None]}),
    ("messy_agate/examples/realdata/ks_1033_data.csv", "transactions", {
        "date": "ship_date", "product": "item_name", "product_code": "nsn", "quantity": "quantity",
        "unit_price": "acquisition_cost", "amount": "total_cost",
        "category": ["federal_supply_category_name", "federal_supply_class_name"],
        "country": ["state", None], "cost": [None],
    }),
    ("pollock_sample/csv/source.csv", "transactions", {
        "date": "DATE", "quantity": "Qty", "product_code": "PRODUCTID", "unit_price": "Price",
        "product": ["ProductDescription", "ProductType"], "category": ["ProductType", None],
    }),
    ("telco_churn/Telco-Customer-Churn.csv", "customers", {"customer": "customerID",
        "churned": "Churn"}),
    ("bank_churn/Churn_Modelling.csv", "customers", {"customer": "CustomerId",
        "churned": "Exited"}),
    ("bank_churn/Churn_Modelling_m.csv", "customers", {"customer": "CustomerId",
        "churned": "Exited"}),
    ("credit_card_churners/BankChurners.csv", "customers", {"customer": "CLIENTNUM",
        "churned": "Attrition_Flag"}),
    ("mall_customers/Mall_Customers.csv", "customers", {"customer": "CustomerID"}),
    ("segmentation_cc_660/Credit Card Customer Data.csv", "customers",
        {"customer": "Customer Key"}),
    ("marketing_campaign/marketing_campaign.csv", "customers", {"customer": "ID",
        "outcome": "Response"}),
    ("marketing_campaign/marketing_campaign_full_comma.csv", "customers", {"customer": "ID",
        "outcome": "Response"}),
    ("cdnow/cdnow_customers_summary.csv", "customers", {"customer": "ID"}),
    ("cdnow/cdnow_customers_summary_with_transactions.csv", "customers", {"customer": "ID"}),
    ("zh_catering_xls/consumption_data.xls", "customers", {"customer": "Id"}),
    ("messy_csvkit/examples/foo1.csv", "customers", {"customer": "id"}),
    # one row is one person in a campaign, what is known of them and what came of it
    ("bank_marketing/bank.csv", "customers", {"outcome": "y"}),
    ("hillstrom/hillstrom_half.csv", "customers", {"arm": "segment",
        "outcome": ["visit", "conversion"]}),
    # a session on the shop's site and whether it ended in a purchase
    ("online_shoppers/online_shoppers_intention.csv", "customers", {"outcome": "Revenue"}),
    ("alexa_reviews/amazon_alexa.tsv", "feedback", {"text": "verified_reviews", "date": "date",
        "rating": "rating", "product": ["variation", None]}),
    ("zh_waimai_10k/waimai_10k.csv", "feedback", {"text": "review", "rating": ["label", None]}),
    ("airpassengers/AirPassengers.csv", "series", _SERIES),
    *((f"fpp_small_series/{name}.csv", "series", _SERIES) for name in ("a10", "a10_missings",
        "austa", "debitcards", "elecequip", "sunspotarea")),
    ("fpp_small_series/wineind.csv", "series", {"date": "date", "value": "winesales"}),
    ("fpp_small_series/Airline.csv", "series", {"date": "Date", "value": "Passengers"}),
    ("fpp_small_series/PBS_dataset.csv", "series", {"date": "Month", "value": "Scripts"}),
    ("fpp_small_series/ShampooSales.csv", "series", {"date": "Time", "value": "Sales"}),
    ("fpp_small_series/Uschange.csv", "series", {"date": "Quarter", "value": ["Consumption",
        "Income", "Production", "Savings", "Unemployment"]}),
    ("fpp_small_series/australian_capital_retail.csv", "series", {"date": "month", "value": "*"}),
    ("walmart_weekly/walmart.csv", "series", {"series": "Store", "date": "Date",
        "value": "Weekly_Sales"}),
    ("zh_catering_xls/catering_sale.xls", "series", {"date": "日期", "value": "销量"}),
    ("zh_catering_xls/sales.xls", "series", {"date": "日期", "value": "销量"}),
]  # fmt: skip
# without a header a column is known by its position
HEADERLESS: list[tuple[str, str, dict]] = [
    (
        "cdnow/CDNOW_sample.txt",
        "transactions",
        {"customer": [0, 1], "date": [2], "quantity": [3], "amount": [4]},
    ),
    (
        "zh_catering_xls/catering_fish_congee.xls",
        "series",
        {"date": [0], "value": [1]},
    ),
]
BASKETS = [
    "groceries/groceries.csv",
    "store_data_7501/store_data.csv",
    "fimi/T10I4D100K.dat",
]


def judged(
    roles: Roles, kind: str, wanted: dict, all_columns: tuple[str, ...]
) -> tuple[int, int, list[str], list[str]]:
    """(right, asked, faults, wrong with high confidence): the kind counts as a role.

    A role never asked for is wrong where it is proposed.
    """
    faults, bold = [], []
    right = asked = 1
    if roles.kind != kind:
        right = 0
        faults.append(f"kind {roles.kind}, not {kind}")
        if roles.confidence["kind"] >= 0.8:
            bold.append(faults[-1])
    for role, columns in wanted.items():
        options = (
            list(all_columns)
            if columns == "*"
            else [columns]
            if isinstance(columns, str)
            else [all_columns[one] if isinstance(one, int) else one for one in columns]
        )
        if None in options and roles.columns.get(role) is None:
            continue
        asked += 1
        if roles.columns.get(role) in options:
            right += 1
        else:
            faults.append(f"{role} {roles.columns.get(role)}, not {options}")
    for role, column in roles.columns.items():
        options = wanted.get(role, [])
        options = (
            list(all_columns)
            if options == "*"
            else [options]
            if isinstance(options, str)
            else [all_columns[one] if isinstance(one, int) else one for one in options]
        )
        if column not in options:
            faults.append(f"{role} {column} ({roles.confidence[role]}) is wrong")
            if roles.confidence[role] >= 0.8:
                bold.append(faults[-1])
    return right, asked, faults, bold


def guessed(path: Path) -> tuple[tuple[str, ...], Roles]:
    """The columns of a file and their roles."""
    raw = read_table(path)
    try:
        return raw.reading.columns, guess_roles(raw)
    finally:
        raw.engine.close()


@pytest.mark.slow
def test_the_roles_of_real_files(real_data: Path) -> None:
    right = asked = 0
    faults, bold = [], []
    for path, kind, wanted in REAL + HEADERLESS:
        columns, roles = guessed(real_data / path)
        r, a, f, b = judged(roles, kind, wanted, columns)
        right, asked = right + r, asked + a
        faults += [f"{path}: {one}" for one in f]
        bold += [f"{path}: {one}" for one in b]
    assert not bold
    assert right / asked >= 0.95, "\n".join(faults)


@pytest.mark.parametrize("path", [path for path, _, _ in HEADERLESS])
def test_without_a_header_no_role_is_sure(real_data: Path, path: Path) -> None:
    _, roles = guessed(real_data / path)
    assert all(
        share < 0.8 for role, share in roles.confidence.items() if role != "kind"
    )


@pytest.mark.slow
@pytest.mark.parametrize("path", BASKETS)
def test_baskets_are_orders_and_products(real_data: Path, path: Path) -> None:
    raw = read_table(real_data / path)
    roles = guess_roles(raw)
    assert roles.kind == "transactions"
    assert dict(roles.columns) == {
        "order": raw.reading.columns[0],
        "product": raw.reading.columns[1],
    }
    raw.engine.close()


@pytest.mark.slow
@pytest.mark.parametrize("every", [4, pytest.param(1, marks=pytest.mark.slow)])
def test_headers_of_shops_tills_and_crms(engine: Engine, every: int) -> None:
    right = asked = 0
    faults, bold = [], []
    for name, kind, frame, expected, allowed in header_sets()[::every]:
        wanted: dict = {
            role: [*sorted(columns), None] for role, columns in allowed.items()
        }
        wanted |= {
            role: sorted(columns | allowed[role]) for role, columns in expected.items()
        }
        r, a, f, b = judged(
            guess_roles(raw_from(engine, frame)),
            kind,
            wanted,
            tuple(frame.columns),
        )
        right, asked = right + r, asked + a
        faults += [f"{name}: {one}" for one in f]
        bold += [f"{name}: {one}" for one in b]
    assert len(header_sets()) >= 50
    assert not bold
    assert right / asked >= 0.95, "\n".join(faults)


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


def test_lines_decide_between_price_and_amount(engine: Engine) -> None:
    """“Price” that is quantity × “Amount” is the line's money, whatever the two are called."""
    frame = pd.DataFrame(
        {
            "order": [str(one // 2) for one in range(40)],
            "item": ["tea", "cup", "pot", "tin"] * 10,
            "qty": [2, 3, 5, 4] * 10,
            "amount": ["1.50", "2.25", "3.10", "4.05"] * 10,
        }
    )
    frame["price"] = (frame["qty"] * frame["amount"].astype(float)).map("{:.2f}".format)
    roles = guess_roles(raw_from(engine, frame))
    assert (roles.columns["unit_price"], roles.columns["amount"]) == (
        "amount",
        "price",
    )


def test_an_id_is_a_customer_over_days_and_an_order_within_one(
    engine: Engine,
) -> None:
    days = [f"2024-02-{1 + one % 25:02d}" for one in range(100)]
    roles = guess_roles(
        raw_from(
            engine,
            pd.DataFrame(
                {
                    "id": [str(7 * (one % 20)) for one in range(100)],
                    "date": days,
                }
            ),
        )
    )
    assert roles.columns == {"customer": "id", "date": "date"}
    goods = pd.DataFrame(
        {
            "id": [str(one // 3) for one in range(99)],
            "goods": ["tea", "cup", "pot"] * 33,
        }
    )
    assert guess_roles(raw_from(engine, goods)).columns == {
        "order": "id",
        "product": "goods",
    }


@pytest.mark.parametrize("rows", [0, 1, 3])
def test_a_table_of_few_rows(engine: Engine, rows: int) -> None:
    frame = pd.DataFrame(
        {
            "客户编号": ["C1", "C2", "C3"],
            "订单日期": ["2024-01-05", "2024-01-06", "2024-02-01"],
            "金额": ["10.5", "20", "7"],
        }
    ).head(rows)
    roles = guess_roles(raw_from(engine, frame))
    assert roles.columns == {
        "customer": "客户编号",
        "date": "订单日期",
        "amount": "金额",
    }


def test_a_table_of_nothing_known(engine: Engine) -> None:
    roles = guess_roles(
        raw_from(engine, pd.DataFrame({"foo": ["x", "y"], "": ["", ""]}))
    )
    assert not roles.columns
    assert roles.confidence["kind"] <= 0.2
    assert {roles.kind, *roles.kinds} == set(KINDS)


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
    "written", [written for written, _ in DATES], ids=lambda written: written[0]
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


def test_a_person_changes_a_role() -> None:
    roles = Roles(
        "transactions",
        {"customer": "a", "order": "b"},
        {"kind": 0.9, "customer": 0.9, "order": 0.4},
        ("customers",),
    )
    changed = with_role(roles, "order", "a")
    assert changed.columns == {"order": "a"}
    assert changed.confidence == {"kind": 0.9, "order": 1.0}
    assert with_role(changed, "order", None).columns == {}
    assert roles.columns == {"customer": "a", "order": "b"}
    with pytest.raises(ValueError, match="rating"):
        with_role(roles, "rating", "a")


def test_a_person_changes_the_kind(engine: Engine) -> None:
    frame = pd.DataFrame(
        {
            "Customer": [f"c{one % 9}" for one in range(40)],
            "Day": [f"2024-01-{1 + one % 28:02d}" for one in range(40)],
            "Sales": [str(one * 1.5) for one in range(40)],
            "Via": ["web", "shop"] * 20,
        }
    )
    raw = raw_from(engine, frame)
    roles = with_role(guess_roles(raw), "customer", "Via")
    series = with_kind(roles, raw, "series")
    assert series.kind == "series"
    assert series.confidence["kind"] == 1.0
    assert (series.columns["date"], series.columns["value"]) == ("Day", "Sales")
    assert "transactions" in series.kinds
    assert "series" not in series.kinds
    back = with_kind(with_role(series, "series", "Customer"), raw, "transactions")
    assert back.columns["amount"] == "Sales"
    assert (
        with_kind(roles, raw, "contacts").columns["customer"] == "Via"
    )  # what the person said stays


def test_roles_are_saved_and_found_again(engine: Engine) -> None:
    roles = guess_roles(
        raw_from(
            engine,
            pd.DataFrame(
                {
                    "客户编号": ["1", "2"],
                    "日期": ["2024-01-01", "2024-01-02"],
                    "金额": ["1", "2"],
                }
            ),
        )
    )
    again = Roles.from_dict(json.loads(json.dumps(roles.to_dict(), ensure_ascii=False)))
    assert again == roles
    older = roles.to_dict()
    older["columns"]["spaceship"] = "日期2"
    assert Roles.from_dict(older).columns == roles.columns


def test_roles_fit_a_file_with_the_same_columns(engine: Engine) -> None:
    roles = Roles("customers", {"customer": "ID"})
    assert matches(roles, raw_from(engine, pd.DataFrame({"age": ["1"], "ID": ["7"]})))
    assert not matches(
        roles, raw_from(engine, pd.DataFrame({"age": ["1"], "Id no": ["7"]}))
    )


def test_sample_values_are_different_and_in_file_order(engine: Engine) -> None:
    raw = raw_from(
        engine,
        pd.DataFrame({"x": ["b", "", "a", "b", " ", "c", "d", "e", "f"]}),
    )
    assert samples(raw, "x") == ["b", "a", "c", "d", "e"]
    assert samples(raw, "x", 2) == ["b", "a"]


def test_a_long_file_is_looked_at_all_over(engine: Engine) -> None:
    """An id that starts to repeat only after the first rows is not one row a customer."""
    ids = [str(one) for one in range(6000)] + [str(one % 500) for one in range(20_000)]
    roles = guess_roles(
        raw_from(
            engine,
            pd.DataFrame(
                {
                    "Customer ID": ids,
                    "Date": ["2024-03-01", "2024-03-02"] * 13_000,
                    "Amount": ["1.5", "2.5"] * 13_000,
                }
            ),
        )
    )
    assert roles.kind == "transactions"
    assert roles.columns == {
        "customer": "Customer ID",
        "date": "Date",
        "amount": "Amount",
    }


def test_reading_options_are_not_needed_for_roles() -> None:
    raw = read_table(
        b"kunde;datum;betrag\nA1;01.02.2024;3,50\nA2;02.02.2024;4,50\nA1;05.02.2024;1,25\n",
        ReadOptions(),
        name="x.csv",
    )
    assert guess_roles(raw).columns == {
        "customer": "kunde",
        "date": "datum",
        "amount": "betrag",
    }
    raw.engine.close()


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


def sold(price_of_line: bool) -> pd.DataFrame:
    rows = [
        (
            str(one // 3),
            f"K{one % 7}",
            f"2024-03-{1 + one % 28:02d}",
            one % 5,
            1 + one * 7 % 4,
        )
        for one in range(90)
    ]
    price = [2.35, 4.1, 11.99, 0.85, 7.45]
    money = [
        f"{price[goods] * (many if price_of_line else 1):.2f}"
        for *_, goods, many in rows
    ]
    names = ["tea", "cup", "pot", "tin", "jar"]
    frame = pd.DataFrame(
        [
            (order, who, day, names[goods], str(many))
            for order, who, day, goods, many in rows
        ],
        columns=["Order ID", "Customer ID", "Date", "Product", "Quantity"],
    )
    return frame.assign(money=money)


@pytest.mark.parametrize("name", ["item-price", "Amount", "Price", "Sales"])
def test_goods_sold_in_several_quantities_tell_a_price_from_an_amount(
    engine: Engine, name: str
) -> None:
    """Amazon's item-price is the line's money; a price stays what it is however many are bought."""
    for line in (True, False):
        roles = guess_roles(
            raw_from(engine, sold(line).rename(columns={"money": name}))
        )
        role, other = ("amount", "unit_price") if line else ("unit_price", "amount")
        assert roles.columns.get(role) == name and other not in roles.columns


def test_what_an_item_costs_is_its_price_where_the_orders_add_up(
    engine: Engine,
) -> None:
    """WooCommerce's Item Cost is what the buyer pays; a cost beside no such sum stays a cost."""
    frame = sold(False).rename(columns={"money": "Item Cost"})
    goods = frame["Quantity"].astype(int) * frame["Item Cost"].astype(float)
    frame["Order Subtotal"] = (
        goods.groupby(frame["Order ID"]).transform("sum").map("{:.2f}".format)
    )
    roles = guess_roles(raw_from(engine, frame))
    assert roles.columns["unit_price"] == "Item Cost" and "cost" not in roles.columns
    frame["Order Subtotal"] = (
        goods.groupby(frame["Order ID"]).transform("sum") * 1.7
    ).map("{:.2f}".format)
    assert guess_roles(raw_from(engine, frame)).columns["cost"] == "Item Cost"


def test_tickets_of_a_help_desk_are_contacts_and_of_a_coach_are_orders(
    engine: Engine,
) -> None:
    days = [f"2024-02-{1 + one % 25:02d} 10:{one % 60:02d}:00" for one in range(60)]
    desk = pd.DataFrame(
        {
            "Ticket ID": [str(9000 + one) for one in range(60)],
            "Created at": days,
            "Requester ID": [str(one % 17) for one in range(60)],
            "Subject": [f"Late parcel {one}" for one in range(60)],
            "Description": [
                f"My parcel number {one} has not arrived and I am waiting"
                for one in range(60)
            ],
            "Status": ["Solved", "Open"] * 30,
            "Channel": ["Email", "Chat", "Phone"] * 20,
            "Satisfaction Score": ["good", "bad", "unoffered"] * 20,
        }
    )
    roles = guess_roles(raw_from(engine, desk))
    assert (
        roles.kind in ("contacts", "feedback")
        and "Satisfaction Score" not in roles.columns.values()
    )
    coach = pd.DataFrame(
        {
            "Ticket No": [str(9000 + one) for one in range(60)],
            "Date": days,
            "Passenger ID": [str(one % 17) for one in range(60)],
            "Route": ["York", "Leeds", "Hull"] * 20,
            "Fare amount": [f"{10 + one % 7}.50" for one in range(60)],
        }
    )
    assert guess_roles(raw_from(engine, coach)).kind == "transactions"


@pytest.fixture
def vessel(monkeypatch: pytest.MonkeyPatch) -> Iterator[Role]:
    """A role from the outside: one entry, and its texts in each language."""
    role = Role(
        name="vessel",
        type="category",
        kinds={"customers": 3},
        gate=gates.as_category,
        names=named("name number", {100: "vessel vessel+name"}),
    )
    texts = {
        "roles.vessel": {"en": "vessel", "zh": "船舶"},
        "roles.words.vessel": {"en": "vessel ship schiff", "zh": "船舶 船"},
        "roles.example.customers.vessel": {
            "en": "Ark | Beagle | Ark",
            "zh": "福船 | 沙船 | 福船",
        },
    }
    monkeypatch.setitem(ROLES, role.name, role)
    for key, by_language in texts.items():
        monkeypatch.setitem(cast(dict, phrases_of("roles")), key, by_language)
    vocabulary.cache_clear()
    concepts.cache_clear()
    yield role
    vocabulary.cache_clear()
    concepts.cache_clear()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_role_added_as_one_entry_is_in_the_template_guessed_and_cleaned(
    vessel: Role, language: str
) -> None:
    raw = read_table(template("customers", language), name="customers.csv")
    roles = guess_roles(raw)
    column = vessel.label(language).capitalize()
    assert column in raw.reading.columns
    assert roles.columns["vessel"] == column
    cleaned = clean(raw, roles)
    types = cleaned.types.set_index("column")["type"]
    assert types["vessel"] == "category"
    assert cleaned.table["vessel"].tolist() == vessel.example("customers", language)
    raw.engine.close()


def test_a_role_added_as_one_entry_is_known_by_its_words(
    vessel: Role, engine: Engine
) -> None:
    ships = pd.DataFrame({"Kunde": ["A", "B", "C"], "Schiff": ["Ark", "Beagle", "Ark"]})
    roles = with_kind(
        guess_roles(raw_from(engine, ships)),
        raw_from(engine, ships),
        "customers",
    )
    assert roles.columns == {"customer": "Kunde", "vessel": "Schiff"}


def test_a_language_adds_its_words_for_a_role_as_data(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    words = {**phrases_of("roles")["roles.words.quantity"], "eo": "kvanto"}
    monkeypatch.setitem(cast(dict, phrases_of("roles")), "roles.words.quantity", words)
    monkeypatch.setattr(
        "crm_analysis.tables.roles.words.languages", lambda: ("en", "zh", "eo")
    )
    vocabulary.cache_clear()
    concepts.cache_clear()
    try:
        assert name_score("quantity", "Kvanto") == 1.0
    finally:
        vocabulary.cache_clear()
        concepts.cache_clear()


@pytest.mark.parametrize("table", [pd.DataFrame({"id": ["1"]}), "orders.csv", None])
def test_roles_are_guessed_of_what_read_table_gives(table: object) -> None:
    with pytest.raises(
        TypeError, match="guess_roles takes a table as read_table gives it"
    ):
        guess_roles(table)
