"""What cannot be said from a record of some days is not said, on any page."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import crm_analysis as crm
from crm_analysis.analyses.customers import purchase_days, short_record
from crm_analysis.analyses.forecast.verdicts import headline_kind
from crm_analysis.errors import AnalysisError

LAPSED = {"at_risk", "about_to_sleep", "cant_lose", "hibernating", "lost"}


def orders(days: int, customers: int = 120, gap: float = 0.0) -> pd.DataFrame:
    """Orders spread over some days; with a gap each customer comes that often."""
    rng = np.random.default_rng(days)
    rows = [
        (str(who), day)
        for who in range(customers)
        for day in (
            np.arange(rng.uniform(0, gap), days, gap)
            if gap
            else rng.uniform(0, days, 1 + who % 3)
        )
    ]
    lines = pd.DataFrame(rows, columns=["customer", "day"])
    dates = pd.Timestamp("2024-03-01") + pd.to_timedelta(
        lines["day"].astype(int), unit="D"
    )
    money = rng.choice([5.0, 9.0, 20.0], len(lines))
    return lines.drop(columns="day").assign(date=dates, amount=money)


@pytest.mark.parametrize(
    ("days", "gap", "is_short"),
    [(7, 0, True), (45, 0, True), (45, 3, False), (25, 1, True), (70, 0, False)],
)
def test_a_record_is_short_by_its_days_and_by_how_often_customers_come(
    days: int, gap: float, is_short: bool
) -> None:
    lines = orders(days, gap=gap)
    message = short_record(purchase_days(lines))
    assert (message is not None) == is_short
    # the customers described from it say the same
    assert short_record(crm.describe_customers(lines)) == message
    if message:
        assert message.details["days"] <= days < message.details["needed"]


def test_a_table_of_customers_that_tells_no_time_is_not_judged() -> None:
    assert short_record(pd.DataFrame({"customer": ["a"], "age": [40]})) is None


def test_the_state_of_the_business_says_that_its_record_is_short() -> None:
    state = crm.business_state(orders(7))
    assert state.remarks[0].key == "customers.record_too_short"
    said = {remark.key for remark in state.remarks}
    assert not said & {"value.remark.one_time", "value.remark.at_risk"}
    for name in ("lost", "repeat_rate", "value_at_risk"):
        assert state[name].value is None
    assert state.at_risk.empty
    revenue = dict(state.remarks)["value.remark.revenue"]
    assert revenue["days"] == 7 and state["revenue"].value == revenue["value"]


@pytest.mark.parametrize(
    "options", [crm.RFMOptions(), crm.KMeansOptions(clusters=4)]
)
def test_no_segment_of_a_short_record_is_called_lapsed(options: Any) -> None:
    customers = crm.describe_customers(orders(7))
    short = crm.segment(customers, options)
    assert short.notes[0].key == "customers.record_too_short"
    names = {
        name.key.removeprefix("segments.name.") for name in short.names.values()
    }
    assert not names & LAPSED
    long = crm.segment(crm.describe_customers(orders(300)), crm.RFMOptions())
    names = {
        name.key.removeprefix("segments.name.") for name in long.names.values()
    }
    assert names & LAPSED


@pytest.mark.parametrize("verb", [crm.estimate_value, crm.churn_examples])
def test_a_short_record_has_no_value_and_no_churn(verb: Any) -> None:
    with pytest.raises(AnalysisError) as caught:
        verb(orders(7))
    assert caught.value.key == "customers.record_too_short"
    assert caught.value.details == {"days": 7, "needed": 28}


def test_a_window_that_a_person_chooses_is_their_word() -> None:
    examples = crm.churn_examples(orders(40), crm.WindowOptions(window_days=10))
    assert len(examples)


@pytest.mark.parametrize(("days", "kind"), [(7, "short"), (100, "no_year")])
def test_no_range_of_a_short_record_is_called_80_percent_sure(
    days: int, kind: str
) -> None:
    demand = crm.demand(orders(days), every="day", measure="revenue")
    made = crm.forecast(demand, crm.ForecastOptions(model="mean", horizon=28))
    row = {"pattern": made.series["pattern"].iloc[0], "direction": None}
    assert headline_kind(made, row) == kind
