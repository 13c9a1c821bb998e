"""Which columns describe a customer: no ids, names, prose, constants; one judge for all."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crm_analysis.analyses.customers import customer_features

ROWS = 300


@pytest.fixture(scope="module")
def members() -> pd.DataFrame:
    """Members of a loyalty scheme: the income is known of two in five, there are forty cities."""
    rng = np.random.default_rng(0)
    income = pd.Series(rng.normal(40_000, 9_000, ROWS).round())
    return pd.DataFrame(
        {
            "customer": [f"C{row}" for row in range(ROWS)],
            "loyalty_id": rng.permutation(9_000_000 + 7 * np.arange(ROWS)),
            "income": income.where(np.arange(ROWS) % 5 < 2),
            "city": [f"city {number}" for number in rng.integers(0, 40, ROWS)],
            "spent": rng.gamma(2, 50, ROWS),
            "churned": rng.random(ROWS) < 0.3,
        }
    )


def reasons(customers: pd.DataFrame, **question: object) -> dict[str, str]:
    return (
        customer_features(customers, **question)
        .set_index("column")["reason"]
        .to_dict()
    )


@pytest.mark.parametrize(
    "question",
    [
        {},
        {"gaps_filled": True, "drop_repetitions": True},
        {"outcomes": ("spent",), "gaps_filled": True},
    ],
    ids=["churn", "segments", "value"],
)
def test_whatever_is_asked_ids_are_rejected_and_income_and_city_accepted(
    members: pd.DataFrame, question: dict[str, object]
) -> None:
    result = reasons(members, **question)
    assert (result["loyalty_id"], result["income"], result["city"]) == (
        "id",
        "",
        "",
    )


def test_what_is_asked_about_is_no_feature_nor_what_ranks_customers_as_it_does(
    members: pd.DataFrame,
) -> None:
    table = members.assign(spent_in_cents=100 * members["spent"])
    assert reasons(table)["churned"] == "outcome"
    result = reasons(table, outcomes=("spent",))
    assert (result["spent"], result["spent_in_cents"], result["churned"]) == (
        "outcome",
        "same_as_outcome",
        "",
    )


def test_texts_are_levels_names_or_prose() -> None:
    row = np.arange(ROWS)
    table = pd.DataFrame(
        {
            "customer": row,
            "surname": [f"name {number % 200}" for number in row],
            "card": [f"M-{number}" for number in row],
            "story": [
                f"this customer wrote us a long letter, number {number % 40}"
                for number in row
            ],
            "plan": ["basic", "gold", " "] * 100,
            "blank": "  ",
            "same": "x",
        }
    )
    judged = customer_features(table).set_index("column")
    assert judged["reason"].to_dict() == {
        "surname": "distinct",
        "card": "id",
        "story": "free_text",
        "plan": "",
        "blank": "empty",
        "same": "constant",
    }
    assert judged["kind"].to_dict() == {
        "surname": "text",
        "card": "text",
        "story": "text",
        "plan": "category",
        "blank": "category",
        "same": "category",
    }


def test_a_large_table_may_have_many_levels() -> None:
    cities = [f"city {number % 90}" for number in range(1000)]
    customers = pd.DataFrame({"customer": range(1000), "city": cities})
    assert reasons(customers) == {"city": ""}
    assert reasons(customers.head(180)) == {"city": "distinct"}


def test_a_gap_says_something_unless_it_is_filled() -> None:
    table = pd.DataFrame(
        {
            "customer": range(100),
            "complained": [1.0] * 30 + [np.nan] * 70,
            "rating": [1.0, 2.0, 3.0] * 5 + [np.nan] * 85,
            "nothing": np.nan,
        }
    )
    assert reasons(table) == {
        "complained": "",
        "rating": "",
        "nothing": "empty",
    }
    assert reasons(table, gaps_filled=True) == {
        "complained": "constant",
        "rating": "missing",
        "nothing": "empty",
    }


def test_repetitions_are_dropped_where_they_would_count_twice(
    members: pd.DataFrame,
) -> None:
    table = members.assign(
        once_more=members["spent"] + 1, opposite=-members["spent"]
    )
    assert reasons(table)["once_more"] == ""
    result = reasons(table, drop_repetitions=True)
    assert (result["spent"], result["once_more"], result["opposite"]) == (
        "",
        "repetition",
        "repetition",
    )


def test_dates_truths_and_private_columns() -> None:
    table = pd.DataFrame(
        {
            "customer": range(30),
            "joined": pd.date_range("2024-01-01", periods=30),
            "member": [True, False] * 15,
            "_line": range(30),
        }
    )
    judged = customer_features(table).set_index("column")
    assert judged["kind"].to_dict() == {"joined": "date", "member": "flag"}
    assert judged["proposed"].all()


def test_no_columns_and_no_rows() -> None:
    assert customer_features(pd.DataFrame({"customer": ["A"]})).empty
    empty = pd.DataFrame({"customer": [], "age": []})
    assert reasons(empty) == {"age": "empty"}


def test_a_running_number_is_no_trait_though_some_are_means_of_several_rows() -> (
    None
):
    rows = np.arange(1.0, 661.0)
    joined = np.delete(rows, [3, 49, 80, 200, 400])
    joined[[10, 20, 30, 40, 50]] = [7.5, 48.5, 33.5, 265.0, 300.5]
    people = pd.DataFrame({"customer": range(655), "Sl_No": joined, "Rank": joined})
    assert set(customer_features(people)["reason"]) == {"id"}
    spent = people.assign(Sl_No=joined * 1.1)
    assert customer_features(spent)["reason"].tolist() == ["", "id"]
