"""The tabs of the page of the plan: what if, methods, brands, read back, service; odd tables."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from crm_analysis import privacy
from crm_analysis.analyses.strategy import response_curves
from crm_analysis.errors import AnalysisError
from crm_analysis.presentation.ui.strategy.kept_plans import read_list
from crm_analysis.units import Units, units_in
from crm_analysis.wording import LANGUAGES, Language, say, title_of
from crm_analysis.workspace import Workspace
from tests import apps
from tests.apps import opened, settled
from tests.shops import workspaces_of

PAGE = "pages/act/strategy.py"
DAYS = 240
ACTIONS = [
    ["call", "Phone", 2.0, 0.02, 0.1, None, None, 30.0, 2.0, None],
    ["mail", "Email", 0.1, 0.001, 0.02, None, None, None, 1.0, None],
]


def orders() -> pd.DataFrame:
    """Eighty customers who buy at days of their own; a third has left."""
    rng = np.random.default_rng(0)
    rows = []
    for number in range(80):
        gap, last = 8 + number % 30, DAYS if number % 3 else DAYS // 2
        for day in range(number % 20, last, gap):
            rows.append(
                (
                    f"C{number:03}",
                    f"O{number}-{day}",
                    pd.Timestamp("2024-01-01") + pd.Timedelta(days=day),
                    ("Tea", "Coffee", "Cups")[(number + day) % 3],
                    round(float(rng.gamma(2, 20)), 2),
                )
            )
    columns = ["customer", "order", "date", "category", "amount"]
    return pd.DataFrame(rows, columns=columns).assign(
        date=lambda table: table["date"].dt.strftime("%Y-%m-%d")
    )


def one_customer() -> pd.DataFrame:
    """One customer's orders, without anything that could be a brand."""
    return orders().query("customer == 'C001'").drop(columns="category")


def people() -> pd.DataFrame:
    """Customers without orders: nothing says what they are worth, or who leaves."""
    return pd.DataFrame(
        {
            "customer": [f"C{number:03}" for number in range(40)],
            "city": ["North", "South"] * 20,
        }
    )


def nobody() -> pd.DataFrame:
    """Rows in which the customer is missing."""
    return people().assign(customer="")


TABLES = {
    "shop": orders,
    "one": one_customer,
    "people": people,
    "nobody": nobody,
}
on_tab = partial(apps.on_tab, "strategy")


@pytest.fixture(scope="module")
def small(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[dict[str, Workspace]]:
    with workspaces_of(tmp_path_factory, TABLES) as made:
        made["shop"].settings["settings.strategy"] = {"strategy.actions": ACTIONS}
        yield made


def headings(app: AppTest) -> list[str]:
    return [str(text.value) for text in app.markdown if text.value.startswith("#")]


def chosen(app: AppTest, key: str, value: Any) -> AppTest:
    app.session_state[key] = value
    return settled(app.run())


def shown(app: AppTest, column: str) -> pd.DataFrame:
    """The last table that has a column."""
    tables = [one.value for one in app.dataframe if column in one.value.columns]
    return tables[-1]


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_point_of_the_front_changes_the_list(
    small: dict[str, Workspace], language: Language
) -> None:
    app = opened(PAGE, language, small["shop"].id)
    on_tab(app, "what_if", language)
    assert not app.exception and not app.warning
    (slider,) = [one for one in app.select_slider if ".point." in str(one.key)]
    before = shown(app, "arm")["action"].value_counts()
    settled(slider.set_value(1).run())
    assert shown(app, "arm")["action"].value_counts().tolist() != before.tolist()
    aims = ["profit", "reach", "fatigue"]
    chosen(app, "strategy.what_if.aims.profit", aims)
    chosen(app, "strategy.what_if.beside", ["nsga2", "spea2"])
    begins = say("strategy.methods.exact", language, seconds=0.0)[:5]
    (said,) = [
        str(text.value) for text in app.markdown if text.value.startswith(begins)
    ]
    assert not app.exception and "SPEA2" in said and "NSGA-II" in said


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_methods_shares_and_cells_say_how_they_compare(
    small: dict[str, Workspace], language: Language
) -> None:
    app = opened(PAGE, language, small["shop"].id)
    on_tab(app, "methods", language)
    table = shown(app, "gap").set_index("method")
    exact = say("strategy.method.exact", language)
    exact = exact[:1].upper() + exact[1:]
    assert table.loc[exact, "gap"] == 0 and len(table) == 8
    chosen(app, "strategy.methods.part", "shares")
    assert set(shown(app, "spend")["channel"]) == {"Phone", "Email"}
    assert len(shown(app, "runs")) == 4
    chosen(app, "strategy.methods.part", "cells")
    assert shown(app, "best")["best"].tolist() == [0.5, 0.5]
    assert not app.exception and not app.warning
    workspace = small["shop"].id
    said = apps.said_on(app)
    apps.is_said_in_the_report(said, workspace, "CellShares", language=language)


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_brands_and_service_levels_are_said(
    small: dict[str, Workspace], language: Language
) -> None:
    app = opened(PAGE, language, small["shop"].id)
    on_tab(app, "brands", language)
    assert set(shown(app, "sole")["brand"]) == {"Tea", "Coffee", "Cups"}
    assert any(str(one.key).startswith("star.BrandModel.") for one in app.button)
    on_tab(app, "service", language)
    assert not app.exception
    levels = shown(app, "level")
    assert say("strategy.service.level.standard", language) in set(levels["level"])


@pytest.mark.slow
def test_a_plan_set_down_is_read_back_when_later_orders_are_loaded(
    small: dict[str, Workspace],
) -> None:
    shop = small["shop"]
    app = on_tab(opened(PAGE, "en", shop.id), "read_back")
    assert say("strategy.read_back.page.none") in [one.value for one in app.info]
    names = [f"C{number:03}" for number in range(80)]
    plan = pd.DataFrame({"customer": names, "action": "call", "cost": 1.0})
    arm = ["treated", "treated", "treated", "holdout"] * 20
    plan = plan.assign(profit=2.0, arm=arm)
    begun = {"first": "2024-06-01", "later": "2024-08-15", "future": "2030-01-01"}
    for name, date in begun.items():
        facts = {"date": date, "margin": 0.3, "horizon": 30}
        shop.save("plan", name, facts, {"chosen": plan})
    settled(app.run())
    assert "2030" in app.warning[0].value
    chosen(app, "strategy.read_back.plan", "later")
    assert ":gray[" in headings(app)[0]
    chosen(app, "strategy.read_back.plan", "first")
    assert not app.warning and ":gray[" not in headings(app)[0]
    row = shown(app, "verdict").iloc[0]
    assert (row["treated"], row["holdout"], row["promised"]) == (60, 20, 120.0)
    apps.is_said_in_the_report(apps.said_on(app), shop.id, "ReadBack")
    question = shop.settings["report_asked"]["ReadBack"]
    for name in begun:
        shop.forget("plan", name)
    shop.settings["report_findings"] = [
        {"result": "ReadBack", "question": question}
    ]
    report = opened("pages/act/report.py", "en", shop.id)
    del shop.settings["report_findings"]
    assert [one.value for one in report.warning] == [say("report.page.gone", "en")]


@pytest.mark.slow
def test_tables_that_say_little_get_a_sentence(small: dict[str, Workspace]) -> None:
    app = opened(PAGE, "en", small["people"].id)
    for tab in ("what_if", "methods", "brands", "read_back", "service"):
        on_tab(app, tab)
        assert not app.exception, tab
        assert app.warning or app.info or headings(app), tab
    on_tab(app, "service")
    assert app.warning[0].value == say("strategy.no_value", column="value")


@pytest.mark.slow
def test_a_table_without_any_customer_is_said(small: dict[str, Workspace]) -> None:
    app = opened(PAGE, "en", small["nobody"].id)
    assert not app.exception
    assert say("customers.no_customers") in [one.value for one in app.warning]


@pytest.mark.slow
def test_one_customer_without_brands_is_said(small: dict[str, Workspace]) -> None:
    app = opened(PAGE, "en", small["one"].id)
    for tab in ("what_if", "service", "methods", "brands", "read_back"):
        on_tab(app, tab)
        assert not app.exception, tab
        if tab == "brands":
            missing = say("data.missing_role", role="product")
            assert missing in [one.value for one in app.warning]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("unit", [None, "EUR", "CNY"])
def test_a_downloaded_list_is_read_in_every_language(
    language: Language, unit: str | None
) -> None:
    plan = pd.DataFrame(
        {
            "customer": ["007", "008"],
            "action": ["call", "mail, twice"],
            "profit": [12.5, 1234.0],
            "cost": [1.0, 2.0],
            "arm": ["treated", "holdout"],
        }
    )
    arms = [say(f"strategy.arm.{arm}", language) for arm in plan["arm"]]
    with units_in(Units(money=unit)):
        titles = {
            name: title_of(name, language, "strategy.column.{}", "roles.{}")
            for name in plan.columns
        }
    file = privacy.to_csv(plan.assign(arm=arms).rename(columns=titles))
    read = read_list(file, "list.csv")
    pd.testing.assert_frame_equal(
        read[list(plan.columns)].astype({"customer": object}),
        plan,
        check_dtype=False,
    )


def test_a_file_that_is_no_list_says_what_it_lacks() -> None:
    with pytest.raises(AnalysisError) as problem:
        read_list(b"customer,amount\na,1\nb,2\n", "orders.csv")
    assert problem.value.key == "strategy.no_plan"


def test_curves_bring_what_the_options_do() -> None:
    options = pd.DataFrame(
        {
            "customer": list("abcd"),
            "action": "call",
            "profit": [60.0, 20.0, 10.0, -5.0],
            "cost": [10.0, 10.0, 20.0, 9.0],
            "segment": ["x", "x", "x", "y"],
        }
    )
    curve = response_curves(options, "segment")
    assert curve["segment"].tolist() == ["x"]  # nothing pays in the other
    a, b = curve.loc[0, ["a", "b"]].astype(float)
    for spent, brought in ((20.0, 100.0), (40.0, 130.0)):
        assert a * -np.expm1(-b * spent) == pytest.approx(brought)
    with pytest.raises(AnalysisError):
        response_curves(options.drop(columns="segment"), "segment")
