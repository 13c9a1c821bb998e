"""The list to act on, and whom it leaves out and holds out."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st

from crm_analysis.analyses.churn import (
    Churn,
    MoneyOptions,
    RetentionListOptions,
    contact_columns,
    list_to_contact,
    reasons_of,
    suggest_actions,
)
from crm_analysis.errors import AnalysisError
from tests.churn_people import LEFT, TABLE, churn_of_people, money_and_risk


@pytest.fixture(scope="module")
def churn() -> Churn:
    return churn_of_people()


# The list


def _scored(churn: Churn) -> pd.DataFrame:
    return churn.customers.merge(TABLE.drop(columns="churned"), on="customer")


MONEY = MoneyOptions(value_column="fee", incentive=2)


def test_the_list_leaves_out_whom_it_should(churn: Churn) -> None:
    table = _scored(churn)
    staying = table.loc[~table["churned"].astype(bool), "customer"]
    stopped = staying.head(10).tolist()
    result = list_to_contact(
        table,
        MONEY,
        suppressed=[f" {one} " for one in stopped],
        reasons=churn.reasons,
    )
    listed = result.table
    assert not set(listed["customer"]) & set(stopped) and set(
        listed["customer"]
    ) <= set(staying)
    assert result.suppressed == 10 and result.already_churned == int(LEFT.sum())
    assert (listed["expected_profit"] > 0).all() and listed[
        "expected_profit"
    ].is_monotonic_decreasing
    assert (
        listed["position"].tolist() == list(range(1, len(listed) + 1))
        and "email" in listed.columns
    )
    assert (
        set(result.reasons["customer"]) <= set(listed["customer"])
        and listed["action"]
        .isin(["contract", "price", "service", "welcome", "talk", "usage"])
        .all()
    )
    assert (
        listed["touch"].eq("personal").sum() == math.ceil(0.2 * len(listed))
        and listed["touch"].iloc[0] == "personal"
    )


def test_the_hold_out_is_random_alike_and_repeatable() -> None:
    people = money_and_risk(4000).drop(columns="churned")
    result = list_to_contact(
        people,
        MoneyOptions(value_column="worth"),
        RetentionListOptions(holdout=0.15),
    )
    groups = result.table.groupby("group")["risk"]
    assert groups.size()["holdout"] / len(result.table) == pytest.approx(
        0.15, abs=0.005
    )
    spread = result.table["risk"].std() / np.sqrt(groups.size()["holdout"])
    assert (
        abs(groups.mean()["holdout"] - groups.mean()["contact"]) < spread / 2
    )  # nearer than without blocks of like risk
    again = list_to_contact(
        people,
        MoneyOptions(value_column="worth"),
        RetentionListOptions(holdout=0.15),
    )
    pd.testing.assert_frame_equal(result.table, again.table)
    other = list_to_contact(
        people,
        MoneyOptions(value_column="worth"),
        RetentionListOptions(holdout=0.15, seed=1),
    )
    held = [
        set(one.table.loc[one.table["group"] == "holdout", "customer"])
        for one in (result, other)
    ]
    assert len(held[0] & held[1]) < 0.4 * len(held[0])


@pytest.mark.slow
def test_everybody_is_as_likely_to_be_held_out() -> None:
    people = money_and_risk(50).drop(columns="churned")
    times = np.zeros(50)
    for seed in range(150):
        table = list_to_contact(
            people,
            MoneyOptions(value=1e6),
            RetentionListOptions(holdout=0.2, seed=seed),
        ).table
        times[table.loc[table["group"] == "holdout", "customer"]] += 1
    assert (
        times.sum() == 1500 and times.min() > 12 and times.max() < 50
    )  # 30 each, give or take 5


@pytest.mark.slow
@given(st.integers(0, 500), st.floats(0, 0.5))
def test_the_share_held_out_is_the_share_asked_for(seed: int, share: float) -> None:
    people = money_and_risk(77, seed).assign(risk=0.5).drop(columns="churned")
    held = (
        list_to_contact(
            people,
            MoneyOptions(value=1e6),
            RetentionListOptions(holdout=share, seed=seed),
        )
        .table["group"]
        .eq("holdout")
    )
    assert len(held) == 77 and math.floor(share * 77) <= held.sum() <= math.ceil(
        share * 77
    )


def test_limits_hold_for_those_contacted() -> None:
    people = money_and_risk(500).drop(columns="churned")
    result = list_to_contact(
        people,
        MoneyOptions(value_column="worth", count=40),
        RetentionListOptions(holdout=0.2),
    )
    assert result.summary()["contact"] == 40 and result.summary()["holdout"] == 10
    result = list_to_contact(
        people,
        MoneyOptions(value_column="worth", budget=300),
        RetentionListOptions(holdout=0.2),
    )
    assert 285 < result.summary()["cost"] <= 300 and result.summary()["holdout"] > 0


def test_the_list_of_before_marks_who_is_new() -> None:
    people = money_and_risk(60).drop(columns="churned")
    before = list_to_contact(
        people,
        MoneyOptions(value_column="worth", count=10),
        RetentionListOptions(holdout=0),
    ).table
    later = people.assign(
        risk=people["risk"].where(people["customer"] != before["customer"][0], 0.0),
        customer=people["customer"].astype(float),
    )
    result = list_to_contact(
        later,
        MoneyOptions(value_column="worth", count=10),
        RetentionListOptions(holdout=0),
        previous=before,
    )
    assert (
        result.dropped == (str(before["customer"][0]),)
        and result.table["new"].sum() == 1
    )  # 17 and 17.0 are one customer
    stayed = result.table[~result.table["new"]]
    assert (
        stayed["risk_before"].to_numpy() == pytest.approx(stayed["risk"].to_numpy())
        and result.table.loc[result.table["new"], "risk_before"].isna().all()
    )


def test_of_several_rows_of_a_customer_the_last_cutoff_counts() -> None:
    people = pd.DataFrame(
        {
            "customer": ["a", "a", "b"],
            "cutoff": pd.to_datetime(["2024-03-01", "2024-01-01", "2024-03-01"]),
            "risk": [0.4, 0.9, 0.5],
        }
    )
    result = list_to_contact(
        people, MoneyOptions(value=1000), RetentionListOptions(holdout=0)
    )
    assert result.table.set_index("customer")["risk"].to_dict() == {
        "b": 0.5,
        "a": 0.4,
    }
    with pytest.raises(AnalysisError, match="Nobody is left to contact"):
        list_to_contact(people, suppressed=["a", "b"])


def test_contact_columns_reach_people() -> None:
    table = pd.DataFrame(
        {
            "customer": range(30),
            "PhoneService": ["yes", "no"] * 15,
            "Phone": range(30),
            "lastName": range(30),
            "邮箱": range(30),
            "phoneme": range(30),
        }
    )
    assert contact_columns(table) == ["Phone", "lastName", "邮箱"]


def test_actions_follow_the_strongest_reason_that_is_a_topic() -> None:
    why = pd.DataFrame(
        [
            ("a", 1, "tenure", 9.0),
            ("a", 2, "MonthlyCharges", 8.0),
            ("b", 1, "tenure", 9.0),
            ("c", 1, "Contract", -9.0),
            ("c", 2, "TechSupport", 1.0),
            ("d", 1, "距上次购买天数", 3.0),
        ],
        columns=["customer", "rank", "feature", "points"],
    )
    assert suggest_actions(why).set_index("customer")["action"].to_dict() == {
        "a": "price",
        "b": "welcome",
        "c": "service",
        "d": "winback",
    }


def test_only_who_is_new_is_helped_to_get_started() -> None:
    people = pd.DataFrame(
        {
            "customer": list("abcdef"),
            "tenure": [30.0, 583.0, 560.0, 520.0, 600.0, 20.0],
        }
    )
    rows = [
        ("a", 1, "tenure", 9.0, 30.0),
        ("b", 1, "tenure", 28.0, 583.0),
        ("b", 2, "recency", 4.0, 80.0),
        ("c", 1, "tenure", 9.0, 560.0),
    ]
    why = pd.DataFrame(
        rows, columns=["customer", "rank", "feature", "points", "number"]
    )
    assert suggest_actions(why, people).set_index("customer")[
        "action"
    ].to_dict() == {
        "a": "welcome",
        "b": "winback",
        "c": "talk",
    }
    result = list_to_contact(
        people.assign(risk=0.9),
        MoneyOptions(value=1000),
        RetentionListOptions(holdout=0),
        reasons=why,
    )
    assert result.table.set_index("customer")["action"].loc[
        ["a", "b", "c"]
    ].tolist() == [
        "welcome",
        "winback",
        "talk",
    ]
    # A date counts as the days before the latest, here and in the reasons.
    dates = people.assign(
        first_day=pd.Timestamp("2024-06-30")
        - pd.to_timedelta(people["tenure"], unit="D")
    ).drop(columns="tenure")
    days = why.replace({"feature": {"tenure": "first_day"}}).assign(
        number=[10.0, 563.0, 80.0, 540.0]
    )
    assert suggest_actions(days, dates).set_index("customer")[
        "action"
    ].to_dict() == {
        "a": "welcome",
        "b": "winback",
        "c": "talk",
    }


def test_reasons_that_raise_are_told_alone(churn: Churn) -> None:
    whole, up = (
        reasons_of(churn, rows=50, count=99),
        reasons_of(churn, rows=50, raising=True),
    )
    assert (up["points"] > 0).all() and up.groupby("customer").size().max() == 3
    best = (
        whole[whole["points"] > 0]
        .sort_values("points", ascending=False, kind="stable")
        .groupby("customer")["points"]
        .first()
    )
    assert up[up["rank"] == 1].set_index("customer")[
        "points"
    ].to_dict() == pytest.approx(best.to_dict())
