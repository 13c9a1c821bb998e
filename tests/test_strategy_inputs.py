"""Customers, actions and effects joined: the formula by hand, the best source, what is said."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import crm_analysis as crm

CUSTOMERS = pd.DataFrame(
    {
        "customer": ["a", "b", "c"],
        "value": [200.0, 400.0, 1000.0],
        "value_lo": [100.0, 300.0, 800.0],
        "value_hi": [300.0, 500.0, 1200.0],
        "basket": [20.0, 40.0, 50.0],
        "risk": [0.5, 0.02, 0.3],
        "segment": ["new", "gold", "gold"],
        "sex": ["f", "m", "f"],
        "contacts": [0, 2, 1],
    }
)
ACTIONS = pd.DataFrame(
    {
        "action": ["call", "coupon"],
        "channel": ["phone", "mail"],
        "cost": [4.0, 1.0],
        "discount": [0.0, 0.1],
        "redeemed": [np.nan, 0.5],
        "capacity": [2, np.nan],
        "points": [3, 1],
        "eligible": ["gold; silver", ""],
    }
)
EFFECTS = pd.DataFrame(
    {
        "action": ["call", "coupon", "coupon"],
        "segment": [None, None, "gold"],
        "lo": [0.02, 0.0, 0.01],
        "hi": [0.08, 0.1, 0.03],
        "source": ["assumed", "assumed", "measured"],
    }
)
HALF = crm.ActionOptions(margin=0.5, group="sex")


def test_profit_is_what_the_formula_says() -> None:
    made = crm.possible_actions(CUSTOMERS, ACTIONS, EFFECTS, HALF)
    table = made.table.set_index(["customer", "action"])
    # Only segments that are eligible are offered an action.
    assert ("a", "call") not in table.index and len(table) == 5
    call = table.loc[("b", "call")]
    assert call["profit"] == pytest.approx(0.5 * 0.05 * 400 - 4)
    assert call["cost"] == 4 and call["channel"] == "phone" and call["points"] == 3
    coupon = table.loc[("c", "coupon")]
    assert coupon["cost"] == pytest.approx(1 + 0.5 * 0.1 * 50)
    assert coupon["profit"] == pytest.approx(0.5 * 0.02 * 1000 - 3.5)
    assert coupon["profit_lo"] == pytest.approx(0.5 * 0.01 * 800 - 3.5)
    assert coupon["profit_hi"] == pytest.approx(0.5 * 0.03 * 1200 - 3.5)
    assert coupon["group"] == "f" and coupon["contacts"] == 1
    assert made.capacity == (("call", 2.0),)


def test_the_best_source_counts() -> None:
    made = crm.possible_actions(CUSTOMERS, ACTIONS, EFFECTS, HALF)
    source = made.table.set_index(["customer", "action"])["source"]
    assert source["a", "coupon"] == "assumed"
    assert source["b", "coupon"] == "measured"
    (note,) = made.notes
    assert note.key == "strategy.note.assumed"
    assert note.details["actions"] == ["call", "coupon"]


def test_nobody_is_kept_who_would_not_have_left() -> None:
    made = crm.possible_actions(CUSTOMERS, ACTIONS, EFFECTS, HALF)
    kept = made.table.set_index(["customer", "action"])["kept"]
    assert kept["b", "call"] == pytest.approx(0.02)
    assert kept["c", "call"] == pytest.approx(0.05)


def test_without_effects_there_are_costs_and_reach_only() -> None:
    made = crm.possible_actions(CUSTOMERS, ACTIONS)
    assert made.table["profit"].isna().all() and made.table["cost"].gt(0).all()
    plan = crm.plan_actions(made.table, crm.PlanOptions(budget=5.5))
    assert plan.summary()["profit"] is None
    assert plan.chosen["customer"].tolist() == ["a", "b"]
    half = crm.possible_actions(CUSTOMERS, ACTIONS, EFFECTS.tail(1), HALF)
    assert {note.key for note in half.notes} == {"strategy.note.no_effect"}


def test_what_was_made_can_be_planned_with() -> None:
    made = crm.possible_actions(CUSTOMERS, ACTIONS, EFFECTS, HALF)
    limits = crm.PlanOptions(
        action_capacity=made.capacity, contact_limit=2, fairness=0.5
    )
    plan = crm.plan_actions(made.table, limits)
    # b has been contacted twice already.
    assert set(plan.chosen["customer"]) <= {"a", "c"}


def trial(customers: int = 4000, seed: int = 0) -> pd.DataFrame:
    """A campaign in which the call brings 10 points in gold and 2 elsewhere."""
    rng = np.random.default_rng(seed)
    arm = rng.choice(["call", "control"], customers)
    segment = rng.choice(["gold", "rest"], customers)
    chance = 0.2 + (arm == "call") * np.where(segment == "gold", 0.1, 0.02)
    return pd.DataFrame(
        {
            "customer": np.arange(customers),
            "arm": arm,
            "segment": segment,
            "responded": rng.random(customers) < chance,
        }
    )


def test_a_campaign_with_a_control_measures_effects_by_segment() -> None:
    effects = crm.measured_effects(trial())
    assert effects["segment"].fillna("").tolist() == ["", "gold", "rest"]
    gold = effects.iloc[1]
    assert gold["lo"] < 0.1 < gold["hi"] and gold["effect"] > 0.05
    assert (effects["source"] == "measured").all()
    # The halves are two samples of one effect.
    middle = (effects["effect_a"] + effects["effect_b"]) / 2
    assert middle.to_numpy() == pytest.approx(
        effects["effect"].to_numpy(), abs=0.01
    )


@pytest.mark.slow
def test_the_interval_of_an_effect_covers_it_as_often_as_it_says() -> None:
    inside = 0
    for seed in range(300):
        gold = crm.measured_effects(trial(1500, seed)).iloc[1]
        inside += gold["lo"] <= 0.1 <= gold["hi"]
    # Three standard errors of 300 draws either way.
    assert inside / 300 == pytest.approx(0.9, abs=3 * (0.9 * 0.1 / 300) ** 0.5)


def test_a_segment_of_few_has_the_effect_on_all() -> None:
    small = trial(120)
    assert crm.measured_effects(small)["segment"].isna().tolist() == [True]


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"arm": ["call"] * 4}, "strategy.which_control"),
        ({"arm": ["x", "y", "x", "y"]}, "strategy.which_control"),
        ({"responded": [np.nan] * 4}, "strategy.no_outcome"),
        ({"responded": [0, 1, 2, 0]}, "strategy.outcome_not_share"),
        ({"customer": [1, 1, 2, 3]}, "strategy.repeated_customers"),
    ],
)
def test_a_campaign_that_says_nothing_is_said(change: dict, key: str) -> None:
    table = trial(4).assign(arm=["call", "control"] * 2).assign(**change)
    with pytest.raises(crm.AnalysisError) as error:
        crm.measured_effects(table)
    assert error.value.key == key and error.value.sentence("zh")


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"cost": [-1.0, 1.0]}, "strategy.action_number"),
        ({"cost": [np.nan, 1.0]}, "strategy.action_number"),
        ({"cost": ["", 1.0]}, "strategy.action_number"),
        ({"discount": [0.0, 1.5]}, "strategy.action_number"),
        ({"capacity": [-1, 1]}, "strategy.action_number"),
        ({"action": ["call", " call "]}, "strategy.action_names"),
        ({"action": ["call", None]}, "strategy.action_names"),
    ],
)
def test_an_action_that_cannot_be_is_said(change: dict, key: str) -> None:
    with pytest.raises(crm.AnalysisError) as error:
        crm.possible_actions(CUSTOMERS, ACTIONS.assign(**change), EFFECTS)
    assert error.value.key == key
    assert error.value.sentence("en") and error.value.sentence("zh")


@pytest.mark.parametrize(
    ("effects", "key"),
    [
        ({"lo": [0.5], "hi": [1.5]}, "strategy.effect_over_one"),
        ({"effect": [-1.01]}, "strategy.effect_over_one"),
        ({"lo": [0.2], "hi": [0.1]}, "strategy.effect_range"),
        ({"lo": [0.2]}, "strategy.effect_range"),
    ],
)
def test_an_effect_that_cannot_be_is_said(effects: dict, key: str) -> None:
    table = pd.DataFrame({"action": ["call"], **effects})
    with pytest.raises(crm.AnalysisError) as error:
        crm.possible_actions(CUSTOMERS, ACTIONS, table)
    assert error.value.key == key


def test_customers_that_cannot_be_planned_for_are_said() -> None:
    def problem(customers: pd.DataFrame, **named: str) -> str:
        options = crm.ActionOptions(**named)
        with pytest.raises(crm.AnalysisError) as error:
            crm.possible_actions(customers, ACTIONS, EFFECTS, options)
        return error.value.key

    assert problem(CUSTOMERS.head(0)) == "strategy.no_customers"
    assert problem(CUSTOMERS.iloc[[0, 0]]) == "strategy.repeated_customers"
    assert problem(CUSTOMERS.drop(columns="value")) == "strategy.no_value"
    assert problem(CUSTOMERS.assign(value="much")) == "strategy.no_value"
    assert problem(CUSTOMERS.drop(columns="basket")) == "strategy.no_basket"
    assert problem(CUSTOMERS, group="race") == "strategy.no_group_column"
    dollars = ACTIONS.assign(currency="USD")
    with pytest.raises(crm.AnalysisError) as error:
        crm.possible_actions(CUSTOMERS.assign(currency="EUR"), dollars, EFFECTS)
    assert error.value.key == "strategy.two_currencies"
    only = ACTIONS.head(1).assign(eligible="nobody")
    with pytest.raises(crm.AnalysisError) as error:
        crm.possible_actions(CUSTOMERS, only, EFFECTS)
    assert error.value.key == "strategy.no_options"


def test_a_missing_value_is_the_median_and_said() -> None:
    people = CUSTOMERS.assign(value=[200.0, np.nan, 1000.0])
    made = crm.possible_actions(people, ACTIONS, EFFECTS, HALF)
    assert "strategy.note.median" in {note.key for note in made.notes}
    assert made.table.set_index("customer").loc["b", "value"].iloc[0] == 600


def test_recent_contacts_are_those_of_the_last_days_and_made() -> None:
    log = pd.DataFrame(
        {
            "customer": ["a", "a", "a", "b", "c"],
            "date": pd.to_datetime(
                [
                    "2024-05-30",
                    "2024-05-01",
                    "2024-04-30",
                    "2024-01-01",
                    "2024-05-30",
                ]
            ),
            "arm": ["treated"] * 4 + ["holdout"],
        }
    )
    counted = crm.recent_contacts(log).set_index("customer")["contacts"]
    assert counted.to_dict() == {"a": 2, "b": 0}
    earlier = crm.recent_contacts(log, until="2024-05-02").set_index("customer")
    assert earlier["contacts"].to_dict() == {"a": 2, "b": 0}
