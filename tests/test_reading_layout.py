"""Where a table stands in its file: what is above, below and between; baskets, fixed width."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest

from crm_analysis.engine import Engine
from crm_analysis.tables.reading import read_table
from tests.read_tables import Reader, notes, reader_of, rows


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    engine = Engine()
    yield engine
    engine.close()


@pytest.fixture
def read(engine: Engine) -> Reader:
    return reader_of(engine)


def test_preamble(read: Reader) -> None:
    text = (
        "Sales report 2011\nExported by: Jane, 3 May\n\n"
        "id,date,price\n1,2011-05-01,2.5\n2,2011-05-02,3.5\n"
    )
    raw = read(text)
    assert raw.reading.header == (4,)
    assert raw.set_aside["line"].tolist() == [1, 2]
    assert raw.set_aside["text"].tolist()[1] == "Exported by: Jane, 3 May"
    raw = read(
        "".join(f"remark number {number}\n" for number in range(1000))
        + "id,qty\n"
        + "".join(f"{n},{n % 5}\n" for n in range(1500))
    )
    assert raw.reading.rows == 1500
    assert raw.reading.counts["aside"] == 1000


def test_first_line_can_be_chosen(read: Reader) -> None:
    raw = read("a,b\nc,d\nid,qty\n1,2\n", first_line=3)
    assert raw.reading.columns == ("id", "qty")
    assert raw.set_aside["line"].tolist() == [1, 2]


def test_header_of_two_lines_and_units(read: Reader) -> None:
    raw = read(
        ",2020,,2021,\nRegion,Units,Revenue,Units,Revenue\nNorth,10,5.5,12,6.5\nSouth,7,3.5,8,4.5\n"
    )
    assert raw.reading.columns == (
        "Region",
        "2020 Units",
        "2020 Revenue",
        "2021 Units",
        "2021 Revenue",
    )
    raw = read("item,weight,price\n,(kg),(EUR)\nCup,0.3,2.5\nPan,1.2,19\n")
    assert raw.reading.units == {"weight": "(kg)", "price": "(EUR)"}
    assert raw.reading.rows == 2
    raw = read("日期,销量,金额\n日,件,元\n2015-03-01,51,120\n2015-03-02,40,98\n")
    assert raw.reading.units == {"日期": "日", "销量": "件", "金额": "元"}
    assert raw.reading.rows == 2


def test_totals_and_notes_are_set_aside_and_can_be_put_back(
    read: Reader,
) -> None:
    text = (
        "id,name,price\n1,Cup,2.5\n2,Total Wine Inc,3.5\n3,Bowl,1.0\n"
        "Total,,7.0\n\nSource: the shop\n"
    )
    raw = read(text)
    assert rows(raw) == [
        ["1", "Cup", "2.5"],
        ["2", "Total Wine Inc", "3.5"],
        ["3", "Bowl", "1.0"],
    ]
    assert list(
        zip(raw.set_aside["line"], raw.set_aside["reason"], strict=True)
    ) == [
        (5, "total"),
        (7, "footer"),
    ]
    back = read(text, put_back=(5,))
    assert rows(back)[-1] == ["Total", "", "7.0"]
    assert back.set_aside["line"].tolist() == [7]
    raw = read("产品,数量,金额\n苹果,2,5.0\n梨,3,6.0\n合计,5,11.0\n制表人：王芳\n")
    assert raw.set_aside["reason"].tolist() == ["total", "footer"]
    assert raw.reading.rows == 2


@pytest.mark.parametrize(
    "footer", ["Total,,10.25,9", 'Total,,x""",40', "Total,,7,9"]
)
def test_a_total_with_more_cells_than_columns_is_set_aside(
    read: Reader, footer: str
) -> None:
    raw = read(f"id,name,price\n1,Cup,2.50\n2,Plate,3.75\n3,Bowl,4.00\n{footer}\n")
    assert raw.reading.rows == 3
    assert raw.set_aside["reason"].tolist() == ["total"]


def test_preamble_can_be_put_back(read: Reader) -> None:
    raw = read(
        "Title of it all\nid,date,price\n1,2011-05-01,2.5\n2,2011-05-02,3.5\n",
        put_back=(1,),
    )
    assert rows(raw)[0] == ["Title of it all", "", ""]
    assert raw.reading.columns == ("id", "date", "price")


def test_short_and_long_records(read: Reader) -> None:
    raw = read(
        "id,name,price\n1,Cup,2.5\n2,Plate\n3,Bowl,1.5,extra,more\n4,Pan,9.0,,\n5,Pot,8.0\n"
    )
    assert rows(raw) == [
        ["1", "Cup", "2.5"],
        ["2", "Plate", ""],
        ["4", "Pan", "9.0"],
        ["5", "Pot", "8.0"],
    ]
    assert raw.set_aside[["line", "reason", "text"]].to_numpy().tolist() == [
        [4, "too_long", "3,Bowl,1.5,extra,more"]
    ]
    assert notes(raw)["padded"]["lines"] == [3]
    assert rows(
        read(
            "id,name,price\n1,Cup,2.5\n3,Bowl,1.5,extra\n5,Pot,8.0\n",
            put_back=(3,),
        )
    )[1] == ["3", "Bowl", "1.5,extra"]


def test_text_cut_by_an_unquoted_delimiter_is_joined_where_it_is_clear(
    read: Reader,
) -> None:
    body = "".join(
        f"{1000 + n},2011-05-{n % 28 + 1:02},Item of kind {chr(97 + n % 26)}{n},{n}.50,AB-{n % 9}\n"
        for n in range(60)
    )
    raw = read(
        "id,date,name,price,code\n"
        + body
        + "2000,2011-05-03,Cup, blue and large,3.50,AB-1\n"
    )
    assert rows(raw)[-1] == [
        "2000",
        "2011-05-03",
        "Cup, blue and large",
        "3.50",
        "AB-1",
    ]
    assert notes(raw)["joined"]["lines"] == [62]


def test_header_repeated_within_the_rows(read: Reader) -> None:
    raw = read("id,qty\n1,2\n3,4\nid,qty\n5,6\n")
    assert rows(raw) == [["1", "2"], ["3", "4"], ["5", "6"]]
    assert raw.set_aside["reason"].tolist() == ["header_repeated"]


def test_normal_table_with_gaps_is_no_basket_list(read: Reader) -> None:
    text = (
        "id,name,age,city\n1,Ann,30,Rome\n2,Bob\n3\n4,Cid,41\n"
        "5,Dan,22,Oslo\n6,Eve\n7,Fay,33,Bern\n8\n"
    )
    raw = read(text)
    assert raw.reading.layout == "delimited"
    assert raw.table.shape == (8, 4)


def test_baskets(read: Reader) -> None:
    raw = read(
        "milk,bread , eggs\nbread\nmilk,,bread,butter\n\neggs,milk\nbutter,bread\nbread,milk\n"
    )
    assert raw.reading.layout == "baskets"
    assert raw.table.columns.tolist() == ["order", "product"]
    assert rows(raw)[:4] == [
        ["1", "milk"],
        ["1", "bread"],
        ["1", "eggs"],
        ["2", "bread"],
    ]
    assert rows(read("a,b\nc,d\n", layout="baskets")) == [
        ["1", "a"],
        ["1", "b"],
        ["2", "c"],
        ["2", "d"],
    ]


def test_fixed_width(read: Reader) -> None:
    raw = read(
        "00004 19970101  2   29.33\n00004 19970118  2   29.73\n"
        "00021 19970102  3   63.34\n00050 19970101  1  106.76\n"
    )
    assert raw.reading.layout == "fixed"
    assert rows(raw)[3] == ["00050", "19970101", "1", "106.76"]
    raw = read(
        "name          city     age\nAnn Smith     Rome      30\n"
        "Bob de Vries  Oslo       5\nCid Long Name Bern      41\n"
    )
    assert raw.reading.columns == ("name", "city", "age")
    assert rows(raw)[1] == ["Bob de Vries", "Oslo", "5"]


WIDE = [
    "milk,bread,",
    "bread,,",
    "eggs,milk,bread",
    "milk,,",
    "eggs,bread,",
    "bread,eggs,milk",
]


def test_baskets_under_numbered_headings(read: Reader) -> None:
    counted = read(
        "Item(s),Item 1,Item 2,Item 3\n"
        + "".join(f"{sum(map(bool, line.split(',')))},{line}\n" for line in WIDE)
    )
    assert counted.reading.layout == "baskets" and counted.reading.columns == (
        "order",
        "product",
    )
    assert (
        rows(counted)[:3] == [["2", "milk"], ["2", "bread"], ["3", "bread"]]
        and counted.reading.rows == 12
    )
    assert (
        counted.reading.counts["kept"] == 6
        and counted.reading.counts["header"] == 1
    )
    named = read(
        "Transaction,Item 1,Item 2,Item 3\n"
        + "".join(f"T{place},{line}\n" for place, line in enumerate(WIDE))
        + "T9,,,\n"
    )
    assert rows(named)[-3:] == [["T5", "bread"], ["T5", "eggs"], ["T5", "milk"]]
    assert named.reading.counts["kept"] == 6 and named.reading.counts["blank"] == 1


@pytest.mark.parametrize(
    "text",
    [
        "day,Item 1,Item 2,Item 3\n"
        + "".join(
            f"2024-01-01,{line}\n" for line in WIDE
        ),  # the day says more than an order's number
        "name,Q1,Q2,Q3\n"
        + "".join(
            f"P{place},{'yes' if place % 2 else 'no'},no,yes\n"
            for place in range(8)
        ),  # every question is answered
        "city,2021,2022,2023\n"
        + "".join(f"C{place},{place},{place + 1},\n" for place in range(8)),
    ],
)
def test_numbered_headings_that_are_no_baskets(read: Reader, text: str) -> None:
    assert read(text, shape="columns").reading.layout == "delimited"
    assert read(text).reading.layout != "baskets"


def wrapped(rows: list[list[str]], every: int = 1) -> str:
    """The rows as CSV whose every n-th line stands in quotes as a whole.

    The first of them comes after the header where not all do.
    """
    lines = []
    for place, row in enumerate(rows):
        out = io.StringIO()
        csv.writer(out, lineterminator="").writerow(row)
        whole = '"' + out.getvalue().replace('"', '""') + '"'
        lines.append(whole if place % every == every - 1 else out.getvalue())
    return "\n".join(lines) + "\n"


WRAPPED = [["id", "name", "note", "price"]] + [
    [
        str(one),
        f"Smith, A{one}",
        f'he said "{one}"' if one % 3 else "plain",
        f"{one}.50",
    ]
    for one in range(1, 61)
]


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("times", [1, 700])
def test_lines_in_quotes_as_a_whole_are_rows(
    engine: Engine, encoding: str, times: int
) -> None:
    """As Excel writes a file that it did not part; beyond 2 MB too, where DuckDB parses."""
    rows = [WRAPPED[0], *WRAPPED[1:] * times]
    raw = read_table(wrapped(rows).encode(encoding), engine=engine)
    assert (
        raw.reading.columns == tuple(rows[0])
        and raw.table.to_numpy().tolist() == rows[1:]
    )
    assert [key for key, _ in raw.reading.notes] == ["reading.note_wrapped"]


def test_some_lines_in_quotes_as_a_whole_are_mended(engine: Engine) -> None:
    raw = read_table(wrapped(WRAPPED, every=4).encode(), engine=engine)
    assert (
        raw.reading.columns == tuple(WRAPPED[0])
        and raw.table.to_numpy().tolist() == WRAPPED[1:]
    )
    assert ("reading.note_quote", 15) in [
        (key, details.get("count")) for key, details in raw.reading.notes
    ]


@pytest.mark.parametrize(
    "text",
    ['"name"\n"Smith, Ann"\n"Lee, Bo"\n"Po, C"\n', '"name"\n"a, b"\n"c, d"\n'],
)
def test_a_column_of_quoted_texts_stays_one(engine: Engine, text: str) -> None:
    assert read_table(text.encode(), engine=engine).reading.columns == ("name",)


def test_fixed_width_under_a_line_of_dashes(engine: Engine) -> None:
    rows = [("Order", "Customer", "Amount")] + [
        (f"A{one}", f"Smith {one}", f"{one}.25") for one in range(1, 30)
    ]
    lines = ["".join(cell.ljust(12) for cell in row).rstrip() for row in rows]
    raw = read_table(
        "\n".join([lines[0], "-" * 34, *lines[1:]]).encode(), engine=engine
    )
    assert raw.reading.columns == rows[0] and raw.table.to_numpy().tolist() == [
        list(row) for row in rows[1:]
    ]
    assert raw.set_aside["reason"].tolist() == ["ruler"]
