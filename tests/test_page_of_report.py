"""The page of the report: chosen by a star or from the list, ordered, kept by name, masked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from crm_analysis import intake
from crm_analysis.presentation.report import ENTRIES
from crm_analysis.wording import phrases, say
from crm_analysis.workspace import Workspace, close_workspaces, new_workspace
from tests.apps import opened, settled
from tests.report_results import FORMATS, shop

PAGE = "pages/act/report.py"


@pytest.fixture
def here(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """A workspace with the shop in which somebody's name was planted."""
    monkeypatch.setenv("CRM_HOME", str(tmp_path))
    made = new_workspace("shop")
    content = shop().to_csv(index=False).encode()
    intake.take_in(made, [made.keep_file(content, "orders.csv")])
    yield made
    close_workspaces()


def _take(app: AppTest, *results: str) -> AppTest:
    for result in results:
        app.checkbox(key=f"report.take.{result}").check().run()
    return settled(app)


def _headings(app: AppTest) -> list[str]:
    """The sentences of the findings, in their order."""
    return [one.value for one in app.markdown if one.value.startswith("#### ")]


def test_every_result_with_an_entry_is_called_something_on_the_page() -> None:
    named = {
        key.removeprefix("report.recipe.")
        for key in phrases()
        if key.startswith("report.recipe.")
    }
    assert named == set(ENTRIES)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_findings_are_chosen_ordered_and_taken_out(
    here: Workspace, language: str
) -> None:
    app = opened(PAGE, language, here.id)
    assert _headings(app) == [f"#### {say('report.page.empty', language)}"]
    app = _take(app, "BusinessState", "Changes", "Cohorts")
    assert not app.exception
    assert not app.warning
    before = _headings(app)
    assert len(before) == len(app.get("plotly_chart")) == 3
    assert len(app.get("download_button")) == len(FORMATS)

    app.button(key="report.up.Changes").click().run()
    assert _headings(app) == [before[1], before[0], before[2]]
    app.button(key="report.out.BusinessState").click().run()
    assert _headings(app) == [before[1], before[2]]
    assert not app.checkbox(key="report.take.BusinessState").value
    assert _headings(opened(PAGE, language, here.id)) == [before[1], before[2]]
