"""Rules that say what was planted, importance that finds what matters."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crm_analysis.analyses.explain import (
    effect_of,
    permutation_importance,
    shallow_rules,
)
from crm_analysis.wording import has, say


@pytest.fixture
def people() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "age": rng.integers(18, 80, 600),
            "plan": rng.choice(["gold", "basic"], 600),
            "noise": rng.normal(size=600),
        }
    )


def test_a_planted_rule_is_found_again(people: pd.DataFrame) -> None:
    labels = np.where(
        people["plan"] == "gold",
        "g",
        np.where(people["age"] > 50, "old", "young"),
    )
    result = shallow_rules(people, labels)
    assert result.accuracy > 0.99 and {rule.label for rule in result.rules} == {
        "g",
        "old",
        "young",
    }
    best = result.for_label("g")[0]
    assert [(one.feature, one.op, one.value) for one in best.conditions] in (
        [("plan", "is", "gold")],
        [("plan", "is_not", "basic")],
    )
    old = {one.feature: one for one in result.for_label("old")[0].conditions}
    assert old["age"].op == "above" and 50 <= old["age"].value <= 51
    assert (
        best.purity == best.coverage == 1.0
        and best.count == (people["plan"] == "gold").sum()
    )


def test_every_rule_counts_what_it_says(people: pd.DataFrame) -> None:
    labels = (people["age"] // 15).to_numpy()
    result = shallow_rules(people, labels, depth=4)
    for rule in result.rules:
        holds = np.ones(len(people), dtype=bool)
        for one in rule.conditions:
            column = people[one.feature]
            holds &= {
                "above": lambda c, v: c > v,
                "at_most": lambda c, v: c <= v,
                "is": lambda c, v: c == v,
                "is_not": lambda c, v: c != v,
            }[one.op](column, one.value)
        assert holds.sum() == rule.count
        assert (labels[holds] == rule.label).mean() == pytest.approx(rule.purity)
        assert (labels[holds] == rule.label).sum() / (
            labels == rule.label
        ).sum() == pytest.approx(rule.coverage)


def test_what_has_no_rule(people: pd.DataFrame) -> None:
    assert (
        shallow_rules(people, np.zeros(600)).rules == ()
        and shallow_rules(people, np.zeros(600)).accuracy is None
    )
    random = shallow_rules(people, np.random.default_rng(1).integers(0, 2, 600))
    assert (
        random.accuracy < 0.6
    )  # measured on rows not seen, so noise is not praised
    assert shallow_rules(people.iloc[:0], []).rules == ()


def test_a_rare_label_gets_a_rule_of_its_own(people: pd.DataFrame) -> None:
    labels = np.where(people["age"] == 42, "rare", "rest")
    assert shallow_rules(people, labels, depth=2).for_label("rare")


def test_missing_values_and_a_sample(people: pd.DataFrame) -> None:
    holed = people.assign(
        age=people["age"].astype(float).mask(people.index % 5 == 0),
        plan=people["plan"].mask(people.index % 7 == 0),
    )
    result = shallow_rules(
        pd.concat([holed] * 50), np.tile(people["plan"], 50), rows=5000
    )
    assert result.rows == 5000 and result.accuracy > 0.8


def test_the_same_seed_gives_the_same_rules(people: pd.DataFrame) -> None:
    labels = (people["age"] > 40).to_numpy()
    assert shallow_rules(people, labels, seed=3) == shallow_rules(
        people, labels, seed=3
    )


def test_the_frame_has_a_row_a_condition(people: pd.DataFrame) -> None:
    result = shallow_rules(people, people["plan"].to_numpy())
    frame = result.to_frame()
    assert len(frame) == sum(len(rule.conditions) for rule in result.rules)
    for op in frame["op"].unique():
        assert has(f"explain.{op}")
    assert say("explain.above", feature="age", value=42.5) == "age above 42.5"


def test_importance_orders_features(people: pd.DataFrame) -> None:
    target = people["age"].to_numpy() * 2.0
    result = permutation_importance(
        lambda table: table["age"].to_numpy() * 2.0,
        people,
        target,
        lambda y, p: -float(np.abs(y - p).mean()),
    )
    assert (
        result["feature"].iloc[0] == "age"
        and result["importance"].iloc[0] > 1
        and (result["importance"].iloc[1:] == 0).all()
    )


def test_the_effect_of_a_feature(people: pd.DataFrame) -> None:
    numbers = effect_of(
        lambda table: table["age"].to_numpy() + 1.0, people, "age", points=5
    )
    assert (
        np.allclose(numbers["prediction"], numbers["value"].astype(float) + 1)
        and numbers["rows"].sum() == 600
    )
    plans = effect_of(
        lambda table: (table["plan"] == "gold").to_numpy(dtype=float),
        people,
        "plan",
    ).set_index("value")["prediction"]
    assert plans["gold"] == 1.0 and plans["basic"] == 0.0
