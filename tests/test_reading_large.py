"""Large files: the quick way and the thorough way are one, and loading can be watched."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from crm_analysis.engine import Engine
from crm_analysis.errors import Cancelled
from crm_analysis.tables.reading import RawTable, ReadOptions, load, read_table
from crm_analysis.tables.reading.fast import FastResult
from tests.variants import every


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    engine = Engine()
    yield engine
    engine.close()


# Large files


def both_ways(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, data: bytes
) -> tuple[RawTable, RawTable, bool]:
    """The same bytes read by DuckDB (claimed large) and by the reference splitter."""
    path = tmp_path / "large.csv"
    path.write_bytes(data)
    reference = read_table(path)
    used = []
    original = load.read_fast

    def watched(*values: Any) -> FastResult | None:
        used.append(original(*values))
        return used[-1]

    monkeypatch.setattr(load, "FAST_FROM", 0)
    monkeypatch.setattr(load, "read_fast", watched)
    fast = read_table(path)
    return reference, fast, bool(used and used[0] is not None)


BODY = "".join(
    f"{n},2011-05-{n % 28 + 1:02},item {n % 17},{n}.5\n" for n in range(1, 800)
)
LARGE = {
    "plain": ("id,date,name,price\n" + BODY, True),
    "crlf": (("id,date,name,price\n" + BODY).replace("\n", "\r\n"), True),
    "no header": (BODY, True),
    "preamble": ("Report of May\n\nid,date,name,price\n" + BODY, True),
    "quotes": (
        "id,date,name,price\n" + BODY.replace("item 3", '"item, ""3"""'),
        True,
    ),
    "line breaks": (
        "id,date,name,price\n" + BODY.replace("item 3", '"item\n\n3"'),
        True,
    ),
    "blank lines": (
        "id,date,name,price\n"
        + BODY.replace("item 3,", "item 3,").replace("\n77,", "\n\n\n77,"),
        True,
    ),
    "misfits": (
        "id,date,name,price\n"
        + BODY
        + "800,short\n801,2011-05-01,a,1.5,long,er\n"
        + BODY.replace("\n5,", "\n\n5,")
        + "\n",
        True,
    ),
    "total": (
        "id,date,name,price\n" + BODY + "Total,,,319600\n\nSource: the shop\n",
        True,
    ),
    "total within": (
        "id,date,name,price\n" + BODY + "Total,,,319600\n" + BODY,
        True,
    ),
    "header again": (
        "id,date,name,price\n"
        + BODY
        + "id,date,name,price\n"
        + BODY.replace("item", "thing"),
        True,
    ),
    "no line end at last": ("id,date,name,price\n" + BODY.rstrip("\n"), True),
    "byte order mark": ("\ufeffid,date,name,price\n" + BODY, True),
    "null words": (
        "id,date,name,price\n"
        + BODY.replace("item 3", "NULL")
        .replace("item 4", "")
        .replace("item 5", "\\N"),
        True,
    ),
    "stray quote": (
        "id,date,name,price\n" + BODY.replace("item 3", 'item "3', 1),
        False,
    ),
    "backslash": (
        "id,date,name,price\n" + BODY.replace("item 3", '"item \\"3\\""'),
        False,
    ),
    "spaces": (
        "id;date;name;price\n"
        + BODY.replace(",", ";").replace("item 3", "  item 3  "),
        True,
    ),
}

REGULAR = {
    "plain",
    "preamble",
    "blank lines",
    "crlf",
    "no header",
    "quotes",
    "total within",
    "header again",
    "no line end at last",
    "byte order mark",
    "null words",
    "spaces",
}


@pytest.mark.parametrize("parser", ["arrow", "duckdb"])
@pytest.mark.parametrize("kind", every(2, LARGE))
def test_both_ways_are_equal(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str, parser: str
) -> None:
    text, fast_expected = LARGE[kind]
    if parser == "duckdb":
        monkeypatch.setattr(
            "crm_analysis.tables.reading.fast.parse_with_arrow", lambda *_: None
        )
    reference, fast, was_fast = both_ways(monkeypatch, tmp_path, text.encode())
    assert was_fast == fast_expected
    assert bool(fast.coded) == (parser == "arrow" and kind in REGULAR)
    query = 'SELECT * FROM "{}" ORDER BY _line'
    frame = fast.engine.frame(query.format(fast.store))
    for place in fast.coded.words if fast.coded else ():
        words = fast.coded.words[place].to_pylist()
        assert [words[code] for code in frame.pop(f"e{place}")] == frame[
            f"c{place}"
        ].tolist()
    pd.testing.assert_frame_equal(
        frame, reference.engine.frame(query.format(reference.store))
    )
    pd.testing.assert_frame_equal(fast.set_aside, reference.set_aside)
    mine, theirs = fast.reading, reference.reading
    assert (
        mine.records,
        mine.rows,
        mine.counts,
        mine.columns,
        mine.header,
    ) == (
        theirs.records,
        theirs.rows,
        theirs.counts,
        theirs.columns,
        theirs.header,
    )
    assert dict(mine.notes) == dict(theirs.notes)


@pytest.mark.slow
def test_large_files_in_other_encodings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = "编号,日期,名称,价格\n" + BODY.replace("item", "商品名称")
    for encoding in ("gb18030", "utf-16", "utf-16-le"):
        _, fast, was_fast = both_ways(monkeypatch, tmp_path, text.encode(encoding))
        assert was_fast
        assert (
            fast.table.to_numpy().tolist()
            == list(csv.reader(io.StringIO(text)))[1:]
        )
        assert not list(fast.engine.folder.glob("*.txt"))


def test_put_back_on_large_files(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = "id,date,name,price\n" + BODY + "Total,,,319600\n"
    path = tmp_path / "large.csv"
    path.write_text(text, encoding="utf-8")
    monkeypatch.setattr(load, "FAST_FROM", 0)
    raw = read_table(path, ReadOptions(put_back=(801,)))
    assert raw.table.iloc[-1].tolist() == ["Total", "", "", "319600"]
    assert raw.reading.rows == 800


def test_loading_reports_and_can_be_cancelled(tmp_path: Path) -> None:
    path = tmp_path / "big.csv"
    path.write_text("id,date,name,price\n" + BODY * 200, encoding="utf-8")
    assert path.stat().st_size > load.FAST_FROM
    heard = []
    raw = read_table(path, progress=lambda share, step: heard.append((share, step)))
    assert raw.reading.rows == 799 * 200
    assert all(0 <= share <= 1 for share, _ in heard)
    assert {step for _, step in heard} >= {
        "reading.step_open",
        "reading.step_look",
        "reading.step_parse",
    }

    def stop(share: float, step: str) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        read_table(path, progress=stop)


def test_nothing_is_left_in_the_folder(tmp_path: Path) -> None:
    engine = Engine(folder=tmp_path / "workspace")
    (tmp_path / "workspace").mkdir(exist_ok=True)
    path = tmp_path / "big.csv.gz"
    path.write_bytes(gzip.compress(("id,date,name,price\n" + BODY * 400).encode()))
    raw = read_table(path, engine=engine)
    assert raw.reading.rows == 799 * 400
    assert [
        file for file in (tmp_path / "workspace").rglob("*") if file.is_file()
    ] == []
    engine.close()


LONG = "x" * 100_000
LONG_CELLS = {
    "soon": (f'id,text\n1,{LONG}\n2,"{LONG}, {LONG}"\n', [LONG, f"{LONG}, {LONG}"]),
    "each": (
        "id,text\n" + "".join(f'{n},"{LONG}, a"\n' for n in range(15)),
        [f"{LONG}, a"] * 15,
    ),
    "lines": (
        "id,text\n" + "".join(f'{n},"{LONG}\n b"\n' for n in range(15)),
        [f"{LONG}\n b"] * 15,
    ),
}


@pytest.mark.parametrize("form", LONG_CELLS)
def test_long_cells_in_quotes_are_whole(
    form: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text, cells = LONG_CELLS[form]
    _, raw, _ = both_ways(monkeypatch, tmp_path, text.encode())
    assert (raw.reading.quote, raw.reading.delimiter) == ('"', ",")
    assert raw.table["text"].tolist() == cells
