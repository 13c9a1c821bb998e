"""Texts that are no tables are refused at once; columns read alike are tried together."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import pytest

from crm_analysis.engine import Engine
from crm_analysis.errors import AnalysisError
from crm_analysis.tables.cleaning import clean
from crm_analysis.tables.cleaning.evidence import Evidence
from crm_analysis.tables.reading import read_table
from crm_analysis.tables.reading.parting import may_be_parted
from crm_analysis.tables.roles import guess_roles
from tests.raw_tables import raw_table

ROWS = b"C1,2024-01-01,5\n" * 200


@pytest.fixture
def engine() -> Iterator[Engine]:
    engine = Engine()
    yield engine
    engine.close()


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (b"[" * 1_000_000, "refused_json"),
        (b"[" + b"{}," * 300_000 + b"{}]", "refused_json"),
        (b"[" + b"[1,2]," * 1_500_000 + b"[1,2]]", "refused_json"),
        (b"id," + b"x" * 5_000_000 + b"\n" + ROWS, "endless_line"),
        (b'"' * 2_000_001, "endless_line"),
        (b"id,qty\n" + b'"' * 2_000_000 + b"\n", "endless_line"),
        (b"," * 10_000_000, "empty"),
        ((b"," * 99 + b"\n") * 100_000, "empty"),
        (b"[]\n" * 1_000, "only_signs"),
        ((b'"' * 99 + b"\n") * 5_000, "only_signs"),
        ((b"," * 99 + b"\n") * 5_000, "only_signs"),
        (
            b"id" + b",x" * 20_000 + b"\n" + b"1" + b",2" * 20_000,
            "too_many_columns",
        ),
        (b"id," + b"x" * 20_000 + b",y\n" + ROWS, "long_heading"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_table_is_refused_at_once(
    data: bytes, key: str, engine: Engine
) -> None:
    with pytest.raises(AnalysisError) as caught:
        read_table(data, name="orders.csv", engine=engine)
    assert caught.value.key == f"reading.{key}"
    for language in ("en", "zh"):
        assert "orders.csv" in caught.value.sentence(language)


def test_too_many_columns_are_refused_before_any_row_is_stored(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    heading = ",".join(f"measure {number}" for number in range(2_500))
    rows = ["1" + ",2.5" * 2_499] * 40
    with monkeypatch.context() as patched:
        patched.setattr(Engine, "cursor", None)  # nothing is asked of the engine
        with pytest.raises(AnalysisError) as caught:
            read_table(
                "\n".join([heading, *rows]).encode(), name="a.csv", engine=engine
            )
    assert caught.value.key == "reading.too_many_columns"
    assert caught.value.details["count"] == 2_500


def test_columns_that_become_rows_may_be_many() -> None:
    days = pd.date_range("2015-01-01", periods=2_500).strftime("%Y-%m-%d")
    assert may_be_parted(["product", *days], [["tea", *["3"] * 2_500]])
    goods = [f"good {letter}" for letter in "abcdefgh" * 300]
    bought = [
        ["1" if (row + place) % 90 == 0 else "0" for place in range(2_400)]
        for row in range(5)
    ]
    assert may_be_parted(goods, bought)
    assert not may_be_parted(goods, [["2.5"] * 2_400] * 5)


def test_brackets_in_a_cell_are_a_cell(engine: Engine) -> None:
    raw = read_table(
        b"id,qty\n" + b"[" * 100_000 + b",2\n3,4\n", name="a.csv", engine=engine
    )
    assert raw.reading.rows == 2


def test_long_headings_are_looked_at_to_a_point(engine: Engine) -> None:
    heading = b"customer id," + b"[" * 1500 + b"," + b"(" * 1500
    raw = read_table(heading + b"\n" + ROWS, name="a.csv", engine=engine)
    assert guess_roles(raw).columns["customer"] == "customer id"


def test_columns_that_are_read_alike_are_tried_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    columns = {
        "customer id": [f"C{row}" for row in range(30)],
        **{
            f"measure {number}": [f"{row * number}.5" for row in range(30)]
            for number in range(16)
        },
    }
    asked: list[int] = []
    run = Evidence._failing

    def counted(self: Evidence, column: int, *rest: object) -> object:
        asked.append(column)
        return run(self, column, *rest)

    monkeypatch.setattr(Evidence, "_failing", counted)
    raw = raw_table(columns)
    table = clean(raw, guess_roles(raw)).table
    assert len(asked) <= 12  # 32 one by one
    assert table["measure 7"].sum() == sum(row * 7 + 0.5 for row in range(30))


def test_what_fails_in_one_column_does_not_in_another() -> None:
    raw = raw_table({"a": ["1", "2"], "b": ["3", "x"], "c": ["y", "4"]})
    evidence = Evidence(raw)
    for column, fails in ((0, []), (1, ["x"]), (2, ["y"])):
        tried = evidence.try_out(column, f"TRY_CAST(t{column} AS DOUBLE)")
        assert tried == fails
    evidence.add(2, [("z", 1)])
    assert evidence.try_out(2, "TRY_CAST(t2 AS DOUBLE)") == ["y", "z"]
    evidence.drop()
