"""Workspaces that several threads and processes hold, or that are killed while they write."""

import json
import os
import random
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from crm_analysis.workspace import (
    VERSIONS_KEPT,
    close_workspaces,
    delete_workspace,
    list_workspaces,
    new_workspace,
    open_workspace,
)
from tests.workspaces import Cleaned, child, cleaned, fails


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("CRM_HOME", str(tmp_path / "home"))
    yield tmp_path / "home"
    close_workspaces()


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


# Kill -9


# Imports everything once, then has a writer for each line it reads: a process of its own that
# begins at once, to be killed.
WRITERS = """
    import itertools, json, os
    from tests.workspaces import cleaned
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
    for result in here.saved("segmentation"):
        assert result.frame("members")["n"].unique().tolist() == [
            result.payload["n"]
        ]
    if "saved" in last:
        assert max(
            result.payload["n"] for result in here.saved("segmentation")
        ) in (
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
        [n for _, n, *_ in acknowledged]
        + [int(version.label) for version in versions],
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
                    result = here.saved_one("thing", str(number))
                    assert (
                        result.frame("f")["turn"].tolist()
                        == [result.payload["turn"]] * 3
                        == [turn] * 3
                    )
                elif number < 5:
                    here.settings["turn"] = turn
                    assert here.settings["turn"] == turn
                    file = here.keep_file(str(turn).encode(), "f.csv")
                    assert (
                        here.file(file.sha256).path.read_bytes()
                        == str(turn).encode()
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
    assert {
        result.name: result.payload["turn"] for result in one.saved("thing")
    } == {str(number): counts[number] - 1 for number in (2, 3)}
    for number in (0, 1):
        assert len(one.versions(f"own {number}")) == min(
            counts[number], VERSIONS_KEPT
        )
    assert len(one.files()) == counts[4]


def test_many_threads_open_the_same_workspace_and_get_the_same_one() -> None:
    identifier = new_workspace().id
    close_workspaces()
    result, together = [], threading.Barrier(8)

    def work() -> None:
        together.wait()
        result.append(open_workspace(identifier))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(result) == 8
    assert len(set(map(id, result))) == 1


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
