"""Intervals, tests and many comparisons beside the tables of the papers, scipy and statsmodels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st

from crm_analysis.analyses.inference import (
    benjamini_hochberg,
    chi_square_p,
    clopper_pearson,
    equal_means,
    equal_shares,
    fourfold_chi_square,
    general_association,
    mantel_haenszel,
    newcombe,
    share_interval,
    wilson,
)

# Applicants to Berkeley in 1973 by department (Bickel, Hammel and O'Connell, Science 187, 1975):
# men, women, men admitted, women admitted.
BERKELEY = np.array(
    [
        [825, 108, 512, 89],
        [560, 25, 353, 17],
        [325, 593, 120, 202],
        [417, 375, 138, 131],
        [191, 393, 53, 94],
        [373, 341, 22, 24],
    ],
    dtype=float,
)


@pytest.mark.parametrize(
    ("hits", "trials", "by_wilson", "by_clopper_pearson"),
    [
        (81, 263, (0.2553, 0.3662), (0.2527, 0.3676)),
        (15, 148, (0.0624, 0.1605), (0.0578, 0.1617)),
        (0, 20, (0.0000, 0.1611), (0.0000, 0.1684)),
        (1, 29, (0.0061, 0.1718), (0.0009, 0.1776)),
    ],
)
def test_intervals_of_a_share_are_those_of_newcombes_table(
    hits: int,
    trials: int,
    by_wilson: tuple[float, float],
    by_clopper_pearson: tuple[float, float],
) -> None:
    """Newcombe, Statistics in Medicine 17 (1998) 857-872, table I."""
    assert wilson(hits, trials) == pytest.approx(by_wilson, abs=5e-5)
    assert clopper_pearson(hits, trials) == pytest.approx(
        by_clopper_pearson, abs=5e-5
    )


@pytest.mark.parametrize(
    ("first", "second", "interval"),
    [
        ((56, 70), (48, 80), (0.0524, 0.3339)),
        ((9, 10), (3, 10), (0.1705, 0.8090)),
        ((5, 56), (0, 29), (-0.0381, 0.1926)),
        ((10, 10), (0, 10), (0.6075, 1.0000)),
    ],
)
def test_the_interval_of_a_difference_is_that_of_newcombes_table(
    first: tuple[int, int],
    second: tuple[int, int],
    interval: tuple[float, float],
) -> None:
    """Newcombe, Statistics in Medicine 17 (1998) 873-890, table II, method 10."""
    assert newcombe(*first, *second) == pytest.approx(interval, abs=5e-5)


def test_intervals_of_many_shares_equal_statsmodels() -> None:
    from statsmodels.stats.proportion import proportion_confint

    trials = np.array([1, 1, 7, 30, 400, 400, 7])
    hits = np.array([0, 1, 3, 30, 1, 399, 3])
    exact = share_interval(hits, trials, coverage=0.9)
    np.testing.assert_allclose(
        exact,
        proportion_confint(hits, trials, alpha=0.1, method="beta"),
        atol=1e-10,
    )
    short = share_interval(hits, trials, method="wilson", coverage=0.9)
    np.testing.assert_allclose(
        short,
        proportion_confint(hits, trials, alpha=0.1, method="wilson"),
        atol=1e-10,
    )


def test_a_share_of_none_or_all_bounds_itself_and_without_trials_nothing_is_known() -> (
    None
):
    for interval in (wilson, clopper_pearson):
        low, high = interval(np.array([0, 7]), np.array([7, 7]))
        assert low[0] == 0.0 and high[1] == 1.0
        assert 0.0 < high[0] < 1.0 and 0.0 < low[1] < 1.0
    assert [float(end) for end in wilson(0, 0)] == [0.0, 1.0]


def test_false_discoveries_are_those_of_benjamini_and_hochbergs_example() -> None:
    """The fifteen tests of Benjamini and Hochberg (1995), section 4: four stand at 5 %."""
    published = np.array(
        [
            *(
                0.0001,
                0.0004,
                0.0019,
                0.0095,
                0.0201,
                0.0278,
                0.0298,
                0.0344,
                0.0459,
                0.3240,
            ),
            *(0.4262, 0.5719, 0.6528, 0.7590, 1.0000),
        ]
    )
    assert (benjamini_hochberg(published) <= 0.05).sum() == 4


def test_adjusted_p_values_equal_statsmodels() -> None:
    from statsmodels.stats.multitest import multipletests

    p_values = np.random.default_rng(1).random(50) ** 3
    expected = multipletests(p_values, method="fdr_bh")[1]
    np.testing.assert_allclose(benjamini_hochberg(p_values), expected)
    assert len(benjamini_hochberg(np.empty(0))) == 0


@given(
    st.integers(2, 500).flatmap(
        lambda n: st.tuples(
            st.just(n), st.integers(1, n - 1), st.integers(1, n - 1)
        )
    ),
    st.randoms(),
)
def test_chi_square_of_a_fourfold_table_is_scipys(
    sizes: tuple[int, int, int], random: Any
) -> None:
    from scipy.stats import chi2_contingency

    n, x, y = sizes
    both = random.randint(max(0, x + y - n), min(x, y))
    statistic = fourfold_chi_square(
        n, np.array([x]), np.array([y]), np.array([both])
    )
    expected = chi2_contingency(
        [[both, x - both], [y - both, n - x - y + both]], correction=False
    )
    assert statistic[0] == pytest.approx(expected.statistic, rel=1e-7, abs=1e-9)
    assert chi_square_p(statistic)[0] == pytest.approx(
        expected.pvalue, rel=1e-6, abs=1e-12
    )


def test_berkeley_admits_more_men_at_first_sight() -> None:
    """R: chisq.test(margin.table(UCBAdmissions, 1:2), correct = FALSE) has X² = 92.205."""
    men, women, men_admitted, women_admitted = BERKELEY.sum(axis=0)
    admitted = men_admitted + women_admitted
    statistic = fourfold_chi_square(men + women, men, admitted, men_admitted)
    assert statistic == pytest.approx(92.205, abs=5e-4)
    by_groups, p_value = equal_shares(
        np.array([[men_admitted, women_admitted]]), np.array([[men, women]])
    )
    assert by_groups[0] == pytest.approx(float(statistic), rel=1e-12)
    assert p_value[0] == pytest.approx(float(chi_square_p(statistic)), rel=1e-9)


def test_within_departments_berkeley_does_not() -> None:
    """R: mantelhaen.test(UCBAdmissions, correct = FALSE) has 1.5246, p = 0.2169."""
    men, women, men_admitted, women_admitted = BERKELEY.T
    expected, z = mantel_haenszel(
        men, men + women, men_admitted + women_admitted, men_admitted
    )
    assert z**2 == pytest.approx(1.5246, abs=5e-5)
    assert men_admitted.sum() - expected < 0
    assert float(chi_square_p(z**2)) == pytest.approx(0.2169, abs=5e-5)
    p_value = general_association(BERKELEY[:, 2:], BERKELEY[:, :2])
    assert p_value == pytest.approx(float(chi_square_p(z**2)), rel=1e-9)


def test_groups_without_trials_are_not_compared() -> None:
    hits, trials = np.array([[10, 20, 0]]), np.array([[50, 50, 0]])
    with_empty, p_with_empty = equal_shares(hits, trials)
    without, p_without = equal_shares(hits[:, :2], trials[:, :2])
    assert with_empty == pytest.approx(without) and p_with_empty == pytest.approx(
        p_without
    )
    never, p_never = equal_shares(np.array([[0, 0]]), np.array([[50, 50]]))
    assert never[0] == 0.0 and p_never[0] == 1.0


def test_equal_means_is_scipys_analysis_of_variance() -> None:
    from scipy.stats import f_oneway

    rng = np.random.default_rng(0)
    groups = [rng.integers(0, 9 + shift, 40).astype(float) for shift in range(3)]
    count = np.array([len(group) for group in groups], dtype=float)
    total = np.array([group.sum() for group in groups])
    squares = np.array([(group**2).sum() for group in groups])
    assert equal_means(count, total, squares) == pytest.approx(
        f_oneway(*groups).pvalue, rel=1e-9
    )
    assert np.isnan(equal_means(count[:1], total[:1], squares[:1]))
