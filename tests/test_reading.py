"""Files made here: the silent failures one could think of, in delimiters, quotes, lines, headers.

Each of them must end in a right table, a note or a sentence.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from crm_analysis.engine import Engine
from tests.read_tables import Reader, lines, notes, reader_of, rows


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    engine = Engine()
    yield engine
    engine.close()


@pytest.fixture
def read(engine: Engine) -> Reader:
    return reader_of(engine)


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
    body = "".join(
        f"{number},item {number},{number}.5\n" for number in range(1, 400)
    )
    for bad in (
        '400,"item 400,1.5\n',
        '400,item "400,1.5\n',
        '"400,item 400,1.5\n',
        '400,item 400,"1.5\n',
    ):
        raw = read(
            "id,name,price\n"
            + body
            + bad
            + '401,item 401,2.5\n402,"item, 402",3.5\n'
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
    assert rows(read('id,path\n1,"C:\\temp\\"\n2,"D:\\data\\"\n3,"E:\\x"\n'))[
        0
    ] == [
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
    raw = read("a,\0b\n1\0,2\n\0,4\n")
    assert raw.reading.columns == ("a", "b")
    assert rows(raw) == [["1", "2"], ["", "4"]]
    assert notes(raw)["zeros"]["count"] == 3


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
    assert all(
        has(f"reading.reason.{reason}") for reason in raw.set_aside["reason"]
    )
