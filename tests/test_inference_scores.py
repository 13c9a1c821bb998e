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
