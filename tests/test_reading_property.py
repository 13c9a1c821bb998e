"""Laws of reading: a table in any dialect and encoding comes back as it was; no bytes break it."""

from __future__ import annotations

import csv
import functools
import io
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from crm_analysis.engine import Engine
from crm_analysis.jobs import no_progress
from crm_analysis.tables.reading import ReadOptions, load, read_table
from crm_analysis.tables.reading.arrow_parser import _pieces
from tests.fuzz_reading import fuzz


@functools.cache
def engine() -> Engine:
    """One for all that is tried here."""
    return Engine()


WORDS = {
    "utf-8": [
        "Cup",
        "Plate",
        "café",
        "苹果",
        "Zoë 🙂",
        "O'Neil",
        "blue and white",
        "naïve",
        "Ёлка",
        "a/b",
        "x_y",
    ],
    "gb18030": [
        "苹果",
        "不锈钢保温杯",
        "这家店",
        "送餐很快",
        "Cup",
        "中国北京",
        "味道不错",
        "订单",
    ],
    "big5": ["蘋果", "這家店的", "服務態度", "Cup", "臺灣臺北", "商品名稱"],
    "shift_jis": [
        "ノートパソコン",
        "コーヒー",
        "東京都",
        "Cup",
        "カップ",
        "の商品",
    ],
    "cp1252": [
        "Müller",
        "Straße",
        "café",
        "Señor",
        "Cup",
        "São Paulo",
        "crème brûlée",
    ],
    "cp1251": ["Москва", "чашка", "зелёный чай", "Cup", "товар"],
    "utf-16": ["Cup", "苹果", "Zoë", "plain"],
    "utf-8-sig": ["Cup", "苹果", "Zoë"],
}


@st.composite
def files(
    draw: st.DrawFn,
) -> tuple[list[str], list[list[str]], bytes, str, str, str]:
    """A table as a business writes it (id, date, words, amount), and the bytes of a file of it."""
    encoding = draw(st.sampled_from(sorted(WORDS)))
    delimiter = draw(st.sampled_from([",", ";", "\t", "|", "^", "\x01"]))
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    quoting = draw(
        st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])
    )
    special = [
        f"a{delimiter} b",
        'said "hi"',
        f"two{end}lines",
        " spaced ",
        "",
        '"',
        "it's",
        "=1+1",
        "NULL",
        "007",
        "1e5",
        "x;y,z|w",
    ]
    cell = st.one_of(
        st.sampled_from(WORDS[encoding]),
        st.sampled_from(special),
        st.sampled_from(WORDS[encoding]),
    )
    count = draw(st.integers(4, 30))
    text_columns = draw(st.integers(1, 4))
    rows = []
    for number in range(count):
        day = draw(st.integers(1, 28))
        cents = draw(st.integers(0, 99_999))
        rows.append(
            [
                f"{1000 + number}",
                f"2011-05-{day:02}",
                *[draw(cell) for _ in range(text_columns)],
                f"{cents / 100:.2f}",
            ]
        )
    names = [
        "id",
        "date",
        *[f"text {place}" for place in range(text_columns)],
        "amount",
    ]
    out = io.StringIO(newline="")
    csv.writer(
        out, delimiter=delimiter, lineterminator=end, quoting=quoting
    ).writerows([names, *rows])
    return (
        names,
        rows,
        out.getvalue().encode(encoding),
        encoding,
        delimiter,
        end,
    )


@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(files())
def test_table_to_file_to_table(file: tuple) -> None:
    names, rows, data, encoding, delimiter, _ = file
    # The few letters of a short file do not always tell one encoding from its neighbours; the
    # dialect must be found.
    raw = read_table(
        data, ReadOptions(encoding=encoding), name="orders.csv", engine=engine()
    )
    assert raw.reading.delimiter == delimiter
    assert list(raw.reading.columns) == names
    assert raw.table.to_numpy().tolist() == rows
    assert raw.reading.counts["kept"] == len(rows)


@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(files())
@pytest.mark.slow
def test_both_ways_give_the_same(file: tuple) -> None:
    names, rows, data, encoding, _, _ = file
    before = load.FAST_FROM
    load.FAST_FROM = 0
    try:
        raw = read_table(
            data,
            ReadOptions(encoding=encoding),
            name="orders.csv",
            engine=engine(),
        )
    finally:
        load.FAST_FROM = before
    assert [list(raw.reading.columns), *raw.table.to_numpy().tolist()] == [
        names,
        *rows,
    ]


@pytest.mark.parametrize("encoding", sorted(WORDS))
def test_encoding_of_a_page_of_words_is_found(encoding: str) -> None:
    words = WORDS[encoding]
    text = "id,name,amount\n" + "".join(
        f"{number},{words[number % len(words)]},{number}.5\n"
        for number in range(60)
    )
    raw = read_table(text.encode(encoding), name="orders.csv", engine=engine())
    assert raw.table["name"].tolist() == [
        words[number % len(words)] for number in range(60)
    ]


@pytest.mark.slow
@pytest.mark.parametrize("fast", [False, True])
def test_fuzz(fast: bool) -> None:
    tried, tables = fuzz(
        float(os.environ.get("FUZZ_SECONDS", "6")) / 2,
        seed=int(os.environ.get("FUZZ_SEED", "0")),
        fast=fast,
    )
    assert tried > 10
    assert 0 < tables <= tried


@given(
    st.lists(
        st.binary(max_size=30).map(lambda data: data.replace(b"\n", b" ")),
        max_size=30,
    ),
    st.integers(1, 40),
    st.booleans(),
    st.data(),
)
@settings(deadline=None)
def test_pieces_are_whole_lines_and_all_of_the_file(
    lines: list[bytes], length: int, ended: bool, data: st.DataObject
) -> None:
    whole = b"\n".join(lines) + (b"\n" if ended else b"")
    begin = data.draw(
        st.sampled_from(
            [0, *(number + 1 for number, byte in enumerate(whole) if byte == 10)]
        )
    )
    with (
        tempfile.TemporaryDirectory() as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(
            "crm_analysis.tables.reading.arrow_parser._PIECE_BYTES", length
        )
        path = Path(folder) / "lines.txt"
        path.write_bytes(whole)
        pieces = [bytes(piece) for piece in _pieces(path, begin, 2, no_progress)]
    assert b"".join(pieces) == whole[begin:]
    assert all(piece.endswith(b"\n") for piece in pieces[:-1])
    assert all(
        len(piece) <= max(length, 2 * (max(map(len, lines), default=0) + 1))
        for piece in pieces
    )
