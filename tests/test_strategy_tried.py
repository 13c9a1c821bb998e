"""Small cases in which every plan is tried: the exact plan is the best of them, always.

The cases and the trying know nothing of how plans are made: limits are read here as people say
them, in whole cents, so that no rounding can hide a difference.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

import crm_analysis as crm

CHANNELS = {"call": "phone", "visit": "road", "mail": "post"}


class Case(NamedTuple):
    """Options in cents, and the limits in words; a fairness is in tenths."""

    table: pd.DataFrame
    budget: int | None
    capacity: dict[str, int]
    least: int | None
    minimum: dict[str, int]
    contact_limit: int | None
    fairness: int | None

    def options(self, **changed: object) -> crm.PlanOptions:
        """The limits as `plan_actions` takes them."""
        given: dict[str, object] = {
            "draws": 10,
            "budget": None if self.budget is None else self.budget / 100,
            "capacity": self.capacity,
            "least": self.least,
            "minimum": self.minimum,
            "contact_limit": self.contact_limit,
            "fairness": None if self.fairness is None else self.fairness / 10,
        }
        return crm.PlanOptions(**(given | changed))


def drawn(seed: int, most: int = 7) -> Case:
    """A case with ties, blocked pairs, options that lose money, and any set of limits."""
    rng = np.random.default_rng(seed)
    actions = list(CHANNELS)[: rng.integers(1, 4)]
    rows = []
    step = rng.choice([1, 50, 500])  # coarse steps make ties
    for number in range(rng.integers(1, most + 1)):
        whose = (
            f"C{number}",
            str(rng.choice(["gold", "rest"])),
            str(rng.choice(["f", "m", "x"], p=[0.5, 0.4, 0.1])),
            int(rng.integers(0, 4)),
        )
        for action in actions:
            if rng.random() < 0.25:  # may not be given to them
                continue
            profit = int(rng.integers(-1_500, 4_000)) // step * step
            cost = int(rng.integers(0, 2_000)) // step * step
            rows.append((*whose, action, CHANNELS[action], profit, cost))
    names = ["customer", "segment", "group", "contacts", "action", "channel"]
    table = pd.DataFrame(rows, columns=[*names, "profit", "cost"])
    there = table["channel"].unique()
    segments = table["segment"].unique()

    def asked(chance: float = 0.4) -> bool:
        return bool(rng.random() < chance)

    return Case(
        table,
        int(rng.integers(0, 6_000)) if asked(0.7) else None,
        {str(name): int(rng.integers(0, 4)) for name in there if asked()},
        int(rng.integers(0, 3)) if asked(0.3) else None,
        {str(name): int(rng.integers(0, 3)) for name in segments if asked(0.3)},
        int(rng.integers(1, 5)) if asked() else None,
        int(rng.integers(0, 10)) if asked() else None,
    )


def every_plan(case: Case) -> pd.DataFrame:
    """A row a plan: its profit and cost in cents, and how many of each name it contacts."""
    table = case.table
    if case.contact_limit is not None:
        table = table[table["contacts"] + 1 <= case.contact_limit]
    counted = pd.get_dummies(case.table[["channel", "segment", "group"]], dtype=int)
    figures = case.table[["profit", "cost"]].assign(contacted=1).join(counted)
    plans = np.zeros((1, figures.shape[1]), dtype=np.int64)
    for _, own in table.groupby("customer"):
        ways = np.vstack([np.zeros_like(plans[:1]), figures.loc[own.index]])
        plans = (plans[:, None] + ways).reshape(-1, figures.shape[1])
    return pd.DataFrame(plans, columns=figures.columns)


def holding(case: Case, plans: pd.DataFrame) -> np.ndarray:
    """Which of these plans hold every limit, counted one by one."""
    holds = np.ones(len(plans), dtype=bool)
    if case.budget is not None:
        holds &= plans["cost"] <= case.budget
    for name, most in case.capacity.items():
        holds &= plans[f"channel_{name}"] <= most
    if case.least is not None:
        holds &= plans["contacted"] >= case.least
    for name, few in case.minimum.items():
        holds &= plans[f"segment_{name}"] >= few
    if case.fairness is not None:
        size = case.table.drop_duplicates("customer")["group"].value_counts()
        for name in size.index:
            inside = plans[f"group_{name}"]
            # Own share ≥ (1 − δ) · the others', without a division.
            own = 10 * inside * (size.sum() - size[name])
            others = (plans["contacted"] - inside) * size[name]
            holds &= own >= (10 - case.fairness) * others
    return np.asarray(holds)


def is_possible(case: Case) -> bool:
    """Whether the case asks anything at all that can be asked."""
    groups = case.table["group"].nunique()
    return bool(len(case.table)) and (case.fairness is None or groups > 1)


def check(seed: int, most: int = 7) -> bool | None:
    """One case against all its plans; whether a plan holds its limits. None: nothing to ask."""
    case = drawn(seed, most)
    if not is_possible(case):
        return None
    money = case.table.assign(
        profit=case.table["profit"] / 100, cost=case.table["cost"] / 100
    )
    plans = every_plan(case)
    profits = plans["profit"][holding(case, plans)]
    if profits.empty:
        with pytest.raises(crm.AnalysisError) as error:
            crm.plan_actions(money, case.options())
        assert error.value.key in ("strategy.infeasible", "strategy.out_of_reach")
        return False
    best = int(profits.max())
    plan = crm.plan_actions(money, case.options())
    facts = plan.summary()
    assert facts["proven"] == 1 and facts["gap"] == 0
    assert facts["profit"] == pytest.approx(best / 100, abs=1e-7)
    assert best / 100 <= facts["bound"] + 1e-7
    assert not plan.chosen["customer"].duplicated().any()
    assert (plan.chosen["contacts"] < (case.contact_limit or 99)).all()
    names = ["channel", "segment", "group"]
    counted = pd.get_dummies(plan.chosen[names]).sum().reindex(plans.columns[2:])
    own = (
        counted.fillna(0)
        .to_frame()
        .T.assign(cost=round(facts["cost"] * 100), contacted=len(plan.chosen))
    )
    assert holding(case, own).all()
    assert (
        plan.methods["value"][plan.methods["within"]] <= best / 100 + 1e-7
    ).all()
    order = np.random.default_rng(seed).permutation(len(money))
    other = crm.plan_actions(money.iloc[order], case.options())
    listed = [made.chosen.sort_values("customer") for made in (plan, other)]
    assert listed[0]["customer"].tolist() == listed[1]["customer"].tolist()
    assert listed[0]["action"].tolist() == listed[1]["action"].tolist()
    pd.testing.assert_frame_equal(plan.limits, other.limits)
    if case.budget is not None:
        more = crm.plan_actions(money, case.options(budget=case.budget / 100 + 3))
        assert more.summary()["profit"] >= best / 100 - 1e-7
    return True


@pytest.mark.parametrize("seed", range(12))
def test_the_exact_plan_is_the_best_of_all_plans(seed: int) -> None:
    check(seed, most=5)
