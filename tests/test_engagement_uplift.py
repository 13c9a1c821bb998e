"""Whom a contact changes: the Qini by hand and as scikit-uplift has it, learners, gate, list."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import get_args

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st

import crm_analysis as crm
from crm_analysis.analyses.engagement import campaign_table
from crm_analysis.analyses.engagement.uplift.learners import LEARNERS
from crm_analysis.analyses.engagement.uplift.options import LearnerName
from crm_analysis.analyses.engagement.uplift.qini import (
    Trial,
    qini_curve,
    qini_score,
)
from crm_analysis.errors import AnalysisError


def trial(
    size: int = 6000, seed: int = 0, gain: float = 0.15, amount: bool = False
) -> pd.DataFrame:
    """The mail works for those on the web, and for no others."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "customer": [f"T{number}" for number in range(size)],
            "arm": rng.choice(["mail", "none"], size),
            "recency": rng.integers(1, 12, size),
            "web": rng.integers(0, 2, size),
            "plan": rng.choice(["basic", "plus"], size),
        }
    )
    chance = 0.15 + gain * (table["arm"] == "mail") * table["web"]
    table["visit"] = (rng.random(size) < chance).astype(int)
    if amount:
        table["visit"] = table["visit"] * rng.gamma(4, 10, size)
    return table


OPTIONS = crm.UpliftOptions(outcome="visit")


def sklift_score(trial: Trial, gain: np.ndarray) -> float:
    from sklift.metrics import qini_auc_score

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(qini_auc_score(trial.outcome, gain, trial.treated))


# The Qini


def test_the_curve_is_as_by_hand() -> None:
    of = Trial(np.array([1, 0, 1, 0]), np.array([1.0, 0.0, 0.0, 1.0]), False)
    curve = qini_curve(of, np.array([4.0, 3.0, 2.0, 1.0]))
    assert curve.gained.tolist() == [0, 1, 1, 1, 0]
    assert curve.contacted.tolist() == [0, 1, 2, 3, 4]


@given(st.integers(0, 10_000), st.integers(20, 200), st.booleans())
def test_the_score_is_scikit_uplifts(seed: int, size: int, tied: bool) -> None:
    rng = np.random.default_rng(seed)
    treated = rng.integers(0, 2, size)
    treated[:2] = 0, 1
    outcome = rng.integers(0, 2, size).astype(float)
    outcome[:4] = 0, 1, 1, 0
    gain = rng.normal(size=size).round(1 if tied else 9)
    of = Trial(treated, outcome, False)
    assert qini_score(of, gain) == pytest.approx(sklift_score(of, gain), abs=1e-9)


# Learning


@pytest.mark.parametrize("learner", get_args(LearnerName))
@pytest.mark.slow
def test_every_learner_finds_what_was_planted(learner: LearnerName) -> None:
    gain = crm.uplift(trial(), OPTIONS.replace(learner=learner))
    means = gain.customers["gain"].groupby(trial()["web"].to_numpy()).mean()
    assert means[1] - means[0] == pytest.approx(0.15, abs=0.06)
    assert gain.evident and gain.claim == "experiment"
    amounts = crm.uplift(trial(amount=True), OPTIONS.replace(learner=learner))
    money = amounts.customers["gain"].groupby(trial()["web"].to_numpy()).mean()
    assert money[1] - money[0] == pytest.approx(0.15 * 40, abs=3)


def test_each_learner_has_its_name_in_the_registry() -> None:
    assert set(LEARNERS) == set(get_args(LearnerName))


def test_gains_come_with_their_baselines() -> None:
    gain = crm.uplift(trial(), OPTIONS)
    scores = gain.scores.set_index("method")
    assert list(scores.index) == ["uplift", "response", "random", "all", "none"]
    assert scores.loc["uplift", "qini_lo"] < scores.loc["uplift", "qini"]
    assert scores.loc["none", "per_customer"] == 0
    table = trial()
    difference = table.groupby("arm")["visit"].mean()
    assert scores.loc["all", "per_customer"] == pytest.approx(
        difference["mail"] - difference["none"]
    )
    assert (
        gain.quintiles["difference"].iloc[0] > gain.quintiles["difference"].iloc[-1]
    )
    assert gain.quintiles["customers"].sum() == len(table)
    assert gain.curve["gained"].iloc[-1] == pytest.approx(
        gain.curve["at_random"].iloc[-1]
    )


@pytest.mark.slow
def test_new_customers_get_their_gain() -> None:
    gain = crm.uplift(trial(), OPTIONS)
    new = gain.apply(trial(200, seed=5).drop(columns=["visit", "arm"]))
    web = trial(200, seed=5)["web"].to_numpy()
    assert list(new.columns) == ["customer", "gain"]
    assert new["gain"][web == 1].min() > new["gain"][web == 0].mean()


def test_no_outcome_is_ever_a_feature() -> None:
    table = trial()
    after = table.assign(
        bought=table["visit"] * (np.arange(len(table)) % 2),
        opened=(table["arm"] == "mail") & (np.arange(len(table)) % 3 == 0),
        clicked_link=(table["arm"] == "mail") & (np.arange(len(table)) % 11 == 0),
    )
    gain = crm.uplift(after, OPTIONS)
    assert gain.features == ("recency", "web", "plan")
    assert gain.alarms.set_index("column")["reason"].to_dict() == {
        "bought": "outcome",
        "clicked_link": "arm",
    }


@pytest.mark.slow
def test_few_responders_and_a_useless_ranking_give_no_list() -> None:
    few = crm.uplift(trial(600), OPTIONS)
    assert not few.evident and few.verdict.key == "engagement.uplift.few"
    same = crm.uplift(trial(gain=0.0), OPTIONS)
    assert not same.evident and same.verdict.key == "engagement.uplift.nobody"
    listed = crm.whom_to_contact(same)
    assert listed.table.empty and listed.verdict == same.verdict
    assert "contact all or none" in listed.verdict.sentence("en")


@pytest.mark.parametrize(
    ("table", "options", "key"),
    [
        (
            trial(400).assign(arm=list("abcd") * 100),
            OPTIONS.replace(control="a"),
            "which_arm",
        ),
        (trial(400)[["arm", "visit"]], OPTIONS, "no_features"),
        (trial(400), OPTIONS.replace(outcome="sold"), "no_column"),
        (trial(16), OPTIONS, "too_few"),
        (trial(400), OPTIONS.replace(treated="post"), "no_such_arm"),
    ],
)
def test_what_the_reader_can_mend_is_said(
    table: pd.DataFrame, options: crm.UpliftOptions, key: str
) -> None:
    with pytest.raises(AnalysisError) as problem:
        crm.uplift(table, options)
    assert problem.value.key == f"engagement.{key}"
    assert problem.value.sentence("zh")


@pytest.mark.slow
def test_the_same_proportion_for_all_is_no_difference() -> None:
    """Odds doubled for everybody: those who buy anyway gain most, and nobody differs."""
    rng = np.random.default_rng(1)
    size = 8000
    table = trial(size)
    base = -2.5 + 0.2 * table["recency"] + 0.8 * table["web"]
    odds = np.exp(base + 0.7 * (table["arm"] == "mail"))
    table["visit"] = (rng.random(size) < odds / (1 + odds)).astype(int)
    gain = crm.uplift(table, OPTIONS)
    assert gain.summary()["qini_lo"] > 0
    assert not gain.evident and gain.verdict.key == "engagement.uplift.nobody"
    amounts = table.assign(visit=rng.gamma(2, 10 * np.exp(base)))
    raised = np.where(table["arm"] == "mail", 1.3, 1.0)
    amounts["visit"] *= raised
    assert not crm.uplift(amounts, OPTIONS).evident


# The list


def test_a_contact_pays_from_the_threshold_on() -> None:
    gain = crm.uplift(trial(), OPTIONS)
    listed = crm.whom_to_contact(
        gain, crm.ContactListOptions(margin=40, cost=0.5, start="2024-05-01")
    )
    assert listed.threshold == 0.0125
    assert listed.read_on == "2024-05-31"
    assert (listed.table["gain"] > 0.0125).all()
    left_out = set(gain.customers["customer"]) - set(listed.table["customer"])
    rest = gain.customers[gain.customers["customer"].isin(left_out)]
    assert (rest["gain"] <= 0.0125).all()
    held = (listed.table["arm"] == "holdout").mean()
    assert held == pytest.approx(0.1, abs=0.03)


def test_a_budget_takes_the_largest_profit() -> None:
    gain = crm.uplift(trial(), OPTIONS)
    listed = crm.whom_to_contact(gain, crm.ContactListOptions(budget=100, cost=0.5))
    best = gain.customers["gain"].nlargest(200)
    assert listed.table["gain"].tolist() == pytest.approx(best.tolist())
    assert listed.curve.loc[listed.curve["chosen"], "contacted"].tolist() == [200]


# Hillstrom's e-mails


def hillstrom(folder: Path, treated: str, seed: int = 0) -> crm.Uplift:
    table = pd.read_csv(folder / "hillstrom" / "hillstrom_half.csv")
    options = crm.UpliftOptions(
        arm="segment", treated=treated, outcome="visit", seed=seed
    )
    return crm.uplift(table, options)


@pytest.fixture(scope="module")
def women(real_data: Path) -> crm.Uplift:
    return hillstrom(real_data, "Womens E-Mail")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_claimed_on_hillstroms_men(real_data: Path, seed: int) -> None:
    """Their Qini is over 0 as those gain most who visit anyway: in the same proportion."""
    men = hillstrom(real_data, "Mens E-Mail", seed)
    summary = men.summary()
    assert 0 < summary["qini"] < summary["null"]
    assert summary["over_response_lo"] < 0 < summary["over_response_hi"]
    assert not men.evident and men.verdict.key == "engagement.uplift.nobody"
    assert crm.whom_to_contact(men).table.empty
    assert hillstrom(real_data, "Womens E-Mail", seed).evident


@pytest.mark.slow
def test_the_qini_of_hillstroms_women_is_high_and_no_leak(
    women: crm.Uplift,
) -> None:
    summary = women.summary()
    assert 0.045 <= summary["qini"] <= 0.12
    assert women.evident and women.claim == "experiment"
    assert set(women.alarms["column"]) == {"conversion", "spend"}
    customers = women.customers
    of = Trial(
        (customers["arm"] == "Womens E-Mail").to_numpy(dtype=int),
        customers["outcome"].to_numpy(),
        False,
    )
    theirs = sklift_score(of, customers["gain"].to_numpy())
    assert summary["qini"] == pytest.approx(theirs, abs=5e-4)


def called(seed: int = 0, size: int = 6000) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A campaign's log that says itself who bought, and the plans of the customers.

    Only those with the plan "plus" buy because of the call.
    """
    rng = np.random.default_rng(seed)
    customer = np.array([f"C{number:05d}" for number in range(size)])
    treated = rng.permutation(np.arange(size) % 2 == 0)
    plan = rng.choice(["plus", "basic"], size)
    chance = 0.1 + 0.2 * (treated & (plan == "plus"))
    log = pd.DataFrame(
        {
            "customer": customer,
            "date": pd.Timestamp("2024-03-01"),
            "channel": "phone",
            "campaign": "Spring",
            "arm": np.where(treated, "treated", "holdout"),
            "bought": (rng.random(size) < chance).astype(int),
        }
    )
    return log, pd.DataFrame({"customer": customer, "plan": plan})


def test_a_log_that_says_its_outcome_itself_is_learnt_from_without_orders() -> None:
    log, people = called()
    unsure = log.assign(bought=log["bought"].where(log.index != 3))
    table = campaign_table(unsure, customers=people, outcome="bought")
    assert list(table.columns) == ["customer", "arm", "plan", "bought"]
    assert len(table) == len(log) - 1
    gain = crm.uplift(table, crm.UpliftOptions(outcome="bought"))
    assert gain.claim == "experiment" and gain.evident
    mean = gain.customers.merge(people).groupby("plan")["gain"].mean()
    assert mean["plus"] == pytest.approx(0.2, abs=0.04)
    assert mean["basic"] == pytest.approx(0.0, abs=0.04)


@pytest.mark.parametrize(
    ("outcome", "key"),
    [
        (None, "engagement.no_orders"),
        ("sold", "engagement.no_column"),
        ("opened", "engagement.of_a_contact"),
    ],
)
def test_what_no_log_says_of_both_arms_is_refused(
    outcome: str | None, key: str
) -> None:
    log, people = called(size=200)
    with pytest.raises(AnalysisError) as caught:
        campaign_table(log.assign(opened=1), customers=people, outcome=outcome)
    assert caught.value.key == key
