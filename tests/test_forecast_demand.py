"""Demand from orders: what is counted in which period, gaps, outliers, what it says of itself."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from crm_analysis.analyses.forecast import (
    ForecastOptions,
    demand,
    forecast,
    measure_demand,
)
from crm_analysis.analyses.forecast.options import Every, Measure
from crm_analysis.analyses.forecast.series.decomposition import decompose
from crm_analysis.analyses.forecast.series.filling import fill
from crm_analysis.analyses.forecast.series.periods import Grid, recognise
from crm_analysis.analyses.forecast.series.regular import came_once
from crm_analysis.analyses.forecast.series.selection import (
    DemandOptions,
    select_demand,
    unit_prices,
)
from crm_analysis.errors import AnalysisError
from tests.forecast_demand import LINES, months, orders

# --- demand


@pytest.mark.parametrize(
    ("what", "values"),
    [
        ("quantity", [4, 4, np.nan, 5]),
        ("revenue", [60, 20, np.nan, 90]),
        ("orders", [2, 2, np.nan, 2]),
        ("customers", [2, 1, np.nan, 2]),
    ],
)
def test_demand_is_what_a_person_counts_by_hand(
    what: Measure, values: list[float]
) -> None:
    """Returns are netted and are no orders; March, without any record, is not known."""
    measured = measure_demand(LINES, measure=what)
    got = measured.table
    assert got["series"].tolist() == ["all"] * 4
    assert got["date"].tolist() == list(
        pd.date_range("2024-01-01", periods=4, freq="MS")
    )
    assert got["value"].tolist() == pytest.approx(values, nan_ok=True)
    assert measured.gaps == ("2024-03-01",)
    assert (measured.every, measured.by, measured.measure) == (
        "month",
        None,
        what,
    )


def test_a_product_not_sold_while_the_shop_sold_is_zero() -> None:
    got = demand(LINES, by="product")
    tea, pot = (
        got[got["series"] == name].set_index("date")["value"]
        for name in ("tea", "pot")
    )
    assert pot.tolist() == pytest.approx([1, -1, np.nan, 2], nan_ok=True)
    assert tea.tolist() == pytest.approx([3, 5, np.nan, 3], nan_ok=True)
    late = demand(
        pd.concat([LINES, orders(("2024-02-10", "c", "9", "cup", 1, 5.0))]),
        by="product",
    )
    cup = late[late["series"] == "cup"]
    # Before its first sale it is not zero, it was not there.
    assert cup["date"].iloc[0] == pd.Timestamp("2024-02-01")
    assert cup["value"].tolist() == pytest.approx([1, np.nan, 0], nan_ok=True)


def test_partial_periods_are_left_out_or_marked() -> None:
    days = pd.date_range("2024-01-20", "2024-04-09")
    table = pd.DataFrame({"date": days, "quantity": 1.0})
    measured = measure_demand(table)
    assert measured.table["date"].dt.month.tolist() == [2, 3]
    assert measured.partial == ("2024-01-01", "2024-04-01")
    kept = demand(table, keep_partial=True)
    assert kept["partial"].tolist() == [True, False, False, True]
    with pytest.raises(AnalysisError, match="whole month"):
        demand(table.iloc[:11])


def test_a_month_that_begins_after_a_weekend_is_whole() -> None:
    # June began on a Saturday, August ended on one.
    days = pd.bdate_range("2024-06-03", "2024-08-30")
    table = demand(pd.DataFrame({"date": days, "quantity": 1.0}))
    assert table["date"].dt.month.tolist() == [6, 7, 8]


def test_days_a_shop_never_opens_are_no_periods() -> None:
    days = pd.date_range("2024-01-01", periods=70)
    table = pd.DataFrame({"date": days[days.weekday != 6], "quantity": 1.0})
    measured = measure_demand(table, every="day")
    got = measured.table
    assert measured.closed == (6,)
    assert got["value"].eq(1).all()
    ahead = forecast(got, ForecastOptions(horizon=12, windows=1)).ahead
    assert 6 not in ahead["date"].dt.weekday.tolist()
    assert len(ahead) == 12


def test_the_last_day_of_a_record_that_stops_at_noon_is_partial() -> None:
    days = pd.date_range("2024-01-01", periods=30).repeat(8)
    table = pd.DataFrame(
        {
            "date": days
            + pd.to_timedelta(np.tile(np.arange(10, 18), 30), unit="h"),
            "quantity": 1.0,
        }
    )
    assert demand(table.iloc[:-5], every="day")["date"].max() == pd.Timestamp(
        "2024-01-29"
    )
    assert demand(table, every="day")["date"].max() == pd.Timestamp("2024-01-30")


def test_a_ready_table_is_taken_as_it_is() -> None:
    ready = pd.concat(
        [months(1, 2, 3, name="x"), months(4, 5, 6, name="y")],
        ignore_index=True,
    )
    got = demand(ready)
    assert got["value"].tolist() == [1, 2, 3, 4, 5, 6]
    assert got["series"].tolist() == ["x"] * 3 + ["y"] * 3


def test_a_column_that_demand_lacks_is_named() -> None:
    with pytest.raises(AnalysisError, match="quantity"):
        demand(LINES.drop(columns="quantity"))
    with pytest.raises(AnalysisError) as problem:
        demand(LINES, by="category")
    assert problem.value.details["role"] == "category"
    with pytest.raises(AnalysisError):
        demand(LINES.assign(date=LINES["date"].astype(str)))
    for options in (
        DemandOptions(by="city"),
        DemandOptions(every="given", measure="value"),
    ):
        with pytest.raises(AnalysisError) as problem:
            select_demand(LINES, options)
        assert problem.value.key == "data.missing_role"
    with pytest.raises(
        AnalysisError, match="“amount” holds 1 figure that is infinite"
    ):
        demand(
            LINES.assign(amount=[np.inf, *LINES["amount"][1:]]),
            measure="revenue",
        )
    with pytest.raises(ValueError, match="every"):
        demand(LINES, every="fortnight")


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(st.integers(0, 500), st.sampled_from("abc"), st.integers(-3, 9)),
        min_size=1,
        max_size=60,
    ),
    st.sampled_from(["day", "week", "month"]),
)
def test_no_piece_is_lost(rows: list[tuple[int, str, int]], every: Every) -> None:
    """Demand of all periods adds up to the quantity of the lines, in all and by product."""
    table = pd.DataFrame(
        {
            "date": pd.Timestamp("2023-01-01")
            + pd.to_timedelta([day for day, _, _ in rows], unit="D"),
            "product": [p for _, p, _ in rows],
            "quantity": [q for _, _, q in rows],
        }
    )
    for by in (None, "product"):
        assert (
            demand(table, every=every, by=by, keep_partial=True)["value"].sum()
            == table["quantity"].sum()
        )


@pytest.mark.slow
def test_a_million_lines_are_counted() -> None:
    rng = np.random.default_rng(0)
    count = 1_000_000
    table = pd.DataFrame(
        {
            "date": pd.Timestamp("2023-01-01")
            + pd.to_timedelta(rng.integers(0, 730 * 86_400, count), unit="s"),
            "customer": pd.Categorical.from_codes(
                rng.integers(0, 20_000, count),
                [f"C{number}" for number in range(20_000)],
            ).astype(object),
            "product": rng.choice(
                np.array([f"P{number}" for number in range(300)], dtype=object),
                count,
            ),
            "quantity": 1.0,
        }
    )
    got = demand(table, by="product", every="week", keep_partial=True)
    assert got["value"].sum() == count
    assert got["series"].nunique() == 300


# --- periods


@pytest.mark.parametrize(
    ("freq", "every"),
    [
        ("D", "day"),
        ("W-FRI", "week"),
        ("MS", "month"),
        ("ME", "month"),
        ("QS", "quarter"),
        ("QE", "quarter"),
        ("YS", "year"),
        ("YE", "year"),
    ],
)
def test_periods_are_recognised_and_go_on(freq: str, every: str) -> None:
    dates = pd.date_range("2015-01-30", periods=40, freq=freq)
    grid = recognise(dates[:30])
    assert grid.every == every
    numbers = grid.number(dates[:30])
    assert (np.diff(numbers) == 1).all()
    assert (
        grid.dates(np.arange(numbers[0], numbers[0] + 40)).tolist()
        == dates.astype("datetime64[ns]").to_numpy().tolist()
    )


@settings(max_examples=50)
@given(
    st.sampled_from(["day", "week", "month", "quarter", "year"]),
    st.integers(-40_000, 40_000),
    st.sets(st.integers(0, 6), min_size=1),
)
def test_a_period_has_one_number_and_one_date(
    every: str, number: int, weekdays: set[int]
) -> None:
    grid = Grid(every, tuple(sorted(weekdays)), anchor=0)
    if every in ("month", "quarter", "year"):
        number //= 300
    else:
        # Weeks, and days of which one a week is counted: dates reach back to 1677 only.
        number //= 4
    assert grid.number(grid.dates(np.array([number]))).tolist() == [number]


def test_missing_values_are_filled_with_the_season() -> None:
    season = np.tile([10.0, 20.0, 30.0, 40.0], 6)
    holes = season.copy()
    holes[[6, 13]] = np.nan
    assert fill(holes, 4) == pytest.approx(season, abs=0.5)
    assert fill(np.array([np.nan, 2.0, np.nan, 4.0]), 1).tolist() == [
        2,
        2,
        3,
        4,
    ]


def test_a_value_far_from_season_and_level_is_an_outlier() -> None:
    y = (
        100
        + 10 * np.sin(np.arange(60) * 2 * np.pi / 12)
        + np.random.default_rng(0).normal(0, 2, 60)
    )
    assert not came_once(y, 12).any()
    y[30] = 400
    assert np.flatnonzero(came_once(y, 12)).tolist() == [30]


def test_two_years_of_days_to_the_day_can_be_decomposed() -> None:
    """MSTL takes a season only where there is more than two of it."""
    days = pd.date_range("2022-01-01", periods=730)
    for count in (730, 731):
        table = pd.DataFrame(
            {"date": days[:1].union(days), "value": 100.0 + days.weekday}
        )
        result = decompose(table.iloc[:count])
        assert result.strength["peak"].tolist() == [7]


def test_a_demand_says_what_it_was_counted_from() -> None:
    lines = pd.concat([LINES, LINES.tail(1).assign(date=pd.NaT)])
    measured = measure_demand(lines, by="product", keep_partial=True)
    assert (measured.lines, measured.no_date, measured.returned) == (8, 1, 1.0)
    assert (measured.every, measured.by, measured.measure) == (
        "month",
        "product",
        "quantity",
    )
    pd.testing.assert_frame_equal(
        measured.table, demand(lines, by="product", keep_partial=True)
    )
    ready = measure_demand(months(1, 2, 3))
    assert (ready.every, ready.measure, ready.lines) == ("month", "", 3)
    chosen = select_demand(lines, DemandOptions(by="product", measure="orders"))
    assert (chosen.by, chosen.measure) == ("product", "orders")
    assert chosen.table["series"].drop_duplicates().tolist() == [
        "all",
        "tea",
        "pot",
    ]


def test_a_unit_is_priced_by_what_was_paid_for_all_of_its_series() -> None:
    lines = pd.DataFrame(
        {
            "date": pd.to_datetime(["2025-01-01"] * 4),
            "product": ["tea", "tea", "milk", "ghost"],
            "quantity": [1, 3, 2, 0],
            "amount": [5.0, 7.0, 3.0, 0.0],
        }
    )
    by_product = DemandOptions(by="product")
    assert unit_prices(lines, by_product).to_dict() == {"milk": 1.5, "tea": 3.0}
    assert unit_prices(lines, DemandOptions()).tolist() == [2.5]
    assert unit_prices(lines.drop(columns="amount"), by_product).empty
