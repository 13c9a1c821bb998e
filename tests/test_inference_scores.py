"""Intervals of net scores, ratios and means: by hand, and how often they hold."""

from __future__ import annotations

import numpy as np
import pytest

from crm_analysis.analyses.inference import (
    effective_size,
    five_by_two,
    mean_interval,
    moments,
    net_share,
    newcombe,
    share_ratio,
    square_and_add,
    standardised,
    wilson,
)


def test_a_net_score_of_fifty_thirty_twenty_is_that_by_hand() -> None:
    got = 100 * np.array(net_share(50, 20, 100))
    assert got.round(1).tolist() == [29.1, 14.1, 44.2]


def test_a_net_score_where_all_are_alike_still_has_an_interval() -> None:
    adjusted, low, high = net_share(np.array([8, 0, 0]), np.array([0, 8, 0]), 8)
    assert (low < adjusted).all() and (adjusted < high).all()
    assert low.min() >= -1 and high.max() <= 1
    assert low[0] == pytest.approx(-high[1])


def test_eight_of_ten_are_the_shares_by_hand() -> None:
    assert wilson(8, 10) == pytest.approx((0.490, 0.943), abs=5e-4)


def test_shares_squared_and_added_are_newcombes() -> None:
    parts = [
        (hits / trials, *map(float, wilson(hits, trials)))
        for hits, trials in ((56, 70), (48, 80))
    ]
    _, low, high = square_and_add(parts[0], parts[1])
    assert (low, high) == pytest.approx(newcombe(56, 70, 48, 80))


def test_a_ratio_is_one_over_that_the_other_way_round() -> None:
    ratio, low, high = share_ratio(24, 62, 70, 380)
    turned, turned_low, turned_high = share_ratio(70, 380, 24, 62)
    assert ratio == pytest.approx((24 / 62) / (70 / 380))
    assert (turned, turned_low, turned_high) == pytest.approx(
        (1 / ratio, 1 / high, 1 / low)
    )


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((0, 10, 5, 50), (0.0, 0.0)),
        ((3, 10, 0, 50), (np.inf, np.inf)),
        ((0, 10, 0, 50), (np.nan, np.nan)),
        ((3, 0, 3, 50), (np.nan, np.nan)),
    ],
)
def test_a_ratio_of_nobody_has_no_end_where_none_is_known(
    counts: tuple[int, int, int, int], expected: tuple[float, float]
) -> None:
    ratio, low, high = share_ratio(*counts)
    known = low if expected[0] == 0 else high
    assert (ratio, known) == pytest.approx(expected, nan_ok=True)


def test_equal_values_have_no_students_interval() -> None:
    assert np.isnan(mean_interval(moments(np.array([4.0, 4.0, 4.0])))).all()
    assert np.isnan(mean_interval(moments(np.array([4.0])))).all()


def test_answers_of_the_same_people_are_worth_as_many_as_the_people() -> None:
    values = np.array([1.0, 0.0, 1.0, 0.0, 1.0])
    assert effective_size(values, np.arange(5)) == 5
    thrice = effective_size(np.repeat(values, 3), np.repeat(range(5), 3))
    assert thrice == pytest.approx(5)
    assert effective_size(np.ones(6), np.repeat(range(3), 2)) == 3


def test_equal_gains_in_all_folds_are_certain() -> None:
    assert five_by_two(np.full((5, 2), 0.1)) == pytest.approx((0.1, 0.1, 0.1))


@pytest.mark.slow
@pytest.mark.parametrize("size", [10, 30, 100, 400])
def test_net_scores_are_in_their_interval_as_often_as_promised(size: int) -> None:
    """Of 4,000 samples each; from 10 answers on, and with few at one end."""
    rng = np.random.default_rng(size)
    for top, bottom in ((0.5, 0.2), (0.8, 0.05), (0.3, 0.3), (0.1, 0.6)):
        drawn = rng.multinomial(size, [top, 1 - top - bottom, bottom], 4000)
        _, low, high = net_share(drawn[:, 0], drawn[:, 2], size)
        truth = top - bottom
        assert 0.93 <= ((low <= truth) & (truth <= high)).mean() <= 0.985


@pytest.mark.slow
@pytest.mark.parametrize("sizes", [(10, 10), (30, 30), (30, 200), (200, 200)])
def test_differences_of_net_scores_are_covered_as_promised(
    sizes: tuple[int, int],
) -> None:
    rng = np.random.default_rng(sum(sizes))
    shares = ((0.5, 0.2), (0.4, 0.3))
    parts = []
    for size, (top, bottom) in zip(sizes, shares, strict=True):
        drawn = rng.multinomial(size, [top, 1 - top - bottom, bottom], 2000)
        value = (drawn[:, 0] - drawn[:, 2]) / size
        _, low, high = net_share(drawn[:, 0], drawn[:, 2], size)
        parts.append(np.column_stack([value, low, high]).tolist())
    ends = [
        square_and_add(tuple(one), tuple(other))[1:]
        for one, other in zip(*parts, strict=True)
    ]
    held = [low <= 0.3 - 0.1 <= high for low, high in ends]
    assert 0.93 <= np.mean(held) <= 0.98


@pytest.mark.slow
@pytest.mark.parametrize("sizes", [(10, 100), (30, 100), (62, 400), (300, 3000)])
def test_ratios_are_in_their_interval_as_often_as_promised(
    sizes: tuple[int, int],
) -> None:
    rng = np.random.default_rng(sum(sizes))
    for share, other in ((0.3, 0.3), (0.4, 0.2), (0.1, 0.05), (0.8, 0.4)):
        hits = rng.binomial(sizes[0], share, 2000)
        others = rng.binomial(sizes[1], other, 2000)
        ends = [
            share_ratio(one, sizes[0], two, sizes[1])[1:]
            for one, two in zip(hits, others, strict=True)
            if one or two
        ]
        held = [low <= share / other <= high for low, high in ends]
        assert 0.93 <= np.mean(held) <= 0.985


def test_a_standardised_ratio_is_the_weighted_one_by_hand() -> None:
    """Two strata; inside .6 and .2 leave, outside .3 and .1: of halves .4 and .2."""
    stratum = np.repeat([0.0, 1.0], [1000, 1000])
    inside = np.r_[np.arange(1000) < 700, np.arange(1000) < 100]
    shares = np.r_[
        np.where(inside[:1000], 0.6, 0.3), np.where(inside[1000:], 0.2, 0.1)
    ]
    left = np.zeros(2000)
    for share in np.unique(shares):
        rows = np.flatnonzero(shares == share)
        left[rows[: round(share * len(rows))]] = 1
    # The model has no room for the two strata to differ in the ratio of their odds.
    of = standardised(left, inside, stratum[:, None], is_share=True)
    assert of.difference == pytest.approx(0.4 - 0.2, abs=0.04)
    assert of.ratio == pytest.approx(2, abs=0.2)
    money = np.where(inside, 30.0, 10.0) + 5 * stratum
    amounts = standardised(money, inside, stratum[:, None], is_share=False)
    assert amounts.difference == pytest.approx(20)
    assert np.isnan(amounts.ratio)


@pytest.mark.parametrize("inside", [np.zeros(30, bool), np.ones(30, bool)])
def test_nobody_on_a_side_is_not_compared(inside: np.ndarray) -> None:
    of = standardised(np.arange(30.0), inside, np.ones((30, 1)), is_share=False)
    assert np.isnan(of).all()


def test_a_group_of_whom_all_left_has_no_standardised_ratio() -> None:
    inside = np.arange(60) < 20
    of = standardised(inside.astype(float), inside, np.ones((60, 1)), is_share=True)
    assert np.isnan(of.lo)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("size", "share", "more"),
    [(200, 0.1, 0.0), (400, 0.15, 0.8), (1000, 0.06, 0.8), (3000, 0.1, 0.5)],
)
def test_standardised_differences_and_ratios_are_covered_as_promised(
    size: int, share: float, more: float
) -> None:
    """Of 500 worlds in which who is inside is known to have been likelier to leave."""
    from scipy.special import expit

    rng = np.random.default_rng(size)
    held, held_ratio, held_amount = [], [], []
    for _ in range(500):
        recency, times = rng.exponential(60, size), 1 + rng.poisson(3, size)
        before = np.column_stack([np.log1p(recency), np.log1p(times)])
        z = (before - [3.6, 1.3]) / [1, 0.5]
        start = np.log(share / (1 - share))
        inside = rng.random(size) < expit(start + 0.6 * z[:, 0] - 0.3 * z[:, 1])
        linear = -1 + 0.9 * z[:, 0] - 0.4 * z[:, 1]
        left = (rng.random(size) < expit(linear + more * inside)).astype(float)
        of = standardised(left, inside, before, is_share=True)
        truth = expit(linear + more).mean(), expit(linear).mean()
        held.append(of.lo <= truth[0] - truth[1] <= of.hi)
        held_ratio.append(of.ratio_lo <= truth[0] / truth[1] <= of.ratio_hi)
        amount = 20 + z[:, 1] + rng.exponential(5, size) + 3 * inside
        money = standardised(amount, inside, before, is_share=False)
        held_amount.append(money.lo <= 3 <= money.hi)
    assert min(map(np.mean, (held, held_ratio, held_amount))) >= 0.92
    assert max(map(np.mean, (held, held_ratio, held_amount))) <= 0.985
