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


def month(number: int, year: str = "") -> bytes:
    """Orders with several products in a cell, and days as a rule without their year."""
    products = ("Tea|Cup", "Pot", "Cup|Pot|Tea", "Tea")
    lines = ["Order,Day of order,Customer,Products,Qty,Price"]
    for order in range(24):
        names = products[order % 4]
        count = names.count("|") + 1
        day = (
            f"{year}{number:02d}-{order + 1:02d}"
            if year
            else f"{order + 1}/{number}"
        )
        lines.append(
            f"{number}{order:03d},{day},C{order % 5},{names},"
            f"{'|'.join(['1'] * count)},{'|'.join(['3.50'] * count)}"
        )
    return "\n".join(lines).encode()


def dated(number: int) -> bytes:
    """The same with plain days, which are read in a third of the time."""
    return month(number, year="2023-")


def waiting(app: AppTest) -> list[str]:
    return [button.key for button in app.button if "settle" in (button.key or "")]


def answer(app: AppTest, choice: str) -> AppTest:
    """Choose an answer wherever it is offered on the page."""
    control = next(
        control for control in app.segmented_control if choice in control.options
    )
    return settled(control.set_value(choice).run())


def load(workspace: Workspace, data: bytes, name: str) -> list[str]:
    said = intake.take_in(workspace, [workspace.keep_file(data, name)])
    return [key for key, _ in said]


@pytest.fixture(scope="module")
def in_columns(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A workspace where somebody said of January that its records stay in columns."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CRM_HOME", str(tmp_path_factory.mktemp("columns")))
        made = new_workspace("columns")
        stay_in_columns(made)
        yield made
        made.close()


@pytest.mark.slow
def test_nothing_is_asked_of_the_file_of_the_next_month(
    workspace: Workspace,
) -> None:
    load(workspace, month(1), "january.csv")
    app = opened("pages/start/data.py", "en", workspace.id)
    assert not app.exception
    app = answer(app, "2023")
    while keys := waiting(app):
        button = next(button for button in app.button if button.key == keys[0])
        app = settled(button.click().run())
    open_workspace(workspace.id).remove_table("january.csv")
    assert "intake.remembered" in load(workspace, month(2), "february.csv")
    saved = open_workspace(workspace.id).load("february.csv")
    assert saved.table["date"].dt.year.unique().tolist() == [2023]
    app = opened("pages/start/data.py", "en", workspace.id)
    assert not app.exception and not waiting(app)
    assert any("an earlier file" in caption.value for caption in app.caption)


@pytest.mark.slow
def test_what_was_remembered_can_be_asked_again(workspace: Workspace) -> None:
    load(workspace, month(1), "january.csv")
    answer(opened("pages/start/data.py", "en", workspace.id), "2023")
    open_workspace(workspace.id).remove_table("january.csv")
    load(workspace, month(2), "february.csv")
    app = opened("pages/start/data.py", "en", workspace.id)
    undo = next(button for button in app.button if "recalled" in (button.key or ""))
    app = settled(undo.click().run())
    assert not app.exception
    saved = open_workspace(workspace.id).load("february.csv")
    assert saved.table["date"].dt.year.unique().tolist() != [2023]
    assert not saved.recipe["recalled"]


def test_the_shape_that_was_chosen_holds_where_the_file_leaves_it_open(
    in_columns: Workspace,
) -> None:
    assert "intake.remembered" in load(in_columns, dated(2), "february.csv")
    assert shape_of(in_columns) == "columns"


def with_columns(data: bytes, **cells: str) -> bytes:
    """The file with further columns, as platforms add them, before its last."""
    header, *lines = data.decode().split("\n")
    more = ",".join(cells), ",".join(cells.values())
    parted = [line.rpartition(",") for line in (header, *lines)]
    return "\n".join(
        f"{first},{more[position > 0]},{last}"
        for position, (first, _, last) in enumerate(parted)
    ).encode()


def stay_in_columns(workspace: Workspace) -> None:
    """Load January, and say that its records stay in columns."""
    load(workspace, dated(1), "january.csv")
    plan = intake.plan_of(workspace, "january.csv")
    read = (plan.read[0].replace(shape="columns"),)
    changed = intake.Plan(plan.name, plan.files, read)
    intake.change(workspace, changed, intake.read_plan(changed))
    workspace.remove_table("january.csv")


def shape_of(workspace: Workspace) -> str | None:
    """How February is shaped, after which it is removed."""
    recipe = workspace.load("february.csv").recipe
    workspace.remove_table("february.csv")
    shape = recipe["read"][0]["shape"]
    assert bool(shape) == bool(recipe["recalled"])
    return str(shape) if shape else None


def test_answers_hold_where_the_platform_added_a_column(
    in_columns: Workspace,
) -> None:
    load(in_columns, with_columns(dated(2), Channel="web"), "february.csv")
    assert shape_of(in_columns) == "columns"


@pytest.mark.parametrize(
    "data",
    [
        dated(2).replace(b"Customer", b"Buyer"),
        with_columns(
            dated(2).replace(b"Order,Day of order", b"Day of order,Order"),
            Channel="web",
        ),
        with_columns(dated(2), Channel="web", Shop="a", Tax="1", Note="x"),
    ],
    ids=["another heading", "another order", "many more"],
)
def test_answers_do_not_hold_for_another_platform(
    in_columns: Workspace, data: bytes
) -> None:
    load(in_columns, data, "february.csv")
    assert shape_of(in_columns) is None


@pytest.mark.slow
def test_what_is_asked_again_is_not_answered_by_the_earlier_form(
    workspace: Workspace,
) -> None:
    stay_in_columns(workspace)
    data = with_columns(dated(2), Channel="web")
    load(workspace, data, "february.csv")
    plan = intake.plan_of(workspace, "february.csv")
    assert shape_of(workspace) == "columns"
    load(workspace, data, "february.csv")
    fresh = intake.Plan(plan.name, plan.files, (ReadOptions(),))
    intake.change(workspace, fresh, intake.read_plan(fresh))
    workspace.remove_table("february.csv")
    load(workspace, data, "february.csv")
    assert shape_of(workspace) is None


@pytest.mark.slow
def test_what_is_right_as_assumed_holds_where_the_platform_added_a_column(
    workspace: Workspace,
) -> None:
    """Said of the second question, so that the first is seen to be asked again."""
    lines = [
        f"{n},C{n % 3},2024-01-{10 + n},{3 + n},{n}.125,{n}.250"
        for n in range(1, 9)
    ]
    data = "\n".join(["Order,Customer,Date,Qty,Weight,Volume", *lines]).encode()
    intake.take_in(workspace, [workspace.keep_file(data, "january.csv")])
    app = opened("pages/start/data.py", "en", workspace.id)
    first, second = waiting(app)
    button = next(button for button in app.button if button.key == second)
    assert waiting(settled(button.click().run())) == [first]
    workspace.remove_table("january.csv")
    grown = with_columns(data, Channel="web")
    intake.take_in(workspace, [workspace.keep_file(grown, "february.csv")])
    app = opened("pages/start/data.py", "en", workspace.id)
    assert not app.exception and len(waiting(app)) == 1


def test_another_workspace_knows_nothing_of_it(in_columns: Workspace) -> None:
    other = new_workspace("another")
    assert "intake.remembered" not in load(other, dated(2), "february.csv")
    assert shape_of(other) is None
    other.close()
