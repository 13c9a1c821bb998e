"""The measures of a rule, beside mlxtend, scipy, statsmodels and counts by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_analysis.analyses.baskets import RuleOptions, find_rules
from crm_analysis.analyses.baskets.measures import adjust, interval, measure
from crm_analysis.analyses.baskets.thresholds import least_count, least_joint


def test_measures_equal_mlxtend():
    from mlxtend.frequent_patterns import association_rules, fpgrowth

    held = pd.DataFrame(np.random.default_rng(0).random((200, 7)) < 0.4, columns=list("abcdefg"))
    order, item = np.nonzero(held.to_numpy())
    ours = find_rules(
        pd.DataFrame({"order": order, "product": held.columns[item]}),
        RuleOptions(support=0.03, confidence=0.2),
    )
    size = len(ours.baskets)  # mlxtend counts empty baskets, a table of lines has none
    assert size == held.any(axis=1).sum()
    theirs = association_rules(
        fpgrowth(held[held.any(axis=1)], min_support=0.03, use_colnames=True),
        metric="confidence",
        min_threshold=0.2,
    )

    def key(table, left, right):
        sides = zip(table[left], table[right], strict=True)
        return [(tuple(sorted(a)), tuple(sorted(c))) for a, c in sides]

    theirs.index = pd.Index(key(theirs, "antecedents", "consequents"), tupleize_cols=False)
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
        np.testing.assert_allclose(rules[mine], theirs[name], atol=1e-9, err_msg=mine)


@given(
    st.integers(2, 500).flatmap(
        lambda n: st.tuples(st.just(n), st.integers(1, n - 1), st.integers(1, n - 1))
    ),
    st.randoms(),
)
def test_chi_square_is_scipys(sizes, random):
    from scipy.stats import chi2_contingency

    n, x, y = sizes
    both = random.randint(max(0, x + y - n), min(x, y))
    found = measure(n, np.array([x]), np.array([y]), np.array([both])).iloc[0]
    wanted = chi2_contingency([[both, x - both], [y - both, n - x - y + both]], correction=False)
    assert found["chi_square"] == pytest.approx(wanted.statistic, rel=1e-7, abs=1e-9)
    assert found["p_value"] == pytest.approx(wanted.pvalue, rel=1e-6, abs=1e-12)


def test_intervals_and_correction_equal_statsmodels():
    from statsmodels.stats.multitest import multipletests
    from statsmodels.stats.proportion import proportion_confint

    trials = np.array([1, 1, 7, 30, 400, 400])
    hits = np.array([0, 1, 3, 30, 1, 399])
    for how, theirs in (("exact", "beta"), ("wilson", "wilson")):
        low, high = interval(hits, trials, how=how, level=0.9)
        wanted = proportion_confint(hits, trials, alpha=0.1, method=theirs)
        np.testing.assert_allclose([low, high], wanted, atol=1e-10)
    p_values = np.random.default_rng(1).random(50) ** 3
    np.testing.assert_allclose(adjust(p_values), multipletests(p_values, method="fdr_bh")[1])
    assert len(adjust(np.empty(0))) == 0


def test_a_rule_that_is_sure_and_one_that_says_nothing():
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
        nothing["p_value"],
    ) == (1, 1, 0, 0, 1)


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_a_share_that_is_a_count_over_baskets_means_that_count(count, more):
    baskets = count + more
    assert least_count(count / baskets, baskets) == count
    assert least_joint(count / baskets, np.array([baskets]))[0] == count


@given(st.integers(1, 9999), st.integers(1, 10**6))
def test_a_decimal_share_is_met_exactly(ten_thousandths, baskets):
    least = least_count(ten_thousandths / 10_000, baskets)
    assert least * 10_000 >= ten_thousandths * baskets or least == 1
    assert (least - 1) * 10_000 < ten_thousandths * baskets
