"""Seeded makers of sample data.

A small shop for tea, coffee and kitchen, in an English and a Chinese edition.

The files in data/ are written by `python -m crm_analysis.tables.samples`; what is planted in them
is told by `planted`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from crm_analysis.tables.samples.catalogue import (
    BUNDLES,
    CATEGORIES,
    COUNTRIES,
    FIRST_NAMES,
    LAST_NAMES,
    POSTAGE,
    PRODUCTS,
    WORDS,
)
from crm_analysis.tables.samples.comments import COMPLAINT, make_comments, write_comments
from crm_analysis.tables.samples.contacts import make_contacts
from crm_analysis.tables.samples.orders import add_dirt, make_orders
from crm_analysis.tables.samples.people import DAYS, START, make_people

__all__ = ["FILES", "planted", "sample_shop", "write_samples"]

Edition = Literal["en", "zh"]

FILES: dict[Edition, dict[str, str]] = {
    "en": {
        "orders": "orders.csv",
        "customers": "customers.csv",
        "contacts": "contacts.csv",
        "comments": "comments.csv",
    },
    "zh": {
        "orders": "订单.csv",
        "customers": "客户.csv",
        "contacts": "联系记录.csv",
        "comments": "评论.csv",
    },
}
_HEADERS_ZH = {
    "Order No": "订单号",
    "Order Date": "下单日期",
    "Customer ID": "客户编号",
    "SKU": "货号",
    "Product": "商品名称",
    "Category": "类别",
    "Quantity": "数量",
    "Unit Price": "单价",
    "Country": "国家",
    "Channel": "渠道",
    "Name": "姓名",
    "Email": "邮箱",
    "Gender": "性别",
    "Age": "年龄",
    "Plan": "会员等级",
    "Contract": "合约",
    "Payment": "支付方式",
    "Newsletter": "订阅通讯",
    "App User": "使用手机应用",
    "Support Calls": "客服来电次数",
    "Late Deliveries": "延迟配送次数",
    "Satisfaction": "满意度",
    "Tenure Months": "入会月数",
    "Total Spend": "累计消费",
    "Churned": "是否流失",
    "Date": "日期",
    "Campaign": "活动",
    "Responded": "是否响应",
    "Cost": "成本",
    "Rating": "评分",
    "Comment": "评论内容",
}
_CUSTOMERS, _COMMENTS = 1500, 900
_YUAN = 7.2


class _Shop(NamedTuple):
    people: pd.DataFrame
    orders: pd.DataFrame
    contacts: pd.DataFrame
    comments: pd.DataFrame
    truth: dict[str, Any]
    seed: int


def sample_shop(
    seed: int = 0, language: Edition = "en", *, customers: int = _CUSTOMERS
) -> dict[str, pd.DataFrame]:
    """The shop's four files as tables, under the column names of the edition.

    Table out: "orders" (a row per order line: order, date, customer, SKU, product, category,
    quantity, unit price, country, channel; returns are orders whose number begins with C; guests
    have no customer), "customers" (attributes, total spend as in the orders, churned), "contacts"
    (messages and calls of twelve campaigns), "comments" (text with rating). Dates are ISO text,
    money is in pounds (English) or yuan (Chinese). The same seed gives the same shop; the editions
    tell the same events.

    >>> shop = sample_shop(customers=200)
    >>> {name: len(table) > 100 for name, table in shop.items()}
    {'orders': True, 'customers': True, 'contacts': True, 'comments': True}
    >>> list(shop["orders"])[:5]
    ['Order No', 'Order Date', 'Customer ID', 'SKU', 'Product']
    """
    shop = _make(seed, customers)
    tables = {
        "orders": _orders(shop, language),
        "customers": _customers(shop, language),
        "contacts": _contacts(shop, language),
        "comments": _comments(shop, language),
    }
    return (
        tables
        if language == "en"
        else {name: table.rename(columns=_HEADERS_ZH) for name, table in tables.items()}
    )


def planted(
    seed: int = 0, language: Edition = "en", *, customers: int = _CUSTOMERS
) -> dict[str, Any]:
    """The truth behind the shop of that seed, for tests and demonstrations.

    `segments` {customer: segment}; `churners` {customer: last day, ISO}: repeat customers (three
    orders or more, never one-off) who left at least 90 days before the end; `bundles` a list of
    tuples of product names bought together; `duplicates` lines that stand twice; `outlier` the
    order with the absurd quantity; `complaint` the aspect, and the days between which comments
    complain of it.
    """
    shop = _make(seed, customers)
    name = _names(language)
    return {
        "segments": dict(zip(shop.people["customer"], shop.people["segment"], strict=True)),
        "churners": shop.truth["churners"],
        "bundles": [tuple(name[sku] for sku in bundle) for bundle in BUNDLES],
        "duplicates": shop.truth["duplicates"],
        "outlier": shop.truth["outlier"],
        "complaint": ("delivery", *COMPLAINT),
    }


def write_samples(folder: str | Path, seed: int = 0) -> list[Path]:
    """Write both editions into `folder`.

    English as UTF-8, Chinese as Excel in China wants it (with BOM and CRLF). Gives the paths.
    """
    paths = []
    for language, names in FILES.items():
        for key, table in sample_shop(seed, language).items():
            paths.append(Path(folder) / names[key])
            encoding, newline = ("utf-8", "\n") if language == "en" else ("utf-8-sig", "\r\n")
            table.to_csv(paths[-1], index=False, encoding=encoding, lineterminator=newline)
    return paths


def _make(seed: int, count: int) -> _Shop:
    """Each part draws from a stream of its own.

    So that a change to one leaves the others as they were.
    """
    streams = [np.random.default_rng([seed, part]) for part in range(5)]
    people = make_people(count, streams[0])
    orders = make_orders(people, streams[1])
    contacts = make_contacts(people, streams[2])
    comments = make_comments(people, orders, max(1, _COMMENTS * count // _CUSTOMERS), streams[3])
    bought = orders[(orders["who"] >= 0) & ~orders["returned"]]
    visits = bought.groupby("who")["visit"].nunique().reindex(range(count), fill_value=0)
    gone = people[
        (people["segment"] != "one-off")
        & people["churned"]
        & (people["left"] <= DAYS - 90)
        & (visits.to_numpy() >= 3)
    ]
    orders, truth = add_dirt(orders, streams[4])
    truth["churners"] = dict(zip(gone["customer"], _iso(gone["left"]), strict=True))
    return _Shop(
        people[people.index.isin(bought["who"])],
        orders,
        contacts[contacts["who"].isin(bought["who"])],
        comments,
        truth,
        seed,
    )


def _orders(shop: _Shop, language: Edition) -> pd.DataFrame:
    table, people = shop.orders, shop.people
    articles = pd.DataFrame([*PRODUCTS, POSTAGE])
    row = articles.iloc[table["place"].to_numpy()]
    name = row[language].reset_index(drop=True)
    name = name.mask(table["spaces"] == "after", name + " ").mask(
        table["spaces"] == "before", " " + name
    )
    category = row["category"] if language == "en" else row["category"].map({**CATEGORIES, "": ""})
    return pd.DataFrame(
        {
            "Order No": table["order"],
            "Order Date": _iso(table["day"]),
            "Customer ID": table["who"].map(people["customer"]).fillna(""),
            "SKU": row["sku"].to_numpy(),
            "Product": name,
            "Category": category.to_numpy(),
            "Quantity": table["quantity"],
            "Unit Price": _money(table["price"], language),
            "Country": np.array(COUNTRIES[language])[table["person_country"]],
            "Channel": _words(table["channel"], language),
        }
    )


def _customers(shop: _Shop, language: Edition) -> pd.DataFrame:
    """Attributes as the shop knows them.

    Some satisfaction never asked, some ages missing, one impossible.
    """
    people = shop.people
    rng = np.random.default_rng([shop.seed, 10])
    first, last = (rng.integers(0, 10_000, len(people)) for _ in range(2))
    given = [
        _pick(FIRST_NAMES[gender][language == "zh"], number)
        for gender, number in zip(people["gender"], first, strict=True)
    ]
    family = [_pick(LAST_NAMES[language == "zh"], number) for number in last]
    age = people["age"].astype("Float64").mask(rng.random(len(people)) < 0.02)
    age.iloc[int(rng.integers(len(people)))] = 132
    satisfaction = people["satisfaction"].astype("Int64").mask(rng.random(len(people)) < 0.08)
    lines = shop.orders[~shop.orders.drop(columns="spaces").duplicated()]
    spend = (
        (lines["quantity"] * _money(lines["price"], language)).groupby(lines["who"]).sum().round(2)
    )
    return pd.DataFrame(
        {
            "Customer ID": people["customer"],
            "Name": [
                one + two if language == "zh" else f"{two} {one}"
                for one, two in zip(family, given, strict=True)
            ],
            "Email": people["customer"].str.lower() + "@example.com",
            "Gender": _words(people["gender"], language),
            "Age": age.astype("Int64"),
            "Country": np.array(COUNTRIES[language])[people["country"]],
            "Plan": _words(people["plan"], language),
            "Contract": _words(people["contract"], language),
            "Payment": _words(people["payment"], language),
            "Newsletter": _yes(people["newsletter"], language),
            "App User": _yes(people["app_user"], language),
            "Support Calls": people["support_calls"],
            "Late Deliveries": people["late_deliveries"],
            "Satisfaction": satisfaction,
            "Tenure Months": people["tenure"],
            "Total Spend": spend.reindex(people.index),
            "Churned": _yes(people["churned"], language),
        }
    ).reset_index(drop=True)


def _contacts(shop: _Shop, language: Edition) -> pd.DataFrame:
    table = shop.contacts
    return pd.DataFrame(
        {
            "Customer ID": table["who"].map(shop.people["customer"]),
            "Date": _iso(table["day"]),
            "Channel": _words(table["channel"], language),
            "Campaign": _words(table["campaign"], language),
            "Responded": _yes(table["responded"], language),
            "Cost": table["cost"] if language == "en" else (table["cost"] * _YUAN).round(2),
            "Satisfaction": table["satisfaction"].astype("Int64"),
        }
    ).reset_index(drop=True)


def _comments(shop: _Shop, language: Edition) -> pd.DataFrame:
    table = shop.comments
    return pd.DataFrame(
        {
            "Date": _iso(table["day"]),
            "Customer ID": table["who"].map(shop.people["customer"]).fillna(""),
            "Channel": _words(table["channel"], language),
            "Product": [
                PRODUCTS[place].zh if language == "zh" else PRODUCTS[place].en
                for place in table["place"]
            ],
            "Rating": table["rating"],
            "Comment": write_comments(
                table, language, np.random.default_rng([shop.seed, 20, language == "zh"])
            ),
        }
    )


def _names(language: Edition) -> dict[str, str]:
    return {product.sku: product.zh if language == "zh" else product.en for product in PRODUCTS}


def _pick(names: tuple[str, ...], number: int) -> str:
    return names[number % len(names)]


def _words(column: pd.Series, language: Edition) -> pd.Series:
    return column if language == "en" else column.map(WORDS)


def _yes(column: pd.Series, language: Edition) -> pd.Series:
    return _words(column.map({True: "Yes", False: "No"}), language)


def _money(price: pd.Series, language: Edition) -> pd.Series:
    """Prices in pounds to the penny, in yuan to the tenth, as they stand on a label."""
    return price.round(2) if language == "en" else (price * _YUAN).round(1)


def _iso(day: pd.Series) -> list[str]:
    return (START + day.to_numpy().astype("timedelta64[D]")).astype(str).tolist()
