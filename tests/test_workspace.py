"""Workspaces: who may open which, files, small things kept, settings, and how they are deleted."""

import hashlib
import io
import os
import random
import re
import sys
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
from crm_analysis.workspace import (
    UPLOAD_LIMIT_MB,
    close_workspaces,
    delete_workspace,
    list_workspaces,
    new_workspace,
    open_workspace,
    rename_workspace,
)
from tests.workspaces import ROOT, cleaned, fails


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("CRM_HOME", str(tmp_path / "home"))
    yield tmp_path / "home"
    close_workspaces()


# Which workspace


def test_the_first_opening_makes_one_and_every_later_one_finds_it(
    home: Any,
) -> None:
    first = open_workspace(name="店铺")
    assert open_workspace() is first
    assert open_workspace(first.id) is first
    assert [(info.id, info.name) for info in list_workspaces()] == [
        (first.id, "店铺")
    ]
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
    result = {new_workspace().id for _ in range(3)}
    assert len(result) == 3
    assert all(re.fullmatch("[a-z2-7]{24}", one) for one in result)


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


@pytest.mark.skipif(os.name != "posix", reason="needs modes of files")
def test_nobody_else_may_read_what_is_written_down(home: Any) -> None:
    shop = new_workspace("shop")
    shop.keep_file(b"a,b\n1,2\n", "a.csv")
    shop.settings["some"] = 1
    close_workspaces()
    modes = {
        path.name: path.stat().st_mode & 0o077
        for path in home.rglob("*")
        if path.is_file()
    }
    assert len(modes) >= 3 and not any(modes.values()), modes


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
    assert [path.name for path in (one.folder / "files").iterdir()] == [
        kept[0].sha256
    ]
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
            "when": pd.to_datetime(["2024-01-01", None, "2024-01-03"]).as_unit(
                "ns"
            ),
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
    (result,) = one.saved("segmentation")
    assert (
        result.kind,
        result.name,
        result.payload,
        result.frames,
        result.binaries,
    ) == (
        "segmentation",
        "五个",
        {"k": 5, "names": {"1": "冠军"}},
        ("members", "empty"),
        ("model", "none"),
    )
    pd.testing.assert_frame_equal(result.frame("members"), frame)
    pd.testing.assert_frame_equal(result.frame("empty"), frame.head(0))
    assert result.binary("model") == b"\0\1" * 3_000_000
    assert result.binary("none") == b""
    with pytest.raises(KeyError):
        result.frame("other")
    one.save("segmentation", "五个", {"k": 4})
    assert one.saved_one("segmentation", "五个").payload == {"k": 4}
    with pytest.raises(KeyError):
        result.frame("members")
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
    assert [result.name for result in one.saved("filter")] == ["b", "a"]
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
