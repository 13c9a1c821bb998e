"""The overview of what is not a shop with known customers.

Lines of nobody known, customers, contacts, comments; in both languages.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

import crm_analysis as crm
from crm_analysis import intake
from crm_analysis.analyses.value import fit_value, lost_for_good
from crm_analysis.presentation.ui.overview import lines
from crm_analysis.wording import say, write_number
from crm_analysis.workspace import Workspace, new_workspace
from tests import apps
from tests.shops import workspaces_of
from tests.test_value_business import shop_without_leavers
from tests.variants import every


def _shop() -> pd.DataFrame:
    """A year of sales to 10 October 2023, ten a month to known customers.

    30 each and one to nobody known (100).
    """
    rows = []
    for month in pd.date_range("2022-10-01", "2023-10-01", freq="MS"):
        days = [
            day
            for day in pd.date_range(month, periods=month.days_in_month)
            if day <= pd.Timestamp("2023-10-10")
        ][:10]
        for number, day in enumerate(days):
            rows.append((f"R{len(rows)}", f"C{number % 5}", day, 30.0))
        rows.append((f"R{len(rows)}", None, days[-1], 100.0))
    return pd.DataFrame(
        rows, columns=["Order ID", "Customer ID", "Order Date", "Amount"]
    )


def _counter() -> pd.DataFrame:
    """Sales of nobody known, by day and branch: the second ninety days twice the first."""
    days = pd.date_range("2023-01-01", "2023-06-29")
    made = pd.DataFrame(
        {
            "Order Date": np.repeat(days, 2),
            "branch": ["north", "south"] * len(days),
        }
    )
    price = np.where(np.arange(len(made)) < len(made) / 2, 10.5, 21.0) * np.where(
        made["branch"] == "north", 3, 1
    )
    return made.assign(
        Product=(["tea"] * 3 + ["jam"]) * (len(days) // 2),
        Quantity=2,
        **{"Unit Price": price / 2, "Sales": price},
    )


def _people() -> pd.DataFrame:
    plan = ["monthly", "yearly"] * 300
    left = [
        "Yes" if number // 2 % 10 < (5 if name == "monthly" else 1) else "No"
        for number, name in enumerate(plan)
    ]
    return pd.DataFrame(
        {
            "Customer ID": [f"C{number:04d}" for number in range(600)],
            "Plan": plan,
            "Age": [20 + number % 50 for number in range(600)],
            "Churn": left,
        }
    )


def _calls() -> pd.DataFrame:
    days = pd.date_range("2023-01-02", periods=420, freq="12h")
    return pd.DataFrame(
        {
            "Contact ID": [f"C-{number % 70:03d}" for number in range(420)],
            "Contact name": [
                f"Ann {'LNOPRS'[number % 6]}{'aeiou'[number % 5]}nd"
                for number in range(420)
            ],
            "Call date": days,
            "Agent": [("Mia", "Noah")[number % 2] for number in range(420)],
            "Call duration (s)": [30 + number % 200 for number in range(420)],
            "Outcome": [
                (
                    "Sold",
                    "No answer",
                    "No answer",
                    "Call back",
                    "No answer",
                    "Not interested",
                )[number % 6]
                for number in range(420)
            ],
        }
    )


def _reviews() -> pd.DataFrame:
    words = (
        "The bread was warm and lovely",
        "We waited a long time for the cake",
        "A friendly place with good coffee",
        "Not what it used to be, sadly",
    )
    return pd.DataFrame(
        {
            "review": [
                f"{words[number % 4]} on visit {number}." for number in range(200)
            ],
            "rating": [(5, 2, 5, 1)[number % 4] for number in range(200)],
        }
    )


TABLES = {
    "shop": _shop,
    "counter": _counter,
    "people": _people,
    "calls": _calls,
    "reviews": _reviews,
}
KINDS = {
    "shop": "transactions",
    "counter": "transactions",
    "people": "customers",
    "calls": "contacts",
    "reviews": "feedback",
}


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A workspace for each of the tables."""
    with workspaces_of(tmp_path_factory, TABLES) as made:
        for name, workspace in made.items():
            assert [one.kind for one in workspace.tables()] == [KINDS[name]], name
        yield made


def opened(
    workspace: Workspace, language: str = "en", page: str = "overview.py"
) -> AppTest:
    """The overview, or another page."""
    app = apps.opened(page, language, workspace.id)
    assert not app.exception
    return app


def texts(app: AppTest) -> str:
    """What is said on the page."""
    return "\n".join(one.value for one in [*app.markdown, *app.caption, *app.info])


def links(app: AppTest) -> list[str]:
    return [link.proto.page for link in app.get("page_link")]


def test_revenue_holds_the_sales_of_nobody_known_and_says_so(
    homes: Any,
) -> None:
    app = opened(homes["shop"])
    shown = {one.label: one.value for one in app.metric}
    assert list(shown) == [
        say(f"value.measure.{name}")
        for name in (
            "active",
            "revenue",
            "orders",
            "repeat_rate",
            "customers",
            "new",
            "returned",
            "lost",
            "value_at_risk",
        )
    ]
    assert (
        shown["Revenue"] == "1,200"
    )  # 13 July to 10 October: 400 each of three months
    assert shown["Orders"] == "33"
    assert (
        "13 lines name no customer: their 1,300 (25.0% of all money in the file) are in revenue"
        in texts(app)
    )
    value = texts(opened(homes["shop"], page="pages/understand/value.py"))
    sentence = (
        "13 lines name no customer: their 1,300 (25.0% of all money in the file) "
        "are in nothing on this page"
    )
    assert sentence in value


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
def test_who_lapsed_adds_up_and_who_is_lost_is_what_the_model_expects(
    tmp_path_factory: pytest.TempPathFactory, language: str
) -> None:
    orders = shop_without_leavers(0, leaving=0.4)
    orders["order"] = range(len(orders))
    fitted = fit_value(orders.drop(columns="order"))
    lost = lost_for_good(fitted)
    with workspaces_of(tmp_path_factory, {"leaving": lambda: orders}) as made:
        app = apps.settled(opened(made["leaving"], language))
    sentence = say(
        "overview.flows.lost_for_good",
        language,
        customers=250,
        coverage=0.8,
        **lost,
    )
    assert sentence in texts(app)
    drawn = next(one for one in app.dataframe if "returned" in one.value.columns)
    flows = drawn.value
    months = json.loads(drawn.proto.columns)["month"]
    assert months["type_config"]["format"] == "YYYY-MM"
    came = flows["before"] + flows["new"] + flows["returned"]
    assert (came - flows["lost"]).equals(flows["active"])
    latest = dict(zip(flows.columns, flows.iloc[0], strict=True))
    assert say("overview.flows.title", language) in texts(app)
    assert latest["active"] > 0


def test_the_end_of_an_old_record_is_no_month_that_will_rise(
    homes: Any,
) -> None:
    app = opened(homes["shop"])
    assert any(str(one.key).startswith("star.Changes.") for one in app.button)
    sentence = "The record ends on Oct 10, 2023; Oct 2023, of which it has only a part (400), "
    assert f"{sentence}is not drawn." in texts(app)
    assert "the last month: 400." not in texts(app) and "Sep 2023" in texts(app)
    assert "small lines go month by month, Oct 2022 to Sep 2023" in texts(app)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_lines_of_nobody_known_say_how_much_when_and_of_what(
    homes: Any, language: str
) -> None:
    app = opened(homes["counter"], language)
    text = texts(app)
    details = {"measure": "amount", "now": "7,560", "days": 90, "change": 1.0}
    assert say("overview.sales.up", language, **details) in text
    part = {
        "measure": "amount",
        "column": "branch",
        "name": "north",
        "share": 0.75,
    }
    assert say("overview.sales.part", language, **part) in text
    assert len(app.get("plotly_chart")) == 3
    assert [one.value.replace("\\", "") for one in app.metric] == [
        write_number(11_340, "short", language),
        "720",
        "360",
        "31.50",
    ]
    (missing,) = app.info
    assert (
        say("overview.works", language, pages=[say("forecast.title", language)])
        in missing.value
    )
    assert links(app) == [
        "data",
        "forecast",
    ]  # and none to a page that could only say what it lacks


@pytest.mark.parametrize("language", ["en", "zh"])
def test_customers_say_how_many_left_and_what_tells_them_apart(
    homes: Any, language: str
) -> None:
    app = opened(homes["people"], language)
    details = {
        "customers": 600,
        "rate": 180 / 600,
        "name": "Plan",
        "worst": "monthly",
        "high": 0.5,
        "best": "yearly",
        "low": 0.1,
    }
    assert say("overview.people.differs", language, **details) in texts(app)
    assert links(app) == ["churn", "data", "segments", "value", "strategy"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_contacts_say_how_they_ended_and_when(homes: Any, language: str) -> None:
    app = opened(homes["calls"], language)
    details = {
        "count": 420,
        "customers": 70,
        "name": "Outcome",
        "level": "No answer",
        "share": 0.5,
    }
    assert say("overview.contacts.outcome_customers", language, **details) in texts(
        app
    )
    assert len(app.get("plotly_chart")) == 2


def test_comments_say_how_they_rate(homes: Any) -> None:
    app = opened(homes["reviews"])
    assert (
        "200 comments: 50% give the highest rating (5), 25% the lowest (1)."
        in texts(app)
    )
    assert len(app.get("plotly_chart")) == 1
    links = [link.proto.page for link in app.get("page_link")]
    assert any(link.endswith("feedback") for link in links), links


@pytest.mark.slow
def test_what_is_left_out_is_called_one_thing(homes: Any, tmp_path: Path) -> None:
    """Repeated records are not set aside.

    So that nothing set aside and a list of records set aside do not stand beside each other.
    """
    space = new_workspace("repeated")
    path = tmp_path / "twice.csv"
    whole = _shop()
    pd.concat([whole, whole.head(7)]).to_csv(path, index=False)
    intake.take_in(space, [space.keep_file(path, path.name)])
    app = apps.opened(
        "pages/start/data.py",
        "en",
        space.id,
        **{"data.tabs": say("data.tab.ledger")},
    )
    told = [one.value for one in app.markdown]
    assert {one.label: one.value for one in app.metric}["Set aside"] == "0"
    assert "##### Not in the table: 7 records (7 duplicates)" in told and not any(
        text.startswith("##### Set aside") for text in told
    )


def test_the_page_and_the_readme_ask_the_same() -> None:
    question = say("overview.question")
    assert f"| This week | {question} |" in (apps.ROOT / "README.md").read_text(
        encoding="utf-8"
    )


def test_a_page_that_lacks_a_column_leads_to_where_it_is_named(
    homes: Any,
) -> None:
    app = opened(homes["counter"], page="pages/understand/segments.py")
    assert say("data.missing_role", role="customer") in [
        one.value for one in app.warning
    ]
    assert say("data.to_columns") in [
        one.proto.label for one in app.get("page_link")
    ]


@pytest.mark.parametrize("language", every(2, ["en", "zh"]))
def test_orders_corrected_since_they_were_loaded_are_named_first(
    tmp_path_factory: pytest.TempPathFactory, language: str
) -> None:
    with workspaces_of(tmp_path_factory, {"shop": _shop}) as made:
        shop = made["shop"]
        orders = _shop()
        orders.loc[[3, 4], "Amount"] -= 5.0
        first = shop.load("transactions")
        raw = crm.read_table(orders.to_csv(index=False).encode(), name="shop.csv")
        again = crm.clean(raw, crm.guess_roles(raw))
        shop.save_table(again, name=first.name, recipe=first.recipe)
        text = texts(opened(shop, language))
    details = {"orders": 2, "money": -10.0, "on": dt.date.today().isoformat()}
    assert say("overview.changed.history", language, **details) in text


def test_counts_stand_whole_on_their_tiles() -> None:
    found = SimpleNamespace(
        measure="lines", orders=17_501, lines=29_363, items=None
    )
    assert [item["value"] for item in lines._figures(cast(Any, found))] == [
        29_363,
        17_501,
    ]
    assert write_number(29_363, "number", "zh") == "29,363"
