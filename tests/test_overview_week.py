"""What to do this week: which proposals are proposed, in which order, and what came of them."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from crm_analysis.analyses.customers import customer_groups
from crm_analysis.analyses.overview import (
    Proposal,
    answer_complaints,
    call_at_risk,
    carry_out_plan,
    decide_question,
    in_order,
    order_stock,
    read_proposal_back,
    spare_contacts,
    usual_change,
)

UNTIL = "2026-12-06"


def shop(values: list[float], risk: float = 0.3) -> pd.DataFrame:
    names = [f"c{place}" for place in range(len(values))]
    return pd.DataFrame({"customer": names, "value": values, "risk": risk})


def test_those_are_called_with_whom_most_of_the_money_at_risk_lies() -> None:
    table = shop([100.0, 50.0, 30.0, *[1.0] * 17], risk=0.25)
    groups = customer_groups(table)
    call = call_at_risk(groups, until=UNTIL)
    assert call is not None
    members = groups.members("at_risk")
    assert call.count == 5  # never fewer, though three hold four fifths
    assert call.money == members["value"].head(5).sum()
    assert call.details["share"] == call.money / members["value"].sum()
    assert call.customers == tuple(members["customer"].head(5))


def test_the_interval_of_a_sum_is_the_root_of_the_squares_of_its_parts() -> None:
    table = shop([10.0] * 20, risk=0.25)
    groups = customer_groups(table)
    ranges = table[["customer"]].assign(value_lo=7.0, value_hi=13.0)
    call = call_at_risk(groups, ranges, until=UNTIL)
    assert call is not None and call.money is not None
    assert call.high == pytest.approx(call.money + 3 * np.sqrt(call.count))
    assert call.low == pytest.approx(call.money - 3 * np.sqrt(call.count))


def test_nobody_is_called_where_few_are_at_risk_or_nothing_is_expected() -> None:
    assert call_at_risk(customer_groups(shop([5.0] * 4, risk=0.25))) is None
    assert call_at_risk(customer_groups(shop([0.0] * 30, risk=0.25))) is None


@pytest.mark.parametrize(
    ("judged", "is_proposed"),
    [
        ({"expected": 100.0, "lo": 5.0, "hi": 200.0}, True),
        ({"expected": 100.0, "lo": -1.0, "hi": 200.0}, False),
        ({"expected": None, "lo": None, "hi": None}, False),
    ],
)
def test_a_plan_is_proposed_where_its_profit_is_beyond_chance(
    judged: dict[str, float | None], is_proposed: bool
) -> None:
    plan = carry_out_plan({"contacted": 10.0, "cost": 3.0}, judged)
    assert (plan is not None) == is_proposed


def complaints(p: float) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    effects = pd.DataFrame(
        {
            "kind": ["complaint", "aspect"],
            "what": ["delivery", "price"],
            "p_adjusted": [p, 0.001],
            "ratio": 2.0,
            "ratio_lo": 1.5,
            "ratio_hi": 2.5,
        }
    )
    priority = pd.DataFrame(
        {
            "kind": ["complaint", "complaint"],
            "what": ["price", "delivery"],
            "customers": [9, 2],
            "value": [900.0, 200.0],
            "value_at_risk": [90.0, 20.0],
        }
    )
    customers = pd.DataFrame(
        {
            "customer": ["a", "b", "c"],
            "complaints": ["price · delivery", "price", "delivery"],
        }
    )
    return effects, priority, customers


def test_of_complaints_the_one_that_goes_with_leaving_is_answered() -> None:
    proposal = answer_complaints(*complaints(0.01), until=UNTIL)
    assert proposal is not None
    assert (proposal.details["what"], proposal.count, proposal.money) == (
        "delivery",
        2,
        20,
    )
    assert proposal.customers == ("a", "c")
    assert answer_complaints(*complaints(0.2)) is None


def by_count(second: tuple[float, float, float]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "window": [7, 7, 7, 30],
            "nth": [1, 2, 3, 1],
            "sent": [100, 40, 10, 150],
            "within": [0.3, second[0], np.nan, 0.3],
            "within_lo": [0.25, second[1], np.nan, 0.25],
            "within_hi": [0.35, second[2], np.nan, 0.35],
        }
    )


def test_contacts_are_spared_from_where_the_same_customers_answer_less() -> None:
    proposal = spare_contacts(by_count((0.1, 0.05, 0.2)), cost=0.5, until=UNTIL)
    assert proposal is not None
    assert (proposal.details["most"], proposal.count, proposal.money) == (
        1,
        50,
        25.0,
    )
    assert spare_contacts(by_count((0.2, 0.1, 0.3)), cost=0.5) is None
    free = spare_contacts(by_count((0.1, 0.05, 0.2)), cost=None)
    assert free is not None and free.money is None


def stock(**columns: object) -> pd.DataFrame:
    """Orders to place: of tea too little is there, of milk enough."""
    table = {
        "series": ["tea", "milk"],
        "service": 0.95,
        "risk_without": [0.4, 0.02],
        "order": [24.0, 12.0],
        "avoided": [10.0, 0.1],
        "avoided_lo": [4.0, 0.0],
        "avoided_hi": [18.0, 0.2],
    }
    return pd.DataFrame(table | columns)


def test_what_would_run_out_is_ordered_for_the_sales_that_it_saves() -> None:
    proposal = order_stock(stock(price=2.0), until=UNTIL)
    assert proposal is not None
    assert (proposal.count, proposal.details["units"]) == (1, 24)
    assert (proposal.money, proposal.low, proposal.high) == (20, 8, 36)
    both = order_stock(stock(price=[2.0, 5.0], risk_without=0.5))
    assert both is not None and both.money == 20.5
    assert both.high == pytest.approx(20.5 + np.hypot(16.0, 0.5))
    unpriced = order_stock(stock())
    assert unpriced is not None
    assert (unpriced.money, unpriced.details["missed"]) == (None, 10)


def test_nothing_is_ordered_where_it_is_not_needed_or_helps_nothing() -> None:
    assert order_stock(stock(risk_without=0.05)) is None
    assert order_stock(stock(order=0.0)) is None
    assert order_stock(stock(avoided=0.0)) is None


def test_of_many_products_three_are_named() -> None:
    names = [f"p{number}" for number in range(5)]
    many = pd.concat([stock().head(1)] * 5).assign(series=names)
    proposal = order_stock(many, until=UNTIL)
    assert proposal is not None
    assert "p0, p1, p2, and 2 others" in proposal.sentence.sentence("en")


def test_a_question_is_proposed_where_money_hangs_on_it() -> None:
    details = {"column": "status", "rows": 195, "money": -102_000.0}
    proposal = decide_question(details, until=UNTIL)
    assert proposal is not None
    assert (proposal.count, proposal.money) == (195, 102_000)
    copies = decide_question(details | {"count": 7})
    assert copies is not None and copies.count == 7
    assert decide_question(details | {"money": None}) is None
    assert decide_question({"column": "status", "rows": 195}) is None


def proposal(name: str, money: float | None) -> Proposal:
    return Proposal(name, "value", "future", 5, money, None, None, UNTIL)


def test_most_money_comes_first_and_five_are_enough() -> None:
    proposals = [
        proposal(str(place), money)
        for place, money in enumerate([1, None, 9, 4, 2, 3, 7])
    ]
    assert [each.money for each in in_order(proposals)] == [9, 7, 4, 3, 2]
    assert in_order([proposal("a", None), proposal("b", 0.0)])[0].name == "b"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_action_has_its_sentences(language: str) -> None:
    plan = carry_out_plan(
        {"contacted": 10.0, "cost": 3.0}, {"expected": 9.0, "lo": 5.0, "hi": 20.0}
    )
    call = call_at_risk(customer_groups(shop([10.0] * 20, risk=0.25)), until=UNTIL)
    proposals = [
        plan,
        order_stock(stock()),
        order_stock(stock(price=2.0)),
        answer_complaints(*complaints(0.01)),
        spare_contacts(by_count((0.1, 0.05, 0.2)), cost=0.5),
    ]
    for each in proposals:
        assert each is not None
        assert each.sentence.sentence(language)
        assert each.reason.sentence(language)
    assert call is not None
    assert call.reason.key == "overview.week.call_why_plain"
    assert call.reason.sentence(language)


def test_what_came_of_an_action_are_the_orders_after_that_day() -> None:
    orders = pd.DataFrame(
        {
            "customer": ["a", "b", "a", "c"],
            "date": pd.to_datetime(
                ["2026-01-05", "2026-01-10", "2026-01-12", "2026-01-12"]
            ),
            "amount": [10.0, 20.0, 30.0, 40.0],
        }
    )
    assert read_proposal_back(orders, ["a", "b"], "2026-01-10") == {
        "customers": 2,
        "ordered": 1,
        "money": 30.0,
        "days": 2,
    }
    later = dt.date(2026, 2, 1).isoformat()
    assert read_proposal_back(orders, ["a"], later)["days"] == 0


def test_what_is_usual_is_not_said_of_a_short_record() -> None:
    days = pd.date_range("2026-01-01", periods=5, freq="MS")
    assert usual_change(pd.DataFrame({"date": days, "amount": 1.0})) is None
