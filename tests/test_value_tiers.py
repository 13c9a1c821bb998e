"""Tiers: hand-computed cases and laws."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from crm_analysis.analyses.value import TierOptions, gini, tiers
from crm_analysis.errors import AnalysisError


def test_tiers_and_services_are_those_of_a_case_by_hand() -> None:
    got = tiers(
        pd.DataFrame(
            {
                "customer": list("abcde"),
                "revenue": [50.0, 30.0, 15.0, 5.0, -3.0],
            }
        )
    )
    assert got.customers["tier"].tolist() == ["A", "A", "B", "C", "C"]
    assert got.customers["service"].tolist() == [
        "personal",
        "priority",
        "standard",
        "self",
        "self",
    ]
    assert got.customers["cumulative_share"].tolist() == pytest.approx(
        [0.5, 0.8, 0.95, 1.0, 1.0]
    )
    assert got.summary()["negative"] == 1 and got.tiers[
        "value_share"
    ].tolist() == pytest.approx([0.8, 0.15, 0.05])
    assert got.summary()["top_20_share"] == pytest.approx(0.5)


def test_a_valuable_customer_who_leaves_is_to_be_won_back() -> None:
    got = tiers(
        pd.DataFrame(
            {"customer": list("ab"), "value": [90.0, 10.0], "alive": [0.2, 0.9]}
        ),
        TierOptions(measure="value"),
    )
    assert got.customers.set_index("customer")["service"].to_dict() == {
        "a": "win_back",
        "b": "standard",
    }


def test_gini_of_one_to_four_is_a_quarter() -> None:
    assert gini(np.array([1.0, 2.0, 3.0, 4.0])) == pytest.approx(0.25)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.floats(0, 1e6), min_size=1, max_size=60).filter(
        lambda values: sum(values) > 1e-3
    )
)
def test_shares_add_up_and_the_curve_rises(values: list[float]) -> None:
    got = tiers(pd.DataFrame({"customer": range(len(values)), "revenue": values}))
    assert 0 <= got.gini < 1
    assert got.tiers["customers"].sum() == len(values) and got.tiers[
        "value_share"
    ].sum() == pytest.approx(1)
    curve = got.curve
    assert (np.diff(curve["value_share"]) >= -1e-12).all() and curve[
        "value_share"
    ].iloc[-1] == pytest.approx(1)
    assert (curve["value_share"] >= curve["customers_share"] - 1e-9).all()
    a = got.customers[got.customers["tier"] == "A"]["share"].sum()
    assert a >= 0.8 - 1e-6


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"customer": ["a"], "revenue": [0.0]}),
        pd.DataFrame({"customer": ["a"]}),
    ],
)
def test_no_value_and_no_measure_are_refused(frame: pd.DataFrame) -> None:
    with pytest.raises(AnalysisError):
        tiers(frame)


def test_a_customer_with_several_rows_is_refused() -> None:
    frame = pd.DataFrame({"customer": ["a", "a", "b"], "revenue": [1.0, 2.0, 3.0]})
    with pytest.raises(AnalysisError, match="1 row repeats a customer"):
        tiers(frame)
