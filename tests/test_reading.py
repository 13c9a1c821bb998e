"""Files made here: the silent failures one could think of.

Each of them must end in a right table, a note or a sentence.
"""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from crm_analysis.engine import Engine
from crm_analysis.errors import AnalysisError, Cancelled
from crm_analysis.tables.reading import RawTable, ReadOptions, load, read_table
from crm_analysis.tables.reading.fast import FastResult

Reader = Callable[..., RawTable]


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    engine = Engine()
    yield engine
    engine.close()


@pytest.fixture
def read(engine: Engine) -> Reader:
    def reader(text: str | bytes, encoding: str = "utf-8", **options: Any) -> RawTable:
        data = text if isinstance(text, bytes) else text.encode(encoding)
        raw = read_table(data, ReadOptions(**options), name="orders.csv", engine=engine)
        reading = raw.reading
        assert sum(reading.counts.values()) == reading.records
        assert len(raw.set_aside) == reading.counts["aside"]
        assert list(raw.set_aside.columns) == [
            "source",
            "line",
            "reason",
            "text",
        ]
        return raw

    return reader


def rows(raw: RawTable) -> list[list[str]]:
    return raw.table.to_numpy().tolist()


def notes(raw: RawTable) -> dict[str, dict[str, Any]]:
    return {
        key.removeprefix("reading.note_"): details for key, details in raw.reading.notes
    }


def lines(raw: RawTable) -> list[int]:
    return [
        line
        for (line,) in raw.engine.run(f'SELECT _line FROM "{raw.store}" ORDER BY _line')
    ]


# Delimiters


@pytest.mark.parametrize(
    "delimiter",
    [",", ";", "\t", "|", "^", "~", "\x01", ", ", "; ", " | ", "||", " ", "¦"],
)
def test_delimiters(read: Reader, delimiter: str) -> None:
    table = [
        ["id", "name", "price"],
        ["1", "Cup", "2.50"],
        ["2", "Plate", "3.75"],
        ["3", "Bowl", "4.00"],
    ]
    raw = read("\n".join(delimiter.join(row) for row in table))
    assert raw.reading.delimiter == delimiter
    assert [list(raw.reading.columns), *rows(raw)] == table


def test_sep_line_names_the_delimiter(read: Reader) -> None:
    raw = read("sep=;\r\nid;text\r\n1;a,b,c\r\n2;d,e,f\r\n")
    assert raw.reading.delimiter == ";"
    assert rows(raw) == [["1", "a,b,c"], ["2", "d,e,f"]]
    assert raw.set_aside["reason"].tolist() == ["sep_line"]
    assert lines(raw) == [3, 4]
    assert rows(read("sep=^\na^b\n1^2\n")) == [["1", "2"]]


def test_semicolon_with_decimal_comma(read: Reader) -> None:
    raw = read("name;price;qty\nCup;1,5;2\nPlate;2,75;3\n")
    assert raw.reading.delimiter == ";"
    assert rows(raw) == [["Cup", "1,5", "2"], ["Plate", "2,75", "3"]]
    assert rows(read("1,5;2,5\n")) == [["1,5", "2,5"]]
    assert rows(read("x;y\n1,5;2,5\n3,25;4,75\n")) == [
        ["1,5", "2,5"],
        ["3,25", "4,75"],
    ]


def test_one_column_of_decimal_commas_stays_one_column(read: Reader) -> None:
    assert rows(read("price\n1,5\n2,75\n3,0\n")) == [["1,5"], ["2,75"], ["3,0"]]


def test_comments_with_commas_are_one_column(read: Reader) -> None:
    text = (
        "comment\nGood, fast and cheap\nNever again\n"
        "The tea was cold, the cake dry, the bill long\nFine\n"
        "Well, well, well\nYes, I would come again, I think\n"
    )
    raw = read(text)
    assert raw.reading.columns == ("comment",)
    assert rows(raw)[2] == ["The tea was cold, the cake dry, the bill long"]
    assert len(rows(raw)) == 6


def test_delimiter_in_quotes_does_not_mislead(read: Reader) -> None:
    raw = read('name,note\n"Smith; John","a; b; c"\n"Roe; Jane","d; e; f"\n')
    assert raw.reading.delimiter == ","
    assert rows(raw) == [["Smith; John", "a; b; c"], ["Roe; Jane", "d; e; f"]]


def test_space_before_a_quote(read: Reader) -> None:
    raw = read('id, name, note\n1, "Smith, John", ok\n2, "Roe, Jane", fine\n')
    assert rows(raw) == [["1", "Smith, John", "ok"], ["2", "Roe, Jane", "fine"]]


def test_a_chosen_delimiter_and_quote_are_obeyed(read: Reader) -> None:
    assert rows(read("a;b,c\n1;2,3\n", delimiter=",")) == [["1;2", "3"]]
    assert rows(read("a,b\n'1,2',3\n'4,5',6\n", quote="'")) == [
        ["1,2", "3"],
        ["4,5", "6"],
    ]
    assert rows(read('a,b\n"1",3\n"4",6\n', quote="")) == [
        ['"1"', "3"],
        ['"4"', "6"],
    ]


def test_only_separators(read: Reader) -> None:
    raw = read(",,,\n,,,\n")
    assert raw.reading.records == 2
    assert all(not cell for row in rows(raw) for cell in row)


# Quotes


def test_one_bad_quote_does_not_swallow_the_file(read: Reader) -> None:
    body = "".join(f"{number},item {number},{number}.5\n" for number in range(1, 400))
    for bad in (
        '400,"item 400,1.5\n',
        '400,item "400,1.5\n',
        '"400,item 400,1.5\n',
        '400,item 400,"1.5\n',
    ):
        raw = read(
            "id,name,price\n" + body + bad + '401,item 401,2.5\n402,"item, 402",3.5\n'
        )
        assert raw.reading.rows == 402, bad
        assert rows(raw)[-1] == ["402", "item, 402", "3.5"]
        assert '"' in "".join(rows(raw)[399])


def test_bad_quote_at_the_very_end(read: Reader) -> None:
    raw = read('a,b\n1,2\n3,"4\n5,6\n')
    assert rows(raw) == [["1", "2"], ["3", '"4'], ["5", "6"]]


def test_quotes_within_text(read: Reader) -> None:
    raw = read('id,size,price\n1,5" pipe,2\n2,3" valve,4\n3,12" pan,5\n')
    assert rows(raw) == [
        ["1", '5" pipe', "2"],
        ["2", '3" valve', "4"],
        ["3", '12" pan', "5"],
    ]
    raw = read('id,said\n1,"He said "hi" to me"\n2,"fine"\n3,"also fine"\n')
    assert rows(raw)[0] == ["1", 'He said "hi" to me']


def test_line_breaks_in_quotes_keep_their_line_numbers(read: Reader) -> None:
    raw = read('id,note\n1,"a\nb\n\nc"\n2,"d, ""e"""\n\n3,f\n')
    assert rows(raw) == [["1", "a\nb\n\nc"], ["2", 'd, "e"'], ["3", "f"]]
    assert lines(raw) == [2, 6, 8]
    assert raw.reading.counts["blank"] == 1


def test_backslash_escapes(read: Reader) -> None:
    raw = read('id,text,price\n1,"a \\"b\\", c",2\n2,"d \\"e\\", f",3\n3,"g",4\n')
    assert raw.reading.escape == "\\"
    assert rows(raw)[0] == ["1", 'a "b", c', "2"]


def test_windows_paths_are_no_escapes(read: Reader) -> None:
    assert rows(read('id,path\n1,"C:\\temp\\"\n2,"D:\\data\\"\n3,"E:\\x"\n'))[0] == [
        "1",
        "C:\\temp\\",
    ]


def test_single_quotes_and_apostrophes(read: Reader) -> None:
    raw = read("id,name,city\n1,'Smith, John','Rome'\n2,'Roe, Jane','Oslo'\n")
    assert raw.reading.quote == "'"
    assert rows(raw)[0] == ["1", "Smith, John", "Rome"]
    assert rows(read("id,name\n1,O'Neil\n2,'t Hooft\n3,D'Arcy\n")) == [
        ["1", "O'Neil"],
        ["2", "'t Hooft"],
        ["3", "D'Arcy"],
    ]


# Lines


def test_line_ends(read: Reader) -> None:
    for end in ("\n", "\r\n", "\r"):
        raw = read(end.join(["a,b", "1,2", "3,4"]) + end)
        assert rows(raw) == [["1", "2"], ["3", "4"]]
        assert lines(raw) == [2, 3]
    assert rows(read("a,b\r\n1,2\n3,4\r5,6\n7,8")) == [
        ["1", "2"],
        ["3", "4"],
        ["5", "6"],
        ["7", "8"],
    ]


def test_carriage_return_within_a_cell(read: Reader) -> None:
    text = "id,note,price\n" + "".join(
        f"{number},one\rtwo,{number}.5\n" for number in range(1, 9)
    )
    assert rows(read(text))[0] == ["1", "one\rtwo", "1.5"]


def test_letters_that_are_no_line_ends(read: Reader) -> None:
    cell = "a\u2028b\u2029c\x0bd\x0ce\x85f\x1cg"
    assert rows(read(f"id,text\n1,{cell}\n2,x\n")) == [["1", cell], ["2", "x"]]


def test_end_of_file_mark(read: Reader) -> None:
    for text in ("a,b\r\n1,2\r\n\x1a", "a,b\r\n1,2\x1a"):
        assert rows(read(text)) == [["1", "2"]]


def test_blank_lines_are_counted(read: Reader) -> None:
    raw = read("\n\na,b\n1,2\n\n   \n3,4\n\n\n")
    assert rows(raw) == [["1", "2"], ["3", "4"]]
    assert raw.reading.counts["blank"] == 6
    assert raw.reading.header == (3,)
    assert lines(raw) == [4, 7]


def test_zero_bytes_are_left_out_and_said(read: Reader) -> None:
    raw = read("a,b\n1\0,2\n\0,4\n")
    assert rows(raw) == [["1", "2"], ["", "4"]]
    assert notes(raw)["zeros"]["count"] == 2


# Header and shape


def test_header_only(read: Reader) -> None:
    raw = read("id,name,price\n")
    assert raw.reading.columns == ("id", "name", "price")
    assert raw.reading.rows == 0


def test_no_header(read: Reader) -> None:
    raw = read("1001,2011-05-01,12.50\n1002,2011-05-02,3.75\n")
    assert raw.reading.columns == ("column 1", "column 2", "column 3")
    assert raw.reading.rows == 2
    assert "header_none" in notes(raw)
    raw = read("red,round\nblue,round\nred,square\nblue,square\nred,round\n")
    assert raw.reading.rows == 5


def test_all_text_has_a_header(read: Reader) -> None:
    raw = read("city,country\nParis,France\nRome,Italy\nOslo,Norway\n")
    assert raw.reading.columns == ("city", "country")


def test_years_as_column_names(read: Reader) -> None:
    text = "region,2019,2020,2021\nNorth,10,12,13\nSouth,7,8,9\n"
    raw = read(text, shape="columns")
    assert raw.reading.columns == ("region", "2019", "2020", "2021")
    assert read(text).reading.columns == ("region", "date", "value")


def test_header_can_be_chosen(read: Reader) -> None:
    text = "red,round\nblue,square\n"
    assert read(text, header_rows=0).reading.rows == 2
    assert read(text, header_rows=1).reading.columns == ("red", "round")
    assert read("a,b\nc,d\n1,2\n", header_rows=2).reading.columns == (
        "a c",
        "b d",
    )


def test_double_and_empty_names(read: Reader) -> None:
    raw = read("id,name,name,,name 2,ID\n1,a,b,c,d,e\n2,f,g,h,i,j\n")
    assert raw.reading.columns == (
        "id",
        "name",
        "name 3",
        "column 4",
        "name 2",
        "ID 2",
    )
    assert len(set(raw.table.columns)) == 6
    assert notes(raw)["renamed"]["count"] == 3


def test_one_row_and_one_column(read: Reader) -> None:
    assert rows(read("id\n1\n2\n")) == [["1"], ["2"]]
    assert rows(read("1,2,3")) == [["1", "2", "3"]]
    assert rows(read("5")) == [["5"]]
    assert rows(read('name\n"a"\n""\n"b"\n')) == [["a"], [""], ["b"]]


@pytest.mark.slow
def test_many_columns_and_long_cells(read: Reader) -> None:
    names = [f"v{number}" for number in range(500)]
    raw = read(
        "\n".join(
            [
                ",".join(names),
                *(
                    ",".join(str(row * place) for place in range(500))
                    for row in range(1, 4)
                ),
            ]
        )
    )
    assert raw.table.shape == (3, 500)
    long = "x" * 100_000
    assert rows(read(f'id,text\n1,{long}\n2,"{long}, {long}"\n')) == [
        ["1", long],
        ["2", f"{long}, {long}"],
    ]


def test_empty_columns_and_trailing_delimiters(read: Reader) -> None:
    raw = read("a,b,c,\n1,2,3,\n4,5,6,\n")
    assert raw.reading.columns == ("a", "b", "c", "column 4")
    raw = read("a,b,c\n1,2,3,\n4,5,6,\n")
    assert [row[:3] for row in rows(raw)] == [["1", "2", "3"], ["4", "5", "6"]]
    assert raw.reading.columns[:3] == ("a", "b", "c")


def test_header_without_the_name_of_the_row_numbers(read: Reader) -> None:
    raw = read("mpg,cyl\nMazda,21.0,6\nDatsun,22.8,4\nValiant,18.1,6\n")
    assert raw.reading.columns == ("column 1", "mpg", "cyl")
    assert rows(raw)[0] == ["Mazda", "21.0", "6"]


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
    assert list(zip(raw.set_aside["line"], raw.set_aside["reason"], strict=True)) == [
        (5, "total"),
        (7, "footer"),
    ]
    back = read(text, put_back=(5,))
    assert rows(back)[-1] == ["Total", "", "7.0"]
    assert back.set_aside["line"].tolist() == [7]
    raw = read("产品,数量,金额\n苹果,2,5.0\n梨,3,6.0\n合计,5,11.0\n制表人：王芳\n")
    assert raw.set_aside["reason"].tolist() == ["total", "footer"]
    assert raw.reading.rows == 2


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


# The gate


def packed(
    name: str = "orders.csv",
    data: bytes = b"id,qty\n1,2\n",
    **more: str | bytes,
) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
        for other, text in more.items():
            archive.writestr(other, text)
    return out.getvalue()


def workbook(*sheets: tuple[str, list]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, cells in sheets:
        sheet = book.create_sheet(title)
        for row in cells:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


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
        + BODY.replace("item 3", "NULL").replace("item 4", "").replace("item 5", "\\N"),
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
        "id;date;name;price\n" + BODY.replace(",", ";").replace("item 3", "  item 3  "),
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
@pytest.mark.parametrize("kind", LARGE)
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


def test_large_files_in_other_encodings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = "编号,日期,名称,价格\n" + BODY.replace("item", "商品名称")
    for encoding in ("gb18030", "utf-16", "utf-16-le"):
        _, fast, was_fast = both_ways(monkeypatch, tmp_path, text.encode(encoding))
        assert was_fast
        assert fast.table.to_numpy().tolist() == list(csv.reader(io.StringIO(text)))[1:]
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


def test_every_note_and_reason_has_its_words(read: Reader) -> None:
    from crm_analysis.wording import has, say

    raw = read(
        "Title\nid,name,price\n1,Cup,2.5\n2,Plate\n3,Bowl,1.5,x,y\n"
        "id,name,price\n4,Pan,3.0\nTotal,,7\n"
    )
    assert len(raw.reading.notes) > 3
    for key, details in raw.reading.notes:
        for language in ("en", "zh"):
            assert "{" not in say(key, language, **details)
    assert all(has(f"reading.reason.{reason}") for reason in raw.set_aside["reason"])


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
    assert counted.reading.counts["kept"] == 6 and counted.reading.counts["header"] == 1
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
            f"P{place},{'yes' if place % 2 else 'no'},no,yes\n" for place in range(8)
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
    assert read_table(pd.DataFrame(columns=["a", "b"]), engine=engine).reading.rows == 0
