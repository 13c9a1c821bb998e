"""Which column is what by its values, what a person changes, and roles added from the outside."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import cast

import pandas as pd
import pytest

from crm_analysis.engine import Engine
from crm_analysis.tables.cleaning import clean
from crm_analysis.tables.kinds import KINDS, ROLES, Role, gates
from crm_analysis.tables.kinds.name_patterns import named
from crm_analysis.tables.reading import ReadOptions, read_table
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
from tests.guessed_roles import raw_from


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    made = Engine()
    yield made
    made.close()


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
    frame["price"] = (frame["qty"] * frame["amount"].astype(float)).map(
        "{:.2f}".format
    )
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
    again = Roles.from_dict(
        json.loads(json.dumps(roles.to_dict(), ensure_ascii=False))
    )
    assert again == roles
    older = roles.to_dict()
    older["columns"]["spaceship"] = "日期2"
    assert Roles.from_dict(older).columns == roles.columns


def test_roles_fit_a_file_with_the_same_columns(engine: Engine) -> None:
    roles = Roles("customers", {"customer": "ID"})
    assert matches(
        roles, raw_from(engine, pd.DataFrame({"age": ["1"], "ID": ["7"]}))
    )
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
    ids = [str(one) for one in range(6000)] + [
        str(one % 500) for one in range(20_000)
    ]
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
    assert (
        roles.columns["unit_price"] == "Item Cost" and "cost" not in roles.columns
    )
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
    ships = pd.DataFrame(
        {"Kunde": ["A", "B", "C"], "Schiff": ["Ark", "Beagle", "Ark"]}
    )
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
    monkeypatch.setitem(
        cast(dict, phrases_of("roles")), "roles.words.quantity", words
    )
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


@pytest.mark.parametrize("heading", ["No.", "Number", "เลขที่"])
def test_a_number_that_counts_the_rows_is_no_product(heading: str) -> None:
    rows = [f"{n},K{n % 3},{14 + n}/01/2025,1{n}.50" for n in range(6)]
    text = "\n".join([f"{heading},Customer,Date,Amount", *rows])
    raw = read_table(text.encode(), name="a.csv")
    assert set(guess_roles(raw).columns) == {"customer", "date", "amount"}


@pytest.mark.parametrize("table", [pd.DataFrame({"id": ["1"]}), "orders.csv", None])
def test_roles_are_guessed_of_what_read_table_gives(table: object) -> None:
    with pytest.raises(
        TypeError, match="guess_roles takes a table as read_table gives it"
    ):
        guess_roles(table)


_ANSWERS = 40
_DATED = {
    "customer_id": [f"C{row % 9}" for row in range(_ANSWERS)],
    "date": [f"2024-01-{1 + row % 28:02d}" for row in range(_ANSWERS)],
}
_WRITTEN = [f"the soup was cold again, table {row}" for row in range(_ANSWERS)]


@pytest.mark.parametrize("heading", ["comment", "text", "评论", "feedback"])
def test_comments_of_pictures_alone_are_comments(
    engine: Engine, heading: str
) -> None:
    pictures = ["👍", "😡😡", "❤️", "👎", "🎉", "😀"]
    texts = [pictures[row % 6] for row in range(_ANSWERS)]
    roles = guess_roles(raw_from(engine, pd.DataFrame({**_DATED, heading: texts})))
    assert roles.kind == "feedback"
    expected = {"text": heading, "customer": "customer_id", "date": "date"}
    assert roles.columns == expected


def test_all_comments_may_be_of_a_single_customer(engine: Engine) -> None:
    frame = pd.DataFrame({**_DATED, "customer_id": "C0007", "comment": _WRITTEN})
    assert guess_roles(raw_from(engine, frame)).columns["customer"] == "customer_id"


@pytest.mark.parametrize("top", [5, 7, 10, 100])
def test_an_nps_is_one_on_any_scale(engine: Engine, top: int) -> None:
    answers = [row * 7 % (top + 1) for row in range(_ANSWERS)]
    frame = pd.DataFrame({**_DATED, "comment": _WRITTEN, "nps": answers})
    columns = guess_roles(raw_from(engine, frame)).columns
    assert columns.get("nps") == "nps" and "rating" not in columns


def test_dates_of_reviews_with_the_month_first_are_dates(engine: Engine) -> None:
    days = [f"{1 + row % 12:02d} {1 + row % 28}, 2014" for row in range(_ANSWERS)]
    frame = pd.DataFrame({"reviewText": _WRITTEN, "reviewTime": days})
    assert guess_roles(raw_from(engine, frame)).columns.get("date") == "reviewTime"
