"""One row per customer: counted by hand, by pandas, and on Online Retail."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from crm_analysis.analyses.customers import (
    customer_card,
    describe_customers,
    kind_of,
    purchase_days,
    summarise_customers,
)
from crm_analysis.engine import Engine
from crm_analysis.errors import AnalysisError
from crm_analysis.wording import LANGUAGES


@pytest.fixture(scope="module")
def engine() -> Iterator[Any]:
    made = Engine()
    yield made
    made.close()


def lines() -> pd.DataFrame:
    """Ann: orders on 1, 4 (two) and 10 January, a return on the 12th. Bob: an order. Cy: a return.

    One line is nobody's.
    """
    rows = [
        ("ann", "1", "2024-01-01 10:00", "tea", 2, 10.0, "UK"),
        ("ann", "1", "2024-01-01 10:00", "cup", 1, 5.0, "UK"),
        ("ann", "2", "2024-01-04 09:00", "tea", 1, 5.0, "FR"),
        ("ann", "3", "2024-01-04 19:00", "pot", 1, 30.0, "UK"),
        ("ann", "4", "2024-01-10 00:00", "tea", 1, 5.0, "FR"),
        ("ann", "C5", "2024-01-12 00:00", "pot", -1, -30.0, "UK"),
        ("bob", "6", "2024-01-15 23:59", "cup", 3, 15.0, "UK"),
        ("cy", "C7", "2024-01-03 00:00", "cup", -1, -5.0, "UK"),
        (None, "8", "2024-01-20 00:00", "cup", 1, 5.0, "UK"),
    ]
    frame = pd.DataFrame(
        rows,
        columns=[
            "customer",
            "order",
            "date",
            "product",
            "quantity",
            "amount",
            "country",
        ],
    )
    return frame.assign(
        date=pd.to_datetime(frame["date"]),
        quantity=frame["quantity"].astype(float),
    )


def test_counted_by_hand(engine: Any) -> None:
    summary = summarise_customers(lines(), engine=engine)
    result = summary.customers.set_index("customer")
    ann = result.loc["ann"]
    assert result.index.tolist() == ["ann", "bob", "cy"]
    assert (summary.as_of, summary.no_customer, summary.used) == (
        "2024-01-16",
        1,
        8,
    )
    assert summary.summary()["lines"] == 9
    for language in LANGUAGES:
        assert "1" in summary.notes[0].sentence(language)
    assert ann["first_order"] == pd.Timestamp("2024-01-01 10:00") and ann[
        "last_order"
    ] == pd.Timestamp("2024-01-10")
    assert (
        ann["recency"],
        ann["frequency"],
        ann["monetary"],
        ann["tenure"],
    ) == (6, 4, 25.0, 15)
    assert ann["average_order"] == 25 / 4
    assert ann["gap_mean"] == 4.5 and ann["gap_std"] == pytest.approx(
        np.std([3, 6], ddof=1)
    )
    assert (
        ann["products"],
        ann["returns"],
        ann["return_share"],
        ann["quantity"],
        ann["country"],
    ) == (3, 1, 1 / 6, 5.0, "UK")
    assert (result.at["bob", "recency"], result.at["bob", "frequency"]) == (
        1,
        1,
    ) and np.isnan(result.at["bob", "gap_mean"])
    # a customer of whom only a return is known: no order, nothing earned, seen last on that day
    assert (
        result.at["cy", "frequency"],
        result.at["cy", "monetary"],
        result.at["cy", "recency"],
    ) == (
        0,
        -5.0,
        13,
    )
    assert pd.isna(result.at["cy", "last_order"]) and np.isnan(
        result.at["cy", "average_order"]
    )


def test_only_lines_up_to_the_day_count(engine: Any) -> None:
    summary = summarise_customers(lines(), "2024-01-04", engine=engine)
    result = summary.customers.set_index("customer")
    assert (
        result.at["ann", "frequency"] == 3
        and result.at["ann", "recency"] == 0
        and result.at["ann", "monetary"] == 50.0
    )
    assert "bob" not in result.index and summary.after == 3
    same = describe_customers(lines(), dt.date(2024, 1, 4), engine=engine)
    assert same["frequency"].tolist() == result["frequency"].tolist()


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (lambda frame: frame.drop(columns="customer"), "data.missing_role"),
        (lambda frame: frame.assign(customer=None), "customers.no_customers"),
        (lambda frame: frame.assign(date=pd.NaT), "customers.no_dates"),
        (lambda frame: frame.head(0), "customers.no_rows"),
        (lambda frame: frame.assign(date="soon"), "customers.dates_are_text"),
        (lambda frame: frame.drop(columns="date"), "data.missing_role"),
        (lambda frame: frame.assign(amount="dear"), "customers.not_numbers"),
        (
            lambda frame: frame.assign(amount=[np.inf, *[1.0] * 8]),
            "customers.infinite",
        ),
    ],
)
def test_what_cannot_be_described_says_so(
    engine: Any, change: Any, key: str
) -> None:
    with pytest.raises(AnalysisError) as problem:
        describe_customers(change(lines()), engine=engine)
    assert problem.value.key == key
    assert problem.value.sentence("zh") != problem.value.sentence("en")


def test_order_lines_without_a_date_are_no_customers(engine: Engine) -> None:
    for table in (
        lines().drop(columns="date"),
        ibis.memtable(lines().drop(columns="date")),
    ):
        for verb in (
            describe_customers,
            lambda table: customer_card(table, "ann"),
        ):
            with pytest.raises(AnalysisError) as problem:
                verb(table)
            assert (problem.value.key, problem.value.details) == (
                "data.missing_role",
                {"role": "date"},
            )


def test_a_day_to_come_is_refused_unless_the_record_reaches_it(
    engine: Engine,
) -> None:
    to_come = dt.date.today() + dt.timedelta(days=40)
    with pytest.raises(AnalysisError, match="has not come yet"):
        describe_customers(lines(), to_come, engine=engine)
    ahead = lines().assign(date=pd.Timestamp(to_come))
    assert describe_customers(ahead, to_come, engine=engine)["recency"].eq(0).all()


def test_customers_with_several_rows_are_refused_with_their_number() -> None:
    table = pd.DataFrame(
        {"customer": ["a", "b", "a", "a", None, None], "age": range(6)}
    )
    with pytest.raises(AnalysisError, match="2 rows repeat a customer") as problem:
        describe_customers(table)
    assert problem.value.details == {"count": 2, "examples": ["a"]}


def test_infinite_money_is_no_purchase_either() -> None:
    with pytest.raises(AnalysisError) as problem:
        purchase_days(lines().assign(amount=np.inf))
    assert problem.value.details == {"column": "amount", "count": 8}


def test_a_day_before_everything_and_no_day(engine: Any) -> None:
    with pytest.raises(AnalysisError, match="first is on"):
        describe_customers(lines(), "2020-01-01", engine=engine)
    with pytest.raises(AnalysisError, match="is not a day"):
        describe_customers(lines(), "someday", engine=engine)


def test_only_customer_and_date(engine: Any) -> None:
    bare = lines()[["customer", "date"]]
    result = describe_customers(bare, engine=engine).set_index("customer")
    assert kind_of(bare) == "transactions"
    assert (
        result.at["ann", "frequency"] == 4
    )  # distinct days: 1, 4, 10, 12 (without signs nothing says what is a return)
    assert "monetary" not in result.columns and "products" not in result.columns


def test_texts_of_dates_and_blank_names(engine: Any) -> None:
    frame = lines().assign(date=lambda table: table["date"].dt.strftime("%Y-%m-%d"))
    frame.loc[0, "customer"] = "  "
    frame.loc[6, "customer"] = " bob"
    summary = summarise_customers(frame, engine=engine)
    assert summary.no_customer == 2
    assert summary.customers["customer"].tolist() == [" bob", "ann", "cy"]


def test_an_ibis_table_stays_on_its_backend() -> None:
    backend = ibis.duckdb.connect()
    table = backend.create_table("orders", lines())
    theirs = describe_customers(table.filter(table.quantity > 0), "2024-02-01")
    ours = describe_customers(lines().query("quantity > 0"), "2024-02-01")
    pd.testing.assert_frame_equal(theirs, ours)


def test_a_ready_customers_table() -> None:
    table = pd.DataFrame(
        {
            "age": [30, 40, 50],
            "customer": ["a", "b", None],
            "joined": pd.to_datetime(["2024-01-01", "2024-03-01", "2024-02-01"]),
            "_line": [1, 2, 3],
        }
    )
    summary = summarise_customers(table)
    assert summary.customers.columns.tolist() == ["customer", "age", "joined"]
    assert (summary.kind, summary.as_of, summary.no_customer, summary.used) == (
        "customers",
        "2024-03-01",
        1,
        2,
    )


@st.composite
def _orders(draw: Any) -> Any:
    count = draw(st.integers(1, 40))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    frame = pd.DataFrame(
        {
            "customer": rng.choice(["a", "b", "c", "d"], count),
            "order": rng.integers(0, 15, count).astype(str),
        }
    )
    frame["date"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(
        rng.integers(0, 60 * 24, count), unit="h"
    )
    frame["product"] = rng.choice(["x", "y", "z"], count)
    frame["quantity"] = rng.integers(-1, 4, count).astype(float)
    return frame.assign(
        amount=(frame["quantity"] * rng.integers(1, 9, count)).astype(float)
    )


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(_orders())
def test_the_same_as_pandas(engine: Any, frame: pd.DataFrame) -> None:
    result = describe_customers(frame, "2024-04-01", engine=engine).set_index(
        "customer"
    )
    day = frame["date"].dt.normalize()
    for customer, own in frame.groupby("customer"):
        bought = own[(own["quantity"] >= 0)]
        days = np.sort(bought["date"].dt.normalize().unique())
        gaps = np.diff(days).astype("timedelta64[D]").astype(int)
        last = days[-1] if len(days) else day[own.index].max()
        row = result.loc[customer]
        assert row["frequency"] == bought["order"].nunique()
        assert (
            row["recency"] == (pd.Timestamp("2024-04-01") - pd.Timestamp(last)).days
        )
        assert row["monetary"] == pytest.approx(own["amount"].sum())
        assert row["products"] == own["product"].nunique()
        assert (
            row["gap_mean"] == pytest.approx(gaps.mean())
            if len(gaps)
            else np.isnan(row["gap_mean"])
        )
        assert (
            row["gap_std"] == pytest.approx(gaps.std(ddof=1))
            if len(gaps) > 1
            else np.isnan(row["gap_std"])
        )
    assert result["monetary"].sum() == pytest.approx(frame["amount"].sum())


def test_the_card_of_a_customer() -> None:
    card = customer_card(lines(), "ann")
    assert card.history["order"].tolist() == ["1", "2", "3", "4", "C5"]
    assert card.history["running_total"].tolist() == [
        15.0,
        20.0,
        50.0,
        55.0,
        25.0,
    ]
    assert card.history["running_mean"].tolist() == pytest.approx(
        [15.0, 10.0, 50 / 3, 55 / 4, 25 / 4]
    )
    assert card.returns["order"].tolist() == ["C5"]
    assert card.products["product"].tolist()[0] == "tea"
    assert (
        card.facts["usual_gap"] == 4.5
        and card.facts["recency"] == 11
        and card.facts["orders"] == 4
    )
    assert card.facts["overdue"] == pytest.approx(11 / 4.5)
    assert card.summary()["total"] == 25.0
    only = customer_card(lines(), "cy")
    assert only.facts["recency"] is None and only.facts["average_order"] is None
    early = customer_card(lines(), "ann", "2024-01-04")
    assert len(early.history) == 3 and early.facts["recency"] == 0
    with pytest.raises(AnalysisError, match="no customer"):
        customer_card(lines(), "nobody")


def test_the_card_from_a_customers_table_and_from_ibis() -> None:
    people = pd.DataFrame(
        {
            "customer": ["a", "b"],
            "age": [30, None],
            "since": pd.to_datetime(["2024-01-01", None]),
        }
    )
    assert customer_card(people, "b").facts == {"age": None, "since": None}
    assert customer_card(people, "a").facts == {
        "age": 30.0,
        "since": "2024-01-01",
    }
    backend = ibis.duckdb.connect()
    pd.testing.assert_frame_equal(
        customer_card(backend.create_table("orders", lines()), "ann").history,
        customer_card(lines(), "ann").history,
    )


def online_retail(folder: Any) -> pd.DataFrame:
    files = sorted((folder / "online_retail").glob("*.csv"))
    text = {"InvoiceNo": str, "StockCode": str, "CustomerID": str}
    frame = pd.concat(
        [
            pd.read_csv(file, dtype=text, parse_dates=["InvoiceDate"])
            for file in files
        ],
        ignore_index=True,
    ).drop_duplicates()
    names = {
        "InvoiceNo": "order",
        "StockCode": "product_code",
        "Description": "product",
        "Quantity": "quantity",
        "InvoiceDate": "date",
        "UnitPrice": "unit_price",
        "CustomerID": "customer",
        "Country": "country",
    }
    return frame.rename(columns=names).assign(
        amount=lambda table: table["quantity"] * table["unit_price"]
    )


@pytest.mark.slow
def test_online_retail(real_data: Path, engine: Any) -> None:
    frame = online_retail(real_data)
    summary = summarise_customers(frame, engine=engine)
    result = summary.customers
    known = frame[frame["customer"].notna()]
    assert len(frame) == 207_282 and round(frame["amount"].sum(), 2) == 3_698_674.50
    assert len(result) == 2767 == known["customer"].nunique()
    assert result["monetary"].sum() == pytest.approx(known["amount"].sum())
    assert (
        result["frequency"].sum()
        == known.loc[known["quantity"] >= 0, "order"].nunique()
    )
    assert summary.no_customer == frame["customer"].isna().sum()
    assert result["recency"].min() == 1
