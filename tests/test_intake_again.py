"""A file read again: steps undone, copies put back, other roles, another way of reading."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from crm_analysis import intake
from crm_analysis.tables.reading import ReadOptions
from crm_analysis.tables.roles import Roles
from crm_analysis.workspace import Workspace, close_workspaces, new_workspace
from tests.kept_files import (
    FEBRUARY,
    HEADER,
    JANUARY,
    LATE,
    balanced,
    orders,
    remade,
    take,
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    monkeypatch.setenv("CRM_HOME", str(tmp_path))
    yield new_workspace("shop")
    close_workspaces()


@pytest.mark.slow
def test_a_step_undone_and_done_again(home: Workspace) -> None:
    take(home, ("jan.csv", HEADER + "".join([*JANUARY, JANUARY[0]])))
    assert (orders(home).rows, orders(home).summary()["duplicates"]) == (40, 1)
    plan = intake.plan_of(home, "jan.csv")
    undone_plan = dataclasses.replace(
        plan, clean=plan.clean.replace(undo=("duplicates",))
    )
    assert remade(home, undone_plan).rows == 41
    again = remade(home, plan)
    assert (again.rows, again.summary()["duplicates"]) == (40, 1)
    assert len(home.versions("jan.csv")) == 3


def test_a_copy_put_back_stays(home: Workspace) -> None:
    take(home, ("jan.csv", HEADER + "".join([*JANUARY, JANUARY[0]])))
    plan = intake.plan_of(home, "jan.csv")
    aside = orders(home).set_aside
    assert aside[["source", "line"]].values.tolist() == [[0, 42]]
    saved = remade(
        home,
        dataclasses.replace(plan, clean=plan.clean.replace(put_back=((0, 42),))),
    )
    assert saved.rows == 41
    assert saved.set_aside.empty
    assert balanced(saved)


@pytest.mark.slow
def test_a_repeated_record_put_back_stays(home: Workspace) -> None:
    """Reading sets it aside, and cleaning would take it for a copy: put back is put back."""
    take(home, ("jan.csv", HEADER + "".join(JANUARY)))
    take(home, ("feb.csv", HEADER + "".join(FEBRUARY + LATE)))
    plan = intake.plan_of(home, "jan.csv")
    saved = remade(
        home,
        dataclasses.replace(
            plan, read=(plan.read[0], plan.read[1].replace(put_back=(22,)))
        ),
    )
    assert saved.rows == 62
    assert saved.set_aside["line"].tolist() == [23]
    assert balanced(saved)
    assert intake.plan_of(home, "jan.csv").read[1].put_back == (22,)
    assert remade(home, plan).rows == 61


def test_a_footer_put_back_stays(home: Workspace) -> None:
    take(home, ("jan.csv", HEADER + "".join(JANUARY) + "Total,,,,100,250\n"))
    aside = orders(home).set_aside
    assert aside["line"].tolist() == [42]
    plan = intake.plan_of(home, "jan.csv")
    saved = remade(
        home, dataclasses.replace(plan, read=(ReadOptions(put_back=(42,)),))
    )
    assert saved.rows == 41
    assert saved.set_aside.empty


@pytest.mark.slow
def test_what_is_repeated_follows_the_roles_a_person_gave(
    home: Workspace,
) -> None:
    """With orders as a kind of their own, a changed line stands beside the old.

    As customers, it takes its place.
    """
    first = "".join(f"K{one},{one * 3},{one % 5}\n" for one in range(30))
    take(home, ("a.csv", "code,points,level\n" + first))
    plan = intake.plan_of(home, "a.csv")
    remade(
        home,
        dataclasses.replace(plan, roles=Roles("customers", {"customer": "code"})),
    )
    remarks = take(home, ("b.csv", "code,points,level\nK1,700,1\nK99,5,2\n"))
    assert remarks == [
        (
            "intake.appended",
            {
                "name": "a.csv",
                "files": ["b.csv"],
                "new": 1,
                "repeated": 0,
                "changed": 1,
            },
        ),
        ("intake.replaced", {}),
    ]
    assert home.load("a.csv").rows == 31
    plan = intake.plan_of(home, "a.csv")
    as_lines = dataclasses.replace(
        plan,
        roles=Roles("transactions", {"product": "code", "quantity": "points"}),
    )
    assert as_lines.key != plan.key
    assert remade(home, as_lines).rows == 32


@pytest.mark.slow
def test_another_way_of_reading_and_back(home: Workspace) -> None:
    text = "Customer ID;City;Age\n" + "".join(
        f"C{one};Zürich;{30 + one}\n" for one in range(20)
    )
    take(home, ("people.csv", text))
    plan = intake.plan_of(home, "people.csv")
    wrong = dataclasses.replace(
        plan, read=(ReadOptions(encoding="cp1251"),), roles=None
    )
    assert set(remade(home, wrong).table["City"]) == {"ZГјrich"}
    assert set(
        remade(home, dataclasses.replace(plan, roles=None)).table["City"]
    ) == {"Zürich"}
