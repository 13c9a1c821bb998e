"""Tables in a workspace: versions, decisions, codes; and how the same table is known again."""

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from crm_analysis import workspace
from crm_analysis.engine import Engine
from crm_analysis.workspace import (
    VERSIONS_KEPT,
    close_workspaces,
    fingerprint,
    new_workspace,
    open_workspace,
)
from tests.workspaces import Cleaned, Knobs, cleaned, fails, orders


def assert_same_parts(saved: Any, again: Any) -> None:
    """What was saved is what cleaning gives anew, table and ledger."""
    for part in (
        "table",
        "types",
        "changes",
        "flags",
        "set_aside",
        "steps",
        "changed",
        "flagged",
    ):
        pd.testing.assert_frame_equal(
            plain(getattr(saved, part)), plain(getattr(again, part))
        )


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("CRM_HOME", str(tmp_path / "home"))
    yield tmp_path / "home"
    close_workspaces()


# Tables


def roles() -> Any:
    from crm_analysis.tables.roles import Roles

    return Roles(
        kind="transactions",
        columns={"customer": "Kunde", "amount": "金额"},
        confidence={"kind": 0.9, "customer": 1.0},
        kinds=("series", "customers"),
    )


@pytest.mark.parametrize("where", ["own engine", "another engine"])
def test_a_table_comes_back_with_all_that_was_decided(where: str) -> None:
    from crm_analysis.tables.reading import ReadOptions

    one = new_workspace()
    file = one.keep_file(b"raw", "orders.csv")
    given = cleaned(
        one.engine if where == "own engine" else None,
        changes=pd.DataFrame(
            {
                "source": [0],
                "line": [3],
                "column": ["amount"],
                "old": ["1,5"],
                "new": ["1.5"],
            }
        ),
        set_aside=pd.DataFrame(
            {
                "source": [0, 0],
                "line": [9, 10],
                "reason": ["total", "blank"],
                "text": ["Total;5", None],
            }
        ),
    )
    version = one.save_table(
        given,
        label="January",
        roles=roles(),
        read_options=ReadOptions(delimiter=";", put_back=(4, 5)),
        files=[file],
        recipe={"joined": ["a"]},
    )
    close_workspaces()
    one = open_workspace(one.id)
    saved = one.load("transactions")
    assert saved.version == version == one.tables()[0]
    assert (
        version.name,
        version.kind,
        version.label,
        version.rows,
        version.current,
    ) == (
        "transactions",
        "transactions",
        "January",
        3,
        True,
    )
    assert (saved.kind, saved.name, saved.rows) == (
        "transactions",
        "transactions",
        3,
    )
    expected = (
        orders()
        .drop(columns=["_source", "_line"])
        .astype({"churned": "boolean"})
        .set_index(pd.Index([2, 3, 4], name="line"))
    )
    pd.testing.assert_frame_equal(saved.table, expected)
    assert saved.table is saved.table, "fetched once"
    for part in ("types", "changes", "flags", "set_aside"):
        pd.testing.assert_frame_equal(getattr(saved, part), getattr(given, part))
    assert saved.summary() == given.summary()
    assert saved.questions == given.questions
    assert saved.roles == roles()
    assert saved.read_options == ReadOptions(delimiter=";", put_back=(4, 5))
    assert saved.clean_options is None
    assert saved.files == (file.sha256,)
    assert one.file(saved.files[0]) == file
    assert saved.recipe == {"joined": ["a"]}
    table = saved.expression
    assert list(table.columns) == ["customer", "amount", "date", "churned"]
    assert table.aggregate(total=table.amount.sum()).execute()[
        "total"
    ].tolist() == [4.5]


def test_the_cleaned_table_at_hand_goes_on_working_after_it_was_saved() -> None:
    one = new_workspace()
    given = cleaned(one.engine)
    first = one.save_table(given)
    assert one.engine.run(f"SELECT count(*) FROM {given.store}") == [(3,)]
    second = one.save_table(given, name="copy")
    one.remove_table(first.name)
    assert one.load(second.version).table["amount"].tolist() == [0.0, 1.5, 3.0]


def test_rows_keep_their_order_and_lines_that_repeat_are_no_index() -> None:
    one = new_workspace()
    rows = orders(2000).sample(frac=1, random_state=1)
    one.save_table(cleaned_of(rows))
    assert one.load("transactions").table.index.tolist() == rows["_line"].tolist()
    one.save_table(cleaned_of(rows.assign(_line=7)))
    assert one.load("transactions").table.index.tolist() == list(range(2000))
    assert (
        one.load("transactions").table["amount"].tolist() == rows["amount"].tolist()
    )


def cleaned_of(rows: Any) -> Any:
    engine = Engine()
    engine.register("t", rows)
    return Cleaned(engine, "t")


def plain(frame: pd.DataFrame) -> Any:
    """The frame with its text as plain Python text.

    Which pandas 3 keeps in a type of its own where it makes the column itself.
    """
    return frame.assign(
        **{
            name: frame[name].astype(object).where(frame[name].notna(), None)
            for name in frame
            if pd.api.types.is_string_dtype(frame[name])
        }
    )


REAL = b"""Customer ID,Order No,Order Date,Product,Qty,Unit Price,Member
007,1,2024-01-31,Tea  ,2,"1,234.50",yes
007,1,2024-01-31,Tea  ,2,"1,234.50",yes
008,2,2024-02-01,Cup,-1,3.00,no
009,3,2024-02-03,Pot,1,99999.00,
Total,,,,2,,
"""


@pytest.mark.slow
@pytest.mark.parametrize("where", ["own engine", "another engine"])
def test_a_file_read_and_cleaned_comes_back_as_cleaning_gave_it(
    where: str,
) -> None:
    from crm_analysis.tables.cleaning import CleanOptions, clean
    from crm_analysis.tables.reading import ReadOptions, read_table
    from crm_analysis.tables.roles import guess_roles

    one = new_workspace()
    file = one.keep_file(REAL, "orders.csv")
    raw = read_table(
        file.path,
        name=file.name,
        engine=one.engine if where == "own engine" else None,
    )
    result, options = guess_roles(raw), CleanOptions(case="upper")
    given = clean(raw, result, options)
    one.save_table(
        given,
        roles=result,
        read_options=ReadOptions(),
        clean_options=options,
        files=[file],
    )
    close_workspaces()
    one = open_workspace(one.id)
    saved = one.load("transactions")
    again = clean(read_table(file.path, name=file.name), result, options)
    assert_same_parts(saved, again)
    assert len(saved.changes) > 0
    assert len(saved.set_aside) > 0
    assert (saved.summary(), saved.currency) == (
        again.summary(),
        again.currency,
    )
    assert json.dumps(saved.questions) == json.dumps(again.questions)
    assert saved.detail("date") == again.detail("date")
    assert (saved.roles, saved.clean_options) == (result, options)
    assert {row[0] for row in one.engine.run("SHOW TABLES")} == {
        "kept_1",
        "kept_1_changes",
        "kept_1_flags",
    }
    one.remove_table("transactions")
    assert one.engine.run("SHOW TABLES") == []


LONG = (
    b"Customer ID,Order No,Order Date,Product,Qty,Unit Price,Country\n"
    + b"".join(
        b"%d,%d,2024-%02d-%02d,%s,%d,%d.5,%s\n"
        % (
            n % 17,
            n // 3,
            n % 12 + 1,
            n % 28 + 1,
            (b" Tea", b"Cup", b"")[n % 3],
            n % 5,
            n % 9,
            (b"France", b"Spain")[n % 2],
        )
        for n in range(600)
    )
)


@pytest.mark.slow
@pytest.mark.parametrize("where", ["own engine", "another engine"])
def test_texts_kept_as_codes_come_back_as_texts(
    monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    from crm_analysis.tables.cleaning import clean
    from crm_analysis.tables.reading import load, read_table
    from crm_analysis.tables.roles import guess_roles

    one = new_workspace()
    file = one.keep_file(LONG, "orders.csv")
    again = clean(raw := read_table(file.path, name=file.name), guess_roles(raw))
    monkeypatch.setattr(load, "FAST_FROM", 0)
    raw = read_table(
        file.path,
        name=file.name,
        engine=one.engine if where == "own engine" else None,
    )
    assert raw.coded
    given = clean(raw, guess_roles(raw))
    for _ in range(2):
        one.save_table(given, files=[file])
    pd.testing.assert_frame_equal(plain(given.table), plain(again.table))
    close_workspaces()
    one = open_workspace(one.id)
    saved = one.load("transactions")
    assert_same_parts(saved, again)
    expected = again.table.groupby("product", dropna=False)["amount"].sum()
    groups = (
        saved.expression.group_by("product")
        .aggregate(amount=saved.expression.amount.sum())
        .execute()
        .set_index("product")["amount"]
    )
    assert {
        name: value for name, value in groups.items() if isinstance(name, str)
    } == pytest.approx(expected[expected.index.notna()].to_dict())
    codes = one.engine.run(
        "SELECT column_name FROM duckdb_columns() "
        "WHERE table_name = 'kept_1_coded' AND data_type LIKE 'ENUM%' ORDER BY 1"
    )
    assert (where == "own engine") == (("product",) in codes)
    one.remove_table("transactions")
    assert one.engine.run("SHOW TABLES") == []


def test_clean_options_come_back() -> None:
    from crm_analysis.tables.cleaning import CleanOptions

    one = new_workspace()
    one.save_table(cleaned(), clean_options=CleanOptions())
    assert one.load("transactions").clean_options == CleanOptions()


def test_tables_are_found_by_name_by_kind_and_by_version() -> None:
    one = new_workspace()
    first = one.save_table(cleaned(rows=1))
    named = one.save_table(cleaned(rows=2), name="shop")
    people = one.save_table(cleaned(rows=3, kind="customers"))
    assert one.tables() == [people, named, first]
    assert one.load("transactions").version == first, (
        "a table of that very name comes before others of the kind"
    )
    assert one.load("shop").version == named
    assert one.load("customers").rows == 3
    assert one.load(first.version).rows == 1
    one.remove_table("transactions")
    assert one.load("transactions").version == named
    with fails("workspace.no_table") as caught:
        one.load("feedback")
    assert "comments" in caught.value.sentence("en")
    with fails("workspace.no_version"):
        one.load(99)


@pytest.mark.slow
def test_versions_follow_one_another_can_be_restored_and_the_oldest_go() -> None:
    one = new_workspace()
    made = [
        one.save_table(cleaned(rows=n), label=f"v{n}")
        for n in range(1, VERSIONS_KEPT + 3)
    ]
    kept = one.versions("transactions")
    assert [version.label for version in kept] == [
        f"v{n}" for n in range(VERSIONS_KEPT + 2, 2, -1)
    ]
    assert [version.current for version in kept] == [True] + [False] * (
        VERSIONS_KEPT - 1
    )
    with fails("workspace.no_version"):
        one.load(made[0].version)
    oldest = one.restore_version(made[2].version)
    assert one.load("transactions").version == oldest
    assert oldest.current
    one.save_table(cleaned(rows=9))
    assert len(one.versions("transactions")) == VERSIONS_KEPT
    assert (
        made[2].version
        in [version.version for version in one.versions("transactions")][-1:]
    ), "the one just in use is not the first to go"
    tables = {row[0] for row in one.engine.run("SHOW TABLES")}
    assert tables == {version.store for version in one.versions("transactions")}
    assert one.engine.run("SELECT count(DISTINCT owner) FROM crm.blobs") == [
        (VERSIONS_KEPT,)
    ]


def test_a_removed_table_leaves_nothing_and_its_number_is_not_used_again() -> None:
    one = new_workspace()
    version = one.save_table(cleaned())
    saved = one.load("transactions")
    assert one.remove_table("transactions")
    assert not one.remove_table("transactions")
    assert one.engine.run(
        "SELECT (SELECT count(*) FROM crm.blobs), (SELECT count(*) FROM crm.versions)"
    ) == [(0, 0)]
    assert one.engine.run("SHOW TABLES") == []
    for read in (
        lambda: saved.table,
        lambda: saved.expression,
        lambda: saved.changes,
    ):
        with fails("workspace.no_version"):
            read()
    assert one.save_table(cleaned()).version > version.version


def test_scratch_tables_go_when_told_and_at_the_next_opening() -> None:
    one = new_workspace()
    one.save_table(cleaned(one.engine, rows=5))
    one.engine.register("raw_1", orders())
    one.engine.run("CREATE VIEW raw_view AS FROM raw_1")
    one.clear_scratch()
    assert one.engine.run("SHOW TABLES") == [("kept_1",)]
    one.engine.register("raw_2", orders())
    one.engine.run("CREATE VIEW raw_view AS FROM raw_2")
    close_workspaces()
    one = open_workspace(one.id)
    assert one.engine.run("SHOW TABLES") == [("kept_1",)]
    assert one.load("transactions").table.shape == (5, 4)


def test_a_save_that_fails_leaves_the_version_before() -> None:
    one = new_workspace()
    version = one.save_table(cleaned(rows=2))
    bad = cleaned(one.engine, rows=4, questions=(("key", {"not json": object()}),))
    with pytest.raises(TypeError):
        one.save_table(bad)
    frame = pd.DataFrame({"a": [1]})
    frame.columns = pd.MultiIndex.from_tuples([("a", object())])
    with pytest.raises(BaseException):  # noqa: B017 whatever Arrow says of it
        one.save_table(
            cleaned(
                one.engine,
                rows=4,
                flags=pd.DataFrame({"a": [object()]}),
                changes=_Unreadable(),
            )
        )
    assert one.tables() == [version]
    assert one.load("transactions").rows == 2


class _Unreadable(pd.DataFrame):
    def __getitem__(self, key: Any) -> None:
        raise RuntimeError("not to be read")

    @property
    def columns(self) -> None:
        raise RuntimeError("not to be read")


# Fingerprints


def test_a_fingerprint_changes_with_anything_the_table_follows_from() -> None:
    base: dict[str, Any] = {
        "read_options": Knobs(level=1),
        "roles": roles(),
        "clean_options": Knobs(level=2),
        "recipe": {"a": 1},
    }
    mark = fingerprint(["f1", "f2"], **base)
    assert mark == fingerprint(["f1", "f2"], **base)
    others = [
        fingerprint(["f2", "f1"], **base),
        fingerprint(["f1"], **base),
        *(
            fingerprint(["f1", "f2"], **{**base, name: value})
            for name, value in [
                ("read_options", Knobs()),
                ("clean_options", None),
                ("recipe", {"a": 2}),
            ]
            if value != base[name]
        ),
        fingerprint(
            ["f1", "f2"],
            **{
                **base,
                "roles": dataclasses.replace(
                    roles(), columns={"customer": "other"}
                ),
            },
        ),
        fingerprint(
            ["f1", "f2"],
            **{**base, "roles": dataclasses.replace(roles(), kind="customers")},
        ),
    ]
    assert mark not in others
    assert len(set(others)) == len(others)
    unsure = dataclasses.replace(roles(), confidence={"kind": 0.1}, kinds=())
    assert fingerprint(["f1", "f2"], **{**base, "roles": unsure}) == mark, (
        "how sure the guess was does not change the table"
    )


def test_another_version_of_the_code_makes_another_fingerprint(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = fingerprint(["f"])
    monkeypatch.setattr(workspace.versions, "code_version", lambda: "other")
    assert fingerprint(["f"]) != before


@pytest.mark.slow
def test_a_table_without_a_file_is_known_by_every_cell() -> None:
    one = new_workspace()
    frame = orders(60_000)

    def mark(frame: pd.DataFrame, name: str) -> Any:
        engine = Engine()
        engine.register("t", frame)
        return one.save_table(Cleaned(engine, "t"), name=name).fingerprint

    first = mark(frame, "a")
    assert mark(frame, "b") == first
    changed = frame.copy()
    changed.loc[31_234, "amount"] += 0.01
    assert mark(changed, "c") != first
    assert mark(frame.iloc[::-1], "d") != first
    assert mark(frame.rename(columns={"amount": "cost"}), "e") != first
