"""One-offs, seasons and lasting jumps, in series of known truth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crm_analysis import ForecastOptions, decompose, find_anomalies, forecast
from crm_analysis.analyses.forecast import DemandOptions, name_causes, select_demand
from crm_analysis.analyses.forecast.series.components import robust_components
from crm_analysis.analyses.forecast.series.level_shifts import (
    LevelShifts,
    find_level_shifts,
)

MONTHS = 12


def noise(seed: int, count: int, persistence: float = 0.0) -> np.ndarray:
    """Errors of a spread of 8 % that hang together."""
    errors = np.random.default_rng(seed).normal(0, 0.08, count)
    for period in range(1, count):
        errors[period] += persistence * errors[period - 1]
    return errors


def season(count: int, size: float = 0.3) -> np.ndarray:
    return size * np.sin(np.arange(count) * 2 * np.pi / MONTHS)


def monthly(values: np.ndarray) -> pd.DataFrame:
    dates = pd.date_range("2018-01-01", periods=len(values), freq="MS")
    return pd.DataFrame({"date": dates, "value": values})


# --- seasons and one-offs


def test_a_season_seen_twice_is_not_taken_from_one_large_order() -> None:
    values = 100 * np.exp(season(24) + noise(0, 24) / 2)
    plain = decompose(monthly(values)).strength.iloc[0]
    values[7] += 250
    bent = decompose(monthly(values)).strength.iloc[0]
    assert bent[["peak", "trough"]].tolist() == plain[["peak", "trough"]].tolist()
    assert bent["season_strength"] == pytest.approx(
        plain["season_strength"], abs=0.1
    )
    marks = find_anomalies(monthly(values)).marks
    assert marks[["date", "kind"]].to_numpy().tolist() == [
        [pd.Timestamp("2018-08-01"), "high"]
    ]


@pytest.mark.slow
@pytest.mark.parametrize("years", [2, 3, 5])
def test_one_huge_month_is_marked_and_its_other_years_are_not(years: int) -> None:
    count, right, wrong = MONTHS * years, 0, 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        values = 100 * np.exp(season(count) + noise(seed, count))
        position = int(rng.integers(0, count))
        values[position] *= 2.5
        odd = robust_components(values, (MONTHS,), periodic=True)[1].odd
        right += odd[position]
        wrong += odd.sum() - odd[position]
    assert right >= 36
    assert wrong <= 0.01 * 40 * count


@pytest.mark.slow
@pytest.mark.parametrize("persistence", [0.0, 0.6])
@pytest.mark.parametrize("years", [2, 3, 5, 10])
def test_ordinary_series_have_no_one_offs(years: int, persistence: float) -> None:
    count, marked = MONTHS * years, 0
    for seed in range(100):
        values = 100 * np.exp(season(count) + noise(seed, count, persistence))
        odd = robust_components(values, (MONTHS,), periodic=True)[1].odd
        marked += odd.sum()
    assert marked <= 0.01 * 100 * count


@pytest.mark.slow
@pytest.mark.parametrize("years", [2, 3, 5])
def test_mere_noise_has_no_strong_season(years: int) -> None:
    strengths = [
        decompose(monthly(100 * np.exp(noise(seed, MONTHS * years)))).strength
        for seed in range(60)
    ]
    strength = pd.concat(strengths)["season_strength"]
    assert strength.mean() < 0.15
    assert (strength >= 0.64).mean() <= 0.05


@pytest.mark.slow
def test_the_strength_of_a_season_is_its_share_of_the_variance() -> None:
    """Half of it: a season and chance of one variance."""
    for years in (2, 3, 5, 10):
        count = MONTHS * years
        strengths = [
            decompose(
                monthly(
                    100
                    + season(count, 0.08 * np.sqrt(2)) * 10
                    + noise(seed, count) * 10
                )
            ).strength["season_strength"]
            for seed in range(40)
        ]
        assert np.mean(strengths) == pytest.approx(0.5, abs=0.06)


def orders_with_a_huge_one(seed: int) -> pd.DataFrame:
    """Three years of forty orders a month, more before Christmas; one is of 3,000 pieces."""
    rng = np.random.default_rng(seed)
    month = np.repeat(np.arange(36), 40)
    usual = 20 + 15 * (month % 12 == 11)
    lines = pd.DataFrame(
        {
            "order": np.arange(len(month)).astype(str),
            "customer": rng.integers(0, 200, len(month)).astype(str),
            "date": pd.Timestamp("2021-01-01")
            + pd.to_timedelta(
                month * 30.4 + rng.uniform(0, 29, len(month)), unit="D"
            ),
            "product": rng.choice(["tea", "cup"], len(month)),
            "quantity": rng.poisson(usual).astype(float),
        }
    )
    lines.loc[17 * 40 + 5, ["order", "product", "quantity"]] = [
        "huge",
        "bag",
        3000.0,
    ]
    return lines


def test_the_order_behind_a_high_month_is_named_and_not_learnt_from() -> None:
    lines = orders_with_a_huge_one(0)
    demand = select_demand(lines, DemandOptions()).table
    marks = find_anomalies(demand).marks
    cause = name_causes(marks, lines, DemandOptions()).iloc[0]
    assert cause[["role", "name", "product"]].tolist() == ["order", "huge", "bag"]
    assert cause["without"] == pytest.approx(800, rel=0.1)
    options = ForecastOptions(horizon=12, model="theta")
    usual = demand["value"].where(demand["largest"] < 3000)
    learnt, plain = (
        forecast(demand, options),
        forecast(demand.assign(value=usual), options),
    )
    assert learnt.history.loc[demand["largest"] >= 3000, "mark"].tolist() == [
        "one_order"
    ]
    assert learnt.ahead["value"].tolist() == pytest.approx(
        plain.ahead["value"].tolist()
    )
    everything = options.replace(leave_out_large_orders=False)
    assert "one_order" not in forecast(demand, everything).history["mark"].tolist()


def test_a_customer_of_many_orders_is_named_too() -> None:
    lines = orders_with_a_huge_one(1)
    lines.loc[lines["order"] == "huge", ["order", "quantity"]] = ["same", 20.0]
    buyer = lines.iloc[20 * 40 : 20 * 40 + 30].index
    lines.loc[buyer, "customer"] = "dealer"
    lines.loc[buyer, "quantity"] = 90.0
    marks = find_anomalies(select_demand(lines, DemandOptions()).table).marks
    cause = name_causes(marks, lines, DemandOptions()).iloc[0]
    assert cause[["role", "name"]].tolist() == ["customer", "dealer"]


# --- lasting jumps


def test_steps_and_levels_are_worked_out_by_hand() -> None:
    shifts = LevelShifts({1: np.log(2.0), 3: np.log(0.5)}, log=True)
    assert shifts.at_last_level(np.array([5.0, 10.0, 10.0, 5.0])) == pytest.approx(
        [5.0, 5.0, 5.0, 5.0]
    )
    assert shifts.as_recorded(np.full(4, 5.0)) == pytest.approx(
        [5.0, 10.0, 10.0, 5.0]
    )
    assert shifts.share(1, 5.0) == pytest.approx(1.0)


def stable(kind: str, seed: int, count: int) -> np.ndarray:
    """Logarithms of a series whose level never jumps."""
    rng = np.random.default_rng([seed, 1])
    persistence = {"season": 0.0, "trend": 0.3, "ar": 0.6, "near": 0.9, "walk": 1.0}
    values = noise(seed, count, persistence.get(kind, 0.0)) + season(count)
    if kind == "trend":
        values = values + 0.01 * np.arange(count)
    if kind == "bend":
        values = values + 0.6 * np.tanh(
            (np.arange(count) - count / 2) / (count / 4)
        )
    if kind == "growing season":
        values = values + season(count, 0.2) * np.linspace(0.5, 2, count)
    if kind == "heavy tails":
        values = values + 0.08 * rng.standard_t(3, count)
    if kind == "one-offs":
        values[rng.integers(0, count, count // 30)] += 0.8
    return values


@pytest.mark.slow
@pytest.mark.parametrize("count", [36, 60, 120])
def test_stable_series_have_no_lasting_jump(count: int) -> None:
    """At most one in twenty of all of them, and of each kind not far above."""
    kinds = (
        *("season", "trend", "ar", "near", "walk", "bend"),
        *("growing season", "heavy tails", "one-offs"),
    )
    seeds = range(60)
    rates = [
        np.mean(
            [
                bool(
                    find_level_shifts(
                        np.exp(stable(kind, seed, count)), MONTHS
                    ).sizes
                )
                for seed in seeds
            ]
        )
        for kind in kinds
    ]
    assert np.mean(rates) <= 0.05
    assert max(rates) <= 0.1


@pytest.mark.slow
@pytest.mark.parametrize("size", [-0.5, 0.5])
@pytest.mark.parametrize("back", [6, 12, 18])
def test_a_jump_of_half_the_level_is_found_where_it_is(
    back: int, size: float
) -> None:
    right = 0
    for seed in range(40):
        values = stable("season", seed, 60) + size * (np.arange(60) >= 60 - back)
        sizes = find_level_shifts(np.exp(values), MONTHS).sizes
        right += any(abs(position - (60 - back)) <= 1 for position in sizes)
    assert right >= 36


@pytest.mark.slow
def test_after_a_lasting_jump_the_forecast_beats_repeating_the_season() -> None:
    """By a tenth at least; the intervals hold what they say."""
    ratios, without, inside_80, inside_95 = [], [], [], []
    for seed in range(16):
        rng = np.random.default_rng([seed, 2])
        back, size = int(rng.integers(12, 18)), float(rng.choice([-0.4, 0.4, 0.6]))
        step = size * (np.arange(72) >= 60 - back)
        values = 100 * np.exp(season(72, 0.25) + noise(seed, 72) + step)
        past, actual = monthly(values[:60]), values[60:]
        naive = np.abs(values[48:60] - actual).mean()
        result = forecast(past, ForecastOptions(horizon=12))
        ahead = result.ahead
        ratios.append(np.abs(ahead["value"] - actual).mean() / naive)
        inside_80 += (
            ahead["lo_80"].le(actual).mul(ahead["hi_80"].ge(actual)).tolist()
        )
        inside_95 += (
            ahead["lo_95"].le(actual).mul(ahead["hi_95"].ge(actual)).tolist()
        )
        plain = forecast(past, ForecastOptions(horizon=12, level_shifts=False))
        without.append(np.abs(plain.ahead["value"] - actual).mean() / naive)
    assert np.mean(ratios) < 0.9 < np.mean(without)
    assert 0.7 < np.mean(inside_80) < 0.9
    assert np.mean(inside_95) > 0.88


def test_a_forecast_says_where_the_level_jumped() -> None:
    step = 0.5 * (np.arange(60) >= 45)
    values = 100 * np.exp(season(60) + noise(3, 60) + step)
    result = forecast(monthly(values), ForecastOptions(horizon=6, model="ets"))
    shift = result.level_shifts.iloc[0]
    assert shift["date"] == pd.Timestamp("2021-10-01")
    assert shift["share"] == pytest.approx(np.expm1(0.5), abs=0.2)
    note = next(note for note in result.notes if note.key.endswith("level_shift"))
    assert note.details["date"] == "2021-10-01"
    fitted = result.history["fitted"].to_numpy()
    assert fitted[13:45] == pytest.approx(values[13:45], rel=0.4)
    never = ForecastOptions(horizon=6, model="ets", level_shifts=False)
    assert forecast(monthly(values), never).level_shifts.empty


def test_the_total_of_one_series_has_one_interval() -> None:
    values = 100 * np.exp(season(36) + noise(0, 36))
    result = forecast(monthly(values), ForecastOptions(horizon=12, model="theta"))
    row, summary = result.series.iloc[0], result.summary()
    for end in ("lo_80", "hi_80", "lo_95", "hi_95"):
        assert summary[end] == row[end]
