"""For whom pages are drawn: managers see answers first, analysts all settings and measures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from crm_analysis import intake
from crm_analysis.wording import say
from crm_analysis.workspace import new_workspace
from tests.apps import opened, settled
from tests.shops import shops

# Of each page what only an analyst reads: a measure, and a tab.
ONLY = {
    "understand/segments": ("segments.summary.silhouette", "quality"),
    "understand/baskets": ("baskets.summary.itemsets", "frequencies"),
    "understand/value": ("value.figure.error", "trust"),
    "predict/churn": ("churn.figure.auc", "evaluation"),
    "predict/forecast": (None, "accuracy"),
    "act/engagement": ("engagement.figure.sent", None),
    "act/strategy": (None, "methods"),
}
SLOW = ("predict/churn", "act/strategy", "predict/forecast")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A home of workspaces for this module, with the sample shop loaded in either language."""
    with shops(tmp_path_factory) as made:
        yield made


def shown(app: AppTest) -> tuple[set[str], set[str], set[str]]:
    """The labels of the figures, of the tabs and of the folds."""
    return (
        {metric.label for metric in app.metric},
        {tab.label for tab in app.tabs},
        {fold.label for fold in app.expander},
    )


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, marks=pytest.mark.slow if page in SLOW else ())
        for page in ONLY
    ],
)
def test_a_manager_sees_the_answer_and_an_analyst_all_measures(
    home: Any, page: str
) -> None:
    language = "zh" if page.startswith("understand") else "en"
    word = Path(page).stem
    label, tab = ONLY[page]
    app = opened(f"pages/{page}.py", language, home[language], reader="manager")
    figures, tabs, folds = shown(app)
    assert not app.exception
    assert any(text.value.startswith("#### ") for text in app.markdown)
    assert app.get("plotly_chart")
    assert say("frame.settings.title", language) in folds
    app.button_group(key="frame.reader").set_value("analyst").run()
    more, further, open_folds = shown(settled(app))
    assert say("frame.settings.title", language) not in open_folds
    if label is not None:
        assert say(label, language) in more - figures
    if tab is not None:
        assert say(f"{word}.tab.{tab}", language) in further - tabs
    assert figures <= more
    assert tabs <= further


def test_who_reads_is_kept_for_the_next_visit_and_in_the_link(home: Any) -> None:
    page = "pages/act/report.py"
    app = opened(page, "en", home["en"], reader="manager")
    assert "reader" not in app.query_params
    app.button_group(key="frame.reader").set_value("analyst").run()
    assert app.query_params["reader"] == "analyst"
    app.switch_page("pages/start/data.py").run()
    assert app.query_params["reader"] == "analyst"
    again = opened(page, "en", home["en"], reader="")
    assert again.session_state["reader"] == "analyst"
    again.button_group(key="frame.reader").set_value("manager").run()
    assert "reader" not in again.query_params


def test_settings_in_the_fold_are_those_that_count(home: Any) -> None:
    app = opened(
        "pages/understand/segments.py",
        "en",
        home["en"],
        reader="manager",
        **{"segments.RuleOptions.clusters": None},
    )
    app.selectbox(key="segments.method").set_value("rfm").run()
    settled(app)
    assert not app.exception
    assert app.selectbox(key="segments.method").value == "rfm"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_there_is_no_fold_of_settings_where_a_column_is_missing(
    home: Any, language: str
) -> None:
    made = new_workspace("no dates")
    lines = "\n".join(f"{number % 5},{'ABC'[number % 3]},1" for number in range(30))
    content = f"Order,Product,Quantity\n{lines}\n".encode()
    intake.take_in(made, [made.keep_file(content, "orders.csv")])
    app = opened("pages/predict/forecast.py", language, made.id, reader="manager")
    assert not app.exception
    assert app.warning
    assert say("frame.settings.title", language) not in shown(app)[2]
    baskets = opened(
        "pages/understand/baskets.py", language, made.id, reader="manager"
    )
    assert say("frame.settings.title", language) in shown(baskets)[2]
    # Nothing is surely bought together: there is no picture, and nothing to choose of it.
    keys = {group.key for group in baskets.button_group}
    assert "baskets.network_by" not in keys
