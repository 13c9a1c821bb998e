"""The page of churn on tables of several kinds.

Every tab drawn, alarms said, what cannot be answered said, nothing fitted twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest

from crm_analysis import intake
from crm_analysis.analyses.churn import fairness_attributes, worth_column
from crm_analysis.presentation.ui.churn.settings import doubtful
from crm_analysis.presentation.ui.keys import widget_key
from crm_analysis.wording import LANGUAGES, Language, say
from crm_analysis.workspace import open_workspace
from tests import apps
from tests.apps import settled
from tests.churn_pages import (
    TABS,
    loaded,
    metric,
    on_tab,
    opened,
    people,
    table,
    warned,
)
from tests.figures_said import faults
from tests.shops import shops


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A home of workspaces for this module.

    With the customers of the sample shop loaded in either language.
    """
    with shops(tmp_path_factory, 1) as made:
        yield made


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_tab_shows_the_sample_shop(
    home: dict[str, str], language: Language
) -> None:
    app = opened(home[language], language)
    said: list[str] = []
    for tab in TABS:
        said += apps.said_on(on_tab(app, tab, language))
        assert not app.exception, tab
        assert not app.warning, tab
        assert len(app.get("plotly_chart")) >= {
            "at_risk": 2,
            "campaign": 3,
            "explain": 3,
            "evaluation": 6,
            "survival": 3,
        }.get(tab, 0), tab
        assert len(app.metric) >= 6
        assert not faults(app, "churn", language), tab
    results = ("Churn.features", "Churn.models")
    apps.is_said_in_the_report(said, home[language], *results, language=language)


@pytest.mark.slow
def test_orders_alone_say_who_will_stop_buying(home: dict[str, str]) -> None:
    (_, orders), (_, customers) = intake.sample_files("en")[:2]
    lines = pd.read_csv(orders, dtype=str)
    lines = lines[
        lines["Customer ID"].isin(sorted(set(lines["Customer ID"].dropna()))[::5])
    ]
    app = opened(
        loaded(pd.read_csv(customers, dtype=str), lines), source="transactions"
    )
    assert not app.exception and not app.warning
    bound = float(
        re.search(
            r"their risk is (\d+)%",
            next(
                one.value
                for one in app.markdown
                if "buy nothing in the next" in one.value
            ),
        )[1]
    )
    assert any(
        "are likely to buy nothing in the next" in one.value for one in app.markdown
    ) == (bound >= 50)
    named = table(app, "customer", "reasons")
    assert (
        named["risk"].is_monotonic_decreasing
        and (named["reasons"] != "").mean() > 0.9
    )
    assert (
        named["reasons"].str.contains("+", regex=False).mean() > 0.9
        and not named["reasons"].str.contains("−|; ").any()
    )  # what raises it, and one reason
    assert say("churn.tab.survival", "en") not in [one.label for one in app.tabs]
    for tab in (
        "campaign",
        "explain",
        "evaluation",
        "contact_list",
        "saved_model",
    ):
        on_tab(app, tab)
        assert not app.exception and not app.warning, tab
    assert (
        "Email" in table(on_tab(app, "contact_list"), "position", "action").columns
    )  # from the table of customers


@pytest.mark.slow
def test_a_record_that_tells_nothing_says_so_before_all_else(
    home: dict[str, str],
) -> None:
    frame = people().drop(columns="closing_reason")
    frame["churned"] = np.random.default_rng(3).permutation(frame["churned"])
    app = opened(loaded(frame))
    headlines = [one.value for one in app.markdown if one.value.startswith("#### ")]
    assert "does not tell who leaves better than chance" in headlines[0]
    assert any(
        "no more than chance would find" in one.value for one in app.markdown
    )


@pytest.mark.slow
def test_a_plan_is_not_to_be_counted_on_where_known_outcomes_say_otherwise(
    home: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = {
        "contacted": 23.0,
        "customers": 181.0,
        "realised": -4.67,
        "profit": 47.86,
        "profit_lo": -55.69,
        "profit_hi": 51.44,
    }
    for tab in ("campaign", "contact_list"):
        monkeypatch.setattr(
            f"crm_analysis.presentation.ui.churn.{tab}.tried_before",
            lambda prediction, options: said,
        )
    app = opened(home["en"], tab="campaign")
    plan = [one.value for one in app.markdown if one.value.startswith("#### ")][1]
    assert "Do not count on this plan" in plan and "47.86 was expected" in plan
    assert any(
        "Do not count on that profit" in one
        for one in warned(on_tab(app, "contact_list"))
    )


def test_a_record_that_tells_something_leads_with_who_leaves_and_the_plan_with_its_back_check(
    home: dict[str, str],
) -> None:
    app = opened(home["en"], tab="campaign")
    headlines = [one.value for one in app.markdown if one.value.startswith("#### ")]
    assert "are at risk of leaving" in headlines[0] and headlines[1].startswith(
        "#### Contact"
    )
    assert any(
        one.value.startswith("Tried on the") and "was expected" in one.value
        for one in app.markdown
    )


@pytest.mark.parametrize(
    ("realised", "low", "told"),
    [
        (-4.67, -55.0, True),
        (20.0, -1.0, True),
        (20.0, 5.0, True),
        (30.0, 5.0, False),
        (60.0, 20.0, False),
    ],
)
def test_a_plan_that_known_outcomes_do_not_bear_out_is_doubtful(
    realised: float, low: float, told: bool
) -> None:
    result = doubtful(
        {
            "contacted": 23.0,
            "customers": 181.0,
            "realised": realised,
            "profit": 47.86,
            "profit_lo": low,
            "profit_hi": 70.0,
        }
    )
    assert (result is not None) == told
    assert (
        doubtful(
            {
                "contacted": 0.0,
                "customers": 181.0,
                "realised": 0.0,
                "profit": 0.0,
                "profit_lo": 0.0,
                "profit_hi": 0.0,
            }
        )
        is None
    )


@pytest.mark.parametrize(
    ("names", "worth"),
    [
        (["tenure", "MonthlyCharges", "TotalCharges"], "MonthlyCharges"),
        (["TotalCharges", "tenure", "MonthlyCharges"], "MonthlyCharges"),
        (["Age", "Balance", "EstimatedSalary"], "Balance"),
        (
            ["frequency", "monetary", "average_order", "spend_recent"],
            "monetary",
        ),
        (["orders", "total_spend"], "total_spend"),
        (["年龄", "累计消费", "月费"], "月费"),
        (["age", "calls"], None),
    ],
)
def test_what_a_customer_brings_now_is_worth_more_than_what_they_brought(
    names: list[str], worth: str | None
) -> None:
    assert worth_column(names) == worth


def test_groups_are_of_who_customers_are_not_of_the_risk_itself() -> None:
    table = pd.DataFrame(
        {
            "customer": range(40),
            "recency": range(40),
            "country": ["DE", "FR"] * 20,
            "churned": [0, 1] * 20,
        }
    )
    assert fairness_attributes(table, "churned", from_orders=True) == ["country"]
    assert fairness_attributes(table, "churned", from_orders=False) == [
        "country",
        "recency",
    ]


@pytest.mark.slow
def test_a_column_that_knows_the_answer_is_said_loudly_and_may_be_kept(
    home: dict[str, str],
) -> None:
    app = opened(loaded(people()))
    alarm = next(
        one.value
        for one in app.markdown
        if "closing_reason" in one.value.replace("\\", "")
    )
    assert say(
        "churn.page.alarm_out", "en", feature="closing_reason"
    ) in alarm.replace("\\", "")
    honest = float(metric(app, "churn.figure.auc"))
    app.toggle(key=widget_key("churn", "keep", "closing_reason")).set_value(
        True
    ).run()
    settled(app)
    assert float(metric(app, "churn.figure.auc")) > 0.99 > 0.9 > honest > 0.6
    assert any("too good to be true" in one for one in warned(app))


@pytest.mark.slow
def test_settings_are_set_by_hand_within_bounds_and_python_says_them(
    home: dict[str, str],
) -> None:
    app = opened(home["en"])
    key = widget_key(widget_key("churn", "settings"), "LogisticOptions", "freedom")
    slider = app.slider(key=key)
    assert (slider.min, slider.max, slider.value) == (0.01, 10.0, 1.0)
    slider.set_value(0.5).run()
    settled(app)
    assert any("('freedom', 0.5)" in block.value for block in app.code)
    assert not app.exception


@pytest.mark.slow
def test_a_search_is_drawn_and_its_outcome_stands_in_python(
    home: dict[str, str],
) -> None:
    rng = np.random.default_rng(0)
    sides = rng.choice([-1.0, 1.0], (1200, 3)) * rng.uniform(0.2, 1, (1200, 3))
    table = pd.DataFrame(sides, columns=["calls", "visits", "spend"]).round(3)
    table.insert(0, "customer_id", [f"C{row:04d}" for row in range(1200)])
    table["churned"] = np.where(sides.prod(axis=1) > 0, "yes", "no")
    app = opened(loaded(table), tab="evaluation", model="tree")
    assert not any("settings tried" in block.value for block in app.markdown)
    app.toggle(key=widget_key("churn", "search")).set_value(True).run()
    settled(app)
    assert not app.exception
    assert any("settings tried" in block.value for block in app.markdown)
    assert any(
        "# The search chooses TreeOptions(" in block.value for block in app.code
    )


@pytest.mark.slow
def test_sliders_of_money_and_threshold_fit_nothing(
    home: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened(home["en"], tab="campaign")
    before, caught = (
        metric(app, "churn.figure.profit"),
        next(one.value for one in app.markdown if "would be named" in one.value),
    )

    def never(*given: Any, **named: Any) -> None:
        raise AssertionError("a model was fitted again")

    monkeypatch.setattr("crm_analysis.analyses.churn.predict.compare", never)
    app.slider(key=widget_key("churn", "offer.MoneyOptions.success")).set_value(
        0.5
    ).run()
    app.number_input(key=widget_key("churn", "offer", "contact_cost")).set_value(
        3.0
    ).run()
    app.slider(key=widget_key("churn", "threshold")).set_value(0.6).run()
    settled(app)
    assert not app.exception
    assert metric(app, "churn.figure.profit") != before
    assert (
        next(one.value for one in app.markdown if "would be named" in one.value)
        != caught
    )
    app.selectbox(key=widget_key("churn", "limit")).set_value("count").run()
    app.slider(key=widget_key("churn", "count")).set_value(25).run()
    assert metric(settled(app), "churn.figure.contacted") == "25"


@pytest.mark.slow
def test_what_if_asks_the_model_again(home: dict[str, str]) -> None:
    app = opened(home["en"], tab="explain")
    slider = next(
        one
        for one in app.slider
        if one.key.startswith("churn.whatif.explain.Late Deliveries")
    )
    now = metric(app, "churn.customer_card.before")
    assert metric(app, "churn.customer_card.after") == now
    slider.set_value(0).run()
    assert metric(settled(app), "churn.customer_card.before") == now
    assert (
        float(metric(app, "churn.customer_card.after").rstrip("%"))
        < float(now.rstrip("%")) - 5
    )


@pytest.mark.slow
def test_a_list_is_kept_compared_and_measured(home: dict[str, str]) -> None:
    workspace = loaded(people().drop(columns="closing_reason"))
    app = opened(workspace, tab="contact_list")
    listed = table(app, "position", "action")
    first = listed["customer"].iloc[0]
    app.button(key=widget_key("churn", "campaign_keep")).click().run()
    assert metric(settled(app.run()), "churn.figure.new") == "0"
    app.multiselect(key=widget_key("churn", "suppress", 0, 0)).set_value(
        [first]
    ).run()
    app.button(key=widget_key("churn", "suppress_add")).click().run()
    assert first not in set(table(settled(app), "position", "action")["customer"])
    assert metric(app, "churn.figure.dropped") == "1"
    app.toggle(key=widget_key("churn", "measure_campaign")).set_value(True).run()
    settled(app)
    assert not app.exception
    assert {"hold-out", "contact"} == set(
        table(app, "churn_rate", "known")["group"]
    )
    kept = open_workspace(workspace).saved("churn_campaign")
    assert set(kept[0].frame("list")["customer"]) == set(listed["customer"])


@pytest.mark.slow
def test_a_model_is_kept_reopened_and_applied_and_what_a_table_lacks_is_named(
    home: dict[str, str],
) -> None:
    frame = people().drop(columns="closing_reason")
    workspace = loaded(
        frame,
        frame.drop(columns="support_calls").assign(
            customer_id=lambda table: "N" + table["customer_id"]
        ),
    )
    names = [
        one.name
        for one in open_workspace(workspace).tables()
        if one.kind == "customers"
    ]
    full = next(
        name
        for name in names
        if "support_calls" in open_workspace(workspace).load(name).table.columns
    )
    open_workspace(workspace).use(full)
    app = opened(workspace, tab="saved_model")
    app.text_input(key=widget_key("churn", "keep_name")).set_value("mine").run()
    app.button(key=widget_key("churn", "model_keep")).click().run()
    settled(app)
    app.button(key=widget_key("churn", "open", "mine")).click().run()
    app.selectbox(key=widget_key("churn", "apply_to")).set_value(full).run()
    settled(app)
    assert not app.exception and not app.warning
    assert len(table(app, "customer", "risk", "reasons")) == len(frame)
    assert [one.value for one in app.success] == [
        say("churn.saved_model.drift_stable", "en")
    ]
    if len(names) > 1:
        app.selectbox(key=widget_key("churn", "apply_to")).set_value(
            next(name for name in names if name != full)
        ).run()
        assert say("churn.missing_columns", "en", columns=["support_calls"]) in [
            one.replace("\\", "") for one in warned(settled(app))
        ]


@pytest.mark.slow
def test_the_column_that_says_who_left_is_asked_for_where_it_is_not_plain(
    home: dict[str, str],
) -> None:
    frame = (
        people()
        .drop(columns="closing_reason")
        .rename(columns={"churned": "state"})
        .replace({"state": {"yes": "code 7", "no": "code 3"}})
    )
    app = opened(loaded(frame))
    assert not app.exception
    assert any("No column says who left" in one for one in warned(app))
    app.selectbox(key=widget_key("churn", "target")).set_value("state").run()
    assert any(
        "Which value" in one.replace("\\", "") for one in warned(settled(app))
    )
    app.selectbox(key=widget_key("churn", "positive", "state")).set_value(
        "code 7"
    ).run()
    assert not settled(app).exception and not app.warning
    assert float(metric(app, "churn.figure.auc")) > 0.6


@pytest.mark.parametrize(
    ("frame", "key"),
    [
        (people(1).assign(churned="no"), "churn.all_stayed"),
        (people(60).assign(churned="no"), "churn.all_stayed"),
        (people(60).assign(churned="yes"), "churn.all_left"),
        (people(9), "churn.too_few_to_learn"),
    ],
    ids=["one customer", "nobody left", "all left", "few"],
)
def test_what_cannot_be_learnt_is_said(
    home: dict[str, str], frame: pd.DataFrame, key: str
) -> None:
    app = opened(loaded(frame.drop(columns="closing_reason")))
    assert not app.exception
    start = say(
        key,
        "en",
        column="churned",
        count=len(frame),
        customers=len(frame),
        churners=0,
        least=5,
        rate=0,
        lo=0,
        hi=0,
    )[:12]
    assert any(one.startswith(start) for one in warned(app)), warned(app)


@pytest.mark.slow
def test_few_customers_are_said_to_be_few(home: dict[str, str]) -> None:
    app = opened(loaded(people(80).drop(columns="closing_reason")))
    assert not app.exception
    assert any("only 80 customers" in one for one in warned(app))


@pytest.mark.slow
def test_names_from_a_file_are_shown_as_they_stand(
    home: dict[str, str],
) -> None:
    app = opened(
        loaded(people().drop(columns="closing_reason")),
        tab="evaluation",
        fairness="plan",
    )
    assert "<b>*Gold*</b>" in set(table(app, "group", "caught")["group"])
    assert not any("<b>*Gold*</b>" in one.value for one in app.markdown)
