"""The value page: tables without money, length or orders; each tab, in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from crm_analysis.presentation.pictures import value as pictures
from crm_analysis.presentation.ui.keys import widget_key
from crm_analysis.wording import say
from crm_analysis.workspace import Workspace
from tests import apps
from tests.shops import workspaces_of


def _orders() -> pd.DataFrame:
    """150 customers over two years who order at their own rate."""
    rng = np.random.default_rng(0)
    rows = []
    for who in range(150):
        rate, day = rng.gamma(1.2, 0.02), rng.uniform(0, 200)
        end = min(700.0, day + rng.exponential(500))
        while day < end:
            rows.append(
                (
                    f"C{who:04d}",
                    f"{pd.Timestamp('2023-01-01') + pd.Timedelta(days=int(day)):%Y-%m-%d}",
                    round(20 + rng.gamma(2, 15), 2),
                )
            )
            day += rng.exponential(1 / rate) + 1
    return pd.DataFrame(rows, columns=["Customer ID", "Order Date", "Amount"])


def _contracts() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    held = rng.geometric(rng.beta(1.5, 12, 400)).clip(1, 40)
    seen = rng.integers(1, 41, 400)
    churned = np.where(held < seen, "Yes", "No")
    return pd.DataFrame(
        {
            "Customer ID": [f"C{n:04d}" for n in range(400)],
            "Tenure": np.minimum(held, seen),
            "MonthlyCharges": rng.normal(50, 8, 400).round(2),
            "Churn": churned,
        }
    )


TABLES = {
    "orders": _orders,
    "no money": lambda: _orders().drop(columns="Amount"),
    "one day": lambda: _orders().head(3).assign(**{"Order Date": "2023-01-01"}),
    "ten orders": lambda: _orders().head(10),
    "contracts": _contracts,
}


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A workspace for each of the tables."""
    with workspaces_of(tmp_path_factory, TABLES) as made:
        yield made


def opened(
    workspace: Workspace, language: str = "en", tab: str | None = None
) -> AppTest:
    """The page, at a tab."""
    state = (
        {widget_key("value", "tabs"): say(f"value.tab.{tab}", language)}
        if tab
        else {}
    )
    app = apps.opened("pages/understand/value.py", language, workspace.id, **state)
    assert not app.exception
    return app


def texts(app: AppTest) -> str:
    """What is said on the page."""
    return "\n".join(
        widget.value for widget in [*app.markdown, *app.warning, *app.caption]
    )


@pytest.mark.slow
def test_orders_say_what_they_are_worth_and_how_wrong_that_was(
    homes: dict[str, Workspace],
) -> None:
    app = opened(homes["orders"])
    assert "are worth" in texts(app) and "we would have been" in texts(app)
    assert len(app.metric) == 6 and not app.warning


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_the_tabs_say_can_be_put_into_the_report(
    homes: dict[str, Workspace], language: str
) -> None:
    app = opened(homes["orders"], language)
    said: list[str] = []
    for tab in ("tiers", "future", "scores", "cohorts", "movement"):
        said += apps.said_on(apps.on_tab("value", app, tab, language))
    results = (
        *("Tiers", "Scores", "Scores.rfm", "Value.ahead", "Value.people"),
        *("Cohorts.later", "Cohorts.payback", "Cohorts.lifetime"),
        *("ValueMovement.who", "BusinessState.overdue"),
    )
    shop = homes["orders"].id
    apps.is_said_in_the_report(said, shop, *results, language=language)


@pytest.mark.slow
def test_without_amounts_orders_are_expected_and_no_money_is_asked_about(
    homes: dict[str, Workspace],
) -> None:
    app = opened(homes["no money"], "zh")
    assert "预计下单" in texts(app) and not app.warning
    assert {widget.label for widget in app.slider}.isdisjoint(
        {
            say("value.knob.margin.label", "zh"),
            say("value.knob.discount.label", "zh"),
        }
    )


def test_orders_of_one_day_are_told_why_nothing_can_be_said(
    homes: dict[str, Workspace],
) -> None:
    assert [widget.value for widget in opened(homes["one day"]).warning] == [
        say("value.one_day", "en")
    ]


def test_a_few_orders_get_the_simple_estimate_and_are_told_so(
    homes: dict[str, Workspace],
) -> None:
    app = opened(homes["ten orders"])
    assert say("value.headline.none", "en") in texts(app)
    assert "simpler estimate" in texts(app)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_table_of_contracts_is_valued_by_renewals(
    homes: dict[str, Workspace], language: str
) -> None:
    app = opened(homes["contracts"], language)
    assert not app.warning
    assert say("value.figure.renewals", language) in [
        widget.label for widget in app.metric
    ]


OWN = {
    "tiers": "value.rfm.help",
    "future": "value.people.help",
    "trust": "value.checks.title",
    "scores": "value.knob.method.label",
    "drivers": "value.drivers.help",
    "cohorts": "value.knob.every.label",
    "movement": "value.knob.back_days.label",
}


@pytest.mark.slow
@pytest.mark.parametrize("tab", OWN)
@pytest.mark.parametrize(
    ("table", "language"), [("orders", "en"), ("no money", "zh")]
)
def test_every_tab_has_an_answer(
    homes: dict[str, Workspace], table: str, language: str, tab: str
) -> None:
    app = opened(homes[table], language, tab)
    assert len(app.dataframe) and not app.warning
    there = texts(app) + "\n".join(
        widget.label for widget in [*app.selectbox, *app.slider]
    )
    ranked_by_score = {"scores"} if (table, tab) == ("no money", "tiers") else set()
    assert {name for name, key in OWN.items() if say(key, language) in there} == {
        tab
    } | ranked_by_score


@pytest.mark.slow
def test_scores_by_pairs_say_whether_the_pairs_agree(
    homes: dict[str, Workspace],
) -> None:
    app = opened(homes["orders"], tab="scores")
    next(
        widget
        for widget in app.selectbox
        if widget.label == say("value.knob.method.label", "en")
    ).set_value("pairs").run()
    assert "agree with one another" in texts(app)
    pairs = [
        widget for widget in app.select_slider if "matters more" in widget.label
    ]
    assert len(pairs) == 3
    for pair, times in zip(pairs, (9, -9, 9), strict=True):
        pair.set_value(times)
    app.run()
    assert "contradict one another" in texts(app)


def test_why_the_expected_line_begins_anew_is_said(
    homes: dict[str, Workspace],
) -> None:
    assert say("value.headline.tracking", "en", expected="Expected").partition(",")[
        0
    ] in texts(opened(homes["orders"]))


def test_a_score_that_nobody_has_keeps_its_place() -> None:
    scored = pd.DataFrame(
        {"customer": list("abcd"), "r": [1, 5, 5, 2], "f": [1, 3, 5, 1]}
    )
    heat = pictures.rfm_heat(scored, "en").data[0]
    assert list(heat.x) == list("12345") and list(heat.y) == list("54321")
    assert (
        np.asarray(heat.z).sum() == 4
        and np.asarray(heat.z)[:, 1].sum() == 0
        and heat.z[0][2] == 1
    )


def test_what_was_expected_starts_again_from_what_had_come_by_the_cut() -> None:
    weekly = pd.DataFrame(
        {
            "date": pd.date_range("2024-01-07", periods=5, freq="7D"),
            "part": ["past"] * 3 + ["ahead"] * 2,
            "actual_cumulative": [10, 20, 30, 41, 50],
            "expected_cumulative": [5.0, 9.0, 14.0, 40.0, 51.0],
        }
    )
    actual, expected = pictures.holdout(SimpleNamespace(weekly=weekly), "en").data
    assert list(dict(zip(actual.x, actual.y, strict=True)).values()) == [
        10,
        20,
        30,
        41,
        50,
    ]
    assert np.array(expected.y).tolist()[:3] == [5, 9, 14] and np.isnan(
        expected.y[3]
    )
    assert (
        np.array(expected.y).tolist()[4:] == [30, 40, 51]
        and expected.x[4] == expected.x[2]
    )
