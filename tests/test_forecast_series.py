"""What a series is made of, and what stands out in it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from crm_analysis.analyses.forecast.series.anomalies import (
    AnomalyOptions,
    find_anomalies,
)
from crm_analysis.analyses.forecast.series.decomposition import (
    DecompositionOptions,
    decompose,
)
from crm_analysis.analyses.forecast.series.smoothing import lowess
from crm_analysis.wording import LANGUAGES, say


def table_of(
    values: dict[str, np.ndarray], dates: pd.DatetimeIndex
) -> pd.DataFrame:
    """Several series, the first of their dates being the same."""
    tables = [
        pd.DataFrame(
            {"series": name, "date": dates[: len(column)], "value": column}
        )
        for name, column in values.items()
    ]
    return pd.concat(tables)


# Decomposition


def test_strengths_tell_season_and_trend_from_noise() -> None:
    rng = np.random.default_rng(0)
    months = pd.date_range("2016-01-01", periods=96, freq="MS")
    month = np.arange(96)
    values = {
        "season": 100 + 20 * np.sin(2 * np.pi * month / 12) + rng.normal(0, 1, 96),
        "trend": 100 + 2 * month + rng.normal(0, 1, 96),
        "noise": 100 + rng.normal(0, 1, 96),
    }
    result = decompose(
        table_of(values, months), DecompositionOptions(scale="additive")
    )
    strength = result.strength.set_index("series")
    assert strength.loc["season", "season_strength"] > 0.95
    assert strength.loc["trend", "trend_strength"] > 0.99
    assert (strength.loc[["noise", "trend"], "season_strength"] < 0.6).all()
    assert strength.loc["season", ["peak", "trough"]].tolist() == [4, 10]
    parts = result.parts
    assert np.allclose(
        parts["trend"] + parts["season"] + parts["remainder"], parts["value"]
    )
    assert np.allclose(parts["adjusted"], parts["value"] - parts["season"])
    assert result.seasonal["position"].max() == 12
    assert result.seasonal["cycle"].nunique() == 8
    assert result.every == "month"


def test_short_gappy_and_constant_series_get_what_can_be_told() -> None:
    months = pd.date_range("2020-01-01", periods=40, freq="MS")
    gappy = 50 + 10.0 * (np.arange(40) % 12 == 11)
    gappy[[5, 6]] = np.nan
    values = {
        "gaps": gappy,
        "one": np.array([3.0]),
        "two": np.array([3.0, 4.0]),
        "five": np.arange(3.0, 8.0),
        "same": np.full(40, 7.0),
        "zero": np.zeros(40),
    }
    result = decompose(table_of(values, months))
    strength = result.strength.set_index("series")
    assert strength["method"].to_dict() == {
        "gaps": "stl",
        "one": "mean",
        "two": "mean",
        "five": "trend",
        "same": "trend",
        "zero": "trend",
    }
    assert strength.loc["gaps", "filled"] == 2
    assert np.isclose(strength.loc["five", "trend_strength"], 1)
    for key, details in result.notes:
        for language in LANGUAGES:
            assert say(key, language, **details)
    names = {key.rpartition(".")[2] for key, _ in result.notes}
    assert names == {"filled", "mean_only", "no_season", "constant"}
    gaps = result.parts[result.parts["series"] == "gaps"]
    assert gaps["remainder"].isna().sum() == 2
    assert gaps["trend"].notna().all()


def test_days_have_a_week_and_a_year_and_weeks_a_year() -> None:
    days = pd.date_range("2021-01-01", periods=800, freq="D")
    yearly = 20 * np.sin(2 * np.pi * np.arange(800) / 365)
    daily = decompose(
        pd.DataFrame(
            {"date": days, "value": 100 + 10 * (days.dayofweek == 5) + yearly}
        )
    )
    strength = daily.strength.iloc[0]
    assert strength[["method", "season"]].tolist() == ["mstl", "7, 365"]
    assert strength["season_strength"] > 0.9
    assert set(daily.seasonal["position"]) == set(range(1, 8))

    weeks = pd.date_range("2020-01-06", periods=120, freq="7D")
    value = 5 + np.sin(2 * np.pi * np.arange(120) / 52)
    weekly = decompose(pd.DataFrame({"date": weeks, "value": value}))
    assert weekly.strength["season"].iloc[0] == "52"
    assert weekly.every == "week"


def test_airpassengers_multiplies_and_peaks_in_july(real_data: Path) -> None:
    table = pd.read_csv(real_data / "airpassengers" / "AirPassengers.csv")
    table.columns = ["date", "value"]
    table["date"] = pd.to_datetime(table["date"])
    result = decompose(table)
    strength = result.strength.iloc[0]
    assert strength["scale"] == "multiplicative"
    assert strength[["peak", "trough"]].tolist() == [7, 11]
    assert strength["season_strength"] > 0.95
    assert strength["trend_strength"] > 0.99
    product = (
        result.parts["trend"] * result.parts["season"] * result.parts["remainder"]
    )
    assert np.allclose(product, result.parts["value"])
    marks = find_anomalies(table).summary()["marks"]
    assert marks is not None
    assert marks <= 6


# Anomalies


def test_odd_values_closed_days_and_stock_outs_are_told_apart() -> None:
    rng = np.random.default_rng(0)
    days = pd.date_range("2024-01-01", periods=140, freq="D")
    week = np.tile([10, 10, 10, 10, 20, 30, 15], 20)
    values = {name: rng.poisson(3 * week).astype(float) for name in ("a", "b", "c")}
    values["a"][[50, 51, 52]] = 0
    values["b"][70] = 400
    for column in values.values():
        column[100] = 0
    values["c"][125:] = 0
    result = find_anomalies(table_of(values, days))
    marks = result.marks
    kinds = {
        (mark.series, int((mark.date - days[0]).days)): mark.kind
        for mark in marks.itertuples()
    }
    expected = {("a", day): "stock_out" for day in (50, 51, 52)}
    expected |= {("b", 70): "high"}
    expected |= {("c", day): "ended" for day in range(125, 140)}
    expected |= {(name, 100): "closed" for name in "abc"}
    assert {mark: kinds.get(mark) for mark in expected} == expected
    assert len(kinds) - len(expected) <= 2

    stock_out = marks[marks["kind"] == "stock_out"]
    assert set(stock_out["reason"]) == {"stock_out_others_sold"}
    assert (stock_out["length"] == 3).all()
    high = marks[(marks["kind"] == "high") & (marks["value"] == 400)].iloc[0]
    assert high["lo"] < high["expected"] < high["hi"] < 400
    assert high["score"] > 3
    left_out = result.leave_out()
    assert ("a", "2024-02-20") in left_out
    assert not any(series == "c" and day > "2024-05-04" for series, day in left_out)
    assert result.summary()["stock_out"] == 3
    for kind, reason in (
        marks[["kind", "reason"]].drop_duplicates().itertuples(index=False)
    ):
        for language in LANGUAGES:
            assert say(f"planning.kind.{kind}", language)
            assert say(f"planning.reason.{reason}", language)


def test_a_lasting_jump_is_one_mark_and_a_single_peak_is_another() -> None:
    rng = np.random.default_rng(1)
    months = pd.date_range("2015-01-01", periods=96, freq="MS")
    value = 100 + rng.normal(0, 3, 96) + 10 * np.sin(np.arange(96) * np.pi / 6)
    jump = pd.DataFrame(
        {"date": months, "value": value + 60 * (np.arange(96) >= 40)}
    )
    marks = find_anomalies(jump, AnomalyOptions(season=12)).marks
    assert marks[["kind", "reason"]].to_numpy().tolist() == [
        ["level_shift", "shift_up"]
    ]
    assert marks["date"].iloc[0] == months[40]
    peak = pd.DataFrame(
        {"date": months, "value": value + 60 * (np.arange(96) == 40)}
    )
    marks = find_anomalies(peak).marks
    assert marks["kind"].tolist() == ["high"]
    assert marks["date"].iloc[0] == months[40]


def test_quiet_series_are_left_alone() -> None:
    rng = np.random.default_rng(2)
    months = pd.date_range("2015-01-01", periods=84, freq="MS")
    values = {f"s{number}": 100 + rng.normal(0, 10, 84) for number in range(30)}
    for number in range(30):
        values[f"w{number}"] = np.abs(200 + rng.normal(0, 5, 84).cumsum())
    for number in range(30):
        values[f"p{number}"] = rng.poisson(0.4, 84).astype(float)
    result = find_anomalies(table_of(values, months))
    assert len(result.marks) < 0.006 * 90 * 84

    # What is sold in winter only is not out of stock in summer, and few points are not judged.
    sells = np.isin(months.month, [11, 12, 1])
    value = np.where(sells, 50.0 + np.arange(84) % 7, 0.0)
    winter = pd.DataFrame({"date": months, "value": value})
    assert find_anomalies(winter).summary()["stock_out"] == 0
    few = find_anomalies(winter.iloc[:5]).marks
    assert few.empty
    assert list(few.columns) == list(result.marks.columns)


def test_a_product_without_figures_while_others_have_them_is_missing() -> None:
    days = pd.date_range("2024-01-01", periods=60, freq="D")
    value = 20.0 + np.arange(60) % 5
    gone = value.copy()
    gone[30:34] = np.nan
    table = table_of({"a": gone, "b": value}, days)
    assert find_anomalies(table).marks["kind"].tolist() == ["missing"] * 4
    # Alone, a gap is not a zero.
    assert find_anomalies(table[table["series"] == "a"]).marks.empty


@pytest.mark.parametrize("count", [7, 60, 365])
def test_trends_are_those_of_statsmodels(count: int) -> None:
    from statsmodels.nonparametric.smoothers_lowess import lowess as peer

    rng = np.random.default_rng(count)
    values = 50 + np.arange(count) + 9 * rng.standard_t(2, count)
    values[: count // 3] = 50.0
    time, share = np.arange(count, dtype=float), min(1.0, max(0.2, 15 / count))
    for rounds, apart in ((0, 0.0), (3, 0.01 * count)):
        theirs = peer(values, time, share, rounds, delta=apart, return_sorted=False)
        ours = lowess(values, share, rounds, apart)
        assert ours == pytest.approx(theirs, rel=1e-9)
