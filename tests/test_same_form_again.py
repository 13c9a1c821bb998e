"""What a person answered once holds for the next file with the same headings, and says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from crm_analysis import intake
from crm_analysis.tables.reading import ReadOptions
from crm_analysis.workspace import Workspace, new_workspace, open_workspace
from tests.apps import opened, settled


@pytest.fixture
def workspace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Workspace]:
    monkeypatch.setenv("CRM_HOME", str(tmp_path))
    opened_now = new_workspace("months")
    yield opened_now
    opened_now.close()


def month(number: int) -> bytes:
    """Orders with several products in a cell, and days without their year."""
    products = ("Tea|Cup", "Pot", "Cup|Pot|Tea", "Tea")
    lines = ["Order,Day of order,Customer,Products,Qty,Price"]
    for order in range(24):
        names = products[order % 4]
        count = names.count("|") + 1
        lines.append(
            f"{number}{order:03d},{order + 1}/{number},C{order % 5},{names},"
            f"{'|'.join(['1'] * count)},{'|'.join(['3.50'] * count)}"
        )
    return "\n".join(lines).encode()


def waiting(app: AppTest) -> list[str]:
    return [button.key for button in app.button if "settle" in (button.key or "")]


def answer(app: AppTest, choice: str) -> AppTest:
    """Choose an answer wherever it is offered on the page."""
    control = next(
        control for control in app.segmented_control if choice in control.options
    )
    return settled(control.set_value(choice).run())


def load(workspace: Workspace, number: int, name: str) -> list[str]:
    said = intake.take_in(workspace, [workspace.keep_file(month(number), name)])
    return [key for key, _ in said]


@pytest.mark.slow
def test_nothing_is_asked_of_the_file_of_the_next_month(
    workspace: Workspace,
) -> None:
    load(workspace, 1, "january.csv")
    app = opened("pages/start/data.py", "en", workspace.id)
    assert not app.exception
    app = answer(app, "2023")
    while keys := waiting(app):
        button = next(button for button in app.button if button.key == keys[0])
        app = settled(button.click().run())
    open_workspace(workspace.id).remove_table("january.csv")
    assert "intake.remembered" in load(workspace, 2, "february.csv")
    saved = open_workspace(workspace.id).load("february.csv")
    assert saved.table["date"].dt.year.unique().tolist() == [2023]
    app = opened("pages/start/data.py", "en", workspace.id)
    assert not app.exception and not waiting(app)
    assert any("an earlier file" in caption.value for caption in app.caption)


@pytest.mark.slow
def test_what_was_remembered_can_be_asked_again(workspace: Workspace) -> None:
    load(workspace, 1, "january.csv")
    answer(opened("pages/start/data.py", "en", workspace.id), "2023")
    open_workspace(workspace.id).remove_table("january.csv")
    load(workspace, 2, "february.csv")
    app = opened("pages/start/data.py", "en", workspace.id)
    undo = next(button for button in app.button if "recalled" in (button.key or ""))
    app = settled(undo.click().run())
    assert not app.exception
    saved = open_workspace(workspace.id).load("february.csv")
    assert saved.table["date"].dt.year.unique().tolist() != [2023]
    assert not saved.recipe["recalled"]


def test_the_shape_that_was_chosen_holds_where_the_file_leaves_it_open(
    workspace: Workspace,
) -> None:
    in_columns(workspace)
    assert "intake.remembered" in load(workspace, 2, "february.csv")
    read = workspace.load("february.csv").recipe["read"]
    assert [options["shape"] for options in read] == ["columns"]


def with_columns(data: bytes, **cells: str) -> bytes:
    """The file with further columns, as platforms add them, before its last."""
    header, *lines = data.decode().split("\n")
    more = ",".join(cells), ",".join(cells.values())
    parted = [line.rpartition(",") for line in (header, *lines)]
    return "\n".join(
        f"{first},{more[position > 0]},{last}"
        for position, (first, _, last) in enumerate(parted)
    ).encode()


def in_columns(workspace: Workspace) -> None:
    """Load January, and say that its records stay in columns."""
    load(workspace, 1, "january.csv")
    plan = intake.plan_of(workspace, "january.csv")
    read = (plan.read[0].replace(shape="columns"),)
    changed = intake.Plan(plan.name, plan.files, read)
    intake.change(workspace, changed, intake.read_plan(changed))
    workspace.remove_table("january.csv")


def shape_of(workspace: Workspace, data: bytes) -> str | None:
    """How a file is shaped where nobody answers for it."""
    intake.take_in(workspace, [workspace.keep_file(data, "february.csv")])
    read = workspace.load("february.csv").recipe["read"]
    return str(read[0]["shape"]) if read[0]["shape"] else None


def test_answers_hold_where_the_platform_added_a_column(
    workspace: Workspace,
) -> None:
    in_columns(workspace)
    assert shape_of(workspace, with_columns(month(2), Channel="web")) == "columns"
    assert workspace.load("february.csv").recipe["recalled"]


@pytest.mark.parametrize(
    "data",
    [
        month(2).replace(b"Customer", b"Buyer"),
        with_columns(
            month(2).replace(b"Order,Day of order", b"Day of order,Order"),
            Channel="web",
        ),
        with_columns(month(2), Channel="web", Shop="a", Tax="1", Note="x"),
    ],
    ids=["another heading", "another order", "many more"],
)
def test_answers_do_not_hold_for_another_platform(
    workspace: Workspace, data: bytes
) -> None:
    in_columns(workspace)
    assert shape_of(workspace, data) is None
    assert not workspace.load("february.csv").recipe["recalled"]


def test_what_is_asked_again_is_not_answered_by_the_earlier_form(
    workspace: Workspace,
) -> None:
    in_columns(workspace)
    data = with_columns(month(2), Channel="web")
    assert shape_of(workspace, data) == "columns"
    plan = intake.plan_of(workspace, "february.csv")
    fresh = intake.Plan(plan.name, plan.files, (ReadOptions(),))
    intake.change(workspace, fresh, intake.read_plan(fresh))
    workspace.remove_table("february.csv")
    assert shape_of(workspace, data) is None


def test_another_workspace_knows_nothing_of_it(workspace: Workspace) -> None:
    load(workspace, 1, "january.csv")
    plan = intake.plan_of(workspace, "january.csv")
    read = (plan.read[0].replace(shape="columns"),)
    changed = intake.Plan(plan.name, plan.files, read)
    intake.change(workspace, changed, intake.read_plan(changed))
    other = new_workspace("another")
    assert "intake.remembered" not in load(other, 2, "february.csv")
    read = other.load("february.csv").recipe["read"]
    assert [options["shape"] for options in read] == [None]
    other.close()
