"""Linked files: keys are found by names and values, joins lose and multiply nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from crm_analysis.engine import Engine
from crm_analysis.errors import AnalysisError
from crm_analysis.tables.linking import Link, find_links, join
from crm_analysis.tables.linking.keys import stem
from crm_analysis.tables.reading import RawTable, read_table
from crm_analysis.tables.roles import guess_roles


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    made = Engine()
    yield made
    made.close()


def tables(engine: Engine | None, **frames: pd.DataFrame) -> dict[str, RawTable]:
    return {
        f"{name}.csv": read_table(
            frame.to_csv(index=False).encode(),
            name=f"{name}.csv",
            engine=engine,
        )
        for name, frame in frames.items()
    }


def shop() -> dict[str, pd.DataFrame]:
    lines = pd.DataFrame(
        {
            "line_id": range(1, 61),
            "order_id": [1 + one // 2 for one in range(60)],
            "sku": [f"SKU-{one % 12:03d}" for one in range(60)],
            "quantity": [1 + one % 4 for one in range(60)],
        }
    )
    orders = pd.DataFrame(
        {
            "order_id": range(1, 31),
            "customer_id": [1 + one % 10 for one in range(30)],
            "date": [f"2024-03-{1 + one % 28:02d}" for one in range(30)],
        }
    )
    customers = pd.DataFrame(
        {
            "id": range(1, 11),
            "name": [f"Ann {letter}" for letter in "ABCDEFGHIJ"],
            "city": ["Lyon", "Bonn"] * 5,
        }
    )
    products = pd.DataFrame(
        {
            "sku": [f"SKU-{one:03d}" for one in range(12)],
            "name": [f"Tea {letter}" for letter in "ABCDEFGHIJKL"],
            "price": [f"{2.5 + one:.2f}" for one in range(12)],
        }
    )
    return {
        "lines": lines,
        "orders": orders,
        "customers": customers,
        "products": products,
    }


def ends(links: list[Link]) -> set[tuple[str, str, str, str]]:
    return {
        (link.left, link.left_column, link.right, link.right_column)
        for link in links
    }


def test_the_keys_of_a_shop(engine: Engine) -> None:
    links = find_links(tables(engine, **shop()))
    assert ends(links) == {
        ("lines.csv", "order_id", "orders.csv", "order_id"),
        ("orders.csv", "customer_id", "customers.csv", "id"),
        ("lines.csv", "sku", "products.csv", "sku"),
    }
    assert all(
        (link.left_unmatched, link.right_unmatched, link.one_to_one)
        == (0, 0, False)
        for link in links
    )


def test_a_shop_joined(engine: Engine) -> None:
    files = shop()
    raws = tables(engine, **files)
    whole = join(raws, find_links(raws))
    people = files["customers"].rename(
        columns={"id": "customer_id", "name": "person"}
    )
    wanted = (
        files["lines"]
        .merge(files["orders"])
        .merge(people)
        .merge(files["products"])
        .sort_values("line_id")
        .astype(str)
    )
    assert len(whole.table) == whole.reading.rows == 60
    # of the two tables with a name, the nearer one's stays as it is
    got = whole.table.rename(columns={"name (customers)": "person"})
    assert sorted(got.columns) == sorted(wanted.columns)
    pd.testing.assert_frame_equal(
        got[list(wanted.columns)].astype(object),
        wanted.reset_index(drop=True).astype(object),
    )
    assert guess_roles(whole).columns["order"] == "order_id"


def test_rows_keep_their_order_and_lines(engine: Engine) -> None:
    raws = tables(engine, **shop())
    whole = join(raws, find_links(raws))
    assert whole.table["line_id"].tolist() == [str(one) for one in range(1, 61)]
    assert engine.run(
        f'SELECT min(_line), max(_line), count(DISTINCT _line) FROM "{whole.store}"'
    ) == [(2, 61, 60)]


def test_what_finds_no_partner_is_counted_and_left_empty(
    engine: Engine,
) -> None:
    files = shop()
    files["orders"] = pd.concat(
        [
            files["orders"].iloc[:25],
            pd.DataFrame(
                {
                    "order_id": [900, 901],
                    "customer_id": [1, 2],
                    "date": ["2024-04-01"] * 2,
                }
            ),
        ]
    )
    raws = tables(engine, lines=files["lines"], orders=files["orders"])
    (link,) = find_links(raws)
    assert (
        link.left_matched,
        link.left_unmatched,
        link.right_matched,
        link.right_unmatched,
    ) == (
        50,
        10,
        25,
        2,
    )
    whole = join(raws, [link])
    assert (whole.table["date"] == "").sum() == 10
    assert dict(whole.reading.notes)["linking.note_joined"]["left_unmatched"] == 10


def test_numbers_within_numbers_are_no_key(engine: Engine) -> None:
    """Quantities 1 to 4 are all order ids, ages all customer ids; row numbers fit everything."""
    files = shop()
    stock = pd.DataFrame(
        {
            "id": range(1, 101),
            "shelf": [1 + one % 7 for one in range(100)],
            "age": [20 + one % 60 for one in range(100)],
        }
    )
    raws = tables(
        engine,
        lines=files["lines"][["line_id", "quantity"]],
        stock=stock,
        customers=files["customers"],
    )
    assert find_links(raws) == []


def test_two_tables_with_row_ids_of_their_own(engine: Engine) -> None:
    one = pd.DataFrame(
        {"id": range(1, 40), "colour": ["red", "blue", "green"] * 13}
    )
    other = pd.DataFrame(
        {
            "id": range(1, 60),
            "town": ["Bonn", "Lyon", "Leeds"] * 19 + ["Rome", "Kyiv"],
        }
    )
    assert find_links(tables(engine, colours=one, towns=other)) == []


def test_codes_link_whatever_they_are_called(engine: Engine) -> None:
    codes = [f"AX{one:03d}-K" for one in range(40)]
    sold = pd.DataFrame(
        {
            "what": [codes[one * 7 % 40] for one in range(200)],
            "pieces": [1 + one % 3 for one in range(200)],
        }
    )
    listed = pd.DataFrame(
        {"plu_ref": codes, "label": [f"thing {one}" for one in range(40)]}
    )
    assert ends(find_links(tables(engine, sold=sold, listed=listed))) == {
        ("sold.csv", "what", "listed.csv", "plu_ref")
    }


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("CustomerNo", "cust_id"),
        ("客户编号", "客户ID"),
        ("customer", "id"),
        ("customer_id", "id"),
        ("pizza_type", "pizza_type_id"),
        ("ship_customer_id", "customer_id"),
        ("Member Number", "会员号"),
    ],
)
def test_names_that_mean_the_same_key(
    engine: Engine, left: str, right: str
) -> None:
    many = pd.DataFrame(
        {
            left: [101 + one % 20 for one in range(80)],
            "amount": [one * 1.25 for one in range(80)],
        }
    )
    one = pd.DataFrame(
        {right: range(101, 121), "city": ["Bonn", "Lyon", "Rome", "Kyiv"] * 5}
    )
    assert ends(find_links(tables(engine, orders=many, customers=one))) == {
        ("orders.csv", left, "customers.csv", right)
    }


def test_ids_that_a_spreadsheet_made_decimals_still_meet(
    engine: Engine,
) -> None:
    many = pd.DataFrame(
        {
            "customer_id": [f"{101 + one % 20}.0" for one in range(80)],
            "amount": [one * 1.25 for one in range(80)],
        }
    )
    one = pd.DataFrame(
        {"customer_id": range(101, 121), "city": ["Bonn", "Lyon"] * 10}
    )
    raws = tables(engine, orders=many, customers=one)
    (link,) = find_links(raws)
    assert link.left_unmatched == 0
    assert (join(raws, [link]).table["city"] != "").all()


def test_ids_that_lost_their_leading_zeros_in_one_file_still_meet(
    engine: Engine,
) -> None:
    many = pd.DataFrame(
        {
            "order_no": [str(one // 2 + 1) for one in range(80)],
            "price": [one * 1.25 for one in range(80)],
        }
    )
    one = pd.DataFrame(
        {
            "order_no": [f"{place:05d}" for place in range(1, 41)],
            "city": ["Bonn", "Lyon"] * 20,
        }
    )
    raws = tables(engine, lines=many, orders=one)
    (link,) = find_links(raws)
    assert (link.left_unmatched, link.right_unmatched) == (0, 0)
    assert join(raws, [link]).table["city"].tolist() == [
        ["Bonn", "Lyon"][place // 2 % 2] for place in range(80)
    ]


def test_where_leading_zeros_tell_records_apart_nothing_is_multiplied(
    engine: Engine,
) -> None:
    many = pd.DataFrame(
        {
            "item_code": ["07", "7", "8", "9"] * 10,
            "price": [one * 1.25 for one in range(40)],
        }
    )
    one = pd.DataFrame(
        {
            "item_code": ["07", "7", "8", "9"],
            "city": ["Bonn", "Lyon", "Rome", "Oslo"],
        }
    )
    raws = tables(engine, lines=many, items=one)
    links = find_links(raws)
    assert not links or len(join(raws, links).table) == 40


def test_one_to_one_keeps_the_longer_table_on_the_left(engine: Engine) -> None:
    one = pd.DataFrame({"customer_id": range(1, 41), "city": ["Bonn", "Lyon"] * 20})
    other = pd.DataFrame(
        {"customer_id": range(1, 31), "churned": ["yes", "no", "no"] * 10}
    )
    (link,) = find_links(tables(engine, churn=other, people=one))
    assert (link.left, link.right, link.one_to_one) == (
        "people.csv",
        "churn.csv",
        True,
    )
    assert (link.left_unmatched, link.right_unmatched) == (10, 0)


def test_a_key_of_two_columns(engine: Engine) -> None:
    sold = pd.DataFrame(
        {
            "store": ["N", "S"] * 30,
            "item": [f"i{one % 6}" for one in range(60)],
            "pieces": range(60),
        }
    )
    listed = pd.DataFrame(
        [
            (store, f"i{item}", f"{item + len(store) * 0.5:.2f}")
            for store in ("N", "S")
            for item in range(6)
        ],
        columns=["store", "item", "price"],
    )
    raws = tables(engine, sold=sold, prices=listed)
    (link,) = find_links(raws)
    assert link.left == "sold.csv"
    assert set(link.pairs) == {("store", "store"), ("item", "item")}
    whole = join(raws, [link])
    assert len(whole.table) == 60
    assert list(whole.reading.columns) == ["store", "item", "pieces", "price"]
    assert (whole.table["price"] != "").all()


def test_nothing_is_multiplied(engine: Engine) -> None:
    files = shop()
    files["products"] = pd.concat(
        [files["products"], files["products"].iloc[[3, 4]].assign(price="9.99")]
    )
    raws = tables(engine, lines=files["lines"], products=files["products"])
    assert find_links(raws) == []
    link = Link("lines.csv", "sku", "products.csv", "sku", 60, 0, 14, 0, 1.0)
    with pytest.raises(AnalysisError) as problem:
        join(raws, [link])
    assert problem.value.key == "linking.not_unique"
    assert problem.value.details["count"] == 2
    assert "products.csv" in problem.value.sentence("zh")


def test_a_second_table_of_details_stays_out(engine: Engine) -> None:
    files = shop()
    payments = pd.DataFrame(
        {
            "order_id": [1 + one % 30 for one in range(45)],
            "method": ["card", "cash", "card"] * 15,
        }
    )
    raws = tables(
        engine, lines=files["lines"], orders=files["orders"], payments=payments
    )
    whole = join(raws, find_links(raws))
    assert len(whole.table) == 60
    assert (
        "linking.note_left_out",
        {"tables": ["payments.csv"]},
    ) in whole.reading.notes


def test_a_table_two_ways_lead_to_is_joined_once(engine: Engine) -> None:
    files = shop()
    files["lines"]["customer_id"] = [1 + (one // 2) % 10 for one in range(60)]
    raws = tables(
        engine,
        lines=files["lines"],
        orders=files["orders"],
        customers=files["customers"],
    )
    whole = join(raws, find_links(raws))
    assert list(whole.reading.columns).count("city") == 1
    assert not any("(customers" in name for name in whole.reading.columns)


def test_links_that_do_not_fit_are_said(engine: Engine) -> None:
    raws = tables(engine, **shop())
    with pytest.raises(AnalysisError, match="order_nr"):
        join(
            raws,
            [
                Link(
                    "lines.csv",
                    "order_nr",
                    "orders.csv",
                    "order_id",
                    0,
                    0,
                    0,
                    0,
                    1.0,
                )
            ],
        )
    with pytest.raises(AnalysisError, match=r"lines\.csv"):
        join(raws, [])
    assert find_links({}) == []


def test_tables_of_different_engines() -> None:
    raws = tables(None, **shop())
    assert len({id(raw.engine) for raw in raws.values()}) == 4
    whole = join(raws, find_links(raws))
    assert len(whole.table) == 60
    assert (whole.table["city"] != "").all()


@pytest.mark.parametrize(
    ("name", "bare"),
    [
        ("orders.csv", "orders"),
        ("a/b/Kunden.2024.xlsx", "Kunden.2024"),
        ("x.csv.gz", "x"),
        ("订单.xls", "订单"),
        ("plain", "plain"),
    ],
)
def test_the_stem_of_a_table(name: str, bare: str) -> None:
    assert stem(name) == bare


@pytest.mark.slow
@given(
    parents=st.integers(2, 12),
    keys=st.lists(st.integers(0, 15), min_size=2, max_size=40),
)
@settings(max_examples=40, deadline=None)
def test_a_join_keeps_every_record_once(
    engine: Engine, parents: int, keys: list[int]
) -> None:
    lines = pd.DataFrame(
        {
            "line_no": range(len(keys)),
            "shop_code": [f"S-{key:02d}" for key in keys],
        }
    )
    shops = pd.DataFrame(
        {
            "shop_code": [f"S-{key:02d}" for key in range(parents)],
            "town": [f"town {key}" for key in range(parents)],
        }
    )
    raws = tables(engine, lines=lines, shops=shops)
    matched = sum(key < parents for key in keys)
    whole = join(
        raws,
        [
            Link(
                "lines.csv",
                "shop_code",
                "shops.csv",
                "shop_code",
                matched,
                len(keys) - matched,
                0,
                0,
                1.0,
            )
        ],
    )
    assert whole.table["line_no"].tolist() == [str(one) for one in range(len(keys))]
    assert whole.table["town"].tolist() == [
        f"town {key}" if key < parents else "" for key in keys
    ]


@pytest.mark.slow
def test_the_pizza_place(real_data: Path) -> None:
    engine = Engine()
    raws = {
        name: read_table(real_data / "pizza_place" / name, engine=engine)
        for name in (
            "orders.csv",
            "order_details.csv",
            "pizzas.csv",
            "pizza_types.csv",
        )
    }
    links = find_links(raws)
    assert ends(links) == {
        ("order_details.csv", "order_id", "orders.csv", "order_id"),
        ("order_details.csv", "pizza_id", "pizzas.csv", "pizza_id"),
        ("pizzas.csv", "pizza_type_id", "pizza_types.csv", "pizza_type_id"),
    }
    assert all(link.left_unmatched == 0 for link in links)
    assert {link.right: link.right_unmatched for link in links} == {
        "orders.csv": 0,
        "pizzas.csv": 5,
        "pizza_types.csv": 0,
    }  # five pizzas nobody ordered
    whole = join(raws, links)
    assert whole.reading.rows == len(whole.table) == 48_620
    assert (whole.table != "").all().all()
    roles = guess_roles(whole)
    assert roles.kind == "transactions"
    expected = {
        "order": "order_id",
        "date": "date",
        "product": "name",
        "quantity": "quantity",
        "unit_price": "price",
        "category": "category",
    }
    assert {role: roles.columns.get(role) for role in expected} == expected
    sold = whole.table.assign(
        amount=whole.table["quantity"].astype(int)
        * whole.table["price"].astype(float)
    )["amount"].sum()
    assert sold == pytest.approx(817_860.05)  # the revenue known of this place
    engine.close()
