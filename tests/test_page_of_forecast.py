"""The forecast page on tables of several kinds: every tab drawn, nothing fitted twice, what a person decides kept, odd histories told honestly."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from crm_analysis import ForecastOptions, demand, forecast, intake
from crm_analysis.analyses.forecast.planning.scoring import forecast_to_keep
from crm_analysis.analyses.forecast.series.decomposition import decompose
from crm_analysis.presentation.pictures import forecast as pictures
from crm_analysis.presentation.ui.forecast import forecasting
from crm_analysis.presentation.ui.forecast.ahead import beside_naive
from crm_analysis.wording import LANGUAGES, say
from crm_analysis.workspace import new_workspace, open_workspace
from tests.apps import opened, settled
from tests.shops import shops

PAGE = "pages/predict/forecast.py"
TABS = {
    "ahead": 1,
    "accuracy": 4,
    "oddities": 2,
    "order": 1,
    "plan": 1,
    "take": 0,
}  # charts, at least


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home of workspaces for this module, with the orders of the sample shop loaded in either language: this page looks at nothing else."""
    with shops(tmp_path_factory, 0) as made:
        yield made


@pytest.fixture
def asked(monkeypatch):
    """The options of every forecast the page makes, in order."""
    options = []
    real = forecasting.engine.forecast

    def counting(demand, given=None, **rest):
        options.append(given)
        return real(demand, given, **rest)

    monkeypatch.setattr(forecasting.engine, "forecast", counting)
    return options


def loaded(frame: pd.DataFrame, name: str = "sales.csv") -> str:
    """A workspace with this table in it."""
    shop = new_workspace("shop")
    intake.take_in(shop, [shop.keep_file(io.BytesIO(frame.to_csv(index=False).encode()), name)])
    return shop.id


def orders(
    months: int = 30, names: tuple[str, ...] = ("tea", "milk", "<b>*jam*</b>"), seed: int = 0
) -> pd.DataFrame:
    """Order lines with a season: some of each product on four days of each month."""
    random = np.random.default_rng(seed)
    days = pd.date_range("2022-01-01", periods=months, freq="MS")
    rows = []
    for number, month in enumerate(days):
        for size, name in enumerate(names, start=1):
            for day in (0, 9, 18, 27):
                pieces = max(
                    1, round(size * (20 + 8 * np.sin(number / 6 * np.pi)) + random.normal(0, 2))
                )
                rows.append(
                    (
                        f"O{len(rows)}",
                        f"C{len(rows) % 17}",
                        (month + pd.Timedelta(days=day)).date().isoformat(),
                        name,
                        pieces,
                        2.5,
                    )
                )
    return pd.DataFrame(
        rows, columns=["order_id", "customer_id", "date", "product", "quantity", "unit_price"]
    )


def series(values: list[float], name: str | None = None) -> pd.DataFrame:
    """A ready table of months."""
    frame = pd.DataFrame(
        {
            "date": pd.date_range("2020-01-01", periods=len(values), freq="MS").strftime(
                "%Y-%m-%d"
            ),
            "value": values,
        }
    )
    return frame if name is None else frame.assign(store=name)


@pytest.fixture(scope="module")
def small(home):
    """A workspace with thirty months of three products; what a test decides there it takes back, or no other looks at."""
    return loaded(orders())


def on_tab(app: AppTest, tab: str, language: str = "en") -> AppTest:
    """The page with another tab open."""
    app.session_state["forecast_tabs"] = say(f"forecast.tab.{tab}", language)
    return settled(app.run())


def headline(app: AppTest) -> str:
    """The sentence above the tab's first picture."""
    return next(one.value for one in app.markdown if one.value.startswith("#### "))


def figure(app: AppTest, name: str, language: str = "en") -> float:
    """A figure by its label."""
    return float(
        next(one.value for one in app.metric if one.label == say(name, language)).replace(",", "")
    )


def table(app: AppTest, *columns: str) -> pd.DataFrame:
    """The first table on the page that has these columns."""
    return next(one.value for one in app.dataframe if set(columns) <= set(one.value.columns))


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_tab_shows_the_sample_shop(home, language, asked):
    app = opened(PAGE, language, home[language])
    for tab, charts in TABS.items():
        on_tab(app, tab, language)
        assert not app.exception, tab
        assert not app.warning, tab
        assert len(app.get("plotly_chart")) >= charts, tab
        assert headline(app), tab
    assert (
        len(asked) == 2 and asked[0] == asked[1]
    )  # six tabs, one forecast, and one of the product that is ordered


def test_the_first_view_says_direction_size_and_certainty(home):
    app = opened(PAGE, "en", home["en"])
    low, total, high = (figure(app, f"forecast.figure.{name}") for name in ("low", "total", "high"))
    assert low < total < high
    assert (
        "next 12 months" in headline(app)
        and f"{total:,.0f}" in headline(app)
        and f"{low:,.0f}" in headline(app)
        and f"{high:,.0f}" in headline(app)
    )
    assert figure(app, "forecast.figure.mase") > 0


def test_another_horizon_asks_for_another_forecast_and_the_same_one_does_not(home, asked):
    app = opened(PAGE, "en", home["en"])
    app.slider(key="forecast-horizon-month").set_value(3).run()
    assert "next 3 months" in headline(settled(app))
    app.slider(key="forecast-horizon-month").set_value(12).run()
    assert "next 12 months" in headline(settled(app))
    assert [one.horizon for one in asked] in (
        [3],
        [12, 3],
    )  # whether or not the first one was asked before


def test_assumptions_are_arithmetic(home, asked):
    app = on_tab(opened(PAGE, "en", home["en"]), "plan")
    before = len(asked)
    app.slider(key="forecast-growth").set_value(10).run()
    app.slider(key="forecast-price").set_value(20).run()
    assert len(asked) == before
    # 1.1 × 1.2 ** −1 = 0.9167
    assert "8.3% less" in headline(app)
    assert any("elasticity of -1.0" in one.value for one in app.markdown)


def test_parts_and_total_agree_when_asked_to(home):
    app = opened(PAGE, "en", home["en"])
    app.selectbox(key="forecast.DemandOptions.by").set_value("category").run()
    rows = table(settled(app), "series", "total_ahead")
    parts = rows[rows["series"] != say("forecast.series.all", "en")]
    assert len(parts) == len(rows) - 1 == 8
    for method in ("bottom_up", "mint"):
        next(one for one in app.button_group if one.key == "forecast-totals").set_value(
            method
        ).run()
        rows = table(settled(app), "series", "total_ahead").set_index("series")["total_ahead"]
        whole = rows.pop(say("forecast.series.all", "en"))
        assert rows.sum() == pytest.approx(whole, abs=len(rows))  # the table is rounded
        assert figure(app, "forecast.figure.total") == pytest.approx(whole, abs=1)


def test_the_largest_stand_alone_and_the_rest_is_one(home):
    app = opened(PAGE, "en", home["en"])
    app.selectbox(key="forecast.DemandOptions.by").set_value("category").run()
    settled(app).slider(key="forecast-most-category").set_value(3).run()
    names = list(table(settled(app), "series", "total_ahead")["series"])
    assert (
        len(names) == 5
        and names[0] == say("forecast.series.all", "en")
        and names[-1] == say("forecast.series.rest", "en")
    )
    app.selectbox(key="forecast-shown").set_value(
        app.selectbox(key="forecast-shown").options[1]
    ).run()
    assert names[1] in [*app.selectbox(key="forecast-shown").options]
    app.multiselect(key="forecast-only-category-").set_value([names[1], names[2]]).run()
    assert list(table(settled(app), "series", "total_ahead")["series"])[1:] == names[1:3]


def test_a_value_set_by_hand_changes_the_plan_and_is_kept(small, asked):
    app = on_tab(opened(PAGE, "en", small), "plan")
    before = len(asked)
    app.number_input(key="forecast-hand_value").set_value(4000.0)
    app.text_input(key="forecast-hand_note").set_value("fair in town")
    next(one for one in app.button if one.key == "forecast_hand_set").click().run()
    assert len(asked) == before
    kept = open_workspace(small).saved("forecast-overrides")
    assert [(one["value"], one["note"]) for one in kept[0].payload["records"]] == [
        (4000.0, "fair in town")
    ]
    again = opened(PAGE, "en", small)
    assert any("1 period is set by hand" in one.value for one in again.caption)
    long = table(on_tab(again, "take"), "series", "date", "note")
    assert list(long.loc[long["note"] == "fair in town", "value"]) == [4000]
    app = on_tab(again, "plan")
    next(one for one in app.button if one.key == "forecast_hand_back").click().run()
    assert not open_workspace(small).saved("forecast-overrides")


def test_what_stands_out_can_be_left_out_and_taken_in_again(home, asked):
    frame = orders()
    frame.loc[(frame["date"].str[:7] == "2023-08") & (frame["product"] == "tea"), "quantity"] += (
        3000
    )
    workspace = loaded(frame)
    app = on_tab(opened(PAGE, "en", workspace), "oddities")
    assert "1 period stands out" in headline_with(app, "out here")
    next(one for one in app.button if one.key == "forecast_leave_all").click().run()
    settled(app)
    assert ("all", "2023-08-01") in asked[-1].left_out
    next(one for one in app.button if one.key == "forecast_take_in").click().run()
    settled(app)
    assert open_workspace(workspace).settings["forecast-left_out"] == {"quantity/month/all/": []}
    assert not any(one.key == "forecast_take_in" for one in app.button)


def headline_with(app: AppTest, word: str) -> str:
    """The heading that has a word."""
    return next(
        one.value for one in app.markdown if one.value.startswith("#### ") and word in one.value
    )


def test_holidays_are_chosen_for_the_workspace(small, asked):
    app = on_tab(opened(PAGE, "en", small), "oddities")
    app.selectbox(key="forecast-country").set_value("CN").run()
    settled(app)
    assert asked[-1].country == "CN"
    assert "Chinese New Year" in " ".join(table(app, "date", "holiday")["holiday"])
    assert open_workspace(small).settings["forecast-country"] == "CN"
    again = on_tab(opened(PAGE, "en", small), "oddities")
    assert again.selectbox(key="forecast-country").value == "CN"
    again.selectbox(key="forecast-country").set_value("").run()
    assert open_workspace(small).settings["forecast-country"] == ""


def test_stock_makes_an_order_out_of_a_level(small):
    app = on_tab(opened(PAGE, "en", small), "order")
    product = "<b>*jam*</b>"  # of everything, the product of which most is wanted
    assert app.selectbox(key="forecast-order_of").value == product and app.selectbox(
        key="forecast-order_of"
    ).options == [product, "milk", "tea"]
    assert "order when stock falls to" in headline(app) and "jam" in headline(app)
    level = figure(app, "forecast.order.order_up_to")
    stock = pd.DataFrame(
        {
            "series": [product],
            "on_hand": [level - 30.0],
            "on_order": [0.0],
            "pack": [24.0],
            "minimum": [0.0],
            "cost": [np.nan],
        }
    )
    open_workspace(small).save("forecast-stock", "product", {}, {"stock": stock})
    app = on_tab(opened(PAGE, "en", small), "order")
    assert "order 48 now" in headline(app)  # thirty short, in packs of 24
    assert figure(app, "forecast.order.order") == 48


def test_nothing_is_ordered_before_the_stock_is_known_and_no_half_pieces(home):
    app = on_tab(opened(PAGE, "en", loaded(orders(seed=3))), "order")
    assert not any(one.label == say("forecast.order.order", "en") for one in app.metric)
    levels = table(app, "reorder_point", "order_up_to")
    assert not {"order", "packs"} & set(levels.columns)
    assert (
        figure(app, "forecast.order.safety_stock") % 1 == 0
        and (levels["safety_stock"] % 1 == 0).all()
    )
    before = figure(app, "forecast.order.order_up_to")
    app.selectbox(key="forecast-order_of").set_value("tea").run()
    assert figure(settled(app), "forecast.order.order_up_to") < before and "tea" in headline(app)


def test_a_ready_series_is_ordered_as_it_is(home):
    app = on_tab(opened(PAGE, "en", loaded(series([50.0 + at % 7 for at in range(40)]))), "order")
    assert not any(one.key == "forecast-order_of" for one in app.selectbox)
    assert "order when stock falls to" in headline(app)


def test_a_forecast_that_was_worse_than_repeating_says_so_at_once(home):
    random = np.random.default_rng(0)
    walk = (1000 + np.cumsum(random.normal(0, 40, 30))).round().tolist()
    app = opened(PAGE, "en", loaded(series(walk)))
    own = forecast(series(walk), ForecastOptions(horizon=12)).series.iloc[0]
    further = own["mase"] / own["mase_naive"] - 1
    kind = "worse" if further > 0.005 else "better" if further < -0.005 else "same"
    sentence = say(f"forecast.tested.{kind}", "en", share=abs(further), again="season")
    assert sentence in [one.value for one in (app.warning if kind == "worse" else app.caption)]
    assert all(not one.delta for one in app.metric)  # no bare share that says not of what


@pytest.mark.parametrize(
    ("own", "naive", "points", "kind", "again"),
    [
        (1.19, 1.0, 19, "worse", "last"),
        (0.8, 1.0, 60, "better", "season"),
        (1.0, 1.0, 60, "same", "season"),
    ],
)
def test_a_forecast_stands_beside_repeating_what_was(own, naive, points, kind, again):
    told = beside_naive({"mase": own, "mase_naive": naive, "points": points, "season": 12})
    assert told == (kind, {"share": pytest.approx(abs(own / naive - 1)), "again": again})
    assert beside_naive({"mase": None, "mase_naive": naive, "points": points, "season": 12}) is None


def test_the_last_forecast_is_scored_when_the_actuals_have_come(small):
    frame = orders()
    lines = frame.assign(date=pd.to_datetime(frame["date"]))
    then = demand(lines[lines["date"] < "2024-03-01"])
    kept = forecast_to_keep(forecast(then, ForecastOptions(horizon=6, model="seasonal_naive")))
    details = {"place": "quantity/month/all/", "made": "2024-02-01", "horizon": 6}
    open_workspace(small).save("forecast-kept", "then", details, {"kept": kept})
    app = on_tab(opened(PAGE, "en", small), "plan")
    assert "4 periods have come" in headline_with(app, "have come")
    scored = table(app, "actual", "naive")
    assert len(scored) == 4 and scored["value"].tolist() == scored["naive"].tolist()


def test_a_hand_set_arima_is_shown_with_what_it_leaves(small, asked):
    app = opened(PAGE, "en", small)
    app.selectbox(key="forecast.ForecastOptions.model").set_value("arima").run()
    settled(app).slider(key="forecast-arima.ForecastOptions.p").set_value(1).run()
    settled(app)
    assert (asked[-1].model, asked[-1].p, asked[-1].d) == ("arima", 1, 1)
    app = on_tab(app, "accuracy")
    assert not app.exception
    assert {"parameter", "estimate", "standard_error"} <= set(table(app, "parameter").columns)
    assert any(one.label == say("forecast.arima.aicc", "en") for one in app.metric)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([5.0, 7.0], "of history"),
        ([0.0] * 20, "Nothing was ever sold"),
        ([8.0] * 20, "always the same"),
    ],
)
def test_odd_histories_get_an_honest_answer_on_every_tab(home, values, words):
    app = opened(PAGE, "en", loaded(series(values)))
    assert words in headline(app)
    for tab in TABS:
        on_tab(app, tab)
        assert not app.exception, tab


def test_a_guess_too_wide_to_tell_a_direction_is_not_called_steady(home):
    values = [400.0 - 40 * (month % 2) for month in range(20)] + [
        230.0,
        130.0,
        110.0,
        80.0,
        75.0,
        60.0,
        50.0,
        48.0,
    ]
    app = opened(PAGE, "en", loaded(series(values)))
    assert not app.exception
    assert "cannot be told yet" in headline(app) and "stays about" not in headline(app)
    assert any("goes on above the picture" in one.value for one in app.caption)


def test_a_ready_table_of_several_stores_is_taken_as_it_is(home):
    random = np.random.default_rng(1)
    frame = pd.concat(
        [
            series((random.poisson(mean, 20)).astype(float).tolist(), name)
            for name, mean in (("north", 60.0), ("=south", 30.0))
        ]
    )
    app = opened(PAGE, "en", loaded(frame))
    assert not app.exception
    assert list(table(app, "series", "total_ahead")["series"]) == [
        say("forecast.series.all", "en"),
        "north",
        "=south",
    ]


def test_names_from_a_file_are_shown_as_they_stand(small):
    app = opened(PAGE, "en", small)
    app.selectbox(key="forecast.DemandOptions.by").set_value("product").run()
    settled(app).selectbox(key="forecast-shown").set_value("<b>*jam*</b>").run()
    app = on_tab(app, "plan")
    assert not app.exception
    assert "\\*jam\\*" in headline(app) and "<b>" not in headline(app).replace("\\<b\\>", "")


def test_lines_without_dates_or_figures_say_what_is_missing(home):
    frame = pd.DataFrame({"order": ["a", "a", "b"], "product": ["tea", "jam", "tea"]})
    app = opened(PAGE, "en", loaded(frame))
    assert not app.exception
    assert app.warning


# Pictures


@pytest.fixture(scope="module")
def found():
    sales = pd.DataFrame(
        {
            "date": pd.date_range("2019-01-01", periods=48, freq="MS"),
            "value": [100 + 10 * np.sin(t / 6 * np.pi) + t for t in range(48)],
        }
    )
    return forecast(sales, ForecastOptions(horizon=6))


def fan(found, **more):
    marks = pd.DataFrame(
        {
            "date": [pd.Timestamp("2020-01-01")],
            "value": [100.0],
            "kind": ["odd"],
            "text": ["<i>odd</i>"],
        }
    )
    held = found.backtest[found.backtest["model"] == "auto"]
    return pictures.ahead(found.history, found.ahead, held, marks, "en", measure="quantity", **more)


def test_the_fan_encloses_the_forecast_and_grows_from_the_last_actual(found):
    drawn = {trace.name: trace for trace in fan(found).data if trace.name}
    high_95, low_95, high_80, low_80 = fan(found).data[:4]
    assert list(drawn["Forecast"].y)[1:] == pytest.approx(found.ahead["value"].tolist())
    for low, high in ((low_95, high_95), (low_80, high_80)):
        assert (np.array(low.y) <= np.array(drawn["Forecast"].y) + 1e-9).all() and (
            np.array(high.y) >= np.array(drawn["Forecast"].y) - 1e-9
        ).all()
        assert low.fill == "tonexty" and low.y[0] == high.y[0] == found.history["value"].iloc[-1]
    assert "<i>" not in drawn["Stands out"].text[0]


def test_an_interval_far_above_all_else_does_not_press_the_picture_flat(found):
    assert pictures.reach(found.history, found.ahead) is None
    assert fan(found).layout.yaxis.range is None
    wide = replace(found, ahead=found.ahead.assign(hi_95=100 * found.ahead["hi_95"]))
    low, high = fan(wide).layout.yaxis.range
    assert (
        low == 0
        and high == pictures.reach(wide.history, wide.ahead) < 5 * found.history["value"].max()
    )


def test_the_back_test_is_one_entry_of_the_legend_however_many_days_it_was_asked_on(found):
    named = [trace for trace in fan(found).data if trace.name == "Back-test"]
    assert len(named) == found.backtest["cutoff"].nunique() > 1
    assert [trace.showlegend for trace in named].count(True) == 1


def test_the_baseline_is_marked_among_the_models(found):
    scores = found.accuracy.sort_values("mase", ignore_index=True)
    drawn = pictures.accuracy(scores, "en")
    base = float(scores.loc[scores["model"] == "seasonal_naive", "mase"].iloc[0])
    assert drawn.layout.shapes[0].x0 == drawn.layout.shapes[0].x1 == base
    assert [color.startswith("#E07B00") for color in drawn.data[0].marker.color] == scores[
        "chosen"
    ].tolist()


def test_a_season_that_is_none_has_no_panel():
    days = pd.date_range("2020-01-01", periods=40, freq="MS")
    short = decompose(pd.DataFrame({"date": days[:18], "value": [5.0, 9.0, 7.0] * 6})).parts
    long = decompose(
        pd.DataFrame({"date": days, "value": [float(10 + at % 12) for at in range(40)]})
    ).parts
    assert [
        trace.name for trace in pictures.decomposition(short, "en", measure="quantity").data
    ] == ["Actual", "Trend", "Remainder"]
    drawn = pictures.decomposition(long, "en", measure="quantity")
    assert len(drawn.data) == 4 and drawn.layout.xaxis3.title.text == "Date"


def test_the_axis_of_time_is_called_what_it_counts(found):
    assert fan(found, every="month").layout.xaxis.title.text == "Month"


@pytest.mark.parametrize("language", LANGUAGES)
def test_places_of_a_season_have_names(language):
    assert pictures.period_name(12, "month", language) == {"en": "Dec", "zh": "12月"}[language]
    assert pictures.period_name(1, "day", language) == {"en": "Mon", "zh": "周一"}[language]
    assert (
        pictures.model_name("theta_log", language)
        == {"en": "Theta, on logs", "zh": "Theta 法（对数）"}[language]
    )
