"""The forecast of demand: short and odd histories, outliers, holidays, regressors, remedies."""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from crm_analysis.analyses.forecast import ForecastOptions, code, demand, forecast
from crm_analysis.analyses.forecast.series.covariates import holiday_days
from crm_analysis.analyses.forecast.series.selection import DemandOptions
from crm_analysis.errors import AnalysisError, Cancelled
from crm_analysis.tables.script import guessed
from tests.forecast_demand import FAST, LINES, check, months, row_of
from tests.scripts import run_script


@pytest.mark.parametrize("values", [[5], [5, 7], [5, 7, 6, 8, 9]])
def test_a_very_short_history_is_forecast_by_its_mean_and_says_so(
    values: list[float],
) -> None:
    got = forecast(months(*values), FAST)
    check(got, 6)
    assert got.ahead["value"].tolist() == pytest.approx([np.mean(values)] * 6)
    assert row_of(got)["pattern"] == "short"
    assert "forecast.note.short" in row_of(got)["notes"]
    assert (got.ahead["hi_80"] > got.ahead["value"]).all()


def test_a_series_of_zeros_and_a_constant_one_go_on_as_they_are() -> None:
    got = forecast(
        pd.concat(
            [months(*[0] * 30, name="none"), months(*[7] * 30, name="same")],
            ignore_index=True,
        ),
        FAST,
    )
    check(got, 6)
    assert got.ahead["value"].tolist() == [0] * 6 + [7] * 6
    assert got.ahead["hi_95"].tolist() == [0] * 6 + [7] * 6
    assert {key for key, _ in got.notes} == {
        "forecast.note.zero",
        "forecast.note.constant",
    }
    assert np.isnan(row_of(got, "none")["mase"])


@pytest.mark.slow
def test_periods_without_a_figure_are_not_zeros() -> None:
    rng = np.random.default_rng(0)
    values = 100 + rng.normal(0, 3, 40)
    values[[10, 11, 25]] = np.nan
    got = forecast(months(*values), FAST)
    check(got, 6)
    assert got.ahead["value"].between(90, 110).all()
    assert got.history["mark"].value_counts().to_dict() == {"": 37, "gap": 3}
    assert got.history["value"].isna().sum() == 3
    dropped = forecast(
        months(*values).dropna(), FAST
    )  # rows that are not there are gaps too
    pd.testing.assert_frame_equal(dropped.ahead, got.ahead)


def test_demand_that_comes_now_and_then_is_simulated() -> None:
    rng = np.random.default_rng(4)
    values = (rng.random(60) < 0.3) * rng.integers(1, 9, 60)
    got = forecast(months(*values), FAST)
    check(got, 6)
    row = row_of(got)
    assert row["pattern"] == "intermittent"
    assert row["intervals"] == "simulated"
    assert {"sba", "tsb", "adida", "imapa"} <= set(row["parts"].split(", "))
    assert got.ahead["value"].iloc[0] == pytest.approx(values.mean(), rel=0.5)
    assert (got.ahead["lo_80"] == 0).all()


@pytest.mark.slow
def test_stock_outs_by_hand_and_outliers_are_not_learnt_from() -> None:
    rng = np.random.default_rng(0)
    clean = 100 + 20 * np.sin(np.arange(60) * 2 * np.pi / 12) + rng.normal(0, 2, 60)
    hurt = clean.copy()
    hurt[[57, 58]] = 0.0
    hurt[40] = 900.0
    expected = forecast(months(*clean), FAST).ahead["value"].to_numpy()
    raw = forecast(months(*hurt), FAST).ahead["value"].to_numpy()
    by_hand = forecast(
        months(*hurt),
        FAST.replace(left_out=("2024-10-01", ("all", "2024-11-01"), "2023-05-01")),
    )
    marked = forecast(months(*hurt), FAST.replace(leave_out_outliers=True))
    off = [
        np.abs(one - expected).mean()
        for one in (raw, by_hand.ahead["value"], marked.ahead["value"])
    ]
    assert max(off[1:]) < 4 < off[0]
    assert by_hand.history["mark"].eq("left_out").sum() == 3
    assert set(np.flatnonzero(marked.history["mark"] == "outlier")) == {
        40,
        57,
        58,
    }
    assert by_hand.history["value"].tolist() == pytest.approx(
        hurt.tolist()
    )  # shown all the same


@pytest.mark.slow
def test_twenty_years_of_days_have_a_week_and_a_year() -> None:
    days = pd.date_range("2004-01-01", "2023-12-31")
    rng = np.random.default_rng(0)
    year = np.sin(2 * np.pi * days.dayofyear / 365.25)
    values = (
        200 + 40 * year + 30 * (days.weekday >= 5) + rng.normal(0, 8, len(days))
    )
    got = forecast(
        pd.DataFrame({"date": days, "value": values}),
        ForecastOptions(horizon=28, windows=1),
    )
    check(got, 28)
    ahead = pd.DatetimeIndex(got.ahead["date"])
    truth = (
        200
        + 40 * np.sin(2 * np.pi * ahead.dayofyear.to_numpy() / 365.25)
        + 30 * (ahead.weekday.to_numpy() >= 5)
    )
    assert np.abs(got.ahead["value"].to_numpy() - truth).mean() < 8
    assert row_of(got)["points"] == 7305


def test_the_same_seed_gives_the_same_answer() -> None:
    values = 50 + np.random.default_rng(0).gamma(2, 10, 48)
    one, two = (forecast(months(*values), FAST) for _ in range(2))
    pd.testing.assert_frame_equal(one.ahead, two.ahead)
    pd.testing.assert_frame_equal(one.backtest, two.backtest)
    assert (one.paths(None, 20, 3) == two.paths(None, 20, 3)).all()
    assert one.summary() == two.summary()


@pytest.mark.slow
def test_series_are_forecast_apart_and_in_order() -> None:
    rng = np.random.default_rng(1)
    first, second = (
        months(*rng.gamma(9, 10, 40), name="b"),
        months(*rng.gamma(9, 100, 40), name="a"),
    )
    both = forecast(
        pd.concat([first, second], ignore_index=True)
        .sample(frac=1, random_state=0)
        .sort_values("series", ascending=False),
        FAST,
    )
    assert both.series["series"].tolist() == ["b", "a"]
    alone = forecast(second, FAST)
    pd.testing.assert_frame_equal(
        both.ahead[both.ahead["series"] == "a"].reset_index(drop=True),
        alone.ahead,
    )


@pytest.mark.slow
def test_repeating_the_last_season_is_combined_where_it_is_short_and_seen() -> None:
    values = [
        100 + 30 * np.sin(number / 6 * np.pi) + number % 5 for number in range(60)
    ]
    got = forecast(months(*values))
    assert "seasonal_naive" in got.series["parts"].iloc[0].split(", ")
    # The yardstick and the part are one.
    assert (got.accuracy["model"] == "seasonal_naive").sum() == 1
    unseen = forecast(months(*values[:20]))
    assert "seasonal_naive" not in unseen.series["parts"].iloc[0].split(", ")
    weeks = pd.DataFrame(
        {
            "date": pd.date_range("2020-01-05", periods=160, freq="W"),
            "value": [
                100 + 30 * np.sin(number / 26 * np.pi) + number % 5
                for number in range(160)
            ],
        }
    )
    of_weeks = forecast(weeks, ForecastOptions(horizon=4))
    assert "seasonal_naive" not in of_weeks.series["parts"].iloc[0].split(", ")
    event = forecast(
        months(*values),
        ForecastOptions(
            events=(
                ("fair", "2020-03-01", "2020-03-05"),
                ("fair", "2022-03-01", "2022-03-05"),
            )
        ),
    )
    assert "seasonal_naive" not in event.series["parts"].iloc[0].split(
        ", "
    )  # it knows of no event


def test_change_is_against_the_same_months_a_year_before() -> None:
    values = np.r_[np.full(24, 100.0), np.arange(100, 112)]
    got = forecast(
        months(*values), ForecastOptions(horizon=3, model="seasonal_naive")
    )
    assert row_of(got)["before"] == 100 + 101 + 102
    assert row_of(got)["change"] == pytest.approx(0)
    assert got.summary()["direction"] == "level"
    assert (
        forecast(months(*values[:10]), ForecastOptions(horizon=3)).summary()[
            "change"
        ]
        is None
    )


def test_series_of_one_forecast_are_drawn_apart() -> None:
    values = np.random.default_rng(0).integers(90, 150, 36)
    result = forecast(
        pd.concat([months(*values, name="a"), months(*values, name="b")]),
        ForecastOptions(horizon=3, model="theta"),
    )
    first, second = (result.paths(name, 2000).sum(axis=1) for name in "ab")
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.1
    assert (first == result.paths("a", 2000).sum(axis=1)).all()


def test_each_series_is_heard_of_and_work_can_be_cancelled() -> None:
    table = pd.concat(
        [
            months(*np.random.default_rng(n).gamma(5, 10, 30), name=str(n))
            for n in range(4)
        ],
        ignore_index=True,
    )
    heard: list[float] = []
    seen: list[str] = []
    forecast(
        table,
        FAST.replace(model="theta"),
        progress=lambda share, step: heard.append(share),
        watch=lambda one: seen.append(one.name),
    )
    assert seen == ["0", "1", "2", "3"]
    assert heard == sorted(heard)
    assert heard[-1] == 1.0

    def stop(share: float, step: str) -> None:
        if share >= 0.25:
            raise Cancelled

    seen.clear()
    with pytest.raises(Cancelled):
        forecast(
            table,
            FAST.replace(model="theta"),
            progress=stop,
            watch=lambda one: seen.append(one.name),
        )
    assert seen == ["0"]


def test_what_a_reader_can_mend_is_said_with_its_remedy() -> None:
    for table, key in (
        (pd.DataFrame({"value": [1.0]}), "data.missing_role"),
        (
            pd.DataFrame({"date": ["tomorrow"], "value": [1.0]}),
            "forecast.not_dates",
        ),
        (
            pd.DataFrame(
                {"date": pd.to_datetime(["2024-01-01"]), "value": ["much"]}
            ),
            "forecast.not_numbers",
        ),
        (
            pd.DataFrame(
                {"date": pd.to_datetime(["2024-01-01"]), "value": [np.nan]}
            ),
            "forecast.no_rows",
        ),
    ):
        with pytest.raises(AnalysisError) as problem:
            forecast(table)
        assert problem.value.key == key
        assert problem.value.sentence("en") != problem.value.sentence("zh")
    with pytest.raises(AnalysisError) as problem:
        forecast(months(1, 2, 3, 4, 5, 6, 7), ForecastOptions(country="XX"))
    assert problem.value.key == "forecast.unknown_country"
    with pytest.raises(AnalysisError) as problem:
        forecast(
            months(1, 2, 3, 4, 5, 6, 7),
            ForecastOptions(events=(("Sale", "2024-05-02", "2024-05-01"),)),
        )
    assert problem.value.key == "forecast.bad_event"
    with pytest.raises(AnalysisError) as problem:
        forecast(
            months(1, 2, 3),
            regressors=pd.DataFrame(
                {
                    "date": pd.date_range("2020-01-01", periods=3, freq="MS"),
                    "price": 1.0,
                }
            ),
        )
    assert problem.value.key == "forecast.regressor_missing"
    with pytest.raises(AnalysisError) as problem:
        forecast(
            pd.DataFrame(
                {
                    "date": pd.date_range("2000-01-01", periods=9, freq="YS"),
                    "value": 1.0,
                }
            ),
            ForecastOptions(horizon=400),
        )
    assert problem.value.key == "forecast.too_far"
    with pytest.raises(AnalysisError) as problem:
        forecast(
            months(1, 2, 3),
            regressors=pd.DataFrame({"date": ["soon"], "price": [1.0]}),
        )
    assert problem.value.key == "forecast.not_dates"
    with pytest.raises(ValueError, match="horizon"):
        ForecastOptions(horizon=0)


def test_public_holidays_are_known_by_country() -> None:
    days = holiday_days("CN", 2024, 2024)
    assert "2024-02-10" in days  # the first day of the lunar year
    assert "2024-10-01" in days
    assert "2024-07-04" in holiday_days("US", 2024, 2024)


@pytest.mark.slow
def test_a_holiday_that_moves_is_foreseen() -> None:
    """A shop sells half on Chinese public holidays, which move with the moon."""
    days = pd.date_range("2021-01-01", "2023-01-10")
    off = np.isin(days.strftime("%Y-%m-%d"), list(holiday_days("CN", 2021, 2024)))
    values = (100 + 20 * (days.weekday >= 5)) * np.where(
        off, 0.5, 1.0
    ) + np.random.default_rng(0).normal(0, 3, len(days))
    table = pd.DataFrame({"date": days, "value": values})
    ahead = forecast(
        table, ForecastOptions(horizon=28, country="CN", windows=1)
    ).ahead.set_index("date")["value"]
    festival = ahead[
        "2023-01-23":"2023-01-25"
    ].mean()  # three working days in the holiday
    usual = ahead["2023-01-16":"2023-01-18"].mean()
    assert festival < 0.7 * usual


def test_regressors_known_beforehand_are_used() -> None:
    rng = np.random.default_rng(0)
    price = rng.uniform(8, 12, 80)
    table = months(*(500 - 30 * price[:72] + rng.normal(0, 4, 72)))
    known = pd.DataFrame(
        {
            "date": pd.date_range("2020-01-01", periods=80, freq="MS"),
            "price": price,
        }
    )
    ahead = (
        forecast(table, ForecastOptions(horizon=8, windows=1), regressors=known)
        .ahead["value"]
        .to_numpy()
    )
    assert np.abs(ahead - (500 - 30 * price[72:])).mean() < 12


def test_the_script_of_a_forecast_runs(tmp_path: Path) -> None:
    path = tmp_path / "demand.csv"
    months(*np.random.default_rng(0).integers(90, 150, 36)).drop(
        columns="series"
    ).to_csv(path, index=False)
    text = code(
        ForecastOptions(horizon=2, model="theta"),
        loading=guessed(str(path)),
        demand_options=DemandOptions(measure="value", every="given"),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        names = run_script(text, tmp_path)
    assert len(names["ahead"].ahead) == 2


@settings(max_examples=12)
@given(
    st.lists(
        st.one_of(
            st.floats(0, 1e6),
            st.just(0.0),
            st.just(float("nan")),
            st.floats(-50, 0),
        ),
        min_size=1,
        max_size=40,
    ),
    st.sampled_from(
        ["auto", "theta", "seasonal_naive", "linear", "croston", "ets"]
    ),
)
def test_any_history_gets_an_honest_answer(values: list[float], model: str) -> None:
    """As many figures as asked for, finite, none negative, intervals in order."""
    if np.isnan(values).all():
        with pytest.raises(AnalysisError):
            forecast(months(*values), ForecastOptions(horizon=3))
        return
    check(
        forecast(
            months(*values), ForecastOptions(horizon=3, model=model, windows=2)
        ),
        3,
    )


def test_a_forecast_knows_only_the_measure_it_was_told() -> None:
    table = demand(LINES, measure="orders")
    options = FAST.replace(model="mean")
    assert forecast(table, options).measure == ""
    assert forecast(table, options, measure="orders").measure == "orders"
    with pytest.raises(ValueError, match="measure is 'pieces'"):
        forecast(table, options, measure="pieces")
