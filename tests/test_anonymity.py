"""Tables that may be given away: by hand, as laws, and beside pycanon."""

from __future__ import annotations

import importlib
import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st

from crm_analysis.errors import AnalysisError
from crm_analysis.privacy.anonymity import AnonymityOptions, anonymise
from crm_analysis.privacy.disclosure import disclosure
from crm_analysis.privacy.noise import discrete_laplace
from crm_analysis.privacy.pseudonyms import new_key, pseudonymise
from crm_analysis.privacy.shared_counts import (
    PrivacyBudget,
    PrivacyOptions,
    private_counts,
)


def _adults(rows: int, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "customer": [f"c{row}" for row in range(rows)],
            "age": rng.integers(18, 90, rows),
            "city": rng.choice(["Lyon", "Nice", "Paris", "Lille"], rows),
            "since": pd.Timestamp("2020-01-01")
            + pd.to_timedelta(rng.integers(0, 1400, rows), unit="D"),
            "income": rng.choice(
                ["low", "middle", "high"], rows, p=[0.6, 0.3, 0.1]
            ),
        }
    )


# Anonymous tables


def test_seven_rows_with_one_suppressed_by_hand() -> None:
    table = pd.DataFrame(
        {
            "age": ["30", "30", "40", "40", "50", "50", "*"],
            "city": ["A", "A", "B", "B", "C", "C", "*"],
            "income": ["low", "high", "low", "low", "low", "high", "high"],
        }
    )
    told = disclosure(table, ["age", "city"], "income")
    assert (told.rows, told.suppressed, told.classes) == (6, 1, 3)
    assert (told.k, told.l) == (2, 1)
    assert told.average_risk == told.highest_risk == 0.5


@given(
    st.integers(2, 6),
    st.integers(1, 3),
    st.integers(20, 80),
    st.integers(0, 10_000),
)
def test_every_class_has_its_rows_and_its_values_and_tells_the_truth(
    k: int, several: int, rows: int, seed: int
) -> None:
    people = _adults(rows, seed)
    if people["income"].nunique() < several:
        return
    options = AnonymityOptions(
        quasi=("age", "city", "since"), sensitive="income", k=k, l=several
    )
    hidden = anonymise(people, options)
    classes = hidden.table.groupby(["age", "city", "since"])
    assert classes.size().min() >= k
    assert classes["income"].nunique().min() >= several
    assert hidden.left_out == ("customer",)
    assert (hidden.table["income"] == people["income"]).all()
    for label, age in zip(hidden.table["age"], people["age"], strict=True):
        ends = [int(end) for end in label.split("–")]
        assert ends[0] <= age <= ends[-1]
    for label, city in zip(hidden.table["city"], people["city"], strict=True):
        assert city in label or "–" in label
    assert 0 <= hidden.lost <= 1


def test_the_order_of_rows_changes_no_class() -> None:
    people = _adults(300)
    options = AnonymityOptions(quasi=("age", "city"), sensitive="income")
    shuffled = people.sample(frac=1, random_state=1)
    again = anonymise(shuffled, options).table.sort_index()
    pd.testing.assert_frame_equal(anonymise(people, options).table, again)


def test_dates_become_months_and_places_their_region() -> None:
    people = pd.DataFrame(
        {
            "city": ["Lyon", "Grenoble", "Nice", "Cannes"],
            "since": pd.to_datetime(
                ["2024-01-03", "2024-01-30", "2024-02-01", "2024-03-31"]
            ),
        }
    )
    regions = [
        {"Lyon": "Rhône", "Grenoble": "Rhône", "Nice": "Azur", "Cannes": "Azur"}
    ]
    hidden = anonymise(
        people,
        AnonymityOptions(quasi=("city", "since"), k=2),
        hierarchies={"city": regions},
    ).table
    assert hidden["city"].tolist() == ["Rhône", "Rhône", "Azur", "Azur"]
    assert hidden["since"].tolist() == ["2024-01", "2024-01", "2024-Q1", "2024-Q1"]


def test_what_is_missing_is_hidden_too() -> None:
    people = pd.DataFrame({"age": [None, 30.0, 31.0, 60.0, None, 61.0]})
    hidden = anonymise(people, AnonymityOptions(quasi=("age",), k=2)).table
    assert hidden["age"].tolist() == [
        "30 / –",
        "30 / –",
        "31–61",
        "31–61",
        "30 / –",
        "31–61",
    ]


def test_closeness_keeps_classes_like_the_whole() -> None:
    people = _adults(400)
    quasi = ("age", "city")
    free = anonymise(people, AnonymityOptions(quasi=quasi, sensitive="income"))
    close = anonymise(
        people, AnonymityOptions(quasi=quasi, sensitive="income", t=0.1)
    )
    assert free.report.t is not None
    assert close.report.t is not None
    assert close.report.t <= 0.1 < free.report.t
    assert close.lost > free.lost


@pytest.mark.parametrize("seed", range(3))
def test_the_figures_are_those_of_pycanon(seed: int) -> None:
    anonymity = importlib.import_module("pycanon.anonymity")
    people = _adults(500, seed).assign(spent=lambda table: table["age"] % 7)
    quasi = ["age", "city"]
    for sensitive in ("income", "spent"):
        options = AnonymityOptions(quasi=tuple(quasi), sensitive=sensitive, k=4)
        hidden = anonymise(people, options)
        table = hidden.table
        assert hidden.report.k == anonymity.k_anonymity(table, quasi)
        assert hidden.report.l == anonymity.l_diversity(table, quasi, [sensitive])
        assert hidden.report.t == pytest.approx(
            anonymity.t_closeness(table, quasi, [sensitive]), abs=1e-9
        )


@pytest.mark.parametrize(
    ("key", "table", "options"),
    [
        ("privacy.no_quasi", _adults(20), {}),
        ("privacy.unknown_column", _adults(20), {"quasi": ("shoe",)}),
        ("privacy.too_few_rows", _adults(4), {"quasi": ("age",)}),
        (
            "privacy.too_few_values",
            _adults(20),
            {"quasi": ("age",), "sensitive": "income", "l": 9},
        ),
        (
            "privacy.several_rows",
            pd.concat([_adults(20), _adults(20)]),
            {"quasi": ("age",)},
        ),
    ],
)
def test_what_cannot_be_hidden_is_refused(
    key: str, table: pd.DataFrame, options: dict[str, object]
) -> None:
    with pytest.raises(AnalysisError) as problem:
        anonymise(table, AnonymityOptions(**options))
    assert problem.value.key == key
    assert problem.value.sentence("zh") != problem.value.sentence("en")


@pytest.mark.slow
def test_two_hundred_thousand_rows() -> None:
    people = _adults(200_000)
    begun = time.process_time()
    hidden = anonymise(
        people, AnonymityOptions(quasi=("age", "city", "since"), sensitive="income")
    )
    print(time.process_time() - begun)
    assert hidden.report.k >= 5


# Pseudonyms


def test_one_person_has_one_pseudonym_under_a_key() -> None:
    key = new_key()
    orders = pd.DataFrame(
        {"customer": ["7", None, "8", "7"], "amount": [1, 2, 3, 4]}
    )
    people = pd.DataFrame({"customer": [8, 7], "name": ["7", "=1+1"]})
    hidden = pseudonymise(orders, columns=["customer"], key=key)
    names = pseudonymise(people, columns=["customer", "name"], key=key)
    assert hidden["customer"][0] == hidden["customer"][3] == names["customer"][1]
    assert names["name"][0] == hidden["customer"][0]
    assert hidden["customer"].isna().tolist() == [False, True, False, False]
    assert hidden["amount"].equals(orders["amount"])
    assert orders["customer"][0] == "7"
    other = pseudonymise(orders, columns=["customer"], key=new_key())
    assert not set(other["customer"].dropna()) & set(hidden["customer"].dropna())


def test_a_short_key_and_an_unknown_column_are_refused() -> None:
    with pytest.raises(ValueError, match="16 to 64"):
        pseudonymise(_adults(3), columns=["customer"], key=b"short")
    with pytest.raises(AnalysisError) as problem:
        pseudonymise(_adults(3), columns=["name"], key=new_key())
    assert problem.value.key == "privacy.unknown_column"


# Counts with noise


def test_the_noise_has_the_law_it_names() -> None:
    draws = [discrete_laplace(1.0) for _ in range(20_000)]
    far = np.mean([abs(draw) >= 3 for draw in draws])
    # .0728 by the formula; five standard errors either way
    assert abs(far - 0.0728) < 5 * (0.0728 * 0.9272 / 20_000) ** 0.5
    assert abs(np.mean(draws)) < 5 * (1.84 / 20_000) ** 0.5


def test_counts_are_near_the_truth_as_often_as_their_interval_says() -> None:
    people = _adults(200)
    truth = people["city"].value_counts()
    inside = []
    for _ in range(100):
        told = private_counts(
            people, by="city", options=PrivacyOptions(coverage=0.9)
        ).table.set_index("city")
        true = truth[told.index]
        inside += list((told["lo"] <= true) & (true <= told["hi"]))
    assert np.mean(inside) > 0.85


def test_a_person_counts_once_and_adds_no_more_than_the_bound() -> None:
    rows = pd.DataFrame(
        {
            "customer": ["a"] * 50 + ["b"],
            "city": ["Lyon"] * 51,
            "amount": [1000.0] * 50 + [1.0],
        }
    )
    options = PrivacyOptions(epsilon=10.0, bound=10.0)
    told = private_counts(rows, "city", options, total="amount")
    assert told.table["hi"][0] < 10
    assert told.table["total"][0] < 60
    assert told.cut == 0.5


def test_a_budget_that_is_spent_refuses() -> None:
    budget, people = PrivacyBudget(1.0), _adults(30)
    options = PrivacyOptions(epsilon=0.6)
    private_counts(people, "city", options, budget=budget)
    with pytest.raises(AnalysisError) as problem:
        private_counts(people, "city", options, budget=budget)
    assert problem.value.key == "privacy.spent"
    assert budget.left == pytest.approx(0.4)


def test_groups_of_public_knowledge_are_all_told() -> None:
    told = private_counts(_adults(30), "city", groups=["Rome", "Lyon"])
    assert told.table["city"].tolist() == ["Rome", "Lyon"]
    assert told.table["persons"][0] <= told.table["hi"][0]


def test_a_sum_needs_a_bound() -> None:
    with pytest.raises(AnalysisError) as problem:
        private_counts(_adults(30), "city", total="age")
    assert problem.value.key == "privacy.no_bound"
