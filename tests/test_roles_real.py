"""The roles of real files, and of the headers of shops, tills and CRMs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from crm_analysis.engine import Engine
from crm_analysis.tables.reading import read_table
from crm_analysis.tables.roles import guess_roles
from tests.guessed_roles import guessed, judged, raw_from
from tests.role_headers import header_sets


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    made = Engine()
    yield made
    made.close()


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
def test_headers_of_shops_tills_and_crms(engine: Engine) -> None:
    right = asked = 0
    faults, bold = [], []
    for name, kind, frame, expected, allowed in header_sets():
        wanted: dict = {
            role: [*sorted(columns), None] for role, columns in allowed.items()
        }
        wanted |= {
            role: sorted(columns | allowed[role])
            for role, columns in expected.items()
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
