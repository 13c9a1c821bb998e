"""The rhythm of a series: its own labels are kept, back and ahead."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st

import crm_analysis as crm
from crm_analysis.analyses.forecast.planning.overrides import period_edges
from crm_analysis.analyses.forecast.series.periods import recognise
from tests import apps
from tests.shops import workspaces_of


def weeks(start: str, *steps: int, periods: int = 30) -> pd.DatetimeIndex:
    """Dates that are so many weeks apart, over and over."""
    days = 7 * np.cumsum(np.resize(steps, periods - 1))
    return pd.Timestamp(start) + pd.to_timedelta(np.append(0, days), unit="D")


RHYTHMS = {
    "quarters": (pd.date_range("2019-01-01", periods=14, freq="QS"), "quarter"),
    "fiscal_quarters": (
        pd.date_range("2019-02-01", periods=14, freq="3MS"),
        "quarter",
    ),
    "quarter_ends": (pd.date_range("2019-03-31", periods=14, freq="QE"), "quarter"),
    "fiscal_quarter_ends": (
        pd.date_range("2019-01-31", periods=14, freq="QE-JAN"),
        "quarter",
    ),
    "halves": (pd.date_range("2012-01-01", periods=14, freq="6MS"), "half"),
    "half_ends": (pd.date_range("2012-06-30", periods=14, freq="6ME"), "half"),
    "year_ends": (pd.date_range("2001-12-31", periods=14, freq="YE"), "year"),
    "fiscal_year_ends": (
        pd.date_range("2001-06-30", periods=14, freq="YE-JUN"),
        "year",
    ),
    "fiscal_years": (
        pd.date_range("2001-04-01", periods=14, freq="YS-APR"),
        "year",
    ),
    "months": (pd.date_range("2019-01-01", periods=30, freq="MS"), "month"),
    "month_ends": (pd.date_range("2019-01-31", periods=30, freq="ME"), "month"),
    "fortnights": (weeks("2021-01-08", 2), "fortnight"),
    "four_weeks": (weeks("2021-01-04", 4), "four_week"),
    "4-4-5": (weeks("2021-01-04", 4, 4, 5), "month"),
    "4-5-4": (weeks("2021-01-30", 4, 5, 4), "month"),
    "5-4-4": (weeks("2021-01-31", 5, 4, 4), "month"),
    "13_weeks": (weeks("2019-01-06", 13, periods=14), "quarter"),
    "52_weeks": (weeks("2001-01-06", 52, 52, 53, 52, 52, periods=13), "year"),
}


@pytest.mark.parametrize("rhythm", RHYTHMS)
def test_a_series_keeps_its_own_labels_back_and_ahead(rhythm: str) -> None:
    dates, every = RHYTHMS[rhythm]
    history, later = dates[:-2], dates[-2:]
    table = pd.DataFrame(
        {"date": history, "value": 10.0 + np.arange(len(history)) % 4}
    )
    made = crm.demand(table)
    assert made["date"].tolist() == history.tolist()
    options = crm.ForecastOptions(model="seasonal_naive", horizon=2)
    ahead = crm.forecast(made, options)
    assert ahead.every == every
    assert ahead.history["date"].tolist() == history.tolist()
    assert ahead.ahead["date"].tolist() == later.tolist()


def test_the_leap_week_of_a_retail_year_is_a_period_like_others() -> None:
    steps = np.resize([4, 4, 5], 35)
    steps[10] = 5  # the 53rd week
    days = np.append(0, 7 * np.cumsum(steps))
    dates = pd.Timestamp("2021-01-04") + pd.to_timedelta(days, unit="D")
    grid = recognise(dates)
    assert grid.number(dates).tolist() == list(range(36))
    ahead = grid.dates(np.arange(36, 39)) - dates[-1].to_datetime64()
    assert (ahead / np.timedelta64(7, "D")).tolist() == [5, 9, 13]


def test_a_period_of_four_weeks_that_is_missing_is_a_gap() -> None:
    dates = weeks("2021-01-04", 4).delete([5, 9])
    result = crm.forecast(
        pd.DataFrame({"date": dates, "value": 5.0 + np.arange(28) % 3}),
        crm.ForecastOptions(model="naive", horizon=1),
    )
    assert len(result.history) == 30
    assert result.ahead["date"].iloc[0] == weeks("2021-01-04", 4, periods=31)[-1]


def test_the_edges_of_quarter_ends_are_first_days() -> None:
    ends = pd.date_range("2024-01-31", periods=2, freq="QE-JAN").to_numpy()
    edges = period_edges(ends, "quarter").astype("datetime64[D]").astype(str)
    assert edges.tolist() == ["2023-11-01", "2024-02-01", "2024-05-01"]


@given(
    st.integers(2, 40),
    st.sampled_from([1, 2, 4]),
    st.integers(0, 6),
    st.integers(-20, 60),
)
def test_law_numbers_and_dates_are_inverse(
    periods: int, step: int, weekday: int, number: int
) -> None:
    dates = weeks(
        str(np.datetime64("2021-03-01") + weekday), step, periods=periods + 3
    )
    grid = recognise(dates)
    assert grid.number(grid.dates(np.array([number])))[0] == number
    assert (np.diff(grid.number(dates)) == 1).all()


@given(st.integers(0, 11), st.booleans(), st.integers(4, 30))
def test_law_calendar_quarters_come_back_from_any_month(
    month: int, ends: bool, periods: int
) -> None:
    first = pd.Timestamp("2019-01-01") + pd.DateOffset(months=month)
    dates = [first + pd.DateOffset(months=3 * nth) for nth in range(periods)]
    if ends:
        dates = [date - pd.Timedelta(days=1) for date in dates]
    grid = recognise(pd.DatetimeIndex(dates))
    assert grid.every == "quarter"
    assert (
        grid.dates(grid.number(dates)) == np.array(dates, "datetime64[ns]")
    ).all()


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A workspace for some of the rhythms."""

    def table(rhythm: str) -> pd.DataFrame:
        dates = RHYTHMS[rhythm][0]
        return pd.DataFrame(
            {"date": dates.astype(str), "sales": 10.0 + np.arange(len(dates)) % 4}
        )

    named = ("fortnights", "four_weeks", "4-4-5", "fiscal_quarters")
    tables = {rhythm: partial(table, rhythm) for rhythm in named}
    with workspaces_of(tmp_path_factory, tables) as made:
        yield made


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rhythm", "language", "title"),
    [
        ("fortnights", "en", "Fortnights ahead"),
        ("four_weeks", "zh", "预测四周周期数"),
        ("4-4-5", "en", "Months ahead"),
        ("fiscal_quarters", "zh", "预测季度数"),
    ],
)
def test_the_page_forecasts_in_the_series_own_periods(
    rhythm: str, language: str, title: str, homes: Any
) -> None:
    app = apps.opened("pages/predict/forecast.py", language, homes[rhythm].id)
    assert not app.exception and not app.error
    labels = [widget.label for widget in [*app.number_input, *app.slider]]
    assert title in labels
