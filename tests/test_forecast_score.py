"""How sure a plan is, how a forecast stands beside repeating the past, and how it did."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crm_analysis.analyses.forecast import ForecastOptions, forecast
from crm_analysis.analyses.forecast.planning.overrides import override
from crm_analysis.analyses.forecast.planning.scoring import (
    forecast_to_keep,
    has_actuals,
    score_forecast,
)
from crm_analysis.analyses.forecast.verdicts import (
    against_naive,
    interval_fit,
    outlook,
    season_kind,
)
from tests.made_forecasts import by_hand, forecast_of, names_of, refused

# The outlook, verdicts


def test_the_outlook_moves_with_the_plan() -> None:
    months = pd.date_range("2020-01-01", periods=48, freq="MS")
    values = [100.0 + 20 * (month % 12 == 11) + month for month in range(48)]
    options = ForecastOptions(horizon=6, model="seasonal_naive")
    result = forecast(pd.DataFrame({"date": months, "value": values}), options)
    row = result.series.iloc[0]
    modelled = outlook(result).iloc[0]
    assert modelled["total"] == pytest.approx(row["total_ahead"])
    assert modelled["change"] == pytest.approx(row["change"])
    doubled = outlook(
        result, result.ahead.assign(value=2 * result.ahead["value"])
    ).iloc[0]
    for name in ("total", "lo_80", "hi_80", "lo_95", "hi_95"):
        assert doubled[name] == pytest.approx(2 * modelled[name])
    assert 1 + doubled["change"] == pytest.approx(2 * (1 + modelled["change"]))
    assert doubled["direction"] == "up"
    nothing = outlook(result, result.ahead.assign(value=0.0)).iloc[0]
    assert nothing["direction"] is None


@pytest.mark.parametrize(
    ("own", "naive", "points", "kind", "repeated"),
    [
        (1.19, 1.0, 19, "worse", "last"),
        (1.19, 1.0, 25, "unseen", "season"),
        (1.19, 1.0, 26, "worse", "season"),
        (0.8, 1.0, 60, "better", "season"),
        (1.0, 1.0, 60, "same", "season"),
    ],
)
def test_a_forecast_stands_beside_repeating_what_was(
    own: float, naive: float, points: int, kind: str, repeated: str
) -> None:
    row = {"mase": own, "mase_naive": naive, "points": points, "season": 12}
    assert against_naive(row) == (
        kind,
        pytest.approx(abs(own / naive - 1)),
        repeated,
    )
    assert against_naive({**row, "mase": None}) is None


def test_intervals_and_seasons_are_judged_by_their_thresholds() -> None:
    assert [interval_fit(held) for held in (0.6, 0.7, 0.9, 0.95)] == [
        "narrow",
        "right",
        "right",
        "wide",
    ]
    assert season_kind({"season_strength": 0.64, "peak": 3}) == "strong"
    assert season_kind({"season_strength": 0.6, "peak": 3}) == "weak"
    assert season_kind({"season_strength": np.nan, "peak": np.nan}) == "unseen"


# Scores


def test_a_saved_forecast_is_scored_by_hand() -> None:
    past = {"a": np.array([10.0, 20.0, 12.0, 22.0])}
    result = forecast_of({"a": [14.0, 24.0, 16.0]}, {"a": 1.0}, past, season=2)
    own = override(result.ahead, by_hand("a", "2024-02-01", 30.0, "fair"))
    saved = forecast_to_keep(result, own)
    assert saved["naive"].tolist() == [12, 22, 12]
    assert saved["scale"].tolist() == [2, 2, 2]
    assert saved["step"].tolist() == [1, 2, 3]
    assert (saved["made"] == pd.Timestamp("2023-12-01")).all()

    actual = pd.DataFrame(
        {
            "series": "a",
            "date": pd.to_datetime(["2024-01-15", "2024-02-01", "2024-03-01"]),
            "value": [15.0, 28.0, 3.0],
            "partial": [False, False, True],
        }
    )
    score = score_forecast(saved, actual)
    assert score.periods["error"].tolist() == [-1, 2]
    assert score.periods["inside_80"].tolist() == [True, False]
    assert len(score.waiting) == 1
    assert names_of(score.notes) == ["partial", "waiting"]
    scores = score.scores[score.scores["series"] == "a"].set_index("forecaster")
    assert scores["mae"].to_dict() == {
        "final": 1.5,
        "model": 2.5,
        "seasonal_naive": 4.5,
    }
    assert scores["mase"].to_dict() == {
        "final": 0.75,
        "model": 1.25,
        "seasonal_naive": 2.25,
    }
    final = scores.loc["final"]
    assert final["mape"] == pytest.approx(50 * (1 / 15 + 2 / 28))
    assert final["smape"] == pytest.approx(100 * (1 / 29 + 2 / 58))
    assert final["rmse"] == pytest.approx(np.sqrt(2.5))
    assert final["bias"] == 0.5
    added = score.added[score.added["series"] == "a"].set_index("by")["added"]
    assert added["model"] == pytest.approx(1 - 2.5 / 4.5)
    assert added["hand"] == pytest.approx(1 - 2 / 4)
    assert score.summary()["inside_95"] == 1.0
    assert score.summary()["added_by_hand"] == pytest.approx(0.5)

    later = actual.assign(date=actual["date"] + pd.DateOffset(years=1))
    refused("planning.no_actuals", score_forecast, saved, later)
    refused("planning.not_kept", score_forecast, actual, actual)
    earlier = actual.assign(date=actual["date"] - pd.DateOffset(years=1))
    assert has_actuals(saved, actual)
    assert not has_actuals(saved, earlier)


@pytest.mark.parametrize("second", ["b", ""])
def test_without_hands_the_plan_is_the_model_and_all_series_are_scored_together(
    second: str,
) -> None:
    """Lines that name nothing are the series ""."""
    result = forecast_of(
        {"a": [10.0, 10.0], second: [0.0, 4.0]},
        {"a": 1.0, second: 1.0},
        {"a": np.full(24, 9.0), second: np.arange(24.0)},
    )
    actual = pd.DataFrame(
        {
            "series": ["a", "a", second, second],
            "date": list(result.ahead["date"].iloc[:2]) * 2,
            "value": [8.0, 12.0, 0.0, 4.0],
        }
    )
    score = score_forecast(forecast_to_keep(result), actual)
    summary = score.summary()
    assert summary["mae"] == summary["mae_model"] == 1
    assert summary["added_by_hand"] is None
    assert summary["waiting"] == 0
    assert score.notes == ()
    # A past that never changed has no scale.
    scores = score.scores[score.scores["series"] == "a"].set_index("forecaster")
    assert np.isnan(scores.loc["final", "mase"])
