"""What a disk can do to a workspace: damage, an older program, no room, no right to write."""

import contextlib
import errno
import os
import random
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from crm_analysis.engine import Engine
from crm_analysis.errors import AnalysisError
from crm_analysis.workspace import (
    close_workspaces,
    delete_workspace,
    list_workspaces,
    new_workspace,
    open_workspace,
)
from tests.workspaces import child, cleaned, fails


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("CRM_HOME", str(tmp_path / "home"))
    yield tmp_path / "home"
    close_workspaces()


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
    for begin in (
        blocks
    ):  # data blocks, one after another, until one of the big table's is met
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


def spoiled(content: bytes, dice: random.Random, how: int) -> bytes:
    """A file's content with bits turned, its end cut off, or a stretch overwritten."""
    if how == 0:
        return content[: dice.randrange(len(content) // 2, len(content))]
    broken = bytearray(content)
    if how == 3:
        broken[content.index(b"to be found")] ^= 1
    elif how == 1:
        begin = dice.randrange(len(content) - 99_000)
        broken[begin : begin + 50_000] = dice.randbytes(50_000)
    else:
        for _ in range(20):
            broken[dice.randrange(len(content))] ^= 1 << dice.randrange(8)
    return bytes(broken)


@pytest.mark.slow
def test_of_a_damaged_file_what_reads_is_recovered_and_the_rest_said() -> None:
    one, other, rows = new_workspace("mine"), new_workspace("other"), {}
    kept = one.keep_file(b"a,b", "a.csv")
    for number in range(3):
        rows[f"t{number}"] = 20_000 * (number + 1)
        one.save_table(cleaned(rows=rows[f"t{number}"]), name=f"t{number}")
    one.save("kind", "n", {}, {}, {"b": bytes(range(256)) * 400})
    close_workspaces()
    open_workspace(one.id).settings["a"] = "to be found " * 9
    close_workspaces()
    path = one.folder / "workspace.duckdb"
    content, dice, said = path.read_bytes(), random.Random(3), []
    for trial in range(12):
        path.write_bytes(spoiled(content, dice, trial % 4))
        try:
            open_workspace(one.id)
        except AnalysisError as problem:
            said.append(problem)
        again = open_workspace(one.id)
        for table in again.tables():
            saved = again.load(table.name)
            try:
                assert len(saved.table) == rows[table.name]
                assert saved.types["missing"].tolist() == [0, 1]
            except AnalysisError as problem:
                assert problem.key == "workspace.damaged_table"
        for thing in again.saved("kind"):
            with contextlib.suppress(AnalysisError):
                assert thing.binary("b") == bytes(range(256)) * 400
        assert again.files()[0].path.read_bytes() == kept.path.read_bytes()
        assert {info.id for info in list_workspaces()} == {one.id, other.id}
        again.save_table(cleaned(rows=5), name="new")
        close_workspaces()
    recovered = [one for one in said if one.key == "workspace.recovered"]
    assert recovered
    assert {one.key for one in said} <= {"workspace.recovered", "workspace.damaged"}
    assert all(
        str(recovered[0].details["count"]) in recovered[0].sentence(language)
        for language in ("en", "zh")
    )


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
    from tests.workspaces import cleaned
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


def test_after_what_stops_the_database_the_file_is_opened_anew() -> None:
    one = new_workspace()
    one.save_table(cleaned(rows=5))
    before = one.engine
    text = "FATAL Error: Failed to create checkpoint: No space left on device"
    with (
        fails("workspace.disk_full"),
        one._writing() as engine,
        engine.cursor(),
    ):
        raise duckdb.FatalException(text)
    assert len(one.load("transactions").table) == 5
    one.settings["a"] = 1
    assert one.engine is not before
    assert not list(one.folder.glob("damaged-*"))


class Failing:
    """A cursor that passes statements on, until one of them that changes something fails."""

    def __init__(self, cursor: Any, fails: Any) -> None:
        self._cursor, self._fails = cursor, fails

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)

    def execute(self, sql: str, *values: Any) -> Any:
        if not sql.lstrip().startswith(("SELECT", "FROM", "BEGIN", "ROLLBACK")):
            self._fails(duckdb.IOException("IO Error: Input/output error"))
        return self._cursor.execute(sql, *values)


def state(one: Any) -> list[Any]:
    """All that a workspace holds."""
    return [
        [(table.name, len(one.load(table.name).table)) for table in one.tables()],
        [len(one.load(table.name).types) for table in one.tables()],
        [(file.name, file.path.read_bytes()) for file in one.files()],
        [(thing.name, thing.binary("b")) for thing in one.saved("kind")],
        dict(one.settings),
    ]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(
            lambda one: one.save_table(cleaned(rows=7), name="second"),
            marks=pytest.mark.slow,
        ),
        pytest.param(lambda one: one.remove_table("first"), marks=pytest.mark.slow),
        pytest.param(
            lambda one: one.save("kind", "n", {}, {}, {"b": b"new"}),
            marks=pytest.mark.slow,
        ),
        lambda one: one.keep_file(b"new", "new.csv"),
        lambda one: one.settings.update(a=2),
        lambda one: one.delete_file(one.files()[0].sha256),
    ],
    ids=["table", "removal", "saved", "file", "setting", "deletion"],
)
def test_an_error_at_any_write_leaves_the_old_state_or_the_new(
    change: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = new_workspace()
    one.save_table(cleaned(rows=5), name="first")
    one.save("kind", "n", {}, {}, {"b": b"old"})
    one.keep_file(b"old", "old.csv")
    one.settings["a"] = 1
    old, countdown, cursor = state(one), [-1], Engine.cursor

    def maybe(problem: Exception) -> None:
        countdown[0] -= 1
        if countdown[0] == 0:
            raise problem

    @contextlib.contextmanager
    def failing(engine: Any, sql: Any = None) -> Iterator[Any]:
        with cursor(engine, sql) as real:
            yield Failing(real, maybe) if engine is one.engine else real

    def syncing(handle: int) -> None:
        maybe(OSError(errno.EIO, "Input/output error"))

    for turn in range(1, 40):
        monkeypatch.setattr(Engine, "cursor", failing)
        monkeypatch.setattr(os, "fsync", syncing)
        countdown[0] = turn
        try:
            change(one)
        except AnalysisError as problem:
            assert problem.key == "workspace.disk_fails"
        failed, countdown[0] = countdown[0] <= 0, -1
        monkeypatch.undo()
        monkeypatch.setenv("CRM_HOME", str(one.folder.parent))
        here = state(one)
        close_workspaces()
        one = open_workspace(one.id)
        assert state(one) == here
        if here != old or not failed:
            break
    assert failed or turn > 1
    assert not failed or here != old


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
