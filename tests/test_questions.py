"""What waits for an answer stands on every page that uses the table, and is settled there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from crm_analysis import intake
from crm_analysis.wording import say
from crm_analysis.workspace import new_workspace, open_workspace
from tests.apps import opened, settled
from tests.shops import shops


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with shops(tmp_path_factory) as made:
        yield made


@pytest.fixture
def workspace(home: Any) -> str:
    """Orders whose total stands on each of their lines; their dates are clear."""
    made = new_workspace("totals")
    lines = ["order,customer,date,product,order total"]
    for order in range(60):
        date = f"2024-{order % 12 + 1:02}-{order % 27 + 1:02}"
        for product in ("Tea", "Cup"):
            total = 20 + order % 7
            lines.append(f"A{order},C{order % 9},{date},{product},{total}.50")
    intake.take_in(made, [made.keep_file("\n".join(lines).encode(), "totals.csv")])
    return made.id


def _waits(app: AppTest) -> bool:
    return any(button.key.startswith("frame.settle") for button in app.button)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("page", ["start/overview", "understand/segments"])
def test_a_page_says_what_waits_in_the_table_it_uses(
    workspace: str, page: str, language: str
) -> None:
    app = opened(f"pages/{page}.py", language, workspace)
    assert not app.exception
    question = open_workspace(workspace).load("transactions").questions[0]
    assert question.key == "cleaning.question.order_total_repeated"
    sentence = question.sentence(language)[:20]
    assert any(sentence in text.value for text in app.markdown)
    assert _waits(app)


def test_what_is_right_as_assumed_is_not_asked_again_on_any_page(
    workspace: str,
) -> None:
    app = opened("pages/start/overview.py", "en", workspace)
    button = next(
        button for button in app.button if button.key.startswith("frame.settle")
    )
    settled(button.click().run())
    assert not _waits(app)
    assert not _waits(opened("pages/understand/segments.py", "zh", workspace))
    data = opened("pages/start/data.py", "en", workspace)
    assert any(text.value == say("data.settled") for text in data.caption)


def test_an_answer_changes_the_figures_where_it_is_given(workspace: str) -> None:
    app = opened("pages/start/overview.py", "en", workspace)
    before = open_workspace(workspace).load("transactions").table["amount"].sum()
    choice = next(
        control
        for control in app.button_group
        if str(control.key).startswith("frame.question")
    )
    settled(choice.set_value("as_is").run())
    after = open_workspace(workspace).load("transactions").table["amount"].sum()
    assert after == pytest.approx(2 * before)
    assert not _waits(app)
