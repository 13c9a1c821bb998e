"""The page of the plan: every tab in both languages, and what each kind of table allows."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from crm_analysis.wording import LANGUAGES, Language, say
from crm_analysis.workspace import Workspace
from tests import apps
from tests.apps import opened
from tests.scripts import run_script
from tests.shops import shops, workspaces_of

PAGE = "pages/act/strategy.py"
CHARTS = {
    "todo": 1,
    "worth": 2,
    "limits": 1,
    "what_if": 1,
    "customer": 2,
    "left_out": 2,
    "service": 1,
    "methods": 1,
    "brands": 1,
    "read_back": 0,
}
ACTIONS, AMOUNTS = "strategy.actions", "strategy.amounts"
BUDGET = "strategy.budget"
MAIL = ["Mail", "Email", 1.0, 0.02, 0.06]
CALL = ["Call", "Phone", 4.0, 0.05, 0.15]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with shops(tmp_path_factory) as made:
        yield made


def people() -> pd.DataFrame:
    """Customers with what they are worth and where they live, and nothing else."""
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "Customer ID": [f"C{number:03d}" for number in range(80)],
            "Region": rng.choice(["North", "South"], 80, p=[0.7, 0.3]),
            "Yearly Value": rng.gamma(2.0, 100.0, 80).round(2),
        }
    )


def arms() -> pd.DataFrame:
    """A campaign as it is often filed: a row a customer without a name, arm and outcome."""
    rng = np.random.default_rng(0)
    arm = rng.choice(["Mens E-Mail", "Womens E-Mail", "No E-Mail"], 900)
    lift = np.select([arm == "Mens E-Mail", arm == "Womens E-Mail"], [0.2, 0.1], 0)
    bought = (rng.random(900) < 0.1 + lift).astype(int)
    return pd.DataFrame(
        {
            "history": rng.gamma(2.0, 100.0, 900).round(2),
            "region": rng.choice(["North", "South"], 900),
            "arm": arm,
            "conversion": bought,
            "spend": (bought * rng.gamma(2.0, 30.0, 900)).round(2),
        }
    )


def one_customer() -> pd.DataFrame:
    days = pd.date_range("2024-01-01", periods=5, freq="30D").strftime("%Y-%m-%d")
    return pd.DataFrame(
        {
            "Customer ID": "C1",
            "Order ID": [f"O{number}" for number in range(5)],
            "Order Date": days,
            "Product": "Tea",
            "Amount": 10.0,
        }
    )


def two_currencies() -> pd.DataFrame:
    return pd.concat(
        [
            one_customer().assign(Currency="EUR"),
            one_customer().assign(Currency="USD", **{"Customer ID": "C2"}),
        ]
    )


@pytest.fixture(scope="module")
def small(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[dict[str, Workspace]]:
    tables = {
        "people": people,
        "arms": arms,
        "one_customer": one_customer,
        "two_currencies": two_currencies,
    }
    with workspaces_of(tmp_path_factory, tables) as made:
        yield made


on_tab = partial(apps.on_tab, "strategy")


def with_settings(shop: Workspace, **settings: Any) -> AppTest:
    """The page of a shop in which these settings were chosen before."""
    kept = {ACTIONS: [MAIL, CALL]} | {
        f"strategy.{name}": value for name, value in settings.items()
    }
    shop.settings["settings.strategy"] = kept
    app = opened(PAGE, "en", shop.id)
    assert not app.exception
    return app


def texts(app: AppTest) -> str:
    written = [*app.markdown, *app.caption, *app.warning, *app.info]
    figures = [f"{one.label} {one.value}" for one in app.metric]
    return "\n".join([*(element.value for element in written), *figures])


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_tab_shows_the_sample_shop(
    home: dict[str, str], language: Language
) -> None:
    app = opened(PAGE, language, home[language])
    said = apps.every_tab_stands(app, "strategy", CHARTS, language)
    shop = home[language]
    apps.is_said_in_the_report(said, shop, "Plan.worth", language=language)


@pytest.mark.slow
def test_assumed_effects_are_named_on_every_tab_that_rests_on_them(
    small: dict[str, Workspace],
) -> None:
    app = with_settings(small["people"])
    named = say("strategy.source_of.assumed", actions=["Call", "Mail"])
    lacking = {"service": "service.no_risk", "brands": "brands.page.no_orders"}
    for tab in CHARTS:
        on_tab(app, tab)
        assert not app.exception, tab
        asked = [say(f"strategy.{lacking[tab]}")] if tab in lacking else []
        assert [warning.value for warning in app.warning] == asked, tab
        if tab not in ("service", "brands", "read_back"):
            assert named in texts(app), tab
    on_tab(app, "worth")
    assert say("strategy.worth.tests") in texts(app)
    assert "pays; a test of" in texts(app)


@pytest.mark.slow
def test_arms_of_customers_say_what_the_actions_change(
    small: dict[str, Workspace], tmp_path: Path
) -> None:
    app = opened(PAGE, "en", small["arms"].id)
    assert not app.exception and not app.warning
    actions = ["Mens E-Mail", "Womens E-Mail"]
    assert say("strategy.source_of.measured", actions=actions) in texts(app)
    boxes = {box.label: box for box in app.selectbox}
    assert boxes[say("strategy.knob.outcome.label")].value == "conversion"
    # What came after the contact says nothing of what a customer is worth.
    assert boxes[say("strategy.knob.value.label")].options == ["history"]
    arms().to_csv(tmp_path / "arms.csv", index=False)
    with contextlib.chdir(tmp_path):
        plan = run_script(app.code[-1].value, tmp_path)["plan"]
    shown = next(
        table.value for table in app.dataframe if "profit" in table.value.columns
    )
    assert shown["customer"].tolist() == plan.chosen["customer"].tolist()


@pytest.mark.slow
def test_without_effects_there_are_costs_and_reach_and_no_profit_at_all(
    small: dict[str, Workspace],
) -> None:
    plain = [["Mail", "Email", 1.0], ["Call", "Phone", 4.0]]
    app = with_settings(small["people"], actions=plain)
    assert "no profit is promised" in texts(app)
    for tab in CHARTS:
        on_tab(app, tab)
        assert not app.exception, tab
        assert not re.search(r"(bring|brings|promises) [-\d]", texts(app)), tab
        assert say("strategy.figure.promised") not in texts(app), tab
        for table in app.dataframe:
            assert not {"profit", "own_profit", "per_customer"} & set(
                table.value
            ), tab


@pytest.mark.slow
def test_the_python_of_the_page_makes_its_plan(
    small: dict[str, Workspace], tmp_path: Path
) -> None:
    app = with_settings(small["people"])
    people().to_csv(tmp_path / "people.csv", index=False)
    with contextlib.chdir(tmp_path):
        plan = run_script(app.code[-1].value, tmp_path)["plan"]
    shown = next(
        table.value for table in app.dataframe if "profit" in table.value.columns
    )
    assert shown["customer"].tolist() == plan.chosen["customer"].tolist()
    assert shown["profit"].tolist() == plan.chosen["profit"].round(2).tolist()


SAID = {
    "budget_0": ({"budget": 0.0}, "nobody is contacted"),
    "capacity_0": (
        {"amounts": [["channel", "Email", 0.0], ["channel", "Phone", 0.0]]},
        "A capacity of 0 rules out",
    ),
    "no_cost": (
        {"actions": [["Mail", "Email", None]]},
        "is not a number it can be",
    ),
    "no_action": ({"actions": []}, "There is no action in the catalogue"),
    "two_alike": ({"actions": [MAIL, MAIL]}, "two have the same"),
    "over_one": ({"actions": [[*MAIL[:3], 0.5, 1.5]]}, "impossible"),
    "turned": ({"actions": [[*MAIL[:3], 0.5, 0.1]]}, "the lower one first"),
    "discount": ({"actions": [[*MAIL, 0.1]]}, "what customers usually order"),
    "nobody": ({"actions": [[*MAIL, *[None] * 4, "West"]]}, "offers no action"),
    "nothing_pays": ({"actions": [["Mail", "Email", 1e6, 0.0, 0.1]]}, "do nothing"),
    "infeasible": (
        {
            "actions": [[*MAIL, None, None, 3.0]],
            "amounts": [["segment", "North", 20.0]],
        },
        "cannot hold together: at least 20 customers contacted in “North” and at most 3 times",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SAID)
def test_what_cannot_be_planned_is_said(
    small: dict[str, Workspace], name: str
) -> None:
    settings, sentence = SAID[name]
    app = with_settings(small["people"], **settings)
    assert sentence in texts(app)


@pytest.mark.slow
def test_two_or_three_aims_are_asked_for(small: dict[str, Workspace]) -> None:
    app = on_tab(with_settings(small["people"]), "what_if")
    choose = say("strategy.what_if.choose")
    for aims, is_asked in (
        (["profit"], True),
        ([], True),
        (["profit", "cost", "reach"], False),
    ):
        app.session_state["strategy.what_if.aims.profit"] = aims
        apps.settled(app.run())
        assert not app.exception
        assert (choose in texts(app)) is is_asked, aims


@pytest.mark.slow
def test_one_customer_and_two_currencies_are_said(
    small: dict[str, Workspace],
) -> None:
    assert "The risk of leaving is not known" in texts(
        with_settings(small["one_customer"])
    )
    assert "several currencies" in texts(with_settings(small["two_currencies"]))
