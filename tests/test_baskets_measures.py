"""The measures of a rule, beside mlxtend and counts by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st

from crm_analysis.analyses.baskets import RuleOptions, find_rules
from crm_analysis.analyses.baskets.measures import measure
from crm_analysis.analyses.baskets.mining.search import (
    minimum_count,
    minimum_joint,
)
from crm_analysis.analyses.inference import hypergeometric_p


def test_measures_equal_mlxtend() -> None:
    from mlxtend.frequent_patterns import association_rules, fpgrowth

    held = pd.DataFrame(
        np.random.default_rng(0).random((200, 7)) < 0.4, columns=list("abcdefg")
    )
    order, item = np.nonzero(held.to_numpy())
    ours = find_rules(
        pd.DataFrame({"order": order, "product": held.columns[item]}),
        RuleOptions(support=0.03, confidence=0.2),
    )
    size = len(
        ours.baskets
    )  # mlxtend counts empty baskets, a table of lines has none
    assert size == held.any(axis=1).sum()
    theirs = association_rules(
        fpgrowth(held[held.any(axis=1)], min_support=0.03, use_colnames=True),
        metric="confidence",
        min_threshold=0.2,
    )

    def key(table: pd.DataFrame, left: str, right: str) -> list[tuple]:
        sides = zip(table[left], table[right], strict=True)
        return [(tuple(sorted(a)), tuple(sorted(c))) for a, c in sides]

    theirs.index = pd.Index(
        key(theirs, "antecedents", "consequents"), tupleize_cols=False
    )
    rules = ours.rules.set_axis(
        pd.Index(key(ours.rules, "antecedent", "consequent"), tupleize_cols=False)
    )
    assert set(theirs.index) == set(rules.index) and len(rules) > 100
    theirs = theirs.loc[rules.index]
    for mine, name in (
        ("support", "support"),
        ("confidence", "confidence"),
        ("lift", "lift"),
        ("leverage", "leverage"),
        ("conviction", "conviction"),
        ("zhang", "zhangs_metric"),
        ("jaccard", "jaccard"),
        ("kulczynski", "kulczynski"),
        ("antecedent_support", "antecedent support"),
        ("consequent_support", "consequent support"),
    ):
        np.testing.assert_allclose(
            rules[mine], theirs[name], atol=1e-9, err_msg=mine
        )


def test_a_rule_that_is_sure_and_one_that_says_nothing() -> None:
    sure = measure(100, np.array([10]), np.array([50]), np.array([10])).iloc[0]
    assert (
        np.isinf(sure["conviction"])
        and sure["zhang"] == pytest.approx(0.05 / 0.09)
        and sure["confidence_high"] == 1.0
    )
    nothing = measure(100, np.array([10]), np.array([100]), np.array([10])).iloc[0]
    assert (
        nothing["lift"],
        nothing["conviction"],
        nothing["zhang"],
        nothing["chi_square"],
    ) == (1, 1, 0, 0)
    every = np.array([10]), np.array([100]), np.array([10])
    assert hypergeometric_p(100, *every).tolist() == [1.0]


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_a_share_that_is_a_count_over_baskets_means_that_count(
    count: int, more: int
) -> None:
    baskets = count + more
    assert minimum_count(count / baskets, baskets) == count
    assert minimum_joint(count / baskets, np.array([baskets]))[0] == count


@given(st.integers(1, 9999), st.integers(1, 10**6))
def test_a_decimal_share_is_met_exactly(
    ten_thousandths: int, baskets: list[list[str]]
) -> None:
    least = minimum_count(ten_thousandths / 10_000, baskets)
    assert least * 10_000 >= ten_thousandths * baskets or least == 1
    assert (least - 1) * 10_000 < ten_thousandths * baskets
