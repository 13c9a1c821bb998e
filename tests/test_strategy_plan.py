"""Who gets which action: by hand, in any order of rows, under every limit; what is said."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

import crm_analysis as crm
from crm_analysis.analyses.strategy import say_prices
from crm_analysis.analyses.strategy.comparison import say_methods
from tests.plans import BY_HAND, many, options_of


def plan(table: pd.DataFrame = BY_HAND, **limits: object) -> crm.Plan:
    return crm.plan_actions(table, crm.PlanOptions(**limits))


def problem_of(table: pd.DataFrame, **limits: object) -> crm.AnalysisError:
    with pytest.raises(crm.AnalysisError) as problem:
        plan(table, **limits)
    assert problem.value.sentence("en") and problem.value.sentence("zh")
    return problem.value


def shop(customers: int = 60, seed: int = 0) -> pd.DataFrame:
    """Two actions for each customer, with all that a limit can be of."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "customer": np.repeat([f"C{n}" for n in range(customers)], 2),
            "action": np.tile(["call", "mail"], customers),
            "profit": rng.normal(10, 15, 2 * customers).round(2),
            "cost": np.tile([5.0, 1.0], customers),
            "channel": np.tile(["phone", "post"], customers),
            "segment": np.repeat(rng.choice(["gold", "rest"], customers), 2),
            "group": np.repeat(rng.choice(["f", "m"], customers, p=[0.4, 0.6]), 2),
            "contacts": np.repeat(rng.integers(0, 4, customers), 2),
            "value": np.repeat(rng.gamma(2, 50, customers), 2),
        }
    )


def test_the_plan_by_hand() -> None:
    result = plan(budget=50)
    summary = result.summary()
    assert summary["profit"] == pytest.approx(220)
    assert summary["bound"] == pytest.approx(240)
    assert summary["gap"] == 0 and summary["cost"] == 50
    assert result.chosen["customer"].tolist() == ["b", "c"]
    limit = result.limits.iloc[0]
    assert (limit["price"], limit["lo"], limit["hi"]) == pytest.approx((4, 30, 60))
    methods = result.methods.set_index("method")["value"]
    assert methods["greedy"] == pytest.approx(160)
    assert methods["nothing"] == 0


def test_a_price_has_two_sides() -> None:
    limit = plan(budget=60).limits.iloc[0]
    assert (limit["above"], limit["below"]) == pytest.approx((0, 4))


def test_nothing_limits_that_is_not_given() -> None:
    result = plan(shop())
    best = shop().groupby("customer")["profit"].max()
    assert result.summary()["profit"] == pytest.approx(best[best > 0].sum())
    assert result.limits.empty and not result.chosen["customer"].duplicated().any()
    assert (result.chosen["arm"] == "treated").all()


@settings(max_examples=5)
@given(st.permutations(range(30)), st.integers(0, 100))
def test_the_order_of_customers_changes_nothing(
    order: list[int], seed: int
) -> None:
    table = shop(15, seed)
    # Some are exactly alike, so that only an order can tell them apart.
    table["profit"] = table["profit"].round(-1)
    limits = {"budget": 40, "capacity": {"phone": 4}, "holdout": 0.2}
    first = plan(table, **limits)
    other = plan(table.iloc[order], **limits)
    chosen = other.chosen.sort_values("customer", ignore_index=True)
    expected = first.chosen.sort_values("customer", ignore_index=True)
    pd.testing.assert_frame_equal(chosen, expected, check_like=True)
    assert other.summary() == pytest.approx(first.summary())
    pd.testing.assert_frame_equal(other.limits, first.limits)


def test_a_larger_budget_never_lowers_profit() -> None:
    table = shop(40, seed=2)
    profits = [plan(table, budget=b).summary()["profit"] for b in range(0, 130, 13)]
    assert (np.diff(profits) >= -1e-9).all()
    assert profits[-1] > profits[0] == 0


def test_every_limit_holds() -> None:
    table = shop(200)
    result = plan(
        table,
        budget=300,
        capacity={"phone": 20},
        action_capacity={"mail": 90},
        least=80,
        minimum={"gold": 45},
        contact_limit=3,
        fairness=0.1,
    )
    chosen = result.chosen
    assert chosen["cost"].sum() <= 300
    assert (chosen["channel"] == "phone").sum() <= 20
    assert (chosen["action"] == "mail").sum() <= 90
    assert len(chosen) >= 80 and (chosen["segment"] == "gold").sum() >= 45
    assert (chosen["contacts"] + 1 <= 3).all()
    size = table.drop_duplicates("customer")["group"].value_counts()
    share = chosen["group"].value_counts() / size
    assert share.min() >= 0.9 * share.max() - 1e-9
    assert set(result.limits["kind"]) == {
        *("budget", "channel", "action", "least", "segment", "group")
    }
    free = plan(table, budget=300)
    assert free.summary()["profit"] > result.summary()["profit"]
    assert free.limits["used"].iloc[0] == pytest.approx(free.summary()["cost"])


def test_nothing_everyone_random_and_top_value_stand_beside() -> None:
    result = plan(shop(), budget=60, draws=50)
    methods = result.methods.set_index("method")
    assert {"exact", "greedy", "top_value", "random", "everyone", "nothing"} == set(
        methods.index
    )
    within = methods[methods["within"]]
    assert (within["value"] <= result.summary()["bound"] + 1e-9).all()
    assert within["value"].idxmax() == "exact"
    assert not methods.loc["everyone", "within"]
    assert np.isnan(methods.loc["everyone", "gap"])
    assert methods.loc["random", "evaluations"] == 50
    assert methods.loc["random", "spread"] > 0
    assert methods.loc["nothing", ["value", "cost", "customers"]].eq(0).all()


def test_a_random_plan_of_many_is_worth_what_one_of_all_is() -> None:
    problem = many(5_000)
    result = plan(options_of(problem), budget=1_500, draws=40)
    random = result.methods.set_index("method").loc["random"]
    assert random["cost"] == pytest.approx(1_500, rel=0.03)
    assert random["value"] < result.summary()["profit"]


def test_a_hold_out_is_drawn_within_action_and_segment() -> None:
    table = shop(800).assign(profit=5.0)
    result = plan(table, action_capacity={"call": 400, "mail": 400}, holdout=0.1)
    held = result.chosen["arm"] == "holdout"
    assert result.summary()["holdout"] == held.sum() == pytest.approx(80, abs=1)
    shares = held.groupby(
        [result.chosen["action"], result.chosen["segment"]]
    ).mean()
    assert shares.between(0.09, 0.11).all()
    again = plan(table, action_capacity={"call": 400, "mail": 400}, holdout=0.1)
    pd.testing.assert_frame_equal(again.chosen, result.chosen)


def test_what_limits_cost_is_said() -> None:
    table = shop(200)
    table.loc[table["action"] == "call", "profit"] += 40
    limits = {"phone": 10, "post": 190}
    result = plan(table, budget=160, capacity=limits, minimum={"gold": 60})
    messages = say_prices(result.limits)
    keys = [message.key.removeprefix("strategy.price.") for message in messages]
    assert keys == ["budget", "channel", "channel_free", "segment"]
    for message in messages:
        assert message.sentence("en") and message.sentence("zh")
    budget = messages[0].details
    price = result.limits["price"].iloc[0]
    assert budget["gain"] == pytest.approx(price * budget["step"])
    assert budget["step"] <= budget["room"]
    said = [message.sentence("en") for message in say_methods(result.methods)]
    assert said[0].startswith("Exact in")
    assert said[-1] == "The empty list does not hold the limits."


# What is said


def test_where_nothing_pays_the_plan_is_to_do_nothing() -> None:
    result = plan(BY_HAND.assign(profit=-1.0), budget=10)
    assert result.chosen.empty and result.summary()["profit"] == 0
    assert [note.key for note in result.notes] == ["strategy.note.nothing_pays"]
    assert len(result.methods) == 6


def test_clashing_limits_are_named() -> None:
    table = shop(400)
    error = problem_of(
        table, least=300, capacity={"phone": 50, "post": 200}, budget=1e6
    )
    assert error.key == "strategy.infeasible"
    sentence = error.sentence("en")
    assert "at least 300 customers" in sentence and "at most 200" in sentence
    assert "budget" not in sentence
    assert "300" in error.sentence("zh")


def test_a_limit_that_nothing_reaches_says_how_far_it_goes() -> None:
    error = problem_of(BY_HAND, least=5)
    assert error.key == "strategy.out_of_reach" and error.details["possible"] == 3


@pytest.mark.parametrize(
    ("column", "value", "key"),
    [
        ("cost", -1.0, "strategy.negative_cost"),
        ("cost", np.nan, "strategy.unknown_cost"),
        ("cost", np.inf, "strategy.unknown_cost"),
        ("cost", "a lot", "strategy.unknown_cost"),
        ("profit", np.inf, "strategy.infinite_profit"),
        ("profit", "a lot", "strategy.profit_not_numbers"),
        ("effect", 1.2, "strategy.effect_over_one"),
    ],
)
def test_what_cannot_be_planned_with_is_said(
    column: str, value: object, key: str
) -> None:
    assert problem_of(BY_HAND.assign(**{column: value})).key == key


def test_where_nobody_may_be_contacted_the_plan_is_empty() -> None:
    result = plan(BY_HAND.assign(value="?"), contact_limit=0, budget=50)
    assert result.chosen.empty and result.methods["value"].eq(0).all()
    assert "strategy.note.contacted_enough" in {note.key for note in result.notes}
    assert (
        problem_of(BY_HAND, contact_limit=0, least=1).key == "strategy.infeasible"
    )


def test_two_currencies_do_not_add_up() -> None:
    table = BY_HAND.assign(currency=["EUR", "EUR", "USD"])
    error = problem_of(table)
    assert error.key == "strategy.two_currencies"
    assert plan(table.assign(currency="EUR")).summary()["profit"] == 280


def test_one_group_has_nobody_to_be_fair_to() -> None:
    assert problem_of(BY_HAND.assign(group="all"), fairness=0.1).key == (
        "strategy.one_group"
    )
    assert problem_of(BY_HAND, fairness=0.1).key == "strategy.no_group_column"
    assert problem_of(BY_HAND, minimum={"x": 1}).key == "strategy.no_segment_column"


def test_a_channel_that_is_not_there_is_said() -> None:
    error = problem_of(BY_HAND, capacity={"phone": 1})
    assert error.key == "strategy.unknown_name"
    assert "call" in error.sentence("en")


def test_a_channel_without_capacity_is_not_used() -> None:
    result = plan(shop(), capacity={"phone": 0})
    assert (result.chosen["channel"] == "post").all()
    assert [note.key for note in result.notes] == ["strategy.note.no_capacity"]


def test_an_action_twice_for_a_customer_is_said() -> None:
    twice = pd.concat([BY_HAND, BY_HAND.head(1)])
    assert problem_of(twice).key == "strategy.repeated_options"
    assert problem_of(BY_HAND.head(0)).key == "strategy.no_options"
    assert problem_of(BY_HAND.drop(columns="cost")).key == "data.missing_role"


def test_without_effects_no_profit_is_promised() -> None:
    result = plan(BY_HAND.drop(columns="profit"), budget=30)
    assert result.summary()["profit"] is None and result.summary()["bound"] is None
    assert result.chosen["customer"].tolist() == ["a", "b"]
    assert [note.key for note in result.notes] == ["strategy.note.no_profit"]


def test_options_of_unknown_profit_are_left_out_and_counted() -> None:
    result = plan(BY_HAND.assign(profit=[60.0, np.nan, 120.0]))
    assert result.summary()["profit"] == 180
    (note,) = result.notes
    assert note.key == "strategy.note.unknown_profit" and note.details["count"] == 1


@pytest.mark.parametrize("amount", [-1, np.inf, np.nan, "many", True])
def test_a_capacity_that_is_no_number_is_out_of_bounds(amount: object) -> None:
    with pytest.raises(ValueError, match="a number of at least 0"):
        crm.PlanOptions(capacity={"phone": amount})


def test_a_capacity_is_kept_as_it_was_given() -> None:
    kept = crm.PlanOptions(capacity={"phone": 3})
    assert crm.PlanOptions.from_dict(kept.to_dict()) == kept


@pytest.mark.slow
def test_a_million_customers_are_planned_for() -> None:
    table = options_of(many(1_000_000))
    result = plan(
        table,
        budget=300_000,
        capacity={"visit": 10_000, "call": 20_000, "mail": 60_000},
    )
    assert result.summary()["gap"] <= 1e-5
