"""Workspaces: what is kept, that it is kept whole, who may open it, and what a disk can refuse."""

import contextlib
import dataclasses
import hashlib
import io
import json
import os
import random
import re
import signal
import struct
import subprocess
import sys
import textwrap
import threading
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from crm_analysis import jobs, workspace
from crm_analysis.engine import Engine
from crm_analysis.errors import AnalysisError
from crm_analysis.options import Options, knob
from crm_analysis.workspace import (
    UPLOAD_LIMIT_MB,
    VERSIONS_KEPT,
    close_workspaces,
    delete_workspace,
    fingerprint,
    list_workspaces,
    new_workspace,
    open_workspace,
    rename_workspace,
)

ROOT = Path(__file__).parents[1]
TYPES = pd.DataFrame(
    {
        "column": ["customer", "amount"],
        "role": ["customer", "amount"],
        "missing": [0, 1],
    }
)
NOTHING = pd.DataFrame(
    {
        "source": pd.Series(dtype="int64"),
        "line": pd.Series(dtype="int64"),
        "reason": pd.Series(dtype=object),
    }
)


@dataclasses.dataclass(frozen=True, eq=False)
class Cleaned:
    """As cleaning gives it, made by hand."""

    engine: Engine
    store: str
    kind: str = "transactions"
    types: pd.DataFrame = dataclasses.field(default_factory=TYPES.copy)
    questions: tuple = (("data.which_order", {"column": "date"}),)
    changes: pd.DataFrame = dataclasses.field(default_factory=NOTHING.copy)
    flags: pd.DataFrame = dataclasses.field(default_factory=NOTHING.copy)
    set_aside: pd.DataFrame = dataclasses.field(default_factory=NOTHING.copy)

    def summary(self) -> Any:
        return {"kept": 3.0, "money_in": 12.5, "unknown": None}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Knobs(Options):
    level: int = knob(1, low=0, high=9)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("CRM_HOME", str(tmp_path / "home"))
    yield tmp_path / "home"
    close_workspaces()


def orders(rows: int = 3) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "_source": [0] * rows,
            "_line": range(2, rows + 2),
            "customer": [f"00{n % 7}" for n in range(rows)],
            "amount": [n * 1.5 for n in range(rows)],
            "date": pd.date_range("2024-01-01", periods=rows, unit="us"),
            "churned": [n % 2 == 0 for n in range(rows)],
        }
    )


def cleaned(
    engine: Any = None, rows: int = 3, name: str = "cleaned_1", **fields: Any
) -> Any:
    engine = engine or Engine()
    engine.register(name, orders(rows))
    return Cleaned(engine, name, **fields)


def fails(key: Any) -> Any:
    """The next lines raise the AnalysisError of that key.

    Which has a sentence in both languages.
    """

    @contextlib.contextmanager
    def checked() -> Iterator[Any]:
        with pytest.raises(AnalysisError) as caught:
            yield caught
        assert caught.value.key == key
        assert all(
            len(caught.value.sentence(language)) > 10 for language in ("en", "zh")
        )

    return checked()


def child(code: Any, *arguments: Any, **options: Any) -> Any:
    """A Python process that has this module's Cleaned and the workspace at hand."""
    start = f"import sys; sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / 'tests')!r}]\n"
    return subprocess.Popen(
        [sys.executable, "-c", start + textwrap.dedent(code), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


# Which workspace


def test_the_first_opening_makes_one_and_every_later_one_finds_it(
    home: Any,
) -> None:
    first = open_workspace(name="店铺")
    assert open_workspace() is first
    assert open_workspace(first.id) is first
    assert [(info.id, info.name) for info in list_workspaces()] == [(first.id, "店铺")]
    close_workspaces()
    assert open_workspace().id == first.id
    assert open_workspace().name == "店铺"


def test_without_an_id_the_last_opened_opens() -> None:
    first, second = new_workspace("first"), new_workspace("second")
    assert open_workspace() is second
    time.sleep(0.02)
    open_workspace(first.id)
    assert open_workspace() is first
    close_workspaces()
    assert open_workspace().id == first.id
    assert [info.name for info in list_workspaces()] == ["first", "second"]


def test_ids_are_random_and_long_and_safe_in_links_and_file_names() -> None:
    found = {new_workspace().id for _ in range(3)}
    assert len(found) == 3
    assert all(re.fullmatch("[a-z2-7]{24}", one) for one in found)


@pytest.mark.parametrize(
    "wrong",
    [
        "../../x",
        "..",
        "",
        "/etc",
        "a" * 23,
        "a" * 25,
        "A" * 24,
        "a" * 23 + "\n",
        "a" * 24 + "\n",
        "aaaa/../aaaaaaaaaaaaaaaaa",
        "%2e%2e",
        "a\0b",
        7,
    ],
)
def test_what_cannot_be_an_id_opens_deletes_and_makes_nothing(
    wrong: Any, home: Any
) -> None:
    kept = new_workspace()
    before = sorted(home.rglob("*"))
    for verb in (
        open_workspace,
        delete_workspace,
        lambda one: rename_workspace(one, "x"),
    ):
        with fails("workspace.unknown"):
            verb(wrong)
    assert sorted(home.rglob("*")) == before
    assert open_workspace() is kept


def test_an_id_that_leads_elsewhere_by_a_link_is_unknown(
    home: Any, tmp_path: Path
) -> None:
    new_workspace()
    (tmp_path / "elsewhere").mkdir()
    (home / ("b" * 24)).symlink_to(tmp_path / "elsewhere")
    with fails("workspace.unknown"):
        open_workspace("b" * 24)
    with fails("workspace.unknown"):
        delete_workspace("b" * 24)
    assert (tmp_path / "elsewhere").is_dir()


def test_names_can_be_changed_and_are_cut_to_a_length(home: Any) -> None:
    one = new_workspace("a")
    rename_workspace(one.id, "  上海 shop  ")
    assert one.name == "上海 shop"
    rename_workspace(one.id, "x" * 1000)
    assert len(one.name) == 200
    (home / one.id / "workspace.json").write_text("{broken", encoding="utf-8")
    assert [info.name for info in list_workspaces()] == [""]


def test_only_the_owner_can_look_in(home: Any) -> None:
    one = new_workspace()
    for folder in (home, home / one.id, home / one.id / "files"):
        assert folder.stat().st_mode & 0o777 == 0o700


def test_the_usual_home_is_the_system_s_place_for_data(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("CRM_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("HOME", str(tmp_path / "person"))
    monkeypatch.setattr(sys, "platform", "linux")
    assert workspace.home.home() == tmp_path / "data" / "crm_analysis"
    monkeypatch.delenv("XDG_DATA_HOME")
    assert (
        workspace.home.home()
        == tmp_path / "person" / ".local" / "share" / "crm_analysis"
    )
    monkeypatch.setattr(sys, "platform", "darwin")
    assert (
        workspace.home.home()
        == tmp_path / "person" / "Library" / "Application Support" / "crm_analysis"
    )


def test_workspaces_side_by_side_know_nothing_of_one_another() -> None:
    one, two = new_workspace("one"), new_workspace("two")
    one.save_table(cleaned())
    one.settings["theme"] = "dark"
    kept = one.keep_file(b"a,b\n1,2\n", "a.csv")
    assert two.tables() == []
    assert dict(two.settings) == {}
    with fails("workspace.no_file"):
        two.file(kept.sha256)


# Deleting


def test_a_deleted_workspace_is_gone_from_disk(home: Any) -> None:
    one, other = new_workspace("one"), new_workspace("other")
    one.keep_file(b"secret customers", "a.csv")
    one.save_table(cleaned())
    saved = one.load("transactions")
    (one.folder / "spill").mkdir(exist_ok=True)
    (one.folder / "spill" / "x.tmp").write_bytes(b"x")
    delete_workspace(one.id)
    assert [path.name for path in home.iterdir()] == [other.id]
    with fails("workspace.unknown"):
        open_workspace(one.id)
    with fails("workspace.unknown"):
        one.tables()
    with fails("workspace.unknown"):
        one.settings["a"] = 1
    with pytest.raises(duckdb.ConnectionException):
        saved.engine.run("SELECT 1")
    assert open_workspace() is other


def test_deleting_cancels_the_work_of_the_workspace() -> None:
    one = new_workspace()
    began = threading.Event()

    def work(progress: Any) -> None:
        began.set()
        while True:
            progress(0.5, "")
            one.engine.run("SELECT 1")

    job = jobs.start(one.id, "long", work)
    assert began.wait(10)
    delete_workspace(one.id)
    assert job.state == "cancelled"


def test_a_deletion_that_was_cut_short_is_finished_by_the_next_one(
    home: Any,
) -> None:
    one, two = new_workspace(), new_workspace()
    (home / one.id).rename(home / f".gone-{one.id}")
    old_draft, new_draft = home / ".new-old", home / ".new-new"
    old_draft.mkdir()
    new_draft.mkdir()
    os.utime(old_draft, (1, 1))
    assert [info.id for info in list_workspaces()] == [two.id]
    new_workspace()
    assert not (home / f".gone-{one.id}").exists()
    assert not old_draft.exists()
    assert new_draft.exists(), "another process may be making it just now"


# One process


HOLD = """
    from crm_analysis.workspace import open_workspace
    open_workspace(sys.argv[1])
    print("open", flush=True)
    sys.stdin.readline()
"""


@pytest.mark.slow
def test_a_second_process_gets_a_sentence_and_breaks_nothing(home: Any) -> None:
    one = new_workspace()
    one.save_table(cleaned())
    (one.folder / "spill").mkdir(exist_ok=True)
    with child(
        "from crm_analysis.workspace import open_workspace\nopen_workspace(sys.argv[1])",
        one.id,
    ) as second:
        assert (
            "This workspace is open in another running copy"
            in second.communicate(timeout=60)[1]
        )
    assert (one.folder / "spill").exists(), (
        "what belongs to the first process is not swept"
    )
    assert one.load("transactions").rows == 3


@pytest.mark.slow
def test_a_workspace_that_another_process_holds_cannot_be_opened_or_deleted_here(
    home: Any,
) -> None:
    one = new_workspace()
    close_workspaces()
    with child(HOLD, one.id, stdin=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == "open\n"
        with fails("workspace.in_use"):
            open_workspace(one.id)
        with fails("workspace.in_use"):
            delete_workspace(one.id)
        assert [info.id for info in list_workspaces()] == [one.id]
        holder.communicate("\n", timeout=60)
    assert open_workspace(one.id).tables() == []


# Uploads


def test_a_file_is_kept_under_its_content_once(home: Any) -> None:
    one = new_workspace()
    content = random.Random(0).randbytes(3_000_000)
    path = home.parent / "some.csv"
    path.write_bytes(content)
    stream = io.BytesIO(content)
    stream.read(10)
    kept = [
        one.keep_file(content, "a.csv"),
        one.keep_file(stream, "C:\\data\\b.csv"),
        one.keep_file(path, "/tmp/c.csv"),
    ]
    assert [file.name for file in kept] == ["a.csv", "b.csv", "c.csv"]
    assert {(file.sha256, file.size) for file in kept} == {
        (hashlib.sha256(content).hexdigest(), len(content))
    }
    assert [path.name for path in (one.folder / "files").iterdir()] == [kept[0].sha256]
    assert kept[0].path.read_bytes() == content
    assert not stream.closed
    close_workspaces()
    again = open_workspace(one.id)
    assert again.files() == kept
    assert again.file(kept[0].sha256).name == "c.csv"
    again.delete_file(kept[0].sha256)
    assert again.files() == []
    assert list((one.folder / "files").iterdir()) == []
    assert path.exists()


def test_a_file_beyond_the_limit_is_refused_and_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = new_workspace()
    monkeypatch.setattr(workspace.files, "UPLOAD_LIMIT_MB", 1)
    one.keep_file(bytes(1 << 20), "just.csv")
    with fails("workspace.file_too_large") as caught:
        one.keep_file(bytes((1 << 20) + 1), "big.csv")
    assert caught.value.details["name"] == "big.csv"
    assert len(list((one.folder / "files").iterdir())) == 1


def test_a_stream_that_breaks_leaves_nothing() -> None:
    class Broken(io.RawIOBase):
        def read(self, size: int = -1) -> None:
            raise ConnectionResetError

    one = new_workspace()
    with pytest.raises(ConnectionResetError):
        one.keep_file(Broken(), "a.csv")
    assert list((one.folder / "files").iterdir()) == []


def test_the_limit_is_the_one_the_browser_is_told() -> None:
    config = (ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8")
    assert tomllib.loads(config)["server"]["maxUploadSize"] == UPLOAD_LIMIT_MB


def test_what_copying_and_reading_left_is_swept_at_the_next_opening() -> None:
    one = new_workspace()
    kept = one.keep_file(b"a", "a.csv")
    for stray in (
        "files/.12ab.part",
        "incoming_1",
        "unpacked_2",
        "raw_3.txt",
        ".workspace.json.1.part",
    ):
        (one.folder / stray).write_bytes(b"x")
    (one.folder / "damaged-20240101.duckdb").write_bytes(b"x")
    close_workspaces()
    open_workspace(one.id)
    assert sorted(
        path.name
        for path in one.folder.rglob("*")
        if path.is_file() and "wal" not in path.name
    ) == sorted(
        [
            kept.sha256,
            "damaged-20240101.duckdb",
            "workspace.duckdb",
            "workspace.json",
        ]
    )


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
    assert table.aggregate(total=table.amount.sum()).execute()["total"].tolist() == [
        4.5
    ]


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
    assert one.load("transactions").table["amount"].tolist() == rows["amount"].tolist()


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
    found, options = guess_roles(raw), CleanOptions(case="upper")
    given = clean(raw, found, options)
    one.save_table(
        given,
        roles=found,
        read_options=ReadOptions(),
        clean_options=options,
        files=[file],
    )
    close_workspaces()
    one = open_workspace(one.id)
    saved = one.load("transactions")
    again = clean(read_table(file.path, name=file.name), found, options)
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
    assert len(saved.changes) > 0
    assert len(saved.set_aside) > 0
    assert (saved.summary(), saved.currency) == (
        again.summary(),
        again.currency,
    )
    assert json.dumps(saved.questions) == json.dumps(again.questions)
    assert saved.detail("date") == again.detail("date")
    assert (saved.roles, saved.clean_options) == (found, options)
    assert {row[0] for row in one.engine.run("SHOW TABLES")} == {
        "kept_1",
        "kept_1_changes",
        "kept_1_flags",
    }
    one.remove_table("transactions")
    assert one.engine.run("SHOW TABLES") == []


LONG = b"Customer ID,Order No,Order Date,Product,Qty,Unit Price,Country\n" + b"".join(
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
                "roles": dataclasses.replace(roles(), columns={"customer": "other"}),
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


# Small things


def test_small_things_come_back_exactly_and_are_replaced_whole() -> None:
    one = new_workspace()
    frame = pd.DataFrame(
        {
            "customer": ["001", None, "c"],
            "Segment": pd.Categorical(
                ["B", "A", None], categories=["C", "B", "A"], ordered=True
            ),
            "segment": [1, 2, 3],
            "share": pd.array([1, None, 3], dtype="Int64"),
            "when": pd.to_datetime(["2024-01-01", None, "2024-01-03"]).as_unit("ns"),
            "flag": [True, False, True],
        },
        index=pd.Index(["x", "y", "z"], name="key"),
    )
    one.save(
        "segmentation",
        "五个",
        {"k": 5, "names": {"1": "冠军"}},
        {"members": frame, "empty": frame.head(0)},
        {"model": b"\0\1" * 3_000_000, "none": b""},
    )
    close_workspaces()
    one = open_workspace(one.id)
    (found,) = one.saved("segmentation")
    assert (
        found.kind,
        found.name,
        found.payload,
        found.frames,
        found.binaries,
    ) == (
        "segmentation",
        "五个",
        {"k": 5, "names": {"1": "冠军"}},
        ("members", "empty"),
        ("model", "none"),
    )
    pd.testing.assert_frame_equal(found.frame("members"), frame)
    pd.testing.assert_frame_equal(found.frame("empty"), frame.head(0))
    assert found.binary("model") == b"\0\1" * 3_000_000
    assert found.binary("none") == b""
    with pytest.raises(KeyError):
        found.frame("other")
    one.save("segmentation", "五个", {"k": 4})
    assert one.saved_one("segmentation", "五个").payload == {"k": 4}
    with pytest.raises(KeyError):
        found.frame("members")
    assert one.engine.run("SELECT count(*) FROM crm.blobs") == [(0,)]
    assert one.forget("segmentation", "五个")
    assert not one.forget("segmentation", "五个")
    assert one.saved_one("segmentation", "五个") is None
    assert one.saved("segmentation") == []


def test_kinds_are_kept_apart_and_come_in_order() -> None:
    one = new_workspace()
    for name in ("b", "a"):
        one.save("filter", name, {})
    one.save("segmentation", "b", {})
    assert [found.name for found in one.saved("filter")] == ["b", "a"]
    assert one.saved_one("filter", "c") is None


def test_a_column_that_mixes_kinds_is_kept_as_text() -> None:
    one = new_workspace()
    one.save(
        "k",
        "n",
        {},
        {"f": pd.DataFrame({"old": [1, "x", None], "n": [1, 2, 3]})},
    )
    back = one.saved_one("k", "n").frame("f")
    assert back["old"].tolist()[:2] == ["1", "x"]
    assert pd.isna(back["old"][2])
    assert back["n"].tolist() == [1, 2, 3]


def test_what_is_not_json_is_refused_and_nothing_is_lost() -> None:
    one = new_workspace()
    one.save("k", "n", {"a": 1})
    with pytest.raises(TypeError):
        one.save("k", "n", {"a": object()})
    with pytest.raises(TypeError):
        one.settings["a"] = object()
    assert one.saved_one("k", "n").payload == {"a": 1}
    assert "a" not in one.settings


def test_settings_are_a_mapping_that_lasts() -> None:
    one = new_workspace()
    one.settings["language"] = "zh"
    one.settings["filter"] = {"countries": ["France", "中国"], "from": None}
    one.settings["filter"]["countries"].append(
        "lost"
    )  # a copy: it counts once it is assigned
    close_workspaces()
    settings = open_workspace(one.id).settings
    assert dict(settings) == {
        "language": "zh",
        "filter": {"countries": ["France", "中国"], "from": None},
    }
    assert settings.get("theme") is None
    assert "language" in settings
    del settings["language"]
    assert len(settings) == 1
    with pytest.raises(KeyError):
        del settings["language"]
    with pytest.raises(KeyError):
        settings["language"]
    close_workspaces()
    assert list(open_workspace(one.id).settings) == ["filter"]


# Kill -9


# Imports everything once, then has a writer for each line it reads: a process of its own that
# begins at once, to be killed.
WRITERS = """
    import itertools, json, os
    from test_workspace import cleaned
    from crm_analysis.workspace import open_workspace

    def write(first):
        here = open_workspace(sys.argv[1])
        for n in itertools.count(first):
            file = here.keep_file(str(n).encode() * 50_000, f"{n}.csv")
            print(json.dumps(["file", n, file.sha256]), flush=True)
            table = cleaned(here.engine if n % 2 else None, rows=2_000 + n, name=f"cleaned_{n}")
            here.save_table(table, label=str(n), files=[file])
            print(json.dumps(["table", n]), flush=True)
            here.save("segmentation", str(n % 5), {"n": n}, {"members": table.types.assign(n=n)})
            print(json.dumps(["saved", n]), flush=True)
            here.settings["n"] = n
            print(json.dumps(["setting", n]), flush=True)

    for line in sys.stdin:
        writer = os.fork()
        if not writer:
            print(json.dumps(["pid", os.getpid()]), flush=True)
            write(int(line))
        _, status = os.waitpid(writer, 0)
        print("\\n" + json.dumps(["ended", os.WTERMSIG(status)]), flush=True)
"""


def assert_whole(here: Any, acknowledged: Any) -> Any:
    """Everything acknowledged is there, and what is there is whole.

    Gives the highest number seen.
    """
    last = {what: n for what, n, *_ in acknowledged}
    newest = here.tables()[0] if here.tables() else None
    if "table" in last:
        assert int(newest.label) in (last["table"], last["table"] + 1)
    versions = here.versions("transactions")
    assert [version.current for version in versions] == [True] + [False] * (
        len(versions) - 1
    ) or not versions
    for version in versions:
        saved = here.load(version.version)
        assert saved.rows == 2_000 + int(version.label) == len(saved.table)
        assert saved.types["missing"].tolist() == [0, 1]
        assert [here.file(sha256).path.read_bytes() for sha256 in saved.files] == [
            version.label.encode() * 50_000
        ]
    for what, n, *rest in acknowledged:
        if what == "file":
            assert here.file(*rest).path.read_bytes() == str(n).encode() * 50_000
    for found in here.saved("segmentation"):
        assert found.frame("members")["n"].unique().tolist() == [found.payload["n"]]
    if "saved" in last:
        assert max(found.payload["n"] for found in here.saved("segmentation")) in (
            last["saved"],
            last["saved"] + 1,
        )
    if "setting" in last:
        assert here.settings["n"] in (last["setting"], last["setting"] + 1)
    stores = {version.store for version in versions}
    assert {row[0] for row in here.engine.run("SHOW TABLES")} == stores
    strays = {path.name for path in here.folder.rglob("*") if path.is_file()} - {
        file.sha256 for file in here.files()
    }
    assert strays <= {
        "workspace.duckdb",
        "workspace.duckdb.wal",
        "workspace.json",
    }
    return max(
        [n for _, n, *_ in acknowledged] + [int(version.label) for version in versions],
        default=0,
    )


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
def test_twenty_kills_in_the_middle_of_writing_lose_nothing_and_show_nothing_half() -> (
    None
):
    dice = random.Random(20)
    identifier, n, seen = new_workspace().id, 0, 0
    with child(WRITERS, identifier, stdin=subprocess.PIPE) as writers:
        for turn in range(20):
            close_workspaces()
            writers.stdin.write(f"{n + 1}\n")
            writers.stdin.flush()
            what, pid = json.loads(writers.stdout.readline())
            assert what == "pid", writers.stderr.read()
            lines = (
                [writers.stdout.readline()] if turn % 4 else []
            )  # each fourth is killed while it still opens, or soon after
            killer = threading.Timer(
                dice.uniform(0, 0.4), os.kill, (pid, signal.SIGKILL)
            )
            killer.start()
            while not lines or not lines[-1].startswith('["ended"'):
                lines.append(writers.stdout.readline())
                assert lines[-1], writers.stderr.read()
            killer.join()
            assert lines[-1] == f'["ended", {signal.SIGKILL:d}]\n'
            acknowledged = [
                json.loads(line)
                for line in lines[:-1]
                if re.fullmatch(r"\[.*\]\n", line)
            ]
            seen += len(acknowledged)
            n = assert_whole(open_workspace(identifier), acknowledged)
        writers.communicate(timeout=60)
    assert seen >= 15


@pytest.mark.slow
def test_kills_while_a_workspace_is_made_leave_it_whole_or_not_at_all(
    home: Any,
) -> None:
    code = """
        from crm_analysis import workspace
        print("ready", flush=True)
        while True:
            workspace.new_workspace("x")
            workspace.close_workspaces()
    """
    dice = random.Random(4)
    for _ in range(4):
        with child(code) as maker:
            maker.stdout.readline()
            time.sleep(dice.uniform(0.02, 0.5))
            maker.kill()
    for info in list_workspaces():
        one = open_workspace(info.id)
        assert (one.name, one.tables()) == ("x", [])
        close_workspaces()


# Eight threads


@pytest.mark.slow
def test_eight_threads_hammer_one_workspace() -> None:
    one = new_workspace()
    one.save_table(cleaned(rows=500))
    problems, counts, until = [], [0] * 8, time.monotonic() + 4

    def work(number: Any) -> None:
        try:
            while time.monotonic() < until:
                turn = counts[number]
                here = open_workspace(one.id)
                assert here is one
                if number < 2:
                    here.save_table(
                        cleaned(
                            here.engine if turn % 2 else None,
                            rows=500,
                            name=f"t_{number}_{turn}",
                        ),
                        name=f"own {number}",
                        label=str(turn),
                    )
                    assert here.versions(f"own {number}")[0].label == str(turn)
                elif number < 4:
                    here.save(
                        "thing",
                        str(number),
                        {"turn": turn},
                        {"f": pd.DataFrame({"turn": [turn] * 3})},
                    )
                    found = here.saved_one("thing", str(number))
                    assert (
                        found.frame("f")["turn"].tolist()
                        == [found.payload["turn"]] * 3
                        == [turn] * 3
                    )
                elif number < 5:
                    here.settings["turn"] = turn
                    assert here.settings["turn"] == turn
                    file = here.keep_file(str(turn).encode(), "f.csv")
                    assert (
                        here.file(file.sha256).path.read_bytes() == str(turn).encode()
                    )
                else:
                    saved = here.load("transactions")
                    assert len(saved.table) == 500
                    table = saved.expression
                    assert table.aggregate(total=table.amount.sum()).execute()[
                        "total"
                    ].tolist() == [sum(n * 1.5 for n in range(500))]
                counts[number] += 1
        except BaseException as problem:
            problems.append(problem)
            raise

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert all(count > 1 for count in counts)
    assert {found.name: found.payload["turn"] for found in one.saved("thing")} == {
        str(number): counts[number] - 1 for number in (2, 3)
    }
    for number in (0, 1):
        assert len(one.versions(f"own {number}")) == min(counts[number], VERSIONS_KEPT)
    assert len(one.files()) == counts[4]


def test_many_threads_open_the_same_workspace_and_get_the_same_one() -> None:
    identifier = new_workspace().id
    close_workspaces()
    found, together = [], threading.Barrier(8)

    def work() -> None:
        together.wait()
        found.append(open_workspace(identifier))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(map(id, found))) == 1


# Speed


@pytest.mark.slow
def test_a_workspace_with_a_million_rows_opens_in_a_moment() -> None:
    one = new_workspace()
    one.engine.run(
        "CREATE TABLE cleaned_1 AS SELECT i AS _line, (i % 9973)::VARCHAR AS customer, "
        "i * 0.5 AS amount, md5(i::VARCHAR) AS product FROM range(1000000) r(i)"
    )
    one.save_table(Cleaned(one.engine, "cleaned_1"), files=["0" * 64])
    close_workspaces()
    times = []
    for _ in range(3):
        close_workspaces()
        began = time.perf_counter()
        assert open_workspace(one.id).load("transactions").rows == 1_000_000
        times.append(time.perf_counter() - began)
    assert min(times) < 0.3


# What a disk can do


def damaged(content: Any) -> Any:
    """A workspace with a table, closed, whose file has become `content` of what it was."""
    one = new_workspace("mine")
    kept = one.keep_file(b"raw", "a.csv")
    one.save_table(cleaned(rows=50_000), files=[kept])
    close_workspaces()
    path = one.folder / "workspace.duckdb"
    path.write_bytes(content(path.read_bytes()))
    return one.id, path, kept


@pytest.mark.parametrize(
    "content",
    [
        lambda old: b"this is not a database" * 1000,
        lambda old: old[: len(old) // 2],
        lambda old: b"\xff" * 200 + old[200:],
        lambda old: old[:4096] + b"\xff" * 8192 + old[12288:],
    ],
    ids=["garbage", "cut", "first header", "both headers"],
)
def test_a_damaged_file_is_moved_aside_and_said(content: Any) -> None:
    identifier, path, kept = damaged(content)
    broken = path.read_bytes()
    with fails("workspace.damaged") as caught:
        open_workspace(identifier)
    aside = path.with_name(caught.value.details["file"])
    assert aside.read_bytes() == broken
    again = open_workspace(identifier)
    assert (again.name, again.tables()) == ("mine", [])
    (file,) = again.files()
    assert (file.sha256, file.name, file.path.read_bytes()) == (
        kept.sha256,
        f"recovered-{kept.sha256[:8]}",
        b"raw",
    ), "uploads stay"
    delete_workspace(identifier)
    assert not aside.exists()


@pytest.mark.slow
def test_damage_inside_a_table_is_said_when_it_is_read() -> None:
    one = new_workspace()
    one.save_table(cleaned(rows=200_000))
    one.save_table(cleaned(rows=10), name="small", files=["0" * 64])
    close_workspaces()
    path = one.folder / "workspace.duckdb"
    content = bytearray(path.read_bytes())
    blocks = range(3 * 4096, len(content) - 262_144, 262_144)
    hit = False
    for (
        begin
    ) in blocks:  # data blocks, one after another, until one of the big table's is met
        broken = bytearray(content)
        broken[begin + 1000 : begin + 1100] = b"\xff" * 100
        path.write_bytes(broken)
        try:
            saved = open_workspace(one.id).load("transactions")
            try:
                assert len(saved.table) == 200_000
            except AnalysisError as problem:
                assert problem.key == "workspace.damaged_table"
                assert "transactions" in problem.sentence("en")
                hit = True
        except AnalysisError as problem:
            assert problem.key == "workspace.damaged"
            for aside in one.folder.glob("damaged-*"):
                aside.unlink()
        close_workspaces()
    assert hit


def test_a_file_of_a_newer_database_is_left_where_it_is() -> None:
    identifier, path, _ = damaged(_newer)
    content = path.read_bytes()
    with fails("workspace.newer"):
        open_workspace(identifier)
    assert path.read_bytes() == content


def _newer(content: Any) -> Any:
    """The same file, saying that a storage version from the future wrote it.

    Its first header's checksum made to fit.
    """
    header = bytearray(content[:4096])
    struct.pack_into("<Q", header, 12, 9_999)
    total = 5381
    for (word,) in struct.iter_unpack("<Q", bytes(header[8:])):
        total ^= (word * 0xBF58476D1CE4E5B9) % 2**64
    struct.pack_into("<Q", header, 0, total)
    return bytes(header) + content[4096:]


def test_a_workspace_of_newer_bookkeeping_is_left_where_it_is() -> None:
    one = new_workspace()
    one.engine.run("UPDATE crm.format SET number = 99")
    close_workspaces()
    with fails("workspace.newer"):
        open_workspace(one.id)
    assert (one.folder / "workspace.duckdb").exists()


@pytest.mark.parametrize("size", [0, 10, 5000])
def test_a_file_whose_making_was_cut_short_is_made_again(size: int) -> None:
    one = new_workspace("x")
    close_workspaces()
    (one.folder / "workspace.duckdb.wal").unlink(missing_ok=True)
    (one.folder / "workspace.duckdb").write_bytes(b"\0" * size)
    assert open_workspace(one.id).tables() == []
    assert not list(one.folder.glob("damaged-*"))


def test_a_file_that_lost_nearly_all_is_damaged_where_something_had_been_loaded() -> (
    None
):
    workspace = new_workspace()
    kept = workspace.keep_file(b"a,b\n1,2\n", "orders.csv")
    path = workspace.folder / "workspace.duckdb"
    close_workspaces()
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(AnalysisError) as problem:
        open_workspace(workspace.id)
    assert problem.value.key == "workspace.damaged"
    assert [file.sha256 for file in open_workspace(workspace.id).files()] == [
        kept.sha256
    ]


FULL = """
    import os, resource
    from test_workspace import cleaned
    from crm_analysis.errors import AnalysisError
    from crm_analysis.workspace import open_workspace
    here = open_workspace(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_FSIZE, (6_000_000, resource.RLIM_INFINITY))
    for what in ("file", "table", "setting", "saved"):
        try:
            if what == "setting":
                here.settings["a"] = "x" * 8_000_000
            elif what == "saved":
                here.save("k", "n", {}, {}, {"b": os.urandom(8_000_000)})
            elif what == "file":
                here.keep_file(bytes(7_000_000), "big.csv")
            else:
                here.engine.run("SELECT 1")
                here.save_table(cleaned(None, rows=900_000))
            print("no error")
        except AnalysisError as problem:
            print(problem.key)
    rows = here.load("transactions").table.shape[0]
    print(rows, len(here.files()), dict(here.settings), here.saved("k"))
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="needs setrlimit")
def test_a_full_disk_is_said_and_what_was_saved_before_is_there(
    home: Any,
) -> None:
    one = new_workspace()
    one.save_table(cleaned(rows=5))
    close_workspaces()
    with child(FULL, one.id) as full:
        out, problems = full.communicate(timeout=120)
    assert out.split() == [
        *["workspace.disk_full"] * 4,
        "5",
        "0",
        "{}",
        "[]",
    ], problems
    one = open_workspace(one.id)
    assert one.load("transactions").table.shape == (5, 4)
    assert list((one.folder / "files").iterdir()) == []


def test_a_file_where_the_home_should_be_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(b"")
    for place in ("file", "file/deep"):
        monkeypatch.setenv("CRM_HOME", str(tmp_path / place))
        with fails("workspace.not_writable"):
            list_workspaces()


def test_a_home_that_may_not_be_written_is_said(
    home: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    one = new_workspace()
    close_workspaces()
    locked = tmp_path / "locked"
    locked.mkdir()
    with read_only(locked, home / one.id, home):
        with fails("workspace.not_writable"):
            open_workspace(one.id)
        with fails("workspace.not_writable"):
            new_workspace()
        monkeypatch.setenv("CRM_HOME", str(locked / "deep" / "home"))
        with fails("workspace.not_writable"):
            open_workspace()


@contextlib.contextmanager
def read_only(*folders: Any) -> Iterator[Any]:
    """Folders that this process may read and not write, even where it runs as root."""
    if os.name != "posix":
        pytest.skip("needs POSIX permissions")
    above = [
        parent
        for folder in folders
        for parent in folder.parents
        if parent.owner() == Path.home().owner() and parent != Path("/")
    ]
    changed = [
        *{path for folder in folders for path in (folder, *folder.rglob("*"))},
        *{*above} - {Path("/tmp")},
    ]
    modes = {path: path.stat().st_mode for path in changed}
    for path, mode in modes.items():
        path.chmod((mode | 0o555) & ~0o222)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
        for path, mode in modes.items():
            path.chmod(mode)
