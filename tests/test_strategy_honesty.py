"""What a plan really brings: promised, expected, measured; why, who is left out, service levels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import crm_analysis as crm
from tests.plans import BY_HAND


def noisy(
    noise: float, seed: int, customers: int = 600
) -> tuple[pd.DataFrame, np.ndarray]:
    """Options whose profits were estimated with so much error, and what they really bring."""
    rng = np.random.default_rng(seed)
    truth = rng.normal(1.0, 1.0, 2 * customers)
    table = pd.DataFrame(
        {
            "customer": np.repeat(np.arange(customers), 2),
            "action": np.tile(["call", "mail"], customers),
            "profit": truth + noise * rng.standard_normal(2 * customers),
            "cost": rng.uniform(0.5, 1.5, 2 * customers),
            "error": noise,
        }
    )
    return table, truth


def judged(noise: float, seed: int, customers: int = 300) -> np.ndarray:
    """Promised, expected with its interval, and the truth of the plan."""
    table, truth = noisy(noise, seed, customers)
    budget = crm.PlanOptions(budget=customers / 3)
    plan = crm.plan_actions(table.assign(truth=truth), budget)
    facts = crm.judge_plan(plan).summary()
    names = ("promised", "expected", "lo", "hi")
    real = float(plan.chosen["truth"].sum())
    return np.array([*(facts[name] for name in names), real], dtype=float)


def test_a_plan_on_noisy_effects_promises_too_much_and_is_put_right() -> None:
    promised, expected, _, _, real = judged(1.0, seed=0, customers=100)
    assert promised > 1.2 * real
    assert abs(expected - real) < 0.5 * abs(promised - real)


@pytest.mark.slow
@pytest.mark.parametrize("noise", [0.3, 0.6, 1.0])
def test_what_is_expected_is_the_truth_on_average_and_its_interval_covers_it(
    noise: float,
) -> None:
    runs = np.array([judged(noise, seed, customers=200) for seed in range(20)])
    promised, expected, low, high, real = runs.T
    ratio = expected / real
    error = ratio.std(ddof=1) / np.sqrt(len(runs))
    assert abs(ratio.mean() - 1) < 3 * error + 0.01
    assert promised.mean() / real.mean() > 1 + 0.1 * noise
    # Nine in ten, less what twenty plans can miss by chance.
    assert ((low <= real) & (real <= high)).mean() >= 0.8


def test_without_errors_nothing_is_taken_off() -> None:
    plan = crm.plan_actions(BY_HAND, crm.PlanOptions(budget=50))
    honesty = crm.judge_plan(plan)
    assert honesty.summary()["expected"] is None
    assert [note.key for note in honesty.notes] == ["strategy.note.no_error"]


def test_the_halves_of_a_campaign_are_used_where_there_are_any() -> None:
    table = BY_HAND.assign(
        error=50.0, profit_a=[90.0, 0.0, 130.0], profit_b=[30.0, 200.0, 110.0]
    )
    plan = crm.plan_actions(table, crm.PlanOptions(budget=30))
    facts = crm.judge_plan(plan).summary()
    # By one half c is chosen, which is worth 110 by the other; by that one a and b, worth 90.
    assert facts["expected"] == pytest.approx((110 + 90) / 2)
    assert facts["promised"] == pytest.approx(160)
    assert facts["lo"] < facts["expected"] < facts["hi"]


def test_options_of_one_cell_err_together() -> None:
    table = pd.DataFrame(
        {
            "customer": range(400),
            "action": "call",
            "profit": 1.0,
            "cost": 1.0,
            "error": 1.0,
        }
    )
    apart = crm.judge_plan(crm.plan_actions(table)).summary()
    together = crm.judge_plan(crm.plan_actions(table.assign(cell="call"))).summary()
    assert together["hi"] - together["lo"] > 10 * (apart["hi"] - apart["lo"])
    assert apart["chance_of_loss"] == 0
    assert 0.05 < together["chance_of_loss"] < 0.6


def test_two_hundred_draws_are_the_same_whenever_they_are_made() -> None:
    table, _ = noisy(0.5, 1, customers=50)
    plan = crm.plan_actions(table)
    honesty = crm.judge_plan(plan)
    assert len(honesty.draws) == 200
    assert (honesty.draws == crm.judge_plan(plan).draws).all()


def test_what_is_assumed_is_named_and_its_test_proposed() -> None:
    customers = pd.DataFrame(
        {"customer": range(10), "value": 100.0, "risk": 0.3, "segment": "all"}
    )
    actions = pd.DataFrame(
        {"action": ["call", "mail", "visit"], "cost": [2.0, 1.0, 9.0]}
    )
    effects = pd.DataFrame(
        {
            "action": ["call", "mail"],
            "lo": [0.05, 0.0],
            "hi": [0.15, 0.05],
            "source": ["assumed", "measured"],
        }
    )
    half = crm.ActionOptions(margin=0.5)
    made = crm.possible_actions(customers, actions, effects, half)
    honesty = crm.judge_plan(crm.plan_actions(made.table))
    assert honesty.summary()["assumed"] == 1
    tests = honesty.tests.set_index("action")
    # A call pays from 2 of 50 on: 4 points.
    assert tests.loc["call", ["baseline", "effect"]].tolist() == pytest.approx(
        [0.3, 0.04]
    )
    assert "mail" not in tests.index
    assert "strategy.note.test_needed" in {note.key for note in honesty.notes}
    needed = crm.plan_test(
        crm.TestOptions(
            baseline=tests.loc["call", "baseline"],
            effect=tests.loc["call", "effect"],
        )
    )
    assert needed.summary()["per_arm"] > 100


# Why, and who is left out


def test_why_a_customer_gets_an_action_and_another_does_not() -> None:
    plan = crm.plan_actions(BY_HAND, crm.PlanOptions(budget=50))
    chosen = crm.why_customer(plan, "b")
    assert chosen.table["budget"].tolist() == [80.0]
    assert chosen.reason.key == "strategy.why.chosen"
    assert "20" in chosen.reason.sentence("en") and "20" in chosen.reason.sentence(
        "zh"
    )
    assert crm.why_customer(plan, "a").reason.key == "strategy.why.tie"
    tight = crm.plan_actions(BY_HAND, crm.PlanOptions(budget=20))
    assert crm.why_customer(tight, "c").reason.key == "strategy.why.outbid"
    poor = crm.plan_actions(BY_HAND.assign(profit=[-1.0, 5.0, 5.0]))
    assert crm.why_customer(poor, "a").reason.key == "strategy.why.does_not_pay"
    often = crm.plan_actions(
        BY_HAND.assign(contacts=[2, 0, 0]), crm.PlanOptions(contact_limit=2)
    )
    assert (
        crm.why_customer(often, "a").reason.key == "strategy.why.contacted_enough"
    )
    with pytest.raises(crm.AnalysisError) as error:
        crm.why_customer(plan, "z")
    assert error.value.key == "strategy.no_such_customer"


def test_own_profit_is_profit_less_all_charges() -> None:
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "customer": np.repeat(np.arange(100), 2),
            "action": np.tile(["call", "mail"], 100),
            "profit": rng.normal(10, 9, 200),
            "cost": rng.uniform(1, 5, 200),
        }
    )
    limits = crm.PlanOptions(budget=60, capacity={"call": 10})
    plan = crm.plan_actions(table, limits)
    for customer in (0, 5, 99):
        why = crm.why_customer(plan, customer).table
        charges = why["budget"] + why["channel: call"]
        assert why["charge"].to_numpy() == pytest.approx(charges.to_numpy())
        left = why["profit"] - why["charge"]
        assert why["own_profit"].to_numpy() == pytest.approx(left.to_numpy())


def test_groups_that_are_left_out_are_counted() -> None:
    table = pd.DataFrame(
        {
            "customer": range(60),
            "action": "call",
            "profit": [1.0] * 40 + [2.0] * 20,
            "cost": 1.0,
            "group": ["x"] * 40 + ["y"] * 20,
        }
    )
    plan = crm.plan_actions(table, crm.PlanOptions(budget=30))
    groups = crm.left_out(plan).set_index("group")
    assert groups["contacted"].to_dict() == {"x": 10, "y": 20}
    assert groups.loc["x", "ratio"] == pytest.approx(0.25)
    assert groups.loc["y", "per_customer"] == 2
    assert (groups["lo"] <= groups["share"]).all()
    with pytest.raises(crm.AnalysisError):
        crm.left_out(plan, by="age")


@pytest.mark.slow
def test_a_stricter_rule_never_costs_less() -> None:
    rng = np.random.default_rng(2)
    group = np.repeat(["x", "x", "y"] * 10, 2)
    table = pd.DataFrame(
        {
            "customer": np.repeat(np.arange(30), 2),
            "action": np.tile(["call", "mail"], 30),
            "profit": rng.gamma(2, 4, 60) * np.where(group == "x", 2, 1),
            "cost": rng.uniform(1, 4, 60).round(2),
            "group": group,
        }
    )
    costs = crm.fairness_costs(table, crm.PlanOptions(budget=40), (0.5, 0.1, 0.0))
    assert np.isnan(costs["tolerance"].iloc[0])
    assert costs["cost_of_rule"].iloc[0] == 0
    assert (costs["cost_of_rule"].diff().dropna() >= -1e-9).all()
    assert costs["least_ratio"].iloc[-1] == pytest.approx(1, abs=0.15)
    assert costs["cost_of_rule"].iloc[-1] > 0


# Levels of service


def people(customers: int = 200, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "customer": np.arange(customers),
            "value": rng.gamma(1.5, 400, customers),
            "risk": rng.beta(2, 4, customers),
            "sex": rng.choice(["f", "m"], customers),
        }
    )


LEVELS = pd.DataFrame(
    {
        "level": ["manager", "hot line", "standard"],
        "cost": [40.0, 5.0, 0.0],
        "keeps": [0.5, 0.2, 0.0],
        "capacity": [15, 60, None],
        "eligible": ["high", "", ""],
    }
)


def test_levels_of_service_go_to_where_they_bring_most() -> None:
    result = crm.service_levels(people(), LEVELS, crm.ServiceOptions(margin=0.5))
    table = result.customers
    count = table["level"].value_counts()
    assert count["manager"] == 15 and count["hot line"] == 60
    assert count.sum() == len(table) == 200
    assert (table.loc[table["level"] == "manager", "tier"] == "high").all()
    assert result.summary()["gap"] == 0
    assert result.summary()["profit"] == pytest.approx(table["profit"].sum())
    assert result.tiers["customers"].sum() == 200
    prices = result.plan.limits.set_index("subject")["price"]
    assert prices["manager"] > prices["hot line"] > 0
    # Nobody of the standard could take the place of one with the hot line and bring more.
    gain = 0.5 * 0.2 * table["risk"] * table["value"] - 5
    assert gain[table["level"] == "standard"].max() <= prices["hot line"] + 1e-6


def test_each_rule_of_fairness_has_its_cost() -> None:
    options = crm.ServiceOptions(margin=0.5, group="sex", fairness=0.05)
    result = crm.service_levels(people(60), LEVELS, options)
    groups = crm.left_out(result.plan)
    assert groups["ratio"].min() > 0.9
    assert result.fairness["tolerance"].tolist()[1:] == [0.5, 0.2, 0.1, 0.05]
    strictest = result.fairness.iloc[-1]
    assert result.summary()["profit"] == pytest.approx(strictest["profit"])


def test_equal_shares_that_cannot_be_are_said() -> None:
    table = BY_HAND.assign(group=["x", "x", "y"])
    plan = crm.plan_actions(table, crm.PlanOptions(budget=50, fairness=0.0))
    assert plan.chosen.empty
    assert [note.key for note in plan.notes] == ["strategy.note.nobody_fair"]


def test_levels_that_cannot_be_are_said() -> None:
    def key(customers: pd.DataFrame, levels: pd.DataFrame) -> str:
        with pytest.raises(crm.AnalysisError) as error:
            crm.service_levels(customers, levels)
        assert error.value.sentence("zh")
        return error.value.key

    assert key(people(), LEVELS.head(2)) == "strategy.no_standard"
    assert key(people().drop(columns="risk"), LEVELS) == "strategy.no_risk"
    assert key(people().drop(columns="value"), LEVELS) == "strategy.no_value"
    assert (
        key(people(), LEVELS.assign(keeps=[1.2, 0.2, 0]))
        == "strategy.action_number"
    )
    assert key(people(), LEVELS.drop(columns="keeps")) == "data.missing_role"


# Reading back


def campaign(effect: float, seed: int = 0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A plan of 4,000 that promised 2 a customer, and what came of it."""
    rng = np.random.default_rng(seed)
    count = 4_000
    chosen = pd.DataFrame(
        {
            "customer": [f"C{n}" for n in range(count)],
            "action": rng.choice(["call", "mail"], count),
            "profit": 2.0,
            "cost": 1.0,
            "arm": np.where(rng.random(count) < 0.25, "holdout", "treated"),
        }
    )
    treated = chosen["arm"] == "treated"
    amount = rng.gamma(2, 10, count) + np.where(treated, effect, 0)
    outcomes = pd.DataFrame({"customer": chosen["customer"], "amount": amount})
    return chosen, outcomes


@pytest.mark.parametrize(
    ("effect", "verdict"), [(10.0, "kept"), (2.0, "short"), (20.0, "more")]
)
def test_a_promise_is_read_back_against_those_held_out(
    effect: float, verdict: str
) -> None:
    chosen, outcomes = campaign(effect)
    result = crm.read_back(chosen, outcomes, crm.ReadBackOptions(margin=0.3))
    assert result.verdict.key == f"strategy.read_back.{verdict}"
    assert result.actions["action"].tolist() == ["call", "mail", ""]
    facts = result.summary()
    treated = int((chosen["arm"] == "treated").sum())
    assert facts["promised"] == 2 * treated
    assert facts["lo"] < treated * (0.3 * effect - 1) < facts["hi"]
    assert result.verdict.sentence("zh")


def test_a_plan_of_ours_can_be_read_back_from_its_file() -> None:
    import io

    table = pd.DataFrame(
        {"customer": range(300), "action": "call", "profit": 5.0, "cost": 1.0}
    )
    plan = crm.plan_actions(table, crm.PlanOptions(holdout=0.2))
    file = io.StringIO(plan.chosen.to_csv(index=False))
    outcomes = pd.DataFrame({"customer": range(150), "amount": 30.0})
    result = crm.read_back(pd.read_csv(file), outcomes)
    assert result.summary()["holdout"] == plan.summary()["holdout"] == 60
    # Customers without an outcome brought nothing.
    assert np.isfinite(result.summary()["measured"])


def test_a_list_that_cannot_be_read_back_says_why() -> None:
    chosen, outcomes = campaign(1.0)

    def key(chosen: pd.DataFrame, outcomes: pd.DataFrame) -> str:
        with pytest.raises(crm.AnalysisError) as error:
            crm.read_back(chosen, outcomes)
        return error.value.key

    assert key(chosen.drop(columns="arm"), outcomes) == "strategy.no_plan"
    assert key(chosen.assign(arm="treated"), outcomes) == "strategy.no_holdout"
    assert key(chosen.head(0), outcomes) == "strategy.no_holdout"
    assert key(chosen, outcomes.drop(columns="amount")) == "data.missing_role"
