"""Best, active, at risk, lost: who is of which group, and that the groups add up."""

from __future__ import annotations

from random import Random

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st

from crm_analysis.analyses.customers import GroupOptions, customer_groups
from crm_analysis.errors import AnalysisError


def handed(*rows: tuple[str, float, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["customer", "value", "risk"])


def test_as_many_are_lost_as_are_expected_and_they_are_the_likeliest() -> None:
    table = handed(
        ("a", 9, 0.05), ("b", 8, 0.1), ("c", 7, 0.25), ("d", 1, 0.7), ("e", 2, 0.9)
    )
    groups = customer_groups(table, GroupOptions(best=0.5))
    assert dict(zip(table["customer"], groups.customers["group"], strict=True)) == {
        "a": "active",
        "b": "active",
        "c": "at_risk",
        "d": "lost",
        "e": "lost",
    }
    assert groups.members("best")["customer"].tolist() == ["a", "b"]
    assert groups.summary() == {
        "customers": 5,
        "best": 2,
        "active": 2,
        "at_risk": 1,
        "lost": 2,
        "best_at_risk": 0,
    }


def test_nobody_is_lost_where_nobody_leaves() -> None:
    groups = customer_groups(handed(*((f"c{n}", n, 0.0) for n in range(10))))
    assert groups.summary()["active"] == 10
    assert groups.members("best")["customer"].tolist() == ["c9", "c8"]


@given(
    st.lists(
        st.tuples(
            st.floats(0, 100).map(lambda value: round(value, 1)),
            st.floats(0, 1).map(lambda risk: round(risk, 2)),
        ),
        min_size=1,
        max_size=40,
    ),
    st.randoms(use_true_random=False),
)
@pytest.mark.slow
def test_groups_add_up_and_the_order_of_rows_changes_nothing(
    rows: list[tuple[float, float]], random: Random
) -> None:
    named = [(f"c{place}", *row) for place, row in enumerate(rows)]
    groups = customer_groups(handed(*named))
    counts = groups.summary()
    assert counts["active"] + counts["at_risk"] + counts["lost"] == len(rows)
    assert counts["lost"] == round(sum(risk for _, _, risk in named))
    best = groups.customers["best"]
    assert not (best & groups.customers["group"].eq("lost")).any()
    random.shuffle(named)
    again = customer_groups(handed(*named)).customers.set_index("customer")
    pd.testing.assert_frame_equal(
        again.sort_index(), groups.customers.set_index("customer").sort_index()
    )


def test_how_others_lie_across_them() -> None:
    groups = customer_groups(handed(("a", 9, 0.0), ("b", 5, 0.3), ("c", 1, 0.9)))
    assert groups.overlap(["a", "a", "b", "z"]) == {
        "customers": 3,
        "best": 1,
        "active": 1,
        "at_risk": 1,
        "lost": 0,
        "unknown": 1,
    }
    with pytest.raises(ValueError, match="must be best"):
        groups.members("dormant")


@pytest.mark.parametrize(
    ("table", "key"),
    [
        (handed(), "customers.no_rows"),
        (handed(("a", 1, 0.5)).drop(columns="risk"), "data.missing_role"),
        (handed(("a", 1, 1.5)), "customers.groups.not_chances"),
        (handed(("a", 1, np.nan)), "customers.groups.not_chances"),
        (handed(("a", np.inf, 0.5)), "customers.groups.no_value"),
        (handed(("a", 1, 0.5), ("a", 2, 0.5)), "customers.repeated"),
    ],
)
def test_what_cannot_be_grouped_is_said(table: pd.DataFrame, key: str) -> None:
    with pytest.raises(AnalysisError) as problem:
        customer_groups(table)
    assert problem.value.key == key
    for language in ("en", "zh"):
        assert problem.value.sentence(language)
