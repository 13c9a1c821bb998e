"""The segments page, also where columns are called as the page calls its own, or hold words."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from crm_analysis import intake
from crm_analysis.analyses import explain
from crm_analysis.analyses.segments import (
    KMeansOptions,
    prepare,
    segment_prepared,
)
from crm_analysis.errors import AnalysisError
from crm_analysis.presentation.ui.run import forget
from crm_analysis.tables.cleaning import CleanOptions
from crm_analysis.tables.filters import Filter
from crm_analysis.tables.roles import Roles
from crm_analysis.wording import say
from crm_analysis.workspace import (
    Workspace,
    close_workspaces,
    new_workspace,
    open_workspace,
)
from tests import apps
from tests.apps import settled
from tests.scripts import run_script
from tests.shops import workspaces_of

PAGE = "pages/understand/segments.py"


def _clashing() -> pd.DataFrame:
    """Columns called as the result calls its own, and two that the page would give one title."""
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "customer_id": [f"C{number:03d}" for number in range(90)],
            "size": rng.normal(50, 10, 90).round(1),
            "level": rng.choice(["gold", "silver", ""], 90),
            "index": rng.normal(100, 10, 90).round(1),
            "frequency": rng.integers(1, 30, 90),
            "orders": rng.integers(1, 30, 90),
            "name": [f"=Name{number}" for number in range(90)],
        }
    )


def _scored() -> pd.DataFrame:
    """Recency, frequency and monetary in words."""
    rng = np.random.default_rng(0)
    words = {
        name: rng.choice(["low", "high"], 90)
        for name in ("recency", "frequency", "monetary")
    }
    return pd.DataFrame(
        {
            "customer_id": [f"C{number:03d}" for number in range(90)],
            **words,
            "age": rng.integers(18, 80, 90),
        }
    )


TABLES = {
    "clashing": _clashing,
    "scored": _scored,
    "two": lambda: _scored().head(2),
    "one": lambda: _scored().head(1),
}


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A workspace for each of the tables."""
    with workspaces_of(tmp_path_factory, TABLES) as made:
        yield made
        for workspace in made.values():
            forget(workspace.id)


def opened(
    workspace: Workspace, tab: str = "glance", language: str = "en"
) -> AppTest:
    """The page on one of its tabs."""
    state = {"segments.tabs": say(f"segments.tab.{tab}", language)}
    return apps.opened(PAGE, language, workspace.id, **state)


def on(app: AppTest, tab: str, language: str = "en") -> AppTest:
    """The page once it has been turned to a tab and the work is done."""
    app.session_state["segments.tabs"] = say(f"segments.tab.{tab}", language)
    return settled(app.run())


def titles(app: AppTest) -> list[str]:
    """What the columns of the page's last table are called."""
    configured = json.loads(app.dataframe[-1].proto.columns)
    return [configured[name]["label"] for name in app.dataframe[-1].value.columns]


@pytest.mark.slow
@pytest.mark.parametrize("table", TABLES)
def test_every_tab_of_an_odd_table_of_customers(
    homes: Any, table: pd.DataFrame
) -> None:
    app = opened(homes[table])
    for tab in (
        "glance",
        "profile",
        "rules",
        "members",
        "quality",
        "compare",
        "keep",
    ):
        assert not on(app, tab).exception, tab


@pytest.mark.slow
def test_columns_keep_the_names_they_have_in_the_file(homes: Any) -> None:
    app = opened(homes["clashing"], "members")
    assert titles(app) == [
        "Customer",
        "Segment",
        "size",
        "level",
        "index",
        "frequency",
        "orders",
        "name",
    ]
    assert app.dataframe[-1].value["name"].tolist() == _clashing()["name"].tolist()
    app = on(app, "profile")
    assert titles(app)[:4] == [
        "Segment",
        "Customers",
        "Share of customers",
        "size",
    ]
    assert app.dataframe[-1].value["Customers"].sum() == 90
    assert app.dataframe[-1].value["size"].between(30, 70).all()


@pytest.mark.slow
def test_scores_in_words_are_categories_and_no_money(homes: Any) -> None:
    app = opened(homes["scored"])
    assert (
        say("segments.method.rfm", "en")
        not in app.selectbox(key="segments.method").options
    )
    assert not any("revenue" in one.value for one in app.markdown)
    for method in ("dbscan", "mixture"):
        app.selectbox(key="segments.method").set_value(method)
        assert not on(app, "glance").exception


def _orders() -> str:
    """Order lines, some returned or repeated, under names of which a person says what they are."""
    rng = np.random.default_rng(4)
    lines = ["who;bill;when;what;n;each;land"]
    for number in range(600):
        back = number % 9 == 4
        day = pd.Timestamp("2024-01-01") + pd.Timedelta(
            days=int(rng.integers(0, 300))
        )
        lines.append(
            f"K{rng.integers(1, 60):02d};{1000 + number};{day:%d.%m.%Y};tea;"
            f"{-1 if back else 3};{rng.gamma(2, 5):.2f};{('FR', 'DE')[number % 2]}"
        )
    return "\n".join([*lines, lines[5], lines[6]]) + "\n"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A workspace with orders read, cleaned and filtered by a person's word, beside their file."""
    monkeypatch.setenv("CRM_HOME", str(tmp_path / "home"))
    workspace = new_workspace("shop")
    content = _orders()
    (tmp_path / "orders.csv").write_text(content)
    intake.take_in(workspace, [workspace.keep_file(content.encode(), "orders.csv")])
    plan = intake.plan_of(workspace, "orders.csv")
    assert plan.roles is not None
    columns = {
        "customer": "who",
        "order": "bill",
        "date": "when",
        "product": "what",
        "quantity": "n",
        "unit_price": "each",
        "country": "land",
    }
    roles = Roles("transactions", columns, dict.fromkeys(["kind", *columns], 1.0))
    plan = dataclasses.replace(
        plan,
        roles=roles,
        clean=CleanOptions(returns="drop", duplicates="keep", leave_out=("K07",)),
    )
    intake.change(workspace, plan, intake.read_plan(plan))
    workspace.settings["filter"] = Filter(
        countries=("FR",), start="2024-02-01"
    ).to_dict()
    monkeypatch.chdir(tmp_path)
    yield workspace
    forget(workspace.id)
    close_workspaces()


def shown(app: AppTest) -> pd.DataFrame:
    """The profile as the page shows it."""
    return on(app, "profile").dataframe[-1].value


@pytest.mark.slow
def test_the_python_shown_gives_the_numbers_shown(
    shop: Any, tmp_path: Path
) -> None:
    lines = [line.split(";") for line in _orders().splitlines()[1:]]
    people = {
        who
        for who, _, day, _, count, _, land in lines
        if land == "FR" and day[3:5] != "01" and int(count) > 0 and who != "K07"
    }
    app = opened(shop, "profile")
    for method in ("rfm", "kmeans", "dbscan", "hdbscan"):
        app.selectbox(key="segments.method").set_value(method)
        table = shown(app)
        result = run_script(app.code[-1].value, tmp_path)["found"]
        assert result.profile["size"].tolist() == table["Customers"].tolist(), (
            method
        )
        assert result.profile["monetary"].tolist() == pytest.approx(
            table["money spent"].tolist(), abs=0.01
        ), method
        assert result.summary()["customers"] == len(people)
        assert [
            say(key, "en", **details) for key, details in result.names.values()
        ] == table["Segment"].tolist(), method


@pytest.mark.slow
def test_the_python_of_a_reopened_segmentation_opens_it(
    shop: Any, tmp_path: Path
) -> None:
    app = opened(shop, "keep")
    app.text_input(key="segments.save_as").set_value("Spring")
    app.run().button(key="segments.save").click().run()
    app.button(key="segments.reopen.Spring").click()
    on(app, "keep").text_input(key="segments.rename_to").set_value("Our best")
    next(
        button
        for button in app.button
        if button.label == say("segments.rename", "en")
    ).click().run()
    shop.settings[
        "filter"
    ] = {}  # the customers of now are others than those it was found in
    table = shown(app)
    text = app.code[-1].value
    forget(shop.id)
    close_workspaces()
    result = run_script(text, tmp_path)["found"]
    close_workspaces()
    assert result.profile["size"].tolist() == table["Customers"].tolist()
    assert "Our best" in table["Segment"].tolist()
    assert [
        say(key, "en", **details) for key, details in result.names.values()
    ] == table["Segment"].tolist()


@pytest.mark.slow
def test_a_segment_handed_over_filters_the_other_pages_and_not_its_own(
    shop: Any,
) -> None:
    app = opened(shop, "keep")
    before = [one.value for one in app.metric]
    app.button(key="segments.hand_over.1").click()
    app = on(app, "keep")
    assert [one.value for one in app.metric] == before
    members = shop.settings["filter"]["members"]
    name = shop.settings["filter"]["segment"]
    assert say("segments.handed_over", "en", name=name) in [
        one.value for one in app.caption
    ]
    assert 0 < len(members) < int(before[0])
    assert shop.settings["filter"]["countries"] == ["FR"]
    other = app.switch_page("pages/start/overview.py").run()
    shown_there = {metric.label: metric.value for metric in other.metric}
    assert shown_there[say("value.measure.customers")] == str(len(members))


@pytest.mark.slow
def test_movement_is_between_the_segments_as_they_are_called_here(
    shop: Any,
) -> None:
    app = opened(shop, "keep")
    app.text_input(key="segments.rename_to").set_value("Our best")
    next(
        button
        for button in app.button
        if button.label == say("segments.rename", "en")
    ).click().run()
    moves = on(app, "movement").dataframe[-1].value
    assert not app.exception
    assert "Our best" in {*moves["from"], *moves["to"]}
    sizes = moves.groupby("to")["customers"].sum()
    profile = shown(app).set_index("Segment")["Customers"]
    assert sizes.sum() == profile.sum()


@pytest.mark.slow
def test_two_segments_are_not_given_one_name(shop: Any) -> None:
    app = opened(shop, "keep")
    taken = app.selectbox(key="segments.rename_which").options[1]
    app.text_input(key="segments.rename_to").set_value(f" {taken.upper()}")
    next(
        button
        for button in app.button
        if button.label == say("segments.rename", "en")
    ).click().run()
    assert [one.value for one in app.warning] == [
        say("segments.name_taken", "en", name=taken.upper())
    ]
    assert len(set(shown(app)["Segment"])) == len(shown(app))


def test_only_numbers_of_segments_that_can_be_are_offered_to_compare_with(
    homes: Any,
) -> None:
    app = on(opened(homes["two"]), "compare")
    assert not app.warning
    assert say("segments.nothing_to_compare", "en") in [
        one.value for one in app.caption
    ]
    with pytest.raises(
        AnalysisError, match="2 segments cannot be made of 2 customers"
    ):
        ready = prepare(pd.DataFrame({"customer": ["A", "B"], "age": [20, 60]}))
        segment_prepared(ready, KMeansOptions(clusters=2))


@pytest.mark.slow
def test_rules_counted_on_a_sample_say_so(
    monkeypatch: pytest.MonkeyPatch, homes: Any
) -> None:
    assert not any(
        "random" in one.value for one in opened(homes["clashing"], "rules").caption
    )
    monkeypatch.setattr(
        explain.shallow_rules,
        "__kwdefaults__",
        {**explain.shallow_rules.__kwdefaults__, "rows": 50},
    )
    forget(homes["clashing"].id)
    assert say("segments.rules_sample", "en", sample=50, count=90) in [
        one.value for one in opened(homes["clashing"], "rules").caption
    ]
    forget(homes["clashing"].id)


def test_a_filter_that_leaves_nothing_says_so(shop: Any) -> None:
    shop.settings["filter"] = Filter(start="2031-01-01").to_dict()
    app = opened(shop)
    assert [one.value for one in app.warning] == [say("customers.no_rows", "en")]


@pytest.mark.slow
def test_a_selected_row_does_not_become_another_customer(shop: Any) -> None:
    app = opened(shop, "members")
    table = app.dataframe[-1].proto
    app.session_state["segments.deep"] = True
    assert app.run().dataframe[-1].proto.id == table.id
    app.text_input(key="segments.search").set_value("K1")
    assert app.run().dataframe[-1].proto.id != table.id


def test_a_segment_of_a_table_of_customers_is_seen_in_the_sidebar_and_taken_back(
    homes: Any,
) -> None:
    app = opened(homes["scored"], "keep")
    app.button(key="segments.hand_over.0").click()
    on(app, "keep")
    workspace = open_workspace(homes["scored"].id)
    handed = workspace.settings["filter"]
    assert say(
        "frame.filter.segment",
        "en",
        name=handed["segment"],
        count=len(handed["members"]),
    ) in [one.value for one in app.sidebar.caption]
    app.button(key="filter.clear").click().run()
    assert workspace.settings["filter"]["segment"] is None
    assert not [button for button in app.button if button.key == "filter.clear"]


@pytest.mark.slow
def test_labels_profile_centres_and_the_scaled_table_can_be_downloaded(
    homes: Any,
) -> None:
    wanted = {
        "members": ("segments.members.file",),
        "profile": tuple(
            f"segments.profile.{part}" for part in ("profile", "centres", "scaled")
        ),
    }
    for tab, files in wanted.items():
        app = opened(homes["clashing"], tab)
        keys = {one.key for one in app.get("download_button")}
        assert {
            f"{file}.{form}" for file in files for form in ("csv", "xlsx")
        } <= keys
