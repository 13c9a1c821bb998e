"""Satisfaction and loyalty of each customer: by hand, and into the value score and the card."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crm_analysis.analyses.customers import customer_card
from crm_analysis.analyses.feedback import (
    CustomerSatisfaction,
    LoyaltyOptions,
    customer_satisfaction,
)
from crm_analysis.analyses.value import customer_dimensions, scores
from crm_analysis.errors import AnalysisError


def orders() -> pd.DataFrame:
    """Ann buys in January, February and April, Bob once in April, Cy twice in January."""
    days = ["2024-01-01", "2024-02-10", "2024-04-30", "2024-04-20", "2024-01-11"]
    days += ["2024-01-21"]
    return pd.DataFrame(
        {
            "customer": ["ann", "ann", "ann", "bob", "cy", "cy"],
            "date": pd.to_datetime(days),
            "amount": [10.0, 20.0, 30.0, 5.0, 5.0, 5.0],
        }
    )


def answers() -> pd.DataFrame:
    days = pd.to_datetime(["2024-03-01", "2024-02-01", "2024-04-21", "2024-05-05"])
    return pd.DataFrame(
        {
            "customer": ["ann", "ann", "bob", "dee"],
            "date": days,
            "csat": [2, 5, 4, 3],
            "nps": [10, 0, 5, None],
        }
    )


def of(asked: CustomerSatisfaction, customer: str) -> pd.Series:
    return asked.customers.set_index("customer").loc[customer]


def test_satisfaction_is_the_latest_score_drawn_to_the_mean() -> None:
    satisfaction = customer_satisfaction(
        answers(), orders(), LoyaltyOptions(reliability=0.5)
    )
    # Latest places .25 (ann), .75 (bob), .5 (dee): mean .5.
    ann = of(satisfaction, "ann")
    assert (ann["score"], ann["answers"], ann["satisfaction"]) == (2, 2, 37.5)
    assert str(ann["answered"].date()) == "2024-03-01"
    assert ann["satisfaction_lo"] < 37.5 < ann["satisfaction_hi"]
    assert of(satisfaction, "bob")["satisfaction"] == 62.5
    assert np.isnan(of(satisfaction, "cy")["satisfaction"])
    sure = customer_satisfaction(
        answers(), orders(), LoyaltyOptions(reliability=1.0)
    )
    assert of(sure, "ann")["satisfaction"] == 25


def test_satisfaction_is_drawn_to_the_segment_where_it_has_answers_enough() -> None:
    people = pd.DataFrame(
        {"customer": range(20), "segment": ["x"] * 10 + ["y"] * 6 + ["z"] * 4}
    )
    table = people[["customer"]].assign(csat=[5] * 9 + [1] + [1] * 6 + [3] * 4)
    satisfaction = customer_satisfaction(
        table, None, LoyaltyOptions(reliability=0.5), people
    )
    assert of(satisfaction, "9")["satisfaction"] == pytest.approx((0 + 90) / 2)
    assert of(satisfaction, "10")["satisfaction"] == 0
    overall = 100 * (9 + 4 * 0.5) / 20
    assert of(satisfaction, "19")["satisfaction"] == pytest.approx(
        (50 + overall) / 2
    )
    assert satisfaction.segments["answered"].tolist() == [10, 6, 4]


def test_loyalty_is_the_weighted_mean_of_its_four_parts() -> None:
    satisfaction = customer_satisfaction(answers(), orders())
    ann, cy = of(satisfaction, "ann"), of(satisfaction, "cy")
    assert ann["repeat_rate"] == pytest.approx(2 / 3)
    assert ann["months_active"] == pytest.approx(3 / 4)
    assert (ann["tenure"], ann["recommends"]) == (1, 1)
    assert ann["loyalty"] == pytest.approx(100 * (2 / 3 + 3 / 4 + 1 + 1) / 4)
    # Who was not asked counts with the mean of those who were, 1 and .5.
    parts = [0.5, 1 / 4, 110 / 120, 0.75]
    assert np.isnan(cy["recommends"])
    assert cy["loyalty"] == pytest.approx(100 * np.mean(parts))
    assert satisfaction.parts["weight"].tolist() == [0.25] * 4
    assert satisfaction.parts["known"].tolist() == [3, 3, 3, 2]


def test_weights_of_loyalty_are_the_readers() -> None:
    options = LoyaltyOptions(
        weight_repeat_rate=0, weight_months_active=3, weight_tenure=1,
        weight_recommends=0,
    )  # fmt: skip
    satisfaction = customer_satisfaction(answers(), orders(), options)
    assert of(satisfaction, "ann")["loyalty"] == pytest.approx(
        100 * (3 * 0.75 + 1) / 4
    )
    nothing = LoyaltyOptions(
        weight_repeat_rate=0, weight_months_active=0, weight_tenure=0,
        weight_recommends=0,
    )  # fmt: skip
    with pytest.raises(AnalysisError, match="All weights are 0"):
        customer_satisfaction(answers(), orders(), nothing)


def test_without_orders_loyalty_is_what_the_customers_table_tells() -> None:
    people = pd.DataFrame(
        {"customer": ["ann", "bob"], "frequency": [4, 1], "tenure": [100, 50]}
    )
    satisfaction = customer_satisfaction(
        answers()[["customer", "csat"]], None, None, people
    )
    assert of(satisfaction, "ann")["loyalty"] == pytest.approx(100 * (0.75 + 1) / 2)
    assert of(satisfaction, "bob")["loyalty"] == pytest.approx(100 * (0 + 0.5) / 2)
    alone = customer_satisfaction(answers())
    assert alone.notes[0].key == "feedback.loyalty.no_orders"
    assert of(alone, "ann")["loyalty"] == 100


def test_what_was_said_after_the_day_does_not_count() -> None:
    satisfaction = customer_satisfaction(
        answers(), orders(), LoyaltyOptions(as_of="2024-02-28", reliability=1.0)
    )
    assert of(satisfaction, "ann")["satisfaction"] == 100
    assert "dee" not in set(satisfaction.customers["customer"])
    assert of(satisfaction, "ann")["months_active"] == 1


def test_the_reliability_is_measured_by_those_who_answered_twice() -> None:
    """Half the variance is between customers, half comes and goes: .5."""
    rng = np.random.default_rng(0)
    content = rng.normal(50, 15, 3000)
    table = pd.DataFrame(
        {
            "customer": np.tile(np.arange(3000), 2),
            "nps": (np.tile(content, 2) + rng.normal(0, 15, 6000)).clip(0, 100),
        }
    )
    satisfaction = customer_satisfaction(
        table, None, LoyaltyOptions(nps_scale="0-100")
    )
    assert satisfaction.reliability == pytest.approx(0.5, abs=0.05)
    assert [note.key for note in satisfaction.notes][
        -1
    ] == "feedback.loyalty.measured"
    drawn = satisfaction.customers.set_index("customer")["satisfaction"]
    truth = pd.Series(content, index=[str(number) for number in range(3000)])
    error = (drawn - truth).std()
    assert (
        error
        < (satisfaction.customers.set_index("customer")["score"] - truth).std()
    )
    inside = satisfaction.customers.assign(
        truth=truth.reindex(drawn.index).to_numpy()
    )
    held = inside["truth"].between(
        inside["satisfaction_lo"], inside["satisfaction_hi"]
    )
    assert 0.93 <= held.mean() <= 0.97


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        (pd.DataFrame({"csat": [1, 2]}), "No column is the customer"),
        (pd.DataFrame({"customer": ["a"], "text": ["x"]}), "No column has a score"),
        (pd.DataFrame({"customer": [None, " "], "csat": [1, 2]}), "No column has"),
    ],
)
def test_what_cannot_be_said_is_said(table: pd.DataFrame, sentence: str) -> None:
    with pytest.raises(AnalysisError, match=sentence):
        customer_satisfaction(table)


def test_a_scale_that_is_not_sure_is_asked_for_and_not_used() -> None:
    table = pd.DataFrame({"customer": range(20), "csat": [0, 10] * 10})
    satisfaction = customer_satisfaction(table, orders())
    assert [question.key for question in satisfaction.questions] == [
        "feedback.survey.ask.csat"
    ]
    assert satisfaction.customers["satisfaction"].isna().all()
    assert satisfaction.customers["loyalty"].notna().any()
    assert satisfaction.summary()["satisfaction"] is None


def test_both_feed_the_value_score() -> None:
    satisfaction = customer_satisfaction(answers(), orders())
    dimensions = customer_dimensions(orders(), satisfaction=satisfaction.customers)
    table = dimensions.set_index("customer")
    assert (
        table.loc["ann", "satisfaction"] == of(satisfaction, "ann")["satisfaction"]
    )
    assert table.loc["cy", "loyalty"] == of(satisfaction, "cy")["loyalty"]
    made = scores(dimensions)
    assert {"satisfaction", "loyalty"} <= set(made.weights["dimension"])
    assert (made.weights.set_index("dimension")["weight"] > 0).all()


def test_satisfaction_of_the_comments_counts_before_that_of_the_contacts() -> None:
    contacts = pd.DataFrame({"customer": ["ann", "cy"], "satisfaction": [1.0, 2.0]})
    satisfaction = customer_satisfaction(answers(), orders()).customers
    both = customer_dimensions(orders(), contacts, satisfaction=satisfaction)
    assert both["satisfaction"].max() > 5
    nothing = satisfaction.assign(satisfaction=np.nan)
    table = customer_dimensions(orders(), contacts, satisfaction=nothing)
    assert table.set_index("customer")["satisfaction"]["cy"] == 2


def test_both_stand_on_the_customers_card() -> None:
    satisfaction = customer_satisfaction(answers(), orders())
    card = customer_card(orders(), "ann", measures=satisfaction.customers)
    assert card.facts["loyalty"] == of(satisfaction, "ann")["loyalty"]
    assert card.facts["satisfaction"] == of(satisfaction, "ann")["satisfaction"]
    assert card.facts["repeat_rate"] == pytest.approx(2 / 3)
    silent = customer_card(orders(), "cy", measures=satisfaction.customers)
    assert silent.facts["satisfaction"] is None
    assert "loyalty" not in customer_card(orders(), "ann").facts
    people = pd.DataFrame({"customer": ["ann", "zoe"], "age": [30, 40]})
    ready = customer_card(people, "ann", measures=satisfaction.customers)
    assert ready.facts["loyalty"] == of(satisfaction, "ann")["loyalty"]
    unknown = customer_card(people, "zoe", measures=satisfaction.customers)
    assert unknown.facts["loyalty"] is None
