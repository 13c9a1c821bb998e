"""Scores and weights: hand-computed cases, published answers, the sample shop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from crm_analysis.analyses.value import (
    ScoreOptions,
    ahp_weights,
    customer_dimensions,
    entropy_weights,
    rfm_scores,
    scores,
)
from crm_analysis.errors import AnalysisError
from tests.value_orders import sample_orders

FRAME = pd.DataFrame(
    {
        "customer": list("abc"),
        "revenue": [10.0, 20.0, 30.0],
        "recency": [1, 5, 9],
        "service_cost": [0.0, 5.0, 9.0],
        "satisfaction": [5.0, np.nan, 1.0],
    }
)


def test_the_score_is_the_weighted_mean_of_dimensions() -> None:
    got = scores(
        FRAME,
        ScoreOptions(
            weight_revenue=2,
            weight_recency=1,
            weight_service_cost=1,
            weight_satisfaction=0,
        ),
    ).customers.set_index("customer")
    assert got["score"].to_dict() == pytest.approx(
        {"a": 50.0, "b": 50.0, "c": 50.0}
    )
    got = scores(
        FRAME,
        ScoreOptions(
            weight_revenue=0,
            weight_recency=0,
            weight_service_cost=0,
            weight_satisfaction=1,
        ),
    ).customers.set_index("customer")
    assert got["score"].to_dict() == pytest.approx(
        {"a": 100.0, "b": 50.0, "c": 0.0}
    )


def test_entropy_weights_are_those_by_hand() -> None:
    """Shares ½ ½ 0: entropy log 2 / log 3, so 1 − that; shares equal: nothing."""
    got = entropy_weights(
        pd.DataFrame(
            {"x": [1.0, 1.0, 0.0], "y": [0.0, 0.0, 1.0], "z": [2.0, 2.0, 2.0]}
        )
    )
    told = 1 - np.log(2) / np.log(3)
    assert got == pytest.approx(
        {"x": told / (1 + told), "y": 1 / (1 + told), "z": 0.0}
    )


def test_ahp_gives_the_weights_of_saatys_example() -> None:
    """Saaty's example 1 3 5 / 1 3 / 1 has weights .637 .258 .105 and a ratio of .033."""
    got = ahp_weights({("a", "b"): 3, ("a", "c"): 5, ("b", "c"): 3})
    assert list(got.weights.values()) == pytest.approx(
        [0.637, 0.258, 0.105], abs=1e-3
    )
    assert (
        got.consistency_ratio == pytest.approx(0.033, abs=1e-3) and got.consistent
    )


def test_ahp_says_when_comparisons_disagree() -> None:
    got = ahp_weights({("a", "b"): 5, ("b", "c"): 5, ("c", "a"): 5})
    assert (
        not got.consistent and got.consistency_ratio > 1 and got.worst is not None
    )


def test_ahp_without_every_pair() -> None:
    got = ahp_weights({("a", "b"): 2, ("b", "c"): 3})
    assert list(got.weights.values()) == pytest.approx([6 / 10, 3 / 10, 1 / 10])
    with pytest.raises(ValueError, match="connect"):
        ahp_weights({("a", "b"): 2, ("c", "d"): 3})


def test_pairs_can_be_written_as_options() -> None:
    got = scores(FRAME, ScoreOptions(method="pairs", pairs=("revenue:recency:3",)))
    assert got.weights.set_index("dimension")["weight"].to_dict() == pytest.approx(
        {"revenue": 0.75, "recency": 0.25, "service_cost": 0, "satisfaction": 0}
    )
    assert got.summary()["consistency_ratio"] == 0


@pytest.mark.slow
@pytest.mark.parametrize("method", ["weights", "equal", "entropy"])
def test_every_method_scores_the_sample_shop(method: str) -> None:
    shop = sample_orders()
    contacts = pd.DataFrame(
        {
            "customer": shop["customer"].dropna().unique()[:50],
            "cost": 3.0,
            "satisfaction": 4.0,
        }
    )
    dimensions = customer_dimensions(shop, contacts)
    assert {
        "revenue",
        "frequency",
        "recency",
        "breadth",
        "service_cost",
        "satisfaction",
    } <= set(dimensions.columns)
    got = scores(dimensions, ScoreOptions(method=method))
    assert got.customers["score"].between(0, 100).all() and got.weights[
        "weight"
    ].sum() == pytest.approx(1)
    assert got.customers["rank"].is_monotonic_increasing


def test_no_weight_is_refused() -> None:
    with pytest.raises(AnalysisError):
        scores(FRAME[["customer", "revenue"]], ScoreOptions(weight_revenue=0.0))


def test_rfm_scores_share_ties_and_give_the_best_a_five() -> None:
    got = rfm_scores(
        pd.DataFrame(
            {
                "customer": list("abcde"),
                "recency": [1, 2, 3, 4, 5],
                "frequency": [9, 9, 1, 1, 1],
                "revenue": [5.0, 4.0, 3.0, 2.0, 1.0],
            }
        )
    ).set_index("customer")
    assert got["r"].tolist() == [5, 4, 3, 2, 1] and got["m"].tolist() == [
        5,
        4,
        3,
        2,
        1,
    ]
    assert (
        got.loc["a", "f"]
        == got.loc["b", "f"]
        > got.loc["c", "f"]
        == got.loc["e", "f"]
    )


def test_rfm_without_recency_is_refused() -> None:
    with pytest.raises(ValueError, match="no recency"):
        rfm_scores(pd.DataFrame({"customer": ["a"], "frequency": [1]}))


def test_a_pair_that_is_not_written_as_one_is_refused() -> None:
    with pytest.raises(ValueError, match="dimension:dimension:times"):
        scores(
            FRAME,
            ScoreOptions(method="pairs", pairs=("revenue:recency:often",)),
        )


def test_contacts_that_name_no_customer_are_refused() -> None:
    with pytest.raises(AnalysisError, match="No column is the customer"):
        customer_dimensions(sample_orders(), pd.DataFrame({"cost": [3.0]}))


@pytest.mark.parametrize("verb", [scores, rfm_scores])
def test_a_customer_with_several_rows_is_refused(
    verb: Callable[[pd.DataFrame], Any],
) -> None:
    frame = pd.DataFrame(
        {"customer": ["a", "a"], "recency": [1, 2], "frequency": [1, 2]}
    )
    with pytest.raises(AnalysisError, match="1 row repeats a customer"):
        verb(frame)
