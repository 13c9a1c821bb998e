"""Equal rows: gone where something names the record, else kept and asked about."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

import crm_analysis as crm
from crm_analysis.tables.cleaning import Cleaned
from tests.raw_tables import shared_engine


def cleaned(text: str, **options: Any) -> Cleaned:
    """A file of that text, read, understood and cleaned."""
    raw = crm.read_table(text.encode(), name="file.csv", engine=shared_engine())
    return crm.clean(raw, crm.guess_roles(raw), crm.CleanOptions(**options))


def lines(header: str, *rows: str) -> str:
    """A file of a header and rows."""
    return "\n".join((header, *rows)) + "\n"


def asked(made: Cleaned) -> dict[str, Any]:
    """The details of the question about copies; none where nothing is asked."""
    keys = (
        "cleaning.question.duplicates_may_be_real",
        "cleaning.question.copies_of_money",
    )
    questions = [details for key, details in made.questions if key in keys]
    return dict(questions[0]) if questions else {}


GOODS = ("tea", "cup", "pot", "tin", "jam")


def bakery(bills: int = 40) -> str:
    """Bills with a time to the second that all lines of one share; every fourth has two teas."""
    rows = [
        f"{1000 + bill},{item},2024-01-{1 + bill % 28:02d} 09:{bill % 60:02d}:{7 + bill % 50:02d}"
        for bill in range(bills)
        for item in (
            ["tea", "tea"] if bill % 4 == 0 else ["tea", GOODS[1 + bill % 4]]
        )
    ]
    return lines("TransactionNo,Item,DateTime", *rows)


def test_two_coffees_on_one_bill_are_two() -> None:
    made = cleaned(bakery())
    assert len(made.table) == 80 and made.summary()["duplicates"] == 0
    details = asked(made)
    assert (details["count"], details["rows"], details["default"]) == (
        10,
        80,
        "keep",
    )
    assert (made.flags["reason"] == "exact_copy").sum() == 10


def test_a_line_of_an_order_with_its_quantity_is_the_same_line() -> None:
    rows = [
        f"{n // 2},item {n},{1 + n % 3},2024-01-0{1 + n % 9}" for n in range(30)
    ]
    made = cleaned(lines("order no,product,quantity,date", *rows, rows[7], rows[9]))
    assert made.summary()["duplicates"] == 2 and not asked(made)


def test_an_order_total_on_every_line_says_nothing_of_how_many_there_were() -> None:
    header = "order no,product,total,date"
    rows = [
        f"{order},{item},{20 + order}.00,2024-01-{1 + order % 28:02d}"
        for order in range(30)
        for item in ("tea", "cup")
    ]
    made = cleaned(lines(header, *rows, rows[4]))
    assert made.summary()["duplicates"] == 0 and asked(made)["count"] == 1


@pytest.mark.parametrize(
    "name", ["id", "customer id", "会员编号", "Kundennr", "respondent_id"]
)
def test_what_has_an_id_is_one_record(name: str) -> None:
    rows = [
        f"C{1000 + n},{20 + n % 50},{('Leeds', 'Lyon')[n % 2]}" for n in range(60)
    ]
    made = cleaned(lines(f"{name},age,city", *rows, rows[3], rows[3]))
    assert made.summary()["duplicates"] == 2 and not asked(made)


def test_people_without_an_id_may_be_alike() -> None:
    rows = [f"{20 + n % 30},{('f', 'm')[n % 2]},{n % 2}" for n in range(200)]
    made = cleaned(lines("age,gender,responded", *rows))
    assert len(made.table) == 200 and asked(made)["count"] == 170


@pytest.mark.slow
def test_a_time_to_the_second_names_what_happened() -> None:
    header = "customer,date,channel,responded"
    rows = [
        f"C{n % 9},2024-02-{1 + n % 28:02d} 10:{n % 60:02d}:{1 + n % 59:02d},phone,{n % 2}"
        for n in range(80)
    ]
    made = cleaned(lines(header, *rows, rows[5]))
    assert made.summary()["duplicates"] == 1 and not asked(made)
    by_day = [
        row.replace(row[row.index(" ") : row.index(",phone")], "") for row in rows
    ]
    made = cleaned(lines(header, *by_day, by_day[5]))
    assert made.summary()["duplicates"] == 0 and asked(made)


def test_a_day_that_comes_once_in_a_series_comes_once() -> None:
    rows = [
        f"2024-{1 + n // 28:02d}-{1 + n % 28:02d},{100 + n % 7}" for n in range(90)
    ]
    made = cleaned(lines("date,sales", *rows, rows[8]))
    assert made.summary()["duplicates"] == 1 and not asked(made)


def test_the_question_says_what_goes_and_the_answer_does_it() -> None:
    rows = [f"tea {n % 20},{2 + n % 20},{9 + n % 20}.50" for n in range(100)]
    text = lines("product,quantity,amount", *rows)
    made = cleaned(text)
    details = asked(made)
    assert details["count"] == 80 and details["money"] == pytest.approx(4 * 380)
    counted_once = cleaned(text, duplicates="remove")
    before, after = (
        table["amount"].sum() for table in (made.table, counted_once.table)
    )
    assert len(counted_once.table) == 20 and not asked(counted_once)
    assert before - after == pytest.approx(details["money"])
    assert not asked(cleaned(text, duplicates="keep"))


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from("abc"), st.sampled_from("xyz"), st.integers(1, 3)
        ),
        min_size=3,
        max_size=40,
    )
)
def test_what_stays_and_what_is_asked_about_add_up(
    people: list[tuple[str, str, int]],
) -> None:
    text = lines("town,plan,visits", *(f"{a},{b},{c}" for a, b, c in people))
    made = cleaned(text)
    once = cleaned(text, duplicates="remove")
    assert len(made.table) == len(people)
    assert len(once.table) == len(set(people))
    assert asked(made).get("count", 0) == len(people) - len(once.table)


def test_what_was_the_default_for_copies_in_earlier_settings_is_decided_anew() -> (
    None
):
    now = crm.CleanOptions(duplicates="remove").to_dict()
    earlier = {name: value for name, value in now.items() if name != "goods"}
    assert crm.CleanOptions.from_dict(earlier).duplicates == "auto"
    assert crm.CleanOptions.from_dict(now).duplicates == "remove"
