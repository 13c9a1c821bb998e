"""What the inputs of a plan are made of: tables joined, tiers, campaigns as actions and effects."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crm_analysis.analyses.strategy import (
    arm_trials,
    campaign_effects,
    join_customers,
    judge_plan,
    plan_actions,
    possible_actions,
    spending_tiers,
    suggested_actions,
)


def trial(lifts: dict[str, float], size: int = 400) -> pd.DataFrame:
    """A campaign whose effect is known in each segment, to the customer."""
    parts = []
    for number, (segment, lift) in enumerate(lifts.items()):
        bought = np.zeros(2 * size, dtype=int)
        bought[: round(size * (0.2 + lift))] = 1
        bought[size : size + round(size * 0.2)] = 1
        parts.append(
            pd.DataFrame(
                {
                    "customer": np.arange(2 * size) + number * 2 * size,
                    "arm": np.repeat(["treated", "holdout"], size),
                    "responded": bought,
                    "plan": segment,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def test_what_tables_know_is_joined_by_customers_however_they_are_written() -> None:
    value = pd.DataFrame(
        {"customer": [1, 2, 2, None], "value": [5.0, 6.0, 7.0, 8.0]}
    )
    written = pd.Series([1.0, "2", " 3"], dtype=object)
    log = pd.DataFrame({"customer": written, "contacts": [4, 5, 6]})
    joined = join_customers(value, log, log.assign(value=0.0))
    assert joined["value"].tolist() == [5.0, 6.0]
    assert joined["contacts"].tolist() == [4, 5]


def test_customers_who_spent_the_same_are_in_one_tier() -> None:
    assert spending_tiers(pd.Series([3.0] * 5)).tolist() == ["high"] * 5
    assert spending_tiers(pd.Series([], dtype=float)).tolist() == []
    assert spending_tiers(pd.Series([np.nan, 9.0])).tolist() == ["low", "high"]


def test_segments_count_where_they_differ_by_more_than_chance_and_not_else() -> (
    None
):
    alike = campaign_effects({"Spring": trial({"a": 0.10, "b": 0.11})}, "plan")
    assert alike["segment"].isna().all()
    apart = campaign_effects({"Spring": trial({"a": 0.30, "b": 0.0})}, "plan")
    by_segment = apart.dropna(subset=["segment"]).set_index("segment")["effect"]
    assert by_segment.round(2).to_dict() == {"a": 0.30, "b": 0.0}
    assert set(apart["action"]) == {"Spring"}


def test_arms_of_a_campaign_are_actions_and_one_without_a_control_is_none() -> None:
    several = trial({"a": 0.1})
    several.loc[several.index[:200], "arm"] = "call"
    unclear = several.assign(arm="treated")
    effects = campaign_effects({"Spring": several, "Summer": unclear})
    assert set(effects["action"]) == {"Spring · call", "Spring · treated"}
    assert campaign_effects({}).empty


def test_arms_of_customers_are_actions_each_beside_the_control() -> None:
    people = trial({"a": 0.1})
    people.loc[people.index[:200], "arm"] = "call"
    people.loc[people.index[-1], "arm"] = None
    trials = arm_trials(people)
    assert {name: len(rows) for name, rows in trials.items()} == {
        "call": 599,
        "treated": 599,
    }
    effects = campaign_effects(trials)
    assert effects["action"].tolist() == ["call", "treated"]
    assert effects["control"].tolist() == [399, 399]
    assert arm_trials(people.assign(arm="treated")) == {}


def test_costs_of_actions_are_what_a_customer_cost_and_the_held_out_cost_nothing() -> (
    None
):
    log = pd.DataFrame(
        {
            "customer": ["a", "a", "b", "c"],
            "channel": ["Email", "Phone", "Phone", None],
            "cost": [1.0, 2.0, 3.0, np.nan],
            "arm": ["treated", "treated", "treated", "holdout"],
        }
    )
    made = suggested_actions({"Spring": log, "None": log.tail(1)})
    assert made.to_dict("records") == [
        {"action": "Spring", "channel": "Phone", "cost": 3.0}
    ]


def test_of_several_noisy_campaigns_less_is_expected_than_is_promised() -> None:
    rng = np.random.default_rng(0)
    people = pd.DataFrame({"customer": range(300), "value": rng.gamma(2, 50, 300)})
    trials = {}
    for name in "abcde":
        noisy = trial({"x": 0.0}, 200)
        noisy["responded"] = rng.random(len(noisy)) < 0.2
        trials[name] = noisy
    actions = pd.DataFrame({"action": list("abcde"), "cost": 0.1})
    possible = possible_actions(people, actions, campaign_effects(trials))
    judged = judge_plan(plan_actions(possible.table)).summary()
    promised, expected = judged["promised"], judged["expected"]
    assert promised is not None and expected is not None
    assert promised > 0 and expected < 0.8 * promised
