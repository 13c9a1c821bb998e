"""Encodings, packed files, workbooks, frames, and what is refused."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from crm_analysis.engine import Engine
from crm_analysis.errors import AnalysisError
from crm_analysis.tables.reading import ReadOptions, read_table
from tests.read_tables import (
    Reader,
    lines,
    notes,
    packed,
    reader_of,
    rows,
    workbook,
)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    engine = Engine()
    yield engine
    engine.close()


@pytest.fixture
def read(engine: Engine) -> Reader:
    return reader_of(engine)


# Encodings

TEXTS = {
    "utf-8": "id,姓名,city\n1,张三,Zürich\n2,李四,Málaga\n",
    "utf-8-sig": "id,姓名\n1,张三\n2,李四\n",
    "utf-16": "id,姓名\n1,张三\n2,李四\n",
    "utf-16-le": "id,name\n1,Zoë\n2,张三\n3,plain\n4,plainer\n",
    "utf-16-be": "id,name\n1,Zoë\n2,张三\n3,plain\n4,plainer\n",
    "utf-32": "id,name\n1,Zoë\n2,张三\n",
    "gb18030": "订单号,商品名称,数量,单价\n1001,苹果手机壳,2,35.5\n"
    "1002,不锈钢保温杯,1,89\n1003,送餐很快味道不错,1,12\n",
    "big5": "訂單編號,商品名稱,數量,單價\n1001,蘋果手機殼,2,35.5\n1002,這家店的服務態度很好,1,20\n",
    "shift_jis": "注文番号,商品名,数量,価格\n"
    "1001,ノートパソコン,2,35000\n1002,コーヒーカップ,1,890\n",
    "euc_kr": "주문번호,상품명,수량,단가\n1001,노트북 컴퓨터,2,35000\n"
    "1002,커피잔,1,890\n1003,김민수 서울특별시,1,5\n",
    "cp874": "รหัส,สินค้า,จำนวน\n1,กาแฟ,2\n2,ข้าวผัด,3\n",
    "cp1252": "Kunde,Straße,Preis\nMüller,Hauptstraße 5,12 €\nCafé crème,Señor,“3” £\n",
    "cp1250": "Zákazník,Město\nDvořák,Plzeň\nŁódź,Kraków\nwęgierski,żółty\nčerná,Příbram\n",
    "cp1251": "Номер,Товар,Количество\n1,Кофейная чашка,2\n2,Зелёный чай,3\n",
}


@pytest.mark.parametrize("encoding", TEXTS)
def test_encodings(read: Reader, encoding: str) -> None:
    text = TEXTS[encoding]
    raw = read(text, encoding)
    expected = list(csv.reader(io.StringIO(text)))
    assert [list(raw.reading.columns), *rows(raw)] == expected
    if encoding not in ("utf-16", "utf-32"):
        assert raw.reading.encoding == encoding


def test_a_single_western_byte_is_not_chinese(read: Reader) -> None:
    raw = read(b"name,note\nThe Soppress\xe9ta Pizza,good\nPlain,also good\n")
    assert raw.reading.encoding == "cp1252"
    assert rows(raw)[0][0] == "The Soppresséta Pizza"


def test_a_wrong_encoding_can_be_changed(read: Reader) -> None:
    data = "编号,名称\n1,茶\n".encode("gb18030")
    assert read_table(data, ReadOptions(encoding="gbk")).table.columns.tolist() == [
        "编号",
        "名称",
    ]
    wrong = read_table(data, ReadOptions(encoding="utf-8"))
    assert wrong.reading.rows == 1
    assert "\\x" in "".join(wrong.reading.columns)
    assert "undecodable" in notes(wrong)
    assert "gb18030" in wrong.reading.encodings
    with pytest.raises(AnalysisError, match="klingon"):
        read_table(data, ReadOptions(encoding="klingon"))


def test_mixed_encodings(read: Reader) -> None:
    data = "id,name\n1,Zoë\n2,Müller\n3,Søren\n4,Łukasz\n".encode() + b"5,Caf\xe9\n"
    raw = read(data)
    assert [row[1] for row in rows(raw)] == [
        "Zoë",
        "Müller",
        "Søren",
        "Łukasz",
        "Café",
    ]
    assert "mixed_encoding" in notes(raw)


def test_two_byte_order_marks(read: Reader) -> None:
    assert read(b"\xef\xbb\xbf\xef\xbb\xbfid,b\n1,2\n").reading.columns == (
        "id",
        "b",
    )
    assert read("\ufeffid,b\n1,2\n", "utf-16-le").reading.columns == ("id", "b")


def test_quoted_first_name_after_a_byte_order_mark(read: Reader) -> None:
    assert read(b'\xef\xbb\xbf"id, x",b\n1,2\n').reading.columns == (
        "id, x",
        "b",
    )


def test_packed_files(read: Reader) -> None:
    plain = b"id,qty\n1,2\n"
    for data in (
        packed(),
        gzip.compress(plain),
        bz2.compress(plain),
        packed(**{"__MACOSX/._x": "x", ".DS_Store": "x"}),
    ):
        assert rows(read(data)) == [["1", "2"]]
    assert rows(
        read(packed("book.xlsx", workbook(("a", [["id", "qty"], [1, 2]]))))
    ) == [["1", "2"]]


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (b"", "empty"),
        (b"\n \r\n\t\n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"%PDF-1.4\n%\xe2\xe3", "refused_pdf"),
        (b"\x89PNG\r\n\x1a\n", "refused_image"),
        (b"PAR1\x15\x04", "refused_parquet"),
        (b"SQLite format 3\0", "refused_database"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "refused_html"),
        (b"<?xml version='1.0'?><x/>", "refused_xml"),
        (b'[{"a": 1}, {"a": 2}]', "refused_json"),
        (b'{"a": 1}\n{"a": 2}\n', "refused_json"),
        (bytes(range(256)) * 20, "refused_binary"),
        (packed(other="x"), "zip_many"),
        (packed(".hidden", b""), "zip_empty"),
        (packed("inner.zip", packed()), "packed_twice"),
        (packed()[:40], "broken_archive"),
        (gzip.compress(b"id,qty\n1,2\n" * 100)[:40], "broken_archive"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
            + b"\0" * 600
            + "EncryptedPackage".encode("utf-16-le"),
            "locked",
        ),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "broken_sheet"),
        (b"Rar!\x1a\x07\0", "refused_archive"),
    ],
    ids=lambda value: (
        value if isinstance(value, str) else "file"
    ),  # packed bytes hold the time, and processes that share the tests must agree on names
)
def test_refused(read: Reader, data: bytes, key: str) -> None:
    with pytest.raises(AnalysisError) as problem:
        read(data)
    assert problem.value.key == f"reading.{key}"
    for language in ("en", "zh"):
        assert "orders.csv" in problem.value.sentence(
            language
        ) or "inner" in problem.value.sentence(language)


def test_bombs_are_refused(read: Reader) -> None:
    with pytest.raises(AnalysisError, match="plausible"):
        read(packed("a.csv", b"1,2\n" * (20 << 20)))


def test_missing_path(tmp_path: Path) -> None:
    with pytest.raises(AnalysisError, match="no file"):
        read_table(tmp_path / "nothing.csv")


def test_brackets_are_not_always_json(read: Reader) -> None:
    assert read('[id],[name]\n1,"a"\n2,"b"\n').reading.columns == (
        "[id]",
        "[name]",
    )


def test_path_needs_no_name(tmp_path: Path, engine: Engine) -> None:
    path = tmp_path / "sales.csv"
    path.write_bytes(b"id,qty\n1,2\n")
    assert read_table(path, engine=engine).reading.name == "sales.csv"
    assert read_table(str(path), engine=engine).reading.size == 11


# Sheets


def test_sheet_cells_as_a_person_sees_them(read: Reader) -> None:
    import datetime

    raw = read(
        workbook(
            ("notes", [["hello"]]),
            (
                "data",
                [
                    ["id", "code", "price", "day", "time", "ok", "big", "text"],
                    [
                        1,
                        "007",
                        2.5,
                        datetime.date(2011, 5, 1),
                        datetime.datetime(2011, 5, 1, 8, 26),
                        True,
                        123456789012345,
                        "1.0",
                    ],
                    [
                        2,
                        "008",
                        3.0,
                        datetime.date(2011, 5, 2),
                        datetime.datetime(2011, 5, 2, 9, 0, 30),
                        False,
                        2,
                        "=x"[1:],
                    ],
                ],
            ),
        )
    )
    assert raw.reading.sheet == "data"
    assert raw.reading.sheets == ("notes", "data")
    assert raw.reading.layout == "sheet"
    assert rows(raw)[0] == [
        "1",
        "007",
        "2.5",
        "2011-05-01",
        "2011-05-01 08:26:00",
        "TRUE",
        "123456789012345",
        "1.0",
    ]
    assert raw.reading.encoding is None
    assert rows(
        read(
            workbook(("notes", [["x", "y"], [1, 2], [3, 4]]), ("b", [["p"], [5]])),
            sheet="b",
        )
    ) == [["5"]]
    with pytest.raises(AnalysisError, match="no sheet"):
        read(workbook(("a", [[1]])), sheet="z")
    with pytest.raises(AnalysisError, match="empty"):
        read(workbook(("a", []), ("b", [])))


def test_sheet_with_preamble_gaps_and_total(read: Reader) -> None:
    cells = [
        ["Sales of the year"],
        [],
        [None, "id", "name", "price"],
        [None, 1, "Cup", 2.5],
        [],
        [None, 2, "Pan", 3.5],
        [None, "Total", None, 6.0],
    ]
    raw = read(workbook(("s", cells)))
    assert raw.reading.header == (3,)
    assert rows(raw) == [["", "1", "Cup", "2.5"], ["", "2", "Pan", "3.5"]]
    assert raw.set_aside["reason"].tolist() == ["preamble", "total"]
    assert lines(raw) == [4, 6]


def test_a_frame_is_read_as_its_text(engine: Engine) -> None:
    frame = pd.DataFrame(
        {
            "customer": ["007", None, "9"],
            "date": pd.to_datetime(["2024-01-05 00:00", None, "2024-01-06 08:26"]),
            "amount": [2.5, float("nan"), 3.0],
            "paid": [True, False, True],
        },
        index=["x", "y", "z"],
    )
    raw = read_table(frame, name="orders", engine=engine)
    assert raw.reading.columns == tuple(frame.columns)
    assert rows(raw) == [
        ["007", "2024-01-05 00:00:00", "2.5", "TRUE"],
        ["", "", "", "FALSE"],
        ["9", "2024-01-06 08:26:00", "3", "TRUE"],
    ]
    assert lines(raw) == [2, 3, 4]
    assert (raw.reading.name, raw.reading.format, raw.reading.encoding) == (
        "orders",
        "frame",
        None,
    )


def test_a_frame_without_columns_is_refused(engine: Engine) -> None:
    with pytest.raises(AnalysisError, match="empty"):
        read_table(pd.DataFrame(), engine=engine)
    assert (
        read_table(pd.DataFrame(columns=["a", "b"]), engine=engine).reading.rows
        == 0
    )
