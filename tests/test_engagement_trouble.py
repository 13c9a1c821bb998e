"""Logs and tests as they come: what is left out, doubtful or missing is said, and stops no more."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import crm_analysis as crm
from crm_analysis.analyses.engagement.card import read_card
from crm_analysis.analyses.engagement.pooling import pool
from crm_analysis.errors import AnalysisError
from crm_analysis.messages import Message
from crm_analysis.wording import LANGUAGES
from tests.test_engagement_campaigns import DAY, campaign, rows
from tests.test_engagement_uplift import OPTIONS, trial

QUICK = OPTIONS.replace(draws=50, repeats=1, folds=2)


def keys(notes: tuple[Message, ...]) -> list[str]:
    """What is said, by its keys; every one of them can be said."""
    for note in notes:
        assert all(note.sentence(language) for language in LANGUAGES)
    return [note.key.removeprefix("engagement.") for note in notes]


def said(notes: tuple[Message, ...], key: str) -> dict[str, object]:
    """The details of what is said under that key."""
    return next(note.details for note in notes if note.key == f"engagement.{key}")


# Campaigns


def test_a_campaign_whose_arms_lost_rows_stops_and_the_others_do_not() -> None:
    contacts, orders = campaign()
    treated = contacts["arm"] == "treated"
    lost = contacts[treated | (contacts.index % 2 == 0)].assign(campaign="lossy")
    both = pd.concat([contacts, lost])
    result = crm.campaign_result(
        both, orders, crm.CampaignOptions(split=(0.5, 0.5))
    )
    assert set(result.campaigns["campaign"]) == {"spring"}
    assert said(result.notes, "note.stopped") == {"campaign": "lossy"}
    assert "sample_ratio" in keys(result.notes)
    with pytest.raises(AnalysisError) as problem:
        crm.campaign_result(lost, orders, crm.CampaignOptions(split=(0.5, 0.5)))
    assert problem.value.key == "engagement.sample_ratio"


def test_who_is_held_out_without_a_day_is_held_out_from_the_first_one() -> None:
    contacts, orders = campaign()
    held = contacts["arm"] == "holdout"
    undated = contacts.assign(date=contacts["date"].mask(held))
    expected = crm.campaign_result(contacts, orders)
    result = crm.campaign_result(undated, orders)
    assert result.claim == "experiment"
    pd.testing.assert_frame_equal(result.campaigns, expected.campaigns)


def test_a_hold_out_drawn_later_is_no_experiment() -> None:
    contacts, orders = campaign()
    held = contacts["arm"] == "holdout"
    later = contacts.assign(
        date=contacts["date"].mask(held, DAY + pd.Timedelta(days=20))
    )
    result = crm.campaign_result(later, orders)
    assert result.claim == "adjusted comparison"
    assert said(result.notes, "note.clock")["days"] == 20
    checks = result.checks.set_index("check")
    assert not checks.loc["clock", "holds"] and checks.loc["clock", "value"] == 20
    on_time = crm.campaign_result(contacts, orders).checks.set_index("check")
    assert on_time.loc["clock", "holds"]


def test_an_adjusted_comparison_has_its_e_value_and_shows_its_overlap() -> None:
    contacts, orders = campaign()
    reached = contacts[contacts["arm"] == "treated"].drop(columns="arm")
    result = crm.campaign_result(reached, orders)
    assert result.claim == "adjusted comparison"
    assert (result.campaigns.query("measure == 'customers'")["e_value"] > 1).all()
    overlap = result.checks.set_index("check").loc["overlap"]
    assert overlap["holds"] and 0.9 <= overlap["value"] <= 1
    assert overlap["limit"] == 0.9
    assert "note.e_value" in keys(result.notes)
    experiment = crm.campaign_result(contacts, orders)
    assert experiment.campaigns["e_value"].isna().all()
    assert "note.e_value" not in keys(experiment.notes)


def test_an_arm_in_which_nobody_bought_leaves_three_over_n_possible() -> None:
    contacts, orders = campaign(bought=(0.3, 0.0))
    result = crm.campaign_result(contacts, orders)
    details = said(result.notes, "note.none_bought_holdout")
    assert details["count"] == 1000
    assert details["bound"] == pytest.approx(3 / 1000, rel=0.01)


def test_a_campaign_after_the_last_order_is_left_out_by_name() -> None:
    contacts, orders = campaign()
    after = contacts.assign(campaign="autumn", date=DAY + pd.Timedelta(days=90))
    result = crm.campaign_result(pd.concat([contacts, after]), orders)
    assert said(result.notes, "note.outcome_before")["campaigns"] == ["autumn"]
    assert set(result.campaigns["campaign"]) == {"spring"}


def test_what_campaigns_have_in_common_is_their_random_effects_mean() -> None:
    made = [campaign(seed=seed) for seed in range(3)]
    contacts = pd.concat(
        part.assign(campaign=str(number), customer=part["customer"] + str(number))
        for number, (part, _) in enumerate(made)
    )
    orders = pd.concat(
        part.assign(customer=part["customer"] + str(number))
        for number, (_, part) in enumerate(made)
    )
    result = crm.campaign_result(contacts, orders)
    profit = result.campaigns.query("measure == 'profit'")
    variances = ((profit["hi"] - profit["lo"]) / 2 / 1.959964) ** 2
    mean = pool(profit["difference"].to_numpy(), variances.to_numpy())
    common = result.common.iloc[0]
    assert common["measure"] == "profit"
    assert common[["mean", "lo", "hi"]].tolist() == pytest.approx(
        [mean.mean, mean.lo, mean.hi], rel=1e-4
    )
    assert crm.campaign_result(*made[0]).common.empty


def test_arms_with_names_are_compared_with_the_one_that_is_chosen() -> None:
    contacts, orders = campaign()
    named = contacts.assign(
        arm=contacts["arm"].map({"treated": "B", "holdout": "A"})
    )
    with pytest.raises(AnalysisError) as problem:
        crm.campaign_result(named, orders)
    assert problem.value.key == "engagement.which_control"
    result = crm.campaign_result(named, orders, crm.CampaignOptions(control="A"))
    expected = crm.campaign_result(contacts, orders)
    assert rows(result).loc["customers", "difference"] == pytest.approx(
        rows(expected).loc["customers", "difference"]
    )


def test_a_log_of_those_held_out_only_has_nobody_to_compare_with() -> None:
    contacts, orders = campaign()
    held = contacts[contacts["arm"] == "holdout"]
    with pytest.raises(AnalysisError) as problem:
        crm.campaign_result(held, orders)
    assert problem.value.key == "engagement.one_arm"
    both = pd.concat([contacts, held.assign(campaign="nobody")])
    result = crm.campaign_result(both, orders)
    assert said(result.notes, "note.stopped") == {"campaign": "nobody"}


def test_a_customer_twice_on_a_list_counts_once_and_is_said() -> None:
    listed = pd.DataFrame(
        {
            "customer": [f"C{number}" for number in range(400)],
            "group": ["contact", "holdout"] * 200,
        }
    )
    outcomes = listed[["customer"]].assign(
        churned=[True, False, False, False] * 100
    )
    once = crm.measure_campaign(listed, outcomes)
    again = crm.measure_campaign(pd.concat([listed, listed.head(3)]), outcomes)
    pd.testing.assert_frame_equal(once.campaigns, again.campaigns)
    assert said(again.notes, "note.repeated") == {"count": 3}
    assert "note.repeated" not in keys(once.notes)


# Tests


def people(size: int = 2000, **columns: object) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    arm = rng.permutation(np.repeat(["treated", "control"], size // 2))
    bought = (rng.random(size) < 0.3).astype(int)
    return pd.DataFrame({"arm": arm, "bought": bought} | columns)


READ = crm.ReadTestOptions(outcomes=("bought",))


def test_clusters_that_were_lost_stop_a_test_as_customers_do() -> None:
    house = np.arange(2000) // 2
    arm = np.where(house % 2, "treated", "control")
    table = people(house=house, arm=arm)
    options = READ.replace(cluster="house", covariates=())
    assert crm.read_test(table, options).checks["check"].tolist() == [
        "sample_ratio"
    ]
    lost = table[(table["arm"] == "treated") | (table["house"] < 400)]
    with pytest.raises(AnalysisError) as problem:
        crm.read_test(lost, options.replace(split=(0.5, 0.5)))
    assert problem.value.key == "engagement.sample_ratio"


def test_a_customer_twice_in_a_cluster_counts_once() -> None:
    house = np.arange(2000) // 2
    table = people(house=house, customer=[f"C{number}" for number in range(2000)])
    table = table.assign(arm=np.where(house % 2, "treated", "control"))
    options = READ.replace(cluster="house", covariates=())
    once = crm.read_test(table, options)
    again = crm.read_test(pd.concat([table, table.head(40)]), options)
    pd.testing.assert_frame_equal(once.effects, again.effects)
    assert said(again.notes, "note.repeated")["count"] == 40


def test_a_leak_raises_the_alarm_in_a_sentence() -> None:
    table = people()
    leak = table["bought"] * (np.arange(2000) % 2)
    test = crm.read_test(table.assign(reordered=leak), READ)
    assert said(test.notes, "note.leak") == {"columns": ["reordered"]}


def test_what_cuped_cut_is_said() -> None:
    table = people()
    noise = np.random.default_rng(0).normal(size=2000)
    spent = 10 + table["bought"] + noise
    test = crm.read_test(
        table.assign(spent=spent, last_year=spent + noise),
        READ.replace(
            outcomes=("spent",), before="last_year", covariates=("last_year",)
        ),
    )
    details = said(test.notes, "note.cuped")
    assert details["cuts"] == [f"{100 * test.effects['cut'].item():.2f}%"]


def test_in_what_the_arms_differ_is_said_with_the_e_value() -> None:
    rng = np.random.default_rng(0)
    table = people()
    age = rng.normal(40, 10, 2000) + 3 * (table["arm"] == "treated")
    test = crm.read_test(table.assign(age=age, height=rng.normal(size=2000)), READ)
    assert test.claim == "adjusted comparison"
    assert said(test.notes, "note.not_alike") == {"columns": ["age"]}
    strength = said(test.notes, "note.e_value")["value"]
    assert strength == pytest.approx(test.effects["e_value"].item())
    overlap = test.checks.set_index("check").loc["overlap"]
    assert 0.9 <= overlap["value"] <= 1 and overlap["limit"] == 0.9


def test_few_customers_show_no_difference_above_all() -> None:
    plan = crm.plan_test(crm.TestOptions(baseline=0.9, effect=0.05, customers=2))
    assert plan.summary()["detectable"] == pytest.approx(0.1)


def test_a_card_of_arms_drawn_within_strata_reads_back_unchanged() -> None:
    table = pd.DataFrame({"customer": [f"C{number}" for number in range(600)]})
    table["plan"] = np.array(["basic", "plus", "pro"])[np.arange(600) % 3]
    options = crm.ArmOptions(holdout=0.2, strata=("plan",), seed=3)
    card = crm.ReadBackCard(
        name="May",
        start="2024-05-01",
        read_on="2024-05-31",
        primary="customers",
        seed=3,
        holdout=0.2,
        control="holdout",
        assignment=crm.assign_arms(table, options),
    )
    again = read_card(card.to_json())
    assert (again.strata, again.changed()) == (["plan"], 0)
    moved = again.assignment.assign(plan="basic")
    assert crm.ReadBackCard(**{**vars(again), "assignment": moved}).changed() > 0


# Logs


def contact(customer: str, time: str, **columns: object) -> dict[str, object]:
    return {"customer": customer, "date": pd.Timestamp(time), "channel": "mail"} | (
        columns
    )


def test_the_last_touch_is_the_last_by_time_and_from_before_the_order() -> None:
    contacts = pd.DataFrame(
        [
            contact("a", "2024-05-01 18:00", channel="late"),
            contact("a", "2024-05-01 14:00", channel="second"),
            contact("a", "2024-05-01 09:00", channel="first"),
        ]
    )
    bought = pd.DataFrame(
        {
            "customer": ["a"],
            "date": [pd.Timestamp("2024-05-01 15:00")],
            "amount": 7.0,
        }
    )
    for attribution in ("first", "second"):
        options = crm.ContactOptions(
            attribution="first" if attribution == "first" else "last"
        )
        summary = crm.contact_summary(contacts, bought, options)
        orders = summary.channels.set_index("channel")["orders"]
        assert orders[attribution] == 1 and orders.sum() == 1
    day = bought.assign(date=pd.Timestamp("2024-05-01"))
    summary = crm.contact_summary(contacts, day)
    assert summary.channels.set_index("channel")["orders"]["late"] == 1


def test_satisfaction_is_the_mean_of_those_asked_by_channel() -> None:
    contacts = pd.DataFrame(
        [
            contact("a", "2024-05-01", satisfaction=5.0, responded=True),
            contact("b", "2024-05-01", satisfaction=4.0, responded=False),
            contact("c", "2024-05-01", satisfaction=np.nan, responded=False),
            contact("c", "2024-05-02", channel="call", satisfaction=2.0),
        ]
    )
    table = crm.contact_summary(contacts).channels.set_index("channel")
    assert table["satisfaction"].to_dict() == {"mail": 4.5, "call": 2.0}


def test_a_contact_that_stands_there_twice_counts_once_and_is_said() -> None:
    rng = np.random.default_rng(0)
    times = pd.Timestamp("2024-01-01 09:00") + pd.to_timedelta(
        rng.permutation(4000)[:800], unit="h"
    )
    contacts = pd.DataFrame(
        {
            "customer": [f"C{number}" for number in rng.integers(0, 100, 800)],
            "date": times,
            "channel": "mail",
            "responded": rng.random(800) < 0.3,
        }
    )
    twice = pd.concat([contacts, contacts.head(50)])
    for verb in (crm.contact_summary, crm.best_time, crm.contact_pressure):
        once, again = verb(contacts), verb(twice)
        assert again.summary() == pytest.approx(once.summary())
        assert said(again.notes, "note.again") == {"count": 50}
        assert "note.again" not in keys(once.notes)
    days = twice.assign(date=twice["date"].dt.normalize())
    summary = crm.contact_summary(days)
    assert summary.summary()["sent"] == 850
    assert "note.same_day" in keys(summary.notes)


@pytest.mark.parametrize(
    ("column", "cells", "key"),
    [
        ("date", "23/01/2024", "customers.dates_are_text"),
        ("cost", "free", "engagement.not_numbers"),
        ("cost", -1.0, "engagement.negative_cost"),
        ("customer", None, "engagement.no_contacts"),
    ],
)
def test_columns_that_cannot_be_read_are_said_by_every_verb(
    column: str, cells: object, key: str
) -> None:
    contacts, orders = campaign(size=50)
    broken = contacts.assign(responded=True, **{column: cells})
    verbs = [
        lambda: crm.contact_summary(broken, orders),
        lambda: crm.campaign_result(broken, orders),
    ]
    if column != "cost":
        verbs += [
            lambda: crm.best_time(broken),
            lambda: crm.contact_pressure(broken),
        ]
    for verb in verbs:
        with pytest.raises(AnalysisError) as problem:
            verb()
        assert problem.value.key == key


def test_customers_are_the_same_as_numbers_and_as_text() -> None:
    contacts = pd.DataFrame(
        [contact("17", "2024-05-01"), contact("18", "2024-05-01")]
    )
    orders = pd.DataFrame(
        {"customer": [17], "date": [pd.Timestamp("2024-05-03")], "amount": 5.0}
    )
    assert crm.contact_summary(contacts, orders).channels["revenue"].tolist() == [
        5.0
    ]


# Whom


def test_an_outcome_is_no_feature_though_it_is_called_one() -> None:
    table = trial(3000).assign(orders=lambda table: table["visit"] * 2)
    gain = crm.uplift(
        table,
        QUICK.replace(outcomes=("orders",), features=("web", "visit", "orders")),
    )
    assert gain.features == ("web",)
    table["conversion"] = np.random.default_rng(9).integers(0, 2, len(table))
    gain = crm.uplift(table, QUICK.replace(outcomes=("orders",)))
    assert "conversion" not in gain.features
    assert gain.alarms["column"].tolist() == ["conversion"]
    named = crm.uplift(table, QUICK.replace(features=("web", "conversion")))
    assert named.features == ("web", "conversion")


def test_who_is_in_two_arms_is_listed_by_uplift_too() -> None:
    table = trial(3000)
    other = table.head(7).assign(
        arm=table["arm"].head(7).map({"mail": "none", "none": "mail"})
    )
    gain = crm.uplift(pd.concat([table, other]), QUICK)
    assert sorted(gain.set_aside["customer"]) == [
        f"T{number}" for number in range(7)
    ]
    assert len(gain.customers) == len(table) - 7


def test_what_a_list_says_fits_what_it_is_of() -> None:
    shares, amounts = (
        crm.uplift(trial(3000, amount=amount), QUICK) for amount in (0, 1)
    )

    def word(gain: crm.Uplift, **settings: float) -> str:
        verdict = crm.whom_to_contact(
            gain, crm.ContactListOptions(**settings)
        ).verdict
        assert all(verdict.sentence(language) for language in LANGUAGES)
        return verdict.key.removeprefix("engagement.list.")

    assert word(shares) == "contact"
    assert word(amounts, margin=0.3) == "contact_amount"
    assert word(amounts, margin=0.3, cost=1e5) == "nobody_pays_amount"
    assert word(shares, budget=0.2) == "budget_too_small"
    assert word(shares, margin=0.0) == "no_margin"


def test_no_list_within_the_budget_makes_more_profit() -> None:
    from scipy.optimize import Bounds, LinearConstraint, milp

    gain = crm.uplift(trial(3000), QUICK)
    profit = 40 * gain.customers["gain"].to_numpy() - 0.5
    for budget in (33.3, 1e6):
        listed = crm.whom_to_contact(gain, crm.ContactListOptions(budget=budget))
        size = len(profit)
        best = milp(
            -profit,
            constraints=LinearConstraint(np.full((1, size), 0.5), ub=budget),
            integrality=np.ones(size),
            bounds=Bounds(0, 1),
        )
        assert listed.table["profit"].sum() == pytest.approx(-best.fun)
