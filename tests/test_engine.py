"""The engine: locked against the world, one for all threads, cancellable.

And another backend where a URL says so.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from ibis.backends import BaseBackend

from crm_analysis import engine as engine_module, private_folder
from crm_analysis.engine import (
    Engine,
    backend_for,
    connect,
    quoted,
    show_as_text,
)
from crm_analysis.errors import AnalysisError, Cancelled


@pytest.fixture
def engine() -> Iterator[Engine]:
    one = Engine()
    yield one
    one.close()


@pytest.fixture(params=["memory", "file"])
def locked(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    one = (
        Engine()
        if request.param == "memory"
        else Engine(tmp_path / "w.duckdb", tmp_path)
    )
    yield one
    one.close()


# Locked


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM glob('/etc/*')",
        "COPY (SELECT 1) TO '/tmp/crm_analysis_leak.csv'",
        "ATTACH '/tmp/crm_analysis_other.duckdb' AS other",
        "ATTACH 'https://example.com/x.duckdb' AS other",
        "SELECT * FROM read_csv('https://example.com/x.csv')",
        "SELECT * FROM read_parquet('s3://bucket/x.parquet')",
        "INSTALL httpfs",
        "LOAD httpfs",
        "INSTALL spatial FROM community",
        "SET enable_external_access = true",
        "SET allowed_directories = ['/']",
        "SET lock_configuration = false",
        "SET temp_directory = '/tmp'",
        "RESET memory_limit",
        "EXPORT DATABASE '/tmp/crm_analysis_leak'",
    ],
)
def test_no_sql_reaches_the_world(locked: Engine, sql: str) -> None:
    with pytest.raises(duckdb.Error):
        locked.run(sql)
    assert not list(Path("/tmp").glob("crm_analysis_leak*"))


def test_paths_out_of_the_folder_by_detours_stay_shut(locked: Engine) -> None:
    (locked.folder.parent / "secret.csv").write_text("a\n1\n", encoding="utf-8")
    (locked.folder / "link.csv").symlink_to("/etc/passwd")
    for path in (
        locked.folder / ".." / "secret.csv",
        Path(f"{locked.folder}_other") / "x.csv",
    ):
        with pytest.raises(duckdb.PermissionException):
            locked.run(f"SELECT * FROM read_csv('{path}')")
    (locked.folder.parent / "secret.csv").unlink()


def test_files_in_its_own_folder_can_be_read(locked: Engine) -> None:
    (locked.folder / "a.csv").write_text("x\n7\n", encoding="utf-8")
    assert locked.run(f"SELECT x FROM read_csv('{locked.folder / 'a.csv'}')") == [
        (7,)
    ]


def test_python_variables_are_not_tables(engine: Engine) -> None:
    hidden = pd.DataFrame({"a": [1]})
    assert len(hidden) == 1
    with pytest.raises(duckdb.CatalogException):
        engine.run("SELECT * FROM hidden")


def test_names_from_files_cannot_break_out_of_their_quotes(
    engine: Engine,
) -> None:
    name = 'a"; DROP TABLE keep; --'
    engine.run("CREATE TABLE keep (i INTEGER)")
    engine.register(name, pd.DataFrame({'c"; DROP TABLE keep; --': [1]}))
    assert engine.columns(name) == ['c"; DROP TABLE keep; --']
    assert engine.run(f"SELECT count(*) FROM {quoted(name)}") == [(1,)]
    assert engine.columns("keep") == ["i"]


# Tables


def test_register_stores_frames_and_replaces_them(engine: Engine) -> None:
    engine.register("t", pd.DataFrame({"a": [1, 2], "b": ["x", None]}))
    engine.register("t", pd.DataFrame({"c": [3.5]}))
    pd.testing.assert_frame_equal(
        engine.frame("FROM t"), pd.DataFrame({"c": [3.5]})
    )


def test_register_reads_reversed_views_and_slices(engine: Engine) -> None:
    frame = pd.DataFrame(
        {
            "i": range(6),
            "x": [n / 2 for n in range(6)],
            "s": list("abcdef"),
            "b": [True, False] * 3,
        }
    )
    for view in (
        frame.iloc[::-1],
        frame.iloc[::2],
        frame[["s", "i"]].iloc[::-1],
    ):
        engine.register("t", view)
        assert (
            engine.frame("FROM t").to_numpy().tolist() == view.to_numpy().tolist()
        )


def test_a_transaction_is_stored_whole_or_not_at_all(engine: Engine) -> None:
    engine.run("CREATE TABLE t (i INTEGER)")
    with engine.transaction() as cursor:
        cursor.execute("INSERT INTO t VALUES (1)")
        assert engine.run("SELECT count(*) FROM t") == [(0,)]
    with pytest.raises(ZeroDivisionError), engine.transaction() as cursor:
        cursor.execute("INSERT INTO t VALUES (2)")
        raise ZeroDivisionError
    with pytest.raises(duckdb.CatalogException), engine.transaction() as cursor:
        cursor.execute("INSERT INTO t VALUES (3)")
        cursor.execute("INSERT INTO nowhere VALUES (3)")
    assert engine.run("FROM t") == [(1,)]


def test_an_engine_leaves_nothing_behind() -> None:
    one = Engine()
    folder = one.folder
    one.register("t", pd.DataFrame({"a": [1]}))
    assert folder.is_dir()
    del one
    gc.collect()
    assert not folder.exists()


@pytest.mark.slow
def test_private_folders_of_killed_processes_are_removed_and_those_of_living_ones_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    code = (
        "import os\nfrom crm_analysis.engine import Engine\none = Engine()\n"
        "print(one.folder, flush=True)\nos.kill(os.getpid(), 9)"
    )
    killed = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    orphan = Path(killed.stdout.strip())
    assert orphan.parent == tmp_path
    living = Engine()
    foreign, young = tmp_path / "other_tool", tmp_path / "crm_analysis_young"
    for folder in (foreign, young):
        folder.mkdir()
        (folder / ".alive").touch()
    for folder in (orphan, living.folder, foreign):
        os.utime(folder, (1, 1))
    private_folder._remove_orphans.cache_clear()
    Engine().close()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        [living.folder.name, "other_tool", "crm_analysis_young"]
    )
    assert living.run("SELECT 1") == [(1,)]
    living.close()
    assert not living.folder.exists()


def test_opening_a_file_clears_what_a_killed_process_spilled(
    tmp_path: Path,
) -> None:
    spill = tmp_path / "spill"
    spill.mkdir()
    (spill / "duckdb_temp_storage-0.tmp").write_bytes(b"x" * 1000)
    one = Engine(tmp_path / "w.duckdb", tmp_path)
    assert not spill.exists()
    one.close()


def test_a_database_on_disk_may_use_half_of_the_memory(tmp_path: Path) -> None:
    def bytes_of(one: Engine) -> float:
        number, unit = one.run("SELECT current_setting('memory_limit')")[0][
            0
        ].split()
        return (
            float(number)
            * {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}[unit]
        )

    memory, file, told = (
        Engine(),
        Engine(tmp_path / "w.duckdb", tmp_path),
        Engine(tmp_path / "v.duckdb", tmp_path, "300 MiB"),
    )
    assert bytes_of(file) / bytes_of(memory) == pytest.approx(0.5 / 0.8, rel=0.02)
    assert bytes_of(told) == pytest.approx(300 * 2**20, rel=0.01)
    for one in (memory, file, told):
        one.close()


@pytest.mark.slow
def test_sums_too_big_for_memory_spill_into_the_folder_and_leave_it(
    tmp_path: Path,
) -> None:
    one = Engine(tmp_path / "w.duckdb", tmp_path, "60 MiB")
    rows = (
        "SELECT md5(i::VARCHAR) AS k, row_number() OVER (ORDER BY md5(i::VARCHAR)) AS n"
        " FROM range(600000) r(i)"
    )
    sql = f"SELECT count(*), max(n) FROM ({rows})"
    assert one.run(sql) == [(600_000, 600_000)]
    one.close()
    assert not (tmp_path / "spill").exists()


# Threads


def hammer(count: int, work: Callable[[int], object]) -> None:
    problems = []

    def guarded(number: int) -> None:
        try:
            work(number)
        except BaseException as problem:
            problems.append(problem)
            raise

    threads = [
        threading.Thread(target=guarded, args=(number,)) for number in range(count)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []


@pytest.mark.slow
def test_eight_threads_each_get_their_own_answers_by_sql_and_by_ibis(
    engine: Engine,
) -> None:
    for number in range(8):
        engine.run(
            f"CREATE TABLE t{number} AS"
            f" SELECT i, {number} AS k FROM range({100 * (number + 1)}) r(i)"
        )

    def work(number: int) -> None:
        for _ in range(15):
            rows = 100 * (number + 1)
            table = engine.backend.table(f"t{number}")
            result = table.aggregate(
                rows=table.count(), k=table.k.max(), total=table.i.sum()
            ).execute()
            assert result.iloc[0].tolist() == [
                rows,
                number,
                rows * (rows - 1) // 2,
            ]
            assert engine.run(f"SELECT count(*), max(k) FROM t{number}") == [
                (rows, number)
            ]
            assert engine.frame(f"SELECT k FROM t{number}")[
                "k"
            ].unique().tolist() == [number]
            memory = ibis.memtable(pd.DataFrame({"x": np.arange(rows)}))
            assert engine.backend.execute(memory.x.max()) == rows - 1

    hammer(8, work)


def test_eight_threads_that_write_take_turns(engine: Engine) -> None:
    engine.run("CREATE TABLE counter AS SELECT 0 AS n")
    engine.run("CREATE TABLE log (thread INTEGER, n INTEGER)")

    def work(number: int) -> None:
        for _ in range(12):
            with engine.transaction() as cursor:
                (n,) = cursor.execute("SELECT n FROM counter").fetchall()[0]
                cursor.execute("UPDATE counter SET n = ?", [n + 1])
                cursor.execute("INSERT INTO log VALUES (?, ?)", [number, n])
            engine.register("shared", pd.DataFrame({"thread": [number]}))

    hammer(8, work)
    assert engine.run("FROM counter") == [(96,)]
    assert engine.run("SELECT count(DISTINCT n) FROM log") == [(96,)]


# Progress


_LONG = "SELECT count(*) FROM range(4000000) a(i), range(20000) b(j) WHERE (i * j) % 7 = 3"


def test_a_long_query_is_cancelled_by_its_progress_and_the_engine_goes_on(
    engine: Engine,
) -> None:
    heard = []

    def progress(share: float, step: str) -> None:
        heard.append((share, step))
        if len(heard) == 3:
            raise Cancelled

    began = time.monotonic()
    with pytest.raises(Cancelled):
        engine.run(
            _LONG, progress=progress, step="frame.working", start=0.2, end=0.4
        )
    assert time.monotonic() - began < 20
    assert {step for _, step in heard} == {"frame.working"}
    assert all(0.2 <= share <= 0.4 for share, _ in heard)
    assert engine.run("SELECT 1") == [(1,)]


def test_a_cancel_at_the_first_word_is_heard_too(engine: Engine) -> None:
    def at_once(share: float, step: str) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        engine.run(_LONG, progress=at_once)


@pytest.mark.slow
def test_progress_grows_to_the_end(engine: Engine) -> None:
    engine.run(
        "CREATE TABLE big AS SELECT i, md5(i::VARCHAR) AS m FROM range(1500000) r(i)"
    )
    heard = []
    rows = engine.run(
        "SELECT count(DISTINCT m || 'x') FROM big",
        progress=lambda share, step: heard.append(share),
    )
    assert rows == [(1_500_000,)]
    assert heard == sorted(heard)
    assert all(0 <= share <= 1 for share in heard)


def test_a_wrong_query_fails_the_same_way_when_it_is_watched(
    engine: Engine,
) -> None:
    with pytest.raises(duckdb.CatalogException):
        engine.run("SELECT * FROM nowhere", progress=lambda share, step: None)


# Elsewhere


@pytest.fixture(autouse=True)
def no_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CRM_ENGINE_URL", raising=False)


def orders() -> pd.DataFrame:
    return pd.DataFrame({"customer": ["a", "b", "a"], "amount": [1.0, 2.0, 3.0]})


def heavy(backend: BaseBackend) -> pd.DataFrame:
    table = ibis.memtable(orders())
    return backend.execute(
        table.group_by("customer")
        .aggregate(amount=table.amount.sum())
        .order_by("customer")
    )


def test_without_a_url_sums_run_here_on_a_locked_duckdb() -> None:
    assert heavy(connect())["amount"].tolist() == [4.0, 2.0]
    assert backend_for(orders()) is connect()
    with pytest.raises(duckdb.Error):
        connect().raw_sql("SELECT * FROM read_text('/etc/passwd')")


def test_a_url_in_the_environment_names_another_backend(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "elsewhere.duckdb"
    with duckdb.connect(str(path)) as other:
        other.execute("CREATE TABLE sales AS SELECT 'z' AS customer, 9 AS amount")
    monkeypatch.setenv("CRM_ENGINE_URL", f"duckdb://{path}")
    backend = backend_for(orders())
    assert backend is not engine_module._here().backend
    assert backend.execute(backend.table("sales").amount.sum()) == 9
    assert heavy(backend)["amount"].tolist() == [4.0, 2.0]
    assert connect() is backend, "one connection a URL"
    assert connect("duckdb://") is not backend
    backend.disconnect()
    engine_module._connected.cache_clear()


@pytest.mark.slow
def test_threads_share_a_backend_that_a_url_names() -> None:
    backend = connect("duckdb://")
    hammer(8, lambda number: [heavy(backend) for _ in range(5)])


def test_an_expression_is_summed_where_it_lives(engine: Engine) -> None:
    engine.register("orders", orders())
    table = engine.backend.table("orders")
    assert backend_for(table) is engine.backend
    assert backend_for(table.filter(table.amount > 1)) is engine.backend
    assert backend_for(ibis.memtable(orders())) is connect()


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("nonsense://user:secret@host/x", "engine.unknown_url"),
        ("postgres://user:secret@host/x", "engine.no_driver"),
    ],
)
def test_a_url_that_cannot_be_followed_is_a_sentence_without_the_password(
    url: str, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(
        sys.modules, "psycopg", None
    )  # as where PostgreSQL's driver is not installed
    with pytest.raises(AnalysisError) as caught:
        connect(url)
    assert caught.value.key == key
    for language in ("en", "zh"):
        assert url.partition(":")[0] in caught.value.sentence(language)
        assert "secret" not in caught.value.sentence(language)


def test_a_table_is_shown_for_as_long_as_it_is_held(tmp_path: Path) -> None:
    one = Engine(tmp_path / "a.duckdb", tmp_path)
    rows = pa.table(
        {"name": pa.array(["a", "b", "a"]).dictionary_encode(), "n": [1, 2, 3]}
    )
    one.show("shown", rows)
    assert one.run(
        "SELECT name, sum(n) FROM shown GROUP BY name ORDER BY name"
    ) == [
        ("a", 4),
        ("b", 2),
    ]
    with one.transaction() as cursor:
        cursor.execute("CREATE TABLE kept AS FROM shown")
    result: list[list[tuple]] = []
    thread = threading.Thread(
        target=lambda: result.append(one.run("SELECT count(*) FROM shown"))
    )
    thread.start()
    thread.join()
    assert result == [[(3,)]]
    del rows
    gc.collect()
    with pytest.raises(duckdb.CatalogException):
        one.run("FROM shown")
    assert one.run("SELECT count(*) FROM kept") == [(3,)]
    one.close()


def test_codes_are_shown_as_text(tmp_path: Path) -> None:
    one = Engine(tmp_path / "a.duckdb", tmp_path)
    one.run(
        "CREATE TYPE colour AS ENUM ('red', 'blue', ''); CREATE TABLE coded AS"
        ' SELECT * FROM (VALUES (\'blue\'::colour, 1), (NULL, 2), (\'\', 3)) AS t ("a ""b""", n)'
    )
    with one.cursor() as cursor:
        show_as_text(cursor, "coded", "text")
    assert [row[:2] for row in one.run("DESCRIBE text")] == [
        ('a "b"', "VARCHAR"),
        ("n", "INTEGER"),
    ]
    assert one.run(
        'SELECT * FROM text WHERE "a ""b""" > \'black\' OR n > 2 ORDER BY 1 DESC'
    ) == [
        ("blue", 1),
        ("", 3),
    ]
    one.close()


def test_closing_waits_for_what_another_thread_does() -> None:
    one = Engine()
    done: list[int] = []

    def late() -> None:
        time.sleep(0.2)
        done.extend(one.run("SELECT 7")[0])

    one.submit(late)
    one.close()
    assert done == [7]
