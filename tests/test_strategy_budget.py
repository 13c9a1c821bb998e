"""A budget shared among channels: by the conditions of optimality, and by searches beside."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st
from scipy.optimize import minimize

from crm_analysis import AllocateOptions, AnalysisError, Cancelled, allocate_budget
from crm_analysis.analyses.strategy.comparison import (
    Run,
    say_methods,
    table_of,
)

SEARCHES = ("ga", "pso", "dirichlet")
TWO_ALIKE = pd.DataFrame(
    {"channel": ["x", "y"], "a": [100.0, 100.0], "b": [0.01, 0.01]}
)


def _channels(count: int, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "channel": [f"channel {number}" for number in range(count)],
            "a": rng.uniform(10, 100, count),
            "b": rng.uniform(0.001, 0.05, count),
        }
    )


def test_two_equal_channels_get_half_each() -> None:
    result = allocate_budget(TWO_ALIKE, AllocateOptions(total=200))
    assert result.shares["spend"].tolist() == [100.0, 100.0]
    summary = result.summary()
    assert round(summary["gain"], 3) == 126.424
    assert round(summary["price"], 5) == 0.36788
    assert summary["gap"] == 0.0 and summary["spent"] == 200.0


@pytest.mark.parametrize("method", SEARCHES)
def test_every_search_comes_near_the_optimum_and_never_passes_it(
    method: str,
) -> None:
    options = AllocateOptions(total=200, method=method, evaluations=2_000)
    result = allocate_budget(TWO_ALIKE, options)
    np.testing.assert_allclose(result.shares["spend"], 100.0, atol=1.0)
    assert result.shares["spend"].sum() == pytest.approx(200.0)
    assert result.methods["method"].tolist() == ["exact", method]
    assert 0.0 <= result.methods["gap"].iloc[1] < 1e-4


def test_all_methods_stand_in_one_table_with_a_sentence_each() -> None:
    options = AllocateOptions(total=150, beside=SEARCHES, evaluations=1_000)
    result = allocate_budget(_channels(8), options)
    methods = result.methods.set_index("method")
    assert methods.index.tolist() == ["exact", *SEARCHES]
    assert methods.loc["exact", "gap"] == 0.0
    assert (methods.loc[list(SEARCHES), "gap"] > 0).all()
    assert (methods.loc[list(SEARCHES), "spread"] > 0).all()
    assert (methods.loc[list(SEARCHES), ["evaluations", "runs"]] == [1_000, 3]).all(
        None
    )
    assert (methods["cpu"] >= 0).all()
    english = [note.sentence() for note in result.notes]
    chinese = [note.sentence("zh") for note in result.notes]
    assert len(english) == 4 and english[0].startswith("Exact in 0.0")
    assert "genetic algorithm" in english[1] and "遗传算法" in chinese[1]


@pytest.mark.slow
def test_searches_come_within_a_thousandth_among_forty_channels() -> None:
    options = AllocateOptions(total=200, beside=SEARCHES, evaluations=10_000)
    gaps = allocate_budget(_channels(40, 1), options).methods.set_index("method")[
        "gap"
    ]
    assert gaps["ga"] < 1e-3 and gaps["dirichlet"] < 1e-4 and gaps["pso"] < 0.02


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 8),
    st.integers(0, 10_000),
    st.just(0.0) | st.floats(0.001, 2_000),
    st.booleans(),
)
def test_the_conditions_of_optimality_hold(
    count: int, seed: int, total: float, bounded: bool
) -> None:
    channels = _channels(count, seed)
    rng = np.random.default_rng(seed)
    least, most = np.zeros(count), np.full(count, np.inf)
    if bounded:
        least = rng.uniform(0, total / count, count)
        most = least + rng.uniform(0, total, count)
        channels = channels.assign(least=least, most=most)
    result = allocate_budget(channels, AllocateOptions(total=total))
    spend = result.shares["spend"].to_numpy()
    marginal = result.shares["marginal"].to_numpy()
    tiny = 1e-9 * max(total, 1.0)
    assert (spend >= least - tiny).all() and (spend <= most + tiny).all()
    assert spend.sum() == pytest.approx(min(total, most.sum()), abs=1e-6)
    inside = (spend > least + 1e-6) & (spend < most - 1e-6)
    np.testing.assert_allclose(marginal[inside], result.price, rtol=1e-6)
    if most.sum() > total:
        assert (marginal[spend <= least + tiny] <= result.price * (1 + 1e-6)).all()
        assert (marginal[spend >= most - tiny] >= result.price * (1 - 1e-6)).all()


def test_a_general_solver_comes_to_the_same() -> None:
    channels = _channels(6, 3)
    a, b = channels["a"].to_numpy(), channels["b"].to_numpy()
    solved = minimize(
        lambda spend: -(a * (1 - np.exp(-b * spend))).sum(),
        np.full(6, 40.0),
        bounds=[(0, 240)] * 6,
        constraints={"type": "eq", "fun": lambda spend: spend.sum() - 240},
        options={"ftol": 1e-12, "maxiter": 500},
    )
    result = allocate_budget(channels, AllocateOptions(total=240))
    assert result.summary()["gain"] == pytest.approx(-solved.fun, rel=1e-8)
    assert result.summary()["gain"] >= -solved.fun - 1e-9
    np.testing.assert_allclose(result.shares["spend"], solved.x, atol=0.01)


def test_the_price_is_what_one_more_unit_brings() -> None:
    channels = _channels(5, 2)
    gains = [
        allocate_budget(channels, AllocateOptions(total=total)).summary()["gain"]
        for total in (100.0, 100.001)
    ]
    price = allocate_budget(channels, AllocateOptions(total=100.0)).price
    assert (gains[1] - gains[0]) / 0.001 == pytest.approx(price, rel=1e-3)


def test_more_budget_never_brings_less() -> None:
    gains = [
        allocate_budget(_channels(7), AllocateOptions(total=total)).summary()[
            "gain"
        ]
        for total in (0, 1, 5, 50, 500, 5_000, 1e9)
    ]
    assert gains[0] == 0.0 and (np.diff(gains) >= 0).all()


def test_the_order_of_channels_changes_nothing() -> None:
    channels = _channels(9)
    spends = [
        allocate_budget(table, AllocateOptions(total=300))
        .shares.set_index("channel")["spend"]
        .sort_index()
        for table in (channels, channels.sample(frac=1, random_state=1))
    ]
    np.testing.assert_allclose(*spends, rtol=1e-9)


@pytest.mark.parametrize("method", ("exact", *SEARCHES))
def test_channels_that_bring_nothing_are_said(method: str) -> None:
    channels = TWO_ALIKE.assign(a=0.0)
    options = AllocateOptions(total=200, method=method, evaluations=200)
    result = allocate_budget(channels, options)
    assert result.summary()["gain"] == result.price == 0.0
    assert "brings anything" in result.notes[0].sentence()


@pytest.mark.parametrize("method", ("exact", *SEARCHES))
def test_a_budget_larger_than_the_channels_take_stays_unspent(method: str) -> None:
    channels = TWO_ALIKE.assign(most=[30.0, 50.0])
    options = AllocateOptions(total=200, method=method, evaluations=200)
    result = allocate_budget(channels, options)
    np.testing.assert_allclose(result.shares["spend"], [30.0, 50.0])
    assert result.price == 0.0
    assert "120" in result.notes[0].sentence() and "120" in result.notes[
        0
    ].sentence("zh")


def test_segments_may_stand_for_channels() -> None:
    segments = TWO_ALIKE.rename(columns={"channel": "segment"})
    shares = allocate_budget(segments, AllocateOptions(total=200)).shares
    assert shares["segment"].tolist() == ["x", "y"]


@pytest.mark.parametrize("method", ("exact", *SEARCHES))
@pytest.mark.parametrize("total", [0, 1e-6, 1e12])
def test_tiny_and_huge_budgets_are_shared(method: str, total: float) -> None:
    options = AllocateOptions(total=float(total), method=method, evaluations=200)
    result = allocate_budget(TWO_ALIKE, options)
    assert np.isfinite(result.shares[["spend", "share", "gain"]]).all(None)
    assert result.shares["spend"].sum() <= total * (1 + 1e-9)


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"a": [100.0, np.nan]}, "strategy.shares.not_numbers"),
        ({"a": ["100", "much"]}, "strategy.shares.not_numbers"),
        ({"b": [0.01, np.inf]}, "strategy.shares.not_numbers"),
        ({"b": [0.01, -0.01]}, "strategy.shares.negative"),
        ({"least": [-1.0, 0.0]}, "strategy.shares.negative"),
        ({"channel": ["x", "x"]}, "strategy.shares.repeated"),
        ({"channel": ["x", None]}, "strategy.shares.repeated"),
        ({"least": [5.0, 0.0], "most": [4.0, 9.0]}, "strategy.shares.crossed"),
        ({"least": [150.0, 60.0]}, "strategy.shares.too_little"),
        ({"least": [np.inf, 0.0]}, "strategy.shares.too_little"),
    ],
)
def test_what_cannot_be_shared_by_is_said(change: dict[str, Any], key: str) -> None:
    with pytest.raises(AnalysisError) as refused:
        allocate_budget(TWO_ALIKE.assign(**change), AllocateOptions(total=200))
    assert refused.value.key == key
    assert refused.value.sentence("en") and refused.value.sentence("zh")


@pytest.mark.parametrize(
    ("table", "key"),
    [
        (TWO_ALIKE.drop(columns="channel"), "data.missing_role"),
        (TWO_ALIKE.drop(columns="b"), "strategy.shares.no_column"),
        (TWO_ALIKE.iloc[:0], "strategy.shares.no_channels"),
    ],
)
def test_tables_that_lack_something_are_refused(
    table: pd.DataFrame, key: str
) -> None:
    with pytest.raises(AnalysisError) as refused:
        allocate_budget(table)
    assert refused.value.key == key


def test_searches_say_how_far_they_are_and_can_be_cancelled() -> None:
    heard: list[float] = []

    def progress(share: float, step: str) -> None:
        heard.append(share)
        if share > 0.8:
            raise Cancelled

    options = AllocateOptions(total=200, beside=("ga", "pso"), evaluations=500)
    with pytest.raises(Cancelled):
        allocate_budget(TWO_ALIKE, options, progress=progress)
    assert heard == sorted(heard) and 0.8 < heard[-1] < 1


def test_a_method_above_the_bound_fails_loudly() -> None:
    with pytest.raises(
        RuntimeError, match=r"ga gives 101.0, above the bound of 100.0"
    ):
        table_of({"exact": [Run(100.0, 1, 0.0)], "ga": [Run(101.0, 9, 0.1)]}, 100.0)


def test_the_sentence_of_a_method_names_what_it_is_short_of() -> None:
    methods = table_of(
        {"exact": [Run(100.0, 1, 0.01)], "ga": [Run(72.0, 900, 0.5)]}, 100.0
    )
    sentences = [note.sentence() for note in say_methods(methods)]
    assert sentences == [
        "Exact in 0.01 s.",
        "The genetic algorithm is 28.0% short after 0.50 s.",
    ]
    assert say_methods(methods)[1].sentence("zh") == (
        "遗传算法用时 0.50 秒，比最优值低 28.0%。"
    )
