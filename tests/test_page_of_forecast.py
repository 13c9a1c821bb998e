"""The forecast page: every tab drawn, nothing fitted twice, decisions saved, honest answers."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from crm_analysis import ForecastOptions, demand, forecast, intake
from crm_analysis.analyses.forecast.planning.scoring import forecast_to_keep
from crm_analysis.analyses.forecast.result import Forecast
from crm_analysis.analyses.forecast.verdicts import against_naive
from crm_analysis.presentation.ui.forecast import forecasting
from crm_analysis.wording import LANGUAGES, say, write_number
from crm_analysis.workspace import new_workspace, open_workspace
from tests import apps
from tests.apps import opened, settled
from tests.shops import shops

PAGE = "pages/predict/forecast.py"
JAM = "<b>*jam*</b>"
CHARTS = {
    "ahead": 1,
    "accuracy": 4,
    "anomalies": 2,
    "inventory": 1,
    "planning": 1,
    "export": 0,
}  # of each tab, at least


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A home of workspaces, with the orders of the sample shop loaded in either language."""
    with shops(tmp_path_factory, 0) as workspaces:
        yield workspaces


@pytest.fixture
def forecasts(monkeypatch: pytest.MonkeyPatch) -> list[ForecastOptions]:
    """The options of every forecast the page makes, in order."""
    options: list[ForecastOptions] = []
    real = forecasting.analyses.forecast

    def counting(
        demand: pd.DataFrame, given: ForecastOptions, **rest: Any
    ) -> Forecast:
        options.append(given)
        return real(demand, given, **rest)

    monkeypatch.setattr(forecasting.analyses, "forecast", counting)
    return options


def loaded(frame: pd.DataFrame, name: str = "sales.csv") -> str:
    """A workspace with this table in it."""
    shop = new_workspace("shop")
    content = io.BytesIO(frame.to_csv(index=False).encode())
    intake.take_in(shop, [shop.keep_file(content, name)])
    return shop.id


def orders(
    months: int = 30,
    names: tuple[str, ...] = ("tea", "milk", JAM),
    seed: int = 0,
) -> pd.DataFrame:
    """Order lines with a season: some of each product on four days of each month."""
    random = np.random.default_rng(seed)
    rows: list[dict[str, Any]] = []
    for number, month in enumerate(
        pd.date_range("2022-01-01", periods=months, freq="MS")
    ):
        season = 20 + 8 * np.sin(number / 6 * np.pi)
        for size, name in enumerate(names, start=1):
            for day in (0, 9, 18, 27):
                row = {
                    "order_id": f"O{len(rows)}",
                    "customer_id": f"C{len(rows) % 17}",
                    "date": (month + pd.Timedelta(days=day)).date().isoformat(),
                    "product": name,
                    "quantity": max(1, round(size * season + random.normal(0, 2))),
                    "unit_price": 2.5,
                }
                rows.append(row)
    return pd.DataFrame(rows)


def series(values: list[float], name: str | None = None) -> pd.DataFrame:
    """A ready table of months."""
    months = pd.date_range("2020-01-01", periods=len(values), freq="MS")
    frame = pd.DataFrame({"date": months.strftime("%Y-%m-%d"), "value": values})
    return frame if name is None else frame.assign(store=name)


@pytest.fixture(scope="module")
def small(home: dict[str, str]) -> str:
    """A workspace with thirty months of three products.

    What a test decides there it takes back, or no other looks at.
    """
    return loaded(orders())


on_tab = partial(apps.on_tab, "forecast")


def headlines(app: AppTest) -> list[str]:
    """The sentences above the tab's pictures."""
    return [text.value for text in app.markdown if text.value.startswith("#### ")]


def headline(app: AppTest, word: str = "") -> str:
    """The first of them that has a word."""
    return next(text for text in headlines(app) if word in text)


def figure(app: AppTest, name: str, language: str = "en") -> float:
    """A figure by its label."""
    label = say(name, language)
    value = next(metric.value for metric in app.metric if metric.label == label)
    thousands = 1_000 if value.endswith("K") else 1
    return thousands * float(value.removesuffix("K").replace(",", ""))


def table(app: AppTest, *columns: str) -> pd.DataFrame:
    """The first table on the page that has these columns."""
    tables = (frame.value for frame in app.dataframe)
    return next(frame for frame in tables if set(columns) <= set(frame.columns))


def click(app: AppTest, key: str) -> AppTest:
    """The page after a button was pressed."""
    next(button for button in app.button if button.key == key).click().run()
    return settled(app)


def has_button(app: AppTest, key: str) -> bool:
    """Whether a button is there."""
    return any(button.key == key for button in app.button)


def chosen(app: AppTest, key: str, value: object) -> AppTest:
    """The page after something was chosen in a select box."""
    app.selectbox(key=key).set_value(value).run()
    return settled(app)


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_tab_shows_the_sample_shop(
    home: dict[str, str], language: str, forecasts: list[ForecastOptions]
) -> None:
    app = opened(PAGE, language, home[language])
    said: list[str] = []
    for tab, charts in CHARTS.items():
        said += apps.said_on(on_tab(app, tab, language))
        assert not app.exception, tab
        assert not app.warning, tab
        assert len(app.get("plotly_chart")) >= charts, tab
        assert headlines(app), tab
    results = ("Forecast", "Forecast.accuracy")
    apps.is_said_in_the_report(said, home[language], *results, language=language)
    # Six tabs, one forecast, and one of the product that is ordered.
    assert len(forecasts) == 2
    assert forecasts[0] == forecasts[1]


def test_the_first_view_says_direction_size_and_certainty(
    home: dict[str, str],
) -> None:
    app = opened(PAGE, "en", home["en"])
    figures = [
        figure(app, f"forecast.figure.{name}") for name in ("low", "total", "high")
    ]
    assert figures == sorted(set(figures))
    assert "next 12 months" in headline(app)
    for value in figures:
        assert write_number(value, "short") in headline(app)
    assert figure(app, "forecast.figure.mase") > 0


def test_another_horizon_asks_for_another_forecast_and_the_same_one_does_not(
    home: dict[str, str], forecasts: list[ForecastOptions]
) -> None:
    app = opened(PAGE, "en", home["en"])
    app.slider(key="forecast.horizon.month").set_value(3).run()
    assert "next 3 months" in headline(settled(app))
    app.slider(key="forecast.horizon.month").set_value(12).run()
    assert "next 12 months" in headline(settled(app))
    # Whether or not the first one was asked for by another test before.
    assert [options.horizon for options in forecasts] in ([3], [12, 3])


def test_assumptions_are_arithmetic(
    home: dict[str, str], forecasts: list[ForecastOptions]
) -> None:
    app = on_tab(opened(PAGE, "en", home["en"]), "planning")
    before = len(forecasts)
    app.slider(key="forecast.growth").set_value(10).run()
    app.slider(key="forecast.price").set_value(20).run()
    assert len(forecasts) == before
    # 1.1 × 1.2 ** −1 = 0.9167
    assert "8.3% less" in headline(app)
    assert any("elasticity of -1.0" in text.value for text in app.markdown)
    apps.is_said_in_the_report(apps.said_on(app), home["en"], "Scenario")


@pytest.mark.slow
def test_parts_and_total_agree_when_asked_to(home: dict[str, str]) -> None:
    app = chosen(
        opened(PAGE, "en", home["en"]), "forecast.DemandOptions.by", "category"
    )
    everything = say("forecast.series.all", "en")
    rows = table(app, "series", "total_ahead")
    parts = rows[rows["series"] != everything]
    assert len(parts) == len(rows) - 1 == 8
    for method in ("bottom_up", "mint"):
        switch = next(
            group for group in app.button_group if group.key == "forecast.reconcile"
        )
        switch.set_value(method).run()
        rows = table(settled(app), "series", "total_ahead").set_index("series")[
            "total_ahead"
        ]
        whole = rows.pop(everything)
        assert rows.sum() == pytest.approx(
            whole, abs=len(rows)
        )  # the table is rounded
        # The tile has three digits.
        assert figure(app, "forecast.figure.total") == pytest.approx(
            whole, rel=5e-3
        )


@pytest.mark.slow
def test_the_largest_stand_alone_and_the_rest_is_one(
    home: dict[str, str],
) -> None:
    app = chosen(
        opened(PAGE, "en", home["en"]), "forecast.DemandOptions.by", "category"
    )
    app.slider(key="forecast.largest.category").set_value(3).run()
    names = list(table(settled(app), "series", "total_ahead")["series"])
    assert len(names) == 5
    assert names[0] == say("forecast.series.all", "en")
    assert names[-1] == say("forecast.series.rest", "en")
    second = app.selectbox(key="forecast.shown").options[1]
    app.selectbox(key="forecast.shown").set_value(second).run()
    assert names[1] in app.selectbox(key="forecast.shown").options
    app.multiselect(key="forecast.only.category.").set_value(names[1:3]).run()
    assert (
        list(table(settled(app), "series", "total_ahead")["series"])[1:]
        == names[1:3]
    )


@pytest.mark.slow
def test_a_value_set_by_hand_changes_the_plan_and_is_saved(
    small: str, forecasts: list[ForecastOptions]
) -> None:
    app = on_tab(opened(PAGE, "en", small), "planning")
    before = len(forecasts)
    app.number_input(key="forecast.override_value").set_value(4000.0)
    app.text_input(key="forecast.override_note").set_value("fair in town")
    click(app, "forecast.save_override")
    assert len(forecasts) == before
    records = (
        open_workspace(small).saved("forecast-overrides")[0].payload["records"]
    )
    assert [(row["value"], row["note"]) for row in records] == [
        (4000.0, "fair in town")
    ]

    again = opened(PAGE, "en", small)
    assert any("1 period is set by hand" in text.value for text in again.caption)
    long = table(on_tab(again, "export"), "series", "date", "note")
    assert list(long.loc[long["note"] == "fair in town", "value"]) == [4000]
    click(on_tab(again, "planning"), "forecast.overrides_back")
    assert not open_workspace(small).saved("forecast-overrides")


@pytest.mark.slow
def test_what_stands_out_can_be_left_out_and_taken_in_again(
    home: dict[str, str], forecasts: list[ForecastOptions]
) -> None:
    frame = orders()
    august = (frame["date"].str[:7] == "2023-08") & (frame["product"] == "tea")
    frame.loc[august, "quantity"] += 3000
    workspace = loaded(frame)
    app = on_tab(opened(PAGE, "en", workspace), "anomalies")
    assert "1 period stands out" in headline(app, "out here")
    assert any(str(one.key).startswith("star.Anomalies.") for one in app.button)
    click(app, "forecast.leave_all_out")
    assert ("all", "2023-08-01") in forecasts[-1].left_out
    click(app, "forecast.take_all_in")
    left_out = open_workspace(workspace).settings["forecast-left_out"]
    assert left_out == {"quantity/month/all/": []}
    assert not has_button(app, "forecast.take_all_in")


@pytest.mark.slow
def test_holidays_are_chosen_for_the_workspace(
    small: str, forecasts: list[ForecastOptions]
) -> None:
    app = on_tab(opened(PAGE, "en", small), "anomalies")
    chosen(app, "forecast.country", "CN")
    assert forecasts[-1].country == "CN"
    assert "Chinese New Year" in " ".join(table(app, "date", "holiday")["holiday"])
    assert open_workspace(small).settings["forecast-country"] == "CN"
    again = on_tab(opened(PAGE, "en", small), "anomalies")
    assert again.selectbox(key="forecast.country").value == "CN"
    again.selectbox(key="forecast.country").set_value("").run()
    assert open_workspace(small).settings["forecast-country"] == ""


@pytest.mark.slow
def test_stock_makes_an_order_out_of_a_level(small: str) -> None:
    app = on_tab(opened(PAGE, "en", small), "inventory")
    # Of everything, the product of which most is wanted.
    product = app.selectbox(key="forecast.order_of")
    assert product.value == JAM
    assert product.options == [JAM, "milk", "tea"]
    assert "order when stock falls to" in headline(app)
    assert "jam" in headline(app)
    level = figure(app, "forecast.inventory.order_up_to")
    stock = pd.DataFrame(
        {
            "series": [JAM],
            "on_hand": [level - 30.0],
            "on_order": [0.0],
            "pack": [24.0],
            "minimum": [0.0],
            "cost": [np.nan],
        }
    )
    open_workspace(small).save("forecast-stock", "product", {}, {"stock": stock})
    app = on_tab(opened(PAGE, "en", small), "inventory")
    assert "order 48 now" in headline(app)  # thirty short, in packs of 24
    assert figure(app, "forecast.inventory.order") == 48
    assert any("Replenishment" in str(button.key) for button in app.button)
    week = settled(opened("pages/start/overview.py", "en", small))
    cards = [text.value for text in week.markdown if "Order 48 units" in text.value]
    assert len(cards) == 1 and "jam" in cards[0]
    missed = [
        text.value
        for text in week.markdown
        if "expected to be missed" in text.value
    ]
    assert len(missed) == 1 and "of sales" in missed[0]


@pytest.mark.slow
def test_nothing_is_ordered_before_the_stock_is_known_and_no_half_pieces(
    home: dict[str, str],
) -> None:
    app = on_tab(opened(PAGE, "en", loaded(orders(seed=3))), "inventory")
    order = say("forecast.inventory.order", "en")
    assert order not in [metric.label for metric in app.metric]
    levels = table(app, "reorder_point", "order_up_to")
    assert not {"order", "packs"} & set(levels.columns)
    assert figure(app, "forecast.inventory.safety_stock") % 1 == 0
    assert (levels["safety_stock"] % 1 == 0).all()
    before = figure(app, "forecast.inventory.order_up_to")
    chosen(app, "forecast.order_of", "tea")
    assert figure(app, "forecast.inventory.order_up_to") < before
    assert "tea" in headline(app)


@pytest.mark.slow
def test_a_ready_series_is_ordered_as_it_is(home: dict[str, str]) -> None:
    workspace = loaded(series([50.0 + month % 7 for month in range(40)]))
    app = on_tab(opened(PAGE, "en", workspace), "inventory")
    assert "forecast.order_of" not in [box.key for box in app.selectbox]
    assert "order when stock falls to" in headline(app)


def test_a_forecast_that_was_worse_than_repeating_says_so_at_once(
    home: dict[str, str],
) -> None:
    random = np.random.default_rng(0)
    walk = (1000 + np.cumsum(random.normal(0, 40, 30))).round().tolist()
    app = opened(PAGE, "en", loaded(series(walk)))
    own = forecast(series(walk), ForecastOptions(horizon=12)).series.iloc[0]
    tested = against_naive(own.to_dict())
    assert tested is not None
    sentence = say(
        f"forecast.tested.{tested.kind}",
        "en",
        share=tested.share,
        again=tested.repeated,
    )
    drawn = {"worse": app.warning, "unseen": app.info}
    shown = drawn.get(tested.kind, app.caption)
    assert sentence in [text.value for text in shown]
    assert all(
        not metric.delta for metric in app.metric
    )  # no bare share that says not of what


def test_the_last_forecast_is_scored_when_the_actuals_have_come(
    small: str,
) -> None:
    frame = orders()
    lines = frame.assign(date=pd.to_datetime(frame["date"]))
    then = demand(lines[lines["date"] < "2024-03-01"])
    options = ForecastOptions(horizon=6, model="seasonal_naive")
    saved = forecast_to_keep(forecast(then, options))
    details = {
        "place": "quantity/month/all/",
        "made": "2024-02-01",
        "horizon": 6,
    }
    open_workspace(small).save("forecast-kept", "then", details, {"kept": saved})
    app = on_tab(opened(PAGE, "en", small), "planning")
    assert "4 periods have come" in headline(app, "have come")
    scored = table(app, "actual", "naive")
    assert len(scored) == 4
    assert scored["value"].tolist() == scored["naive"].tolist()
    apps.is_said_in_the_report(apps.said_on(app), small, "ForecastScore")


@pytest.mark.slow
def test_a_hand_set_arima_is_shown_with_what_it_leaves(
    small: str, forecasts: list[ForecastOptions]
) -> None:
    app = chosen(
        opened(PAGE, "en", small), "forecast.ForecastOptions.model", "arima"
    )
    app.slider(key="forecast.arima.ForecastOptions.p").set_value(1).run()
    settled(app)
    assert (forecasts[-1].model, forecasts[-1].p, forecasts[-1].d) == (
        "arima",
        1,
        1,
    )
    app = on_tab(app, "accuracy")
    assert not app.exception
    assert {"parameter", "estimate", "standard_error"} <= set(
        table(app, "parameter").columns
    )
    assert say("forecast.arima.aicc", "en") in [
        metric.label for metric in app.metric
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([5.0, 7.0], "of history"),
        ([0.0] * 20, "Nothing was ever sold"),
        ([8.0] * 20, "always the same"),
    ],
)
def test_odd_histories_get_an_honest_answer_on_every_tab(
    home: dict[str, str], values: list[float], words: str
) -> None:
    app = opened(PAGE, "en", loaded(series(values)))
    assert words in headline(app)
    for tab in CHARTS:
        on_tab(app, tab)
        assert not app.exception, tab


def test_a_guess_too_wide_to_tell_a_direction_is_not_called_steady(
    home: dict[str, str],
) -> None:
    steady = [400.0 - 40 * (month % 2) for month in range(20)]
    falling = [230.0, 130.0, 110.0, 80.0, 75.0, 60.0, 50.0, 48.0]
    app = opened(PAGE, "en", loaded(series(steady + falling)))
    assert not app.exception
    assert "cannot be told yet" in headline(app)
    assert "stays about" not in headline(app)
    assert any("goes on above the picture" in text.value for text in app.caption)


@pytest.mark.slow
def test_a_ready_table_of_several_stores_is_taken_as_it_is(
    home: dict[str, str],
) -> None:
    random = np.random.default_rng(1)
    means = {"north": 60.0, "=south": 30.0}
    stores = [
        series(random.poisson(mean, 20).astype(float).tolist(), name)
        for name, mean in means.items()
    ]
    app = opened(PAGE, "en", loaded(pd.concat(stores)))
    assert not app.exception
    names = list(table(app, "series", "total_ahead")["series"])
    assert names == [say("forecast.series.all", "en"), "north", "=south"]


@pytest.mark.slow
def test_names_from_a_file_are_shown_as_they_stand(small: str) -> None:
    app = chosen(opened(PAGE, "en", small), "forecast.DemandOptions.by", "product")
    app.selectbox(key="forecast.shown").set_value(JAM).run()
    app = on_tab(app, "planning")
    assert not app.exception
    assert "\\*jam\\*" in headline(app)
    assert "<b>" not in headline(app).replace("\\<b\\>", "")


def test_lines_without_dates_or_figures_say_what_is_missing(
    home: dict[str, str],
) -> None:
    frame = pd.DataFrame(
        {"order": ["a", "a", "b"], "product": ["tea", "jam", "tea"]}
    )
    app = opened(PAGE, "en", loaded(frame))
    assert not app.exception
    assert app.warning


def test_of_two_tables_the_one_with_the_columns_is_looked_at_first() -> None:
    made = new_workspace("both")
    lines = "order,product\n" + "".join(
        f"{n},{p}\n" for n in range(60) for p in "ab"
    )
    months = pd.date_range("2022-01-01", periods=36, freq="MS")
    figures = "date,value\n" + "".join(
        f"{m:%Y-%m-%d},{100 + m.month}\n" for m in months
    )
    for name, text in {"orders": lines, "sales": figures}.items():
        intake.take_in(made, [made.keep_file(text.encode(), f"{name}.csv")])
    app = opened(PAGE, "en", made.id)
    assert app.session_state["forecast.source"] == "series"
    assert not app.exception and headline(app)
