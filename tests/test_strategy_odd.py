"""Odd tables and settings at every door of the plan: a right answer, or a sentence that helps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

import crm_analysis as crm
from crm_analysis.analyses import strategy

NAN, INF = np.nan, np.inf


class Door(NamedTuple):
    """A function of one table, the table it likes, and which of its columns are what."""

    call: Callable[[pd.DataFrame], object]
    table: pd.DataFrame
    figures: tuple[str, ...]
    names: tuple[str, ...]
    optional: tuple[str, ...] = ()


OPTIONS = pd.DataFrame(
    {
        "customer": list("aabbccdd"),
        "action": ["call", "mail"] * 4,
        "profit": [6.0, 1, 10, 2, 12, 3, -1, -2],
        "cost": [3.0, 1] * 4,
        "channel": ["phone", "post"] * 4,
        "segment": list("ggrrggrr"),
        "group": list("ffffmmmm"),
        "contacts": [0, 0, 1, 1, 2, 2, 0, 0],
        "points": [3, 1] * 4,
        "kept": 0.05,
        "risk": 0.2,
        "value": 30.0,
        "error": 1.0,
        "profit_a": [6.5, 1, 10, 2, 12, 3, -1, -2],
        "profit_b": [5.5, 1, 10, 2, 12, 3, -1, -2],
        "source": "measured",
        "cell": ["call", "mail"] * 4,
    }
)
PEOPLE = pd.DataFrame(
    {
        "customer": list("abcdef"),
        "value": [100.0, 200, 300, 400, 500, 600],
        "value_lo": 50.0,
        "value_hi": 700.0,
        "risk": [0.5, 0.4, 0.3, 0.2, 0.1, 0.6],
        "basket": 20.0,
        "contacts": [0, 1, 2] * 2,
        "segment": ["gold", "rest"] * 3,
        "sex": list("fmfmfm"),
        "tier": ["high", "low"] * 3,
    }
)
ACTIONS = pd.DataFrame(
    {
        "action": ["call", "coupon"],
        "channel": ["phone", "mail"],
        "cost": [4.0, 1.0],
        "discount": [0.0, 0.1],
        "redeemed": [NAN, 0.5],
        "capacity": [2.0, NAN],
        "points": [3.0, 1.0],
        "eligible": ["gold; silver", ""],
    }
)
EFFECTS = pd.DataFrame(
    {
        "action": ["call", "coupon", "coupon"],
        "segment": [None, None, "gold"],
        "effect": [0.05, 0.05, 0.02],
        "error": 0.01,
        "lo": [0.02, 0.0, 0.01],
        "hi": [0.08, 0.1, 0.03],
        "effect_a": [0.05, 0.05, 0.02],
        "effect_b": [0.05, 0.05, 0.02],
        "source": ["assumed", "assumed", "measured"],
    }
)
LEVELS = pd.DataFrame(
    {
        "level": ["manager", "line", "standard"],
        "cost": [40.0, 5, 0],
        "keeps": [0.5, 0.2, 0],
        "capacity": [2.0, 3, NAN],
        "eligible": ["high", "", ""],
    }
)
TRIAL = pd.DataFrame(
    {
        "customer": range(400),
        "arm": ["call", "control"] * 200,
        "responded": [1, 0] * 50 + [0, 0] * 150,
        "segment": list("xxyy") * 100,
    }
)
LIST = pd.DataFrame(
    {
        "customer": range(8),
        "action": "call",
        "profit": 2.0,
        "cost": 1.0,
        "arm": ["treated"] * 4 + ["holdout"] * 4,
    }
)
AMOUNTS = pd.DataFrame({"customer": range(4), "amount": [10.0, 10, 20, 20]})
CHANNELS = pd.DataFrame(
    {
        "channel": ["x", "y"],
        "a": [100.0, 90],
        "b": [0.01, 0.02],
        "least": [0.0, 10],
        "most": [NAN, 150],
    }
)
CELLS = pd.DataFrame({"cell": ["A", "B"], "bought": [1, 0], "nothing": [3, 5]})
BRANDS = pd.DataFrame(
    {
        "brand": ["A", "B", "C"],
        "share": [0.5, 0.3, 0.2],
        "penetration": [0.4, 0.3, 0.2],
    }
)
LINES = pd.DataFrame(
    {
        "customer": list("ABCAA"),
        "date": pd.to_datetime(["2024-01-01"] * 3 + ["2024-02-20", "2024-02-25"]),
        "product": ["tea", "tea", "rice", "tea", "rice"],
        "order": list("vwxyz"),
        "amount": [1.0, 2, 3, 4, 5],
        "quantity": 1.0,
    }
)
LOG = pd.DataFrame(
    {
        "customer": ["a", "a", "b"],
        "date": pd.to_datetime(["2024-05-01", "2024-05-20", "2024-03-01"]),
        "arm": "treated",
    }
)
LIMITS = crm.PlanOptions(budget=9, contact_limit=3, holdout=0.2, draws=5)
_FEW = crm.CompareOptions(methods=("ga",), evaluations=20, population=4, seeds=1)
_THREE = crm.FrontOptions(objectives=("profit", "leavers", "fatigue"), grid=2)
_SEARCHED = crm.FrontOptions(
    objectives=("profit", "cost", "fatigue"), method="nsga2", evaluations=40
)
_MONEY = ("profit", "cost")
_BESIDE = ("points", "contacts", "error")
_NAMES = ("customer", "action", "segment", "group", "source", "cell")
_CATALOGUE = ("cost", "capacity", "points")


def _of_options(call: Callable[[pd.DataFrame], object], *optional: str) -> Door:
    """What every such door asks of its table is tried once, with `plan_actions`."""
    return Door(call, OPTIONS, ("profit",), ("customer",), optional)


def _planned(table: pd.DataFrame) -> object:
    plan = crm.plan_actions(table, LIMITS)
    assert len(plan.methods) == 6
    return plan


def _offered(
    people: pd.DataFrame = PEOPLE,
    actions: pd.DataFrame = ACTIONS,
    effects: pd.DataFrame = EFFECTS,
) -> object:
    by_sex = crm.ActionOptions(group="sex")
    made = crm.possible_actions(people, actions, effects, by_sex)
    figures = made.table.select_dtypes("number").drop(columns="error")
    assert not np.isinf(figures).any(axis=None)
    return made


def _served(people: pd.DataFrame = PEOPLE, levels: pd.DataFrame = LEVELS) -> object:
    return crm.service_levels(people, levels)


DOORS = {
    "plan_actions": Door(_planned, OPTIONS, _MONEY, _NAMES, _BESIDE),
    "pareto_front": _of_options(crm.pareto_front),
    "pareto_front of three": _of_options(
        lambda t: crm.pareto_front(t, _THREE), "kept", "points", "risk"
    ),
    "pareto_front searched": _of_options(
        lambda t: crm.pareto_front(t, _SEARCHED), "points"
    ),
    "fairness_costs": _of_options(lambda t: crm.fairness_costs(t, None, (0.5,))),
    "judge_plan": _of_options(
        lambda t: crm.judge_plan(crm.plan_actions(t)),
        *("error", "profit_a", "risk"),
    ),
    "why_customer": _of_options(
        lambda t: crm.why_customer(crm.plan_actions(t), "a")
    ),
    "left_out": _of_options(lambda t: crm.left_out(crm.plan_actions(t))),
    "compare_methods": _of_options(
        lambda t: crm.compare_methods(crm.plan_actions(t), _FEW)
    ),
    "response_curves": _of_options(strategy.response_curves),
    "service_levels, people": Door(
        lambda t: _served(people=t),
        PEOPLE,
        ("value", "risk"),
        ("customer", "sex", "tier"),
    ),
    "service_levels, levels": Door(
        lambda t: _served(levels=t),
        LEVELS,
        ("cost", "keeps", "capacity"),
        ("level",),
    ),
    "possible_actions, people": Door(
        lambda t: _offered(people=t),
        PEOPLE,
        ("value", "risk", "contacts"),
        ("customer", "segment", "sex"),
    ),
    "possible_actions, actions": Door(
        lambda t: _offered(actions=t), ACTIONS, _CATALOGUE, ("action", "channel")
    ),
    "possible_actions, effects": Door(
        lambda t: _offered(effects=t),
        EFFECTS,
        ("effect", "error"),
        ("action", "segment", "source"),
    ),
    "measured_effects": Door(
        crm.measured_effects, TRIAL, ("responded",), ("customer", "arm", "segment")
    ),
    "campaign_effects": Door(
        lambda t: strategy.campaign_effects({"Spring": t}, "segment"),
        TRIAL,
        ("responded",),
        ("customer", "arm", "segment"),
    ),
    "read_back, the list": Door(
        lambda t: crm.read_back(t, AMOUNTS),
        LIST,
        _MONEY,
        ("customer", "action", "arm"),
    ),
    "read_back, what came": Door(
        lambda t: crm.read_back(LIST, t), AMOUNTS, ("amount",), ("customer",)
    ),
    "allocate_budget": Door(
        lambda t: crm.allocate_budget(t, crm.AllocateOptions(total=200)),
        CHANNELS,
        ("a", "b", "least", "most"),
        ("channel",),
    ),
    "share_cells": Door(
        lambda t: crm.share_cells(
            t, crm.CellOptions(outcomes=("bought", "nothing"), draws=1_000)
        ),
        CELLS,
        ("bought", "nothing"),
        ("cell",),
    ),
    "fit_nbd_dirichlet": Door(
        lambda t: crm.fit_nbd_dirichlet(penetration=0.6, rate=2.5, brands=t),
        BRANDS,
        ("share", "penetration"),
        ("brand",),
    ),
    "brand_buying": Door(
        lambda t: crm.brand_buying(t, crm.BuyingOptions(days=30)),
        LINES,
        ("amount", "date"),
        ("customer", "product", "order"),
    ),
    "recent_contacts": Door(
        crm.recent_contacts, LOG, ("date",), ("customer", "arm")
    ),
    "join_customers": Door(
        lambda t: strategy.join_customers(PEOPLE, t),
        PEOPLE,
        ("value",),
        ("customer",),
    ),
    "suggested_actions": Door(
        lambda t: strategy.suggested_actions({"Spring": t}),
        LOG.assign(channel="Email", cost=0.1),
        ("cost",),
        ("customer", "channel"),
    ),
}
# What may stand for a figure in every row, and in the first alone; and for a name.
EVERY: tuple[object, ...] = (INF, "a lot")
ONCE: tuple[object, ...] = (NAN, -1.0, 1e308, 2 + 1j, "a lot")
NAMES: tuple[object, ...] = (None, [["a", "b"]])


def odd_tables(door: Door) -> Iterator[tuple[str, pd.DataFrame]]:
    """Tables as somebody might give them, each with what is odd about it."""
    table = door.table
    yield "no rows", table.head(0)
    yield "nothing", pd.DataFrame()
    yield "one row", table.head(1)
    yield "every row twice", pd.concat([table, table])
    yield "one index", table.set_index(pd.Index(["i"] * len(table)))
    yield (
        "two currencies",
        table.assign(currency=np.where(np.arange(len(table)) % 2, "EUR", "USD")),
    )
    for name in (*door.figures, *door.names):
        yield f"no {name}", table.drop(columns=name)
        yield f"{name} twice", pd.concat([table, table[[name]]], axis=1)
    for name in (*door.figures, *door.optional):
        for every in EVERY:
            yield f"{name} {every}", table.assign(**{name: every})
        for once in ONCE:
            column = table[name].astype(object)
            column.iloc[0] = once
            yield f"{name} once {once}", table.assign(**{name: column})
    for name in door.names:
        yield f"{name} in categories", table.astype({name: "category"})
        for given in NAMES:
            cells = given * len(table) if isinstance(given, list) else given
            yield f"{name} {given}", table.assign(**{name: cells})
        yield (
            f"{name} 1, '1'",
            table.assign(
                **{name: ([1, "1", None, 2.5] * len(table))[: len(table)]}
            ),
        )


def answer(call: Callable[[], object]) -> str:
    """The key of what is wrong, said in both languages, or "" for an answer in whole figures."""
    try:
        result = call()
    except crm.AnalysisError as error:
        assert error.sentence("en") and error.sentence("zh")
        return error.key
    for note in getattr(result, "notes", ()):
        assert note.sentence("en") and note.sentence("zh")
    if hasattr(result, "summary"):
        figures = [
            value for value in result.summary().values() if value is not None
        ]
        assert np.isfinite(figures).all()
    return ""


@pytest.mark.parametrize("name", DOORS)
def test_odd_tables_have_an_answer_or_a_sentence(name: str) -> None:
    _all_are_answered(name, list(odd_tables(DOORS[name]))[::6])


@pytest.mark.slow
@pytest.mark.parametrize("name", DOORS)
def test_each_odd_table_has_an_answer_or_a_sentence(name: str) -> None:
    _all_are_answered(name, list(odd_tables(DOORS[name])))


def _all_are_answered(name: str, tables: list[tuple[str, pd.DataFrame]]) -> None:
    door = DOORS[name]
    for odd, table in tables:
        try:
            answer(partial(door.call, table))
        except Exception as error:
            error.add_note(f"{name}: {odd}")
            raise


@pytest.mark.parametrize("name", DOORS)
def test_a_heading_that_stands_twice_is_named(name: str) -> None:
    door = DOORS[name]
    assert answer(partial(door.call, door.table)) == ""
    # Of many campaigns those that say nothing are left out.
    expected = "" if name == "campaign_effects" else "strategy.repeated_columns"
    for column in (door.figures[0], door.names[-1]):
        twice = pd.concat([door.table, door.table[[column]]], axis=1)
        assert answer(partial(door.call, twice)) == expected


WRONG = [
    ("plan_actions", "profit", INF, "infinite_profit"),
    ("plan_actions", "profit", 1e308, "infinite_profit"),
    ("plan_actions", "cost", NAN, "unknown_cost"),
    ("plan_actions", "cost", -1.0, "negative_cost"),
    ("plan_actions", "points", INF, "infinite_figure"),
    ("plan_actions", "kept", -INF, "infinite_figure"),
    ("plan_actions", "error", INF, "infinite_figure"),
    ("plan_actions", "contacts", "often", "no_figure"),
    ("pareto_front of three", "points", "many", "no_figure"),
    ("pareto_front of three", "risk", 30.0, "no_probability"),
    ("judge_plan", "error", "small", "no_figure"),
    ("service_levels, people", "risk", 1.5, "no_probability"),
    ("service_levels, people", "risk", "high", "no_figure"),
    ("service_levels, people", "customer", "a", "repeated_customers"),
    ("service_levels, levels", "keeps", 1.5, "action_number"),
    ("service_levels, levels", "cost", NAN, "action_number"),
    ("possible_actions, people", "value", "much", "no_value"),
    ("possible_actions, people", "contacts", INF, "infinite_figure"),
    ("possible_actions, actions", "cost", INF, "action_number"),
    ("possible_actions, effects", "effect", 1.5, "effect_over_one"),
    ("possible_actions, effects", "error", INF, "infinite_figure"),
    ("measured_effects", "responded", 1.5, "outcome_not_share"),
    ("measured_effects", "arm", "call", "which_control"),
    ("read_back, the list", "cost", "free", "no_figure"),
    ("read_back, the list", "arm", "x", "no_holdout"),
    ("read_back, what came", "amount", INF, "infinite_figure"),
    ("read_back, what came", "amount", "much", "no_figure"),
    ("allocate_budget", "a", "much", "shares.not_numbers"),
    ("allocate_budget", "b", -1.0, "shares.negative"),
    ("share_cells", "bought", -1.0, "cells.counts"),
    ("share_cells", "cell", "A", "cells.repeated"),
    ("fit_nbd_dirichlet", "penetration", 1.0, "brands.share"),
    ("fit_nbd_dirichlet", "share", "most", "brands.share"),
]


@pytest.mark.parametrize(("name", "column", "value", "key"), WRONG)
def test_what_is_wrong_is_named(
    name: str, column: str, value: object, key: str
) -> None:
    door = DOORS[name]
    table = door.table.assign(**{column: value})
    assert answer(partial(door.call, table)) == f"strategy.{key}"


SETTINGS = [
    lambda: crm.PlanOptions(budget=-1),
    lambda: crm.PlanOptions(budget=INF),
    lambda: crm.PlanOptions(budget=NAN),
    lambda: crm.PlanOptions(budget="much"),
    lambda: crm.PlanOptions(least=-1),
    lambda: crm.PlanOptions(minimum={"gold": -1}),
    lambda: crm.PlanOptions(action_capacity={"call": NAN}),
    lambda: crm.PlanOptions(fairness=1.5),
    lambda: crm.PlanOptions(holdout=1.5),
    lambda: crm.FrontOptions(objectives=("profit",)),
    lambda: crm.FrontOptions(objectives=("profit", "profit")),
    lambda: crm.FrontOptions(objectives=("profit", "joy")),
    lambda: crm.AllocateOptions(total=-1),
    lambda: crm.AllocateOptions(total=INF),
    lambda: crm.AllocateOptions(method="luck"),
    lambda: crm.ActionOptions(margin=1.5),
    lambda: crm.ServiceOptions(margin=NAN),
    lambda: crm.ReadBackOptions(margin=-1),
    lambda: crm.HonestyOptions(draws=0),
    lambda: crm.CellOptions(floor=-0.1),
    lambda: crm.BuyingOptions(days=0),
    lambda: crm.EvolveOptions(population=0),
    lambda: crm.CompareOptions(methods=("luck",)),
]


@pytest.mark.parametrize("make", SETTINGS)
def test_a_setting_that_cannot_be_is_a_value_error(
    make: Callable[[], object],
) -> None:
    with pytest.raises(ValueError, match=r"\w+Options\.\w+"):
        make()


@pytest.mark.parametrize(
    ("low", "high"),
    [
        ([], []),
        ([0], [1, 2]),
        ([1], [0]),
        ([NAN], [1]),
        ([0], [INF]),
        ([[0]], [[1]]),
    ],
)
def test_bounds_that_are_no_box_are_said(low: list, high: list) -> None:
    wrong = answer(lambda: crm.evolve(lambda x: x[:, 0], low, high))
    assert wrong == "strategy.search.bounds"


@pytest.mark.parametrize(
    ("penetration", "rate", "key"),
    [
        (1.0, 2.5, "everybody"),
        (1.7, 2.5, "everybody"),
        (0.0, 2.5, "no_buyers"),
        (NAN, 2.5, "no_buyers"),
        (0.6, 1.0, "rate"),
        (0.6, INF, "rate"),
        (0.6, NAN, "rate"),
        (0.3, 2.5, "penetration"),
    ],
)
def test_a_category_that_cannot_be_is_said(
    penetration: float, rate: float, key: str
) -> None:
    def fit() -> object:
        return crm.fit_nbd_dirichlet(
            penetration=penetration, rate=rate, brands=BRANDS
        )

    assert answer(fit) == f"strategy.brands.{key}"
