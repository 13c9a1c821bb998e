"""The forecast's pictures: what they show, and in which words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from crm_analysis import ForecastOptions, decompose, forecast
from crm_analysis.analyses.forecast.result import Forecast
from crm_analysis.presentation.pictures import forecast as pictures, seasons
from crm_analysis.wording import LANGUAGES


@pytest.fixture(scope="module")
def result() -> Forecast:
    """A forecast of four years with a season and a trend."""
    months = pd.date_range("2019-01-01", periods=48, freq="MS")
    values = [100 + 10 * np.sin(month / 6 * np.pi) + month for month in range(48)]
    return forecast(
        pd.DataFrame({"date": months, "value": values}),
        ForecastOptions(horizon=6),
    )


def fan(result: Forecast, **more: Any) -> go.Figure:
    """The picture of a forecast with one anomaly."""
    marks = pd.DataFrame(
        {
            "date": [pd.Timestamp("2020-01-01")],
            "value": [100.0],
            "kind": ["anomaly"],
            "text": ["<i>odd</i>"],
        }
    )
    backtest = result.backtest[result.backtest["model"] == "auto"]
    return pictures.ahead(
        result.history,
        result.ahead,
        backtest,
        marks,
        "en",
        measure="quantity",
        **more,
    )


def test_the_fan_encloses_the_forecast_and_grows_from_the_last_actual(
    result: Forecast,
) -> None:
    figure = fan(result)
    traces = {trace.name: trace for trace in figure.data if trace.name}
    expected = np.array(traces["Forecast"].y)
    assert expected[1:] == pytest.approx(result.ahead["value"].tolist())
    high_95, low_95, high_80, low_80 = figure.data[:4]
    for low, high in ((low_95, high_95), (low_80, high_80)):
        assert (np.array(low.y) <= expected + 1e-9).all()
        assert (np.array(high.y) >= expected - 1e-9).all()
        assert low.fill == "tonexty"
        assert low.y[0] == high.y[0] == result.history["value"].iloc[-1]
    assert "<i>" not in traces["Stands out"].text[0]


def test_no_legend_is_of_seven_and_what_stands_out_is_named_at_its_place(
    result: Forecast,
) -> None:
    figure = fan(result, every="month", by_hand=result.ahead.head(1))
    keys = [
        trace.name
        for trace in figure.data
        if trace.name and trace.showlegend is not False
    ]
    assert keys == [
        "80% and 95% interval",
        "Actual",
        "Fit",
        "Back-test",
        "Forecast",
        "Set by hand",
    ]
    assert [note.text for note in figure.layout.annotations] == ["Stands out"]
    assert figure.layout.xaxis.title.text == "Month"


def test_an_interval_far_above_all_else_does_not_press_the_picture_flat(
    result: Forecast,
) -> None:
    assert pictures.reach(result.history, result.ahead) is None
    assert fan(result).layout.yaxis.range is None
    wide = replace(
        result, ahead=result.ahead.assign(hi_95=100 * result.ahead["hi_95"])
    )
    low, high = fan(wide).layout.yaxis.range
    assert low == 0
    assert high == pictures.reach(wide.history, wide.ahead)
    assert high < 5 * result.history["value"].max()


def test_the_back_test_is_one_entry_of_the_legend_however_many_days_it_was_asked_on(
    result: Forecast,
) -> None:
    tested = [trace for trace in fan(result).data if trace.name == "Back-test"]
    assert len(tested) == result.backtest["cutoff"].nunique() > 1
    assert [trace.showlegend for trace in tested].count(True) == 1


def test_the_baseline_is_marked_among_the_models(result: Forecast) -> None:
    scores = result.accuracy.sort_values("mase", ignore_index=True)
    figure = pictures.accuracy(scores, "en")
    baseline = scores.loc[scores["model"] == "seasonal_naive", "mase"].iloc[0]
    line = figure.layout.shapes[0]
    assert line.x0 == line.x1 == baseline
    orange = [
        colour.startswith("#E07B00") for colour in figure.data[0].marker.color
    ]
    assert orange == scores["chosen"].tolist()


def test_a_season_that_is_none_has_no_panel() -> None:
    months = pd.date_range("2020-01-01", periods=40, freq="MS")
    short = pd.DataFrame({"date": months[:18], "value": [5.0, 9.0, 7.0] * 6})
    long = pd.DataFrame(
        {"date": months, "value": [10.0 + month % 12 for month in range(40)]}
    )
    panels = seasons.decomposition(
        decompose(short).parts, "en", measure="quantity"
    ).data
    assert [trace.name for trace in panels] == ["Actual", "Trend", "Remainder"]
    figure = seasons.decomposition(decompose(long).parts, "en", measure="quantity")
    assert len(figure.data) == 4
    assert figure.layout.xaxis3.title.text == "Date"


def test_the_axis_of_time_is_called_what_it_counts(result: Forecast) -> None:
    assert fan(result, every="month").layout.xaxis.title.text == "Month"


@pytest.mark.parametrize("language", LANGUAGES)
def test_positions_of_a_season_and_models_have_names(language: str) -> None:
    names = {
        "en": ("Dec", "Mon", "Q3", "Theta, on logs"),
        "zh": ("12月", "周一", "第 3 季度", "Theta 法（对数）"),
    }
    assert names[language] == (
        pictures.period_name(12, "month", language),
        pictures.period_name(1, "day", language),
        pictures.period_name(3, "quarter", language),
        pictures.model_name("theta_log", language),
    )


def test_a_model_fitted_to_levels_and_to_logarithms_is_said_once() -> None:
    assert (
        pictures.combined_name("theta, theta_log, ets", "en") == "Theta + AutoETS"
    )
