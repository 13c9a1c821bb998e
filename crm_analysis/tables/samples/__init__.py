"""Seeded makers of sample data: a small shop for tea, coffee and kitchen, an edition a language.

The files in data/ are written by `python -m crm_analysis.tables.samples`; what is planted in them
is told by `planted`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from crm_analysis.tables.samples.catalogue import BUNDLES, POSTAGE, PRODUCTS
from crm_analysis.tables.samples.comments import (
    COMPLAINT,
    make_comments,
    write_comments,
)
from crm_analysis.tables.samples.contacts import make_contacts
from crm_analysis.tables.samples.editions import EDITIONS, Edition, edition_in
from crm_analysis.tables.samples.orders import add_dirt, make_orders
from crm_analysis.tables.samples.people import DAYS, START, make_people
from crm_analysis.tables.samples.trials import planted_trial
from crm_analysis.wording import DEFAULT, Language

__all__ = ["FILES", "planted", "sample_shop", "write_samples"]

FILES = {language: edition.files for language, edition in EDITIONS.items()}
_CUSTOMERS, _COMMENTS = 1500, 900


class _Shop(NamedTuple):
    people: pd.DataFrame
    orders: pd.DataFrame
    contacts: pd.DataFrame
    comments: pd.DataFrame
    truth: dict[str, Any]
    seed: int


def sample_shop(
    seed: int = 0, language: Language = DEFAULT, *, customers: int = _CUSTOMERS
) -> dict[str, pd.DataFrame]:
    """The shop's four files as tables, under the column names of the edition.

    The same seed gives the same shop; the editions tell the same events. Dates are ISO text, money
    is in pounds (English) or yuan (Chinese).

    Parameters
    ----------
    seed
        Which shop.
    language
        Which edition; the English one where a language has none.
    customers
        How many there are to begin with; who never bought is left out.

    Returns
    -------
    dict
        - orders : a row per order line: order, date, customer, SKU, product, category, quantity,
          unit price, country, channel; returns are orders whose number begins with C; guests have
          no customer
        - customers : attributes, total spend as in the orders, churned
        - contacts : messages and calls of twelve campaigns
        - comments : text with rating

    Examples
    --------
    >>> shop = sample_shop(customers=200)
    >>> {name: len(table) > 100 for name, table in shop.items()}
    {'orders': True, 'customers': True, 'contacts': True, 'comments': True}
    >>> list(shop["orders"])[:5]
    ['Order No', 'Order Date', 'Customer ID', 'SKU', 'Product']
    """
    shop, edition = _make(seed, customers), edition_in(language)
    makers = {
        "orders": _orders,
        "customers": _customers,
        "contacts": _contacts,
        "comments": _comments,
    }
    tables = {name: make(shop, edition) for name, make in makers.items()}
    return {
        name: table.rename(columns=edition.headers)
        for name, table in tables.items()
    }


def planted(
    seed: int = 0, language: Language = DEFAULT, *, customers: int = _CUSTOMERS
) -> dict[str, Any]:
    """The truth behind the shop of that seed, for tests and demonstrations.

    Returns
    -------
    dict
        - segments : {customer: segment}
        - churners : {customer: last day, ISO}: repeat customers (three orders or more, never
          one-off) who left at least 90 days before the end
        - bundles : tuples of the names of products bought together
        - duplicates : how many lines stand twice
        - outlier : the order with the absurd quantity
        - complaint : the aspect, and the days between which comments complain of it
        - topics : for each comment, in their order, the aspects it speaks of and whether it
          praises them
        - subjects : for each comment what it is about: its first aspect, of what is eaten "taste"
          for the quality
        - leaving : the aspect of which those about to leave complain
        - trial : the campaign that was a test, by how much more those contacted buy by whether
          they take the newsletter, in the other campaigns with a hold-out, and the best hour
    """
    shop, edition = _make(seed, customers), edition_in(language)
    names = {product.sku: product.name(edition.language) for product in PRODUCTS}
    return {
        "segments": dict(
            zip(shop.people["customer"], shop.people["segment"], strict=True)
        ),
        "churners": shop.truth["churners"],
        "bundles": [tuple(names[sku] for sku in bundle) for bundle in BUNDLES],
        "duplicates": shop.truth["duplicates"],
        "outlier": shop.truth["outlier"],
        "complaint": ("delivery", *COMPLAINT),
        "topics": shop.comments["aspects"].tolist(),
        "subjects": shop.comments["topic"].tolist(),
        "leaving": "delivery",
        "trial": planted_trial(),
    }


def write_samples(folder: str | Path, seed: int = 0) -> list[Path]:
    """Write every edition into `folder`, each as files are usual where it is read; the paths."""
    paths = []
    for language, edition in EDITIONS.items():
        for key, table in sample_shop(seed, language).items():
            paths.append(Path(folder) / edition.files[key])
            table.to_csv(
                paths[-1],
                index=False,
                encoding=edition.encoding,
                lineterminator=edition.line_end,
            )
    return paths


def _make(seed: int, count: int) -> _Shop:
    """Each part draws from a stream of its own.

    So that a change to one leaves the others as they were.
    """
    streams = [np.random.default_rng([seed, part]) for part in range(6)]
    people = make_people(count, streams[0])
    orders = make_orders(people, streams[1])
    contacts = make_contacts(people, orders, streams[2], streams[5])
    comments = make_comments(
        people, orders, max(1, _COMMENTS * count // _CUSTOMERS), streams[3]
    )
    bought = orders[(orders["who"] >= 0) & ~orders["returned"]]
    visits = (
        bought.groupby("who")["visit"].nunique().reindex(range(count), fill_value=0)
    )
    churned = people[
        (people["segment"] != "one-off")
        & people["churned"]
        & (people["left_on"] <= DAYS - 90)
        & (visits.to_numpy() >= 3)
    ]
    orders, truth = add_dirt(orders, streams[4])
    truth["churners"] = dict(
        zip(churned["customer"], _iso(churned["left_on"]), strict=True)
    )
    return _Shop(
        people[people.index.isin(bought["who"])],
        orders,
        contacts[contacts["who"].isin(bought["who"])].reset_index(drop=True),
        comments,
        truth,
        seed,
    )


def _orders(shop: _Shop, edition: Edition) -> pd.DataFrame:
    table, people = shop.orders, shop.people
    articles = pd.DataFrame([*PRODUCTS, POSTAGE]).iloc[table["article"].to_numpy()]
    name = articles[edition.language].reset_index(drop=True)
    name = name.mask(table["spaces"] == "after", name + " ")
    name = name.mask(table["spaces"] == "before", " " + name)
    return pd.DataFrame(
        {
            "Order No": table["order"],
            "Order Date": _iso(table["day"]),
            "Customer ID": table["who"].map(people["customer"]).fillna(""),
            "SKU": articles["sku"].to_numpy(),
            "Product": name,
            "Category": edition.translate(articles["category"]).to_numpy(),
            "Quantity": table["quantity"],
            "Unit Price": edition.price(table["price"]),
            "Country": np.array(edition.countries)[table["person_country"]],
            "Channel": edition.translate(table["channel"]),
        }
    )


def _customers(shop: _Shop, edition: Edition) -> pd.DataFrame:
    """Attributes as the shop knows them.

    Some satisfaction was never asked, some ages are missing, one is impossible.
    """
    people = shop.people
    rng = np.random.default_rng([shop.seed, 10])
    given, family = (rng.integers(0, 10_000, len(people)) for _ in range(2))
    names = zip(people["gender"], given, family, strict=True)
    age = people["age"].astype("Float64").mask(rng.random(len(people)) < 0.02)
    age.iloc[int(rng.integers(len(people)))] = 132
    satisfaction = (
        people["satisfaction"].astype("Int64").mask(rng.random(len(people)) < 0.08)
    )
    lines = shop.orders[~shop.orders.drop(columns="spaces").duplicated()]
    money = lines["quantity"] * edition.price(lines["price"])
    spend = money.groupby(lines["who"]).sum().round(2)
    return pd.DataFrame(
        {
            "Customer ID": people["customer"],
            "Name": [edition.name(*drawn) for drawn in names],
            "Email": people["customer"].str.lower() + "@example.com",
            "Gender": edition.translate(people["gender"]),
            "Age": age.astype("Int64"),
            "Country": np.array(edition.countries)[people["country"]],
            "Plan": edition.translate(people["plan"]),
            "Contract": edition.translate(people["contract"]),
            "Payment": edition.translate(people["payment"]),
            "Newsletter": edition.yes(people["newsletter"]),
            "App User": edition.yes(people["app_user"]),
            "Support Calls": people["support_calls"],
            "Late Deliveries": people["late_deliveries"],
            "Satisfaction": satisfaction,
            "Tenure Months": people["tenure"],
            "Total Spend": spend.reindex(people.index),
            "Churned": edition.yes(people["churned"]),
        }
    ).reset_index(drop=True)


def _contacts(shop: _Shop, edition: Edition) -> pd.DataFrame:
    table = shop.contacts
    hour = pd.Series([f" {hour:02d}:00" for hour in table["hour"]])
    return pd.DataFrame(
        {
            "Customer ID": table["who"].map(shop.people["customer"]),
            "Date": pd.Series(_iso(table["day"])) + hour,
            "Channel": edition.translate(table["channel"]),
            "Campaign": edition.translate(table["campaign"]),
            "Arm": edition.translate(table["arm"]),
            "Responded": edition.yes(table["responded"]),
            "Unsubscribed": edition.yes(table["unsubscribed"]),
            "Cost": (table["cost"] * edition.pounds).round(2),
            "Satisfaction": table["satisfaction"].astype("Int64"),
        }
    )


def _comments(shop: _Shop, edition: Edition) -> pd.DataFrame:
    table = shop.comments
    rng = np.random.default_rng([shop.seed, 20, edition.stream])
    return pd.DataFrame(
        {
            "Date": _iso(table["day"]),
            "Customer ID": table["who"].map(shop.people["customer"]).fillna(""),
            "Channel": edition.translate(table["channel"]),
            "Product": [
                PRODUCTS[article].name(edition.language)
                for article in table["article"]
            ],
            "Rating": table["rating"],
            "Recommend (0-10)": table["recommend"].astype("Int64"),
            "Comment": write_comments(table, edition, rng),
        }
    )


def _iso(day: pd.Series) -> list[str]:
    return (START + day.to_numpy().astype("timedelta64[D]")).astype(str).tolist()
