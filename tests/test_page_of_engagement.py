"""The page of contacts: every tab in both languages, and what each kind of table allows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

import crm_analysis as crm
from crm_analysis import intake
from crm_analysis.presentation.ui.keys import widget_key
from crm_analysis.wording import LANGUAGES, Language, say
from crm_analysis.workspace import Workspace, new_workspace, open_workspace
from tests import apps
from tests.apps import opened, settled
from tests.shops import shops, workspaces_of

PAGE = "pages/act/engagement.py"
CHARTS = {"sent": 1, "worked": 2, "how_many": 1, "whom": 3, "when": 2}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with shops(tmp_path_factory) as made:
        yield made


def trial() -> pd.DataFrame:
    """Customers with an arm, one column from before, and an outcome."""
    rng = np.random.default_rng(0)
    size = 4000
    arm = rng.permutation(np.repeat(["e-mail", "control"], size // 2))
    bought = rng.random(size) < np.where(arm == "e-mail", 0.3, 0.2)
    return pd.DataFrame(
        {
            "Customer ID": [f"C{number:05d}" for number in range(size)],
            "Test group": arm,
            "Age": rng.integers(18, 80, size),
            "Visits": rng.poisson(3, size),
            "Bought": bought.astype(int),
        }
    )


def several() -> pd.DataFrame:
    """Two ways to contact beside the control, of which one brings something."""
    rng = np.random.default_rng(1)
    table = trial()
    arms = np.resize(["e-mail", "phone", "control"], len(table))
    arm = rng.permutation(arms)
    bought = rng.random(len(table)) < np.where(arm == "phone", 0.3, 0.2)
    return table.assign(**{"Test group": arm, "Bought": bought.astype(int)})


def calls() -> pd.DataFrame:
    """A log without orders, arms or hours."""
    rng = np.random.default_rng(0)
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(
        rng.integers(0, 300, 400), unit="D"
    )
    return pd.DataFrame(
        {
            "Customer ID": [f"C{number}" for number in rng.integers(0, 60, 400)],
            "Contact Date": days.strftime("%Y-%m-%d"),
            "Channel": rng.choice(["Email", "Phone"], 400),
            "Campaign": rng.choice(["Spring", "Summer"], 400),
            "Responded": rng.choice(["Yes", "No", "No"], 400),
        }
    )


def own_outcomes() -> pd.DataFrame:
    """A log of a campaign with arms A and B, whose outcome it says itself."""
    rng = np.random.default_rng(0)
    arm = rng.permutation(np.repeat(["A", "B"], 500))
    bought = rng.random(1000) < np.where(arm == "B", 0.4, 0.2)
    return pd.DataFrame(
        {
            "Customer ID": [f"C{number:04d}" for number in range(1000)],
            "Contact Date": "2024-03-01",
            "Channel": "Email",
            "Campaign": "Spring",
            "Arm": arm,
            "Responded": np.where(bought, "Yes", "No"),
        }
    )


@pytest.fixture(scope="module")
def small(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[dict[str, Workspace]]:
    with workspaces_of(
        tmp_path_factory,
        {"trial": trial, "several": several, "calls": calls, "own": own_outcomes},
    ) as made:
        yield made


on_tab = partial(apps.on_tab, "engagement")


def texts(app: AppTest) -> str:
    return "\n".join(element.value for element in app.markdown)


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_tab_shows_the_sample_shop(
    home: dict[str, str], language: Language
) -> None:
    app = opened(PAGE, language, home[language])
    apps.every_tab_stands(app, "engagement", CHARTS, language)


@pytest.mark.slow
def test_the_planted_trial_is_found_and_gives_a_list(home: dict[str, str]) -> None:
    app = on_tab(opened(PAGE, "en", home["en"]), "whom")
    assert "Customers differ in what the contact does" in texts(app)
    listed = next(
        element.value
        for element in app.dataframe
        if "rank" in element.value.columns
    )
    assert set(listed["arm"]) == {"contact", "held out"}
    worked = texts(on_tab(app, "worked"))
    assert "Not distinguishable from nothing" in worked or "It paid" in worked


@pytest.mark.slow
def test_arms_are_drawn_kept_and_read_back(home: dict[str, str]) -> None:
    app = on_tab(opened(PAGE, "en", home["en"]), "how_many")
    name = widget_key("engagement", "arms", "name")
    app.text_input(key=name).set_value("spring").run()
    keep = widget_key("engagement", "arms", "keep")
    settled(app.button(key=keep).click().run())
    (saved,) = open_workspace(home["en"]).saved("test arms")
    assert set(saved.frame("arms")["arm"]) == {"treated", "holdout"}
    assert saved.payload["seed"] == 0 and saved.payload["primary"] == "customers"
    on_tab(app, "worked")
    app.selectbox(key=widget_key("engagement", "card", "")).set_value(
        "spring"
    ).run()
    settled(app)
    assert not app.exception
    said = "\n".join(each.value for each in [*app.caption, *app.warning])
    assert "draw number 0" in said or "The orders end on" in said
    open_workspace(home["en"]).forget("test arms", "spring")


@pytest.mark.slow
def test_a_look_at_a_test_drawn_here_is_counted(home: dict[str, str]) -> None:
    shop = open_workspace(home["en"])
    orders = next(table for table in shop.tables() if table.kind == "transactions")
    frame = shop.load(orders.name).table
    last = frame["date"].max()
    people = frame[["customer"]].dropna().drop_duplicates()
    drawn = crm.assign_arms(people, crm.ArmOptions(holdout=0.2, seed=0))
    payload = {
        "start": f"{last - pd.Timedelta(days=40):%Y-%m-%d}",
        "read_on": f"{last - pd.Timedelta(days=5):%Y-%m-%d}",
        "primary": "customers",
        "seed": 0,
        "holdout": 0.2,
        "control": "holdout",
    }
    shop.save("test arms", "autumn", payload, {"arms": drawn})
    app = on_tab(opened(PAGE, "en", home["en"]), "worked")
    card = app.selectbox(key=widget_key("engagement", "card", ""))
    settled(card.set_value("autumn").run())
    assert not app.exception and not app.warning
    kept = shop.settings["engagement_looks"]
    own = [each for each in kept if each["test"] == "autumn"]
    assert len(own) == 1
    assert say("engagement.worked.looks", "en", count=1) in [
        each.label for each in app.expander
    ]
    shop.forget("test arms", "autumn")


@pytest.mark.slow
def test_a_test_of_amounts_and_within_strata_is_planned_from_the_data(
    home: dict[str, str],
) -> None:
    app = on_tab(opened(PAGE, "en", home["en"]), "how_many")
    assert app.metric[2].label == say("engagement.figure.days", "en")
    assert app.metric[2].value != "–"
    outcome = app.button_group(key=widget_key("engagement", "plan", "outcome"))
    settled(outcome.set_value(["amount"]).run())
    assert not app.exception and not app.warning
    strata = app.multiselect(
        key=widget_key(widget_key("engagement", "arms"), "ArmOptions", "strata")
    )
    settled(strata.set_value(["Plan"]).run())
    assert not app.exception
    drawn = next(
        element.value
        for element in app.dataframe
        if {"customer", "arm", "Plan"} <= set(element.value.columns)
    )
    shares = (drawn["arm"] == "held out").groupby(drawn["Plan"]).mean()
    assert (shares - 0.1).abs().max() < 0.02


def test_a_table_of_customers_with_arms_is_read_as_a_test(
    small: dict[str, Workspace],
) -> None:
    app = opened(PAGE, "en", small["trial"].id)
    assert not app.exception and not app.warning
    outcomes = app.multiselect(
        key=widget_key("engagement", "test", "ReadTestOptions", "outcomes")
    )
    assert outcomes.value in (["Bought"], ["outcome"])
    assert "It worked" in texts(app)
    assert (
        "Age" in app.multiselect(key=widget_key("engagement", "covariates")).value
    )
    for tab in ("sent", "when"):
        on_tab(app, tab)
        asked = [each.value for each in app.info]
        assert asked == [say("engagement.needs_log", "en")] and not app.warning


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_log_alone_says_what_came_back_and_what_it_lacks(
    small: dict[str, Workspace], language: Language
) -> None:
    app = opened(PAGE, language, small["calls"].id)
    assert app.metric and not app.exception and not app.warning
    lacking = {"worked": "no_orders", "whom": "no_orders", "when": "no_time"}
    for tab, key in lacking.items():
        on_tab(app, tab, language)
        assert not app.exception
        assert say(f"engagement.{key}", language) in [
            each.value for each in app.warning
        ]


def test_a_log_that_says_its_outcomes_itself_is_read_without_orders(
    small: dict[str, Workspace],
) -> None:
    app = on_tab(opened(PAGE, "en", small["own"].id), "worked")
    asked = say("engagement.which_control", "en", arms=["A", "B"])
    assert [each.value for each in app.warning] == [asked]
    key = widget_key("engagement", "worked", "own")
    control = app.selectbox(key=widget_key(key, "CampaignOptions", "control"))
    assert list(control.options)[-2:] == ["A", "B"]
    settled(control.set_value("A").run())
    assert not app.exception and not app.warning
    assert "It worked: 1 campaign" in texts(app)
    assert len(app.get("plotly_chart")) == 1


@pytest.mark.slow
def test_whom_to_contact_is_learnt_from_a_log_that_says_its_outcome_itself(
    small: dict[str, Workspace],
) -> None:
    log = own_outcomes().replace({"Arm": {"A": "holdout", "B": "treated"}})
    plan = np.where(np.arange(len(log)) % 2, "plus", "basic")
    people = pd.DataFrame({"Customer ID": log["Customer ID"], "Plan": plan})
    made = new_workspace("log and people")
    for name, table in {"log": log, "people": people}.items():
        content = table.to_csv(index=False).encode()
        intake.take_in(made, [made.keep_file(content, f"{name}.csv")])
    app = on_tab(opened(PAGE, "en", made.id), "whom")
    assert not app.exception and not app.warning
    own = app.selectbox(key=widget_key("engagement", "whom", "own"))
    assert own.value == "responded"
    assert "No evidence that anyone differs" in texts(app) or "No list" in texts(
        app
    )


def test_of_several_arms_each_is_compared_and_said(
    small: dict[str, Workspace],
) -> None:
    app = opened(PAGE, "en", small["several"].id)
    assert not app.exception and not app.warning
    effects = next(
        each.value for each in app.dataframe if "difference" in each.value.columns
    )
    assert sorted(effects["arm"].unique()) == ["e-mail", "phone"]
    assert "It worked" in texts(app) and "“phone”" in texts(app)


def test_the_page_asks_what_was_known_before_and_learns_from_that_alone(
    small: dict[str, Workspace],
) -> None:
    app = on_tab(opened(PAGE, "en", small["trial"].id), "whom")
    key = widget_key("engagement", "uplift", "control,e-mail")
    known = app.multiselect(key=widget_key(key, "UpliftOptions", "features"))
    assert not app.exception and not app.warning
    settled(known.set_value(["Age"]).run())
    assert not app.exception and not app.warning
    assert "features=('Age',)" in "".join(each.value for each in app.code)


def test_a_test_is_grey_until_its_day_and_every_look_at_it_is_counted(
    small: dict[str, Workspace],
) -> None:
    app = opened(PAGE, "en", small["trial"].id)
    assert ":gray[It worked" not in texts(app)
    tomorrow = dt.date.today() + dt.timedelta(days=1)
    day = app.date_input(key=widget_key("engagement", "read_on"))
    settled(day.set_value(tomorrow).run())
    assert "#### :gray[It worked" in texts(app)
    key = widget_key("engagement", "test")
    looks = app.selectbox(key=widget_key(key, "ReadTestOptions", "looks"))
    settled(looks.set_value("obrien_fleming").run())
    assert not app.exception
    look = app.slider(key=widget_key(key, "ReadTestOptions", "look"))
    planned = app.slider(key=widget_key(key, "ReadTestOptions", "planned_looks"))
    assert (look.value, planned.value) == (1, 5)
    kept = small["trial"].settings["engagement_looks"]
    assert len({each["test"] for each in kept}) == 1 and len(kept) == 2
    assert kept[1]["p"] > kept[0]["p"]
    assert say("engagement.worked.looks", "en", count=2) in [
        each.label for each in app.expander
    ]
