"""What a column is not holds for the next month; what is dropped is not asked about."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from crm_analysis import intake
from crm_analysis.tables.cleaning import CleanOptions, clean
from crm_analysis.tables.reading import read_table
from crm_analysis.tables.roles import Roles, guess_roles, with_role
from crm_analysis.workspace import Workspace, new_workspace


@pytest.fixture
def workspace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Workspace]:
    monkeypatch.setenv("CRM_HOME", str(tmp_path))
    opened_now = new_workspace("months")
    yield opened_now
    opened_now.close()


def people(month: int) -> bytes:
    """Customers, a row each, with a word of yes or no at the end."""
    lines = [
        "CustomerID,Age,Income,Children,Visits,Pages,Minutes,Bikes,Cars,Newsletter"
    ]
    lines += [
        f"{month}{number:03d},{20 + number % 50},{1000 + 37 * number},{number % 3},{number % 13},"
        f"{number % 29},"
        f"{number % 61},{number % 4},{number % 5},{('no', 'yes')[number % 4 == 0]}"
        for number in range(60)
    ]
    return "\n".join(lines).encode()


def load(workspace: Workspace, month: int) -> str:
    """Take in the customers of a month; the name of their table."""
    kept = workspace.keep_file(people(month), f"people {month}.csv")
    before = {saved.name for saved in workspace.tables()}
    intake.take_in(workspace, [kept])
    (name,) = {saved.name for saved in workspace.tables()} - before
    return name


def asked(workspace: Workspace, name: str) -> set[str]:
    questions = workspace.load(name).questions
    return {question.key.split(".")[-1] for question in questions}


def test_a_column_said_to_be_no_outcome_is_none_in_the_file_of_the_next_month(
    workspace: Workspace,
) -> None:
    name = load(workspace, 1)
    assert "outcome_last" in asked(workspace, name)
    plan = intake.plan_of(workspace, name)
    roles = workspace.load(name).roles
    assert roles is not None
    plan = plan.with_roles(with_role(roles, "outcome", None))
    intake.change(workspace, plan, intake.read_plan(plan))
    assert "outcome_last" not in asked(workspace, name)
    workspace.remove_table(name)
    again = load(workspace, 2)
    assert "outcome_last" not in asked(workspace, again)
    saved = workspace.load(again).roles
    assert saved is not None and "outcome" not in saved.columns


def test_that_no_column_has_a_role_is_saved_with_the_roles() -> None:
    roles = Roles("customers", {"customer": "Id", "outcome": "y"}, {"outcome": 0.5})
    said = with_role(roles, "outcome", None)
    assert Roles.from_dict(said.to_dict()) == said
    assert said.confidence["outcome"] == 1.0 and "outcome" not in said.columns
    anew = with_role(said, "customer", "y")
    assert anew.confidence["outcome"] == 1.0
    assert with_role(anew, "outcome", "y").columns["outcome"] == "y"


def test_refunds_that_are_dropped_raise_no_question_about_their_sign() -> None:
    lines = ["Order,Date,Customer,Type,Amount"]
    lines += [
        f"{1000 + number},2024-05-{number % 28 + 1:02d},C{number % 9},"
        f"{'Refund' if number % 11 == 0 else 'Sale'},{20 + number % 7}.5"
        for number in range(120)
    ]
    raw = read_table("\n".join(lines).encode(), name="orders.csv")
    roles = guess_roles(raw)
    kept, dropped = (
        clean(raw, roles),
        clean(raw, roles, CleanOptions(returns="drop")),
    )
    refunds = sum(20.5 + number % 7 for number in range(0, 120, 11))
    total = sum(20.5 + number % 7 for number in range(120))
    assert any(
        question.key.endswith("refunds_positive") for question in kept.questions
    )
    assert not dropped.questions
    assert kept.table["amount"].sum() == pytest.approx(total - 2 * refunds)
    assert dropped.table["amount"].sum() == pytest.approx(total - refunds)
