"""How far forecasts were off: measures by hand, back-tests, and intervals on real months."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

import crm_analysis as crm
from crm_analysis.analyses.forecast import ForecastOptions, forecast
from crm_analysis.analyses.forecast.backtesting.accuracy import (
    measure,
    naive_scale,
    smape,
)
from crm_analysis.analyses.forecast.backtesting.replay import origins
from tests.forecast_demand import check, months, real_months

# --- measures


def test_accuracy_measures_are_what_a_person_works_out_by_hand() -> None:
    held = pd.DataFrame(
        {
            "value": [10.0, 20, np.nan],
            "forecast": [12.0, 16, 5],
            "lo_80": [11.0, 15, 0],
            "hi_80": [13.0, 19, 9],
            "lo_95": [9.0, 10, 0],
            "hi_95": [15.0, 20, 9],
        }
    )
    got = measure(held, np.array([2.0, 2.0, 2.0]))
    assert got["mase"] == 1.5
    assert got["smape"] == pytest.approx((200 * 2 / 22 + 200 * 4 / 36) / 2)
    assert (got["rmse"], got["mae"], got["bias"], got["points"]) == (
        pytest.approx(np.sqrt(10)),
        3,
        -1,
        2,
    )
    assert got["bias_share"] == pytest.approx(-1 / 15)
    assert (got["coverage_80"], got["coverage_95"]) == (0, 1)
    assert smape(np.zeros(2), np.zeros(2)) == 0
    assert naive_scale(np.array([1.0, 5, 2, 8]), 2) == 2
    assert np.isnan(naive_scale(np.ones(5), 1))


@settings(max_examples=60)
@given(
    st.integers(1, 200),
    st.integers(1, 52),
    st.integers(1, 30),
    st.integers(0, 8),
)
def test_origins_lie_in_the_history(
    points: int, season: int, horizon: int, windows: int
) -> None:
    counts, length = origins(points, season, horizon, windows, None)
    assert len(counts) <= windows
    assert all(count >= 1 and count + length <= points for count in counts)
    assert length <= horizon


def test_backtest_stands_beside_seasonal_naive_and_knows_only_the_past() -> None:
    values = (
        100
        + 30 * np.sin(np.arange(60) * 2 * np.pi / 12)
        + np.random.default_rng(0).normal(0, 5, 60)
    )
    got = forecast(months(*values), ForecastOptions(horizon=6, windows=3))
    assert {"auto", "seasonal_naive", "theta"} <= set(got.accuracy["model"])
    assert got.accuracy["chosen"].sum() == 1
    naive = got.backtest[got.backtest["model"] == "seasonal_naive"].set_index(
        ["cutoff", "date"]
    )
    history = got.history.set_index("date")["value"]
    for (cutoff, date), row in naive.iterrows():
        assert date > cutoff
        assert row["value"] == history[date]
        assert row["forecast"] == history[date - pd.DateOffset(years=1)]
    # What came later does not change what would have been said: the oldest window is the same.
    changed = values.copy()
    oldest = got.backtest["cutoff"].min()
    cut = int((got.history["date"] <= oldest).sum())
    changed[cut + 6 :] *= 3
    again = forecast(
        months(*changed), ForecastOptions(horizon=6, windows=3)
    ).backtest
    columns = ["model", "date", "forecast", "lo_95", "hi_95"]
    before, after = (
        table.loc[
            table["cutoff"].eq(oldest) & table["model"].isin(["auto", "theta"]),
            columns,
        ].reset_index(drop=True)
        for table in (got.backtest, again)
    )
    pd.testing.assert_frame_equal(before, after)


def test_totals_of_series_that_move_together_are_less_sure() -> None:
    rng = np.random.default_rng(0)
    common = rng.normal(0, 10, 72).cumsum()
    together = pd.concat(
        [
            months(*(500 + common + rng.normal(0, 1, 72)), name=str(n))
            for n in range(6)
        ],
        ignore_index=True,
    )
    apart = pd.concat(
        [
            months(*(500 + rng.normal(0, 10, 72).cumsum()), name=str(n))
            for n in range(6)
        ],
        ignore_index=True,
    )
    one, two = (
        forecast(table, ForecastOptions(horizon=6, windows=3, model="theta"))
        for table in (together, apart)
    )
    assert one.comovement > 0.6 > two.comovement
    assert (
        one.total_paths(500).sum(axis=1).std()
        > sum(one.paths(str(n), 500).sum(axis=1).std() for n in range(6)) * 0.6
    )


# --- real files


@pytest.mark.slow
def test_online_retail_from_orders_to_a_forecast(real_data: Path) -> None:
    raw = crm.read_table(real_data / "online_retail" / "december_to_april.csv")
    table = crm.clean(raw, crm.guess_roles(raw)).table
    measured = crm.measure_demand(table, every="day", measure="revenue")
    got = measured.table
    assert measured.closed == (5,)  # Saturdays
    holidays = {"2010-12-24", "2010-12-31", "2011-04-22", "2011-04-25"}
    assert holidays <= set(measured.gaps)  # Christmas and Easter
    assert got["value"].sum() == pytest.approx(table["amount"].sum())
    check(crm.forecast(got, crm.ForecastOptions(horizon=14, windows=2)), 14)
    weeks = crm.demand(table, every="week", by="country", measure="orders")
    assert weeks[weeks["series"] == "United Kingdom"]["value"].min() >= 0


@pytest.mark.slow
def test_intervals_cover_what_they_say_on_real_months(real_data: Path) -> None:
    """95 % intervals hold 92 to 98 times of 100 over the back-tests of the real monthly series.

    The window that is scored is never among those that the intervals were calibrated by: origins
    are a horizon apart, and each is calibrated by earlier ones only.
    """
    parts = [
        months(*values[-150:], start="1990-01-01", name=name)
        for name, values in real_months(real_data).items()
    ]
    held = forecast(
        pd.concat(parts, ignore_index=True),
        ForecastOptions(horizon=12, windows=4, step=12),
    ).backtest
    auto = held[held["model"] == "auto"]
    assert auto["series"].nunique() == len(parts)
    assert len(auto) > 1000
    covered = {
        level: float(
            (
                (auto["value"] >= auto[f"lo_{level}"])
                & (auto["value"] <= auto[f"hi_{level}"])
            ).mean()
        )
        for level in (80, 95)
    }
    assert 0.92 <= covered[95] <= 0.98
    assert 0.75 <= covered[80] <= 0.88
