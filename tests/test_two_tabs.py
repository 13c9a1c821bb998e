"""Two tabs on one workspace: both uploads arrive, and what another tab changed is said."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from crm_analysis import intake
from crm_analysis.jobs import Progress, no_progress
from crm_analysis.messages import Message
from crm_analysis.presentation.ui.keys import widget_key
from crm_analysis.wording import say
from crm_analysis.workspace import (
    KeptFile,
    Workspace,
    close_workspaces,
    new_workspace,
)
from tests.apps import opened, settled

DATA = "pages/start/data.py"
ORDERS = "order,customer,date,amount\n" + "".join(
    f"A{number},C{number % 7},2025-01-{number % 28 + 1:02d},10\n"
    for number in range(40)
)
PEOPLE = "customer,city,age\n" + "".join(
    f"C{number},Rome,{20 + number}\n" for number in range(40)
)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    monkeypatch.setenv("CRM_HOME", str(tmp_path))
    yield new_workspace("shop")
    close_workspaces()


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Files are not taken in before this is set."""
    opens, take_in = threading.Event(), intake.take_in

    def patient(
        workspace: Workspace,
        files: list[KeptFile],
        progress: Progress = no_progress,
    ) -> list[Message]:
        while not opens.wait(0.01):
            progress(0.1, "intake.step_read")
        return take_in(workspace, files, progress)

    monkeypatch.setattr(intake, "take_in", patient)
    yield opens
    opens.set()


def upload(app: AppTest, name: str, text: str) -> AppTest:
    chooser: Any = app.get("file_uploader")[0]
    app = chooser.set_value([(name, text.encode(), "text/csv")]).run()
    assert not app.exception
    return app


def stories(app: AppTest) -> str:
    return " ".join(one.value for one in app.success)


@pytest.mark.slow
def test_what_two_tabs_upload_at_once_arrives_and_each_is_told_its_own(
    shop: Workspace, gate: threading.Event
) -> None:
    first, second = (opened(DATA, "en", shop.id) for _ in range(2))
    upload(first, "orders.csv", ORDERS)
    upload(second, "people.csv", PEOPLE)
    assert first.get("progress") and second.get("progress")
    gate.set()
    settled(first.run())
    settled(second.run())
    assert {table.name for table in shop.tables()} == {"orders.csv", "people.csv"}
    assert "orders.csv" in stories(first) and "people.csv" not in stories(first)
    assert "people.csv" in stories(second) and "orders.csv" not in stories(second)


@pytest.mark.slow
def test_what_is_cancelled_takes_what_waits_with_it_and_a_later_one_is_read(
    shop: Workspace, gate: threading.Event
) -> None:
    first, second = (opened(DATA, "en", shop.id) for _ in range(2))
    upload(first, "orders.csv", ORDERS)
    upload(second, "people.csv", PEOPLE)
    first.button(key=widget_key("job", "cancel")).click().run()
    for app in (first, second):
        settled(app.run())
        assert say("frame.cancelled", "en") in [one.value for one in app.info]
    gate.set()
    first.button(key=widget_key("job", "again")).click().run()
    upload(settled(first), "people.csv", PEOPLE)
    settled(first.run())
    assert [table.name for table in shop.tables()] == ["people.csv"]


@pytest.mark.slow
def test_a_tab_is_told_that_its_table_was_changed_in_another(
    shop: Workspace,
) -> None:
    file = shop.keep_file(ORDERS.encode(), "orders.csv")
    intake.take_in(shop, [file])
    first, second = (opened(DATA, "en", shop.id) for _ in range(2))
    told = say("intake.changed_elsewhere", "en")
    version = shop.load("orders.csv").version.version
    role = widget_key("data", "role", "product", version)
    first.selectbox(key=role).set_value("order").run()
    settled(first)
    assert told not in [one.value for one in first.info]
    second.selectbox(key=role).set_value("customer").run()
    settled(second)
    assert told in [one.value for one in second.info]
    assert "product" in shop.load("orders.csv").table.columns
    settled(second.run())
    assert told not in [one.value for one in second.info]


@pytest.mark.slow
def test_an_upload_that_failed_is_listed_with_why_and_can_be_deleted(
    shop: Workspace,
) -> None:
    app = opened(DATA, "zh", shop.id)
    settled(upload(app, "empty.csv", ""))
    (file,) = shop.files()
    ((listed, why),) = intake.unread_files(shop)
    assert listed == file and why is not None
    assert any("empty.csv" in one.value for one in app.markdown)
    sentence = say(why.key, "zh", **why.details)
    assert any(sentence in one.value for one in app.markdown)
    app.button(key=widget_key("intake", "delete", file.sha256)).click().run()
    assert not shop.files() and not app.exception
    assert not any("empty.csv" in one.value for one in app.markdown)


@pytest.mark.slow
def test_a_removed_tables_file_can_be_read_again(shop: Workspace) -> None:
    file = shop.keep_file(ORDERS.encode(), "orders.csv")
    intake.take_in(shop, [file])
    assert not intake.unread_files(shop)
    shop.remove_table("orders.csv")
    app = opened(DATA, "en", shop.id)
    app.button(key=widget_key("intake", "again", file.sha256)).click().run()
    settled(app)
    assert [table.name for table in shop.tables()] == ["orders.csv"]
    assert not intake.unread_files(shop)
