"""Packed files and workbooks are opened in a process of their own, with limits, killable."""

from __future__ import annotations

import gzip
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from crm_analysis import intake
from crm_analysis.engine import Engine
from crm_analysis.errors import AnalysisError, Cancelled
from crm_analysis.tables.reading import RawTable, ReadOptions, read_table
from crm_analysis.tables.unpacking import apart, limits
from crm_analysis.tables.unpacking.limits import Limits, limits_of
from crm_analysis.wording import say
from crm_analysis.workspace import Workspace, close_workspaces, new_workspace
from tests.bombs import far_cell, repeated_rows
from tests.kept_files import HEADER, JANUARY, keys, take
from tests.read_tables import packed, workbook

SHEET = workbook(("Orders", [["id", "qty"], [1, 2], [3, None], ["x", 4.5]]))


@pytest.fixture
def engine() -> Iterator[Engine]:
    engine = Engine()
    yield engine
    engine.close()


def refused(data: bytes, name: str, engine: Engine) -> AnalysisError:
    """What is said of a file, which leaves nothing behind and is named in both languages."""
    with pytest.raises(AnalysisError) as caught:
        read_table(data, name=name, engine=engine)
    problem = caught.value
    for language in ("en", "zh"):
        assert name in problem.sentence(language)
    assert not list(engine.folder.glob("unpacked_*"))
    return problem


def opened_by(
    program: str, monkeypatch: pytest.MonkeyPatch, engine: Engine
) -> AnalysisError:
    """What is said where another program stands for what opens a workbook."""
    monkeypatch.setattr(apart, "_PROGRAM", program.replace("{", "{{"))
    return refused(SHEET, "orders.xlsx", engine)


# Bombs


@pytest.mark.parametrize(
    "reference", ["XFD1048576", "ZZ1048576", "ZZZZZZ9", "A99999999999999"]
)
def test_a_cell_far_away_is_refused_for_the_memory_it_takes(
    reference: str, engine: Engine
) -> None:
    problem = refused(far_cell(reference), "orders.xlsx", engine)
    assert problem.key == "reading.too_much_memory"
    assert problem.details["memory"] <= 2048


@pytest.mark.parametrize("reference", ["A0", "A4294967296"])
def test_a_row_that_no_sheet_has_is_refused(reference: str, engine: Engine) -> None:
    assert (
        refused(far_cell(reference), "orders.xlsx", engine).key
        == "reading.broken_sheet"
    )


@pytest.mark.slow
def test_rows_repeated_without_end_are_refused(engine: Engine) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    problem = refused(repeated_rows(150_000, 8), "stock.ods", engine)
    assert problem.key == "reading.sheet_repeats"
    assert problem.details["rows"] == 150_000
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 100 << 10  # kB


def test_a_few_repeated_rows_are_rows(engine: Engine) -> None:
    raw = read_table(
        repeated_rows(300, 2),
        ReadOptions(header_rows=0),
        name="stock.ods",
        engine=engine,
    )
    assert raw.reading.rows == 300


# Ends


def test_a_crash_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, engine: Engine
) -> None:
    crash = "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"
    problem = opened_by(crash, monkeypatch, engine)
    assert problem.key == "reading.broke_off"


def test_a_panic_is_a_sentence_and_why_is_kept(
    monkeypatch: pytest.MonkeyPatch, engine: Engine
) -> None:
    problem = opened_by(
        "raise BaseException('row 4294967296')", monkeypatch, engine
    )
    assert problem.key == "reading.broke_off"
    assert "row 4294967296" in str(problem.__cause__)


def test_what_the_system_ends_took_too_much_memory(
    monkeypatch: pytest.MonkeyPatch, engine: Engine
) -> None:
    kill = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    problem = opened_by(kill, monkeypatch, engine)
    assert problem.key == "reading.too_much_memory"


def test_what_takes_too_long_is_ended(
    monkeypatch: pytest.MonkeyPatch, engine: Engine
) -> None:
    monkeypatch.setattr(apart, "limits_of", lambda size: Limits(1 << 30, 0.0))
    problem = opened_by("import time; time.sleep(60)", monkeypatch, engine)
    assert problem.key == "reading.too_slow"


@pytest.mark.slow
def test_what_computes_too_long_is_ended(
    monkeypatch: pytest.MonkeyPatch, engine: Engine
) -> None:
    monkeypatch.setattr(apart, "limits_of", lambda size: Limits(2 << 30, 0.0))
    monkeypatch.setattr(apart, "_PATIENCE", 100)
    problem = refused(repeated_rows(500_000, 16), "stock.ods", engine)
    assert problem.key == "reading.too_slow"


def test_cancelling_ends_the_process(
    monkeypatch: pytest.MonkeyPatch, engine: Engine
) -> None:
    begun: list[subprocess.Popen[str]] = []
    start = subprocess.Popen

    def noted(*args: object, **named: object) -> subprocess.Popen[str]:
        begun.append(start(*args, **named))
        return begun[-1]

    def cancelled(share: float, step: str) -> None:
        if begun:
            raise Cancelled

    monkeypatch.setattr(subprocess, "Popen", noted)
    monkeypatch.setattr(apart, "_PROGRAM", "import time; time.sleep(60)")
    with pytest.raises(Cancelled):
        read_table(SHEET, name="orders.xlsx", engine=engine, progress=cancelled)
    assert begun[0].poll() is not None
    assert not list(engine.folder.glob("unpacked_*"))


# Limits


def test_a_process_keeps_to_its_limits() -> None:
    program = (
        "from crm_analysis.tables.unpacking.limits import Limits, keep_to;"
        "keep_to(Limits(64 << 20, 5.0)); bytearray(100 << 20)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert "MemoryError" in done.stderr


def test_limits_are_a_share_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    assert limits_of(1000).memory <= 2 << 30
    assert limits_of(1 << 30).seconds > limits_of(1000).seconds
    monkeypatch.setattr(limits, "_memory", lambda: 1 << 30)
    assert limits_of(1000).memory == 1 << 28
    monkeypatch.setenv("CRM_FILE_MEMORY_MB", "300")
    assert limits_of(1000).memory == 300 << 20


def test_where_there_are_no_limits_files_are_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "resource", None)
    limits.keep_to(Limits(1, 1.0))
    monkeypatch.delattr(os, "sysconf")
    assert limits_of(1000).memory == 2 << 30


# What is opened


def cells(raw: RawTable) -> list[list[str]]:
    return raw.table.to_numpy().tolist()


def test_a_workbook_is_read_as_its_cells(engine: Engine) -> None:
    raw = read_table(SHEET, name="orders.xlsx", engine=engine)
    assert cells(raw) == [["1", "2"], ["3", ""], ["x", "4.5"]]
    assert not list(engine.folder.glob("unpacked_*"))


@pytest.mark.parametrize("from_disk", [False, True])
def test_packed_text_is_read(
    from_disk: bool, engine: Engine, tmp_path: Path
) -> None:
    data = gzip.compress(b"id,qty\n1,2\n")
    path = tmp_path / "orders.csv.gz"
    path.write_bytes(data)
    raw = read_table(
        path if from_disk else data, name="orders.csv.gz", engine=engine
    )
    assert (raw.reading.name, cells(raw)) == ("orders.csv", [["1", "2"]])
    assert path.read_bytes() == data


def test_a_workbook_in_an_archive_is_read(engine: Engine) -> None:
    raw = read_table(packed("orders.xlsx", SHEET), name="all.zip", engine=engine)
    assert (raw.reading.name, raw.reading.rows) == ("orders.xlsx", 3)


def test_a_bomb_leaves_the_other_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRM_HOME", str(tmp_path))
    home: Workspace = new_workspace("shop")
    remarks = take(
        home,
        ("bomb.xlsx", far_cell("XFD1048576")),
        ("jan.csv", HEADER + "".join(JANUARY)),
    )
    assert keys(remarks) == ["intake.problem.file", "intake.loaded"]
    details = remarks[0].details
    assert "bomb.xlsx" in say(details["key"], "zh", **details["details"])
    assert intake.plan_of(home, "jan.csv").files[0].name == "jan.csv"
    close_workspaces()
