"""From kept files to tables: alone, appended, joined; what is told of them.

Decisions taken back by the plan.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crm_analysis import intake
from crm_analysis.engine import Engine
from crm_analysis.tables.reading import ReadOptions
from crm_analysis.tables.roles import with_role
from crm_analysis.wording import say
from crm_analysis.workspace import (
    Workspace,
    close_workspaces,
    new_workspace,
    open_workspace,
)
from tests.kept_files import (
    FEBRUARY,
    HEADER,
    JANUARY,
    LATE,
    balanced,
    checked,
    keys,
    orders,
    remade,
    take,
)
from tests.shops import stocked


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    monkeypatch.setenv("CRM_HOME", str(tmp_path))
    yield new_workspace("shop")
    close_workspaces()


def test_a_file_becomes_a_table(home: Workspace) -> None:
    remarks = take(home, ("jan.csv", HEADER + "".join(JANUARY)))
    assert remarks == [
        (
            "intake.loaded",
            {"name": "jan.csv", "kind": "transactions", "rows": 40},
        )
    ]
    assert orders(home).table["amount"].sum() == pytest.approx(250)
    assert balanced(orders(home))


@pytest.mark.slow
def test_a_month_is_appended_and_what_it_moved_is_told(home: Workspace) -> None:
    take(home, ("jan.csv", HEADER + "".join(JANUARY)))
    remarks = take(home, ("feb.csv", HEADER + "".join(FEBRUARY + LATE)))
    assert remarks == [
        (
            "intake.appended",
            {
                "name": "jan.csv",
                "files": ["feb.csv"],
                "new": 20,
                "repeated": 2,
                "changed": 1,
            },
        ),
        ("intake.both_kept", {}),
        ("intake.moved.customers", {"before": 7, "after": 9}),
        ("intake.moved.orders", {"before": 40, "after": 60}),
        (
            "intake.moved.amount",
            {"before": 250.0, "after": pytest.approx(250 + 175 + 2 * 2.75)},
        ),
        ("intake.moved.last", {"before": "2024-01-28", "after": "2024-02-20"}),
    ]
    assert [one.name for one in home.tables()] == ["jan.csv"]
    saved = orders(home)
    assert saved.rows == 61
    assert saved.set_aside[["source", "line", "reason"]].values.tolist() == [
        [1, 22, "repeated"],
        [1, 23, "repeated"],
    ]
    assert balanced(saved)


@pytest.mark.slow
def test_the_order_of_columns_and_a_third_month_do_not_matter(
    home: Workspace,
) -> None:
    take(home, ("jan.csv", HEADER + "".join(JANUARY)))
    take(home, ("feb.csv", HEADER + "".join(FEBRUARY)))
    turned = (
        "unit_price,Product,Quantity,order date,ORDER NO,Customer ID\n"
        "4,pot,2,2024-03-01,300,C1\n"
    )
    remarks = take(home, ("march.csv", turned))
    assert remarks[0] == (
        "intake.appended",
        {
            "name": "jan.csv",
            "files": ["march.csv"],
            "new": 1,
            "repeated": 0,
            "changed": 0,
        },
    )
    last = orders(home).table.iloc[-1]
    assert (
        last["customer"],
        last["order"],
        last["product"],
        last["quantity"],
        last["amount"],
    ) == (
        "C1",
        "300",
        "pot",
        2,
        8,
    )
    assert [file.name for file in intake.plan_of(home, "jan.csv").files] == [
        "jan.csv",
        "feb.csv",
        "march.csv",
    ]


@pytest.mark.slow
def test_the_same_file_again_changes_nothing(home: Workspace) -> None:
    january = HEADER + "".join(JANUARY)
    take(home, ("jan.csv", january))
    before = orders(home)
    for name in ("jan.csv", "copy of jan.csv"):
        assert take(home, (name, january)) == [("intake.again", {"name": name})]
    assert orders(home).version == before.version
    february = HEADER + "".join(FEBRUARY)
    take(home, ("feb.csv", february))
    assert keys(take(home, ("feb.csv", february))) == ["intake.again"]
    # A file saved anew by another program is other bytes, but brings the same records.
    remarks = take(
        home, ("feb again.csv", "\ufeff" + february.replace("\n", "\r\n"))
    )
    assert remarks[0] == (
        "intake.appended",
        {
            "name": "jan.csv",
            "files": ["feb again.csv"],
            "new": 0,
            "repeated": 20,
            "changed": 0,
        },
    )
    assert orders(home).rows == 60


def test_one_file_given_twice_at_once_is_read_once(home: Workspace) -> None:
    january = HEADER + "".join(JANUARY)
    take(home, ("jan.csv", january), ("jan.csv", january))
    assert [(one.name, one.rows) for one in home.tables()] == [("jan.csv", 40)]


@pytest.mark.slow
def test_several_months_at_once(home: Workspace) -> None:
    remarks = take(
        home,
        ("jan.csv", HEADER + "".join(JANUARY)),
        ("feb.csv", HEADER + "".join(FEBRUARY)),
    )
    assert keys(remarks) == ["intake.loaded"]
    assert orders(home).rows == 60
    assert set(orders(home).table["product"]) == {"tea", "cup"}


@pytest.mark.slow
def test_decisions_are_used_again_for_the_next_month(home: Workspace) -> None:
    take(home, ("jan.csv", HEADER + "".join(JANUARY)))
    plan = intake.plan_of(home, "jan.csv")
    assert plan.roles is not None
    roles = with_role(with_role(plan.roles, "product", None), "category", "Product")
    remade(
        home,
        dataclasses.replace(
            plan,
            roles=roles,
            clean=plan.clean.replace(leave_out=("C3",), undo=("duplicates",)),
        ),
    )
    take(home, ("feb.csv", HEADER + "".join(FEBRUARY)))
    after = intake.plan_of(home, "jan.csv")
    assert after.roles is not None
    assert after.roles.columns == roles.columns
    assert after.clean.leave_out == ("C3",)
    assert after.clean.undo == ("duplicates",)
    table = orders(home).table
    assert set(table["category"]) == {"tea", "cup"}
    assert "C3" not in set(table["customer"])


def test_a_new_month_is_read_as_the_month_before_was(home: Workspace) -> None:
    people = "Customer ID;City;Age\n" + "".join(
        f"C{one};Łódź;{30 + one}\n" for one in range(20)
    )
    take(home, ("people.csv", people.encode("cp1250")))
    plan = intake.plan_of(home, "people.csv")
    remade(
        home,
        dataclasses.replace(
            plan, read=(ReadOptions(encoding="cp1250"),), roles=None
        ),
    )
    take(
        home,
        ("more.csv", "Customer ID;City;Age\nC70;Paß;44\n".encode("cp1250")),
    )
    assert [one.encoding for one in intake.plan_of(home, "people.csv").read] == [
        "cp1250",
        "cp1250",
    ]
    assert set(home.load("people.csv").table["City"]) == {"Łódź", "Paß"}


@pytest.mark.slow
def test_joined_files_again_change_nothing(home: Workspace) -> None:
    lines = "line,order_id,sku,pieces\n" + "".join(
        f"{one},{one // 2},P{one % 5},{one % 3 + 1}\n" for one in range(60)
    )
    heads = "order_id,order_date\n" + "".join(
        f"{one},2024-01-{one % 28 + 1:02d}\n" for one in range(30)
    )
    remarks = take(home, ("lines.csv", lines), ("orders.csv", heads))
    assert keys(remarks) == [
        "intake.joined",
        "intake.link_whole",
        "intake.loaded",
    ]
    assert keys(take(home, ("lines.csv", lines), ("orders.csv", heads))) == [
        "intake.again",
        "intake.again",
    ]
    assert len(home.tables()) == 1


@pytest.mark.slow
def test_a_customer_told_anew_replaces_the_old(home: Workspace) -> None:
    people = "Customer ID,Name,Age,City\n" + "".join(
        f"C{one},Person {one},{30 + one},Leeds\n" for one in range(12)
    )
    take(home, ("people.csv", people))
    remarks = take(
        home,
        (
            "people june.csv",
            "Customer ID,Name,Age,City\n"
            "C3,Person 3,33,Bonn\nC4,Person 4,34,Leeds\nC90,Person 90,51,Rome\n",
        ),
    )
    assert remarks == [
        (
            "intake.appended",
            {
                "name": "people.csv",
                "files": ["people june.csv"],
                "new": 1,
                "repeated": 1,
                "changed": 1,
            },
        ),
        ("intake.replaced", {}),
    ]
    table = home.load("people.csv").table.set_index("customer")
    assert table.loc["C3", "City"] == "Bonn"
    assert len(table) == 13


def test_a_table_without_customers_tells_only_what_it_has(
    home: Workspace,
) -> None:
    baskets = "tea,cup\ntea\ncup,pot,tea\npot\n"
    take(home, ("baskets.csv", baskets * 5))
    remarks = take(
        home, ("more baskets.csv", "tea,jug\njug,cup,pot\ntea\npot,tea\n" * 5)
    )
    assert keys(remarks) == ["intake.appended", "intake.moved.orders"]


@pytest.mark.parametrize(
    "language", ["en", pytest.param("zh", marks=pytest.mark.slow)]
)
def test_the_four_files_of_the_sample_shop_stay_four_tables(
    home: Workspace, language: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    identifier, remarks = stocked(tmp_path_factory, language)
    home = open_workspace(identifier)
    assert keys(checked(remarks)) == ["intake.loaded"] * 4
    assert {kept.name for kept in home.files()} == {
        name for name, _ in intake.sample_files(language)
    }
    assert {one.kind for one in home.tables()} == {
        "transactions",
        "customers",
        "contacts",
        "feedback",
    }
    assert all(len(home.load(one.name).files) == 1 for one in home.tables())
    assert home.load("transactions").rows > 20_000


@pytest.mark.slow
def test_linked_files_are_joined(home: Workspace, real_data: Path) -> None:
    names = ("order_details.csv", "orders.csv", "pizza_types.csv", "pizzas.csv")
    remarks = take(
        home, *[(name, real_data / "pizza_place" / name) for name in names]
    )
    assert keys(remarks) == [
        "intake.joined",
        "intake.link_whole",
        "intake.link",
        "intake.link_whole",
        "intake.loaded",
    ]
    assert sorted(remarks[0][1]["names"]) == sorted(names)
    assert (
        remarks[2][1]["left_unmatched"],
        remarks[2][1]["right_unmatched"],
    ) == (0, 5)
    (table,) = home.tables()
    assert (table.kind, table.rows) == ("transactions", 48_620)
    saved = home.load(table.name)
    assert saved.table["amount"].sum() == pytest.approx(817_860.05)
    assert saved.table["order"].nunique() == 21_350
    plan = intake.plan_of(home, table.name)
    assert plan.how == "join"
    assert remade(home, plan).fingerprint == saved.fingerprint


@pytest.mark.slow
def test_half_a_year_of_online_retail(home: Workspace, real_data: Path) -> None:
    """The months joined day by day are the whole.

    Each record once, the figures of the published file.
    """
    folder = real_data / "online_retail"
    days = sorted(folder.glob("2011-05-*.csv"))
    take(home, ("december_to_april.csv", folder / "december_to_april.csv"))
    remarks = take(home, *[(day.name, day) for day in days])
    assert remarks[0][1]["files"] == [day.name for day in days]
    saved = home.load("transactions")
    assert (
        saved.rows,
        saved.table["customer"].nunique(),
        saved.table["order"].nunique(),
    ) == (
        207_282,
        2_767,
        10_783,
    )
    assert saved.table["amount"].sum() == pytest.approx(3_698_674.50)
    assert saved.summary()["money_read"] == pytest.approx(3_706_827.64)
    moved = dict(remarks)["intake.moved.amount"]
    assert moved["after"] == pytest.approx(3_698_674.50)
    assert balanced(saved)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.csv", b"", "empty"),
        ("blank.csv", b"\n \n\t\n", "empty"),
        (
            "report.pdf",
            b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n" * 9,
            "PDF",
        ),
        (
            "renamed.csv",
            b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n" * 9,
            "PDF",
        ),
        ("photo.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4, ""),
        ("broken.xlsx", b"PK\x03\x04" + b"\x00" * 200, ""),
    ],
)
def test_a_file_that_cannot_be_read_becomes_a_sentence(
    home: Workspace, name: str, content: Any, words: str
) -> None:
    remarks = take(home, (name, content), ("jan.csv", HEADER + "".join(JANUARY)))
    assert keys(remarks) == ["intake.problem.file", "intake.loaded"]
    details = remarks[0][1]
    assert details["name"] == name
    assert words in say(details["key"], "en", **details["details"])
    assert [one.name for one in home.tables()] == ["jan.csv"]


def test_hostile_names_and_texts_stay_text(
    home: Workspace, real_data: Path
) -> None:
    lines = [
        line
        for line in (real_data / "blns" / "blns.json")
        .read_text(encoding="utf-8")
        .split('",\n')
        if "\\u0000" not in line
    ]
    naughty = [
        json.loads(line.strip().removeprefix("[").strip() + '"')
        for line in lines[:-1]
    ]
    kept = [text for text in naughty if text.strip() and "\x00" not in text]
    rows = "".join(
        f'"C{place}","{text.replace(chr(34), chr(34) * 2)}",{place}\n'
        for place, text in enumerate(kept)
    )
    take(home, ("a**b_[x](y)`$.csv", "Customer ID,Comment,Visits\n" + rows))
    (table,) = home.tables()
    assert table.rows == len(kept)


def test_progress_goes_on_to_the_end(home: Workspace) -> None:
    heard: list[float] = []
    kept = [
        home.keep_file((HEADER + "".join(lines)).encode(), name)
        for name, lines in (("jan.csv", JANUARY), ("feb.csv", FEBRUARY))
    ]
    intake.take_in(home, kept, lambda share, step: heard.append(share))
    assert heard == sorted(heard)
    assert heard[-1] > 0.9


def test_a_bad_file_leaves_the_engine_as_it_was(home: Workspace) -> None:
    take(home, ("jan.csv", HEADER + "".join(JANUARY)))
    before = orders(home).fingerprint
    take(home, ("jan2.csv", b"PK\x03\x04" + b"\x00" * 200))
    assert orders(home).fingerprint == before
    assert isinstance(home.engine, Engine)


@pytest.mark.slow
def test_of_several_tables_of_a_kind_the_one_in_use_is_meant(
    home: Workspace,
) -> None:
    """The last loaded, until another is chosen; working on one does not put it in use."""
    take(home, ("jan.csv", HEADER + "".join(JANUARY)))
    take(home, ("baskets.csv", "tea,cup\ntea\ncup,pot,tea\npot\n" * 5))
    assert home.load("transactions").name == "baskets.csv"
    home.use("jan.csv")
    assert home.load("transactions").name == home.tables()[0].name == "jan.csv"
    remade(home, intake.plan_of(home, "baskets.csv"))
    assert home.load("transactions").name == "jan.csv"
    home.remove_table("jan.csv")
    assert home.load("transactions").name == "baskets.csv"
